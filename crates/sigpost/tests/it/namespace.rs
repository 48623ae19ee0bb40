//! Where tests run that send: a PID namespace of their own, in which nobody else is.

use std::process::{Command, Output};

use sigpost_sys::fork::say;
use sigpost_sys::namespace::{assert_inside, in_private_pid_namespace};

/// Runs the test as process 1 of a new PID namespace. A machine that refuses namespaces to this user skips it.
pub(crate) fn alone(test: impl FnOnce()) {
    let run = in_private_pid_namespace(|| {
        assert_inside();
        test();
        0
    });
    match run {
        Ok(status) => assert_eq!(status.code(), Some(0), "failed in the private PID namespace, see above"),
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => say(&error.to_string()),
        Err(error) => panic!("{error}"),
    }
}

/// What the command answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Answer {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// Runs the command inside the namespace; it has not been called outside of one.
pub(crate) fn sigpost<'a>(words: impl IntoIterator<Item = &'a str>) -> Answer {
    assert_inside();
    Command::new(env!("CARGO_BIN_EXE_sigpost")).args(words).output().unwrap().into()
}
