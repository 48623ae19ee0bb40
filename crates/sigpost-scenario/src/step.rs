//! Steps: who calls what, and what must come of it.

use core::fmt;

use sigpost_engine::Verdict;

use crate::{Call, KernelCall, Name, Outcome, Span};

/// A step of a scenario. It runs until nothing more can happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Who does what.
    pub act: Act,
    /// The result that the caller must get; `None`: not checked.
    pub result: Option<Outcome>,
    /// The receipts that the send must give, all of them and no other; `None`: not checked.
    pub receipts: Option<Vec<ExpectedReceipt>>,
    /// Where it stands.
    pub span: Span,
}

/// Who does what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// A process (by its main thread) or a thread makes a system call.
    Call(Name, Call),
    /// The kernel does something itself.
    Kernel(KernelCall),
}

impl Act {
    /// The name of the call.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Call(_, call) => call.word(),
            Self::Kernel(call) => call.word(),
        }
    }

    /// Whether it sends a signal, and has receipts.
    pub const fn sends(&self) -> bool {
        match self {
            Self::Call(_, call) => call.sends(),
            Self::Kernel(call) => call.sends(),
        }
    }
}

/// The verdict that a process must get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExpectedReceipt {
    /// The process.
    pub process: Name,
    /// Its verdict.
    pub verdict: Verdict,
}

impl fmt::Display for ExpectedReceipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.process, self.verdict)
    }
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(actor, call) => write!(f, "{actor}: {call}"),
            Self::Kernel(call) => write!(f, "kernel: {call}"),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.act)?;
        if let Some(result) = &self.result {
            write!(f, " = {result}")?;
        }
        match self.receipts.as_deref() {
            None => Ok(()),
            Some([]) => f.write_str(" -> none"),
            Some(receipts) => {
                f.write_str(" ->")?;
                receipts.iter().try_for_each(|receipt| write!(f, " {receipt}"))
            }
        }
    }
}

impl Step {
    /// The names that the step mentions and does not declare: actor, targets, receipts.
    pub fn mentions(&self) -> impl Iterator<Item = Name> {
        let acting = match &self.act {
            Act::Call(actor, call) => [Some(*actor)].into_iter().chain(call.mentions()),
            Act::Kernel(call) => [None].into_iter().chain(call.mentions()),
        };
        let receipts = self.receipts.iter().flatten().map(|receipt| receipt.process);
        acting.flatten().chain(receipts)
    }
}
