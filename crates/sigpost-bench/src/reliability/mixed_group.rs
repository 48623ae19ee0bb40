//! A group of which one member is another user's: the kernel's records confirm all the others, and that one is named.

use std::io;
use std::num::NonZero;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;
use std::time::Duration;

use rustix::process::{Pid, setpgid};
use sigpost_sys::fork;
use sigpost_sys::shared::{self, Words};
use sigpost_sys::{credentials, sigaction};

use super::{numbers, without};
use crate::Size;
use crate::arena;
use crate::command::kernel_receipts::show_tracefs;
use crate::rival;
use crate::table::{Figure, Row, Target};

/// The user that the group, and the command, run as.
const USER: u32 = 1000;

const WORK: &str = "a group with one member of root's, signalled by another user: records of the kernel's";

/// The rows: records, and refusals.
pub(crate) fn rows(size: Size) -> Vec<Row> {
    let count: u32 = if size == Size::Full { 1_000 } else { 5 };
    let all = Target::Exactly(Figure::count(f64::from(count)));
    let sigpost = match rival::sigpost() {
        Ok(sigpost) => sigpost,
        Err(cause) => return vec![Row::broken(WORK, cause)],
    };
    let told = arena::run(Duration::from_mins(2), || {
        show_tracefs();
        let group = group(count).map_err(|error| format!("skipped: processes of two users: {error}"))?;
        let text = signal(&sigpost, group)?;
        let lines = |part: &str| text.lines().filter(|line| line.contains(part)).count();
        if lines("\"evidence\":\"confirmed\"") <= 1 {
            return Err("skipped: the kernel confirms nothing here: it takes CAP_PERFMON and tracefs".to_owned());
        }
        Ok(format!("{} {}", lines("\"kernel\":\""), lines("\"verdict\":\"EPERM\"")))
    });
    match told.map(|text| numbers(&text)) {
        Ok(figures) if figures.len() == 2 => vec![
            Row::alone(format!("{WORK}, of {count}"), Figure::count(figures[0]), all),
            Row::alone(
                "the refused one in that group, named with EPERM",
                Figure::count(figures[1]),
                Target::Exactly(Figure::count(1.0)),
            ),
        ],
        Ok(_) => vec![Row::broken(WORK, "no figures")],
        Err(trouble) => vec![without(WORK, trouble, all)],
    }
}

/// The command, as that user, with two capabilities that let it see the records. What it may signal they do not change.
fn signal(sigpost: &Path, group: i32) -> Result<String, String> {
    let capabilities = "+perfmon,+dac_read_search";
    let mut command = Command::new("setpriv");
    command.args(["--reuid", "1000", "--regid", "1000", "--clear-groups"]);
    command.args(["--inh-caps", capabilities, "--ambient-caps", capabilities]);
    command.arg(sigpost).args(["send", "-s", "URG", "--json", &format!("g:{group}")]);
    let output = command.stdin(Stdio::null()).stderr(Stdio::piped()).output();
    let output = output.map_err(|error| format!("skipped: setpriv: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if text.is_empty() {
        return Err(format!("skipped: {}", String::from_utf8_lossy(&output.stderr).trim()));
    }
    Ok(text)
}

/// So many processes of that user, and one of root's, in one group that root's leads; its number.
fn group(count: u32) -> io::Result<i32> {
    sigpost_sys::namespace::assert_inside();
    let ready = Words::map(NonZero::<usize>::MIN)?;
    let mut leader = 0;
    for index in 0..=count {
        let child = fork::fork_run(|| {
            if index > 0 && credentials::drop_to(USER, USER).is_err() {
                return 1;
            }
            ready[0].fetch_add(1, Ordering::SeqCst);
            shared::wake(&ready[0]);
            loop {
                let _ = sigaction::suspend(0);
            }
        })?;
        if leader == 0 {
            leader = child.pid();
        }
        // Before it becomes another user: root may.
        setpgid(Pid::from_raw(child.pid()), Pid::from_raw(leader))?;
        child.let_go();
    }
    while ready[0].load(Ordering::SeqCst) <= count {
        let now = ready[0].load(Ordering::SeqCst);
        if now <= count {
            let _ = shared::sleep_on(&ready[0], now);
        }
    }
    Ok(leader)
}
