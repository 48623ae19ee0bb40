//! Where tests run that send: a PID namespace of their own, in which nobody else is.

use std::io::Write;
use std::os::unix::fs::MetadataExt as _;
use std::process::{Command, Output, Stdio};

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

/// A number that no other test has at this moment, for names that all can see: inside its namespace each is process 1.
pub(crate) fn number() -> u64 {
    std::fs::metadata("/proc/self/ns/pid").unwrap().ino()
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

/// As [`sigpost`], begun only when this process is done with starting it: until then the C library blocks every
/// signal here (`posix_spawn(3)`), and the command would truly say so of a target that is this process.
pub(crate) fn sigpost_once_started<'a>(words: impl IntoIterator<Item = &'a str>) -> Answer {
    assert_inside();
    let mut gate = Command::new("sh");
    gate.args(["-c", r#"read -r _; exec "$0" "$@""#, env!("CARGO_BIN_EXE_sigpost")]).args(words);
    let mut started = gate.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    started.stdin.take().unwrap().write_all(b"\n").unwrap();
    started.wait_with_output().unwrap().into()
}
