//! A sequence of calls on a system under some personality: after each, every invariant holds.
//!
//! The host that is played here keeps to the rules for hosts: only threads that run make calls, and a thread that is
//! told to end ends. Keys that are stale, numbers that nobody has and signals that do not exist are all tried.

mod life;
mod send;
mod trace;

use sigpost_engine::personality::{AIXRT, BSD43, BSD44, FREEBSD, LINUX, POSIX};
use sigpost_engine::{
    Action, ActionFlags, Activity, Delivery, Disposition, ForkTicket, GroupSend, Heap, Life, Personality, ProcessKey,
    ProcessStop, Signal, SignalMask, SignalSet, System, Tables, ThreadKey, Trace,
};

use crate::bytes::Bytes;

const PERSONALITIES: [&Personality; 6] = [&LINUX, &FREEBSD, &POSIX, &BSD43, &BSD44, &AIXRT];

/// No more processes and threads than this, so that inputs stay quick.
const MOST: usize = 24;

/// The system, and a host's memory of it.
struct Host<'a> {
    bytes: Bytes<'a>,
    system: System<Heap>,
    processes: Vec<ProcessKey>,
    threads: Vec<ThreadKey>,
    /// The masks that handlers go back to.
    saved: Vec<(ThreadKey, SignalMask)>,
    ticket: Option<ForkTicket>,
    send: Option<GroupSend>,
    timers: u32,
}

/// Makes one step after the other until the bytes are used up.
///
/// # Panics
/// If an invariant does not hold.
pub fn run(bytes: &[u8]) {
    let mut bytes = Bytes(bytes);
    let rules = bytes.pick(&PERSONALITIES).unwrap_or(&LINUX);
    let mut system = System::new(rules, Tables::heap(usize::from(bytes.byte() % 32)));
    let Ok(init) = system.boot() else { return };
    let threads = system.main_thread(init).into_iter().collect();
    let processes = vec![init];
    let mut host = Host { bytes, system, processes, threads, saved: Vec::new(), ticket: None, send: None, timers: 0 };
    while let Some(step) = host.bytes.next() {
        host.step(step);
        if let Err(violation) = host.system.check_invariants() {
            panic!("after step {step}: {violation}");
        }
    }
}

impl Host<'_> {
    fn step(&mut self, step: u8) {
        match step % 8 {
            0 | 1 => self.send_step(),
            2 => self.look(),
            3 => self.signal_step(),
            4 => self.life_step(),
            5 => self.trace_step(),
            6 => self.sleep_step(),
            _ => self.work(),
        }
    }

    fn process(&mut self) -> ProcessKey {
        let picked = self.bytes.pick(&self.processes);
        picked.unwrap_or(self.processes[0])
    }

    fn thread(&mut self) -> ThreadKey {
        let picked = self.bytes.pick(&self.threads);
        picked.unwrap_or(self.threads[0])
    }

    fn signal(&mut self) -> Signal {
        Signal::new(i32::from(self.bytes.byte() % 64) + 1).unwrap_or(Signal::TERM)
    }

    /// A signal's number, good or bad.
    fn number(&mut self) -> i32 {
        let byte = self.bytes.byte();
        if byte < 192 { i32::from(byte % 65) } else { i32::from(byte) * 1_000_003 - 200_000_000 }
    }

    fn set(&mut self) -> SignalSet {
        match self.bytes.byte() % 4 {
            0 => SignalSet::EMPTY,
            1 => SignalSet::ALL,
            2 => SignalSet::of(&[self.signal(), self.signal()]),
            _ => SignalSet::from_bits(self.bytes.long()),
        }
    }

    /// A thread that can make a call now.
    fn caller(&mut self) -> Option<ThreadKey> {
        let thread = self.thread();
        let signals = self.system.thread(thread)?;
        let runs = signals.activity() == Activity::Running && !signals.has_exited() && signals.waiting().is_empty();
        let process = self.system.process(self.system.process_of(thread)?)?;
        let free = process.life() == Life::Alive && process.stop() == ProcessStop::No;
        (runs && free && !matches!(signals.trace(), Trace::Stopped(_))).then_some(thread)
    }

    /// A process that can make a call now, by its main thread.
    fn calling_process(&mut self) -> Option<ProcessKey> {
        let thread = self.caller()?;
        self.system.process_of(thread)
    }

    /// The host does what the engine says is to be done.
    fn work(&mut self) {
        while self.system.next_work().is_some() {}
    }

    /// A thread that is awake looks for signals.
    fn look(&mut self) {
        let thread = self.thread();
        let Some(signals) = self.system.thread(thread) else { return };
        if signals.activity() != Activity::Running || signals.has_exited() {
            return;
        }
        let waits = !signals.waiting().is_empty();
        if waits && matches!(self.system.sigwait_poll(thread), Ok(Some(_))) {
            return;
        }
        if let Ok(delivery) = self.system.deliver(thread) {
            self.obey(thread, delivery);
        }
        if waits {
            // Whatever else woke it ends the wait: EINTR.
            let _ = self.system.sigwait_end(thread);
        }
    }

    fn obey(&mut self, thread: ThreadKey, delivery: Delivery) {
        match delivery {
            Delivery::End(_) => {
                let _ = self.system.exit_thread(thread);
            }
            Delivery::Handler(call) => self.saved.push((thread, call.saved_mask)),
            Delivery::Nothing | Delivery::Stop | Delivery::TraceStop(_) => {}
        }
    }

    /// The calls by which a program says how it wants its signals.
    fn signal_step(&mut self) {
        let which = self.bytes.byte();
        let Some(thread) = self.caller() else { return };
        let Some(process) = self.system.process_of(thread) else { return };
        match which % 5 {
            0 => {
                let set = self.set();
                let _ = self.system.set_mask(thread, set.into());
            }
            1 => {
                let signal = self.signal();
                let to = self.disposition();
                let _ = self.system.sigaction(process, signal, to);
            }
            2 => {
                let Some(at) = self.saved.iter().rposition(|(saved, _)| *saved == thread) else { return };
                let (_, mask) = self.saved.remove(at);
                let _ = self.system.sigreturn(thread, mask);
            }
            3 => {
                let set = self.set();
                let _ = self.system.set_mask_for_call(thread, set.into());
            }
            _ => {
                let _ = self.system.restore_mask(thread);
            }
        }
    }

    fn disposition(&mut self) -> Disposition {
        const FLAGS: [ActionFlags; 6] = [
            ActionFlags::NONE,
            ActionFlags::RESTART,
            ActionFlags::NODEFER,
            ActionFlags::RESETHAND,
            ActionFlags::NOCLDSTOP,
            ActionFlags::NOCLDWAIT,
        ];
        match self.bytes.byte() % 4 {
            0 => Disposition::Default,
            1 => Disposition::Ignore,
            _ => {
                let flags = self.bytes.pick(&FLAGS).unwrap_or(ActionFlags::NONE);
                Disposition::Catch(Action { mask: self.set().into(), flags, ..Action::default() })
            }
        }
    }

    /// Sleeps, their ends, and waits for a signal.
    fn sleep_step(&mut self) {
        let which = self.bytes.byte();
        if which % 4 == 0 {
            let thread = self.thread();
            let asleep = self.system.thread(thread).is_some_and(|signals| !signals.has_exited());
            if asleep {
                let _ = self.system.set_activity(thread, Activity::Running);
                let _ = self.system.sigwait_end(thread);
            }
            return;
        }
        let Some(thread) = self.caller() else { return };
        if which % 4 == 1 {
            let set = self.set();
            let _ = self.system.sigwait_begin(thread, set);
            if let Ok(None) = self.system.sigwait_poll(thread) {
                let _ = self.system.set_activity(thread, Activity::Interruptible);
            }
        } else {
            let sleeps =
                [Activity::Interruptible, Activity::Interruptible, Activity::Killable, Activity::Uninterruptible];
            let sleep = self.bytes.pick(&sleeps).unwrap_or_default();
            let _ = self.system.set_activity(thread, sleep);
        }
    }
}
