//! The cells of call × verdict × run state: which of them a kernel can show at all.

use super::counts::Counts;

/// How often each has to be seen.
pub(super) const ENOUGH: u64 = 100;

const CALLS: [&str; 8] =
    ["kill", "killpg", "raise", "tgkill", "tkill", "sigqueue", "pidfd_send_signal", "rt_sigqueueinfo"];
const VERDICTS: [&str; 16] = [
    "probed",
    "terminates",
    "dumps",
    "stops",
    "continues",
    "handles",
    "accepts",
    "ignores",
    "pends",
    "defers",
    "merges",
    "traces",
    "immune",
    "zombie",
    "EPERM",
    "EAGAIN",
];
const STANDINGS: [&str; 6] = ["ready", "waiting", "killable", "stopped", "held", "ended"];

/// A cell that was seen less often than it has to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Short {
    pub(super) call: &'static str,
    pub(super) verdict: &'static str,
    pub(super) standing: &'static str,
    pub(super) seen: u64,
}

/// How many cells there are, how many of them can be reached, and those that were not seen often enough.
pub(super) fn survey(counts: &Counts) -> (usize, usize, Vec<Short>) {
    let (mut all, mut reachable, mut short) = (0, 0, Vec::new());
    for call in CALLS {
        for verdict in VERDICTS {
            for standing in STANDINGS {
                all += 1;
                let cell = (call.to_owned(), verdict.to_owned(), standing.to_owned());
                let seen = counts.cells.get(&cell).copied().unwrap_or(0);
                if seen == 0 && unreachable(call, verdict, standing).is_some() {
                    continue;
                }
                reachable += 1;
                if seen < ENOUGH {
                    short.push(Short { call, verdict, standing, seen });
                }
            }
        }
    }
    (all, reachable, short)
}

/// Why a cell cannot be reached; `None`: it can.
pub(super) fn unreachable(call: &str, verdict: &str, standing: &str) -> Option<&'static str> {
    REASONS.iter().find(|(is_it, _)| is_it(call, verdict, standing)).map(|(_, reason)| *reason)
}

/// Whether a reason holds for a call, a verdict and a run state.
type IsIt = fn(&str, &str, &str) -> bool;

/// The reasons, each for many cells.
pub(super) const REASONS: &[(IsIt, &str)] = &[
    (
        |_, verdict, standing| standing == "ended" && !matches!(verdict, "probed" | "zombie" | "EPERM"),
        "ended: a signal to who has ended does nothing (`zombie`), if it is permitted",
    ),
    (|_, verdict, standing| standing != "stopped" && verdict == "continues", "continues: only who is stopped"),
    (
        |_, verdict, standing| {
            standing == "killable" && matches!(verdict, "dumps" | "stops" | "handles" | "accepts" | "traces")
        },
        "killable: until its child is gone it takes nothing but its end; what it could take is `defers`",
    ),
    (
        |_, verdict, standing| {
            matches!(standing, "stopped" | "held")
                && matches!(verdict, "dumps" | "stops" | "handles" | "accepts" | "traces")
        },
        "stopped, held: no thread runs to take it; only KILL acts, and CONT",
    ),
    (
        |_, verdict, standing| verdict == "accepts" && !matches!(standing, "waiting" | "ready"),
        "accepts: only who waits for it in the sigwait family",
    ),
    (
        |call, verdict, standing| {
            call == "raise"
                && (matches!(verdict, "EPERM" | "zombie" | "accepts") || !matches!(standing, "ready" | "waiting"))
        },
        "raise: the caller is the target; it runs, and may always signal itself",
    ),
    (
        |call, verdict, _| verdict == "EAGAIN" && matches!(call, "kill" | "killpg"),
        "EAGAIN: kill and killpg lose the information instead",
    ),
    (|_, verdict, standing| verdict == "EAGAIN" && standing == "ended", "EAGAIN: nothing is queued for who has ended"),
    (
        |call, verdict, standing| {
            let by_thread = matches!(call, "tkill" | "tgkill" | "pidfd_send_signal");
            verdict == "zombie"
                && (matches!(standing, "waiting" | "killable" | "held") || standing != "ended" && !by_thread)
        },
        "zombie of a process that lives: only a main thread that has ended, addressed as a thread",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reachable_cell_that_was_never_seen_is_short_and_an_unreachable_one_is_not() {
        let (all, reachable, short) = survey(&Counts::default());
        assert_eq!(all, 8 * 16 * 6);
        assert!(reachable < all && short.len() == reachable);
        assert!(unreachable("raise", "EPERM", "ready").is_some() && unreachable("kill", "handles", "ready").is_none());
    }

    #[test]
    fn a_cell_that_was_seen_is_reachable_whatever_the_reasons_say() {
        let cell = ("raise".to_owned(), "EPERM".to_owned(), "ready".to_owned());
        let counts = Counts { cells: [(cell, 1)].into(), ..Counts::default() };
        assert!(survey(&counts).2.iter().any(|short| short.call == "raise" && short.verdict == "EPERM"));
    }
}
