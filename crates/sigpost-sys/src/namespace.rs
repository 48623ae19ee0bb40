//! Running a closure as process 1 of a PID namespace of its own.
//!
//! What broadcasts, signals groups or forks a lot is only tried in there: no signal gets out of a PID namespace,
//! and when its process 1 ends the kernel kills everyone in it. See `pid_namespaces(7)`, `user_namespaces(7)`.

use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::fs;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use rustix::fs::CWD;
use rustix::io::Errno;
use rustix::mount::{MountFlags, MountPropagationFlags};
use rustix::thread::UnshareFlags;

use crate::fork::{self, Child, Forked, PANICKED, exit_now};
use crate::lifeline::{Held, Lifeline};
use crate::sigaction;

/// How long a closure may run; then its namespace is ended.
const TIME_LIMIT: Duration = Duration::from_mins(10);

/// The inode of the namespace that process 1 found itself in; 0 in every process that is not inside one of ours.
static INSIDE: AtomicU64 = AtomicU64::new(0);

/// Runs the closure as process 1 of a new PID namespace with a `/proc` of its own, and returns how that process
/// ended: with what the closure returned, or by a signal. Everyone else in the namespace ends with it.
///
/// The superuser gets new PID and mount namespaces; anyone else a user namespace around them first, in which it
/// is user 0. Before the closure is called the new process verifies that it is process 1, in a namespace that is
/// not its parent's, that `/proc` shows this namespace, and that it leads a session and a group of its own: kill(2)
/// with 0 would otherwise reach its group's members *outside*. What whoever started us ignores (a shell has its jobs in
/// the background ignore INT and QUIT) is back at its default, and nothing is blocked.
///
/// # Errors
/// `PermissionDenied`, with a message that begins with `skipped: `: the machine refuses namespaces to this user.
/// `TimedOut` after ten minutes. Others: those of fork(2), pipe(2), waitid(2).
pub fn in_private_pid_namespace(closure: impl FnOnce() -> i32) -> io::Result<ExitStatus> {
    in_private_pid_namespace_within(TIME_LIMIT, closure)
}

/// [`in_private_pid_namespace`] with another limit than ten minutes.
///
/// # Errors
/// As there; `TimedOut` after the given time.
pub fn in_private_pid_namespace_within(limit: Duration, closure: impl FnOnce() -> i32) -> io::Result<ExitStatus> {
    fork::tell_panics_of_children();
    let outside = namespace_inode()?;
    let caller = std::process::id().cast_signed();
    let (reader, writer) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
    match fork::fork()? {
        Forked::Parent(child) => {
            drop(writer);
            outcome(child, reader, limit)
        }
        Forked::Child => {
            drop(reader);
            exit_now(around(outside, caller, writer, closure));
        }
    }
}

/// Whether the calling process is in a PID namespace that [`in_private_pid_namespace`] made.
pub fn is_inside() -> bool {
    let inside = INSIDE.load(Ordering::SeqCst);
    inside != 0 && namespace_inode().is_ok_and(|inode| inode == inside)
}

/// For tests, before their first broadcast: ends the test unless it runs in a namespace of its own.
///
/// # Panics
/// The process is not in a namespace that [`in_private_pid_namespace`] made.
pub fn assert_inside() {
    assert!(is_inside(), "not in a private PID namespace: nothing may be signalled from here");
}

fn namespace_inode() -> io::Result<u64> {
    Ok(fs::metadata("/proc/self/ns/pid")?.ino())
}

/// What the processes in between tell the caller, one line each: `refused STEP ERRNO`, `ended STATUS`.
fn outcome(child: Child, reader: OwnedFd, limit: Duration) -> io::Result<ExitStatus> {
    if !child.ends_within(limit)? {
        // Dropping the child kills it, and its own child with it (the parent-death signal).
        return Err(io::Error::new(
            io::ErrorKind::TimedOut,
            format!("the private PID namespace was ended after {limit:?}"),
        ));
    }
    child.wait()?;
    let mut told = String::new();
    fs::File::from(reader).read_to_string(&mut told)?;
    let words: Vec<&str> = told.split_whitespace().collect();
    match *words.as_slice() {
        ["ended", status] => status.parse().map(ExitStatus::from_raw).map_err(io::Error::other),
        ["refused", step, ..] => {
            let errno = words.get(2).and_then(|errno| errno.parse().ok()).unwrap_or_default();
            let cause = io::Error::from_raw_os_error(errno);
            let message = format!("skipped: no private PID namespace here: {step}: {cause}");
            Err(io::Error::new(io::ErrorKind::PermissionDenied, message))
        }
        _ => Err(io::Error::other("the process around the private PID namespace ended early")),
    }
}

/// A step that was refused, and why.
struct RefusedStep(&'static str, Errno);

/// The process between the caller and process 1: it makes the namespaces, and waits.
fn around(outside: u64, caller: i32, mut told: OwnedFd, closure: impl FnOnce() -> i32) -> i32 {
    let message = match make_namespaces(caller).and_then(|()| fork_process_one(outside, &told, closure)) {
        // Held until this process ends.
        Ok((child, _held)) => match child.wait() {
            Ok(status) => format!("ended {}\n", status.into_raw()),
            Err(_) => return PANICKED,
        },
        Err(RefusedStep(step, errno)) => format!("refused {step} {}\n", errno.raw_os_error()),
    };
    // Process 1 has told of a refusal itself, if it was refused something: then this line is not read.
    i32::from(write_line(&mut told, &message).is_err())
}

fn fork_process_one(outside: u64, told: &OwnedFd, closure: impl FnOnce() -> i32) -> Result<(Child, Held), RefusedStep> {
    let for_child = rustix::io::fcntl_dupfd_cloexec(told, 0).map_err(|errno| RefusedStep("dup", errno))?;
    let (lifeline, held) = Lifeline::make().map_err(|errno| RefusedStep("pipe", errno))?;
    match fork::fork() {
        Ok(Forked::Child) => {
            drop(held);
            exit_now(process_one(outside, &lifeline, for_child, closure))
        }
        Ok(Forked::Parent(child)) => Ok((child, held)),
        Err(error) => Err(RefusedStep("fork", Errno::from_io_error(&error).unwrap_or(Errno::IO))),
    }
}

fn write_line(told: &mut OwnedFd, line: &str) -> io::Result<()> {
    let mut file = fs::File::from(told.try_clone()?);
    file.write_all(line.as_bytes())
}

fn make_namespaces(caller: i32) -> Result<(), RefusedStep> {
    match fork::die_with_parent(caller) {
        Ok(true) => {}
        _ => return Err(RefusedStep("the caller has ended", Errno::SRCH)),
    }
    let (uid, gid) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    let own = UnshareFlags::NEWPID | UnshareFlags::NEWNS;
    // A superuser without CAP_SYS_ADMIN (in a container) does as anyone else.
    if uid == 0 && unshare(own).is_ok() {
        return Ok(());
    }
    unshare(own | UnshareFlags::NEWUSER)?;
    write_map("/proc/self/setgroups", "deny")?;
    write_map("/proc/self/uid_map", &format!("0 {uid} 1"))?;
    write_map("/proc/self/gid_map", &format!("0 {gid} 1"))
}

fn unshare(flags: UnshareFlags) -> Result<(), RefusedStep> {
    // SAFETY: without CLONE_FILES no descriptor table is unshared, which is what makes the call unsafe.
    unsafe { rustix::thread::unshare_unsafe(flags) }.map_err(|errno| RefusedStep("unshare", errno))
}

fn write_map(path: &'static str, text: &str) -> Result<(), RefusedStep> {
    fs::write(path, text).map_err(|error| RefusedStep(path, Errno::from_io_error(&error).unwrap_or(Errno::IO)))
}

/// Process 1: verifies that it is, and calls the closure.
fn process_one(outside: u64, lifeline: &Lifeline, mut told: OwnedFd, closure: impl FnOnce() -> i32) -> i32 {
    if let Err(RefusedStep(step, errno)) = verify(outside, lifeline) {
        let _ = write_line(&mut told, &format!("refused {step} {}\n", errno.raw_os_error()));
        return PANICKED;
    }
    drop(told);
    sigaction::forget_inherited();
    std::panic::catch_unwind(core::panic::AssertUnwindSafe(closure)).unwrap_or(PANICKED)
}

fn verify(outside: u64, lifeline: &Lifeline) -> Result<(), RefusedStep> {
    if !lifeline.hold().map_err(|errno| RefusedStep("prctl(PR_SET_PDEATHSIG)", errno))? {
        return Err(RefusedStep("the process around has ended", Errno::SRCH));
    }
    let session = rustix::process::setsid().map_err(|errno| RefusedStep("setsid", errno))?;
    rustix::mount::mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)
        .map_err(|errno| RefusedStep("mount(/)", errno))?;
    rustix::mount::mount("proc", "/proc", "proc", MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC, None)
        .map_err(|errno| RefusedStep("mount(/proc)", errno))?;
    let shown = rustix::fs::readlinkat(CWD, "/proc/self", Vec::new());
    let shown = shown.map_err(|errno| RefusedStep("readlink(/proc/self)", errno))?;
    let inside = namespace_inode().map_err(|_| RefusedStep("stat(/proc/self/ns/pid)", Errno::IO))?;
    let is_one = rustix::process::getpid().as_raw_nonzero().get() == 1 && session.as_raw_nonzero().get() == 1;
    if !is_one || shown.to_bytes() != b"1" || inside == outside {
        return Err(RefusedStep("verification", Errno::PERM));
    }
    INSIDE.store(inside, Ordering::SeqCst);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sigaction::Action;

    #[test]
    fn the_closure_runs_as_process_one_and_its_status_comes_back() {
        match in_private_pid_namespace(|| if is_inside() && std::process::id() == 1 { 7 } else { 1 }) {
            Ok(status) => assert_eq!(status.code(), Some(7)),
            Err(error) => fork::say(&error.to_string()),
        }
    }

    #[test]
    fn everyone_in_the_namespace_ends_with_process_one() {
        let (reader, writer) = rustix::pipe::pipe().unwrap();
        let run = in_private_pid_namespace(|| {
            // The grandchild holds the pipe open for as long as it lives.
            let child = fork::fork_run(|| {
                loop {
                    let _ = sigaction::suspend(0);
                }
            });
            child.map_or(1, |child| {
                child.let_go();
                0
            })
        });
        drop(writer);
        match run {
            Ok(status) => {
                assert_eq!(status.code(), Some(0));
                assert_eq!(rustix::io::read(&reader, &mut [0; 1]), Ok(0), "nobody holds the pipe any more");
            }
            Err(error) => fork::say(&error.to_string()),
        }
    }

    #[test]
    fn what_the_caller_ignores_is_not_ignored_inside() {
        // No other test of this program does anything with it.
        sigaction::set(libc::SIGPWR, Action::Ignore).unwrap();
        let ignores = || {
            let status = fs::read_to_string("/proc/self/status").unwrap();
            let set = status.lines().find_map(|line| line.strip_prefix("SigIgn:\t")).unwrap().to_owned();
            u64::from_str_radix(&set, 16).unwrap() & (1 << (libc::SIGPWR - 1)) != 0
        };
        assert!(ignores());
        match in_private_pid_namespace(|| i32::from(ignores())) {
            Ok(status) => assert_eq!(status.code(), Some(0)),
            Err(error) => fork::say(&error.to_string()),
        }
    }

    /// Formatted by the panic hook, which so stands still with its lock held.
    struct Slow<'a>(&'a std::sync::Barrier, &'a std::sync::Barrier);

    impl core::fmt::Display for Slow<'_> {
        fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
            self.0.wait();
            self.1.wait();
            f.write_str("slow")
        }
    }

    /// While a thread of the parent panics it holds the lock of the panic hook. A child that needs that lock for itself
    /// alone would wait for good.
    #[test]
    fn a_panic_elsewhere_in_the_parent_keeps_no_child_waiting() {
        let (in_hook, go_on) = (std::sync::Barrier::new(2), std::sync::Barrier::new(2));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                fork::tell_panics_of_children();
                let slow = Slow(&in_hook, &go_on);
                let told = std::panic::catch_unwind(core::panic::AssertUnwindSafe(|| panic!("{slow}")));
                assert!(told.is_err());
            });
            in_hook.wait();
            let child = fork::fork_run(|| panic!("as it should")).unwrap();
            assert_eq!(child.wait().unwrap().code(), Some(PANICKED));
            go_on.wait();
        });
    }

    #[test]
    #[should_panic(expected = "not in a private PID namespace")]
    fn outside_of_one_the_assertion_fails() {
        assert_inside();
    }
}
