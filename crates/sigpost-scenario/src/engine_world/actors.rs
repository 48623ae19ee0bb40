//! What a host keeps of threads and processes besides what the engine keeps.

use sigpost_engine::{ExitStatus, NamespaceKey, ProcessKey, Signal, SignalInfo, SignalMask, ThreadKey};

use super::credentials::Rights;
use crate::{Code, Name, Outcome, Sender, Taken};

/// A thread with a name; a process's name is its main thread's.
#[derive(Clone, Debug)]
pub(super) struct Actor {
    pub(super) name: Name,
    /// The name of the process it is of.
    pub(super) family: Name,
    pub(super) process: ProcessKey,
    pub(super) thread: ThreadKey,
    /// The PID namespace that it lives in, if not in init's.
    pub(super) namespace: Option<NamespaceKey>,
    /// Its number there.
    pub(super) number: i32,
    /// Its number as init's namespace sees it.
    pub(super) outer_number: i32,
    /// It has ended, or exec took its place: the key may come to mean another.
    pub(super) gone: bool,
    /// It is about to end, and lets others run first.
    pub(super) leaves: bool,
    /// The handlers it is to run or is inside of, the innermost last.
    pub(super) frames: Vec<Frame>,
    /// The calls it waits in, the innermost last: a handler may block as well.
    pub(super) calls: Vec<Waiting>,
    /// What its last call that had blocked returned.
    pub(super) returned: Option<Outcome>,
    /// It has got its result, but has not gone back to its program since, to which it will be told when it is inside of so
    /// many handlers.
    pub(super) late: Option<usize>,
    /// The signal that its tracer was shown last, with what came with it.
    pub(super) shown: Option<SignalInfo>,
    /// The instruction that it stands at causes this.
    pub(super) faulting: Option<Signal>,
    /// Whether the last step woke it.
    pub(super) woken: bool,
    /// Who sent the last signal that it handled or accepted, and why.
    pub(super) last: Option<(Sender, Code)>,
}

impl Actor {
    pub(super) fn new(name: Name, family: Name, process: ProcessKey, thread: ThreadKey) -> Self {
        Self {
            name,
            family,
            process,
            thread,
            namespace: None,
            number: 0,
            outer_number: 0,
            gone: false,
            leaves: false,
            frames: Vec::new(),
            calls: Vec::new(),
            returned: None,
            late: None,
            shown: None,
            faulting: None,
            woken: false,
            last: None,
        }
    }

    /// The same with its number in the namespace that it lives in; the number outside is the same unless it is said.
    pub(super) const fn numbered(mut self, namespace: Option<NamespaceKey>, number: i32) -> Self {
        (self.namespace, self.number, self.outer_number) = (namespace, number, number);
        self
    }

    pub(super) fn is_main(&self) -> bool {
        self.name == self.family
    }

    /// It goes back to its program.
    pub(super) fn tell_late(&mut self) {
        let depth = self.frames.len();
        self.late = self.late.filter(|late| depth > *late);
    }

    /// Whether it waits in a call: not while a handler runs that interrupted the call.
    pub(super) fn is_in_a_call(&self) -> bool {
        self.calls.last().is_some_and(|waiting| waiting.depth == self.frames.len())
    }
}

/// A handler that is to run, or runs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub(super) taken: Taken,
    pub(super) sender: Sender,
    pub(super) code: Code,
    /// Whether it stays inside until `sigreturn()`.
    pub(super) holds: bool,
    pub(super) begun: bool,
    pub(super) saved_mask: SignalMask,
}

/// A call that has not returned.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waiting {
    pub(super) what: Blocking,
    /// How many handlers were running when it was made.
    pub(super) depth: usize,
    /// Set by the first handler that interrupts it: whether it is started again afterwards.
    pub(super) restarts: Option<bool>,
    /// sigsuspend that is to begin anew with this mask: the one before is in force until then.
    pub(super) anew: Option<SignalMask>,
    /// It has slept in it.
    pub(super) has_slept: bool,
    /// A stop has taken the thread out of it: it looks for signals before it begins anew.
    pub(super) is_left: bool,
}

impl Waiting {
    /// A call that begins to wait inside of so many handlers.
    pub(super) const fn new(what: Blocking, depth: usize) -> Self {
        Self { what, depth, restarts: None, anew: None, has_slept: false, is_left: false }
    }
}

/// What a thread waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Blocking {
    Pause,
    Sigsuspend,
    Sigwait,
    Read,
    /// News of a child, or of any.
    Child(Option<Name>),
    /// The end or the exec of a child made by vfork.
    Vfork(Name),
    /// To go on with a call on its terminal that its place in the background does not allow.
    Terminal(TerminalCall),
}

/// A call on the controlling terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TerminalCall {
    /// `tcsetpgrp` of the group with this number.
    PutInFront(i32),
    Read,
    Write,
}

impl Blocking {
    /// Whether a handler with RESTART lets the call go on afterwards. Source: signal(7).
    pub(super) const fn can_restart(self) -> bool {
        matches!(self, Self::Read | Self::Child(_) | Self::Terminal(_))
    }
}

/// What is kept of a process: also when it is gone.
#[derive(Clone, Debug, Default)]
pub(super) struct Family {
    /// The handlers that began to run, each with the thread that ran it.
    pub(super) handled: Vec<(Name, Taken)>,
    /// Who sent the last signal that it handled or accepted, and why.
    pub(super) last: Option<(Sender, Code)>,
    /// How it ended.
    pub(super) ended: Option<ExitStatus>,
    /// The limit of queued signals that its declaration says, or its parent's.
    pub(super) queue_limit: Option<u32>,
    /// What it may besides what its user IDs allow.
    pub(super) rights: Rights,
    /// It belongs to the kernel, and makes no system calls.
    pub(super) system: bool,
    /// It has begun a program of its own since its fork.
    pub(super) has_executed: bool,
    /// It is about to end, and its parent, which waits for that in vfork, goes on.
    pub(super) has_left_parent: bool,
}
