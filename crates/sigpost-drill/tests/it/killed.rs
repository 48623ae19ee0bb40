//! The end of the runner is the end of everybody in its scenario.

use sigpost_drill::LinuxWorld;
use sigpost_sys::fork::say;

use crate::left_over::{When, nobody_is_left};
use crate::stage::cannot_run;

fn can_run() -> bool {
    let root = rustix::process::geteuid().is_root();
    if !root {
        say("not run: needs the superuser");
    }
    root && !cannot_run()
}

const MANY: &str = "process a block={all}\nprocess b parent=a session stopped\nthread t of b\nprocess c uid=1000 killable\n\
     process d traced_by=a\nprocess e parent=c sleeping\na: clone(f, sighand) = 0";

#[test]
fn nobody_outlives_a_runner_that_is_killed() {
    assert!(!can_run() || nobody_is_left(LinuxWorld::new, MANY, &[When::After]));
}

#[test]
fn nobody_outlives_a_runner_that_is_killed_at_any_moment() {
    let moments: Vec<When> = (0..60).map(|moment| When::Soon(moment * 3)).collect();
    assert!(!can_run() || nobody_is_left(LinuxWorld::new, MANY, &moments));
}

/// The kernel takes the parent-death signal back from who changes its users.
#[test]
fn nobody_outlives_the_runner_where_init_has_become_another_user() {
    for change in
        ["init: setuid(1000) = 0", "init: setresuid(1000, 1000, 0) = 0", "thread t of init\nt: setuid(1000) = 0"]
    {
        assert!(
            !can_run() || nobody_is_left(LinuxWorld::new, &format!("process a\n{change}"), &[When::After]),
            "{change}"
        );
    }
}
