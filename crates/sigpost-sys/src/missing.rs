//! A kernel without some system calls, for tests of what is done where they are missing: seccomp(2) answers them with
//! an error, in the calling thread and all that it makes. It cannot be taken back.

use rustix::io::Errno;

use crate::syscall::call;

/// A call that can be taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// clone3(2).
    Clone3,
    /// futex(2).
    Futex,
    /// `memfd_create(2)`.
    MemfdCreate,
    /// `pidfd_open(2)`.
    PidfdOpen,
    /// `pidfd_send_signal(2)`.
    PidfdSendSignal,
    /// ptrace(2).
    Ptrace,
    /// `rt_sigqueueinfo(2)`.
    Sigqueue,
    /// `sched_setscheduler(2)`.
    SchedSetscheduler,
    /// unshare(2).
    Unshare,
}

impl Call {
    const fn number(self) -> libc::c_long {
        match self {
            Self::Clone3 => libc::SYS_clone3,
            Self::Futex => libc::SYS_futex,
            Self::MemfdCreate => libc::SYS_memfd_create,
            Self::PidfdOpen => libc::SYS_pidfd_open,
            Self::PidfdSendSignal => libc::SYS_pidfd_send_signal,
            Self::Ptrace => libc::SYS_ptrace,
            Self::Sigqueue => libc::SYS_rt_sigqueueinfo,
            Self::SchedSetscheduler => libc::SYS_sched_setscheduler,
            Self::Unshare => libc::SYS_unshare,
        }
    }
}

/// From now on the kernel answers these calls with this error.
///
/// # Errors
/// ENOSYS, EINVAL: the kernel has no seccomp filters.
pub fn take_away(calls: &[Call], answer: Errno) -> Result<(), Errno> {
    let mut program = vec![load(NUMBER)];
    for one in calls {
        program.push(compare(one.number(), 0, 1)?);
        program.push(answer_with(answer));
    }
    program.push(pass());
    install(program)
}

/// From now on the kernel knows no flag of [`Call::PidfdSendSignal`] and [`Call::PidfdOpen`], as before Linux 6.9: it
/// answers EINVAL. Of that age are no scopes, no handles of threads; the inodes stay.
///
/// # Errors
/// As [`take_away`].
pub fn take_away_scopes() -> Result<(), Errno> {
    // The flags are the fourth argument of the one, the second of the other.
    let program = [
        load(NUMBER),
        compare(Call::PidfdSendSignal.number(), 1, 0)?,
        compare(Call::PidfdOpen.number(), 2, 4)?,
        load(ARGUMENTS + 3 * 8),
        statement(libc::BPF_JMP | libc::BPF_JA, 1),
        load(ARGUMENTS + 8),
        compare(0, 0, 1)?,
        pass(),
        answer_with(Errno::INVAL),
    ];
    install(program.to_vec())
}

/// Where the call's number is in what the filter is shown, and where its arguments are, of which the lower half is first.
const NUMBER: u32 = 0;
const ARGUMENTS: u32 = 16;

fn statement(code: u32, k: u32) -> libc::sock_filter {
    libc::sock_filter { code: u16::try_from(code).unwrap_or(0), jt: 0, jf: 0, k }
}

fn load(from: u32) -> libc::sock_filter {
    statement(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, from)
}

/// What is loaded is this: `jt` statements are left out. It is not: `jf` are.
fn compare(this: libc::c_long, jt: u8, jf: u8) -> Result<libc::sock_filter, Errno> {
    let this = u32::try_from(this).map_err(|_| Errno::INVAL)?;
    Ok(libc::sock_filter { jt, jf, ..statement(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, this) })
}

fn answer_with(errno: Errno) -> libc::sock_filter {
    statement(libc::BPF_RET | libc::BPF_K, libc::SECCOMP_RET_ERRNO | errno.raw_os_error().cast_unsigned())
}

fn pass() -> libc::sock_filter {
    statement(libc::BPF_RET | libc::BPF_K, libc::SECCOMP_RET_ALLOW)
}

fn install(mut program: Vec<libc::sock_filter>) -> Result<(), Errno> {
    let length = u16::try_from(program.len()).map_err(|_| Errno::INVAL)?;
    let filter = libc::sock_fprog { len: length, filter: program.as_mut_ptr() };
    rustix::thread::set_no_new_privs(true)?;
    let filter_at = (&raw const filter).expose_provenance();
    let arguments = [libc::SECCOMP_SET_MODE_FILTER as usize, 0, filter_at, 0, 0, 0];
    // SAFETY: the pointer is to a program of the length that it says, which the kernel copies.
    unsafe { call(libc::SYS_seccomp, arguments) }.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_taken_away_is_missing_and_nothing_else_is() {
        let child = crate::fork::fork_run(|| {
            if take_away(&[Call::MemfdCreate, Call::PidfdOpen], Errno::NOSYS).is_err() {
                return 7;
            }
            let own = std::process::id().cast_signed();
            let missing = crate::pidfd::open(own).err() == Some(Errno::NOSYS);
            i32::from(!missing || crate::kill::process(own, 0).is_err())
        });
        match child.unwrap().wait().unwrap().code() {
            Some(7) => println!("not run: no seccomp filters here"),
            code => assert_eq!(code, Some(0)),
        }
    }
    #[test]
    fn without_scopes_a_handle_still_sends_to_its_process() {
        let child = crate::fork::fork_run(|| {
            if take_away_scopes().is_err() {
                return 7;
            }
            let own = std::process::id().cast_signed();
            let handle = crate::pidfd::open(own).unwrap();
            let plain = crate::pidfd::send(&handle, 0, None, crate::pidfd::Scope::Handle);
            let scoped = crate::pidfd::send(&handle, 0, None, crate::pidfd::Scope::Process);
            i32::from(crate::pidfd::has_scopes() || plain.is_err() || scoped != Err(Errno::INVAL))
        });
        match child.unwrap().wait().unwrap().code() {
            Some(7) => println!("not run: no seccomp filters here"),
            code => assert_eq!(code, Some(0)),
        }
    }
}
