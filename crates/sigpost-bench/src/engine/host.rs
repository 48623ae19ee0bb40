//! A host that embeds layer 2: one process, its threads in a row, a queue.

use sigpost_engine::deliver::{Surroundings, deliver, take};
use sigpost_engine::personality::LINUX;
use sigpost_engine::{
    Account, Action, ActionFlags, ActionTable, Charge, Delivery, Disposition, FreeEntries, Post, Posted,
    ProcessSignals, Queue, QueueEntry, Signal, SignalInfo, SignalSet, ThreadRow, ThreadSignals, Verdict, Wake, post,
};

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
    pub(crate) row: ThreadRow<Vec<ThreadSignals>>,
    actions: ActionTable,
}

impl Process {
    pub(crate) fn of(threads: usize) -> Self {
        let mut signals = ProcessSignals::new(Charge { account: 0, limit: u32::MAX });
        let action = Action { flags: ActionFlags::NODEFER, ..Action::default() };
        signals.set_disposition(Signal::USR1, &Disposition::Catch(action));
        let mut actions = ActionTable::EMPTY;
        actions.set(Signal::USR1, action);
        Self { signals, row: ThreadRow::new(vec![ThreadSignals::default(); threads]), actions }
    }

    /// These threads block USR1.
    pub(crate) fn block(&mut self, threads: usize) {
        for thread in &mut self.row.threads[..threads] {
            thread.set_mask(SignalSet::of(&[Signal::USR1]).into());
        }
    }

    #[inline]
    pub(crate) fn post(&mut self, queue: &mut Queue<'_>, signal: Signal) -> Verdict {
        self.posted(queue, signal).verdict
    }

    /// Posts, and says which thread is to look; the first where nobody is.
    #[inline]
    pub(crate) fn post_to_taker(&mut self, queue: &mut Queue<'_>, signal: Signal) -> usize {
        if let Wake::One(taker) = self.posted(queue, signal).wake { taker } else { 0 }
    }

    #[inline]
    fn posted(&mut self, queue: &mut Queue<'_>, signal: Signal) -> Posted<usize> {
        let letter = Post::to_process(SignalInfo::kernel(signal));
        post(&mut self.signals, &mut self.row, queue, &letter, &LINUX)
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
