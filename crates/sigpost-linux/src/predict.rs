//! What the engine says will become of a signal, from snapshots of the sender and the targets.
//!
//! The targets are placed in a [`System`](sigpost_engine::System) as they were read, the sender with them; the
//! call is made there, and its receipts are the prediction. No rule of signals is repeated here.
//!
//! What `/proc` does not show, and is assumed:
//! - a thread that sleeps in `sigwait` blocks what it waits for, as POSIX asks
//! - an uninterruptible sleep (state `D`) is a real one, not one that a fatal signal ends
//! - `CAP_KILL` of the sender counts everywhere it can see

mod alike;
mod model;
mod reason;

use sigpost_engine::{Personality, Receipt, Signal, Verdict, personality};

use crate::receipt::{Outcome, Scope};
use crate::snapshot::Snapshot;
use alike::Kinds;
use model::{Doubt, Model};

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question {
    /// The signal; `None` for the null signal.
    pub signal: Option<Signal>,
    /// To what it is sent; the targets are its members.
    pub scope: Scope,
    /// Whether a value goes with it (`sigqueue`): then a full queue refuses a realtime signal.
    pub with_value: bool,
    /// By whose rules.
    pub rules: &'static Personality,
}

impl Question {
    /// What Linux does with a signal without a value.
    pub const fn on_linux(scope: Scope, signal: Option<Signal>) -> Self {
        Self { signal, scope, with_value: false, rules: &personality::LINUX }
    }
}

/// What the engine says will become of a signal at one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prediction {
    /// What becomes of it; [`Outcome::Unknown`] where the target does not fit into the engine's world.
    pub outcome: Outcome,
    /// Whether the queue will be full, so that the signal arrives without its information.
    pub info_lost: bool,
    /// Why, in one sentence.
    pub reason: String,
}

/// Asks the engine what will become of the signal at each target, in the order of the targets.
///
/// ```
/// use sigpost_engine::{Signal, Verdict};
/// use sigpost_linux::predict::{Question, predict};
/// use sigpost_linux::{Outcome, Scope, Snapshot};
///
/// let own = Snapshot::of_caller()?;
/// let question = Question::on_linux(Scope::Process, Some(Signal::WINCH));
/// let prediction = predict(&own, &[&own], &question);
/// assert_eq!(prediction[0].outcome, Outcome::Verdict(Verdict::Ignores));
/// assert_eq!(prediction[0].reason, "its default is to do nothing");
/// # Ok::<(), sigpost_linux::ReadError>(())
/// ```
pub fn predict(sender: &Snapshot, targets: &[&Snapshot], question: &Question) -> Vec<Prediction> {
    if let Some(signal) = question.signal.filter(|signal| signal.number() > question.rules.highest_signal) {
        return vec![no_such_signal(signal, question.rules); targets.len()];
    }
    let kinds = Kinds::among(sender, targets, question);
    let receipts = match Model::build(sender, &kinds.first, question, Doubt::Waits) {
        Some(model) => model.ask(question),
        // One that does not fit must not spoil what the others get one by one.
        None if targets.len() > 1 && is_one_by_one(question.scope) => {
            return targets.iter().flat_map(|target| predict(sender, &[*target], question)).collect();
        }
        None => vec![None; kinds.first.len()],
    };
    let predictions = targets.iter().zip(kinds.of.into_iter().map(|kind| receipts[kind]));
    predictions
        .map(|(target, receipt)| match (receipt, question.signal) {
            (Some(Receipt { verdict: Verdict::Accepts, .. }), Some(signal)) if model::is_doubtful(target, signal) => {
                doubtful(sender, target, question, signal)
            }
            (Some(receipt), _) => certain(&receipt, sender, target, question),
            (None, _) => left_out(question),
        })
        .collect()
}

fn certain(receipt: &Receipt, sender: &Snapshot, target: &Snapshot, question: &Question) -> Prediction {
    let mut reason = reason::of(receipt.verdict, sender, target, question.signal);
    if receipt.info_lost {
        reason += "; the queue of its user is full, so it arrives without its information (info_lost)";
    }
    Prediction { outcome: Outcome::Verdict(receipt.verdict), info_lost: receipt.info_lost, reason }
}

/// A thread may wait for the signal: what happens if it does is known, and what happens if it does not.
fn doubtful(sender: &Snapshot, target: &Snapshot, question: &Question, signal: Signal) -> Prediction {
    let alone = Question { scope: Scope::Process, ..*question };
    let model = Model::build(sender, &[target], &alone, Doubt::DoesNot);
    let receipt = model.and_then(|model| model.ask(&alone).into_iter().next().flatten());
    let otherwise = receipt.map_or_else(String::new, |receipt| format!(", otherwise `{}`", receipt.verdict.word()));
    let reason = format!(
        "a thread sleeps in sigwait, and who may not trace it cannot read for which signals: `accepts` if for {signal}\
         {otherwise}"
    );
    Prediction { outcome: Outcome::Unknown, info_lost: false, reason }
}

/// The call fails before it looks for a target.
fn no_such_signal(signal: Signal, rules: &Personality) -> Prediction {
    let reason = format!("{} has no {signal}: the call fails with EINVAL", rules.name);
    Prediction { outcome: Outcome::Skipped, info_lost: false, reason }
}

/// A member that the call does not reach (a system's own rule), or that the model could not hold.
fn left_out(question: &Question) -> Prediction {
    let (outcome, reason) = if is_one_by_one(question.scope) {
        (Outcome::Unknown, "what was read of it does not fit together: it was changing".to_owned())
    } else {
        (Outcome::Skipped, format!("under the rules of {} it is left out", question.rules.name))
    };
    Prediction { outcome, info_lost: false, reason }
}

/// Whether the members of the scope are asked about one by one, and not all in one call.
const fn is_one_by_one(scope: Scope) -> bool {
    match scope {
        Scope::Process | Scope::Session(_) | Scope::Tree(_) | Scope::Cgroup => true,
        Scope::Group(_) | Scope::Everyone => false,
    }
}
