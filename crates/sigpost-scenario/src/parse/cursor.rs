//! A place in the tokens of one line.

use super::lexer::{Token, TokenKind};
use crate::{Mistake, MistakeKind, Personalities, Span};

/// Walks over the tokens of one line.
pub(super) struct Cursor<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    at: usize,
    place: Span,
    /// The personalities of the file, which decide what signals can be named.
    pub(super) personalities: Personalities,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str, tokens: Vec<Token>, place: Span, personalities: Personalities) -> Self {
        Self { text, tokens, at: 0, place, personalities }
    }

    /// The next token, which stays the next.
    pub(super) fn peek(&self) -> Token {
        self.peek_at(0)
    }

    fn peek_at(&self, ahead: usize) -> Token {
        self.tokens.get(self.at + ahead).copied().unwrap_or_else(|| {
            let span = self.tokens.last().map_or(self.place, |last| last.span.after());
            Token { kind: TokenKind::End, span }
        })
    }

    /// The next token, which is left behind. At the end it is the end, again and again.
    pub(super) fn next(&mut self) -> Token {
        let token = self.peek();
        self.at = (self.at + 1).min(self.tokens.len());
        token
    }

    /// The next token's text if it is a word.
    pub(super) fn peek_word(&self) -> Option<&'a str> {
        let token = self.peek();
        (token.kind == TokenKind::Word).then(|| self.text(token))
    }

    /// Whether the next token is this character.
    pub(super) fn sees(&self, mark: char) -> bool {
        self.peek().kind == TokenKind::Mark(mark)
    }

    /// Leaves the next token behind if it is this character.
    pub(super) fn accept(&mut self, mark: char) -> bool {
        let seen = self.sees(mark);
        if seen {
            self.next();
        }
        seen
    }

    /// Whether nothing stands between the last token and the next.
    pub(super) fn is_adjacent(&self) -> bool {
        let next = self.peek();
        next.kind != TokenKind::End && self.previous().end == next.span.start
    }

    /// The span of the last token.
    pub(super) fn previous(&self) -> Span {
        self.at.checked_sub(1).and_then(|last| self.tokens.get(last)).map_or(self.place, |token| token.span)
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.peek().kind == TokenKind::End
    }

    /// Everything from the next token to the last.
    pub(super) fn rest(&self) -> Span {
        self.peek().span.to(self.tokens.last().map_or(self.place, |last| last.span))
    }

    /// Everything up to the last token that was read.
    pub(super) fn read(&self) -> Span {
        self.tokens.first().map_or(self.place, |first| first.span.to(self.previous()))
    }

    /// Whether the line is a step: its first word, with or without `.main`, is followed by a colon.
    pub(super) fn begins_a_step(&self) -> bool {
        let is = |ahead, kind| self.peek_at(ahead).kind == kind;
        let after = if is(1, TokenKind::Mark('.')) && is(2, TokenKind::Word) { 3 } else { 1 };
        is(0, TokenKind::Word) && is(after, TokenKind::Mark(':'))
    }

    /// Whether a word and an opening bracket follow.
    pub(super) fn is_call_ahead(&self) -> bool {
        self.peek().kind == TokenKind::Word && self.peek_at(1).kind == TokenKind::Mark('(')
    }

    /// Whether a comma and this word follow.
    pub(super) fn is_argument_ahead(&self, word: &str) -> bool {
        self.sees(',') && self.text(self.peek_at(1)) == word
    }

    pub(super) fn text(&self, token: Token) -> &'a str {
        self.text_of(token.span)
    }

    pub(super) fn text_of(&self, span: Span) -> &'a str {
        let offset = self.place.start;
        self.text.get(span.start.saturating_sub(offset)..span.end.saturating_sub(offset)).unwrap_or("")
    }

    /// Goes back to the first token.
    pub(super) fn rewind(&mut self) {
        self.at = 0;
    }

    /// # Errors
    /// Something stands after the end of the statement.
    pub(super) fn end(&self) -> Result<(), Mistake> {
        if self.is_at_end() {
            return Ok(());
        }
        Err(Mistake::new(MistakeKind::RestOfLine, self.rest(), "the end of the line"))
    }

    /// A number that fits.
    ///
    /// # Errors
    /// `wrong`: no number stands here. [`MistakeKind::NumberRange`]: it is above the highest.
    pub(super) fn number(&mut self, highest: u32, wrong: MistakeKind) -> Result<u32, Mistake> {
        let token = self.next();
        if token.kind != TokenKind::Number {
            return Err(Mistake::new(wrong, token.span, "a number"));
        }
        let number = self.text(token).parse().ok().filter(|number| *number <= highest);
        number
            .ok_or_else(|| Mistake::new(MistakeKind::NumberRange, token.span, format!("a number from 0 to {highest}")))
    }

    /// An integer of 32 bits, with or without a minus sign.
    ///
    /// # Errors
    /// `wrong`: no number stands here. [`MistakeKind::NumberRange`]: it has more than 32 bits.
    pub(super) fn integer(&mut self, wrong: MistakeKind) -> Result<i32, Mistake> {
        let first = self.next();
        let mut span = first.span;
        let minus = first.kind == TokenKind::Mark('-');
        if minus && self.is_adjacent() && self.peek().kind == TokenKind::Number {
            span = span.to(self.next().span);
        } else if first.kind != TokenKind::Number {
            return Err(Mistake::new(wrong, span, "an integer"));
        }
        let out_of_range =
            || Mistake::new(MistakeKind::NumberRange, span, "an integer of 32 bits: -2147483648 to 2147483647");
        self.text_of(span).parse().map_err(|_| out_of_range())
    }
}
