//! The table of docs/features.md against the tests: what is built names a test, and the test exists.

use std::collections::BTreeSet;

use crate::Tree;
use crate::tidy::Finding;

const FEATURES: &str = "docs/features.md";

/// The only word in the third column that excuses a row from having a test.
const NOT_MODELLED: &str = "not modelled";

pub(crate) fn findings(tree: &Tree) -> Result<Vec<Finding>, String> {
    let text = tree.required(FEATURES)?;
    let mut tests = BTreeSet::new();
    for path in tree.rust_files().filter(|path| path.starts_with("crates/")) {
        let source = tree.text(path)?.unwrap_or_default();
        tests.extend(
            source
                .lines()
                .filter_map(|line| Some(line.trim_start().strip_prefix("fn ")?.split('(').next()?.to_owned())),
        );
    }
    Ok(rows(&text).filter_map(|row| row.problem(&tests)).collect())
}

/// One row of the table: its line, what it says of us, its tests.
struct Row<'a> {
    line: usize,
    ours: &'a str,
    test: &'a str,
}

impl Row<'_> {
    fn problem(&self, tests: &BTreeSet<String>) -> Option<Finding> {
        if self.ours.starts_with(NOT_MODELLED) {
            return None;
        }
        let what = if self.test == "-" {
            "what is built names its test".to_owned()
        } else {
            let mut names = self.test.split(", ").map(|name| name.trim_matches('`'));
            format!("there is no test `{}`", names.find(|&name| !tests.contains(name))?)
        };
        Some(Finding::new(FEATURES, self.line, what))
    }
}

/// The rows whose first cell is a number.
fn rows(text: &str) -> impl Iterator<Item = Row<'_>> {
    text.lines().enumerate().filter_map(|(index, line)| {
        let cells: Vec<&str> = line.trim().trim_matches('|').split('|').map(str::trim).collect();
        let [number, _, ours, name] = *cells.as_slice() else { return None };
        number.parse::<u32>().ok().map(|_| Row { line: index + 1, ours, test: name })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_built_row_without_its_test_is_found() {
        let text = "| # | a | ours | test |\n| 1 | x | built | `there` |\n| 2 | y | built | `gone` |\n| 3 | z | built | - |\n\
                    | 4 | w | not modelled | - |\n| 5 | v | built | `there`, `here` |\n| 6 | u | built | `here`, `gone` |\n";
        let tests = BTreeSet::from(["there".to_owned(), "here".to_owned()]);
        let lines: Vec<usize> = rows(text).filter(|row| row.problem(&tests).is_some()).map(|row| row.line).collect();
        assert_eq!(lines, [3, 4, 7]);
    }
}
