//! `watch`, while one CPU does nothing but send signals: how fast it still sends, and whether any is lost unsaid.
//!
//! The signal is a realtime one to a child that ignores it, by kill(2): the cheapest send there is, so that the watching
//! weighs as much as it can. Times are those of the sending thread's CPU: others may use the machine meanwhile.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use rustix::time::{ClockId, clock_gettime};
use sigpost_sys::fork::fork_run;
use sigpost_sys::sigaction::{self, Action};

use crate::Size;
use crate::rival;
use crate::table::{Figure, Row, Target};

const WORK: &str = "watch --json of a sender with a CPU of its own";
/// A realtime number that hardly anybody sends.
const NUMBER: i32 = 57;

/// What came of it.
struct Measured {
    /// Seconds of CPU a send, unwatched and watched.
    alone: f64,
    watched: f64,
    sent: u64,
    generated: u64,
    seen: u64,
    lost: u64,
}

/// The rows of watching.
pub(crate) fn rows(size: Size) -> Vec<Row> {
    let least = Target::AtLeast(Figure::count(800_000.0));
    let sigpost = match rival::sigpost() {
        Ok(sigpost) => sigpost,
        Err(cause) => return vec![Row::broken(WORK, cause)],
    };
    // Whether it may watch at all: while it is not measured, nothing is to watch.
    if let Err(why) = Watcher::start(Command::new(&sigpost)).and_then(Watcher::end) {
        return vec![Row::absent(WORK, why, least)];
    }
    match measure(&sigpost, if size == Size::Full { 5.0 } else { 0.05 }) {
        Ok(measured) => told(&measured, least),
        Err(how) => vec![Row::broken(WORK, how)],
    }
}

fn told(measured: &Measured, least: Target) -> Vec<Row> {
    let Measured { alone, watched, sent, generated, seen, lost } = *measured;
    let count = |count: u64| Figure::count(f64::from(u32::try_from(count).unwrap_or(u32::MAX)));
    let rate = (1.0 / watched).round();
    vec![
        Row::alone(format!("{WORK}: signals a second of its CPU"), Figure::count(rate), least),
        Row::beside(
            "kill() while it is watched",
            Figure::seconds(watched),
            "unwatched, before or after, the quicker",
            Figure::seconds(alone),
            Target::Ratio(1.7),
        ),
        Row::alone(format!("signals lost, of {sent} sent"), count(lost), Target::AtMost(count(sent / 1000))),
        Row::alone(
            "generated less seen less lost",
            count(generated.abs_diff(seen + lost)),
            Target::Exactly(Figure::count(0.0)),
        ),
        Row::alone(
            "sent and not generated",
            count(sent.saturating_sub(generated)),
            Target::Exactly(Figure::count(0.0)),
        ),
    ]
}

/// The command, watching; what it prints is read and thrown away.
struct Watcher(Child);

impl Watcher {
    fn start(mut command: Command) -> Result<Self, String> {
        command.args(["watch", "--json", "--signal"]).arg(NUMBER.to_string());
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("sigpost watch: {error}"))?;
        let mut lines = BufReader::with_capacity(1 << 20, child.stdout.take().ok_or("no output")?);
        let mut first = String::new();
        lines.read_line(&mut first).map_err(|error| error.to_string())?;
        if first.is_empty() {
            let told = errors(&mut child)?;
            child.wait().map_err(|error| error.to_string())?;
            return Err(told.trim().to_owned());
        }
        std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
        Ok(Self(child))
    }

    /// Ends it; what it counted: generated, seen, lost.
    fn end(mut self) -> Result<[u64; 3], String> {
        let pid = rustix::process::Pid::from_child(&self.0);
        rustix::process::kill_process(pid, Signal::TERM).map_err(|errno| errno.to_string())?;
        let told = errors(&mut self.0)?;
        self.0.wait().map_err(|error| error.to_string())?;
        let summary = told.lines().last().unwrap_or_default();
        let mut numbers = summary.split_whitespace().filter_map(|word| word.parse().ok());
        match (numbers.next(), numbers.next(), numbers.next()) {
            (Some(generated), Some(seen), Some(lost)) => Ok([generated, seen, lost]),
            _ => Err(format!("an unknown summary: {told}")),
        }
    }
}

fn errors(child: &mut Child) -> Result<String, String> {
    let mut told = String::new();
    let mut errors = child.stderr.take().ok_or("no errors")?;
    errors.read_to_string(&mut told).map_err(|error| error.to_string())?;
    Ok(told)
}

fn measure(sigpost: &Path, seconds: f64) -> Result<Measured, String> {
    let failed = |error: std::io::Error| error.to_string();
    // Children have what is ignored from us.
    sigaction::set(NUMBER, Action::Ignore).map_err(|errno| errno.to_string())?;
    let target = fork_run(|| {
        loop {
            let _ = sigaction::suspend(0);
        }
    })
    .map_err(failed)?;
    let (_, before) = burst(target.pid(), seconds / 4.0)?;
    let watcher = Watcher::start(Command::new(sigpost))?;
    let (sent, under_watch) = burst(target.pid(), seconds)?;
    let counted = watcher.end();
    let (_, after) = burst(target.pid(), seconds / 4.0)?;
    let [generated, seen, lost] = counted?;
    Ok(Measured { alone: before.min(after), watched: under_watch, sent, generated, seen, lost })
}

/// Sends for so many seconds from the first CPU, which no child inherits; how many, and the CPU's seconds for one.
fn burst(target: i32, seconds: f64) -> Result<(u64, f64), String> {
    let everywhere = sched_getaffinity(None).map_err(|errno| errno.to_string())?;
    let mut first = CpuSet::new();
    first.set((0..CpuSet::MAX_CPU).find(|cpu| everywhere.is_set(*cpu)).unwrap_or(0));
    sched_setaffinity(None, &first).map_err(|errno| errno.to_string())?;
    let cpu = || {
        let now = clock_gettime(ClockId::ThreadCPUTime);
        Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap_or(0)).as_secs_f64()
    };
    let (start, cpu_start) = (Instant::now(), cpu());
    let mut sent = 0_u32;
    while start.elapsed().as_secs_f64() < seconds {
        for _ in 0..256 {
            sent += u32::from(sigpost_sys::kill::process(target, NUMBER).is_ok());
        }
    }
    let each = (cpu() - cpu_start) / f64::from(sent.max(1));
    sched_setaffinity(None, &everywhere).map_err(|errno| errno.to_string())?;
    Ok((u64::from(sent), each))
}
