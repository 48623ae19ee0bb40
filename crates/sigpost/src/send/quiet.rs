//! `-q`: the cheapest way. A target is opened and sent to; nothing is read, and only errors count. Where targets may
//! overlap, nothing less than the way of the plain send keeps anybody from being signalled twice.

use sigpost_engine::Errno;
use sigpost_linux::everyone::kill_everyone;
use sigpost_linux::send::{Addressee, Order, send};
use sigpost_linux::{Group, Process, Refused, Via};

use super::Tally;
use crate::command_line::options::Sending;
use crate::failure::Failure;

/// Sends. A group alone, or everyone, counts as one target: the call says only that somebody took the signal.
///
/// # Errors
/// Exit 3: the members of a group whose leader is gone cannot be read.
pub(super) fn run(sending: &Sending, addressees: &[Addressee]) -> Result<Tally, Failure> {
    // Processes have been selected nobody twice; of anything else, one alone is with nobody to overlap.
    if addressees.len() > 1 && !addressees.iter().all(|addressee| matches!(addressee, Addressee::Process(_))) {
        return with_receipts(sending, addressees);
    }
    let mut tally = Tally::default();
    for addressee in addressees {
        let sent = match addressee {
            Addressee::Process(process) => send_to_process(sending, process),
            Addressee::Group(group) => send_to_group(sending, group, &witnesses(group)?),
            Addressee::Everyone => match sending.signal {
                Some(signal) => kill_everyone(signal).map(|()| Via::Everyone),
                // Asking everyone whether they are there: this process at least is.
                None => Ok(Via::Everyone),
            },
            // Nothing less than a look at each finds out who else has come.
            Addressee::Session(_) | Addressee::Tree(_) | Addressee::Cgroup(_) => {
                return with_receipts(sending, addressees);
            }
        };
        tally.count(sent);
    }
    Ok(tally)
}

/// As the plain send does it; the receipts are counted and dropped.
fn with_receipts(sending: &Sending, addressees: &[Addressee]) -> Result<Tally, Failure> {
    let order = Order { signal: sending.signal, value: sending.value, ..Order::default() };
    let receipts = send(addressees, &order).map_err(|error| Failure::internal(error.to_string()))?;
    Ok(Tally::of(&receipts))
}

/// Members held by handle, which prove that a number was the group's. With a leader it needs no proof.
fn witnesses(group: &Group) -> Result<Vec<Process>, Failure> {
    match group.leader() {
        Some(_) => Ok(Vec::new()),
        None => group.members().map_err(|error| Failure::internal(error.to_string())),
    }
}

fn send_to_process(sending: &Sending, process: &Process) -> Result<Via, Refused> {
    let sent = match (sending.signal, sending.value) {
        (None, _) => process.probe(),
        (Some(signal), None) => process.send(signal),
        (Some(signal), Some(value)) => process.send_value(signal, value),
    };
    sent.map(|()| Via::Handle)
}

fn send_to_group(sending: &Sending, group: &Group, held: &[Process]) -> Result<Via, Refused> {
    match sending.signal {
        None => group.probe().map(|()| Via::PidfdGroup),
        Some(signal) => group.send(signal, held),
    }
}

impl Tally {
    fn count(&mut self, sent: Result<Via, Refused>) {
        match sent {
            Ok(via) => {
                self.sent += 1;
                self.unproved |= via == Via::KillpgUnproved;
            }
            Err(refused) if refused.errno() == Some(Errno::ESRCH) => self.gone += 1,
            Err(_) => self.refused += 1,
        }
    }
}
