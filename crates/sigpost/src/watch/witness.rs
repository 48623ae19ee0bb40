//! Watching beside the work of another verb: what is sent to its targets meanwhile, and who ends them.

use core::time::Duration;
use std::io::{self, PipeWriter};
use std::os::fd::AsFd as _;
use std::thread::JoinHandle;

use sigpost_linux::user::Users;
use sigpost_linux::watch::{Asked, Counts, Ended, Ends, Event, Generated, Watch, Way};

use super::ends::{self, Of, Suspects};
use super::{REST, cause, ready};
use crate::failure::Failure;

/// A watch that goes on in a thread until it is asked.
pub(crate) struct Witness {
    thread: JoinHandle<Seen>,
    /// Closed, it ends the thread.
    go_on: PipeWriter,
}

/// What was seen.
#[derive(Default)]
pub(crate) struct Seen {
    sent: Vec<Generated>,
    ended: Vec<(Ended, Option<Generated>)>,
    counts: Counts,
}

/// Of what is sent so much is kept. Of ends all: each is one process.
const MOST: usize = 1000;

impl Witness {
    /// Begins to watch: for what is sent to these processes, and for everybody's end.
    ///
    /// # Errors
    /// Exit 3: the kernel does not let us; this is a PID namespace with numbers of its own.
    pub(crate) fn start(pids: Vec<u32>) -> Result<Self, Failure> {
        super::numbers_are_the_machines("watching these processes")?;
        let room = 64 << 20;
        let asked =
            Asked { signals: u64::MAX, children: false, taken: false, ends: Ends::All, room, way: Way::Programs };
        let watch = Watch::open(&asked).map_err(|missing| Failure::internal(missing.reason))?;
        let failed = |error: io::Error| Failure::internal(format!("watching: {error}"));
        let (stop, go_on) = io::pipe().map_err(failed)?;
        let work = move || {
            let mut watch = watch;
            let (mut seen, mut suspects) = (Seen::default(), Suspects::with_handled(Of::All));
            loop {
                watch.drain(|event| {
                    seen.take(event, &pids, &mut suspects);
                    true
                });
                let is_over = |limit| ready(&[stop.as_fd()], limit).map_or(true, |ready| ready[0]);
                let readable: Vec<_> = watch.readable().into_iter().chain([stop.as_fd()]).collect();
                if is_over(Some(REST)) || ready(&readable, None).is_err() || is_over(Some(Duration::ZERO)) {
                    break;
                }
            }
            seen.counts = watch.end(|event| seen.take(event, &pids, &mut suspects));
            seen
        };
        let thread = std::thread::Builder::new().spawn(work).map_err(failed)?;
        Ok(Self { thread, go_on })
    }

    /// Lets it watch for this time.
    ///
    /// # Errors
    /// Exit 3: those of poll(2).
    pub(crate) fn go_on_for(time: Duration) -> Result<(), Failure> {
        ready(&[], Some(time)).map(drop)
    }

    /// Ends it, and says what was seen.
    ///
    /// # Errors
    /// Exit 3: the thread came to grief.
    pub(crate) fn end(self) -> Result<Seen, Failure> {
        drop(self.go_on);
        self.thread.join().map_err(|_| Failure::internal("the watching thread panicked: this is a defect of sigpost"))
    }
}

impl Seen {
    fn take(&mut self, event: Event, pids: &[u32], suspects: &mut Suspects) {
        match event {
            Event::Generated(generated) if pids.contains(&generated.target.pid) => {
                suspects.note(&generated);
                if self.sent.len() < MOST {
                    self.sent.push(generated);
                }
            }
            Event::Generated(generated) => suspects.note(&generated),
            Event::Ended(ended) => {
                let by = suspects.take(&ended);
                self.ended.push((ended, by));
            }
            Event::Taken(_) => {}
        }
    }

    /// How this process ended and who did it, in a sentence; `None`: that was not seen.
    pub(crate) fn end_of(&self, pid: u32) -> Option<String> {
        let (ended, by) = self.ended.iter().rfind(|(ended, _)| ended.who.pid == pid)?;
        Some(ends::sentence(ended, by.as_ref(), &Users::read()))
    }

    /// What was sent to this process, a sentence each: `TERM from 5120 bash (root): pends`. What came again and again is
    /// told once, with how often.
    pub(crate) fn sent_to(&self, pid: u32) -> Vec<String> {
        let users = Users::read();
        let of = |generated: &&Generated| generated.target.pid == pid;
        let sentence = |generated: &Generated| {
            let became = generated.verdict.map_or_else(|| generated.fate.word(), sigpost_engine::Verdict::word);
            let from = if cause::unsent(generated, &users).is_some() { "by" } else { "from" };
            format!("{} {from} {}: {became}", generated.signal, cause::origin(generated, &users))
        };
        let sentences = self.sent.iter().filter(of).map(sentence);
        let mut told: Vec<(String, usize)> = Vec::new();
        for sentence in sentences {
            match told.iter_mut().find(|(known, _)| *known == sentence) {
                Some((_, times)) => *times += 1,
                None => told.push((sentence, 1)),
            }
        }
        let line = |(sentence, times)| if times == 1 { sentence } else { format!("{sentence} ({times} times)") };
        told.into_iter().map(line).collect()
    }

    /// How many signals, to anybody, were not seen.
    pub(crate) const fn lost(&self) -> u64 {
        self.counts.lost
    }
}
