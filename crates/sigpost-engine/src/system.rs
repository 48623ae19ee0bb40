//! `System`: processes, threads, groups, sessions and namespaces, and every call that acts on them.
//!
//! It is a value like any other: no clock, no lock, no callback. A kernel puts it behind its own lock; a test
//! makes a hundred of them. Each call changes it and returns; what the host then has to do (wake a thread, wake a
//! parent that waits) it takes from [`System::next_work`].

use crate::disposition::ActionTable;
use crate::namespace::Namespace;
use crate::number::{Bucket, Number, Numbers};
use crate::personality::Personality;
use crate::post::Threads;
use crate::process::ProcessSignals;
use crate::process_group::Group;
use crate::process_order::ProcessOrder;
use crate::process_table::{Process, Thread};
use crate::queue::{Account, FreeEntries, Queue, QueueEntry};
use crate::session::Session;
use crate::storage::{Slot, Slots, Storage, Table};
use crate::thread::ThreadSignals;
use crate::work::WorkList;
use crate::{Credentials, Errno, GroupKey, NamespaceKey, ProcessKey, SessionKey, SignalSet, ThreadKey};

/// The rows of slots that a [`System`] keeps its tables in.
///
/// With [`Heap`](crate::Heap) there is nothing to say but how many queued signals there is room for
/// ([`Tables::heap`]); with [`Fixed`](crate::Fixed) the caller lends a slice for each.
#[derive(Debug)]
pub struct Tables<S: Storage> {
    /// A slot for each process, zombies included.
    pub processes: S::Of<Slot<Process>>,
    /// A slot for each thread.
    pub threads: S::Of<Slot<Thread>>,
    /// A slot for each process group.
    pub groups: S::Of<Slot<Group>>,
    /// A slot for each session.
    pub sessions: S::Of<Slot<Session>>,
    /// A slot for each PID namespace.
    pub namespaces: S::Of<Slot<Namespace>>,
    /// A slot for each thread and level of namespaces, and for each group or session whose maker is gone.
    pub numbers: S::Of<Slot<Number>>,
    /// The index of the numbers; best as many as numbers, and a power of two.
    pub buckets: S::Of<Bucket>,
    /// A slot for each table of handlers; processes share one after fork until one of them changes it.
    pub actions: S::Of<Slot<SharedActions>>,
    /// A slot for each queued signal's information. It does not grow: posting asks for no memory.
    pub queue: S::Of<QueueEntry>,
    /// A slot for each user (Linux) or process (others) that queued signals are charged to.
    pub accounts: S::Of<Owner>,
    /// As many as there are in `accounts`.
    pub charges: S::Of<Account>,
}

#[cfg(feature = "alloc")]
impl Tables<crate::Heap> {
    /// Tables on the heap, with room for the information of so many queued signals.
    pub fn heap(queued_signals: usize) -> Self {
        use alloc::vec::Vec;
        let mut queue = Vec::new();
        queue.resize_with(queued_signals, QueueEntry::default);
        Self {
            processes: Vec::new(),
            threads: Vec::new(),
            groups: Vec::new(),
            sessions: Vec::new(),
            namespaces: Vec::new(),
            numbers: Vec::new(),
            buckets: Vec::new(),
            actions: Vec::new(),
            queue,
            accounts: Vec::new(),
            charges: Vec::new(),
        }
    }
}

/// A handler table and how many processes use it.
#[derive(Clone, Debug, Default)]
pub struct SharedActions {
    pub(crate) table: ActionTable,
    pub(crate) users: u32,
}

/// Whose account it is, and how many processes charge to it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Owner {
    pub(crate) user: u32,
    pub(crate) processes: u32,
}

type Of<S, T> = Table<T, <S as Storage>::Of<Slot<T>>>;

/// A table of processes with everything that signals need to know of them.
///
/// ```
/// use sigpost_engine::{personality, Counts, Signal, System, Tables, Verdict};
///
/// let mut system = System::new(&personality::LINUX, Tables::heap(64));
/// let init = system.boot().unwrap();
/// let shell = system.fork(init).unwrap();
/// let job = system.fork(shell).unwrap();
/// let number = system.pid(job).unwrap();
///
/// let mut counts = Counts::default();
/// system.kill(shell, number.get(), Signal::TERM.number().into(), &mut counts).unwrap();
/// assert_eq!(counts.of(Verdict::Terminates), 1);
/// ```
pub struct System<S: Storage> {
    pub(crate) rules: &'static Personality,
    pub(crate) processes: Of<S, Process>,
    pub(crate) order: ProcessOrder,
    pub(crate) threads: Of<S, Thread>,
    pub(crate) groups: Of<S, Group>,
    pub(crate) sessions: Of<S, Session>,
    pub(crate) namespaces: Of<S, Namespace>,
    pub(crate) numbers: Numbers<S::Of<Slot<Number>>, S::Of<Bucket>>,
    pub(crate) actions: Of<S, SharedActions>,
    pub(crate) queue: S::Of<QueueEntry>,
    pub(crate) free: FreeEntries,
    pub(crate) owners: S::Of<Owner>,
    pub(crate) charges: S::Of<Account>,
    /// The first account never used; the one given up last; how many have been given up and not taken again.
    pub(crate) fresh_account: u32,
    pub(crate) idle_account: u32,
    pub(crate) idle_accounts: u32,
    pub(crate) work: WorkList,
    /// How often everyone was signalled: a fork compares.
    pub(crate) broadcasts: u32,
    /// The thread that makes the calls, if the host says so.
    pub(crate) current: Option<ThreadKey>,
    /// How many tracings were begun.
    pub(crate) traces: u32,
    /// Whom of a group a signal reaches first.
    pub(crate) youngest_member_first: bool,
}

/// A key whose owner is gone. ESRCH.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone;

impl Gone {
    /// The error number: ESRCH.
    pub const fn errno(self) -> Errno {
        Errno::ESRCH
    }
}

impl core::fmt::Display for Gone {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("the process or thread that the key names is gone")
    }
}

impl core::error::Error for Gone {}

impl<S: Storage> System<S> {
    /// An empty system of this personality, in these tables. [`boot`](Self::boot) makes its first process.
    pub fn new(rules: &'static Personality, tables: Tables<S>) -> Self {
        Self {
            rules,
            processes: Table::new(tables.processes),
            order: ProcessOrder::default(),
            threads: Table::new(tables.threads),
            groups: Table::new(tables.groups),
            sessions: Table::new(tables.sessions),
            namespaces: Table::new(tables.namespaces),
            numbers: Numbers::new(tables.numbers, tables.buckets),
            actions: Table::new(tables.actions),
            queue: tables.queue,
            free: FreeEntries::default(),
            owners: tables.accounts,
            charges: tables.charges,
            fresh_account: 0,
            idle_account: crate::queue::NIL,
            idle_accounts: 0,
            work: WorkList::default(),
            broadcasts: 0,
            current: None,
            traces: 0,
            youngest_member_first: false,
        }
    }

    /// The rules it follows.
    pub const fn rules(&self) -> &'static Personality {
        self.rules
    }

    /// The signal state of a process; `None` if it is gone.
    pub fn process(&self, key: ProcessKey) -> Option<&ProcessSignals> {
        self.processes.find(key.0).map(|index| &self.processes.at(index).signals)
    }

    /// The signal state of a thread; `None` if it is gone.
    #[inline]
    pub fn thread(&self, key: ThreadKey) -> Option<&ThreadSignals> {
        self.threads.find(key.0).map(|index| &self.threads.at(index).signals)
    }

    /// A process's user IDs and privilege.
    pub fn credentials(&self, key: ProcessKey) -> Option<&Credentials> {
        self.processes.find(key.0).map(|index| &self.processes.at(index).credentials)
    }

    #[inline]
    pub(crate) fn process_key(&self, index: u32) -> ProcessKey {
        ProcessKey(self.processes.key(index))
    }

    #[inline]
    pub(crate) fn thread_key(&self, index: u32) -> ThreadKey {
        ThreadKey(self.threads.key(index))
    }

    pub(crate) fn group_key(&self, index: u32) -> GroupKey {
        GroupKey(self.groups.key(index))
    }

    pub(crate) fn session_key(&self, index: u32) -> SessionKey {
        SessionKey(self.sessions.key(index))
    }

    pub(crate) fn namespace_key(&self, index: u32) -> NamespaceKey {
        NamespaceKey(self.namespaces.key(index))
    }

    #[inline]
    pub(crate) fn live(&self, key: ProcessKey) -> Result<u32, Gone> {
        self.processes.find(key.0).ok_or(Gone)
    }

    #[inline]
    pub(crate) fn live_thread(&self, key: ThreadKey) -> Result<u32, Gone> {
        self.threads.find(key.0).ok_or(Gone)
    }

    /// Runs a rule on one process: its signal state, a walk over its threads from the addressed one, the queue,
    /// and its handlers.
    #[inline(always)]
    pub(crate) fn with_process<R>(
        &mut self,
        process: u32,
        addressed: u32,
        rule: impl FnOnce(&mut ProcessSignals, &mut ThreadsOf<'_>, &mut Queue<'_>, &ActionTable) -> R,
    ) -> R {
        static NO_HANDLERS: ActionTable = ActionTable::EMPTY;
        let entry = self.processes.at_mut(process);
        let mut threads =
            ThreadsOf { slots: self.threads.raw_mut(), main: entry.main, addressed, hint: &mut entry.hint };
        let mut queue =
            Queue { entries: self.queue.slots_mut(), free: &mut self.free, accounts: self.charges.slots_mut() };
        let actions =
            if self.actions.is_used(entry.actions) { &self.actions.at(entry.actions).table } else { &NO_HANDLERS };
        rule(&mut entry.signals, &mut threads, &mut queue, actions)
    }
}

/// A copy with a life of its own, in which every key means what it means here: to look ahead, to try what would
/// happen, to walk through all that can. Only tables on the heap can be copied; lent ones have one owner.
#[cfg(feature = "alloc")]
impl Clone for System<crate::Heap> {
    fn clone(&self) -> Self {
        Self {
            rules: self.rules,
            processes: self.processes.clone(),
            order: self.order,
            threads: self.threads.clone(),
            groups: self.groups.clone(),
            sessions: self.sessions.clone(),
            namespaces: self.namespaces.clone(),
            numbers: self.numbers.clone(),
            actions: self.actions.clone(),
            queue: self.queue.clone(),
            free: self.free,
            owners: self.owners.clone(),
            charges: self.charges.clone(),
            fresh_account: self.fresh_account,
            idle_account: self.idle_account,
            idle_accounts: self.idle_accounts,
            work: self.work,
            broadcasts: self.broadcasts,
            current: self.current,
            traces: self.traces,
            youngest_member_first: self.youngest_member_first,
        }
    }
}

impl<S: Storage> core::fmt::Debug for System<S> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("System")
            .field("personality", &self.rules.name)
            .field("processes", &self.processes.count())
            .field("threads", &self.threads.count())
            .finish_non_exhaustive()
    }
}

/// The threads of one process, in the system's table.
#[derive(Debug)]
pub(crate) struct ThreadsOf<'a> {
    slots: &'a mut [Slot<Thread>],
    main: u32,
    addressed: u32,
    hint: &'a mut u32,
}

impl Threads for ThreadsOf<'_> {
    type Id = u32;

    #[inline]
    fn addressed(&self) -> u32 {
        self.addressed
    }

    #[inline]
    fn hint(&self) -> u32 {
        *self.hint
    }

    #[inline]
    fn set_hint(&mut self, thread: u32) {
        *self.hint = thread;
    }

    #[inline]
    fn first(&self) -> u32 {
        self.main
    }

    #[inline]
    fn after(&self, thread: u32) -> Option<u32> {
        let next = self.slots[thread as usize].entry().next;
        (next != crate::queue::NIL).then_some(next)
    }

    #[inline]
    fn thread(&self, thread: u32) -> &ThreadSignals {
        &self.slots[thread as usize].entry().signals
    }

    #[inline]
    fn thread_mut(&mut self, thread: u32) -> &mut ThreadSignals {
        &mut self.slots[thread as usize].entry_mut().signals
    }
}

/// A process's pending signals as `sigpending` reports them to one of its threads.
pub(crate) fn reported(process: &ProcessSignals, thread: &ThreadSignals, rules: &Personality) -> SignalSet {
    let pending = process.pending.set() | thread.pending.set();
    if rules.sigpending_reports_unblocked { pending } else { pending & thread.mask.set() }
}
