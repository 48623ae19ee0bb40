//! Ending processes: a signal, time to obey it, a stronger signal; the clocks of all targets run side by side.
//!
//! The processes are held by handle all the while, so a later signal goes to the ones that got the first, and a
//! group is signalled in one call each time. What is said of an end was seen ([`Wait`]).

use core::borrow::Borrow;
use core::cell::OnceCell;
use core::time::Duration;
use std::collections::HashMap;
use std::time::Instant;

use sigpost_engine::{Errno, Pid, SessionId, Signal};

use crate::exit_status::Ending;
use crate::proc_stat::Comm;
use crate::process::{Look, OpenError, Process};
use crate::process_group::{Group, Via, refused};
use crate::receipt::Receipt;
use crate::refused::{Aim, Call, Refused};
use crate::send::{Addressee, Order, SendError, send};
use crate::wait::{Wait, WaitError};

/// What is sent when, and when it is given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Escalation {
    /// Signals and when each is sent, counted from the beginning, to those that are alive then.
    pub steps: Vec<(Signal, Duration)>,
    /// How long is waited altogether; `None`: until the last has ended.
    pub limit: Option<Duration>,
}

impl Escalation {
    /// How long a process has to be gone after KILL. One that is not is held by the kernel: `sigpost why` tells.
    pub const AFTER_KILL: Duration = Duration::from_secs(5);

    /// TERM, and CONT so that a stopped process can obey it; after the grace KILL.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sigpost_engine::Signal;
    /// use sigpost_linux::Escalation;
    ///
    /// let second = Duration::from_secs(1);
    /// let steps = [(Signal::TERM, Duration::ZERO), (Signal::CONT, Duration::ZERO), (Signal::KILL, second)];
    /// assert_eq!(Escalation::to_the_end(Signal::TERM, second).steps, steps);
    /// ```
    pub fn to_the_end(first: Signal, grace: Duration) -> Self {
        let mut steps = vec![(first, Duration::ZERO)];
        if first != Signal::CONT && first != Signal::KILL {
            steps.push((Signal::CONT, Duration::ZERO));
        }
        steps.push((Signal::KILL, grace));
        Self { steps, limit: grace.checked_add(Self::AFTER_KILL) }
    }
}

/// What became of one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// The process.
    pub pid: Pid,
    /// Its inode, where it was asked for ([`Ender::read_inodes`]) and the kernel has one.
    pub inode: Option<u64>,
    /// Its command name, if it could be read.
    pub comm: Option<Comm>,
    /// What was sent to it, in order.
    pub sent: Vec<Sent>,
    /// What was seen of its end; `None`: it was alive when the waiting was over.
    pub ending: Option<Ending>,
    /// By what way its group was signalled, if the group's number had to serve and nothing proved it.
    pub unproved: bool,
}

/// One signal of an [`Escalation`] to one target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Which one.
    pub signal: Signal,
    /// When it was sent, counted from the beginning.
    pub after: Duration,
    /// Why the kernel did not take it.
    pub refused: Option<Refused>,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// How many targets there are.
    pub all: usize,
    /// How many are alive.
    pub alive: usize,
    /// How many of those have no file descriptor left to wait for them with: they are looked at in rounds.
    pub roomless: usize,
    /// How long it has been going on.
    pub elapsed: Duration,
    /// The next signal, and when it is sent.
    pub next: Option<(Signal, Duration)>,
}

/// A process that somebody else holds, or that was found later.
#[derive(Debug)]
enum Held<'a> {
    Lent(&'a Process),
    Found(Process),
}

impl Borrow<Process> for Held<'_> {
    fn borrow(&self) -> &Process {
        match self {
            Self::Lent(process) => process,
            Self::Found(process) => process,
        }
    }
}

/// A target that is several processes; the places of those that are known.
#[derive(Debug)]
struct Crowd<'a> {
    reach: Reach<'a>,
    places: Vec<usize>,
}

/// How several processes are reached.
#[derive(Clone, Copy, Debug)]
enum Reach<'a> {
    Group(&'a Group),
    /// As a send to it does.
    Whole(&'a Addressee),
}

/// Ends targets. Add them, then [`run`](Self::run).
#[derive(Debug)]
pub struct Ender<'a> {
    wait: Wait<Held<'a>>,
    singles: Vec<usize>,
    crowds: Vec<Crowd<'a>>,
    ends: Vec<End>,
    places: HashMap<Pid, usize>,
    /// Read when it is first asked for.
    own_session: OnceCell<Option<SessionId>>,
}

impl<'a> Ender<'a> {
    /// With no targets.
    ///
    /// # Errors
    /// [`WaitError`]: no descriptor is left.
    pub fn new() -> Result<Self, WaitError> {
        Ok(Self {
            wait: Wait::new()?,
            singles: Vec::new(),
            crowds: Vec::new(),
            ends: Vec::new(),
            places: HashMap::new(),
            own_session: OnceCell::new(),
        })
    }

    /// Adds one target. A process that is added twice counts once.
    ///
    /// # Errors
    /// [`WaitError`]; [`OpenError`] in it: the members of a group cannot be read.
    pub fn add(&mut self, addressee: &'a Addressee) -> Result<(), EndError> {
        match addressee {
            Addressee::Process(process) => self.add_process(process).map_err(EndError::Wait),
            Addressee::Group(group) => self.add_crowd(Reach::Group(group)),
            _ => self.add_crowd(Reach::Whole(addressee)),
        }
    }

    /// Adds a process.
    ///
    /// # Errors
    /// [`WaitError`].
    pub fn add_process(&mut self, process: &'a Process) -> Result<(), WaitError> {
        if let Some(place) = self.hold(Held::Lent(process))? {
            self.singles.push(place);
        }
        Ok(())
    }

    fn add_crowd(&mut self, reach: Reach<'a>) -> Result<(), EndError> {
        self.crowds.push(Crowd { reach, places: Vec::new() });
        self.find_newcomers(self.crowds.len() - 1).map(drop)
    }

    fn hold(&mut self, process: Held<'a>) -> Result<Option<usize>, WaitError> {
        let held: &Process = process.borrow();
        let pid = held.pid();
        if self.places.contains_key(&pid) {
            return Ok(None);
        }
        self.places.insert(pid, self.ends.len());
        let read_comm = || {
            let mut name = Vec::new();
            let read = held.read_piece("comm", &mut name);
            read.ok().map(|()| Comm::new(name.strip_suffix(b"\n").unwrap_or(&name)))
        };
        let comm = held.take_look().map(Look::into_comm).or_else(read_comm);
        self.ends.push(End { pid, inode: None, comm, sent: Vec::new(), ending: None, unproved: false });
        self.wait.add(process).map(Some)
    }

    /// Takes note of a signal that was sent to the targets just before, as its receipts tell.
    pub fn sent_before(&mut self, receipts: &[Receipt]) {
        self.record_receipts(receipts, Duration::ZERO);
    }

    /// Reads the inodes of those that are known by now, and are there.
    pub fn read_inodes(&mut self) {
        for (pid, place) in &self.places {
            debug_assert_eq!(self.wait.process(*place).pid(), *pid);
            self.ends[*place].inode = self.wait.inode(*place);
        }
    }

    /// Those of a crowd that are not known yet: most likely forked meanwhile.
    fn find_newcomers(&mut self, crowd: usize) -> Result<Vec<usize>, EndError> {
        let is_known = |pid: Pid| self.places.contains_key(&pid);
        let members = match self.crowds[crowd].reach {
            Reach::Group(group) => {
                let mut candidates = group.candidates(is_known).map_err(EndError::Scan)?;
                candidates.retain(|process| process.stat().is_ok_and(|stat| stat.group == Some(group.id())));
                candidates
            }
            Reach::Whole(addressee) => {
                let mut members = addressee.members().map_err(EndError::Send)?;
                members.retain(|process| !is_known(process.pid()));
                members
            }
        };
        let mut new = Vec::new();
        for process in members {
            new.extend(self.hold(Held::Found(process)).map_err(EndError::Wait)?);
        }
        self.crowds[crowd].places.extend(&new);
        Ok(new)
    }

    /// Sends what the escalation says until all have ended or the limit is reached. Those that refuse every signal
    /// are not waited for. `told` is called now and then, at least every fifth of a second.
    ///
    /// # Errors
    /// [`EndError`]; what befalls a single target is in its [`End`].
    pub fn run(mut self, escalation: &Escalation, told: &mut dyn FnMut(&Progress)) -> Result<Vec<End>, EndError> {
        self.wait.begin();
        let mut steps = escalation.steps.clone();
        steps.sort_by_key(|(_, at)| *at);
        for (index, (signal, at)) in steps.iter().enumerate() {
            self.wait_until(Some(*at), steps.get(index).copied(), told)?;
            if self.waited_for() == 0 && index > 0 {
                break;
            }
            self.send(*signal)?;
        }
        loop {
            self.wait_until(escalation.limit, None, told)?;
            let is_over = escalation.limit.is_some_and(|limit| self.wait.began().elapsed() >= limit);
            if is_over || self.waited_for() > 0 || !self.joined_meanwhile()? {
                return Ok(self.ends);
            }
        }
    }

    /// Whether a group (or another target that is several processes, but not everyone) has members again.
    fn joined_meanwhile(&mut self) -> Result<bool, EndError> {
        let mut joined = false;
        for crowd in 0..self.crowds.len() {
            if !matches!(self.crowds[crowd].reach, Reach::Whole(Addressee::Everyone)) {
                joined |= !self.find_newcomers(crowd)?.is_empty();
            }
        }
        Ok(joined)
    }

    /// How many are alive and may still end by what is sent.
    fn waited_for(&self) -> usize {
        (0..self.ends.len()).filter(|place| self.wait.is_alive(*place) && !self.refuses(*place)).count()
    }

    /// Whether it took none of the signals.
    fn refuses(&self, place: usize) -> bool {
        let sent = &self.ends[place].sent;
        !sent.is_empty() && sent.iter().all(|sent| sent.refused.is_some())
    }

    fn wait_until(
        &mut self,
        limit: Option<Duration>,
        next: Option<(Signal, Duration)>,
        told: &mut dyn FnMut(&Progress),
    ) -> Result<(), EndError> {
        const TICK: Duration = Duration::from_millis(200);
        let deadline = limit.and_then(|limit| self.wait.began().checked_add(limit));
        loop {
            let now = Instant::now();
            let tick = now + TICK;
            let until = deadline.map_or(tick, |deadline| deadline.min(tick));
            while let Some((place, ending)) = self.wait.next(Some(until)).map_err(EndError::Wait)? {
                self.ends[place].ending = Some(ending);
            }
            told(&self.progress(next));
            let over = deadline.is_some_and(|deadline| deadline <= Instant::now());
            if over || self.waited_for() == 0 && self.all_ends_are_told() {
                return Ok(());
            }
        }
    }

    /// Whether what can be known of every end that was seen is known.
    fn all_ends_are_told(&self) -> bool {
        (0..self.ends.len()).all(|place| self.wait.is_alive(place) || self.ends[place].ending.is_some())
    }

    fn progress(&self, next: Option<(Signal, Duration)>) -> Progress {
        Progress {
            all: self.ends.len(),
            alive: self.wait.alive(),
            roomless: self.wait.roomless(),
            elapsed: self.wait.began().elapsed(),
            next,
        }
    }

    fn send(&mut self, signal: Signal) -> Result<(), EndError> {
        let after = self.wait.began().elapsed();
        for place in self.singles.clone() {
            if self.wait.is_alive(place) && !self.refuses(place) {
                let refused = self.wait.process(place).send(signal).err();
                self.record(place, Sent { signal, after, refused });
            }
        }
        for crowd in 0..self.crowds.len() {
            self.send_to_crowd(crowd, signal, after)?;
        }
        Ok(())
    }

    fn send_to_crowd(&mut self, crowd: usize, signal: Signal, after: Duration) -> Result<(), EndError> {
        self.find_newcomers(crowd)?;
        let Crowd { reach, places } = &self.crowds[crowd];
        let alive: Vec<usize> = places.iter().copied().filter(|place| self.wait.is_alive(*place)).collect();
        if alive.is_empty() {
            return Ok(());
        }
        match *reach {
            Reach::Group(group) => self.send_to_group(group, &alive, signal, after),
            Reach::Whole(addressee) => {
                let order = Order { signal: Some(signal), ..Order::default() };
                let receipts = send(core::slice::from_ref(addressee), &order).map_err(EndError::Send)?;
                self.record_receipts(&receipts, after);
            }
        }
        // Forked between the look and the call: it got the signal, too.
        for place in self.find_newcomers(crowd)? {
            self.record(place, Sent { signal, after, refused: None });
        }
        Ok(())
    }

    fn send_to_group(&mut self, group: &Group, alive: &[usize], signal: Signal, after: Duration) {
        let sent = group.send_while(signal, || alive.iter().any(|place| group.has(self.wait.process(*place))));
        let unproved = sent == Ok(Via::KillpgUnproved);
        for place in alive.iter().copied() {
            let process = self.wait.process(place);
            let refused = match sent {
                Err(refused) => Some(refused),
                Ok(_) if refused(process, signal, *self.own_session.get_or_init(own_session)) => process.probe().err(),
                Ok(_) => None,
            };
            self.ends[place].unproved |= unproved;
            self.record(place, Sent { signal, after, refused });
        }
    }

    fn record_receipts(&mut self, receipts: &[Receipt], after: Duration) {
        for receipt in receipts {
            let place = self.places.get(&receipt.pid).copied();
            if let (Some(place), Some(signal)) = (place, receipt.signal) {
                let errno = receipt.errno.map(sigpost_sys::Errno::from_raw_os_error);
                let refused =
                    errno.map(|errno| Refused::new(errno, Aim::Process(receipt.pid), Some(signal), Call::Handle));
                self.ends[place].unproved |= receipt.via == Some(Via::KillpgUnproved);
                self.record(place, Sent { signal, after, refused });
            }
        }
    }

    /// That it was gone by then is no refusal: its end is about to be seen.
    fn record(&mut self, place: usize, sent: Sent) {
        if sent.refused.and_then(|refused| refused.errno()) != Some(Errno::ESRCH) {
            self.ends[place].sent.push(sent);
        }
    }
}

/// Why ending was broken off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EndError {
    /// Waiting failed.
    Wait(WaitError),
    /// The members of a group, or everyone, could not be read.
    Scan(OpenError),
    /// A target could not be sent to as a whole.
    Send(SendError),
}

impl core::fmt::Display for EndError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Wait(error) => core::fmt::Display::fmt(error, f),
            Self::Scan(error) => core::fmt::Display::fmt(error, f),
            Self::Send(error) => core::fmt::Display::fmt(error, f),
        }
    }
}

impl core::error::Error for EndError {}

impl Process {
    /// Ends it: TERM (and CONT), `grace` to obey, then KILL; what was seen of its end. At most
    /// [`Escalation::AFTER_KILL`] longer than the grace.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sigpost_engine::{Pid, Signal};
    /// use sigpost_linux::{ExitStatus, Process};
    ///
    /// let mut child = std::process::Command::new("sleep").arg("1000").spawn()?;
    /// let process = Process::open(Pid::new(child.id().cast_signed()).unwrap())?;
    /// let end = process.end(Duration::from_secs(10))?;
    /// let by_term = ExitStatus::Signalled { signal: Signal::TERM, core: false };
    /// assert_eq!(end.ending.unwrap().status, Some(by_term));
    /// child.wait()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`EndError::Wait`]. That it refused (EPERM) is in [`End::sent`].
    pub fn end(&self, grace: Duration) -> Result<End, EndError> {
        let mut ends = end_all(core::slice::from_ref(self), grace)?;
        Ok(ends.remove(0))
    }
}

impl Group {
    /// Ends its members as [`Process::end`] does, each signal in one call to the whole group. Members that are forked
    /// meanwhile are found and waited for as well.
    ///
    /// # Errors
    /// [`EndError`].
    pub fn end(&self, grace: Duration) -> Result<Vec<End>, EndError> {
        let mut ender = Ender::new().map_err(EndError::Wait)?;
        ender.add_crowd(Reach::Group(self))?;
        ender.run(&Escalation::to_the_end(Signal::TERM, grace), &mut |_| {})
    }
}

/// Ends all of them as [`Process::end`] does, side by side; one [`End`] each, in order (a process that is there twice
/// has one).
///
/// # Errors
/// [`EndError::Wait`].
pub fn end_all(processes: &[Process], grace: Duration) -> Result<Vec<End>, EndError> {
    let mut ender = Ender::new().map_err(EndError::Wait)?;
    for process in processes {
        ender.add_process(process).map_err(EndError::Wait)?;
    }
    ender.run(&Escalation::to_the_end(Signal::TERM, grace), &mut |_| {})
}

/// Read of `stat`, which has 0 for a session outside of our PID namespace (rustix's `getsid` does not expect that).
fn own_session() -> Option<SessionId> {
    let own = Pid::new(rustix::process::getpid().as_raw_nonzero().get())?;
    Process::open(own).ok()?.stat().ok()?.session
}
