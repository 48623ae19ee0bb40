//! A shell's job table: each job is a process group, and is told of when its first process ends.
//!
//! `cargo run -p sigpost-linux --example job_table -- 'sleep 2' 'exit 3' 'kill $$'`

use core::error::Error;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command};

use sigpost_engine::Pid;
use sigpost_linux::proc_stat::State;
use sigpost_linux::{Process, Wait};

fn main() -> Result<(), Box<dyn Error>> {
    let lines: Vec<String> = std::env::args().skip(1).collect();
    let mut children: Vec<Child> = Vec::new();
    let mut wait = Wait::new()?;
    for line in &lines {
        let child = Command::new("sh").arg("-c").arg(line).process_group(0).spawn()?;
        wait.add(Process::open(Pid::new(child.id().cast_signed()).ok_or("no child")?)?)?;
        children.push(child);
    }
    for (job, line) in lines.iter().enumerate() {
        let word = match wait.process(job).stat()?.state {
            State::Stopped => "stopped",
            State::Zombie => "ended",
            _ => "running",
        };
        println!("[{}] {word}  {line}", job + 1);
    }
    while let Some((job, ending)) = wait.next(None)? {
        children[job].wait()?;
        let how = ending.status.map_or_else(String::new, |status| status.to_string());
        println!("[{}] {how}  {}", job + 1, lines[job]);
    }
    Ok(())
}
