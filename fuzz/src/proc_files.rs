//! Any bytes are a file of `/proc` or are refused; a name that is shown does not steer the terminal.

use sigpost_linux::proc_stat::{Comm, Stat};
use sigpost_linux::proc_status::Status;

/// The first byte says which file.
///
/// # Panics
/// If a name is shown with a control character in it.
pub fn run(bytes: &[u8]) {
    let Some((&which, file)) = bytes.split_first() else { return };
    let name = if which % 2 == 0 {
        Stat::parse(file).ok().map(|stat| stat.comm)
    } else {
        Status::parse(file).ok().map(|status| status.comm)
    };
    let name = name.unwrap_or_else(|| Comm::new(file));
    let shown = name.to_string();
    assert!(!shown.chars().any(char::is_control), "{shown:?} would steer a terminal");
}
