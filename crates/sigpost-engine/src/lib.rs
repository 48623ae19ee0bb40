//! The POSIX signal subsystem as a pure state machine: for kernels, emulators, sandboxes and simulators.
//!
//! No allocation while signals are sent or taken, no clock, no lock, no I/O, no callback, no `unsafe`, no
//! dependency. A host calls in, the state changes, and the call returns what became of the signal at every target
//! (a [`Receipt`] each) and what the host now has to do ([`System::next_work`]).
//!
//! ```
//! use sigpost_engine::{personality, Disposition, Signal, System, Tables, Verdict};
//!
//! let mut system = System::new(&personality::LINUX, Tables::heap(64));
//! let init = system.boot()?;
//! let shell = system.fork(init)?;
//! let (careful, plain) = (system.fork(shell)?, system.fork(shell)?);
//! for job in [careful, plain] {
//!     let number = system.pid(job).unwrap().get();
//!     system.setpgid(shell, number, system.pid(careful).unwrap().get())?;
//! }
//! system.sigaction(careful, Signal::TERM, Disposition::Ignore)?;
//!
//! let mut verdicts = Vec::new();
//! let group = system.group_id(system.group(careful).unwrap()).unwrap().get();
//! system.killpg(shell, group, 15, &mut |receipt: sigpost_engine::Receipt| verdicts.push(receipt.verdict))?;
//! assert_eq!(verdicts, [Verdict::Ignores, Verdict::Terminates]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The way of a signal
//!
//! 1. A door: [`System::kill`], [`killpg`](System::killpg), [`raise`](System::raise), [`tgkill`](System::tgkill),
//!    [`sigqueue`](System::sigqueue); or, from the kernel itself, [`psignal`](System::psignal),
//!    [`pgsignal`](System::pgsignal), [`gsignal`](System::gsignal), [`tdsignal`](System::tdsignal).
//! 2. The raw number becomes a [`Target`]; the target becomes processes.
//! 3. At each: may the sender? [`send::permission::may_signal`].
//! 4. [`post()`] generates the signal there: CONT and stops cancel each other, the ignored is dropped, the rest is
//!    made pending, a taker is chosen and woken. It returns the [`Verdict`].
//! 5. A receipt is given for each target; together they make the return value, by the [`personality`]'s rule.
//! 6. The host drains [`next_work`](System::next_work); each thread named there asks
//!    [`deliver`](System::deliver) what to do: call a handler, stop, end, or nothing.
//!
//! # The layers, in reading order
//!
//! | layer | modules |
//! |---|---|
//! | 1 vocabulary | [`signal`], [`signal_set`], [`signal_info`], [`identity`], [`credentials`], [`errno`], [`receipt`], [`personality`] |
//! | 2 one process | [`disposition`], [`alternate_stack`], [`queue`], [`pending`], [`run_state`], [`thread`], [`process`] |
//! | 3 the system | [`storage`], [`number`], [`system`], [`process_table`], [`fork_ticket`], [`vfork`], [`shared_handlers`], [`thread_table`], [`account`], [`process_group`], [`session`], [`orphaned_group`], [`namespace`], [`observed`] |
//! | 4 sending | [`send`], [`post`](mod@post) |
//! | 5 consequences | [`deliver`], [`signal_calls`], [`sigwait`], [`signalfd`], [`job_control`], [`terminal`], [`fault`], [`timer`], [`trace_stop`], [`seize`], [`exit`], [`exit_signal`], [`parent_death`], [`child_wait`], [`work`] |
//!
//! What is left out, and why, is in [`not_modelled`].
//!
//! # Without a `System`
//!
//! Layer 2, [`post()`] and [`deliver()`](deliver::deliver) stand alone, without an allocator: a kernel that has its own
//! process table embeds [`ProcessSignals`] and [`ThreadSignals`] in it, says how its threads are found, and posts under
//! its own locks.
//!
//! ```
//! use sigpost_engine::deliver::{deliver, Surroundings};
//! use sigpost_engine::personality::LINUX;
//! use sigpost_engine::{
//!     post, Account, ActionTable, Charge, Delivery, ExitStatus, FreeEntries, Post, ProcessSignals, Queue, QueueEntry, Signal,
//!     SignalInfo, ThreadSignals, Threads, Verdict, Wake,
//! };
//!
//! /// The threads of one process: here two, in an array.
//! struct Pair { threads: [ThreadSignals; 2], addressed: usize, hint: usize }
//!
//! impl Threads for Pair {
//!     type Id = usize;
//!     fn addressed(&self) -> usize { self.addressed }
//!     fn hint(&self) -> usize { self.hint }
//!     fn set_hint(&mut self, thread: usize) { self.hint = thread }
//!     fn first(&self) -> usize { 0 }
//!     fn after(&self, thread: usize) -> Option<usize> { (thread == 0).then_some(1) }
//!     fn thread(&self, thread: usize) -> &ThreadSignals { &self.threads[thread] }
//!     fn thread_mut(&mut self, thread: usize) -> &mut ThreadSignals { &mut self.threads[thread] }
//! }
//!
//! let mut process = ProcessSignals::new(Charge { account: 0, limit: 32 });
//! let mut pair = Pair { threads: Default::default(), addressed: 0, hint: 0 };
//! let mut entries: [QueueEntry; 8] = Default::default();
//! let (mut free, mut accounts) = (FreeEntries::default(), [Account::default()]);
//! let mut queue = Queue { entries: &mut entries, free: &mut free, accounts: &mut accounts };
//!
//! let posted = post(&mut process, &mut pair, &mut queue, &Post::to_process(SignalInfo::kernel(Signal::QUIT)), &LINUX);
//! assert_eq!((posted.verdict, posted.wake), (Verdict::Dumps, Wake::One(0)));
//! // The kernel drops its locks and interrupts thread 0, which looks on its way back to user mode.
//! let around = Surroundings { actions: &ActionTable::EMPTY, orphaned: false, child_of_init: false, rules: &LINUX };
//! let delivered = deliver(&mut process, &mut pair, &mut queue, &around);
//! assert_eq!(delivered.delivery, Delivery::End(ExitStatus::Dumped(Signal::QUIT)));
//! assert_eq!(delivered.wake, Wake::Everyone, "the other thread ends, too");
//! ```
//!
//! # Where to begin
//!
//! Three programs in `examples/` are meant to be copied from: `tick_kernel` (a kernel with a clock and interrupts, whose
//! tables are fixed arrays), `shell_job_control` (two jobs at one terminal) and `container_init` (process 1 of a PID
//! namespace, and one more inside it). A host's own tests call [`System::check_invariants`] after every step, as the
//! engine's do ([`invariants`]).
//!
//! # Features
//!
//! `alloc` (default): tables that grow ([`Heap`]). Without it every table lies in slots that the caller lends
//! ([`Fixed`]).
#![no_std]
#![forbid(unsafe_code)]
#![allow(clippy::inline_always, reason = "where a signal is posted and taken it was measured: half the instructions")]

#[cfg(feature = "alloc")]
extern crate alloc;

// 1 vocabulary: plain values, no tables
pub mod credentials;
pub mod errno;
pub mod identity;
pub mod personality;
pub mod receipt;
pub mod signal;
pub mod signal_info;
pub mod signal_set;

// 2 one process: what a kernel embeds in its own tables
pub mod alternate_stack;
pub mod disposition;
pub mod pending;
pub mod process;
pub mod queue;
pub mod run_state;
pub mod thread;

// 3 the system: who there is, and how they belong together
pub mod account;
pub mod fork_ticket;
pub mod namespace;
pub mod number;
pub mod observed;
pub mod orphaned_group;
pub mod process_group;
mod process_order;
pub mod process_table;
pub mod session;
pub mod shared_handlers;
pub mod storage;
pub mod system;
pub mod thread_table;
pub mod vfork;

// 4 sending: target, permission, generation, receipt
pub mod post;
pub mod send;

// 5 consequences: what threads do about it, and what others are told
pub mod child_wait;
pub mod deliver;
pub mod exit;
pub mod exit_signal;
pub mod fault;
pub mod job_control;
pub mod parent_death;
pub mod seize;
pub mod signal_calls;
pub mod signalfd;
pub mod sigwait;
pub mod terminal;
pub mod timer;
pub mod trace_stop;
mod tracer;
pub mod work;

pub mod invariants;
pub mod not_modelled;

pub use alternate_stack::{AlternateStack, SetStackError, Stack, StackChoice};
pub use child_wait::{ChildEvent, ChildStatus, Children, WaitError, WaitOptions};
pub use credentials::{Credentials, UserId};
pub use deliver::{Delivery, HandlerCall};
pub use disposition::{Action, ActionFlags, ActionTable, Disposition, Dispositions, UnknownFlags};
pub use errno::Errno;
pub use exit_signal::Clones;
pub use fork_ticket::ForkTicket;
pub use identity::{GroupId, GroupKey, NamespaceKey, Pid, ProcessKey, SessionId, SessionKey, ThreadId, ThreadKey};
pub use invariants::Violation;
pub use observed::{ProcessObservation, ThreadObservation};
pub use pending::PendingSignals;
pub use personality::Personality;
pub use post::{ChildNews, EntrySource, Post, Posted, Scope, ThreadRow, Threads, Wake, post};
pub use process::ProcessSignals;
pub use process_group::SetGroupError;
pub use process_table::{ForkError, Placement};
pub use queue::{Account, Charge, FreeEntries, Queue, QueueEntry};
pub use receipt::{Counts, Receipt, Receipts, Verdict};
pub use run_state::{Activity, ExitStatus, Life, ProcessStop, Trace};
pub use send::{GroupSend, Handle, KillError, Target};
pub use session::SetSessionError;
pub use signal::{DefaultAction, InvalidSignal, ParseSignalError, Signal};
pub use signal_calls::SigactionError;
pub use signal_info::{Code, SignalInfo};
pub use signal_set::{SignalMask, SignalSet};
#[cfg(feature = "alloc")]
pub use storage::Heap;
pub use storage::{Fixed, Storage};
pub use system::{Gone, System, Tables};
pub use terminal::{TerminalAccess, TerminalError, TerminalKey};
pub use thread::ThreadSignals;
pub use timer::{NoTimer, TimerSignal};
pub use trace_stop::TraceError;
pub use tracer::Tracer;
pub use work::Work;
