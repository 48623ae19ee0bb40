//! The demo: prediction and observation agree, nothing is left behind, and what it shows depends on the family.

use std::os::unix::process::CommandExt as _;

use crate::namespace::{Answer, alone, sigpost};

/// The rows as (member, predicted, observed).
fn rows(answer: &Answer) -> Vec<(String, String, String)> {
    let mut lines = answer.stdout.lines().skip_while(|line| !line.contains("PREDICTED"));
    let heading = lines.next().unwrap();
    let [member, predicted, observed, shown] =
        ["MEMBER", "PREDICTED", "OBSERVED", "WHAT"].map(|name| heading.find(name).unwrap());
    let cell = |line: &str, from: usize, to: usize| line.get(from..to).unwrap().trim().to_owned();
    lines
        .map(|line| (cell(line, member, predicted), cell(line, predicted, observed), cell(line, observed, shown)))
        .collect()
}

fn family(first: (&str, &str), second: (&str, &str)) -> Vec<(String, String, String)> {
    let rest = [
        ("blocks it", "pends"),
        ("is stopped", "defers"),
        ("did nothing about it", "terminates"),
        ("has exited", "zombie"),
        ("runs as root", "EPERM"),
    ];
    let all = [first, second].into_iter().chain(rest);
    all.map(|(member, verdict)| (member.to_owned(), verdict.to_owned(), verdict.to_owned())).collect()
}

/// \[S3.6\], and with it \[S1.6\] (EPERM), \[S0.1\], \[S2.8\], \[S2.10\]: what became of a signal to a group, at every member, predicted
/// by the engine and seen in the kernel.
#[test]
fn prediction_and_observation_agree_for_every_member() {
    alone(|| {
        let answer = sigpost(["demo"]);
        assert_eq!(answer.code, Some(0), "{answer:?}");
        let rows = rows(&answer);
        let expected = family(("has a handler", "handles"), ("ignores it", "ignores"));
        // Without a superuser's rights there is no stranger.
        assert_eq!(rows, expected[..rows.len()]);
        assert!(rows.len() >= 6);
        assert_nobody_is_left();
    });
}

#[test]
fn another_disposition_gives_another_row() {
    alone(|| {
        let answer = sigpost(["demo", "--swap"]);
        assert_eq!(answer.code, Some(0), "{answer:?}");
        let rows = rows(&answer);
        let expected = family(("ignores it", "ignores"), ("has a handler", "handles"));
        assert_eq!(rows, expected[..rows.len()]);
    });
}

/// We are process 1: whoever lost its parent would be our child.
fn assert_nobody_is_left() {
    let pids = sigpost_linux::scan::pids().unwrap();
    assert_eq!(pids.iter().map(|pid| pid.get()).collect::<Vec<_>>(), [1]);
}

/// Also where SIGCHLD is ignored and the signal is blocked or ignored when the demo starts.
#[test]
fn what_the_demo_inherits_does_not_change_it() {
    use sigpost_sys::sigaction::{Action, How, set, set_mask};
    alone(|| {
        let child = sigpost_sys::fork::fork_run(|| {
            set(10, Action::Ignore).unwrap();
            set(17, Action::Ignore).unwrap();
            set_mask(How::Block, 1 << (10 - 1)).unwrap();
            let program = env!("CARGO_BIN_EXE_sigpost");
            drop(std::process::Command::new(program).arg("demo").stdout(std::process::Stdio::null()).exec());
            1
        });
        assert_eq!(child.unwrap().wait().unwrap().code(), Some(0));
    });
}
