//! `breaks`: rules of the engine broken by hand, one at a time, in a copy of the tree. The corpus and the campaign each
//! have to find every one; how soon they do is printed, and kept in `docs/conformance.md`.

use std::fmt::Write;
use std::process::Command;

use serde_json::Value;

use crate::rows::{Copy, Mutant, apply};
use crate::{Outcome, Tree, campaign, cargo};

/// So many random scenarios may pass before the first that tells.
const PATIENCE: u64 = 4000;

/// A rule, and how it is broken.
struct Break {
    rule: &'static str,
    file: &'static str,
    find: &'static str,
    replace: &'static str,
}

const BREAKS: &[Break] = &[
    Break {
        rule: "SIG_IGN keeps what is pending",
        file: "crates/sigpost-engine/src/signal_calls.rs",
        find: "if signals.dispositions.does_nothing(signal) {",
        replace: "if false {",
    },
    Break {
        rule: "stop and continue do not discard each other",
        file: "crates/sigpost-engine/src/post/job_control.rs",
        find: "    process.pending.discard(queue, opposite);\n    let mut",
        replace: "    let opposite = SignalSet::EMPTY;\n    process.pending.discard(queue, opposite);\n    let mut",
    },
    Break {
        rule: "the sender's real ID does not count",
        file: "crates/sigpost-engine/src/send/permission.rs",
        find: "sender.real == one || sender.real == other || sender.effective",
        replace: "sender.effective",
    },
    Break {
        rule: "a group's result is its last member's",
        file: "crates/sigpost-engine/src/send/fold.rs",
        find: "        self.last_was_full = matches!(verdict, Verdict::QueueFull);",
        replace: "        *self = Self { sent: false, refused: false, withheld: false, full: false, sent_after_full: false, last_was_full: matches!(verdict, Verdict::QueueFull) };",
    },
    Break {
        rule: "setpgid joins a group of another session",
        file: "crates/sigpost-engine/src/process_group.rs",
        find: "Some(found) if self.groups.at(found).session == session => found,",
        replace: "Some(found) if self.groups.at(found).session == session || session != NIL => found,",
    },
    Break {
        rule: "kill(-1) includes the sender",
        file: "crates/sigpost-engine/src/send/target.rs",
        find: "BroadcastExclusion::InitAndSender => !own,",
        replace: "BroadcastExclusion::InitAndSender => true,",
    },
    Break {
        rule: "kill(-1) reports EPERM",
        file: "crates/sigpost-engine/src/personality/presets.rs",
        find: "    broadcast_all_refused: Ok(()),",
        replace: "    broadcast_all_refused: Err(Errno::EPERM),",
    },
];

/// Breaks each rule and sees who finds it.
pub(crate) fn run(tree: &Tree) -> Outcome {
    let copy = Copy::make(tree, &cargo::target_folder(tree)?.join("prove"))?;
    let mut page = String::from("| rule broken | the corpus | the campaign |\n|---|---|---|\n");
    let mut missed = Vec::new();
    for one in BREAKS {
        let text = copy.text(one.file)?;
        let mutant = Mutant { file: one.file.to_owned(), find: one.find.to_owned(), replace: one.replace.to_owned() };
        copy.write(one.file, &apply(&mutant, &text)?)?;
        let found = found(&copy);
        copy.write(one.file, &text)?;
        let (files, scenarios) = found.map_err(|why| format!("{}: {why}", one.rule))?;
        let by_campaign = scenarios
            .map_or_else(|| format!("not in {PATIENCE} scenarios"), |count| format!("at the {count}. scenario"));
        println!("{}: {files} files of the corpus fail; the campaign: {by_campaign}", one.rule);
        let _ = writeln!(page, "| {} | {files} files fail | {by_campaign} |", one.rule);
        if files == 0 || scenarios.is_none() {
            missed.push(one.rule);
        }
    }
    campaign::keep_breaks(tree, &page)?;
    if missed.is_empty() { Ok(()) } else { Err(format!("not found: {}", missed.join("; "))) }
}

/// How many files of the corpus fail, and at which random scenario the two worlds first differ.
fn found(copy: &Copy) -> Result<(u64, Option<u64>), String> {
    let mut build = cargo::command(&copy.root);
    build.env("CARGO_TARGET_DIR", &copy.target).args(["build", "--quiet", "--package", "sigpost"]);
    cargo::succeed(&mut build)?;
    let program = copy.target.join("debug/sigpost");
    let drill = |arguments: &[&str]| {
        let output = Command::new(&program).current_dir(&copy.root).arg("drill").args(arguments).output();
        output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).map_err(|error| error.to_string())
    };
    let said = drill(&["scenarios"])?;
    let failed = said.lines().next_back().and_then(|line| line.split(", ").nth(1)?.split(' ').next()?.parse().ok());
    let failed = failed.ok_or("sigpost drill scenarios: no sum")?;
    let patience = PATIENCE.to_string();
    let said = drill(&["--random", &patience, "--seed", "1", "--on", "both", "--json", "--stop", "--cpu", "0"])?;
    let last: Value = said.lines().next_back().and_then(|line| serde_json::from_str(line).ok()).ok_or("no counts")?;
    let finds = last["failed"].as_u64().unwrap_or(0) > 0;
    Ok((failed, last["scenarios"].as_u64().filter(|_| finds)))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn every_break_fits_the_tree() {
        // The files themselves, not git's list of them: a copy of the tree need not be a clone.
        let root =
            Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or_else(|| panic!("xtask has no folder above"));
        for one in BREAKS {
            let text = std::fs::read_to_string(root.join(one.file)).unwrap_or_else(|why| panic!("{}: {why}", one.file));
            assert_eq!(text.matches(one.find).count(), 1, "{}", one.rule);
        }
    }
}
