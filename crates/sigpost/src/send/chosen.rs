//! Who gets it of those that were selected: `--require-handler` and `--ask` leave some out, each with its receipt.

use sigpost_engine::Signal;
use sigpost_linux::send::{Addressee, Order, send};
use sigpost_linux::{Outcome, Process, ReadError, Receipt};

use super::ask::{Terminal, Wish};
use crate::command_line::options::Sending;
use crate::failure::Failure;

/// Those that get it, and the receipts of the others.
#[derive(Debug)]
pub(crate) struct Chosen {
    pub(crate) addressees: Vec<Addressee>,
    pub(crate) declined: Vec<Receipt>,
}

/// Leaves out who has no handler, where one is required, and whom the person at the terminal declines. `deed` is what
/// is asked about: `send TERM to`.
///
/// # Errors
/// Exit 2: there is no terminal to ask at. Exit 3: `/proc` cannot be read.
pub(crate) fn among(sending: &Sending, addressees: Vec<Addressee>, deed: &str) -> Result<Chosen, Failure> {
    let mut chosen = Chosen { addressees, declined: Vec::new() };
    if let (true, Some(signal)) = (sending.require_handler, sending.signal) {
        chosen.keep(sending, |addressee| why_unhandled(addressee, signal))?;
    }
    // A dry run does nothing that could be asked about.
    if sending.ask && !sending.dry_run && !chosen.addressees.is_empty() {
        let foreseen = chosen.addressees.iter().map(|addressee| foreseen(sending, addressee));
        let foreseen: Vec<Vec<Receipt>> = foreseen.collect::<Result<_, _>>()?;
        let wish = Terminal::open()?.wish(deed, &chosen.addressees, &foreseen)?;
        let mut said = match wish {
            Wish::All => return Ok(chosen),
            Wish::None => vec![false; chosen.addressees.len()],
            Wish::Each(said) => said,
        }
        .into_iter();
        chosen.keep(sending, |_| (!said.next().unwrap_or(false)).then(|| "you said no".to_owned()))?;
    }
    Ok(chosen)
}

impl Chosen {
    /// Keeps those for which there is no reason against it.
    fn keep(
        &mut self,
        sending: &Sending,
        mut against: impl FnMut(&Addressee) -> Option<String>,
    ) -> Result<(), Failure> {
        for addressee in core::mem::take(&mut self.addressees) {
            match against(&addressee) {
                None => self.addressees.push(addressee),
                Some(reason) => {
                    let members = foreseen(sending, &addressee)?;
                    self.declined.extend(members.into_iter().map(|receipt| skipped(receipt, &reason)));
                }
            }
        }
        Ok(())
    }
}

/// What would become of the signal there.
fn foreseen(sending: &Sending, addressee: &Addressee) -> Result<Vec<Receipt>, Failure> {
    let order = Order { dry_run: true, rules: None, ..sending.order() };
    send(core::slice::from_ref(addressee), &order).map_err(|error| Failure::internal(error.to_string()))
}

fn skipped(receipt: Receipt, reason: &str) -> Receipt {
    Receipt { outcome: Outcome::Skipped, errno: None, info_lost: false, reason: reason.to_owned(), ..receipt }
}

/// Why it is no process with a handler. One that is gone is left to the send, which tells that.
fn why_unhandled(addressee: &Addressee, signal: Signal) -> Option<String> {
    let Addressee::Process(process) = addressee else { return None };
    match Process::status(process) {
        Ok(status) if status.caught.contains(signal) => None,
        Ok(_) => Some(format!("it has no handler for {signal}, and --require-handler asks for one")),
        Err(ReadError::Gone) => None,
        Err(error) => Some(format!("whether it has a handler cannot be read: {error}")),
    }
}
