//! A host that embeds layer 2: one process, its threads in a row, a queue.

use sigpost_engine::deliver::{Surroundings, deliver, take};
use sigpost_engine::personality::LINUX;
use sigpost_engine::{
    Account, Action, ActionFlags, ActionTable, Charge, Delivery, Disposition, FreeEntries, Post, ProcessSignals, Queue,
    QueueEntry, Signal, SignalInfo, SignalSet, ThreadSignals, Threads, Verdict, post,
};

/// The threads of the process, as this host keeps them.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) threads: Vec<ThreadSignals>,
    hint: usize,
}

impl Threads for Row {
    type Id = usize;

    fn addressed(&self) -> usize {
        0
    }

    fn hint(&self) -> usize {
        self.hint
    }

    fn set_hint(&mut self, thread: usize) {
        self.hint = thread;
    }

    fn first(&self) -> usize {
        0
    }

    fn after(&self, thread: usize) -> Option<usize> {
        (thread + 1 < self.threads.len()).then_some(thread + 1)
    }

    fn thread(&self, thread: usize) -> &ThreadSignals {
        &self.threads[thread]
    }

    fn thread_mut(&mut self, thread: usize) -> &mut ThreadSignals {
        &mut self.threads[thread]
    }
}

/// What the host keeps of the queue.
#[derive(Debug)]
pub(crate) struct Pool {
    entries: Vec<QueueEntry>,
    free: FreeEntries,
    accounts: [Account; 1],
}

impl Pool {
    pub(crate) fn of(entries: usize) -> Self {
        Self {
            entries: vec![QueueEntry::default(); entries],
            free: FreeEntries::default(),
            accounts: [Account::default()],
        }
    }

    pub(crate) fn queue(&mut self) -> Queue<'_> {
        Queue { entries: &mut self.entries, free: &mut self.free, accounts: &mut self.accounts }
    }
}

/// A process that catches USR1 (without blocking it meanwhile), and its threads.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) signals: ProcessSignals,
    pub(crate) row: Row,
    actions: ActionTable,
}

impl Process {
    pub(crate) fn of(threads: usize) -> Self {
        let mut signals = ProcessSignals::new(Charge { account: 0, limit: u32::MAX });
        let action = Action { flags: ActionFlags::NODEFER, ..Action::default() };
        signals.set_disposition(Signal::USR1, &Disposition::Catch(action));
        let mut actions = ActionTable::EMPTY;
        actions.set(Signal::USR1, action);
        Self { signals, row: Row { threads: vec![ThreadSignals::default(); threads], hint: 0 }, actions }
    }

    /// These threads block USR1.
    pub(crate) fn block(&mut self, threads: usize) {
        for thread in &mut self.row.threads[..threads] {
            thread.set_mask(SignalSet::of(&[Signal::USR1]).into());
        }
    }

    #[inline]
    pub(crate) fn post(&mut self, queue: &mut Queue<'_>, signal: Signal) -> Verdict {
        let letter = Post::to_process(SignalInfo::kernel(signal));
        post(&mut self.signals, &mut self.row, queue, &letter, &LINUX).verdict
    }

    #[inline]
    pub(crate) fn take(&mut self, queue: &mut Queue<'_>, thread: usize, from: SignalSet) -> Option<SignalInfo> {
        take(&mut self.row.threads[thread], &mut self.signals, queue, from, &LINUX)
    }

    #[inline]
    pub(crate) fn deliver(&mut self, queue: &mut Queue<'_>) -> Delivery {
        let surroundings =
            Surroundings { actions: &self.actions, orphaned: false, child_of_init: false, rules: &LINUX };
        deliver(&mut self.signals, &mut self.row, queue, &surroundings).delivery
    }
}
