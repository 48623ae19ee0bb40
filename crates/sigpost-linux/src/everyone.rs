//! Everyone, apart from all other targets.

use sigpost_engine::Signal;

use crate::refused::{Aim, Call, Refused};

/// Sends to **everyone** in the caller's PID namespace that it may signal, but process 1 and the caller \[S1.4\].
///
/// As the superuser, with KILL and outside of a namespace made for it, this ends everything that runs on the
/// machine. Linux reports success although every single process refused.
///
/// # Errors
/// ESRCH: there is nobody else. EPERM: never on Linux.
///
/// Source: POSIX `kill` with pid -1, kill(2).
pub fn kill_everyone(signal: Signal) -> Result<(), Refused> {
    sigpost_sys::kill::everyone(i32::from(signal.number()))
        .map_err(|errno| Refused::new(errno, Aim::Everyone, Some(signal), Call::Kill))
}
