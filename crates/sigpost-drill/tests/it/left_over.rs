//! Who is left of a scenario whose runner was killed. Shared with the test that has a `main` of its own.

use core::time::Duration;
use std::io;
use std::os::fd::OwnedFd;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::pipe::pipe;
use sigpost_drill::LinuxWorld;
use sigpost_scenario::{Ending, PersonalityName, Scenario, run};
use sigpost_sys::fork::{fork_run, say};
use sigpost_sys::namespace::in_private_pid_namespace;
use sigpost_sys::sigaction::suspend;

/// Nobody takes longer to end.
const LIMIT: Duration = Duration::from_mins(1);

/// When a runner is killed.
#[derive(Clone, Copy)]
pub(crate) enum When {
    /// Once it has run the scenario; everybody is there still.
    After,
    /// After it has let others run so often, since it began.
    Soon(u32),
}

/// Kills a runner of this scenario; whether everybody in it ended. Runs in a PID namespace of its own, whose end is that
/// of whoever is left.
pub(crate) fn nobody_is_left(make: fn() -> io::Result<LinuxWorld>, text: &str, when: &[When]) -> bool {
    let each = || i32::from(!when.iter().all(|when| kill_runner(make, text, *when).unwrap_or(false)));
    match in_private_pid_namespace(each) {
        Ok(status) => status.code() == Some(0),
        Err(error) => {
            say(&format!("not run: {error}"));
            true
        }
    }
}

fn kill_runner(make: fn() -> io::Result<LinuxWorld>, text: &str, when: When) -> io::Result<bool> {
    // Everybody in the scenario inherits the end to write of the first.
    let ((left, held), (told, tells)) = (pipe()?, pipe()?);
    let runner = fork_run(|| run_and_stay(make, text, when, &tells))?;
    drop((held, tells));
    if rustix::io::read(&told, &mut [0; 1])? != 1 {
        return Ok(false);
    }
    if let When::Soon(turns) = when {
        (0..turns).for_each(|_| rustix::thread::sched_yield());
    }
    runner.send(9)?;
    runner.wait()?;
    let mut polled = [PollFd::new(&left, PollFlags::IN)];
    let limit = Timespec { tv_sec: i64::try_from(LIMIT.as_secs()).unwrap_or(60), tv_nsec: 0 };
    let nobody = poll(&mut polled, Some(&limit))? == 1;
    if !nobody {
        say(&format!("somebody is left of: {text}"));
    }
    Ok(nobody)
}

fn run_and_stay(make: fn() -> io::Result<LinuxWorld>, text: &str, when: When, tells: &OwnedFd) -> i32 {
    let Ok(mut world) = make() else { return 1 };
    if matches!(when, When::Soon(_)) {
        let _ = rustix::io::write(tells, &[1]);
    }
    let Ok(scenario) = Scenario::parse(text.as_bytes()) else { return 1 };
    let ending = run(&scenario, PersonalityName::Linux, &mut world).ending;
    if ending != Ending::Passed {
        say(&format!("{text}: {ending:?}"));
        return 1;
    }
    let _ = rustix::io::write(tells, &[1]);
    loop {
        let _ = suspend(0);
    }
}
