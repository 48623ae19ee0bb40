//! Orphaned process groups: those that no shell of their session looks after.
//!
//! **Heads up.** POSIX XBD 3.270 and `_exit`; Linux kernel/exit.c `will_become_orphaned_pgrp`,
//! `kill_orphaned_pgrp`; 4.4BSD `fixjobc`.
//!
//! A group is orphaned when no live member has a parent that is in the same session and in another group. How
//! many such members ("links") it has is counted as the tree changes, so the question costs nothing. When an
//! *exit* takes a group's last link while a member is stopped, every member gets HUP and then CONT, once: nobody
//! is left who could continue it.

use crate::queue::NIL;
use crate::storage::Storage;
use crate::{GroupKey, Signal, System};

impl<S: Storage> System<S> {
    /// Whether a group is orphaned; `false` for one that is gone.
    pub fn is_orphaned(&self, group: GroupKey) -> bool {
        self.groups.find(group.0).is_some_and(|index| self.groups.at(index).links == 0)
    }

    pub(crate) fn in_orphaned_group(&self, process: u32) -> bool {
        let group = self.processes.at(process).membership.group;
        group != NIL && self.groups.at(group).links == 0
    }

    /// Whether a process links its group to its session: it lives, and its parent is in another group of the same
    /// session.
    pub(crate) fn is_link(&self, process: u32) -> bool {
        !self.processes.at(process).signals.life.is_zombie() && self.is_apart_from_parent(process)
    }

    fn is_apart_from_parent(&self, process: u32) -> bool {
        let entry = self.processes.at(process);
        if entry.membership.group == NIL || entry.parent == NIL {
            return false;
        }
        let parent = self.processes.at(entry.parent).membership;
        parent.session == entry.membership.session && parent.group != entry.membership.group
    }

    /// Counts the links that a process and its children make, in or out: out before its place in the tree
    /// changes, in afterwards.
    pub(crate) fn count_links(&mut self, process: u32, into: bool) {
        self.count_link(process, into);
        let mut child = self.processes.at(process).first_child;
        while child != NIL {
            self.count_link(child, into);
            child = self.processes.at(child).next_sibling;
        }
    }

    pub(crate) fn count_link(&mut self, process: u32, into: bool) {
        if self.is_link(process) {
            let group = self.groups.at_mut(self.processes.at(process).membership.group);
            group.links = if into { group.links + 1 } else { group.links - 1 };
        }
    }

    /// Puts the group of a process that is about to lose its link on a list of suspects. Its parent exits, or it does itself. On Linux a zombie whose parent exits makes its group a suspect as well.
    ///
    /// Source: Linux `kill_orphaned_pgrp`, which does not ask whether the child lives.
    pub(crate) fn suspect(&mut self, process: u32, first: &mut u32) {
        let group = self.processes.at(process).membership.group;
        // Somebody who is stopped keeps the group there, though its zombies may be reaped before it is looked at.
        let by_zombie = || {
            let is_apart = self.rules.zombies_raise_suspicion && self.is_apart_from_parent(process);
            is_apart && self.has_stopped_member(group)
        };
        if !self.is_link(process) && !by_zombie() {
            return;
        }
        let entry = self.groups.at_mut(group);
        if !entry.suspected {
            entry.suspected = true;
            entry.next_suspect = core::mem::replace(first, group);
        }
    }

    /// Sends HUP and CONT to those suspected groups that have become orphaned with a stopped member.
    pub(crate) fn hang_up_orphans(&mut self, first: u32) {
        let mut at = first;
        while at != NIL {
            let entry = self.groups.at_mut(at);
            entry.suspected = false;
            let (group, orphaned, is_gone) = (at, entry.links == 0, entry.members == 0);
            at = core::mem::replace(&mut entry.next_suspect, NIL);
            if is_gone {
                self.groups.remove(group);
            } else if orphaned && self.has_stopped_member(group) {
                self.signal_members(group, Signal::HUP);
                self.signal_members(group, Signal::CONT);
            }
        }
    }

    fn has_stopped_member(&self, group: u32) -> bool {
        let mut at = self.groups.at(group).first;
        while at != NIL {
            let entry = self.processes.at(at);
            if entry.signals.stop.is_stopped() {
                return true;
            }
            at = entry.membership.next;
        }
        false
    }
}
