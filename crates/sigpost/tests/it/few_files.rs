//! More targets than there may be open files: nobody is missed, and nobody is told to be gone who is there. That takes
//! inodes; before Linux 6.9 it is said that the files ran out.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

use sigpost_sys::fork::Child;
use sigpost_sys::namespace::assert_inside;
use sigpost_sys::sigaction::{self, Action};

use crate::cgroup_fixture::TestCgroup;
use crate::namespace::{Answer, alone};
use crate::victim::started;

/// So many processes, and so many open files.
const CROWD: usize = 50;
const ROOM: u64 = 40;

/// Calls the command by a name, with that limit.
fn called(name: &str, words: &[&str]) -> Answer {
    assert_inside();
    let shell = format!("ulimit -n {ROOM}; program=$1; shift; exec \"$program\" \"$@\"");
    let mut command = Command::new("sh");
    command.args(["-c", &shell, "sh", env!("CARGO_BIN_EXE_sigpost")]);
    if name != "sigpost" {
        command.arg(name);
    }
    command.args(words).arg0("sh").output().unwrap().into()
}

/// Processes named `crowd` that ignore USR2, and have their names.
fn crowd() -> Vec<Child> {
    let member = || {
        rustix::thread::set_name(c"crowd").unwrap();
        sigaction::set(12, Action::Ignore).unwrap();
    };
    (0..CROWD).map(|_| started(member)).collect()
}

/// Whether so many can be held with so few files. If not, it is refused before anything is done.
fn can_be_held() -> bool {
    if sigpost_sys::pidfd::has_inodes() {
        return true;
    }
    let answer = called("sigpost", &["send", "-USR2", "crowd"]);
    assert_eq!((answer.code, &*answer.stdout), (Some(3), ""), "{answer:?}");
    assert!(answer.stderr.contains("Too many open files"), "{answer:?}");
    sigpost_sys::fork::say("skipped: this kernel gives processes no inodes, and nobody is held without a file");
    false
}

#[test]
fn every_way_to_select_finds_all() {
    alone(|| {
        let crowd = crowd();
        if !can_be_held() {
            return;
        }
        let numbers: Vec<String> = crowd.iter().map(|child| child.pid().to_string()).collect();
        let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
        let by_number = |words: &[&'static str]| [words, &numbers[..]].concat();
        let all = |words: &[&str]| {
            let answer = called("sigpost", words);
            assert_eq!((answer.code, answer.stdout.lines().count()), (Some(0), CROWD), "{words:?}: {answer:?}");
            assert!(answer.stdout.lines().all(|line| line.contains("ignores")), "{words:?}: {answer:?}");
        };
        all(&["send", "-USR2", "crowd"]);
        all(&["send", "-USR2", "--json", "crowd"]);
        all(&["send", "-USR2", "-v", "crowd"]);
        all(&["explain", "-USR2", "crowd"]);
        all(&by_number(&["-USR2"]));
        if let Some(cgroup) = TestCgroup::make("crowd") {
            for child in &crowd {
                cgroup.take(child.pid());
            }
            all(&["send", "-USR2", &format!("c:{}", cgroup.path())]);
            drop((crowd, cgroup));
        }
    });
}

#[test]
fn a_tree_of_more_is_seen_whole_and_a_wait_says_who_is_alive() {
    alone(|| {
        let crowd = crowd();
        if !can_be_held() {
            return;
        }
        let answer = called("sigpost", &["explain", "t:1"]);
        assert_eq!((answer.code, answer.stdout.lines().count()), (Some(0), CROWD), "{answer:?}");
        let answer = called("sigpost", &["send", "-USR2", "-w", "--timeout", "10ms", "crowd"]);
        assert_eq!((answer.code, answer.stdout.lines().count()), (Some(124), 2 * CROWD), "{answer:?}");
        drop(crowd);
    });
}

#[test]
fn drop_in_names_miss_nobody_in_silence() {
    alone(|| {
        let crowd = crowd();
        if !can_be_held() {
            return;
        }
        let count = format!("{CROWD}\n");
        for (name, words) in [("pgrep", &["-c", "crowd"][..]), ("pkill", &["-USR2", "-c", "crowd"])] {
            let answer = called(name, words);
            assert_eq!((answer.code, &answer.stdout), (Some(0), &count), "{name}: {answer:?}");
        }
        let answer = called("killall", &["-v", "-USR2", "crowd"]);
        assert_eq!((answer.code, answer.stderr.lines().count()), (Some(0), CROWD), "{answer:?}");
        let answer = called("kill", &["-p", "crowd"]);
        assert_eq!((answer.code, answer.stdout.lines().count()), (Some(0), CROWD), "{answer:?}");
        drop(crowd);
    });
}
