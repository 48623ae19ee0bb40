//! `sigpost watch`: live, who sends what to whom, and what became of it.

mod arguments;
mod cause;
mod clock;
mod ends;
mod filter;
mod json;
mod lines;
mod session;
mod until;
pub(crate) mod witness;

use core::time::Duration;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Instant;

use clap::ArgMatches;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use sigpost_engine::{Signal, SignalSet};
use sigpost_linux::generated::is_first_namespace;
use sigpost_linux::watch::{Counts, Watch};
use sigpost_sys::sigaction::{self, How};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::print;
use session::Session;

pub(crate) use arguments::definition;

/// Between two drains at least so long: what comes meanwhile is read in one go, and wakes nobody.
const REST: Duration = Duration::from_millis(5);

/// Runs the verb.
///
/// # Errors
/// Exit 2: an option does not take its value. Exit 3: the kernel does not let us watch, or the output cannot be
/// written.
pub(crate) fn run(matches: &ArgMatches) -> Result<Exit, Failure> {
    let order = arguments::read(matches)?;
    if let Some(option) = order.by_number() {
        numbers_are_the_machines(option)?;
    }
    let end_at = order.limit.map(|limit| Instant::now() + limit);
    let stop = Stop::block()?;
    let mut watch = Watch::open(&order.asked).map_err(|missing| Failure::internal(missing.reason))?;
    let mut session = Session::begin(order, watch.way())?;
    if session.is_over() {
        return session.finish(Counts::default());
    }
    let mut told = (0, Instant::now());
    while !session.is_over() {
        watch.drain(|event| session.take(&event));
        session.write()?;
        told = tell_lost(&watch, told);
        if session.is_over() || wait(&watch, &stop, &session, end_at)? {
            break;
        }
    }
    let mut written = Ok(());
    let counts = watch.end(|event| {
        if !session.take(&event) && written.is_ok() {
            written = session.write();
        }
    });
    written?;
    let exit = session.finish(counts)?;
    stop.release();
    Ok(exit)
}

/// Declines `what`, where processes would be named by other numbers than those that the kernel's records have.
///
/// # Errors
/// Exit 3: this is a PID namespace below the first one.
fn numbers_are_the_machines(what: &str) -> Result<(), Failure> {
    if is_first_namespace() == Some(false) {
        return Err(Failure::internal(format!(
            "{what}: the kernel's records number processes as the machine does, and this is a PID namespace with numbers of \
             its own (a container): do it outside, with the number from there, or use `sigpost watch --to NAME`"
        )));
    }
    Ok(())
}

/// Waits until there is something to drain; whether the watch is over instead.
fn wait(watch: &Watch, stop: &Stop, session: &Session, end_at: Option<Instant>) -> Result<bool, Failure> {
    if watch.is_behind() {
        return Ok(ready(&[stop.0.as_fd()], Some(Duration::ZERO))?[0]);
    }
    let left = |at: Instant| at.saturating_duration_since(Instant::now());
    let rest = end_at.map_or(REST, |at| left(at).min(REST));
    if ready(&[stop.0.as_fd()], Some(rest))?[0] {
        return Ok(true);
    }
    let mut readable = vec![stop.0.as_fd()];
    readable.extend(watch.readable());
    readable.extend(session.ends());
    let limit = match (end_at.map(left), watch.readable()) {
        (Some(left), _) if left.is_zero() => return Ok(true),
        (Some(left), Some(_)) => Some(left),
        (None, Some(_)) => None,
        // There is nothing that tells.
        (left, None) => Some(left.unwrap_or(REST).min(REST)),
    };
    Ok(ready(&readable, limit)?[0] || end_at.is_some_and(|at| left(at).is_zero()))
}

fn ready(descriptors: &[BorrowedFd<'_>], limit: Option<Duration>) -> Result<Vec<bool>, Failure> {
    let mut polled: Vec<_> = descriptors.iter().map(|fd| PollFd::new(fd, PollFlags::IN)).collect();
    let limit = limit.map(|limit| Timespec {
        tv_sec: i64::try_from(limit.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(limit.subsec_nanos()),
    });
    match poll(&mut polled, limit.as_ref()) {
        Ok(_) | Err(rustix::io::Errno::INTR) => {}
        Err(errno) => return Err(Failure::internal(format!("waiting for the kernel's records: {errno}"))),
    }
    Ok(polled.iter().map(|polled| !polled.revents().is_empty()).collect())
}

/// Says on standard error, at most once a second, when more were lost than was told; how many that were, and when.
fn tell_lost(watch: &Watch, told: (u64, Instant)) -> (u64, Instant) {
    let lost = watch.counts().lost;
    if lost <= told.0 || told.0 > 0 && told.1.elapsed() < Duration::from_secs(1) {
        return told;
    }
    print::remark(&format!("{lost} signals lost so far: they come faster than they are read (--room takes more)"));
    (lost, Instant::now())
}

/// The signals that end the watch, held back until it has been ended in good order.
struct Stop(OwnedFd, u64);

impl Stop {
    fn block() -> Result<Self, Failure> {
        let failed = |errno| Failure::internal(format!("the signals that end the watch: {errno}"));
        let ends = SignalSet::of(&[Signal::INT, Signal::TERM, Signal::HUP]).bits();
        let before = sigaction::set_mask(How::Block, ends).map_err(failed)?;
        Ok(Self(sigaction::descriptor(ends).map_err(failed)?, before))
    }

    /// Lets them in: one that came ends us now, as it would have.
    fn release(self) {
        // None with these arguments; and if it failed, we would end all the same.
        let _ = sigaction::set_mask(How::Set, self.1);
    }
}
