//! Many targets and few file descriptors: strace counts by which calls the signals went.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::{numbers, without};
use crate::Size;
use crate::arena;
use crate::puppets::{self, NAME, Term};
use crate::rival;
use crate::table::{Figure, Row, Target};

const WORK: &str = "targets signalled through a handle, with 256 open files allowed";

/// What the shell allows the command; strace, which runs it, needs no more either.
const OPEN_FILES: u32 = 256;

/// The rows: sends through a handle, and sends by number.
pub(crate) fn rows(size: Size) -> Vec<Row> {
    let count: u32 = if size == Size::Full { 20_000 } else { 300 };
    let all = Target::Exactly(Figure::count(f64::from(count)));
    let sigpost = match rival::sigpost() {
        Ok(sigpost) => sigpost,
        Err(cause) => return vec![Row::broken(WORK, cause)],
    };
    // In every namespace above, a process takes a number as well.
    let numbers_left = fs::read_to_string("/proc/sys/kernel/pid_max").ok().and_then(|text| text.trim().parse().ok());
    let told = arena::run(Duration::from_mins(5), || {
        enough_numbers(count, numbers_left.unwrap_or_default())?;
        enough_memory(count)?;
        puppets::start(usize::try_from(count).unwrap_or_default(), NAME, Term::Default)
            .map_err(|error| format!("skipped: {count} processes: {error}"))?;
        let text = traced(&sigpost)?;
        let lines = |part: &str| text.lines().filter(|line| line.contains(part)).count();
        Ok(format!("{} {}", lines("SIGCONT"), lines("kill(")))
    });
    match told.map(|text| numbers(&text)) {
        Ok(figures) if figures.len() == 2 => vec![
            Row::alone(format!("{WORK}, of {count}"), Figure::count(figures[0]), all),
            Row::alone("of those by kill(2)", Figure::count(figures[1]), Target::Exactly(Figure::count(0.0))),
        ],
        Ok(_) => vec![Row::broken(WORK, "no figures")],
        Err(trouble) => vec![without(WORK, trouble, all)],
    }
}

/// How many process numbers are left to everybody else on the machine.
const NUMBERS_OF_OTHERS: u32 = 8_000;

fn enough_numbers(count: u32, numbers: u32) -> Result<(), String> {
    if numbers < count + NUMBERS_OF_OTHERS {
        return Err(format!("skipped: {count} processes, and the machine has {numbers} numbers for all"));
    }
    Ok(())
}

/// A sleeping process takes a tenth of a megabyte of the kernel's memory.
fn enough_memory(count: u32) -> Result<(), String> {
    let text = fs::read_to_string("/proc/meminfo").map_err(|error| error.to_string())?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or_default();
    let wanted = u64::from(count) * 200;
    if kilobytes < wanted {
        return Err(format!("skipped: {count} processes take {} MB, {} MB are free", wanted / 1000, kilobytes / 1000));
    }
    Ok(())
}

/// Runs the command below strace; the calls by which a process can be signalled, a line each.
fn traced(sigpost: &Path) -> Result<String, String> {
    let log = std::env::temp_dir().join(format!("sigpost-bench-{}.strace", std::process::id()));
    let words = format!(
        "ulimit -n {OPEN_FILES} && exec strace -f -o {} -e trace=kill,tkill,tgkill,rt_sigqueueinfo,pidfd_send_signal {} \
         send -s CONT {NAME}",
        log.display(),
        sigpost.display()
    );
    let mut shell = Command::new("sh");
    shell.args(["-c", &words]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let output = shell.output().map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    if said.contains("strace") && !output.status.success() {
        return Err(format!("skipped: strace counts the calls: {said}"));
    }
    let text = fs::read_to_string(&log).map_err(|error| format!("{}: {error}: {said}", log.display()))?;
    let _ = fs::remove_file(&log);
    if output.status.success() { Ok(text) } else { Err(format!("{}: {said}", output.status)) }
}
