//! Every way to send, by name. What comes back is one line: the return value, then each target with its verdict in
//! the order of the receipts: `0: a terminates, b EPERM`.

use sigpost_engine::{Errno, KillError, Receipt, Receipts, Signal};

use super::World;

/// A signal, or a raw number that may be none.
pub(crate) trait Number {
    fn number(self) -> i32;
}

impl Number for Signal {
    fn number(self) -> i32 {
        Self::number(self).into()
    }
}

impl Number for i32 {
    fn number(self) -> i32 {
        self
    }
}

impl World {
    /// `kill` by a named process. The target is a name, a name with a minus (the group whose number that process
    /// has) or a number.
    pub(crate) fn kill(&mut self, sender: &str, target: &str, signal: impl Number) -> String {
        let (sender, target) = (self.key(sender), self.target(target));
        self.send(|world, receipts| world.system.kill(sender, target, signal.number(), receipts))
    }

    /// `killpg` by a named process.
    pub(crate) fn killpg(&mut self, sender: &str, group: &str, signal: impl Number) -> String {
        let (sender, group) = (self.key(sender), self.target(group));
        self.send(|world, receipts| world.system.killpg(sender, group, signal.number(), receipts))
    }

    /// `raise` by a named thread.
    pub(crate) fn raise(&mut self, thread: &str, signal: impl Number) -> String {
        let thread = self.thread(thread);
        self.send(|world, receipts| world.system.raise(thread, signal.number(), receipts))
    }

    /// `tgkill` by a named process to a named thread.
    pub(crate) fn tgkill(&mut self, sender: &str, process: &str, thread: &str, signal: impl Number) -> String {
        let number = self.system.thread_id(self.thread(thread)).expect("it is there").get();
        let (sender, process) = (self.key(sender), self.target(process));
        self.send(|world, receipts| world.system.tgkill(sender, process, number, signal.number(), receipts))
    }

    /// `sigqueue` by a named process.
    pub(crate) fn sigqueue(&mut self, sender: &str, target: &str, signal: impl Number, value: i64) -> String {
        let (sender, target) = (self.key(sender), self.target(target));
        self.send(|world, receipts| world.system.sigqueue(sender, target, signal.number(), value, receipts))
    }

    /// `psignal`: the kernel to a process. The verdict.
    pub(crate) fn psignal(&mut self, target: &str, signal: Signal) -> String {
        let verdict = self.system.psignal(self.key(target), signal, &mut ()).expect("it has not been reaped");
        self.check();
        verdict.to_string()
    }

    /// `tdsignal`: the kernel to a thread. The verdict.
    pub(crate) fn tdsignal(&mut self, thread: &str, signal: Signal) -> String {
        let verdict = self.system.tdsignal(self.thread(thread), signal, &mut ()).expect("it is there");
        self.check();
        verdict.to_string()
    }

    /// `pgsignal`: the kernel to the group of a process. How many, and each with its verdict.
    pub(crate) fn pgsignal(&mut self, member: &str, signal: Signal, checkctty: bool) -> String {
        let group = self.system.group(self.key(member));
        self.post(|world, receipts| world.system.pgsignal(group, signal, checkctty, receipts).expect("it is there"))
    }

    /// `gsignal`: the kernel to the group with this number. How many, and each with its verdict.
    pub(crate) fn gsignal(&mut self, number: i32, signal: Signal) -> String {
        self.post(|world, receipts| world.system.gsignal(number, signal, receipts))
    }

    fn post(&mut self, call: impl FnOnce(&mut Self, &mut dyn Receipts) -> u32) -> String {
        let mut receipts = Vec::new();
        let count = call(self, &mut |receipt: Receipt| receipts.push(receipt));
        self.check();
        self.line(&count.to_string(), &receipts)
    }

    fn send(&mut self, call: impl FnOnce(&mut Self, &mut dyn Receipts) -> Result<(), KillError>) -> String {
        let mut receipts = Vec::new();
        let result = call(self, &mut |receipt: Receipt| receipts.push(receipt));
        self.check();
        let value = result.map_err(KillError::errno).map_or_else(|errno: Errno| errno.to_string(), |()| "0".to_owned());
        self.line(&value, &receipts)
    }

    fn line(&self, value: &str, receipts: &[Receipt]) -> String {
        let target = |receipt: &Receipt| {
            let lost = if receipt.info_lost { " without its information" } else { "" };
            format!("{} {}{lost}", self.name_of(receipt.process), receipt.verdict)
        };
        let targets = receipts.iter().map(target).collect::<Vec<_>>().join(", ");
        if targets.is_empty() { value.to_owned() } else { format!("{value}: {targets}") }
    }

    fn target(&self, words: &str) -> i32 {
        if let Ok(number) = words.parse() {
            return number;
        }
        match words.strip_prefix('-') {
            Some(leader) => -self.number(leader),
            None => self.number(words),
        }
    }
}
