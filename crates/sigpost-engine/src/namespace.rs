//! PID namespaces: who can see whom, and under which number.
//!
//! A namespace lies inside another; a process is visible in its own and in all around it, with a number in each.
//! What is not visible does not exist for a caller: ESRCH, not EPERM. The first process of a namespace is its
//! init: default actions of signals from inside do not touch it, and orphans become its children.
//!
//! Source: `pid_namespaces(7)`; Linux kernel/pid.c.

use crate::queue::NIL;
use crate::storage::Storage;
use crate::{NamespaceKey, Pid, ProcessKey, System};

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
}

impl Default for Namespace {
    fn default() -> Self {
        Self { outer: NIL, init: NIL, last_number: 0, depth: 0 }
    }
}

impl<S: Storage> System<S> {
    /// The PID namespace that a process lives in.
    pub fn namespace(&self, key: ProcessKey) -> Option<NamespaceKey> {
        self.processes.find(key.0).map(|index| self.namespace_key(self.processes.at(index).namespace))
    }

    /// The process that a number means to those who live in a namespace: 15 ns or two cache misses away.
    /// `None` if there is none; a thread's number means its process where the personality says so.
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
    pub fn pid_in(&self, seen_from: NamespaceKey, key: ProcessKey) -> Option<Pid> {
        let namespace = self.namespaces.find(seen_from.0)?;
        self.number_seen(self.processes.find(key.0)?, namespace)
    }

    pub(crate) fn process_numbered(&self, namespace: u32, number: i32) -> Option<u32> {
        let entry = self.numbers.at(self.numbers.find(namespace, number)?);
        if entry.thread == NIL {
            return None;
        }
        let process = self.threads.at(entry.thread).process;
        let is_main = self.processes.at(process).main == entry.thread;
        (is_main || self.rules.kill_takes_thread_id).then_some(process)
    }

    /// The number of a process in a namespace, 0 where it is not visible.
    pub(crate) fn number_seen(&self, process: u32, namespace: u32) -> Option<Pid> {
        let main = self.processes.at(process).main;
        self.numbered_in(self.threads.at(main).number, namespace).and_then(Pid::new)
    }

    /// The number that an entry of the number table has in a namespace.
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
    pub(crate) fn lies_in(&self, inner: u32, outer: u32) -> bool {
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
