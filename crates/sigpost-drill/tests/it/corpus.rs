//! The corpus holds on the kernel, and there engine and kernel agree.

use std::fs;
use std::path::{Path, PathBuf};

use sigpost_drill::{Both, Ledger, LinuxWorld};
use sigpost_scenario::{Ending, EngineWorld, PersonalityName, Scenario, run};

use crate::stage::cannot_run;

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "drill") {
            found.push(path);
        }
    }
}

/// Every file of the corpus that holds under Linux.
pub(crate) fn corpus() -> Vec<(PathBuf, Scenario)> {
    let mut paths = Vec::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios"), &mut paths);
    paths.sort();
    let read = |path: PathBuf| {
        let scenario =
            Scenario::parse(&fs::read(&path).unwrap()).unwrap_or_else(|error| panic!("{}: {error:?}", path.display()));
        (path, scenario)
    };
    let all = paths.into_iter().map(read);
    all.filter(|(_, scenario)| scenario.personalities.contains(PersonalityName::Linux)).collect()
}

/// Whether what is skipped is what no kernel can do when asked by a process, or what these tests cannot.
fn is_excused(why: &str) -> bool {
    ["engine only: ", "exec: "].iter().any(|excuse| why.starts_with(excuse))
}

#[test]
fn what_holds_under_linux_holds_on_linux_and_the_engine_agrees() {
    if cannot_run() {
        return;
    }
    let is_root = rustix::process::geteuid().is_root();
    let mut ledger = Ledger::known().unwrap();
    let (mut passed, mut wrong) = (0, Vec::new());
    for (path, scenario) in corpus() {
        let mut both = Both::new(EngineWorld::new(PersonalityName::Linux), LinuxWorld::new().unwrap());
        let report = run(&scenario, PersonalityName::Linux, &mut both);
        for divergence in both.divergences().iter().filter(|divergence| ledger.reason(divergence, &scenario).is_none())
        {
            wrong.push(format!("{}: {divergence}", path.display()));
        }
        match report.ending {
            Ending::Passed => passed += 1,
            Ending::Failed(failure) => wrong.push(format!("{}: {failure:?}", path.display())),
            Ending::Skipped(why) if is_root && !is_excused(&why) => wrong.push(format!("{}: {why}", path.display())),
            Ending::Skipped(_) | Ending::Unsupported(..) => {}
        }
    }
    // Entries that match nothing are the campaign's to find: what they are about comes about in some runs only.
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let enough = if is_root { 100 } else { 20 };
    assert!(passed >= enough, "only {passed} files were run");
}
