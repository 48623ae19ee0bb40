//! How large an expression becomes when it is compiled: regcomp(3) writes out every repetition, and of one in another all of
//! them, so that a line of text can ask for more memory than there is. The C library does not look; this does, before.

/// The most parts that an expression may have once its repetitions are written out. The C library's tables grow with the
/// square of it in the worst case: some hundred megabytes here.
const MOST_PARTS: u64 = 10_000;

/// Whether an expression is too large to be compiled. What is no expression counts as anything: regcomp refuses it.
pub(super) fn is_too_large(expression: &[u8]) -> bool {
    let mut size = Size::default();
    let mut rest = expression;
    while let Some((&byte, after)) = rest.split_first() {
        rest = match byte {
            b'\\' => size.atom(after.get(1..).unwrap_or_default()),
            b'[' => size.atom(after_bracket(after)),
            b'(' => size.open(after),
            b')' => size.close(after),
            // What may be repeated is written twice, once for the first time.
            b'+' => size.repeat(2, after),
            b'*' | b'?' => size.repeat(1, after),
            b'{' => match times(after) {
                Some((times, after)) => size.repeat(times, after),
                None => size.atom(after),
            },
            // `|` is a part of its own, too.
            _ => size.atom(after),
        };
        if size.total() > MOST_PARTS {
            return true;
        }
    }
    false
}

/// What was read so far.
#[derive(Default)]
struct Size {
    /// The parts of each open group but those of the last atom, the outermost first; the expression itself is not among them.
    open: Vec<u64>,
    /// The same of the innermost.
    parts: u64,
    /// The parts of the last atom, which a repetition is of.
    last: u64,
}

impl Size {
    const fn atom<'a>(&mut self, after: &'a [u8]) -> &'a [u8] {
        self.parts = self.parts.saturating_add(self.last);
        self.last = 1;
        after
    }

    fn open<'a>(&mut self, after: &'a [u8]) -> &'a [u8] {
        self.open.push(self.parts.saturating_add(self.last));
        (self.parts, self.last) = (0, 0);
        after
    }

    fn close<'a>(&mut self, after: &'a [u8]) -> &'a [u8] {
        let Some(outside) = self.open.pop() else { return self.atom(after) };
        self.last = self.parts.saturating_add(self.last).saturating_add(1);
        self.parts = outside;
        after
    }

    const fn repeat<'a>(&mut self, times: u64, after: &'a [u8]) -> &'a [u8] {
        self.last = self.last.saturating_mul(times).saturating_add(1);
        after
    }

    fn total(&self) -> u64 {
        self.open.iter().fold(self.parts.saturating_add(self.last), |sum, parts| sum.saturating_add(*parts))
    }
}

/// What follows a bracket expression, of which the first byte after `[` is the first here.
fn after_bracket(rest: &[u8]) -> &[u8] {
    let mut at = usize::from(rest.first() == Some(&b'^'));
    // A `]` that comes first is one of the characters.
    at += usize::from(rest.get(at) == Some(&b']'));
    while let Some(&byte) = rest.get(at) {
        at += 1;
        match (byte, rest.get(at)) {
            (b']', _) => break,
            (b'[', Some(&kind @ (b':' | b'.' | b'='))) => {
                let inside = rest.get(at + 1..).unwrap_or_default();
                let length = inside.windows(2).position(|end| end == [kind, b']']);
                at += length.map_or(1, |length| length + 3);
            }
            _ => {}
        }
    }
    rest.get(at..).unwrap_or_default()
}

/// How often at most `{2}`, `{2,}`, `{,3}` or `{2,3}` repeats, of which the first byte after `{` is the first here, and what
/// follows it. With an open end the first times are written out, and one more.
fn times(rest: &[u8]) -> Option<(u64, &[u8])> {
    let end = rest.iter().position(|byte| *byte == b'}')?;
    let text = core::str::from_utf8(&rest[..end]).ok()?;
    let number = |text: &str| text.parse::<u64>().ok();
    let times = match text.split_once(',') {
        None => number(text)?,
        Some((least, "")) => number(least)?.saturating_add(1),
        Some(("", most)) => number(most)?,
        Some((least, most)) => number(least)?.max(number(most)?),
    };
    Some((times.max(1), &rest[end + 1..]))
}

#[cfg(test)]
mod tests {
    use super::is_too_large;

    #[test]
    fn what_people_write_is_not_too_large() {
        for expression in
            ["", "^ng(inx)?$", "a{1,255}", "(a|b)+c*", "[[:alpha:]+*]+", "[]+]+", "x\\+\\+\\+", "{", "a{", "a{,}", ")"]
        {
            assert!(!is_too_large(expression.as_bytes()), "{expression}");
        }
        assert!(!is_too_large("python3? -m http\\.server|".repeat(100).as_bytes()));
    }

    #[test]
    fn repetitions_of_repetitions_are_too_large() {
        let plusses = format!("a{}", "+".repeat(60));
        let nested = format!("{}a{}", "(".repeat(20), "+)".repeat(20));
        for expression in [plusses.as_str(), nested.as_str(), "a{99}{99}{99}", "((a{1,99}){,99}b){99,}", "a{30000}"] {
            assert!(is_too_large(expression.as_bytes()), "{expression}");
        }
    }

    #[test]
    fn a_plus_among_characters_or_behind_a_backslash_repeats_nothing() {
        let plusses = "+".repeat(60);
        for expression in
            [format!("[a{plusses}]"), format!("[]{plusses}]"), format!("[[:x:]{plusses}]"), "\\+".repeat(60)]
        {
            assert!(!is_too_large(expression.as_bytes()), "{expression}");
        }
    }
}
