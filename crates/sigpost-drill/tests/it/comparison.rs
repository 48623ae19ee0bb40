//! The comparison notes what differs, and only that.

use sigpost_drill::{Both, Comparison, Ledger, LinuxWorld, compare, compare_random, weights};
use sigpost_scenario::{Ending, EngineWorld, PersonalityName, run};

use crate::stage::{cannot_run, scenario};

/// A blocked signal sent twice is one on Linux, and two on `FreeBSD`.
const TWICE: &str = "process a catch=USR1 block=USR1\na: raise(USR1)\na: raise(USR1)\na: sigprocmask(set, {})";

fn against(engine: PersonalityName) -> Vec<String> {
    let mut both = Both::new(EngineWorld::new(engine), LinuxWorld::new().unwrap());
    assert_eq!(run(&scenario(TWICE), PersonalityName::Linux, &mut both).ending, Ending::Passed);
    both.divergences().iter().map(|divergence| divergence.what.clone()).collect()
}

#[test]
fn another_system_is_told_apart() {
    if !cannot_run() {
        assert!(against(PersonalityName::FreeBsd).contains(&"receipt of a".to_owned()));
        assert_eq!(against(PersonalityName::Linux), Vec::<String>::new());
    }
}

#[test]
fn what_only_the_engine_answers_is_unchecked() {
    if cannot_run() {
        return;
    }
    let asks =
        "process a sleeping ignore=URG\nprocess b\nb: kill(a, URG) = 0 -> a=ignores\nexpect a: sleeping same_sleep";
    let mut both = Both::new(EngineWorld::new(PersonalityName::Linux), LinuxWorld::new().unwrap());
    assert_eq!(run(&scenario(asks), PersonalityName::Linux, &mut both).ending, Ending::Passed);
    assert_eq!((both.divergences(), both.unchecked()), (&[][..], 1));
}

#[test]
fn steps_of_those_who_cannot_act_are_left_out() {
    if cannot_run() {
        return;
    }
    let mut ledger = Ledger::known().unwrap();
    let text = "process a\nprocess b\na: kill(b, STOP)\nb: kill(a, TERM)\na: kill(b, CONT)\nb: kill(a, USR1)";
    match compare(&scenario(text), &LinuxWorld::new, &mut ledger) {
        Comparison::Agrees { steps, unchecked, .. } => assert_eq!((steps, unchecked), (3, 0)),
        other => panic!("{other}"),
    }
}

#[test]
fn the_same_seed_makes_the_same_comparison() {
    if cannot_run() {
        return;
    }
    let mut ledger = Ledger::known().unwrap();
    let mut told = || compare_random(1, &weights(), &LinuxWorld::new, &mut ledger).to_string();
    assert_eq!(told(), told());
}
