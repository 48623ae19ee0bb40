//! What is left out, and why. Documentation only.
//!
//! - **How a handler is called on a processor**: the frame on the user's stack, saved registers, `sigreturn`'s
//!   trampoline, the alternate stack's address. That is the host's, machine by machine; the engine says which
//!   handler, with what, under which mask.
//! - **Time.** There is no clock: waits with a limit are begun, polled and ended by the host, and a timer's signal
//!   is posted by the host when it is due.
//! - **Files**: signalfd's descriptor, `F_SETOWN` and SIGIO, kqueue. The host owns descriptors.
//! - **Core images.** The engine says that one is asked for.
//! - **Security modules**, jails and capability modes: the host asks them before it calls.
//! - **Freezers** (cgroups): a frozen thread is one that the host does not run.
//! - **Numbers of signals other than Linux's**, and FreeBSD's signals above 64.
