//! A kernel that runs by ticks, on a machine without a heap: every table lies in memory that is set aside at the start.
//!
//! What the engine leaves to such a kernel is all here: threads and their turns, the clock, the interrupt that finds
//! the kernel locked, the call of a handler. No rule about signals is. But for `println!`, the machine's serial line, it
//! uses `core` alone.
//!
//! `cargo run -p sigpost-engine --no-default-features --example tick_kernel`

use core::array;
use core::error::Error;
use core::sync::atomic::{AtomicU32, Ordering};

use sigpost_engine::storage::Slot;
use sigpost_engine::{
    Account, Action, Activity, Children, Code, Delivery, Disposition, Fixed, ForkError, ProcessKey, QueueEntry,
    Receipt, Signal, System, Tables, TerminalKey, ThreadKey, TimerSignal, Verdict, WaitOptions, Work, namespace,
    number, personality, process_group, process_table, session, system,
};

/// So many processes, of one thread each: process 1 and three more.
const PROCESSES: usize = 4;
/// The information of so many signals can wait.
const QUEUED: usize = 8;
/// The clock program wants ALRM every so many ticks.
const PERIOD: u32 = 3;
/// Where the clock program has its handler: an address that means something to its program alone.
const ON_ALARM: u64 = 0x4010;

/// All the memory there will ever be. On the machine it is a `static`; here it lies on the first stack frame.
struct Memory {
    processes: [Slot<process_table::Process>; PROCESSES],
    threads: [Slot<process_table::Thread>; PROCESSES],
    groups: [Slot<process_group::Group>; PROCESSES],
    sessions: [Slot<session::Session>; 1],
    namespaces: [Slot<namespace::Namespace>; 1],
    // One for each thread; one more for a group whose leader is gone.
    numbers: [Slot<number::Number>; PROCESSES + 1],
    buckets: [number::Bucket; 8],
    actions: [Slot<system::SharedActions>; 2],
    queue: [QueueEntry; QUEUED],
    accounts: [system::Owner; 1],
    charges: [Account; 1],
}

impl Memory {
    fn new() -> Self {
        Self {
            processes: array::from_fn(|_| Slot::default()),
            threads: array::from_fn(|_| Slot::default()),
            groups: array::from_fn(|_| Slot::default()),
            sessions: array::from_fn(|_| Slot::default()),
            namespaces: array::from_fn(|_| Slot::default()),
            numbers: array::from_fn(|_| Slot::default()),
            buckets: array::from_fn(|_| number::Bucket::default()),
            actions: array::from_fn(|_| Slot::default()),
            queue: array::from_fn(|_| QueueEntry::default()),
            accounts: array::from_fn(|_| system::Owner::default()),
            charges: array::from_fn(|_| Account::default()),
        }
    }

    fn lend(&mut self) -> Tables<Fixed<'_>> {
        Tables {
            processes: &mut self.processes,
            threads: &mut self.threads,
            groups: &mut self.groups,
            sessions: &mut self.sessions,
            namespaces: &mut self.namespaces,
            numbers: &mut self.numbers,
            buckets: &mut self.buckets,
            actions: &mut self.actions,
            queue: &mut self.queue,
            accounts: &mut self.accounts,
            charges: &mut self.charges,
        }
    }
}

/// The serial line's interrupt may come while the tables are being changed. It leaves one bit here and returns; the
/// next tick posts the signal.
static INTERRUPT_KEY: AtomicU32 = AtomicU32::new(0);

fn serial_interrupt() {
    INTERRUPT_KEY.store(1, Ordering::Release);
}

/// What the kernel itself knows of a process: what it runs.
#[derive(Clone, Copy)]
struct Task {
    name: &'static str,
    process: ProcessKey,
    thread: ThreadKey,
    /// It sleeps until a signal comes, and so again whenever it has been woken; otherwise it always has work.
    pauses: bool,
    turns: u32,
    alarms: u32,
}

struct Kernel<'m> {
    system: System<Fixed<'m>>,
    tasks: [Option<Task>; PROCESSES],
    ticks: u32,
    /// Who wants ALRM. The engine has no clock: the kernel counts.
    alarm_of: Option<ProcessKey>,
}

/// What must not happen did. Without a heap an error of any sort cannot be kept; what sort it was can.
#[derive(Debug)]
#[expect(dead_code, reason = "printed when main returns it")]
pub(crate) struct Bug(&'static str);

impl<E: Error> From<E> for Bug {
    fn from(_: E) -> Self {
        Self(core::any::type_name::<E>())
    }
}

type Outcome<T> = Result<T, Bug>;

impl Kernel<'_> {
    fn start(&mut self, name: &'static str, process: ProcessKey, pauses: bool) -> Outcome<Task> {
        let thread = self.system.main_thread(process).ok_or(Bug("a process has a main thread"))?;
        let task = Task { name, process, thread, pauses, turns: 0, alarms: 0 };
        *self.tasks.iter_mut().find(|slot| slot.is_none()).ok_or(Bug("as many tasks as processes"))? = Some(task);
        Ok(task)
    }

    /// One turn of the clock: what interrupts left, what time brings, then a turn for each thread that can run.
    fn tick(&mut self) -> Outcome<()> {
        self.ticks += 1;
        if INTERRUPT_KEY.swap(0, Ordering::Acquire) != 0 {
            self.interrupt_key()?;
        }
        if let Some(process) = self.alarm_of
            && self.ticks.is_multiple_of(PERIOD)
        {
            self.system.timer(process, TimerSignal { signal: Signal::ALRM, value: 0 }, &mut ())?;
        }
        self.look_for_work()?;
        for index in 0..PROCESSES {
            self.turn(index)?;
        }
        self.look_for_work()?;
        Ok(self.system.check_invariants()?)
    }

    /// Control-C: whoever is in front at the terminal gets INT.
    fn interrupt_key(&mut self) -> Outcome<()> {
        let session =
            self.tasks[0].and_then(|task| self.system.session(task.process)).ok_or(Bug("process 1 has one"))?;
        let mut note = |receipt: Receipt| println!("tick {}: control-C: one in front {}", self.ticks, receipt.verdict);
        self.system.terminal_key(session, TerminalKey::Interrupt, &mut note)?;
        Ok(())
    }

    /// Who has something to look at looks; whose children have news asks.
    fn look_for_work(&mut self) -> Outcome<()> {
        while let Some(work) = self.system.next_work() {
            match work {
                Work::Thread(thread) => {
                    if let Some(index) = self.index_of(thread) {
                        self.before_user_mode(index)?;
                    }
                }
                Work::ChildNews(parent) => self.reap(parent)?,
                // Nobody is watched: this kernel has no descriptors.
                Work::Readable(_) => {}
            }
        }
        Ok(())
    }

    fn index_of(&self, thread: ThreadKey) -> Option<usize> {
        self.tasks.iter().position(|task| task.is_some_and(|task| task.thread == thread))
    }

    /// A thread on its way back to user mode: signals first. False: it does not get there.
    fn before_user_mode(&mut self, index: usize) -> Outcome<bool> {
        let Some(task) = self.tasks[index] else { return Ok(false) };
        loop {
            match self.system.deliver(task.thread)? {
                Delivery::Nothing => return Ok(true),
                // A real kernel builds a frame on the user's stack here; the handler's return is a system call.
                Delivery::Handler(call) => {
                    assert_eq!((call.action.handler, call.info.code), (ON_ALARM, Code::TIMER));
                    let alarms = self.tasks[index].as_mut().map_or(0, |task| {
                        task.alarms += 1;
                        task.alarms
                    });
                    println!("tick {}: {} is called for {}, time {alarms}", self.ticks, task.name, call.info.signal);
                    self.system.sigreturn(task.thread, call.saved_mask)?;
                }
                Delivery::Stop | Delivery::TraceStop(_) => return Ok(false),
                Delivery::End(status) => {
                    println!("tick {}: {} ends: {status:?}", self.ticks, task.name);
                    self.system.exit_thread(task.thread)?;
                    return Ok(false);
                }
            }
        }
    }

    /// One turn of user mode, if the thread can run.
    fn turn(&mut self, index: usize) -> Outcome<()> {
        let Some(task) = self.tasks[index] else { return Ok(()) };
        let can_run = self.system.thread(task.thread).is_some_and(|thread| {
            thread.activity() == Activity::Running && !thread.is_stopped() && !thread.has_exited()
        });
        if !can_run || !self.before_user_mode(index)? {
            return Ok(());
        }
        if let Some(task) = self.tasks[index].as_mut() {
            task.turns += 1;
        }
        if task.pauses {
            self.system.set_activity(task.thread, Activity::Interruptible)?;
        }
        Ok(())
    }

    /// Process 1 asks how its children ended, and their slots are free again.
    fn reap(&mut self, parent: ProcessKey) -> Outcome<()> {
        while let Some((child, event)) = self.system.wait_for(parent, Children::Any, WaitOptions::ALL)? {
            for slot in &mut self.tasks {
                if let Some(task) = slot.take_if(|task| task.process == child) {
                    println!("tick {}: process 1 is told of {}: {event:?}", self.ticks, task.name);
                }
            }
        }
        Ok(())
    }

    fn task(&self, name: &str) -> Option<Task> {
        self.tasks.iter().flatten().find(|task| task.name == name).copied()
    }
}

pub(crate) fn main() -> Outcome<()> {
    let mut memory = Memory::new();
    let system = System::new(&personality::LINUX, memory.lend());
    let mut kernel = Kernel { system, tasks: [None; PROCESSES], ticks: 0, alarm_of: None };

    // Process 1 sits at the terminal and pauses.
    let init = kernel.system.boot()?;
    let monitor = kernel.start("monitor", init, true)?;
    kernel.system.set_terminal(init, true)?;

    // The clock program pauses, too, and catches ALRM. Room for the timer's signal is promised when it is set, so that
    // it cannot be lost to a full queue later.
    let clock = kernel.system.fork(init)?;
    kernel.start("clock", clock, true)?;
    let on_alarm = Action { handler: ON_ALARM, ..Action::default() };
    kernel.system.sigaction(clock, Signal::ALRM, Disposition::Catch(on_alarm))?;
    kernel.system.timer_promise()?;
    kernel.alarm_of = Some(clock);

    // The worker computes, in a group of its own, which is in front.
    let worker = kernel.system.fork(init)?;
    kernel.start("worker", worker, false)?;
    kernel.system.setpgid(worker, 0, 0)?;
    let number = kernel.system.pid(worker).ok_or(Bug("it was just made"))?.get();
    kernel.system.tcsetpgrp(monitor.thread, number)?;

    for _ in 0..4 {
        kernel.tick()?;
    }
    let turns = |kernel: &Kernel<'_>, name| kernel.task(name).map_or(0, |task| task.turns);
    assert_eq!((turns(&kernel, "worker"), turns(&kernel, "clock")), (4, 2), "one computes, one wakes for its alarm");

    // There is room for one more process, and for no second.
    let spare = kernel.system.fork(init)?;
    assert_eq!(kernel.system.fork(init), Err(ForkError::NoMemory));
    println!("tick {}: the fifth process finds no room, and fork says so", kernel.ticks);
    let mut verdict = None;
    let number = kernel.system.pid(spare).ok_or(Bug("it was just made"))?.get();
    kernel.system.kill(init, number, 9, &mut |receipt: Receipt| verdict = Some(receipt.verdict))?;
    assert_eq!(verdict, Some(Verdict::Terminates));
    kernel.start("spare", spare, false)?;

    serial_interrupt();
    for _ in 0..2 {
        kernel.tick()?;
    }
    assert!(kernel.task("worker").is_none() && kernel.task("spare").is_none(), "they ended, and were asked about");
    assert_eq!(kernel.task("clock").map(|task| task.alarms), Some(2), "at ticks 3 and 6");
    assert!(kernel.system.fork(init).is_ok(), "their slots are free");
    Ok(())
}
