//! The shrinker finds the few lines that matter.

use sigpost_scenario::{
    Act, Call, PersonalityName, Scenario, ScriptLine, SignalNumber, Step, Weights, generate, shrink,
};

fn sends_kill_to_everyone(scenario: &Scenario) -> bool {
    scenario
        .steps()
        .any(|step| matches!(&step.act, Act::Call(_, Call::Kill(sigpost_scenario::Target::MinusOne, SignalNumber(_)))))
}

#[test]
fn what_does_not_matter_is_cut_away() {
    let weights = Weights { guesses: true, ..Weights::of(PersonalityName::Linux) };
    let mut found = 0;
    for seed in 0..300 {
        let scenario = generate(seed, &weights);
        if !sends_kill_to_everyone(&scenario) {
            continue;
        }
        found += 1;
        let small = shrink(&scenario, 10_000, sends_kill_to_everyone);
        // The call, and how its caller came to be.
        let (last, before) = small.script.split_last().unwrap();
        assert!(matches!(last, ScriptLine::Step(_)), "{small}");
        let makes = |line: &ScriptLine| match line {
            ScriptLine::Step(Step { act: Act::Call(_, call), .. }) => call.declares().is_some(),
            _ => false,
        };
        assert!(before.iter().all(makes), "{small}");
        assert!(small.declarations.len() <= 2, "{small}");
        assert!(sends_kill_to_everyone(&small));
    }
    assert!(found > 20, "{found}");
}

#[test]
fn a_process_takes_everything_that_mentions_it_with_it() {
    let text = "process a
process b parent=a group
process c parent=b group=b

a: kill(b, TERM) = 0 -> b=terminates
c: fork(d) = 0
d: kill(a, 0) = 0 -> a=probed
a: kill(0, 0) = 0 -> a=probed c=probed
expect c: running
";
    let mut shown = Vec::new();
    shrink(&Scenario::parse(text.as_bytes()).unwrap(), 1000, |smaller| {
        assert_eq!(Scenario::parse(smaller.to_string().as_bytes()).as_ref(), Ok(smaller));
        shown.push(smaller.to_string());
        false
    });
    assert!(shown.contains(&"process a\nprocess b parent=a group\n\na: kill(b, TERM) = 0 -> b=terminates\na: kill(0, 0) = 0 -> a=probed\n".to_owned()), "{shown:#?}");
}

#[test]
fn the_number_of_tries_is_bounded() {
    let scenario = generate(3, &Weights::of(PersonalityName::Linux));
    let mut tries = 0;
    shrink(&scenario, 17, |_| {
        tries += 1;
        true
    });
    assert!(tries <= 17);
}
