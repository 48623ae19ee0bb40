//! PID namespaces: who can see whom, and under which number.
//!
//! A namespace lies inside another; a process is visible in its own and in all around it, with a number in each.
//! What is not visible does not exist for a caller: ESRCH, not EPERM. The first process of a namespace is its
//! init: default actions of signals from inside do not touch it, and orphans become its children.
//!
//! Source: `pid_namespaces(7)`; Linux kernel/pid.c.

use crate::queue::NIL;
use crate::send::Aim;
use crate::storage::Storage;
use crate::{ForkError, NamespaceKey, Pid, ProcessKey, Signal, SignalInfo, System, ThreadKey};

/// How deep namespaces may lie inside each other.
pub const DEPTH: usize = 32;

/// The highest number that is given out before counting begins again.
const HIGHEST: i32 = 4_194_303;

/// Where counting begins again: low numbers are left to what started early. Source: Linux `RESERVED_PIDS`.
const AGAIN_FROM: i32 = 300;

/// One PID namespace.
#[derive(Clone, Copy, Debug)]
pub struct Namespace {
    /// The namespace around this one; NIL for the outermost.
    pub(crate) outer: u32,
    /// Its process 1; NIL before it is made and after it is gone.
    pub(crate) init: u32,
    /// The number given out last.
    pub(crate) last_number: i32,
    pub(crate) depth: u32,
    /// How many processes live in it, and namespaces lie directly inside it.
    pub(crate) users: u32,
}

impl Default for Namespace {
    fn default() -> Self {
        Self { outer: NIL, init: NIL, last_number: 0, depth: 0, users: 0 }
    }
}

impl<S: Storage> System<S> {
    /// The PID namespace that a process lives in.
    pub fn namespace(&self, key: ProcessKey) -> Option<NamespaceKey> {
        self.processes.find(key.0).map(|index| self.namespace_key(self.processes.at(index).namespace))
    }

    /// A new child that is process 1 of a new PID namespace inside the caller's: signals from inside do not end or stop
    /// it by default, orphans inside become its children, and when it ends everybody inside ends. It is in its
    /// parent's group and session, which cannot be seen from inside.
    ///
    /// # Errors
    /// As [`fork`](Self::fork); also [`ForkError::NoMemory`] where namespaces lie [`DEPTH`] deep already.
    ///
    /// Source: clone(2) with `CLONE_NEWPID`; `pid_namespaces(7)`; Linux `create_pid_namespace`.
    pub fn fork_namespace(&mut self, parent: ThreadKey) -> Result<ProcessKey, ForkError> {
        let thread = self.live_thread(parent).map_err(|_| ForkError::NoParent)?;
        let outer = self.processes.at(self.threads.at(thread).process).namespace;
        let depth = self.namespaces.at(outer).depth + 1;
        if depth as usize >= DEPTH {
            return Err(ForkError::NoMemory);
        }
        let namespace = Namespace { outer, depth, ..Namespace::default() };
        let namespace = self.namespaces.insert(namespace).ok_or(ForkError::NoMemory)?.index;
        self.namespaces.at_mut(outer).users += 1;
        let forked = self.fork_from(thread, None, namespace);
        match forked {
            Ok(init) => {
                self.namespaces.at_mut(namespace).init = init;
                self.processes.at_mut(init).signals.protect();
                Ok(self.process_key(init))
            }
            Err(error) => {
                self.drop_namespace(namespace);
                Err(error)
            }
        }
    }

    /// A process of a namespace is gone; a namespace without any goes, too, unless it is the outermost.
    pub(crate) fn leave_namespace(&mut self, namespace: u32) {
        let mut at = namespace;
        while at != NIL {
            let entry = self.namespaces.at_mut(at);
            entry.users -= 1;
            if entry.users > 0 || entry.outer == NIL {
                return;
            }
            let outer = entry.outer;
            self.namespaces.remove(at);
            at = outer;
        }
    }

    fn drop_namespace(&mut self, namespace: u32) {
        let outer = self.namespaces.at(namespace).outer;
        self.namespaces.remove(namespace);
        self.leave_namespace(outer);
    }

    /// The init of a namespace has ended: everybody inside ends. That of the outermost is the end of the system.
    ///
    /// Source: Linux `zap_pid_ns_processes`, `find_child_reaper`.
    pub(crate) fn end_namespace_of(&mut self, init: u32) {
        let namespace = self.processes.at(init).namespace;
        let entry = self.namespaces.at_mut(namespace);
        if entry.init != init {
            return;
        }
        entry.init = NIL;
        for process in 0..self.processes.end() {
            if process != init
                && self.processes.is_used(process)
                && self.lies_in(self.processes.at(process).namespace, namespace)
            {
                let _ = self.post_to(process, Aim::Process, &SignalInfo::kernel(Signal::KILL), NIL);
            }
        }
    }

    /// Whether a process without a parent leaves no zombie: the init that would have asked for it has ended. The first
    /// process of all is nobody's child, and stays for the host to ask.
    pub(crate) fn has_lost_init(&self, process: u32) -> bool {
        let index = self.processes.at(process).namespace;
        let namespace = self.namespaces.at(index);
        let is_first = namespace.outer == NIL && self.number_seen(process, index).map(Pid::get) == Some(1);
        namespace.init == NIL && !is_first
    }

    /// The process that a number means to those who live in a namespace. `None` if there is none; a thread's number means
    /// its process where the personality says so.
    ///
    /// Source: Linux `find_vpid`.
    pub fn resolve(&self, seen_from: NamespaceKey, number: i32) -> Option<ProcessKey> {
        let namespace = self.namespaces.find(seen_from.0)?;
        self.process_numbered(namespace, number).map(|index| self.process_key(index))
    }

    /// A process's number in its own namespace.
    pub fn pid(&self, key: ProcessKey) -> Option<Pid> {
        let process = self.processes.find(key.0)?;
        self.number_seen(process, self.processes.at(process).namespace)
    }

    /// A process's number as a namespace sees it; `None` if it does not.
    ///
    /// Source: Linux `pid_nr_ns`.
    pub fn pid_in(&self, seen_from: NamespaceKey, key: ProcessKey) -> Option<Pid> {
        let namespace = self.namespaces.find(seen_from.0)?;
        self.number_seen(self.processes.find(key.0)?, namespace)
    }

    pub(crate) fn process_numbered(&self, namespace: u32, number: i32) -> Option<u32> {
        self.thread_numbered(namespace, number).map(|(process, _)| process)
    }

    /// The process that a number means, and the thread of it that has the number.
    #[inline]
    pub(crate) fn thread_numbered(&self, namespace: u32, number: i32) -> Option<(u32, u32)> {
        let thread = self.numbers.at(self.numbers.find(namespace, number)?).thread;
        if thread == NIL {
            return None;
        }
        let process = self.threads.at(thread).process;
        let is_main = self.processes.at(process).main == thread;
        (is_main || self.rules.kill_takes_thread_id).then_some((process, thread))
    }

    /// The number of a process in a namespace, 0 where it is not visible.
    #[inline]
    pub(crate) fn number_seen(&self, process: u32, namespace: u32) -> Option<Pid> {
        let main = self.processes.at(process).main;
        self.numbered_in(self.threads.at(main).number, namespace).and_then(Pid::new)
    }

    /// The number that an entry of the number table has in a namespace.
    #[inline]
    pub(crate) fn numbered_in(&self, entry: u32, namespace: u32) -> Option<i32> {
        let mut at = entry;
        while at != NIL {
            let number = self.numbers.at(at);
            if number.namespace == namespace {
                return Some(number.value);
            }
            at = number.outer;
        }
        None
    }

    /// Whether a namespace is another or lies inside it.
    #[inline]
    pub(crate) fn lies_in(&self, inner: u32, outer: u32) -> bool {
        inner == outer || self.lies_deeper_in(inner, outer)
    }

    fn lies_deeper_in(&self, inner: u32, outer: u32) -> bool {
        let mut at = inner;
        while at != NIL {
            if at == outer {
                return true;
            }
            at = self.namespaces.at(at).outer;
        }
        false
    }

    /// The next number of a namespace that nothing uses.
    pub(crate) fn free_number(&mut self, namespace: u32) -> Option<i32> {
        let first = self.namespaces.at(namespace).last_number;
        let mut number = first;
        loop {
            number = if number >= HIGHEST { AGAIN_FROM } else { number + 1 };
            if number == first {
                return None;
            }
            if self.numbers.find(namespace, number).is_none() {
                self.namespaces.at_mut(namespace).last_number = number;
                return Some(number);
            }
        }
    }

    /// Enters a new thread's numbers: `number` in its own namespace (or the next free one), the next free one in
    /// each namespace around it. The entry of the innermost; `None` if a number is in use or there is no room.
    pub(crate) fn enter_numbers(&mut self, namespace: u32, number: Option<i32>) -> Option<u32> {
        let mut levels = [NIL; DEPTH];
        let depth = self.namespaces.at(namespace).depth as usize;
        let mut at = namespace;
        for level in (0..=depth).rev() {
            levels[level] = at;
            at = self.namespaces.at(at).outer;
        }
        let mut outer = NIL;
        for &level in &levels[..=depth] {
            let wanted = if level == namespace { number } else { None };
            if let Some(number) = wanted {
                // What the host chose counts as given out: the next free number lies above it.
                let last = &mut self.namespaces.at_mut(level).last_number;
                *last = (*last).max(number);
            }
            let chosen = match wanted {
                Some(number) if self.numbers.find(level, number).is_some() => None,
                Some(number) => Some(number),
                None => self.free_number(level),
            };
            let entered = chosen.and_then(|chosen| self.numbers.insert(level, chosen, outer));
            let Some(entered) = entered else {
                if outer != NIL {
                    self.numbers.release(outer);
                }
                return None;
            };
            outer = entered;
        }
        Some(outer)
    }
}
