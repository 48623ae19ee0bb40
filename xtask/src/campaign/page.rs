//! `docs/conformance.md`: what the last campaign showed. The campaign's part of the page is written anew each time, and
//! what stands outside its marks is kept.

use std::fmt::Write;
use std::fs;

use super::cells::{ENOUGH, REASONS, UNTRIED, survey};
use super::counts::{Counts, median};
use crate::{Outcome, Tree};

const PATH: &str = "docs/conformance.md";
const BEGIN: &str = "<!-- written by `cargo xtask campaign` -->";
const END: &str = "<!-- end of what is written -->";
const BREAKS: &str = "## Seven rules broken by hand";
const HEAD: &str = "# Conformance\n\nThe engine against the live Linux kernel: what `cargo xtask campaign` tried, and what came of it.\n\n";

/// Writes the counts.
pub(super) fn write(tree: &Tree, counts: &Counts, revision: &str) -> Outcome {
    let path = tree.root().join(PATH);
    let old = fs::read_to_string(&path).unwrap_or_default();
    let (before, after) = around(&old);
    let text = format!("{before}{BEGIN}\n\n{}\n{END}{after}", body(counts, revision));
    fs::write(&path, text).map_err(|error| format!("{PATH}: {error}"))
}

/// Writes what came of broken rules.
pub(super) fn keep_breaks(tree: &Tree, table: &str) -> Outcome {
    let path = tree.root().join(PATH);
    let old = fs::read_to_string(&path).unwrap_or_else(|_| HEAD.to_owned());
    let old = old.split_once(BREAKS).map_or(old.as_str(), |(before, _)| before).trim_end();
    let text = format!("{old}\n\n{BREAKS}\n\nWritten by `cargo xtask breaks`.\n\n{table}");
    fs::write(&path, text).map_err(|error| format!("{PATH}: {error}"))
}

/// What stands before and after the campaign's part.
fn around(old: &str) -> (&str, &str) {
    match (old.split_once(BEGIN), old.split_once(END)) {
        (Some((before, _)), Some((_, after))) => (before, after),
        _ => (HEAD, "\n"),
    }
}

fn body(counts: &Counts, revision: &str) -> String {
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let mut text = format!("## The campaign\n\nSources {revision}, kernel {}.\n\n", kernel.trim());
    let witnessed = counts.scenarios - counts.unwitnessed;
    let rows = [
        ("random scenarios", counts.scenarios.to_string()),
        ("engine and kernel agree", counts.passed.to_string()),
        ("they diverge", counts.failed.to_string()),
        ("could not be run to their end", counts.skipped.to_string()),
        ("divergences that `divergences.toml` explains", counts.known.to_string()),
        ("steps in which another of those who can run at once ran first", counts.reordered.to_string()),
        ("median of steps", median(&counts.steps).to_string()),
        ("median of processes", median(&counts.processes).to_string()),
        ("receipts", counts.receipts.to_string()),
        ("unchecked receipts", format!("{} ({} %)", counts.unchecked, share(counts.unchecked, counts.receipts))),
        (
            "scenarios watched by the kernel's record of every signal, none of which left its scenario",
            witnessed.to_string(),
        ),
    ];
    table(&mut text, ["what", "count"], rows.iter().map(|(what, count)| [(*what).to_owned(), count.clone()]));
    verdicts(&mut text, counts);
    calls(&mut text, counts);
    cells(&mut text, counts);
    text
}

fn share(part: u64, all: u64) -> String {
    let permille = (part * 1000).checked_div(all).unwrap_or(0);
    format!("{}.{}", permille / 10, permille % 10)
}

fn table<const N: usize>(text: &mut String, head: [&str; N], rows: impl Iterator<Item = [String; N]>) {
    let _ = writeln!(text, "| {} |\n|{}", head.join(" | "), "---|".repeat(N));
    for row in rows {
        let _ = writeln!(text, "| {} |", row.join(" | "));
    }
    text.push('\n');
}

fn verdicts(text: &mut String, counts: &Counts) {
    text.push_str("### By verdict\n\n");
    let mut names: Vec<&String> = counts.cells.keys().map(|(_, verdict, _)| verdict).collect();
    names.sort();
    names.dedup();
    let row = |verdict: &String| [format!("`{verdict}`"), counts.of(None, verdict).to_string()];
    table(text, ["verdict", "receipts"], names.into_iter().map(row));
}

fn calls(text: &mut String, counts: &Counts) {
    text.push_str("### By call\n\n");
    let row = |(call, count): (&String, &u64)| {
        let mut seen: Vec<&str> =
            counts.cells.keys().filter(|(of, ..)| of == call).map(|(_, verdict, _)| verdict.as_str()).collect();
        seen.dedup();
        let told: Vec<String> =
            seen.iter().map(|verdict| format!("{verdict} {}", counts.of(Some(call.as_str()), verdict))).collect();
        [format!("`{call}`"), count.to_string(), told.join(", ")]
    };
    table(text, ["call", "made", "verdicts"], counts.calls.iter().map(row));
}

fn cells(text: &mut String, counts: &Counts) {
    let (all, reachable, short) = survey(counts);
    text.push_str("### By call, verdict and run state\n\n");
    let _ = writeln!(
        text,
        "A cell is a sending call, a verdict, and what the target did when the signal came. Of {all} cells {reachable} can \
         be reached and are tried; {} of these were seen at least {ENOUGH} times. Of the others most cannot be reached:\n",
        reachable - short.len()
    );
    for (_, reason) in REASONS {
        let _ = writeln!(text, "- {reason}");
    }
    text.push_str("\nAnd a few are not tried:\n\n");
    for (_, reason) in UNTRIED {
        let _ = writeln!(text, "- {reason}");
    }
    if !short.is_empty() {
        text.push_str("\nSeen less often:\n\n");
        let row = |cell: &super::cells::Short| {
            [cell.call.to_owned(), cell.verdict.to_owned(), cell.standing.to_owned(), cell.seen.to_string()]
        };
        table(text, ["call", "verdict", "run state", "seen"], short.iter().map(row));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_around_the_campaigns_part_is_kept() {
        let old = format!("a\n{BEGIN}\nold\n{END}\nb\n");
        assert_eq!(around(&old), ("a\n", "\nb\n"));
        assert_eq!(around("nothing of ours").0, HEAD);
    }

    #[test]
    fn shares_have_one_place() {
        assert_eq!((share(1, 100).as_str(), share(5, 3).as_str(), share(0, 0).as_str()), ("1.0", "166.6", "0.0"));
    }
}
