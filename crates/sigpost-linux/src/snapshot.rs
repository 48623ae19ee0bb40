//! `Snapshot`: what a prediction needs to know of a process, read through its handle. Plain data.

mod brief;

use sigpost_engine::{Credentials, DefaultAction, GroupId, Pid, SessionId, Signal, SignalMask, SignalSet, ThreadId};

use crate::proc_stat::{self, Comm, State};
use crate::proc_status::Status;
use crate::proc_syscall::SleepingCall;
use crate::process::{Look, Process, ReadError};

pub(crate) use brief::{for_long_receipt, for_receipt};

/// A process at one moment. Its parts were read one after the other, so a process that changes meanwhile may
/// show a mixture; that is why predictions are labelled as such.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Its number.
    pub pid: Pid,
    /// Its inode, where it was asked for and the kernel has one.
    pub inode: Option<u64>,
    /// When it started, in clock ticks since the machine did.
    pub start: u64,
    /// Its command name.
    pub comm: Comm,
    /// Its user IDs, and whether it holds `CAP_KILL`.
    pub credentials: Credentials,
    /// Its parent; `None` outside of our PID namespace.
    pub parent: Option<Pid>,
    /// Its group; `None` outside of our PID namespace.
    pub group: Option<GroupId>,
    /// Its session; `None` outside of our PID namespace.
    pub session: Option<SessionId>,
    /// What its main thread is doing; where that has ended before the others, what the first of those is doing.
    pub state: State,
    /// Whether it is stopped by a signal. One that a tracer holds meanwhile is as well, which its state does not show;
    /// where the kernel does not tell that to the caller it counts as not stopped.
    pub stopped: bool,
    /// Its threads, the main one first.
    pub threads: Vec<ThreadSnapshot>,
    /// Pending for the process as a whole.
    pub pending: SignalSet,
    /// Ignored (`SIG_IGN`).
    pub ignored: SignalSet,
    /// Caught by a handler.
    pub caught: SignalSet,
    /// Its tracer.
    pub tracer: Option<Pid>,
    /// Whether it is process 1, and of which PID namespace.
    pub init: Init,
    /// Whether it is a thread of the kernel's own, which no signal from a process reaches.
    pub kernel_thread: bool,
    /// How many signals are queued for its real user, and the limit.
    pub queued: Option<(u64, u64)>,
    /// Whether its group is orphaned, where somebody asked ([`process_group::is_orphaned`]): it decides what a
    /// terminal's stop signal does.
    ///
    /// [`process_group::is_orphaned`]: crate::process_group::is_orphaned
    pub orphaned: Option<bool>,
    /// The version of the cgroups (1 or 2) that have frozen it, where somebody looked: a handler runs, and a stop happens,
    /// when it is thawed.
    pub frozen: Option<u8>,
}

/// One thread of a [`Snapshot`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadSnapshot {
    /// Its number.
    pub id: ThreadId,
    /// What it is doing.
    pub state: State,
    /// What it blocks. While it waits in `sigwait` the kernel shows what it waits for as not blocked.
    pub blocked: SignalMask,
    /// Pending for it alone.
    pub pending: SignalSet,
    /// Its tracer.
    pub tracer: Option<Pid>,
    /// Whether it sleeps in the `sigwait` family, and for which signals: these it takes, and no handler runs.
    pub waits: Waits,
}

/// For which signals a thread sleeps in the `sigwait` family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waits {
    /// It does not.
    No,
    /// For these.
    For(SignalSet),
    /// For some that it does not seem to block. Which ones, only who may trace the process can read.
    Unknown,
}

impl Waits {
    /// Whether it waits at all.
    pub const fn is_some(self) -> bool {
        !matches!(self, Self::No)
    }
}

/// Whether a process is process 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Init {
    /// It is not.
    No,
    /// Of our own namespace: signals from us whose default would end or stop it do nothing.
    Ours,
    /// Of a namespace below ours: it is protected from its own descendants, and from us except KILL and STOP.
    Inner,
}

impl Snapshot {
    /// Reads what a prediction needs, through the process's handle.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn read(process: &Process) -> Result<Self, ReadError> {
        let start = match process.take_look() {
            Some(Look::Stat(stat)) => stat.start,
            Some(Look::Status(_)) | None => process.stat()?.start,
        };
        Ok(Self { start, ..Self::read_for(process, Purpose::Anything)? })
    }

    /// As [`read`](Self::read), with the inode.
    ///
    /// # Errors
    /// [`ReadError`]; [`Gone`](ReadError::Gone) where no pidfd can be opened.
    pub fn read_with_inode(process: &Process) -> Result<Self, ReadError> {
        let inode = process.inode()?;
        Ok(Self { inode, ..Self::read(process)? })
    }

    /// What a list shows of it: without the start time, which is 0, and without a look at whether its threads wait
    /// for signals; with its inode.
    ///
    /// # Errors
    /// As [`read_with_inode`](Self::read_with_inode).
    pub fn read_for_list(process: &Process) -> Result<Self, ReadError> {
        let inode = process.inode()?;
        Ok(Self { inode, ..Self::read_for(process, Purpose::List)? })
    }

    /// Reads as few files as the purpose needs: without `stat`, and so without the start time, which is 0.
    pub(crate) fn read_for(process: &Process, purpose: Purpose) -> Result<Self, ReadError> {
        let main = match process.take_look() {
            Some(Look::Status(status)) => *status,
            Some(Look::Stat(_)) | None => process.status()?,
        };
        if main.process != process.pid() {
            return Err(ReadError::Thread(main.process));
        }
        let kernel_thread = match main.kernel_thread {
            Some(known) => known,
            None => process.stat()?.is_kernel_thread(),
        };
        let threads = read_threads(process, &main, purpose)?;
        let snapshot = Self::of(process, main, threads);
        let stopped = match snapshot.state {
            State::TraceStopped => is_stopped_while_held(process)?,
            state => state == State::Stopped,
        };
        Ok(Self { stopped, kernel_thread, ..snapshot })
    }

    /// What the calling process is: the sender.
    ///
    /// # Errors
    /// [`ReadError`]: `/proc` is not mounted, or is another namespace's.
    pub fn of_caller() -> Result<Self, ReadError> {
        let own = Pid::new(rustix::process::getpid().as_raw_nonzero().get()).ok_or(ReadError::Gone)?;
        Self::read(&Process::open(own)?)
    }

    fn of(process: &Process, main: Status, threads: Vec<ThreadSnapshot>) -> Self {
        let [real, effective, saved, _] = main.uids;
        let privileged = main.may_signal_anyone();
        let living = threads.iter().map(|thread| thread.state).find(|state| !state.has_ended());
        Self {
            pid: process.pid(),
            inode: None,
            start: 0,
            credentials: Credentials { privileged, ..Credentials::ids(real, effective, saved) },
            parent: main.parent,
            group: main.group,
            session: main.session,
            state: living.unwrap_or(main.state),
            stopped: false,
            threads,
            pending: main.shared_pending,
            ignored: main.ignored,
            caught: main.caught,
            tracer: main.tracer,
            init: match (process.pid().get(), main.is_init_of_its_namespace()) {
                (1, _) => Init::Ours,
                (_, true) => Init::Inner,
                (_, false) => Init::No,
            },
            kernel_thread: false,
            queued: main.queued,
            orphaned: None,
            frozen: None,
            comm: main.comm,
        }
    }

    /// What every thread blocks: only that is blocked for the process.
    pub fn blocked(&self) -> SignalSet {
        self.threads.iter().fold(SignalSet::ALL, |set, thread| set & thread.blocked.set())
    }

    /// Pending for the process or for any of its threads.
    pub fn all_pending(&self) -> SignalSet {
        self.threads.iter().fold(self.pending, |set, thread| set | thread.pending)
    }

    /// Whether it has ended and was not waited for.
    ///
    /// A process whose main thread has ended lives as long as another thread does.
    pub fn is_zombie(&self) -> bool {
        self.threads.iter().all(|thread| thread.state.has_ended())
    }

    /// Whether this signal is held back while it is frozen. Version 2 lets through what ends it without a core image, unless
    /// a tracer is told of it first; that writes none is what the kernel's `sig_fatal` and `complete_signal` ask.
    pub(crate) fn is_held_frozen(&self, signal: Signal) -> bool {
        let is_traced = || self.threads.iter().any(|thread| thread.tracer.is_some());
        let ends = || signal.default_action() == DefaultAction::Terminate && self.has_default(signal) && !is_traced();
        match self.frozen {
            None => false,
            Some(2) => signal != Signal::KILL && !ends(),
            Some(_) => true,
        }
    }

    /// Whether the signal has its default action there.
    pub const fn has_default(&self, signal: Signal) -> bool {
        !self.ignored.contains(signal) && !self.caught.contains(signal)
    }
}

/// What a snapshot is read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Whatever may be asked of it.
    Anything,
    /// What becomes of this signal (`None`: the null signal).
    Signal(Option<Signal>),
    /// A list.
    List,
}

impl Purpose {
    /// Whether it matters that a thread waits for signals: not where it blocks this one, for what it waits for does not
    /// show as blocked.
    fn asks_for_waiters(self, status: &Status) -> bool {
        match self {
            Self::Anything => true,
            Self::List | Self::Signal(None) => false,
            Self::Signal(Some(signal)) => signal.is_catchable() && !status.blocked.blocks(signal),
        }
    }
}

fn read_threads(process: &Process, main: &Status, purpose: Purpose) -> Result<Vec<ThreadSnapshot>, ReadError> {
    let main_id = ThreadId::new(process.pid().get()).ok_or(ReadError::Gone)?;
    let mut threads = vec![thread(process, main_id, main, purpose)];
    if main.threads <= 1 {
        return Ok(threads);
    }
    for id in process.threads()? {
        if id == main_id {
            continue;
        }
        match process.thread_status(id) {
            Ok(status) => threads.push(thread(process, id, &status, purpose)),
            // Threads come and go.
            Err(ReadError::Gone) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(threads)
}

fn thread(process: &Process, id: ThreadId, status: &Status, purpose: Purpose) -> ThreadSnapshot {
    let may_wait = status.state == State::Sleeping && purpose.asks_for_waiters(status);
    let waits = if may_wait { waits(process, id, status.blocked) } else { Waits::No };
    let Status { state, blocked, pending, tracer, .. } = *status;
    ThreadSnapshot { id, state, blocked, pending, tracer, waits }
}

/// Whether a process that its tracer holds is stopped by a signal as well: then the kernel shows that signal to those who
/// may trace it. One that is just being told of a stop signal looks the same.
fn is_stopped_while_held(process: &Process) -> Result<bool, ReadError> {
    let mut buffer = Vec::new();
    process.read("stat", &mut buffer)?;
    let signal = Signal::new(proc_stat::wait_status(&buffer));
    Ok(signal.is_some_and(|signal| signal.default_action() == DefaultAction::Stop))
}

/// Whether the thread sleeps in `sigwaitinfo` or `sigtimedwait`. Where the kernel does not say, it does not.
fn waits(process: &Process, id: ThreadId, blocked: SignalMask) -> Waits {
    let mut buffer = Vec::new();
    let read = process.read_piece(&format!("task/{id}/wchan"), &mut buffer);
    if read.is_err() || !buffer.windows(b"do_sigtimedwait".len()).any(|part| part == b"do_sigtimedwait") {
        return Waits::No;
    }
    match waited_for(process, id, &mut buffer) {
        // While it waits for them the kernel shows them as not blocked: anything else is the memory of another moment.
        Some(set) if (set & blocked.set()).is_empty() => Waits::For(set - SignalSet::UNCATCHABLE),
        _ => Waits::Unknown,
    }
}

/// The set that the thread gave to the call that it sleeps in, where the caller may look into the process.
fn waited_for(process: &Process, id: ThreadId, buffer: &mut Vec<u8>) -> Option<SignalSet> {
    process.read(&format!("task/{id}/syscall"), buffer).ok()?;
    let call = SleepingCall::parse(buffer).ok()?;
    let [set, _, _, size, ..] = call.arguments;
    if call.number != sigpost_sys::sigaction::WAITING_CALL || size != size_of::<u64>() as u64 {
        return None;
    }
    let mut bits = [0; size_of::<u64>()];
    process.read_memory(set, &mut bits).ok()?;
    Some(SignalSet::from_bits(u64::from_ne_bytes(bits)))
}
