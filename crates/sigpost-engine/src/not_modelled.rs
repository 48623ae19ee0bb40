//! What is left out, and why. Documentation only. The numbers are those of the table `docs/features.md`.
//!
//! - **How a handler is called on a processor**: the frame on the user's stack, saved registers, `sigreturn`'s
//!   trampoline, and the restart of interrupted calls. That is the host's, machine by machine; the engine says which
//!   handler, with what, under which mask, on which [stack](crate::alternate_stack).
//! - **Time.** There is no clock: waits with a limit are begun, polled and ended by the host, and the host tells when
//!   a [timer](crate::timer) runs out.
//! - **Files**: event filters (73), the owner of a descriptor and SIGIO, with whose credentials it is checked (26, 75).
//!   The host owns descriptors; what one for signals reads is in [`signalfd`](crate::signalfd).
//! - **Core images** (106). The engine says that one is asked for.
//! - **Security modules** (25), jails and capability modes (24): the host asks them before it calls.
//! - **Freezers** (105): a frozen thread is one that the host does not run.
//! - **Stops that are put off** in some sleeps (95, FreeBSD's `sigdeferstop`): the host says that such a sleep is
//!   uninterruptible.
//! - **A tracer's options** (events of fork, exec and exit): a debugger's affair, without effect on what becomes of
//!   signals.
//! - **User namespaces** (20): a [`System`](crate::System) has one, in which a privilege counts for everybody. Where there
//!   are several the host asks [`may_signal`](crate::send::permission::may_signal) itself, which is told.
//! - **What a zombie still costs its user** beyond what was sent to the process: Linux counts what was pending for its
//!   main thread alone until it is reaped, too.
//! - **Several terminals of one session**, and a terminal taken from another session: a session has one or none.
//! - **Numbers of signals other than Linux's**, and FreeBSD's signals above 64.
