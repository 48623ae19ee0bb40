//! `/proc/PID/stat`, parsed without trust.
//!
//! The command name is chosen by the process: it may hold spaces, parentheses, newlines and any other byte. It
//! begins after the first `(` and ends at the **last** `)`. See `proc_pid_stat(5)`.

use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};

use sigpost_engine::{GroupId, Pid, SessionId};

/// A command name: at most 15 bytes (more for kernel threads), any bytes but NUL.
#[derive(Clone)]
pub struct Comm(Name);

/// Nearly every name is short: it takes no memory of its own.
#[derive(Clone)]
enum Name {
    Short(u8, [u8; Comm::LONGEST]),
    Long(Box<[u8]>),
}

impl Comm {
    /// The longest name that a program's process can have: longer ones are cut.
    pub const LONGEST: usize = 15;

    /// The name with these bytes.
    pub fn new(bytes: &[u8]) -> Self {
        let mut short = [0; Self::LONGEST];
        match (short.get_mut(..bytes.len()), u8::try_from(bytes.len())) {
            (Some(room), Ok(length)) => {
                room.copy_from_slice(bytes);
                Self(Name::Short(length, short))
            }
            _ => Self(Name::Long(bytes.into())),
        }
    }

    /// The bytes as the process chose them.
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Name::Short(length, bytes) => &bytes[..usize::from(*length)],
            Name::Long(bytes) => bytes,
        }
    }
}

impl Default for Comm {
    fn default() -> Self {
        Self::new(&[])
    }
}

impl PartialEq for Comm {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Comm {}

impl PartialOrd for Comm {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Comm {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl Hash for Comm {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
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
        for chunk in self.as_bytes().utf8_chunks() {
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
        const NO_NAME: Malformed = Malformed("stat has no command name");
        let open = memchr::memchr(b'(', bytes).ok_or(NO_NAME)?;
        let close = memchr::memrchr(b')', bytes).ok_or(NO_NAME)?;
        let comm = bytes.get(open + 1..close).ok_or(NO_NAME)?;
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

/// What is left of the fields after the command name. They are read one by one, byte by byte, and the line is read
/// often: this is the greater part of what a process costs here.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn skip_blanks(&mut self) {
        let blanks = self.0.iter().take_while(|byte| is_blank(**byte)).count();
        self.0 = &self.0[blanks..];
    }

    fn word(&mut self) -> Result<&'a [u8], Malformed> {
        self.skip_blanks();
        let length = self.0.iter().take_while(|byte| !is_blank(**byte)).count();
        if length == 0 {
            return Err(CUT_SHORT);
        }
        let (word, rest) = self.0.split_at(length);
        self.0 = rest;
        Ok(word)
    }

    fn number<T: TryFrom<i64>>(&mut self) -> Result<T, Malformed> {
        /// So many digits fit; those fields that may have more are skipped.
        const MOST_DIGITS: usize = 18;
        self.skip_blanks();
        if self.0.is_empty() {
            return Err(CUT_SHORT);
        }
        let unsigned = self.0.strip_prefix(b"-");
        let text = unsigned.unwrap_or(self.0);
        let (mut value, mut digits) = (0_i64, 0);
        let mut rest = text.iter();
        for byte in rest.by_ref() {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                break;
            }
            value = value.wrapping_mul(10).wrapping_add(i64::from(digit));
            digits += 1;
        }
        if digits == 0 || digits > MOST_DIGITS || text.get(digits).is_some_and(|next| !is_blank(*next)) {
            return Err(Malformed("stat holds no number"));
        }
        self.0 = &text[digits..];
        T::try_from(if unsigned.is_some() { -value } else { value }).map_err(|_| Malformed("stat holds no number"))
    }

    fn skip(&mut self, count: usize) -> Result<(), Malformed> {
        let (mut ends, mut in_word) = (0, false);
        for (place, byte) in self.0.iter().enumerate() {
            if !is_blank(*byte) {
                in_word = true;
            } else if core::mem::take(&mut in_word) {
                ends += 1;
                if ends == count {
                    self.0 = &self.0[place..];
                    return Ok(());
                }
            }
        }
        Err(CUT_SHORT)
    }
}

const CUT_SHORT: Malformed = Malformed("stat is cut short");

/// The kernel writes spaces, and a newline at the end. No other byte as small is part of a field.
const fn is_blank(byte: u8) -> bool {
    byte <= b' '
}
