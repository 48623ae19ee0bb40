//! Scenarios whose processes execute a program: this one, so it has a `main` of its own.

#[path = "it/left_over.rs"]
mod left_over;

use std::process::ExitCode;

use left_over::{When, nobody_is_left};
use sigpost_drill::{Both, LinuxWorld, can_run_here};
use sigpost_scenario::{Ending, EngineWorld, PersonalityName, Scenario, run};

const SCENARIOS: [&str; 4] = [
    // What is caught becomes the default, what is ignored stays, the mask and what is pending stay.
    "process a\nprocess b catch=USR1 ignore=USR2,PIPE block=TERM\na: kill(b, TERM) = 0 -> b=pends\nb: exec()\n\
     expect b: running pending={TERM} blocked={TERM}\na: kill(b, USR2) = 0 -> b=ignores\n\
     a: kill(b, PIPE) = 0 -> b=ignores\na: kill(b, USR1) = 0 -> b=terminates",
    // The other threads are gone, whoever of them calls it.
    "process a\nthread t of a\nprocess b\nt: exec()\nexpect a: running\nb: tgkill(a, t, 0) = ESRCH\n\
     a: kill(b, TERM) = 0 -> b=terminates",
    // The parent of a vfork goes on.
    "process a\na: vfork(c)\nexpect a: killable\nc: exec()\nexpect a: running\na: kill(c, SEGV) = 0 -> c=dumps",
    // A second time, and one's parent may no longer move it to another group.
    "process a\na: fork(c)\nc: exec()\nc: exec()\na: setpgid(c, c) = EACCES\na: kill(c, BUS) = 0 -> c=dumps",
];

const ARGUMENT: &str = "--puppet";

fn passes(text: &str) -> bool {
    let (Ok(scenario), Ok(world)) = (Scenario::parse(text.as_bytes()), LinuxWorld::executing(&[ARGUMENT])) else {
        println!("not well formed: {text}");
        return false;
    };
    let mut both = Both::new(EngineWorld::new(PersonalityName::Linux), world);
    let report = run(&scenario, PersonalityName::Linux, &mut both);
    for divergence in both.divergences() {
        println!("{divergence}");
    }
    println!("{:?}\n{text}\n", report.ending);
    report.ending == Ending::Passed && both.divergences().is_empty()
}

fn world() -> std::io::Result<LinuxWorld> {
    LinuxWorld::executing(&[ARGUMENT])
}

/// A thread that executes a program becomes the main one, and has none of what the kernel kept for that one.
fn leaves_nobody() -> bool {
    let changes = ["thread t of init\nprocess a\nt: exec()", "process a\ninit: exec()\ninit: setuid(1000) = 0"];
    !rustix::process::geteuid().is_root()
        || changes.iter().all(|text| nobody_is_left(world, text, &[When::After, When::Soon(50)]))
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.first().is_some_and(|word| word == ARGUMENT) {
        return u8::try_from(sigpost_drill::executed(&words[1..])).map_or(ExitCode::FAILURE, ExitCode::from);
    }
    if let Err(trouble) = can_run_here() {
        println!("not run: {trouble}");
        return ExitCode::SUCCESS;
    }
    let failed = SCENARIOS.iter().filter(|text| !passes(text)).count();
    if failed == 0 && leaves_nobody() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
