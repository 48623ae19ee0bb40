//! Signals on a live Linux: sent through handles, never to a recycled ID, with a receipt for every target.
//!
//! | level | what is there |
//! |---|---|
//! | the C family | [`kill::kill`], [`kill::killpg`], [`kill::raise`], [`kill::probe`]: plain functions, async-signal-safe |
//! | handles | [`Process`], [`Group`]: opened first, read through, sent through |
//! | reading | [`proc_stat`], [`proc_status`], [`Snapshot`]: what `/proc` tells, parsed without trust |
//! | selecting | [`scan`]: all processes, those of a name |
//! | the whole way | [`send::send`]: snapshot, prediction by the engine, send, a [`Receipt`] a target |
//!
//! Everyone is signalled by one function with a name of its own ([`everyone::kill_everyone`]); no other function
//! takes a number that means everyone.
#![forbid(unsafe_code)]

pub mod everyone;
pub mod kill;
pub mod predict;
pub mod proc_stat;
pub mod proc_status;
pub mod process;
pub mod process_group;
pub mod receipt;
pub mod refused;
pub mod scan;
pub mod send;
pub mod snapshot;
pub mod user;

mod proc_files;

pub use kill::{BadTarget, Target};
pub use process::{OpenError, Process, ReadError};
pub use process_group::{Group, Via};
pub use receipt::{Evidence, Outcome, Receipt, Scope};
pub use refused::{Aim, Call, Refused};
pub use snapshot::Snapshot;
