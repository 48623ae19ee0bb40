//! Everything that can hold a signal back from a process, read through its handle: why is it still alive?

use sigpost_engine::{DefaultAction, Pid, Signal, SignalSet};

use crate::exit_status::{self, ExitStatus};
use crate::freezer::Freezers;
pub use crate::freezer::Frozen;
use crate::predict::{Prediction, Question, predict};
use crate::proc_stat::{Comm, State};
use crate::process::{Process, ReadError};
use crate::receipt::Scope;
use crate::snapshot::{Init, Snapshot, Waits};

/// Something that can hold a signal back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hold {
    /// It has ended, and its parent has not waited for it. Nothing else is told of a zombie.
    Zombie {
        /// The parent, who alone can make it go away.
        parent: Option<Relative>,
        /// How it ended, where the kernel shows it.
        status: Option<ExitStatus>,
    },
    /// It is a thread of the kernel's own: signals do nothing there.
    KernelThread,
    /// It is process 1 of a PID namespace, ours or one below.
    Init(Init),
    /// It is stopped by a signal: only KILL and CONT are taken.
    Stopped,
    /// It is traced: the tracer is told of each signal first, and decides.
    Traced {
        /// By whom; `None` where the tracer is outside of our PID namespace.
        tracer: Option<Relative>,
        /// Whether the tracer holds it right now.
        held: bool,
    },
    /// It is frozen.
    Frozen(Frozen),
    /// Threads sleep uninterruptibly.
    Uninterruptible {
        /// How many of its threads.
        threads: usize,
        /// Of how many.
        of: usize,
        /// Where in the kernel the first one sleeps, if the kernel says.
        place: Option<String>,
    },
    /// Threads sleep in the `sigwait` family: what they wait for is returned by that call, and no handler runs.
    Waits {
        /// How many of its threads.
        threads: usize,
        /// Of how many.
        of: usize,
        /// For which signals; `None` where the caller may not read that of one of them.
        set: Option<SignalSet>,
    },
    /// It is writing a core dump, or is on its way out and not through.
    Ending {
        /// Whether that is because of a core dump.
        dumping: bool,
    },
    /// Every thread blocks these (the two that cannot be blocked are not counted).
    Blocked(SignalSet),
    /// Some threads block these and others do not: a signal to the process is taken by one of the others.
    BlockedBySome {
        /// Which signals.
        set: SignalSet,
        /// How many of its threads block some of them.
        threads: usize,
        /// Of how many.
        of: usize,
    },
    /// It ignores these, which would end it otherwise.
    Ignored(SignalSet),
    /// It catches these, which would end it otherwise: its handler decides.
    Caught(SignalSet),
    /// A signal has been sent and not been taken.
    Pending {
        /// Which signals.
        set: SignalSet,
        /// What they wait for.
        until: Until,
    },
}

/// Another process that has something to do with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relative {
    /// Its number.
    pub pid: Pid,
    /// Its command name, where it could be read.
    pub comm: Option<Comm>,
}

/// What a pending signal waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// A thread that unblocks it.
    Unblocked,
    /// CONT.
    Continued,
    /// The tracer.
    LetGo,
    /// The cgroup is thawed.
    Thawed,
    /// The end of an uninterruptible sleep.
    Awake,
    /// Nothing that shows: it is about to be taken.
    Taken,
}

/// What was found of a process.
#[derive(Clone, Debug)]
pub struct Holds {
    /// The process as it was read.
    pub snapshot: Snapshot,
    /// What can hold a signal back, the strongest first; empty: nothing does.
    pub holds: Vec<Hold>,
    /// What would become of the signals that are sent to end a process, TERM first and KILL last, if the caller
    /// sent them now.
    pub answers: Vec<(Signal, Prediction)>,
}

/// The signals that end processes, the polite ones first.
const ENDING: [Signal; 5] = [Signal::TERM, Signal::INT, Signal::HUP, Signal::QUIT, Signal::KILL];

/// Reads what can hold a signal back from the process.
///
/// ```
/// use sigpost_engine::{Pid, Signal};
/// use sigpost_linux::Process;
/// use sigpost_linux::hold::{self, Hold};
///
/// let own = Process::open(Pid::new(std::process::id().cast_signed()).unwrap())?;
/// let found = hold::read(&own)?;
/// // Rust's runtime ignores PIPE.
/// let ignores_pipe = |hold: &Hold| matches!(hold, Hold::Ignored(set) if set.contains(Signal::PIPE));
/// assert!(found.holds.iter().any(ignores_pipe));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`ReadError`].
pub fn read(process: &Process) -> Result<Holds, ReadError> {
    let snapshot = Snapshot::read(process)?;
    let holds = if snapshot.is_zombie() {
        let (status, _) = exit_status::of_zombie(process)?;
        vec![Hold::Zombie { parent: snapshot.parent.map(relative), status }]
    } else if snapshot.kernel_thread {
        vec![Hold::KernelThread]
    } else {
        of_the_living(process, &snapshot)?
    };
    let frozen =
        holds.iter().find_map(|hold| if let Hold::Frozen(frozen) = hold { Some(frozen.version) } else { None });
    let snapshot = Snapshot { frozen, ..snapshot };
    let sender = Snapshot::of_caller()?;
    let ask = |signal| predict(&sender, &[&snapshot], &Question::on_linux(Scope::Process, Some(signal)));
    let answers = ENDING.into_iter().filter_map(|signal| Some((signal, ask(signal).pop()?))).collect();
    Ok(Holds { snapshot, holds, answers })
}

fn of_the_living(process: &Process, snapshot: &Snapshot) -> Result<Vec<Hold>, ReadError> {
    let mut holds = Vec::new();
    holds.extend(ending(process)?);
    if snapshot.init != Init::No {
        holds.push(Hold::Init(snapshot.init));
    }
    holds.extend(Freezers::find().of(process)?.map(Hold::Frozen));
    let in_state = |state| snapshot.threads.iter().filter(|thread| thread.state == state).count();
    let (asleep, of) = (in_state(State::Uninterruptible), snapshot.threads.len());
    // The freezer of version 1 shows those it has frozen as uninterruptible.
    if asleep > 0 && !holds.iter().any(|hold| matches!(hold, Hold::Frozen(frozen) if frozen.version == 1)) {
        let sleeper = snapshot.threads.iter().find(|thread| thread.state == State::Uninterruptible);
        let place = sleeper.and_then(|thread| place(process, &format!("task/{}/wchan", thread.id)));
        holds.push(Hold::Uninterruptible { threads: asleep, of, place });
    }
    // Before its tracer: one that both hold waits for CONT first.
    if snapshot.stopped {
        holds.push(Hold::Stopped);
    }
    let tracer = snapshot.threads.iter().find_map(|thread| thread.tracer).or(snapshot.tracer);
    let held = in_state(State::TraceStopped) > 0;
    if tracer.is_some() || held {
        holds.push(Hold::Traced { tracer: tracer.map(relative), held });
    }
    holds.extend(waits(snapshot));
    let pending = pending(snapshot, &holds);
    holds.extend(of_sets(snapshot));
    holds.extend(pending);
    Ok(holds)
}

/// The threads that wait for signals.
fn waits(snapshot: &Snapshot) -> Option<Hold> {
    let sets = snapshot.threads.iter().filter_map(|thread| match thread.waits {
        Waits::No => None,
        Waits::For(set) => Some(Some(set)),
        Waits::Unknown => Some(None),
    });
    let sets: Vec<Option<SignalSet>> = sets.collect();
    let set = sets.iter().try_fold(SignalSet::EMPTY, |all, set| Some(all | (*set)?));
    (!sets.is_empty()).then_some(Hold::Waits { threads: sets.len(), of: snapshot.threads.len(), set })
}

/// Blocked, ignored, caught: of the signals that would end it, and that people send.
fn of_sets(snapshot: &Snapshot) -> Vec<Hold> {
    /// The C library keeps these two for itself.
    const RESERVED: [u8; 2] = [32, 33];
    let fatal = Signal::all().filter(|signal| {
        matches!(signal.default_action(), DefaultAction::Terminate | DefaultAction::Dump)
            && signal.is_catchable()
            && !RESERVED.contains(&signal.number())
    });
    let fatal = fatal.fold(SignalSet::EMPTY, |set, signal| set | SignalSet::of(&[signal]));
    let (blocked, of) = (snapshot.blocked(), snapshot.threads.len());
    let blockers = snapshot.threads.iter().map(|thread| (thread.blocked.set() - blocked) & fatal);
    let by_some = blockers.clone().fold(SignalSet::EMPTY, |set, other| set | other);
    let threads = blockers.filter(|set| !set.is_empty()).count();
    let all = [
        (blocked & fatal, Hold::Blocked(blocked & fatal)),
        (by_some, Hold::BlockedBySome { set: by_some, threads, of }),
        (snapshot.ignored & fatal, Hold::Ignored(snapshot.ignored & fatal)),
        (snapshot.caught & fatal, Hold::Caught(snapshot.caught & fatal)),
    ];
    all.into_iter().filter(|(set, _)| !set.is_empty()).map(|(_, hold)| hold).collect()
}

/// What is pending, by what it waits for.
fn pending(snapshot: &Snapshot, holds: &[Hold]) -> Vec<Hold> {
    let own = snapshot.threads.iter().map(|thread| (thread.pending, thread.blocked.set()));
    let blocked = own.fold(snapshot.pending & snapshot.blocked(), |set, (pending, mask)| set | (pending & mask));
    let others = snapshot.all_pending() - blocked;
    let until = holds.iter().find_map(|hold| match hold {
        Hold::Frozen(_) => Some(Until::Thawed),
        Hold::Uninterruptible { .. } => Some(Until::Awake),
        Hold::Traced { held: true, .. } => Some(Until::LetGo),
        Hold::Stopped => Some(Until::Continued),
        _ => None,
    });
    let both = [(blocked, Until::Unblocked), (others, until.unwrap_or(Until::Taken))];
    both.into_iter().filter(|(set, _)| !set.is_empty()).map(|(set, until)| Hold::Pending { set, until }).collect()
}

/// Whether it is on its way out: the flag that the kernel sets first, or a core dump.
fn ending(process: &Process) -> Result<Option<Hold>, ReadError> {
    const PF_EXITING: u32 = 4;
    let mut buffer = Vec::new();
    process.read("status", &mut buffer)?;
    let dumping = buffer.split(|byte| *byte == b'\n').any(|line| line == b"CoreDumping:\t1");
    // A main thread that ended before the others has it set as well, and is a zombie.
    let stat = process.stat()?;
    let exiting = stat.flags & PF_EXITING != 0 && stat.state != State::Zombie;
    Ok((dumping || exiting).then_some(Hold::Ending { dumping }))
}

/// Where in the kernel a thread sleeps. `0`: the kernel does not say.
fn place(process: &Process, file: &str) -> Option<String> {
    let mut buffer = Vec::new();
    process.read(file, &mut buffer).ok()?;
    String::from_utf8(buffer).ok().filter(|name| !name.is_empty() && name != "0")
}

fn relative(pid: Pid) -> Relative {
    let stat = Process::open(pid).ok().and_then(|process| process.stat().ok());
    Relative { pid, comm: stat.map(|stat| stat.comm) }
}
