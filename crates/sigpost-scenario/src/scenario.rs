//! A scenario: what a file says, without its layout.

use core::fmt;

use crate::document::{Document, Line, Statement};
use crate::{Declaration, Expectation, Mistakes, Personalities, Step};

/// A scenario: processes, and what they do and what must come of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// The first comment of the file.
    pub title: Option<String>,
    /// Under which personalities it holds.
    pub personalities: Personalities,
    /// Processes and threads that are there before the first step, each below its parent.
    pub declarations: Vec<Declaration>,
    /// Steps and expectations, in order.
    pub script: Vec<ScriptLine>,
}

/// A step or an expectation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScriptLine {
    /// A call.
    Step(Step),
    /// What must hold now.
    Expectation(Expectation),
}

impl Scenario {
    /// Reads a file.
    ///
    /// # Errors
    /// All mistakes that can be found in one pass.
    ///
    /// ```
    /// let scenario = sigpost_scenario::Scenario::parse(b"# [S3.1] init is there\ninit: kill(1, 0) = 0").unwrap();
    /// assert_eq!(scenario.tags().collect::<Vec<_>>(), ["S3.1"]);
    /// assert_eq!(scenario.steps().count(), 1);
    /// ```
    pub fn parse(source: &[u8]) -> Result<Self, Mistakes> {
        Document::parse(source).map(|document| document.scenario())
    }

    /// The steps, in order.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.script.iter().filter_map(|line| match line {
            ScriptLine::Step(step) => Some(step),
            ScriptLine::Expectation(_) => None,
        })
    }

    /// The rows of the sources that the title names: `S1.4` of `[S1.4] kill(-1) …`.
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        self.title.iter().flat_map(|title| title.split('[').skip(1).filter_map(|rest| rest.split(']').next()))
    }

    /// The scenario as a file: a paragraph for the title and the personalities, one for the declarations, and one
    /// for the rest.
    pub fn document(&self) -> Document {
        let mut lines = Vec::new();
        if let Some(title) = &self.title {
            lines.push(Line { statement: None, comment: Some(title.clone()) });
        }
        if self.personalities != Personalities::LINUX {
            lines.push(Line::of(Statement::Personality(self.personalities)));
        }
        lines.push(Line::default());
        lines.extend(self.declarations.iter().map(|one| Line::of(Statement::Declaration(one.clone()))));
        lines.push(Line::default());
        lines.extend(self.script.iter().map(|line| match line {
            ScriptLine::Step(step) => Line::of(Statement::Step(step.clone())),
            ScriptLine::Expectation(expected) => Line::of(Statement::Expectation(expected.clone())),
        }));
        Document { lines }
    }
}

/// No title, no process, nothing to do, under Linux.
impl Default for Scenario {
    fn default() -> Self {
        Self { title: None, personalities: Personalities::LINUX, declarations: Vec::new(), script: Vec::new() }
    }
}

/// The canonical form, which reads back as the same scenario.
impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.document(), f)
    }
}
