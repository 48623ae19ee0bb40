//! Waiting until nothing moves any more. The only file that polls, and each poll has a deadline that fails.
//!
//! A thread that has something to do is never seen asleep: who sends a signal or an order marks the sleeper as
//! runnable before its own call returns. So when all threads are seen at rest, twice, and none has left the processor
//! in between, nothing more can happen until the next order.

use core::time::Duration;
use std::time::Instant;

use sigpost_scenario::Trouble;

use crate::command::Answer;
use crate::memory::Slot;
use crate::proc_view::{ThreadFiles, ThreadView};

/// After so long something is wrong with the machine or with the runner.
const DEADLINE: Duration = Duration::from_secs(10);
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
            std::thread::sleep(PAUSE);
        }
    }
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
}

/// Waits until all are at rest, and returns what they look like: `None` for a thread that is gone.
pub(crate) fn all_at_rest(watched: &[Watched<'_>]) -> Result<Vec<Option<ThreadView>>, Trouble> {
    let mut before: Option<Vec<Option<ThreadView>>> = None;
    until("the puppets to come to rest", || {
        let mut views = Vec::with_capacity(watched.len());
        for one in watched {
            let view = one.files.read().map_err(|error| Trouble::Broken(error.to_string()))?;
            if !is_at_rest(view.as_ref(), one.may_wait_for_child) {
                before = None;
                return Ok(None);
            }
            views.push(view);
        }
        if before.as_ref() == Some(&views) {
            return Ok(Some(views));
        }
        before = Some(views);
        Ok(None)
    })
}

fn is_at_rest(view: Option<&ThreadView>, may_wait_for_child: bool) -> bool {
    match view.map(|view| view.state) {
        None | Some(b'S' | b'T' | b't' | b'Z' | b'X') => true,
        Some(b'D') => may_wait_for_child,
        Some(_) => false,
    }
}
