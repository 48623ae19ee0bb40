//! A system whose processes have names, for tests: a few words of set-up, then calls whose outcome is one readable
//! line. The engine's invariants are checked after every step.

mod running;
mod sending;

use sigpost_engine::{
    Action, ActionFlags, Activity, ChildStatus, Credentials, Disposition, GroupId, Heap, Personality, Pid, Placement,
    ProcessKey, ProcessSignals, ProcessStop, SessionId, Signal, SignalInfo, SignalSet, System, Tables, ThreadKey,
};

/// The user that an ordinary process runs as.
pub(crate) const USER: u32 = 1000;
/// Another ordinary user.
pub(crate) const OTHER: u32 = 2000;

/// A system and what its processes and threads are called.
pub(crate) struct World {
    pub(crate) system: System<Heap>,
    processes: Vec<(&'static str, ProcessKey)>,
    threads: Vec<(&'static str, ThreadKey)>,
}

impl World {
    /// A system with its first process, `init`, and nothing else.
    pub(crate) fn new(rules: &'static Personality) -> Self {
        Self::with_room(rules, 256)
    }

    /// The same, with room for the information of so many queued signals.
    pub(crate) fn with_room(rules: &'static Personality, queued: usize) -> Self {
        let mut system = System::new(rules, Tables::heap(queued));
        let init = system.boot().expect("an empty table has room");
        Self { system, processes: vec![("init", init)], threads: Vec::new() }
    }

    /// `sh`, number 100, leads a session without a terminal; its children `members` are one group, led by the first
    /// of them. All run as [`USER`].
    pub(crate) fn with_job(rules: &'static Personality, members: &[&'static str]) -> Self {
        let mut world = Self::new(rules);
        world.place("init", "sh", 100, 100, 100);
        for (index, member) in members.iter().enumerate() {
            world.fork("sh", member);
            let (number, leader) = (world.number(member), world.number(members[0]));
            let moved = world.system.setpgid(world.key("sh"), number, leader);
            moved.unwrap_or_else(|error| panic!("{member} joins, member {index}: {error}"));
        }
        world.checked()
    }

    /// A process with this number, group and session, running as [`USER`].
    pub(crate) fn place(&mut self, parent: &str, name: &'static str, number: i32, group: i32, session: i32) {
        let session = SessionId::new(session).expect("a session's number is positive");
        let credentials = Credentials::user(USER);
        let placement = Placement { number: Pid::new(number), group: GroupId::new(group), session, credentials };
        let key = self.system.place(self.key(parent), &placement).expect("the number is free");
        self.processes.push((name, key));
        self.check();
    }

    /// A child.
    pub(crate) fn fork(&mut self, parent: &str, name: &'static str) {
        let key = self.system.fork(self.key(parent)).expect("there is room");
        self.processes.push((name, key));
        self.check();
    }

    /// Another thread of a process.
    pub(crate) fn thread_of(&mut self, process: &str, name: &'static str) {
        let key = self.system.new_thread(self.thread(process)).expect("there is room");
        self.threads.push((name, key));
        self.check();
    }

    /// Sets all three user IDs of these processes.
    pub(crate) fn user(&mut self, user: u32, names: &[&str]) {
        for name in names {
            self.ids(name, Credentials::user(user));
        }
    }

    pub(crate) fn ids(&mut self, name: &str, credentials: Credentials) {
        self.system.set_credentials(self.key(name), credentials).expect("it is there");
        self.check();
    }

    /// The process ignores the signal.
    pub(crate) fn ignore(&mut self, name: &str, signal: Signal) {
        self.dispose(name, signal, Disposition::Ignore);
    }

    /// The process has a handler for the signal.
    pub(crate) fn catch(&mut self, name: &str, signal: Signal) {
        self.dispose(name, signal, Disposition::Catch(Action::default()));
    }

    /// The process has a handler for the signal, called so.
    pub(crate) fn catch_with(&mut self, name: &str, signal: Signal, mask: SignalSet, flags: ActionFlags) {
        self.dispose(name, signal, Disposition::Catch(Action { handler: 0, mask: mask.into(), flags }));
    }

    pub(crate) fn dispose(&mut self, name: &str, signal: Signal, to: Disposition) {
        self.system.sigaction(self.key(name), signal, to).expect("it can be caught");
        self.check();
    }

    /// The thread (of a process: its main thread) blocks exactly these signals.
    pub(crate) fn block(&mut self, thread: &str, signals: &[Signal]) {
        self.system.set_mask(self.thread(thread), SignalSet::of(signals).into()).expect("it is there");
        self.check();
    }

    /// The thread is in this sort of sleep, or runs.
    pub(crate) fn sleeps(&mut self, thread: &str, activity: Activity) {
        self.system.set_activity(self.thread(thread), activity).expect("it is there");
        self.check();
    }

    /// The process has been stopped, and nobody is told any more.
    pub(crate) fn stopped(&mut self, name: &str) {
        self.psignal(name, Signal::STOP);
        self.run();
        assert!(self.is_stopped(name), "{name} is stopped");
        while let Ok(Some(_)) = self.system.wait(self.parent_of(name), Some(self.key(name))) {}
    }

    /// The process has ended; it is a zombie unless its parent does not want one.
    pub(crate) fn ended(&mut self, name: &str) {
        self.system.exit(self.key(name), 0).expect("it lives");
        self.check();
    }

    pub(crate) fn key(&self, name: &str) -> ProcessKey {
        let found = self.processes.iter().find(|(known, _)| *known == name);
        found.unwrap_or_else(|| panic!("no process is called {name}")).1
    }

    /// The thread of this name, or the main thread of the process of this name.
    pub(crate) fn thread(&self, name: &str) -> ThreadKey {
        let found = self.threads.iter().find(|(known, _)| *known == name).map(|(_, key)| *key);
        found.or_else(|| self.system.main_thread(self.key(name))).expect("its process has not been reaped")
    }

    /// The number of a process in the outermost namespace.
    pub(crate) fn number(&self, name: &str) -> i32 {
        self.system.pid(self.key(name)).expect("it has not been reaped").get()
    }

    pub(crate) fn is_stopped(&self, name: &str) -> bool {
        matches!(self.system.process(self.key(name)).map(ProcessSignals::stop), Some(ProcessStop::Stopped(_)))
    }

    /// Whether the process is there and neither has ended nor is about to.
    pub(crate) fn lives(&self, name: &str) -> bool {
        self.system.process(self.key(name)).is_some_and(|process| process.life().is_alive())
    }

    /// What is pending for a process and all its threads.
    pub(crate) fn pending(&self, name: &str) -> SignalSet {
        let key = self.key(name);
        let shared = self.system.process(key).map_or(SignalSet::EMPTY, ProcessSignals::pending);
        let threads = self.system.threads_of(key).filter_map(|thread| self.system.thread(thread));
        threads.fold(shared, |set, thread| set | thread.pending())
    }

    /// What a thread takes that waits for one of these, without ever sleeping.
    pub(crate) fn takes(&mut self, thread: &str, set: SignalSet) -> Option<SignalInfo> {
        let thread = self.thread(thread);
        self.system.sigwait_begin(thread, set).expect("it is there");
        let taken = self.system.sigwait_poll(thread).expect("it is there");
        self.system.sigwait_end(thread).expect("it is there");
        self.check();
        taken
    }

    pub(crate) fn activity(&self, thread: &str) -> Activity {
        self.system.thread(self.thread(thread)).expect("it is there").activity()
    }

    /// What the parent of a process learns of it.
    pub(crate) fn news_of(&mut self, name: &str) -> Option<ChildStatus> {
        let (parent, child) = (self.parent_of(name), self.key(name));
        self.system.wait(parent, Some(child)).expect("it is a child").map(|(_, status)| status)
    }

    fn parent_of(&self, name: &str) -> ProcessKey {
        self.system.parent(self.key(name)).expect("it is no first process")
    }

    /// What a process is called; of a thread, what it or its process is called.
    fn name_of(&self, key: ProcessKey) -> &'static str {
        self.processes.iter().find(|(_, known)| *known == key).map_or("?", |(name, _)| name)
    }

    fn name_of_thread(&self, key: ThreadKey) -> &'static str {
        let named = self.threads.iter().find(|(_, known)| *known == key).map(|(name, _)| *name);
        named.unwrap_or_else(|| self.system.process_of(key).map_or("?", |process| self.name_of(process)))
    }

    pub(crate) fn check(&self) {
        if let Err(violation) = self.system.check_invariants() {
            panic!("{violation}");
        }
    }

    fn checked(self) -> Self {
        self.check();
        self
    }
}
