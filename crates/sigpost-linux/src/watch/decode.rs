//! From the bytes of a record to what they mean.

use sigpost_engine::{DefaultAction, Signal, SignalSet, Verdict};

use super::event::{Ended, Event, Generated, How, Name, Party, Taken};
use super::record::{self, Place, ended, generated, memory, state, taken};
use crate::ExitStatus;
use crate::generated::Fate;

/// A record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Record {
    Event(Event),
    /// This process was chosen to be ended for want of memory.
    OutOfMemory(u32),
}

/// Reads a record; `None` if it has no known form.
pub(super) fn record(bytes: &[u8]) -> Option<Record> {
    let fields = Fields(bytes);
    Some(Record::Event(match fields.u32(record::KIND)? {
        record::GENERATED => Event::Generated(signal(fields)?),
        record::TAKEN => Event::Taken(Taken {
            time: fields.u64(record::TIME)?,
            signal: Signal::new(i32::from(fields.byte(taken::SIGNAL)?))?,
            process: fields.u32(record::ACTOR + 4)?,
            thread: fields.u32(record::ACTOR)?,
            by_handler: fields.byte(taken::DISPOSITION)? == CAUGHT,
        }),
        record::ENDED => Event::Ended(Ended {
            time: fields.u64(record::TIME)?,
            who: party(fields, ended::WHO)?,
            status: ExitStatus::from_wait(fields.i32(ended::STATUS)?)?,
        }),
        record::MEMORY => return Some(Record::OutOfMemory(fields.u32(memory::VICTIM)?)),
        _ => return None,
    }))
}

const DEFAULT: u8 = 0;
const CAUGHT: u8 = 2;

fn party(fields: Fields<'_>, at: Place) -> Option<Party> {
    Some(Party {
        pid: fields.u32(at.ids + 4)?,
        thread: fields.u32(at.ids)?,
        inner: fields.number(at.inner),
        user: fields.u32(at.user),
        comm: fields.name(at.comm)?,
        cgroup: fields.u64(at.cgroup),
    })
}

fn signal(fields: Fields<'_>) -> Option<Generated> {
    let sender = party(fields, generated::SENDER)?;
    let target = party(fields, generated::TARGET)?;
    let facts = Facts {
        signal: Signal::new(i32::from(fields.byte(generated::SIGNAL)?))?,
        code: fields.i32(generated::CODE)?,
        fate: Fate::from_number(i32::from(fields.byte(generated::RESULT)?))?,
        for_process: fields.byte(generated::FOR_PROCESS)? != 0,
        disposition: fields.byte(generated::DISPOSITION)?,
        state: fields.i32(generated::STATE)?,
        detail: fields.detail()?,
    };
    let how = facts.how(&sender);
    Some(Generated {
        time: fields.u64(record::TIME)?,
        signal: facts.signal,
        how,
        code: facts.code,
        sender: facts.is_sent(how).then_some(sender),
        target,
        for_process: facts.for_process,
        fate: facts.fate,
        verdict: Some(facts.verdict(&target)),
    })
}

/// What a record says of a signal but for who it is about.
struct Facts {
    signal: Signal,
    code: i32,
    fate: Fate,
    for_process: bool,
    disposition: u8,
    state: i32,
    detail: [u8; 16],
}

/// `si_code` of signals that programs send, or ask the kernel for.
const SI_USER: i32 = 0;
const SI_QUEUE: i32 = -1;
const SI_TIMER: i32 = -2;
const SI_MESGQ: i32 = -3;
const SI_ASYNCIO: i32 = -4;
const SI_SIGIO: i32 = -5;
const SI_TKILL: i32 = -6;
const SYS_SECCOMP: i32 = 1;

const FAULTS: [Signal; 6] = [Signal::SEGV, Signal::BUS, Signal::ILL, Signal::FPE, Signal::TRAP, Signal::SYS];
const ITS_TIMERS: [Signal; 3] = [Signal::ALRM, Signal::VTALRM, Signal::PROF];

impl Facts {
    const fn has(&self, bit: i32) -> bool {
        self.state & bit != 0
    }

    fn how(&self, sender: &Party) -> How {
        if self.has(state::HAS_INFORMATION) {
            self.how_by_code()
        } else if self.has(state::BY_KERNEL) {
            self.how_by_kernel(sender)
        } else {
            self.how_on_behalf()
        }
    }

    /// Sent with information.
    fn how_by_code(&self) -> How {
        match self.code {
            SI_USER => How::Kill,
            SI_TKILL => How::Tgkill,
            SI_TIMER => How::Timer,
            SI_MESGQ => How::MessageQueue,
            SI_ASYNCIO | SI_SIGIO => How::Io,
            // sigqueue(3) with -1; programs may use other negative numbers.
            code if code <= SI_QUEUE => How::Sigqueue(self.detail_number(8)),
            _ if self.signal == Signal::CHLD => How::Child,
            SYS_SECCOMP if self.signal == Signal::SYS => How::Seccomp(self.detail_number(8)),
            _ if FAULTS.contains(&self.signal) && self.has(state::SENDER_IS_TARGET) => How::Fault(self.address()),
            _ if self.signal == Signal::IO || self.signal.is_realtime() => How::Io,
            _ => How::Kernel,
        }
    }

    /// The kernel's own.
    fn how_by_kernel(&self, sender: &Party) -> How {
        let terminal = self.has(state::HAS_TERMINAL).then(|| terminal_name(&self.detail));
        let ends = self.has(state::SENDER_ENDS);
        match self.signal {
            Signal::HUP | Signal::CONT => {
                let leader = ends && self.has(state::SENDER_LEADS) && self.has(state::SAME_SESSION);
                match (leader, ends && self.has(state::SAME_SESSION)) {
                    (true, _) => How::LeaderEnd(terminal),
                    (_, true) => How::Orphaned,
                    _ => How::HangUp(terminal),
                }
            }
            Signal::INT | Signal::QUIT | Signal::TSTP => terminal.map_or(How::Kernel, How::Key),
            Signal::TTIN | Signal::TTOU => terminal.map_or(How::Kernel, How::Background),
            Signal::WINCH => terminal.map_or(How::Kernel, How::Resize),
            Signal::XCPU | Signal::XFSZ => How::Limit,
            Signal::KILL if ends && (sender.inner == Some(1) || sender.pid == 1) => How::NamespaceEnd,
            Signal::KILL if ends => How::TracerEnd,
            Signal::IO => How::Io,
            signal if ITS_TIMERS.contains(&signal) => How::Timer,
            signal if FAULTS.contains(&signal) && self.has(state::SENDER_IS_TARGET) => How::Fault(None),
            _ => How::Kernel,
        }
    }

    /// Without information, in the name of who runs.
    fn how_on_behalf(&self) -> How {
        match self.signal {
            Signal::PIPE if self.has(state::SENDER_IS_TARGET) => How::Pipe,
            Signal::XFSZ | Signal::XCPU => How::Limit,
            _ if self.has(state::SENDER_ENDS) => How::ParentDeath,
            Signal::KILL => How::CgroupKill,
            signal if FAULTS.contains(&signal) && self.has(state::SENDER_IS_TARGET) => How::Fault(None),
            _ => How::Kernel,
        }
    }

    /// Whether who was running sent it: what comes from a timer, a key or a fault does not have a sender.
    fn is_sent(&self, how: How) -> bool {
        match how {
            How::Timer
            | How::MessageQueue
            | How::Io
            | How::Fault(_)
            | How::Seccomp(_)
            | How::Pipe
            | How::OutOfMemory
            | How::Limit
            | How::Background(_) => false,
            How::Kernel | How::Key(_) | How::HangUp(_) | How::Resize(_) => !self.has(state::SENDER_IS_KERNEL),
            _ => true,
        }
    }

    /// What becomes of it: the kernel's result, and what the target had set.
    fn verdict(&self, target: &Party) -> Verdict {
        match self.fate {
            Fate::AlreadyPending => Verdict::Merges,
            Fate::Overflow => Verdict::QueueFull,
            Fate::Ignored => self.ignored(target),
            Fate::Delivered | Fate::InfoLost => self.queued(),
        }
    }

    fn ignored(&self, target: &Party) -> Verdict {
        let is_init = target.pid == 1 || target.inner == Some(1);
        let acts = self.disposition == DEFAULT && !SignalSet::DEFAULT_IGNORED.contains(self.signal);
        if self.has(state::CONTINUED) && self.signal == Signal::CONT {
            Verdict::Continues
        } else if self.has(state::ENDING) || self.disposition == CAUGHT || acts && !is_init {
            // A living one would not have dropped it.
            Verdict::Zombie
        } else if acts {
            Verdict::Immune
        } else {
            Verdict::Ignores
        }
    }

    fn queued(&self) -> Verdict {
        let signal = self.signal;
        let is_blocked = self.has(state::BLOCKED) && (!self.for_process || self.has(state::CHOSEN_BLOCKS));
        if signal == Signal::KILL {
            Verdict::Terminates
        } else if signal == Signal::CONT && self.has(state::CONTINUED) {
            Verdict::Continues
        } else if is_blocked {
            Verdict::Pends
        } else if self.has(state::STOPPED) {
            Verdict::Defers
        } else if self.has(state::AWAITED) {
            Verdict::Accepts
        } else if self.has(state::TRACED) {
            Verdict::Traces
        } else if self.disposition == CAUGHT {
            Verdict::Handles
        } else if self.disposition != DEFAULT {
            Verdict::Ignores
        } else {
            match signal.default_action() {
                DefaultAction::Terminate => Verdict::Terminates,
                DefaultAction::Dump => Verdict::Dumps,
                DefaultAction::Stop => Verdict::Stops,
                DefaultAction::Ignore | DefaultAction::Continue => Verdict::Ignores,
            }
        }
    }

    fn detail_number(&self, at: usize) -> i32 {
        self.detail.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |bytes| i32::from_ne_bytes(*bytes))
    }

    /// `si_addr`; the kernel tells none with `SI_KERNEL`.
    fn address(&self) -> Option<u64> {
        const SI_KERNEL: i32 = 0x80;
        let address = self.detail.first_chunk().map(|bytes| u64::from_ne_bytes(*bytes));
        address.filter(|_| self.code != SI_KERNEL)
    }
}

/// The kernel's name of a terminal is that of its file but for `pts3`, which is `/dev/pts/3`.
fn terminal_name(detail: &[u8; 16]) -> Name {
    let name = Name(*detail);
    match name.as_bytes().strip_prefix(b"pts") {
        Some(number) if number.first().is_some_and(u8::is_ascii_digit) => Name::new(&[b"pts/", number].concat()),
        _ => name,
    }
}

/// The fields of a record, by where they are.
#[derive(Clone, Copy)]
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn array<const N: usize>(self, at: usize) -> Option<[u8; N]> {
        self.0.get(at..)?.first_chunk().copied()
    }

    fn byte(self, at: usize) -> Option<u8> {
        self.0.get(at).copied()
    }

    fn u32(self, at: usize) -> Option<u32> {
        self.array(at).map(u32::from_ne_bytes)
    }

    fn i32(self, at: usize) -> Option<i32> {
        self.array(at).map(i32::from_ne_bytes)
    }

    fn u64(self, at: usize) -> Option<u64> {
        self.array(at).map(u64::from_ne_bytes)
    }

    /// A number, where 0 says that there is none.
    fn number(self, at: usize) -> Option<u32> {
        self.u32(at).filter(|number| *number != 0)
    }

    fn name(self, at: usize) -> Option<Name> {
        self.array(at).map(Name)
    }

    fn detail(self) -> Option<[u8; 16]> {
        self.array(generated::DETAIL)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes of a record about a signal that process 7 sent to process 9, each named by a letter.
    struct Written(Vec<u8>);

    impl Written {
        fn new(signal: Signal, code: i32, state: i32) -> Self {
            let mut written = Self(vec![0; generated::SIZE]);
            written
                .put(record::KIND, record::GENERATED)
                .put(record::TIME, 5)
                .put(record::ACTOR, 7)
                .put(record::ACTOR + 4, 7);
            written.put(generated::TARGET.ids, 9).put(generated::TARGET.ids + 4, 9);
            written.put(generated::CODE, code.cast_unsigned()).put(generated::STATE, state.cast_unsigned());
            written.byte(generated::SIGNAL, signal.number()).byte(generated::FOR_PROCESS, 1);
            written.byte(generated::SENDER.comm, b's').byte(generated::TARGET.comm, b't');
            written
        }

        fn put(&mut self, at: usize, number: u32) -> &mut Self {
            self.0[at..at + 4].copy_from_slice(&number.to_ne_bytes());
            self
        }

        fn byte(&mut self, at: usize, byte: u8) -> &mut Self {
            self.0[at] = byte;
            self
        }

        fn read(&self) -> Generated {
            match record(&self.0) {
                Some(Record::Event(Event::Generated(generated))) => generated,
                other => panic!("{other:?}"),
            }
        }
    }

    const SENT: i32 = state::HAS_INFORMATION;
    const KERNEL: i32 = state::BY_KERNEL;

    fn verdict(signal: Signal, state: i32, change: impl FnOnce(&mut Written)) -> Verdict {
        let mut written = Written::new(signal, SI_USER, SENT | state);
        change(&mut written);
        written.read().verdict.unwrap()
    }

    #[test]
    fn a_signal_that_was_sent_has_its_sender_and_its_target() {
        let generated = Written::new(Signal::TERM, SI_USER, SENT).read();
        assert_eq!((generated.how, generated.for_process, generated.fate), (How::Kill, true, Fate::Delivered));
        let sender = generated.sender.unwrap();
        assert_eq!((sender.pid, sender.comm.as_bytes(), sender.inner), (7, &b"s"[..], None));
        assert_eq!((generated.target.pid, generated.target.comm.as_bytes()), (9, &b"t"[..]));
    }

    #[test]
    fn where_it_came_from_follows_from_its_code_and_who_ran() {
        let how = |signal, code, state| Written::new(signal, code, state).read().how;
        assert_eq!(how(Signal::TERM, -6, SENT), How::Tgkill);
        assert_eq!(how(Signal::TERM, -2, SENT), How::Timer);
        assert_eq!(how(Signal::ALRM, 128, KERNEL), How::Timer);
        assert_eq!(how(Signal::CHLD, 1, SENT), How::Child);
        assert_eq!(how(Signal::PIPE, 0, state::SENDER_IS_TARGET), How::Pipe);
        assert_eq!(how(Signal::PIPE, 0, SENT | state::SENDER_IS_TARGET), How::Kill);
        assert_eq!(how(Signal::SEGV, 1, SENT | state::SENDER_IS_TARGET), How::Fault(Some(0)));
        assert_eq!(how(Signal::SEGV, 128, SENT | state::SENDER_IS_TARGET), How::Fault(None));
        assert_eq!(how(Signal::SEGV, 0, SENT), How::Kill);
        assert_eq!(how(Signal::TERM, 0, state::SENDER_ENDS), How::ParentDeath);
        assert_eq!(how(Signal::KILL, 0, 0), How::CgroupKill);
        assert_eq!(how(Signal::KILL, 128, KERNEL | state::SENDER_ENDS), How::TracerEnd);
        assert_eq!(how(Signal::KILL, 128, KERNEL), How::Kernel);
        assert_eq!(how(Signal::HUP, 128, KERNEL), How::HangUp(None));
        let leads = KERNEL | state::SENDER_ENDS | state::SAME_SESSION;
        assert_eq!(how(Signal::HUP, 128, leads | state::SENDER_LEADS), How::LeaderEnd(None));
        assert_eq!(how(Signal::HUP, 128, leads), How::Orphaned);
    }

    #[test]
    fn a_key_has_a_terminal_and_no_sender() {
        let mut written = Written::new(Signal::INT, 128, KERNEL | state::HAS_TERMINAL | state::SENDER_IS_KERNEL);
        for (place, letter) in b"pts31".iter().enumerate() {
            written.byte(generated::DETAIL + place, *letter);
        }
        let generated = written.read();
        assert_eq!((generated.how, generated.sender), (How::Key(Name::new(b"pts/31")), None));
    }

    #[test]
    fn the_verdict_follows_from_the_kernels_result_and_what_the_target_had_set() {
        let caught = |written: &mut Written| {
            written.byte(generated::DISPOSITION, CAUGHT);
        };
        let fate = |fate: u8| {
            move |written: &mut Written| {
                written.byte(generated::RESULT, fate);
            }
        };
        let both = state::BLOCKED | state::CHOSEN_BLOCKS;
        let cases = [
            (verdict(Signal::TERM, 0, |_| {}), Verdict::Terminates),
            (verdict(Signal::QUIT, 0, |_| {}), Verdict::Dumps),
            (verdict(Signal::TSTP, 0, |_| {}), Verdict::Stops),
            (verdict(Signal::TERM, 0, caught), Verdict::Handles),
            (verdict(Signal::TERM, both, caught), Verdict::Pends),
            (verdict(Signal::TERM, state::BLOCKED, caught), Verdict::Handles),
            (verdict(Signal::TERM, state::STOPPED, |_| {}), Verdict::Defers),
            (verdict(Signal::TERM, state::TRACED, |_| {}), Verdict::Traces),
            (verdict(Signal::TERM, state::AWAITED, |_| {}), Verdict::Accepts),
            (verdict(Signal::KILL, both | state::STOPPED | state::TRACED, |_| {}), Verdict::Terminates),
            (verdict(Signal::TERM, 0, fate(2)), Verdict::Merges),
            (verdict(Signal::TERM, 0, fate(3)), Verdict::QueueFull),
            (verdict(Signal::TERM, state::ENDING, fate(1)), Verdict::Zombie),
            (verdict(Signal::URG, 0, fate(1)), Verdict::Ignores),
            (verdict(Signal::CONT, state::CONTINUED, fate(1)), Verdict::Continues),
        ];
        for (number, (told, expected)) in cases.into_iter().enumerate() {
            assert_eq!(told, expected, "case {number}");
        }
        let of_init = |written: &mut Written| {
            written.byte(generated::RESULT, 1).put(generated::TARGET.inner, 1);
        };
        assert_eq!(verdict(Signal::TERM, 0, of_init), Verdict::Immune);
    }

    #[test]
    fn bytes_that_are_cut_short_or_of_no_known_kind_are_no_record() {
        let whole = Written::new(Signal::TERM, 0, SENT).0;
        for length in 0..generated::SIZE {
            assert_eq!(record(&whole[..length]), None, "{length}");
        }
        assert_eq!(record(&[9; 200]), None);
    }
}
