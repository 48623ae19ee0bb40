//! Snapshots from `stat` alone, which costs a third of what the others take.
//!
//! `stat` tells the state and the dispositions of signals 1 to 31, for the main thread what it blocks, and neither the
//! users, nor what is pending for the process, nor whether the process is the first of an inner PID namespace, nor its
//! tracer. Where one of these may decide, everything is read; the exception is the tracer, which is read besides for
//! those who ask for it.

use std::os::fd::AsFd as _;

use sigpost_engine::{Credentials, DefaultAction, Signal, SignalMask, SignalSet, ThreadId};
use sigpost_sys::pidfd;

use super::{Init, Purpose, Snapshot, ThreadSnapshot, Waits, waits};
use crate::proc_stat::{Stat, State};
use crate::process::{Look, Process, ReadError};

/// Signals 1 to 31 but KILL and STOP, in the sets of `stat`.
const CATCHABLE: u32 = 0x7FFF_FFFF & !(1 << 8) & !(1 << 18);

impl Snapshot {
    /// What a short list shows: the sets without the realtime signals, the effective user for all three, nothing
    /// pending, no tracer.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn read_brief(process: &Process) -> Result<Self, ReadError> {
        let stat = stat_of(process)?;
        // What a process blocks is what every thread of it blocks; and it lives as long as one of them.
        let others_decide = stat.blocked != 0 || matches!(stat.state, State::Zombie | State::Dead);
        // Whether all are meant, realtime signals too, the sets of stat do not tell.
        let is_full = |set: u32| set & CATCHABLE == CATCHABLE;
        let may_be_all = [stat.blocked, stat.ignored, stat.caught].into_iter().any(is_full);
        if (stat.threads > 1 && others_decide) || may_be_all {
            return Self::read_for(process, Purpose::List);
        }
        let user = process.effective_user()?;
        Ok(of(process, stat, Credentials::user(user), Waits::No))
    }
}

/// What the receipt of this signal needs, and whether it was read in full. If not, its users are the sender's: the
/// kernel answers whether it may be signalled. Its tracer is told if that is asked for, or nothing less was enough.
pub(crate) fn for_receipt(
    process: &Process,
    signal: Option<Signal>,
    sender: Credentials,
    asks_tracer: bool,
) -> Result<(Snapshot, bool), ReadError> {
    let stat = stat_of(process)?;
    if !is_enough(&stat, signal) {
        let snapshot = Snapshot::read_for(process, Purpose::Signal(signal))?;
        return Ok((Snapshot { start: stat.start, ..snapshot }, true));
    }
    let main = ThreadId::new(process.pid().get());
    let waits = match main.filter(|_| signal.is_some_and(|signal| may_be_waited_for(&stat, signal))) {
        Some(main) => waits(process, main, SignalMask::new(set(stat.blocked))),
        None => Waits::No,
    };
    let mut snapshot = of(process, stat, sender, waits);
    if asks_tracer && let (Ok(status), [main, ..]) = (process.status(), snapshot.threads.as_mut_slice()) {
        (main.tracer, snapshot.tracer) = (status.tracer, status.tracer);
    }
    Ok((snapshot, false))
}

/// The same with its users and its inode, which a pidfd tells for less than another file.
pub(crate) fn for_long_receipt(
    process: &Process,
    signal: Option<Signal>,
    sender: Credentials,
    asks_tracer: bool,
) -> Result<Snapshot, ReadError> {
    // Not one that stays open: where many are held, there is none to spare.
    let handle = process.new_pidfd()?;
    let inode = pidfd::inode(handle.as_fd())?;
    let (snapshot, in_full) = for_receipt(process, signal, sender, asks_tracer)?;
    if in_full {
        return Ok(Snapshot { inode, ..snapshot });
    }
    let credentials = match pidfd::info(handle.as_fd()) {
        Ok(info) => {
            let [real, effective, saved] = info.uids;
            Credentials::ids(real, effective, saved)
        }
        // Before Linux 6.13.
        Err(_) => Snapshot::read_for(process, Purpose::Signal(None))?.credentials,
    };
    Ok(Snapshot { inode, credentials, ..snapshot })
}

/// The look from the selection, if there is one: it is of the process that was selected.
fn stat_of(process: &Process) -> Result<Stat, ReadError> {
    match process.take_look() {
        Some(Look::Stat(stat)) => Ok(stat),
        Some(Look::Status(_)) | None => process.stat(),
    }
}

/// Whether `stat` decides what becomes of the signal.
fn is_enough(stat: &Stat, signal: Option<Signal>) -> bool {
    if matches!(stat.state, State::Zombie | State::Dead) {
        return stat.threads <= 1;
    }
    if stat.threads != 1 || !matches!(stat.state, State::Running | State::Sleeping) {
        return false;
    }
    let Some(signal) = signal else { return true };
    if !signal.is_catchable() {
        return true;
    }
    let Some(bit) = bit(signal) else { return false };
    if stat.blocked & bit != 0 {
        return false;
    }
    let does_nothing = matches!(signal.default_action(), DefaultAction::Ignore | DefaultAction::Continue);
    stat.caught & bit != 0 || stat.ignored & bit != 0 || does_nothing
}

/// The signal's bit in the sets of `stat`, which end at 31.
fn bit(signal: Signal) -> Option<u32> {
    let place = u32::from(signal.number()) - 1;
    (place < 31).then(|| 1 << place)
}

/// Whether it matters that the thread waits for signals. For CONT at a process that is not stopped, which is hardly
/// ever waited for, nobody looks: `explain` does.
fn may_be_waited_for(stat: &Stat, signal: Signal) -> bool {
    stat.state == State::Sleeping && signal.is_catchable() && signal != Signal::CONT
}

fn set(bits: u32) -> SignalSet {
    SignalSet::from_bits(u64::from(bits))
}

fn of(process: &Process, stat: Stat, credentials: Credentials, waits: Waits) -> Snapshot {
    let main = ThreadId::new(process.pid().get()).map(|id| ThreadSnapshot {
        id,
        state: stat.state,
        blocked: SignalMask::new(set(stat.blocked)),
        pending: set(stat.pending),
        tracer: None,
        waits,
    });
    Snapshot {
        pid: process.pid(),
        inode: None,
        start: stat.start,
        credentials,
        parent: stat.parent,
        group: stat.group,
        session: stat.session,
        state: stat.state,
        stopped: stat.state == State::Stopped,
        threads: main.into_iter().collect(),
        pending: SignalSet::EMPTY,
        ignored: set(stat.ignored),
        caught: set(stat.caught),
        tracer: None,
        init: if process.pid().get() == 1 { Init::Ours } else { Init::No },
        kernel_thread: stat.is_kernel_thread(),
        queued: None,
        orphaned: None,
        frozen: None,
        comm: stat.comm,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stat(state: &str, threads: u32, blocked: u32, ignored: u32, caught: u32) -> Stat {
        let line = format!(
            "7 (a) {state} 1 7 7 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 {threads} 0 88 0 0 0 0 0 0 0 0 0 {blocked} \
             {ignored} {caught}"
        );
        Stat::parse(line.as_bytes()).unwrap()
    }

    #[test]
    fn stat_is_enough_where_nothing_that_it_lacks_can_decide() {
        let term = 1 << 14;
        assert!(is_enough(&stat("S", 1, 0, 0, term), Some(Signal::TERM)));
        assert!(is_enough(&stat("S", 1, 0, term, 0), Some(Signal::TERM)));
        assert!(is_enough(&stat("S", 1, 0, 0, 0), Some(Signal::CONT)));
        assert!(is_enough(&stat("R", 1, 0, 0, 0), Some(Signal::KILL)));
        assert!(is_enough(&stat("Z", 1, 0, 0, 0), Some(Signal::TERM)));
        assert!(is_enough(&stat("S", 1, 0, 0, 0), None));
    }

    #[test]
    fn where_something_else_may_decide_everything_is_read() {
        let term = 1 << 14;
        // The init of an inner namespace would be spared.
        assert!(!is_enough(&stat("S", 1, 0, 0, 0), Some(Signal::TERM)));
        // It may be pending already.
        assert!(!is_enough(&stat("S", 1, term, 0, term), Some(Signal::TERM)));
        // Another thread may take it.
        assert!(!is_enough(&stat("S", 2, 0, 0, term), Some(Signal::TERM)));
        // A tracer holds it, or it is stopped, or asleep for good.
        for state in ["T", "t", "D"] {
            assert!(!is_enough(&stat(state, 1, 0, 0, term), Some(Signal::KILL)), "{state}");
        }
        // Not in the sets of stat.
        assert!(!is_enough(&stat("S", 1, 0, 0, 0), Signal::new(32)));
        assert!(!is_enough(&stat("S", 1, 0, 0, 0), Signal::new(64)));
    }
}
