//! What the tests share: running a text, and knowing whether that can be done here.

use sigpost_drill::{LinuxWorld, can_run_here};
use sigpost_scenario::{Ending, PersonalityName, Scenario, run};
use sigpost_sys::fork::say;

/// Says why and returns true where no scenario can be run.
pub(crate) fn cannot_run() -> bool {
    match can_run_here() {
        Ok(()) => false,
        Err(trouble) => {
            say(&format!("not run: {trouble}"));
            true
        }
    }
}

pub(crate) fn scenario(text: &str) -> Scenario {
    Scenario::parse(text.as_bytes()).unwrap_or_else(|mistakes| panic!("{mistakes:?}"))
}

/// How a scenario ends on the kernel.
pub(crate) fn ending(text: &str) -> Ending {
    let mut world = LinuxWorld::new().unwrap();
    run(&scenario(text), PersonalityName::Linux, &mut world).ending
}

/// Runs a scenario on the kernel; it must pass.
pub(crate) fn passes(text: &str) {
    if !cannot_run() {
        assert_eq!(ending(text), Ending::Passed, "{text}");
    }
}

/// Runs a scenario on the kernel; it must fail, and this is what is found instead.
pub(crate) fn finds(text: &str, found: &str) {
    if cannot_run() {
        return;
    }
    match ending(text) {
        Ending::Failed(failure) => assert_eq!(failure.findings[0].found, found, "{text}"),
        ending => panic!("{text}: {ending:?}"),
    }
}
