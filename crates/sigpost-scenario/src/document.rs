//! A file as it is written: statements with the comments and empty lines around them.

use core::fmt;

use crate::{Declaration, Expectation, Mistakes, Personalities, Scenario, ScriptLine, Step};

/// A file, line by line. Its [`Display`](fmt::Display) is the canonical form, which keeps comments and the
/// grouping by empty lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// The lines, the last one without what follows its newline.
    pub lines: Vec<Line>,
}

/// One line: a statement, a comment, both, or nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// The statement.
    pub statement: Option<Statement>,
    /// The comment after the `#`, without the white space around it.
    pub comment: Option<String>,
}

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Statement {
    /// Under which personalities the file holds.
    Personality(Personalities),
    /// A process or thread that is there from the start.
    Declaration(Declaration),
    /// A call.
    Step(Step),
    /// What must hold now.
    Expectation(Expectation),
}

impl Document {
    /// Reads a file.
    ///
    /// # Errors
    /// All mistakes that can be found in one pass, at most one a line for those of form.
    pub fn parse(source: &[u8]) -> Result<Self, Mistakes> {
        crate::parse::document(source)
    }

    /// What the file says, without its layout.
    pub fn scenario(&self) -> Scenario {
        let mut scenario = Scenario { title: self.title(), ..Scenario::default() };
        for statement in self.lines.iter().filter_map(|line| line.statement.as_ref()) {
            match statement {
                Statement::Personality(personalities) => scenario.personalities = *personalities,
                Statement::Declaration(declaration) => scenario.declarations.push(declaration.clone()),
                Statement::Step(step) => scenario.script.push(ScriptLine::Step(step.clone())),
                Statement::Expectation(expected) => scenario.script.push(ScriptLine::Expectation(expected.clone())),
            }
        }
        scenario
    }

    /// The first comment.
    fn title(&self) -> Option<String> {
        self.lines.iter().find_map(|line| line.comment.clone())
    }

    /// The width to which the names of processes are padded on each line: that of the longest name among the
    /// declarations that no empty line or other statement separates from it.
    fn widths(&self) -> Vec<usize> {
        let mut widths = vec![0; self.lines.len()];
        let (mut first, mut longest) = (0, 0);
        for (index, line) in self.lines.iter().enumerate() {
            match &line.statement {
                Some(Statement::Declaration(Declaration::Process(process))) => {
                    longest = longest.max(process.name.as_str().len());
                    widths[first..=index].fill(longest);
                }
                Some(Statement::Declaration(Declaration::Thread(_))) => {}
                None if line.comment.is_some() => {}
                _ => (first, longest) = (index + 1, 0),
            }
        }
        widths
    }
}

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.widths();
        let mut gap = false;
        let mut begun = false;
        for (line, width) in self.lines.iter().zip(widths) {
            if line.is_empty() {
                gap = begun;
                continue;
            }
            if gap {
                f.write_str("\n")?;
            }
            (gap, begun) = (false, true);
            line.write(f, width)?;
        }
        Ok(())
    }
}

impl Line {
    /// A line with this statement only.
    pub const fn of(statement: Statement) -> Self {
        Self { statement: Some(statement), comment: None }
    }

    const fn is_empty(&self) -> bool {
        self.statement.is_none() && self.comment.is_none()
    }

    fn write(&self, out: &mut impl fmt::Write, width: usize) -> fmt::Result {
        match &self.statement {
            None => {}
            Some(Statement::Personality(personalities)) => write!(out, "personality {personalities}")?,
            Some(Statement::Declaration(declaration)) => declaration.write(out, width)?,
            Some(Statement::Step(step)) => write!(out, "{step}")?,
            Some(Statement::Expectation(expectation)) => write!(out, "{expectation}")?,
        }
        let Some(comment) = &self.comment else { return out.write_str("\n") };
        let before = if self.statement.is_some() { "  #" } else { "#" };
        let space = if comment.is_empty() || comment.starts_with(['#', '!']) { "" } else { " " };
        writeln!(out, "{before}{space}{comment}")
    }
}

/// The canonical form of a file: comments and the grouping by empty lines are kept, everything else is written
/// in one way. Formatting twice changes nothing more.
///
/// # Errors
/// The mistakes of the file, if it has any.
///
/// ```
/// let text = sigpost_scenario::format(b"#title\nprocess  a catch=SIGTERM,1\n").unwrap();
/// assert_eq!(text, "# title\nprocess a catch=HUP,TERM\n");
/// ```
pub fn format(source: &[u8]) -> Result<String, Mistakes> {
    Document::parse(source).map(|document| document.to_string())
}
