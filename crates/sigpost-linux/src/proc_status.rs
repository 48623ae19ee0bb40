//! `/proc/PID/status` and `/proc/PID/task/TID/status`, parsed without trust.
//!
//! The command name is on the first line, with newlines and backslashes escaped by the kernel, so lines can be
//! told apart. See `proc_pid_status(5)`.

use sigpost_engine::{GroupId, Pid, SessionId, SignalMask, SignalSet};

use crate::proc_files::decimal;
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
        Ok(Self {
            comm: comm(lines.name.ok_or(LACKS_LINE)?),
            parent: Pid::new(number(lines.parent)?),
            group: number(lines.group).ok().and_then(GroupId::new),
            session: number(lines.session).ok().and_then(SessionId::new),
            kernel_thread: number(lines.kernel_thread).ok().map(|flag: u8| flag != 0),
            process: Pid::new(number(lines.process)?).ok_or(Malformed("Tgid is not positive"))?,
            state: State::from_letter(word(lines.state)?.first().copied().unwrap_or(b'?')),
            tracer: Pid::new(number(lines.tracer)?),
            uids: four(lines.uids)?,
            numbers: words(lines.numbers).map(decimal).collect::<Option<_>>().unwrap_or_default(),
            threads: number(lines.threads)?,
            queued: queued(lines.queued),
            pending: set(lines.pending)?,
            shared_pending: set(lines.shared_pending)?,
            blocked: SignalMask::new(set(lines.blocked)?),
            ignored: set(lines.ignored)?,
            caught: set(lines.caught)?,
            capabilities: set(lines.capabilities)?.bits(),
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

const LACKS_LINE: Malformed = Malformed("status lacks a line");

/// The values of the lines `Name:<tab>value` that are read, found in one pass.
#[derive(Default)]
struct Lines<'a> {
    name: Option<&'a [u8]>,
    state: Option<&'a [u8]>,
    process: Option<&'a [u8]>,
    parent: Option<&'a [u8]>,
    tracer: Option<&'a [u8]>,
    uids: Option<&'a [u8]>,
    numbers: Option<&'a [u8]>,
    group: Option<&'a [u8]>,
    session: Option<&'a [u8]>,
    kernel_thread: Option<&'a [u8]>,
    threads: Option<&'a [u8]>,
    queued: Option<&'a [u8]>,
    pending: Option<&'a [u8]>,
    shared_pending: Option<&'a [u8]>,
    blocked: Option<&'a [u8]>,
    ignored: Option<&'a [u8]>,
    caught: Option<&'a [u8]>,
    capabilities: Option<&'a [u8]>,
}

impl<'a> Lines<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        let mut lines = Self::default();
        let mut rest = bytes;
        while !rest.is_empty() {
            let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            let line = &rest[..end];
            rest = rest.get(end + 1..).unwrap_or_default();
            let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
            let place = match &line[..colon] {
                b"Name" => &mut lines.name,
                b"State" => &mut lines.state,
                b"Tgid" => &mut lines.process,
                b"PPid" => &mut lines.parent,
                b"TracerPid" => &mut lines.tracer,
                b"Uid" => &mut lines.uids,
                b"NSpid" => &mut lines.numbers,
                b"NSpgid" => &mut lines.group,
                b"NSsid" => &mut lines.session,
                b"Kthread" => &mut lines.kernel_thread,
                b"Threads" => &mut lines.threads,
                b"SigQ" => &mut lines.queued,
                b"SigPnd" => &mut lines.pending,
                b"ShdPnd" => &mut lines.shared_pending,
                b"SigBlk" => &mut lines.blocked,
                b"SigIgn" => &mut lines.ignored,
                b"SigCgt" => &mut lines.caught,
                b"CapEff" => &mut lines.capabilities,
                _ => continue,
            };
            *place = Some(&line[colon + 1..]);
        }
        lines
    }
}

/// The words of a line; none of a line that is not there.
fn words(value: Option<&[u8]>) -> impl Iterator<Item = &[u8]> {
    value.unwrap_or_default().split(u8::is_ascii_whitespace).filter(|word| !word.is_empty())
}

fn word(value: Option<&[u8]>) -> Result<&[u8], Malformed> {
    words(Some(value.ok_or(LACKS_LINE)?)).next().ok_or(Malformed("status has an empty line"))
}

fn number<T: TryFrom<u64>>(value: Option<&[u8]>) -> Result<T, Malformed> {
    decimal(word(value)?).ok_or(Malformed("status holds no number"))
}

fn four(value: Option<&[u8]>) -> Result<[u32; 4], Malformed> {
    const NOT_FOUR: Malformed = Malformed("Uid does not hold four IDs");
    let mut ids = words(Some(value.ok_or(LACKS_LINE)?)).map(|word| decimal(word).ok_or(NOT_FOUR));
    let mut next = || ids.next().ok_or(NOT_FOUR)?;
    let four = [next()?, next()?, next()?, next()?];
    if ids.next().is_some() { Err(NOT_FOUR) } else { Ok(four) }
}

/// Sixteen hexadecimal digits.
fn set(value: Option<&[u8]>) -> Result<SignalSet, Malformed> {
    const NO_SET: Malformed = Malformed("status holds no set");
    let word = word(value)?;
    if word.len() > 16 {
        return Err(NO_SET);
    }
    let add = |bits: u64, byte: &u8| char::from(*byte).to_digit(16).map(|digit| bits << 4 | u64::from(digit));
    word.iter().try_fold(0, add).map(SignalSet::from_bits).ok_or(NO_SET)
}

/// `SigQ: queued/limit`.
fn queued(value: Option<&[u8]>) -> Option<(u64, u64)> {
    let mut parts = word(value).ok()?.split(|byte| *byte == b'/');
    let both = (decimal(parts.next()?)?, decimal(parts.next()?)?);
    if parts.next().is_some() { None } else { Some(both) }
}

/// The command name, in which the kernel writes a newline and a backslash as `\n` and `\\`.
fn comm(value: &[u8]) -> Comm {
    let escaped = value.strip_prefix(b"\t").unwrap_or(value);
    if !escaped.contains(&b'\\') {
        return Comm::new(escaped);
    }
    let mut name = Vec::with_capacity(escaped.len());
    let mut bytes = escaped.iter().copied();
    while let Some(byte) = bytes.next() {
        name.push(match byte {
            b'\\' if bytes.next() == Some(b'n') => b'\n',
            other => other,
        });
    }
    Comm::new(&name)
}
