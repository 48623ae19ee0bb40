//! Tags: `[S1.4]` beside a test or a sentence names the row of docs/sources.md that it holds.

use std::collections::{BTreeMap, BTreeSet};

use crate::Tree;
use crate::tidy::Finding;

/// Where the tags are defined.
pub(crate) const SOURCES: &str = "docs/sources.md";

/// Where tags may be used; each must be defined.
const USED_IN: &[&str] = &["crates/", "scenarios/", "docs/", "README.md", "ARCHITECTURE.md"];

/// How many rows each of the four sources has: S0.1 to S0.7, S1.1 to S1.12, and so on.
const ROWS: [usize; 4] = [7, 12, 11, 10];

/// The names of all rows, in their order.
pub(crate) fn all_rows() -> Vec<String> {
    let sources = ROWS.iter().enumerate();
    sources.flat_map(|(source, rows)| (1..=*rows).map(move |row| format!("S{source}.{row}"))).collect()
}

/// Every tag in a text, with its line (from 1). One pair of brackets may hold several, and in Rust docs it may be
/// escaped: `\[S3.6\]`.
pub(crate) fn tags(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for bracket in line.split('[').skip(1) {
            let Some((inside, _)) = bracket.split_once(']') else { continue };
            let words = inside.split(|c: char| !c.is_ascii_alphanumeric() && c != '.').collect::<Vec<_>>();
            if words.first().is_some_and(|first| is_tag(first)) {
                let tags = words.into_iter().filter(|word| is_tag(word));
                found.extend(tags.map(|tag| (index + 1, tag.to_owned())));
            }
        }
    }
    found
}

/// Whether a text carries this row's tag.
pub(crate) fn carries(text: &str, row: &str) -> bool {
    tags(text).iter().any(|(_, tag)| tag == row)
}

/// Tags that are used and not defined, and rows that are not defined once.
pub(crate) fn findings(tree: &Tree) -> Result<Vec<Finding>, String> {
    let sources = tree.required(SOURCES)?;
    let mut findings = definition_findings(&sources);
    let defined: BTreeSet<String> = definitions(&sources).into_keys().collect();
    for path in tree.files().filter(|path| USED_IN.iter().any(|used| path.starts_with(used))) {
        let Some(text) = tree.text(path)? else { continue };
        let unknown = tags(&text).into_iter().filter(|(_, tag)| !defined.contains(tag));
        findings.extend(unknown.map(|(line, tag)| Finding::new(path, line, format!("[{tag}] is not in {SOURCES}"))));
    }
    Ok(findings)
}

fn definition_findings(sources: &str) -> Vec<Finding> {
    let definitions = definitions(sources);
    let rows = all_rows();
    let mut findings = Vec::new();
    for row in &rows {
        let times = definitions.get(row).map_or(0, Vec::len);
        if times != 1 {
            findings.push(Finding::new(SOURCES, 0, format!("[{row}] is defined {times} times: define it once")));
        }
    }
    for (tag, lines) in definitions.iter().filter(|(tag, _)| !rows.contains(tag)) {
        findings.push(Finding::new(SOURCES, lines[0], format!("[{tag}] is no row: there are {}", rows.len())));
    }
    findings
}

/// The lines where each tag is defined: list items that begin with it.
fn definitions(sources: &str) -> BTreeMap<String, Vec<usize>> {
    let mut definitions = BTreeMap::<String, Vec<usize>>::new();
    for (index, line) in sources.lines().enumerate() {
        let Some(item) = line.strip_prefix("- **[") else { continue };
        if let Some((tag, _)) = item.split_once("]**").filter(|(tag, _)| is_tag(tag)) {
            definitions.entry(tag.to_owned()).or_default().push(index + 1);
        }
    }
    definitions
}

fn is_tag(word: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let parts = word.strip_prefix('S').and_then(|rest| rest.split_once('.'));
    parts.is_some_and(|(source, row)| is_number(source) && is_number(row))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        tags(text).into_iter().map(|(_, tag)| tag).collect()
    }

    #[test]
    fn there_are_forty_rows() {
        let rows = all_rows();
        assert_eq!((rows.len(), rows[0].as_str(), rows[39].as_str()), (40, "S0.1", "S3.10"));
    }

    #[test]
    fn tags_are_found_plain_escaped_and_several_at_once() {
        assert_eq!(names("a [S1.4] b \\[S3.6\\] [S1.2, S1.3]"), ["S1.4", "S3.6", "S1.2", "S1.3"]);
        assert_eq!(tags("x\n[S9.9]"), [(2, "S9.9".to_owned())]);
    }

    #[test]
    fn what_only_looks_like_a_tag_is_none() {
        assert!(names("[S1] [`Signal`] [S1.] [1.4] S1.4 [see S1.4]").is_empty());
    }

    #[test]
    fn one_row_is_not_another_that_begins_alike() {
        assert!(!carries("[S1.12]", "S1.1"));
        assert!(carries("[S1.12]", "S1.12"));
    }

    #[test]
    fn every_row_is_defined_once_and_nothing_else_is() {
        let whole: String = format!("- **[{}]** words\n", all_rows().join("]** words\n- **["));
        assert!(definition_findings(&whole).is_empty());
        assert_eq!(definition_findings(&whole.replace("[S1.4]", "[S1.40]")).len(), 2);
        assert_eq!(definition_findings(&format!("{whole}- **[S1.4]** again\n")).len(), 1);
    }
}
