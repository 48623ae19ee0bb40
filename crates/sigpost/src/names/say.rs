//! What the tools print: bytes, as they are, since a script reads them; no colours.

use std::io::{self, Write as _};
use std::sync::OnceLock;

/// Why the first output that could not be written was not. Tools go on without it, and say so at their end.
static UNWRITTEN: OnceLock<String> = OnceLock::new();

/// Writes to standard output. That nobody reads it any more (a closed pipe) is no failure of the tool.
pub(super) fn out(bytes: impl AsRef<[u8]>) {
    let mut output = io::stdout().lock();
    match output.write_all(bytes.as_ref()).and_then(|()| output.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            UNWRITTEN.get_or_init(|| in_words(&error));
        }
        _ => {}
    }
}

/// Why output is missing; `None` if there is all of it.
pub(super) fn unwritten() -> Option<&'static str> {
    UNWRITTEN.get().map(String::as_str)
}

/// Writes one message to standard error.
pub(super) fn error(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// What the system says of an error number, in the words of strerror(3).
pub(super) fn meaning(number: i32) -> String {
    in_words(&io::Error::from_raw_os_error(number))
}

fn in_words(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}
