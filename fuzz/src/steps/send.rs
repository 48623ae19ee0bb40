//! Steps that send: the kill family, the kernel's own, the terminal, timers, faults.

use sigpost_engine::{Code, Counts, TerminalKey, TimerSignal};

use super::Host;

impl Host<'_> {
    pub(super) fn send_step(&mut self) {
        let which = self.bytes.byte();
        match which % 16 {
            0..=8 => self.call_step(which % 16),
            9..=12 => self.kernel_step(which % 16),
            _ => self.device_step(which),
        }
    }

    /// A number that may mean a process, a thread, a group, everyone, or nobody.
    fn id(&mut self) -> i32 {
        let kind = self.bytes.byte();
        let process = self.process();
        let number = self.system.pid(process).map_or(0, sigpost_engine::Pid::get);
        let group = self.system.group(process).and_then(|group| self.system.group_id(group));
        match kind % 8 {
            0..=2 => number,
            3 | 4 => group.map_or(-1, |group| -group.get()),
            5 => group.map_or(0, sigpost_engine::GroupId::get),
            6 => {
                let thread = self.thread();
                self.system.thread_id(thread).map_or(0, sigpost_engine::ThreadId::get)
            }
            _ => self.bytes.pick(&[0, -1, 1, 99, -99, i32::MIN, i32::MAX]).unwrap_or(0),
        }
    }

    fn call_step(&mut self, which: u8) {
        let (sender, id, signal) = (self.process(), self.id(), self.number());
        let (mut counts, thread) = (Counts::default(), self.thread());
        let value = i64::from(self.bytes.byte());
        let system = &mut self.system;
        let _ = match which {
            0 | 1 => system.kill(sender, id, signal, &mut counts),
            2 => system.killpg(sender, id, signal, &mut counts),
            3 => system.raise(thread, signal, &mut counts),
            4 => {
                let to = system.thread_id(thread).map_or(0, sigpost_engine::ThreadId::get);
                system.tgkill(sender, id, to, signal, &mut counts)
            }
            5 => system.tkill(sender, id, signal, &mut counts),
            6 => system.sigqueue(sender, id, signal, value, &mut counts),
            7 => system.tgsigqueue(thread, (id, id), signal, (Code::QUEUE, value), &mut counts),
            _ => return self.sliced_send(),
        };
    }

    /// A group send that takes a member a step.
    fn sliced_send(&mut self) {
        let (sender, id, signal, budget) = (self.process(), self.id(), self.number(), self.bytes.byte());
        match self.send.take() {
            None => self.send = self.system.group_send_begin(sender, id.saturating_abs(), signal).ok(),
            Some(send) if budget == 0 => self.system.group_send_abandon(send),
            Some(mut send) => {
                let done = self.system.group_send_step(&mut send, u32::from(budget % 4), &mut ());
                if done.is_none() {
                    self.send = Some(send);
                }
            }
        }
    }

    fn kernel_step(&mut self, which: u8) {
        let (process, thread, signal, flag) = (self.process(), self.thread(), self.signal(), self.bytes.flag());
        match which {
            9 => drop(self.system.psignal(process, signal, &mut ())),
            10 => drop(self.system.tdsignal(thread, signal, &mut ())),
            11 => {
                let group = self.system.group(process);
                let _ = self.system.pgsignal(group, signal, flag, &mut ());
            }
            _ => {
                let group = self.id();
                self.system.gsignal(group, signal, &mut ());
            }
        }
    }

    fn device_step(&mut self, which: u8) {
        let (process, signal) = (self.process(), self.signal());
        match which % 16 {
            13 => self.terminal_step(process),
            14 => self.timer_step(process, signal),
            _ => {
                let Some(thread) = self.caller() else { return };
                if self.bytes.byte() % 8 == 0 {
                    let _ = self.system.fatal_fault(thread, signal);
                } else {
                    let _ = self.system.fault(thread, signal, Code::KERNEL, &mut ());
                }
            }
        }
    }

    fn timer_step(&mut self, process: sigpost_engine::ProcessKey, signal: sigpost_engine::Signal) {
        let timer = TimerSignal { signal, value: i64::from(self.bytes.byte() % 2) };
        match self.bytes.byte() % 4 {
            0 if self.system.timer_promise().is_ok() => self.timers += 1,
            1 if self.timers > 0 => {
                self.timers -= 1;
                self.system.timer_forget();
            }
            2 if self.timers > 0 => drop(self.system.timer(process, timer, &mut ())),
            3 if self.timers > 0 => {
                let thread = self.thread();
                let _ = self.system.timer_of_thread(thread, timer, &mut ());
            }
            _ => {}
        }
    }

    fn terminal_step(&mut self, process: sigpost_engine::ProcessKey) {
        let which = self.bytes.byte();
        let session = self.system.session(process);
        match (which % 8, session) {
            (0, _) => drop(self.system.set_terminal(process, which & 8 == 0)),
            (1, _) => {
                if let Some(group) = self.system.group(process) {
                    let _ = self.system.set_foreground(group);
                }
            }
            (2 | 3, Some(session)) => {
                let keys = [TerminalKey::Interrupt, TerminalKey::Quit, TerminalKey::Suspend];
                let key = self.bytes.pick(&keys).unwrap_or(TerminalKey::Interrupt);
                let _ = self.system.terminal_key(session, key, &mut ());
            }
            (4, Some(session)) => drop(self.system.terminal_hangup(session, &mut ())),
            _ => {
                let group = self.id();
                let Some(thread) = self.caller() else { return };
                let _ = match which % 8 {
                    5 => self.system.tcsetpgrp(thread, group),
                    6 => self.system.terminal_read(thread),
                    _ => self.system.terminal_write(thread),
                };
            }
        }
    }
}
