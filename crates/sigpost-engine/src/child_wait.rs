//! `wait`: what became of children.
//!
//! Source: POSIX `waitid`, `waitpid`; Linux `do_wait`.

use crate::post::ChildNews;
use crate::process_table::Process;
use crate::queue::NIL;
use crate::run_state::{ExitStatus, Life, Trace};
use crate::storage::Storage;
use crate::{Clones, Errno, GroupKey, ProcessKey, Signal, System, ThreadKey};

/// Which children, and which traced threads, a call waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Children {
    /// Any of them.
    Any,
    /// This one.
    One(ProcessKey),
    /// Those in this group.
    Group(GroupKey),
}

/// What a call wants to know, and whether it may be asked again.
///
/// ```
/// use sigpost_engine::WaitOptions;
/// let waitpid = WaitOptions { stopped: false, continued: false, ..WaitOptions::ALL };
/// assert!(waitpid.ended && !waitpid.keep);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "the flags of waitid, one bit each")]
pub struct WaitOptions {
    /// Children that ended (`WEXITED`).
    pub ended: bool,
    /// Children that stopped (`WSTOPPED`, `WUNTRACED`). What is traced is told of whatever is set here.
    pub stopped: bool,
    /// Children that continued (`WCONTINUED`).
    pub continued: bool,
    /// The news is left to be asked for again, and a child that ended is not reaped (`WNOWAIT`).
    pub keep: bool,
    /// Whether children are meant that tell of their end by another signal than CHLD.
    pub clones: Clones,
}

impl WaitOptions {
    /// All news of ordinary children, told once.
    pub const ALL: Self = Self { ended: true, stopped: true, continued: true, keep: false, clones: Clones::Without };
}

/// What became of a child or of a traced thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChildEvent {
    /// It ended; it is reaped now, unless it was to be kept.
    Ended(ExitStatus),
    /// It stopped, by this signal.
    Stopped(Signal),
    /// It continued.
    Continued,
    /// This thread of it, which the caller traces, stands still: it shows this signal, or has seen its process stop by
    /// it (TRAP: it was asked to, or its process continued).
    Trapped(ThreadKey, Signal),
}

/// What became of a child, as [`System::wait`] tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChildStatus {
    /// It ended; it is reaped now.
    Ended(ExitStatus),
    /// It stopped or continued.
    Changed(ChildNews),
}

/// Why `wait` has nothing to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitError {
    /// The process has no such child: ECHILD.
    NoChild,
}

impl WaitError {
    /// The error number.
    pub const fn errno(self) -> Errno {
        match self {
            Self::NoChild => Errno::ECHILD,
        }
    }
}

impl core::fmt::Display for WaitError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("no such child")
    }
}

impl core::error::Error for WaitError {}

impl<S: Storage> System<S> {
    /// What became of one child, or of any (`None`): [`wait_for`](Self::wait_for) with every sort of news, without what
    /// is told to tracers.
    ///
    /// # Errors
    /// [`WaitError::NoChild`] if the caller is gone, the process is not its child, or it has none at all.
    ///
    /// Source: POSIX `wait`, `waitpid`; Linux `do_wait`.
    #[doc(alias = "wait4")]
    pub fn wait(
        &mut self,
        parent: ProcessKey,
        child: Option<ProcessKey>,
    ) -> Result<Option<(ProcessKey, ChildStatus)>, WaitError> {
        let parent = self.live(parent).map_err(|_| WaitError::NoChild)?;
        let children = child.map_or(Children::Any, Children::One);
        let news = self.news_of_children(parent, None, children, WaitOptions::ALL)?;
        Ok(news.and_then(|(process, event)| {
            let status = match event {
                ChildEvent::Ended(status) => ChildStatus::Ended(status),
                ChildEvent::Stopped(signal) => ChildStatus::Changed(ChildNews::Stopped(signal)),
                ChildEvent::Continued => ChildStatus::Changed(ChildNews::Continued),
                ChildEvent::Trapped(..) => return None,
            };
            Some((process, status))
        }))
    }

    /// What became of children and of traced threads. A child that ended is reaped by the answer; news of a stop or of
    /// going on is given once. `Ok(None)`: nothing yet; with `WNOHANG` the call returns, without it the host asks
    /// again when work says [`Work::ChildNews`](crate::Work::ChildNews).
    ///
    /// A tracer is told of the end of what it traces before the parent is. A parent that ignores CHLD, or has set
    /// `SA_NOCLDWAIT`, is told of no end: it waits until its last child is gone, and then gets the error.
    ///
    /// # Errors
    /// [`WaitError::NoChild`]: there is no child and no tracee of that description.
    ///
    /// Source: POSIX `waitid`, `waitpid`; Linux `do_wait`, `wait_consider_task`.
    #[doc(alias = "waitid")]
    pub fn wait_for(
        &mut self,
        caller: ProcessKey,
        children: Children,
        options: WaitOptions,
    ) -> Result<Option<(ProcessKey, ChildEvent)>, WaitError> {
        let caller = self.live(caller).map_err(|_| WaitError::NoChild)?;
        let first = self.current.and_then(|thread| self.live_thread(thread).ok());
        let first = first.filter(|&thread| self.threads.at(thread).process == caller && self.rules.tracer_is_thread);
        let Some(first) = first.filter(|_| self.processes.at(caller).threads > 1) else {
            return self.news_for(caller, None, children, options);
        };
        // What the calling thread has forked or traces comes first. Source: Linux `do_wait`.
        let (mut at, mut found) = (first, Err(WaitError::NoChild));
        loop {
            let news = self.news_for(caller, Some(at), children, options);
            if let Ok(Some(_)) = news {
                return news;
            }
            found = found.or(news);
            let next = self.threads.at(at).next;
            at = if next == NIL { self.processes.at(caller).main } else { next };
            if at == first {
                return found;
            }
        }
    }

    /// News for a process, or for one thread of it.
    fn news_for(
        &mut self,
        caller: u32,
        by: Option<u32>,
        children: Children,
        options: WaitOptions,
    ) -> Result<Option<(ProcessKey, ChildEvent)>, WaitError> {
        let of_children = self.news_of_children(caller, by, children, options);
        if let Ok(Some(_)) = of_children {
            return of_children;
        }
        let of_tracees = self.news_of_tracees(caller, by, children, options);
        if of_tracees.is_ok() { of_tracees } else { of_children }
    }

    /// Whether a child is this thread's, if it is asked for: the one that forked it, or has taken its place.
    fn is_of_thread(&self, child: u32, by: Option<u32>) -> bool {
        let Process { parent, forked_by, .. } = *self.processes.at(child);
        let main = self.processes.at(parent).main;
        by.is_none_or(|by| if forked_by == NIL { by == main } else { by == forked_by })
    }

    fn news_of_children(
        &mut self,
        parent: u32,
        by: Option<u32>,
        children: Children,
        options: WaitOptions,
    ) -> Result<Option<(ProcessKey, ChildEvent)>, WaitError> {
        if let Children::One(child) = children {
            let index = self.live(child).map_err(|_| WaitError::NoChild)?;
            let is_its = self.processes.at(index).parent == parent && self.is_of_sort(index, parent, options.clones);
            if !is_its || !self.is_of_thread(index, by) {
                return Err(WaitError::NoChild);
            }
            return Ok(self.take_news(parent, index, options));
        }
        // The list begins with the youngest; the oldest is asked first.
        let mut oldest = self.oldest_child(parent);
        let mut found = Err(WaitError::NoChild);
        while oldest != NIL {
            let elder = self.processes.at(oldest).previous_sibling;
            let is_meant = self.is_asked_for(oldest, children) && self.is_of_sort(oldest, parent, options.clones);
            if is_meant && self.is_of_thread(oldest, by) {
                found = Ok(None);
                // What a parent traces itself comes in its children's order. Source: Linux `wait_consider_task`.
                let (key, main) = (self.process_key(oldest), self.processes.at(oldest).main);
                if self.threads.at(main).tracer == parent
                    && let Some(event) = self.take_trace_news(parent, main, options)
                {
                    return Ok(Some((key, event)));
                }
                if let Some(news) = self.take_news(parent, oldest, options) {
                    return Ok(Some(news));
                }
            }
            oldest = elder;
        }
        found
    }

    fn is_asked_for(&self, process: u32, children: Children) -> bool {
        match children {
            Children::Any => true,
            Children::One(key) => self.process_key(process) == key,
            Children::Group(key) => {
                let group = self.processes.at(process).membership.group;
                group != NIL && self.group_key(group) == key
            }
        }
    }

    fn take_news(&mut self, parent: u32, child: u32, options: WaitOptions) -> Option<(ProcessKey, ChildEvent)> {
        let key = self.process_key(child);
        let tracer = self.tracer_of_main(child);
        if let Life::Zombie(status) = self.processes.at(child).signals.life {
            // What another traces is shown to that one first.
            let is_free = (tracer == NIL || tracer == parent) && !self.has_unasked_threads(child);
            let visible = options.ended && is_free;
            if visible && !options.keep {
                self.erase(child);
            }
            return visible.then_some((key, ChildEvent::Ended(status)));
        }
        let main = self.processes.at(child).main;
        let shown_as_tracer = tracer == parent && self.threads.at(main).signals.seized;
        let event = match self.processes.at(child).news? {
            ChildNews::Stopped(signal) if options.stopped && !shown_as_tracer => ChildEvent::Stopped(signal),
            ChildNews::Continued if options.continued => ChildEvent::Continued,
            _ => return None,
        };
        if !options.keep {
            self.processes.at_mut(child).news = None;
        }
        Some((key, event))
    }

    fn news_of_tracees(
        &mut self,
        tracer: u32,
        by: Option<u32>,
        children: Children,
        options: WaitOptions,
    ) -> Result<Option<(ProcessKey, ChildEvent)>, WaitError> {
        if self.processes.at(tracer).tracees == 0 {
            return Err(WaitError::NoChild);
        }
        let mut found = Err(WaitError::NoChild);
        // The youngest tracing first. Source: Linux `__ptrace_link`.
        let mut before = u32::MAX;
        while let Some(thread) = self.next_tracee(tracer, before) {
            before = self.threads.at(thread).trace_order;
            let process = self.threads.at(thread).process;
            // A thread that is not the main one has no number that a call could name.
            let is_named = !matches!(children, Children::One(_)) || self.processes.at(process).main == thread;
            let is_its = by.is_none_or(|by| self.threads.at(thread).traced_by == by);
            if is_its && is_named && self.is_asked_for(process, children) {
                found = Ok(None);
                let key = self.process_key(process);
                if let Some(event) = self.take_trace_news(tracer, thread, options) {
                    return Ok(Some((key, event)));
                }
            }
        }
        found
    }

    /// What a process began to trace last, of what it began to trace before that moment.
    fn next_tracee(&self, tracer: u32, before: u32) -> Option<u32> {
        let order = |thread: &u32| self.threads.at(*thread).trace_order;
        let is_its = |thread: &u32| {
            self.threads.is_used(*thread) && self.threads.at(*thread).tracer == tracer && order(thread) < before
        };
        (0..self.threads.end()).filter(is_its).max_by_key(order)
    }

    fn take_trace_news(&mut self, tracer: u32, thread: u32, options: WaitOptions) -> Option<ChildEvent> {
        let key = self.thread_key(thread);
        let entry = self.threads.at_mut(thread);
        let process = entry.process;
        // Source: Linux `task_stopped_code`.
        let shows = entry.signals.untold && !entry.signals.listening;
        if let (Trace::Stopped(Some(signal)), true) = (entry.signals.trace, shows) {
            entry.signals.untold = options.keep;
            return Some(ChildEvent::Trapped(key, signal));
        }
        let Process { signals, news, parent, main, .. } = *self.processes.at(process);
        if thread != main && self.threads.at(thread).signals.exited {
            return self.take_end_of_tracee(thread, signals.life.status().unwrap_or(ExitStatus::Exited(0)), options);
        }
        if let Life::Zombie(status) = signals.life {
            let is_its = parent != tracer && !self.has_unasked_threads(process);
            return if is_its { self.take_end_of_tracee(thread, status, options) } else { None };
        }
        let continued = options.continued && news == Some(ChildNews::Continued);
        if continued && !options.keep {
            self.processes.at_mut(process).news = None;
        }
        continued.then_some(ChildEvent::Continued)
    }

    fn take_end_of_tracee(&mut self, thread: u32, status: ExitStatus, options: WaitOptions) -> Option<ChildEvent> {
        if options.ended && !options.keep {
            self.untrace(thread);
            self.drop_ended(thread);
        }
        options.ended.then_some(ChildEvent::Ended(status))
    }
}
