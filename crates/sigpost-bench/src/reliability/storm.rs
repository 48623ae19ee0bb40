//! Fork storms: processes that fork and exit at once, in one group and one cgroup, are killed by one call; whoever is
//! left in the cgroup has survived.

use std::io;
use std::num::NonZero;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rustix::process::setpgid;
use sigpost_sys::fork::{self, Forked};
use sigpost_sys::shared::{self, Words};
use sigpost_sys::sigaction::{self, Action};

use super::{numbers, without};
use crate::Size;
use crate::arena;
use crate::cgroup::Cgroup;
use crate::command::duel::Rival;
use crate::contest::Line;
use crate::rival;
use crate::table::{Figure, Row, Target};

/// How many hop at a time.
const HOPPERS: usize = 20;

/// A storm ends by itself after so many forks, or so long.
const MOST_FORKS: u32 = 40_000;
const LONGEST: Duration = Duration::from_secs(20);

/// It counts as raging once it has forked so often.
const RAGING: u32 = 400;

/// How long those that were killed may take to be gone, on a machine that does much else; who is there then has
/// survived.
const PATIENCE: Duration = Duration::from_secs(3);

/// The words of the shared memory.
const FORKS: usize = 0;
const LEADER: usize = 1;
const STOP: usize = 2;

const SIGCHLD: i32 = 17;

/// What trials found, one after the other: survivors, and forks a second while the command ran.
struct Trials {
    survivors: Vec<f64>,
    rates: Vec<f64>,
}

/// The rows: ours for the group and the cgroup, and pkill, which shows that the storm is one.
pub(crate) fn rows(size: Size) -> Vec<Row> {
    let (trials, of_pkill) = if size == Size::Full { (100, 20) } else { (1, 1) };
    let none = Target::Exactly(Figure::count(0.0));
    let sigpost = match rival::sigpost() {
        Ok(sigpost) => sigpost,
        Err(cause) => return vec![Row::broken("fork storm", cause)],
    };
    let mut rows = Vec::new();
    for (name, words) in
        [("send -s KILL g:PGID", "send -s KILL {group}"), ("send -s KILL c:PATH", "send -s KILL {cgroup}")]
    {
        let work = format!("fork storm: survivors of {name}, {trials} trials");
        match run(|group, cgroup| fill(&sigpost, words, group, cgroup), trials) {
            Ok(found) => {
                rows.push(Row::alone(work, Figure::count(found.survivors.iter().sum()), none));
                let rate = Figure::count(median(found.rates).round());
                let enough = if size == Size::Full { Target::AtLeast(Figure::count(10_000.0)) } else { Target::Told };
                rows.push(Row::alone(format!("forks a second while {name} ran, median"), rate, enough));
            }
            Err(trouble) => rows.push(without(&work, trouble, none)),
        }
    }
    rows.push(pkill(of_pkill));
    rows
}

fn pkill(trials: u32) -> Row {
    let work = format!("fork storm: survivors a trial of pkill -KILL -g PGID, {trials} trials");
    match Rival::Pkill.find() {
        Err(why) => Row::absent(work, why, Target::Told),
        Ok(rival) => match run(|group, _| Line::new(&rival.path, &format!("-KILL -g {group}")), trials) {
            Ok(found) => {
                let mean = found.survivors.iter().sum::<f64>() / f64::from(trials);
                Row::alone(work, Figure::count(mean), Target::Told)
            }
            Err(trouble) => without(&work, trouble, Target::Told),
        },
    }
}

fn fill(sigpost: &std::path::Path, words: &str, group: i32, cgroup: &str) -> Line {
    Line::new(sigpost, &words.replace("{group}", &format!("g:{group}")).replace("{cgroup}", cgroup))
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}

fn run(line: impl Fn(i32, &str) -> Line, trials: u32) -> Result<Trials, arena::Trouble> {
    let text = arena::run(Duration::from_mins(10), || {
        let told = (0..trials).map(|_| trial(&line).map(|(survivors, rate)| format!("{survivors} {rate}\n")));
        told.collect()
    })?;
    let figures = numbers(&text);
    let every_second = |first: usize| figures.iter().skip(first).step_by(2).copied().collect();
    Ok(Trials { survivors: every_second(0), rates: every_second(1) })
}

/// One storm and one command; how many survived it, and how fast they forked meanwhile.
fn trial(line: &impl Fn(i32, &str) -> Line) -> Result<(usize, f64), String> {
    let cgroup = Cgroup::make().map_err(|why| format!("skipped: {why}"))?;
    let told = |error: io::Error| error.to_string();
    let words = Words::map(NonZero::new(3).unwrap_or(NonZero::<usize>::MIN)).map_err(told)?;
    let keeper = fork::fork_run(|| keep(&words, &cgroup).map_or(1, |()| 0)).map_err(told)?;
    let (start, forks) = (Instant::now(), || words[FORKS].load(Ordering::SeqCst));
    while forks() < RAGING {
        if start.elapsed() > LONGEST {
            return Err(format!("the storm did not rise: {} forks", forks()));
        }
        rustix::thread::sched_yield();
    }
    let group = i32::try_from(words[LEADER].load(Ordering::SeqCst)).map_err(|error| error.to_string())?;
    if group <= 1 {
        return Err("the storm has no group".to_owned());
    }
    let line = line(group, &cgroup.target());
    let (start, before) = (Instant::now(), forks());
    // pkill fails where some were gone before it got to them: survivors count, not what it says.
    let _ = line.run();
    let rate = f64::from(forks() - before) / start.elapsed().as_secs_f64();
    let survivors = match cgroup.wait_until("populated 0", PATIENCE) {
        Some(_) => 0,
        None => cgroup.count(),
    };
    words[STOP].store(1, Ordering::SeqCst);
    shared::wake(&words[STOP]);
    drop(cgroup);
    keeper.wait().map_err(told)?;
    Ok((survivors, rate))
}

/// Reaps whoever hops, and is outside of the group and of the cgroup.
fn keep(words: &Words, cgroup: &Cgroup) -> io::Result<()> {
    sigpost_sys::namespace::assert_inside();
    let keeper = rustix::process::getpid();
    rustix::process::set_child_subreaper(Some(keeper))?;
    sigaction::set(SIGCHLD, Action::Ignore)?;
    fork::fork_run(|| lead(words, cgroup).map_or(1, |()| 0))?.let_go();
    // Until the storm is over; with process 1 it ends in any case.
    while words[STOP].load(Ordering::SeqCst) == 0 {
        let _ = shared::sleep_on(&words[STOP], 0);
    }
    Ok(())
}

/// Leads the group. Whoever is forked from here on is in the group and in the cgroup.
fn lead(words: &Words, cgroup: &Cgroup) -> io::Result<()> {
    setpgid(None, None)?;
    cgroup.join()?;
    words[LEADER].store(rustix::process::getpid().as_raw_nonzero().get().cast_unsigned(), Ordering::SeqCst);
    for _ in 0..HOPPERS {
        fork::fork_run(|| hop(words))?.let_go();
    }
    loop {
        let _ = sigaction::suspend(0);
    }
}

/// Forks; the parent is gone at once, the child goes on.
fn hop(words: &Words) -> i32 {
    let start = Instant::now();
    while words[FORKS].fetch_add(1, Ordering::SeqCst) < MOST_FORKS && start.elapsed() < LONGEST {
        match fork::fork() {
            Ok(Forked::Child) => {}
            Ok(Forked::Parent(child)) => {
                child.let_go();
                return 0;
            }
            Err(_) => return 1,
        }
    }
    0
}
