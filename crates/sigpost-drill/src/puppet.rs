//! The puppet: what runs in every process and thread of a scenario. It waits for orders, carries them out by raw
//! system calls, and answers; its handlers log.
//!
//! It runs in a forked copy of the runner, so it takes no lock that another thread may have held, and ends only by
//! leaving the process.

use alloc::ffi::CString;
use alloc::sync::Arc;
use core::cell::Cell;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::OnceLock;

use rustix::io::Errno;
use sigpost_sys::lifeline::Lifeline;
use sigpost_sys::puppet::action::{self, Handling};
use sigpost_sys::puppet::children::{self, Kind, Trace, Which};
use sigpost_sys::puppet::{self as raw, Inside, Received, sharing};
use sigpost_sys::sigaction::{How, set_mask};
use sigpost_sys::{fork, pidfd, pty};

use crate::command::{Answer, Command, Operation};
use crate::memory::Memory;

/// What all puppets of a scenario share; set once in process 1, before it has children.
#[derive(Debug)]
struct Stage {
    memory: Arc<Memory>,
    inside: Inside,
    /// What process 1 ends by when the runner does; none: the runner is process 1.
    lifeline: Option<Lifeline>,
    /// The end to read of a pipe whose other end all puppets hold, and write nothing to.
    silence: OwnedFd,
    never_closed: OwnedFd,
    /// With which arguments the program knows, when executed, that it is a puppet. None: it cannot know.
    arguments: Vec<String>,
}

static STAGE: OnceLock<Stage> = OnceLock::new();

thread_local! {
    /// The thread's place in the shared memory. Plain memory without a destructor: handlers may read it.
    static ME: Cell<usize> = const { Cell::new(0) };
}

/// The life of process 1.
pub(crate) fn process_one(memory: Arc<Memory>, inside: Inside, lifeline: Lifeline, arguments: Vec<String>) -> i32 {
    if set_stage(memory, inside, Some(lifeline), arguments).is_err() {
        return 1;
    }
    for signal in 1..=64 {
        // KILL and STOP refuse, and are at their default.
        let _ = action::set(signal, Handling::Default, 0, 0);
    }
    if set_mask(How::Set, 0).is_err() {
        return 1;
    }
    serve(0)
}

fn set_stage(
    memory: Arc<Memory>,
    inside: Inside,
    lifeline: Option<Lifeline>,
    arguments: Vec<String>,
) -> Result<(), Errno> {
    let (silence, never_closed) = rustix::pipe::pipe()?;
    for file in memory.file().into_iter().chain(lifeline.as_ref().map(AsFd::as_fd)) {
        rustix::io::fcntl_setfd(file, rustix::io::FdFlags::empty())?;
    }
    let none = rustix::process::Rlimit { current: Some(0), maximum: Some(0) };
    match rustix::process::setrlimit(rustix::process::Resource::Core, none) {
        // A kernel that does not know the limit writes no cores, one hopes.
        Ok(()) | Err(Errno::NOSYS) => {}
        Err(errno) => return Err(errno),
    }
    let stage = Stage { memory, inside, lifeline, silence, never_closed, arguments };
    STAGE.set(stage).map_err(|_| Errno::EXIST)?;
    raw::on_signal(on_signal);
    Ok(())
}

// The runner itself as process 1, where it is alone.

/// Has the runner play process 1 in every scenario from now on.
///
/// # Errors
/// EXIST: it does so already. Those of pipe(2) and setrlimit(2).
pub(crate) fn play_init(memory: Arc<Memory>, inside: Inside, arguments: Vec<String>) -> Result<(), Errno> {
    memory.prove_alone();
    set_stage(memory, inside, None, arguments)
}

/// The memory and the arguments of the runner that plays process 1, with its proof; `None`: it does not.
pub(crate) fn played() -> Option<(Arc<Memory>, Vec<String>, Inside)> {
    STAGE.get().map(|stage| (Arc::clone(&stage.memory), stage.arguments.clone(), stage.inside))
}

/// Begins a scenario as process 1: nothing is caught, ignored, blocked or pending, and nothing is known.
///
/// # Errors
/// ENOSYS: the kernel has no masks.
pub(crate) fn begin_as_init() -> Result<(), Errno> {
    let Some(stage) = STAGE.get() else { return Err(Errno::PERM) };
    for signal in 1..=64 {
        // What is ignored is pending no longer. KILL and STOP refuse, and are at their default.
        let _ = action::set(signal, Handling::Ignore, 0, 0);
        let _ = action::set(signal, Handling::Default, 0, 0);
    }
    set_mask(How::Set, 0)?;
    stage.memory.clear();
    stage.memory.prove_alone();
    stage.memory.slot(0).begin();
    Ok(())
}

/// Carries out the order that the runner has just given to process 1, which it plays itself.
pub(crate) fn act_as_init() {
    if let Some(stage) = STAGE.get() {
        let slot = stage.memory.slot(0);
        let (order, command) = slot.next();
        slot.finish(order, &answer_to(stage, command));
    }
}

/// Ends a puppet, by the number that is its own as long as nobody has waited for it.
pub(crate) fn end_by_number(process: i32) -> Result<(), Errno> {
    sigpost_sys::kill::process(process, 9)
}

/// The life of a process after it has executed this program, with the arguments that [`execute`] made.
///
/// The Rust runtime has by then changed three dispositions; they are put back.
pub(crate) fn after_exec(words: &[String]) -> Option<i32> {
    let [memory, silence, never_closed, slot, namespace, ignored, blocked, lifeline, arguments @ ..] = words else {
        return None;
    };
    let adopt = |number: &String| children::adopt(number.parse().ok()?).ok();
    let memory = Arc::new(Memory::of(adopt(memory)?).ok()?);
    let inside = match namespace.parse().ok()? {
        0 => Inside::after_exec_alone(memory.is_of_one_alone()).ok()?,
        namespace => Inside::after_exec(namespace).ok()?,
    };
    let ignored: u64 = ignored.parse().ok()?;
    // Those that the C library keeps for itself, some of them unblock.
    let librarys = 0b111 << 31;
    set_mask(How::Block, blocked.parse::<u64>().ok()? & librarys).ok()?;
    for signal in [13, 11, 7] {
        let handling = if ignored & (1 << (signal - 1)) == 0 { Handling::Default } else { Handling::Ignore };
        action::set(signal, handling, 0, 0).ok()?;
    }
    be_dumpable().ok()?;
    let (silence, never_closed) = (adopt(silence)?, adopt(never_closed)?);
    let lifeline = adopt(lifeline).map(Lifeline::from);
    let arguments = arguments.to_vec();
    STAGE.set(Stage { memory, inside, lifeline, silence, never_closed, arguments }).ok()?;
    raw::on_signal(on_signal);
    let slot = slot.parse().ok()?;
    ME.set(slot);
    // A thread that executes a program becomes the main one.
    stay_tied(STAGE.get()?);
    serve(slot)
}

/// Executes this program, which goes on as the puppet in the place `slot`.
fn execute(stage: &Stage, slot: i32) -> Errno {
    let Ok([ignored, _]) = action::dispositions() else { return Errno::IO };
    let Ok(blocked) = set_mask(How::Block, 0) else { return Errno::IO };
    let Some(memory) = stage.memory.file() else { return Errno::NOSYS };
    let numbers = [
        memory.as_raw_fd().to_string(),
        stage.silence.as_raw_fd().to_string(),
        stage.never_closed.as_raw_fd().to_string(),
        slot.to_string(),
        stage.inside.namespace().to_string(),
        ignored.to_string(),
        blocked.to_string(),
        stage.lifeline.as_ref().map_or(-1, |lifeline| lifeline.as_fd().as_raw_fd()).to_string(),
    ];
    let program = ["sigpost".to_owned()];
    let all = program.iter().chain(&stage.arguments).chain(&numbers).chain(&stage.arguments);
    let all: Result<Vec<CString>, _> = all.map(|word| CString::new(word.as_str())).collect();
    all.map_or(Errno::INVAL, |all| children::execute_self(&all))
}

/// The life of a thread.
fn serve(slot: usize) -> ! {
    ME.set(slot);
    let Some(stage) = STAGE.get() else { fork::exit_now(1) };
    if stage.memory.puppets_go_first() {
        // Inherited, but for the first after the runner.
        let _ = sigpost_sys::processor::go_first();
    }
    stage.memory.slot(slot).begin();
    obey(stage);
    // Only `sigreturn` ends the loop, and the runner tells it to held handlers only.
    fork::exit_now(1)
}

/// Carries out orders until it is told to return from the handler.
fn obey(stage: &'static Stage) {
    let slot = stage.memory.slot(ME.get());
    loop {
        let (order, command) = slot.next();
        if command.operation == Operation::Sigreturn {
            slot.finish(order, &Answer::default());
            return;
        }
        slot.finish(order, &answer_to(stage, command));
    }
}

fn answer_to(stage: &'static Stage, command: Command) -> Answer {
    perform(stage, command).unwrap_or_else(|errno| Answer::error(errno.raw_os_error()))
}

fn on_signal(received: Received, hold: bool, returns: Option<i64>) {
    let Some(stage) = STAGE.get() else { return };
    let me = ME.get();
    stage.memory.log(me, false, &received);
    if hold {
        let slot = stage.memory.slot(me);
        slot.enter_hold(returns.and_then(|value| i32::try_from(value).ok()).unwrap_or(0));
        obey(stage);
        slot.leave_hold();
    }
}

fn done(result: Result<(), Errno>) -> Result<Answer, Errno> {
    result.map(|()| Answer::default())
}

fn perform(stage: &'static Stage, command: Command) -> Result<Answer, Errno> {
    let Command { operation, a, b, set, .. } = command;
    match operation {
        Operation::Kill
        | Operation::Killpg
        | Operation::Tkill
        | Operation::Tgkill
        | Operation::Raise
        | Operation::Queue
        | Operation::PidfdSend => done(send(stage.inside, command)),
        Operation::Sigaction | Operation::Sigprocmask | Operation::Sigpending => signal_state(command),
        Operation::Pause | Operation::Read | Operation::Sigsuspend | Operation::Wait => wait(stage, command),
        Operation::Sigtimedwait => accept(stage, set, false),
        Operation::Sigwaitinfo => accept(stage, set, true),
        Operation::Fork | Operation::Thread | Operation::Exit | Operation::ThreadExit => life(stage, command),
        Operation::Setsid => done(raw::setsid()),
        Operation::Setpgid => done(raw::setpgid(a, b)),
        Operation::Setuid | Operation::Setresuid => done(set_users(stage, command)),
        Operation::Fault => done(action::fault(a)),
        Operation::Trace => done(trace(command)),
        Operation::Exec => Err(execute(stage, a)),
        Operation::Become => done(become_user(command)),
        Operation::Limit => limit(a).map(|value| Answer { value, ..Answer::default() }),
        Operation::TakeTerminal => done(pty::take_terminal(a.cast_unsigned())),
        Operation::TtyRead => done(pty::read_terminal()),
        Operation::TtyWrite => done(pty::write_terminal()),
        Operation::Tcsetpgrp => done(pty::set_foreground(a)),
        Operation::TakeStop => done(children::wait(a, Which::Stops, true).map(drop)),
        Operation::AwaitEnd => done(children::wait(a, Which::EndsKept, true).map(drop)),
        Operation::Reap => done(reap(a)),
        Operation::Nothing | Operation::Sigreturn => Err(Errno::NOSYS),
    }
}

fn send(inside: Inside, command: Command) -> Result<(), Errno> {
    let Command { operation, a, b, c, d, .. } = command;
    match operation {
        Operation::Kill => inside.kill(a, b),
        // What the C library makes of killpg: a negative group is refused, 1 becomes everyone.
        Operation::Killpg if a < 0 => Err(Errno::INVAL),
        Operation::Killpg => inside.kill(-a, b),
        Operation::Tkill => inside.tkill(a, b),
        Operation::Tgkill => inside.tgkill(a, b, c),
        Operation::Raise => {
            let process = rustix::process::getpid().as_raw_nonzero().get();
            inside.tgkill(process, rustix::thread::gettid().as_raw_nonzero().get(), a)
        }
        Operation::Queue => inside.queue(a, b, c, d),
        _ => {
            let handle = if d == 0 { pidfd::open(a)? } else { pidfd::open_thread(a)? };
            let scope = match c {
                1 => pidfd::Scope::Thread,
                2 => pidfd::Scope::Process,
                3 => pidfd::Scope::Group,
                _ => pidfd::Scope::Handle,
            };
            pidfd::send(&handle, b, None, scope)
        }
    }
}

fn signal_state(command: Command) -> Result<Answer, Errno> {
    let Command { operation, a, b, c, set, .. } = command;
    match operation {
        Operation::Sigaction => {
            let handling = match b {
                0 => Handling::Default,
                1 => Handling::Ignore,
                2 => Handling::Catch,
                _ => Handling::Hold,
            };
            done(action::set(a, handling, u64::from(c.cast_unsigned()), set))
        }
        Operation::Sigprocmask => {
            let how = match a {
                0 => How::Block,
                1 => How::Unblock,
                _ => How::Set,
            };
            done(set_mask(how, set).map(drop))
        }
        _ => sigpost_sys::sigaction::pending().map(|value| Answer { value, ..Answer::default() }),
    }
}

fn wait(stage: &Stage, command: Command) -> Result<Answer, Errno> {
    match command.operation {
        Operation::Pause => done(raw::pause()),
        Operation::Sigsuspend => done(sigpost_sys::sigaction::suspend(command.set)),
        Operation::Read => done(rustix::io::read(&stage.silence, &mut [0; 1]).map(drop)),
        _ => {
            let news = children::wait(command.a, Which::All, command.b != 0)?;
            let received = news.map_or_else(Received::default, |news| Received {
                code: news.code,
                pid: news.pid,
                value: news.status,
                ..Received::default()
            });
            Ok(Answer { received, ..Answer::default() })
        }
    }
}

fn accept(stage: &Stage, set: u64, wait: bool) -> Result<Answer, Errno> {
    let received = raw::take(set, wait)?;
    stage.memory.log(ME.get(), true, &received);
    Ok(Answer { received, ..Answer::default() })
}

fn life(stage: &'static Stage, command: Command) -> Result<Answer, Errno> {
    let Command { operation, a, b, c, set, .. } = command;
    let slot = usize::try_from(a).map_err(|_| Errno::INVAL);
    match operation {
        Operation::Fork => {
            let slot = slot?;
            let made = match c {
                3 => sharing::make_process(move || serve(slot))?,
                4 => {
                    let place = ME.get();
                    sharing::sleep_killably(move |keeper| stage.memory.slot(place).keep(keeper))?;
                    return Ok(Answer::default());
                }
                _ => children::make(Kind { vfork: c == 1, namespace: c == 2, id: b })?,
            };
            if made == 0 {
                if ME.get() == 0 && stage.memory.is_of_one_alone() {
                    close_the_runners();
                }
                serve(slot);
            }
            Ok(Answer { value: u64::from(made.cast_unsigned()), ..Answer::default() })
        }
        Operation::Thread => {
            let slot = slot?;
            // The C library's own masking on the way leaves two signals out.
            let creators = set_mask(How::Block, 0)?;
            let mask = if b == 0 { creators } else { set };
            let thread = action::preserving([32, 33], || {
                std::thread::Builder::new().stack_size(256 * 1024).spawn(move || {
                    if set_mask(How::Set, mask).is_err() {
                        fork::exit_now(1);
                    }
                    serve(slot)
                })
            })?;
            set_mask(How::Set, creators)?;
            thread.map(|_| Answer::default()).map_err(|_| Errno::AGAIN)
        }
        Operation::Exit => fork::exit_now(a),
        _ => raw::exit_thread(0),
    }
}

/// In a child of the runner that plays process 1: closes what only the runner needs (the keyboards above all: as long
/// as anybody holds one its terminal is not hung up). What puppets need has no close-on-exec flag.
fn close_the_runners() {
    for number in 3..256 {
        if let Ok(descriptor) = children::adopt(number) {
            let flags = rustix::io::fcntl_getfd(&descriptor).unwrap_or(rustix::io::FdFlags::empty());
            if !flags.contains(rustix::io::FdFlags::CLOEXEC) {
                core::mem::forget(descriptor);
            }
        }
    }
}

/// A change of users makes a process untraceable, and its files in `/proc` the superuser's.
fn be_dumpable() -> Result<(), Errno> {
    match rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::Dumpable) {
        // A kernel that does not know of it.
        Err(Errno::NOSYS | Errno::INVAL) => Ok(()),
        result => result,
    }
}

fn set_users(stage: &Stage, command: Command) -> Result<(), Errno> {
    let [a, b, c] = [command.a, command.b, command.c].map(i32::cast_unsigned);
    if command.operation == Operation::Setuid { raw::setuid(a) } else { raw::setresuid(a, b, c) }?;
    stay_tied(stage);
    be_dumpable()
}

/// In process 1: sees to it that it still ends with the runner, and ends if the runner has.
fn stay_tied(stage: &Stage) {
    if let Some(lifeline) = stage.lifeline.as_ref().filter(|_| ME.get() == 0)
        && lifeline.hold() != Ok(true)
    {
        fork::exit_now(1);
    }
}

fn trace(command: Command) -> Result<(), Errno> {
    let request = match command.a {
        0 => Trace::Seize,
        1 => Trace::Interrupt,
        2 => Trace::Listen,
        3 => Trace::Continue,
        _ => Trace::Detach,
    };
    children::trace(request, command.b, command.c)
}

fn become_user(command: Command) -> Result<(), Errno> {
    use rustix::thread::{CapabilitySet, CapabilitySets, set_capabilities, set_keep_capabilities};
    let ordinary = command.b != 0;
    if command.d == 1 && ordinary {
        set_keep_capabilities(true)?;
    }
    if command.d == 2 {
        // Or an exec as user 0 would give it back.
        rustix::thread::remove_capability_from_bounding_set(CapabilitySet::KILL)?;
    }
    raw::setresuid(command.a.cast_unsigned(), command.b.cast_unsigned(), command.c.cast_unsigned())?;
    be_dumpable()?;
    let only = match (command.d, ordinary) {
        (1, true) => CapabilitySet::KILL,
        // Within a user namespace that maps one ID nothing is lost by the change of users. One who is user 0 in
        // another respect keeps the right to become it again.
        (0, true) if command.a != 0 && command.c != 0 => CapabilitySet::empty(),
        (2, _) => return sigpost_sys::credentials::drop_kill_capability(),
        _ => return Ok(()),
    };
    // What is to outlive an exec has to be inheritable and ambient as well.
    set_capabilities(None, CapabilitySets { effective: only, permitted: only, inheritable: only })?;
    if only.is_empty() { Ok(()) } else { rustix::thread::configure_capability_in_ambient_set(only, true) }
}

/// Limits how many signals can be queued; how many of the caller's user are already. What is above the machine's own limit
/// is as good as that: no scenario sends so many.
fn limit(signals: i32) -> Result<u64, Errno> {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Sigpending);
    let wanted = u64::from(signals.cast_unsigned());
    limit.current = Some(limit.maximum.map_or(wanted, |highest| wanted.min(highest)));
    setrlimit(Resource::Sigpending, limit)?;
    Ok(queued())
}

/// How many signals of the caller's user are queued, in the whole user namespace; 0 where nothing tells.
fn queued() -> u64 {
    let status = std::fs::read_to_string("/proc/thread-self/status").unwrap_or_default();
    let numbers = status.lines().find_map(|line| line.strip_prefix("SigQ:"));
    let queued = numbers.and_then(|numbers| numbers.split_once('/')).and_then(|(queued, _)| queued.trim().parse().ok());
    queued.unwrap_or(0)
}

/// Waits for a child that has ended. One that is another's to ask about first stays.
fn reap(child: i32) -> Result<(), Errno> {
    match children::wait(child, Which::Ends, false) {
        Ok(_) | Err(Errno::CHILD) => Ok(()),
        Err(errno) => Err(errno),
    }
}
