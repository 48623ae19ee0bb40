//! Fork storms: processes that fork and exit at once, in one group and one cgroup, are killed by one call; whoever is
//! left in the cgroup has survived.

use std::fmt::Write as _;
use std::io;
use std::num::NonZero;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rustix::process::setpgid;
use sigpost_sys::fork;
use sigpost_sys::shared::{self, Words};
use sigpost_sys::sigaction::{self, Action};
use sigpost_sys::storm::{self, Hops};

use super::{few_numbers, numbers, without};
use crate::Size;
use crate::arena;
use crate::cgroup::Cgroup;
use crate::command::duel::Rival;
use crate::contest::Line;
use crate::engine::clock::middle;
use crate::rival;
use crate::table::{Figure, Row, Target};

/// How many hop at a time.
const HOPPERS: usize = 20;

/// A storm ends by itself after so many forks, or so long. One that did proves nothing.
const MOST_FORKS: u32 = 1_000_000;
const LONGEST: Duration = Duration::from_secs(20);

/// The namespace has no more process numbers than this, so there never are more processes.
const NUMBERS: &str = "8192";

/// It counts as raging once it has forked so often.
const RAGING: u32 = 2_000;

/// How fast it has to fork while the command runs, by its own count, for the trial to prove something.
const FAST: f64 = 10_000.0;

/// How long those that were killed may take to be gone, on a machine that does much else; who is there then has
/// survived.
const PATIENCE: Duration = Duration::from_secs(3);

/// The words of the shared memory: the hoppers' times come first, four words each.
const FORKS: usize = 4 * HOPPERS;
const LEADER: usize = FORKS + 1;
const GO: usize = FORKS + 2;
const STOP: usize = FORKS + 3;
const WORDS: usize = FORKS + 4;

const SIGCHLD: i32 = 17;

/// What trials found, one after the other: survivors, and forks a second while the command ran.
struct Trials {
    survivors: Vec<f64>,
    rates: Vec<f64>,
}

/// The rows: ours for the group and the cgroup, and pkill, which shows that the storm is one.
pub(crate) fn rows(size: Size) -> Vec<Row> {
    let (trials, of_pkill) = if size == Size::Full { (100, 20) } else { (1, 1) };
    let sigpost = match rival::sigpost() {
        Ok(sigpost) => sigpost,
        Err(cause) => return vec![Row::broken("fork storm", cause)],
    };
    let mut rows = Vec::new();
    for (name, words) in
        [("send -s KILL g:PGID", "send -s KILL {group}"), ("send -s KILL c:PATH", "send -s KILL {cgroup}")]
    {
        let work = format!("fork storm: survivors of {name}");
        let none = Target::Exactly(Figure::count(0.0));
        match run(|group, cgroup| fill(&sigpost, words, group, cgroup), trials) {
            Ok(found) => rows.extend(ours(&work, &found, size)),
            Err(trouble) => rows.push(without(&work, trouble, none)),
        }
    }
    rows.push(pkill(of_pkill));
    rows
}

fn ours(work: &str, found: &Trials, size: Size) -> [Row; 3] {
    // A smoke counts survivors, and not how fast the storm was.
    let at_least = |count| if size == Size::Full { Target::AtLeast(Figure::count(count)) } else { Target::Told };
    let trials = found.rates.len();
    let survivors = Figure::count(found.survivors.iter().sum());
    let fast: u32 = found.rates.iter().map(|rate| u32::from(*rate >= FAST)).sum();
    [
        Row::alone(format!("{work}, {trials} trials"), survivors, Target::Exactly(Figure::count(0.0))),
        Row::alone(
            "forks a second in those trials, median",
            Figure::count(middle(found.rates.clone()).round()),
            at_least(FAST),
        ),
        Row::alone(
            format!("trials of those with {FAST} a second or more"),
            Figure::count(f64::from(fast)),
            at_least(100.0),
        ),
    ]
}

fn pkill(trials: u32) -> Row {
    let work = format!("fork storm: survivors a trial of pkill -KILL -g PGID, {trials} trials");
    match Rival::Pkill.find() {
        Err(why) => Row::absent(work, why, Target::Told),
        Ok(rival) => match run(|group, _| Line::new(&rival.path, &format!("-KILL -g {group}")), trials) {
            Ok(found) => {
                let sum: f64 = found.survivors.iter().sum();
                let trials: f64 = found.survivors.iter().map(|_| 1.0).sum();
                Row::alone(work, Figure::count(sum / trials), Target::Told)
            }
            Err(trouble) => without(&work, trouble, Target::Told),
        },
    }
}

fn fill(sigpost: &std::path::Path, words: &str, group: i32, cgroup: &str) -> Line {
    Line::new(sigpost, &words.replace("{group}", &format!("g:{group}")).replace("{cgroup}", cgroup))
}

/// Tries until so many storms were fast enough, at most twice as often: on a machine that does much else some are not.
fn run(line: impl Fn(i32, &str) -> Line, trials: u32) -> Result<Trials, arena::Trouble> {
    let text = arena::run(Duration::from_mins(10), || {
        few_numbers(NUMBERS)?;
        let (mut told, mut fast) = (String::new(), 0);
        for _ in 0..2 * trials {
            let (survivors, rate) = trial(&line)?;
            let _ = writeln!(told, "{survivors} {rate}");
            fast += u32::from(rate >= FAST);
            if fast == trials {
                break;
            }
        }
        Ok(told)
    })?;
    let figures = numbers(&text);
    let every_second = |first: usize| figures.iter().skip(first).step_by(2).copied().collect();
    Ok(Trials { survivors: every_second(0), rates: every_second(1) })
}

/// One storm and one command; how many survived it, and how fast they forked meanwhile.
fn trial(line: &impl Fn(i32, &str) -> Line) -> Result<(usize, f64), String> {
    let cgroup = Cgroup::make().map_err(|why| format!("skipped: {why}"))?;
    let told = |error: io::Error| error.to_string();
    let words = Words::map(NonZero::new(WORDS).unwrap_or(NonZero::<usize>::MIN)).map_err(told)?;
    let keeper = fork::fork_run(|| keep(&words, &cgroup).map_or(1, |()| 0)).map_err(told)?;
    let forks = || words[FORKS].load(Ordering::SeqCst);
    let raised = Instant::now();
    while forks() < RAGING {
        if raised.elapsed() > LONGEST {
            return Err(format!("the storm did not rise: {} forks", forks()));
        }
        rustix::thread::sched_yield();
    }
    let group = i32::try_from(words[LEADER].load(Ordering::SeqCst)).map_err(|error| error.to_string())?;
    if group <= 1 {
        return Err("the storm has no group".to_owned());
    }
    let line = line(group, &cgroup.target());
    let (start, before) = (storm::since_boot(), forks());
    // pkill fails where some were gone before it got to them: survivors count, not what it says.
    let _ = line.run();
    let (end, after) = (storm::since_boot(), forks());
    let survivors = match cgroup.wait_until("populated 0", PATIENCE) {
        Some(_) => 0,
        None => cgroup.count(),
    };
    if raised.elapsed() > LONGEST || after >= MOST_FORKS {
        return Err("the storm ended by itself: nothing is proved".to_owned());
    }
    // Until the command had done its work: from the last fork on there is no storm.
    let last = last_fork(&words).clamp(start, end);
    words[STOP].store(1, Ordering::SeqCst);
    shared::wake(&words[STOP]);
    drop(cgroup);
    keeper.wait().map_err(told)?;
    Ok((survivors, f64::from(after - before) / last.saturating_sub(start).as_secs_f64().max(1e-6)))
}

fn last_fork(words: &Words) -> Duration {
    (0..HOPPERS).filter_map(|hopper| time_of(words, hopper)).map(storm::time_in).max().unwrap_or_default()
}

/// The words in which a hopper tells its time.
fn time_of(words: &Words, hopper: usize) -> Option<&[AtomicU32; 4]> {
    words[4 * hopper..].first_chunk()
}

/// Reaps whoever hops, and is outside of the group and of the cgroup.
fn keep(words: &Words, cgroup: &Cgroup) -> io::Result<()> {
    sigpost_sys::namespace::assert_inside();
    let keeper = rustix::process::getpid();
    rustix::process::set_child_subreaper(Some(keeper))?;
    sigaction::set(SIGCHLD, Action::Ignore)?;
    fork::fork_run(|| lead(words, cgroup).map_or(1, |()| 0))?.let_go();
    // Until the storm is over; with process 1 it ends in any case.
    sleep_until_set(&words[STOP]);
    Ok(())
}

/// Leads the group. Whoever is forked from here on is in the group and in the cgroup.
fn lead(words: &Words, cgroup: &Cgroup) -> io::Result<()> {
    setpgid(None, None)?;
    cgroup.join()?;
    words[LEADER].store(rustix::process::getpid().as_raw_nonzero().get().cast_unsigned(), Ordering::SeqCst);
    let until = (storm::since_boot() + LONGEST).as_secs();
    for last in (0..HOPPERS).filter_map(|hopper| time_of(words, hopper)) {
        let hops = Hops { forks: &words[FORKS], most: MOST_FORKS, stop: &words[STOP], last, until };
        let hop = || {
            sleep_until_set(&words[GO]);
            storm::hop(&hops)
        };
        fork::fork_run(hop)?.let_go();
    }
    words[GO].store(1, Ordering::SeqCst);
    shared::wake(&words[GO]);
    loop {
        let _ = sigaction::suspend(0);
    }
}

fn sleep_until_set(word: &AtomicU32) {
    while word.load(Ordering::SeqCst) == 0 {
        let _ = shared::sleep_on(word, 0);
    }
}
