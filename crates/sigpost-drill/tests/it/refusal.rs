//! Where no namespace can be had nothing is run: not even the first puppet.

use core::num::NonZeroUsize;
use std::fs;

use rustix::io::Errno;
use sigpost_drill::LinuxWorld;
use sigpost_scenario::{Trouble, World};
use sigpost_sys::fork::{fork_run, say};
use sigpost_sys::missing::{Call, take_away};
use sigpost_sys::scenario_namespace::{ScenarioNamespace, Users};
use sigpost_sys::shared::Words;

use crate::stage::{cannot_run, scenario};

const LIMIT: &str = "/proc/sys/user/max_user_namespaces";

/// In a namespace whose own limit of further ones is 0: what becomes of a world there. The limit is that of the
/// namespace alone.
fn refused() -> i32 {
    if fs::write(LIMIT, "0").is_err() {
        return 2;
    }
    let Ok(mut world) = LinuxWorld::new() else { return 3 };
    match world.begin(&scenario("process a\na: kill(-1, TERM)")) {
        Err(Trouble::Skipped(reason)) if reason.contains("no namespace for the scenario") => 0,
        Err(trouble) => {
            say(&format!("refused otherwise: {trouble}"));
            4
        }
        Ok(()) => 5,
    }
}

/// What becomes of a world where the kernel answers so to whoever wants namespaces.
fn without_namespaces(answer: Errno) -> i32 {
    let Ok(mut world) = LinuxWorld::new() else { return 3 };
    if take_away(&[Call::Unshare], answer).is_err() {
        say("not run: no seccomp filters here");
        return 0;
    }
    let refused = world.begin(&scenario("process a\na: kill(-1, TERM)"));
    let children = sigpost_sys::puppet::children::wait(0, sigpost_sys::puppet::children::Which::EndsKept, false);
    match refused {
        // Whoever was made to make namespaces has ended and been waited for.
        Err(Trouble::Skipped(reason)) if reason.contains("no namespace for the scenario: unshare") => {
            i32::from(children != Err(Errno::CHILD))
        }
        _ => 5,
    }
}

#[test]
fn where_the_call_for_namespaces_fails_nothing_runs() {
    for answer in [Errno::PERM, Errno::NOSYS, Errno::NOSPC] {
        let child = fork_run(|| without_namespaces(answer));
        assert_eq!(child.unwrap().wait().unwrap().code(), Some(0), "{answer}");
    }
}

#[test]
fn a_world_without_a_namespace_runs_nothing_and_says_why() {
    if cannot_run() || !rustix::process::geteuid().is_root() {
        return;
    }
    let before = fs::read_to_string(LIMIT).unwrap();
    let words = Words::map(NonZeroUsize::new(2).unwrap()).unwrap();
    let namespace = ScenarioNamespace::start(&words[0], Users::All, |_, _| {
        words[1].store(100 + refused().cast_unsigned(), core::sync::atomic::Ordering::SeqCst);
        0
    });
    namespace.unwrap().wait(&words[0]).unwrap();
    assert_eq!(words[1].load(core::sync::atomic::Ordering::SeqCst), 100);
    assert_eq!(fs::read_to_string(LIMIT).unwrap(), before, "the machine's own limit is untouched");
}
