//! Rows in aligned columns, by the width that each text takes on a terminal.

use core::fmt::{Display, Write as _};

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr as _;

/// A cell: its text, the side it stands on, and its colour.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    text: String,
    to_the_right: bool,
    style: Style,
}

impl Cell {
    /// A cell whose text begins at the left.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), to_the_right: false, style: Style::new() }
    }

    /// A cell whose text ends at the right, as numbers do.
    pub(crate) fn number(number: impl Display) -> Self {
        Self { text: number.to_string(), to_the_right: true, style: Style::new() }
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

/// The rows as lines, two spaces between the columns, nothing after the last text of a line.
pub(crate) fn lines(rows: &[Vec<Cell>]) -> String {
    let mut widths: Vec<usize> = Vec::new();
    for row in rows {
        widths.resize(widths.len().max(row.len()), 0);
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.text.width());
        }
    }
    let mut output = String::new();
    for row in rows {
        line(&mut output, row, &widths);
    }
    output
}

fn line(output: &mut String, row: &[Cell], widths: &[usize]) {
    let mut gap = 0;
    for (cell, width) in row.iter().zip(widths) {
        let padding = width - cell.text.width();
        let before = if cell.to_the_right { padding } else { 0 };
        gap += before;
        if !cell.text.is_empty() {
            let (start, end) = (cell.style.render(), cell.style.render_reset());
            let _ = write!(output, "{:gap$}{start}{}{end}", "", cell.text);
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
