//! What is told of each run, and the sum.

use serde::Serialize;
use sigpost_drill::Divergence;
use sigpost_scenario::{Ending, Failure as ScenarioFailure, PersonalityName, Span};

use super::files::File;
use super::{On, colour, line};
use crate::failure::Failure;
use crate::render::print;

/// A run of a file.
#[derive(Debug)]
pub(super) struct Told<'a> {
    pub(super) file: &'a File,
    pub(super) on: On,
    pub(super) personality: PersonalityName,
    pub(super) outcome: Outcome,
    /// How many expected receipts could not be seen.
    pub(super) unchecked: u32,
}

/// How it ended.
#[derive(Debug)]
pub(super) enum Outcome {
    Passed,
    Failed(ScenarioFailure),
    /// It passed, but the kernel did something else than the engine.
    Diverges(Vec<Divergence>),
    Unsupported(Span, String),
    Skipped(String),
}

impl Outcome {
    pub(super) fn of(ending: Ending) -> Self {
        match ending {
            Ending::Passed => Self::Passed,
            Ending::Failed(failure) => Self::Failed(failure),
            Ending::Unsupported(span, what) => Self::Unsupported(span, what),
            Ending::Skipped(reason) => Self::Skipped(reason),
        }
    }

    const fn word(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed(_) => "failed",
            Self::Diverges(_) => "diverges",
            Self::Unsupported(..) => "unsupported",
            Self::Skipped(_) => "skipped",
        }
    }

    /// The line it is about, and why it did not pass.
    fn why(&self) -> (Option<u32>, Vec<String>) {
        match self {
            Self::Passed => (None, Vec::new()),
            Self::Failed(failure) => {
                (Some(failure.span.line), failure.findings.iter().map(ToString::to_string).collect())
            }
            Self::Diverges(all) => (all.first().map(|first| first.line), all.iter().map(ToString::to_string).collect()),
            Self::Unsupported(span, what) => (Some(span.line), vec![what.clone()]),
            Self::Skipped(reason) => (None, vec![reason.clone()]),
        }
    }
}

/// A run as a JSON line.
#[derive(Serialize)]
struct Json<'a> {
    path: &'a str,
    title: Option<&'a str>,
    on: &'a str,
    personality: &'a str,
    outcome: &'a str,
    line: Option<u32>,
    reasons: Vec<String>,
    unchecked: u32,
}

impl Told<'_> {
    /// Prints what there is to say: nothing of a run that passed, unless as JSON.
    ///
    /// # Errors
    /// As [`print::results`].
    pub(super) fn print(&self, json: bool) -> Result<(), Failure> {
        if json {
            return self.print_json();
        }
        let Self { file: File { path, source, .. }, personality, outcome, .. } = self;
        match outcome {
            Outcome::Passed => Ok(()),
            Outcome::Failed(failure) => line(failure.render(*personality, path, source, colour()).trim_end()),
            Outcome::Diverges(divergences) => divergences
                .iter()
                .try_for_each(|divergence| line(&format!("{path}:{}: diverges {divergence}", divergence.line))),
            Outcome::Unsupported(span, what) => line(&format!("{path}:{}: unsupported: {what}", span.line)),
            Outcome::Skipped(reason) => line(&format!("{path}: skipped: {reason}")),
        }
    }

    fn print_json(&self) -> Result<(), Failure> {
        let (line_number, reasons) = self.outcome.why();
        let json = Json {
            path: &self.file.path,
            title: self.file.scenario.title.as_deref(),
            on: self.on.word(),
            personality: self.personality.word(),
            outcome: self.outcome.word(),
            line: line_number,
            reasons,
            unchecked: self.unchecked,
        };
        let text = serde_json::to_string(&json).map_err(|error| Failure::internal(format!("JSON: {error}")))?;
        line(&text)
    }
}

/// The sum of all runs.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub(super) passed: u64,
    pub(super) failed: u64,
    pub(super) skipped: u64,
    pub(super) unsupported: u64,
    pub(super) unchecked: u64,
}

impl Tally {
    pub(super) fn add(&mut self, told: &Told<'_>) {
        self.unchecked += u64::from(told.unchecked);
        match told.outcome {
            Outcome::Passed => self.passed += 1,
            Outcome::Failed(_) | Outcome::Diverges(_) => self.failed += 1,
            Outcome::Unsupported(..) => self.unsupported += 1,
            Outcome::Skipped(_) => self.skipped += 1,
        }
    }

    /// Whether the whole run has failed: also if there was something to run, and nothing of it was run.
    pub(super) const fn failed(&self, deny_skips: bool) -> bool {
        self.failed > 0 || self.is_in_vain() || (deny_skips && self.skipped + self.unsupported > 0)
    }

    /// Whether nothing was run of what there was.
    const fn is_in_vain(&self) -> bool {
        self.passed + self.failed == 0 && self.skipped + self.unsupported > 0
    }

    /// Prints the sum: the last line.
    ///
    /// # Errors
    /// As [`print::results`].
    pub(super) fn print(&self, json: bool) -> Result<(), Failure> {
        let Self { passed, failed, skipped, unsupported, unchecked } = self;
        if self.is_in_vain() {
            print::remark("nothing was run: each scenario was skipped, for the reason above");
        }
        let mut lines = Vec::new();
        if *unchecked > 0 {
            lines.push(format!("{unchecked} unchecked: receipts and states that the kernel did not let see"));
        }
        if *unsupported > 0 {
            lines.push(format!("{unsupported} unsupported"));
        }
        lines.push(format!("{passed} passed, {failed} failed, {skipped} skipped"));
        for text in lines {
            if json {
                print::summary(&text);
            } else {
                line(&text)?;
            }
        }
        Ok(())
    }
}
