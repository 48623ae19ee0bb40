//! What a run came to, and how it is told.

use core::fmt;

use annotate_snippets::{Level, renderer::DecorStyle};

use crate::coverage::Coverage;
use crate::mistake::SourceLine;
use crate::{Colour, PersonalityName, Span, Trouble};

/// What a run came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Whose rules the world followed.
    pub personality: PersonalityName,
    /// How it ended.
    pub ending: Ending,
    /// How many receipts the scenario expects that the world could not see.
    pub unchecked: u32,
    /// What the steps were.
    pub coverage: Coverage,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Everything was as the scenario says.
    Passed,
    /// Something was not.
    Failed(Failure),
    /// The world cannot do something at all: what, and where it stands. Not a pass.
    Unsupported(Span, String),
    /// It could not be run here: why. Not a pass.
    Skipped(String),
}

/// What was wrong on a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The line.
    pub span: Span,
    /// What was expected and what happened; at least one.
    pub findings: Vec<Finding>,
}

/// One thing that was expected, and what happened instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was expected, as the scenario writes it.
    pub expected: String,
    /// What happened, as a scenario would write it.
    pub found: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}, found {}", self.expected, self.found)
    }
}

impl Ending {
    /// How a run ends that meets this trouble at this line.
    pub(super) fn of(trouble: Trouble, span: Span) -> Self {
        match trouble {
            Trouble::Unsupported(what) => Self::Unsupported(span, what),
            Trouble::Skipped(reason) => Self::Skipped(reason),
            Trouble::CannotAct(_) | Trouble::Unseen(_) | Trouble::Endless | Trouble::Broken(_) => {
                let expected = "the step to run to its end".to_owned();
                Self::Failed(Failure { span, findings: vec![Finding { expected, found: trouble.to_string() }] })
            }
        }
    }

    /// Whether everything was as the scenario says.
    pub const fn is_passed(&self) -> bool {
        matches!(self, Self::Passed)
    }
}

impl Failure {
    /// The failure as the Rust compiler shows errors: the line of the file, what was expected and what happened.
    pub fn render(&self, personality: PersonalityName, path: &str, source: &[u8], colour: Colour) -> String {
        let line = SourceLine::of(self.span, source);
        let title = format!("the scenario fails under `{personality}`");
        let label = self.findings.first().map_or_else(String::new, Finding::to_string);
        let mut group = line.group(Level::ERROR.primary_title(title), path, &label);
        for finding in self.findings.iter().skip(1) {
            group = group.element(Level::NOTE.message(finding.to_string()));
        }
        colour.renderer().decor_style(DecorStyle::Ascii).render(&[group]) + "\n"
    }
}
