//! Users: real ones as the superuser, one alone as anybody else.

use sigpost_scenario::Ending;
use sigpost_sys::credentials::drop_to;
use sigpost_sys::fork::{fork_run, say};

use crate::stage::{cannot_run, ending, passes};

const NOBODY: u32 = 65534;

#[test]
fn the_superuser_gets_processes_of_several_users() {
    if !rustix::process::geteuid().is_root() {
        say("not run: needs the superuser");
        return;
    }
    passes(
        "process a uid=1000\nprocess b uid=1001\nprocess c uid=1001 privileged\n\
         a: kill(b, TERM) = EPERM -> b=EPERM\nc: kill(a, USR1) = 0 -> a=terminates\nexpect b: running",
    );
}

/// Runs the closure as an ordinary user; what it returns.
fn as_ordinary_user(closure: impl FnOnce() -> bool) -> bool {
    let child = fork_run(|| {
        if rustix::process::geteuid().is_root() {
            // A process that has changed its user has files in /proc that are the superuser's.
            let dumpable = rustix::process::DumpableBehavior::Dumpable;
            let dropped = drop_to(NOBODY, NOBODY).and_then(|()| rustix::process::set_dumpable_behavior(dumpable));
            if dropped.is_err() {
                return 2;
            }
        }
        i32::from(!closure())
    });
    child.unwrap().wait().unwrap().code() == Some(0)
}

#[test]
fn an_ordinary_user_runs_what_needs_one_user() {
    assert!(as_ordinary_user(|| {
        cannot_run()
            || ["", " uid=1000"].iter().all(|user| {
                let text = format!(
                    "process sh session{user}\nprocess a parent=sh group catch=USR1{user}\n\
                     sh: kill(-a, USR1) = 0 -> a=handles\nsh: kill(-1, STOP) = 0 -> a=stops\nexpect a: stopped(STOP)"
                );
                ending(&text) == Ending::Passed
            })
    }));
}

#[test]
fn an_ordinary_user_is_told_that_a_second_user_is_needed() {
    assert!(as_ordinary_user(|| {
        let ending = ending("process a uid=1000\nprocess b uid=1001\na: kill(b, TERM) = EPERM");
        matches!(ending, Ending::Skipped(reason) if reason.contains("second user"))
    }));
}
