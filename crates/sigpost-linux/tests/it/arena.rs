//! A private PID namespace for each test that needs one, and what is skipped without privileges.

use std::io::ErrorKind;
use std::sync::Once;

use sigpost_engine::Pid;
use sigpost_sys::namespace::{assert_inside, in_private_pid_namespace};

/// Runs the test as process 1 of a PID namespace of its own. A panic there fails the test here.
pub(crate) fn inside(test: impl FnOnce()) {
    show_panics_of_children();
    let run = in_private_pid_namespace(|| {
        assert_inside();
        test();
        0
    });
    match run {
        Ok(status) => assert!(status.success(), "inside the namespace: {status}; its message is above"),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => say(&error.to_string()),
        Err(error) => panic!("{error}"),
    }
}

/// As [`inside`], for what takes several users.
pub(crate) fn inside_with_users(test: impl FnOnce()) {
    if rustix::process::geteuid().is_root() {
        inside(test);
    } else {
        say("skipped: several users take the superuser");
    }
}

/// A line that the test harness does not hold back.
pub(crate) fn say(line: &str) {
    // Not std's stderr: another thread may hold its lock at the moment of a fork, and the child would wait for good.
    let _ = rustix::io::write(rustix::stdio::stderr(), format!("{line}\n").as_bytes());
}

/// The harness keeps what a test prints in memory, which a forked child has only a copy of: children write to the
/// real stderr.
pub(crate) fn show_panics_of_children() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let harness = std::process::id();
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if std::process::id() == harness { usual(panic) } else { say(&format!("in a child: {panic}")) }
        }));
    });
}

pub(crate) fn own_pid() -> Pid {
    Pid::new(std::process::id().cast_signed()).unwrap()
}
