//! Numbers that are used again at once: in a namespace with 360 of them, short-lived targets and others take turns,
//! and everyone counts the signals that were meant for it and those that were not.
//!
//! USR1 is blocked in all of them, so that whoever got one finds it pending at its end.

use std::ffi::CString;
use std::fs;
use std::io;
use std::num::NonZero;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use sigpost_sys::fork::{self, Child};
use sigpost_sys::pidfd::{self, Scope};
use sigpost_sys::shared::{self, Words};
use sigpost_sys::sigaction::{self, How};

use super::{few_numbers, numbers, without};
use crate::Size;
use crate::arena;
use crate::command::duel::Rival;
use crate::contest::Line;
use crate::puppets::NAME;
use crate::rival;
use crate::table::{Figure, Row, Target};

/// How many process numbers the namespace has.
const NUMBERS: &str = "360";

/// How many children each churner has at a time; every second one is a target.
const WINDOW: usize = 8;

/// How many churners there are.
const CHURNERS: usize = 2;

const USR1: i32 = 10;
const USR1_SET: u64 = 1 << (USR1 - 1);

/// The words of the shared memory: what was counted, and whether it goes on.
const RIGHT: usize = 0;
const WRONG: usize = 1;
const FORKS: usize = 2;
const STOP: usize = 3;
/// From here on one word a child, by churner and place.
const SLOTS: usize = 4;

/// Who sends.
enum Sender {
    /// A command line.
    Line(Line),
    /// What procps does since it knows pidfds: the scan first, then the handle, then the signal.
    OpenedAfterTheScan,
}

/// What a run found.
struct Counted {
    right: f64,
    wrong: f64,
}

/// The rows: ours with and without receipts, and the others, which show that the stress is one.
pub(crate) fn rows(size: Size) -> Vec<Row> {
    let (right, seconds, others_seconds) = match size {
        Size::Full => (10_000, 120, 20),
        Size::Smoke => (20, 10, 1),
    };
    let none = Target::Exactly(Figure::count(0.0));
    let sigpost = match rival::sigpost() {
        Ok(sigpost) => sigpost,
        Err(cause) => return vec![Row::broken("numbers used again", cause)],
    };
    let mut rows = Vec::new();
    for (name, words) in [("send -q", "send -q -s USR1 {name}"), ("send", "send -s USR1 {name}")] {
        let line = Line::new(&sigpost, &words.replace("{name}", NAME));
        let work = format!("numbers used again: wrong deliveries by {name}");
        match run(&Sender::Line(line), right, Duration::from_secs(seconds)) {
            Ok(counted) => {
                let enough = Target::AtLeast(Figure::count(f64::from(right)));
                rows.push(Row::alone(work, Figure::count(counted.wrong), none));
                rows.push(Row::alone(
                    format!("right ones by {name} in that run"),
                    Figure::count(counted.right),
                    enough,
                ));
            }
            Err(trouble) => rows.push(without(&work, trouble, none)),
        }
    }
    rows.extend(others(right, Duration::from_secs(others_seconds)));
    rows
}

/// Wrong ones of a hundred, by those that are known to err.
fn others(right: u32, limit: Duration) -> Vec<Row> {
    let pkill = Rival::Pkill.find().map(|rival| {
        (Sender::Line(Line::new(&rival.path, &format!("-USR1 -x {NAME}"))), format!("{}, of a hundred", rival.name))
    });
    let after = Ok((Sender::OpenedAfterTheScan, "a pidfd opened after the scan, of a hundred".to_owned()));
    let mut rows = Vec::new();
    for other in [pkill, after] {
        let work = "numbers used again: wrong deliveries by others";
        rows.push(match other {
            Err(why) => Row::absent(work, why, Target::Told),
            Ok((sender, name)) => match run(&sender, right, limit) {
                Ok(counted) => {
                    let share = 100.0 * counted.wrong / (counted.right + counted.wrong).max(1.0);
                    Row::alone(format!("{work}: {name}"), Figure::count(share), Target::Told)
                }
                Err(trouble) => without(work, trouble, Target::Told),
            },
        });
    }
    rows
}

fn run(sender: &Sender, right: u32, limit: Duration) -> Result<Counted, arena::Trouble> {
    let text = arena::run(limit + Duration::from_secs(30), || {
        few_numbers(NUMBERS)?;
        stress(sender, right, limit).map_err(|error| error.to_string())
    })?;
    match numbers(&text)[..] {
        [right, wrong, _] => Ok(Counted { right, wrong }),
        _ => Err(arena::Trouble::Failed(text)),
    }
}

/// Process 1: churners beside it, and the sender again and again.
fn stress(sender: &Sender, right: u32, limit: Duration) -> io::Result<String> {
    sigpost_sys::namespace::assert_inside();
    sigaction::set_mask(How::Block, USR1_SET)?;
    let words = NonZero::new(SLOTS + CHURNERS * WINDOW).unwrap_or(NonZero::<usize>::MIN);
    let words = Words::map(words)?;
    let churners: io::Result<Vec<Child>> =
        (0..CHURNERS).map(|churner| fork::fork_run(|| churn(&words, churner, limit).map_or(1, |()| 0))).collect();
    let churners = churners?;
    let start = Instant::now();
    while start.elapsed() < limit && words[RIGHT].load(Ordering::SeqCst) < right {
        match sender {
            // A number may be missing for the command itself, and a target may be gone: the next round does better.
            Sender::Line(line) => _ = line.run(),
            Sender::OpenedAfterTheScan => opened_after_the_scan()?,
        }
    }
    words[STOP].store(1, Ordering::SeqCst);
    for churner in churners {
        churner.wait()?;
    }
    let count = |word: usize| words[word].load(Ordering::SeqCst);
    Ok(format!("{} {} {}", count(RIGHT), count(WRONG), count(FORKS)))
}

/// Keeps a window of children: the oldest is let go and reaped, and its number is somebody else's next.
fn churn(words: &Words, churner: usize, limit: Duration) -> io::Result<()> {
    sigpost_sys::namespace::assert_inside();
    rustix::thread::set_name(c"churner")?;
    let name = CString::new(NAME)?;
    let (start, mut turn) = (Instant::now(), 0_usize);
    let mut window: [Option<Child>; WINDOW] = [const { None }; WINDOW];
    while words[STOP].load(Ordering::SeqCst) == 0 && start.elapsed() < limit * 2 {
        let place = turn % WINDOW;
        let slot = SLOTS + churner * WINDOW + place;
        if let Some(oldest) = window[place].take() {
            words[slot].store(1, Ordering::SeqCst);
            shared::wake(&words[slot]);
            oldest.wait()?;
        }
        words[slot].store(0, Ordering::SeqCst);
        let is_target = turn % 2 == 0;
        let born = fork::fork_run(|| live(words, slot, is_target.then_some(&*name)));
        // Without a number there is a free place until the next turn.
        window[place] = born.ok();
        words[FORKS].fetch_add(1, Ordering::SeqCst);
        turn += 1;
    }
    for place in 0..WINDOW {
        words[SLOTS + churner * WINDOW + place].store(1, Ordering::SeqCst);
        shared::wake(&words[SLOTS + churner * WINDOW + place]);
    }
    window.into_iter().flatten().try_for_each(|child| child.wait().map(drop))
}

/// A short life: until it is let go. At its end it counts what it got.
fn live(words: &Words, slot: usize, name: Option<&std::ffi::CStr>) -> i32 {
    if let Some(name) = name
        && rustix::thread::set_name(name).is_err()
    {
        return 1;
    }
    while words[slot].load(Ordering::SeqCst) == 0 {
        let _ = shared::sleep_on(&words[slot], 0);
    }
    if sigaction::pending().is_ok_and(|pending| pending & USR1_SET != 0) {
        let word = if name.is_some() { RIGHT } else { WRONG };
        words[word].fetch_add(1, Ordering::SeqCst);
    }
    0
}

/// The order that a handle does not help: names by number, then handles by number.
fn opened_after_the_scan() -> io::Result<()> {
    sigpost_sys::namespace::assert_inside();
    let mut named = Vec::new();
    for entry in fs::read_dir("/proc")?.flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|text| text.parse::<i32>().ok()) else { continue };
        let comm = fs::read(Path::new("/proc").join(pid.to_string()).join("comm")).unwrap_or_default();
        // What else is read of each takes its time, as it does there.
        for file in ["stat", "status", "cmdline", "cgroup"] {
            let _ = fs::read(Path::new("/proc").join(pid.to_string()).join(file));
        }
        if comm.trim_ascii_end() == NAME.as_bytes() {
            named.push(pid);
        }
    }
    for pid in named {
        if let Ok(handle) = pidfd::open(pid) {
            let _ = pidfd::send(&handle, USR1, None, Scope::Handle);
        }
    }
    Ok(())
}
