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
    let statement = |code: u32, k: u32| libc::sock_filter { code: u16::try_from(code).unwrap_or(0), jt: 0, jf: 0, k };
    let refuse = libc::SECCOMP_RET_ERRNO | answer.raw_os_error().cast_unsigned();
    // The call's number is at the start of what the filter is shown.
    let mut program = vec![statement(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0)];
    for one in calls {
        let number = u32::try_from(one.number()).map_err(|_| Errno::INVAL)?;
        let equal = statement(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, number);
        program.push(libc::sock_filter { jf: 1, ..equal });
        program.push(statement(libc::BPF_RET | libc::BPF_K, refuse));
    }
    program.push(statement(libc::BPF_RET | libc::BPF_K, libc::SECCOMP_RET_ALLOW));
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
}
