//! `tidy`: what neither the compiler nor clippy checks: budgets, names, words, tags, the code map.

mod code_map;
mod features;
mod names;
mod text;

pub(crate) mod tags;

use crate::source;
use crate::tree::has_extension;
use crate::{Outcome, Tree};

/// Lines of code a file may hold, comments, blank lines and the tests at its end aside.
const FILE_BUDGET: usize = 500;

/// The one crate that may hold unsafe code.
const UNSAFE_FOLDER: &str = "crates/sigpost-sys/";

/// The one file that may sleep: where the drill looks again, with a deadline that fails, whether a kernel has settled.
/// Everywhere else a wait is for a handle, a child or a pipe, never for time to pass.
const MAY_SLEEP: &[&str] = &["crates/sigpost-drill/src/settle.rs"];

/// What takes a lock of the standard library's, and the tests whose children must not.
const PRINTS: &[&str] = &["println", "eprintln", "print", "eprint"];
const FORKING_TESTS: &[&str] =
    &["crates/sigpost/tests/it/", "crates/sigpost-linux/tests/it/", "crates/sigpost-drill/tests/it/"];

/// Calls that sleep.
const SLEEPS: &[&str] = &[concat!("thread::", "sleep"), concat!("libc::", "sleep"), concat!("us", "leep")];

/// One thing to mend.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    path: String,
    /// From 1; 0 is the file as a whole.
    line: usize,
    what: String,
}

impl Finding {
    pub(crate) fn new(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, what: what.into() }
    }
}

/// Prints every finding as `path:line: what`; fails when there is one.
pub(crate) fn run(tree: &Tree) -> Outcome {
    let mut findings = names::findings(tree);
    for path in tree.files() {
        let Some(text) = tree.text(path)? else { continue };
        findings.extend(text::findings(path, &text));
        if has_extension(path, "rs") {
            findings.extend(rust_findings(path, &text));
        }
    }
    for check in [tags::findings, code_map::findings, features::findings, changelog] {
        // A page that is missing is one more thing to mend, no reason to keep quiet about the others.
        findings.extend(check(tree).unwrap_or_else(|cause| vec![Finding::new("pages", 0, cause)]));
    }
    for finding in &findings {
        match finding.line {
            0 => println!("{}: {}", finding.path, finding.what),
            line => println!("{}:{line}: {}", finding.path, finding.what),
        }
    }
    if findings.is_empty() { Ok(()) } else { Err(format!("{} things to mend, listed above", findings.len())) }
}

/// What holds for every Rust file.
fn rust_findings(path: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !text.starts_with("//!") {
        findings.push(Finding::new(path, 1, "opens without a module doc: say in `//!` what the file is for"));
    }
    let lines = source::code_lines(text);
    if has_budget(path) && lines > FILE_BUDGET {
        let what = format!("{lines} lines of code, {FILE_BUDGET} are allowed: split it by what it does");
        findings.push(Finding::new(path, 0, what));
    }
    let stripped = source::strip(text);
    for (index, line) in stripped.bare.lines().enumerate() {
        findings.extend(line_findings(path, line).map(|what| Finding::new(path, index + 1, what)));
    }
    findings
}

/// What holds for one line without its comments and strings.
fn line_findings(path: &str, bare: &str) -> impl Iterator<Item = &'static str> {
    let hits = [
        (
            source::has_word(bare, "unsafe") && !path.starts_with(UNSAFE_FOLDER),
            "unsafe code outside crates/sigpost-sys: move it there, behind a safe function",
        ),
        (
            SLEEPS.iter().any(|sleep| source::has_word(bare, sleep)) && !MAY_SLEEP.contains(&path),
            "sleeps: wait for a handle, a child or a pipe",
        ),
        (is_ignored(bare), "a test that is ignored: mend it or delete it"),
        (
            PRINTS.iter().any(|print| source::has_word(bare, print))
                && FORKING_TESTS.iter().any(|folder| path.starts_with(folder)),
            "prints in a test that forks: the lock may be held for good by a thread of the parent's; use sigpost_sys::fork::say",
        ),
    ];
    hits.into_iter().filter(|(hit, _)| *hit).map(|(_, what)| what)
}

/// The attribute by itself, or inside `cfg_attr`.
fn is_ignored(bare: &str) -> bool {
    bare.trim_start().starts_with('#') && source::has_word(bare, "ignore")
}

fn has_budget(path: &str) -> bool {
    path.starts_with("xtask/src/") || (path.starts_with("crates/") && path.split('/').nth(2) == Some("src"))
}

/// The change log names the version that is being made, or what is not released yet.
fn changelog(tree: &Tree) -> Result<Vec<Finding>, String> {
    let path = "CHANGELOG.md";
    let text = tree.required(path)?;
    let version = env!("CARGO_PKG_VERSION");
    let wanted = [format!("## [{version}]"), "## [Unreleased]".to_owned()];
    let named = text.lines().any(|line| wanted.iter().any(|heading| line.starts_with(heading)));
    let finding = Finding::new(path, 0, format!("no heading for {version} and none for Unreleased: add one"));
    Ok(if named { Vec::new() } else { vec![finding] })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_of(path: &str, text: &str) -> Vec<usize> {
        rust_findings(path, text).into_iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn unsafe_code_is_found_outside_its_crate_only() {
        let text = "//! Doc: unsafe.\nfn f() { unsafe { g(\"unsafe\") } }\n";
        assert_eq!(lines_of("crates/sigpost-linux/src/a.rs", text), [2]);
        assert!(lines_of("crates/sigpost-sys/src/a.rs", text).is_empty());
    }

    #[test]
    fn printing_is_found_in_tests_that_fork_only() {
        let text = "//! No println here.\nfn f() { println!(\"x\") }\n";
        assert_eq!(lines_of("crates/sigpost/tests/it/x.rs", text), [2]);
        assert!(lines_of("crates/sigpost-engine/tests/x.rs", text).is_empty());
    }

    #[test]
    fn sleeping_and_ignoring_are_found_in_code_but_not_in_prose() {
        let sleep = SLEEPS[0];
        let text = format!("//! Never {sleep}, never #[ignore].\n{sleep}(x);\n#[ignore = \"slow\"]\nfn f() {{}}\n");
        assert_eq!(lines_of("crates/sigpost/tests/a.rs", &text), [2, 3]);
    }

    #[test]
    fn a_file_without_a_doc_or_over_its_budget_is_found() {
        assert_eq!(lines_of("fuzz/a.rs", "use core::fmt;\n"), [1]);
        let long = format!("//! Doc.\n{}", "f();\n".repeat(FILE_BUDGET + 1));
        assert_eq!(lines_of("crates/sigpost/src/a.rs", &long), [0]);
        assert!(lines_of("crates/sigpost/tests/a.rs", &long).is_empty());
    }
}
