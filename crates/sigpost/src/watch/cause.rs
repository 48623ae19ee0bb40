//! Where a signal came from, in words: who sent it, or what it was that nobody sent.

use sigpost_linux::user::Users;
use sigpost_linux::watch::{Generated, How, Name, Party};

use crate::render::escape::printable;

/// A process as it is told: `5120 bash (root)`; in a container `5120 [7] bash (root)`, with its number there.
pub(super) fn party(party: &Party, users: &Users) -> String {
    let user = party.user.map_or_else(String::new, |uid| match users.name(uid) {
        Some(name) => format!(" ({})", printable(name.as_bytes())),
        None => format!(" (user {uid})"),
    });
    format!("{}{user}", number_and_name(party))
}

/// The same without the user.
pub(super) fn number_and_name(party: &Party) -> String {
    let inner = party.inner.map_or_else(String::new, |inner| format!(" [{inner}]"));
    let name = if party.comm == Name::default() { String::from("?") } else { printable(party.comm.as_bytes()) };
    format!("{}{inner} {name}", party.pid)
}

/// Where it came from, as the subject of a line: `5120 bash (root)`, `typed at pts/3`, `its timer`.
pub(super) fn origin(generated: &Generated, users: &Users) -> String {
    match unsent(generated, users) {
        Some(words) => words,
        None => generated.sender.as_ref().map_or_else(|| String::from("the kernel"), |sender| party(sender, users)),
    }
}

/// The words for what a process did not simply send; `None` where it did.
pub(super) fn unsent(generated: &Generated, users: &Users) -> Option<String> {
    let by = || generated.sender.as_ref().map(|sender| party(sender, users));
    let terminal = |name: &Name| printable(name.as_bytes());
    let its_terminal = |name: Option<Name>| match name {
        Some(name) => format!("its terminal {}", terminal(&name)),
        None => String::from("its terminal"),
    };
    Some(match generated.how {
        How::Kill | How::Tgkill | How::Sigqueue(_) => return None,
        How::Timer => String::from("its timer"),
        How::MessageQueue => String::from("a message queue"),
        How::Io => String::from("a descriptor that is ready"),
        How::Fault(Some(address)) => format!("its own fault at address {address:#x}"),
        How::Fault(None) => String::from("its own fault"),
        How::Seccomp(number) => format!("its seccomp filter, at system call {number}"),
        How::Pipe => String::from("itself: it wrote to a pipe nobody reads"),
        How::Child => format!("its child {}", by().unwrap_or_default()),
        How::ParentDeath => format!("the end of its parent {}", by().unwrap_or_default()),
        How::Key(name) => format!("typed at {}", terminal(&name)),
        How::HangUp(name) => match by() {
            Some(by) => format!("{} was closed by {by}", its_terminal(name)),
            None => format!("{} was closed", its_terminal(name)),
        },
        How::LeaderEnd(name) => {
            format!("the end of {}, which led the session of {}", by().unwrap_or_default(), its_terminal(name))
        }
        How::Background(name) => format!("itself: it used {} from the background", terminal(&name)),
        How::Resize(name) => format!("{} changed its size", terminal(&name)),
        How::Orphaned => format!("the end of {}, which left its group orphaned", by().unwrap_or_default()),
        How::CgroupKill => format!("cgroup.kill, written by {}", by().unwrap_or_default()),
        How::OutOfMemory => String::from("the kernel, out of memory"),
        How::NamespaceEnd => format!("the end of {}, the init of its PID namespace", by().unwrap_or_default()),
        How::TracerEnd => format!("the end of its tracer {}", by().unwrap_or_default()),
        How::Limit => String::from("a limit that it reached"),
        How::Kernel => match by() {
            Some(by) => format!("the kernel, while {by} ran"),
            None => String::from("the kernel"),
        },
    })
}
