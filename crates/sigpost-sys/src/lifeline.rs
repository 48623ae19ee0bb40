//! How process 1 of a PID namespace is tied to the process around it, and all the others by it.
//!
//! The parent-death signal alone leaves holes: it is set after the fork, when the parent may have ended already, and
//! process 1 cannot tell, since it sees no parent; and the kernel takes it back when its thread changes its users.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Signal, set_parent_process_death_signal};

/// What the kernel closes when a process ends, before it tells its children.
#[derive(Debug)]
pub struct Held(#[expect(dead_code, reason = "it is there to be open")] OwnedFd);

/// The child's end: it shows whether the parent still holds the other one.
#[derive(Debug)]
pub struct Lifeline(OwnedFd);

impl Lifeline {
    /// Makes one before a fork. The parent keeps what is held and lets go of the lifeline, the child the other way
    /// round; nobody else may have what is held.
    ///
    /// # Errors
    /// EMFILE, ENFILE.
    pub fn make() -> Result<(Self, Held), Errno> {
        let (lifeline, held) = pipe_with(PipeFlags::CLOEXEC)?;
        Ok((Self(lifeline), Held(held)))
    }

    /// Has the kernel kill the caller's process when its parent ends; whether the parent is there still: if not, the
    /// caller should exit. To be called again in a thread of which the kernel has forgotten that: after a change of its
    /// users, or when it becomes the main thread by exec.
    ///
    /// The parent's end of the pipe is closed before its children are told. While it is open, they are still to be told,
    /// and this one will be.
    ///
    /// Source: Linux `do_exit` (`exit_files`, then `exit_notify`), `commit_creds`, `copy_process`.
    ///
    /// # Errors
    /// None with these arguments.
    pub fn hold(&self) -> Result<bool, Errno> {
        set_parent_process_death_signal(Some(Signal::KILL))?;
        let mut polled = [PollFd::new(&self.0, PollFlags::empty())];
        poll(&mut polled, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).map(|ended| ended == 0)
    }
}

impl From<OwnedFd> for Lifeline {
    fn from(descriptor: OwnedFd) -> Self {
        Self(descriptor)
    }
}

impl AsFd for Lifeline {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fork::{Forked, exit_now, fork, fork_run};

    /// Whether a child finds its parent there that asks before, or after the parent has ended.
    fn finds_its_parent(after: bool) -> bool {
        let (answers, tells) = rustix::pipe::pipe().unwrap();
        let (ends, ended) = rustix::pipe::pipe().unwrap();
        let parent = fork_run(|| {
            let Ok((lifeline, held)) = Lifeline::make() else { return 1 };
            match fork() {
                Ok(Forked::Parent(child)) => {
                    drop(lifeline);
                    if !after {
                        let _ = child.wait_zombie();
                    }
                    child.let_go();
                    0
                }
                Ok(Forked::Child) => {
                    drop(held);
                    // Nothing comes: it ends when the test lets go of its end.
                    if after {
                        let _ = rustix::io::read(&ends, &mut [0; 1]);
                    }
                    let found = lifeline.hold().map_or(2, u8::from);
                    exit_now(i32::from(rustix::io::write(&tells, &[found]) != Ok(1)));
                }
                Err(_) => 1,
            }
        });
        drop(tells);
        assert_eq!(parent.unwrap().wait().unwrap().code(), Some(0));
        // The child has an end of its own, of which nobody is told.
        rustix::io::write(&ended, &[1]).unwrap();
        let mut answer = [9];
        assert_eq!(rustix::io::read(&answers, &mut answer), Ok(1));
        assert!(answer[0] < 2, "it could not be tied");
        answer[0] == 1
    }

    #[test]
    fn who_is_tied_in_time_finds_its_parent_there() {
        assert!(finds_its_parent(false));
    }

    #[test]
    fn who_is_tied_too_late_is_told_that_its_parent_has_ended() {
        assert!(!finds_its_parent(true));
    }
}
