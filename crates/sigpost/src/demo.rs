//! `sigpost demo`: a small family of its own is signalled, and for each member the engine's prediction stands
//! beside what the kernel shows.
//!
//! Everyone who is signalled is a child of this process, in a process group that another child leads; all are
//! held by handle, and end with this process. Prediction and observation meet only in the table: what is
//! observed comes from the members' own log, their files in `/proc` and waitid(2).

mod member;
mod observe;
mod role;
mod sender;

use std::io;

use anstyle::AnsiColor;
use clap::ArgMatches;
use sigpost_linux::Outcome;
use sigpost_sys::fork;
use sigpost_sys::sigaction::{self, Action};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::table::{self, Cell};
use crate::render::{print, receipts};
use member::Member;
use observe::{Before, Observation, observe};
use role::{Role, SIGNAL};
use sender::{Sent, Told};

/// Runs the verb.
///
/// # Errors
/// Exit 3: the family could not be started, or the kernel's files could not be read.
pub(crate) fn run(matches: &ArgMatches) -> Result<Exit, Failure> {
    let as_nobody = may_become_nobody();
    let rows = play(matches.get_flag("swap"), as_nobody);
    let (group, sent, rows) = rows.map_err(|error| Failure::internal(format!("the demo's family: {error}")))?;
    print::results(&text(group, &sent, &rows, as_nobody))?;
    let differing: Vec<_> = rows.iter().filter(|row| !row.agrees()).collect();
    if differing.is_empty() {
        print::summary(&format!("{} members, and the kernel did what was predicted for each", rows.len()));
        return Ok(Exit::Done);
    }
    for row in differing {
        print::remark(&row.difference());
    }
    Ok(Exit::Nothing)
}

/// A member's row: what it was set up to do, what was predicted, what was observed.
struct Row {
    pid: i32,
    role: Role,
    told: Option<Told>,
    observation: Observation,
}

impl Row {
    fn agrees(&self) -> bool {
        self.observation.verdict.is_some()
            && self.told.as_ref().is_some_and(|told| told.predicted == self.observation.word())
    }

    /// The line that names this row where it does not agree.
    fn difference(&self) -> String {
        let predicted = self.told.as_ref().map_or("nothing", |told| &told.predicted);
        let (pid, role, observed) = (self.pid, self.role.description(), self.observation.word());
        format!("member {pid}, which {role}: predicted {predicted}, observed {observed} ({})", self.observation.seen)
    }
}

impl Observation {
    fn word(&self) -> &'static str {
        self.verdict.map_or("unchecked", |verdict| verdict.word())
    }
}

/// Starts the family, has it signalled, and looks at each member. When this returns none of them is left.
fn play(swap: bool, as_nobody: bool) -> io::Result<(i32, Sent, Vec<Row>)> {
    // Whoever started us may have had SIGCHLD ignored, which leaves no zombies.
    sigaction::set(rustix::process::Signal::CHILD.as_raw(), Action::Default)?;
    let mut family: Vec<Member> = Vec::new();
    for role in Role::family(swap, as_nobody) {
        let leader = family.first().map(Member::pid);
        family.push(Member::start(role, leader, as_nobody)?);
    }
    let pids: Vec<i32> = family.iter().map(Member::pid).collect();
    let group = *pids.first().ok_or(io::ErrorKind::InvalidData)?;
    let before: Vec<Before> = family.iter().map(observe::before).collect::<Result<_, _>>()?;
    let mut sent = sender::run(group, &pids, as_nobody)?;
    let mut rows = Vec::new();
    for (member, before) in family.iter().zip(before) {
        let place = sent.told.iter().position(|told| told.pid == member.pid());
        let told = place.map(|place| sent.told.remove(place));
        let refused = told.as_ref().is_some_and(|told| told.refused);
        let observation = observe(member, before, sent.pid, refused)?;
        rows.push(Row { pid: member.pid(), role: member.role, told, observation });
    }
    Ok((group, sent, rows))
}

/// Whether a child of ours can give up its privileges: a superuser can, where nobody's user ID is mapped.
fn may_become_nobody() -> bool {
    rustix::process::geteuid().is_root()
        && fork::fork_run(|| i32::from(member::become_nobody().is_err()))
            .and_then(fork::Child::wait)
            .is_ok_and(|status| status.success())
}

fn text(group: i32, sent: &Sent, rows: &[Row], as_nobody: bool) -> String {
    let user = if as_nobody { format!(" as user {}", member::NOBODY) } else { String::new() };
    let via = rows.iter().find_map(|row| row.told.as_ref()?.via.as_deref()).unwrap_or("nothing");
    let title = format!(
        "{SIGNAL} was sent to process group {group} in one call (via {via}), by process {}{user}.\n\n",
        sent.pid
    );
    let headings = ["PID", "MEMBER", "PREDICTED", "OBSERVED", "WHAT THE KERNEL SHOWS"];
    let mut cells = vec![headings.map(Cell::text).map(Cell::dimmed).to_vec()];
    cells.extend(rows.iter().map(columns));
    title + &table::lines(&cells)
}

fn columns(row: &Row) -> Vec<Cell<'_>> {
    let predicted = row.told.as_ref().map_or("nothing", |told| told.predicted.as_str());
    let observed = match row.observation.verdict {
        Some(verdict) if row.agrees() => receipts::verdict(Outcome::Verdict(verdict)),
        _ => Cell::text(row.observation.word()).coloured(AnsiColor::Red),
    };
    vec![
        Cell::number(row.pid.to_string()),
        Cell::text(row.role.description()),
        Cell::text(predicted),
        observed,
        Cell::prose(&row.observation.seen),
    ]
}

#[cfg(test)]
mod tests {
    use sigpost_engine::Verdict;

    use super::*;

    fn row(predicted: Option<&str>, verdict: Option<Verdict>) -> Row {
        let told = |predicted: &str| Told { pid: 7, predicted: predicted.to_owned(), via: None, refused: false };
        let observation = Observation { verdict, seen: "as it was seen".to_owned() };
        Row { pid: 7, role: Role::Ignores, told: predicted.map(told), observation }
    }

    #[test]
    fn a_row_agrees_only_where_both_sides_say_the_same() {
        assert!(row(Some("ignores"), Some(Verdict::Ignores)).agrees());
        for (predicted, verdict) in [
            (Some("ignores"), Some(Verdict::Handles)),
            (Some("ignores"), None),
            (Some("unchecked"), None),
            (None, Some(Verdict::Ignores)),
        ] {
            assert!(!row(predicted, verdict).agrees(), "{predicted:?} {verdict:?}");
        }
    }

    #[test]
    fn a_difference_names_the_member_and_both_sides() {
        let line = row(Some("ignores"), Some(Verdict::Handles)).difference();
        assert_eq!(line, "member 7, which ignores it: predicted ignores, observed handles (as it was seen)");
    }
}
