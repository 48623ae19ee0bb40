//! `--all-or-none`: nothing is sent if any target would refuse. Linux's own group call is not like that.
//!
//! Both are asked beforehand: the prediction, and the kernel with the null signal. Between the asking and the
//! sending a target may still change its users; no call of Linux closes that gap.

use sigpost_engine::{Errno, Pid, SessionId, Signal, Verdict};
use sigpost_linux::process_group::refused;
use sigpost_linux::send::{Addressee, Order, send};
use sigpost_linux::{Evidence, Outcome, Process, Receipt, scan};

use crate::failure::Failure;

/// The receipts of a send that was called off; `None` if nobody would refuse.
///
/// # Errors
/// Exit 3: `/proc` cannot be read.
pub(super) fn called_off(addressees: &[Addressee], order: &Order) -> Result<Option<Vec<Receipt>>, Failure> {
    let dry = Order { dry_run: true, ..*order };
    let mut receipts = send(addressees, &dry).map_err(|error| Failure::internal(error.to_string()))?;
    // The kernel is not asked about another system's rules.
    let refusing = if order.rules.is_some() { Vec::new() } else { refusing(addressees, order.signal)? };
    for receipt in &mut receipts {
        if receipt.outcome.is_sent() && refusing.contains(&receipt.pid) {
            receipt.outcome = Outcome::Verdict(Verdict::Refused);
            receipt.evidence = Evidence::Confirmed;
            receipt.errno = Some(Errno::EPERM.number());
            receipt.reason = String::from("the null signal to it was refused");
        }
    }
    // One that is gone refuses nothing.
    if receipts.iter().all(|receipt| receipt.outcome.is_sent() || receipt.outcome == Outcome::Gone) {
        return Ok(None);
    }
    receipts.iter_mut().for_each(withhold);
    Ok(Some(receipts))
}

/// Who answers the null signal with EPERM.
fn refusing(addressees: &[Addressee], signal: Option<Signal>) -> Result<Vec<Pid>, Failure> {
    let session = own_session();
    let refuses = |process: &Process| refused(process, signal.unwrap_or(Signal::TERM), session);
    let mut pids = Vec::new();
    for addressee in addressees {
        match addressee {
            Addressee::Process(process) => pids.extend(refuses(process).then_some(process.pid())),
            Addressee::Group(group) => {
                let members = group.members().map_err(|error| Failure::internal(error.to_string()))?;
                pids.extend(members.iter().filter(|member| refuses(member)).map(Process::pid));
            }
            Addressee::Session(_) | Addressee::Tree(_) | Addressee::Cgroup(_) => {
                let members = addressee.members().map_err(|error| Failure::internal(error.to_string()))?;
                pids.extend(members.iter().filter(|member| refuses(member)).map(Process::pid));
            }
            Addressee::Everyone => {
                let everyone = scan::processes().map_err(|error| Failure::internal(error.to_string()))?;
                pids.extend(everyone.filter(refuses).map(|process| process.pid()));
            }
        }
    }
    Ok(pids)
}

fn own_session() -> Option<SessionId> {
    // Read of `stat`, which has 0 for a session outside of our PID namespace: rustix's getsid does not expect that.
    let own = Pid::new(rustix::process::getpid().as_raw_nonzero().get())?;
    Process::open(own).ok()?.stat().ok()?.session
}

/// What one target would refuse is kept from all.
fn withhold(receipt: &mut Receipt) {
    if receipt.outcome.is_sent() {
        receipt.outcome = Outcome::Verdict(Verdict::Withheld);
        receipt.reason = String::from("another target would be refused, and it is all or none");
    }
}
