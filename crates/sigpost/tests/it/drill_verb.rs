//! `sigpost drill`: what is asked wrongly. Everything here is refused before anything runs.

use std::os::unix::fs::symlink;
use std::path::Path;

use snapbox::cmd::Command;

fn drill() -> Command {
    Command::new(env!("CARGO_BIN_EXE_sigpost")).arg("drill")
}

#[test]
fn random_scenarios_and_what_is_for_files_exclude_each_other() {
    let cases: [(&[&str], &str); 5] = [
        (&["nosuch.drill"], "--random makes its own scenarios: name files, or --random, not both"),
        (&["--json"], "--json goes with files, not with --random"),
        (&["--list"], "--list goes with files, not with --random"),
        (&["--fmt"], "--fmt goes with files, not with --random"),
        (&["--personality", "linux"], "--personality goes with files, not with --random"),
    ];
    for (words, line) in cases {
        let answer = drill().args(["--random", "1"]).args(words).assert();
        answer.code(2).stdout_eq("").stderr_eq(format!("sigpost: {line}\n"));
    }
}

#[test]
fn a_link_in_a_folder_that_leads_nowhere_is_named() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("links-{}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    let link = folder.join("gone.drill");
    symlink("nowhere", &link).unwrap();
    let answer = drill().arg(&folder).assert();
    std::fs::remove_dir_all(&folder).unwrap();
    let why = "a link to nowhere, which is not there: remove it, or name the files one by one";
    answer.code(2).stdout_eq("").stderr_eq(format!("sigpost: {}: {why}\n", link.display()));
}
