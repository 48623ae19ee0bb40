//! What a puppet says of itself and of a child, by its own system calls: what is seen where there is no `/proc`.

use rustix::io::Errno;
use sigpost_sys::puppet::action;
use sigpost_sys::puppet::children::{self, Which};
use sigpost_sys::sigaction;

use crate::command::{halves, joined};

/// A thread's report, as words of the shared memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Report {
    /// sigpending: what is blocked and pending, for the thread or for its process.
    pub(crate) pending: u64,
    pub(crate) blocked: u64,
    pub(crate) ignored: u64,
    pub(crate) caught: u64,
    /// getppid.
    pub(crate) parent: i32,
    /// The news of the child that was asked about, which stay to be waited for.
    pub(crate) child: ChildReport,
}

/// What waitid says of a child.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ChildReport {
    /// Why it says nothing: 0, or ECHILD and the like.
    pub(crate) errno: i32,
    /// `CLD_EXITED` and so on; 0: no news.
    pub(crate) code: i32,
    pub(crate) status: i32,
}

impl Report {
    pub(crate) const WORDS: usize = 12;

    /// The calling thread's, with news of this child (0: of none). What the kernel does not have is 0.
    pub(crate) fn of_caller(child: i32) -> Self {
        let [ignored, caught] = action::dispositions().unwrap_or_default();
        Self {
            pending: sigaction::pending().unwrap_or(0),
            blocked: sigaction::set_mask(sigaction::How::Block, 0).unwrap_or(0),
            ignored,
            caught,
            parent: rustix::process::getppid().map_or(0, |parent| parent.as_raw_nonzero().get()),
            child: if child == 0 { ChildReport::default() } else { ChildReport::of(child) },
        }
    }

    pub(crate) const fn to_words(self) -> [u32; Self::WORDS] {
        let ([pending, pending_high], [blocked, blocked_high]) = (halves(self.pending), halves(self.blocked));
        let ([ignored, ignored_high], [caught, caught_high]) = (halves(self.ignored), halves(self.caught));
        [
            pending,
            pending_high,
            blocked,
            blocked_high,
            ignored,
            ignored_high,
            caught,
            caught_high,
            self.parent.cast_unsigned(),
            self.child.errno.cast_unsigned(),
            self.child.code.cast_unsigned(),
            self.child.status.cast_unsigned(),
        ]
    }

    pub(crate) const fn from_words(words: [u32; Self::WORDS]) -> Self {
        Self {
            pending: joined(words[0], words[1]),
            blocked: joined(words[2], words[3]),
            ignored: joined(words[4], words[5]),
            caught: joined(words[6], words[7]),
            parent: words[8].cast_signed(),
            child: ChildReport {
                errno: words[9].cast_signed(),
                code: words[10].cast_signed(),
                status: words[11].cast_signed(),
            },
        }
    }
}

impl ChildReport {
    fn of(child: i32) -> Self {
        match children::wait(child, Which::AllKept, false) {
            Ok(Some(news)) => Self { errno: 0, code: news.code, status: news.status },
            Ok(None) => Self::default(),
            Err(errno) => Self { errno: errno.raw_os_error(), code: 0, status: 0 },
        }
    }

    /// Whether the kernel cannot be asked for news that stay.
    pub(crate) fn is_missing(self) -> bool {
        self.errno == Errno::NOSYS.raw_os_error()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_survives_the_shared_memory() {
        let child = ChildReport { errno: -1, code: 5, status: 19 };
        let report = Report { pending: 1 << 63, blocked: 2, ignored: 1 << 32, caught: 4, parent: 7, child };
        assert_eq!(Report::from_words(report.to_words()), report);
    }
}
