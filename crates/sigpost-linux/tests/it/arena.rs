//! A private PID namespace for each test that needs one, and what is skipped without privileges.

use std::io::ErrorKind;

use sigpost_engine::Pid;
use sigpost_sys::fork::say;
use sigpost_sys::namespace::{assert_inside, in_private_pid_namespace};

/// Runs the test as process 1 of a PID namespace of its own. A panic there fails the test here.
pub(crate) fn inside(test: impl FnOnce()) {
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

pub(crate) fn own_pid() -> Pid {
    Pid::new(std::process::id().cast_signed()).unwrap()
}
