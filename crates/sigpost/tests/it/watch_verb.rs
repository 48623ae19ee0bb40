//! `watch`: who ended a process, in every way there is; that nothing is lost unsaid; and who may not watch.
//!
//! Nobody is signalled but children of the test's own, through their handles.

mod beside;
mod ends;
mod flood;

use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;
use sigpost_sys::fork::say;

use crate::namespace::{alone, sigpost};

/// The command, watching.
struct Watcher {
    command: Child,
    lines: BufReader<ChildStdout>,
}

impl Watcher {
    /// Starts it; when this returns, what is sent is seen. `None`: it may not watch here, which is said.
    fn start(words: &[&str]) -> Option<Self> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sigpost"))
            .args(["watch", "--json"])
            .args(words)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(command.stdout.take().unwrap());
        let mut first = String::new();
        lines.read_line(&mut first).unwrap();
        if first.starts_with("{\"event\":\"start\"") {
            return Some(Self { command, lines });
        }
        let mut told = String::new();
        command.stderr.take().unwrap().read_to_string(&mut told).unwrap();
        command.wait().unwrap();
        assert!(may_not_watch(&told) || told.contains("does not give"), "{told}");
        say(&format!("skipped: {told}"));
        None
    }

    /// Ends it with TERM, and returns what it printed.
    fn end(self) -> Vec<Value> {
        self.signal(rustix::process::Signal::TERM);
        self.lines()
    }

    fn signal(&self, signal: rustix::process::Signal) {
        // A child that was not waited for keeps its number.
        let pid = rustix::process::Pid::from_child(&self.command);
        rustix::process::kill_process(pid, signal).unwrap();
    }

    /// What it prints until it ends.
    fn lines(mut self) -> Vec<Value> {
        let lines = self.lines.lines().map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect();
        self.command.wait().unwrap();
        lines
    }
}

/// Whether it says that it may not watch here, or not by numbers.
fn may_not_watch(told: &str) -> bool {
    told.contains("CAP_BPF") || told.contains("PID namespace")
}

/// Another name every time, so that it cannot be told by heart.
fn new_name(letter: char) -> String {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    format!("{letter}{:x}", now.tv_nsec)
}

#[test]
fn who_may_not_watch_is_told_in_one_line_what_is_missing_and_how_to_get_it() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sigpost"));
    command.arg("watch");
    if rustix::process::geteuid().is_root() {
        command.uid(65534).gid(65534);
    }
    let output = command.output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{told}");
    assert_eq!(told.lines().count(), 1, "{told}");
    for part in ["CAP_BPF and CAP_PERFMON", "run it as root", "setcap cap_bpf,cap_perfmon+ep"] {
        assert!(told.contains(part), "{told}");
    }
}

/// The kernel's records have the machine's numbers: another process's end would be told.
#[test]
fn inside_a_namespace_nobody_is_watched_by_a_number_that_means_somebody_else_outside() {
    alone(|| {
        let child = sigpost_sys::fork::fork_run(|| 0).unwrap();
        child.wait_zombie().unwrap();
        let number = child.pid().to_string();
        for words in [
            &["watch", "--until-exit", &number][..],
            &["watch", "--for", "0", "--to", &number],
            &["watch", "--for", "0", "--from", &number],
            &["why", "--watch", "0", &number],
            &["wait", "--who", &number],
            &["end", "--who", &number],
        ] {
            let answer = sigpost(words.iter().copied());
            assert_eq!((answer.code, answer.stdout.as_str()), (Some(3), ""), "{words:?}: {answer:?}");
            assert!(answer.stderr.contains("PID namespace with numbers of its own"), "{words:?}: {answer:?}");
        }
        child.wait().unwrap();
    });
}

#[test]
fn a_process_that_is_not_there_ends_nothing() {
    let child = sigpost_sys::fork::fork_run(|| 0).unwrap();
    child.wait_zombie().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_sigpost"));
    let output = command.args(["watch", "--until-exit", &child.pid().to_string()]).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    if may_not_watch(&told) {
        say(&format!("skipped: {told}"));
        return;
    }
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("there is none, or it has ended"), "{told}");
}
