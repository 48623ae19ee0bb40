//! What the engine says will become of a signal, from snapshots of the sender and the targets.

use sigpost_engine::Signal;

use crate::receipt::{Outcome, Scope};
use crate::snapshot::Snapshot;

/// What the engine says will become of a signal at one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prediction {
    /// What becomes of it; [`Outcome::Unknown`] where the engine was not asked.
    pub outcome: Outcome,
    /// Whether the queue will be full, so that the signal arrives without its information.
    pub info_lost: bool,
    /// Why, in one sentence.
    pub reason: String,
}

/// Asks the engine what will become of the signal at each target, in the order of the targets.
pub fn predict(_sender: &Snapshot, targets: &[Snapshot], _scope: Scope, _signal: Option<Signal>) -> Vec<Prediction> {
    let unknown = || Prediction { outcome: Outcome::Unknown, info_lost: false, reason: "not predicted".to_owned() };
    targets.iter().map(|_| unknown()).collect()
}
