//! The table of what differs, a function a row: the question in, the answer of each system out.
//!
//! Written from the table in `docs/semantics.md`, not from the engine's `Personality`: the two check each other.

/// The systems.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Os {
    Linux,
    FreeBsd,
    Posix,
    Bsd43,
    Bsd44,
    AixRt,
}

use Os::{AixRt, Bsd43, Bsd44, FreeBsd, Linux, Posix};

impl Os {
    pub(crate) const ALL: [Self; 6] = [Linux, FreeBsd, Posix, Bsd43, Bsd44, AixRt];
}

/// Highest valid signal.
pub(crate) fn highest_signal(os: Os) -> i32 {
    match os {
        Linux | FreeBsd | Posix => 64,
        Bsd43 | Bsd44 | AixRt => 31,
    }
}

/// Which of the sender's user IDs are held against which of the target's.
pub(crate) enum Compared {
    RealOrEffectiveWithRealOrSaved,
    RealOrEffectiveWithRealOrEffective,
    EffectiveWithEffective,
}

/// User IDs compared, for a call that names one process or a group.
pub(crate) fn ids_compared(os: Os, group: bool) -> Compared {
    match (os, group) {
        (Linux | FreeBsd | Posix, _) => Compared::RealOrEffectiveWithRealOrSaved,
        (Bsd43, _) | (AixRt, true) => Compared::EffectiveWithEffective,
        (Bsd44, _) | (AixRt, false) => Compared::RealOrEffectiveWithRealOrEffective,
    }
}

/// Whether a target that has changed its IDs may be sent only some signals.
pub(crate) fn changed_ids_restrict(os: Os) -> bool {
    matches!(os, FreeBsd)
}

/// Whether privilege is a right of its own, and not just effective user 0.
pub(crate) fn privilege_is_a_right(os: Os) -> bool {
    match os {
        Linux | FreeBsd | Posix => true,
        Bsd43 | Bsd44 | AixRt => false,
    }
}

/// Who may be sent SIGCONT whatever the IDs.
#[derive(PartialEq, Eq)]
pub(crate) enum ContinueAnyway {
    SameSession,
    Descendant,
    Nobody,
}

/// SIGCONT exemption.
pub(crate) fn continue_anyway(os: Os, several: bool) -> ContinueAnyway {
    match (os, several) {
        (Linux | FreeBsd | Posix | Bsd44, _) => ContinueAnyway::SameSession,
        (Bsd43, true) => ContinueAnyway::Descendant,
        // Of AIX/RT's kill the manual does not say; its ancestor's exempts nobody.
        (Bsd43, false) | (AixRt, _) => ContinueAnyway::Nobody,
    }
}

/// kill(-1) leaves out the sender.
pub(crate) fn broadcast_spares_sender(os: Os) -> bool {
    match os {
        Linux | FreeBsd | Bsd43 | Bsd44 => true,
        Posix | AixRt => false,
    }
}

/// kill(-1) leaves out the children of process 0, not process 1 by its number.
pub(crate) fn broadcast_spares_children_of_0(os: Os) -> bool {
    matches!(os, Bsd43)
}

/// kill(-1) of an unprivileged sender leaves out those whose real ID is not its effective one.
pub(crate) fn broadcast_reaches_only_own(os: Os) -> bool {
    matches!(os, AixRt)
}

/// What a call returns where members were refused.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fold {
    Success,
    NotPermitted,
    NoSuchProcess,
}

/// kill(-1), everyone refused.
pub(crate) fn broadcast_all_refused(os: Os) -> Fold {
    match os {
        Linux => Fold::Success,
        FreeBsd | Posix => Fold::NotPermitted,
        Bsd43 | Bsd44 | AixRt => Fold::NoSuchProcess,
    }
}

/// Group, some refused.
pub(crate) fn group_some_refused(os: Os) -> Fold {
    match os {
        Linux | FreeBsd | Posix | Bsd44 => Fold::Success,
        Bsd43 | AixRt => Fold::NotPermitted,
    }
}

/// Group, some refused: nobody is signalled.
pub(crate) fn group_all_or_none(os: Os) -> bool {
    matches!(os, AixRt)
}

/// Group, all refused.
pub(crate) fn group_all_refused(os: Os) -> Fold {
    match os {
        Linux | FreeBsd | Posix | Bsd43 | AixRt => Fold::NotPermitted,
        Bsd44 => Fold::NoSuchProcess,
    }
}

/// Init receives as a member of a signalled group.
pub(crate) fn group_reaches_init(os: Os) -> bool {
    match os {
        Linux | Posix => true,
        FreeBsd | Bsd43 | Bsd44 | AixRt => false,
    }
}

/// What killpg makes of a number that is no ordinary group's.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Odd {
    OwnGroup,
    ThatGroup,
    Broadcast,
    NoSuchProcess,
    Invalid,
}

/// killpg(0).
pub(crate) fn killpg_0(os: Os) -> Odd {
    match os {
        Linux | FreeBsd | Posix | Bsd44 | AixRt => Odd::OwnGroup,
        Bsd43 => Odd::NoSuchProcess,
    }
}

/// killpg(1).
pub(crate) fn killpg_1(os: Os) -> Odd {
    match os {
        Linux => Odd::Broadcast,
        FreeBsd | Posix | Bsd44 => Odd::NoSuchProcess,
        Bsd43 | AixRt => Odd::ThatGroup,
    }
}

/// killpg(negative).
pub(crate) fn killpg_negative(os: Os) -> Odd {
    match os {
        Linux | FreeBsd | Posix | AixRt => Odd::Invalid,
        Bsd43 | Bsd44 => Odd::NoSuchProcess,
    }
}

/// Bad signal number and no such pid: whether the pid is looked at first.
pub(crate) fn target_before_signal(os: Os) -> bool {
    matches!(os, Linux)
}

/// A zombie is found, by its number and as a member.
pub(crate) fn zombies_are_found(os: Os) -> bool {
    match os {
        Linux | FreeBsd | Posix => true,
        Bsd43 | Bsd44 | AixRt => false,
    }
}

/// The same standard signal twice is one.
pub(crate) fn coalesces(os: Os) -> bool {
    !matches!(os, FreeBsd)
}

/// Ignored and blocked: kept.
pub(crate) fn ignored_kept_when_blocked(os: Os) -> bool {
    match os {
        Linux | Posix => true,
        FreeBsd | Bsd43 | Bsd44 | AixRt => false,
    }
}

/// SIGCONT, ignored or blocked, to a stopped process continues it.
pub(crate) fn continues_though_ignored_or_blocked(os: Os) -> bool {
    !matches!(os, Bsd43)
}

/// A default stop signal stops a sleeper where it sleeps.
pub(crate) fn sleeper_stops_in_place(os: Os) -> bool {
    !matches!(os, Linux)
}

/// A terminal's stop signal kills a child of init.
pub(crate) fn terminal_stop_kills_child_of_init(os: Os) -> bool {
    matches!(os, Bsd43)
}

/// A vfork parent's child stops as others do.
pub(crate) fn vfork_child_stops(os: Os) -> bool {
    match os {
        Linux | Posix => true,
        FreeBsd | Bsd43 | Bsd44 | AixRt => false,
    }
}

/// What becomes of a terminal stop in an orphaned group.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum OrphanStop {
    /// Judged when a thread takes it; until then it is pending.
    AtDelivery,
    /// Dropped when sent, after it removed a pending SIGCONT.
    Discarded,
    /// Dropped on arrival: not even a pending SIGCONT is removed.
    DiscardedOnArrival,
    /// There are no orphaned groups: it stops.
    Stops,
}

/// Terminal stop in an orphaned group.
pub(crate) fn orphan_stop(os: Os) -> OrphanStop {
    match os {
        Linux => OrphanStop::AtDelivery,
        Posix | AixRt => OrphanStop::Discarded,
        FreeBsd | Bsd44 => OrphanStop::DiscardedOnArrival,
        Bsd43 => OrphanStop::Stops,
    }
}

/// Whose queued signals are counted against the limit.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Queue {
    PerUser,
    PerProcess,
    None,
}

/// Queue limit.
pub(crate) fn queue(os: Os) -> Queue {
    match os {
        Linux => Queue::PerUser,
        FreeBsd | Posix => Queue::PerProcess,
        Bsd43 | Bsd44 | AixRt => Queue::None,
    }
}

/// What sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Kill,
    Tgkill,
    Sigqueue,
    Kernel,
}

/// What a full queue does to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Full {
    /// Queued with its information all the same.
    Complete,
    /// The bit only.
    BitOnly,
    /// EAGAIN.
    Fails,
}

/// Queue full.
#[expect(clippy::match_same_arms, reason = "the arms are in the order of the table's text")]
pub(crate) fn queue_full(os: Os, call: Call, realtime: bool) -> Full {
    match (os, call, realtime) {
        (Linux, Call::Kill | Call::Kernel, false) => Full::Complete,
        (Linux, Call::Kill | Call::Kernel, true) | (Linux, Call::Tgkill | Call::Sigqueue, false) => Full::BitOnly,
        (Linux, Call::Tgkill | Call::Sigqueue, true) => Full::Fails,
        (FreeBsd, Call::Sigqueue, _) | (Posix, Call::Sigqueue | Call::Tgkill, _) => Full::Fails,
        (FreeBsd | Posix, _, _) => Full::BitOnly,
        (Bsd43 | Bsd44 | AixRt, _, _) => Full::Complete,
    }
}

/// sigpending reports what is blocked only.
pub(crate) fn sigpending_only_blocked(os: Os) -> bool {
    !matches!(os, FreeBsd)
}

/// Which is delivered first.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum First {
    /// The thread's queue, faults first.
    ThreadThenFaults,
    /// The lowest number over both queues.
    Lowest,
}

/// Which is delivered first.
pub(crate) fn first(os: Os) -> First {
    match os {
        Linux => First::ThreadThenFaults,
        FreeBsd | Posix | Bsd43 | Bsd44 | AixRt => First::Lowest,
    }
}

/// pgsignal's checkctty asks each member for a controlling terminal.
pub(crate) fn checkctty_asks_members(os: Os) -> bool {
    match os {
        FreeBsd | Bsd44 => true,
        Linux | Posix | Bsd43 | AixRt => false,
    }
}

/// A thread's ID given to kill means its process.
pub(crate) fn kill_takes_thread_ids(os: Os) -> bool {
    matches!(os, Linux)
}

/// raise goes to the calling thread; otherwise it is `kill(getpid())`.
pub(crate) fn raise_is_to_thread(os: Os) -> bool {
    match os {
        Linux | FreeBsd | Posix => true,
        Bsd43 | Bsd44 | AixRt => false,
    }
}

/// A stop signal to a stopped process pends; otherwise it is dropped.
pub(crate) fn stop_pends_while_stopped(os: Os) -> bool {
    matches!(os, Linux)
}

/// A blocked signal to a traced process is told to the tracer all the same.
pub(crate) fn tracer_is_told_of_blocked(os: Os) -> bool {
    match os {
        Linux | FreeBsd | Posix => false,
        Bsd43 | Bsd44 | AixRt => true,
    }
}

/// exec sets an ignored SIGCHLD to its default.
pub(crate) fn exec_resets_ignored_chld(os: Os) -> bool {
    match os {
        FreeBsd | Bsd44 => true,
        Linux | Posix | Bsd43 | AixRt => false,
    }
}

/// What a thread showed its tracer, who has not asked about it, is its process's again when exec ends the thread.
pub(crate) fn exec_gives_back_undecided(os: Os) -> bool {
    os != FreeBsd
}

/// The parent is told that a child continued.
pub(crate) fn continued_is_news(os: Os) -> bool {
    match os {
        Linux | FreeBsd | Posix => true,
        Bsd43 | Bsd44 | AixRt => false,
    }
}

/// A process that goes on after a stop tells its parent when it looks for signals, not when CONT comes.
pub(crate) fn child_tells_that_it_goes_on(os: Os) -> bool {
    os == Linux
}

/// setsid exists. (AIX/RT's manual does not say; its ancestor has none.)
pub(crate) fn has_setsid(os: Os) -> bool {
    !matches!(os, Bsd43 | AixRt)
}

/// A fatal signal, other than KILL, ends the process when it is sent, not when a thread takes it. (No row: it shows only between the two.)
pub(crate) fn ends_when_sent(os: Os) -> bool {
    matches!(os, Linux)
}

/// A signalled group leaves out system processes; on Linux they are reached and take no notice.
pub(crate) fn group_spares_system(os: Os) -> bool {
    !matches!(os, Linux)
}

/// kill(-1) leaves out system processes; on Linux it reaches them and they take no notice.
pub(crate) fn broadcast_spares_system(os: Os) -> bool {
    !matches!(os, Linux)
}

/// Any thread that waits for an ignored signal keeps it; on Linux only blocking it does.
pub(crate) fn any_waiter_keeps_ignored(os: Os) -> bool {
    !matches!(os, Linux)
}

/// A child's end is not even sent to a parent that ignores SIGCHLD.
pub(crate) fn ignored_end_is_not_sent(os: Os) -> bool {
    matches!(os, Linux)
}

/// Children of a parent that ignores SIGCHLD leave no zombie. (No row: as `SA_NOCLDWAIT`, where that exists.)
pub(crate) fn ignoring_parents_have_no_zombies(os: Os) -> bool {
    matches!(os, Linux | FreeBsd | Posix)
}
