//! What a scene is for: a verdict, what the target does when the signal comes, and the calls that send.

use sigpost_engine::{Signal, Verdict};

use crate::{Random, Standing};

/// A call that sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Door {
    Kill,
    Killpg,
    Raise,
    Tkill,
    Tgkill,
    Sigqueue,
    Pidfd,
    Queueinfo,
}

impl Door {
    /// All of them, those more often that reach some verdicts only from another thread.
    const ALL: [Self; 10] = [
        Self::Kill,
        Self::Killpg,
        Self::Killpg,
        Self::Raise,
        Self::Raise,
        Self::Tkill,
        Self::Tgkill,
        Self::Sigqueue,
        Self::Pidfd,
        Self::Queueinfo,
    ];

    /// Whether a thread can be addressed.
    const fn is_for_thread(self) -> bool {
        matches!(self, Self::Raise | Self::Tkill | Self::Tgkill | Self::Pidfd)
    }
}

/// How often scenes are for each verdict at a target that is ready, waits, waits in vfork, is stopped, is held, has
/// ended. What random steps show often anyway is 0, as is what cannot be.
const WEIGHTS: [(Verdict, [u32; 6]); 16] = [
    (Verdict::Probed, [0, 2, 4, 1, 4, 2]),
    (Verdict::Terminates, [0, 4, 8, 7, 8, 0]),
    (Verdict::Dumps, [0, 4, 12, 0, 10, 0]),
    (Verdict::Stops, [0, 4, 6, 0, 7, 0]),
    (Verdict::Continues, [10, 9, 0, 2, 8, 0]),
    (Verdict::Handles, [0, 3, 6, 0, 6, 0]),
    (Verdict::Accepts, [6, 6, 7, 0, 8, 0]),
    (Verdict::Ignores, [0, 1, 4, 0, 5, 0]),
    (Verdict::Pends, [0, 1, 4, 2, 4, 0]),
    (Verdict::Defers, [6, 6, 5, 0, 3, 0]),
    (Verdict::Merges, [4, 4, 5, 4, 5, 0]),
    (Verdict::Traces, [0, 6, 5, 0, 5, 0]),
    (Verdict::Immune, [0, 4, 4, 4, 7, 0]),
    (Verdict::Zombie, [3, 4, 4, 4, 4, 0]),
    (Verdict::Refused, [0, 1, 3, 1, 2, 2]),
    (Verdict::QueueFull, [2, 4, 5, 4, 5, 0]),
];

/// Signals that end a process by default.
const ENDING: [Signal; 7] =
    [Signal::HUP, Signal::INT, Signal::TERM, Signal::USR1, Signal::USR2, Signal::ALRM, Signal::PIPE];
const DUMPING: [Signal; 5] = [Signal::QUIT, Signal::ABRT, Signal::SEGV, Signal::BUS, Signal::SYS];
const STOPPING: [Signal; 4] = [Signal::TSTP, Signal::TTIN, Signal::TTOU, Signal::STOP];
const ORDINARY: [Signal; 9] = [
    Signal::USR1,
    Signal::USR2,
    Signal::HUP,
    Signal::TERM,
    Signal::QUIT,
    Signal::URG,
    Signal::WINCH,
    Signal::TSTP,
    Signal::TTIN,
];

/// What a scene is for.
#[derive(Clone, Debug)]
pub(super) struct Aim {
    pub(super) verdict: Verdict,
    pub(super) standing: Standing,
    /// Several where a target is the same after each.
    pub(super) doors: Vec<Door>,
}

impl Aim {
    pub(super) fn choose(random: &mut Random) -> Self {
        let total = WEIGHTS.iter().flat_map(|(_, row)| row).sum();
        let mut left = random.below(total);
        let cells = WEIGHTS.iter().flat_map(|(verdict, row)| {
            row.iter().zip(Standing::ALL).map(|(weight, standing)| (*verdict, standing, *weight))
        });
        let mut chosen = (Verdict::Merges, Standing::Ready);
        for (verdict, standing, weight) in cells {
            if left < weight {
                chosen = (verdict, standing);
                break;
            }
            left -= weight;
        }
        let (verdict, standing) = chosen;
        let count = if can_be_repeated(verdict, standing) { random.between((1, 3)) } else { 1 };
        let doors: Vec<Door> = Door::ALL.into_iter().filter(|door| can_be_reached(*door, verdict, standing)).collect();
        let mut doors: Vec<Door> = (0..count).map(|_| random.pick_or(&doors, Door::Tkill)).collect();
        if verdict == Verdict::Defers && doors.contains(&Door::Raise) {
            // Who runs defers what it sends itself only where its tracer is told first, of CONT.
            doors = vec![Door::Raise];
        }
        Self { verdict, standing, doors }
    }

    /// Whether the signal has to be for a thread beside the main one: the main one cannot take it, or is to be what it is
    /// while another takes it.
    pub(super) fn is_for_other(&self, random: &mut Random) -> bool {
        use Standing::{Held, Killable, Ready, Waiting};
        use Verdict::{Accepts, Defers, Dumps, Handles, Ignores, Immune, Stops, Terminates, Traces, Zombie};
        match (self.standing, self.verdict) {
            (Held | Killable, Dumps | Stops | Handles | Accepts | Traces)
            | (Held, Ignores)
            | (Ready, Accepts)
            | (Waiting, Defers)
            | (Waiting | Killable | Held, Zombie) => true,
            (Ready, Defers) => !self.raises(),
            (Killable | Held, Defers) => self.raises(),
            (Held, Terminates | Immune) | (Waiting, Accepts | Traces) => random.chance(1, 2),
            _ => false,
        }
    }

    fn raises(&self) -> bool {
        self.doors.contains(&Door::Raise)
    }

    /// A signal that a thread sends itself is deferred: its tracer is told of the CONT first.
    pub(super) fn is_trapped(&self) -> bool {
        self.verdict == Verdict::Defers && self.raises()
    }

    /// Whether there has to be another thread.
    pub(super) fn needs_other(&self) -> bool {
        let raises = self.raises() && self.standing != Standing::Ready;
        raises || self.is_trapped() || matches!(self.verdict, Verdict::Zombie | Verdict::Continues)
    }

    /// A signal for each call.
    pub(super) fn signals(&self, random: &mut Random, is_for_other: bool) -> Vec<Signal> {
        let mut signals: Vec<Signal> = Vec::new();
        for _ in &self.doors {
            let drawn = (0..8).map(|_| self.signal(random, is_for_other)).find(|signal| !signals.contains(signal));
            signals.push(drawn.unwrap_or(Signal::USR1));
        }
        signals
    }

    fn signal(&self, random: &mut Random, is_for_other: bool) -> Signal {
        let stands = matches!(self.standing, Standing::Stopped | Standing::Held);
        let realtime = Signal::new(34 + i32::try_from(random.below(4)).unwrap_or(0)).unwrap_or(Signal::USR1);
        match self.verdict {
            Verdict::Terminates if stands && !is_for_other && !self.raises() => Signal::KILL,
            Verdict::Immune if self.standing == Standing::Held && !is_for_other => Signal::KILL,
            Verdict::Terminates if random.chance(3, 4) => Signal::KILL,
            Verdict::Terminates | Verdict::Immune => random.pick_or(&ENDING, Signal::TERM),
            Verdict::Dumps => random.pick_or(&DUMPING, Signal::QUIT),
            Verdict::Stops => random.pick_or(&STOPPING, Signal::TSTP),
            Verdict::Continues => Signal::CONT,
            Verdict::Defers if self.raises() => Signal::CONT,
            Verdict::QueueFull => realtime,
            Verdict::Pends | Verdict::Handles | Verdict::Accepts if random.chance(1, 4) => realtime,
            _ => random.pick_or(&ORDINARY, Signal::USR1),
        }
    }
}

/// Whether there can be more after it: the target is the same, or can be brought to be so again.
const fn can_be_repeated(verdict: Verdict, standing: Standing) -> bool {
    match verdict {
        Verdict::Terminates | Verdict::Dumps => false,
        Verdict::Continues => matches!(standing, Standing::Stopped),
        Verdict::Traces => matches!(standing, Standing::Killable | Standing::Held),
        _ => true,
    }
}

/// Whether a call can have this verdict there at all.
fn can_be_reached(door: Door, verdict: Verdict, standing: Standing) -> bool {
    use Verdict::{Accepts, Continues, QueueFull, Refused, Zombie};
    let is_alive = standing != Standing::Ended;
    match door {
        Door::Raise => {
            let runs = !matches!(standing, Standing::Stopped | Standing::Ended);
            let is_let_run = verdict == Continues && standing == Standing::Ready;
            runs && (is_let_run || !matches!(verdict, Accepts | Continues | Refused | Zombie))
        }
        _ if verdict == Zombie && is_alive => door.is_for_thread(),
        Door::Kill | Door::Killpg => verdict != QueueFull,
        _ => true,
    }
}
