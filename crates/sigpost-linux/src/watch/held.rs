//! A KILL of the kernel's own, held back until it is known whether memory was short.
//!
//! The kernel says so (`mark_victim`) right after it has sent the KILL, in the same thread; but what other CPUs record
//! may come between. So what comes after such a KILL waits behind it, until the kernel has said so, or the thread that
//! sent it does something else, or the process has ended.
//!
//! Source: Linux `__oom_kill_process`.

use alloc::collections::VecDeque;
use core::time::Duration;
use std::time::Instant;

use sigpost_engine::Signal;

use super::decode::Record;
use super::event::{Event, Generated, How};

/// After so long, or behind so many others, nothing is expected any more: the sender has done nothing since.
const LONG: Duration = Duration::from_secs(1);
/// See [`LONG`].
const MANY: usize = 100_000;

/// What waits to be told, oldest first.
#[derive(Debug, Default)]
pub(super) struct Held(VecDeque<Waiting>);

#[derive(Debug)]
struct Waiting {
    event: Event,
    /// Since when its explanation is waited for.
    unexplained: Option<Instant>,
}

impl Held {
    /// Takes a record in, and passes on what can be told; whether the function wants more.
    pub(super) fn pass(&mut self, record: Record, each: &mut impl FnMut(Event) -> bool) -> bool {
        match record {
            Record::Event(event) if self.0.is_empty() && !is_to_be_explained(&event) => return each(event),
            Record::Event(event) => self.hold(event),
            Record::OutOfMemory(victim) => self.explain(victim),
        }
        self.tell(each)
    }

    /// Passes on what can be told; whether the function wants more.
    pub(super) fn tell(&mut self, each: &mut impl FnMut(Event) -> bool) -> bool {
        while self.is_ready() {
            if self.0.pop_front().is_some_and(|waiting| !each(waiting.event)) {
                return false;
            }
        }
        true
    }

    /// Whether there is something that can be told.
    pub(super) fn is_ready(&self) -> bool {
        self.0.front().is_some_and(|waiting| waiting.unexplained.is_none())
    }

    /// Whether there is nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Gives up on explanations that do not come.
    pub(super) fn give_up(&mut self) {
        if !self.is_empty() {
            let many = self.0.len() > MANY;
            self.settle(|_, since| many || since.elapsed() > LONG);
        }
    }

    /// Gives up on all: there is nothing more to come.
    pub(super) fn give_up_all(&mut self) {
        self.settle(|_, _| true);
    }

    fn hold(&mut self, event: Event) {
        self.settle(|kill, _| shows_that_none_comes(&event, kill));
        let unexplained = is_to_be_explained(&event).then(Instant::now);
        self.0.push_back(Waiting { event, unexplained });
    }

    /// Memory was short: that is why this process was killed.
    fn explain(&mut self, victim: u32) {
        for Waiting { event, unexplained } in &mut self.0 {
            if let Event::Generated(kill) = event
                && unexplained.is_some()
                && kill.target.pid == victim
            {
                (kill.how, kill.sender, *unexplained) = (How::OutOfMemory, None, None);
            }
        }
    }

    fn settle(&mut self, is_settled: impl Fn(&Generated, Instant) -> bool) {
        for Waiting { event, unexplained } in &mut self.0 {
            if let (Event::Generated(kill), Some(since)) = (event, *unexplained)
                && is_settled(kill, since)
            {
                *unexplained = None;
            }
        }
    }
}

fn is_to_be_explained(event: &Event) -> bool {
    matches!(event, Event::Generated(kill) if kill.how == How::Kernel && kill.signal == Signal::KILL)
}

/// Whether whoever sent the KILL has gone on to something else, or its target has ended.
fn shows_that_none_comes(event: &Event, kill: &Generated) -> bool {
    let is_sender = |thread: u32| kill.sender.is_some_and(|sender| sender.thread == thread);
    match event {
        Event::Generated(other) => other.sender.is_some_and(|sender| is_sender(sender.thread)),
        Event::Taken(taken) => is_sender(taken.thread),
        Event::Ended(ended) => is_sender(ended.who.thread) || ended.who.pid == kill.target.pid,
    }
}

#[cfg(test)]
mod tests {
    use sigpost_engine::Verdict;

    use super::super::event::{Ended, Name, Party};
    use super::*;
    use crate::ExitStatus;
    use crate::generated::Fate;

    fn party(pid: u32) -> Party {
        Party { pid, thread: pid, inner: None, user: Some(0), comm: Name::new(b"x"), cgroup: None }
    }

    fn sent(sender: u32, target: u32, signal: Signal, how: How) -> Event {
        Event::Generated(Generated {
            time: 5,
            signal,
            how,
            code: 0,
            sender: Some(party(sender)),
            target: party(target),
            for_process: true,
            fate: Fate::Delivered,
            verdict: Some(Verdict::Terminates),
        })
    }

    /// The kernel kills 7 while thread 7 runs.
    fn kill() -> Record {
        Record::Event(sent(7, 7, Signal::KILL, How::Kernel))
    }

    fn others() -> Record {
        Record::Event(sent(8, 9, Signal::TERM, How::Kill))
    }

    fn ended(pid: u32) -> Record {
        let status = ExitStatus::Signalled { signal: Signal::KILL, core: false };
        Record::Event(Event::Ended(Ended { time: 9, who: party(pid), status }))
    }

    /// How each signal is told after these records, and whether there is more.
    fn told(records: impl IntoIterator<Item = Record>) -> (Vec<How>, bool) {
        let (mut held, mut told) = (Held::default(), Vec::new());
        for record in records {
            held.pass(record, &mut |event| {
                if let Event::Generated(generated) = event {
                    told.push(generated.how);
                }
                true
            });
        }
        (told, !held.is_empty())
    }

    #[test]
    fn what_others_do_between_the_kill_and_its_explanation_does_not_hide_it() {
        assert_eq!(told([kill(), others()]), (vec![], true));
        let explained = (vec![How::OutOfMemory, How::Kill], false);
        assert_eq!(told([kill(), others(), Record::OutOfMemory(7)]), explained);
        assert_eq!(told([kill(), Record::OutOfMemory(8), others(), Record::OutOfMemory(7), ended(7)]), explained);
    }

    #[test]
    fn a_kill_whose_sender_goes_on_or_whose_target_has_ended_stays_unexplained() {
        let goes_on = Record::Event(sent(7, 9, Signal::TERM, How::Kill));
        assert_eq!(told([kill(), goes_on, Record::OutOfMemory(7)]), (vec![How::Kernel, How::Kill], false));
        assert_eq!(told([kill(), others(), ended(7)]), (vec![How::Kernel, How::Kill], false));
        assert_eq!(told([kill(), ended(8)]), (vec![], true));
    }

    #[test]
    fn who_takes_no_more_gets_the_rest_later_and_what_is_given_up_is_told() {
        let mut held = Held::default();
        assert!(held.pass(kill(), &mut |_| false), "nothing was told");
        assert!(!held.pass(Record::OutOfMemory(7), &mut |_| false));
        held.pass(kill(), &mut |_| true);
        held.pass(others(), &mut |_| true);
        held.give_up();
        assert!(!held.is_ready());
        held.give_up_all();
        assert!(!held.tell(&mut |_| false));
        assert!(held.is_ready());
        assert!(held.tell(&mut |_| true) && held.is_empty());
    }
}
