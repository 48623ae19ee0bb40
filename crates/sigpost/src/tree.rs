//! `sigpost tree`: sessions, their groups and processes, with states and what they do about the signals that people
//! send most.

use std::collections::HashSet;

use anstyle::AnsiColor;
use clap::ArgMatches;
use sigpost_engine::{GroupId, SessionId, Signal, SignalSet};
use sigpost_linux::family_tree::{self, SessionBranch};
use sigpost_linux::proc_stat::State;
use sigpost_linux::user::Users;
use sigpost_linux::{Snapshot, scan};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::command_line::options;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::list;
use crate::render::escape::printable;
use crate::render::paragraph::terminal_width;
use crate::render::print;
use crate::render::table::{self, Cell};
use crate::select::{ByName, Selection};

/// The signals that have a column.
const SIGNALS: [Signal; 5] = [Signal::HUP, Signal::INT, Signal::QUIT, Signal::TERM, Signal::TSTP];

const LEGEND: &str = "b blocked  c caught  i ignored  p pending  - default";

/// What the columns beside the names take at most: state, user, signals, and what is between them.
const BESIDE_NAMES: usize = 15 + 10 + 4 * SIGNALS.len() + 2 * (SIGNALS.len() + 2);

/// No name is cut shorter than this.
const SHORTEST: usize = 16;

/// Runs the verb.
///
/// # Errors
/// Exit 2: a word that is no target. Exit 3: `/proc` cannot be read.
pub(crate) fn run(matches: &ArgMatches) -> Result<Exit, Failure> {
    let wanted = options::targets(matches)?;
    let everyone = scan::processes().map_err(|error| Failure::internal(error.to_string()))?;
    let mut all_were_there = true;
    let sessions = if wanted.is_empty() {
        None
    } else {
        let selection = Selection::of(&wanted, ByName::All)?;
        selection.absent.iter().for_each(|line| print::remark(line));
        all_were_there = selection.absent.is_empty();
        let stats = selection.into_processes()?;
        Some(stats.iter().filter_map(|process| process.stat().ok()).map(|stat| stat.session).collect::<HashSet<_>>())
    };
    let is_wanted = |session: Option<SessionId>| sessions.as_ref().is_none_or(|wanted| wanted.contains(&session));
    // Those that are gone by now are passed over; so are the kernel's own threads, which no signal reaches.
    let snapshots = everyone
        .filter(|process| process.stat().is_ok_and(|stat| is_wanted(stat.session) && !stat.is_kernel_thread()))
        .filter_map(|process| Snapshot::read(&process).ok());
    let tree = family_tree::of(snapshots.collect());
    if tree.is_empty() {
        return Ok(Exit::Nothing);
    }
    print::results(&text(&tree, terminal_width()))?;
    Ok(if all_were_there { Exit::Done } else { Exit::Nothing })
}

fn text(tree: &[SessionBranch], width: Option<usize>) -> String {
    let room = width.map_or(usize::MAX, |width| width.saturating_sub(BESIDE_NAMES).max(SHORTEST));
    let users = Users::read();
    let mut heading = vec![Cell::text("PROCESS"), Cell::text("STATE"), Cell::text("USER")];
    heading.extend(SIGNALS.map(|signal| Cell::text(signal.to_string())));
    let mut rows = vec![heading.into_iter().map(Cell::dimmed).collect()];
    for session in tree {
        rows.push(branch("session", session.id.map(SessionId::get), 0));
        for group in &session.groups {
            rows.push(branch("group", group.id.map(GroupId::get), 2));
            rows.extend(group.members.iter().map(|member| row(&member.process, 4 + 2 * member.depth, room, &users)));
        }
    }
    table::lines(&rows) + LEGEND + "\n"
}

/// `session 812`; one outside of our PID namespace has no number here.
fn branch(what: &str, id: Option<i32>, indentation: usize) -> Vec<Cell<'static>> {
    let name = id.map_or_else(|| "outside".to_owned(), |id| id.to_string());
    vec![Cell::text(format!("{:indentation$}{what} {name}", "")).coloured(AnsiColor::Cyan)]
}

fn row<'a>(process: &'a Snapshot, indentation: usize, room: usize, users: &'a Users) -> Vec<Cell<'a>> {
    let name = format!("{:indentation$}{} {}", "", process.pid, printable(process.comm.as_bytes()));
    let uid = process.credentials.real;
    let user = users.name(uid).map_or_else(|| uid.to_string(), |name| printable(name.as_bytes()));
    let state = Cell::text(list::state(process.state));
    let state = match process.state {
        State::Running | State::Sleeping | State::Idle => state,
        State::Zombie | State::Dead => state.dimmed(),
        _ => state.coloured(AnsiColor::Yellow),
    };
    let mut cells = vec![Cell::text(cut(&name, room)), state, Cell::text(cut(&user, 10))];
    cells.extend(SIGNALS.map(|signal| Cell::text(marks(process, signal))));
    cells
}

/// `c`, `ib`, `bp`: what it does with the signal.
fn marks(process: &Snapshot, signal: Signal) -> String {
    // A zombie does nothing with anything.
    if process.is_zombie() {
        return String::new();
    }
    let sets: [(SignalSet, char); 4] =
        [(process.caught, 'c'), (process.ignored, 'i'), (process.blocked(), 'b'), (process.all_pending(), 'p')];
    let marks: String = sets.iter().filter(|(set, _)| set.contains(signal)).map(|(_, mark)| mark).collect();
    if marks.is_empty() { "-".to_owned() } else { marks }
}

/// The text, cut to so many places on the terminal.
fn cut(text: &str, room: usize) -> String {
    if text.width() <= room {
        return text.to_owned();
    }
    let mut left = room.saturating_sub(1);
    let fits = |c: &char| {
        let width = c.width().unwrap_or(0);
        let fits = width <= left;
        left = left.saturating_sub(width);
        fits
    };
    text.chars().take_while(fits).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_cut_by_the_places_that_it_takes() {
        assert_eq!(cut("nginx", 5), "nginx");
        assert_eq!(cut("nginx: worker", 6), "nginx…");
        assert_eq!(cut("守护进程", 5), "守护…");
        assert_eq!(cut("守护进程", 6), "守护…");
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        let mut long = Snapshot::of_caller().unwrap();
        long.comm =
            sigpost_linux::proc_stat::Comm::new("守护进程守护进程守护进程守护进程守护进程守护进程守护进程".as_bytes());
        long.caught = SignalSet::ALL;
        let text = text(&family_tree::of(vec![long]), Some(80));
        let plain = anstream::adapter::strip_str(&text).to_string();
        assert!(plain.contains('…') && plain.lines().all(|line| line.width() <= 80), "{plain}");
    }
}
