//! The code map of ARCHITECTURE.md against the tree: what it names exists, and every module is in it.
//!
//! Paths stand in backticks, from the root of the project. Below a heading that names a folder (`crates/x/src/`) they
//! may start from that folder.

use std::collections::BTreeSet;

use crate::Tree;
use crate::tidy::Finding;
use crate::tree::has_extension;

const ARCHITECTURE: &str = "ARCHITECTURE.md";
const HEADING: &str = "Code map";

/// A path the map names: its line, the path as written, and the folder its heading names.
#[derive(Debug, PartialEq, Eq)]
struct Named {
    line: usize,
    path: String,
    folder: String,
}

impl Named {
    /// The path from the root, if the tree holds it.
    fn resolve(&self, holds: impl Fn(&str) -> bool) -> Option<String> {
        [self.path.clone(), format!("{}{}", self.folder, self.path)].into_iter().find(|path| holds(path))
    }
}

pub(crate) fn findings(tree: &Tree) -> Result<Vec<Finding>, String> {
    let text = tree.required(ARCHITECTURE)?;
    let Some(named) = named(&text) else {
        let what = format!("no section \"{HEADING}\": list the modules there");
        return Ok(vec![Finding::new(ARCHITECTURE, 0, what)]);
    };
    let mut findings = Vec::new();
    let mut found = BTreeSet::new();
    for name in &named {
        match name.resolve(|path| tree.holds(path)) {
            Some(path) => _ = found.insert(path),
            None => findings.push(Finding::new(ARCHITECTURE, name.line, format!("`{}` does not exist", name.path))),
        }
    }
    let missing = tree.rust_files().filter(|path| is_module(path) && !found.contains(*path));
    findings.extend(missing.map(|path| Finding::new(ARCHITECTURE, 0, format!("the code map lacks `{path}`"))));
    Ok(findings)
}

/// A file directly in a crate's `src`, the crate's root aside.
fn is_module(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    matches!(parts[..], ["crates", _, "src", file] if file != "lib.rs" && file != "main.rs")
}

/// The paths in the section, or `None` when there is no such section.
fn named(text: &str) -> Option<Vec<Named>> {
    let mut lines = text.lines().enumerate().skip_while(|(_, line)| !is_the_heading(line));
    let (_, heading) = lines.next()?;
    let level = heading.bytes().take_while(|byte| *byte == b'#').count();
    let mut folder = "";
    let mut found = Vec::new();
    for (index, line) in lines {
        let hashes = line.bytes().take_while(|byte| *byte == b'#').count();
        if hashes > 0 && hashes <= level {
            break;
        }
        if hashes > 0 {
            folder = paths(line).find(|path| path.ends_with('/')).unwrap_or_default();
        }
        let named = paths(line).map(|path| Named { line: index + 1, path: path.to_owned(), folder: folder.to_owned() });
        found.extend(named);
    }
    Some(found)
}

fn is_the_heading(line: &str) -> bool {
    line.starts_with('#') && line.trim_start_matches('#').trim().eq_ignore_ascii_case(HEADING)
}

/// What stands in backticks and is a Rust file or a folder.
fn paths(line: &str) -> impl Iterator<Item = &str> {
    let quoted = line.split('`').skip(1).step_by(2);
    quoted.filter(|path| !path.contains(char::is_whitespace) && (has_extension(path, "rs") || path.ends_with('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "# A\n`gone.rs`\n## Code map\n`docs/` and `a b.rs`\n### `crates/x/src/`\n`a.rs`, `b`\n## Next\n`c.rs`";

    #[test]
    fn only_the_section_is_read_and_only_paths_in_it() {
        let paths: Vec<String> = named(TEXT).unwrap_or_default().into_iter().map(|named| named.path).collect();
        assert_eq!(paths, ["docs/", "crates/x/src/", "a.rs"]);
        assert_eq!(named("# A\n"), None);
    }

    #[test]
    fn a_path_resolves_from_the_root_or_from_the_folder_of_its_heading() {
        let name = Named { line: 1, path: "a.rs".to_owned(), folder: "crates/x/src/".to_owned() };
        assert_eq!(name.resolve(|path| path == "crates/x/src/a.rs").as_deref(), Some("crates/x/src/a.rs"));
        assert_eq!(name.resolve(|path| path == "a.rs").as_deref(), Some("a.rs"));
        assert_eq!(name.resolve(|_| false), None);
    }

    #[test]
    fn modules_are_the_files_directly_in_src() {
        assert!(is_module("crates/x/src/a.rs"));
        assert!(!is_module("crates/x/src/lib.rs") && !is_module("crates/x/src/a/b.rs") && !is_module("xtask/src/a.rs"));
    }
}
