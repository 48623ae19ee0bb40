//! What the runner tells a puppet to do, and what the puppet answers; as words of the shared memory.

use sigpost_sys::puppet::Received;

macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {
        /// What to do. The arguments are named `a` to `d` and `set` below, as in [`Command`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u32)]
        pub(crate) enum Operation { $($(#[$doc])* $name),+ }

        impl Operation {
            const ALL: &'static [Self] = &[$(Self::$name),+];
        }
    };
}

operations! {
    /// Nothing: what a word that is no operation means.
    Nothing,
    /// kill(a, b)
    Kill,
    /// killpg(a, b)
    Killpg,
    /// tkill(a, b)
    Tkill,
    /// tgkill(a, b, c)
    Tgkill,
    /// raise(a)
    Raise,
    /// `rt_sigqueueinfo(a, b, code c, value d)`
    Queue,
    /// `pidfd_send_signal` to ID a, signal b, scope c; d: the ID is a thread's
    PidfdSend,
    /// sigaction(a, handling b, flags c, set)
    Sigaction,
    /// sigprocmask(a, set)
    Sigprocmask,
    Sigpending,
    Pause,
    Setsid,
    /// `exit` of the thread
    ThreadExit,
    Sigreturn,
    /// read from a pipe that nobody writes to
    Read,
    /// sigsuspend(set)
    Sigsuspend,
    /// sigtimedwait(set, 0)
    Sigtimedwait,
    /// sigwaitinfo(set)
    Sigwaitinfo,
    /// setpgid(a, b)
    Setpgid,
    /// setuid(a)
    Setuid,
    /// setresuid(a, b, c)
    Setresuid,
    /// fork into slot a with ID b; c: 1 vfork, 2 with a PID namespace, 3 sharing dispositions, 4 nobody: it sleeps as if
    /// after vfork
    Fork,
    /// a new thread in slot a; b: with the mask `set` instead of the creator's
    Thread,
    /// exit(a)
    Exit,
    /// fault(a)
    Fault,
    /// waitid(a), b: block
    Wait,
    /// ptrace(request a, thread b, signal c)
    Trace,
    /// exec, after which the process is in slot a only
    Exec,
    /// Setting up: the users a, b, c; d: 0 by user, 1 privileged, 2 unprivileged
    Become,
    /// Setting up: the limit of queued signals is a; how many are
    Limit,
    /// Setting up: waits until the child a has stopped, and takes the news
    TakeStop,
    /// Setting up: waits until the child a has ended, and leaves it
    AwaitEnd,
    /// Setting up: takes terminal a as the session's
    TakeTerminal,
    TtyRead,
    TtyWrite,
    /// tcsetpgrp(a)
    Tcsetpgrp,
    /// `init`: waits for the child a, which has ended
    Reap,
}

/// An operation with its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Command {
    pub(crate) operation: Operation,
    pub(crate) a: i32,
    pub(crate) b: i32,
    pub(crate) c: i32,
    pub(crate) d: i32,
    pub(crate) set: u64,
}

impl Command {
    pub(crate) const WORDS: usize = 7;

    pub(crate) const fn new(operation: Operation) -> Self {
        Self { operation, a: 0, b: 0, c: 0, d: 0, set: 0 }
    }

    pub(crate) const fn with(operation: Operation, numbers: [i32; 4]) -> Self {
        let [a, b, c, d] = numbers;
        Self { operation, a, b, c, d, set: 0 }
    }

    pub(crate) const fn of_set(operation: Operation, set: u64) -> Self {
        Self { operation, a: 0, b: 0, c: 0, d: 0, set }
    }

    pub(crate) const fn to_words(self) -> [u32; Self::WORDS] {
        let [low, high] = halves(self.set);
        [
            self.operation as u32,
            self.a.cast_unsigned(),
            self.b.cast_unsigned(),
            self.c.cast_unsigned(),
            self.d.cast_unsigned(),
            low,
            high,
        ]
    }

    pub(crate) fn from_words(words: [u32; Self::WORDS]) -> Self {
        let [operation, a, b, c, d, low, high] = words;
        Self {
            operation: Operation::ALL.get(operation as usize).copied().unwrap_or(Operation::Nothing),
            a: a.cast_signed(),
            b: b.cast_signed(),
            c: c.cast_signed(),
            d: d.cast_signed(),
            set: joined(low, high),
        }
    }
}

pub(crate) const fn halves(set: u64) -> [u32; 2] {
    [(set & 0xFFFF_FFFF) as u32, (set >> 32) as u32]
}

pub(crate) const fn joined(low: u32, high: u32) -> u64 {
    (high as u64) << 32 | low as u64
}

/// What came of a command.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The error number; 0: none.
    pub(crate) errno: i32,
    /// A set, or a number.
    pub(crate) value: u64,
    /// The signal that was taken, or news of a child (`pid`, `code`, `value` for its status).
    pub(crate) received: Received,
}

impl Answer {
    pub(crate) const fn error(errno: i32) -> Self {
        Self { errno, value: 0, received: Received { signal: 0, code: 0, pid: 0, uid: 0, value: 0 } }
    }

    pub(crate) const fn to_words(self) -> [u32; 9] {
        let [low, high] = halves(self.value);
        let Received { signal, code, pid, uid, value } = self.received;
        [
            self.errno.cast_unsigned(),
            low,
            high,
            signal.cast_unsigned(),
            code.cast_unsigned(),
            pid.cast_unsigned(),
            uid,
            value.cast_unsigned(),
            0,
        ]
    }

    pub(crate) const fn from_words(words: [u32; 9]) -> Self {
        let [errno, low, high, signal, code, pid, uid, value, _] = words;
        Self {
            errno: errno.cast_signed(),
            value: joined(low, high),
            received: Received {
                signal: signal.cast_signed(),
                code: code.cast_signed(),
                pid: pid.cast_signed(),
                uid,
                value: value.cast_signed(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_survives_the_shared_memory() {
        let command =
            Command { operation: Operation::Reap, a: -1, b: i32::MIN, c: 7, d: i32::MAX, set: 0x8000_0000_0000_0001 };
        assert_eq!(Command::from_words(command.to_words()), command);
    }

    #[test]
    fn an_answer_survives_the_shared_memory() {
        let received = Received { signal: 64, code: -6, pid: 3, uid: u32::MAX, value: -9 };
        let answer = Answer { errno: 11, value: u64::MAX - 4, received };
        assert_eq!(Answer::from_words(answer.to_words()), answer);
    }
}
