//! Work: what the host has to do after a call, drained with [`System::next_work`].
//!
//! A thread and a process each stand in the list at most once, however much happened to them; the list runs
//! through their own slots, so it cannot overflow and needs no memory. Drain it after your locks are dropped.
//!
//! ```
//! use sigpost_engine::{personality, Delivery, ExitStatus, Signal, System, Tables, Work};
//!
//! let mut system = System::new(&personality::LINUX, Tables::heap(8));
//! let init = system.boot()?;
//! let job = system.fork(init)?;
//! system.psignal(job, Signal::TERM, &mut ())?;
//!
//! while let Some(work) = system.next_work() {
//!     match work {
//!         // A kernel makes the thread run, and it asks `deliver` on its way back to user mode.
//!         Work::Thread(thread) => {
//!             assert_eq!(system.deliver(thread)?, Delivery::End(ExitStatus::Killed(Signal::TERM)));
//!             system.exit_thread(thread)?;
//!         }
//!         // Whoever waits in the parent asks again.
//!         Work::ChildNews(parent) => assert!(system.wait(parent, None)?.is_some()),
//!         Work::Readable(_) => {}
//!     }
//! }
//! assert!(system.process(job).is_none(), "it has been asked about");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::process_table::{Process, Thread};
use crate::queue::NIL;
use crate::storage::{Slot, Slots, Storage, Table};
use crate::{ProcessKey, System, ThreadKey};

/// One thing that the host has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// The thread has something to look at. If it slept it is to run now; if it runs on another processor it is to
    /// be interrupted; then it calls [`System::deliver`].
    Thread(ThreadKey),
    /// A child or a tracee of the process ended, stopped or continued: whoever waits for that in the process is to
    /// ask again.
    ChildNews(ProcessKey),
    /// A signal may have become pending for the process, which is [watched](System::signalfd_watch): whoever sleeps on a
    /// descriptor that reads its signals is to [look again](System::signalfd_poll).
    Readable(ProcessKey),
}

/// A place in a list of work, kept in the slot of what the work is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Link {
    next: u32,
    previous: u32,
    listed: bool,
    /// What a process is listed for: a child's news, a signal that can be read.
    child_news: bool,
    readable: bool,
}

impl Default for Link {
    fn default() -> Self {
        Self { next: NIL, previous: NIL, listed: false, child_news: false, readable: false }
    }
}

/// The two ends of a list.
#[derive(Clone, Copy, Debug)]
struct Ends {
    first: u32,
    last: u32,
}

/// The threads and the processes that the host has something to do about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WorkList {
    threads: Ends,
    processes: Ends,
}

impl Default for WorkList {
    fn default() -> Self {
        let empty = Ends { first: NIL, last: NIL };
        Self { threads: empty, processes: empty }
    }
}

impl<S: Storage> System<S> {
    /// The next thing to do, oldest first, threads before processes; `None` when all is done.
    #[inline]
    pub fn next_work(&mut self) -> Option<Work> {
        let thread = self.work.threads.first;
        if thread != NIL {
            self.drop_thread_work(thread);
            return Some(Work::Thread(self.thread_key(thread)));
        }
        let process = self.work.processes.first;
        (process != NIL).then(|| self.next_work_of(process))
    }

    /// What a process stands in the list for, a child's news first; with its last reason it leaves the list.
    fn next_work_of(&mut self, process: u32) -> Work {
        let key = self.process_key(process);
        let link = &mut self.processes.at_mut(process).work;
        let has_news = core::mem::take(&mut link.child_news);
        if !(has_news && link.readable) {
            self.drop_process_work(process);
        }
        if has_news { Work::ChildNews(key) } else { Work::Readable(key) }
    }

    #[inline]
    pub(crate) fn list_thread(&mut self, index: u32) {
        append(&mut self.work.threads, index, &mut self.threads);
    }

    /// A child of the process, or what it traces, has news.
    pub(crate) fn list_process(&mut self, index: u32) {
        append(&mut self.work.processes, index, &mut self.processes);
        self.processes.at_mut(index).work.child_news = true;
    }

    /// A signal of the process may be read.
    pub(crate) fn list_readable(&mut self, index: u32) {
        append(&mut self.work.processes, index, &mut self.processes);
        self.processes.at_mut(index).work.readable = true;
    }

    #[inline]
    pub(crate) fn drop_thread_work(&mut self, index: u32) {
        unlink(&mut self.work.threads, index, &mut self.threads);
    }

    pub(crate) fn drop_process_work(&mut self, index: u32) {
        unlink(&mut self.work.processes, index, &mut self.processes);
    }
}

/// A table whose entries have a link.
trait Links {
    fn link(&mut self, index: u32) -> &mut Link;
}

impl<C: Slots<Slot<Thread>>> Links for Table<Thread, C> {
    fn link(&mut self, index: u32) -> &mut Link {
        &mut self.at_mut(index).work
    }
}

impl<C: Slots<Slot<Process>>> Links for Table<Process, C> {
    fn link(&mut self, index: u32) -> &mut Link {
        &mut self.at_mut(index).work
    }
}

/// Puts an entry at the end, unless it is in the list.
#[inline]
fn append(ends: &mut Ends, index: u32, links: &mut impl Links) {
    let link = links.link(index);
    if link.listed {
        return;
    }
    let last = core::mem::replace(&mut ends.last, index);
    *link = Link { next: NIL, previous: last, listed: true, ..Link::default() };
    if last == NIL {
        ends.first = index;
    } else {
        links.link(last).next = index;
    }
}

/// Takes an entry out, if it is in the list.
#[inline]
fn unlink(ends: &mut Ends, index: u32, links: &mut impl Links) {
    let link = core::mem::take(links.link(index));
    if !link.listed {
        return;
    }
    if link.previous == NIL {
        ends.first = link.next;
    } else {
        links.link(link.previous).next = link.next;
    }
    if link.next == NIL {
        ends.last = link.previous;
    } else {
        links.link(link.next).previous = link.previous;
    }
}
