//! The host library on the running kernel.
//!
//! Whatever signals groups or everyone, or needs a process ID to be given out again, runs as process 1 of a PID
//! namespace of its own (`arena`). What needs several users runs as the superuser only and says so otherwise.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod arena;
mod async_signal_safe;
#[path = "../../../sigpost-scenario/tests/it/cases.rs"]
mod cases;
mod cgroup_fixture;
mod ending;
mod examples;
mod generated;
mod groups;
mod handles;
mod holding;
mod kill_family;
mod permission;
mod predictions;
mod puppet;
mod reading;
mod receipts;
mod scopes;
mod states;
mod storm;

#[global_allocator]
static ALLOCATOR: sigpost_sys::allocations::Counting = sigpost_sys::allocations::Counting;
