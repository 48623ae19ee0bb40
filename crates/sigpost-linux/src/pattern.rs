//! `Pattern`: a regular expression on command names or on whole command lines.

use core::fmt;

use regex::bytes::{Regex, RegexBuilder};

/// How a [`Pattern`] is to be matched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PatternOptions {
    /// `a` also matches `A`.
    pub ignore_case: bool,
    /// It must match from the first byte to the last.
    pub whole: bool,
    /// Match the command line, its arguments joined by spaces, instead of the command name.
    pub full: bool,
}

/// A regular expression, on bytes: names need not be UTF-8. Matching takes linear time, whatever the expression.
#[derive(Clone, Debug)]
pub struct Pattern {
    regex: Regex,
    text: String,
    full: bool,
}

/// The expression is none: what is wrong with it, in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadPattern(String);

impl fmt::Display for BadPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::error::Error for BadPattern {}

impl Pattern {
    /// Compiles an expression in the syntax of the `regex` crate (Perl's, without backreferences).
    ///
    /// ```
    /// use sigpost_linux::pattern::{Pattern, PatternOptions};
    ///
    /// let pattern = Pattern::new("^ng(inx)?$", PatternOptions::default())?;
    /// assert!(pattern.matches(b"nginx") && !pattern.matches(b"ngin"));
    /// assert!(!pattern.matches_empty());
    /// # Ok::<(), sigpost_linux::pattern::BadPattern>(())
    /// ```
    ///
    /// # Errors
    /// [`BadPattern`]: it is no regular expression, or too large a one.
    pub fn new(text: &str, options: PatternOptions) -> Result<Self, BadPattern> {
        let anchored = if options.whole { format!(r"\A(?:{text})\z") } else { text.to_owned() };
        // By itself first: `a)(b` must not become good between the brackets.
        build(text, options)?;
        Ok(Self { regex: build(&anchored, options)?, text: text.to_owned(), full: options.full })
    }

    /// Whether it matches these bytes.
    pub fn matches(&self, bytes: &[u8]) -> bool {
        self.regex.is_match(bytes)
    }

    /// Whether it matches nothing at all, and so, unless it must match whole, everything.
    pub fn matches_empty(&self) -> bool {
        self.regex.is_match(b"")
    }

    /// Whether it is for command lines.
    pub const fn is_full(&self) -> bool {
        self.full
    }

    /// The expression as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// Two patterns are equal if they are written and matched alike.
impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.regex.as_str() == other.regex.as_str() && self.full == other.full
    }
}

impl Eq for Pattern {}

fn build(text: &str, options: PatternOptions) -> Result<Regex, BadPattern> {
    let built = RegexBuilder::new(text).case_insensitive(options.ignore_case).build();
    // The crate's message draws an arrow below the place; its last line says what is wrong.
    built.map_err(|error| {
        let message = error.to_string();
        let line = message.lines().last().unwrap_or_default();
        BadPattern(line.strip_prefix("error: ").unwrap_or(line).to_owned())
    })
}
