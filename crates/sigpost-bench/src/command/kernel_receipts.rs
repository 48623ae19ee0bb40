//! Receipts that the kernel confirms: one record a member of a group, within a limit by the clock.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::mount::MountFlags;

use crate::Size;
use crate::arena::{self, Trouble};
use crate::contest::Line;
use crate::puppets::{self, NAME, Term};
use crate::rival;
use crate::table::{Figure, Row, Target};

const WORK: &str = "send -s CONT g:PGID with kernel-confirmed receipts, by the clock";
const RECORDS: &str = "members of that group whose receipt the kernel confirmed";

/// Two rows: the time, and the records.
pub(crate) fn rows(count: usize, size: Size) -> Vec<Row> {
    let most = Target::AtMost(Figure::seconds(0.1));
    let rounds = if size == Size::Full { 15 } else { 1 };
    let sigpost = match rival::sigpost() {
        Ok(sigpost) => sigpost,
        Err(cause) => return vec![Row::broken(WORK, cause)],
    };
    let told = arena::run(Duration::from_mins(5), || {
        show_tracefs();
        let family = puppets::start(count, NAME, Term::Default).map_err(|error| format!("puppets: {error}"))?;
        let line = Line::new(&sigpost, &format!("send -s CONT --json g:{}", family.group()));
        let runs: Result<Vec<(f64, usize)>, String> = (0..rounds).map(|_| confirmed(&line)).collect();
        let mut runs = runs?;
        runs.sort_by(|one, other| one.0.total_cmp(&other.0));
        let fewest = runs.iter().map(|run| run.1).min().unwrap_or_default();
        Ok(format!("{} {fewest}", runs[runs.len() / 2].0))
    });
    let text = match told {
        Ok(text) => text,
        Err(Trouble::Refused(why)) => return vec![Row::absent(WORK, why, most)],
        Err(Trouble::Failed(how)) => return vec![Row::broken(WORK, how)],
    };
    let figures: Vec<f64> = text.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    let [wall, records] = figures[..] else { return vec![Row::broken(WORK, text)] };
    if records == 0.0 {
        let why = "the kernel confirms nothing here: it takes CAP_PERFMON and a readable tracefs";
        return vec![Row::absent(WORK, why, most)];
    }
    let members = Target::Exactly(Figure::count(f64::from(u32::try_from(count).unwrap_or_default())));
    vec![
        Row::alone(format!("{WORK}; {count} processes"), Figure::seconds(wall), most),
        Row::alone(format!("{RECORDS}, of {count}"), Figure::count(records), members),
    ]
}

/// The arena has mounts of its own; where they lack tracefs and may not have it, nothing is confirmed.
pub(crate) fn show_tracefs() {
    let place = "/sys/kernel/tracing";
    if !Path::new(place).join("events").is_dir() {
        let _ = rustix::mount::mount("tracefs", place, "tracefs", MountFlags::NOSUID | MountFlags::NODEV, None);
    }
}

/// Runs the line once: the time, and how many receipts are confirmed.
fn confirmed(line: &Line) -> Result<(f64, usize), String> {
    let start = Instant::now();
    let output = line.command().stdout(Stdio::piped()).output().map_err(|error| error.to_string())?;
    let wall = start.elapsed().as_secs_f64();
    let text = String::from_utf8_lossy(&output.stdout);
    Ok((wall, text.lines().filter(|line| line.contains("\"evidence\":\"confirmed\"")).count()))
}
