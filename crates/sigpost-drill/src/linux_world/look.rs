//! How processes and threads are seen: in `/proc`; where that is missing, by what they and their parents report.
//!
//! A report costs the puppet a few system calls of its own and leaves no trace in the scenario: sigpending, its mask,
//! its dispositions, and `waitid` with `WNOHANG` and `WNOWAIT` for a child. Who does not report is in a call, stopped
//! or gone; its parent, the null signal and its handle tell which. What nobody can tell is not guessed: it is
//! [`Sight`]'s to say so.

use core::cell::Cell;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};

use rustix::io::Errno;
use sigpost_scenario::Trouble;
use sigpost_sys::{identity, kill, pidfd, processor};

use super::step::can_block;
use super::{LinuxWorld, broken};
use crate::command::Operation;
use crate::proc_view::{self, Sight, ThreadFiles, ThreadView};
use crate::report::{ChildReport, Report};
use crate::settle::{self, Watched};

const EXITED: i32 = 1;
const KILLED: i32 = 2;
const DUMPED: i32 = 3;
const STOPPED: i32 = 5;
const CONTINUED: i32 = 6;

/// By what a thread is seen.
#[derive(Debug)]
pub(super) enum ThreadEyes {
    Proc(ThreadFiles),
    Reports {
        /// The numbers of its process and its own.
        process: i32,
        thread: i32,
        /// Of what is pending: what was sent to the thread and not to its process.
        private: Cell<u64>,
        unsure: Cell<u64>,
    },
}

impl ThreadEyes {
    pub(super) fn open(process: i32, thread: i32, by_reports: bool) -> io::Result<Self> {
        if by_reports {
            return Ok(Self::Reports { process, thread, private: Cell::new(0), unsure: Cell::new(0) });
        }
        ThreadFiles::open(process, thread).map(Self::Proc)
    }

    /// Its numbers in all namespaces, the runner's first; `None`: they are not shown.
    pub(super) fn numbers(&self) -> io::Result<Option<Vec<i32>>> {
        match self {
            Self::Proc(files) => Ok(files.read()?.map(|view| view.numbers)),
            Self::Reports { .. } => Ok(None),
        }
    }

    /// As [`ThreadFiles::wait_status`].
    pub(super) fn wait_status(&self) -> io::Result<i32> {
        match self {
            Self::Proc(files) => files.wait_status(),
            // Told of those that are traced, which without `/proc` nobody is.
            Self::Reports { .. } => Ok(0),
        }
    }
}

/// By what a process is seen, besides its threads.
#[derive(Debug)]
pub(super) enum ProcessEyes {
    Proc {
        handle: OwnedFd,
        stat: File,
    },
    Reports {
        /// None where the kernel has no handles.
        handle: Option<OwnedFd>,
        /// The signal of the stop that it is in, as far as was seen.
        stop: Cell<i32>,
        /// The wait status that it ended with.
        end: Cell<Option<i32>>,
    },
}

impl ProcessEyes {
    pub(super) fn open(number: i32, by_reports: bool) -> io::Result<Self> {
        if by_reports {
            let handle = pidfd::open(number).ok();
            return Ok(Self::Reports { handle, stop: Cell::new(0), end: Cell::new(None) });
        }
        Ok(Self::Proc { handle: pidfd::open(number)?, stat: proc_view::process_stat(number)? })
    }

    /// Takes down that it has stopped, where the news of that were taken.
    pub(super) fn note_stop(&self, signal: i32) {
        if let Self::Reports { stop, .. } = self {
            stop.set(signal);
        }
    }

    /// Its wait status while it is stopped: the signal.
    pub(super) fn wait_status(&self) -> io::Result<i32> {
        match self {
            Self::Proc { stat, .. } => proc_view::process_wait_status(stat),
            Self::Reports { stop, .. } => Ok(stop.get()),
        }
    }

    /// The wait status that it ended with; `None`: that cannot be seen. `gone`: it was waited for.
    pub(super) fn end_status(&self, gone: bool) -> io::Result<Option<i32>> {
        match self {
            Self::Proc { handle, .. } if gone => Ok(pidfd::info(handle.as_fd()).ok().and_then(|info| info.exit_status)),
            Self::Proc { stat, .. } => proc_view::process_wait_status(stat).map(Some),
            Self::Reports { end, .. } => Ok(end.get()),
        }
    }
}

impl LinuxWorld {
    /// Waits until all are at rest, and returns what they look like: `None` for a thread that is gone.
    pub(super) fn see_all_at_rest(&self) -> Result<Vec<Option<ThreadView>>, Trouble> {
        if self.by_reports() {
            return settle::at_rest(self.patience(), || self.see_all(), |seen| self.is_in_doubt(seen));
        }
        let mut watched = Vec::with_capacity(self.threads.len());
        for (slot, thread) in self.threads.iter().enumerate() {
            let is_runner = slot == 0 && self.is_alone();
            let may_wait_for_child = thread.calls.iter().any(|call| call.operation == Operation::Fork);
            if let ThreadEyes::Proc(files) = &thread.eyes {
                watched.push(Watched { files, may_wait_for_child, is_runner });
            }
        }
        let keepers = self.keepers.iter();
        watched.extend(keepers.map(|files| Watched { files, may_wait_for_child: false, is_runner: false }));
        let mut views = settle::all_at_rest(&watched)?;
        views.truncate(self.threads.len());
        Ok(views)
    }

    /// Whether somebody to whom the step sends has run since, does not report, and looks as before.
    fn is_in_doubt(&self, seen: &[Option<ThreadView>]) -> bool {
        let Some(sent) = &self.sent else { return false };
        let has_run = |before: &ThreadView, now: &ThreadView| now.switches == 0 || before.switches != now.switches;
        seen.iter().enumerate().any(|(slot, view)| {
            let before = self.now.threads.get(slot).and_then(Option::as_ref);
            let (Some(before), Some(view)) = (before, view) else { return false };
            let is_silent = view.sight != Sight::Whole && !view.has_ended();
            let as_before = before.state == view.state && has_run(before, view);
            is_silent && as_before && sent.processes.contains(&self.threads[slot].process)
        })
    }

    /// What all look like; `None`: somebody moves.
    fn see_all(&self) -> Result<Option<Vec<Option<ThreadView>>>, Trouble> {
        let mut seen = Vec::with_capacity(self.threads.len());
        for slot in 0..self.threads.len() {
            let view = self.see_among(slot, &seen)?;
            if view.as_ref().is_some_and(|view| view.state == b'R') {
                return Ok(None);
            }
            seen.push(view);
        }
        Ok(Some(seen))
    }

    /// What a thread looks like now; `None`: it is gone.
    pub(super) fn see(&self, slot: usize) -> Result<Option<ThreadView>, Trouble> {
        self.see_among(slot, &self.now.threads)
    }

    /// As [`see`](Self::see), where those made before it were seen already.
    fn see_among(&self, slot: usize, seen: &[Option<ThreadView>]) -> Result<Option<ThreadView>, Trouble> {
        let process = match &self.threads[slot].eyes {
            ThreadEyes::Proc(files) => return files.read().map_err(broken),
            ThreadEyes::Reports { process, .. } => *process,
        };
        let last = match self.now.threads.get(slot) {
            Some(None) => return Ok(None),
            Some(Some(view)) => view.clone(),
            None => ThreadView { state: b'S', sight: Sight::Nothing, ..ThreadView::default() },
        };
        let mut view = if let Some(report) = self.report_of(slot, 0) {
            self.view_of(slot, &last, &report)
        } else {
            let Some(view) = self.see_silent(slot, last, seen)? else { return Ok(None) };
            view
        };
        view.group = identity::group_of(process).unwrap_or(view.group);
        view.session = identity::session_of(process).unwrap_or(view.session);
        Ok(Some(view))
    }

    /// What a thread reports, if it waits for orders, with news of this child (0: of none).
    fn report_of(&self, slot: usize, child: i32) -> Option<Report> {
        if slot == 0 {
            return Some(Report::of_caller(child));
        }
        if self.in_call(slot).is_some() || self.has_left(slot) {
            return None;
        }
        settle::report(self.memory.slot(slot), child, self.patience())
    }

    fn view_of(&self, slot: usize, last: &ThreadView, report: &Report) -> ThreadView {
        let ThreadEyes::Reports { private, unsure, .. } = &self.threads[slot].eyes else { return last.clone() };
        let process = self.threads[slot].process;
        self.processes[process].eyes.note_stop(0);
        let sent = self.sent.as_ref().filter(|sent| sent.processes.contains(&process));
        let bit = sent.map_or(0, |sent| sent.bit);
        let is_for_it = sent.is_some_and(|sent| sent.thread == Some(slot));
        let gained = report.pending & !(last.pending | last.shared);
        if is_for_it {
            private.set(private.get() | gained & bit);
        }
        // There already, in the other queue.
        unsure.set(unsure.get() | bit & if is_for_it { last.shared } else { last.pending });
        private.set(private.get() & report.pending);
        unsure.set(unsure.get() & report.pending);
        ThreadView {
            state: b'S',
            pending: report.pending & private.get(),
            shared: report.pending & !private.get(),
            blocked: report.blocked,
            ignored: report.ignored,
            caught: report.caught,
            parent: report.parent,
            sight: Sight::Whole,
            unsure: unsure.get(),
            ..ThreadView::default()
        }
    }

    /// The call that a thread was told to make and that has not returned.
    fn in_call(&self, slot: usize) -> Option<Operation> {
        let place = self.memory.slot(slot);
        let call = self.threads[slot].calls.last()?;
        let is_in = place.answer(call.order).is_none() && call.holds == place.holds();
        is_in.then_some(call.operation)
    }

    /// Whether it was told to end, which takes a while.
    fn has_left(&self, slot: usize) -> bool {
        let leaves = |operation| matches!(operation, Operation::ThreadExit | Operation::Exit);
        self.threads[slot].calls.iter().any(|call| leaves(call.operation))
    }

    /// One who does not report: in a call, stopped, ended, or gone.
    fn see_silent(
        &self,
        slot: usize,
        last: ThreadView,
        seen: &[Option<ThreadView>],
    ) -> Result<Option<ThreadView>, Trouble> {
        let ThreadEyes::Reports { process: number, thread, .. } = &self.threads[slot].eyes else {
            return Ok(Some(last));
        };
        let index = self.threads[slot].process;
        let ProcessEyes::Reports { handle, stop, end } = &self.processes[index].eyes else {
            return Ok(Some(last));
        };
        let parent = self.parent_among(index, seen);
        let told = self.news_of(index, parent);
        if told.is_some_and(ChildReport::is_missing) {
            return Err(Trouble::Unsupported("waitid on this kernel".to_owned()));
        }
        let taken = self.news_taken(slot);
        let news = taken.or_else(|| told.filter(|news| news.code != 0));
        match news.map(|news| (news.code, news.status)) {
            Some((EXITED, status)) => end.set(Some((status & 0xff) << 8)),
            Some((KILLED | DUMPED, signal)) => end.set(Some(signal & 0x7f)),
            _ => {}
        }
        let gone = match kill::thread(*number, *thread, 0) {
            Err(Errno::NOSYS) if number == thread => kill::process(*number, 0),
            there => there,
        };
        if gone == Err(Errno::SRCH) {
            return Ok(None);
        }
        let code = news.map_or(0, |news| news.code);
        let operation = self.in_call(slot);
        let blocks = operation.is_some_and(|operation| can_block(operation) || operation == Operation::Fork);
        let has_ended = handle.as_ref().map(|handle| pidfd::has_ended(handle.as_fd()).unwrap_or(false));
        let proven = matches!(code, EXITED | KILLED | DUMPED) || has_ended == Some(true);
        let leaves = self.has_left(slot);
        let stay = |(other, view): (usize, &ThreadView)| other != slot && !view.has_ended();
        // A main thread that has left is there until the others have; of a process that has, somebody tells.
        let left = number == thread
            && (self.views(index, &self.now).any(stay) || told.or(taken).is_none() && has_ended.is_none());
        let ended = proven || leaves && left;
        let stays = stop.get() != 0 && code != CONTINUED;
        let (state, signal) = match code {
            _ if ended => (b'Z', 0),
            _ if leaves => (b'R', 0),
            STOPPED => (b'T', news.map_or(0, |news| news.status)),
            _ if stays => (b'T', stop.get()),
            _ if operation == Some(Operation::Fork) => (b'D', 0),
            _ if blocks => (b'S', 0),
            // It has an answer to give, and nothing is known to keep it from that but the others on the processor.
            _ if told.is_some() => (b'R', 0),
            _ => (b'T', 0),
        };
        stop.set(signal);
        let sight = if told.is_some() || ended { Sight::State } else { Sight::Nothing };
        let parent = self.threads[self.processes[parent].slot].numbers[0];
        // The clock is the process's: it goes on while another thread reports.
        let is_only = self.threads.iter().filter(|thread| thread.process == index).count() == 1;
        let switches = if is_only { processor::time_of(*number).unwrap_or(0) } else { 0 };
        Ok(Some(ThreadView { state, parent, switches, sight, ..last }))
    }

    /// The parent of a process, by index: who made it or, once that one has ended, process 1.
    fn parent_among(&self, process: usize, seen: &[Option<ThreadView>]) -> usize {
        let maker = self.processes[process].maker;
        let ended = |view: &Option<ThreadView>| view.as_ref().is_none_or(ThreadView::has_ended);
        let threads = seen.iter().enumerate().filter(|(slot, _)| self.threads[*slot].process == maker);
        let mut threads = threads.peekable();
        if threads.peek().is_some() && threads.all(|(_, view)| ended(view)) { 0 } else { maker }
    }

    /// What the parent of a process says of it; `None`: it cannot be asked.
    fn news_of(&self, process: usize, parent: usize) -> Option<ChildReport> {
        if process == 0 {
            return None;
        }
        let number = self.threads[self.processes[process].slot].numbers[0];
        let mut threads = (0..self.threads.len()).filter(|slot| self.threads[*slot].process == parent);
        threads.find_map(|slot| self.report_of(slot, number)).map(|report| report.child)
    }

    /// News of a process that somebody has taken by a wait that has just returned.
    fn news_taken(&self, slot: usize) -> Option<ChildReport> {
        let number = self.threads[self.processes[self.threads[slot].process].slot].numbers[0];
        let waits = self.threads.iter().enumerate().flat_map(|(waiter, thread)| {
            let waits = thread.calls.iter().filter(|call| call.operation == Operation::Wait);
            waits.filter_map(move |call| self.memory.slot(waiter).answer(call.order))
        });
        let mut news = waits.filter(|answer| answer.errno == 0).map(|answer| answer.received);
        let news = news.find(|news| news.pid == number)?;
        Some(ChildReport { errno: 0, code: news.code, status: news.value })
    }
}
