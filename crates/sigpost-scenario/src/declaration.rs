//! Processes and threads that exist before the first step.

use core::fmt;

use sigpost_engine::SignalSet;

use crate::{Name, Span};

/// A `process` or `thread` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Declaration {
    /// A process.
    Process(ProcessDeclaration),
    /// A thread besides the main one of a process.
    Thread(ThreadDeclaration),
}

impl Declaration {
    /// The name it declares.
    pub const fn name(&self) -> Name {
        match self {
            Self::Process(process) => process.name,
            Self::Thread(thread) => thread.name,
        }
    }

    /// Where it stands.
    pub const fn span(&self) -> Span {
        match self {
            Self::Process(process) => process.span,
            Self::Thread(thread) => thread.span,
        }
    }
}

/// A thread besides the main one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThreadDeclaration {
    /// Its name.
    pub name: Name,
    /// The process it is of.
    pub process: Name,
    /// The signals it blocks; `{all}` leaves KILL and STOP out, as a mask does.
    pub block: SignalSet,
    /// Where it stands.
    pub span: Span,
}

/// A process with its options. What an option that is not written means stands at its field.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is one option, independent of the others")]
pub struct ProcessDeclaration {
    /// Its name.
    pub name: Name,
    /// Its parent; none: `init`.
    pub parent: Option<Name>,
    /// The three user IDs; none: the parent's.
    pub user: Option<UserIds>,
    /// The right to signal anyone.
    pub privilege: Privilege,
    /// Whether it is a system process.
    pub system: bool,
    /// Its session and group.
    pub place: Place,
    /// Whether it is the init of a PID namespace of its own, which its children are in.
    pub namespace: bool,
    /// Whether the session it leads has a terminal.
    pub tty: bool,
    /// Whether its group is the one in front at the terminal.
    pub foreground: bool,
    /// The signals it ignores.
    pub ignore: SignalSet,
    /// The signals it catches, by a handler with an empty mask and no flags that logs and returns.
    pub catch: SignalSet,
    /// The signals its main thread blocks.
    pub block: SignalSet,
    /// What it is doing.
    pub run_state: RunState,
    /// Its tracer.
    pub traced_by: Option<Name>,
    /// Its limit of queued signals; none: the personality's.
    pub sigpending_limit: Option<u32>,
    /// Where it stands.
    pub span: Span,
}

impl ProcessDeclaration {
    /// A process without options.
    pub const fn new(name: Name) -> Self {
        Self {
            name,
            parent: None,
            user: None,
            privilege: Privilege::ByUser,
            system: false,
            place: Place::Inherited,
            namespace: false,
            tty: false,
            foreground: false,
            ignore: SignalSet::EMPTY,
            catch: SignalSet::EMPTY,
            block: SignalSet::EMPTY,
            run_state: RunState::Ready,
            traced_by: None,
            sigpending_limit: None,
            span: Span { line: 0, column: 0, start: 0, end: 0 },
        }
    }
}

/// Real, effective and saved user ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserIds {
    /// Who started the process.
    pub real: u32,
    /// Who it acts as.
    pub effective: u32,
    /// Who it may become again.
    pub saved: u32,
}

impl fmt::Display for UserIds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.real == self.effective && self.real == self.saved {
            return write!(f, "{}", self.real);
        }
        write!(f, "{}/{}/{}", self.real, self.effective, self.saved)
    }
}

/// Whether a process may signal anyone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Privilege {
    /// It may iff its effective user ID is 0.
    ByUser,
    /// It may.
    Privileged,
    /// It may not, and does not get the right back by becoming user 0.
    Unprivileged,
}

/// The session and group of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The parent's.
    Inherited,
    /// It leads a session of its own, and a group.
    Session,
    /// It leads a group of its own in its parent's session.
    Group,
    /// It is in the group that this process leads.
    GroupOf(Name),
    /// It is in no group (old systems only).
    NoGroup,
}

/// What a process is doing before the first step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunState {
    /// It is ready to be told what to do.
    Ready,
    /// SIGSTOP stopped it, and its parent knows.
    Stopped,
    /// It is in `pause`.
    Sleeping,
    /// It waits as the parent of a vfork does: only what ends it wakes it.
    Killable,
    /// It is in a sleep that nothing interrupts.
    Uninterruptible,
    /// It has ended, and its parent has not waited for it.
    Zombie,
}

impl RunState {
    /// The states that have a word, with it.
    pub const WORDS: [(&'static str, Self); 5] = [
        ("stopped", Self::Stopped),
        ("sleeping", Self::Sleeping),
        ("killable", Self::Killable),
        ("uninterruptible", Self::Uninterruptible),
        ("zombie", Self::Zombie),
    ];
}

impl fmt::Display for Declaration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, 0)
    }
}

impl Declaration {
    /// Writes the line with the name of a process padded to this width.
    pub(crate) fn write(&self, out: &mut impl fmt::Write, width: usize) -> fmt::Result {
        match self {
            Self::Process(process) if process.has_options() => {
                write!(out, "process {:<width$}", process.name)?;
                process.write_options(out)
            }
            Self::Process(process) => write!(out, "process {}", process.name),
            Self::Thread(thread) => {
                write!(out, "thread {} of {}", thread.name, thread.process)?;
                signals(out, "block", thread.block)
            }
        }
    }
}

impl ProcessDeclaration {
    fn has_options(&self) -> bool {
        *self != Self::new(self.name)
    }

    fn write_options(&self, out: &mut impl fmt::Write) -> fmt::Result {
        named(out, "parent", self.parent)?;
        named(out, "uid", self.user)?;
        match self.privilege {
            Privilege::ByUser => {}
            Privilege::Privileged => out.write_str(" privileged")?,
            Privilege::Unprivileged => out.write_str(" unprivileged")?,
        }
        flag(out, "system", self.system)?;
        match self.place {
            Place::Inherited => {}
            Place::Session => out.write_str(" session")?,
            Place::Group => out.write_str(" group")?,
            Place::GroupOf(leader) => write!(out, " group={leader}")?,
            Place::NoGroup => out.write_str(" nogroup")?,
        }
        flag(out, "namespace", self.namespace)?;
        flag(out, "tty", self.tty)?;
        flag(out, "foreground", self.foreground)?;
        signals(out, "ignore", self.ignore)?;
        signals(out, "catch", self.catch)?;
        signals(out, "block", self.block)?;
        if let Some((word, _)) = RunState::WORDS.iter().find(|(_, state)| *state == self.run_state) {
            write!(out, " {word}")?;
        }
        named(out, "traced_by", self.traced_by)?;
        named(out, "sigpending_limit", self.sigpending_limit)
    }
}

fn flag(out: &mut impl fmt::Write, word: &str, set: bool) -> fmt::Result {
    if set { write!(out, " {word}") } else { Ok(()) }
}

fn named(out: &mut impl fmt::Write, word: &str, value: Option<impl fmt::Display>) -> fmt::Result {
    value.map_or(Ok(()), |value| write!(out, " {word}={value}"))
}

/// ` catch=USR1,TERM`; nothing for the empty set, which is what an absent option means.
fn signals(out: &mut impl fmt::Write, word: &str, set: SignalSet) -> fmt::Result {
    if set.is_empty() {
        return Ok(());
    }
    if set == SignalSet::ALL {
        return write!(out, " {word}={set}");
    }
    write!(out, " {word}=")?;
    for (index, signal) in set.iter().enumerate() {
        write!(out, "{}{signal}", if index == 0 { "" } else { "," })?;
    }
    Ok(())
}
