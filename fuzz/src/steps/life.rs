//! Steps that change who there is: fork, exec, threads, exit, wait, groups, sessions, users.

use sigpost_engine::{Children, Credentials, Pid, ProcessKey, WaitOptions};

use super::{Host, MOST};

impl Host<'_> {
    pub(super) fn life_step(&mut self) {
        match self.bytes.byte() % 16 {
            0..=3 => self.fork_step(),
            4 => self.new_thread(),
            5 => self.exit_thread(),
            6 => {
                if let Some(process) = self.calling_process().filter(|&process| process != self.processes[0]) {
                    let _ = self.system.exit(process, 0);
                }
            }
            7 | 8 => self.wait(),
            9 => {
                if let Some(thread) = self.caller() {
                    let _ = self.system.exec(thread);
                    self.saved.retain(|(saved, _)| *saved != thread);
                }
            }
            10 | 11 => self.set_group(),
            12 => {
                if let Some(process) = self.calling_process() {
                    let _ = self.system.setsid(process);
                }
            }
            13 => {
                let user = u32::from(self.bytes.byte() % 3) * 1000;
                let process = self.process();
                let _ = self.system.set_credentials(process, Credentials::user(user));
            }
            14 => {
                let (process, limit) = (self.process(), self.bytes.byte() % 4);
                let _ = self.system.set_queue_limit(process, u32::from(limit));
            }
            _ => {
                let (process, is) = (self.process(), self.bytes.flag());
                let _ = self.system.set_vfork_child(process, is);
            }
        }
    }

    fn add(&mut self, child: ProcessKey) {
        self.processes.push(child);
        self.threads.extend(self.system.main_thread(child));
    }

    fn fork_step(&mut self) {
        let (which, number) = (self.bytes.byte(), self.bytes.byte());
        let Some(thread) = self.caller().filter(|_| self.processes.len() < MOST) else { return };
        let number = Pid::new(i32::from(number % 16));
        let child = match which % 8 {
            0..=2 => self.system.fork_as(thread, None),
            3 | 4 => self.system.fork_as(thread, number),
            5 => self.system.fork_namespace(thread),
            _ => match self.ticket.take() {
                Some(ticket) => self.system.fork_commit(ticket, number),
                None => return self.ticket = Some(self.system.fork_begin(thread)),
            },
        };
        if let Ok(child) = child {
            self.add(child);
        }
    }

    fn new_thread(&mut self) {
        let Some(creator) = self.caller().filter(|_| self.threads.len() < 2 * MOST) else { return };
        if let Ok(thread) = self.system.new_thread(creator) {
            self.threads.push(thread);
        }
    }

    /// Any thread but init's last may end by itself.
    fn exit_thread(&mut self) {
        let init = self.system.main_thread(self.processes[0]);
        if let Some(thread) = self.caller().filter(|&thread| Some(thread) != init) {
            let _ = self.system.exit_thread(thread);
        }
    }

    fn wait(&mut self) {
        let Some(parent) = self.calling_process() else { return };
        let (which, child) = (self.bytes.byte(), self.process());
        let children = match which % 3 {
            0 => Children::Any,
            1 => Children::One(child),
            _ => match self.system.group(child) {
                Some(group) => Children::Group(group),
                None => Children::Any,
            },
        };
        let options = WaitOptions { keep: which & 64 != 0, ..WaitOptions::ALL };
        let _ = self.system.wait_for(parent, children, options);
    }

    fn set_group(&mut self) {
        let (target, group) = (self.process(), self.process());
        let Some(caller) = self.calling_process() else { return };
        let number = |key| self.system.pid(key).map_or(0, Pid::get);
        let (target, group) = (number(target), number(group));
        let _ = self.system.setpgid(caller, target, group);
    }
}
