//! The error numbers that a call of this subsystem may return.

use core::fmt;

macro_rules! errnos {
    ($($name:ident $number:literal $meaning:literal)*) => {
        /// An error number of POSIX, with Linux's value. Each error enum of the engine maps every variant to one.
        ///
        /// ```
        /// use sigpost_engine::Errno;
        /// assert_eq!(Errno::ESRCH.number(), 3);
        /// assert_eq!(Errno::EPERM.to_string(), "EPERM");
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Errno {
            $(#[doc = concat!("`", stringify!($name), "` (", $number, "): ", $meaning, ".")] $name,)*
        }

        impl Errno {
            /// The number, Linux's on most machines.
            pub const fn number(self) -> i32 {
                match self { $(Self::$name => $number,)* }
            }

            /// What it means, in a few words.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$name => $meaning,)* }
            }

            const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }
        }
    };
}

errnos! {
    EPERM 1 "operation not permitted"
    ESRCH 3 "no such process or group"
    EINTR 4 "interrupted by a signal"
    EIO 5 "input/output error"
    ECHILD 10 "no such child"
    EAGAIN 11 "the queue is full, or nothing has come"
    ENOMEM 12 "out of memory"
    EACCES 13 "the child has already executed a program"
    EEXIST 17 "the number is in use"
    EINVAL 22 "invalid argument"
    ENOTTY 25 "not the controlling terminal"
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
