//! A supervisor: runs a program, and runs it again (three times at most) when it ends badly.
//!
//! `cargo run -p sigpost-linux --example supervisor -- sh -c 'exit 3'`

use core::error::Error;
use core::time::Duration;
use std::process::Command;

use sigpost_engine::Pid;
use sigpost_linux::{ExitStatus, Process};

/// Longer than this it may not run.
const LIMIT: Duration = Duration::from_hours(1);
/// What it has between TERM and KILL.
const GRACE: Duration = Duration::from_secs(10);

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (program, arguments) = words.split_first().ok_or("usage: supervisor PROGRAM [ARGUMENT]...")?;
    for _ in 0..3 {
        let mut child = Command::new(program).args(arguments).spawn()?;
        // Our own unreaped child keeps its number, so this handle is its.
        let process = Process::open(Pid::new(child.id().cast_signed()).ok_or("no child")?)?;
        let ending = match process.wait_for_ending(Some(LIMIT))? {
            Some(ending) => ending,
            None => process.end(GRACE)?.ending.ok_or("it is held by the kernel: sigpost why tells")?,
        };
        child.wait()?;
        println!("{program} {ending} after {:.1?}", ending.after);
        if ending.status.is_some_and(ExitStatus::is_success) {
            return Ok(());
        }
    }
    Err("it ended badly three times".into())
}
