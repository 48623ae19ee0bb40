//! Events as JSON lines. The keys are documented in `docs/watch.md`.

use alloc::borrow::Cow;

use serde::Serialize;
use sigpost_engine::Signal;
use sigpost_linux::ExitStatus;
use sigpost_linux::user::Users;
use sigpost_linux::watch::{Counts, Ended, Event, Generated, How, Name, Party, Taken, Way};

use super::clock::{self, Clock};
use super::{cause, ends};

/// Writes events; what is looked up again and again is kept.
pub(super) struct Json {
    users: Users,
    clock: Clock,
    /// By number.
    names: Vec<String>,
}

#[derive(Serialize)]
struct SignalLine<'a> {
    event: &'static str,
    time: f64,
    ns: u64,
    signal: &'a str,
    how: &'static str,
    code: i32,
    sender: Option<PartyLine<'a>>,
    target: PartyLine<'a>,
    to: &'static str,
    verdict: Option<&'static str>,
    kernel: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    terminal: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

#[derive(Serialize)]
struct PartyLine<'a> {
    pid: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    thread: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    inner_pid: Option<u32>,
    comm: Cow<'a, str>,
    uid: Option<u32>,
    user: Option<&'a str>,
}

#[derive(Serialize)]
struct TakenLine<'a> {
    event: &'static str,
    time: f64,
    ns: u64,
    signal: &'a str,
    pid: u32,
    thread: u32,
    by: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    waited_ns: Option<u64>,
}

#[derive(Serialize)]
struct EndedLine<'a> {
    event: &'static str,
    time: f64,
    ns: u64,
    target: PartyLine<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signal: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    core: Option<bool>,
    by: Option<ByLine<'a>>,
    text: String,
}

/// The signal that ended a process, or asked it to end.
#[derive(Serialize)]
struct ByLine<'a> {
    signal: &'a str,
    how: &'static str,
    sender: Option<PartyLine<'a>>,
    before_ns: u64,
}

#[derive(Serialize)]
struct StartLine {
    event: &'static str,
    time: f64,
    ns: u64,
    by: &'static str,
}

#[derive(Serialize)]
struct SummaryLine {
    event: &'static str,
    generated: u64,
    seen: u64,
    lost: u64,
    others_lost: u64,
    shown: u64,
}

impl Json {
    pub(super) fn new(clock: Clock) -> Self {
        let names = (0..=i32::from(Signal::COUNT))
            .map(|number| Signal::new(number).map_or_else(String::new, |signal| signal.to_string()));
        Self { users: Users::read(), clock, names: names.collect() }
    }

    /// Writes the line of an event; of a signal that was taken with the time since it was generated, if that is known;
    /// of an end with the signal that caused it.
    pub(super) fn event(&self, event: &Event, waited: Option<u64>, by: Option<&Generated>, output: &mut Vec<u8>) {
        match event {
            Event::Generated(generated) => write(output, &self.signal(generated)),
            Event::Taken(taken) => write(output, &self.taken(taken, waited)),
            Event::Ended(ended) => write(output, &self.ended(ended, by)),
        }
    }

    /// The first line: everything from now on is seen.
    pub(super) fn start(&self, way: Way, output: &mut Vec<u8>) {
        let ns = clock::now();
        let by = if way == Way::Records { "records" } else { "programs" };
        write(output, &StartLine { event: "start", time: self.clock.seconds(ns), ns, by });
    }

    /// The last line: how many there were.
    pub(super) fn summary(counts: Counts, shown: u64, output: &mut Vec<u8>) {
        let Counts { generated, seen, lost, others_lost } = counts;
        write(output, &SummaryLine { event: "summary", generated, seen, lost, others_lost, shown });
    }

    fn signal<'a>(&'a self, generated: &'a Generated) -> SignalLine<'a> {
        SignalLine {
            event: "signal",
            time: self.clock.seconds(generated.time),
            ns: generated.time,
            signal: self.name(generated.signal),
            how: generated.how.word(),
            code: generated.code,
            sender: generated.sender.as_ref().map(|sender| self.party(sender)),
            target: self.party(&generated.target),
            to: if generated.for_process { "process" } else { "thread" },
            verdict: generated.verdict.map(sigpost_engine::Verdict::word),
            kernel: generated.fate.word(),
            terminal: generated.how.terminal().map(text),
            address: match generated.how {
                How::Fault(Some(address)) => Some(format!("{address:#x}")),
                _ => None,
            },
            value: match generated.how {
                How::Sigqueue(value) => Some(value),
                _ => None,
            },
            text: cause::unsent(generated, &self.users),
        }
    }

    fn taken(&self, taken: &Taken, waited_ns: Option<u64>) -> TakenLine<'_> {
        TakenLine {
            event: "taken",
            time: self.clock.seconds(taken.time),
            ns: taken.time,
            signal: self.name(taken.signal),
            pid: taken.process,
            thread: taken.thread,
            by: if taken.by_handler { "handler" } else { "default" },
            waited_ns,
        }
    }

    fn ended<'a>(&'a self, ended: &'a Ended, by: Option<&'a Generated>) -> EndedLine<'a> {
        let (code, signal, has_core) = match ended.status {
            ExitStatus::Exited(code) => (Some(code), None, None),
            ExitStatus::Signalled { signal, core } => (None, Some(self.name(signal)), Some(core)),
        };
        let time = self.clock.seconds(ended.time);
        EndedLine {
            event: "ended",
            time,
            ns: ended.time,
            target: self.party(&ended.who),
            code,
            signal,
            core: has_core,
            by: by.map(|by| ByLine {
                signal: self.name(by.signal),
                how: by.how.word(),
                sender: by.sender.as_ref().map(|sender| self.party(sender)),
                before_ns: ended.time.saturating_sub(by.time),
            }),
            text: ends::sentence(ended, by, &self.users),
        }
    }

    fn party<'a>(&'a self, party: &'a Party) -> PartyLine<'a> {
        PartyLine {
            pid: party.pid,
            thread: (party.thread != party.pid).then_some(party.thread),
            inner_pid: party.inner,
            comm: text(&party.comm),
            uid: party.user,
            user: party.user.and_then(|uid| self.users.name(uid)),
        }
    }

    fn name(&self, signal: Signal) -> &str {
        self.names.get(usize::from(signal.number())).map_or("", String::as_str)
    }
}

fn text(name: &Name) -> Cow<'_, str> {
    String::from_utf8_lossy(name.as_bytes())
}

fn write(output: &mut Vec<u8>, line: &impl Serialize) {
    // Into memory, and without a map that has keys of another kind than strings: there is nothing to fail.
    if serde_json::to_writer(&mut *output, line).is_ok() {
        output.push(b'\n');
    }
}
