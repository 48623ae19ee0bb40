//! The command, run as a program. Whatever could signal anyone runs in a PID namespace of its own.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

extern crate alloc;

#[path = "../../../sigpost-linux/tests/it/cgroup_fixture.rs"]
mod cgroup_fixture;
mod demo;
mod drill_verb;
mod drop_in;
mod end_verb;
mod few_files;
mod generated;
mod group_send;
mod hidden_proc;
mod misuse;
mod name_send;
mod namespace;
mod process_send;
mod scopes;
mod selecting;
mod signals_table;
mod telling;
mod terminal;
mod thread_number;

mod transcripts;
mod victim;
mod watch_verb;
mod why_verb;
