//! Killing, until nobody is left.
//!
//! One write to `cgroup.kill` is meant to be enough, and under a storm of forks it is not: the kernel counts the write,
//! then signals one member after the other. Who forks meanwhile looks at the count first, at its own signals next, and
//! puts its child among the members last. If it is signalled between its last two steps, and everyone behind it is as
//! well before the third, the child is nobody's: seen in 1 of 100 storms of 50,000 forks a second on Linux 6.18. So the
//! write is made again while anybody is there: who was missed is a member by then.
//!
//! Source: Linux `__cgroup_kill`, `cgroup_css_set_fork`, `cgroup_post_fork`.

use core::time::Duration;
use std::os::fd::AsFd;
use std::time::Instant;

use sigpost_sys::Errno;

use super::events::Events;
use super::{Cgroup, CgroupError};
use crate::proc_stat::State;

/// How long those that were killed may take to be gone. Who is there then has been killed often enough.
const PATIENCE: Duration = Duration::from_secs(1);

/// After so long somebody looks whether those that are left can be waited for at all.
const FIRST_LOOK: Duration = Duration::from_millis(30);

/// From one write to the next; twice as long each time.
const FIRST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(16);

/// # Errors
/// Of the first write: from then on it has been sent.
pub(super) fn kill(cgroup: &Cgroup) -> Result<(), CgroupError> {
    cgroup.write("cgroup.kill", b"1")?;
    // Where it cannot be told who is left, or nobody may write any more, the one write has to do.
    let _ = finish(cgroup);
    Ok(())
}

fn finish(cgroup: &Cgroup) -> Result<(), Errno> {
    let events = Events::open(cgroup.directory.as_fd())?;
    let (start, mut pause) = (Instant::now(), FIRST_PAUSE);
    while !events.say(b"populated 0")? && start.elapsed() < PATIENCE {
        if start.elapsed() > FIRST_LOOK && nobody_can_fork(cgroup) {
            break;
        }
        events.change_within(pause)?;
        super::write_to(cgroup.directory.as_fd(), "cgroup.kill", b"1")?;
        pause = LONGEST_PAUSE.min(pause * 2);
    }
    Ok(())
}

/// Whether all that are left sleep where no signal wakes them. They end when that is over, and have no children before.
fn nobody_can_fork(cgroup: &Cgroup) -> bool {
    let sleeps = |state| matches!(state, State::Uninterruptible | State::Zombie | State::Dead);
    cgroup.members().is_ok_and(|members| {
        members.iter().all(|member| member.stat().map_or(true, |stat| stat.threads <= 1 && sleeps(stat.state)))
    })
}
