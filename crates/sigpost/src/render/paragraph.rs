//! Sentences beside a word in the margin, broken where the terminal ends.

use core::fmt::Write as _;

use anstyle::Style;
use unicode_width::UnicodeWidthStr as _;

/// Two spaces, a word, two spaces.
const MARGIN: usize = 11;

/// No terminal is so narrow that less than this is useful beside the margin.
const NARROWEST: usize = 20;

/// Text in the making.
#[derive(Debug)]
pub(crate) struct Paragraphs {
    text: String,
    width: Option<usize>,
}

impl Paragraphs {
    /// As wide as the terminal; lines of any length where standard output is none.
    pub(crate) fn for_terminal() -> Self {
        Self { text: String::new(), width: terminal_width() }
    }

    /// A line that others belong to.
    pub(crate) fn heading(&mut self, line: &str) {
        let bold = Style::new().bold();
        let _ = writeln!(self.text, "{bold}{line}{bold:#}");
    }

    /// A sentence with its word.
    pub(crate) fn paragraph(&mut self, word: &str, sentence: &str) {
        let room = self.width.map_or(usize::MAX, |width| width.saturating_sub(MARGIN).max(NARROWEST));
        let mut margin = word;
        for line in broken(sentence, room) {
            let _ = writeln!(self.text, "  {margin:<width$}{line}", width = MARGIN - 2);
            margin = "";
        }
    }

    /// A line with nothing.
    pub(crate) fn empty_line(&mut self) {
        self.text.push('\n');
    }

    /// What was made.
    pub(crate) fn into_text(self) -> String {
        self.text
    }
}

/// How wide the terminal on standard output is; `None` if it is none.
pub(crate) fn terminal_width() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(rustix::stdio::stdout()).ok()?;
    Some(usize::from(size.ws_col)).filter(|width| *width > 0)
}

/// The words, and the members of lists, in lines that are not wider than the room, unless a single one is.
pub(super) fn broken(sentence: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for piece in sentence.split_inclusive([' ', ',']) {
        let last = lines.len() - 1;
        let line = &mut lines[last];
        if line.is_empty() || line.width() + piece.trim_end().width() <= room {
            line.push_str(piece);
        } else {
            lines.push(piece.to_owned());
        }
    }
    for line in &mut lines {
        line.truncate(line.trim_end().len());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_where_the_terminal_does() {
        let mut narrow = Paragraphs { text: String::new(), width: Some(31) };
        narrow.paragraph("blocks", "TERM, and 守护 everything else");
        assert_eq!(narrow.into_text(), "  blocks   TERM, and 守护\n           everything else\n");
    }

    #[test]
    fn without_a_terminal_a_sentence_is_a_line() {
        let mut wide = Paragraphs { text: String::new(), width: None };
        wide.paragraph("holds", &"word ".repeat(100));
        assert_eq!(wide.into_text().lines().count(), 1);
    }
}
