//! `sigpost ls`: what is selected, and what it does about signals.

use alloc::borrow::Cow;
use core::mem::ManuallyDrop;

use clap::ArgMatches;
use serde::Serialize;
use sigpost_engine::{GroupId, Pid, SessionId, SignalSet, UserId};
use sigpost_linux::proc_stat::State;
use sigpost_linux::selection::Next;
use sigpost_linux::user::Users;
use sigpost_linux::{Process, ReadError, Snapshot};

use crate::command_line::options;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::escape::shown;
use crate::render::table::{self, Cell};
use crate::render::{print, sets};
use crate::select::{ByName, Selection};

/// Runs the verb.
///
/// # Errors
/// Exit 2: no target, or a word that is none. Exit 3: `/proc` cannot be read.
pub(crate) fn run(matches: &ArgMatches) -> Result<Exit, Failure> {
    let targets = options::some_targets(matches)?;
    let depth = Depth::of(matches);
    let selection = Selection::for_next(&targets, ByName::All, depth.next())?;
    selection.absent.iter().for_each(|line| print::remark(line));
    let all_were_there = selection.absent.is_empty();
    // The kernel closes the handles with the program, all at once.
    let processes = ManuallyDrop::new(selection.into_processes()?);
    let (rows, hidden) = depth.read(&processes);
    for (pid, error) in &hidden {
        print::remark(&format!("process {pid}: {error}"));
    }
    if rows.is_empty() {
        return Ok(Exit::Nothing);
    }
    print::results(&text(&rows, matches)?)?;
    Ok(if all_were_there && hidden.is_empty() { Exit::Done } else { Exit::Nothing })
}

/// How much is read of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Depth {
    /// What the columns show.
    Brief,
    /// Inode, what is pending, and the sets with all their 64 bits.
    Long,
    /// The same, and when it started.
    Everything,
}

impl Depth {
    fn of(matches: &ArgMatches) -> Self {
        match (matches.get_flag("json"), matches.get_flag("long")) {
            (true, _) => Self::Everything,
            (false, true) => Self::Long,
            (false, false) => Self::Brief,
        }
    }

    const fn next(self) -> Next {
        match self {
            Self::Brief | Self::Everything => Next::Stat,
            Self::Long => Next::Status,
        }
    }

    /// Those that are gone by now are passed over: they were there a moment ago, and that is all a list can say. The second
    /// are those that are there and cannot be read.
    fn read(self, processes: &[Process]) -> (Vec<Snapshot>, Vec<(Pid, ReadError)>) {
        let read = match self {
            Self::Brief => Snapshot::read_brief,
            Self::Long => Snapshot::read_for_list,
            Self::Everything => Snapshot::read_with_inode,
        };
        let (mut rows, mut hidden) = (Vec::with_capacity(processes.len()), Vec::new());
        for process in processes {
            match read(process) {
                Ok(row) => rows.push(row),
                Err(ReadError::Gone) => {}
                Err(error) => hidden.push((process.pid(), error)),
            }
        }
        (rows, hidden)
    }
}

fn text(rows: &[Snapshot], matches: &ArgMatches) -> Result<String, Failure> {
    let users = Users::read();
    if matches.get_flag("json") {
        let mut lines = String::new();
        for row in rows {
            let line = serde_json::to_string(&Row::of(row, &users));
            lines += &line.map_err(|error| Failure::internal(error.to_string()))?;
            lines.push('\n');
        }
        return Ok(lines);
    }
    let long = matches.get_flag("long");
    let mut cells = vec![heading(long)];
    cells.extend(rows.iter().map(|row| columns(row, &users, long)));
    Ok(table::lines(&cells))
}

fn heading(long: bool) -> Vec<Cell<'static>> {
    let mut names = vec![
        Cell::number("PID"),
        Cell::text("NAME"),
        Cell::number("GROUP"),
        Cell::number("SESSION"),
        Cell::text("USER"),
        Cell::text("STATE"),
    ];
    if long {
        names.insert(1, Cell::number("INODE"));
        let sets = ["PENDING", "64 BITS: CAUGHT", "IGNORED", "BLOCKED", "PENDING"];
        names.extend(["CATCHES", "IGNORES", "BLOCKS"].into_iter().chain(sets).map(Cell::text));
    } else {
        names.extend(["CATCHES", "IGNORES", "BLOCKS"].map(Cell::text));
    }
    names.into_iter().map(Cell::dimmed).collect()
}

fn columns<'a>(row: &'a Snapshot, users: &'a Users, long: bool) -> Vec<Cell<'a>> {
    let sets = [row.caught, row.ignored, row.blocked()];
    let mut cells = vec![
        Cell::number(row.pid.get().to_string()),
        Cell::text(shown(row.comm.as_bytes())),
        Cell::number(number(row.group.map(GroupId::get))),
        Cell::number(number(row.session.map(SessionId::get))),
        Cell::text(user(row.credentials.effective, users)),
        Cell::text(state(row.state)),
    ];
    // Without -l nothing is read that has realtime signals.
    let names = if long { sets::names } else { sets::names_of_standard };
    cells.extend(sets.map(|set| Cell::prose(names(set))));
    if long {
        cells.insert(1, Cell::number(number(row.inode)));
        cells.push(Cell::prose(sets::names(row.all_pending())));
        let all = sets.into_iter().chain([row.all_pending()]);
        cells.extend(all.map(|set| Cell::text(bits(set))));
    }
    cells
}

fn bits(set: SignalSet) -> String {
    format!("0x{:016x}", set.bits())
}

/// An ID; a dash where it is outside of our PID namespace.
fn number(id: Option<impl ToString>) -> Cow<'static, str> {
    id.map_or(Cow::Borrowed("-"), |id| Cow::Owned(id.to_string()))
}

fn user(id: UserId, users: &Users) -> Cow<'_, str> {
    users.name(id).map_or_else(|| id.to_string().into(), |name| shown(name.as_bytes()))
}

/// The kernel's letter in words.
pub(crate) const fn state(state: State) -> &'static str {
    match state {
        State::Running => "running",
        State::Sleeping => "sleeping",
        State::Uninterruptible => "uninterruptible",
        State::Stopped => "stopped",
        State::TraceStopped => "trace-stopped",
        State::Zombie => "zombie",
        State::Dead => "dead",
        State::Idle => "idle",
        State::Other(_) => "other",
    }
}

/// A line of `ls --json`. The keys are documented in `docs/json.md`.
#[derive(Serialize)]
struct Row {
    pid: i32,
    inode: Option<u64>,
    start: u64,
    comm: String,
    pgid: Option<i32>,
    sid: Option<i32>,
    uid: UserId,
    user: Option<String>,
    state: &'static str,
    catches: Vec<String>,
    ignores: Vec<String>,
    blocks: Vec<String>,
    pending: Vec<String>,
}

impl Row {
    fn of(row: &Snapshot, users: &Users) -> Self {
        Self {
            pid: row.pid.get(),
            inode: row.inode,
            start: row.start,
            comm: String::from_utf8_lossy(row.comm.as_bytes()).into_owned(),
            pgid: row.group.map(GroupId::get),
            sid: row.session.map(SessionId::get),
            uid: row.credentials.real,
            user: users.name(row.credentials.real).map(ToOwned::to_owned),
            state: state(row.state),
            catches: sets::list(row.caught),
            ignores: sets::list(row.ignored),
            blocks: sets::list(row.blocked()),
            pending: sets::list(row.all_pending()),
        }
    }
}
