//! `/proc/PID/task/TID/syscall`: the system call that a thread sleeps in, parsed without trust.
//!
//! See `proc_pid_syscall(5)`. Only who may trace the process can read it.

use crate::proc_stat::Malformed;

/// A system call that a thread sleeps in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SleepingCall {
    /// Its number; -1: it sleeps, but in none.
    pub number: i64,
    /// The six registers of its arguments, whether it takes so many or not; 0 where it is in none.
    pub arguments: [u64; 6],
}

impl SleepingCall {
    /// Parses the file's bytes.
    ///
    /// # Errors
    /// [`Malformed`]: the thread runs (the kernel then writes a word); or it is another form.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let text = core::str::from_utf8(bytes).map_err(|_| Malformed("syscall holds no text"))?;
        let mut words = text.split_ascii_whitespace();
        let number = words.next().and_then(|word| word.parse().ok()).ok_or(Malformed("syscall holds no number"))?;
        let mut arguments = [0; 6];
        if number >= 0 {
            for argument in &mut arguments {
                let digits = words.next().and_then(|word| word.strip_prefix("0x"));
                let value = digits.and_then(|digits| u64::from_str_radix(digits, 16).ok());
                *argument = value.ok_or(Malformed("syscall lacks an argument"))?;
            }
        }
        Ok(Self { number, arguments })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_that_the_kernel_writes_are_read() {
        let waits = b"128 0x7ffebccb0880 0x0 0x0 0x8 0x0 0x1 0x7ffebccb0710 0x7f9ad805ac2f\n";
        let arguments = [0x7ffe_bccb_0880, 0, 0, 8, 0, 1];
        assert_eq!(SleepingCall::parse(waits), Ok(SleepingCall { number: 128, arguments }));
        let in_none = SleepingCall { number: -1, arguments: [0; 6] };
        assert_eq!(SleepingCall::parse(b"-1 0x7ffc8 0x7f1\n"), Ok(in_none));
        assert!(SleepingCall::parse(b"running\n").is_err());
    }

    #[test]
    fn anything_else_is_refused() {
        for bytes in
            [&b""[..], b"128", b"128 0x1 0x2 0x3 0x4 0x5", b"x 0x1", b"1 1 2 3 4 5 6", b"\xff", b"1 0x 0x 0x 0x 0x 0x"]
        {
            assert!(SleepingCall::parse(bytes).is_err(), "{bytes:?}");
        }
    }
}
