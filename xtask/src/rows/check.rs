//! Whether the table fits the tree: every row has a proof, every test exists and carries its row's tag, every mutant
//! fits one place.

use super::mutant;
use super::table::{Mutant, Proof, Run, TABLE, Table, Target};
use crate::Tree;
use crate::source;
use crate::tidy::tags;

/// What is wrong, a line each.
pub(crate) fn problems(tree: &Tree, table: &Table) -> Result<Vec<String>, String> {
    let mut problems = wrong_rows(table);
    for row in &table.rows {
        if !row.proofs.iter().any(|proof| proof.mutant.is_some()) {
            problems.push(format!("{}: no proof with a mutant: add one to {TABLE}", row.id));
        }
        for proof in &row.proofs {
            let found = [wrong_test(tree, &row.id, proof)?, wrong_mutant(tree, proof.mutant.as_ref())?];
            problems.extend(found.into_iter().flatten().map(|problem| format!("{}: {problem}", row.id)));
        }
    }
    Ok(problems)
}

/// Every row stands in the table once, in order.
fn wrong_rows(table: &Table) -> Vec<String> {
    let ids: Vec<&str> = table.rows.iter().map(|row| row.id.as_str()).collect();
    let wanted = tags::all_rows();
    if ids == wanted {
        return Vec::new();
    }
    let lacking = wanted.iter().filter(|row| !ids.contains(&row.as_str())).cloned().collect::<Vec<_>>().join(" ");
    vec![format!("{TABLE} does not list the rows once each and in order (lacking: {lacking})")]
}

fn wrong_test(tree: &Tree, row: &str, proof: &Proof) -> Result<Option<String>, String> {
    match &proof.run {
        Run::Scenario(file) if !tree.holds(file) => Ok(Some(format!("{file} does not exist"))),
        Run::Scenario(file) => {
            let carries = tree.text(file)?.is_some_and(|text| tags::carries(&text, row));
            Ok((!carries).then(|| format!("{file} does not carry [{row}]: name the row in its comment")))
        }
        Run::Test { package, target, path } => {
            let name = path.rsplit("::").next().unwrap_or(path);
            let mut files = Vec::new();
            for file in tree.rust_files().filter(|file| belongs(file, package, target)) {
                files.extend(tree.text(file)?.filter(|text| defines(text, name)));
            }
            if files.is_empty() {
                return Ok(Some(format!("{package} {target}: there is no test `{name}`")));
            }
            let carried = files.iter().any(|text| tags::carries(text, row));
            Ok((!carried).then(|| format!("{path} does not carry [{row}]: name the row in its doc comment")))
        }
    }
}

/// Whether a file is part of this test program, judged by its path.
fn belongs(file: &str, package: &str, target: &Target) -> bool {
    let folder = if package == "xtask" { "xtask/".to_owned() } else { format!("crates/{package}/") };
    let Some(inside) = file.strip_prefix(&folder) else { return false };
    match target {
        Target::Lib | Target::Bin(_) => inside.starts_with("src/"),
        // The program may take in files from elsewhere in `tests` by `#[path]` or `mod`.
        Target::Test(name) => inside == format!("tests/{name}.rs") || inside.starts_with(&format!("tests/{name}/")),
    }
}

/// Whether the source defines a function of this name.
fn defines(text: &str, name: &str) -> bool {
    let bare = source::strip(text).bare;
    bare.lines().any(|line| source::has_word(line, &format!("fn {name}")))
}

fn wrong_mutant(tree: &Tree, mutant: Option<&Mutant>) -> Result<Option<String>, String> {
    let Some(mutant) = mutant else { return Ok(None) };
    let file = &mutant.file;
    if !is_source(file) {
        return Ok(Some(format!("{file} is no source of a crate: change what the test tests")));
    }
    if !tree.holds(file) {
        return Ok(Some(format!("{file} does not exist")));
    }
    let text = tree.text(file)?.unwrap_or_default();
    Ok(mutant::apply(mutant, &text).err())
}

/// A mutant changes what is shipped.
fn is_source(file: &str) -> bool {
    file.starts_with("crates/") && file.split('/').nth(2) == Some("src")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_belongs_to_the_program_it_is_compiled_into() {
        let test = Target::Test("kill".to_owned());
        assert!(belongs("crates/sigpost/tests/kill.rs", "sigpost", &test));
        assert!(belongs("crates/sigpost/tests/kill/group.rs", "sigpost", &test));
        assert!(!belongs("crates/sigpost/tests/killpg.rs", "sigpost", &test));
        assert!(!belongs("crates/sigpost-engine/tests/kill.rs", "sigpost", &test));
        assert!(belongs("crates/sigpost/src/a/b.rs", "sigpost", &Target::Lib));
    }

    #[test]
    fn a_test_is_found_by_its_whole_name_and_not_in_prose() {
        assert!(defines("#[test]\nfn it_holds() {}", "it_holds"));
        assert!(!defines("fn it_holds_too() {}\n// fn it_holds()", "it_holds"));
    }

    #[test]
    fn only_sources_of_crates_are_mutated() {
        assert!(is_source("crates/sigpost-engine/src/a/b.rs"));
        assert!(!is_source("crates/sigpost-engine/tests/a.rs") && !is_source("xtask/src/a.rs"));
    }
}
