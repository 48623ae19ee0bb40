//! Small worlds, searched until nothing new comes: every state that a few processes, a few signals and a few calls can
//! reach, each held to the rules, and each step of the engine held to the naive model (`tests/model`). The number of
//! states is pinned, and the model, searched alone, counts the same.
//!
//! `SIGPOST_DEEP=1` searches larger worlds under more personalities, in minutes instead of seconds (best with
//! `--release`); `SIGPOST_COUNT=1` prints the numbers of states without holding them to those that are pinned.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

extern crate alloc;

#[path = "../model/change.rs"]
#[allow(dead_code, reason = "used by the model's own tests")]
mod change;
#[path = "../model/engine.rs"]
#[allow(dead_code, reason = "used by the model's own tests")]
mod engine;
#[path = "../model/invariants.rs"]
#[allow(dead_code, reason = "used by the model's own tests")]
mod invariants;
#[path = "../model/may.rs"]
#[allow(dead_code, reason = "used by the model's own tests")]
mod may;
#[path = "../model/permission.rs"]
mod permission;
#[path = "../model/post.rs"]
#[allow(dead_code, reason = "used by the model's own tests")]
mod post;
#[path = "../model/send.rs"]
#[allow(dead_code, reason = "used by the model's own tests")]
mod send;
#[path = "../model/table.rs"]
#[allow(dead_code, reason = "used by the model's own tests")]
mod table;
#[path = "../model/take.rs"]
#[allow(dead_code, reason = "used by the model's own tests")]
mod take;
#[path = "../model/world.rs"]
#[allow(dead_code, reason = "used by the model's own tests")]
mod world;

mod bounds;
mod facts;
mod fork_ticket;
mod node;
mod one_process;
mod search;
mod step;
mod two_groups;
