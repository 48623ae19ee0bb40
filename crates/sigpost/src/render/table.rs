//! Rows in aligned columns, by the width that each text takes on a terminal.

use core::fmt::{Display, Write as _};

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr as _;

use super::paragraph::{broken, terminal_width};

/// A cell: its text, the side it stands on, and its colour.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    text: String,
    /// How many places the text takes.
    width: usize,
    to_the_right: bool,
    may_break: bool,
    style: Style,
}

impl Cell {
    /// A cell whose text begins at the left.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::new(text.into(), false)
    }

    /// The same for a sentence or a list, which goes on below where the terminal ends.
    pub(crate) fn prose(text: impl Into<String>) -> Self {
        Self { may_break: true, ..Self::text(text) }
    }

    /// A cell whose text ends at the right, as numbers do.
    pub(crate) fn number(number: impl Display) -> Self {
        Self::new(number.to_string(), true)
    }

    fn new(text: String, to_the_right: bool) -> Self {
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

impl Cell {
    /// Whether it has to be broken to be of this width.
    const fn is_too_wide_for(&self, width: usize) -> bool {
        self.may_break && self.width > width
    }

    /// The cell in lines of this width.
    fn broken(&self, width: usize) -> Vec<Self> {
        if !self.is_too_wide_for(width) {
            return vec![self.clone()];
        }
        let part = |text| Self { may_break: true, style: self.style, ..Self::new(text, self.to_the_right) };
        broken(&self.text, width).into_iter().map(part).collect()
    }
}

/// The rows as lines, two spaces between the columns, nothing after the last text of a line. On a terminal prose is broken
/// so that they fit; elsewhere a row is a line.
pub(crate) fn lines(rows: &[Vec<Cell>]) -> String {
    lines_within(rows, terminal_width())
}

/// No column of prose is made narrower than this.
const NARROWEST: usize = 16;

fn lines_within(rows: &[Vec<Cell>], room: Option<usize>) -> String {
    let mut widths: Vec<usize> = Vec::new();
    for row in rows {
        widths.resize(widths.len().max(row.len()), 0);
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width);
        }
    }
    if let Some(room) = room {
        narrow(&mut widths, rows, room);
    }
    let mut output = String::new();
    for row in rows {
        if !row.iter().zip(&widths).any(|(cell, width)| cell.is_too_wide_for(*width)) {
            line(&mut output, row, &widths);
            continue;
        }
        let broken = row.iter().zip(&widths).map(|(cell, width)| cell.broken(*width));
        let broken: Vec<Vec<Cell>> = broken.collect();
        for place in 0..broken.iter().map(Vec::len).max().unwrap_or(0) {
            let cells = broken.iter().map(|cells| cells.get(place).cloned().unwrap_or_else(|| Cell::text("")));
            line(&mut output, &cells.collect::<Vec<_>>(), &widths);
        }
    }
    output
}

/// Takes from the widest column of prose until the rows fit, or no such column has anything to give.
fn narrow(widths: &mut [usize], rows: &[Vec<Cell>], room: usize) {
    let may_break = |column: usize| rows.iter().any(|row| row.get(column).is_some_and(|cell| cell.may_break));
    let gaps = 2 * widths.len().saturating_sub(1);
    while widths.iter().sum::<usize>() + gaps > room {
        let widest = (0..widths.len()).filter(|column| may_break(*column)).max_by_key(|column| widths[*column]);
        match widest {
            Some(column) if widths[column] > NARROWEST => widths[column] -= 1,
            _ => return,
        }
    }
}

fn line(output: &mut String, row: &[Cell], widths: &[usize]) {
    let mut gap = 0;
    for (cell, width) in row.iter().zip(widths) {
        let padding = width.saturating_sub(cell.width);
        let before = if cell.to_the_right { padding } else { 0 };
        gap += before;
        if !cell.text.is_empty() {
            output.extend(core::iter::repeat_n(' ', gap));
            if cell.style.is_plain() {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_take_two_places_and_lines_end_with_their_text() {
        let row = |pid: i32, name: &str, word: &str| vec![Cell::number(pid), Cell::text(name), Cell::text(word)];
        let table = [row(7, "守护", "pends"), row(4711, "nginx", "handles"), row(12, "", "x"), row(1, "sh", "")];
        assert_eq!(lines(&table), "   7  守护   pends\n4711  nginx  handles\n  12         x\n   1  sh\n");
    }

    #[test]
    fn colour_does_not_count_as_width() {
        let row = vec![Cell::text("ab").coloured(AnsiColor::Red), Cell::text("c")];
        assert_eq!(anstream::adapter::strip_str(&lines(&[row])).to_string(), "ab  c\n");
    }
}
