//! Personalities: where the systems differ, as data.
//!
//! One rule set, six systems. Every question on which they differ is one field of [`Personality`]; no rule asks
//! "which system is this", it asks the field. Signal numbers are Linux's under every personality.
//!
//! ```
//! use sigpost_engine::personality::{self, GroupRefusal};
//!
//! assert_eq!(personality::LINUX.group_some_refused, GroupRefusal::Succeeds);
//! assert_eq!(personality::AIXRT.group_some_refused, GroupRefusal::AllOrNone);
//! ```

mod presets;

pub use presets::{AIXRT, ALL, BSD43, BSD44, FREEBSD, LINUX, POSIX};

use crate::Errno;

/// How one system answers every question on which systems differ. `linux` was compared with a running kernel;
/// the others follow their sources and manuals, and where those are silent, their closest relative.
#[derive(Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is the answer to one question, independent of the others")]
pub struct Personality {
    /// The name that scenarios use.
    pub name: &'static str,
    /// The highest valid signal number.
    pub highest_signal: u8,
    /// Which user IDs are compared when one process is signalled.
    pub user_ids: UserIdRule,
    /// Which user IDs are compared for each member of a group.
    pub user_ids_in_group: UserIdRule,
    /// Whether a target that changed its IDs may be sent only the signals of job control and of ending.
    pub changed_ids_restrict: bool,
    /// Who may signal anyone.
    pub privilege: Privilege,
    /// To whom CONT may be sent whatever the user IDs.
    pub cont_exemption: ContExemption,
    /// Whether system processes are left out when a group or everyone is signalled; otherwise they are reached and
    /// take no notice.
    pub system_processes_left_out: bool,
    /// Whom kill(-1) leaves out, besides system processes.
    pub broadcast_leaves_out: BroadcastExclusion,
    /// What kill(-1) returns when everyone it could reach refused.
    pub broadcast_all_refused: Result<(), Errno>,
    /// What becomes of a group send when some members are refused.
    pub group_some_refused: GroupRefusal,
    /// What a group send returns when every member is refused.
    pub group_all_refused: Errno,
    /// Whether process 1 as a member of a group is left out when the group is signalled.
    pub init_left_out_of_group: bool,
    /// What `killpg(0, …)` means.
    pub killpg_zero: KillpgZero,
    /// What `killpg(1, …)` means.
    pub killpg_one: KillpgOne,
    /// The error of `killpg` with a negative number.
    pub killpg_negative: Errno,
    /// The error of `kill(INT_MIN, …)`, whose magnitude is no group number.
    pub kill_int_min: Errno,
    /// Whether an invalid signal number is found before the target is looked up.
    pub signal_checked_first: bool,
    /// Whether a zombie is still found, and the call succeeds.
    pub zombie_is_found: bool,
    /// Whether a group all of whose members are zombies is still found, and the call succeeds.
    pub zombie_group_is_found: bool,
    /// Whether a standard signal that is already in the queue is merged with it.
    pub coalesces: bool,
    /// Whether an ignored signal is kept when the thread it is addressed to blocks it.
    pub keeps_ignored_when_blocked: bool,
    /// Who, waiting for an ignored signal in the `sigwait` family, keeps it from being dropped.
    pub waiter_keeps_ignored: WaiterKeeps,
    /// Which thread is asked first to take a signal sent to its process.
    pub taker: TakerChoice,
    /// Whether a child's end is not even sent to a parent that ignores CHLD.
    pub ignored_child_end_is_not_sent: bool,
    /// Whether CONT continues a stopped process that ignores or blocks it.
    pub cont_always_continues: bool,
    /// What a stop signal with its default action does to a sleeper.
    pub stop_of_sleeper: StopOfSleeper,
    /// Whether a child whose parent waits in vfork can be stopped.
    pub vfork_child_stops: bool,
    /// When a terminal's stop signal to an orphaned group is judged.
    pub orphaned_terminal_stop: OrphanedStop,
    /// What limits the queues.
    pub queue_limit: QueueLimit,
    /// What a send does when the limit is reached.
    pub queue_full: QueueFull,
    /// Which of the pending signals `sigpending` reports.
    pub sigpending_reports_unblocked: bool,
    /// Which of several deliverable signals is taken first.
    pub delivery_order: DeliveryOrder,
    /// Which members `pgsignal` with `checkctty` reaches.
    pub checkctty: CheckTerminal,
    /// Whether the number of a thread other than the main one, given to `kill`, means its process.
    pub kill_takes_thread_id: bool,
    /// Whether `setpgid` of a negative process number, without a group, fails as for a negative group, which the number
    /// stands for then; otherwise as for a process that is not there. Source: Linux `setpgid`.
    pub setpgid_takes_process_for_group: bool,
    /// Whether `raise` sends to the calling thread, with a code of its own; otherwise it is kill(getpid()).
    pub raise_is_for_thread: bool,
    /// Whether a stop signal to a stopped process is dropped.
    pub stop_to_stopped_is_dropped: bool,
    /// Whether a traced process's tracer is told of a blocked signal, too.
    pub tracer_sees_blocked: bool,
    /// A group may get HUP and CONT also when the parent of a zombie in it exits, though that one linked it no more.
    /// Source: Linux `kill_orphaned_pgrp`. FreeBSD (`fixjobc_kill_q`) leaves out who has exited, and POSIX (`_exit`) speaks of
    /// an exit that makes the group orphaned.
    pub zombies_raise_suspicion: bool,
    /// A tracer is a thread: no other of its process can decide in its place, and it traces no more when it ends.
    /// Elsewhere it is a process. (No row of its own in the manuals; ptrace(2); FreeBSD `kern_ptrace`, where the tracer
    /// takes the parent's place.)
    pub tracer_is_thread: bool,
    /// Whether a signal of the process that a tracer was shown, and has not asked about, is pending again when exec ends
    /// the thread that showed it; otherwise it is gone with that thread. (No row of its own in the manuals; Linux
    /// `ptrace_signal`, `fatal_signal_pending`; FreeBSD `ptracestop`, `P_SINGLE_EXIT`.)
    pub exec_gives_back_undecided: bool,
    /// Whether exec sets an ignored CHLD back to its default.
    pub exec_resets_ignored_child: bool,
    /// Whether flags of `sigaction` that are not known are cleared; otherwise they are an error. (No row of its own in the
    /// manuals; Linux `do_sigaction`, FreeBSD `kern_sigaction`.)
    pub clears_unknown_flags: bool,
    /// Which error counts when members of a group fail for another reason than permission.
    pub group_other_error: OtherError,
    /// Whether a fatal signal ends the process at once when a thread can take it, before that thread runs.
    /// (No row of its own in the manuals; Linux `complete_signal`.)
    pub fatal_at_generation: bool,
    /// Whether `setsid` exists.
    pub has_setsid: bool,
    /// Whether `SA_NOCLDSTOP` exists.
    pub has_nocldstop: bool,
    /// Whether `SA_NOCLDWAIT` exists, and a parent that ignores CHLD has no zombies. (No row of its own in the manuals;
    /// 4.4BSD `exit`, which leaves a zombie to every parent.)
    pub has_nocldwait: bool,
    /// Whether a parent is told that a child continued.
    pub has_continued_news: bool,
    /// A process that goes on after a stop tells its parent itself, when one of its threads next looks for signals, and not
    /// at all if it ends, or stops anew, before. `wait` knows at once. Source: Linux `get_signal`, `SIGNAL_CLD_MASK`.
    pub child_tells_that_it_goes_on: bool,
}

/// Which IDs of the sender are compared with which IDs of the target; one equal pair is enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserIdRule {
    /// The sender's real or effective ID with the target's real or **saved** one.
    RealEffectiveWithRealSaved,
    /// The sender's real or effective ID with the target's real or effective one.
    RealEffectiveWithRealEffective,
    /// The two effective IDs.
    EffectiveWithEffective,
}

/// Who may signal anyone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Privilege {
    /// Who holds the privilege, over the target's user namespace (Linux: `CAP_KILL`).
    Capability,
    /// Whose effective user is 0.
    EffectiveRoot,
}

/// To whom CONT may be sent whatever the user IDs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContExemption {
    /// Any process of the sender's session.
    SameSession,
    /// The sender's descendants, when a group or everyone is signalled.
    DescendantInGroup,
    /// Nobody.
    None,
}

/// Whom kill(-1) leaves out. System processes are another question
/// ([`Personality::system_processes_left_out`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BroadcastExclusion {
    /// Linux, FreeBSD, 4.4BSD: process 1 (of the sender's namespace) and the sender itself.
    InitAndSender,
    /// 4.3BSD: children of process 0, init among them, and the sender.
    ChildrenOfProcessZeroAndSender,
    /// POSIX leaves the set to the system: init; the sender is reached.
    Init,
    /// AIX/RT: processes 0 and 1; an unprivileged sender reaches only those whose real user is its effective one.
    InitAndOtherUsers,
}

/// What becomes of a group send when some members are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupRefusal {
    /// The others are signalled and the call succeeds.
    Succeeds,
    /// The others are signalled and the call fails with EPERM all the same.
    FailsAfterwards,
    /// Nobody is signalled and the call fails with EPERM.
    AllOrNone,
}

/// What `killpg(0, …)` means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KillpgZero {
    /// The sender's own group; ESRCH without one.
    OwnGroup,
    /// The group with number 0, which does not exist: ESRCH.
    NoGroup,
}

/// What `killpg(1, …)` means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KillpgOne {
    /// kill(-1): everyone. The C library does it.
    Everyone,
    /// ESRCH.
    NoGroup,
    /// Group 1 (init is in it, and left out where groups leave it out).
    GroupOne,
}

/// What a stop signal with its default action does to a thread that sleeps interruptibly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopOfSleeper {
    /// It wakes, stops, and sleeps again after CONT.
    Wakes,
    /// It is stopped where it sleeps.
    InPlace,
    /// As [`InPlace`](Self::InPlace); a child of init, though, is ended by a stop typed at the terminal.
    InPlaceButTstpEndsChildOfInit,
}

/// When a terminal's stop signal to an orphaned group is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrphanedStop {
    /// When it is delivered: it stops nothing, but it has been there.
    AtDelivery,
    /// When it is generated: it is discarded, after it has removed a pending CONT.
    AtGeneration,
    /// When it is generated, before anything else: it never was there.
    OnArrival,
    /// There is no such rule.
    NotJudged,
}

/// Who, waiting for an ignored signal, keeps it from being dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaiterKeeps {
    /// Nobody: only blocking it does.
    Nobody,
    /// Any thread that could take the signal.
    AnyTaker,
}

/// Which thread is asked first to take a signal sent to its process, among those that do not block it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TakerChoice {
    /// The main thread, even in an uninterruptible sleep; then the others in turn.
    MainFirst,
    /// One that waits for the signal in the `sigwait` family; else one that can run, the main thread if it is among
    /// them.
    ReadyFirst,
}

/// What limits the number of queued signals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueLimit {
    /// The target's `RLIMIT_SIGPENDING`, counted for each real user.
    PerUser,
    /// So many a process.
    PerProcess(u32),
    /// Signals do not queue.
    NoQueue,
}

/// What a send does when the limit is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueFull {
    /// `kill` of a standard signal is complete, always; `kill` of a realtime one, and a standard one by another
    /// call, lose their information; a realtime one by another call fails with EAGAIN.
    Linux,
    /// `sigqueue` fails with EAGAIN; every other call loses the information.
    KillLosesInformation,
    /// `kill` loses the information; every other call fails with EAGAIN.
    Fails,
}

/// Which of several deliverable signals is taken first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryOrder {
    /// The thread's own before the process's; in each, faults first, then the numbers SEGV BUS ILL TRAP FPE SYS, then the lowest.
    ThreadThenProcess,
    /// The lowest number of both.
    LowestOfBoth,
}

/// Which members `pgsignal` with `checkctty` reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckTerminal {
    /// Those that have a controlling terminal.
    OnlyWithTerminal,
    /// Every member: the terminal's own code has decided, or there is no such test.
    Everyone,
}

/// Which error counts when members of a group fail for another reason than permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherError {
    /// The last one, if nobody was sent to.
    LastIfNoneSent,
    /// The first one, even if others were sent to.
    FirstWins,
}
