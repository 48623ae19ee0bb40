//! The process that sends in the demo: another child, so that a superuser's demo can send as nobody.
//!
//! It goes the way of `sigpost send` and tells its parent what it was told, as JSON lines on a pipe.

use std::io::{self, BufRead as _, BufReader, PipeWriter, Write as _};

use serde::{Deserialize, Serialize};
use sigpost_engine::{Errno, GroupId, Pid};
use sigpost_linux::send::{Addressee, Order, send};
use sigpost_linux::{Group, Process};
use sigpost_sys::fork;

use super::member::{become_nobody, die_with};
use super::role::SIGNAL;

/// What the sender was told of one member.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Told {
    /// The member.
    pub(crate) pid: i32,
    /// The verdict of the prediction, made before the send.
    pub(crate) predicted: String,
    /// The way the signal went.
    pub(crate) via: Option<String>,
    /// Whether the null signal to it, straight after the send, was answered with EPERM.
    pub(crate) refused: bool,
}

/// The sender's process ID, and what it was told.
pub(crate) struct Sent {
    pub(crate) pid: i32,
    pub(crate) told: Vec<Told>,
}

/// Sends the signal to the group, and returns when the call has returned.
///
/// # Errors
/// Those of fork(2) and pipe(2); the sender could not do it, and says why.
pub(crate) fn run(group: i32, members: &[i32], unprivileged: bool) -> io::Result<Sent> {
    let (reader, writer) = io::pipe()?;
    let parent = rustix::process::getpid();
    let child = fork::fork_run(|| {
        let mut writer = writer;
        let prepared = if unprivileged { become_nobody() } else { Ok(()) }.and_then(|()| die_with(parent));
        let done = prepared.map_err(io::Error::from).and_then(|()| deliver(group, members, &mut writer));
        let Err(error) = done else { return 0 };
        i32::from(writeln!(writer, "{error}").is_err()) + 1
    })?;
    let pid = child.pid();
    let lines: Vec<String> = BufReader::new(reader).lines().collect::<Result<_, _>>()?;
    if !child.wait()?.success() {
        let cause = lines.last().map_or("it ended early", String::as_str);
        return Err(io::Error::other(format!("the sender failed: {cause}")));
    }
    let told: Result<_, _> = lines.iter().map(|line| serde_json::from_str(line)).collect();
    Ok(Sent { pid, told: told.map_err(io::Error::other)? })
}

/// In the child: predicts, sends, and asks each member with the null signal.
fn deliver(group: i32, members: &[i32], writer: &mut PipeWriter) -> io::Result<()> {
    let order = Order { signal: Some(SIGNAL), ..Order::default() };
    let dry = Order { dry_run: true, ..order };
    let addressees = [Addressee::Group(open(group)?)];
    let foreseen = send(&addressees, &dry).map_err(io::Error::other)?;
    let receipts = send(&addressees, &order).map_err(io::Error::other)?;
    for member in members {
        let Some(prediction) = foreseen.iter().find(|receipt| receipt.pid.get() == *member) else { continue };
        let via = receipts.iter().find(|receipt| receipt.pid.get() == *member).and_then(|receipt| receipt.via);
        let told = Told {
            pid: *member,
            predicted: prediction.outcome.word().to_owned(),
            via: via.map(|via| via.word().to_owned()),
            refused: refuses(prediction.pid),
        };
        writeln!(writer, "{}", serde_json::to_string(&told)?)?;
    }
    Ok(())
}

fn open(group: i32) -> io::Result<Group> {
    let id = GroupId::new(group).ok_or(io::ErrorKind::InvalidInput)?;
    Group::open(id).map_err(io::Error::other)
}

/// The members are unreaped children of our parent: their numbers are their own.
fn refuses(pid: Pid) -> bool {
    Process::open(pid).is_ok_and(|process| process.probe().is_err_and(|refused| refused.errno() == Some(Errno::EPERM)))
}
