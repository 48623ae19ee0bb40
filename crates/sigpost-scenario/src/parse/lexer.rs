//! Tokens of one line.

use crate::Span;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A letter or `_`, then letters, digits and `_`.
    Word,
    /// Decimal digits.
    Number,
    /// `->`.
    Arrow,
    /// Any other character, alone.
    Mark(char),
    /// The end of the line.
    End,
}

/// A token and where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) span: Span,
}

/// The tokens of a line that is ASCII; `place` is its start.
pub(super) fn lex(line: &str, place: Span) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = line[at..].chars().next() {
        let (kind, length) = token(&line[at..], first);
        if !matches!(first, ' ' | '\t') {
            let column = place.column + u32::try_from(at).unwrap_or(u32::MAX - place.column);
            let start = place.start + at;
            tokens.push(Token { kind, span: Span { line: place.line, column, start, end: start + length } });
        }
        at += length;
    }
    tokens
}

fn token(rest: &str, first: char) -> (TokenKind, usize) {
    let run = |accept: fn(char) -> bool| rest.find(|c: char| !accept(c)).unwrap_or(rest.len());
    if first.is_ascii_alphabetic() || first == '_' {
        (TokenKind::Word, run(|c| c.is_ascii_alphanumeric() || c == '_'))
    } else if first.is_ascii_digit() {
        (TokenKind::Number, run(|c| c.is_ascii_digit()))
    } else if rest.starts_with("->") {
        (TokenKind::Arrow, 2)
    } else {
        (TokenKind::Mark(first), first.len_utf8())
    }
}
