//! A row: one way to call a tool, what is compared, and how.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sigpost_sys::fork::say;
use sigpost_sys::namespace::assert_inside;

use super::family::Family;
use crate::namespace::{Answer, alone};

/// A tool, its project, and where it is looked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tool {
    /// The name it is called by.
    pub(crate) name: &'static str,
    /// The heading of its table in `docs/drop-in.md`.
    pub(crate) heading: &'static str,
    /// Where it is looked for, one after the other; those of `rivals` in cargo's target folder.
    pub(crate) places: &'static [&'static str],
}

/// What a row claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// Status, output, and what the processes get are theirs.
    Same,
    /// Status, what the processes get, and which streams have output are theirs; the words are our own.
    OwnWords,
    /// What is documented; theirs does it otherwise, or there is no tool here that has the option.
    Documented(Expected),
    /// Ours is right: this, and theirs is not.
    Better(Expected),
}

/// What ours does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Expected {
    pub(crate) code: i32,
    /// Who gets something: `a` and `b` are the two `quill`, then `quills`, `plume` and the long name.
    pub(crate) reached: &'static str,
    /// The output, with the places of [`Family::fill`]; `None`: whatever it is.
    pub(crate) stdout: Option<&'static str>,
}

/// One way to call a tool.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    /// The option, as `docs/drop-in.md` has it.
    pub(crate) option: &'static str,
    pub(crate) words: &'static [&'static str],
    pub(crate) claim: Claim,
    pub(crate) stdin: &'static str,
    /// What the help of a version says that can do it, besides the long option.
    pub(crate) needs: &'static str,
}

pub(crate) const fn same(option: &'static str, words: &'static [&'static str]) -> Row {
    Row { option, words, claim: Claim::Same, stdin: "", needs: "" }
}

pub(crate) const fn own_words(option: &'static str, words: &'static [&'static str]) -> Row {
    Row { option, words, claim: Claim::OwnWords, stdin: "", needs: "" }
}

pub(crate) const fn documented(
    option: &'static str,
    words: &'static [&'static str],
    code: i32,
    reached: &'static str,
    stdout: Option<&'static str>,
) -> Row {
    Row { option, words, claim: Claim::Documented(Expected { code, reached, stdout }), stdin: "", needs: "" }
}

pub(crate) const fn better(
    option: &'static str,
    words: &'static [&'static str],
    code: i32,
    reached: &'static str,
    stdout: Option<&'static str>,
) -> Row {
    Row { option, words, claim: Claim::Better(Expected { code, reached, stdout }), stdin: "", needs: "" }
}

impl Row {
    /// With something to read.
    pub(crate) const fn reads(self, stdin: &'static str) -> Self {
        Self { stdin, ..self }
    }

    /// Compared only with versions whose help says this.
    pub(crate) const fn needs(self, needs: &'static str) -> Self {
        Self { needs, ..self }
    }
}

/// What came of a run: how it ended, what it printed, and what each of the family got: signals, and values sent
/// along.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    code: Option<i32>,
    stdout: String,
    stderr: String,
    got: Vec<Vec<(i32, Option<i32>)>>,
}

impl Outcome {
    fn reached(&self) -> String {
        self.got.iter().zip("abcpl".chars()).filter(|(got, _)| !got.is_empty()).map(|(_, letter)| letter).collect()
    }
}

/// Runs every row with both, in a namespace of its own. Says how many were compared.
pub(crate) fn compare(tool: &'static Tool, rows: &'static [Row]) {
    alone(|| {
        let Some(family) = Family::start(&tool.heading.replace(' ', "-")) else { return };
        let theirs: Vec<PathBuf> = tool.places.iter().filter_map(|place| find(place)).collect();
        let (mut compared, mut wrong) = (0, Vec::new());
        for row in rows {
            match check(&family, tool, row, &theirs) {
                Ok(had_a_rival) => compared += usize::from(had_a_rival),
                Err(difference) => wrong.push(difference),
            }
        }

        assert!(wrong.is_empty(), "{}:\n{}", tool.heading, wrong.join("\n"));
        if compared < rows.len() {
            let rest = rows.len() - compared;
            say(&format!(
                "skipped: {rest} of {} rows of {}: no such tool here, or an older one",
                rows.len(),
                tool.heading
            ));
        }
        say(&format!("{}: {compared} rows compared", tool.heading));
    });
}

/// Checks one row; whether there was a tool to compare with.
///
/// # Errors
/// What differs.
fn check(family: &Family, tool: &Tool, row: &Row, theirs: &[PathBuf]) -> Result<bool, String> {
    let words: Vec<String> = row.words.iter().map(|word| family.fill(word)).collect();
    let ours = run(family, Path::new(env!("CARGO_BIN_EXE_sigpost")), tool.name, &words, row);
    if let Claim::Documented(expected) | Claim::Better(expected) = row.claim {
        let stdout = expected.stdout.map(|text| family.fill(text));
        let is_so = (ours.code, ours.reached().as_str()) == (Some(expected.code), expected.reached)
            && stdout.as_ref().is_none_or(|stdout| *stdout == ours.stdout);
        if !is_so {
            return Err(format!("{words:?} is not as documented ({expected:?}):\n  {ours:?}"));
        }
    }
    let Some(program) = theirs.iter().find(|program| knows(program, row)) else { return Ok(false) };
    let theirs = run(family, program, tool.name, &words, row);
    let streams = |outcome: &Outcome| (outcome.stdout.is_empty(), outcome.stderr.is_empty());
    let (holds, claim) = match row.claim {
        Claim::Same => (ours == theirs, "differs"),
        Claim::OwnWords => {
            let same = ours.code == theirs.code && ours.got == theirs.got && streams(&ours) == streams(&theirs);
            (same, "differs in more than its words")
        }
        Claim::Documented(_) => (true, ""),
        Claim::Better(_) => {
            // Ours was checked above; a later version of theirs may do it as well.
            if ours.code == theirs.code && ours.got == theirs.got && ours.stdout == theirs.stdout {
                say(&format!("{}: {words:?} is no better than what {} does", tool.heading, program.display()));
            }
            (true, "")
        }
    };
    if holds { Ok(true) } else { Err(format!("{words:?} {claim}: ours, theirs:\n  {ours:?}\n  {theirs:?}")) }
}

fn run(family: &Family, program: &Path, name: &str, words: &[String], row: &Row) -> Outcome {
    assert_inside();
    let mut command = Command::new(program);
    std::os::unix::process::CommandExt::arg0(&mut command, name);
    command.args(words).env("LC_ALL", "C").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // One that does not read it has ended by now.
    let _ = child.stdin.take().unwrap().write_all(family.fill(row.stdin).as_bytes());
    let answer = Answer::from(child.wait_with_output().unwrap());
    let with_values = row.words.iter().any(|word| word.starts_with("-q") || word.starts_with("--queue"));
    let got = family.victims.each_ref().map(|victim| {
        let value = |record: &sigpost_sys::sigaction::Record| with_values.then_some(record.value);
        victim.logged().iter().map(|record| (record.signal, value(record))).collect()
    });
    Outcome { code: answer.code, stdout: answer.stdout, stderr: answer.stderr, got: got.into() }
}

/// Where a tool is, if it is there: an absolute path, or one below `rivals` in cargo's target folder.
pub(crate) fn find(place: &str) -> Option<PathBuf> {
    let target = Path::new(env!("CARGO_BIN_EXE_sigpost")).parent()?.parent()?;
    let path = if place.starts_with('/') { PathBuf::from(place) } else { target.join("rivals").join(place) };
    path.is_file().then_some(path)
}

/// Whether this version of the tool has the options of a row: its own help tells, in the words of its project.
fn knows(program: &Path, row: &Row) -> bool {
    let Ok(help) = Command::new(program).arg("--help").output() else { return false };
    let help = [help.stdout, help.stderr].concat();
    let help = String::from_utf8_lossy(&help);
    let long = row.option.split([' ', ',']).find(|word| word.starts_with("--"));
    // psmisc's help has no dashes before some of its long options.
    let of_killall = help.contains("killall");
    of_killall || help.contains(row.needs) && long.is_none_or(|long| help.contains(long))
}
