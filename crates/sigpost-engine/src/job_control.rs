//! What parents are told of children that stop, continue or end.

use crate::post::ChildNews;
use crate::queue::NIL;
use crate::run_state::ExitStatus;
use crate::storage::Storage;
use crate::{Code, Signal, SignalInfo, System};

impl<S: Storage> System<S> {
    /// A child stopped or continued: the news is kept for `wait`, and its parent gets CHLD unless it asked not to.
    ///
    /// Source: POSIX `sigaction` (`SA_NOCLDSTOP`); Linux `do_notify_parent_cldstop`.
    pub(crate) fn tell_parent(&mut self, child: u32, news: ChildNews) {
        if news == ChildNews::Continued && !self.rules.has_continued_news {
            self.processes.at_mut(child).news = None;
            return;
        }
        self.processes.at_mut(child).news = Some(news);
        let parent = self.processes.at(child).parent;
        if parent == NIL {
            return;
        }
        self.list_process(parent);
        let signals = &self.processes.at(parent).signals;
        let silenced = signals.no_child_stop && self.rules.has_nocldstop;
        if silenced || signals.dispositions.ignored().contains(Signal::CHLD) {
            return;
        }
        let (code, value) = match news {
            ChildNews::Stopped(signal) => (Code::STOPPED, signal),
            ChildNews::Continued => (Code::CONTINUED, Signal::CONT),
        };
        self.send_child_signal(child, parent, code, value.number().into());
    }

    /// A child has ended: its parent gets CHLD. Whether the child is to leave no zombie.
    ///
    /// Source: POSIX `_exit`, `SA_NOCLDWAIT`; Linux `do_notify_parent`.
    pub(crate) fn tell_parent_of_end(&mut self, child: u32, status: ExitStatus) -> bool {
        let parent = self.processes.at(child).parent;
        if parent == NIL {
            return false;
        }
        self.list_process(parent);
        let signals = &self.processes.at(parent).signals;
        let ignored = signals.dispositions.ignored().contains(Signal::CHLD);
        let leaves_nothing = (ignored || signals.no_child_wait) && self.rules.has_nocldstop;
        if !(ignored && self.rules.ignored_child_end_is_not_sent) {
            let (code, value) = match status {
                ExitStatus::Exited(status) => (Code::EXITED, i64::from(status)),
                ExitStatus::Killed(signal) => (Code::KILLED, i64::from(signal.number())),
                ExitStatus::Dumped(signal) => (Code::DUMPED, i64::from(signal.number())),
            };
            self.send_child_signal(child, parent, code, value);
        }
        leaves_nothing
    }

    fn send_child_signal(&mut self, child: u32, parent: u32, code: Code, value: i64) {
        let namespace = self.processes.at(parent).namespace;
        let pid = self.number_seen(child, namespace).map_or(0, crate::Pid::get);
        let uid = self.processes.at(child).credentials.real;
        let info = SignalInfo { signal: Signal::CHLD, code, pid, uid, value };
        let _ = self.post_to(parent, None, &info, NIL);
    }
}
