//! A test runner's clean-up: runs a test in a process group of its own, and ends whatever it leaves behind.
//!
//! `cargo run -p sigpost-linux --example test_cleanup -- sh -c 'sleep 1000 & echo tested'`

use core::error::Error;
use core::time::Duration;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use sigpost_engine::{GroupId, Pid};
use sigpost_linux::{Group, Process};

const TIME_LIMIT: Duration = Duration::from_mins(1);
const GRACE: Duration = Duration::from_secs(2);

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (program, arguments) = words.split_first().ok_or("usage: test_cleanup PROGRAM [ARGUMENT]...")?;
    let mut test = Command::new(program).args(arguments).process_group(0).spawn()?;
    let number = test.id().cast_signed();
    let process = Process::open(Pid::new(number).ok_or("no child")?)?;
    match process.wait_for_ending(Some(TIME_LIMIT))? {
        Some(ending) => println!("the test {ending}"),
        None => println!("the test took longer than {TIME_LIMIT:?}"),
    }
    // The test, not reaped yet, keeps the group's number: nobody else's group can be meant.
    let group = Group::open(GroupId::new(number).ok_or("no group")?)?;
    for end in group.end(GRACE)?.iter().filter(|end| end.pid != process.pid()) {
        match end.ending {
            Some(ending) => println!("left behind: {} {}, {ending}", end.pid, end.comm.clone().unwrap_or_default()),
            None => println!("still there: {}; sigpost why {} tells what holds it", end.pid, end.pid),
        }
    }
    test.wait()?;
    Ok(())
}
