//! `tally`: the sum of the results in the output of `cargo test`, as one closing line.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;

use crate::Outcome;

/// Sums over the `test result:` lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally {
    passed: u64,
    failed: u64,
    skipped: u64,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

/// Prints what the tests said of the cases they ran and skipped, then the closing line.
///
/// Fails when there is no result at all: then nothing was tested, whatever cargo's status says.
pub(crate) fn run(file: &str) -> Outcome {
    let bytes = fs::read(file).map_err(|error| format!("{file}: {error}"))?;
    let output = String::from_utf8_lossy(&bytes);
    for line in output.lines().filter_map(cases_of) {
        println!("{line}");
    }
    let results: Vec<Tally> = output.lines().filter_map(result_of).collect();
    let mut reasons: BTreeMap<&str, u64> = BTreeMap::new();
    for reason in output.lines().filter_map(reason_of) {
        *reasons.entry(reason).or_default() += 1;
    }
    let total = sum(&results).less(reasons.values().sum());
    println!("ran {}, skipped {}", total.passed + total.failed, total.skipped);
    for (reason, count) in &reasons {
        println!("  {count} skipped: {reason}");
    }
    println!("{total}");
    if results.is_empty() { Err(format!("{file} holds no `test result:` line: see there why")) } else { Ok(()) }
}

fn sum(results: &[Tally]) -> Tally {
    results.iter().fold(Tally::default(), |sum, one| Tally {
        passed: sum.passed + one.passed,
        failed: sum.failed + one.failed,
        skipped: sum.skipped + one.skipped,
    })
}

impl Tally {
    /// Tests that came back without having tested, for a reason they told, count as skipped and not as passed.
    const fn less(self, skipped: u64) -> Self {
        Self { passed: self.passed.saturating_sub(skipped), skipped: self.skipped + skipped, ..self }
    }
}

/// `skipped: several users take the superuser`: what a test says that cannot run here, at the start of a line or
/// behind its own name.
fn reason_of(line: &str) -> Option<&str> {
    let rest = line.split_once(" ... ").map_or(line, |(_, rest)| rest);
    rest.strip_prefix("skipped: ")
}

/// `test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s`
fn result_of(line: &str) -> Option<Tally> {
    let (_, result) = line.split_once("test result: ")?;
    let (_, counts) = result.split_once(". ")?;
    let count = |word: &str| {
        let part = counts.split(';').find_map(|part| part.trim().strip_suffix(word))?;
        part.trim().parse().ok()
    };
    Some(Tally { passed: count("passed")?, failed: count("failed")?, skipped: count("ignored")? })
}

/// `… ran 12, skipped 3 …`: a test that runs many cases says so in this form. It may share its line with the name of
/// the test, so what stands before is left out.
fn cases_of(line: &str) -> Option<&str> {
    let starts = line.match_indices("ran ").map(|(start, _)| &line[start..]);
    starts.into_iter().find(|rest| {
        let Some((ran, skipped)) = rest["ran ".len()..].split_once(", skipped ") else { return false };
        is_number(ran) && skipped.starts_with(|c: char| c.is_ascii_digit())
    })
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_line_is_read_wherever_it_stands_in_its_line() {
        let line = "xtest result: FAILED. 3 passed; 2 failed; 1 ignored; 0 measured; 4 filtered out; finished in 0.01s";
        assert_eq!(result_of(line), Some(Tally { passed: 3, failed: 2, skipped: 1 }));
    }

    #[test]
    fn what_is_not_a_result_counts_nothing() {
        assert_eq!(result_of("test result_of ... ok"), None);
        assert_eq!(result_of("test result: ok. many passed; 0 failed; 0 ignored"), None);
    }

    #[test]
    fn results_are_summed_column_by_column() {
        let one = Tally { passed: 1, failed: 2, skipped: 3 };
        assert_eq!(sum(&[one, one]).to_string(), "2 passed, 4 failed, 6 skipped");
    }

    #[test]
    fn a_test_that_could_not_run_is_skipped_and_not_passed() {
        assert_eq!(reason_of("skipped: no cgroups"), Some("no cgroups"));
        assert_eq!(reason_of("test scopes::kill ... skipped: no cgroups"), Some("no cgroups"));
        assert_eq!(reason_of("a.drill: skipped: engine only"), None);
        let one = Tally { passed: 5, failed: 1, skipped: 0 };
        assert_eq!(one.less(2).to_string(), "3 passed, 1 failed, 2 skipped");
    }

    #[test]
    fn the_cases_of_a_test_are_found_behind_its_name() {
        assert_eq!(cases_of("test corpus ... ran 12, skipped 3: needs root"), Some("ran 12, skipped 3: needs root"));
        assert_eq!(cases_of("the orphan ran away, skipped 3"), None);
    }
}
