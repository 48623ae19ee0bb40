//! A shell's job control: control-Z, `bg`, `fg`, and what becomes of a stopped job when the shell leaves.
//!
//! Two jobs, each a process group; one terminal, which one group at a time has in front. The kernel sends the signals
//! of keys and of background reads, the shell sends CONT and says who is in front.
//!
//! `cargo run -p sigpost-engine --example shell_job_control`

use core::error::Error;

use sigpost_engine::{
    ChildEvent, Children, Delivery, Disposition, ExitStatus, Heap, ProcessKey, Receipt, Signal, System, Tables,
    TerminalAccess, TerminalKey, ThreadKey, WaitOptions, Work, personality,
};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// A machine with a user at its terminal.
struct Session {
    system: System<Heap>,
    shell: ProcessKey,
    names: Vec<(ProcessKey, &'static str)>,
}

impl Session {
    /// process 1, and a shell that leads a session with a terminal. As every shell with job control, it ignores the
    /// stops of the terminal: else its first `tcsetpgrp` from the background would stop it.
    fn begin() -> Outcome<Self> {
        let mut system = System::new(&personality::LINUX, Tables::heap(64));
        let init = system.boot()?;
        let shell = system.fork(init)?;
        system.setsid(shell)?;
        system.set_terminal(shell, true)?;
        for signal in [Signal::TSTP, Signal::TTIN, Signal::TTOU] {
            system.sigaction(shell, signal, Disposition::Ignore)?;
        }
        Ok(Self { system, shell, names: vec![(shell, "shell")] })
    }

    /// A pipeline: a child for each command, all in the group of the first, each with the default stops again.
    fn launch(&mut self, commands: &[&'static str]) -> Outcome<Vec<ProcessKey>> {
        let mut job: Vec<ProcessKey> = Vec::new();
        for command in commands {
            let child = self.system.fork(self.shell)?;
            let leader = *job.first().unwrap_or(&child);
            let (number, group) = (self.number(child)?, self.number(leader)?);
            // A real shell does this in the parent and in the child, for neither knows who runs first.
            self.system.setpgid(self.shell, number, group)?;
            for signal in [Signal::TSTP, Signal::TTIN, Signal::TTOU] {
                self.system.sigaction(child, signal, Disposition::Default)?;
            }
            self.names.push((child, command));
            job.push(child);
        }
        Ok(job)
    }

    /// Says whose job is in front: the first member's group.
    fn put_in_front(&mut self, member: ProcessKey) -> Outcome<()> {
        let (caller, group) = (self.main_thread(self.shell)?, self.number(member)?);
        assert_eq!(self.system.tcsetpgrp(caller, group)?, TerminalAccess::Granted);
        Ok(())
    }

    /// The user strikes a key; whoever got its signal acts on it.
    fn key(&mut self, key: TerminalKey) -> Outcome<()> {
        let session = self.system.session(self.shell).ok_or("the shell leads one")?;
        let reached = self.system.terminal_key(session, key, &mut ())?;
        println!("key {}: {reached} in front", key.signal());
        self.run()
    }

    /// CONT to a whole job.
    fn go_on(&mut self, member: ProcessKey) -> Outcome<()> {
        let group = self.number(member)?;
        let mut receipts: Vec<Receipt> = Vec::new();
        let mut note = |receipt: Receipt| receipts.push(receipt);
        self.system.killpg(self.shell, group, Signal::CONT.number().into(), &mut note)?;
        for receipt in receipts {
            println!("  {} {}", self.name(receipt.process), receipt.verdict);
        }
        self.run()
    }

    /// Whoever has something to look at looks: it is what a kernel does when its threads go back to user mode.
    fn run(&mut self) -> Outcome<()> {
        while let Some(work) = self.system.next_work() {
            let Work::Thread(thread) = work else { continue };
            let name = self.system.process_of(thread).map_or("?", |process| self.name(process));
            match self.system.deliver(thread)? {
                Delivery::End(status) => {
                    println!("  {name} ends: {status:?}");
                    self.system.exit_thread(thread)?;
                }
                Delivery::Stop => println!("  {name} stands still"),
                Delivery::Nothing => {}
                other => return Err(format!("nobody here catches signals or traces: {other:?}").into()),
            }
        }
        Ok(self.system.check_invariants()?)
    }

    /// What the shell is told of its children, as its prompt would show it.
    fn news(&mut self) -> Vec<(&'static str, ChildEvent)> {
        let mut news = Vec::new();
        while let Ok(Some((child, event))) = self.system.wait_for(self.shell, Children::Any, WaitOptions::ALL) {
            println!("  shell: {} {event:?}", self.name(child));
            news.push((self.name(child), event));
        }
        news
    }

    fn number(&self, process: ProcessKey) -> Outcome<i32> {
        Ok(self.system.pid(process).ok_or("it has been reaped")?.get())
    }

    fn main_thread(&self, process: ProcessKey) -> Outcome<ThreadKey> {
        Ok(self.system.main_thread(process).ok_or("it has been reaped")?)
    }

    fn name(&self, process: ProcessKey) -> &'static str {
        self.names.iter().find(|(key, _)| *key == process).map_or("?", |(_, name)| name)
    }

    fn is_stopped(&self, process: ProcessKey) -> bool {
        self.system.process(process).is_some_and(|process| process.stop().is_stopped())
    }
}

pub(crate) fn main() -> Outcome<()> {
    let mut session = Session::begin()?;

    println!("$ make | tee log");
    let build = session.launch(&["make", "tee"])?;
    session.put_in_front(build[0])?;

    // Control-Z stops the whole pipeline, and the shell, which is not in front, none of it. It takes the terminal back.
    session.key(TerminalKey::Suspend)?;
    let stopped = ChildEvent::Stopped(Signal::TSTP);
    assert_eq!(session.news(), [("make", stopped), ("tee", stopped)]);
    session.put_in_front(session.shell)?;

    println!("$ bg");
    session.go_on(build[0])?;
    assert_eq!(session.news(), [("make", ChildEvent::Continued), ("tee", ChildEvent::Continued)]);

    println!("$ vi");
    let editor = session.launch(&["vi"])?;
    session.put_in_front(editor[0])?;

    // In the background make asks a question: the kernel stops its whole group for it. It makes its call again later.
    println!("make reads from the terminal behind vi's back");
    let reader = session.main_thread(build[0])?;
    assert_eq!(session.system.terminal_read(reader)?, TerminalAccess::Signalled(Signal::TTIN));
    session.run()?;
    let wants_input = ChildEvent::Stopped(Signal::TTIN);
    assert_eq!(session.news(), [("make", wants_input), ("tee", wants_input)]);

    session.key(TerminalKey::Suspend)?;
    assert_eq!(session.news(), [("vi", stopped)]);
    session.put_in_front(session.shell)?;

    // First in front, then CONT: the other way round make would read, and be stopped again.
    println!("$ fg %1");
    session.put_in_front(build[0])?;
    session.go_on(build[0])?;
    let reader = session.main_thread(build[0])?;
    assert_eq!(session.system.terminal_read(reader)?, TerminalAccess::Granted);
    session.news();

    session.key(TerminalKey::Interrupt)?;
    let interrupted = ChildEvent::Ended(ExitStatus::Killed(Signal::INT));
    assert_eq!(session.news(), [("make", interrupted), ("tee", interrupted)]);
    session.put_in_front(session.shell)?;
    assert!(session.is_stopped(editor[0]), "control-C was not for vi");

    // With the shell gone nobody could continue vi any more: its group is orphaned, and gets HUP, then CONT.
    println!("$ exit");
    session.system.exit(session.shell, 0)?;
    session.run()?;
    let status = session.system.process(editor[0]).and_then(|process| process.life().status());
    assert_eq!(status, Some(ExitStatus::Killed(Signal::HUP)));
    Ok(())
}
