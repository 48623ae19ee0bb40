//! `wait`: what became of children.
//!
//! Source: POSIX `waitid`, `waitpid`; Linux `do_wait`.

use crate::post::ChildNews;
use crate::queue::NIL;
use crate::run_state::{ExitStatus, Life};
use crate::storage::Storage;
use crate::{Errno, ProcessKey, System};

/// What became of a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChildStatus {
    /// It ended; it is reaped now.
    Ended(ExitStatus),
    /// It stopped or continued.
    Changed(ChildNews),
}

/// Why `wait` has nothing to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitError {
    /// The process has no such child: ECHILD.
    NoChild,
}

impl WaitError {
    /// The error number.
    pub const fn errno(self) -> Errno {
        match self {
            Self::NoChild => Errno::ECHILD,
        }
    }
}

impl core::fmt::Display for WaitError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("no such child")
    }
}

impl core::error::Error for WaitError {}

impl<S: Storage> System<S> {
    /// What became of one child, or of any (`None`). A child that ended is reaped by the answer; news of a stop or
    /// of going on is given once. `Ok(None)`: nothing yet; ask again when work says
    /// [`Work::ChildNews`](crate::Work::ChildNews).
    ///
    /// # Errors
    /// [`WaitError::NoChild`].
    #[doc(alias = "waitid")]
    #[doc(alias = "wait4")]
    pub fn wait(
        &mut self,
        parent: ProcessKey,
        child: Option<ProcessKey>,
    ) -> Result<Option<(ProcessKey, ChildStatus)>, WaitError> {
        let parent = self.live(parent).map_err(|_| WaitError::NoChild)?;
        if let Some(child) = child {
            let index = self.live(child).map_err(|_| WaitError::NoChild)?;
            if self.processes.at(index).parent != parent {
                return Err(WaitError::NoChild);
            }
            return Ok(self.take_news(index));
        }
        let mut at = self.processes.at(parent).first_child;
        if at == NIL {
            return Err(WaitError::NoChild);
        }
        // The list begins with the youngest; the oldest is asked first.
        let mut oldest = at;
        while at != NIL {
            oldest = at;
            at = self.processes.at(at).next_sibling;
        }
        while oldest != NIL {
            let elder = self.processes.at(oldest).previous_sibling;
            if let Some(news) = self.take_news(oldest) {
                return Ok(Some(news));
            }
            oldest = elder;
        }
        Ok(None)
    }

    fn take_news(&mut self, child: u32) -> Option<(ProcessKey, ChildStatus)> {
        let key = self.process_key(child);
        if let Life::Zombie(status) = self.processes.at(child).signals.life {
            self.erase(child);
            return Some((key, ChildStatus::Ended(status)));
        }
        let news = self.processes.at_mut(child).news.take()?;
        Some((key, ChildStatus::Changed(news)))
    }
}
