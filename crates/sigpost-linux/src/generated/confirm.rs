//! A group's receipts, checked against the kernel's records of the send.
//!
//! In the machine's first PID namespace a record names its target. In any other one it does not, for there the
//! numbers are others; then records are matched by command name, and only where nothing is left to choose: as many
//! records as members of that name, all of one fate, and every one of these members still there afterwards.

use std::collections::HashMap;

use sigpost_engine::{Errno, Pid, Signal, Verdict};

use super::{Fate, Generated, OwnStream, Records, Unavailable};
use crate::proc_stat::Comm;
use crate::process::Process;
use crate::process_group::{Via, init_of_the_machine};
use crate::receipt::{Evidence, Outcome, Receipt};

/// The stream of one order, opened for the first group that has several members and kept for the next.
#[derive(Debug, Default)]
pub(crate) struct Watch(Option<Result<OwnStream, Unavailable>>);

impl Watch {
    /// Opens the stream, if these are several. Opening takes its time: before the members are read.
    pub(crate) fn prepare(&mut self, targets: usize) {
        if targets > 1 && self.0.is_none() {
            self.0 = Some(OwnStream::open(targets));
        }
    }

    /// Makes the call, and returns the records of it where they can be had.
    pub(crate) fn during<T>(&mut self, call: impl FnOnce() -> T) -> (T, Option<Records>) {
        match &mut self.0 {
            Some(Ok(stream)) => {
                let (returned, records) = stream.during(call);
                (returned, Some(records))
            }
            _ => (call(), None),
        }
    }
}

/// Puts into the receipts what the kernel recorded. The first of them are the members', in the same order; those
/// after them are newcomers', who were found when the signal had been sent.
pub(crate) fn confirm(receipts: &mut Vec<Receipt>, members: &[Process], via: Via, recorded: Records) {
    let Some(signal) = receipts.first().and_then(|receipt| receipt.signal) else { return };
    let Records { mut records, lost } = recorded;
    // Others than the send's own: generated in an interrupt under which this thread ran.
    records.retain(|record| record.signal == signal && record.group && record.code == 0);
    let is_there = |index: usize| match members.get(index) {
        Some(member) => !member.probe().is_err_and(|refused| refused.errno() == Some(Errno::ESRCH)),
        None => true,
    };
    if init_of_the_machine().is_some() {
        let missing = |index: usize| match index < members.len() {
            true if is_there(index) => Missing::Escaped,
            true => Missing::Gone,
            false => Missing::Newcomer,
        };
        by_number(receipts, missing, via, &records, lost == 0);
    } else if lost == 0 {
        by_name(receipts, is_there, via, &records);
    }
}

/// What it means of a receipt that there is no record for it, and none was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Missing {
    /// It had left what was signalled.
    Escaped,
    /// It had ended, and was reaped.
    Gone,
    /// It was no target: it came after the signal.
    Newcomer,
}

/// Where the numbers are the kernel's. Without a record of it, and none lost, the signal did not get there.
fn by_number(
    receipts: &mut Vec<Receipt>,
    missing: impl Fn(usize) -> Missing,
    via: Via,
    records: &[Generated],
    complete: bool,
) {
    let fates: HashMap<Pid, Fate> = records.iter().map(|record| (record.pid, record.fate)).collect();
    let mut index = 0;
    receipts.retain_mut(|receipt| {
        let place = index;
        index += 1;
        match fates.get(&receipt.pid) {
            Some(fate) if receipt.outcome != Outcome::Gone => apply(receipt, *fate, via),
            None if complete && receipt.sent => not_reached(receipt, missing(place)),
            None if complete => return missing(place) != Missing::Newcomer,
            _ => {}
        }
        true
    });
}

/// Where they are not.
fn by_name(receipts: &mut [Receipt], is_there: impl Fn(usize) -> bool, via: Via, records: &[Generated]) {
    let mut named: HashMap<&[u8], Vec<Fate>> = HashMap::new();
    for record in records {
        named.entry(record.comm.as_bytes()).or_default().push(record.fate);
    }
    let mut bearers: HashMap<Comm, Vec<usize>> = HashMap::new();
    for (index, receipt) in receipts.iter().enumerate() {
        if let Some(comm) = receipt.comm.as_ref().filter(|_| may_have_a_record(receipt)) {
            bearers.entry(Comm::new(cut(comm))).or_default().push(index);
        }
    }
    for (comm, indices) in bearers {
        let Some([fate, others @ ..]) = named.get(comm.as_bytes()).map(Vec::as_slice) else { continue };
        let one_fate = others.iter().all(|other| other == fate);
        if one_fate && indices.len() == others.len() + 1 && indices.iter().all(|index| is_there(*index)) {
            for index in indices {
                apply(&mut receipts[index], *fate, via);
            }
        }
    }
}

/// The kernel's record holds no more of a name.
fn cut(comm: &Comm) -> &[u8] {
    let bytes = comm.as_bytes();
    bytes.get(..Comm::LONGEST).unwrap_or(bytes)
}

fn may_have_a_record(receipt: &Receipt) -> bool {
    !matches!(receipt.outcome, Outcome::Gone | Outcome::Skipped | Outcome::Verdict(Verdict::Refused))
}

/// It was a member when it was read, and none when the signal was sent.
fn not_reached(receipt: &mut Receipt, missing: Missing) {
    let (outcome, reason) = match missing {
        Missing::Escaped | Missing::Newcomer => (Outcome::Escaped, "the kernel did not reach it: it had left"),
        Missing::Gone => (Outcome::Gone, "the kernel did not reach it: it had ended"),
    };
    receipt.outcome = outcome;
    receipt.evidence = Evidence::Confirmed;
    (receipt.sent, receipt.via) = (false, None);
    reason.clone_into(&mut receipt.reason);
}

/// The receipt follows the kernel.
fn apply(receipt: &mut Receipt, fate: Fate, via: Via) {
    let Some(signal) = receipt.signal else { return };
    let predicted = receipt.outcome;
    let agrees = matches!(predicted, Outcome::Verdict(verdict) if agrees(verdict, signal, fate));
    if !agrees {
        receipt.outcome = decided(fate, signal, receipt.pid).map_or(Outcome::Unknown, Outcome::Verdict);
        if predicted != Outcome::Unknown {
            receipt.reason = format!("predicted: {predicted}; but the kernel {}", did(fate));
        }
    }
    receipt.kernel = Some(fate);
    receipt.evidence = Evidence::Confirmed;
    receipt.info_lost = fate == Fate::InfoLost;
    (receipt.sent, receipt.via, receipt.errno) = (fate != Fate::Overflow, Some(via), None);
}

/// Whether a target of this verdict has such a record.
const fn agrees(verdict: Verdict, signal: Signal, fate: Fate) -> bool {
    match verdict {
        // Queued for its handler, or dropped once the target goes on.
        Verdict::Continues => !matches!(fate, Fate::Overflow),
        // A terminal's stop signal is queued, and found to do nothing when it is taken.
        Verdict::Ignores => {
            matches!(fate, Fate::Ignored) || signal.is_terminal_stop() && matches!(fate, Fate::Delivered)
        }
        Verdict::Immune | Verdict::Zombie => matches!(fate, Fate::Ignored),
        Verdict::Merges => matches!(fate, Fate::AlreadyPending),
        Verdict::QueueFull => matches!(fate, Fate::Overflow),
        Verdict::Probed | Verdict::Refused | Verdict::Withheld => false,
        Verdict::Terminates
        | Verdict::Dumps
        | Verdict::Stops
        | Verdict::Handles
        | Verdict::Accepts
        | Verdict::Traces
        | Verdict::Pends
        | Verdict::Defers => matches!(fate, Fate::Delivered | Fate::InfoLost),
    }
}

/// The verdict that the record alone decides, if it does.
const fn decided(fate: Fate, signal: Signal, target: Pid) -> Option<Verdict> {
    match fate {
        Fate::AlreadyPending => Some(Verdict::Merges),
        Fate::Overflow => Some(Verdict::QueueFull),
        // What cannot be ignored is dropped by those that are ending, and by process 1.
        Fate::Ignored if !signal.is_catchable() && target.get() != 1 => Some(Verdict::Zombie),
        Fate::Ignored | Fate::Delivered | Fate::InfoLost => None,
    }
}

const fn did(fate: Fate) -> &'static str {
    match fate {
        Fate::Delivered => "queued it",
        Fate::Ignored => "dropped it",
        Fate::AlreadyPending => "found it pending already",
        Fate::Overflow => "found the queue full",
        Fate::InfoLost => "queued it without its information",
    }
}

#[cfg(test)]
mod tests {
    use sigpost_engine::GroupId;

    use super::*;
    use crate::receipt::Scope;

    fn pid(number: i32) -> Pid {
        Pid::new(number).unwrap()
    }

    fn receipt(number: i32, name: &str, verdict: Verdict) -> Receipt {
        Receipt {
            pid: pid(number),
            inode: None,
            start: None,
            comm: Some(Comm::new(name.as_bytes())),
            uid: None,
            pgid: None,
            sid: None,
            signal: Some(Signal::USR1),
            scope: Scope::Group(GroupId::new(7).unwrap()),
            via: Some(Via::PidfdGroup),
            outcome: Outcome::Verdict(verdict),
            evidence: Evidence::Predicted,
            kernel: None,
            errno: None,
            info_lost: false,
            sent: true,
            reason: "as read".to_owned(),
        }
    }

    fn record(number: i32, name: &str, fate: Fate) -> Generated {
        Generated {
            time: 0,
            sender: None,
            signal: Signal::USR1,
            errno: 0,
            code: 0,
            comm: Comm::new(name.as_bytes()),
            pid: pid(number),
            group: true,
            fate,
        }
    }

    fn numbered(mut receipts: Vec<Receipt>, members: usize, records: &[Generated], complete: bool) -> Vec<Receipt> {
        let missing = |index| if index < members { Missing::Escaped } else { Missing::Newcomer };
        by_number(&mut receipts, missing, Via::PidfdGroup, records, complete);
        receipts
    }

    fn named(mut receipts: Vec<Receipt>, records: &[Generated]) -> Vec<Option<Fate>> {
        by_name(&mut receipts, |_| true, Via::PidfdGroup, records);
        receipts.iter().map(|receipt| receipt.kernel).collect()
    }

    #[test]
    fn a_record_that_agrees_confirms_the_prediction_and_keeps_its_reason() {
        let told = numbered(vec![receipt(5, "a", Verdict::Pends)], 1, &[record(5, "a", Fate::Delivered)], true);
        assert_eq!((told[0].outcome, told[0].evidence), (Outcome::Verdict(Verdict::Pends), Evidence::Confirmed));
        assert_eq!((told[0].kernel, told[0].reason.as_str()), (Some(Fate::Delivered), "as read"));
    }

    #[test]
    fn a_record_that_decides_overrules_the_prediction() {
        let told = numbered(vec![receipt(5, "a", Verdict::Pends)], 1, &[record(5, "a", Fate::AlreadyPending)], true);
        assert_eq!(told[0].outcome, Outcome::Verdict(Verdict::Merges));
        assert_eq!(told[0].reason, "predicted: pends; but the kernel found it pending already");
    }

    #[test]
    fn a_record_that_contradicts_and_does_not_decide_leaves_the_verdict_unknown() {
        let told = numbered(vec![receipt(5, "a", Verdict::Handles)], 1, &[record(5, "a", Fate::Ignored)], true);
        assert_eq!((told[0].outcome, told[0].evidence), (Outcome::Unknown, Evidence::Confirmed));
        assert_eq!(told[0].reason, "predicted: handles; but the kernel dropped it");
    }

    #[test]
    fn what_cannot_be_ignored_is_dropped_by_those_that_are_ending_only() {
        assert_eq!(decided(Fate::Ignored, Signal::KILL, pid(5)), Some(Verdict::Zombie));
        assert_eq!(decided(Fate::Ignored, Signal::KILL, pid(1)), None);
        assert_eq!(decided(Fate::Ignored, Signal::TERM, pid(5)), None);
    }

    #[test]
    fn a_member_that_was_said_to_refuse_and_has_a_record_got_it() {
        let refused = Receipt { sent: false, via: None, errno: Some(1), ..receipt(5, "a", Verdict::Refused) };
        let told = numbered(vec![refused], 1, &[record(5, "a", Fate::Delivered)], true);
        assert_eq!((told[0].outcome, told[0].sent, told[0].errno), (Outcome::Unknown, true, None));
    }

    #[test]
    fn a_member_without_a_record_was_not_reached_and_a_newcomer_without_one_is_no_target() {
        let newcomer = || Receipt { sent: false, via: None, ..receipt(6, "b", Verdict::Handles) };
        let both = || vec![receipt(5, "a", Verdict::Handles), newcomer()];
        let told = numbered(both(), 1, &[], true);
        assert_eq!(told.len(), 1);
        assert_eq!((told[0].outcome, told[0].sent, told[0].via), (Outcome::Escaped, false, None));
        assert_eq!(numbered(both(), 1, &[], false), both(), "records were lost: nothing follows");
    }

    #[test]
    fn lost_information_is_told_whatever_was_predicted() {
        let told = numbered(vec![receipt(5, "a", Verdict::Handles)], 1, &[record(5, "a", Fate::InfoLost)], true);
        assert!(told[0].info_lost && told[0].outcome == Outcome::Verdict(Verdict::Handles));
        let lost = Receipt { info_lost: true, ..receipt(5, "a", Verdict::Handles) };
        assert!(!numbered(vec![lost], 1, &[record(5, "a", Fate::Delivered)], true)[0].info_lost);
    }

    #[test]
    fn in_another_namespace_only_a_name_without_a_choice_is_matched() {
        let two = || vec![receipt(5, "a", Verdict::Handles), receipt(6, "a", Verdict::Handles)];
        let delivered = |number| record(number, "a", Fate::Delivered);
        let both = Some(Fate::Delivered);
        assert_eq!(named(two(), &[delivered(1005), delivered(1006)]), [both, both]);
        assert_eq!(named(two(), &[delivered(1005)]), [None, None], "one of them has none");
        let three = [delivered(1005), delivered(1006), delivered(1007)];
        assert_eq!(named(two(), &three), [None, None], "a third of the name was there");
        let mixed = [delivered(1005), record(1006, "a", Fate::Ignored)];
        assert_eq!(named(two(), &mixed), [None, None], "which is which?");
        let other_name = vec![receipt(5, "a", Verdict::Handles), receipt(6, "b", Verdict::Ignores)];
        assert_eq!(named(other_name, &mixed), [None, None]);
        let by_name = [delivered(1005), record(1006, "b", Fate::Ignored)];
        let others = vec![receipt(5, "a", Verdict::Handles), receipt(6, "b", Verdict::Ignores)];
        assert_eq!(named(others, &by_name), [both, Some(Fate::Ignored)]);
    }

    #[test]
    fn in_another_namespace_a_member_that_is_gone_leaves_its_name_unmatched() {
        let mut receipts = vec![receipt(5, "a", Verdict::Handles)];
        by_name(&mut receipts, |_| false, Via::PidfdGroup, &[record(1005, "a", Fate::Delivered)]);
        assert_eq!(receipts[0].kernel, None);
    }
}
