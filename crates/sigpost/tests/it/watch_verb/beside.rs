//! What `watch` writes besides, and the verbs that watch while they work.

use std::io::{Read as _, Write as _};
use std::process::{Command, Output};

use sigpost_sys::fork::{Child, fork_run, say};
use sigpost_sys::sigaction::{self, Action};

use super::{Watcher, may_not_watch, new_name};

/// Runs the command for one process, a child of the test's own. `None`: it may not watch here, which is said.
fn sigpost(words: &[&str], child: &Child) -> Option<String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sigpost"));
    let Output { stdout, stderr, .. } = command.args(words).arg(child.pid().to_string()).output().unwrap();
    let told = String::from_utf8(stderr).unwrap();
    if may_not_watch(&told) {
        say(&format!("skipped: {told}"));
        return None;
    }
    Some(String::from_utf8(stdout).unwrap())
}

#[test]
fn when_a_signal_is_taken_is_told_and_all_is_on_the_page() {
    let page = std::env::temp_dir().join(format!("sigpost-{}.html", new_name('p')));
    let words = ["--deliver", "--signal", "TERM", "--html", page.to_str().unwrap()];
    let Some(watcher) = Watcher::start(&words) else { return };
    let (mut ready, mut is_ready) = std::io::pipe().unwrap();
    let child = fork_run(move || {
        sigaction::forget_inherited();
        // The C library blocks every signal while it forks: what comes earlier would be pending.
        is_ready.write_all(&[1]).unwrap();
        loop {
            let _ = sigaction::suspend(0);
        }
    })
    .unwrap();
    ready.read_exact(&mut [0]).unwrap();
    let pid = child.pid();
    child.send(15).unwrap();
    child.wait().unwrap();
    let lines = watcher.end();
    let of = |event: &str, pid_of: fn(&serde_json::Value) -> &serde_json::Value| {
        lines.iter().find(|line| line["event"] == event && *pid_of(line) == pid).unwrap()
    };
    let generated = of("signal", |line| &line["target"]["pid"]);
    assert_eq!((&generated["verdict"], &generated["kernel"]), (&"terminates".into(), &"delivered".into()));
    let taken = of("taken", |line| &line["pid"]);
    assert!(taken["by"] == "default" && taken["waited_ns"].as_u64().is_some(), "{taken}");
    let ended = of("ended", |line| &line["target"]["pid"]);
    assert_eq!(ended["by"]["sender"]["pid"], std::process::id());
    let written = std::fs::read_to_string(&page).unwrap();
    std::fs::remove_file(&page).unwrap();
    assert!(written.contains(&ended["text"].as_str().unwrap().replace('<', "\\u003c")));
}

#[test]
fn end_tells_who_ended_each_where_it_is_asked_to() {
    let child = fork_run(|| {
        sigaction::forget_inherited();
        loop {
            let _ = sigaction::suspend(0);
        }
    })
    .unwrap();
    let Some(told) = sigpost(&["end", "--who"], &child) else { return };
    let sentence = told.lines().last().unwrap();
    assert!(sentence.starts_with(&format!("{} ", child.pid())), "{told}");
    assert!(sentence.contains("was ended by TERM from ") && sentence.contains(" sigpost "), "{told}");
}

#[test]
fn why_tells_what_was_sent_while_it_watched() {
    let child = fork_run(|| {
        sigaction::forget_inherited();
        sigaction::set(10, Action::Ignore).unwrap();
        loop {
            let _ = sigpost_sys::kill::calling_thread(10);
        }
    })
    .unwrap();
    let Some(told) = sigpost(&["why", "--watch", "1s"], &child) else { return };
    assert!(told.contains(&format!("was sent USR1 from {} ", child.pid())), "{told}");
    assert!(told.contains(": ignores ("), "{told}");
}
