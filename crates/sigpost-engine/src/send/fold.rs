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
    sent_after_full: bool,
}

impl Fold {
    pub(super) const fn add(&mut self, verdict: Verdict) {
        self.last_was_full = matches!(verdict, Verdict::QueueFull);
        match verdict {
            Verdict::Refused => self.refused = true,
            Verdict::QueueFull => (self.full, self.sent_after_full) = (true, false),
            Verdict::Withheld => self.withheld = true,
            _ => (self.sent, self.sent_after_full) = (true, true),
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
    /// Source: Linux `kill_something_info`, which passes over refusals; the BSDs' `killpg1`.
    pub(super) const fn everyone(self, rules: &Personality) -> Result<(), KillError> {
        if self.full && (!self.sent_after_full || matches!(rules.group_other_error, OtherError::FirstWins)) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::personality::{AIXRT, BSD43, BSD44, FREEBSD, LINUX, POSIX};

    fn fold(verdicts: &[Verdict]) -> Fold {
        let mut fold = Fold::default();
        for verdict in verdicts {
            fold.add(*verdict);
        }
        fold
    }

    const SENT: Verdict = Verdict::Handles;
    const REFUSED: Verdict = Verdict::Refused;
    const FULL: Verdict = Verdict::QueueFull;

    /// `kill` itself is never told of a full queue; a host's own call to a group may be.
    #[test]
    fn an_error_other_than_permission_counts_if_it_is_the_last_or_on_freebsd_whatever_else_was() {
        for (verdicts, last, first) in [
            (&[FULL, SENT][..], Ok(()), Err(KillError::QueueFull)),
            (&[SENT, FULL], Ok(()), Err(KillError::QueueFull)),
            (&[REFUSED, FULL], Err(KillError::QueueFull), Err(KillError::QueueFull)),
            (&[FULL, REFUSED], Err(KillError::Refused), Err(KillError::QueueFull)),
            (&[FULL], Err(KillError::QueueFull), Err(KillError::QueueFull)),
        ] {
            assert_eq!(fold(verdicts).group(&LINUX), last, "{verdicts:?}");
            assert_eq!(fold(verdicts).group(&FREEBSD), first, "{verdicts:?}");
        }
    }

    #[test]
    fn of_everyone_a_full_queue_counts_and_a_refusal_does_not() {
        for (verdicts, linux, freebsd) in [
            (&[FULL, SENT][..], Ok(()), Err(KillError::QueueFull)),
            (&[SENT, FULL], Err(KillError::QueueFull), Err(KillError::QueueFull)),
            (&[FULL, REFUSED], Err(KillError::QueueFull), Err(KillError::QueueFull)),
            (&[SENT, REFUSED], Ok(()), Ok(())),
            (&[REFUSED], Ok(()), Err(KillError::Refused)),
            (&[], Err(KillError::NoSuchTarget), Err(KillError::NoSuchTarget)),
        ] {
            assert_eq!(fold(verdicts).everyone(&LINUX), linux, "{verdicts:?}");
            assert_eq!(fold(verdicts).everyone(&FREEBSD), freebsd, "{verdicts:?}");
        }
    }

    #[test]
    fn refusals_count_as_the_system_says() {
        for (rules, some, all) in [
            (&LINUX, Ok(()), Err(KillError::Refused)),
            (&FREEBSD, Ok(()), Err(KillError::Refused)),
            (&POSIX, Ok(()), Err(KillError::Refused)),
            (&BSD43, Err(KillError::Refused), Err(KillError::Refused)),
            (&BSD44, Ok(()), Err(KillError::NoSuchTarget)),
            (&AIXRT, Err(KillError::Refused), Err(KillError::Refused)),
        ] {
            assert_eq!(fold(&[SENT, REFUSED]).group(rules), some, "{}", rules.name);
            assert_eq!(fold(&[REFUSED, SENT]).group(rules), some, "{}", rules.name);
            assert_eq!(fold(&[REFUSED]).group(rules), all, "{}", rules.name);
            assert_eq!(fold(&[]).group(rules), Err(KillError::NoSuchTarget), "{}", rules.name);
        }
    }
}
