//! What an ended child has cost: wait4(2).

use core::time::Duration;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

/// What a process took of the machine, everyone whom it had waited for included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// CPU time, its own code's and the kernel's on its behalf.
    pub cpu: Duration,
    /// The most memory it held at once, in bytes.
    pub memory: u64,
}

/// Waits until a child of the caller has ended, reaps it, and says what it has cost.
///
/// # Errors
/// EINVAL: the number is not positive. ECHILD: it is no child of the caller's.
pub fn wait(child: i32) -> io::Result<(ExitStatus, Cost)> {
    if child <= 0 {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut status = 0;
    // SAFETY: all zeroes is a value of this structure of integers.
    let mut usage: libc::rusage = unsafe { core::mem::zeroed() };
    loop {
        // SAFETY: both pointers are to locals that outlive the call.
        let waited = unsafe { libc::wait4(child, &raw mut status, 0, &raw mut usage) };
        if waited == child {
            break;
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
    let memory = u64::try_from(usage.ru_maxrss).unwrap_or_default().saturating_mul(1024);
    let cpu = duration(usage.ru_utime).saturating_add(duration(usage.ru_stime));
    Ok((ExitStatus::from_raw(status), Cost { cpu, memory }))
}

/// A time that the kernel gave, which is never negative.
fn duration(time: libc::timeval) -> Duration {
    let seconds = Duration::from_secs(u64::try_from(time.tv_sec).unwrap_or_default());
    seconds.saturating_add(Duration::from_micros(u64::try_from(time.tv_usec).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Its own clock tells it meanwhile: what two children cost cannot be compared, since a processor that is taken away
    /// from its machine for a while is on the bill of whoever had it.
    #[test]
    fn what_a_child_computes_is_what_it_has_cost() {
        const COMPUTED: Duration = Duration::from_millis(20);
        let on_its_clock = || {
            let now = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
            Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap())
        };
        let began = std::time::Instant::now();
        let child = crate::fork::fork_run(|| {
            while on_its_clock() < COMPUTED {}
            3
        });
        let child = child.unwrap();
        let pid = child.pid();
        child.let_go();
        let (status, cost) = wait(pid).unwrap();
        assert_eq!(status.code(), Some(3));
        // The kernel cuts both parts to microseconds.
        let told = cost.cpu + Duration::from_micros(2);
        assert!(told >= COMPUTED && cost.cpu < 2 * began.elapsed(), "{cost:?}");
    }

    #[test]
    fn only_children_are_waited_for() {
        assert_eq!(wait(-1).unwrap_err().kind(), io::ErrorKind::InvalidInput);
        assert_eq!(wait(1).unwrap_err().raw_os_error(), Some(libc::ECHILD));
    }
}
