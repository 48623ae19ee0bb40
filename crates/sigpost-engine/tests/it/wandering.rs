//! Random lives: every call of the engine, in any order, on whoever is there. Nothing panics, and what must be true of
//! every system stays true after every step.

use sigpost_engine::{
    Action, ActionFlags, Activity, Children, Clones, Code, Credentials, Delivery, Disposition, ForkTicket, GroupSend,
    Handle, Heap, Personality, ProcessKey, Signal, SignalInfo, SignalSet, System, Tables, TerminalKey, ThreadKey,
    TimerSignal, WaitOptions, Work, personality::ALL,
};

/// How many processes there are at most, and how many steps a life has.
const CROWD: usize = 24;
const STEPS: u32 = 400;

/// A generator of numbers that are the same every time (xorshift).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.roll(from.len())]
    }

    fn signal(&mut self) -> Signal {
        use Signal as S;
        let signals = [
            S::HUP,
            S::INT,
            S::QUIT,
            S::KILL,
            S::USR1,
            S::SEGV,
            S::TERM,
            S::CHLD,
            S::CONT,
            S::STOP,
            S::TSTP,
            S::TTIN,
            S::TTOU,
            S::WINCH,
        ];
        self.pick(&signals)
    }
}

struct Life {
    system: System<Heap>,
    dice: Dice,
    first: ProcessKey,
    processes: Vec<ProcessKey>,
    ticket: Option<ForkTicket>,
    send: Option<GroupSend>,
}

impl Life {
    fn new(rules: &'static Personality, seed: u64) -> Self {
        let mut system = System::new(rules, Tables::heap(48));
        let first = system.boot().unwrap();
        let processes = vec![first];
        Self { system, dice: Dice(seed), first, processes, ticket: None, send: None }
    }

    fn process(&mut self) -> ProcessKey {
        self.dice.pick(&self.processes)
    }

    fn thread(&mut self) -> ThreadKey {
        let process = self.process();
        let threads: Vec<ThreadKey> = self.system.threads_of(process).collect();
        if threads.is_empty() { self.system.main_thread(self.first).unwrap() } else { self.dice.pick(&threads) }
    }

    fn number(&mut self) -> i32 {
        let process = self.process();
        self.system.pid(process).map_or(0, sigpost_engine::Pid::get)
    }

    fn step(&mut self) {
        match self.dice.roll(6) {
            0 => self.birth(),
            1 => self.death(),
            2 => self.tracing(),
            3 => self.belonging(),
            4 => self.wishes(),
            _ => self.sending(),
        }
        if self.dice.roll(2) == 0 {
            self.work();
        }
        self.processes = self.system.processes().collect();
    }

    fn birth(&mut self) {
        if self.processes.len() >= CROWD {
            return;
        }
        let thread = self.thread();
        let tells_by = self.dice.pick(&[None, Some(Signal::USR1), Some(Signal::RTMIN)]);
        match self.dice.roll(8) {
            0 => drop(self.system.fork_namespace(thread)),
            1 => drop(self.system.vfork(thread, None)),
            2 => drop(self.system.fork_sharing(thread, None)),
            // 4.3BSD, 4.4BSD and AIX/RT have no threads.
            3 if self.system.rules().raise_is_for_thread => drop(self.system.new_thread(thread)),
            4 => self.ticket = Some(self.system.fork_begin(thread)),
            5 => {
                if let Some(ticket) = self.ticket.take() {
                    let _ = self.system.fork_commit(ticket, None);
                }
            }
            6 => drop(self.system.fork_with_exit_signal(thread, None, tells_by)),
            _ => drop(self.system.fork_as(thread, None)),
        }
    }

    fn death(&mut self) {
        let (thread, process) = (self.thread(), self.process());
        match self.dice.roll(8) {
            0 if process != self.first => drop(self.system.exit(process, 1)),
            1 if self.system.process_of(thread) != Some(self.first) => drop(self.system.exit_thread(thread)),
            2 => drop(self.system.exec(thread)),
            3 => drop(self.system.reap(process)),
            _ => {
                let clones = self.dice.pick(&[Clones::Without, Clones::Only, Clones::With]);
                let options = WaitOptions { keep: self.dice.roll(4) == 0, clones, ..WaitOptions::ALL };
                let _ = self.system.wait_for(process, Children::Any, options);
            }
        }
    }

    fn tracing(&mut self) {
        let (tracer, thread) = (self.process(), self.thread());
        let tracer = self.system.tracer(thread).unwrap_or(tracer);
        let inject = (self.dice.roll(2) == 0).then(|| SignalInfo::kernel(self.dice.signal()));
        match self.dice.roll(7) {
            0 => drop(self.system.seize(tracer, thread)),
            1 => drop(self.system.trace(tracer, thread)),
            2 => drop(self.system.trace_interrupt(tracer, thread)),
            3 => drop(self.system.trace_listen(tracer, thread)),
            4 => {
                let delivery = self.system.trace_detach(tracer, thread, inject);
                self.obey(thread, delivery.ok());
            }
            _ => {
                let delivery = self.system.trace_continue(tracer, thread, inject);
                self.obey(thread, delivery.ok());
            }
        }
    }

    fn belonging(&mut self) {
        let (process, thread, number) = (self.process(), self.thread(), self.number());
        let key = self.dice.pick(&[TerminalKey::Interrupt, TerminalKey::Quit, TerminalKey::Suspend]);
        match self.dice.roll(9) {
            0 => drop(self.system.setsid(process)),
            1 => drop(self.system.setpgid(process, 0, 0)),
            2 => drop(self.system.setpgid(process, 0, number)),
            3 if self.system.session(process).is_some() => drop(self.system.set_terminal(process, true)),
            4 => drop(self.system.tcsetpgrp(thread, number)),
            5 => drop(self.system.terminal_read(thread)),
            6 => drop(self.system.terminal_write(thread)),
            7 => {
                if let Some(session) = self.system.session(process) {
                    let _ = self.system.terminal_key(session, key, &mut ());
                }
            }
            _ => {
                if let Some(session) = self.system.session(process) {
                    let _ = self.system.terminal_hangup(session, &mut ());
                }
            }
        }
    }

    fn wishes(&mut self) {
        let (process, thread, signal) = (self.process(), self.thread(), self.dice.signal());
        let flags = self.dice.pick(&[ActionFlags::NONE, ActionFlags::RESETHAND, ActionFlags::NOCLDWAIT]);
        let caught = Disposition::Catch(Action { flags, ..Action::default() });
        let activities = [Activity::Running, Activity::Interruptible, Activity::Killable, Activity::Uninterruptible];
        let activity = self.dice.pick(&activities);
        let set = SignalSet::of(&[signal, self.dice.signal()]);
        let user = self.dice.pick(&[0, 1, 2]);
        match self.dice.roll(12) {
            0 => drop(self.system.sigaction(process, signal, caught)),
            1 => drop(self.system.sigaction(process, signal, Disposition::Ignore)),
            2 => drop(self.system.set_mask(thread, set.into())),
            3 => drop(self.system.set_mask(thread, SignalSet::EMPTY.into())),
            4 => drop(self.system.set_activity(thread, activity)),
            5 => drop(self.system.sigwait_begin(thread, set)),
            6 => drop(self.system.set_credentials(process, Credentials::user(user))),
            7 => drop(self.system.set_queue_limit(process, 2)),
            8 => drop(self.system.set_parent_death_signal(process, Some(signal))),
            9 => drop(self.system.signalfd_watch(process, true)),
            10 => drop(self.system.signalfd_read(thread, set)),
            _ => drop(self.system.sigwait_poll(thread)),
        }
    }

    fn sending(&mut self) {
        let (process, thread, signal, number) = (self.process(), self.thread(), self.dice.signal(), self.number());
        let timer = TimerSignal { signal, value: 7 };
        let (to, main) = (self.number(), self.system.main_thread(process));
        match self.dice.roll(15) {
            0 => drop(self.system.fault(thread, signal, Code::new(1), &mut ())),
            1 => drop(self.system.timer(process, timer, &mut ())),
            2 => drop(self.system.timer_promise()),
            3 => drop(self.system.tdsignal(thread, signal, &mut ())),
            4 => drop(self.system.psignal(process, signal, &mut ())),
            5 => drop(self.system.kill(process, -number, signal.number().into(), &mut ())),
            6 => self.carry_on(process, number, signal),
            7 => drop(self.system.kill(process, 0, signal.number().into(), &mut ())),
            8 => self.send_by_handle(thread, signal),
            9 => {
                let to = (to, self.system.thread_id(thread).map_or(0, sigpost_engine::ThreadId::get));
                let caller = main.unwrap_or(thread);
                let _ = self.system.tgsigqueue(caller, to, signal.number().into(), (Code::QUEUE, 7), &mut ());
            }
            10 | 11 => drop(self.system.sigqueue(process, number, signal.number().into(), 7, &mut ())),
            _ => drop(self.system.kill(process, number, signal.number().into(), &mut ())),
        }
    }

    fn send_by_handle(&mut self, thread: ThreadKey, signal: Signal) {
        let (sender, process) = (self.process(), self.process());
        let group = self.system.group(process).map_or(Handle::Process(process), Handle::Group);
        let all = [Handle::Process(process), Handle::Through(thread), Handle::Thread(thread), group];
        let handle = self.dice.pick(&all);
        let _ = self.system.kill_handle(sender, handle, signal.number().into(), &mut ());
    }

    /// Begins a sliced send, or carries on the one that is under way.
    fn carry_on(&mut self, sender: ProcessKey, group: i32, signal: Signal) {
        match self.send.take() {
            Some(send) if self.dice.roll(8) == 0 => self.system.group_send_abandon(send),
            Some(mut send) => {
                if self.system.group_send_step(&mut send, 1, &mut ()).is_none() {
                    self.send = Some(send);
                }
            }
            None => self.send = self.system.group_send_begin(sender, group, signal.number().into()).ok(),
        }
    }

    fn work(&mut self) {
        for _ in 0..CROWD {
            let Some(work) = self.system.next_work() else { return };
            if let Work::Thread(thread) = work {
                if self.system.thread(thread).is_some_and(|thread| !thread.waiting().is_empty()) {
                    let _ = self.system.sigwait_poll(thread);
                    let _ = self.system.sigwait_end(thread);
                }
                let delivery = self.system.deliver(thread);
                self.obey(thread, delivery.ok());
                self.check();
            }
        }
    }

    /// A thread does what it was told; handlers return at once.
    fn obey(&mut self, thread: ThreadKey, delivery: Option<Delivery>) {
        match delivery {
            Some(Delivery::Handler(call)) => drop(self.system.sigreturn(thread, call.saved_mask)),
            Some(Delivery::End(_)) => drop(self.system.exit_thread(thread)),
            _ => {}
        }
    }

    fn check(&self) {
        if let Err(violation) = self.system.check_invariants() {
            panic!("{violation}");
        }
    }
}

#[test]
fn whatever_is_called_the_invariants_hold() {
    for rules in ALL {
        for seed in 1..=100 {
            let mut life = Life::new(rules, 0x9E37_79B9_7F4A_7C15 ^ (seed << 20));
            for step in 0..STEPS {
                life.step();
                if life.system.main_thread(life.first).is_none() {
                    break;
                }
                let outcome = life.system.check_invariants();
                assert!(outcome.is_ok(), "{} seed {seed} step {step}: {}", rules.name, outcome.unwrap_err());
            }
        }
    }
}
