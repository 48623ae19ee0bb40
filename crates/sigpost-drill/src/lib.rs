//! Scenarios on the live Linux kernel.
//!
//! - [`LinuxWorld`]: every process of a scenario is a real one (a *puppet*), in a PID namespace and a user namespace
//!   made for that scenario. `kill(-1)`, queue limits and permissions reach the scenario and nothing else. Where the
//!   namespaces are refused nothing is run.
//! - [`Both`]: a world that is the engine and the kernel at once, and notes where the two differ ([`Divergence`]).
//! - [`Ledger`]: the divergences that are known, each with its reason and its source.
//!
//! The runner tells puppets what to do through shared memory (`memory`), a puppet does it by raw system calls
//! (`puppet`), and the runner looks at `/proc` until nothing moves any more (`settle`). What became of a signal is
//! then concluded from what was seen before and after (`linux_world/receipts`): never from the engine.
#![forbid(unsafe_code)]

extern crate alloc;

mod both;
mod command;
mod ledger;
mod linux_world;
mod memory;
mod proc_view;
mod puppet;
mod random;
mod records;
mod report;
mod settle;

pub use both::{Both, Divergence};
pub use ledger::{Ledger, LedgerError};
pub use linux_world::{LinuxWorld, be_alone};
pub use random::{Comparison, MakeWorld, can_run_here, compare, compare_random, random_scenario, weights};
pub use records::Records;

/// What a program does that was executed by a puppet of [`LinuxWorld::executing`]: it goes on as the puppet. It is
/// given the arguments that follow the agreed ones, and returns an exit status only if they are not a puppet's.
pub fn executed(arguments: &[String]) -> i32 {
    puppet::after_exec(arguments).unwrap_or(2)
}
