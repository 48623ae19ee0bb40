//! The life of processes and threads: boot, fork, new threads, exec.
//!
//! What a child inherits: mask of the calling thread, dispositions, credentials, group, session, terminal. What it
//! does not: pending signals. Source: POSIX `fork`, `exec`, `pthread_create`.

use crate::namespace::Namespace;

use crate::process::ProcessSignals;
use crate::process_group::Membership;
use crate::queue::{Charge, NIL};
use crate::run_state::ProcessStop;

use crate::storage::Storage;

use crate::thread::ThreadSignals;
use crate::work::Link;
use crate::{Credentials, Errno, GroupId, Pid, ProcessKey, SessionId, System, ThreadKey};

/// What the table keeps of a process.
#[derive(Clone, Copy, Debug)]
#[repr(C)] // What a signal to it asks for comes first: with the slot's header it fills two lines of the cache.
pub struct Process {
    pub(crate) signals: ProcessSignals,
    pub(crate) credentials: Credentials,
    pub(crate) main: u32,
    pub(crate) namespace: u32,
    pub(crate) membership: Membership,
    pub(crate) hint: u32,
    pub(crate) actions: u32,
    pub(crate) last_thread: u32,
    /// How many threads have not ended.
    pub(crate) threads: u32,
    pub(crate) parent: u32,
    /// The thread of the parent that forked it: the one that news of it is addressed to.
    pub(crate) forked_by: u32,
    pub(crate) first_child: u32,
    pub(crate) next_sibling: u32,
    pub(crate) previous_sibling: u32,
    /// How many threads it traces.
    pub(crate) tracees: u32,
    /// The next process that shares its dispositions; NIL: it shares them with nobody.
    pub(crate) shares_with: u32,
    /// The process made before it.
    pub(crate) older: u32,
    pub(crate) work: Link,
    /// The thread that waits in vfork for it.
    pub(crate) vfork_parent: Option<ThreadKey>,
    pub(crate) news: Option<crate::post::ChildNews>,
    /// The signal that it wants when its parent ends.
    pub(crate) parent_death: Option<crate::Signal>,
    pub(crate) has_executed: bool,
}

impl Default for Process {
    fn default() -> Self {
        Self {
            signals: ProcessSignals::new(Charge { account: NIL, limit: 0 }),
            credentials: Credentials::user(0),
            main: NIL,
            last_thread: NIL,
            hint: NIL,
            threads: 0,
            parent: NIL,
            forked_by: NIL,
            first_child: NIL,
            next_sibling: NIL,
            previous_sibling: NIL,
            namespace: NIL,
            actions: NIL,
            membership: Membership::default(),
            news: None,
            has_executed: false,
            tracees: 0,
            shares_with: NIL,
            vfork_parent: None,
            parent_death: None,
            older: NIL,
            work: Link::default(),
        }
    }
}

/// What the table keeps of a thread.
#[derive(Clone, Copy, Debug)]
pub struct Thread {
    pub(crate) signals: ThreadSignals,
    pub(crate) process: u32,
    pub(crate) next: u32,
    pub(crate) previous: u32,
    /// Its entry in the number table, innermost namespace.
    pub(crate) number: u32,
    /// The process that traces it.
    pub(crate) tracer: u32,
    /// The thread of that process that does.
    pub(crate) traced_by: u32,
    /// The how-manieth tracing that was begun: a tracer is told of the youngest first.
    pub(crate) trace_order: u32,
    pub(crate) work: Link,
}

impl Default for Thread {
    fn default() -> Self {
        Self {
            signals: ThreadSignals::default(),
            process: NIL,
            next: NIL,
            previous: NIL,
            number: NIL,
            tracer: NIL,
            traced_by: NIL,
            trace_order: 0,
            work: Link::default(),
        }
    }
}

/// Why no process or thread was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForkError {
    /// The parent is gone, or has ended: ESRCH.
    NoParent,
    /// The wanted number is in use by a process, a thread, a group or a session: EEXIST.
    NumberInUse,
    /// A table is full or memory has run out: ENOMEM.
    NoMemory,
    /// The parent has a signal to take, or its group is being signalled, or was since the fork began: EINTR, which no
    /// program sees, for the parent takes its signals and forks again (Linux `ERESTARTNOINTR`).
    Interrupted,
}

impl ForkError {
    /// The error number.
    pub const fn errno(self) -> Errno {
        match self {
            Self::NoParent => Errno::ESRCH,
            Self::NumberInUse => Errno::EEXIST,
            Self::NoMemory => Errno::ENOMEM,
            Self::Interrupted => Errno::EINTR,
        }
    }
}

impl core::fmt::Display for ForkError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::NoParent => "the parent is gone or has ended",
            Self::NumberInUse => "the wanted number is in use",
            Self::NoMemory => "no room for another process or thread",
            Self::Interrupted => "the parent, or its group, was signalled: take the signals, then fork again",
        })
    }
}

impl core::error::Error for ForkError {}

/// Where a process that exists already, outside the engine, is to stand in it.
///
/// For hosts that show the engine a piece of a running system, to ask what would happen in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placement {
    /// Its number; `None`: the next free one.
    pub number: Option<Pid>,
    /// Its process group, which is made if it is not there; `None`: it has none (4.3BSD knew such processes).
    pub group: Option<GroupId>,
    /// Its session, which is made if it is not there.
    pub session: SessionId,
    /// Who it runs as.
    pub credentials: Credentials,
}

impl<S: Storage> System<S> {
    /// Makes the outermost PID namespace and its process 1: user 0, leading group 1 and session 1, without a
    /// terminal, protected from its own kind's signals.
    ///
    /// # Errors
    /// [`ForkError::NoMemory`] if a table has no room; [`ForkError::NumberInUse`] the second time.
    pub fn boot(&mut self) -> Result<ProcessKey, ForkError> {
        if self.namespaces.count() > 0 {
            return Err(ForkError::NumberInUse);
        }
        let namespace = self.namespaces.insert(Namespace::default()).ok_or(ForkError::NoMemory)?.index;
        let (one, session) = (GroupId::new(1), SessionId::new(1));
        let (Some(group), Some(session)) = (one, session) else { return Err(ForkError::NoMemory) };
        let placement =
            Placement { number: Pid::new(1), group: Some(group), session, credentials: Credentials::user(0) };
        let init = self.place_in(namespace, NIL, &placement)?;
        self.namespaces.at_mut(namespace).init = init;
        self.processes.at_mut(init).signals.protect();
        Ok(self.process_key(init))
    }

    /// Puts a process that exists outside into the table, as a child of `parent` and in its PID namespace, in any
    /// group and session: no rule of `setpgid` or `setsid` is asked.
    ///
    /// # Errors
    /// [`ForkError::NoParent`] if the parent is gone; [`ForkError::NumberInUse`] if a process or thread has the number
    /// (one that only a group or session has is taken over); [`ForkError::NoMemory`] if a table is full.
    pub fn place(&mut self, parent: ProcessKey, placement: &Placement) -> Result<ProcessKey, ForkError> {
        let parent = self.live(parent).map_err(|_| ForkError::NoParent)?;
        let namespace = self.processes.at(parent).namespace;
        self.place_in(namespace, parent, placement).map(|index| self.process_key(index))
    }

    /// A new child of a process, made by its main thread; it gets the next free number.
    ///
    /// Nothing is pending for it. It inherits the rest: mask, dispositions, credentials, group, session.
    ///
    /// # Errors
    /// In this order: [`ForkError::NoParent`] if the parent is gone, or has ended or is about to;
    /// [`ForkError::Interrupted`] if the calling thread has a signal to take, or is to stop with its process, and while a
    /// [sliced send](Self::group_send_begin) goes through its group: a child born now would escape what its group was
    /// sent; [`ForkError::NoMemory`] if a table is full. Nothing has changed then.
    ///
    /// Source: POSIX `fork`; Linux `copy_process` (`ERESTARTNOINTR` where a signal is pending); FreeBSD `fork1`
    /// (`ERESTART`, the same).
    pub fn fork(&mut self, parent: ProcessKey) -> Result<ProcessKey, ForkError> {
        let index = self.live(parent).map_err(|_| ForkError::NoParent)?;
        let child = self.fork_from(self.processes.at(index).main, None, self.processes.at(index).namespace)?;
        Ok(self.process_key(child))
    }

    /// A new child made by this thread, whose mask it inherits, with this number (`None`: the next free one).
    ///
    /// # Errors
    /// As [`fork`](Self::fork); [`ForkError::NumberInUse`] if a process, thread, group or session has the number.
    ///
    /// Source: POSIX `fork`; clone(2) (`set_tid`); Linux `alloc_pid`.
    pub fn fork_as(&mut self, parent: ThreadKey, number: Option<Pid>) -> Result<ProcessKey, ForkError> {
        let thread = self.live_thread(parent).map_err(|_| ForkError::NoParent)?;
        let namespace = self.processes.at(self.threads.at(thread).process).namespace;
        let child = self.fork_from(thread, number, namespace)?;
        Ok(self.process_key(child))
    }

    pub(crate) fn fork_from(&mut self, thread: u32, number: Option<Pid>, namespace: u32) -> Result<u32, ForkError> {
        let Thread { process: parent, signals: caller, .. } = *self.threads.at(thread);
        let Process { signals, credentials, membership, actions, .. } = *self.processes.at(parent);
        if !signals.life.is_alive() || caller.exited {
            return Err(ForkError::NoParent);
        }
        let has_to_stop = signals.stop != ProcessStop::No && !caller.freed;
        let has_to_look = caller.has_something(signals.pending.set(), self.rules) || has_to_stop;
        if has_to_look || self.is_being_signalled(parent) {
            return Err(ForkError::Interrupted);
        }
        let child = self.new_process(namespace, parent, number, credentials, false)?;
        if self.actions.is_used(actions) {
            self.actions.at_mut(actions).users += 1;
        }
        let entry = self.processes.at_mut(child);
        entry.forked_by = thread;
        entry.signals.dispositions = signals.dispositions;
        (entry.signals.no_child_stop, entry.signals.no_child_wait) = (signals.no_child_stop, signals.no_child_wait);
        entry.signals.charge.limit = signals.charge.limit;
        entry.actions = actions;
        let main = entry.main;
        self.threads.at_mut(main).signals.mask = caller.mask;
        self.join_session(child, membership.session);
        self.join_group(child, membership.group);
        self.count_links(child, true);
        Ok(child)
    }

    fn place_in(&mut self, namespace: u32, parent: u32, placement: &Placement) -> Result<u32, ForkError> {
        let number = placement.number;
        if number.is_some_and(|n| self.process_numbered(namespace, n.get()).is_some()) {
            return Err(ForkError::NumberInUse);
        }
        let process = self.new_process(namespace, parent, number, placement.credentials, true)?;
        let placed = self.place_in_groups(process, placement);
        if placed.is_none() {
            self.erase(process);
            return Err(ForkError::NoMemory);
        }
        self.count_links(process, true);
        Ok(process)
    }

    /// A process of one thread, in no group or session yet, nobody's link counted. Only what is placed may take over
    /// a number that a group or session still uses.
    fn new_process(
        &mut self,
        namespace: u32,
        parent: u32,
        number: Option<Pid>,
        credentials: Credentials,
        takes_over: bool,
    ) -> Result<u32, ForkError> {
        if !self.processes.reserve() || !self.threads.reserve() {
            return Err(ForkError::NoMemory);
        }
        let charge = self.account_for(credentials.real).ok_or(ForkError::NoMemory)?;
        let entered = self.enter_thread_numbers(namespace, number.map(Pid::get), takes_over);
        let entered = match entered {
            Ok(entered) => entered,
            Err(error) => {
                self.leave_account(charge.account);
                return Err(error);
            }
        };
        let signals = ProcessSignals::new(charge);
        let entry = Process { signals, credentials, parent, namespace, threads: 1, ..Process::default() };
        let process = self.processes.insert(entry).ok_or(ForkError::NoMemory)?.index;
        self.order.add(&mut self.processes, process);
        let thread = Thread { process, number: entered, ..Thread::default() };
        let main = self.threads.insert(thread).ok_or(ForkError::NoMemory)?.index;
        self.use_numbers(entered, main);
        let entry = self.processes.at_mut(process);
        (entry.main, entry.last_thread, entry.hint) = (main, main, main);
        self.namespaces.at_mut(namespace).users += 1;
        self.adopt(process, parent);
        Ok(process)
    }

    /// A process's parent; `None` for the first process, and for one that is gone.
    pub fn parent(&self, process: ProcessKey) -> Option<ProcessKey> {
        let parent = self.processes.at(self.processes.find(process.0)?).parent;
        (parent != NIL).then(|| self.process_key(parent))
    }

    /// Says that a process belongs to the kernel: it never goes back to user mode, and no signal does anything.
    ///
    /// # Errors
    /// [`Gone`](crate::Gone) if the process is gone.
    pub fn set_system_process(&mut self, process: ProcessKey) -> Result<(), crate::Gone> {
        let index = self.live(process)?;
        self.processes.at_mut(index).signals.system = true;
        Ok(())
    }

    /// Says that a process is the init of a PID namespace inside the table's own: default actions of signals do
    /// not touch it. For hosts that [`place`](Self::place) what they see of such a namespace from outside.
    ///
    /// # Errors
    /// [`Gone`](crate::Gone) if the process is gone.
    pub fn set_protected(&mut self, process: ProcessKey) -> Result<(), crate::Gone> {
        let index = self.live(process)?;
        self.processes.at_mut(index).signals.protected = true;
        Ok(())
    }

    /// Says whether the parent waits, in vfork, for this child to call exec or to end.
    ///
    /// # Errors
    /// [`Gone`](crate::Gone) if the process is gone.
    pub fn set_vfork_child(&mut self, process: ProcessKey, is: bool) -> Result<(), crate::Gone> {
        let index = self.live(process)?;
        self.processes.at_mut(index).signals.vfork_child = is;
        Ok(())
    }

    /// The process begins a new program: caught signals go back to their default, ignored ones stay ignored, the
    /// mask and what is pending stay, but what timers have sent, which the program has no more; and the saved user ID becomes the effective one. Of several threads only the one that calls is left, as the main thread.
    ///
    /// # Errors
    /// [`Gone`](crate::Gone) if the thread is gone, or has ended.
    ///
    /// Source: POSIX `exec`; Linux `de_thread`, `flush_signal_handlers`, `flush_itimer_signals`.
    pub fn exec(&mut self, caller: ThreadKey) -> Result<(), crate::Gone> {
        let index = self.live_thread(caller)?;
        if self.threads.at(index).signals.exited {
            return Err(crate::Gone);
        }
        let process = self.threads.at(index).process;
        self.leave_alone(process, index);
        self.release_vfork(process);
        self.share_no_more(process);
        self.drop_actions(process);
        self.tell_end_by_chld(process);
        self.let_children_tell_by_chld(process);
        self.drop_signals_of_timers(process);
        let resets = self.rules.exec_resets_ignored_child;
        let entry = self.processes.at_mut(process);
        entry.has_executed = true;
        entry.credentials.changed_ids = false;
        entry.credentials.saved = entry.credentials.effective;
        (entry.signals.no_child_stop, entry.signals.no_child_wait) = (false, false);
        entry.signals.dispositions.exec();
        if resets {
            entry.signals.dispositions.set(crate::Signal::CHLD, &crate::Disposition::Default);
        }
        Ok(())
    }

    /// The main thread is the only one.
    fn drop_signals_of_timers(&mut self, process: u32) {
        let main = self.processes.at(process).main;
        self.with_process(process, main, |signals, threads, queue, _| {
            signals.pending.discard_of_timers(queue);
            crate::post::Threads::thread_mut(threads, main).pending.discard_of_timers(queue);
        });
    }

    /// Takes a process and its main thread out of the table, with its number if nothing else uses it.
    pub(crate) fn erase(&mut self, process: u32) {
        self.leave_groups(process);
        self.share_no_more(process);
        self.drop_actions(process);
        self.disown(process);
        self.drop_process_work(process);
        self.drop_pending(process);
        let Process { main, signals, namespace, .. } = *self.processes.at(process);
        self.leave_account(signals.charge.account);
        self.drop_thread(main);
        self.order.remove(&mut self.processes, process);
        self.processes.remove(process);
        self.leave_namespace(namespace);
    }

    /// Puts a process among a parent's children.
    pub(crate) fn adopt(&mut self, child: u32, parent: u32) {
        let mut first = NIL;
        if parent != NIL {
            first = core::mem::replace(&mut self.processes.at_mut(parent).first_child, child);
        }
        if first != NIL {
            self.processes.at_mut(first).previous_sibling = child;
        }
        let entry = self.processes.at_mut(child);
        (entry.parent, entry.previous_sibling, entry.next_sibling) = (parent, NIL, first);
        entry.forked_by = NIL;
    }

    /// Takes a process from among its parent's children.
    pub(crate) fn disown(&mut self, child: u32) {
        let Process { parent, previous_sibling: previous, next_sibling: next, .. } = *self.processes.at(child);
        if previous != NIL {
            self.processes.at_mut(previous).next_sibling = next;
        } else if parent != NIL {
            self.processes.at_mut(parent).first_child = next;
        }
        if next != NIL {
            self.processes.at_mut(next).previous_sibling = previous;
        }
        self.processes.at_mut(child).parent = NIL;
    }

    pub(crate) fn drop_actions(&mut self, process: u32) {
        let actions = core::mem::replace(&mut self.processes.at_mut(process).actions, NIL);
        if self.actions.is_used(actions) {
            let shared = self.actions.at_mut(actions);
            shared.users -= 1;
            if shared.users == 0 {
                self.actions.remove(actions);
            }
        }
    }
}
