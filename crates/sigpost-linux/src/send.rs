//! The whole way of a signal: targets held by handle, a snapshot of each, the engine's prediction, the send, a
//! receipt a target. A dry run is the same way up to the send.

mod cgroup;
mod session;
mod tree;

use core::borrow::Borrow;
use core::fmt;
use std::collections::HashSet;

use sigpost_engine::{Errno, Personality, Pid, Signal, Verdict, personality};

use crate::cgroup::Cgroup;
use crate::everyone::kill_everyone;
use crate::freezer::Freezers;
use crate::generated::{self, Watch};
use crate::predict::{Prediction, Question, predict};
use crate::process::{OpenError, Process, ReadError};
use crate::process_group::{Group, Via, is_orphaned, refused};
use crate::receipt::{Evidence, Outcome, Receipt, Scope};
use crate::refused::Refused;
use crate::scan;
use crate::session::Session;
use crate::snapshot::{self, Purpose, Snapshot};
use crate::tree::Tree;

/// To whom: held by handle since it was selected.
#[derive(Debug)]
pub enum Addressee {
    /// One process.
    Process(Process),
    /// A group, in one call.
    Group(Group),
    /// **Everyone** in the PID namespace but process 1 and the sender, in one call \[S1.4\].
    Everyone,
    /// A session: each of its groups in one call, until nothing new is found.
    Session(Session),
    /// A process and all its descendants, one by one, until nothing new is found.
    Tree(Tree),
    /// A cgroup: KILL in one call, another signal while it is frozen.
    Cgroup(Cgroup),
}

impl Addressee {
    /// The processes that it stands for now, each held by handle.
    ///
    /// # Errors
    /// [`SendError::Scan`], [`SendError::Cgroup`].
    pub fn members(&self) -> Result<Vec<Process>, SendError> {
        match self {
            // A second handle, through the first one's number, is the same process if the first one is still there.
            Self::Process(process) => match Process::open(process.pid()) {
                Ok(copy) if process.stat().is_ok() => Ok(vec![copy]),
                Ok(_) | Err(OpenError::Gone(_)) => Ok(Vec::new()),
                Err(error) => Err(SendError::Scan(error)),
            },
            Self::Group(group) => group.members().map_err(SendError::Scan),
            Self::Everyone => Several::Everyone.candidates(|_| false),
            Self::Session(session) => session.members().map_err(SendError::Scan),
            Self::Tree(tree) => tree.members().map_err(SendError::Scan),
            Self::Cgroup(cgroup) => cgroup::members(cgroup, &HashSet::new()),
        }
    }
}

/// Whether another look at what was signalled may find somebody new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rest {
    Settled,
    MoreMayCome,
}

/// What is to be sent, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// The signal; `None` for the null signal.
    pub signal: Option<Signal>,
    /// A value that goes with it, as with `sigqueue`. To processes only.
    pub value: Option<i32>,
    /// Stop before the send.
    pub dry_run: bool,
    /// Ask for the targets' inodes, start times and users (another file and a pidfd each).
    pub inodes: bool,
    /// Predict by another system's rules than Linux's. In a dry run only.
    pub rules: Option<&'static Personality>,
}

/// Why nothing was sent to anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendError {
    /// What the sender itself is could not be read.
    Sender(ReadError),
    /// `/proc` cannot be read, or is another namespace's.
    Scan(OpenError),
    /// A value was to be sent to a group, or to everyone: the kernel has no such call.
    ValueToGroup,
    /// Another system's rules were asked for, and not a dry run.
    ForeignRules,
    /// A cgroup cannot be read: the kernel's error number.
    Cgroup(i32),
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sender(error) => write!(f, "the sender itself cannot be read: {error}"),
            Self::Scan(error) => fmt::Display::fmt(error, f),
            Self::Cgroup(number) => {
                write!(f, "the cgroup cannot be read: {}", std::io::Error::from_raw_os_error(*number))
            }
            Self::ForeignRules => {
                f.write_str("this system follows its own rules: others can be asked for in a dry run")
            }
            Self::ValueToGroup => f.write_str("a value cannot be sent to a group: name its members"),
        }
    }
}

impl core::error::Error for SendError {}

/// Sends to each addressee in order and returns a receipt for every process \[S3.6\].
///
/// A member of a group that was forked, or joined, after the members were read got the signal as well; it is
/// found by reading them again, and its receipt is [`Outcome::Unknown`].
///
/// # Errors
/// [`SendError`]: nothing was sent to anybody. What befalls a single target is in its receipt.
pub fn send(addressees: &[Addressee], order: &Order) -> Result<Vec<Receipt>, SendError> {
    let several = addressees.iter().any(|addressee| !matches!(addressee, Addressee::Process(_)));
    if several && order.value.is_some() {
        return Err(SendError::ValueToGroup);
    }
    if order.rules.is_some() && !order.dry_run {
        return Err(SendError::ForeignRules);
    }
    let sender = Snapshot::of_caller().map_err(SendError::Sender)?;
    let (mut receipts, mut watch) = (Vec::new(), Watch::default());
    let mut rest = addressees.iter().peekable();
    while let Some(addressee) = rest.next() {
        match addressee {
            Addressee::Process(process) => {
                // Those in a row are asked about at once.
                let mut processes = vec![process];
                while let Some(Addressee::Process(process)) = rest.peek() {
                    processes.push(process);
                    rest.next();
                }
                receipts.extend(send_to_processes(&sender, &processes, order));
            }
            Addressee::Group(group) => {
                receipts.extend(send_to_several(&sender, Several::Group(group), order, &mut watch)?);
            }
            Addressee::Everyone => receipts.extend(send_to_several(&sender, Several::Everyone, order, &mut watch)?),
            Addressee::Session(session) => {
                let done = named(&receipts);
                receipts.extend(session::send_to_session(&sender, session, order, &mut watch, &done)?);
            }
            Addressee::Tree(tree) => {
                let done = named(&receipts);
                receipts.extend(tree::send_to_tree(&sender, tree, order, &done)?);
            }
            Addressee::Cgroup(cgroup) => {
                let done = named(&receipts);
                receipts.extend(cgroup::send_to_cgroup(&sender, cgroup, order, &done)?);
            }
        }
    }
    Ok(receipts)
}

/// Those that have had their turn: no other scope gives it to them twice.
fn named(receipts: &[Receipt]) -> HashSet<Pid> {
    receipts.iter().map(|receipt| receipt.pid).collect()
}

/// A target as it was read.
struct Target {
    snapshot: Snapshot,
    /// Whether everything was read. If not, its users are the sender's.
    in_full: bool,
}

/// A dry run tells everything, and has no kernel to answer for it; a send reads what its receipt needs. Who looks
/// closely reads its tracer as well, and whether it is frozen.
fn read(sender: &Snapshot, process: &Process, order: &Order, closely: Option<&Freezers>) -> Result<Target, ReadError> {
    let (users, looks) = (sender.credentials, closely.is_some());
    let (snapshot, in_full) = match order {
        Order { inodes: true, dry_run: true, .. } => (Snapshot::read_with_inode(process)?, true),
        Order { inodes: true, signal, .. } => (snapshot::for_long_receipt(process, *signal, users, looks)?, true),
        Order { dry_run: true, signal, .. } => (Snapshot::read_for(process, Purpose::Signal(*signal))?, true),
        Order { signal, .. } => snapshot::for_receipt(process, *signal, users, looks)?,
    };
    let stops = order.signal.filter(|signal| signal.is_terminal_stop() && snapshot.has_default(*signal));
    let orphaned = match snapshot.group {
        Some(group) if stops.is_some() => is_orphaned(group).ok(),
        _ => None,
    };
    let frozen = match closely {
        Some(freezers) => freezers.of(process)?.map(|frozen| frozen.version),
        None => None,
    };
    Ok(Target { snapshot: Snapshot { orphaned, frozen, ..snapshot }, in_full })
}

fn send_to_process(sender: &Snapshot, process: &Process, order: &Order) -> Receipt {
    send_to_processes(sender, &[process], order).remove(0)
}

/// Asks what will become of it at each, then sends to each.
fn send_to_processes(sender: &Snapshot, processes: &[&Process], order: &Order) -> Vec<Receipt> {
    let mut receipts = before(sender, processes, Scope::Process, order);
    if !order.dry_run {
        for (process, receipt) in processes.iter().zip(&mut receipts) {
            deliver(process, order, receipt);
            explain_refusal(sender, process, order, receipt);
        }
    }
    receipts
}

/// Who it runs as is read only when the kernel has refused: that says why.
fn explain_refusal(sender: &Snapshot, process: &Process, order: &Order, receipt: &mut Receipt) {
    if receipt.outcome != Outcome::Verdict(Verdict::Refused) || receipt.uid.is_some() {
        return;
    }
    let order = Order { dry_run: true, ..*order };
    let told = before(sender, &[process], Scope::Process, &order).remove(0);
    if told.outcome == receipt.outcome {
        (receipt.uid, receipt.reason) = (told.uid, told.reason);
    }
}

/// Sends to one process, and writes what the kernel answered on its receipt.
fn deliver(process: &Process, order: &Order, receipt: &mut Receipt) {
    if matches!(receipt.outcome, Outcome::Gone | Outcome::Skipped) {
        return;
    }
    let sent = match (order.signal, order.value) {
        (None, _) => process.probe(),
        (Some(signal), None) => process.send(signal),
        (Some(signal), Some(value)) => process.send_value(signal, value),
    };
    match sent {
        Ok(()) => taken(receipt, Via::Handle),
        Err(refused) => not_taken(receipt, &refused),
    }
}

/// Several processes that one call reaches.
#[derive(Clone, Copy)]
enum Several<'a> {
    Group(&'a Group),
    Everyone,
}

impl Several<'_> {
    const fn scope(self) -> Scope {
        match self {
            Self::Group(group) => Scope::Group(group.id()),
            Self::Everyone => Scope::Everyone,
        }
    }

    /// Those that are members as far as their numbers tell, and unknown.
    fn candidates(self, is_known: impl Fn(Pid) -> bool) -> Result<Vec<Process>, SendError> {
        let opened = match self {
            Self::Group(group) => group.candidates(is_known),
            Self::Everyone => {
                let own = rustix::process::getpid().as_raw_nonzero().get();
                scan::processes_if(|pid| ![1, own].contains(&pid.get()) && !is_known(pid))
            }
        };
        opened.map_err(SendError::Scan)
    }

    /// Whether one is a member as far as was read through its handle.
    fn has(self, receipt: &Receipt) -> bool {
        match self {
            Self::Group(group) => receipt.pgid.is_none_or(|found| found == group.id()),
            Self::Everyone => true,
        }
    }

    /// The null signal is asked of each member by itself, so here it only has to be asked of a group as such.
    fn send(self, signal: Option<Signal>, held: &[Process]) -> Result<Via, Refused> {
        match (self, signal) {
            (Self::Group(group), Some(signal)) => group.send(signal, held),
            (Self::Group(group), None) => group.probe().map(|()| Via::Handle),
            (Self::Everyone, Some(signal)) => kill_everyone(signal).map(|()| Via::Everyone),
            (Self::Everyone, None) => Ok(Via::Handle),
        }
    }
}

fn send_to_several(
    sender: &Snapshot,
    several: Several<'_>,
    order: &Order,
    watch: &mut Watch,
) -> Result<Vec<Receipt>, SendError> {
    let candidates = several.candidates(|_| false)?;
    if order.signal.is_some() && !order.dry_run {
        watch.prepare(candidates.len());
    }
    let receipts = before(sender, &candidates, several.scope(), order);
    let both = candidates.into_iter().zip(receipts);
    let (members, mut receipts): (Vec<Process>, Vec<Receipt>) =
        both.filter(|(_, receipt)| several.has(receipt)).unzip();
    if order.dry_run {
        return Ok(receipts);
    }
    let (sent, recorded) = watch.during(|| several.send(order.signal, &members));
    for (member, receipt) in members.iter().zip(&mut receipts) {
        match sent {
            Ok(via) => member_taken(sender, member, receipt, via),
            Err(refused) => not_taken(receipt, &refused),
        }
        explain_refusal(sender, member, order, receipt);
    }
    if let Ok(via) = sent
        && order.signal.is_some()
    {
        let known: HashSet<Pid> = members.iter().map(Process::pid).collect();
        receipts.extend(newcomers(sender, several, &known, order)?);
        if let Some(recorded) = recorded {
            generated::confirm(&mut receipts, &members, via, recorded);
        }
    }
    Ok(receipts)
}

/// One call for several says only that somebody got it. The null signal finds who refused.
fn member_taken(sender: &Snapshot, member: &Process, receipt: &mut Receipt, via: Via) {
    if receipt.outcome == Outcome::Gone {
        return;
    }
    let refused = match receipt.signal {
        Some(signal) => refused(member, signal, sender.session),
        None => member.probe().is_err(),
    };
    if refused {
        let outcome = Outcome::Verdict(Verdict::Refused);
        confirm(receipt, outcome, Errno::EPERM.number(), "the null signal to it was refused");
    } else {
        taken(receipt, via);
    }
}

/// Those that were not there when the others were read, but are now: most likely forked meanwhile.
fn newcomers(
    sender: &Snapshot,
    several: Several<'_>,
    known: &HashSet<Pid>,
    order: &Order,
) -> Result<Vec<Receipt>, SendError> {
    let new = several.candidates(|pid| known.contains(&pid))?;
    let receipts = new.iter().map(|process| {
        let reason = "it was forked, or joined, after the others were read".to_owned();
        unforeseen(sender, process, several.scope(), order, Outcome::Unknown, reason)
    });
    Ok(receipts.filter(|receipt| several.has(receipt)).collect())
}

/// The receipts as they are before the send: what the engine predicts from the snapshots.
fn before(sender: &Snapshot, processes: &[impl Borrow<Process>], scope: Scope, order: &Order) -> Vec<Receipt> {
    let processes = || processes.iter().map(Borrow::borrow);
    let closely = looks_closely(processes().len(), scope, order).then(Freezers::find);
    let targets: Vec<_> = processes().map(|process| read(sender, process, order, closely.as_ref())).collect();
    let readable: Vec<&Snapshot> = targets.iter().flatten().map(|target| &target.snapshot).collect();
    let rules = order.rules.unwrap_or(&personality::LINUX);
    let question = Question { signal: order.signal, scope, with_value: order.value.is_some(), rules };
    let mut predictions = predict(sender, &readable, &question).into_iter();
    let told = |error: &ReadError| Prediction {
        outcome: match error {
            ReadError::Gone => Outcome::Gone,
            ReadError::Thread(_) => Outcome::Skipped,
            _ => Outcome::Unknown,
        },
        info_lost: false,
        reason: error.to_string(),
    };
    processes()
        .zip(&targets)
        .map(|(process, target)| {
            let prediction = match target {
                Ok(_) => predictions.next().unwrap_or_else(|| told(&ReadError::Hidden)),
                Err(error) => told(error),
            };
            receipt(process.pid(), target.as_ref().ok(), scope, order, prediction)
        })
        .collect()
}

/// Whether frozen cgroups, and tracers, are looked for: that takes five files a target, so a send to many does without.
/// One to a cgroup has frozen it itself, and thaws it.
fn looks_closely(targets: usize, scope: Scope, order: &Order) -> bool {
    /// As many as a person reads the receipts of one by one.
    const FEW: usize = 16;
    order.dry_run || (targets <= FEW && scope != Scope::Cgroup)
}

fn receipt(pid: Pid, target: Option<&Target>, scope: Scope, order: &Order, prediction: Prediction) -> Receipt {
    let snapshot = target.map(|target| &target.snapshot);
    Receipt {
        pid,
        inode: snapshot.and_then(|target| target.inode),
        start: snapshot.filter(|_| order.inodes).map(|target| target.start),
        comm: snapshot.map(|target| target.comm.clone()),
        uid: target.filter(|target| target.in_full).map(|target| target.snapshot.credentials.real),
        pgid: snapshot.and_then(|target| target.group),
        sid: snapshot.and_then(|target| target.session),
        signal: order.signal,
        scope,
        via: None,
        outcome: prediction.outcome,
        evidence: Evidence::Predicted,
        kernel: None,
        errno: None,
        info_lost: prediction.info_lost,
        sent: false,
        reason: prediction.reason,
    }
}

/// One that belonged to what was signalled and was not reached.
fn escaped(sender: &Snapshot, process: &Process, scope: Scope, order: &Order, reason: String) -> Receipt {
    unforeseen(sender, process, scope, order, Outcome::Escaped, reason)
}

/// One of which nothing was predicted: it came while the others were signalled, or was not reached.
fn unforeseen(
    sender: &Snapshot,
    process: &Process,
    scope: Scope,
    order: &Order,
    outcome: Outcome,
    reason: String,
) -> Receipt {
    let prediction = Prediction { outcome, info_lost: false, reason };
    receipt(process.pid(), read(sender, process, order, None).ok().as_ref(), scope, order, prediction)
}

/// The kernel took it. A prediction that it would refuse was wrong then: what became of it is not known.
fn taken(receipt: &mut Receipt, via: Via) {
    receipt.via = Some(via);
    receipt.sent = receipt.signal.is_some();
    if receipt.signal.is_none() {
        receipt.outcome = Outcome::Verdict(Verdict::Probed);
        receipt.evidence = Evidence::Confirmed;
        "it exists and may be signalled".clone_into(&mut receipt.reason);
    } else if !receipt.outcome.is_sent() {
        receipt.outcome = Outcome::Unknown;
        "the kernel took it, against the prediction".clone_into(&mut receipt.reason);
    }
}

/// The kernel refused it.
fn not_taken(receipt: &mut Receipt, refused: &Refused) {
    let outcome = match refused.errno() {
        Some(Errno::ESRCH) => Outcome::Gone,
        Some(Errno::EAGAIN) => Outcome::Verdict(Verdict::QueueFull),
        Some(Errno::EPERM) => Outcome::Verdict(Verdict::Refused),
        _ => Outcome::Skipped,
    };
    confirm(receipt, outcome, refused.raw_os_error(), &refused.to_string());
}

/// The kernel said so. Where that was predicted, the prediction's reason tells more than the error number.
fn confirm(receipt: &mut Receipt, outcome: Outcome, errno: i32, reason: &str) {
    if receipt.outcome != outcome {
        reason.clone_into(&mut receipt.reason);
    }
    receipt.outcome = outcome;
    receipt.evidence = Evidence::Confirmed;
    receipt.errno = Some(errno);
}
