//! The duties of a container's first process: it is process 1 of a PID namespace, with another one inside.
//!
//! Signals from inside do not end it by default; orphans become its children, and it has to ask how they end; a TERM
//! from outside it hands on; and when it ends, everybody inside ends.
//!
//! `cargo run -p sigpost-engine --example container_init`

use core::error::Error;

use sigpost_engine::{
    Action, ChildEvent, Children, Delivery, Disposition, ExitStatus, Heap, ProcessKey, Receipt, Signal, System, Tables,
    Verdict, WaitOptions, Work, personality,
};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// The whole machine; `init` is process 1 of the container.
struct Machine {
    system: System<Heap>,
    runtime: ProcessKey,
    init: ProcessKey,
    names: Vec<(ProcessKey, &'static str)>,
    /// What init has asked about.
    reaped: Vec<&'static str>,
}

impl Machine {
    /// A runtime starts a container. Its init catches the two signals that mean work for it.
    fn boot() -> Outcome<Self> {
        let mut system = System::new(&personality::LINUX, Tables::heap(64));
        let first = system.boot()?;
        let runtime = system.fork(first)?;
        let thread = system.main_thread(runtime).ok_or("it was just made")?;
        let init = system.fork_namespace(thread)?;
        for signal in [Signal::TERM, Signal::CHLD] {
            system.sigaction(init, signal, Disposition::Catch(Action::default()))?;
        }
        let names = vec![(runtime, "runtime"), (init, "init")];
        Ok(Self { system, runtime, init, names, reaped: Vec::new() })
    }

    fn start(&mut self, parent: ProcessKey, name: &'static str) -> Outcome<ProcessKey> {
        let child = self.system.fork(parent)?;
        for signal in [Signal::TERM, Signal::CHLD] {
            self.system.sigaction(child, signal, Disposition::Default)?;
        }
        self.names.push((child, name));
        Ok(child)
    }

    /// Sends a signal to a number as the sender's own namespace counts; tells and returns what became of it at each.
    fn kill(&mut self, sender: ProcessKey, number: i32, signal: Signal) -> Outcome<Vec<(&'static str, Verdict)>> {
        let mut receipts = Vec::new();
        let mut note = |receipt: Receipt| receipts.push((receipt.process, receipt.verdict));
        self.system.kill(sender, number, signal.number().into(), &mut note)?;
        let told = receipts.into_iter().map(|(process, verdict)| (self.name(process), verdict));
        let told: Vec<_> = told.collect();
        for (name, verdict) in &told {
            println!("{} sends {signal} to {number}: {name} {verdict}", self.name(sender));
        }
        Ok(told)
    }

    /// Every thread that has something to look at looks. The handlers of init are all the user mode there is here.
    fn run(&mut self) -> Outcome<()> {
        while let Some(work) = self.system.next_work() {
            let Work::Thread(thread) = work else { continue };
            let Some(process) = self.system.process_of(thread) else { continue };
            while let Ok(delivery) = self.system.deliver(thread) {
                match delivery {
                    Delivery::Handler(call) => {
                        self.handle(call.info.signal)?;
                        self.system.sigreturn(thread, call.saved_mask)?;
                    }
                    Delivery::End(status) => {
                        println!("  {} ends: {status:?}", self.name(process));
                        self.system.exit_thread(thread)?;
                        break;
                    }
                    Delivery::Nothing | Delivery::Stop | Delivery::TraceStop(_) => break,
                }
            }
        }
        Ok(self.system.check_invariants()?)
    }

    /// What init does: CHLD may stand for several children, so it asks until nobody is left; TERM it hands on to
    /// everybody inside, for they would not hear of it.
    fn handle(&mut self, signal: Signal) -> Outcome<()> {
        if signal == Signal::TERM {
            self.kill(self.init, -1, Signal::TERM)?;
            return Ok(());
        }
        let ended = WaitOptions { stopped: false, continued: false, ..WaitOptions::ALL };
        while let Ok(Some((child, ChildEvent::Ended(status)))) = self.system.wait_for(self.init, Children::Any, ended) {
            println!("  init has reaped {}: {status:?}", self.name(child));
            self.reaped.push(self.name(child));
        }
        Ok(())
    }

    fn name(&self, process: ProcessKey) -> &'static str {
        self.names.iter().find(|(key, _)| *key == process).map_or("?", |(_, name)| name)
    }

    fn number(&self, process: ProcessKey, seen_by: ProcessKey) -> Outcome<i32> {
        let namespace = self.system.namespace(seen_by).ok_or("it has been reaped")?;
        Ok(self.system.pid_in(namespace, process).ok_or("it is not visible")?.get())
    }

    fn is_there(&self, process: ProcessKey) -> bool {
        self.system.process(process).is_some()
    }
}

pub(crate) fn main() -> Outcome<()> {
    let mut machine = Machine::boot()?;
    let (runtime, init) = (machine.runtime, machine.init);
    assert_eq!((machine.number(init, init)?, machine.number(init, runtime)?), (1, 3));
    println!("init is 1 to itself and 3 to the runtime");

    // Nobody inside can end it, not even by KILL.
    let service = machine.start(init, "service")?;
    for signal in [Signal::KILL, Signal::INT, Signal::STOP] {
        assert_eq!(machine.kill(service, 1, signal)?, [("init", Verdict::Immune)]);
    }

    // A daemon is made by a parent that ends: the orphan is init's, and its end, too.
    let launcher = machine.start(service, "launcher")?;
    let daemon = machine.start(launcher, "daemon")?;
    machine.system.exit(launcher, 0)?;
    assert_eq!(machine.system.parent(daemon), Some(init));
    println!("launcher has ended: daemon is a child of init");
    let number = machine.number(daemon, service)?;
    machine.kill(service, number, Signal::KILL)?;
    machine.run()?;
    assert_eq!(machine.reaped, ["daemon"], "launcher is its own parent's to ask about");
    assert!(!machine.is_there(daemon) && machine.is_there(launcher));

    // A container in the container: its init is an ordinary process to those around it, but for default actions.
    let thread = machine.system.main_thread(service).ok_or("it lives")?;
    let nested = machine.system.fork_namespace(thread)?;
    machine.names.push((nested, "nested"));
    let guest = machine.start(nested, "guest")?;
    assert_eq!((machine.number(guest, guest)?, machine.number(guest, init)?), (2, 6));
    assert_eq!(machine.kill(guest, 1, Signal::KILL)?, [("nested", Verdict::Immune)]);

    // "Stop the container": the runtime's TERM reaches init alone, which hands it on. The nested init has no handler for
    // it, and so does not hear; nor does it ask about its own child, which stays a zombie: not every process can be init.
    let number = machine.number(init, runtime)?;
    assert_eq!(machine.kill(runtime, number, Signal::TERM)?, [("init", Verdict::Handles)]);
    machine.run()?;
    assert_eq!(machine.reaped, ["daemon", "service", "launcher"]);
    assert!(machine.system.process(guest).is_some_and(|guest| guest.life().is_zombie()));
    assert_eq!(machine.system.parent(nested), Some(init), "its parent has ended; itself it is still there");

    // Init leaves, and with it all that is inside, at any depth; nobody is left to ask how they ended.
    println!("init exits");
    machine.system.exit(init, 0)?;
    machine.run()?;
    assert!(!machine.is_there(nested) && !machine.is_there(guest));
    let news = machine.system.wait_for(runtime, Children::One(init), WaitOptions::ALL)?;
    assert_eq!(news, Some((init, ChildEvent::Ended(ExitStatus::Exited(0)))));
    println!("the runtime is told that init exited with 0");
    Ok(())
}
