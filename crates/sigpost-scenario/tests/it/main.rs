//! Tests of the scenario language through its public interface.
#![forbid(unsafe_code)]

mod canonical_form;
mod corpus;
mod engine;
mod mistakes;
mod round_trip;
mod running;
mod scripted;
mod shrinking;
mod total;
