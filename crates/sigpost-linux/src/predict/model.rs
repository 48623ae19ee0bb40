//! The sender and the targets as the engine's [`System`] holds them.

use std::collections::{HashMap, HashSet};

use sigpost_engine::{
    Activity, Credentials, GroupId, Heap, Pid, Placement, ProcessKey, ProcessObservation, Receipt, SessionId, Signal,
    SignalMask, SignalSet, System, Tables, ThreadObservation, Trace,
};

use super::Question;
use crate::proc_stat::State;
use crate::receipt::Scope;
use crate::snapshot::{Init, Snapshot, ThreadSnapshot, Waits};

/// Room for the information of signals that the call itself queues, besides one for each target.
const SPARE_QUEUE: usize = 8;

/// Numbers that no process of a live host has (`PID_MAX_LIMIT` is 4,194,304), for those who have to stand in the
/// system though nobody asks after them.
const BEYOND_ALL: i32 = 0x4000_0000;
/// The group, and the session, of those whose own are outside of our PID namespace.
const OUTSIDE: i32 = BEYOND_ALL - 1;
/// Stands for session 1: the engine's own process 1 leads that one, and must not be related to anybody by chance.
const SESSION_ONE: i32 = BEYOND_ALL - 2;

/// What is supposed of a thread that sleeps in `sigwait`, nobody knows for which signals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doubt {
    /// It waits for the signal in question, if it does not block it.
    Waits,
    /// It does not.
    DoesNot,
}

/// The engine's system with the sender and the targets in it.
pub(super) struct Model {
    system: System<Heap>,
    one: ProcessKey,
    sender: ProcessKey,
    targets: Vec<ProcessKey>,
    doubt: Doubt,
    /// A process in each session that is in none of its groups of targets: the parent of those not orphaned.
    parents: HashMap<SessionId, ProcessKey>,
    /// The groups that are known to be orphaned: nobody in them has such a parent, the sender neither.
    orphaned: HashSet<GroupId>,
    next: i32,
}

impl Model {
    /// `None` where the snapshots do not fit together: they were read while the processes changed.
    pub(super) fn build(sender: &Snapshot, targets: &[&Snapshot], question: &Question, doubt: Doubt) -> Option<Self> {
        let mut system = System::new(question.rules, Tables::heap(targets.len() + SPARE_QUEUE));
        let one = system.boot().ok()?;
        let parents = HashMap::new();
        let orphaned = targets.iter().filter(|target| target.orphaned == Some(true));
        let orphaned = orphaned.filter_map(|target| target.group).collect();
        let mut model =
            Self { system, one, sender: one, targets: Vec::new(), doubt, parents, orphaned, next: BEYOND_ALL };
        model.sender = model.place(sender)?;
        for target in targets {
            let key = if target.pid == sender.pid { model.sender } else { model.place(target)? };
            model.observe(key, target, question.signal)?;
            model.targets.push(key);
        }
        Some(model)
    }

    /// Makes the call, and returns each target's receipt.
    pub(super) fn ask(mut self, question: &Question) -> Vec<Option<Receipt>> {
        let signal = question.signal.map_or(0, |signal| i32::from(signal.number()));
        let mut receipts: HashMap<ProcessKey, Receipt> = HashMap::new();
        let mut keep = |receipt: Receipt| {
            receipts.insert(receipt.process, receipt);
        };
        let system = &mut self.system;
        // What the call returns is folded from the receipts, which tell more.
        let _ = match question.scope {
            // Here -1 would be everyone: the handle of process 1 reaches each that is in its group.
            Scope::Group(group) if group.get() > 1 => system.kill(self.sender, -group.get(), signal, &mut keep),
            Scope::Group(group) if question.rules.name != "linux" => {
                system.killpg(self.sender, group.get(), signal, &mut keep)
            }
            Scope::Everyone => system.kill(self.sender, -1, signal, &mut keep),
            // These are sent to one by one, or group by group.
            Scope::Process | Scope::Group(_) | Scope::Session(_) | Scope::Tree(_) | Scope::Cgroup => {
                for target in &self.targets {
                    let Some(pid) = system.pid(*target).map(Pid::get) else { continue };
                    let _ = if question.with_value {
                        system.sigqueue(self.sender, pid, signal, 0, &mut keep)
                    } else {
                        system.kill(self.sender, pid, signal, &mut keep)
                    };
                }
                Ok(())
            }
        };
        self.targets.iter().map(|target| receipts.get(target).copied()).collect()
    }

    /// Puts a process where it stands among groups and sessions.
    fn place(&mut self, snapshot: &Snapshot) -> Option<ProcessKey> {
        if snapshot.init == Init::Ours {
            self.system.set_credentials(self.one, snapshot.credentials).ok()?;
            return Some(self.one);
        }
        let session = session_of(snapshot)?;
        let is_orphaned = snapshot.group.is_some_and(|group| self.orphaned.contains(&group));
        let parent = if is_orphaned { self.one } else { self.parent_in(session)? };
        let group = snapshot.group.or(GroupId::new(OUTSIDE));
        let placement = Placement { number: Some(snapshot.pid), group, session, credentials: snapshot.credentials };
        self.system.place(parent, &placement).ok()
    }

    /// A process of this session in a group of its own: whose child is in another group of the session is not in an
    /// orphaned one.
    fn parent_in(&mut self, session: SessionId) -> Option<ProcessKey> {
        if let Some(parent) = self.parents.get(&session) {
            return Some(*parent);
        }
        let parent = self.place_extra(session)?;
        self.parents.insert(session, parent);
        Some(parent)
    }

    fn place_extra(&mut self, session: SessionId) -> Option<ProcessKey> {
        self.next += 1;
        let (number, group) = (Pid::new(self.next), GroupId::new(self.next));
        let placement = Placement { number, group, session, credentials: Credentials::user(0) };
        self.system.place(self.one, &placement).ok()
    }

    /// Tells the engine the state of a target as it was read.
    fn observe(&mut self, key: ProcessKey, target: &Snapshot, signal: Option<Signal>) -> Option<()> {
        for (index, thread) in target.threads.iter().enumerate() {
            let main = self.system.main_thread(key)?;
            let thread_key = if index == 0 { main } else { self.system.new_thread(main).ok()? };
            let mut observed = observed(thread, signal.filter(|_| self.doubt == Doubt::Waits));
            if signal.is_some_and(|signal| target.is_held_frozen(signal)) {
                observed.activity = Activity::Uninterruptible;
            }
            self.system.observe_thread(thread_key, &observed).ok()?;
        }
        self.system.observe_process(key, &process_observed(target, signal)).ok()?;
        if let Some((queued, limit)) = target.queued {
            let left = u32::try_from(limit.saturating_sub(queued)).unwrap_or(u32::MAX);
            self.system.set_queue_limit(key, left).ok()?;
        }
        let main_has_ended = target.threads.first()?.state.has_ended();
        if main_has_ended && !target.is_zombie() {
            let main = self.system.main_thread(key)?;
            self.system.exit_thread(main).ok()?;
        }
        Some(())
    }
}

fn session_of(snapshot: &Snapshot) -> Option<SessionId> {
    match snapshot.session.map(SessionId::get) {
        Some(1) => SessionId::new(SESSION_ONE),
        Some(session) => SessionId::new(session),
        None => SessionId::new(OUTSIDE),
    }
}

fn process_observed(target: &Snapshot, signal: Option<Signal>) -> ProcessObservation {
    // KILL and STOP reach the init of an inner namespace, for they come from outside of it.
    let from_outside = target.init == Init::Inner && signal.is_some_and(|signal| !signal.is_catchable());
    ProcessObservation {
        ignored: target.ignored,
        caught: target.caught,
        pending: target.pending,
        stopped: target.stopped.then_some(Signal::STOP),
        zombie: target.is_zombie(),
        system: target.kernel_thread,
        protected: target.init != Init::No && !from_outside,
    }
}

/// `doubtful` is the signal for which a thread waits, if nobody knows for which it does.
fn observed(thread: &ThreadSnapshot, doubtful: Option<Signal>) -> ThreadObservation {
    let waiting = match (thread.waits, doubtful) {
        (Waits::For(set), _) => set,
        (Waits::Unknown, Some(signal)) if may_wait_for(thread, signal) => SignalSet::of(&[signal]),
        _ => SignalSet::EMPTY,
    };
    ThreadObservation {
        mask: SignalMask::new(thread.blocked.set() | waiting),
        pending: thread.pending,
        waiting,
        activity: match thread.state {
            State::Sleeping | State::Idle => Activity::Interruptible,
            State::Uninterruptible => Activity::Uninterruptible,
            _ => Activity::Running,
        },
        trace: match (thread.state, thread.tracer) {
            (State::TraceStopped, _) => Trace::Stopped(None),
            (_, Some(_)) => Trace::Traced,
            (_, None) => Trace::No,
        },
    }
}

/// The kernel shows a thread in `sigwait` as not blocking what it waits for.
fn may_wait_for(thread: &ThreadSnapshot, signal: Signal) -> bool {
    signal.is_catchable() && !thread.blocked.blocks(signal)
}

/// Whether nobody knows if a thread of the target waits for the signal.
pub(super) fn is_doubtful(target: &Snapshot, signal: Signal) -> bool {
    target.threads.iter().any(|thread| thread.waits == Waits::Unknown && may_wait_for(thread, signal))
}
