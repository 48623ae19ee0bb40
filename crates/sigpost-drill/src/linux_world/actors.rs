//! The processes and threads of the scenario, and how they looked when nothing moved.

use sigpost_engine::{DefaultAction, Signal};
use sigpost_scenario::{Name, Outcome, State, Trouble};

use super::look::{ProcessEyes, ThreadEyes};
use super::{LinuxWorld, broken};
use crate::command::Operation;
use crate::proc_view::ThreadView;

/// A thread; a process's main thread has the process's name.
#[derive(Debug)]
pub(super) struct Thread {
    pub(super) name: Name,
    /// The index of its process.
    pub(super) process: usize,
    /// Its IDs: in the runner's namespace, the scenario's, and further in.
    pub(super) numbers: Vec<i32>,
    pub(super) eyes: ThreadEyes,
    /// A moment before it was made: what was recorded of its number earlier is another's.
    pub(super) born: u64,
    /// The calls that have not returned, the innermost last.
    pub(super) calls: Vec<InCall>,
    /// What its last call that had blocked returned.
    pub(super) returned: Option<Outcome>,
    /// The signal of the stop in which its tracer holds it.
    pub(super) trace_stop: Option<Signal>,
    /// It is held for its process's stop or for a notice, not with a signal.
    pub(super) is_at_event: bool,
    /// The stop that it shows its tracer is over since it had run so often.
    pub(super) over_since: Option<u64>,
}

impl Thread {
    /// Whether its tracer holds it because its process is stopped; then it counts as stopped with it.
    pub(super) fn shows_stop(&self) -> bool {
        self.is_at_event && self.over_since.is_none() && self.trace_stop.is_some_and(Signal::is_stop)
    }
}

/// A call that has not returned.
#[derive(Clone, Copy, Debug)]
pub(super) struct InCall {
    pub(super) order: u32,
    pub(super) operation: Operation,
    /// How many handlers held the thread when it was made.
    pub(super) holds: u32,
    /// It was seen to block: what it returns is told by `returned(…)`.
    pub(super) blocked: bool,
    /// The mask before it was made.
    pub(super) mask: u64,
}

/// A process, also after it is gone.
#[derive(Debug)]
pub(super) struct Process {
    pub(super) name: Name,
    /// Its place in the shared memory: its main thread's.
    pub(super) slot: usize,
    pub(super) eyes: ProcessEyes,
    /// The process that made it, by index.
    pub(super) maker: usize,
    pub(super) ended: Option<State>,
    /// The signal of the stop that it is in.
    pub(super) stop: Option<Signal>,
}

/// How everything looked at one moment of rest.
#[derive(Clone, Debug, Default)]
pub(super) struct Snapshot {
    /// By slot; `None`: gone.
    pub(super) threads: Vec<Option<ThreadView>>,
    /// By process: whether it was there, if only as a zombie.
    pub(super) lives: Vec<Life>,
    /// By process: whether a stop was in force.
    pub(super) stops: Vec<Stop>,
    /// How many signals had been taken.
    pub(super) taken: usize,
    /// By slot: the call that it was in.
    pub(super) calls: Vec<Option<InCall>>,
}

/// Whether a stop is in force at a process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Stop {
    #[default]
    No,
    /// It may be, and complete or not: a tracer holds a thread, or lets it run.
    Unseen,
    /// All its threads stand in it.
    Complete,
}

/// Where a process is between its beginning and its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    Alive,
    Zombie,
    Reaped,
}

/// `PTRACE_EVENT_STOP`, in the second byte of a tracee's wait status.
pub(super) const EVENT_STOP: i32 = 128;

impl LinuxWorld {
    /// Adds a process that has begun, whose main thread has this place, which was made by the process `maker`, and
    /// which the runner sees by `number`.
    pub(super) fn add_process(&mut self, name: Name, slot: usize, maker: usize, number: i32) -> Result<(), Trouble> {
        let eyes = ProcessEyes::open(number, self.by_reports()).map_err(broken)?;
        self.processes.push(Process { name, slot, eyes, maker, ended: None, stop: None });
        self.add_thread(name, self.processes.len() - 1, slot, number, number)
    }

    /// Adds a thread that has begun.
    pub(super) fn add_thread(
        &mut self,
        name: Name,
        process: usize,
        slot: usize,
        process_number: i32,
        number: i32,
    ) -> Result<(), Trouble> {
        if slot != self.threads.len() {
            return Err(Trouble::Broken("a puppet in the wrong place".to_owned()));
        }
        let eyes = ThreadEyes::open(process_number, number, self.by_reports()).map_err(broken)?;
        let mut numbers = eyes.numbers().map_err(broken)?.unwrap_or_else(|| vec![number]);
        if self.is_alone() {
            // The runner is in the scenario's namespace.
            numbers.insert(0, numbers.first().copied().unwrap_or(number));
        }
        let calls = Vec::new();
        let born = self.begun;
        self.threads.push(Thread {
            born,
            name,
            process,
            numbers,
            eyes,
            calls,
            returned: None,
            trace_stop: None,
            is_at_event: false,
            over_since: None,
        });
        Ok(())
    }

    /// The thread that acts by this name: of a process the main one. The last one that had the name.
    pub(super) fn slot_of(&self, name: Name) -> Result<usize, Trouble> {
        let found = self.threads.iter().rposition(|thread| thread.name == name);
        found.ok_or_else(|| Trouble::CannotAct(format!("{name} was never made")))
    }

    pub(super) fn is_main(&self, slot: usize) -> bool {
        self.processes.get(self.threads[slot].process).is_some_and(|process| process.slot == slot)
    }

    /// The threads of a process, by slot, with what they looked like in a snapshot.
    pub(super) fn views<'a>(
        &'a self,
        process: usize,
        snapshot: &'a Snapshot,
    ) -> impl Iterator<Item = (usize, &'a ThreadView)> {
        let of_it = move |slot: &usize| self.threads[*slot].process == process;
        let slots = (0..snapshot.threads.len()).filter(of_it);
        slots.filter_map(|slot| snapshot.threads[slot].as_ref().map(|view| (slot, view)))
    }

    /// Waits until nothing moves, and takes down how everything looks.
    pub(super) fn come_to_rest(&mut self) -> Result<(), Trouble> {
        let threads = self.see_all_at_rest()?;
        if self.memory.log_is_full() {
            return Err(Trouble::Endless);
        }
        let taken = self.memory.taken();
        let stops = core::mem::take(&mut self.now.stops);
        self.now = Snapshot { threads, lives: Vec::new(), stops: Vec::new(), taken, calls: Vec::new() };
        self.note_trace_stops()?;
        for process in 0..self.processes.len() {
            let life = self.note_life(process)?;
            self.now.lives.push(life);
        }
        let was = |process: usize| stops.get(process).copied().unwrap_or_default();
        self.now.stops = (0..self.processes.len()).map(|process| self.stop_of(process, was(process))).collect();
        self.note_returns()
    }

    /// Whether no thread of a process runs: each stands in its stop, or is held for it.
    pub(super) fn all_stand(&self, process: usize) -> bool {
        self.all_stand_in(process, &self.now)
    }

    fn all_stand_in(&self, process: usize, snapshot: &Snapshot) -> bool {
        let mut living = self.views(process, snapshot).filter(|(_, view)| !view.has_ended()).peekable();
        let stands = |(slot, view): (usize, &ThreadView)| {
            view.is_stopped() || view.is_trace_stopped() && self.threads[slot].shows_stop()
        };
        living.peek().is_some() && living.all(stands)
    }

    /// Whether a stop is in force at a process, also one whose signal nobody has told. `was`: before.
    fn stop_of(&self, process: usize, was: Stop) -> Stop {
        if self.all_stand(process) {
            return Stop::Complete;
        }
        // Who has no tracer and does not stand proves that there is none, or that it is not complete.
        let proves_none = |view: &ThreadView| !view.has_ended() && view.tracer == 0 && !view.is_stopped();
        if self.views(process, &self.now).any(|(_, view)| proves_none(view)) {
            return Stop::No;
        }
        let stands = |(slot, view): (usize, &ThreadView)| view.is_stopped() || self.threads[slot].shows_stop();
        let shows = self.views(process, &self.now).any(stands);
        if shows || was != Stop::No { Stop::Unseen } else { Stop::No }
    }

    fn note_trace_stops(&mut self) -> Result<(), Trouble> {
        for (thread, view) in self.threads.iter_mut().zip(&self.now.threads) {
            let Some(view) = view.as_ref().filter(|view| view.is_trace_stopped()) else {
                (thread.trace_stop, thread.over_since) = (None, None);
                continue;
            };
            thread.over_since = thread.over_since.filter(|switches| *switches == view.switches);
            let status = thread.eyes.wait_status().map_err(broken)?;
            if status != 0 {
                thread.is_at_event = status >> 8 & 0xff == EVENT_STOP;
            }
            // What its tracer has waited for already shows no signal any more.
            if let Some(signal) = Signal::new(status & 0x7f) {
                thread.trace_stop = Some(signal);
            }
        }
        Ok(())
    }

    /// A process goes on after a stop: whom a tracer holds may still show it.
    fn note_end_of_stop(&mut self, process: usize) {
        for (thread, view) in self.threads.iter_mut().zip(&self.now.threads) {
            if let Some(view) = view.as_ref().filter(|_| thread.process == process && thread.shows_stop()) {
                thread.over_since = Some(view.switches);
            }
        }
    }

    /// Whether a process lives; how it ended and what stopped it is kept.
    fn note_life(&mut self, index: usize) -> Result<Life, Trouble> {
        let snapshot = core::mem::take(&mut self.now);
        let lives = self.views(index, &snapshot).any(|(_, view)| !view.has_ended());
        let stands = self.all_stand_in(index, &snapshot);
        let stopped = stands && self.views(index, &snapshot).any(|(_, view)| view.is_stopped());
        self.now = snapshot;
        if lives && !stands && self.processes[index].stop.is_some() {
            self.note_end_of_stop(index);
        }
        let process = &mut self.processes[index];
        if lives {
            let status = if stopped { process.eyes.wait_status().map_err(broken)? } else { 0 };
            // Once the parent has waited for the stop its signal is no longer shown. While tracers hold all threads a
            // stop may still be in force.
            process.stop = match Signal::new(status & 0x7f) {
                _ if !stands => None,
                None => process.stop,
                found => found,
            };
            return Ok(Life::Alive);
        }
        process.stop = None;
        // The null signal reaches a zombie, and fails once it has been waited for.
        let gone = self.now.threads[process.slot].is_none();
        if process.ended.is_none() {
            process.ended = process.eyes.end_status(gone).map_err(broken)?.map(end);
        }
        Ok(if gone { Life::Reaped } else { Life::Zombie })
    }
}

/// How a process with this wait status ended. Whether a core was written is not compared: the default action counts.
fn end(status: i32) -> State {
    match Signal::new(status & 0x7f) {
        None => State::Exited(u8::try_from((status >> 8) & 0xff).unwrap_or(0)),
        Some(signal) if signal.default_action() == DefaultAction::Dump => State::Dumped(signal),
        Some(signal) => State::Killed(signal),
    }
}
