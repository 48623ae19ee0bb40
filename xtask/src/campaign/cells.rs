//! The cells of call × verdict × run state: which of them can be reached at all.

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

/// Why a cell cannot be reached, or what it would take; `None`: it is tried.
pub(super) fn unreachable(call: &str, verdict: &str, standing: &str) -> Option<&'static str> {
    let mut all = REASONS.iter().chain(UNTRIED);
    all.find(|(is_it, _)| is_it(call, verdict, standing)).map(|(_, reason)| *reason)
}

/// Whether a reason holds for a call, a verdict and a run state.
type IsIt = fn(&str, &str, &str) -> bool;

/// The reasons, each for many cells.
pub(super) const REASONS: &[(IsIt, &str)] = &[
    (
        |_, verdict, standing| standing == "ended" && !matches!(verdict, "probed" | "zombie" | "EPERM"),
        "ended: a signal to who has ended does nothing (`zombie`), if it is permitted",
    ),
    (
        |_, verdict, standing| {
            standing == "stopped" && matches!(verdict, "dumps" | "stops" | "handles" | "accepts" | "traces")
        },
        "stopped: no thread runs to take it; only KILL acts, and CONT",
    ),
    (
        |call, verdict, standing| {
            call == "raise"
                && (matches!(verdict, "EPERM" | "accepts" | "zombie") || matches!(standing, "stopped" | "ended"))
        },
        "raise: the caller is the target: it runs, waits for nothing, and may always signal itself",
    ),
    (
        |call, verdict, _| verdict == "EAGAIN" && matches!(call, "kill" | "killpg"),
        "EAGAIN: kill and killpg lose the information instead",
    ),
    (
        |call, verdict, standing| {
            let by_thread = matches!(call, "tkill" | "tgkill" | "pidfd_send_signal");
            verdict == "zombie" && standing != "ended" && !by_thread
        },
        "zombie of a process that lives: only a thread of it that has ended, addressed as a thread",
    ),
];

/// Cells that could be reached and that the campaign does not try to, with what it would take.
pub(super) const UNTRIED: &[(IsIt, &str)] = &[
    (
        |_, verdict, standing| verdict == "continues" && standing == "killable",
        "continues, killable: a tracer has to let the main thread of a stopped process run, which then calls vfork",
    ),
    (
        |call, verdict, standing| call == "raise" && verdict == "continues" && matches!(standing, "waiting" | "held"),
        "raise, continues, waiting or held: a tracer has to let another thread of a stopped process run, which sends CONT",
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
    fn another_thread_takes_what_the_main_one_cannot() {
        for verdict in ["dumps", "stops", "handles", "accepts", "traces"] {
            assert!(
                unreachable("kill", verdict, "held").is_none() && unreachable("kill", verdict, "killable").is_none()
            );
            assert!(unreachable("kill", verdict, "stopped").is_some());
        }
        assert!(
            unreachable("raise", "handles", "held").is_none() && unreachable("tkill", "zombie", "waiting").is_none()
        );
    }

    #[test]
    fn a_cell_that_was_seen_is_reachable_whatever_the_reasons_say() {
        let cell = ("raise".to_owned(), "EPERM".to_owned(), "ready".to_owned());
        let counts = Counts { cells: [(cell, 1)].into(), ..Counts::default() };
        assert!(survey(&counts).2.iter().any(|short| short.call == "raise" && short.verdict == "EPERM"));
    }
}
