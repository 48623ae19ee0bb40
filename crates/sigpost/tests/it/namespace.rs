//! Where tests run that send: a PID namespace of their own, in which nobody else is.

use std::io::Write as _;
use std::panic::{catch_unwind, set_hook};
use std::process::{Command, Output};

use sigpost_sys::namespace::{assert_inside, in_private_pid_namespace};

/// Runs the test as process 1 of a new PID namespace. A machine that refuses namespaces to this user skips it.
pub(crate) fn alone(test: fn()) {
    let run = in_private_pid_namespace(|| {
        assert_inside();
        // The test harness's capture is the parent's: what a failed assertion says goes straight out.
        set_hook(Box::new(|panic| drop(writeln!(std::io::stderr(), "{panic}"))));
        catch_unwind(test).map_or(1, |()| 0)
    });
    match run {
        Ok(status) => assert_eq!(status.code(), Some(0), "failed in the private PID namespace, see above"),
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => println!("{error}"),
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
