//! The order in which processes began, which is the order in which `kill(-1)` reaches them: it matters where a queue
//! fills up on the way. The list runs through the processes' own slots, so making and reaping stay as cheap as they are.
//!
//! Source: Linux `for_each_process`, whose list `copy_process` appends to; POSIX leaves the order open.

use crate::process_table::Process;
use crate::queue::NIL;
use crate::storage::{Slot, Slots, Storage, Table};
use crate::{ProcessKey, System};

/// Both ends of the list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ProcessOrder {
    pub(crate) oldest: u32,
    youngest: u32,
}

impl Default for ProcessOrder {
    fn default() -> Self {
        Self { oldest: NIL, youngest: NIL }
    }
}

impl ProcessOrder {
    /// Puts a new process last.
    pub(crate) fn add<C: Slots<Slot<Process>>>(&mut self, processes: &mut Table<Process, C>, index: u32) {
        let older = core::mem::replace(&mut self.youngest, index);
        processes.at_mut(index).older = older;
        self.lead_on(processes, older, index);
    }

    /// Takes out a process that is about to leave the table.
    pub(crate) fn remove<C: Slots<Slot<Process>>>(&mut self, processes: &mut Table<Process, C>, index: u32) {
        let (older, younger) = (processes.at(index).older, processes.next(index));
        self.lead_on(processes, older, younger);
        if younger == NIL {
            self.youngest = older;
        } else {
            processes.at_mut(younger).older = older;
        }
    }

    /// From a process (NIL: from the beginning) the list leads on to that one.
    fn lead_on<C: Slots<Slot<Process>>>(&mut self, processes: &mut Table<Process, C>, from: u32, to: u32) {
        if from == NIL {
            self.oldest = to;
        } else {
            processes.set_next(from, to);
        }
    }
}

impl<S: Storage> System<S> {
    /// Every process that has not been reaped, oldest first.
    ///
    /// ```
    /// # use sigpost_engine::{personality, System, Tables};
    /// # let mut system = System::new(&personality::LINUX, Tables::heap(8));
    /// let init = system.boot()?;
    /// let (first, second) = (system.fork(init)?, system.fork(init)?);
    /// assert!(system.processes().eq([init, first, second]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn processes(&self) -> impl Iterator<Item = ProcessKey> + '_ {
        self.oldest_first().map(|index| self.process_key(index))
    }

    /// The slots of the processes, in the order in which they were made.
    pub(crate) fn oldest_first(&self) -> impl Iterator<Item = u32> + '_ {
        let there = |index: u32| (index != NIL).then_some(index);
        core::iter::successors(there(self.order.oldest), move |&at| there(self.processes.next(at)))
    }
}
