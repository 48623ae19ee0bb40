//! The arena: a PID namespace of its own, which nothing that is done in it can leave.

use std::io::{self, Read, Write};
use std::time::Duration;

use sigpost_sys::namespace;

/// Why an arena brought nothing.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The machine refuses namespaces to this user.
    Refused(String),
    /// What was done in it went wrong.
    Failed(String),
}

/// Runs the closure as process 1 of a namespace of its own, and returns the text that it returns. Whoever is left in
/// the namespace ends with it.
pub(crate) fn run(limit: Duration, closure: impl FnOnce() -> Result<String, String>) -> Result<String, Trouble> {
    let failed = |error: io::Error| Trouble::Failed(error.to_string());
    let (mut reader, writer) = io::pipe().map_err(failed)?;
    let ended = namespace::in_private_pid_namespace_within(limit, move || {
        namespace::assert_inside();
        let (status, text) = match closure() {
            Ok(text) => (0, text),
            Err(cause) => (1, cause),
        };
        let mut writer = writer;
        writer.write_all(text.as_bytes()).map_or(2, |()| status)
    });
    let status = ended.map_err(|error| match error.kind() {
        io::ErrorKind::PermissionDenied => Trouble::Refused(error.to_string()),
        _ => Trouble::Failed(error.to_string()),
    })?;
    let mut text = String::new();
    reader.read_to_string(&mut text).map_err(failed)?;
    match status.code() {
        Some(0) => Ok(text),
        Some(1) => Err(Trouble::Failed(text)),
        _ => Err(Trouble::Failed(format!("process 1 of the namespace: {status} {text}"))),
    }
}
