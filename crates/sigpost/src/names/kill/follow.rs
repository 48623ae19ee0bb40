//! `--timeout`: signals that follow, to those still there. The clocks of all processes run side by side, and a process
//! that has ended, or has just gone, keeps nobody else from being signalled.

use core::time::Duration;
use std::time::Instant;

use sigpost_linux::{Process, Wait};

use super::aim::to_process;
use super::{Order, say, signal_word};

/// Waits, and sends what follows. Returns with the last signal, or when all have ended.
///
/// # Errors
/// Waiting failed: the line to be said.
pub(super) fn run(order: &Order, sent: &[Process]) -> Result<(), String> {
    if order.follow_ups.is_empty() || sent.is_empty() {
        return Ok(());
    }
    let mut watch = Wait::new().map_err(|error| error.to_string())?;
    for process in sent {
        watch.add(process).map_err(|error| error.to_string())?;
    }
    let mut at = Duration::ZERO;
    for (wait, signal) in &order.follow_ups {
        at += Duration::from_millis(*wait);
        let deadline = watch.began().checked_add(at);
        wait_until(&mut watch, deadline)?;
        for (index, process) in sent.iter().enumerate() {
            if watch.is_alive(index) {
                if order.verbose {
                    let (number, pid) = (signal_word::number(*signal), process.pid());
                    say::out(format!("timeout, sending signal {number} to pid {pid}\n"));
                }
                // Refused only if it has gone, or has changed its users, since.
                let _ = to_process(process, *signal, order.value);
            }
        }
    }
    Ok(())
}

/// Until then, or until all have ended.
fn wait_until(watch: &mut Wait<&Process>, deadline: Option<Instant>) -> Result<(), String> {
    while watch.alive() > 0 {
        if watch.next(deadline).map_err(|error| error.to_string())?.is_none() {
            return Ok(());
        }
    }
    Ok(())
}
