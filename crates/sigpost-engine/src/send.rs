//! Sending: the doors of the subsystem, and the one path behind them.
//!
//! `kill`, `killpg`, `raise`, `tgkill`, `sigqueue`; the kernel's `psignal`, `pgsignal`, `gsignal`, `tdsignal`: each is
//! a thin door. Behind it: resolve the target (`target`) → may the sender ([`permission`]) → generate at each
//! target ([`post`](crate::post())) → a receipt each → fold the receipts into the return value (`fold`), by the
//! personality's rule.

mod calls;
mod fold;
mod handle;
mod kernel_calls;
pub mod permission;
mod sliced;
mod target;

pub use handle::Handle;
pub use sliced::GroupSend;
pub use target::{KillError, Target};

use crate::personality::{GroupRefusal, Privilege};
use crate::post::{ChildNews, EntrySource, Post, Posted, Scope, Wake, Way, post_in_full, post_shortly, way};
use crate::queue::NIL;
use crate::receipt::{Receipt, Receipts};
use crate::storage::Storage;
use crate::{Signal, SignalInfo, System, Verdict};
use fold::Fold;
use permission::{Call, Relation};

/// Who sends, and what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Letter {
    /// The sending process; NIL: the kernel.
    sender: u32,
    /// The signal; `None`: the null signal.
    signal: Option<Signal>,
    code: crate::Code,
    value: i64,
    call: Call,
    /// The sender's namespace, its number there, and its real user: most receivers see it so.
    namespace: u32,
    pid: i32,
    uid: crate::UserId,
}

/// At what in a process a signal is aimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aim {
    /// The process; its main thread is the addressed one.
    Process,
    /// The process, by the number of this thread of it, which is the addressed one.
    Through(u32),
    /// This thread.
    Thread(u32),
}

impl Letter {
    /// A letter from the kernel.
    pub(crate) const fn from_kernel(signal: Signal) -> Self {
        let (code, call) = (crate::Code::KERNEL, Call::One);
        Self { sender: NIL, signal: Some(signal), code, value: 0, call, namespace: NIL, pid: 0, uid: 0 }
    }
}

impl<S: Storage> System<S> {
    /// A letter from a process.
    #[inline]
    pub(crate) fn letter(
        &self,
        sender: u32,
        signal: Option<Signal>,
        code: crate::Code,
        value: i64,
        call: Call,
    ) -> Letter {
        let entry = self.processes.at(sender);
        let (namespace, uid) = (entry.namespace, entry.credentials.real);
        let pid = self.numbers.at(self.number_of(sender)).value;
        Letter { sender, signal, code, value, call, namespace, pid, uid }
    }

    /// Sends to one process or thread, after asking for permission.
    pub(crate) fn send_to_one(
        &mut self,
        letter: &Letter,
        process: u32,
        aim: Aim,
        receipts: &mut (impl Receipts + ?Sized),
    ) -> Result<(), KillError> {
        if !self.rules.zombie_is_found && !self.processes.at(process).signals.life.is_alive() {
            return Err(KillError::NoSuchTarget);
        }
        let verdict = if self.may(letter, process) {
            self.send(letter, process, aim, receipts)
        } else {
            self.give(letter, process, Verdict::Refused, receipts)
        };
        match verdict {
            Verdict::Refused => Err(KillError::Refused),
            Verdict::QueueFull => Err(KillError::QueueFull),
            _ => Ok(()),
        }
    }

    /// Sends to every member of a group, after asking for permission at each.
    pub(crate) fn send_to_group(
        &mut self,
        letter: &Letter,
        group: u32,
        receipts: &mut (impl Receipts + ?Sized),
    ) -> Result<(), KillError> {
        let mut fold = Fold::default();
        let withholds = self.rules.group_some_refused == GroupRefusal::AllOrNone && self.someone_refuses(letter, group);
        self.count_send(group);
        let mut at = self.first_signalled(group);
        while at != NIL {
            let next = self.signalled_after(at);
            if let Some(verdict) = self.send_to_member(letter, at, withholds, receipts) {
                fold.add(verdict);
            }
            at = next;
        }
        fold.group(self.rules)
    }

    /// Sends to one member of a group, after asking for permission; `None` if it is left out.
    #[inline(always)]
    fn send_to_member(
        &mut self,
        letter: &Letter,
        process: u32,
        withholds: bool,
        receipts: &mut (impl Receipts + ?Sized),
    ) -> Option<Verdict> {
        if !self.is_reached_in_group(process) {
            return None;
        }
        let refused = if !self.may(letter, process) {
            Verdict::Refused
        } else if withholds {
            Verdict::Withheld
        } else {
            return Some(self.send(letter, process, Aim::Process, receipts));
        };
        Some(self.give(letter, process, refused, receipts))
    }

    /// Sends to everyone that the sender can see and that the personality does not leave out, oldest first.
    pub(crate) fn send_to_everyone(
        &mut self,
        letter: &Letter,
        receipts: &mut (impl Receipts + ?Sized),
    ) -> Result<(), KillError> {
        let mut fold = Fold::default();
        self.broadcasts = self.broadcasts.wrapping_add(1);
        let first = self.first_thread_seen_by(letter.sender);
        let mut at = self.order.oldest;
        while at != NIL {
            let younger = self.processes.next(at);
            if self.is_reached_by_broadcast(letter.sender, first, at) {
                let verdict = if self.may(letter, at) {
                    self.send(letter, at, Aim::Process, receipts)
                } else {
                    self.give(letter, at, Verdict::Refused, receipts)
                };
                fold.add(verdict);
            }
            at = younger;
        }
        fold.everyone(self.rules)
    }

    fn someone_refuses(&self, letter: &Letter, group: u32) -> bool {
        let mut at = self.groups.at(group).first;
        while at != NIL {
            if self.is_reached_in_group(at) && !self.may(letter, at) {
                return true;
            }
            at = self.processes.at(at).membership.next;
        }
        false
    }

    /// Whether the letter's sender may send it to a process.
    #[inline(always)]
    fn may(&self, letter: &Letter, process: u32) -> bool {
        if letter.sender == NIL {
            return true;
        }
        let (sender, target) = (self.processes.at(letter.sender), self.processes.at(process));
        let asks_descent = letter.signal == Some(Signal::CONT) && letter.call != Call::One;
        let relation = Relation {
            same_process: letter.sender == process,
            same_session: sender.membership.session == target.membership.session && sender.membership.session != NIL,
            descendant: asks_descent && self.descends(process, letter.sender),
            privileged_over: true,
        };
        permission::may_signal(
            &sender.credentials,
            &target.credentials,
            relation,
            letter.signal,
            letter.call,
            self.rules,
        )
    }

    /// Whether a process descends from another.
    fn descends(&self, process: u32, ancestor: u32) -> bool {
        let mut at = self.processes.at(process).parent;
        while at != NIL {
            if at == ancestor {
                return true;
            }
            at = self.processes.at(at).parent;
        }
        false
    }

    /// Posts to one process that may be signalled, does what follows from it, and gives the receipt.
    #[inline(always)]
    fn send(&mut self, letter: &Letter, process: u32, aim: Aim, receipts: &mut (impl Receipts + ?Sized)) -> Verdict {
        let Some(signal) = letter.signal else {
            return self.give(letter, process, Verdict::Probed, receipts);
        };
        let info = self.information(letter, signal, process);
        let posted = self.post_to(process, aim, &info, letter.sender);
        self.give_posted(process, signal, &posted, receipts)
    }

    /// Gives the receipt of a post.
    #[inline]
    pub(crate) fn give_posted(
        &self,
        process: u32,
        signal: Signal,
        posted: &Posted<u32>,
        receipts: &mut (impl Receipts + ?Sized),
    ) -> Verdict {
        let (verdict, info_lost) = (posted.verdict, posted.info_lost);
        let receipt = Receipt { process: self.process_key(process), signal: Some(signal), verdict, info_lost };
        receipts.receipt(receipt);
        verdict
    }

    #[inline]
    fn give(
        &self,
        letter: &Letter,
        process: u32,
        verdict: Verdict,
        receipts: &mut (impl Receipts + ?Sized),
    ) -> Verdict {
        let process = self.process_key(process);
        receipts.receipt(Receipt { process, signal: letter.signal, verdict, info_lost: false });
        verdict
    }

    /// What comes with the signal, as the receiver sees it: a sender in a namespace that the receiver cannot look
    /// into has the number 0.
    #[inline(always)]
    fn information(&self, letter: &Letter, signal: Signal, receiver: u32) -> SignalInfo {
        let namespace = self.processes.at(receiver).namespace;
        let pid = if letter.sender == NIL || namespace == letter.namespace {
            letter.pid
        } else {
            self.number_seen(letter.sender, namespace).map_or(0, crate::Pid::get)
        };
        SignalInfo { signal, code: letter.code, pid, uid: letter.uid, value: letter.value }
    }

    /// Posts to a process, or to one of its threads, and takes up what follows: work for the host, news for the
    /// parent.
    #[inline(always)]
    pub(crate) fn post_to(&mut self, process: u32, aim: Aim, info: &SignalInfo, sender: u32) -> Posted<u32> {
        let (addressed, scope) = self.addressed_by(process, aim);
        let post = Post { scope, entry: entry_source(info, sender), ..Post::to_process(*info) };
        let (target, thread) = (&self.processes.at(process).signals, &self.threads.at(addressed).signals);
        let way = way(target, thread, &post, self.rules);
        if let Way::None(verdict) = way {
            return Posted::quiet(verdict);
        }
        if way == Way::Short
            && let Some(posted) = self.post_shortly_to(process, addressed, &{ post })
        {
            return posted;
        }
        self.post_in_full_to(process, addressed, post, sender)
    }

    /// Posts an ordinary signal by the short way, and takes up what follows; `None` if the whole way has to be gone.
    #[inline]
    fn post_shortly_to(&mut self, process: u32, addressed: u32, post: &Post) -> Option<Posted<u32>> {
        let rules = self.rules;
        let posted = self.with_process(process, addressed, |signals, threads, queue, _| {
            post_shortly(signals, threads, queue, post, rules)
        })?;
        if let Wake::One(thread) = posted.wake {
            self.list_thread(thread);
        }
        if posted.readable {
            self.note_readable(process);
        }
        Some(posted)
    }

    /// The addressed thread of a process, and whose queue a signal goes to.
    #[inline]
    fn addressed_by(&self, process: u32, aim: Aim) -> (u32, Scope) {
        match aim {
            Aim::Process => (self.processes.at(process).main, Scope::Process),
            Aim::Through(thread) => (thread, Scope::Process),
            Aim::Thread(thread) => (thread, Scope::Thread),
        }
    }

    /// Posts to a process, having found out what only some signals to some processes ask for.
    #[inline(never)]
    fn post_in_full_to(&mut self, process: u32, addressed: u32, post: Post, sender: u32) -> Posted<u32> {
        let namespace = self.processes.at(process).namespace;
        let from_terminal = post.info.signal.is_terminal_stop();
        let post = Post {
            // Who may make up any code to itself may make up the kernel's. Source: Linux `send_signal_locked`.
            forced: sender == NIL
                || post.info.code == crate::Code::KERNEL
                || !self.lies_in(self.processes.at(sender).namespace, namespace),
            orphaned: from_terminal && self.in_orphaned_group(process),
            child_of_init: from_terminal && self.is_child_of_init(process),
            ..post
        };
        let rules = self.rules;
        let posted = self.with_process(process, addressed, |signals, threads, queue, _| {
            post_in_full(signals, threads, queue, &post, rules)
        });
        if post.info.signal == Signal::CONT && self.processes.at(process).signals.untold.is_some() {
            // Who asks knows at once.
            self.processes.at_mut(process).news = Some(ChildNews::Continued);
        }
        if posted.readable {
            self.note_readable(process);
        }
        self.follow(process, posted.wake, posted.tell_parent);
        posted
    }

    pub(crate) fn is_child_of_init(&self, process: u32) -> bool {
        let parent = self.processes.at(process).parent;
        parent != NIL && self.processes.at(parent).signals.protected
    }

    /// What follows from a change of one process: its threads are listed as work, its parent is told.
    #[inline]
    pub(crate) fn follow(&mut self, process: u32, wake: Wake<u32>, news: Option<ChildNews>) {
        match wake {
            Wake::Nobody => {}
            Wake::One(thread) => self.list_thread(thread),
            Wake::Everyone => self.list_kicked_threads(process),
        }
        if let Some(news) = news {
            self.tell_parent(process, news);
        }
    }

    fn list_kicked_threads(&mut self, process: u32) {
        let mut at = self.processes.at(process).main;
        while at != NIL {
            let thread = &self.threads.at(at).signals;
            if thread.kicked && !thread.exited {
                self.list_thread(at);
            }
            at = self.threads.at(at).next;
        }
    }

    /// Whether a member is reached when its group is signalled.
    #[inline]
    fn is_reached_in_group(&self, process: u32) -> bool {
        let entry = self.processes.at(process);
        let is_init = entry.signals.protected || entry.parent == NIL;
        let left_out = (self.rules.init_left_out_of_group && is_init)
            || (self.rules.system_processes_left_out && entry.signals.system);
        !left_out && (self.rules.zombie_group_is_found || entry.signals.life.is_alive())
    }
}

/// The kernel's news of a child is not held to the limit, a timer has its own entry.
#[inline]
fn entry_source(info: &SignalInfo, sender: u32) -> EntrySource {
    match (sender, info.signal) {
        (NIL, Signal::CHLD) => EntrySource::Unlimited,
        (NIL, _) if info.code == crate::Code::TIMER => EntrySource::Promised,
        (NIL, _) => EntrySource::Spared,
        _ => EntrySource::Limited,
    }
}

/// Whether a sender holds the right to signal anyone.
pub(crate) const fn is_privileged(credentials: &crate::Credentials, rule: Privilege) -> bool {
    match rule {
        Privilege::Capability => credentials.privileged,
        Privilege::EffectiveRoot => credentials.effective == 0,
    }
}
