//! What errors say, and their numbers.

extern crate alloc;

use alloc::collections::BTreeSet;

use sigpost_engine::{
    Errno, ForkError, Gone, KillError, NoTimer, SetGroupError, SetSessionError, SetStackError, SigactionError, Signal,
    TerminalError, TraceError, UnknownFlags, WaitError,
};

/// The texts of one kind of error: one line each, no two alike, none empty.
fn texts<E: core::error::Error, const N: usize>(errors: &[E; N]) {
    let texts: BTreeSet<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(texts.len(), N, "{texts:?}");
    for text in texts {
        assert!(text.len() > 5 && !text.contains('\n') && !text.ends_with('.'), "{text:?}");
    }
}

#[test]
fn every_error_says_in_a_line_what_is_wrong() {
    use {SetGroupError as Group, SetSessionError as Session, TerminalError as Terminal};
    texts(&[ForkError::NoParent, ForkError::NumberInUse, ForkError::NoMemory, ForkError::Interrupted]);
    texts(&[SigactionError::NoProcess, SigactionError::Uncatchable, SigactionError::NoMemory]);
    texts(&[TraceError::NotHeld, TraceError::NotAllowed, TraceError::Unsuited]);
    texts(&[WaitError::NoChild]);
    texts(&[NoTimer]);
    texts(&[UnknownFlags]);
    texts(&[Gone]);
    texts(&[Signal::try_from(65).unwrap_err()]);
    texts(&[SetStackError::InUse, SetStackError::TooSmall, SetStackError::NoSuchMemory]);
    texts(&[Session::NoCaller, Session::LeadsGroup, Session::NotKnown, Session::NoMemory]);
    texts(&[
        Group::NegativeGroup,
        Group::NotAProcess,
        Group::NoSuchProcess,
        Group::ChildHasExecuted,
        Group::OtherSession,
        Group::NoSuchGroup,
    ]);
    texts(&[Terminal::NoCaller, Terminal::NoTerminal, Terminal::NegativeGroup, Terminal::NoSuchGroup]);
    texts(&[Terminal::OtherSession, Terminal::Behind, Terminal::NoSession]);
    texts(&[KillError::NoSuchTarget, KillError::Refused, KillError::QueueFull, KillError::ForgedCode]);
}

#[test]
fn every_error_has_its_number() {
    assert_eq!([ForkError::NoParent, ForkError::NumberInUse].map(ForkError::errno), [Errno::ESRCH, Errno::EEXIST]);
    assert_eq!([ForkError::NoMemory, ForkError::Interrupted].map(ForkError::errno), [Errno::ENOMEM, Errno::EINTR]);
    let sigaction = [SigactionError::NoProcess, SigactionError::Uncatchable, SigactionError::NoMemory];
    assert_eq!(sigaction.map(SigactionError::errno), [Errno::ESRCH, Errno::EINVAL, Errno::ENOMEM]);
    assert_eq!(UnknownFlags.errno(), Errno::EINVAL);
    let trace = [TraceError::NotHeld, TraceError::NotAllowed, TraceError::Unsuited];
    assert_eq!(trace.map(TraceError::errno), [Errno::ESRCH, Errno::EPERM, Errno::EIO]);
    assert_eq!(WaitError::NoChild.errno(), Errno::ECHILD);
    let stack = [SetStackError::InUse, SetStackError::TooSmall, SetStackError::NoSuchMemory];
    assert_eq!(stack.map(SetStackError::errno), [Errno::EPERM, Errno::ENOMEM, Errno::EINVAL]);
}
