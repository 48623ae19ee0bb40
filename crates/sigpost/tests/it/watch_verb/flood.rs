//! Many signals, fast: each is seen, or counted as lost.

use std::io::{Read as _, Write as _};

use rustix::process::Signal;
use sigpost_sys::fork::{Child, fork_run};
use sigpost_sys::sigaction::{self, Action};

use super::Watcher;

/// A child that ignores the signal.
fn target(signal: i32) -> Child {
    let (mut ready, mut is_ready) = std::io::pipe().unwrap();
    let child = fork_run(move || {
        sigaction::set(signal, Action::Ignore).unwrap();
        is_ready.write_all(&[1]).unwrap();
        loop {
            let _ = sigaction::suspend(0);
        }
    });
    ready.read_exact(&mut [0]).unwrap();
    child.unwrap()
}

/// Sends so many, and returns what the watcher made of it: how many lines of this target, and its summary.
fn flooded(watcher: Watcher, signal: i32, count: u64, stop_it: bool) -> (u64, serde_json::Value) {
    let child = target(signal);
    if stop_it {
        watcher.signal(Signal::STOP);
    }
    for _ in 0..count {
        child.send(signal).unwrap();
    }
    if stop_it {
        watcher.signal(Signal::CONT);
    }
    let mut lines = watcher.end();
    let summary = lines.pop().unwrap();
    let is_ours = |line: &&serde_json::Value| line["event"] == "signal" && line["target"]["pid"] == child.pid();
    (lines.iter().filter(is_ours).count() as u64, summary)
}

/// What was generated is seen and lost together, whoever else sent the same signal meanwhile.
fn adds_up(summary: &serde_json::Value) -> u64 {
    let [generated, seen, lost] = ["generated", "seen", "lost"].map(|key| summary[key].as_u64().unwrap());
    assert_eq!(generated - seen, lost, "{summary}");
    lost
}

#[test]
fn every_signal_of_a_flood_is_seen() {
    let Some(watcher) = Watcher::start(&["--signal", "57"]) else { return };
    let (ours, summary) = flooded(watcher, 57, 100_000, false);
    assert_eq!((adds_up(&summary), ours), (0, 100_000), "{summary}");
}

#[test]
fn what_is_generated_and_not_seen_is_lost_exactly() {
    let Some(watcher) = Watcher::start(&["--signal", "58", "--room", "1"]) else { return };
    // It is stopped, and has room for some 16,000.
    let (ours, summary) = flooded(watcher, 58, 50_000, true);
    let lost = adds_up(&summary);
    assert!(lost > 10_000 && ours < 50_000 && ours + lost >= 50_000, "{ours} and {summary}");
}
