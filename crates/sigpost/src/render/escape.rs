//! Text from outside, made safe to print: a command name may hold anything, also what steers a terminal.

use alloc::borrow::Cow;
use core::fmt::Write as _;

/// The bytes as text with control characters, and bytes that are no UTF-8, written as escapes.
pub(crate) fn printable(bytes: &[u8]) -> String {
    shown(bytes).into_owned()
}

/// The same, which most often is the text itself.
pub(crate) fn shown(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = core::str::from_utf8(bytes)
        && text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
    {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if c.is_control() || is_invisible(c) { text.extend(c.escape_default()) } else { text.push(c) }
        }
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    Cow::Owned(text)
}

/// Characters that are no control characters but change how their neighbours are shown: line and paragraph
/// separators, the marks and overrides of writing direction, the byte order mark.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_steer_the_terminal_is_shown_instead() {
        assert_eq!(printable(b"a\x1b[31mb\n\tc"), "a\\u{1b}[31mb\\n\\tc");
        assert_eq!(printable("abc\u{202e}def".as_bytes()), "abc\\u{202e}def");
        assert_eq!(printable(b"\xffx\x9b"), "\\xffx\\x9b");
        assert_eq!(printable("守护 é".as_bytes()), "守护 é");
    }
}
