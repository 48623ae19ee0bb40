//! The naive model: the rules of `docs/semantics.md` once more, as plainly as they can be written, in lists that are
//! searched from end to end. It shares the engine's vocabulary and nothing else. Tests hold the model to the table's
//! rows, random steps to the rules that hold everywhere, and the engine to the model.

extern crate alloc;

mod change;
mod differential;
mod engine;
mod invariants;
mod may;
mod operation;
mod permission;
mod post;
mod random;
mod rows;
mod send;
mod table;
mod take;
mod world;
