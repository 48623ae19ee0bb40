//! The four axes of state: what a thread does, whether its process is stopped, whether a tracer holds it, and
//! whether the process is alive. They are independent, so they are four small enums and not one large one.

use crate::Signal;

/// What a thread does, when nothing stops it.
///
/// ```
/// use sigpost_engine::Activity;
/// assert!(Activity::Interruptible.wakes_for_signal() && !Activity::Uninterruptible.wakes_for_signal());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Activity {
    /// It runs or could run.
    #[default]
    Running,
    /// It sleeps, and a signal wakes it.
    Interruptible,
    /// It sleeps, and only a signal that ends it wakes it (Linux `TASK_KILLABLE`).
    Killable,
    /// It sleeps, and no signal wakes it.
    Uninterruptible,
}

impl Activity {
    /// Whether a signal that does not end the process wakes the thread.
    pub const fn wakes_for_signal(self) -> bool {
        matches!(self, Self::Interruptible)
    }

    /// Whether the thread is in a sleep that an ordinary signal does not end.
    pub const fn holds_signals_back(self) -> bool {
        matches!(self, Self::Killable | Self::Uninterruptible)
    }
}

/// Whether the process is stopped (job control).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ProcessStop {
    /// It is not.
    #[default]
    No,
    /// A stop signal was taken; so many threads have yet to stop.
    Stopping(Signal, u32),
    /// Every thread has stopped.
    Stopped(Signal),
}

impl ProcessStop {
    /// Whether every thread has stopped.
    pub const fn is_stopped(self) -> bool {
        matches!(self, Self::Stopped(_))
    }

    /// The signal that stops or stopped it.
    pub const fn signal(self) -> Option<Signal> {
        match self {
            Self::No => None,
            Self::Stopping(signal, _) | Self::Stopped(signal) => Some(signal),
        }
    }
}

/// Whether a tracer holds the thread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Trace {
    /// It is not traced.
    #[default]
    No,
    /// It is traced and runs.
    Traced,
    /// It is traced and stands still until the tracer lets it go; for this signal, if for one.
    Stopped(Option<Signal>),
}

impl Trace {
    /// Whether there is a tracer.
    pub const fn is_traced(self) -> bool {
        !matches!(self, Self::No)
    }

    /// Whether the tracer holds the thread still.
    pub const fn is_stopped(self) -> bool {
        matches!(self, Self::Stopped(_))
    }
}

/// How a process ended, or will end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExitStatus {
    /// It called exit with this status.
    Exited(i32),
    /// This signal ended it.
    Killed(Signal),
    /// This signal ended it, and a core image is asked for.
    Dumped(Signal),
}

/// Whether the process is alive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Life {
    /// It is.
    #[default]
    Alive,
    /// It is about to end: its threads have only to notice.
    Ending(ExitStatus),
    /// It has ended, and waits for its parent to ask how.
    Zombie(ExitStatus),
}

impl Life {
    /// Whether it is alive and not about to end.
    pub const fn is_alive(self) -> bool {
        matches!(self, Self::Alive)
    }

    /// Whether it has ended.
    pub const fn is_zombie(self) -> bool {
        matches!(self, Self::Zombie(_))
    }

    /// How it ended or will end.
    pub const fn status(self) -> Option<ExitStatus> {
        match self {
            Self::Alive => None,
            Self::Ending(status) | Self::Zombie(status) => Some(status),
        }
    }
}
