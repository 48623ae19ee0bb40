//! Where in a file something stands.

/// A piece of one line of a file: what an error underlines and what a report points at.
///
/// Two spans always compare equal: a scenario is the same whatever lines it is written on, so
/// `parse(print(scenario)) == scenario` can be said with `==`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Span {
    /// The line, from 1. 0: the text does not come from a file.
    pub line: u32,
    /// The column of the first character, from 1, in characters.
    pub column: u32,
    /// The offset of the first byte in the file.
    pub start: usize,
    /// The offset after the last byte in the file.
    pub end: usize,
}

impl Span {
    /// From the start of this span to the end of a later one on the same line.
    #[must_use]
    pub const fn to(self, end: Self) -> Self {
        Self { end: end.end, ..self }
    }

    /// The empty span right after this one.
    #[must_use]
    pub const fn after(self) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "a line of 4 GiB is cut for the column only")]
        let length = (self.end - self.start) as u32;
        Self { column: self.column + length, start: self.end, ..self }
    }
}

impl PartialEq for Span {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Span {}
