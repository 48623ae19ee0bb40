//! A machine that hides the processes of others (`hidepid`): process 1, everybody's ancestor, cannot be seen there.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

use sigpost_sys::fork::say;

use crate::group_send::{NOBODY, nobody_is_known, sigpost_as_nobody};
use crate::namespace::alone;

/// Of this namespace's own `/proc` alone.
fn hide_others() -> bool {
    let hidden = Command::new("mount").args(["-o", "remount,hidepid=2", "/proc"]).output();
    let done = hidden.is_ok_and(|output| output.status.success());
    if !done {
        say("skipped: /proc cannot be mounted anew here");
    }
    done
}

#[test]
fn who_sees_only_his_own_processes_signals_them() {
    alone(|| {
        if !nobody_is_known() || !hide_others() {
            return;
        }
        let mut sleeper =
            Command::new("sleep").arg("1234567").uid(NOBODY).gid(NOBODY).process_group(0).spawn().unwrap();
        while !std::fs::read(format!("/proc/{}/cmdline", sleeper.id())).unwrap().starts_with(b"sleep") {
            std::thread::yield_now();
        }
        let pid = sleeper.id().to_string();
        let group = format!("g:{pid}");
        for words in [
            &["send", "-CONT", "sleep"][..],
            &["send", "-CONT", "-u", "65534"],
            &["send", "-CONT", &pid],
            &["send", "-CONT", &group],
            &["send", "-CONT", &format!("t:{pid}")],
        ] {
            let answer = sigpost_as_nobody(words);
            assert_eq!((answer.code, answer.stdout.lines().count()), (Some(0), 1), "{words:?}: {answer:?}");
        }
        let answer = sigpost_as_nobody(&["ls", "1", &pid]);
        assert_eq!((answer.code, answer.stdout.lines().count()), (Some(1), 2), "{answer:?}");
        assert_eq!(answer.stderr, "sigpost: process 1: /proc hides the process from this user\n");
        sleeper.kill().unwrap();
        sleeper.wait().unwrap();
    });
}
