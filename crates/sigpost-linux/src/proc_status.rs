//! `/proc/PID/status` and `/proc/PID/task/TID/status`, parsed without trust.
//!
//! The command name is on the first line, with newlines and backslashes escaped by the kernel, so lines can be
//! told apart. See `proc_pid_status(5)`.

use sigpost_engine::{Pid, SignalMask, SignalSet};

use crate::proc_stat::{Malformed, State};

/// What the status of a process, or of one of its threads, tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The process that the thread belongs to.
    pub process: Pid,
    /// What the thread is doing.
    pub state: State,
    /// Its tracer. The kernel writes 0 (here `None`) also where the tracer is outside of the PID namespace.
    pub tracer: Option<Pid>,
    /// Real, effective, saved and file system user ID.
    pub uids: [u32; 4],
    /// Its numbers in the PID namespaces it is in, from the reader's down to its own.
    pub numbers: Vec<i32>,
    /// How many threads the process has.
    pub threads: u32,
    /// How many signals are queued for this real user, and the limit.
    pub queued: Option<(u64, u64)>,
    /// Pending for this thread alone.
    pub pending: SignalSet,
    /// Pending for the process.
    pub shared_pending: SignalSet,
    /// Blocked by this thread.
    pub blocked: SignalMask,
    /// Ignored by the process.
    pub ignored: SignalSet,
    /// Caught by the process.
    pub caught: SignalSet,
    /// Its effective capabilities, `CAP_KILL` in bit 5.
    pub capabilities: u64,
}

const CAP_KILL: u64 = 1 << 5;

impl Status {
    /// Parses the file's bytes. Lines of newer kernels are passed over.
    ///
    /// # Errors
    /// [`Malformed`]: a line that is needed is missing or has another form.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let lines = Lines(bytes);
        let uids: Vec<u32> = lines.numbers(b"Uid")?;
        Ok(Self {
            process: lines.number(b"Tgid").map(Pid::new)?.ok_or(Malformed("Tgid is not positive"))?,
            state: State::from_letter(lines.word(b"State")?.first().copied().unwrap_or(b'?')),
            tracer: Pid::new(lines.number(b"TracerPid")?),
            uids: uids.try_into().map_err(|_| Malformed("Uid does not hold four IDs"))?,
            numbers: lines.numbers(b"NSpid").unwrap_or_default(),
            threads: lines.number(b"Threads")?,
            queued: lines.queued(),
            pending: lines.set(b"SigPnd")?,
            shared_pending: lines.set(b"ShdPnd")?,
            blocked: SignalMask::new(lines.set(b"SigBlk")?),
            ignored: lines.set(b"SigIgn")?,
            caught: lines.set(b"SigCgt")?,
            capabilities: lines.set(b"CapEff")?.bits(),
        })
    }

    /// Whether it may signal anyone in its user namespace (`CAP_KILL`).
    pub const fn may_signal_anyone(&self) -> bool {
        self.capabilities & CAP_KILL != 0
    }

    /// Whether it is process 1 of its own PID namespace.
    pub fn is_init_of_its_namespace(&self) -> bool {
        self.numbers.last() == Some(&1)
    }
}

/// The lines of the file: `Name:<tab>value`.
struct Lines<'a>(&'a [u8]);

impl<'a> Lines<'a> {
    fn value(&self, name: &[u8]) -> Option<&'a [u8]> {
        self.0.split(|b| *b == b'\n').find_map(|line| line.strip_prefix(name)?.strip_prefix(b":"))
    }

    fn words(&self, name: &[u8]) -> Result<impl Iterator<Item = &'a str>, Malformed> {
        let value = self.value(name).ok_or(Malformed("status lacks a line"))?;
        let text = core::str::from_utf8(value).map_err(|_| Malformed("status holds no text"))?;
        Ok(text.split_ascii_whitespace())
    }

    fn word(&self, name: &[u8]) -> Result<&'a [u8], Malformed> {
        let word = self.words(name)?.next().ok_or(Malformed("status has an empty line"))?;
        Ok(word.as_bytes())
    }

    fn number<T: core::str::FromStr>(&self, name: &[u8]) -> Result<T, Malformed> {
        let word = self.words(name)?.next().ok_or(Malformed("status has an empty line"))?;
        word.parse().map_err(|_| Malformed("status holds no number"))
    }

    fn numbers<T: core::str::FromStr>(&self, name: &[u8]) -> Result<Vec<T>, Malformed> {
        self.words(name)?.map(|word| word.parse().map_err(|_| Malformed("status holds no number"))).collect()
    }

    fn set(&self, name: &[u8]) -> Result<SignalSet, Malformed> {
        let word = self.words(name)?.next().ok_or(Malformed("status has an empty line"))?;
        u64::from_str_radix(word, 16).map(SignalSet::from_bits).map_err(|_| Malformed("status holds no set"))
    }

    /// `SigQ: queued/limit`.
    fn queued(&self) -> Option<(u64, u64)> {
        let word = core::str::from_utf8(self.word(b"SigQ").ok()?).ok()?;
        let (queued, limit) = word.split_once('/')?;
        Some((queued.parse().ok()?, limit.parse().ok()?))
    }
}
