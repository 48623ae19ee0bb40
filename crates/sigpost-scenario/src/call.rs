//! The system calls that processes and threads make.

mod facts;
mod kernel;
mod write;

pub use facts::Results;
pub use kernel::KernelCall;

use sigpost_engine::{ActionFlags, SignalSet};

use crate::{Code, Name, Reference, SignalNumber, Target};

/// A system call with its arguments, in the order in which a scenario writes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// `kill(target, signal)`.
    Kill(Target, SignalNumber),
    /// `killpg(group, signal)`.
    Killpg(Target, SignalNumber),
    /// `tkill(thread, signal)`.
    Tkill(Target, SignalNumber),
    /// `tgkill(process, thread, signal)`.
    Tgkill(Target, Target, SignalNumber),
    /// `raise(signal)`.
    Raise(SignalNumber),
    /// `sigqueue(process, signal, value)`.
    Sigqueue(Target, SignalNumber, i32),
    /// `pidfd_send_signal(handle, signal, scope)`; without a scope it is the handle's own: its process.
    PidfdSendSignal(Reference, SignalNumber, Option<PidfdScope>),
    /// `rt_sigqueueinfo(process, signal, code)`: the caller makes up the code.
    RtSigqueueinfo(Target, SignalNumber, Code),
    /// `sigaction(signal, action, flags…, mask=set)`.
    Sigaction(SignalNumber, Action, Flags, SignalSet),
    /// `sigprocmask(how, set)`, of the calling thread.
    Sigprocmask(MaskChange, SignalSet),
    /// `sigpending()`: which signals wait for the caller.
    Sigpending,
    /// `pause()`: waits for a handler to run.
    Pause,
    /// `setsid()`: a session and a group of its own.
    Setsid,
    /// `exec()`: a new program; other threads end.
    Exec,
    /// `thread_exit()`: the calling thread ends; the last one ends the process with status 0.
    ThreadExit,
    /// `sigreturn()`: leaves the innermost handler that `hold` keeps.
    Sigreturn,
    /// `read()`: waits for input that never comes.
    Read,
    /// `tty_read()`: reads from the controlling terminal.
    TtyRead,
    /// `tty_write()`: writes to the controlling terminal, which stops background writers.
    TtyWrite,
    /// `sigsuspend(set)`: waits for a handler with another mask.
    Sigsuspend(SignalSet),
    /// `sigtimedwait(set)` with a time of zero: takes a pending signal of the set, or fails.
    Sigtimedwait(SignalSet),
    /// `sigwaitinfo(set)`: takes a signal of the set, waiting for one.
    Sigwaitinfo(SignalSet),
    /// `setpgid(process, group)`.
    Setpgid(Target, Target),
    /// `tcsetpgrp(group)`: puts a group in front at the caller's terminal.
    Tcsetpgrp(Target),
    /// `setuid(user)`.
    Setuid(u32),
    /// `setresuid(real, effective, saved)`; `None` (-1) leaves one as it is.
    Setresuid(Option<u32>, Option<u32>, Option<u32>),
    /// `fork(child)`; with `id=`, the child gets the ID that this process, which is gone, had.
    Fork(Name, Option<Name>),
    /// `vfork(child)`: the caller waits until the child has ended or executed a program.
    Vfork(Name),
    /// `clone(child, sighand)`: the child shares the caller's dispositions.
    Clone(Name),
    /// `thread(name)`: a new thread of the caller's process.
    Thread(Name),
    /// `exit(status)`: the process ends.
    Exit(u8),
    /// `fault(signal)`: the caller does what makes the kernel send it this signal.
    Fault(SignalNumber),
    /// `wait(child, block)`: news of a child; `None`: of any.
    Wait(Option<Name>, bool),
    /// `trace(tracee)`: traces it without stopping it.
    Trace(Reference),
    /// `trace_interrupt(tracee)`: stops it for its tracer.
    TraceInterrupt(Reference),
    /// `trace_listen(tracee)`: leaves it stopped, but lets it see a CONT.
    TraceListen(Reference),
    /// `trace_continue(tracee, signal)`: lets it go on, with this signal instead of the one it told of.
    TraceContinue(Reference, Option<SignalNumber>),
    /// `trace_detach(tracee, signal)`: lets it go.
    TraceDetach(Reference, Option<SignalNumber>),
}

/// To whom `pidfd_send_signal` sends, of what the handle stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PidfdScope {
    /// The thread.
    Thread,
    /// The process.
    Process,
    /// The process group that it leads.
    Group,
}

impl PidfdScope {
    /// Each with its word.
    pub const WORDS: [(&'static str, Self); 3] =
        [("thread", Self::Thread), ("process", Self::Process), ("group", Self::Group)];
}

/// What `sigaction` makes of a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It is ignored.
    Ignore,
    /// The default action.
    Default,
    /// A handler that logs and returns.
    Catch,
    /// A handler that logs and stays inside until `sigreturn()`.
    Hold,
}

impl Action {
    /// Each with its word.
    pub const WORDS: [(&'static str, Self); 4] =
        [("ignore", Self::Ignore), ("default", Self::Default), ("catch", Self::Catch), ("hold", Self::Hold)];
}

/// The flags of `sigaction`. `SA_SIGINFO` is always set: handlers read the information.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags(u8);

impl Flags {
    /// No flag.
    pub const NONE: Self = Self(0);
    /// `SA_RESTART`: a call that the handler interrupts goes on afterwards.
    pub const RESTART: Self = Self(1);
    /// `SA_NODEFER`: the signal is not blocked while its handler runs.
    pub const NODEFER: Self = Self(2);
    /// `SA_RESETHAND`: the disposition is the default again once the handler runs.
    pub const RESETHAND: Self = Self(4);
    /// `SA_NOCLDSTOP`: no CHLD for children that stop or continue.
    pub const NOCLDSTOP: Self = Self(8);
    /// `SA_NOCLDWAIT`: children leave no zombies.
    pub const NOCLDWAIT: Self = Self(16);

    /// Each with its word, in the order in which they are printed.
    pub const WORDS: [(&'static str, Self); 5] = [
        ("RESTART", Self::RESTART),
        ("NODEFER", Self::NODEFER),
        ("RESETHAND", Self::RESETHAND),
        ("NOCLDSTOP", Self::NOCLDSTOP),
        ("NOCLDWAIT", Self::NOCLDWAIT),
    ];

    /// Whether all flags of the other set are in this one.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Both sets.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// The same flags as the engine has them, which knows their numbers, too.
impl From<Flags> for ActionFlags {
    fn from(flags: Flags) -> Self {
        const SAME: [(Flags, ActionFlags); 5] = [
            (Flags::RESTART, ActionFlags::RESTART),
            (Flags::NODEFER, ActionFlags::NODEFER),
            (Flags::RESETHAND, ActionFlags::RESETHAND),
            (Flags::NOCLDSTOP, ActionFlags::NOCLDSTOP),
            (Flags::NOCLDWAIT, ActionFlags::NOCLDWAIT),
        ];
        SAME.iter().filter(|(flag, _)| flags.contains(*flag)).fold(Self::NONE, |all, (_, flag)| all | *flag)
    }
}

/// How `sigprocmask` changes the mask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaskChange {
    /// Adds the set.
    Block,
    /// Takes the set out.
    Unblock,
    /// Puts the set in the mask's place.
    Set,
}

impl MaskChange {
    /// Each with its word.
    pub const WORDS: [(&'static str, Self); 3] =
        [("block", Self::Block), ("unblock", Self::Unblock), ("set", Self::Set)];
}

impl Call {
    /// The name that the call declares: of a child or a thread.
    pub const fn declares(&self) -> Option<Name> {
        match *self {
            Self::Fork(name, _) | Self::Vfork(name) | Self::Clone(name) | Self::Thread(name) => Some(name),
            _ => None,
        }
    }

    /// The names among the arguments that the call does not declare.
    pub(crate) fn mentions(&self) -> [Option<Name>; 2] {
        match *self {
            Self::Kill(target, _)
            | Self::Killpg(target, _)
            | Self::Tkill(target, _)
            | Self::Sigqueue(target, ..)
            | Self::RtSigqueueinfo(target, ..)
            | Self::Tcsetpgrp(target) => [target.name(), None],
            Self::Tgkill(one, two, _) | Self::Setpgid(one, two) => [one.name(), two.name()],
            Self::PidfdSendSignal(reference, ..)
            | Self::Trace(reference)
            | Self::TraceInterrupt(reference)
            | Self::TraceListen(reference)
            | Self::TraceContinue(reference, _)
            | Self::TraceDetach(reference, _) => [Some(reference.name), None],
            Self::Fork(_, name) | Self::Wait(name, _) => [name, None],
            _ => [None, None],
        }
    }
}
