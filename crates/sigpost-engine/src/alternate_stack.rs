//! The alternate stack: where a handler runs, when it must not be on the thread's own stack.
//!
//! Whether a thread is on it now only its stack pointer tells, which the host has. So the host keeps an
//! [`AlternateStack`] with each of its threads and asks it: at `sigaltstack`, and when it builds a handler's frame
//! ([`HandlerCall`](crate::HandlerCall)). A new thread has none, a forked child a copy of its parent's, a new program
//! none.
//!
//! Source: POSIX `sigaltstack`; sigaltstack(2); Linux `do_sigaltstack`, `sigsp`, `on_sig_stack`.

use crate::{Action, ActionFlags, Errno};

/// A piece of memory to run handlers on. Addresses are the host's; stacks grow downwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stack {
    /// The lowest address (`ss_sp`).
    pub base: u64,
    /// The length in bytes (`ss_size`).
    pub size: u64,
    /// It is set aside while a handler runs on it, so that the handler may be left by a jump (`SS_AUTODISARM`).
    pub disarms: bool,
}

/// The alternate stack of one thread; the default is none.
///
/// ```
/// use sigpost_engine::{Action, ActionFlags, AlternateStack, SetStackError, Stack, StackChoice};
///
/// let stack = Stack { base: 0x1000, size: 0x4000, disarms: false };
/// let mut thread = AlternateStack::default();
/// thread.set(Some(stack), 0x9000)?;
/// let overflow = Action { flags: ActionFlags::ONSTACK, ..Action::default() };
/// assert_eq!(thread.choose(&overflow, 0x9000), StackChoice::Alternate { top: 0x5000 });
/// // While the handler runs on it, it stays; and a second handler goes on below the first.
/// assert_eq!(thread.set(None, 0x4800), Err(SetStackError::InUse));
/// assert_eq!(thread.choose(&overflow, 0x4800), StackChoice::Current);
/// # Ok::<(), SetStackError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AlternateStack {
    stack: Option<Stack>,
}

/// Which stack a handler is to run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StackChoice {
    /// The one that the thread is on.
    Current,
    /// The alternate one, from its top.
    Alternate {
        /// The address just above its highest byte.
        top: u64,
    },
}

/// Why `sigaltstack` failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetStackError {
    /// The thread is on its alternate stack: EPERM.
    InUse,
    /// It has less than [`AlternateStack::LEAST`] bytes: ENOMEM.
    TooSmall,
    /// It ends beyond the last address: EINVAL.
    NoSuchMemory,
}

impl SetStackError {
    /// The error number.
    pub const fn errno(self) -> Errno {
        match self {
            Self::InUse => Errno::EPERM,
            Self::TooSmall => Errno::ENOMEM,
            Self::NoSuchMemory => Errno::EINVAL,
        }
    }
}

impl core::fmt::Display for SetStackError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::InUse => "the thread runs on its alternate stack now",
            Self::TooSmall => "the stack is smaller than MINSIGSTKSZ",
            Self::NoSuchMemory => "the stack ends beyond the last address",
        })
    }
}

impl core::error::Error for SetStackError {}

impl AlternateStack {
    /// The least size of an alternate stack (`MINSIGSTKSZ`; some processors' frames need more, which is the host's to
    /// check).
    pub const LEAST: u64 = 2048;

    /// The stack as it is set; `None`: there is none (`SS_DISABLE`).
    pub const fn get(&self) -> Option<Stack> {
        self.stack
    }

    /// Sets it, or with `None` takes it away (`SS_DISABLE`), for a thread whose stack pointer is this. What it was.
    ///
    /// # Errors
    /// In this order: [`SetStackError::InUse`], [`SetStackError::TooSmall`], [`SetStackError::NoSuchMemory`].
    ///
    /// Source: POSIX `sigaltstack`; Linux `do_sigaltstack`.
    #[doc(alias = "sigaltstack")]
    pub fn set(&mut self, stack: Option<Stack>, stack_pointer: u64) -> Result<Option<Stack>, SetStackError> {
        if self.holds(stack_pointer) {
            return Err(SetStackError::InUse);
        }
        if let Some(stack) = stack {
            if stack.size < Self::LEAST {
                return Err(SetStackError::TooSmall);
            }
            if stack.base.checked_add(stack.size).is_none() {
                return Err(SetStackError::NoSuchMemory);
            }
        }
        Ok(core::mem::replace(&mut self.stack, stack))
    }

    /// Whether a thread with this stack pointer is on it. A handler that has left by a jump is not: nothing is
    /// counted. One that disarms the stack counts as never on it.
    ///
    /// Source: Linux `on_sig_stack`.
    pub const fn holds(&self, stack_pointer: u64) -> bool {
        match self.stack {
            Some(stack) if !stack.disarms => stack_pointer > stack.base && stack_pointer - stack.base <= stack.size,
            _ => false,
        }
    }

    /// The stack for a handler, of a thread whose stack pointer is this.
    ///
    /// Source: Linux `sigsp`.
    pub const fn choose(&self, action: &Action, stack_pointer: u64) -> StackChoice {
        match self.stack {
            Some(stack) if action.flags.contains(ActionFlags::ONSTACK) && !self.holds(stack_pointer) => {
                StackChoice::Alternate { top: stack.base + stack.size }
            }
            _ => StackChoice::Current,
        }
    }

    /// Whether a frame that would reach down to this address, from that stack pointer, leaves the alternate stack: the
    /// handler must not be called then, but SEGV forced.
    ///
    /// Source: Linux `get_sigframe`, "overflow".
    pub const fn overflows(&self, stack_pointer: u64, lowest: u64) -> bool {
        self.holds(stack_pointer) && !self.holds(lowest)
    }

    /// A handler begins on it: one that disarms is taken away, to be set again from the handler's saved context when
    /// it returns. What was there.
    ///
    /// Source: sigaltstack(2), `SS_AUTODISARM`.
    pub const fn enter(&mut self) -> Option<Stack> {
        match self.stack {
            Some(stack) if stack.disarms => self.stack.take(),
            stack => stack,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STACK: Stack = Stack { base: 0x1000, size: 0x4000, disarms: false };

    fn on_stack() -> Action {
        Action { flags: ActionFlags::ONSTACK, ..Action::default() }
    }

    #[test]
    fn the_top_is_on_the_stack_and_the_base_is_not() {
        let mut thread = AlternateStack::default();
        thread.set(Some(STACK), 0).unwrap();
        assert!(thread.holds(0x5000) && thread.holds(0x1001));
        assert!(!thread.holds(0x1000) && !thread.holds(0x5001) && !thread.holds(0));
    }

    #[test]
    fn a_stack_too_small_or_beyond_memory_is_refused_and_changes_nothing() {
        let mut thread = AlternateStack::default();
        let small = Stack { size: AlternateStack::LEAST - 1, ..STACK };
        assert_eq!(thread.set(Some(small), 0).map_err(SetStackError::errno), Err(Errno::ENOMEM));
        let beyond = Stack { base: u64::MAX - 5000, size: 6000, disarms: false };
        assert_eq!(thread.set(Some(beyond), 0), Err(SetStackError::NoSuchMemory));
        assert_eq!(thread.get(), None);
        assert_eq!(thread.set(Some(Stack { size: AlternateStack::LEAST, ..STACK }), 0), Ok(None));
    }

    #[test]
    fn a_thread_on_it_can_neither_change_it_nor_take_it_away() {
        let mut thread = AlternateStack::default();
        thread.set(Some(STACK), 0).unwrap();
        assert_eq!(thread.set(Some(STACK), 0x2000).map_err(SetStackError::errno), Err(Errno::EPERM));
        assert_eq!(thread.set(None, 0x2000), Err(SetStackError::InUse));
        assert_eq!(thread.set(None, 0x9000), Ok(Some(STACK)));
        assert_eq!(thread.choose(&on_stack(), 0x9000), StackChoice::Current);
    }

    #[test]
    fn a_handler_that_does_not_ask_for_it_stays_where_it_is() {
        let mut thread = AlternateStack::default();
        thread.set(Some(STACK), 0).unwrap();
        assert_eq!(thread.choose(&Action::default(), 0x9000), StackChoice::Current);
    }

    #[test]
    fn a_frame_that_does_not_fit_overflows_only_when_the_thread_is_on_it() {
        let mut thread = AlternateStack::default();
        thread.set(Some(STACK), 0).unwrap();
        assert!(thread.overflows(0x1100, 0x0f00));
        assert!(!thread.overflows(0x1100, 0x1010));
        assert!(!thread.overflows(0x9000, 0x0f00));
    }

    #[test]
    fn a_stack_that_disarms_is_gone_while_its_handler_runs() {
        let mut thread = AlternateStack::default();
        let stack = Stack { disarms: true, ..STACK };
        thread.set(Some(stack), 0).unwrap();
        assert_eq!(thread.choose(&on_stack(), 0x9000), StackChoice::Alternate { top: 0x5000 });
        assert_eq!(thread.enter(), Some(stack));
        assert_eq!(
            thread.choose(&on_stack(), 0x4000),
            StackChoice::Current,
            "a jump out of the handler may set it anew"
        );
        assert_eq!(thread.set(Some(stack), 0x4000), Ok(None));
        assert!(!thread.holds(0x4000), "nobody is ever on a stack that disarms");
    }

    #[test]
    fn a_stack_that_does_not_disarm_stays_when_a_handler_enters_it() {
        let mut thread = AlternateStack::default();
        thread.set(Some(STACK), 0).unwrap();
        assert_eq!(thread.enter(), Some(STACK));
        assert_eq!(thread.get(), Some(STACK));
        assert!(thread.holds(0x4000));
    }
}
