//! The engine beside the model: the same world built in both, each process and thread known by both its names.
#![expect(clippy::unwrap_used, clippy::panic, reason = "what is not as it should be ends the test")]

use sigpost_engine::personality::{AIXRT, BSD43, BSD44, FREEBSD, LINUX, POSIX};
use sigpost_engine::{
    Activity, Delivery, ExitStatus, GroupId, Heap, Life, Personality, Pid, Placement, ProcessKey, ProcessStop, Receipt,
    SessionId, SignalMask, SignalSet, System, Tables, ThreadKey, ThreadSignals, Trace,
};

use crate::table::Os;
use crate::world::{self, End, Index, Stop, World};

/// The engine's system, and its names for the model's processes and threads.
pub(crate) struct Engine {
    pub(crate) system: System<Heap>,
    pub(crate) processes: Vec<ProcessKey>,
    pub(crate) threads: Vec<Vec<ThreadKey>>,
    /// The masks to go back to, as [`World`] keeps them.
    pub(crate) saved: Vec<Vec<Vec<SignalMask>>>,
}

pub(crate) fn personality(os: Os) -> &'static Personality {
    match os {
        Os::Linux => &LINUX,
        Os::FreeBsd => &FREEBSD,
        Os::Posix => &POSIX,
        Os::Bsd43 => &BSD43,
        Os::Bsd44 => &BSD44,
        Os::AixRt => &AIXRT,
    }
}

impl Engine {
    /// The engine's picture of a world in which nothing has happened yet.
    pub(crate) fn of(world: &World) -> Self {
        let mut system = System::new(personality(world.os), Tables::heap(4096));
        let init = system.boot().unwrap();
        let main = system.main_thread(init).unwrap();
        let mut engine =
            Self { system, processes: vec![init], threads: vec![vec![main]], saved: vec![vec![Vec::new()]] };
        for p in 1..world.processes.len() {
            engine.place(world, p);
        }
        let limit = u32::try_from(world.limit).unwrap();
        for p in 0..world.processes.len() {
            engine.system.set_queue_limit(engine.processes[p], limit).unwrap();
            if world.terminals.contains_key(&world.processes[p].number) {
                engine.system.set_terminal(engine.processes[p], true).unwrap();
            }
        }
        engine
    }

    fn place(&mut self, world: &World, p: Index) {
        let process = &world.processes[p];
        let placement = Placement {
            number: Pid::new(process.number),
            group: process.group.and_then(GroupId::new),
            session: SessionId::new(process.session).unwrap(),
            credentials: process.user,
        };
        let parent = self.processes[process.parent.unwrap()];
        let key = self.system.place(parent, &placement).unwrap();
        self.add_process(key);
        if process.system {
            self.system.set_system_process(key).unwrap();
        }
    }

    pub(crate) fn add_process(&mut self, key: ProcessKey) {
        self.processes.push(key);
        self.threads.push(vec![self.system.main_thread(key).unwrap()]);
        self.saved.push(vec![Vec::new()]);
    }

    /// A new thread, made by the main one; its number.
    pub(crate) fn add_thread(&mut self, p: Index, creator: usize) -> i32 {
        let key = self.system.new_thread(self.threads[p][creator]).unwrap();
        self.threads[p].push(key);
        self.saved[p].push(Vec::new());
        self.system.thread_id(key).unwrap().get()
    }

    /// The model's name of a process in a receipt.
    pub(crate) fn index_of(&self, receipt: &Receipt) -> Index {
        self.processes.iter().position(|&key| key == receipt.process).unwrap()
    }

    /// What the thread does next, and if it is to end, its end.
    pub(crate) fn deliver(&mut self, p: Index, t: usize) -> Delivery {
        let delivery = self.system.deliver(self.threads[p][t]).unwrap();
        self.obey(p, t, delivery)
    }

    /// What a host does with a delivery.
    pub(crate) fn obey(&mut self, p: Index, t: usize, delivery: Delivery) -> Delivery {
        match delivery {
            Delivery::End(_) => self.system.exit_thread(self.threads[p][t]).unwrap(),
            Delivery::Handler(call) => self.saved[p][t].push(call.saved_mask),
            _ => {}
        }
        delivery
    }

    /// The engine's say on a sleep is taken over where a signal woke another thread than the model's choice.
    pub(crate) fn tell_who_woke(&self, world: &mut World) {
        for (p, keys) in self.threads.iter().enumerate() {
            for (t, &key) in keys.iter().enumerate() {
                let Some(thread) = self.system.thread(key) else { continue };
                let ours = &mut world.processes[p].threads[t].activity;
                let either = |activity| matches!(activity, world::Activity::Running | world::Activity::Interruptible);
                let theirs = activity(thread.activity());
                if either(*ours) && either(theirs) {
                    *ours = theirs;
                }
            }
        }
    }

    /// Panics where the two pictures differ.
    pub(crate) fn compare(&self, world: &World) {
        if let Err(violation) = self.system.check_invariants() {
            panic!("the engine's own rules: {violation}");
        }
        for (p, process) in world.processes.iter().enumerate() {
            let key = self.processes[p];
            let Some(signals) = self.system.process(key) else {
                assert_eq!(process.life, world::Life::Reaped, "{p} is gone from the engine");
                continue;
            };
            assert_eq!(life(signals.life()), process.life, "life of {p}");
            let group = self.system.group(key).and_then(|group| self.system.group_id(group));
            assert_eq!(group.map(GroupId::get), process.group, "group of {p}");
            let session = self.system.session(key).and_then(|session| self.system.session_id(session));
            assert_eq!(session.map(SessionId::get), Some(process.session), "session of {p}");
            assert_eq!(self.system.has_terminal(key), world.has_terminal(p), "terminal of {p}");
            let parent = self.system.parent(key).and_then(|key| self.processes.iter().position(|&k| k == key));
            assert_eq!(parent, process.parent, "parent of {p}");
            if process.life != world::Life::Alive {
                continue;
            }
            assert_eq!(stop(signals.stop()), process.stop, "stop of {p}");
            let pending: SignalSet = process.pending.iter().map(|entry| entry.signal).collect();
            assert_eq!(signals.pending(), pending, "pending for {p}");
            let orphaned = self.system.group(key).is_some_and(|group| self.system.is_orphaned(group));
            assert_eq!(orphaned, world.in_orphaned_group(p), "group of {p} is orphaned");
            for t in world.live_threads(p) {
                self.compare_thread(world, p, t);
            }
            self.compare_kicks(world, p);
        }
    }

    fn compare_thread(&self, world: &World, p: Index, t: usize) {
        let ours = &world.processes[p].threads[t];
        let key = self.threads[p][t];
        let theirs = self.system.thread(key).unwrap_or_else(|| panic!("thread {p}.{t} is gone from the engine"));
        let pending: SignalSet = ours.pending.iter().map(|entry| entry.signal).collect();
        assert_eq!(theirs.pending(), pending, "pending for thread {p}.{t}");
        assert_eq!(theirs.mask().set(), ours.mask.iter().copied().collect(), "mask of {p}.{t}");
        let waits: SignalSet = ours.waits.iter().flatten().copied().collect();
        assert_eq!(theirs.waiting(), waits, "what {p}.{t} waits for");
        assert_eq!(theirs.is_stopped(), ours.parked, "{p}.{t} stands still");
        let (held, traced) = (matches!(theirs.trace(), Trace::Stopped(_)), theirs.trace().is_traced());
        assert_eq!((held, traced), (ours.trace_stopped, ours.traced), "tracing of {p}.{t}");
        assert_eq!(activity(theirs.activity()), ours.activity, "activity of {p}.{t}");
        let reported: SignalSet = world.sigpending(p, t).into_iter().collect();
        assert_eq!(self.system.sigpending(key), Some(reported), "sigpending of {p}.{t}");
    }

    /// Some thread that may take a pending signal has been told to look; each thread, of its own and of a stop.
    fn compare_kicks(&self, world: &World, p: Index) {
        let process = &world.processes[p];
        let is_kicked = |&t: &usize| self.system.thread(self.threads[p][t]).is_some_and(ThreadSignals::is_kicked);
        for entry in &process.pending {
            let mut takers = world.live_threads(p).filter(|&t| world.is_open(p, t, entry.signal)).peekable();
            let told = takers.peek().is_none() || takers.any(|t| is_kicked(&t));
            assert!(told || process.stop != Stop::No, "nobody is told to look for {entry:?} of {p}");
        }
        for t in world.live_threads(p) {
            let own = process.threads[t].pending.iter().any(|entry| world.is_open(p, t, entry.signal));
            let stops = matches!(process.stop, Stop::Stopping(_)) && !process.threads[t].parked;
            assert!(!(own && process.stop == Stop::No || stops) || is_kicked(&t), "{p}.{t} is not told to look");
        }
    }
}

pub(crate) fn activity(theirs: Activity) -> world::Activity {
    match theirs {
        Activity::Running => world::Activity::Running,
        Activity::Interruptible => world::Activity::Interruptible,
        Activity::Killable => world::Activity::Killable,
        Activity::Uninterruptible => world::Activity::Uninterruptible,
    }
}

pub(crate) fn activity_for(ours: world::Activity) -> Activity {
    match ours {
        world::Activity::Running => Activity::Running,
        world::Activity::Interruptible => Activity::Interruptible,
        world::Activity::Killable => Activity::Killable,
        world::Activity::Uninterruptible => Activity::Uninterruptible,
    }
}

pub(crate) fn end(theirs: ExitStatus) -> End {
    match theirs {
        ExitStatus::Exited(status) => End::Exited(status),
        ExitStatus::Killed(signal) => End::Killed(signal),
        ExitStatus::Dumped(signal) => End::Dumped(signal),
    }
}

fn life(theirs: Life) -> world::Life {
    match theirs {
        Life::Alive => world::Life::Alive,
        Life::Ending(status) => world::Life::Ending(end(status)),
        Life::Zombie(status) => world::Life::Zombie(end(status)),
    }
}

fn stop(theirs: ProcessStop) -> Stop {
    match theirs {
        ProcessStop::No => Stop::No,
        ProcessStop::Stopping(signal, _) => Stop::Stopping(signal),
        ProcessStop::Stopped(signal) => Stop::Stopped(signal),
    }
}
