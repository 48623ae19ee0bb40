//! Tests of the scenario language through its public interface.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that meets them fails, which is its work")]

extern crate alloc;

mod canonical_form;
mod cases;
mod corpus;
mod engine;
mod mistakes;
mod reference;
mod round_trip;
mod running;
mod scenes;
mod scripted;
mod shrinking;
mod total;
mod usage;
