//! The scenarios of the project: each can be read, is in canonical form, and says in its first line what it shows.

use std::path::{Path, PathBuf};

use sigpost_scenario::{Colour, Scenario, format};

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "drill") {
            found.push(path);
        }
    }
}

pub(crate) fn corpus() -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios"), &mut found);
    found.sort();
    found.into_iter().map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
}

#[test]
fn every_scenario_can_be_read_and_is_in_canonical_form() {
    let mut wrong = Vec::new();
    for (path, source) in corpus() {
        match format(&source) {
            Err(mistakes) => wrong.push(mistakes.render(&path.display().to_string(), &source, Colour::Never)),
            Ok(tidy) if tidy.as_bytes() == source => {}
            Ok(_) => wrong.push(format!("{}: not in canonical form", path.display())),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_scenario_begins_with_what_it_shows_and_checks_something() {
    let corpus = corpus();
    assert!(corpus.len() >= 60, "{}", corpus.len());
    for (path, source) in corpus {
        let scenario = Scenario::parse(&source).unwrap();
        assert!(source.starts_with(b"# ") && scenario.title.is_some(), "{}", path.display());
        assert!(scenario.steps().count() > 0 && !scenario.script.is_empty(), "{}", path.display());
        let checks = scenario.script.iter().any(|line| match line {
            sigpost_scenario::ScriptLine::Expectation(_) => true,
            sigpost_scenario::ScriptLine::Step(step) => step.result.is_some() || step.receipts.is_some(),
        });
        // What a random run found may leave the checking to the comparison of the two worlds, step by step.
        let compared = path.components().any(|part| part.as_os_str() == "regressions");
        assert!(checks || compared, "{} checks nothing", path.display());
    }
}
