//! Scenarios on the engine: those of the project hold, those made at random run and can be run again.

use sigpost_engine::{SignalSet, Verdict};
use sigpost_scenario::{
    Colour, Condition, Coverage, Ending, EngineWorld, Feature, Outcome, PersonalityName, Scenario, State, Trouble,
    Weights, generate, record, run,
};

use crate::corpus::corpus;

#[test]
fn every_scenario_of_the_project_holds_on_the_engine() {
    let mut wrong = Vec::new();
    for (path, source) in corpus() {
        let scenario = Scenario::parse(&source).unwrap();
        for personality in scenario.personalities.iter() {
            let report = run(&scenario, personality, &mut EngineWorld::new(personality));
            let name = path.display();
            match &report.ending {
                Ending::Passed => {}
                Ending::Failed(failure) => {
                    wrong.push(failure.render(personality, &name.to_string(), &source, Colour::Never));
                }
                other => wrong.push(format!("{name} under {personality}: {other:?}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_scenarios_of_the_project_show_every_verdict() {
    let mut coverage = Coverage::default();
    for (_, source) in corpus() {
        let scenario = Scenario::parse(&source).unwrap();
        for personality in scenario.personalities.iter() {
            coverage.merge(&run(&scenario, personality, &mut EngineWorld::new(personality)).coverage);
        }
    }
    let missing: Vec<Verdict> = Verdict::ALL.into_iter().filter(|verdict| coverage.of_verdict(*verdict) == 0).collect();
    assert!(missing.is_empty(), "{missing:?}\n{coverage}");
}

/// What the one failing line of a scenario was told.
fn failure_of(text: &str) -> String {
    let scenario = Scenario::parse(text.as_bytes()).unwrap();
    let report = run(&scenario, PersonalityName::Linux, &mut EngineWorld::new(PersonalityName::Linux));
    let Ending::Failed(failure) = report.ending else { panic!("not failed: {:?}\n{text}", report.ending) };
    failure.findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

#[test]
fn what_does_not_hold_on_the_engine_is_told() {
    let sh = "process sh uid=1000 session\nprocess b parent=sh group";
    for (text, told) in [
        ("sleeping\nkernel: psignal(b, STOP)\nexpect b: same_sleep", "expected same_sleep, found it was woken"),
        ("\nexpect b: blocked_in_call", "expected blocked_in_call, found running"),
        ("sleeping\nexpect b: running", "expected running, found sleeping"),
        ("\nb: read() = EINTR", "expected = EINTR, found = blocks"),
        ("\nb: exit(3)\nexpect b: exited(4)", "expected exited(4), found exited(3)"),
        ("\nsh: kill(b, STOP)\nb: pause()", "expected the step to run to its end, found cannot act: b is stopped"),
        ("\nb: pause()\nb: pause()", "found cannot act: b is in a call that has not returned"),
        ("\nexpect b: group=sh", "expected group=sh, found group=b"),
        (
            "\nexpect b: parent=init session=b",
            "expected parent=init, found parent=sh; expected session=b, found session=sh",
        ),
        (
            "catch=USR1\nsh: kill(b, USR1)\nexpect b: code=tkill sender=b",
            "found code=user; expected sender=b, found sender=sh",
        ),
        ("\nexpect b: returned(0)", "found no call that had blocked has returned"),
        ("\nsh: kill(b, TERM) = 0 -> none", "expected no receipt for b, found b=terminates"),
    ] {
        let found = failure_of(&format!("{sh} {text}\n"));
        assert!(found.contains(told), "{text}: {found}");
    }
}

/// Of everyone, after every step.
fn questions() -> [Condition; 5] {
    [
        Condition::State(State::Running),
        Condition::Pending(SignalSet::EMPTY),
        Condition::Blocked(SignalSet::EMPTY),
        Condition::Handled(Vec::new()),
        Condition::Returned(Outcome::Zero),
    ]
}

/// Records a random scenario and runs what was recorded; `None` if it needs what the engine does not have.
fn record_and_run_again(seed: u64, personality: PersonalityName) -> Option<(Scenario, Coverage)> {
    let weights = Weights::of(personality).with(Feature::Kernel, 8);
    let scenario = generate(seed, &weights);
    let recorded = match record(&scenario, &mut EngineWorld::new(personality), &questions()) {
        Ok(recorded) => recorded,
        Err(Trouble::Unsupported(_)) => return None,
        Err(trouble) => panic!("seed {seed} under {personality}: {trouble}\n{scenario}"),
    };
    let text = recorded.to_string();
    let read = Scenario::parse(text.as_bytes()).unwrap_or_else(|mistakes| panic!("{mistakes}\n{text}"));
    let report = run(&read, personality, &mut EngineWorld::new(personality));
    if let Ending::Failed(failure) = &report.ending {
        panic!("{}\n{text}", failure.render(personality, "recorded", text.as_bytes(), Colour::Never));
    }
    Some((read, report.coverage))
}

#[test]
fn random_scenarios_run_to_their_end_and_run_again_the_same() {
    for personality in PersonalityName::ALL {
        let (mut ran, mut steps) = (0, 0);
        for seed in 0..300 {
            if let Some((scenario, _)) = record_and_run_again(seed, personality) {
                (ran, steps) = (ran + 1, steps + scenario.steps().count());
            }
        }
        assert!(ran > 60 && steps > 300, "{personality}: {ran} ran, {steps} steps");
    }
}

#[test]
fn random_scenarios_reach_every_verdict_of_linux() {
    let mut coverage = Coverage::default();
    for seed in 0..1500 {
        if let Some((_, seen)) = record_and_run_again(seed, PersonalityName::Linux) {
            coverage.merge(&seen);
        }
    }
    // No Linux call withholds a signal.
    let reached = |verdict: &Verdict| *verdict == Verdict::Withheld || coverage.of_verdict(*verdict) > 0;
    let missing: Vec<Verdict> = Verdict::ALL.into_iter().filter(|verdict| !reached(verdict)).collect();
    assert!(missing.is_empty(), "{missing:?}\n{coverage}");
}
