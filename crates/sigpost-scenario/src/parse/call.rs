//! Calls of processes and threads: a table of how each is written, and how its arguments are read.

use super::argument::Arguments;
use super::cursor::Cursor;
use super::names::{Kind, Names};
use crate::{Action, Call, Flags, KernelCall, MaskChange, Mistake, MistakeKind, PidfdScope, Span};

type Read = fn(&mut Arguments<'_, '_>) -> Result<Call, Mistake>;

/// Every call: how it is written, up to `(` its name; and how it is read.
const CALLS: [(&str, Read); Call::WORDS.len()] = [
    ("kill(id, signal)", |a| Ok(Call::Kill(a.target()?, a.signal()?))),
    ("killpg(id, signal)", |a| Ok(Call::Killpg(a.target()?, a.signal()?))),
    ("tkill(id, signal)", |a| Ok(Call::Tkill(a.target()?, a.signal()?))),
    ("tgkill(id, id, signal)", |a| Ok(Call::Tgkill(a.target()?, a.target()?, a.signal()?))),
    ("raise(signal)", |a| Ok(Call::Raise(a.signal()?))),
    ("sigqueue(id, signal, value)", |a| Ok(Call::Sigqueue(a.target()?, a.signal()?, a.integer()?))),
    ("pidfd_send_signal(name, signal[, thread|process|group])", |a| {
        let (handle, signal) = (a.reference()?, a.signal()?);
        Ok(Call::PidfdSendSignal(handle, signal, if a.more() { Some(a.word(&PidfdScope::WORDS)?) } else { None }))
    }),
    ("rt_sigqueueinfo(id, signal, code)", |a| Ok(Call::RtSigqueueinfo(a.target()?, a.signal()?, a.code()?))),
    ("sigaction(signal, action{, flag}[, mask=set])", sigaction),
    ("sigprocmask(block|unblock|set, set)", |a| Ok(Call::Sigprocmask(a.word(&MaskChange::WORDS)?, a.set()?))),
    ("sigpending()", |_| Ok(Call::Sigpending)),
    ("pause()", |_| Ok(Call::Pause)),
    ("setsid()", |_| Ok(Call::Setsid)),
    ("exec()", |_| Ok(Call::Exec)),
    ("thread_exit()", |_| Ok(Call::ThreadExit)),
    ("sigreturn()", |_| Ok(Call::Sigreturn)),
    ("read()", |_| Ok(Call::Read)),
    ("tty_read()", |_| Ok(Call::TtyRead)),
    ("tty_write()", |_| Ok(Call::TtyWrite)),
    ("sigsuspend(set)", |a| Ok(Call::Sigsuspend(a.set()?))),
    ("sigtimedwait(set)", |a| Ok(Call::Sigtimedwait(a.set()?))),
    ("sigwaitinfo(set)", |a| Ok(Call::Sigwaitinfo(a.set()?))),
    ("setpgid(id, id)", |a| Ok(Call::Setpgid(a.target()?, a.target()?))),
    ("tcsetpgrp(id)", |a| Ok(Call::Tcsetpgrp(a.target()?))),
    ("setuid(uid)", |a| Ok(Call::Setuid(a.number(u32::MAX - 1)?))),
    ("setresuid(uid, uid, uid)", |a| Ok(Call::Setresuid(a.user_or_same()?, a.user_or_same()?, a.user_or_same()?))),
    ("fork(name[, id=process])", |a| {
        let name = a.declare(Kind::Process)?;
        if !a.more() {
            return Ok(Call::Fork(name, None));
        }
        a.key("id")?;
        Ok(Call::Fork(name, Some(a.names.process(a.line, MistakeKind::ArgumentKind)?)))
    }),
    ("vfork(name)", |a| Ok(Call::Vfork(a.declare(Kind::Process)?))),
    ("clone(name, sighand)", |a| {
        let name = a.declare(Kind::Process)?;
        a.word(&[("sighand", Call::Clone(name))])
    }),
    ("thread(name)", |a| Ok(Call::Thread(a.declare(Kind::Thread)?))),
    ("exit(status)", |a| a.number(255).map(|status| Call::Exit(u8::try_from(status).unwrap_or(u8::MAX)))),
    ("fault(signal)", |a| Ok(Call::Fault(a.signal()?))),
    ("wait(process|any[, block])", |a| {
        let child = a.process_or("any")?;
        Ok(Call::Wait(child, if a.more() { a.word(&[("block", true)])? } else { false }))
    }),
    ("trace(name)", |a| Ok(Call::Trace(a.reference()?))),
    ("trace_interrupt(name)", |a| Ok(Call::TraceInterrupt(a.reference()?))),
    ("trace_listen(name)", |a| Ok(Call::TraceListen(a.reference()?))),
    ("trace_continue(name[, signal])", |a| {
        let tracee = a.reference()?;
        Ok(Call::TraceContinue(tracee, if a.more() { Some(a.signal()?) } else { None }))
    }),
    ("trace_detach(name[, signal])", |a| {
        let tracee = a.reference()?;
        Ok(Call::TraceDetach(tracee, if a.more() { Some(a.signal()?) } else { None }))
    }),
];

fn sigaction(a: &mut Arguments<'_, '_>) -> Result<Call, Mistake> {
    let (signal, action) = (a.signal()?, a.word(&Action::WORDS)?);
    let mut flags = Flags::NONE;
    let mut mask = sigpost_engine::SignalSet::EMPTY;
    while a.more() {
        if a.is_next_argument("mask") {
            a.key("mask")?;
            mask = super::signal::set(a.line, MistakeKind::ArgumentKind)?;
            break;
        }
        flags = flags.with(a.word(&Flags::WORDS)?);
    }
    Ok(Call::Sigaction(signal, action, flags, mask))
}

/// Reads a call, and checks that every personality of the file has it.
pub(super) fn call(line: &mut Cursor<'_>, names: &mut Names) -> Result<Call, Mistake> {
    let token = line.next();
    let word = line.text(token);
    let Some((signature, read)) = CALLS.iter().find(|(signature, _)| name_of(signature) == word) else {
        return Err(unknown(token.span, word));
    };
    let mut arguments = Arguments::open(line, names, signature)?;
    let call = read(&mut arguments)?;
    arguments.close()?;
    let missing = line.personalities.iter().find(|personality| !call.exists_in(*personality));
    missing.map_or(Ok(call), |personality| {
        Err(Mistake::new(MistakeKind::NeverHad, token.span, format!("a call that `{personality}` has")))
    })
}

fn unknown(span: Span, word: &str) -> Mistake {
    if KernelCall::WORDS.contains(&word) {
        let expected = "a system call: only the kernel makes this one";
        return Mistake::new(MistakeKind::UnknownCall, span, expected).suggesting(format!("kernel: {word}"));
    }
    Mistake::new(MistakeKind::UnknownCall, span, "a call").or_near(word, Call::WORDS)
}

/// The name of a call, which its signature begins with.
pub(super) fn name_of(signature: &str) -> &str {
    signature.split('(').next().unwrap_or(signature)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_has_its_way_of_being_read() {
        let names: Vec<&str> = CALLS.iter().map(|(signature, _)| name_of(signature)).collect();
        assert_eq!(names, Call::WORDS);
    }
}
