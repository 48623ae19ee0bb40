//! What can be wrong with a file, and how it is told.

mod near;
mod render;

pub(crate) use near::nearest;
pub(crate) use render::SourceLine;
pub use render::{Colour, render_mistakes};

use core::fmt;

use crate::Span;

/// The kinds of mistake, numbered M1 to M36 as in the grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MistakeKind {
    /// M1: The line begins like no statement.
    UnknownStatement,
    /// M2: No `:` where one belongs.
    MissingColon,
    /// M3: No call has this name.
    UnknownCall,
    /// M4: A call has too few or too many arguments.
    ArgumentCount,
    /// M5: An argument is of another kind than the call takes there.
    ArgumentKind,
    /// M6: No option of a process, or no condition of an expectation, has this name.
    UnknownOption,
    /// M7: The option stands there already.
    OptionTwice,
    /// M8: The option or condition needs a value.
    OptionWithoutValue,
    /// M9: The option or condition takes no value.
    UnexpectedValue,
    /// M10: The name is not declared above.
    UnknownName,
    /// M11: The name is declared already.
    NameTwice,
    /// M12: The word means something else in the language.
    ReservedName,
    /// M13: Names begin with a small letter, hold small letters, digits and `_`, and have at most 31 characters.
    BadName,
    /// M14: No personality has this name.
    UnknownPersonality,
    /// M15: A second `personality` line, one that is not the first statement, or a personality twice in it.
    PersonalityMisplaced,
    /// M16: Processes and threads are declared before the first step or expectation.
    DeclarationAfterStep,
    /// M17: No signal has this name.
    UnknownSignal,
    /// M18: `RTMIN+N` and `RTMAX-N` must lie between RTMIN (34) and RTMAX (64).
    RealtimeRange,
    /// M19: KILL and STOP cannot be caught, ignored or blocked.
    Uncatchable,
    /// M20: The same signal in `catch` and `ignore`.
    CaughtAndIgnored,
    /// M21: An ID may be written as 0, 1 or -1 only.
    IntegerId,
    /// M22: The call tells no result.
    ResultOfNone,
    /// M23: The call cannot have this result.
    ResultKind,
    /// M24: No error number has this name.
    UnknownErrno,
    /// M25: The call sends nothing, so nobody gets a receipt.
    ReceiptsOfNone,
    /// M26: No verdict has this name.
    UnknownVerdict,
    /// M27: A process has one receipt of one send.
    ReceiptTwice,
    /// M28: A bracket is not closed, or something other than `,` stands between its items.
    UnclosedBracket,
    /// M29: Something stands after the end of the statement.
    RestOfLine,
    /// M30: The number is too small or too large for its place.
    NumberRange,
    /// M31: `group=P` where P leads no group, or leads one of another session.
    GroupLeader,
    /// M32: `foreground` in a session without a terminal, or twice in one session.
    Foreground,
    /// M33: Two things that one process cannot be, or one that needs another.
    ExcludedPair,
    /// M34: A thread where a process belongs, or the reverse.
    ThreadOrProcess,
    /// M35: One of the file's personalities never had the call, the option or the signal.
    NeverHad,
    /// M36: Not UTF-8, a byte order mark, a NUL, or a character outside ASCII that is not in a comment.
    Character,
}

impl MistakeKind {
    /// All kinds, in the order of their numbers.
    pub const ALL: [Self; 36] = [
        Self::UnknownStatement,
        Self::MissingColon,
        Self::UnknownCall,
        Self::ArgumentCount,
        Self::ArgumentKind,
        Self::UnknownOption,
        Self::OptionTwice,
        Self::OptionWithoutValue,
        Self::UnexpectedValue,
        Self::UnknownName,
        Self::NameTwice,
        Self::ReservedName,
        Self::BadName,
        Self::UnknownPersonality,
        Self::PersonalityMisplaced,
        Self::DeclarationAfterStep,
        Self::UnknownSignal,
        Self::RealtimeRange,
        Self::Uncatchable,
        Self::CaughtAndIgnored,
        Self::IntegerId,
        Self::ResultOfNone,
        Self::ResultKind,
        Self::UnknownErrno,
        Self::ReceiptsOfNone,
        Self::UnknownVerdict,
        Self::ReceiptTwice,
        Self::UnclosedBracket,
        Self::RestOfLine,
        Self::NumberRange,
        Self::GroupLeader,
        Self::Foreground,
        Self::ExcludedPair,
        Self::ThreadOrProcess,
        Self::NeverHad,
        Self::Character,
    ];

    /// The number, 1 to 36.
    pub const fn number(self) -> u8 {
        self as u8 + 1
    }

    /// What is wrong, in a few words.
    pub const fn headline(self) -> &'static str {
        match self {
            Self::UnknownStatement => "unknown statement",
            Self::MissingColon => "missing `:`",
            Self::UnknownCall => "unknown call",
            Self::ArgumentCount => "wrong number of arguments",
            Self::ArgumentKind => "wrong kind of argument",
            Self::UnknownOption => "unknown option",
            Self::OptionTwice => "option given twice",
            Self::OptionWithoutValue => "option without its value",
            Self::UnexpectedValue => "value where none belongs",
            Self::UnknownName => "unknown name",
            Self::NameTwice => "name declared twice",
            Self::ReservedName => "reserved name",
            Self::BadName => "bad name",
            Self::UnknownPersonality => "unknown personality",
            Self::PersonalityMisplaced => "`personality` twice or not first",
            Self::DeclarationAfterStep => "declaration after a step",
            Self::UnknownSignal => "unknown signal",
            Self::RealtimeRange => "realtime signal out of range",
            Self::Uncatchable => "KILL and STOP cannot be caught, ignored or blocked",
            Self::CaughtAndIgnored => "signal both caught and ignored",
            Self::IntegerId => "an ID cannot be this integer",
            Self::ResultOfNone => "result of a call that has none",
            Self::ResultKind => "result of the wrong kind",
            Self::UnknownErrno => "unknown error number",
            Self::ReceiptsOfNone => "receipts of a call that sends nothing",
            Self::UnknownVerdict => "unknown verdict",
            Self::ReceiptTwice => "name twice in the receipts",
            Self::UnclosedBracket => "unclosed bracket",
            Self::RestOfLine => "rest of the line has no meaning",
            Self::NumberRange => "number out of range",
            Self::GroupLeader => "no such group in this session",
            Self::Foreground => "`foreground` needs a terminal, and one process a session",
            Self::ExcludedPair => "these exclude each other",
            Self::ThreadOrProcess => "thread and process mixed up",
            Self::NeverHad => "not in every personality of this file",
            Self::Character => "character that cannot stand here",
        }
    }
}

/// A mistake in a file: what kind, where, what was expected there, and perhaps what was meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// What kind of mistake it is.
    pub kind: MistakeKind,
    /// The text that is wrong.
    pub span: Span,
    /// What was expected there.
    pub expected: String,
    /// What was meant, if something near the text exists.
    pub suggestion: Option<String>,
}

impl Mistake {
    pub(crate) fn new(kind: MistakeKind, span: Span, expected: impl Into<String>) -> Self {
        Self { kind, span, expected: expected.into(), suggestion: None }
    }

    /// With the word of the list that is nearest to what stands there, if one is near.
    pub(crate) fn or_near<'a>(mut self, found: &str, words: impl IntoIterator<Item = &'a str>) -> Self {
        self.suggestion = nearest(found, words).map(str::to_owned);
        self
    }

    pub(crate) fn suggesting(mut self, suggestion: impl Into<String>) -> Self {
        self.suggestion = Some(suggestion.into());
        self
    }
}

/// `3:7: unknown signal (M17): expected a signal; did you mean `TERM`?`
impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, span, expected, suggestion } = self;
        write!(f, "{}:{}: {} (M{}): expected {expected}", span.line, span.column, kind.headline(), kind.number())?;
        suggestion.as_ref().map_or(Ok(()), |meant| write!(f, "; did you mean `{meant}`?"))
    }
}

impl core::error::Error for Mistake {}

/// All mistakes that were found in a file, in the order of the lines; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistakes(pub Vec<Mistake>);

impl Mistakes {
    /// The mistakes as the Rust compiler shows errors: with the line, and the wrong text underlined.
    pub fn render(&self, path: &str, source: &[u8], colour: Colour) -> String {
        render_mistakes(self, path, source, colour)
    }
}

/// One mistake a line.
impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.0.iter().enumerate() {
            write!(f, "{}{mistake}", if index == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

impl core::error::Error for Mistakes {}
