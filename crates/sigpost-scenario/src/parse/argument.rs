//! The arguments of a call, read one by one.

use sigpost_engine::SignalSet;

use super::cursor::Cursor;
use super::lexer::{Token, TokenKind};
use super::names::{Kind, Known, Names};
use super::{new_name, signal};
use crate::{Code, Mistake, MistakeKind, Name, Reference, SignalNumber, Span, Target};

/// Walks over the arguments of one call, after its opening bracket.
pub(super) struct Arguments<'l, 'a> {
    pub(super) line: &'l mut Cursor<'a>,
    pub(super) names: &'l mut Names,
    signature: &'static str,
    open: Span,
    any_read: bool,
}

impl<'l, 'a> Arguments<'l, 'a> {
    /// Reads the bracket that opens the arguments, right behind the call's name.
    pub(super) fn open(
        line: &'l mut Cursor<'a>,
        names: &'l mut Names,
        signature: &'static str,
    ) -> Result<Self, Mistake> {
        let adjacent = line.is_adjacent();
        let open = line.peek().span;
        if !adjacent || !line.accept('(') {
            let expected = format!("`{signature}`, with `(` right behind the name");
            return Err(Mistake::new(MistakeKind::ArgumentCount, line.previous(), expected));
        }
        Ok(Self { line, names, signature, open, any_read: false })
    }

    /// Reads the bracket that closes them.
    pub(super) fn close(self) -> Result<(), Mistake> {
        if self.line.sees(',') || (!self.any_read && !self.line.sees(')') && !self.line.is_at_end()) {
            return Err(self.count(self.line.peek().span));
        }
        signal::close(self.line, self.open, ')')
    }

    fn count(&self, span: Span) -> Mistake {
        Mistake::new(MistakeKind::ArgumentCount, span, format!("`{}`", self.signature))
    }

    /// Whether another argument follows.
    pub(super) fn more(&self) -> bool {
        self.line.sees(',')
    }

    /// Goes to the next argument.
    fn begin(&mut self) -> Result<Token, Mistake> {
        if self.any_read && !self.line.accept(',') {
            if self.line.sees(')') {
                return Err(self.count(self.line.peek().span));
            }
            signal::close(self.line, self.open, ')')?;
        }
        self.any_read = true;
        let next = self.line.peek();
        match next.kind {
            TokenKind::Mark(')') => Err(self.count(next.span)),
            TokenKind::End => signal::close(self.line, self.open, ')').map(|()| next),
            _ => Ok(next),
        }
    }

    fn wrong(&self, span: Span, expected: &str) -> Mistake {
        Mistake::new(MistakeKind::ArgumentKind, span, format!("{expected}, in `{}`", self.signature))
    }

    /// A signal, or any integer.
    pub(super) fn signal(&mut self) -> Result<SignalNumber, Mistake> {
        let first = self.begin()?;
        match first.kind {
            TokenKind::Number | TokenKind::Mark('-') => self.line.integer(MistakeKind::ArgumentKind).map(SignalNumber),
            TokenKind::Word if !self.names.is_known(self.line.text(first)) => {
                signal::any_signal(self.line).map(|(signal, _)| signal.into())
            }
            _ => Err(self.wrong(first.span, "a signal")),
        }
    }

    pub(super) fn set(&mut self) -> Result<SignalSet, Mistake> {
        self.begin()?;
        signal::set(self.line, MistakeKind::ArgumentKind)
    }

    /// An ID: a name, minus a name, or one of the special integers.
    pub(super) fn target(&mut self) -> Result<Target, Mistake> {
        let first = self.begin()?;
        let word = self.line.text(first);
        match (first.kind, word) {
            (TokenKind::Number, _) => self.integer_id(),
            (TokenKind::Mark('-'), _) => self.minus(),
            (TokenKind::Word, "INT_MIN" | "INT_MAX" | "nobody") => {
                self.line.next();
                Ok(match word {
                    "INT_MIN" => Target::IntMin,
                    "INT_MAX" => Target::IntMax,
                    _ => Target::Nobody,
                })
            }
            (TokenKind::Word, _) if !word.starts_with(|c: char| c.is_ascii_uppercase()) => {
                self.names.reference(self.line, MistakeKind::ArgumentKind).map(Target::Id)
            }
            _ => Err(self.wrong(first.span, "an ID: a name, `-NAME`, `nobody`, `0`, `1`, `-1`")),
        }
    }

    fn minus(&mut self) -> Result<Target, Mistake> {
        let sign = self.line.next();
        if self.line.peek().kind == TokenKind::Number {
            let number = self.line.peek();
            return match self.line.text(number) {
                "1" => {
                    self.line.next();
                    Ok(Target::MinusOne)
                }
                text => Err(integer_id(sign.span.to(number.span), text == "2147483648", "INT_MIN")),
            };
        }
        if self.line.peek_word() == Some("nobody") {
            self.line.next();
            return Ok(Target::MinusNobody);
        }
        self.names.process(self.line, MistakeKind::ArgumentKind).map(Target::Minus)
    }

    fn integer_id(&mut self) -> Result<Target, Mistake> {
        let token = self.line.next();
        match self.line.text(token) {
            "0" => Ok(Target::Zero),
            "1" => Ok(Target::One),
            text => Err(integer_id(token.span, text == "2147483647", "INT_MAX")),
        }
    }

    pub(super) fn reference(&mut self) -> Result<Reference, Mistake> {
        self.begin()?;
        self.names.reference(self.line, MistakeKind::ArgumentKind)
    }

    pub(super) fn process(&mut self) -> Result<Name, Mistake> {
        self.begin()?;
        self.names.process(self.line, MistakeKind::ArgumentKind)
    }

    /// A process; `None` for the given word.
    pub(super) fn process_or(&mut self, word: &str) -> Result<Option<Name>, Mistake> {
        self.begin()?;
        if self.line.peek_word() == Some(word) {
            self.line.next();
            return Ok(None);
        }
        self.names.process(self.line, MistakeKind::ArgumentKind).map(Some)
    }

    /// An ID; `None` for the given word.
    pub(super) fn target_or(&mut self, word: &str) -> Result<Option<Target>, Mistake> {
        if self.line.peek_word() == Some(word) {
            self.begin()?;
            self.line.next();
            return Ok(None);
        }
        self.target().map(Some)
    }

    /// A name that the call declares.
    pub(super) fn declare(&mut self, known: Kind) -> Result<Name, Mistake> {
        self.begin()?;
        let (name, span) = new_name(self.line)?;
        self.names.declare(name, span, Known::of(known))?;
        Ok(name)
    }

    pub(super) fn integer(&mut self) -> Result<i32, Mistake> {
        self.begin()?;
        self.line.integer(MistakeKind::ArgumentKind)
    }

    pub(super) fn number(&mut self, highest: u32) -> Result<u32, Mistake> {
        self.begin()?;
        self.line.number(highest, MistakeKind::ArgumentKind)
    }

    /// A user ID; `None` for -1.
    pub(super) fn user_or_same(&mut self) -> Result<Option<u32>, Mistake> {
        let first = self.begin()?;
        if first.kind == TokenKind::Mark('-') {
            let integer = self.line.integer(MistakeKind::ArgumentKind)?;
            let span = first.span.to(self.line.previous());
            return if integer == -1 { Ok(None) } else { Err(self.wrong(span, "a user ID or `-1`")) };
        }
        self.line.number(u32::MAX - 1, MistakeKind::ArgumentKind).map(Some)
    }

    /// One of these words.
    pub(super) fn word<T: Copy>(&mut self, words: &[(&'static str, T)]) -> Result<T, Mistake> {
        let first = self.begin()?;
        let word = self.line.text(first);
        if let Some((_, value)) = words.iter().find(|(listed, _)| *listed == word) {
            self.line.next();
            return Ok(*value);
        }
        let names: Vec<&str> = words.iter().map(|(listed, _)| *listed).collect();
        Err(self.wrong(first.span, &format!("`{}`", names.join("`, `"))).or_near(word, names.iter().copied()))
    }

    /// A word that may stand here and be followed by `=`; false leaves it.
    pub(super) fn is_next_argument(&mut self, word: &str) -> bool {
        self.line.is_argument_ahead(word)
    }

    /// `word=`.
    pub(super) fn key(&mut self, word: &'static str) -> Result<(), Mistake> {
        self.word(&[(word, ())])?;
        if self.line.accept('=') {
            return Ok(());
        }
        Err(self.wrong(self.line.peek().span, &format!("`{word}=…`")))
    }

    pub(super) fn code(&mut self) -> Result<Code, Mistake> {
        self.begin()?;
        code(self.line, MistakeKind::ArgumentKind)
    }
}

fn integer_id(span: Span, is_extreme: bool, word: &str) -> Mistake {
    let expected = "a name, or one of `0`, `1`, `-1`, `INT_MIN`, `INT_MAX`";
    let mistake = Mistake::new(MistakeKind::IntegerId, span, expected);
    if is_extreme { mistake.suggesting(word) } else { mistake }
}

/// Why a signal was sent: a word or an integer.
pub(super) fn code(line: &mut Cursor<'_>, wrong: MistakeKind) -> Result<Code, Mistake> {
    let token = line.peek();
    if token.kind != TokenKind::Word {
        return line.integer(wrong).map(Code::from_number);
    }
    line.next();
    let word = line.text(token);
    if let Some((_, code)) = Code::WORDS.iter().find(|(listed, _)| *listed == word) {
        return Ok(*code);
    }
    let words = Code::WORDS.map(|(word, _)| word);
    let expected = format!("`{}` or an integer", words.join("`, `"));
    Err(Mistake::new(wrong, token.span, expected).or_near(word, words))
}
