//! Waiting for the ends of many processes at once, and what they ended with.
//!
//! The kernel tells how a process ended in three places, and each is asked:
//! - of a child of ours: waitid(2), which leaves it to be reaped
//! - of one that its own parent has reaped: `PIDFD_GET_INFO` (Linux 6.15), if a pidfd was opened before
//! - of a zombie: `/proc/PID/stat`, to those who may trace it
//!
//! Most parents reap a child at once, so one that has just ended is given a moment before it is said to be
//! unreaped.

use alloc::collections::VecDeque;
use core::borrow::Borrow;
use core::fmt;
use core::time::Duration;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Instant;

use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};
use rustix::process::{WaitId, WaitIdOptions, WaitIdStatus};
use sigpost_engine::Pid;
use sigpost_sys::{Errno, pidfd};

use crate::exit_status::{self, Ending, ExitStatus};
use crate::proc_stat::State;
use crate::process::{OpenError, Process, ReadError};
use crate::scan;

/// How long the parent of an ended process has to reap it before it is told as unreaped.
pub const MOMENT: Duration = Duration::from_millis(50);

/// How often those are looked at for whom no file descriptor is left.
const ROUND: Duration = Duration::from_millis(100);

/// How many descriptors are left, or given back when they run out all the same: looking at the others takes some.
const SPARE: usize = 8;

/// Waiting failed: the kernel's error number (ENOMEM, EMFILE, ENOSPC).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitError(pub i32);

impl fmt::Display for WaitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "waiting for processes failed: {}", std::io::Error::from_raw_os_error(self.0))
    }
}

impl core::error::Error for WaitError {}

impl From<Errno> for WaitError {
    fn from(errno: Errno) -> Self {
        Self(errno.raw_os_error())
    }
}

/// Watches processes, thousands if need be, until they end. `P` is a [`Process`] or a reference to one.
///
/// A watch takes a file descriptor a process ([`scan::allow_many_handles`] raises
/// the limit). Those for whom none is left are looked at in rounds, through the handles that are there anyway, and
/// take the place of others that have ended; none is left out.
///
/// ```
/// use sigpost_engine::{Pid, Signal};
/// use sigpost_linux::wait::Wait;
/// use sigpost_linux::{ExitStatus, Process};
///
/// let mut child = std::process::Command::new("sleep").arg("1000").spawn()?;
/// let process = Process::open(Pid::new(child.id().cast_signed()).unwrap())?;
/// let mut watch = Wait::new()?;
/// watch.add(&process)?;
/// process.send(Signal::TERM)?;
/// let (index, ending) = watch.next(None)?.unwrap();
/// assert_eq!(index, 0);
/// assert_eq!(ending.status, Some(ExitStatus::Signalled { signal: Signal::TERM, core: false }));
/// assert!(watch.next(None)?.is_none(), "nobody is left");
/// child.wait()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Wait<P> {
    epoll: OwnedFd,
    watched: Vec<Watched<P>>,
    alive: usize,
    /// Ended, and not reaped as far as is known, in the order of their ends; also some that were told of since.
    unreaped: VecDeque<usize>,
    /// Without a descriptor of their own.
    roomless: Vec<usize>,
    /// To be returned by `next`.
    told: VecDeque<usize>,
    began: Instant,
    next_round: Instant,
}

#[derive(Debug)]
struct Watched<P> {
    process: P,
    handle: Option<OwnedFd>,
    life: Life,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    Alive,
    /// It ended then; whether it is reaped is not known yet.
    Ended(Instant),
    Told(Ending),
}

impl<P: Borrow<Process>> Wait<P> {
    /// Begins a watch on nobody.
    ///
    /// # Errors
    /// [`WaitError`]: EMFILE, ENFILE, ENOMEM.
    pub fn new() -> Result<Self, WaitError> {
        let now = Instant::now();
        Ok(Self {
            epoll: epoll::create(epoll::CreateFlags::CLOEXEC)?,
            watched: Vec::new(),
            alive: 0,
            unreaped: VecDeque::new(),
            roomless: Vec::new(),
            told: VecDeque::new(),
            began: now,
            next_round: now,
        })
    }

    /// Watches one more, and returns its index: 0 for the first. One that is gone already is told of by
    /// [`next`](Self::next) as any other.
    ///
    /// # Errors
    /// [`WaitError`]: ENOMEM, ENOSPC.
    pub fn add(&mut self, process: P) -> Result<usize, WaitError> {
        let index = self.watched.len();
        self.watched.push(Watched { process, handle: None, life: Life::Alive });
        self.alive += 1;
        self.take_handle(index)?;
        Ok(index)
    }

    /// The process with this index.
    ///
    /// # Panics
    /// There is none: [`add`](Self::add) did not return it.
    pub fn process(&self, index: usize) -> &Process {
        self.watched[index].process.borrow()
    }

    /// The inode of the process with this index, of the handle that is there anyway; `None` where there is none, or
    /// the kernel gives processes no inodes.
    pub(crate) fn inode(&self, index: usize) -> Option<u64> {
        match &self.watched[index].handle {
            Some(handle) => pidfd::inode(handle.as_fd()).ok().flatten(),
            None => self.process(index).inode().ok().flatten(),
        }
    }

    /// Whether its end has not been seen.
    pub fn is_alive(&self, index: usize) -> bool {
        self.watched.get(index).is_some_and(|watched| watched.life == Life::Alive)
    }

    /// How many are alive, as far as was seen.
    pub const fn alive(&self) -> usize {
        self.alive
    }

    /// How many are watched without a descriptor of their own: looked at every tenth of a second instead.
    pub fn roomless(&self) -> usize {
        self.roomless.len()
    }

    /// When the watch began, which [`Ending::after`] counts from.
    pub const fn began(&self) -> Instant {
        self.began
    }

    /// Has [`Ending::after`] count from now on.
    pub fn begin(&mut self) {
        self.began = Instant::now();
    }

    /// The next end that is seen: whose, and what. `None`: the deadline has passed, or nobody is left.
    ///
    /// # Errors
    /// [`WaitError`].
    pub fn next(&mut self, deadline: Option<Instant>) -> Result<Option<(usize, Ending)>, WaitError> {
        let mut events: Vec<epoll::Event> = Vec::with_capacity(256);
        loop {
            self.look_at_roomless()?;
            self.tell_the_overdue();
            if let Some(index) = self.told.pop_front()
                && let Life::Told(ending) = self.watched[index].life
            {
                return Ok(Some((index, ending)));
            }
            let now = Instant::now();
            if self.alive == 0 && self.unreaped.is_empty() {
                return Ok(None);
            }
            let limit = self.wake_up_at(deadline).map(|until| timespec(until.saturating_duration_since(now)));
            events.clear();
            match epoll::wait(&self.epoll, spare_capacity(&mut events), limit.as_ref()) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(errno) => return Err(errno.into()),
            }
            for event in &events {
                let (flags, data) = (event.flags, event.data);
                let index = usize::try_from(data.u64()).unwrap_or(usize::MAX);
                self.ended(index, flags.contains(epoll::EventFlags::HUP))?;
            }
            if events.is_empty() && self.told.is_empty() && deadline.is_some_and(|deadline| deadline <= now) {
                return Ok(None);
            }
        }
    }

    /// When there is something to do even if no process ends.
    fn wake_up_at(&self, deadline: Option<Instant>) -> Option<Instant> {
        let overdue = self.unreaped.front().and_then(|index| match self.watched[*index].life {
            Life::Ended(at) => Some(at + MOMENT),
            _ => None,
        });
        let round = (!self.roomless.is_empty()).then_some(self.next_round);
        [deadline, overdue, round].into_iter().flatten().min()
    }

    /// Opens a pidfd for it. Without room for one it is looked at in rounds.
    fn take_handle(&mut self, index: usize) -> Result<(), WaitError> {
        match self.process(index).new_pidfd() {
            Ok(handle) if scan::is_one_of_the_last(SPARE, &handle, scan::room()) => {
                self.roomless.push(index);
                Ok(())
            }
            Ok(handle) => {
                epoll::add(&self.epoll, &handle, epoll::EventData::new_u64(index as u64), epoll::EventFlags::IN)?;
                self.watched[index].handle = Some(handle);
                Ok(())
            }
            Err(OpenError::System(_, number)) if is_out_of_descriptors(number) => {
                if self.roomless.is_empty() {
                    self.give_some_back();
                }
                self.roomless.push(index);
                Ok(())
            }
            Err(OpenError::System(_, number)) => Err(WaitError(number)),
            // It was reaped before: nothing more can be learned.
            Err(_) => self.ended(index, true),
        }
    }

    /// Reading `/proc` takes descriptors, too. For what else has been opened meanwhile, so that there are fewer than were
    /// left.
    fn give_some_back(&mut self) {
        let holders = self.watched.iter_mut().enumerate().rev().filter(|(_, watched)| watched.handle.is_some());
        for (index, watched) in holders.take(SPARE) {
            watched.handle = None;
            if watched.life == Life::Alive {
                self.roomless.push(index);
            }
        }
    }

    fn look_at_roomless(&mut self) -> Result<(), WaitError> {
        if self.roomless.is_empty() || Instant::now() < self.next_round {
            return Ok(());
        }
        self.next_round = Instant::now() + ROUND;
        let held = self.watched.iter().filter(|watched| watched.handle.is_some()).count();
        let mut spare = self.watched.len() - held - self.roomless.len();
        for index in core::mem::take(&mut self.roomless) {
            match self.process(index).stat() {
                Ok(stat) if stat.state == State::Zombie && stat.threads <= 1 => self.ended(index, false)?,
                Err(ReadError::Gone) => self.ended(index, true)?,
                Ok(_) | Err(_) if spare > SPARE => {
                    spare -= 1;
                    self.take_handle(index)?;
                }
                Ok(_) | Err(_) => self.roomless.push(index),
            }
        }
        Ok(())
    }

    /// It has ended; `reaped`: and somebody has waited for it.
    fn ended(&mut self, index: usize, reaped: bool) -> Result<(), WaitError> {
        let Some(watched) = self.watched.get_mut(index) else { return Ok(()) };
        if watched.life == Life::Alive {
            self.alive -= 1;
            watched.life = Life::Ended(Instant::now());
            let own = watched.handle.as_ref().and_then(of_own_child);
            if reaped || own.is_some() {
                self.tell(index, own);
                return Ok(());
            }
            self.unreaped.push_back(index);
            // That it has ended is known; what is still to come is that it is reaped, which is always told.
            if let Some(handle) = &watched.handle {
                let data = epoll::EventData::new_u64(index as u64);
                epoll::modify(&self.epoll, handle, data, epoll::EventFlags::empty())?;
            }
        } else if reaped && matches!(watched.life, Life::Ended(_)) {
            self.tell(index, None);
        }
        Ok(())
    }

    fn tell_the_overdue(&mut self) {
        while let Some(index) = self.unreaped.front().copied() {
            match self.watched[index].life {
                Life::Ended(at) if Instant::now() < at + MOMENT => return,
                _ => {
                    self.unreaped.pop_front();
                    self.tell(index, None);
                }
            }
        }
    }

    fn tell(&mut self, index: usize, own: Option<ExitStatus>) {
        let watched = &mut self.watched[index];
        let Life::Ended(at) = watched.life else { return };
        let seen = read(watched.process.borrow(), watched.handle.as_ref(), own);
        watched.life = Life::Told(Ending { after: at.saturating_duration_since(self.began), ..seen });
        watched.handle = None;
        self.told.push_back(index);
    }
}

/// Waits until all have ended, or at most so long: for each in order what was seen, `None` if it is alive.
///
/// # Errors
/// [`WaitError`].
pub fn wait_all(processes: &[Process], limit: Option<Duration>) -> Result<Vec<Option<Ending>>, WaitError> {
    let mut watch = Wait::new()?;
    for process in processes {
        watch.add(process)?;
    }
    let deadline = limit.and_then(|limit| watch.began().checked_add(limit));
    let mut endings = vec![None; processes.len()];
    while let Some((index, ending)) = watch.next(deadline)? {
        endings[index] = Some(ending);
    }
    Ok(endings)
}

impl Process {
    /// Waits until it has ended and tells how, at most so long; `None`: it is alive still. A child of the caller's
    /// is left to be reaped.
    ///
    /// # Errors
    /// [`WaitError`].
    pub fn wait_for_ending(&self, limit: Option<Duration>) -> Result<Option<Ending>, WaitError> {
        wait_all(core::slice::from_ref(self), limit).map(|endings| endings.into_iter().flatten().next())
    }
}

/// What can be known of an ended process; `own` is how a child of ours ended. `after` is left for the caller.
fn read(process: &Process, handle: Option<&OwnedFd>, own: Option<ExitStatus>) -> Ending {
    let reaped = |status| Ending { status, after: Duration::ZERO, unreaped: false, parent: None };
    let zombie = |status, parent| Ending { status, after: Duration::ZERO, unreaped: true, parent };
    if let Some(status) = own {
        return zombie(Some(status), Pid::new(rustix::process::getpid().as_raw_nonzero().get()));
    }
    let of_reaped = || pidfd::info(handle?.as_fd()).ok()?.exit_status.and_then(ExitStatus::from_wait);
    if let Some(status) = of_reaped() {
        return reaped(Some(status));
    }
    match exit_status::of_zombie(process) {
        Ok((status, parent)) => zombie(status, parent),
        // It was reaped meanwhile.
        Err(_) => reaped(of_reaped().or_else(|| process.exit_status().and_then(ExitStatus::from_wait))),
    }
}

/// How a child of ours ended; it is not reaped by that.
fn of_own_child(handle: &OwnedFd) -> Option<ExitStatus> {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    let status = rustix::process::waitid(WaitId::PidFd(handle.as_fd()), options).ok()??;
    from_waitid(&status)
}

fn from_waitid(status: &WaitIdStatus) -> Option<ExitStatus> {
    match (status.exit_status(), status.terminating_signal()) {
        (Some(code), _) => u8::try_from(code & 0xFF).ok().map(ExitStatus::Exited),
        (None, Some(number)) => {
            sigpost_engine::Signal::new(number).map(|signal| ExitStatus::Signalled { signal, core: status.dumped() })
        }
        (None, None) => None,
    }
}

const fn is_out_of_descriptors(number: i32) -> bool {
    number == Errno::MFILE.raw_os_error() || number == Errno::NFILE.raw_os_error()
}

fn timespec(duration: Duration) -> Timespec {
    let tv_sec = i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
    Timespec { tv_sec, tv_nsec: i64::from(duration.subsec_nanos()) }
}
