//! Numbers are names, keys are identities.
//!
//! [`Pid`], [`ThreadId`], [`GroupId`] and [`SessionId`] are numbers *as one PID namespace sees them*: a number
//! can be given out again once nothing uses it. [`ProcessKey`], [`ThreadKey`], [`GroupKey`], [`SessionKey`] and
//! [`NamespaceKey`] are slot and generation: a key whose owner is gone is refused (ESRCH) and never means
//! another one.

use core::fmt;
use core::num::{NonZeroI32, NonZeroU32};

macro_rules! number {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(NonZeroI32);

        impl $name {
            #[doc = concat!("The ", $what, " with this number; `None` unless it is positive.")]
            pub const fn new(number: i32) -> Option<Self> {
                if number < 1 {
                    return None;
                }
                match NonZeroI32::new(number) {
                    Some(number) => Some(Self(number)),
                    None => None,
                }
            }

            /// The number, 1 or more.
            pub const fn get(self) -> i32 {
                self.0.get()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }
    };
}

number! {
    /// The number of a process in one PID namespace: positive. It is a name, not an identity: once nothing
    /// uses it, it may be given to another process.
    Pid, "process ID"
}
number! {
    /// The number of a thread in one PID namespace. The main thread's is its process's.
    ThreadId, "thread ID"
}
number! {
    /// The number of a process group in one PID namespace: that of the process that made it, which may be gone.
    GroupId, "group ID"
}
number! {
    /// The number of a session in one PID namespace: that of the process that made it, which may be gone.
    SessionId, "session ID"
}

/// A slot and how often it has been given out or given up: an odd number, so that no key takes no room of its own.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct RawKey {
    pub(crate) index: u32,
    pub(crate) generation: NonZeroU32,
}

macro_rules! key {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub(crate) RawKey);

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({}.{})"), self.0.index, self.0.generation)
            }
        }
    };
}

key! {
    /// The identity of a process in a [`System`](crate::System), from its fork until it is reaped.
    ProcessKey
}
key! {
    /// The identity of a thread in a [`System`](crate::System), from its creation until it has ended.
    ThreadKey
}
key! {
    /// The identity of a process group in a [`System`](crate::System), while it has members.
    GroupKey
}
key! {
    /// The identity of a session in a [`System`](crate::System), while it has members.
    SessionKey
}
key! {
    /// The identity of a PID namespace in a [`System`](crate::System).
    NamespaceKey
}
