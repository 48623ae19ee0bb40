//! The receipts of several targets, folded into one return value by the personality's rule.

use super::target::KillError;
use crate::personality::{GroupRefusal, OtherError, Personality};
use crate::{Errno, Verdict};

/// What the targets of one call said, as far as the return value asks.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, one bit each")]
pub(super) struct Fold {
    sent: bool,
    refused: bool,
    withheld: bool,
    full: bool,
    last_was_full: bool,
}

impl Fold {
    pub(super) const fn add(&mut self, verdict: Verdict) {
        self.last_was_full = matches!(verdict, Verdict::QueueFull);
        match verdict {
            Verdict::Refused => self.refused = true,
            Verdict::QueueFull => self.full = true,
            Verdict::Withheld => self.withheld = true,
            _ => self.sent = true,
        }
    }

    /// What a send to a group returns.
    ///
    /// Source: Linux `__kill_pgrp_info`; FreeBSD, 4.3BSD and 4.4BSD `killpg1`; \[S3.5\].
    pub(super) const fn group(self, rules: &Personality) -> Result<(), KillError> {
        let fails_for_some = !matches!(rules.group_some_refused, GroupRefusal::Succeeds);
        if self.full && matches!(rules.group_other_error, OtherError::FirstWins) {
            Err(KillError::QueueFull)
        } else if self.sent && !(self.refused && fails_for_some) {
            Ok(())
        } else if self.full && self.last_was_full {
            Err(KillError::QueueFull)
        } else if self.sent || self.withheld {
            Err(KillError::Refused)
        } else if self.refused {
            Err(refused(rules.group_all_refused))
        } else {
            Err(KillError::NoSuchTarget)
        }
    }

    /// What a send to everyone returns.
    ///
    /// Source: Linux `kill_something_info`; the BSDs' `killpg1`.
    pub(super) const fn everyone(self, rules: &Personality) -> Result<(), KillError> {
        if self.full && (self.last_was_full || matches!(rules.group_other_error, OtherError::FirstWins)) {
            return Err(KillError::QueueFull);
        }
        if self.sent {
            return Ok(());
        }
        if !self.refused {
            return Err(KillError::NoSuchTarget);
        }
        match rules.broadcast_all_refused {
            Ok(()) => Ok(()),
            Err(errno) => Err(refused(errno)),
        }
    }
}

const fn refused(errno: Errno) -> KillError {
    match errno {
        Errno::ESRCH => KillError::NoSuchTarget,
        _ => KillError::Refused,
    }
}
