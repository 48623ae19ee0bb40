//! `/proc/PID/stat`, parsed without trust.
//!
//! The command name is chosen by the process: it may hold spaces, parentheses, newlines and any other byte. It
//! begins after the first `(` and ends at the **last** `)`. See `proc_pid_stat(5)`.

use core::fmt;

use sigpost_engine::{GroupId, Pid, SessionId};

/// A command name: at most 15 bytes (more for kernel threads), any bytes but NUL.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Comm(Box<[u8]>);

impl Comm {
    /// The longest name that a program's process can have: longer ones are cut.
    pub const LONGEST: usize = 15;

    /// The name with these bytes.
    pub fn new(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }

    /// The bytes as the process chose them.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Whether a terminal would not show the character but act on it: control characters, and those that change the
/// direction of writing or have no width.
fn steers_terminal(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

/// Fit for a terminal: what would steer it, and bytes that are no UTF-8, are written as escapes.
impl fmt::Display for Comm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        for chunk in self.0.utf8_chunks() {
            for c in chunk.valid().chars() {
                if steers_terminal(c) { text.extend(c.escape_default()) } else { text.push(c) }
            }
            for byte in chunk.invalid() {
                text.extend(core::ascii::escape_default(*byte).map(char::from));
            }
        }
        f.pad(&text)
    }
}

impl fmt::Debug for Comm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

/// The kernel's letter for what a process or thread is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// `R`: running, or ready to.
    Running,
    /// `S`: in an interruptible sleep.
    Sleeping,
    /// `D`: in an uninterruptible sleep. A fatal signal may end it all the same (a "killable" one).
    Uninterruptible,
    /// `T`: stopped by a signal.
    Stopped,
    /// `t`: stopped by its tracer.
    TraceStopped,
    /// `Z`: it has ended and was not waited for.
    Zombie,
    /// `X`: it is going away.
    Dead,
    /// `I`: an idle kernel thread.
    Idle,
    /// `P` or a letter of a newer kernel.
    Other(u8),
}

impl State {
    /// The state with this letter.
    pub const fn from_letter(letter: u8) -> Self {
        match letter {
            b'R' => Self::Running,
            b'S' => Self::Sleeping,
            b'D' => Self::Uninterruptible,
            b'T' => Self::Stopped,
            b't' => Self::TraceStopped,
            b'Z' => Self::Zombie,
            b'X' | b'x' => Self::Dead,
            b'I' => Self::Idle,
            other => Self::Other(other),
        }
    }

    /// Whether it has ended, reaped or not.
    pub const fn has_ended(self) -> bool {
        matches!(self, Self::Zombie | Self::Dead)
    }

    /// The kernel's letter.
    pub const fn letter(self) -> char {
        match self {
            Self::Running => 'R',
            Self::Sleeping => 'S',
            Self::Uninterruptible => 'D',
            Self::Stopped => 'T',
            Self::TraceStopped => 't',
            Self::Zombie => 'Z',
            Self::Dead => 'X',
            Self::Idle => 'I',
            Self::Other(letter) => letter as char,
        }
    }
}

/// What `/proc/PID/stat` tells. IDs are `None` where they are outside of the reader's PID namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stat {
    /// The process.
    pub pid: Pid,
    /// Its command name.
    pub comm: Comm,
    /// What its main thread is doing.
    pub state: State,
    /// Its parent.
    pub parent: Option<Pid>,
    /// Its process group.
    pub group: Option<GroupId>,
    /// Its session.
    pub session: Option<SessionId>,
    /// Its controlling terminal's device number; 0: none.
    pub terminal: i32,
    /// The kernel's `PF_*` flags.
    pub flags: u32,
    /// How many threads it has.
    pub threads: u32,
    /// When it started, in clock ticks since the machine did.
    pub start: u64,
    /// Signals 1 to 31 that are pending for the main thread, blocked by it, ignored, caught: bit 0 is signal 1.
    /// The kernel cuts these to 31 bits; [`Status`](crate::proc_status::Status) has all 64.
    pub pending: u32,
    /// Blocked by the main thread.
    pub blocked: u32,
    /// Ignored.
    pub ignored: u32,
    /// Caught.
    pub caught: u32,
}

/// Bytes that are not what the kernel writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed(pub &'static str);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not in the form the kernel writes: {}", self.0)
    }
}

impl core::error::Error for Malformed {}

const KERNEL_THREAD: u32 = 0x0020_0000;

impl Stat {
    /// Parses the file's bytes.
    ///
    /// ```
    /// use sigpost_linux::proc_stat::Stat;
    ///
    /// let line = b"7 (a) S (b\n)) S 1 7 7 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 1 0 88 0 0 0 0 0 0 0 0 0 16384 4 2 0";
    /// let stat = Stat::parse(line).unwrap();
    /// assert_eq!(stat.comm.as_bytes(), b"a) S (b\n)");
    /// assert_eq!((stat.start, stat.caught), (88, 2));
    /// ```
    ///
    /// # Errors
    /// [`Malformed`]: the bytes are not those of a `stat` file.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let open = bytes.iter().position(|b| *b == b'(').ok_or(Malformed("stat has no command name"))?;
        let close = bytes.iter().rposition(|b| *b == b')').ok_or(Malformed("stat has no command name"))?;
        let comm = bytes.get(open + 1..close).ok_or(Malformed("stat has no command name"))?;
        let pid = bytes[..open].trim_ascii();
        let pid = crate::proc_files::decimal(pid).and_then(Pid::new).ok_or(Malformed("stat has no process ID"))?;
        let mut fields = Fields(&bytes[close + 1..]);
        let state = State::from_letter(fields.word()?.first().copied().unwrap_or(b'?'));
        let (parent, group, session) = (fields.number()?, fields.number()?, fields.number()?);
        let (terminal, _foreground): (i32, i32) = (fields.number()?, fields.number()?);
        let flags = fields.number()?;
        fields.skip(10)?; // faults, times, priority, nice
        let threads = fields.number()?;
        fields.skip(1)?; // an interval timer that is always 0
        let start = fields.number()?;
        fields.skip(8)?; // memory: sizes, addresses, stack and instruction pointers
        let (pending, blocked) = (fields.number()?, fields.number()?);
        let (ignored, caught) = (fields.number()?, fields.number()?);
        Ok(Self {
            pid,
            comm: Comm::new(comm),
            state,
            parent: Pid::new(parent),
            group: GroupId::new(group),
            session: SessionId::new(session),
            terminal,
            flags,
            threads,
            start,
            pending,
            blocked,
            ignored,
            caught,
        })
    }

    /// Whether it is a thread of the kernel's own.
    pub const fn is_kernel_thread(&self) -> bool {
        self.flags & KERNEL_THREAD != 0
    }
}

/// The wait status in a `stat` file: how a zombie ended; of a process that is stopped, the signal. Whom the kernel does not
/// show it to (it takes the right to trace the process) reads 0, as does one that is neither.
///
/// ```
/// assert_eq!(sigpost_linux::proc_stat::wait_status(b"7 (a) S 1"), 0);
/// ```
pub fn wait_status(bytes: &[u8]) -> i32 {
    /// The number of fields between the command name and this one.
    const BEFORE: usize = 49;
    let name_ends = bytes.iter().rposition(|byte| *byte == b')').map_or(0, |place| place + 1);
    let fields = core::str::from_utf8(&bytes[name_ends..]).unwrap_or_default();
    fields.split_ascii_whitespace().nth(BEFORE).and_then(|field| field.parse().ok()).unwrap_or(0)
}

/// What is left of the fields after the command name. They are read one by one, and the line is read often: this is
/// the greater part of what a process costs here.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn word(&mut self) -> Result<&'a [u8], Malformed> {
        let mut rest = self.0;
        while let [first, others @ ..] = rest
            && is_blank(*first)
        {
            rest = others;
        }
        let length = rest.iter().take_while(|byte| !is_blank(**byte)).count();
        if length == 0 {
            return Err(Malformed("stat is cut short"));
        }
        let (word, rest) = rest.split_at(length);
        self.0 = rest;
        Ok(word)
    }

    fn number<T: TryFrom<i64>>(&mut self) -> Result<T, Malformed> {
        let mut word = self.word()?.iter().peekable();
        let is_negative = word.next_if_eq(&&b'-').is_some();
        // So many digits fit; those fields that may have more are skipped.
        if word.len() == 0 || word.len() > 18 {
            return Err(Malformed("stat holds no number"));
        }
        let mut value = 0_i64;
        for digit in word {
            let digit = digit.wrapping_sub(b'0');
            if digit > 9 {
                return Err(Malformed("stat holds no number"));
            }
            value = value * 10 + i64::from(digit);
        }
        T::try_from(if is_negative { -value } else { value }).map_err(|_| Malformed("stat holds no number"))
    }

    fn skip(&mut self, count: usize) -> Result<(), Malformed> {
        (0..count).try_for_each(|_| self.word().map(drop))
    }
}

const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\t')
}
