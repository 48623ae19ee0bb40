//! A duel: a command line of ours against those of rivals, among the same processes, by turns.

use std::path::Path;
use std::time::Duration;

use crate::arena::{self, Trouble};
use crate::contest::{self, Line};
use crate::puppets::{self, NAME, Term};
use crate::rival;
use crate::table::{Figure, Row, Target};

/// The name of the few.
const FEW: &str = "zq7few";

/// How many the few are.
const FEW_COUNT: usize = 10;

/// How long an arena may take.
const LIMIT: Duration = Duration::from_mins(15);

/// A work, our line for it, and those of rivals. `{name}`, `{few}` and `{group}` stand for the puppets'.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Duel {
    pub(crate) work: &'static str,
    pub(crate) ours: &'static str,
    pub(crate) against: &'static [Side],
}

/// A rival's line for the same work, and the target.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Side {
    pub(crate) rival: Rival,
    pub(crate) words: &'static str,
    pub(crate) target: Target,
}

/// Somebody else's program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rival {
    Pkill,
    Killall,
    Ps,
    ProcpsKill,
    UtilLinuxKill,
    UutilsKill,
    UutilsPkill,
}

impl Rival {
    /// Where it is, or why it cannot be had.
    pub(crate) fn find(self) -> Result<rival::Rival, String> {
        match self {
            Self::Pkill => rival::installed("pkill", "procps-ng"),
            Self::Killall => rival::installed("killall", "PSmisc"),
            Self::Ps => rival::installed("ps", "procps-ng"),
            Self::ProcpsKill => rival::installed("kill", "procps-ng"),
            Self::UtilLinuxKill => rival::built("kill", "kill", "util-linux"),
            Self::UutilsKill => rival::built("uutils/bin/kill", "kill", "uutils"),
            Self::UutilsPkill => Err("pkill of uutils is in no registry: it is not built".to_owned()),
        }
    }
}

/// Where a row's figures are among the lines.
struct Place<'a> {
    duel: &'a Duel,
    side: &'a Side,
    ours: usize,
    theirs: Result<(usize, String), String>,
}

/// Measures them all among so many puppets, and ten more of another name.
pub(crate) fn rows(duels: &[Duel], count: usize, rounds: usize) -> Vec<Row> {
    let sigpost = match rival::sigpost() {
        Ok(sigpost) => sigpost,
        Err(cause) => return vec![Row::broken("the command", cause)],
    };
    let (templates, places) = templates(duels, &sigpost);
    let told = arena::run(LIMIT, || {
        let family = puppets::start(count, NAME, Term::Default).map_err(|error| format!("puppets: {error}"))?;
        puppets::start(FEW_COUNT, FEW, Term::Default).map_err(|error| format!("puppets: {error}"))?;
        let lines: Vec<Line> = templates.iter().map(|template| template.line(family.group())).collect();
        let costs = contest::by_turns(&lines, rounds)?;
        Ok(costs.iter().map(|cost| cost.cpu.to_string()).collect::<Vec<String>>().join("\n"))
    });
    let cpu: Vec<f64> = match told {
        Ok(text) => text.lines().filter_map(|line| line.parse().ok()).collect(),
        Err(Trouble::Refused(why)) => return places.iter().map(|place| place.absent(count, &why)).collect(),
        Err(Trouble::Failed(how)) => return vec![Row::broken(format!("among {count} processes"), how)],
    };
    places.iter().map(|place| place.row(count, &cpu)).collect()
}

/// A line before the puppets are there.
struct Template {
    program: std::path::PathBuf,
    words: &'static str,
}

impl Template {
    fn line(&self, group: i32) -> Line {
        let words = self.words.replace("{name}", NAME).replace("{few}", FEW).replace("{group}", &group.to_string());
        Line::new(&self.program, &words)
    }
}

/// Every line, each once, and where the rows find theirs.
fn templates<'a>(duels: &'a [Duel], sigpost: &Path) -> (Vec<Template>, Vec<Place<'a>>) {
    let mut templates: Vec<Template> = Vec::new();
    let mut add = |program: &Path, words: &'static str| {
        let known = templates.iter().position(|known| known.program == program && known.words == words);
        known.unwrap_or_else(|| {
            templates.push(Template { program: program.to_owned(), words });
            templates.len() - 1
        })
    };
    let mut places = Vec::new();
    for duel in duels {
        let ours = add(sigpost, duel.ours);
        for side in duel.against {
            let theirs = side.rival.find().map(|rival| (add(&rival.path, side.words), rival.name));
            places.push(Place { duel, side, ours, theirs });
        }
    }
    (templates, places)
}

impl Place<'_> {
    fn work(&self, count: usize) -> String {
        if count > 1 { format!("{}; {count} processes", self.duel.work) } else { self.duel.work.to_owned() }
    }

    fn absent(&self, count: usize, why: &str) -> Row {
        Row::absent(self.work(count), why, self.side.target)
    }

    fn row(&self, count: usize, cpu: &[f64]) -> Row {
        match &self.theirs {
            Err(why) => self.absent(count, why),
            Ok((theirs, name)) => {
                let figure = |index: usize| Figure::seconds(cpu.get(index).copied().unwrap_or_default());
                Row::beside(self.work(count), figure(self.ours), name, figure(*theirs), self.side.target)
            }
        }
    }
}
