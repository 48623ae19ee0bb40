//! The namespaces of a scenario: a user namespace, and in it a PID namespace with a process 1 that does as told.

use core::sync::atomic::{AtomicU32, Ordering};
use std::fs;
use std::io;
use std::os::fd::AsRawFd;

use rustix::io::Errno;
use rustix::thread::UnshareFlags;

use crate::fork::{self, Child, Forked, exit_now};
use crate::lifeline::{Held, Lifeline};
use crate::puppet::{Inside, namespace_inode};
use crate::shared::{sleep_on, wake};
use crate::syscall::{call, int};

/// Which user IDs exist in the user namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Users {
    /// All, each the same as outside. Only the superuser may.
    All,
    /// This one, which is the caller's own outside.
    Own(u32),
}

/// The caller's number of the process that has the number `inside` in the PID namespace of the process `member`
/// (a number of the caller's). Linux 6.11.
///
/// # Errors
/// ESRCH: there is none. ENOTTY: the kernel is older. Those of open(2).
pub fn number_outside(member: i32, inside: i32) -> Result<i32, Errno> {
    // _IOR(0xB7, 6, int): direction, size, type, number.
    const PID_FROM_NAMESPACE: usize = (2 << 30) | (size_of::<i32>() << 16) | (0xB7 << 8) | 6;
    let namespace = fs::File::open(format!("/proc/{member}/ns/pid"));
    let namespace = namespace.map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?;
    let arguments = [int(namespace.as_raw_fd()), PID_FROM_NAMESPACE, int(inside), 0, 0, 0];
    // SAFETY: this request takes a number, not a pointer.
    let number = unsafe { call(libc::SYS_ioctl, arguments) }?;
    i32::try_from(number).map_err(|_| Errno::OVERFLOW)
}

/// What the process around tells, in the word that it shares with the caller.
const STARTED: u32 = 0;
const UNSHARED: u32 = 1;
const MAPPED: u32 = 2;
/// Above these: the error number of what was refused; or the process ID of process 1.
const REFUSED: u32 = 1 << 28;
const RUNNING: u32 = 1 << 29;
/// The caller needs process 1 no longer, which until then stays a zombie if it ends.
const ENDED: u32 = 1 << 30;

/// A scenario's process 1 and the process around it. Dropped, it ends with everyone in it.
#[derive(Debug)]
pub struct ScenarioNamespace {
    /// Held for its end: killed, it takes process 1 with it.
    around: Child,
    init: i32,
}

impl ScenarioNamespace {
    /// Makes the namespaces and runs the closure as process 1, which is given the proof that it is inside, and what ties
    /// it to the process around it. `word` is memory shared with the children, and is zero.
    ///
    /// # Errors
    /// `PermissionDenied`, with the step that was refused: then nothing has been run. Those of fork(2).
    pub fn start(word: &AtomicU32, users: Users, closure: impl FnOnce(Inside, Lifeline) -> i32) -> io::Result<Self> {
        let outside = namespace_inode()?;
        let caller = std::process::id().cast_signed();
        match fork::fork()? {
            Forked::Child => exit_now(around(word, caller, outside, closure)),
            Forked::Parent(around) => {
                let init = converse(word, users, &around)?;
                Ok(Self { around, init })
            }
        }
    }

    /// The process ID of process 1, as the caller's namespace sees it.
    pub const fn init(&self) -> i32 {
        self.init
    }

    /// The process ID of the process around it, the parent of process 1.
    pub const fn around(&self) -> i32 {
        self.around.pid()
    }

    /// Waits until process 1 has ended by itself. `word` is the one that it was started with.
    ///
    /// # Errors
    /// Those of waitid(2).
    pub fn wait(self, word: &AtomicU32) -> io::Result<()> {
        word.fetch_or(ENDED, Ordering::SeqCst);
        wake(word);
        self.around.wait().map(drop)
    }

    /// Ends everyone in it, and waits for that. `word` is the one that it was started with.
    ///
    /// # Errors
    /// Those of waitid(2).
    pub fn end(self, word: &AtomicU32) -> io::Result<()> {
        if let Ok(init) = crate::pidfd::open(self.init) {
            let _ = crate::pidfd::send(&init, libc::SIGKILL, None, crate::pidfd::Scope::Handle);
        }
        self.wait(word)
    }
}

/// The caller's side: maps the users when the namespace is there, and learns who process 1 is.
fn converse(word: &AtomicU32, users: Users, around: &Child) -> io::Result<i32> {
    loop {
        let told = word.load(Ordering::SeqCst);
        if told & RUNNING != 0 {
            return Ok((told & !RUNNING).cast_signed());
        }
        if told & REFUSED != 0 {
            return Err(refused("unshare", Errno::from_raw_os_error((told & !REFUSED).cast_signed())));
        }
        if told == UNSHARED {
            map_users(around.pid(), users)?;
            word.store(MAPPED, Ordering::SeqCst);
            wake(word);
        } else {
            // A child that ends without a word leaves the word as it is: look after it from time to time. One that has
            // ended may have said its last word since this one was read.
            let has_ended = around.ends_within(core::time::Duration::from_micros(50))?;
            if has_ended && word.load(Ordering::SeqCst) == told {
                return Err(io::Error::other("the process around the scenario's namespace ended early"));
            }
        }
    }
}

fn refused(step: &str, errno: Errno) -> io::Error {
    let message = format!("no namespace for the scenario: {step}: {}", io::Error::from(errno));
    io::Error::new(io::ErrorKind::PermissionDenied, message)
}

fn map_users(pid: i32, users: Users) -> io::Result<()> {
    let (uids, gids) = match users {
        Users::All => ("0 0 4294967295".to_owned(), "0 0 4294967295".to_owned()),
        Users::Own(inside) => {
            let (user, group) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
            fs::write(format!("/proc/{pid}/setgroups"), "deny").map_err(|error| cause("setgroups", &error))?;
            (format!("{inside} {user} 1"), format!("{inside} {group} 1"))
        }
    };
    fs::write(format!("/proc/{pid}/uid_map"), uids).map_err(|error| cause("uid_map", &error))?;
    fs::write(format!("/proc/{pid}/gid_map"), gids).map_err(|error| cause("gid_map", &error))
}

fn cause(step: &str, error: &io::Error) -> io::Error {
    refused(step, Errno::from_io_error(error).unwrap_or(Errno::IO))
}

/// The process around: makes the namespaces, and waits for process 1 to end.
fn around(word: &AtomicU32, caller: i32, outside: u64, closure: impl FnOnce(Inside, Lifeline) -> i32) -> i32 {
    match make(word, caller, outside, closure) {
        // Held until this process ends.
        Ok((init, _held)) => {
            word.store(RUNNING | init.pid().cast_unsigned(), Ordering::SeqCst);
            wake(word);
            let ended = init.wait_zombie();
            loop {
                let told = word.load(Ordering::SeqCst);
                if told & ENDED != 0 {
                    break;
                }
                let _ = sleep_on(word, told);
            }
            i32::from(ended.is_err() || init.wait().is_err())
        }
        Err(errno) => {
            word.store(REFUSED | errno.raw_os_error().cast_unsigned(), Ordering::SeqCst);
            1
        }
    }
}

fn make(
    word: &AtomicU32,
    caller: i32,
    outside: u64,
    closure: impl FnOnce(Inside, Lifeline) -> i32,
) -> Result<(Child, Held), Errno> {
    let from_io = |error: io::Error| Errno::from_io_error(&error).unwrap_or(Errno::IO);
    if !fork::die_with_parent(caller).map_err(from_io)? {
        return Err(Errno::SRCH);
    }
    // SAFETY: without CLONE_FILES no descriptor table is unshared, which is what makes the call unsafe.
    unsafe { rustix::thread::unshare_unsafe(UnshareFlags::NEWUSER | UnshareFlags::NEWPID) }?;
    word.store(UNSHARED, Ordering::SeqCst);
    while word.load(Ordering::SeqCst) == UNSHARED {
        let _ = sleep_on(word, UNSHARED);
    }
    debug_assert_ne!(STARTED, MAPPED);
    let (lifeline, held) = Lifeline::make()?;
    match fork::fork().map_err(from_io)? {
        Forked::Parent(init) => Ok((init, held)),
        Forked::Child => {
            drop(held);
            exit_now(process_one(outside, lifeline, closure))
        }
    }
}

fn process_one(outside: u64, lifeline: Lifeline, closure: impl FnOnce(Inside, Lifeline) -> i32) -> i32 {
    let is_tied = lifeline.hold() == Ok(true);
    let Ok(inside) = Inside::verify(outside) else { return 1 };
    if !is_tied || crate::puppet::setsid().is_err() {
        return 1;
    }
    closure(inside, lifeline)
}
