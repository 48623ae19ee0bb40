//! The runner: what passes, what fails, and how a failure is told.

use sigpost_engine::{Errno, Signal, SignalSet, Verdict};
use sigpost_scenario::{
    Colour, Condition, Ending, Outcome, PersonalityName, Report, Scenario, State, Trouble, record, run,
};

use crate::scripted::{Scripted, name, seen};

const FILE: &str = "# two
process a
process b catch=USR1

a: kill(0, USR1) = 0 -> a=terminates b=handles
expect b: running pending={}
";

fn report(world: &mut Scripted) -> Report {
    run(&Scenario::parse(FILE.as_bytes()).unwrap(), PersonalityName::Linux, world)
}

fn failure(report: &Report) -> String {
    let Ending::Failed(failure) = &report.ending else { panic!("not failed: {:?}", report.ending) };
    failure.render(report.personality, "two.drill", FILE.as_bytes(), Colour::Never)
}

fn good_step() -> Scripted {
    let receipts = [("b", Some(Verdict::Handles)), ("a", Some(Verdict::Terminates))];
    Scripted { observations: [Ok(seen(Some(Outcome::Zero), &receipts))].into(), ..Scripted::default() }
}

#[test]
fn a_world_that_does_as_the_scenario_says_passes() {
    let mut world = good_step();
    world.answers =
        vec![(name("b"), Condition::State(State::Running)), (name("b"), Condition::Pending(SignalSet::EMPTY))];
    let report = report(&mut world);
    assert_eq!(report.ending, Ending::Passed);
    assert_eq!(report.coverage.of_cell("kill", Verdict::Handles), 1);
    assert_eq!(report.coverage.to_string(), "kill 1: terminates 1, handles 1\n");
}

#[test]
fn a_failure_shows_the_line_what_was_expected_and_what_happened() {
    let receipts = [("b", Some(Verdict::Ignores)), ("init", None)];
    let receipts: Vec<_> = receipts.into_iter().filter(|(process, _)| *process != "init").collect();
    let mut world = Scripted {
        observations: [Ok(seen(Some(Outcome::Error(Errno::EPERM)), &receipts))].into(),
        ..Scripted::default()
    };
    snapbox::assert_data_eq!(failure(&report(&mut world)), snapbox::file!["running/wrong_step.txt"].raw());
}

#[test]
fn a_wrong_expectation_is_told_like_a_wrong_step() {
    let mut world = good_step();
    world.answers = vec![(name("b"), Condition::State(State::Stopped(Signal::TSTP)))];
    snapbox::assert_data_eq!(failure(&report(&mut world)), snapbox::file!["running/wrong_expectation.txt"].raw());
}

#[test]
fn a_receipt_that_nobody_expected_is_a_failure() {
    let receipts = [("a", Some(Verdict::Terminates)), ("b", Some(Verdict::Handles)), ("c", Some(Verdict::Probed))];
    let mut world = Scripted { observations: [Ok(seen(Some(Outcome::Zero), &receipts))].into(), ..Scripted::default() };
    assert!(failure(&report(&mut world)).contains("expected no receipt for c, found c=probed"));
}

#[test]
fn a_receipt_that_could_not_be_seen_is_counted_and_not_compared() {
    let receipts = [("a", None), ("b", Some(Verdict::Handles))];
    let mut world = Scripted { observations: [Ok(seen(Some(Outcome::Zero), &receipts))].into(), ..Scripted::default() };
    world.answers = good_answers();
    let report = report(&mut world);
    assert_eq!((report.ending, report.unchecked), (Ending::Passed, 1));
}

fn good_answers() -> Vec<(sigpost_scenario::Name, Condition)> {
    vec![(name("b"), Condition::State(State::Running)), (name("b"), Condition::Pending(SignalSet::EMPTY))]
}

#[test]
fn an_actor_that_cannot_act_is_a_failure_at_its_line() {
    let mut world = Scripted { unable: vec![name("a")], ..good_step() };
    let shown = failure(&report(&mut world));
    assert!(shown.contains("two.drill:5:1") && shown.contains("a is stopped"), "{shown}");
}

#[test]
fn a_step_that_never_ends_is_a_failure_and_does_not_hang() {
    let shown = failure(&report(&mut Scripted::default()));
    assert!(shown.contains("the step does not come to an end"), "{shown}");
}

#[test]
fn what_the_world_cannot_do_is_neither_passed_nor_failed() {
    let mut world =
        Scripted { observations: [Err(Trouble::Unsupported("kill".to_owned()))].into(), ..Scripted::default() };
    assert!(matches!(report(&mut world).ending, Ending::Unsupported(span, what) if what == "kill" && span.line == 5));
    let mut world = Scripted { begin: Some(Trouble::Skipped("needs a second user".to_owned())), ..Scripted::default() };
    assert_eq!(report(&mut world).ending, Ending::Skipped("needs a second user".to_owned()));
}

#[test]
fn recording_writes_down_what_was_seen_and_leaves_out_who_cannot_act() {
    let bare = "process a\nprocess b catch=USR1\n\nb: pause()\na: kill(0, USR1)\n";
    let mut world = Scripted { unable: vec![name("b")], answers: good_answers(), ..good_step() };
    let questions = [Condition::State(State::Running), Condition::Pending(SignalSet::EMPTY)];
    let recorded = record(&Scenario::parse(bare.as_bytes()).unwrap(), &mut world, &questions).unwrap();
    let expected = "process a
process b catch=USR1

a: kill(0, USR1) = 0 -> b=handles a=terminates
expect b: running pending={}
";
    assert_eq!(recorded.to_string(), expected);
}
