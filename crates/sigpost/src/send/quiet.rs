//! `-q`: the cheapest way. Each target is opened and sent to; nothing is read, and only errors count.

use sigpost_engine::Errno;
use sigpost_linux::everyone::kill_everyone;
use sigpost_linux::send::{Addressee, Order, send};
use sigpost_linux::{Group, Process, Refused, Via};

use super::Tally;
use crate::command_line::options::Sending;
use crate::failure::Failure;

/// Sends. A group, or everyone, counts as one target: the call says only that somebody took the signal.
///
/// # Errors
/// Exit 3: the members of a group whose leader is gone cannot be read.
pub(super) fn run(sending: &Sending, addressees: &[Addressee]) -> Result<Tally, Failure> {
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
                let order = Order { signal: sending.signal, ..Order::default() };
                let receipts = send(core::slice::from_ref(addressee), &order);
                tally.add(Tally::of(&receipts.map_err(|error| Failure::internal(error.to_string()))?));
                continue;
            }
        };
        tally.count(sent);
    }
    Ok(tally)
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
    const fn add(&mut self, other: Self) {
        self.sent += other.sent;
        self.refused += other.refused;
        self.gone += other.gone;
        self.unproved |= other.unproved;
    }

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
