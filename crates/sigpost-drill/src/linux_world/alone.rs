//! Scenarios in the machine itself: no namespace, and perhaps no `/proc`.
//!
//! The runner is process 1 and plays `init` itself: only process 1 is out of the reach of a broadcast, is immune, and
//! adopts orphans, and a runner that were anything else would end with the first scenario that broadcasts. What `init`
//! cannot do here is wait while the runner goes on, stay in a handler, end, or become somebody else: scenarios in
//! which it does are skipped.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicBool, Ordering};
use std::io;
use std::path::Path;

use rustix::io::Errno;
use sigpost_scenario::{Act, Action, Call, Code, Declaration, Name, RunState, Scenario, Target, Trouble};
use sigpost_sys::alone::{NotAlone, kernel_answers};
use sigpost_sys::processor;
use sigpost_sys::puppet::Inside;
use sigpost_sys::puppet::children::{self, Which};

use super::{LinuxWorld, Place, broken};
use crate::memory::Memory;
use crate::puppet;
use crate::settle::{self, Patience};

/// A scenario could not be cleared away: whoever is left would disturb the next one.
static LITTERED: AtomicBool = AtomicBool::new(false);

/// How things are where the runner is alone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Alone {
    inside: Inside,
    patience: Patience,
    by_reports: bool,
}

/// Verifies that the calling process is process 1, and that nobody else is there; from then on it plays `init` in the
/// scenarios of [`LinuxWorld::alone`]. The arguments are those of [`LinuxWorld::executing`].
///
/// # Errors
/// `PermissionDenied`: the reason, a [`NotAlone`]; nothing was done. Those of mmap(2) and pipe(2).
pub fn be_alone(arguments: &[&str]) -> io::Result<()> {
    let refuse = |why: NotAlone| io::Error::new(io::ErrorKind::PermissionDenied, why);
    let inside = Inside::alone().map_err(refuse)?;
    let memory = Arc::new(Memory::new()?);
    let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
    puppet::play_init(memory, inside, arguments).map_err(io::Error::from)
}

impl LinuxWorld {
    /// A world in the machine itself, after [`be_alone`]. One at a time.
    ///
    /// # Errors
    /// `PermissionDenied`: the caller was not found to be alone, or somebody of the last scenario is left.
    pub fn alone() -> io::Result<Self> {
        let denied = |why: &str| Err(io::Error::new(io::ErrorKind::PermissionDenied, why.to_owned()));
        let Some((memory, arguments, inside)) = puppet::played() else {
            return denied("nobody has verified that the runner is alone");
        };
        if LITTERED.load(Ordering::SeqCst) {
            return denied("somebody of an earlier scenario did not end");
        }
        // Once on one processor, where whoever goes first has nothing to do when somebody else runs.
        let first = processor::stay().and_then(|()| processor::go_first()).and_then(|()| processor::go_along());
        // Who cannot sleep would never let the runner have a turn.
        let patience = if first.is_ok() && memory.can_be_slept_on() { Patience::None } else { Patience::Some };
        let by_reports = !Path::new("/proc/self/status").exists();
        let mut world = Self::in_place(Place::Alone(Alone { inside, patience, by_reports }), Arc::clone(&memory));
        // Without a file to pass on, no puppet can execute a program.
        world.arguments = if memory.file().is_some() { arguments } else { Vec::new() };
        Ok(world)
    }

    pub(super) const fn by_reports(&self) -> bool {
        matches!(self.place, Place::Alone(Alone { by_reports: true, .. }))
    }

    pub(super) const fn patience(&self) -> Patience {
        match self.place {
            Place::Alone(Alone { patience, .. }) => patience,
            Place::Namespace(_) => Patience::Some,
        }
    }

    /// Begins a scenario, unless it needs a process 1 that is not the runner, or what cannot be seen here.
    pub(super) fn start_alone(&mut self, scenario: &Scenario) -> Result<(), Trouble> {
        let Place::Alone(Alone { inside, patience, by_reports }) = self.place else {
            return Err(broken("not alone"));
        };
        if let Some(what) = scenario.steps().find_map(|step| beyond_the_runner(&step.act)) {
            return Err(Trouble::Skipped(format!("needs a process 1 of its own: {what}")));
        }
        let of_init = |one: &Declaration| matches!(one, Declaration::Thread(thread) if thread.process == Name::INIT);
        if scenario.declarations.iter().any(of_init) {
            return Err(Trouble::Skipped("needs a process 1 of its own: a thread of init".to_owned()));
        }
        let nests = |one: &Declaration| matches!(one, Declaration::Process(process) if process.namespace);
        if scenario.declarations.iter().any(nests) {
            return Err(Trouble::Skipped("`namespace` is not made in the machine itself".to_owned()));
        }
        if let Some(what) = seen_in_proc(scenario).filter(|_| by_reports) {
            return Err(Trouble::Unsupported(format!("{what} is seen in /proc, which is not there")));
        }
        inside.alone_again().map_err(broken)?;
        puppet::begin_as_init().map_err(broken)?;
        if patience == Patience::None {
            self.memory.let_puppets_go_first();
        }
        self.add_process(Name::INIT, 0, 0, 1)
    }

    /// A broadcast that reaches nobody of the scenario's, where the kernel's own threads answer it.
    pub(super) fn refuse_empty_broadcast(&self, call: &Call, reaches_nobody: bool) -> Result<(), Trouble> {
        let is_broadcast = matches!(call, Call::Kill(Target::MinusOne, _) | Call::Killpg(Target::One, _));
        if self.is_alone() && is_broadcast && reaches_nobody && kernel_answers() {
            return Err(Trouble::Skipped("the kernel's own threads answer a broadcast here".to_owned()));
        }
        Ok(())
    }

    /// Whether terminals have just been made available: in a machine that is all ours, where nobody else would.
    pub(super) fn mounts_terminals(&self) -> bool {
        // In a namespace the folder may be the one of everybody else.
        self.is_alone() && kernel_answers() && {
            let _ = std::fs::create_dir("/dev/pts");
            let data = Some(c"ptmxmode=0666");
            rustix::mount::mount("devpts", "/dev/pts", "devpts", rustix::mount::MountFlags::NOSUID, data).is_ok()
        }
    }

    /// Ends whoever is left, by number, and waits for all of them: process 1 inherits them one after the other.
    pub(super) fn clear_away(&mut self) {
        self.terminals.clear();
        let cleared = settle::until("the scenario's processes to end", || {
            for slot in 1..crate::memory::SLOTS {
                // A number is its process's until that has been waited for, which the last look told.
                let gone = matches!(self.now.threads.get(slot), Some(None));
                if let Some((process, _)) = self.memory.slot(slot).ids().filter(|_| !gone) {
                    let _ = puppet::end_by_number(process);
                }
            }
            loop {
                match children::wait(0, Which::Ends, false) {
                    Ok(Some(_)) | Err(Errno::INTR) => {}
                    Ok(None) => return Ok(None),
                    Err(_) => return Ok(Some(())),
                }
            }
        });
        if cleared.is_err() {
            LITTERED.store(true, Ordering::SeqCst);
        }
        self.memory.clear();
    }
}

/// What a step has process 1 do that the runner cannot, because it has to go on.
fn beyond_the_runner(act: &Act) -> Option<String> {
    let Act::Call(Name::INIT, call) = act else { return None };
    let beyond = match call {
        Call::Sigaction(_, action, ..) => *action == Action::Hold,
        Call::Wait(_, block) => *block,
        // With the kernel's own code process 1 is not protected from itself.
        Call::RtSigqueueinfo(_, _, code) => code.number() == Code::Kernel.number(),
        Call::Pause
        | Call::Sigsuspend(_)
        | Call::Sigwaitinfo(_)
        | Call::Read
        | Call::Vfork(_)
        | Call::Clone(_)
        | Call::Thread(_)
        | Call::Exec
        | Call::Exit(_)
        | Call::ThreadExit
        | Call::Fault(_)
        | Call::Setuid(_)
        | Call::Setresuid(..) => true,
        _ => false,
    };
    beyond.then(|| act.to_string())
}

/// What nobody of a scenario can report.
fn seen_in_proc(scenario: &Scenario) -> Option<&'static str> {
    if traces(scenario) {
        Some("tracing")
    } else if has_thread_beside_vfork(scenario) {
        // It is not blocked, which alone `sigpending` tells of.
        Some("what is pending for a parent in vfork and was not told to another thread")
    } else {
        None
    }
}

fn traces(scenario: &Scenario) -> bool {
    let traced = |one: &Declaration| matches!(one, Declaration::Process(process) if process.traced_by.is_some());
    let is_trace = |act: &Act| matches!(act, Act::Call(_, call) if call.word().starts_with("trace"));
    scenario.declarations.iter().any(traced) || scenario.steps().any(|step| is_trace(&step.act))
}

/// Whether a process that sleeps as a vfork's parent has another thread, or makes one.
fn has_thread_beside_vfork(scenario: &Scenario) -> bool {
    let has_threads = |one: Name| {
        let declared = |declaration: &Declaration| match declaration {
            Declaration::Thread(thread) => [thread.process, thread.name].contains(&one),
            Declaration::Process(_) => false,
        };
        let made = |act: &Act| match act {
            Act::Call(by, Call::Thread(name)) => [*by, *name].contains(&one),
            _ => false,
        };
        scenario.declarations.iter().any(declared) || scenario.steps().any(|step| made(&step.act))
    };
    let sleeps = |declaration: &Declaration| match declaration {
        Declaration::Process(process) => process.run_state == RunState::Killable && has_threads(process.name),
        Declaration::Thread(_) => false,
    };
    let vforks = |act: &Act| matches!(act, Act::Call(by, Call::Vfork(_)) if has_threads(*by));
    scenario.declarations.iter().any(sleeps) || scenario.steps().any(|step| vforks(&step.act))
}
