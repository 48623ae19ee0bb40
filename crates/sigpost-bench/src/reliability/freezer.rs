//! The command is killed while it holds a cgroup frozen: its guardian thaws the cgroup.

use std::time::{Duration, Instant};

use super::{numbers, without};
use crate::Size;
use crate::arena;
use crate::cgroup::Cgroup;
use crate::contest::Line;
use crate::puppets::{self, Term};
use crate::rival;
use crate::table::{Figure, Row, Target};

const WORK: &str = "from the kill of a command that holds a cgroup frozen to the thaw, the longest";
const MOST: f64 = 0.1;

/// How long a trial waits for the command to freeze, and for the thaw.
const PATIENCE: Duration = Duration::from_secs(10);

/// The row.
pub(crate) fn rows(size: Size) -> Vec<Row> {
    let (count, trials) = if size == Size::Full { (1_000, 20) } else { (20, 1) };
    let most = Target::AtMost(Figure::seconds(MOST));
    let sigpost = match rival::sigpost() {
        Ok(sigpost) => sigpost,
        Err(cause) => return vec![Row::broken(WORK, cause)],
    };
    let told = arena::run(Duration::from_mins(5), || {
        let cgroup = Cgroup::make().map_err(|why| format!("skipped: {why}"))?;
        // Children are where their parent is: process 1 goes in, forks, and comes out again.
        cgroup.join().map_err(|error| format!("skipped: the cgroup cannot be joined: {error}"))?;
        puppets::start(count, puppets::NAME, Term::Default).map_err(|error| error.to_string())?;
        cgroup.leave().map_err(|error| format!("skipped: the cgroup cannot be left: {error}"))?;
        let line = Line::new(&sigpost, &format!("send -s CONT {}", cgroup.target()));
        let (mut longest, mut caught) = (Duration::ZERO, 0);
        for _ in 0..trials {
            if let Some(time) = trial(&cgroup, &line)? {
                longest = longest.max(time);
                caught += 1;
            }
        }
        Ok(format!("{} {caught}", longest.as_secs_f64()))
    });
    match told.map(|text| numbers(&text)) {
        Ok(figures) if figures.len() == 2 && figures[1] > 0.0 => vec![
            Row::alone(WORK, Figure::seconds(figures[0]), most),
            Row::alone(
                format!("commands killed while they held it, of {trials}"),
                Figure::count(figures[1]),
                Target::Told,
            ),
        ],
        Ok(_) => vec![Row::absent(WORK, "the command was always done before it could be killed", most)],
        Err(trouble) => vec![without(WORK, trouble, most)],
    }
}

/// Kills one command while the cgroup is frozen; how long it stayed so. `None`: the command was done before.
fn trial(cgroup: &Cgroup, line: &Line) -> Result<Option<Duration>, String> {
    let mut command = line.command().spawn().map_err(|error| error.to_string())?;
    let frozen = cgroup.wait_until("frozen 1", Duration::from_secs(1));
    command.kill().map_err(|error| error.to_string())?;
    let start = Instant::now();
    let status = command.wait().map_err(|error| error.to_string())?;
    if cgroup.wait_until("frozen 0", PATIENCE).is_none() {
        return Err("the cgroup stays frozen".to_owned());
    }
    Ok((frozen.is_some() && !status.success()).then(|| start.elapsed()))
}
