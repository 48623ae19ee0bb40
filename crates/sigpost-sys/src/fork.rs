//! fork(2) with a checked result, and a child that is held by handle.

use core::panic::AssertUnwindSafe;
use core::time::Duration;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::panic::catch_unwind;
use std::process::ExitStatus;
use std::sync::Once;

use rustix::io::Errno;
use rustix::process::{WaitId, WaitIdOptions, WaitIdStatus};

use crate::pidfd::{self, Scope};

/// Where a successful fork returns.
#[derive(Debug)]
pub enum Forked {
    /// In the parent, which holds the child.
    Parent(Child),
    /// In the child.
    Child,
}

/// Forks. The child has one thread, a copy of the one that called.
///
/// What other threads of the parent held at that moment stays held in the child for good: a child of a program
/// with threads must not take locks that they take: those of the standard library's streams ([`say`] goes without) and
/// of its panic hook ([`fork_run`] sets one beforehand) among them. The C library's allocator is made usable by its own
/// fork.
///
/// # Errors
/// EAGAIN, ENOMEM: fork(2). The child is ended and reaped if no handle to it can be opened.
pub fn fork() -> io::Result<Forked> {
    // SAFETY: fork takes no pointers. In the child nothing but memory of its own is used.
    let pid = unsafe { libc::fork() };
    match pid {
        0 => Ok(Forked::Child),
        1.. => Child::new(pid).map(Forked::Parent),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Ends the calling process at once: no destructors, no handlers of `atexit`, no flushing.
pub fn exit_now(status: i32) -> ! {
    // SAFETY: _exit takes no pointers and does not return.
    unsafe { libc::_exit(status) }
}

/// In a child: has the kernel kill it when its parent (the thread that forked it) ends. Whether the parent, whose
/// process ID is given, is still there: if not, nothing will come any more, and the child should exit.
///
/// # Errors
/// None with these arguments.
pub fn die_with_parent(parent: i32) -> io::Result<bool> {
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    Ok(rustix::process::getppid().is_some_and(|now| now.as_raw_nonzero().get() == parent))
}

/// Writes a line to standard error past the standard library, in one piece.
///
/// In a forked child that is the only safe way: the lock of the library's own stream may be held by a thread that was
/// not copied, and then is held for good. And what a test harness keeps of a test's output it keeps in memory, of
/// which a child has only a copy.
pub fn say(line: &str) {
    // Nobody is left to tell of an error.
    let _ = rustix::io::write(rustix::stdio::stderr(), format!("{line}\n").as_bytes());
}

/// Has the panics of forked children told with [`say`].
///
/// The hook is set before the fork, once: in the child its lock may be held for good, by a thread of the parent's that
/// was just panicking.
pub(crate) fn tell_panics_of_children() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let parent = std::process::id();
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if std::process::id() == parent { usual(panic) } else { say(&format!("in a child: {panic}")) }
        }));
    });
}

/// What the child of [`fork_run`] exits with when its closure panics.
pub const PANICKED: i32 = 101;

/// Runs the closure in a forked child, which then ends with what it returns ([`PANICKED`] if it panics, which it says
/// on standard error).
///
/// ```
/// let child = sigpost_sys::fork::fork_run(|| 7)?;
/// assert_eq!(child.wait()?.code(), Some(7));
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// As [`fork`].
pub fn fork_run(closure: impl FnOnce() -> i32) -> io::Result<Child> {
    tell_panics_of_children();
    match fork()? {
        Forked::Parent(child) => Ok(child),
        Forked::Child => exit_now(catch_unwind(AssertUnwindSafe(closure)).unwrap_or(PANICKED)),
    }
}

/// A child of ours, held by handle. Dropped before it was waited for, it is killed and reaped.
#[derive(Debug)]
pub struct Child {
    pid: i32,
    /// `None` once it has been waited for or let go.
    handle: Option<OwnedFd>,
}

impl Child {
    /// Takes hold of a child that has just been forked and not been waited for.
    fn new(pid: i32) -> io::Result<Self> {
        // An unreaped child keeps its number, so this handle is its.
        match pidfd::open(pid) {
            Ok(handle) => Ok(Self { pid, handle: Some(handle) }),
            Err(errno) => {
                crate::kill::process(pid, libc::SIGKILL)?;
                if let Some(pid) = rustix::process::Pid::from_raw(pid) {
                    rustix::process::waitid(WaitId::Pid(pid), WaitIdOptions::EXITED)?;
                }
                Err(errno.into())
            }
        }
    }

    /// Its process ID, which is its own until [`wait`](Self::wait) returns.
    pub const fn pid(&self) -> i32 {
        self.pid
    }

    /// Sends it a signal, through the handle.
    ///
    /// # Errors
    /// EINVAL: no such signal. EPERM: it has changed its users. ESRCH: it has been reaped.
    pub fn send(&self, signal: i32) -> Result<(), Errno> {
        pidfd::send(self.handle().ok_or(Errno::SRCH)?, signal, None, Scope::Handle)
    }

    /// Waits until it has ended, and reaps it.
    ///
    /// # Errors
    /// ECHILD: it leaves no zombie, because SIGCHLD is ignored.
    pub fn wait(mut self) -> io::Result<ExitStatus> {
        let status = self.wait_for(WaitIdOptions::EXITED)?;
        self.handle = None;
        Ok(exit_status(&status))
    }

    /// Waits until it stops, and returns the signal that stopped it.
    ///
    /// # Errors
    /// ECHILD; `UnexpectedEof` if it ended instead.
    pub fn wait_stopped(&self) -> io::Result<i32> {
        let status = self.wait_for(WaitIdOptions::STOPPED | WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)?;
        let signal = status.stopping_signal().ok_or(io::ErrorKind::UnexpectedEof)?;
        self.wait_for(WaitIdOptions::STOPPED)?;
        Ok(signal)
    }

    /// Waits until it continues after a stop.
    ///
    /// # Errors
    /// ECHILD; `UnexpectedEof` if it ended instead.
    pub fn wait_continued(&self) -> io::Result<()> {
        let status = self.wait_for(WaitIdOptions::CONTINUED | WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)?;
        if !status.continued() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.wait_for(WaitIdOptions::CONTINUED).map(drop)
    }

    /// Waits until it has ended, but does not reap it: it stays a zombie, and keeps its number.
    ///
    /// # Errors
    /// ECHILD.
    pub fn wait_zombie(&self) -> io::Result<()> {
        self.wait_for(WaitIdOptions::EXITED | WaitIdOptions::NOWAIT).map(drop)
    }

    /// Waits at most so long until it has ended (it stays to be reaped); whether it has.
    ///
    /// # Errors
    /// Those of poll(2).
    pub fn ends_within(&self, limit: Duration) -> io::Result<bool> {
        let Some(handle) = self.handle() else { return Ok(true) };
        let limit = rustix::event::Timespec {
            tv_sec: i64::try_from(limit.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: i64::from(limit.subsec_nanos()),
        };
        let mut polled = [rustix::event::PollFd::new(&handle, rustix::event::PollFlags::IN)];
        loop {
            match rustix::event::poll(&mut polled, Some(&limit)) {
                Ok(ready) => return Ok(ready > 0),
                Err(Errno::INTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
    }

    /// Lets go of it without ending it: somebody else waits for it.
    pub fn let_go(mut self) {
        self.handle = None;
    }

    fn handle(&self) -> Option<BorrowedFd<'_>> {
        self.handle.as_ref().map(AsFd::as_fd)
    }

    fn wait_for(&self, options: WaitIdOptions) -> io::Result<WaitIdStatus> {
        let handle = self.handle().ok_or(Errno::CHILD)?;
        loop {
            match rustix::process::waitid(WaitId::PidFd(handle), options) {
                Ok(Some(status)) => return Ok(status),
                Ok(None) | Err(Errno::INTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
    }
}

impl AsFd for Child {
    /// The pidfd.
    ///
    /// # Panics
    /// Never: a child that was waited for or let go is consumed.
    fn as_fd(&self) -> BorrowedFd<'_> {
        #[expect(clippy::expect_used, reason = "`wait` and `let_go`, which empty it, take the child by value")]
        self.handle().expect("held until consumed")
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if self.handle.is_some() && self.send(libc::SIGKILL).is_ok() {
            // Nobody is left to tell of an error.
            let _ = self.wait_for(WaitIdOptions::EXITED);
        }
    }
}

/// The status of an ended child in the standard library's form, which is that of wait(2).
fn exit_status(status: &WaitIdStatus) -> ExitStatus {
    use std::os::unix::process::ExitStatusExt;
    let raw = match (status.exit_status(), status.terminating_signal()) {
        (Some(code), _) => (code & 0xFF) << 8,
        (None, Some(signal)) => signal | if status.dumped() { 0x80 } else { 0 },
        (None, None) => 0,
    };
    ExitStatus::from_raw(raw)
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    #[test]
    fn a_child_that_panics_says_so_in_its_status() {
        let child = fork_run(|| std::panic::resume_unwind(Box::new(()))).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(PANICKED));
    }

    #[test]
    fn a_child_stops_continues_and_ends_by_signals_through_its_handle() {
        let child = fork_run(|| {
            crate::sigaction::forget_inherited();
            loop {
                rustix::thread::sched_yield();
            }
        })
        .unwrap();
        child.send(libc::SIGSTOP).unwrap();
        assert_eq!(child.wait_stopped().unwrap(), libc::SIGSTOP);
        child.send(libc::SIGCONT).unwrap();
        child.wait_continued().unwrap();
        child.send(libc::SIGTERM).unwrap();
        assert_eq!(child.wait().unwrap().signal(), Some(libc::SIGTERM));
    }

    #[test]
    fn a_dropped_child_is_gone() {
        let child = fork_run(|| {
            loop {
                rustix::thread::sched_yield();
            }
        })
        .unwrap();
        let handle = child.as_fd().try_clone_to_owned().unwrap();
        drop(child);
        assert_eq!(pidfd::send(&handle, 0, None, Scope::Handle), Err(Errno::SRCH));
    }
}
