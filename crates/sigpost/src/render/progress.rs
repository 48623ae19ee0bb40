//! The line that tells a waiting person how far it is: on standard error, and only if that is a terminal.

use core::time::Duration;
use std::io::{IsTerminal as _, Write as _};

use sigpost_linux::end::Progress;

use crate::command_line::duration::told;

/// Waits that are over by then have no line.
const AT_ONCE: Duration = Duration::from_millis(300);

/// The line, which is taken away when this is dropped.
#[derive(Debug)]
pub(crate) struct Line {
    is_wanted: bool,
    is_shown: bool,
}

impl Line {
    /// None yet. `is_wanted`: if there is a terminal for it.
    pub(crate) fn new(is_wanted: bool) -> Self {
        Self { is_wanted: is_wanted && std::io::stderr().is_terminal(), is_shown: false }
    }

    /// Shows how far it is.
    pub(crate) fn show(&mut self, progress: &Progress) {
        if self.is_wanted && progress.alive > 0 && progress.elapsed >= AT_ONCE {
            // If it cannot be written there is nobody to tell.
            let _ = write!(std::io::stderr(), "\r\x1b[K{}", text(progress));
            self.is_shown = true;
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if self.is_shown {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}

fn text(progress: &Progress) -> String {
    let state = format!("{} of {} alive after {}", progress.alive, progress.all, told(progress.elapsed));
    let next = progress.next.filter(|(_, at)| *at > progress.elapsed);
    let next = next.map(|(signal, at)| format!("{signal} in {}", told(at.saturating_sub(progress.elapsed))));
    let roomless = match progress.roomless {
        0 => None,
        count => Some(format!("{count} without a file descriptor of their own (ulimit -n)")),
    };
    [Some(state), next, roomless].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use sigpost_engine::Signal;

    #[test]
    fn it_says_how_many_are_alive_and_what_comes_next() {
        let progress = Progress {
            all: 10,
            alive: 3,
            roomless: 0,
            elapsed: Duration::from_millis(2400),
            next: Some((Signal::KILL, Duration::from_secs(10))),
        };
        assert_eq!(text(&progress), "3 of 10 alive after 2.4 s; KILL in 7.6 s");
    }
}
