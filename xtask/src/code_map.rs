//! `code-map`: writes the code map of `ARCHITECTURE.md` from the first sentence of each module's documentation.

use std::fmt::Write as _;
use std::fs;

use crate::tree::has_extension;
use crate::{Outcome, Tree};

const FILE: &str = "ARCHITECTURE.md";
const HEADING: &str = "## Code map\n";

/// The crates in reading order; one that is not named here comes after them.
const ORDER: &[&str] = &[
    "sigpost-engine",
    "sigpost-scenario",
    "sigpost-sys",
    "sigpost-linux",
    "sigpost-drill",
    "sigpost",
    "sigpost-bench",
];

/// Rewrites everything below the heading.
pub(crate) fn run(tree: &Tree) -> Outcome {
    let path = tree.root().join(FILE);
    let text = fs::read_to_string(&path).map_err(|error| format!("{FILE}: {error}"))?;
    let (above, _) = text.split_once(HEADING).ok_or_else(|| format!("{FILE} has no line `{}`", HEADING.trim()))?;
    let mut map = format!("{above}{HEADING}");
    for folder in folders(tree) {
        section(tree, &folder, &mut map)?;
    }
    fs::write(&path, map).map_err(|error| format!("{FILE}: {error}"))
}

/// The source folders of the crates, in reading order, then xtask's.
fn folders(tree: &Tree) -> Vec<String> {
    let mut names: Vec<&str> =
        tree.files().filter_map(|file| file.strip_prefix("crates/")?.split_once("/src/")).map(|at| at.0).collect();
    names.dedup();
    names.sort_by_key(|name| ORDER.iter().position(|known| known == name).unwrap_or(ORDER.len()));
    let crates = names.iter().map(|name| format!("crates/{name}"));
    crates.chain(std::iter::once("xtask".to_owned())).collect()
}

fn section(tree: &Tree, folder: &str, map: &mut String) -> Outcome {
    let manifest = read(tree, &format!("{folder}/Cargo.toml"))?;
    let about = manifest.lines().find_map(|line| line.strip_prefix("description = ")).unwrap_or_default();
    let _ = write!(map, "\n### `{folder}/src/`\n\n{}.\n\n", about.trim_matches('"'));
    let source = format!("{folder}/src/");
    for file in tree.files() {
        let Some(name) = file.strip_prefix(&source).filter(|name| has_extension(name, "rs") && !name.contains('/'))
        else {
            continue;
        };
        if !matches!(name, "lib.rs" | "main.rs") {
            let _ = writeln!(map, "- `{name}`: {}", first_sentence(&read(tree, file)?));
        }
    }
    Ok(())
}

fn read(tree: &Tree, file: &str) -> Result<String, String> {
    fs::read_to_string(tree.root().join(file)).map_err(|error| format!("{file}: {error}"))
}

/// The first sentence of a module's documentation, without the mark at its end, for a place in a list: links lose
/// their brackets.
fn first_sentence(source: &str) -> String {
    let lines = source.lines().map_while(|line| line.strip_prefix("//!")).map(str::trim);
    let paragraph: Vec<&str> = lines.take_while(|line| !line.is_empty()).collect();
    let paragraph = paragraph.join(" ").replace("[`", "`").replace("`]", "`");
    let end = paragraph.find(". ").unwrap_or(paragraph.len());
    paragraph[..end].trim_end_matches(['.', ':']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_sentence_ends_at_its_full_stop_and_links_are_plain() {
        let source = "//! `System`: tables of [`Process`],\n//! and calls. More.\n//!\n//! Another paragraph.\nuse x;";
        assert_eq!(first_sentence(source), "`System`: tables of `Process`, and calls");
    }

    #[test]
    fn a_file_without_documentation_has_an_empty_sentence() {
        assert_eq!(first_sentence("use x;"), "");
    }
}
