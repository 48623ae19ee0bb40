//! `ThreadSignals`: the signal state of one thread.

use crate::pending::PendingSignals;
use crate::personality::Personality;
use crate::process::ProcessSignals;
use crate::run_state::{Activity, ProcessStop, Trace};
use crate::{Signal, SignalMask, SignalSet};

/// The signal state of one thread. A kernel with its own threads keeps one in each.
///
/// ```
/// use sigpost_engine::{Signal, SignalMask, SignalSet, ThreadSignals};
///
/// let mut thread = ThreadSignals::default();
/// thread.set_mask(SignalSet::ALL.into());
/// assert!(thread.mask().blocks(Signal::TERM) && thread.is_closed_to(Signal::TERM));
/// assert!(!thread.is_closed_to(Signal::KILL));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, one bit each")]
pub struct ThreadSignals {
    pub(crate) mask: SignalMask,
    /// The mask to go back to when the call that changed it for its own time (sigsuspend, ppoll) has ended.
    pub(crate) saved_mask: SignalMask,
    /// What the thread waits for in the `sigwait` family; empty: it does not wait.
    pub(crate) waiting: SignalSet,
    pub(crate) pending: PendingSignals,
    pub(crate) activity: Activity,
    pub(crate) trace: Trace,
    /// What its own instruction caused, to be taken before all else.
    pub(crate) fault: Option<Signal>,
    pub(crate) has_saved_mask: bool,
    /// There may be something to take: look before returning to user mode (Linux `TIF_SIGPENDING`).
    pub(crate) kicked: bool,
    /// It is the one that makes the calls now.
    pub(crate) current: bool,
    /// Stopped together with its process.
    pub(crate) stopped: bool,
    /// Has ended; a main thread's entry stays until its process is reaped.
    pub(crate) exited: bool,
    /// Attached by the newer way, which lets a stopped process be told apart from a trace stop (`PTRACE_SEIZE`).
    pub(crate) seized: bool,
    /// Held in a trace stop, but woken by news of its process (`PTRACE_LISTEN`).
    pub(crate) listening: bool,
    /// Its tracer lets it run although its process is stopped.
    pub(crate) freed: bool,
    /// What has let it go on, since when it has not looked.
    pub(crate) resumed: Resumed,
    /// It is to stop for its tracer before it goes on.
    pub(crate) trap: Trap,
    /// Its tracer has not asked yet why it stopped.
    pub(crate) untold: bool,
    /// Its tracer holds it to decide about a signal that it took.
    pub(crate) decided_by_tracer: bool,
    /// A CONT has come while its tracer decided: a stop that is let through stops nothing.
    pub(crate) stop_cancelled: bool,
    /// The signal that its tracer was shown last was its process's, not its own.
    pub(crate) shown_of_process: bool,
    /// Its tracer ended before it asked about this signal, which takes effect when the thread looks.
    pub(crate) undecided: Option<Signal>,
}

/// What has let a thread go on that stood still.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Resumed {
    /// Nothing, or it has looked for signals since.
    #[default]
    No,
    /// CONT: it looks, but no signal has told it to. Source: Linux `prepare_signal`, which sets no `TIF_SIGPENDING`.
    ByCont,
    /// Its tracer's end, which told it to look. Source: Linux `ptrace_signal_wake_up`.
    ByTracersEnd,
}

/// Why a seized thread is to stop for its tracer, no signal having been taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Trap {
    /// It is not to.
    #[default]
    No,
    /// The tracer asked for it (`PTRACE_INTERRUPT`).
    Asked,
    /// Its process was stopped or continued.
    News,
}

impl ThreadSignals {
    /// The signals that it blocks.
    pub const fn mask(&self) -> SignalMask {
        self.mask
    }

    /// Sets the mask. The caller then looks whether the thread has something to take, and whether what it now
    /// blocks has another taker; [`System::set_mask`](crate::System::set_mask) does both.
    pub const fn set_mask(&mut self, mask: SignalMask) {
        self.mask = mask;
    }

    /// Sets what the thread waits for in the `sigwait` family; empty: it waits no longer. KILL and STOP cannot be waited
    /// for. The caller looks for what is pending already ([`take`](crate::deliver::take));
    /// [`System::sigwait_begin`](crate::System::sigwait_begin) does both.
    pub fn set_waiting(&mut self, set: SignalSet) {
        self.waiting = set - SignalSet::UNCATCHABLE;
    }

    /// The thread's own pending signals.
    pub const fn pending(&self) -> SignalSet {
        self.pending.set()
    }

    /// What it waits for in the `sigwait` family.
    pub const fn waiting(&self) -> SignalSet {
        self.waiting
    }

    /// What it does.
    pub const fn activity(&self) -> Activity {
        self.activity
    }

    /// Whether a tracer holds it.
    pub const fn trace(&self) -> Trace {
        self.trace
    }

    /// Whether it stands still together with its stopped process.
    pub const fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// Whether its tracer lets it run although its process is stopped, or stops.
    pub const fn is_let_run(&self) -> bool {
        self.freed
    }

    /// Whether it may have something to take. The host's fast check on return to user mode.
    pub const fn is_kicked(&self) -> bool {
        self.kicked
    }

    /// Whether it has ended.
    pub const fn has_exited(&self) -> bool {
        self.exited
    }

    /// Whether it would not take this signal: it blocks it, and does not wait for it. While a thread waits in
    /// sigwait the waited set counts as unblocked here, and as blocked where "ignored" is decided.
    ///
    /// Source: Linux `real_blocked`.
    pub const fn is_closed_to(&self, signal: Signal) -> bool {
        self.mask.blocks(signal) && !self.waiting.contains(signal)
    }

    /// The signals it takes when it looks: those that it does not block. Of a tracee under some systems all, for its tracer
    /// is shown what it blocks too.
    #[inline(always)]
    pub(crate) fn shown_set(&self, rules: &Personality) -> SignalSet {
        if rules.tracer_sees_blocked && self.trace.is_traced() { SignalSet::ALL } else { !self.mask.set() }
    }

    /// The signals it would take, be it to show them to its tracer.
    #[inline]
    pub(crate) fn open_set(&self, rules: &Personality) -> SignalSet {
        self.shown_set(rules) | self.waiting
    }

    /// Whether something is pending, for it or for its process, that it would take. Source: Linux `has_pending_signals`.
    #[inline]
    pub(crate) fn has_something(&self, shared: SignalSet, rules: &Personality) -> bool {
        (shared | self.pending.set()).intersects(self.open_set(rules))
    }

    /// A signal was taken: unless there is something left for it, the thread need not look any more. What it waited for does
    /// not count, for the wait is over.
    ///
    /// Source: Linux `recalc_sigpending`, which `dequeue_signal` and `set_current_blocked` call.
    #[inline(always)]
    pub(crate) fn look_no_more_in_vain(&mut self, process: &ProcessSignals, rules: &Personality) {
        let pending = self.pending.set() | process.pending.set();
        let open = pending & self.shown_set(rules);
        let has_to_stand = process.untold.is_some()
            || process.stop != ProcessStop::No
            || self.trap != Trap::No
            || !process.life.is_alive();
        if open.is_empty() && !has_to_stand && self.undecided.is_none() {
            self.kicked = false;
        }
    }

    /// Whether a signal has told it to look, and it has not done so since. Source: Linux `task_sigpending`.
    #[inline]
    pub(crate) fn was_told(&self) -> bool {
        self.kicked && self.resumed != Resumed::ByCont
    }

    /// Whether it was made to look before and has not come to it: it sleeps beyond a signal's reach, is to stop for its
    /// tracer first, or was let go by its tracer's end. Source: Linux `wants_signal`, `task_sigpending`.
    #[inline]
    pub(crate) fn looks_already(&self) -> bool {
        !self.current
            && (self.resumed == Resumed::ByTracersEnd
                || self.trap != Trap::No
                || self.kicked && self.activity != Activity::Running)
    }

    /// Whether it stands still: with its process, or held by its tracer, of which no news lets it out.
    #[inline]
    pub(crate) fn stands(&self) -> bool {
        self.stopped || self.trace.is_stopped() && !(self.listening && self.trap != Trap::No)
    }

    /// It has no tracer any more. If that had let it run although its process is stopped, it has to stop again.
    pub(crate) const fn detach(&mut self) {
        self.trace = Trace::No;
        self.trap = Trap::No;
        self.stopped |= self.freed;
        (self.seized, self.listening, self.freed) = (false, false, false);
        (self.untold, self.decided_by_tracer) = (false, false);
    }

    /// Its tracer has ended. A signal that it had not asked about yet is let through; one that it knew of is gone.
    ///
    /// Source: Linux `ptrace_stop`, which goes on with the `exit_code` that `wait` takes away.
    pub(crate) const fn lose_tracer(&mut self) {
        if let (Trace::Stopped(shown), true, true) = (self.trace, self.untold, self.decided_by_tracer) {
            self.undecided = shown;
        }
        self.detach();
    }

    /// Its tracer lets it go on, although its process may be stopped.
    pub(crate) const fn let_go(&mut self) {
        self.trace = Trace::Traced;
        (self.untold, self.decided_by_tracer) = (false, false);
        if self.seized && self.stopped {
            (self.stopped, self.freed) = (false, true);
        }
    }

    /// Whether it neither is held by its tracer nor sleeps beyond a signal's reach.
    #[inline]
    pub(crate) const fn can_run(&self) -> bool {
        !self.trace.is_stopped() && !self.stopped && !self.activity.holds_signals_back()
    }
}
