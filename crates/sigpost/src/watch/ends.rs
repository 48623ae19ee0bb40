//! Who ended a process: what was sent to it is kept until it has ended.

use core::time::Duration;
use std::collections::HashMap;

use sigpost_engine::{Signal, Verdict};
use sigpost_linux::ExitStatus;
use sigpost_linux::generated::Fate;
use sigpost_linux::user::Users;
use sigpost_linux::watch::{Ended, Generated, How};

use super::cause;

/// Of each process that lives, the last signal of each number that may end it.
#[derive(Debug, Default)]
pub(super) struct Suspects {
    of: HashMap<u32, Vec<Generated>>,
    /// Of these also what they handle is kept: it may be why they exit.
    handled: Of,
}

/// Which processes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Of {
    #[default]
    None,
    This(u32),
    All,
}

/// So many processes are kept; of more than these, those that were signalled and live on are let go.
const MOST: usize = 10_000;

impl Suspects {
    /// With what these handle.
    pub(super) fn with_handled(handled: Of) -> Self {
        Self { handled, ..Self::default() }
    }

    /// Keeps the signal, if it may be what ends its target.
    pub(super) fn note(&mut self, generated: &Generated) {
        let pid = generated.target.pid;
        let got = matches!(generated.fate, Fate::Delivered | Fate::InfoLost);
        let is_kept = match generated.verdict {
            Some(Verdict::Ignores) => false,
            Some(Verdict::Handles | Verdict::Accepts) => self.handled == Of::All || self.handled == Of::This(pid),
            _ => true,
        };
        if !got || !is_kept {
            return;
        }
        if self.of.len() >= MOST && !self.of.contains_key(&pid) {
            let handled = self.handled;
            self.of.retain(|pid, _| handled == Of::This(*pid));
        }
        let kept = self.of.entry(pid).or_default();
        // The first that ends it has ended it: a second KILL is too late.
        let ends = |signal: &Generated| matches!(signal.verdict, Some(Verdict::Terminates | Verdict::Dumps));
        match kept.iter_mut().find(|other| other.signal == generated.signal) {
            Some(other) if ends(other) => {}
            Some(other) => *other = generated.clone(),
            None => kept.push(generated.clone()),
        }
    }

    /// What ended it, as far as that was seen.
    pub(super) fn take(&mut self, ended: &Ended) -> Option<Generated> {
        let mut kept = self.of.remove(&ended.who.pid)?;
        match ended.status {
            ExitStatus::Signalled { signal, .. } => {
                let place = kept.iter().position(|generated| generated.signal == signal)?;
                Some(kept.swap_remove(place))
            }
            // It exited by itself; the last signal that asks to end may be why.
            ExitStatus::Exited(_) => {
                const ASK: [Signal; 4] = [Signal::TERM, Signal::INT, Signal::HUP, Signal::QUIT];
                kept.retain(|generated| ASK.contains(&generated.signal));
                kept.into_iter().max_by_key(|generated| generated.time)
            }
        }
    }
}

/// How it ended and who did it, in one sentence without a full stop.
pub(super) fn sentence(ended: &Ended, by: Option<&Generated>, users: &Users) -> String {
    let who = cause::number_and_name(&ended.who);
    let before = by.map(|by| told(Duration::from_nanos(ended.time.saturating_sub(by.time))));
    match (ended.status, by, before) {
        (ExitStatus::Signalled { signal, core }, Some(by), Some(before)) => {
            let core = if core { ", core dumped" } else { "" };
            format!("{who} was ended by {}{core}, {before} before", means(signal, by, users))
        }
        (ExitStatus::Exited(code), Some(by), Some(before)) => {
            format!("{who} exited {code}, {before} after {}", means(by.signal, by, users))
        }
        (ExitStatus::Signalled { .. }, ..) => {
            format!("{who} {}: who sent that was not seen", ended.status)
        }
        (ExitStatus::Exited(_), ..) => format!("{who} {}, by itself: no signal asked it to", ended.status),
    }
}

/// `KILL from 5120 bash (root)`, `its own fault: SEGV at address 0x0`, `INT typed at pts/3`.
fn means(signal: Signal, by: &Generated, users: &Users) -> String {
    let origin = cause::origin(by, users);
    match by.how {
        How::Kill | How::Tgkill | How::Sigqueue(_) => format!("{signal} from {origin}"),
        How::Key(_) => format!("{signal} {origin}"),
        How::Fault(Some(address)) => format!("its own fault: {signal} at address {address:#x}"),
        How::Fault(None) => format!("its own fault: {signal}"),
        How::Pipe => format!("{signal} to {origin}"),
        How::OutOfMemory => format!("the kernel's out-of-memory killer: {signal}"),
        How::Timer => format!("its timer: {signal}"),
        _ => format!("{signal}: {origin}"),
    }
}

/// A short time for people: `0.3 ms`, `12 µs`, `1.2 s`.
pub(super) fn told(time: Duration) -> String {
    match time.as_nanos() {
        nanos @ 0..1_000 => format!("{nanos} ns"),
        1_000..100_000 => format!("{} µs", time.as_micros()),
        100_000..1_000_000_000 => format!("{:.1} ms", time.as_secs_f64() * 1000.0),
        _ => format!("{:.1} s", time.as_secs_f64()),
    }
}

#[cfg(test)]
mod tests {
    use sigpost_linux::watch::{Name, Party};

    use super::*;

    fn party(pid: u32, name: &str) -> Party {
        let comm = Name::new(name.as_bytes());
        Party { pid, thread: pid, inner: None, user: Some(0), comm, cgroup: None }
    }

    fn sent(time: u64, signal: Signal, sender: u32, verdict: Verdict) -> Generated {
        Generated {
            time,
            signal,
            how: How::Kill,
            code: 0,
            sender: Some(party(sender, "bash")),
            target: party(9, "nginx"),
            for_process: true,
            fate: Fate::Delivered,
            verdict: Some(verdict),
        }
    }

    fn ended(status: ExitStatus) -> Ended {
        Ended { time: 5_000_000, who: party(9, "nginx"), status }
    }

    fn users() -> Users {
        Users::parse("root:x:0:0::/root:/bin/sh")
    }

    #[test]
    fn the_first_signal_that_ends_it_is_what_ended_it() {
        let mut suspects = Suspects::default();
        suspects.note(&sent(1, Signal::HUP, 6, Verdict::Pends));
        suspects.note(&sent(4_700_000, Signal::KILL, 7, Verdict::Terminates));
        suspects.note(&sent(4_800_000, Signal::KILL, 8, Verdict::Terminates));
        let ended = ended(ExitStatus::Signalled { signal: Signal::KILL, core: false });
        let by = suspects.take(&ended);
        let told = sentence(&ended, by.as_ref(), &users());
        assert_eq!(told, "9 nginx was ended by KILL from 7 bash (root), 0.3 ms before");
        assert!(suspects.take(&ended).is_none(), "its number may be another's now");
    }

    #[test]
    fn what_it_handles_is_no_suspect_but_may_be_why_the_wanted_one_exits() {
        let note = |mut suspects: Suspects| {
            suspects.note(&sent(4_999_000, Signal::TERM, 7, Verdict::Handles));
            let ended = ended(ExitStatus::Exited(3));
            let by = suspects.take(&ended);
            sentence(&ended, by.as_ref(), &users())
        };
        assert_eq!(note(Suspects::with_handled(Of::This(9))), "9 nginx exited 3, 1 µs after TERM from 7 bash (root)");
        assert_eq!(note(Suspects::default()), "9 nginx exited 3, by itself: no signal asked it to");
    }

    #[test]
    fn where_nobody_was_seen_that_is_said() {
        let ended = ended(ExitStatus::Signalled { signal: Signal::SEGV, core: true });
        let told = sentence(&ended, None, &users());
        assert_eq!(told, "9 nginx ended by SEGV, core dumped: who sent that was not seen");
    }
}
