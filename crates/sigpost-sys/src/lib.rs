//! The system calls that no library offers: **all** `unsafe` code of sigpost, one file an area.
//!
//! Nothing here decides anything. Each function is one system call (or the few that belong together) with its
//! arguments checked, so that it is safe to call with any value; what a signal *does* is the engine's matter,
//! and how it is sent without hitting the wrong process is that of `sigpost-linux`.
//!
//! | area | what is there |
//! |---|---|
//! | [`kill`] | kill(2), tgkill(2), `rt_sigqueueinfo`, `rt_tgsigqueueinfo`: async-signal-safe |
//! | [`alone`] | process 1, and nobody else is there |
//! | [`processor`] | whose turn it is |
//! | [`missing`] | a kernel without some calls, for tests |
//! | [`pidfd`] | process handles: open, send with a scope, information, inode |
//! | [`sigaction`] | dispositions, masks, the pending set, all 64 bits wide; a handler that logs to a pipe |
//! | [`lifeline`] | how process 1 of a namespace ends with the process around it |
//! | [`fork`] | fork with a checked result, a child that is held by handle |
//! | [`cost`] | what an ended child has cost |
//! | [`identity`] | IDs that may be 0 |
//! | [`extended_regex`] | the C library's regular expressions |
//! | [`namespace`] | running a closure as process 1 of a PID namespace of its own |
//! | [`bpf`] | programs in the kernel, their maps and rings |
//! | [`clock`] | local time |
//! | [`own_end`] | faults and alarms of one's own, for tests |
//! | [`perf`] | rings of the kernel's tracepoint records |
//! | [`credentials`] | changing user IDs and dropping `CAP_KILL` in a child |
//! | [`cancellation`] | cancelling a thread, for tests |
//! | [`pty`] | terminals with a keyboard |
//! | [`puppet`] | the calls under test, raw, for processes inside a scenario's namespace |
//! | [`scenario_namespace`] | the namespaces that a scenario runs in |
//! | [`storm`] | processes that fork and are gone, as light as can be |
//! | [`shared`] | memory shared with children, words that can be slept on |
//! | [`turns`] | one CPU, ahead of everyone else there |
//! | [`allocations`] | an allocator that counts, for tests that promise not to allocate |
//!
//! # Safety of the machine
//! No function passes -1 to kill(2) but [`kill::everyone`], and the one that negates a group ID
//! ([`kill::group`]) refuses every ID below 2 before it does.

extern crate alloc;

mod syscall;

pub mod allocations;
pub mod alone;
pub mod bpf;
pub mod cancellation;
pub mod clock;
pub mod cost;
pub mod credentials;
pub mod extended_regex;
pub mod fork;
pub mod identity;
pub mod kill;
pub mod lifeline;
pub mod missing;
pub mod namespace;
pub mod own_end;
pub mod perf;
pub mod pidfd;
pub mod processor;
pub mod pty;
pub mod puppet;
pub mod scenario_namespace;
pub mod shared;
pub mod sigaction;
pub mod storm;
pub mod turns;

pub use rustix::io::Errno;
