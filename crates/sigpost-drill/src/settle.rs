//! Waiting until nothing moves any more. The only file that polls, and each poll has a deadline that fails.
//!
//! A thread that has something to do is never asleep off the processor: who sends a signal or an order marks the
//! sleeper as runnable before its own call returns. So when all threads are seen at rest, then off the processor, and
//! then at rest again without having left it in between, there was a moment when nobody ran, and nothing more can
//! happen until the next order.
//!
//! Where there is no `/proc`, puppets are asked to report. Those that wait for orders do, after whatever a signal has
//! them do; the others are in a call, stopped, or gone. If puppets go before the runner on their one processor
//! ([`Patience::None`]), a look that the runner gets to make is a look at a world at rest. If not, that is concluded
//! from a while in which nothing changes.

use core::time::Duration;
use std::time::Instant;

use sigpost_engine::Signal;
use sigpost_scenario::Trouble;

use crate::command::Answer;
use crate::memory::Slot;
use crate::proc_view::{ThreadFiles, ThreadView};
use crate::report::Report;

/// After so long something is wrong with the machine or with the runner.
const DEADLINE: Duration = Duration::from_mins(1);
/// How many looks are made one straight after the other.
const EAGER_LOOKS: u32 = 200;
const PAUSE: Duration = Duration::from_micros(100);

/// Waits until `look` gives something.
pub(crate) fn until<T>(what: &str, mut look: impl FnMut() -> Result<Option<T>, Trouble>) -> Result<T, Trouble> {
    let begun = Instant::now();
    let mut looks = 0;
    loop {
        if let Some(found) = look()? {
            return Ok(found);
        }
        if begun.elapsed() > DEADLINE {
            return Err(Trouble::Broken(format!("waited {} seconds for {what}", DEADLINE.as_secs())));
        }
        looks += 1;
        if looks < EAGER_LOOKS {
            rustix::thread::sched_yield();
        } else {
            pause();
        }
    }
}

/// Sleeps a little, where the kernel can.
fn pause() {
    let pause = rustix::time::Timespec { tv_sec: 0, tv_nsec: PAUSE.subsec_nanos().into() };
    let _ = rustix::thread::nanosleep(&pause);
}

/// How long to wait for a puppet that may have something to do, where that cannot be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Patience {
    /// Not at all: it goes first, on the same processor.
    None,
    /// So long that it would have come to it.
    Some,
}

/// How often the runner has to have slept meanwhile, besides: while a machine is stopped, or has its processor taken
/// away, nobody does anything, and the clock goes on.
const SLEEPS: u32 = 20;
/// How long nothing has to change, and a puppet to be silent, where nothing else tells that it has nothing to do.
const QUIET: Duration = Duration::from_millis(8);
/// The same where puppets go first.
const SHORT: Duration = Duration::from_micros(300);
/// The same where a signal was sent to one who does not report, who has run since, and looks as before: on its way out
/// the kernel may have put it to sleep (until nobody moves processes between cgroups), which looks like the sleep before.
const IN_DOUBT: Duration = Duration::from_millis(250);
/// How often the processor is offered to puppets that go first, which take it at once.
const OFFERS: u32 = 3;

/// What a puppet reports, with news of this child (0: of none); `None`: it does not wait for orders.
pub(crate) fn report(slot: Slot<'_>, child: i32, patience: Patience) -> Option<Report> {
    let request = slot.ask(child);
    let begun = Instant::now();
    let mut looks = 0;
    let (offers, quiet) = match patience {
        Patience::None => (OFFERS, Duration::ZERO),
        Patience::Some => (EAGER_LOOKS + SLEEPS, QUIET),
    };
    loop {
        let report = slot.report(request);
        if report.is_some() || (looks >= offers && begun.elapsed() > quiet) {
            return report;
        }
        looks += 1;
        rustix::thread::sched_yield();
        if looks > EAGER_LOOKS {
            pause();
        }
    }
}

/// Looks until nothing changes any more, and returns what was seen. `look` gives nothing while somebody moves;
/// `is_in_doubt` says whether somebody may be about to.
pub(crate) fn at_rest<T: PartialEq>(
    patience: Patience,
    mut look: impl FnMut() -> Result<Option<T>, Trouble>,
    is_in_doubt: impl Fn(&T) -> bool,
) -> Result<T, Trouble> {
    let mut before: Option<(T, Instant, u32)> = None;
    until("the puppets to come to rest", || {
        let Some(seen) = look()? else {
            before = None;
            return Ok(None);
        };
        match before.take() {
            Some((last, since, slept)) if last == seen => {
                let (long_enough, sleeps) = match patience {
                    _ if is_in_doubt(&seen) => (IN_DOUBT, SLEEPS),
                    Patience::None => (SHORT, 1),
                    Patience::Some => (QUIET, SLEEPS),
                };
                if since.elapsed() > long_enough && slept >= sleeps {
                    return Ok(Some(seen));
                }
                before = Some((last, since, slept + 1));
                pause();
            }
            _ => before = Some((seen, Instant::now(), 0)),
        }
        Ok(None)
    })
}

/// Waits for the answer of a puppet to an order that does not block.
pub(crate) fn answer(slot: Slot<'_>, order: u32, who: &str) -> Result<Answer, Trouble> {
    until(who, || Ok(slot.answer(order)))
}

/// A thread to look at, and whether it may be at rest in a sleep that only its end interrupts (a vfork's parent).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Watched<'a> {
    pub(crate) files: &'a ThreadFiles,
    pub(crate) may_wait_for_child: bool,
    /// It is the runner itself, who has nothing to do but to look.
    pub(crate) is_runner: bool,
}

/// Waits until all are at rest, and returns what they look like: `None` for a thread that is gone.
pub(crate) fn all_at_rest(watched: &[Watched<'_>]) -> Result<Vec<Option<ThreadView>>, Trouble> {
    let mut before: Option<Vec<Option<ThreadView>>> = None;
    until("the puppets to come to rest", || {
        let mut views = Vec::with_capacity(watched.len());
        for one in watched {
            let mut view = one.files.read().map_err(|error| Trouble::Broken(error.to_string()))?;
            if let Some(view) = view.as_mut().filter(|_| one.is_runner) {
                (view.state, view.switches) = (b'S', 0);
            }
            let is_on_its_way = view.as_ref().is_some_and(|view| view.state == b'D')
                && one.files.has_begun_to_end().map_err(|error| Trouble::Broken(error.to_string()))?;
            if is_on_its_way || !is_at_rest(view.as_ref(), one.may_wait_for_child) {
                before = None;
                return Ok(None);
            }
            views.push(view);
        }
        if before.as_ref() == Some(&views) {
            return Ok(Some(views));
        }
        let somebody_runs = watched.iter().any(|one| !one.is_runner && one.files.may_run());
        before = Some(views).filter(|_| !somebody_runs);
        Ok(None)
    })
}

fn is_at_rest(view: Option<&ThreadView>, may_wait_for_child: bool) -> bool {
    // The first process of a namespace sleeps on its way out, until everyone inside is gone.
    let ends = view.is_some_and(|view| (view.pending | view.shared) & Signal::KILL.bit() != 0);
    match view.map(|view| view.state) {
        Some(b'S' | b'T' | b't') => !ends,
        // X is about to be gone.
        None | Some(b'Z') => true,
        Some(b'D') => may_wait_for_child,
        Some(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use core::sync::atomic::{AtomicU32, Ordering};
    use std::io::Read as _;
    use std::sync::mpsc;

    use rustix::process::{WaitId, WaitIdOptions, waitid};

    use super::*;

    /// How often the thread of the test asks: some 50 milliseconds' worth.
    const QUESTIONS: u32 = 100_000;

    /// The kernel marks a waiter as asleep before it looks whether there is something to wait for: every third look at
    /// this one shows it asleep, and it has never left the processor.
    #[test]
    fn a_thread_that_only_looks_whether_it_has_to_wait_is_not_at_rest() {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let who = rustix::process::Pid::from_child(&child);
        let (mut reader, writer) = std::io::pipe().unwrap();
        let (tell, told) = mpsc::channel();
        let asked = AtomicU32::new(0);
        std::thread::scope(|scope| {
            let asks = scope.spawn(|| {
                let ask = || waitid(WaitId::Pid(who), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT).unwrap();
                ask();
                tell.send(rustix::thread::gettid().as_raw_nonzero().get()).unwrap();
                for _ in 0..QUESTIONS {
                    ask();
                    asked.fetch_add(1, Ordering::SeqCst);
                }
                reader.read(&mut [0]).unwrap()
            });
            let files = ThreadFiles::open(std::process::id().cast_signed(), told.recv().unwrap()).unwrap();
            let watched = Watched { files: &files, may_wait_for_child: false, is_runner: false };
            let seen = all_at_rest(&[watched]).unwrap();
            assert_eq!(asked.load(Ordering::SeqCst), QUESTIONS, "it is said to rest in the middle of its work");
            assert_eq!(seen[0].as_ref().map(|view| view.state), Some(b'S'));
            drop(writer);
            assert_eq!(asks.join().unwrap(), 0);
        });
        child.wait().unwrap();
    }
}
