//! Mistakes as a compiler shows errors.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::{Mistake, Mistakes};
use crate::Span;

/// Whether a rendering has colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// Plain text.
    Never,
    /// ANSI colours: the caller has seen that a person reads on a terminal.
    Always,
}

impl Colour {
    pub(crate) const fn renderer(self) -> Renderer {
        match self {
            Self::Never => Renderer::plain(),
            Self::Always => Renderer::styled(),
        }
    }
}

/// Shows every mistake with its line, the wrong text underlined, what was expected there, and what was perhaps
/// meant. `source` is the file that the mistakes were found in.
pub fn render_mistakes(mistakes: &Mistakes, path: &str, source: &[u8], colour: Colour) -> String {
    let shown: Vec<String> = mistakes.0.iter().map(|mistake| render_one(mistake, path, source, colour)).collect();
    shown.join("\n\n") + "\n"
}

fn render_one(mistake: &Mistake, path: &str, source: &[u8], colour: Colour) -> String {
    let line = SourceLine::of(mistake.span, source);
    let label = format!("expected {}", mistake.expected);
    let id = format!("M{}", mistake.kind.number());
    let mut group = line.group(Level::ERROR.primary_title(mistake.kind.headline()).id(id), path, &label);
    if let Some(meant) = &mistake.suggestion {
        group = group.element(Level::HELP.message(format!("did you mean `{meant}`?")));
    }
    colour.renderer().render(&[group])
}

/// The line of a file that a span lies in, and the span's place in it. Bytes that are no text are replaced, so the
/// columns behind them may differ from the file's.
pub(crate) struct SourceLine {
    text: String,
    number: usize,
    start: usize,
    end: usize,
}

impl SourceLine {
    pub(crate) fn of(span: Span, source: &[u8]) -> Self {
        let at = span.start.min(source.len());
        let first = source[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
        let last = source[at..].iter().position(|byte| *byte == b'\n').map_or(source.len(), |newline| at + newline);
        let before = visible(&source[first..at]);
        let inside = visible(&source[at..span.end.clamp(at, last)]);
        let after = visible(&source[span.end.clamp(at, last)..last]);
        let (start, end) = (before.len(), before.len() + inside.len());
        Self { text: before + &inside + &after, number: span.line as usize, start, end }
    }

    /// The group of lines that shows a title, the line and the label under its span.
    pub(crate) fn group<'a>(&'a self, title: annotate_snippets::Title<'a>, path: &'a str, label: &'a str) -> Group<'a> {
        let mark = AnnotationKind::Primary.span(self.start..self.end).label(label);
        title.element(Snippet::source(&self.text).line_start(self.number).path(path).annotation(mark))
    }
}

/// Text as it can be shown: control characters and what is no UTF-8 become replacement characters.
fn visible(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.trim_end_matches('\r').chars().map(|c| if c.is_control() && c != '\t' { '\u{fffd}' } else { c }).collect()
}
