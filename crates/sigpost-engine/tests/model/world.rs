//! The model's state: plain lists of processes, threads and queued signals, and questions about them.

use alloc::collections::{BTreeMap, BTreeSet};

use sigpost_engine::{Credentials, Errno, Signal, Verdict};

use crate::table::{Call, Os};

/// A process in the model: its place in [`World::processes`], never given out again.
pub(crate) type Index = usize;

/// Where a signal comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Code {
    User,
    Tkill,
    Queue,
    Kernel,
    /// News of a child: ended, stopped or continued.
    Child,
}

/// A queued signal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Entry {
    pub(crate) signal: Signal,
    /// Number of the sender; 0 is the kernel.
    pub(crate) sender: i32,
    pub(crate) code: Code,
    pub(crate) value: i32,
    /// Whether the information is there; if not, only the bit is.
    pub(crate) complete: bool,
}

/// What a process does with a signal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Action {
    #[default]
    Default,
    Ignore,
    Catch,
}

/// What a thread is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Activity {
    Running,
    Interruptible,
    Killable,
    Uninterruptible,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::struct_excessive_bools, reason = "a plain list of facts")]
pub(crate) struct Thread {
    pub(crate) number: i32,
    pub(crate) alive: bool,
    pub(crate) mask: BTreeSet<Signal>,
    pub(crate) pending: Vec<Entry>,
    pub(crate) activity: Activity,
    /// It was told to look for signals, and has not since.
    pub(crate) told: bool,
    /// The set that it waits for (sigwait family).
    pub(crate) waits: Option<BTreeSet<Signal>>,
    pub(crate) traced: bool,
    /// Its tracer holds it.
    pub(crate) trace_stopped: bool,
    /// What its tracer was shown last.
    pub(crate) shown: Option<Signal>,
    /// That was sent to the process, not to it.
    pub(crate) shown_of_process: bool,
    /// It has stopped as its process does.
    pub(crate) parked: bool,
    /// The masks to go back to, one for each handler that runs.
    pub(crate) saved_masks: Vec<BTreeSet<Signal>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Life {
    Alive,
    /// A thread has taken a signal that ends the process; the others follow.
    Ending(End),
    Zombie(End),
    Reaped,
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum End {
    Exited(i32),
    Killed(Signal),
    Dumped(Signal),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Stop {
    No,
    Stopping(Signal),
    Stopped(Signal),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, and the model is naive on purpose")]
pub(crate) struct Process {
    pub(crate) number: i32,
    pub(crate) parent: Option<Index>,
    /// The thread of its parent that forked it: news of it goes to that one, or to the first that lives.
    pub(crate) forked_by: usize,
    pub(crate) group: Option<i32>,
    /// Who joined a group later has a higher one.
    pub(crate) joined: usize,
    pub(crate) session: i32,
    pub(crate) user: Credentials,
    pub(crate) life: Life,
    pub(crate) stop: Stop,
    /// It goes on after a stop, and its parent has not been told.
    pub(crate) untold: bool,
    pub(crate) system: bool,
    pub(crate) vforked: bool,
    /// Its parent asked not to be told of stops.
    pub(crate) quiet_stops: bool,
    pub(crate) actions: BTreeMap<Signal, Action>,
    pub(crate) pending: Vec<Entry>,
    pub(crate) threads: Vec<Thread>,
}

/// What became of a signal at one process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) process: Index,
    pub(crate) verdict: Verdict,
    /// Other verdicts that are as right: several threads might take it.
    pub(crate) also: BTreeSet<Verdict>,
    pub(crate) info_lost: bool,
}

/// What a call returned and told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) result: Result<(), Errno>,
    pub(crate) receipts: Vec<Told>,
}

impl Outcome {
    pub(crate) fn failed(errno: Errno) -> Self {
        Self { result: Err(errno), receipts: Vec::new() }
    }

    pub(crate) fn verdicts(&self) -> Vec<(Index, Verdict)> {
        self.receipts.iter().map(|told| (told.process, told.verdict)).collect()
    }
}

/// One signal on its way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sent {
    pub(crate) signal: Signal,
    pub(crate) call: Call,
    pub(crate) code: Code,
    pub(crate) sender: i32,
    pub(crate) value: i32,
}

impl Sent {
    pub(crate) fn by_kernel(signal: Signal) -> Self {
        Self { signal, call: Call::Kernel, code: Code::Kernel, sender: 0, value: 0 }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct World {
    pub(crate) os: Os,
    /// How many signals a user (Linux) or a process (`FreeBSD`, POSIX) may have queued.
    pub(crate) limit: usize,
    /// Sessions that have a controlling terminal, and the group in front there (0: none any more).
    pub(crate) terminals: BTreeMap<i32, i32>,
    pub(crate) processes: Vec<Process>,
    /// While a kill goes on that names a thread by its number: that thread, which is asked instead of the main one.
    pub(crate) through: Option<usize>,
    /// Handlers block nothing and have returned as soon as they run.
    pub(crate) handlers_return: bool,
}

impl Thread {
    pub(crate) fn new(number: i32) -> Self {
        Self {
            number,
            alive: true,
            mask: BTreeSet::new(),
            pending: Vec::new(),
            activity: Activity::Running,
            told: false,
            waits: None,
            traced: false,
            trace_stopped: false,
            shown: None,
            shown_of_process: false,
            parked: false,
            saved_masks: Vec::new(),
        }
    }

    pub(crate) fn waits_for(&self, signal: Signal) -> bool {
        self.alive && self.waits.as_ref().is_some_and(|set| set.contains(&signal))
    }

    pub(crate) fn blocks(&self, signal: Signal) -> bool {
        self.mask.contains(&signal)
    }
}

impl World {
    /// A world with nothing but init: process 1, user 0, group 1, session 1, no terminal.
    pub(crate) fn new(os: Os) -> Self {
        let mut world = Self {
            os,
            limit: 1000,
            terminals: BTreeMap::new(),
            processes: Vec::new(),
            through: None,
            handlers_return: false,
        };
        world.add(1, None, Some(1), 1, Credentials::user(0));
        world
    }

    /// A process with one thread and everything at its default.
    pub(crate) fn add(
        &mut self,
        number: i32,
        parent: Option<Index>,
        group: Option<i32>,
        session: i32,
        user: Credentials,
    ) -> Index {
        let joined = self.next_to_join();
        self.processes.push(Process {
            number,
            parent,
            forked_by: 0,
            group,
            joined,
            session,
            user,
            life: Life::Alive,
            stop: Stop::No,
            untold: false,
            system: false,
            vforked: false,
            quiet_stops: false,
            actions: BTreeMap::new(),
            pending: Vec::new(),
            threads: vec![Thread::new(number)],
        });
        self.processes.len() - 1
    }

    pub(crate) fn add_thread(&mut self, p: Index, number: i32) -> usize {
        let mask = self.processes[p].threads[0].mask.clone();
        self.processes[p].threads.push(Thread { mask, ..Thread::new(number) });
        self.processes[p].threads.len() - 1
    }

    pub(crate) fn action(&self, p: Index, signal: Signal) -> Action {
        self.processes[p].actions.get(&signal).copied().unwrap_or_default()
    }

    /// Alive or ending: it has not exited.
    pub(crate) fn is_live(&self, p: Index) -> bool {
        matches!(self.processes[p].life, Life::Alive | Life::Ending(_))
    }

    pub(crate) fn is_stopped(&self, p: Index) -> bool {
        self.processes[p].stop != Stop::No
    }

    pub(crate) fn is_init(&self, p: Index) -> bool {
        self.processes[p].number == 1
    }

    pub(crate) fn has_terminal(&self, p: Index) -> bool {
        self.terminals.contains_key(&self.processes[p].session)
    }

    /// The process with this number, zombies among them.
    pub(crate) fn find(&self, number: i32) -> Option<Index> {
        (0..self.processes.len())
            .find(|&p| self.processes[p].number == number && self.processes[p].life != Life::Reaped)
    }

    /// The process and thread with this thread number.
    pub(crate) fn find_thread(&self, number: i32) -> Option<(Index, usize)> {
        (0..self.processes.len()).filter(|&p| self.processes[p].life != Life::Reaped).find_map(|p| {
            let is_it = |&t: &usize| {
                let thread = &self.processes[p].threads[t];
                thread.number == number && (thread.alive || t == 0)
            };
            (0..self.processes[p].threads.len()).find(is_it).map(|t| (p, t))
        })
    }

    /// Members of a group that have not been reaped.
    pub(crate) fn members(&self, group: i32) -> Vec<Index> {
        let is_member = |&p: &Index| self.processes[p].group == Some(group) && self.processes[p].life != Life::Reaped;
        let mut members: Vec<_> = (0..self.processes.len()).filter(is_member).collect();
        members.sort_by_key(|&p| self.processes[p].joined);
        members
    }

    fn next_to_join(&self) -> usize {
        self.processes.iter().map(|process| process.joined + 1).max().unwrap_or(0)
    }

    /// Moves a process into a group, behind all that are there; one that is in it stays where it is.
    pub(crate) fn join(&mut self, p: Index, group: i32) {
        if self.processes[p].group != Some(group) {
            self.processes[p].joined = self.next_to_join();
            self.processes[p].group = Some(group);
        }
    }

    pub(crate) fn groups(&self) -> BTreeSet<i32> {
        self.processes.iter().filter(|p| p.life != Life::Reaped).filter_map(|p| p.group).collect()
    }

    /// No live member has a parent in another group of the same session.
    pub(crate) fn is_orphaned(&self, group: i32) -> bool {
        !self.members(group).into_iter().filter(|&p| self.is_live(p)).any(|p| {
            self.processes[p].parent.is_some_and(|parent| {
                self.processes[parent].group != Some(group)
                    && self.processes[parent].session == self.processes[p].session
            })
        })
    }

    pub(crate) fn in_orphaned_group(&self, p: Index) -> bool {
        self.processes[p].group.is_some_and(|group| self.is_orphaned(group))
    }

    pub(crate) fn is_descendant(&self, p: Index, of: Index) -> bool {
        let mut next = self.processes[p].parent;
        while let Some(ancestor) = next {
            if ancestor == of {
                return true;
            }
            next = self.processes[ancestor].parent;
        }
        false
    }

    /// What sigpending tells a thread.
    pub(crate) fn sigpending(&self, p: Index, t: usize) -> BTreeSet<Signal> {
        let process = &self.processes[p];
        let thread = &process.threads[t];
        let all = process.pending.iter().chain(&thread.pending).map(|entry| entry.signal);
        all.filter(|&s| !crate::table::sigpending_only_blocked(self.os) || thread.blocks(s)).collect()
    }

    pub(crate) fn discard(&mut self, p: Index, unwanted: impl Fn(Signal) -> bool) {
        let process = &mut self.processes[p];
        process.pending.retain(|entry| !unwanted(entry.signal));
        for thread in &mut process.threads {
            thread.pending.retain(|entry| !unwanted(entry.signal));
        }
    }
}
