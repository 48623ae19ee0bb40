//! Puppets: processes that sleep until they are signalled, to be found by name and by group.

use std::ffi::CString;
use std::io;
use std::num::NonZero;
use std::sync::atomic::Ordering;

use rustix::process::{Pid, setpgid};
use sigpost_sys::fork::{self, exit_now};
use sigpost_sys::shared::{self, Words};
use sigpost_sys::sigaction::{self, Action};

/// The name that the puppets go by; no program has it.
pub(crate) const NAME: &str = "zq7tgt";

/// What a puppet does about TERM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Term {
    /// It ends.
    Default,
    /// It ignores it.
    Ignored,
}

/// Puppets in a process group of their own, led by the first.
#[derive(Debug)]
pub(crate) struct Family {
    pids: Vec<i32>,
}

impl Family {
    /// The group's number.
    pub(crate) fn group(&self) -> i32 {
        self.pids[0]
    }

    /// Waits for the ends of all of them, and reaps them.
    pub(crate) fn reap(self) -> io::Result<()> {
        self.pids.into_iter().try_for_each(|pid| sigpost_sys::cost::wait(pid).map(drop))
    }
}

/// Forks so many puppets (one at least), as children of the caller; when it returns they have their name, their group
/// and their disposition.
pub(crate) fn start(count: usize, name: &str, term: Term) -> io::Result<Family> {
    sigpost_sys::namespace::assert_inside();
    let name = CString::new(name)?;
    let ready = Words::map(NonZero::<usize>::MIN)?;
    let mut pids: Vec<i32> = Vec::with_capacity(count);
    for _ in 0..count.max(1) {
        let child = fork::fork_run(|| {
            if rustix::thread::set_name(&name).is_err() || (term == Term::Ignored && ignore_term().is_err()) {
                // Process 1 waits for it in vain, until the time limit of its namespace.
                exit_now(1);
            }
            ready[0].fetch_add(1, Ordering::SeqCst);
            shared::wake(&ready[0]);
            sleep_for_good()
        })?;
        let leader = pids.first().copied().unwrap_or_else(|| child.pid());
        setpgid(Pid::from_raw(child.pid()), Pid::from_raw(leader))?;
        pids.push(child.pid());
        child.let_go();
    }
    wait_until(&ready, pids.len())?;
    Ok(Family { pids })
}

fn wait_until(ready: &Words, count: usize) -> io::Result<()> {
    loop {
        let now = ready[0].load(Ordering::SeqCst);
        if usize::try_from(now).is_ok_and(|now| now >= count) {
            return Ok(());
        }
        match shared::sleep_on(&ready[0], now) {
            Ok(()) | Err(sigpost_sys::Errno::AGAIN | sigpost_sys::Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
}

fn ignore_term() -> Result<(), sigpost_sys::Errno> {
    sigaction::set(15, Action::Ignore)
}

fn sleep_for_good() -> ! {
    loop {
        let _ = sigaction::suspend(0);
    }
}
