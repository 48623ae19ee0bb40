//! What a host does after a call: every thread that has something to look at looks. What came of it is told in words:
//! `a runs USR1`, `b ends by TERM`, `c stops`, `d shows INT`.

use sigpost_engine::{Delivery, ExitStatus, SignalInfo, SignalMask, ThreadKey, Work};

use super::World;

impl World {
    /// Drains the work. Handlers return as soon as their thread has nothing more to take.
    pub(crate) fn run(&mut self) -> String {
        let mut told = Vec::new();
        while let Some(work) = self.system.next_work() {
            if let Work::Thread(thread) = work {
                self.look(thread, &mut told);
            }
            self.check();
        }
        told.join(", ")
    }

    /// One thread takes what there is for it, as before it goes back to user mode.
    pub(crate) fn returns_to_user_mode(&mut self, thread: &str) -> String {
        let mut told = Vec::new();
        self.look(self.thread(thread), &mut told);
        told.join(", ")
    }

    /// The tracer lets a thread go on.
    pub(crate) fn trace_continue(&mut self, tracer: &str, thread: &str, inject: Option<SignalInfo>) -> String {
        let (tracer, thread) = (self.key(tracer), self.thread(thread));
        let first = self.system.trace_continue(tracer, thread, inject).expect("the tracer holds it");
        let mut told = Vec::new();
        self.act(thread, first, &mut told);
        self.check();
        told.join(", ")
    }

    fn look(&mut self, thread: ThreadKey, told: &mut Vec<String>) {
        if let Ok(delivery) = self.system.deliver(thread) {
            self.act(thread, delivery, told);
        }
    }

    fn act(&mut self, thread: ThreadKey, first: Delivery, told: &mut Vec<String>) {
        let name = self.name_of_thread(thread);
        let mut saved: Vec<SignalMask> = Vec::new();
        let mut delivery = first;
        loop {
            match delivery {
                Delivery::Handler(call) => {
                    saved.push(call.saved_mask);
                    told.push(format!("{name} runs {}", call.info.signal));
                }
                Delivery::Nothing => match saved.pop() {
                    Some(mask) => self.system.sigreturn(thread, mask).expect("it is there"),
                    None => return,
                },
                Delivery::Stop => return told.push(format!("{name} stops")),
                Delivery::TraceStop(info) => return told.push(format!("{name} shows {}", info.signal)),
                Delivery::End(status) => {
                    told.push(format!("{name} ends{}", words(status)));
                    let _ = self.system.exit_thread(thread);
                    return;
                }
            }
            self.check();
            match self.system.deliver(thread) {
                Ok(next) => delivery = next,
                Err(_) => return,
            }
        }
    }
}

fn words(status: ExitStatus) -> String {
    match status {
        ExitStatus::Exited(status) => format!(" with {status}"),
        ExitStatus::Killed(signal) => format!(" by {signal}"),
        ExitStatus::Dumped(signal) => format!(" by {signal}, dumped"),
    }
}
