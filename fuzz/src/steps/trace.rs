//! Steps of tracers.

use sigpost_engine::{Code, SignalInfo};

use super::Host;

impl Host<'_> {
    pub(super) fn trace_step(&mut self) {
        let (which, thread) = (self.bytes.byte(), self.thread());
        let tracer = self.system.tracer(thread);
        let inject = (which & 64 != 0).then(|| SignalInfo { code: Code::USER, ..SignalInfo::kernel(self.signal()) });
        let (0..=2, Some(tracer)) = (which % 8, tracer) else { return self.other_step(which, thread) };
        let delivery = if which % 8 == 2 {
            self.system.trace_detach(tracer, thread, inject)
        } else {
            self.system.trace_continue(tracer, thread, inject)
        };
        if let Ok(delivery) = delivery {
            self.obey(thread, delivery);
        }
    }

    fn other_step(&mut self, which: u8, thread: sigpost_engine::ThreadKey) {
        let Some(tracer) = self.calling_process() else { return };
        let _ = match which % 8 {
            0 | 3 => self.system.trace(tracer, thread),
            4 | 5 => self.system.seize(tracer, thread),
            6 => self.system.trace_interrupt(tracer, thread),
            _ => self.system.trace_listen(tracer, thread),
        };
    }
}
