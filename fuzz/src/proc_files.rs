//! Any bytes are a file of `/proc` or are refused; what is shown of it does not steer the terminal.

use sigpost_linux::readers::READERS;

/// The first byte says which file.
///
/// # Panics
/// If a name is shown with a control character in it.
pub fn run(bytes: &[u8]) {
    let Some((&which, file)) = bytes.split_first() else { return };
    let (_, read) = READERS[usize::from(which) % READERS.len()];
    let shown = read(file);
    assert!(!shown.chars().any(char::is_control), "{shown:?} would steer a terminal");
}
