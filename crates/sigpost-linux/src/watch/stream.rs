//! `Watch`: the stream of what is seen, and the count of what is not.

use core::num::NonZeroUsize;
use std::os::fd::{AsFd, BorrowedFd};

use sigpost_engine::Signal;
use sigpost_sys::bpf::{Counters, Program, Ring, immediate};

use super::backlog::Backlog;
use super::by_perf::ByPerf;
use super::decode::{self, Record};
use super::event::Event;
use super::held::Held;
use super::kernel_types::KernelTypes;
use super::offsets::Offsets;
use super::programs::{self, Setting};
use super::record::count;
use crate::generated::Unavailable;

/// What is to be seen.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// These signals: number 1 in bit 0.
    pub signals: u64,
    /// Also the CHLD that tell parents of their children's ends and stops.
    pub children: bool,
    /// Also when signals are taken. KILL is told with any: what ends a process without a core image is taken as KILL.
    pub taken: bool,
    /// Also ends that no signal caused.
    pub ends: Ends,
    /// Bytes of room for records that are not told yet; taken when they are needed.
    pub room: usize,
    /// By which way.
    pub way: Way,
}

/// Of whose end to tell; of those that a signal ended it is always told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// Of those only.
    BySignal,
    /// Also of this process's, however it ends.
    Also(i32),
    /// Of everybody's.
    All,
}

/// By which way the kernel tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Programs in the kernel, or else its records of events, whichever can be had.
    Any,
    /// Programs in the kernel.
    Programs,
    /// Its records of events (perf): without the sender's user and name at the time of sending, without what the
    /// target had set, without ends.
    Records,
}

/// How many signals there were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Generated, of those that were asked for, as counted by the program itself (or by the kernel).
    pub generated: u64,
    /// Of these, read.
    pub seen: u64,
    /// Of these, not read, for there was no room: generated less seen, once the watch has been ended.
    pub lost: u64,
    /// Records of another kind (taken, ended) for which there was no room.
    pub others_lost: u64,
}

/// The whole machine, watched until this is dropped. Nothing is changed that others could see.
///
/// ```no_run
/// use sigpost_linux::watch::{Asked, Ends, Event, Watch, Way};
///
/// let room = 64 << 20;
/// let asked = Asked { signals: u64::MAX, children: false, taken: false, ends: Ends::BySignal, room, way: Way::Any };
/// let mut watch = Watch::open(&asked)?;
/// watch.drain(|event| {
///     if let Event::Generated(generated) = event {
///         println!("{} for {}: {}", generated.signal, generated.target.pid, generated.how.word());
///     }
///     true
/// });
/// println!("{} lost", watch.counts().lost);
/// # Ok::<(), sigpost_linux::generated::Unavailable>(())
/// ```
#[derive(Debug)]
pub struct Watch {
    source: Source,
    seen: u64,
    malformed: u64,
    held: Held,
}

#[derive(Debug)]
enum Source {
    Programs(Programs),
    Records(ByPerf),
}

#[derive(Debug)]
struct Programs {
    ring: Ring,
    counters: Counters,
    /// The first sees signals generated.
    attached: Vec<Program>,
    backlog: Backlog,
}

const WORDS: NonZeroUsize = NonZeroUsize::new(count::WORDS).unwrap();

/// Bytes of the ring, which the kernel takes at once: at a million signals a second those of half a second.
const RING: usize = 64 << 20;

impl Watch {
    /// Begins to watch.
    ///
    /// # Errors
    /// [`Unavailable`]: what is missing, and how to get it.
    pub fn open(asked: &Asked) -> Result<Self, Unavailable> {
        let source = match asked.way {
            Way::Programs => Source::Programs(Programs::open(asked)?),
            Way::Records => Source::Records(ByPerf::open(asked)?),
            Way::Any => match Programs::open(asked) {
                Ok(programs) => Source::Programs(programs),
                Err(first) => Source::Records(ByPerf::open(asked).map_err(|_| first)?),
            },
        };
        Ok(Self { source, seen: 0, malformed: 0, held: Held::default() })
    }

    /// By which way it watches: never [`Way::Any`].
    pub const fn way(&self) -> Way {
        match self.source {
            Source::Programs(_) => Way::Programs,
            Source::Records(_) => Way::Records,
        }
    }

    /// What becomes readable when there is something to drain; `None`: nothing does, ask again and again.
    pub fn readable(&self) -> Option<BorrowedFd<'_>> {
        match &self.source {
            Source::Programs(programs) => Some(programs.ring.as_fd()),
            Source::Records(_) => None,
        }
    }

    /// Takes what was seen since the last time, oldest first, until there is no more or the function returns false. Then
    /// the rest is kept for the next time, and the kernel has its room back all the same.
    pub fn drain(&mut self, mut each: impl FnMut(Event) -> bool) {
        let Self { source, seen, malformed, held } = self;
        match source {
            Source::Programs(programs) => {
                let Programs { ring, backlog, .. } = programs;
                backlog.fill(ring);
                if !held.tell(&mut each) {
                    return;
                }
                backlog.drain(|bytes| {
                    let Some(record) = decode::record(bytes) else {
                        *malformed += 1;
                        return true;
                    };
                    *seen += u64::from(matches!(record, Record::Event(Event::Generated(_))));
                    held.pass(record, &mut each)
                });
                if backlog.is_empty() {
                    held.give_up();
                    held.tell(&mut each);
                }
            }
            Source::Records(records) => records.drain(|event| {
                *seen += 1;
                each(event)
            }),
        }
    }

    /// Whether the last drain left something for the next one.
    pub fn is_behind(&self) -> bool {
        self.held.is_ready() || matches!(&self.source, Source::Programs(programs) if !programs.backlog.is_empty())
    }

    /// How many there were so far. Between the reading of two counts more may come.
    pub fn counts(&self) -> Counts {
        match &self.source {
            Source::Programs(programs) => programs.counts(self.seen, self.malformed),
            Source::Records(records) => {
                let lost = records.lost();
                Counts { generated: self.seen + lost, seen: self.seen, lost, others_lost: 0 }
            }
        }
    }

    /// Ends the watch, passes on what was seen and not drained, and counts.
    pub fn end(mut self, mut each: impl FnMut(Event)) -> Counts {
        /// So often it is looked again whether a program on another CPU is through; each takes microseconds.
        const PATIENCE: u32 = 10_000;
        if let Source::Programs(programs) = &mut self.source {
            programs.attached.iter_mut().for_each(Program::detach);
        }
        let mut counts = Counts::default();
        for _ in 0..PATIENCE {
            self.drain(|event| {
                each(event);
                true
            });
            counts = self.counts();
            if self.held.is_empty() && !self.is_behind() && counts.generated == counts.seen + counts.lost {
                break;
            }
            rustix::thread::sched_yield();
        }
        self.held.give_up_all();
        self.held.tell(&mut |event| {
            each(event);
            true
        });
        counts
    }
}

impl Programs {
    fn open(asked: &Asked) -> Result<Self, Unavailable> {
        let refused = |what: &str, error: &std::io::Error| Unavailable::of_program(what, error);
        // First, for it is what those without the privilege are refused.
        let counters = Counters::new(WORDS).map_err(|error| refused("a map", &error))?;
        let types = KernelTypes::read().map_err(|error| refused("the kernel's types", &error))?;
        let missing = |name: String| Unavailable::because(format!("this kernel has no {name}, by which watch reads"));
        let offsets = Offsets::of(&types).map_err(missing)?;
        let ring = Ring::new(RING.min(asked.room)).map_err(|error| refused("a ring", &error))?;
        let setting = Setting { offsets: &offsets, ring: immediate(&ring), counters: immediate(&counters) };
        let mut attached = Vec::new();
        for (tracepoint, program) in written(setting, asked, &types) {
            let Some(number) = types.tracepoint(tracepoint) else {
                if tracepoint == "mark_victim" {
                    continue;
                }
                return Err(missing(format!("tracepoint {tracepoint}")));
            };
            let program =
                program.map_err(|flaw| Unavailable::because(format!("the program for {tracepoint}: {flaw}")))?;
            let program = Program::attach(tracepoint, &program, number);
            attached.push(program.map_err(|error| refused("a program", &error))?);
        }
        // Last the one that signals pass through, so that what belongs to a signal is seen as well.
        attached.reverse();
        Ok(Self { ring, counters, attached, backlog: Backlog::new(asked.room) })
    }

    fn counts(&self, seen: u64, malformed: u64) -> Counts {
        let words = self.counters.read().unwrap_or_else(|_| vec![0; count::WORDS]);
        let missed = self.attached.first().and_then(|program| program.missed().ok()).unwrap_or(0);
        Counts {
            generated: words[count::GENERATED] + missed,
            seen,
            lost: words[count::LOST] + missed + malformed,
            others_lost: words[count::OTHERS_LOST],
        }
    }
}

type Written = Result<Vec<sigpost_sys::bpf::Instruction>, super::assembler::Flaw>;

/// The programs that are asked for, the one for signals last.
fn written(setting: Setting<'_>, asked: &Asked, types: &KernelTypes) -> Vec<(&'static str, Written)> {
    let wanted = match asked.ends {
        Ends::BySignal => 0,
        Ends::Also(pid) => pid,
        Ends::All => -1,
    };
    let mut written = vec![
        ("mark_victim", programs::memory_is_short(setting, types.is_pointer("mark_victim", 0))),
        ("sched_process_exit", programs::process_ended(setting, wanted)),
    ];
    if asked.taken {
        written.push(("signal_deliver", programs::signal_taken(setting, asked.signals | Signal::KILL.bit())));
    }
    written.push(("signal_generate", programs::signal_generated(setting, asked.signals, asked.children)));
    written
}
