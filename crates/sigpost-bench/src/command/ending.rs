//! Ending: from the command to the moment when the end is known, by the clock.

use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::process::Stdio;
use std::time::{Duration, Instant};

use sigpost_sys::fork::{self, Child};

use crate::Size;
use crate::arena::{self, Trouble};
use crate::command::duel::Rival;
use crate::contest::Line;
use crate::puppets::{self, NAME, Term};
use crate::rival;
use crate::table::{Figure, Row, Target};

const ONE: &str = "end PID until it is known to be gone, by the clock";
const STUBBORN: &str = "end --grace 1s of processes that ignore TERM, by the clock";
const TOLD: &str = "ends of those that were told";

/// The rows about ends.
pub(crate) fn rows(count: usize, size: Size) -> Vec<Row> {
    let mut rows = vec![
        one(Rival::UtilLinuxKill, "--timeout 5000 KILL -s TERM {pid}", Target::Ratio(1.2), rounds(size, 31)),
        one(Rival::Killall, "-TERM -w {name}", Target::Ratio(0.01), rounds(size, 3)),
    ];
    rows.extend(stubborn(count, rounds(size, 3)));
    rows
}

const fn rounds(size: Size, full: usize) -> usize {
    match size {
        Size::Full => full,
        Size::Smoke => 1,
    }
}

/// A process that ends at TERM: ours and the rival, each with one of its own in every round.
fn one(rival: Rival, words: &str, target: Target, rounds: usize) -> Row {
    let (sigpost, rival) = match (rival::sigpost(), rival.find()) {
        (Ok(sigpost), Ok(rival)) => (sigpost, rival),
        (_, Err(why)) => return Row::absent(ONE, why, target),
        (Err(how), _) => return Row::broken(ONE, how),
    };
    let told = arena::run(Duration::from_mins(5), || {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            ours.push(wall(|pid| Line::new(&sigpost, &format!("end -q {pid}")))?);
            let words = |pid: i32| words.replace("{pid}", &pid.to_string()).replace("{name}", NAME);
            theirs.push(wall(|pid| Line::new(&rival.path, &words(pid)))?);
        }
        ours.sort_by(f64::total_cmp);
        theirs.sort_by(f64::total_cmp);
        Ok(format!("{} {}", ours[rounds / 2], theirs[rounds / 2]))
    });
    match told.map(|text| text.split_whitespace().filter_map(|word| word.parse().ok()).collect::<Vec<f64>>()) {
        Ok(figures) if figures.len() == 2 => {
            Row::beside(ONE, Figure::seconds(figures[0]), &rival.name, Figure::seconds(figures[1]), target)
        }
        Ok(_) => Row::broken(ONE, "no figures"),
        Err(Trouble::Refused(why)) => Row::absent(ONE, why, target),
        Err(Trouble::Failed(how)) => Row::broken(ONE, how),
    }
}

/// How long the line for a new process takes, which has a parent that reaps it at once.
fn wall(line: impl Fn(i32) -> Line) -> Result<f64, String> {
    let (keeper, pid) = kept().map_err(|error| format!("a process to end: {error}"))?;
    let wall = line(pid).run()?.wall;
    keeper.wait().map_err(|error| error.to_string())?;
    Ok(wall)
}

/// A puppet that is reaped by a process of its own, and its number.
fn kept() -> io::Result<(Child, i32)> {
    let (mut reader, writer): (PipeReader, PipeWriter) = io::pipe()?;
    let keeper = fork::fork_run(move || keep(writer).map_or(1, |()| 0))?;
    let mut pid = [0; 4];
    reader.read_exact(&mut pid)?;
    Ok((keeper, i32::from_ne_bytes(pid)))
}

fn keep(mut told: PipeWriter) -> io::Result<()> {
    let family = puppets::start(1, NAME, Term::Default)?;
    told.write_all(&family.group().to_ne_bytes())?;
    family.reap()
}

/// Many that ignore TERM: all of them get their KILL after the same second, and each one's end is told.
fn stubborn(count: usize, rounds: usize) -> Vec<Row> {
    let most = Target::AtMost(Figure::seconds(1.2));
    let sigpost = match rival::sigpost() {
        Ok(sigpost) => sigpost,
        Err(cause) => return vec![Row::broken(STUBBORN, cause)],
    };
    let told = arena::run(Duration::from_mins(2), || {
        let mut runs = Vec::new();
        for _ in 0..rounds {
            let family = puppets::start(count, NAME, Term::Ignored).map_err(|error| error.to_string())?;
            let line = Line::new(&sigpost, &format!("end --grace 1s --json {NAME}"));
            let start = Instant::now();
            let output = line.command().stdout(Stdio::piped()).output().map_err(|error| error.to_string())?;
            let wall = start.elapsed().as_secs_f64();
            let text = String::from_utf8_lossy(&output.stdout);
            runs.push((wall, text.lines().filter(|line| line.contains("\"signal\":\"KILL\"")).count()));
            family.reap().map_err(|error| error.to_string())?;
        }
        runs.sort_by(|one: &(f64, usize), other| one.0.total_cmp(&other.0));
        let fewest = runs.iter().map(|run| run.1).min().unwrap_or_default();
        Ok(format!("{} {fewest}", runs[rounds / 2].0))
    });
    match told.map(|text| text.split_whitespace().filter_map(|word| word.parse().ok()).collect::<Vec<f64>>()) {
        Ok(figures) if figures.len() == 2 => vec![
            Row::alone(format!("{STUBBORN}; {count} processes"), Figure::seconds(figures[0]), most),
            Row::alone(
                format!("{TOLD}, of {count}"),
                Figure::count(figures[1]),
                Target::Exactly(Figure::count(f64::from(u32::try_from(count).unwrap_or_default()))),
            ),
        ],
        Ok(_) => vec![Row::broken(STUBBORN, "no figures")],
        Err(Trouble::Refused(why)) => vec![Row::absent(STUBBORN, why, most)],
        Err(Trouble::Failed(how)) => vec![Row::broken(STUBBORN, how)],
    }
}
