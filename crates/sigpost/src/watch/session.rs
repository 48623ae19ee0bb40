//! One run of `watch`: what comes from the kernel is chosen, told and counted.

use alloc::collections::VecDeque;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::fd::BorrowedFd;
use std::path::PathBuf;

use sigpost_engine::{Signal, Verdict};
use sigpost_linux::generated::Fate;
use sigpost_linux::user::Users;
use sigpost_linux::watch::{Counts, Ended, Event, Generated, Name, Taken, Way};

use super::arguments::Order;
use super::clock::{self, Clock};
use super::ends::{Of, Suspects};
use super::filter::Filter;
use super::json::Json;
use super::lines::Lines;
use super::until::Until;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::page;
use crate::render::escape::printable;
use crate::render::print;

/// The state of a run.
pub(super) struct Session {
    filter: Filter,
    as_json: bool,
    /// Also when signals are taken.
    takes: bool,
    json: Json,
    lines: Lines,
    output: Vec<u8>,
    shown: u64,
    suspects: Suspects,
    waiting: Waiting,
    until: Option<Until>,
    page: Option<Page>,
    over: Option<Exit>,
}

/// The page that is to be written, and the signals and ends for it.
struct Page {
    path: PathBuf,
    file: File,
    lines: Vec<u8>,
    more: u64,
}

/// Bytes that are collected before they are written.
const BATCH: usize = 1 << 18;
/// A page of more is none that a browser would show: so many bytes of JSON are some 100,000 signals.
const PAGE: usize = 40 << 20;

impl Session {
    /// Begins one, once the watch is on: what is sent from now on is not missed.
    ///
    /// # Errors
    /// Exit 3: the page cannot be written, or the process not be opened.
    pub(super) fn begin(order: Order, way: Way) -> Result<Self, Failure> {
        let clock = Clock::read();
        let open = |path: &PathBuf| match File::create(path) {
            Ok(file) => Ok(Page { path: path.clone(), file, lines: Vec::new(), more: 0 }),
            Err(error) => Err(Failure::internal(format!("{}: {error}", path.display()))),
        };
        let page = order.page.as_ref().map(open).transpose()?;
        let mut over = None;
        let mut until = None;
        if let Some(pid) = order.until_exit {
            until = Until::open(pid, way == Way::Records)?;
            if until.is_none() {
                print::remark(&format!("process {pid}: there is none, or it has ended"));
                over = Some(Exit::Nothing);
            }
        }
        let suspects = Suspects::with_handled(until.as_ref().map_or(Of::None, |until| Of::This(until.pid)));
        let lines = Lines { users: Users::read(), clock };
        let (json, waiting, mut output) = (Json::new(clock), Waiting::default(), Vec::with_capacity(2 * BATCH));
        if order.json {
            json.start(way, &mut output);
        }
        let Order { filter, json: as_json, asked, .. } = order;
        Ok(Self {
            filter,
            as_json,
            takes: asked.taken,
            json,
            lines,
            output,
            shown: 0,
            suspects,
            waiting,
            until,
            page,
            over,
        })
    }

    /// Whether there is nothing more to do.
    pub(super) const fn is_over(&self) -> bool {
        self.over.is_some()
    }

    /// What else ends the wait.
    pub(super) fn ends(&self) -> Option<BorrowedFd<'_>> {
        self.until.as_ref().and_then(Until::readable)
    }

    /// Takes an event in; whether there is room for another one before [`write`](Self::write).
    pub(super) fn take(&mut self, event: &Event) -> bool {
        if self.is_over() {
            return false;
        }
        match event {
            Event::Generated(generated) => self.signal(generated, event),
            Event::Taken(taken) => self.taken(*taken),
            Event::Ended(ended) => self.ended(ended),
        }
        self.output.len() < BATCH && !self.is_over()
    }

    fn signal(&mut self, generated: &Generated, event: &Event) {
        if let Some(until) = &self.until {
            if generated.target.pid != until.pid {
                return;
            }
            let named = Generated { how: until.with_terminal(generated.how), ..generated.clone() };
            self.suspects.note(&named);
            self.show(&named, &Event::Generated(named.clone()));
            return;
        }
        self.suspects.note(generated);
        if self.filter.passes(generated) {
            self.show(generated, event);
        }
    }

    fn show(&mut self, generated: &Generated, event: &Event) {
        self.shown += 1;
        if self.takes {
            self.waiting.note(generated);
        }
        let start = self.output.len();
        if self.as_json {
            self.json.event(event, None, None, &mut self.output);
        } else {
            self.output.extend_from_slice(self.lines.signal(generated).as_bytes());
        }
        self.keep(event, None, start);
    }

    /// For the page: what was just written from here on, where that is JSON.
    fn keep(&mut self, event: &Event, by: Option<&Generated>, start: usize) {
        let Some(page) = &mut self.page else { return };
        if self.as_json {
            page.keep(&self.output[start..]);
        } else {
            let mut line = Vec::new();
            self.json.event(event, None, by, &mut line);
            page.keep(&line);
        }
    }

    /// Of a signal that was shown; and of those that were generated before the watch began, nothing.
    fn taken(&mut self, taken: Taken) {
        let Some((signal, since, name)) = self.waiting.take(taken) else { return };
        let taken = Taken { signal, ..taken };
        let waited = taken.time.checked_sub(since);
        if self.as_json {
            self.json.event(&Event::Taken(taken), waited, None, &mut self.output);
        } else {
            let name = printable(name.as_bytes());
            self.output.extend_from_slice(self.lines.taken(&taken, &name, waited).as_bytes());
        }
    }

    fn ended(&mut self, ended: &Ended) {
        self.waiting.forget(ended.who.pid);
        let by = self.suspects.take(ended);
        let is_wanted = self.until.as_ref().is_some_and(|until| until.pid == ended.who.pid);
        let event = Event::Ended(ended.clone());
        if self.until.is_some() && !is_wanted || self.until.is_none() && !self.filter.passes_end(ended, by.as_ref()) {
            return;
        }
        let start = self.output.len();
        if self.as_json {
            self.json.event(&event, None, by.as_ref(), &mut self.output);
        } else {
            self.output.extend_from_slice(self.lines.ended(ended, by.as_ref()).as_bytes());
        }
        self.keep(&event, by.as_ref(), start);
        if is_wanted {
            self.over = Some(Exit::Done);
        }
    }

    /// Writes what has been collected. That nobody reads it any more ends the run.
    ///
    /// # Errors
    /// Exit 3: standard output cannot be written.
    pub(super) fn write(&mut self) -> Result<(), Failure> {
        if !self.is_over()
            && let Some(ended) = self.until.as_ref().and_then(|until| until.ended(clock::now()))
        {
            self.ended(&ended);
        }
        if self.output.is_empty() {
            return Ok(());
        }
        let written = if self.as_json {
            let mut output = io::stdout().lock();
            output.write_all(&self.output).and_then(|()| output.flush())
        } else {
            let mut output = anstream::stdout().lock();
            output.write_all(&self.output).and_then(|()| output.flush())
        };
        self.output.clear();
        match written {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => self.over = Some(Exit::Done),
            Err(error) => return Err(print::not_written(&error)),
            Ok(()) => {}
        }
        Ok(())
    }

    /// The last line, the page, and the exit status.
    ///
    /// # Errors
    /// Exit 3: standard output or the page cannot be written.
    pub(super) fn finish(mut self, counts: Counts) -> Result<Exit, Failure> {
        if self.as_json {
            Json::summary(counts, self.shown, &mut self.output);
        }
        self.write()?;
        let Counts { generated, lost, others_lost, .. } = counts;
        let others = if others_lost > 0 { format!(", {others_lost} other records lost") } else { String::new() };
        print::summary(&format!("{generated} signals, {} shown, {lost} lost{others}", self.shown));
        if let Some(page) = self.page {
            page.write(lost)?;
        }
        let in_time = if self.until.is_some() { Exit::StillAlive } else { Exit::Done };
        Ok(self.over.unwrap_or(in_time))
    }
}

impl Page {
    fn keep(&mut self, line: &[u8]) {
        if self.lines.len() + line.len() <= PAGE { self.lines.extend_from_slice(line) } else { self.more += 1 }
    }

    fn write(self, lost: u64) -> Result<(), Failure> {
        let failed = |error: io::Error| Failure::internal(format!("{}: {error}", self.path.display()));
        let text = String::from_utf8_lossy(&self.lines);
        page::write(BufWriter::new(&self.file), text.lines(), lost + self.more).map_err(failed)?;
        if self.more > 0 {
            print::remark(&format!("{} later signals are not in {}", self.more, self.path.display()));
        }
        Ok(())
    }
}

/// Signals that were generated and not taken yet: when, and the target's name.
#[derive(Debug, Default)]
struct Waiting(HashMap<u32, Vec<(Signal, Times)>>);

/// When each was generated, the target's name then, and whether it ends the target without a core image.
type Times = VecDeque<(u64, Name, bool)>;

impl Waiting {
    /// Those that nobody takes by a handler or by default (sigwait, signalfd) would stay for good.
    const MOST: usize = 100_000;

    fn note(&mut self, generated: &Generated) {
        if !matches!(generated.fate, Fate::Delivered | Fate::InfoLost) {
            return;
        }
        if self.0.len() > Self::MOST {
            self.0.clear();
        }
        let target = &generated.target;
        let of_process = self.0.entry(target.pid).or_default();
        let place = of_process.iter().position(|(signal, _)| *signal == generated.signal).unwrap_or_else(|| {
            of_process.push((generated.signal, Times::new()));
            of_process.len() - 1
        });
        let (_, times) = &mut of_process[place];
        // A standard signal is pending once.
        if !generated.signal.is_realtime() || times.len() > Self::MOST {
            times.clear();
        }
        times.push_back((generated.time, target.comm, generated.verdict == Some(Verdict::Terminates)));
    }

    /// Which signal was taken, when it was generated, and by whom it is taken.
    ///
    /// The kernel turns one that ends its target without a core image into KILL, and that is what is taken then.
    fn take(&mut self, taken: Taken) -> Option<(Signal, u64, Name)> {
        let of_process = self.0.get_mut(&taken.process)?;
        let is_it = |(signal, times): &&mut (Signal, Times)| *signal == taken.signal && !times.is_empty();
        let ends = |(_, times): &&mut (Signal, Times)| times.front().is_some_and(|(.., ends)| *ends);
        let found = match of_process.iter_mut().find(is_it) {
            None if taken.signal == Signal::KILL => of_process.iter_mut().find(ends),
            found => found,
        };
        let (signal, times) = found?;
        times.pop_front().map(|(since, name, _)| (*signal, since, name))
    }

    fn forget(&mut self, pid: u32) {
        self.0.remove(&pid);
    }
}
