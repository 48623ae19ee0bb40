//! What the tools print: bytes, as they are, since a script reads them; no colours.

use std::io::{self, Write as _};

/// Writes to standard output. That nobody reads it any more (a closed pipe) is no failure of the tool.
pub(super) fn out(bytes: impl AsRef<[u8]>) {
    let mut output = io::stdout().lock();
    let _ = output.write_all(bytes.as_ref()).and_then(|()| output.flush());
}

/// Writes one message to standard error.
pub(super) fn error(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// What the system says of an error number, in the words of strerror(3).
pub(super) fn meaning(number: i32) -> String {
    let text = io::Error::from_raw_os_error(number).to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}
