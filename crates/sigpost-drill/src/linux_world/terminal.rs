//! Terminals: the runner holds the keyboard of each.

use sigpost_scenario::{KernelCall, Name, Observation, Trouble};
use sigpost_sys::pty::Keyboard;

use super::{LinuxWorld, broken};
use crate::command::{Command, Operation};
use crate::settle;

const INTR: u8 = 0x03;
const QUIT: u8 = 0x1c;
const SUSP: u8 = 0x1a;

impl LinuxWorld {
    /// Gives the session that this thread leads a terminal.
    pub(super) fn make_terminal(&mut self, leader: usize) -> Result<(), Trouble> {
        let keyboard =
            Keyboard::new().or_else(|error| if self.mounts_terminals() { Keyboard::new() } else { Err(error) });
        let keyboard = keyboard.map_err(|error| Trouble::Skipped(format!("no terminal: {error}")))?;
        let number = keyboard.number().cast_signed();
        self.must(leader, Command::with(Operation::TakeTerminal, [number, 0, 0, 0]))?;
        self.terminals.push((self.threads[leader].numbers[0], keyboard));
        Ok(())
    }

    /// Has the leader of a process's session put its group in front.
    pub(super) fn put_in_front(&mut self, member: usize) -> Result<(), Trouble> {
        let view = self.now.threads[member].as_ref().ok_or_else(|| broken("a process that is gone"))?;
        let slot_of = |number: i32| self.threads.iter().position(|thread| thread.numbers.first() == Some(&number));
        let leader = slot_of(view.session).ok_or_else(|| broken("a session without its leader"))?;
        let group = slot_of(view.group).ok_or_else(|| broken("a group without its leader"))?;
        let group = self.number_seen(leader, group);
        self.must(leader, Command::with(Operation::Tcsetpgrp, [group, 0, 0, 0])).map(drop)
    }

    /// What somebody does at the keyboard of a process's terminal.
    pub(super) fn at_the_keyboard(&mut self, call: &KernelCall) -> Result<Observation, Trouble> {
        let (name, key) = match *call {
            KernelCall::Hangup(name) => (name, None),
            KernelCall::Intr(name) => (name, Some(INTR)),
            KernelCall::Quit(name) => (name, Some(QUIT)),
            KernelCall::Susp(name) => (name, Some(SUSP)),
            _ => return Err(Trouble::Skipped(format!("engine only: kernel: {}", call.word()))),
        };
        let before = self.now.clone();
        let index = self.terminal_of(name)?;
        let Some(key) = key else {
            self.terminals.remove(index);
            self.come_to_rest()?;
            self.note_records()?;
            self.reap_for_init()?;
            return Ok(Observation::default());
        };
        let aim = self.aim_in_front(&self.terminals[index].1, call)?;
        let keyboard = &self.terminals[index].1;
        keyboard.has_shown().map_err(broken)?;
        keyboard.type_key(key).map_err(broken)?;
        settle::until("the terminal to show the key", || {
            keyboard.has_shown().map(|shown| shown.then_some(())).map_err(broken)
        })?;
        self.come_to_rest()?;
        self.note_records()?;
        let receipts = self.receipts(None, &aim, None, &before)?;
        self.reap_for_init()?;
        Ok(Observation { result: None, receipts })
    }

    fn terminal_of(&self, name: Name) -> Result<usize, Trouble> {
        let slot = self.slot_of(name)?;
        let session = self.now.threads[slot].as_ref().map(|view| view.session);
        let found = self.terminals.iter().position(|(of, _)| Some(*of) == session);
        found.ok_or_else(|| Trouble::Unsupported(format!("{name} has no terminal")))
    }
}
