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
        (
            &["--json", "--on", "linux"],
            "--random --json compares the engine with the kernel: give --on both, or --on engine",
        ),
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

#[test]
fn alone_is_declined_for_who_is_not_process_one() {
    let answer = drill().args(["--alone", "--power-off", "nosuch.drill"]).assert();
    let output = answer.code(2).stdout_eq("").get_output().stderr.clone();
    let line = String::from_utf8(output).unwrap();
    assert!(line.starts_with("sigpost: --alone: this is process ") && line.contains("not process 1; "), "{line}");
    assert_eq!(line.lines().count(), 1, "{line}");
}

#[test]
fn alone_is_for_a_kernel_and_power_off_for_one_who_is_alone() {
    let why = "--alone runs on the kernel: with --on linux (the default), or both";
    let answer = drill().args(["--alone", "--on", "engine", "nosuch.drill"]).assert();
    answer.code(2).stdout_eq("").stderr_eq(format!("sigpost: {why}\n"));
    let answer = drill().args(["--power-off", "nosuch.drill"]).assert();
    let output = answer.code(2).stdout_eq("").get_output().stderr.clone();
    assert!(String::from_utf8(output).unwrap().contains("--alone"));
}

#[test]
fn a_mistake_is_told_on_standard_error_and_nothing_is_run() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("mistakes-{}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("a_good.drill"), "process a\na: raise(0) = EPERM\n").unwrap();
    std::fs::write(folder.join("b_bad.drill"), "process a\na: kil(a, TERM)\n").unwrap();
    for words in [&["--color", "never"][..], &["--color", "never", "--json"], &["--color", "never", "--list"]] {
        let output = drill().args(words).arg(&folder).assert().code(2).stdout_eq("").get_output().stderr.clone();
        let told = String::from_utf8(output).unwrap();
        assert!(told.contains("b_bad.drill:2:4") && told.contains("did you mean `kill`?"), "{told}");
        assert!(told.ends_with("sigpost: 1 mistake: nothing was run\n"), "{told}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_kernel_cannot_be_asked_for_another_systems_rules() {
    let why = "--personality bsd43 goes with --on engine: the kernel here is linux";
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios/self/null_signal.drill");
    for world in ["linux", "both"] {
        let answer = drill().args(["--on", world, "--personality", "bsd43", file]).assert();
        answer.code(2).stdout_eq("").stderr_eq(format!("sigpost: {why}\n"));
    }
}

#[test]
fn what_random_scenarios_tried_is_told_line_by_line() {
    let output = drill().args(["--random", "3"]).assert().code(0).get_output().stderr.clone();
    let told = String::from_utf8(output).unwrap();
    assert!(told.lines().count() > 3 && !told.contains("\\n"), "{told}");
}

#[test]
fn a_run_in_which_nothing_could_be_run_is_no_success() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("engine-only-{}.drill", std::process::id()));
    std::fs::write(&file, "# the kernel's own call\nprocess a\nkernel: psignal(a, TERM)\n").unwrap();
    let on_engine = drill().arg(&file).assert();
    let on_kernel = drill().args(["--on", "linux"]).arg(&file).assert();
    std::fs::remove_file(&file).unwrap();
    on_engine.code(0);
    let output = on_kernel.code(1).get_output().clone();
    let (told, remarks) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(told.contains(": skipped: ") && told.ends_with("0 passed, 0 failed, 1 skipped\n"), "{told}");
    assert!(
        remarks.contains("sigpost: nothing was run: each scenario was skipped, for the reason above\n"),
        "{remarks}"
    );
}
