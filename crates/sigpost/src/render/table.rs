//! Rows in aligned columns, by the width that each text takes on a terminal.

use alloc::borrow::Cow;
use core::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr as _;

use super::paragraph::{broken, terminal_width};
use super::print;

/// A cell: its text, the side it stands on, and its colour.
#[derive(Clone, Debug)]
pub(crate) struct Cell<'a> {
    text: Cow<'a, str>,
    /// How many places the text takes.
    width: usize,
    to_the_right: bool,
    may_break: bool,
    style: Style,
}

impl<'a> Cell<'a> {
    /// A cell whose text begins at the left.
    pub(crate) fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::new(text.into(), false)
    }

    /// The same for a sentence or a list, which goes on below where the terminal ends.
    pub(crate) fn prose(text: impl Into<Cow<'a, str>>) -> Self {
        Self { may_break: true, ..Self::text(text) }
    }

    /// A cell whose text ends at the right, as numbers do.
    pub(crate) fn number(number: impl Into<Cow<'a, str>>) -> Self {
        Self::new(number.into(), true)
    }

    fn new(text: Cow<'a, str>, to_the_right: bool) -> Self {
        // Control characters are escaped before they get here.
        let width = if text.is_ascii() { text.len() } else { text.width() };
        Self { text, width, to_the_right, may_break: false, style: Style::new() }
    }

    /// The same in a colour.
    pub(crate) fn coloured(self, colour: AnsiColor) -> Self {
        Self { style: colour.on_default(), ..self }
    }

    /// The same, dimmed: for headings and side remarks.
    pub(crate) fn dimmed(self) -> Self {
        Self { style: Style::new().dimmed(), ..self }
    }
}

impl Cell<'_> {
    /// Whether it has to be broken to be of this width.
    const fn is_too_wide_for(&self, width: usize) -> bool {
        self.may_break && self.width > width
    }

    /// The cell in lines of this width.
    fn broken(&self, width: usize) -> Vec<Self> {
        if !self.is_too_wide_for(width) {
            return vec![self.clone()];
        }
        let part =
            |text: String| Self { may_break: true, style: self.style, ..Self::new(text.into(), self.to_the_right) };
        broken(&self.text, width).into_iter().map(part).collect()
    }
}

/// The rows as lines, two spaces between the columns, nothing after the last text of a line. On a terminal prose is broken
/// so that they fit; elsewhere a row is a line.
pub(crate) fn lines<'a>(rows: &[impl AsRef<[Cell<'a>]>]) -> String {
    Layout { room: terminal_width(), styled: print::shows_styles() }.lines(rows)
}

/// No column of prose is made narrower than this.
const NARROWEST: usize = 16;

/// How rows become lines.
#[derive(Clone, Copy, Debug)]
struct Layout {
    /// How wide the terminal is.
    room: Option<usize>,
    styled: bool,
}

impl Layout {
    fn lines<'a>(self, rows: &[impl AsRef<[Cell<'a>]>]) -> String {
        let mut widths: Vec<usize> = Vec::new();
        for row in rows.iter().map(AsRef::as_ref) {
            widths.resize(widths.len().max(row.len()), 0);
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.width);
            }
        }
        if let Some(room) = self.room {
            narrow(&mut widths, rows, room);
        }
        let longest = widths.iter().map(|width| width + 2).sum::<usize>();
        let mut output = String::with_capacity(if self.room.is_none() { rows.len() * longest } else { 0 });
        for row in rows.iter().map(AsRef::as_ref) {
            if !row.iter().zip(&widths).any(|(cell, width)| cell.is_too_wide_for(*width)) {
                self.line(&mut output, row, &widths);
                continue;
            }
            let broken = row.iter().zip(&widths).map(|(cell, width)| cell.broken(*width));
            let broken: Vec<Vec<Cell<'_>>> = broken.collect();
            for place in 0..broken.iter().map(Vec::len).max().unwrap_or(0) {
                let cells = broken.iter().map(|cells| cells.get(place).cloned().unwrap_or_else(|| Cell::text("")));
                self.line(&mut output, &cells.collect::<Vec<_>>(), &widths);
            }
        }
        output
    }

    fn line(self, output: &mut String, row: &[Cell<'_>], widths: &[usize]) {
        let mut gap = 0;
        for (cell, width) in row.iter().zip(widths) {
            let padding = width.saturating_sub(cell.width);
            let before = if cell.to_the_right { padding } else { 0 };
            gap += before;
            if !cell.text.is_empty() {
                blanks(output, gap);
                if cell.style.is_plain() || !self.styled {
                    output.push_str(&cell.text);
                } else {
                    let _ = write!(output, "{}{}{}", cell.style.render(), cell.text, cell.style.render_reset());
                }
                gap = 0;
            }
            gap += padding - before + 2;
        }
        output.push('\n');
    }
}

/// Takes from the widest column of prose until the rows fit, or no such column has anything to give.
fn narrow<'a>(widths: &mut [usize], rows: &[impl AsRef<[Cell<'a>]>], room: usize) {
    let may_break = |column: usize| rows.iter().any(|row| row.as_ref().get(column).is_some_and(|cell| cell.may_break));
    let gaps = 2 * widths.len().saturating_sub(1);
    while widths.iter().sum::<usize>() + gaps > room {
        let widest = (0..widths.len()).filter(|column| may_break(*column)).max_by_key(|column| widths[*column]);
        match widest {
            Some(column) if widths[column] > NARROWEST => widths[column] -= 1,
            _ => return,
        }
    }
}

fn blanks(output: &mut String, mut count: usize) {
    const SOME: &str = "                ";
    while count > 0 {
        let now = count.min(SOME.len());
        output.push_str(&SOME[..now]);
        count -= now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_take_two_places_and_lines_end_with_their_text() {
        let row = |pid: i32, name: &'static str, word: &'static str| {
            vec![Cell::number(pid.to_string()), Cell::text(name), Cell::text(word)]
        };
        let table = [row(7, "守护", "pends"), row(4711, "nginx", "handles"), row(12, "", "x"), row(1, "sh", "")];
        assert_eq!(lines(&table), "   7  守护   pends\n4711  nginx  handles\n  12         x\n   1  sh\n");
    }

    #[test]
    fn colour_does_not_count_as_width() {
        let row = vec![Cell::text("ab").coloured(AnsiColor::Red), Cell::text("c")];
        let coloured = Layout { room: None, styled: true }.lines(&[&row]);
        assert_eq!(coloured, "\u{1b}[31mab\u{1b}[0m  c\n");
        assert_eq!(Layout { room: None, styled: false }.lines(&[&row]), "ab  c\n");
    }
}
