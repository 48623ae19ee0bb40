//! What the kernel does by itself: a table of how each act is written, and how its arguments are read.

use super::argument::Arguments;
use super::call::name_of;
use super::cursor::Cursor;
use super::names::Names;
use crate::{Call, KernelCall, Mistake, MistakeKind};

type Read = fn(&mut Arguments<'_, '_>) -> Result<KernelCall, Mistake>;

const CALLS: [(&str, Read); KernelCall::WORDS.len()] = [
    ("psignal(process, signal)", |a| Ok(KernelCall::Psignal(a.process()?, a.signal()?))),
    ("tdsignal(name, signal)", |a| Ok(KernelCall::Tdsignal(a.reference()?, a.signal()?))),
    ("timer(name, signal)", |a| Ok(KernelCall::Timer(a.reference()?, a.signal()?))),
    ("pgsignal(id|none, signal[, checkctty])", |a| {
        let (group, signal) = (a.target_or("none")?, a.signal()?);
        Ok(KernelCall::Pgsignal(group, signal, if a.more() { a.word(&[("checkctty", true)])? } else { false }))
    }),
    ("gsignal(id, signal)", |a| Ok(KernelCall::Gsignal(a.target()?, a.signal()?))),
    ("wakes(process)", |a| Ok(KernelCall::Wakes(a.process()?))),
    ("hangup(process)", |a| Ok(KernelCall::Hangup(a.process()?))),
    ("intr(process)", |a| Ok(KernelCall::Intr(a.process()?))),
    ("quit(process)", |a| Ok(KernelCall::Quit(a.process()?))),
    ("susp(process)", |a| Ok(KernelCall::Susp(a.process()?))),
];

/// Reads an act of the kernel.
pub(super) fn kernel_call(line: &mut Cursor<'_>, names: &mut Names) -> Result<KernelCall, Mistake> {
    let token = line.next();
    let word = line.text(token);
    let Some((signature, read)) = CALLS.iter().find(|(signature, _)| name_of(signature) == word) else {
        let expected = if Call::WORDS.contains(&word) {
            "an act of the kernel: a process makes this call"
        } else {
            "an act of the kernel"
        };
        return Err(Mistake::new(MistakeKind::UnknownCall, token.span, expected).or_near(word, KernelCall::WORDS));
    };
    let mut arguments = Arguments::open(line, names, signature)?;
    let call = read(&mut arguments)?;
    arguments.close()?;
    Ok(call)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_act_has_its_way_of_being_read() {
        let names: Vec<&str> = CALLS.iter().map(|(signature, _)| name_of(signature)).collect();
        assert_eq!(names, KernelCall::WORDS);
    }
}
