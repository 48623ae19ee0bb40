//! `docs/drop-in.md` against the rows, and against what the tools say of themselves.

use alloc::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use super::killall_rows as killall;
use super::row::{Claim, Row, Tool, find};
use super::{kill_rows as kill, pgrep_rows as pgrep};

const PAGE: &str = include_str!("../../../../../docs/drop-in.md");

const TABLES: [(&Tool, &[Row]); 5] = [
    (&kill::PROCPS, kill::PROCPS_ROWS),
    (&kill::UTIL_LINUX, kill::UTIL_LINUX_ROWS),
    (&pgrep::PGREP, pgrep::PGREP_ROWS),
    (&pgrep::PKILL, pgrep::PKILL_ROWS),
    (&killall::PSMISC, killall::ROWS),
];

/// The rows of the table below a heading: the option, and what is said of ours.
fn table(heading: &str) -> BTreeMap<String, String> {
    let section = PAGE.split("\n## ").find(|section| section.lines().next() == Some(heading)).unwrap_or_default();
    let cells = section.lines().filter(|line| line.starts_with("| `")).map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        (cells[0].trim_matches('`').to_owned(), cells[1].to_owned())
    });
    cells.collect()
}

#[test]
fn every_option_of_the_page_has_rows_that_claim_the_same() {
    for (tool, rows) in TABLES {
        let told = table(tool.heading);
        let mut claimed = BTreeMap::new();
        for row in rows {
            let is_better = matches!(row.claim, Claim::Better(_));
            let known = claimed.entry(row.option.to_owned()).or_insert(false);
            *known |= is_better;
        }
        let claimed: BTreeMap<String, String> = claimed
            .into_iter()
            .map(|(option, better)| (option, if better { "better" } else { "same" }.to_owned()))
            .collect();
        let done = told.into_iter().filter(|(_, ours)| !ours.starts_with("not yet"));
        let cases = done.filter(|(_, ours)| !ours.contains("(case)"));
        assert_eq!(cases.collect::<BTreeMap<_, _>>(), claimed, "{}", tool.heading);
    }
}

/// What a tool's own help lists is in its table: no option is passed over in silence.
#[test]
fn every_long_option_that_a_tool_lists_is_on_the_page() {
    let pidwait = Tool { name: "pidwait", heading: "pidwait of procps-ng", places: &["/usr/bin/pidwait"] };
    for tool in TABLES.map(|(tool, _)| *tool).into_iter().chain([pidwait]) {
        let options: String = table(tool.heading).into_keys().collect::<Vec<_>>().join(" ");
        let shared = if tool.heading.starts_with("pkill") || tool.heading.starts_with("pidwait") {
            table(pgrep::PGREP.heading).into_keys().collect::<Vec<_>>().join(" ")
        } else {
            String::new()
        };
        for program in tool.places.iter().filter_map(|place| find(place)) {
            let help = Command::new(&program).arg("--help").output().unwrap();
            let help = String::from_utf8_lossy(&[help.stdout, help.stderr].concat()).into_owned();
            let long = |word: &str| {
                let word = word.trim_start_matches(|c: char| c != '-').trim_start_matches(|c: char| c != '-');
                let start = word.find("--")?;
                let name: String = word[start..].chars().take_while(|c| c.is_ascii_lowercase() || *c == '-').collect();
                (name.len() > 2).then_some(name)
            };
            let listed: BTreeSet<String> = help.split_whitespace().filter_map(long).collect();
            let missing: Vec<&String> =
                listed.iter().filter(|name| !options.contains(*name) && !shared.contains(*name)).collect();
            assert!(missing.is_empty(), "{}: {} lists {missing:?}", tool.heading, program.display());
        }
    }
}
