//! A random step: what it is, and how the model makes it. Operands are small numbers, taken modulo what there is.

use alloc::collections::BTreeSet;

use proptest::prelude::{Just, Strategy, any, prop, prop_oneof};
use sigpost_engine::{Credentials, Signal};

use crate::invariants::is_free;
use crate::table::{self, Os};
use crate::take::has_threads;
use crate::world::{Action, Activity, Index, Life, Outcome, World};

/// An ID as a caller may give it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Id {
    Process(u8),
    Thread(u8, u8),
    Group(u8),
    Raw(i32),
}

#[derive(Clone, Debug)]
pub(crate) enum Operation {
    Kill(u8, Id, i32),
    Killpg(u8, Id, i32),
    Raise(u8, u8, i32),
    Tgkill(u8, u8, u8, i32),
    Sigqueue(u8, Id, i32, i32),
    Psignal(u8, Signal),
    Tdsignal(u8, u8, Signal),
    Gsignal(u8, Signal),
    Pgsignal(u8, Signal, bool),
    SetAction(u8, Signal, Action),
    SetMask(u8, u8, Vec<Signal>),
    Take(u8, u8),
    Sigreturn(u8, u8),
    Sleep(u8, u8, Activity),
    WakeUp(u8, u8),
    WaitFor(u8, u8, Vec<Signal>),
    Trace(u8, bool),
    ResumeTracee(u8, u8, Option<Signal>),
    Fork(u8, u8, i32, bool),
    Exec(u8),
    NewThread(u8, i32),
    ExitThread(u8, u8),
    Exit(u8),
    Reap(u8),
    Setpgid(u8, u8),
    Setsid(u8),
}

/// Signals to send: mostly one or two of every kind, now and then any standard one.
pub(crate) fn signal() -> impl Strategy<Value = Signal> {
    let telling = vec![
        Signal::HUP,
        Signal::QUIT,
        Signal::KILL,
        Signal::USR1,
        Signal::SEGV,
        Signal::TERM,
        Signal::CHLD,
        Signal::CONT,
        Signal::STOP,
        Signal::TSTP,
        Signal::TTIN,
    ];
    let any: Vec<_> = Signal::all().filter(|signal| !signal.is_realtime()).collect();
    prop_oneof![5 => prop::sample::select(telling), 1 => prop::sample::select(any)]
}

fn number() -> impl Strategy<Value = i32> {
    prop_oneof![
        16 => signal().prop_map(|signal| i32::from(signal.number())),
        3 => prop::sample::select(vec![32, 34, 64]),
        2 => prop::sample::select(vec![0, -1, 65, 128, 265, 999, i32::MIN, i32::MAX]),
    ]
}

fn catchable() -> impl Strategy<Value = Signal> {
    prop_oneof![
        4 => signal().prop_filter("catchable", |signal| signal.is_catchable()),
        1 => prop::sample::select(vec![Signal::RTMIN, Signal::RTMAX]),
    ]
}

fn id() -> impl Strategy<Value = Id> {
    prop_oneof![
        6 => any::<u8>().prop_map(Id::Process),
        2 => any::<(u8, u8)>().prop_map(|(p, t)| Id::Thread(p, t)),
        6 => any::<u8>().prop_map(Id::Group),
        3 => prop::sample::select(vec![0, 1, -1, 99, -99, i32::MIN, i32::MAX]).prop_map(Id::Raw),
    ]
}

fn action() -> impl Strategy<Value = Action> {
    prop::sample::select(vec![Action::Default, Action::Ignore, Action::Catch])
}

fn activity() -> impl Strategy<Value = Activity> {
    prop::sample::select(vec![
        Activity::Interruptible,
        Activity::Interruptible,
        Activity::Killable,
        Activity::Uninterruptible,
    ])
}

fn some_signals() -> impl Strategy<Value = Vec<Signal>> {
    prop_oneof![
        3 => prop::collection::vec(prop_oneof![signal(), catchable()], 0..4),
        1 => Just(Signal::all().collect()),
    ]
}

pub(crate) fn operation() -> impl Strategy<Value = Operation> {
    let p = any::<u8>;
    let sends = prop_oneof![
        6 => (p(), id(), number()).prop_map(|(a, b, c)| Operation::Kill(a, b, c)),
        3 => (p(), id(), number()).prop_map(|(a, b, c)| Operation::Killpg(a, b, c)),
        1 => (p(), p(), number()).prop_map(|(a, b, c)| Operation::Raise(a, b, c)),
        2 => (p(), p(), p(), number()).prop_map(|(a, b, c, d)| Operation::Tgkill(a, b, c, d)),
        2 => (p(), id(), number(), 0..100).prop_map(|(a, b, c, d)| Operation::Sigqueue(a, b, c, d)),
        1 => (p(), signal()).prop_map(|(a, b)| Operation::Psignal(a, b)),
        1 => (p(), p(), signal()).prop_map(|(a, b, c)| Operation::Tdsignal(a, b, c)),
        1 => (p(), signal()).prop_map(|(a, b)| Operation::Gsignal(a, b)),
        1 => (p(), signal(), any::<bool>()).prop_map(|(a, b, c)| Operation::Pgsignal(a, b, c)),
    ];
    let signals = prop_oneof![
        4 => (p(), catchable(), action()).prop_map(|(a, b, c)| Operation::SetAction(a, b, c)),
        4 => (p(), p(), some_signals()).prop_map(|(a, b, c)| Operation::SetMask(a, b, c)),
        12 => (p(), p()).prop_map(|(a, b)| Operation::Take(a, b)),
        1 => (p(), p()).prop_map(|(a, b)| Operation::Sigreturn(a, b)),
        2 => (p(), p(), activity()).prop_map(|(a, b, c)| Operation::Sleep(a, b, c)),
        2 => (p(), p()).prop_map(|(a, b)| Operation::WakeUp(a, b)),
        2 => (p(), p(), some_signals()).prop_map(|(a, b, c)| Operation::WaitFor(a, b, c)),
        1 => (p(), any::<bool>()).prop_map(|(a, b)| Operation::Trace(a, b)),
        2 => (p(), p(), prop::option::of(signal())).prop_map(|(a, b, c)| Operation::ResumeTracee(a, b, c)),
    ];
    let lives = prop_oneof![
        3 => (p(), p(), 2..40, prop::bool::weighted(0.2)).prop_map(|(a, b, c, d)| Operation::Fork(a, b, c, d)),
        1 => p().prop_map(Operation::Exec),
        2 => (p(), 2..40).prop_map(|(a, b)| Operation::NewThread(a, b)),
        1 => (p(), p()).prop_map(|(a, b)| Operation::ExitThread(a, b)),
        1 => p().prop_map(Operation::Exit),
        2 => p().prop_map(Operation::Reap),
        1 => (p(), p()).prop_map(|(a, b)| Operation::Setpgid(a, b)),
        1 => p().prop_map(Operation::Setsid),
    ];
    prop_oneof![10 => sends, 12 => signals, 5 => lives]
}

/// A world to begin with: init, a shell with a terminal and two jobs, and a stranger in a session of its own.
pub(crate) fn small_world(os: Os) -> World {
    let mut world = World::new(os);
    world.limit = 2;
    world.terminals.insert(2, 2);
    let sh = world.add(2, Some(0), Some(2), 2, Credentials::user(1000));
    world.add(3, Some(sh), Some(3), 2, Credentials::user(1000));
    world.add(4, Some(sh), Some(3), 2, Credentials::ids(1000, 2000, 1000));
    // 4.3BSD and its like know processes without a group.
    let group = has_threads(os).then_some(5);
    world.add(5, Some(0), group, 5, Credentials { changed_ids: true, ..Credentials::user(2000) });
    let daemon = world.add(6, Some(0), Some(1), 1, Credentials::user(0));
    world.processes[daemon].system = true;
    if has_threads(os) {
        world.add_thread(2, 20);
        world.add_thread(2, 21);
    }
    world
}

impl World {
    /// A process that has not been reaped.
    pub(crate) fn pick(&self, n: u8) -> Index {
        let there: Vec<_> = (0..self.processes.len()).filter(|&p| self.processes[p].life != Life::Reaped).collect();
        there[usize::from(n) % there.len()]
    }

    /// One that can act: alive; init if the number fell on another.
    pub(crate) fn pick_alive(&self, n: u8) -> Index {
        let p = self.pick(n);
        if self.processes[p].life == Life::Alive { p } else { 0 }
    }

    pub(crate) fn pick_thread(&self, p: Index, n: u8) -> usize {
        let live: Vec<_> = self.live_threads(p).collect();
        if live.is_empty() { 0 } else { live[usize::from(n) % live.len()] }
    }

    pub(crate) fn number_of(&self, id: Id) -> i32 {
        match id {
            Id::Process(n) => self.processes[self.pick(n)].number,
            Id::Thread(n, t) => {
                let p = self.pick(n);
                self.processes[p].threads[self.pick_thread(p, t)].number
            }
            Id::Group(n) => self.processes[self.pick(n)].group.map_or(-99, |group| -group.max(2)),
            Id::Raw(number) => number,
        }
    }

    /// Makes a call that sends; `None` for other steps. The sender and the signal's number come with the outcome.
    pub(crate) fn send_step(&mut self, operation: &Operation) -> Option<(Index, i32, Outcome)> {
        Some(match *operation {
            Operation::Kill(p, id, signal) => {
                let (p, id) = (self.pick_alive(p), self.number_of(id));
                (p, signal, self.kill(p, id, signal))
            }
            Operation::Killpg(p, id, signal) => {
                let (p, id) = (self.pick_alive(p), self.killpg_number(id));
                (p, signal, self.killpg(p, id, signal))
            }
            Operation::Raise(p, t, signal) => {
                let p = self.pick_alive(p);
                (p, signal, self.raise(p, self.pick_thread(p, t), signal))
            }
            Operation::Tgkill(p, to, t, signal) if has_threads(self.os) => {
                let (p, to) = (self.pick_alive(p), self.pick_alive(to));
                let (process, thread) = (&self.processes[to], self.pick_thread(to, t));
                (p, signal, self.tgkill(p, process.number, process.threads[thread].number, signal))
            }
            Operation::Sigqueue(p, id, signal, value) if table::queue(self.os) != table::Queue::None => {
                let (p, id) = (self.pick_alive(p), self.number_of(id));
                (p, signal, self.sigqueue(p, id, signal, value))
            }
            _ => return None,
        })
    }

    pub(crate) fn killpg_number(&self, id: Id) -> i32 {
        let number = self.number_of(id);
        if matches!(id, Id::Group(_)) { -number } else { number }
    }

    /// A signal that the kernel may send to this process: init it spares, which nothing could revive.
    pub(crate) fn is_spared(&self, p: Index, signal: Signal) -> bool {
        self.is_init(p) && !signal.is_catchable()
    }

    /// Small worlds have up to three threads a process; and all of them are traced, or none.
    pub(crate) fn may_have_another_thread(&self, p: Index) -> bool {
        let process = &self.processes[p];
        process.threads.len() < 3 && !self.is_stopped(p) && !process.threads.iter().any(|thread| thread.traced)
    }

    /// Whether the thread that these operands mean stands in another call, or is held, and so cannot fork.
    pub(crate) fn cannot_fork(&self, p: u8, t: u8) -> bool {
        let p = self.pick_alive(p);
        self.stands_in_a_call(p, self.pick_thread(p, t))
    }

    /// Whether the fork that these operands mean is refused, because something is there for the caller to take.
    pub(crate) fn forks_in_vain(&self, p: u8, t: u8) -> bool {
        let p = self.pick_alive(p);
        self.has_to_look(p, self.pick_thread(p, t))
    }

    pub(crate) fn may_be_given(&self, number: i32) -> bool {
        let there = self.processes.iter().filter(|process| process.life != Life::Reaped).count();
        is_free(self, number) && there < 8
    }
}

pub(crate) fn set_of(signals: &[Signal]) -> BTreeSet<Signal> {
    signals.iter().copied().collect()
}
