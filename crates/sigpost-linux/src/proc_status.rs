//! `/proc/PID/status` and `/proc/PID/task/TID/status`, parsed without trust.
//!
//! The command name is on the first line, with newlines and backslashes escaped by the kernel, so lines can be
//! told apart. See `proc_pid_status(5)`.

use sigpost_engine::{GroupId, Pid, SessionId, SignalMask, SignalSet};

use crate::proc_stat::{Comm, Malformed, State};

/// What the status of a process, or of one of its threads, tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The thread's name; the main thread's is the process's command name.
    pub comm: Comm,
    /// The process's parent; `None` outside of the reader's PID namespace.
    pub parent: Option<Pid>,
    /// The process's group, and its session, likewise. `None` also before Linux 4.1.
    pub group: Option<GroupId>,
    /// See `group`.
    pub session: Option<SessionId>,
    /// Whether it is a thread of the kernel's own, where the kernel says (Linux 6.8).
    pub kernel_thread: Option<bool>,
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
        let lines = Lines::of(bytes);
        let uids: Vec<u32> = lines.numbers(b"Uid")?;
        Ok(Self {
            comm: lines.comm()?,
            parent: Pid::new(lines.number(b"PPid")?),
            group: lines.number(b"NSpgid").ok().and_then(GroupId::new),
            session: lines.number(b"NSsid").ok().and_then(SessionId::new),
            kernel_thread: lines.number(b"Kthread").ok().map(|flag: u8| flag != 0),
            process: lines.number(b"Tgid").map(Pid::new)?.ok_or(Malformed("Tgid is not positive"))?,
            state: State::from_letter(lines.word(b"State")?.as_bytes().first().copied().unwrap_or(b'?')),
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

/// The lines that are read, in the kernel's order.
const NAMES: [&[u8]; 18] = [
    b"Name",
    b"State",
    b"Tgid",
    b"PPid",
    b"TracerPid",
    b"Uid",
    b"NSpid",
    b"NSpgid",
    b"NSsid",
    b"Kthread",
    b"Threads",
    b"SigQ",
    b"SigPnd",
    b"ShdPnd",
    b"SigBlk",
    b"SigIgn",
    b"SigCgt",
    b"CapEff",
];

/// The values of the lines `Name:<tab>value` that are read, found in one pass.
struct Lines<'a>([Option<&'a [u8]>; NAMES.len()]);

impl<'a> Lines<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        let mut values = [None; NAMES.len()];
        for line in bytes.split(|b| *b == b'\n') {
            let Some(colon) = line.iter().position(|b| *b == b':') else { continue };
            if let Some(index) = NAMES.iter().position(|name| *name == &line[..colon]) {
                values[index] = Some(&line[colon + 1..]);
            }
        }
        Self(values)
    }

    fn value(&self, name: &[u8]) -> Option<&'a [u8]> {
        NAMES.iter().position(|known| *known == name).and_then(|index| self.0[index])
    }

    fn words(&self, name: &[u8]) -> Result<impl Iterator<Item = &'a str>, Malformed> {
        let value = self.value(name).ok_or(Malformed("status lacks a line"))?;
        let text = core::str::from_utf8(value).map_err(|_| Malformed("status holds no text"))?;
        Ok(text.split_ascii_whitespace())
    }

    fn word(&self, name: &[u8]) -> Result<&'a str, Malformed> {
        self.words(name)?.next().ok_or(Malformed("status has an empty line"))
    }

    fn number<T: core::str::FromStr>(&self, name: &[u8]) -> Result<T, Malformed> {
        self.word(name)?.parse().map_err(|_| Malformed("status holds no number"))
    }

    fn numbers<T: core::str::FromStr>(&self, name: &[u8]) -> Result<Vec<T>, Malformed> {
        self.words(name)?.map(|word| word.parse().map_err(|_| Malformed("status holds no number"))).collect()
    }

    fn set(&self, name: &[u8]) -> Result<SignalSet, Malformed> {
        let bits = u64::from_str_radix(self.word(name)?, 16);
        bits.map(SignalSet::from_bits).map_err(|_| Malformed("status holds no set"))
    }

    /// `SigQ: queued/limit`.
    fn queued(&self) -> Option<(u64, u64)> {
        let (queued, limit) = self.word(b"SigQ").ok()?.split_once('/')?;
        Some((queued.parse().ok()?, limit.parse().ok()?))
    }

    /// The command name, in which the kernel writes a newline and a backslash as `\n` and `\\`.
    fn comm(&self) -> Result<Comm, Malformed> {
        let value = self.value(b"Name").ok_or(Malformed("status lacks a line"))?;
        let escaped = value.strip_prefix(b"\t").unwrap_or(value);
        let mut name = Vec::with_capacity(escaped.len());
        let mut bytes = escaped.iter().copied();
        while let Some(byte) = bytes.next() {
            name.push(match byte {
                b'\\' if bytes.next() == Some(b'n') => b'\n',
                other => other,
            });
        }
        Ok(Comm::new(&name))
    }
}
