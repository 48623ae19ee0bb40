//! The records that the programs write and the reader reads: one place says where each field is.

/// The first word of a record: what kind it is.
pub(super) const KIND: usize = 0;
/// A signal was generated.
pub(super) const GENERATED: u32 = 1;
/// A signal was taken.
pub(super) const TAKEN: u32 = 2;
/// A process ended.
pub(super) const ENDED: u32 = 3;
/// A process was chosen to be ended for want of memory.
pub(super) const MEMORY: u32 = 4;

/// All records: when, in nanoseconds of `CLOCK_MONOTONIC`.
pub(super) const TIME: usize = 8;
/// The thread (4 bytes) and the process (4 bytes) that were running: the sender, the taker, the one that ended.
pub(super) const ACTOR: usize = 16;

/// Where a record tells who somebody is.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// Thread and process, 4 bytes each.
    pub(super) ids: usize,
    /// The real user.
    pub(super) user: usize,
    /// The number in the PID namespace of its own, where that is not the first one; otherwise 0.
    pub(super) inner: usize,
    /// 16 bytes.
    pub(super) comm: usize,
    pub(super) cgroup: usize,
}

/// Of [`GENERATED`].
pub(super) mod generated {
    use super::{ACTOR, Place};

    pub(in super::super) const SIGNAL: usize = 4;
    pub(in super::super) const RESULT: usize = 5;
    pub(in super::super) const FOR_PROCESS: usize = 6;
    /// 0: default, 1: ignored, 2: caught.
    pub(in super::super) const DISPOSITION: usize = 7;
    pub(in super::super) const SENDER: Place = Place { ids: ACTOR, user: 24, inner: 28, comm: 32, cgroup: 48 };
    pub(in super::super) const TARGET: Place = Place { ids: 56, user: 92, inner: 88, comm: 64, cgroup: 80 };
    pub(in super::super) const CODE: usize = 96;
    pub(in super::super) const STATE: usize = 100;
    /// 16 bytes: the information's own fields, or the terminal's name.
    pub(in super::super) const DETAIL: usize = 104;
    pub(in super::super) const SIZE: usize = 120;
}

/// Bits of [`generated::STATE`].
pub(super) mod state {
    /// The kernel sent it on its own behalf (`SEND_SIG_PRIV`).
    pub(in super::super) const BY_KERNEL: i32 = 1 << 0;
    /// It was sent with information.
    pub(in super::super) const HAS_INFORMATION: i32 = 1 << 1;
    /// The running thread is one of the kernel's own.
    pub(in super::super) const SENDER_IS_KERNEL: i32 = 1 << 2;
    /// The running process is ending.
    pub(in super::super) const SENDER_ENDS: i32 = 1 << 3;
    /// The addressed thread blocks it.
    pub(in super::super) const BLOCKED: i32 = 1 << 4;
    /// So does the thread that the kernel chose last.
    pub(in super::super) const CHOSEN_BLOCKS: i32 = 1 << 5;
    /// The addressed thread is traced.
    pub(in super::super) const TRACED: i32 = 1 << 6;
    /// The process is stopped.
    pub(in super::super) const STOPPED: i32 = 1 << 7;
    /// The process is ending.
    pub(in super::super) const ENDING: i32 = 1 << 8;
    /// Sender and target are of one session.
    pub(in super::super) const SAME_SESSION: i32 = 1 << 9;
    /// The sender leads its session.
    pub(in super::super) const SENDER_LEADS: i32 = 1 << 10;
    /// The detail is the name of the target's terminal.
    pub(in super::super) const HAS_TERMINAL: i32 = 1 << 11;
    /// Sender and target are one process.
    pub(in super::super) const SENDER_IS_TARGET: i32 = 1 << 12;
    /// The process was stopped, and this CONT has let it go on.
    pub(in super::super) const CONTINUED: i32 = 1 << 13;
    /// The addressed thread, or the one that the kernel chose last, waits for the signal (the sigwait family).
    pub(in super::super) const AWAITED: i32 = 1 << 14;
}

/// Of [`TAKEN`].
pub(super) mod taken {
    pub(in super::super) const SIGNAL: usize = 4;
    pub(in super::super) const DISPOSITION: usize = 5;
    pub(in super::super) const SIZE: usize = 24;
}

/// Of [`ENDED`].
pub(super) mod ended {
    use super::{ACTOR, Place};

    /// As wait(2) tells it.
    pub(in super::super) const STATUS: usize = 4;
    pub(in super::super) const WHO: Place = Place { ids: ACTOR, user: 24, inner: 28, comm: 32, cgroup: 48 };
    pub(in super::super) const SIZE: usize = 56;
}

/// Of [`MEMORY`].
pub(super) mod memory {
    /// The process that is to end.
    pub(in super::super) const VICTIM: usize = 4;
    pub(in super::super) const SIZE: usize = 24;
}

/// The words that the programs count up.
pub(super) mod count {
    /// Signals that were asked for.
    pub(in super::super) const GENERATED: usize = 0;
    /// Of these: there was no room.
    pub(in super::super) const LOST: usize = 1;
    /// Other records for which there was no room.
    pub(in super::super) const OTHERS_LOST: usize = 2;
    pub(in super::super) const WORDS: usize = 3;
}
