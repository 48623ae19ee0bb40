//! Pseudo-terminals: a terminal whose keyboard another process holds.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::fs::OpenOptionsExt;

use rustix::io::Errno;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, OptionalActions, Winsize, tcgetattr, tcsetattr, tcsetwinsize};

use crate::syscall::{call, int};

/// The keyboard's side of a terminal. Dropped, the terminal is hung up.
#[derive(Debug)]
pub struct Keyboard {
    master: std::os::fd::OwnedFd,
    number: u32,
}

impl Keyboard {
    /// Makes a terminal. It is nobody's yet.
    ///
    /// # Errors
    /// ENOENT, EACCES: no `/dev/ptmx` here. ENOSPC: no terminal is free.
    pub fn new() -> io::Result<Self> {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        let name = ptsname(&master, Vec::new())?;
        let number = name.to_str().ok().and_then(|name| name.rsplit('/').next()?.parse().ok());
        let number = number.ok_or_else(|| io::Error::other("a terminal without a number"))?;
        Ok(Self { master, number })
    }

    /// The terminal's number: it is `/dev/pts/` and this.
    pub const fn number(&self) -> u32 {
        self.number
    }

    /// The group in front, as the caller's namespace numbers it; `None`: there is none in it.
    ///
    /// # Errors
    /// Those of the request `TIOCGPGRP`.
    pub fn foreground(&self) -> Result<Option<i32>, Errno> {
        let mut group = 0_i32;
        let group_at = (&raw mut group).expose_provenance();
        let request = usize::try_from(libc::TIOCGPGRP).map_err(|_| Errno::INVAL)?;
        let arguments = [int(self.master.as_raw_fd()), request, group_at, 0, 0, 0];
        // SAFETY: the pointer is to a process ID, which the kernel fills.
        unsafe { call(libc::SYS_ioctl, arguments) }?;
        Ok(Some(core::hint::black_box(group)).filter(|group| *group > 0))
    }

    /// Types a key.
    ///
    /// # Errors
    /// Those of write(2).
    pub fn type_key(&self, key: u8) -> io::Result<()> {
        rustix::io::write(&self.master, &[key])?;
        Ok(())
    }

    /// Says how large the terminal is.
    ///
    /// # Errors
    /// Those of ioctl(2).
    pub fn set_size(&self, columns: u16, rows: u16) -> Result<(), Errno> {
        tcsetwinsize(&self.master, Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 })
    }

    /// What the terminal shows next; waits for it. 0 bytes: nobody has it open any more.
    ///
    /// # Errors
    /// Those of read(2).
    pub fn read_shown(&self, buffer: &mut [u8]) -> Result<usize, Errno> {
        match rustix::io::read(&self.master, buffer) {
            Err(Errno::IO) => Ok(0),
            read => read,
        }
    }

    /// Whether the terminal has shown something since this was asked: it shows a key once it has acted on it.
    ///
    /// # Errors
    /// Those of poll(2) and read(2).
    pub fn has_shown(&self) -> io::Result<bool> {
        let mut polled = [rustix::event::PollFd::new(&self.master, rustix::event::PollFlags::IN)];
        let now = rustix::event::Timespec { tv_sec: 0, tv_nsec: 0 };
        if rustix::event::poll(&mut polled, Some(&now))? == 0 {
            return Ok(false);
        }
        rustix::io::read(&self.master, &mut [0; 256])?;
        Ok(true)
    }
}

/// In the leader of a session without a terminal: takes this one as the controlling terminal, on which writing from
/// the background stops the writer. The descriptor stays open for good.
///
/// # Errors
/// Those of open(2) and tcsetattr(3).
pub fn take_terminal(number: u32) -> Result<(), Errno> {
    let open = OpenOptions::new().read(true).write(true).open(format!("/dev/pts/{number}"));
    let terminal = open.map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?;
    let mut settings = tcgetattr(&terminal)?;
    settings.local_modes |= LocalModes::TOSTOP;
    tcsetattr(&terminal, OptionalActions::Now, &settings)?;
    core::mem::forget(terminal);
    Ok(())
}

/// Makes the terminal the caller's standard input, output and error.
///
/// # Errors
/// Those of open(2) and dup2(2).
pub fn use_terminal(number: u32) -> io::Result<()> {
    let terminal = OpenOptions::new().read(true).write(true).open(format!("/dev/pts/{number}"))?;
    rustix::stdio::dup2_stdin(&terminal)?;
    rustix::stdio::dup2_stdout(&terminal)?;
    rustix::stdio::dup2_stderr(&terminal)?;
    Ok(())
}

/// The caller's controlling terminal. ENOTTY: it has none. ENOSYS: nothing stands for it here.
fn own_terminal() -> Result<File, Errno> {
    let open = OpenOptions::new().read(true).write(true).custom_flags(libc::O_NONBLOCK).open("/dev/tty");
    open.map_err(|error| match Errno::from_io_error(&error) {
        None | Some(Errno::NXIO) => Errno::NOTTY,
        Some(Errno::NOENT | Errno::NODEV) => Errno::NOSYS,
        Some(errno) => errno,
    })
}

/// Reads what was typed at the controlling terminal; nothing is fine.
///
/// # Errors
/// ENOTTY: the caller has no terminal. EIO: it is in the background, and cannot be stopped. EINTR.
pub fn read_terminal() -> Result<(), Errno> {
    match rustix::io::read(own_terminal()?.as_fd(), &mut [0; 16]) {
        Ok(_) | Err(Errno::AGAIN) => Ok(()),
        Err(errno) => Err(errno),
    }
}

/// Writes to the controlling terminal.
///
/// # Errors
/// As [`read_terminal`].
pub fn write_terminal() -> Result<(), Errno> {
    rustix::io::write(own_terminal()?.as_fd(), b".").map(drop)
}

/// tcsetpgrp(3) at the controlling terminal, with any number.
///
/// # Errors
/// ENOTTY: the caller has no terminal. ESRCH, EPERM, EINVAL: the group. EINTR, EIO: as for writing.
pub fn set_foreground(group: i32) -> Result<(), Errno> {
    let terminal = own_terminal()?;
    let group_at = (&raw const group).expose_provenance();
    let request = usize::try_from(libc::TIOCSPGRP).map_err(|_| Errno::INVAL)?;
    let arguments = [int(terminal.as_raw_fd()), request, group_at, 0, 0, 0];
    // SAFETY: the pointer is to a process ID, which the kernel only reads.
    unsafe { call(libc::SYS_ioctl, arguments) }.map(drop)
}
