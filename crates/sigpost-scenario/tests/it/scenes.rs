//! Scenes: the steps that bring a target of a random scenario to where signals seldom find one.

use sigpost_engine::Verdict;
use sigpost_scenario::{
    Act, Budget, Call, Condition, Coverage, EngineWorld, Name, Observation, PersonalityName, Reference, Scenario,
    ScriptLine, Standing, Step, Trouble, Weights, World, generate, record,
};

/// The engine, with what was tried on it.
struct Counting(EngineWorld, Coverage);

impl World for Counting {
    fn begin(&mut self, scenario: &Scenario) -> Result<(), Trouble> {
        self.0.begin(scenario)
    }

    fn can_act(&mut self, actor: Name) -> Result<(), Trouble> {
        self.0.can_act(actor)
    }

    fn step(&mut self, step: &Step, budget: &mut Budget) -> Result<Observation, Trouble> {
        let standings = self.0.standings();
        let seen = self.0.step(step, budget)?;
        self.1.add(step, &seen, |name| standings[&name]);
        Ok(seen)
    }

    fn observe(&mut self, subject: Reference, asked: &Condition) -> Result<Option<Condition>, Trouble> {
        self.0.observe(subject, asked)
    }
}

/// What so many scenarios reach on the engine, so many of a hundred with a scene.
fn reached(scenarios: u64, scenes: u32) -> Coverage {
    let weights = Weights { scenes, ..Weights::live() };
    let mut sum = Coverage::default();
    for seed in 0..scenarios {
        let mut scenario = generate(seed, &weights);
        // Which the engine's world does not make.
        scenario
            .script
            .retain(|line| !matches!(line, ScriptLine::Step(Step { act: Act::Call(_, Call::Clone(_)), .. })));
        let mut world = Counting(EngineWorld::new(PersonalityName::Linux), Coverage::default());
        record(&scenario, &mut world, &[]).unwrap();
        sum.merge(&world.1);
    }
    sum
}

fn seen(coverage: &Coverage, verdict: Verdict, standing: Standing) -> u64 {
    let is_it = |((_, found, at), _): &(sigpost_scenario::Cell, u64)| *found == verdict && *at == standing;
    coverage.cells().filter(is_it).map(|(_, count)| count).sum()
}

#[test]
fn a_scenario_with_a_scene_reads_back_as_it_prints() {
    let weights = Weights { scenes: 100, guesses: true, ..Weights::live() };
    for seed in 0..300 {
        let scenario = generate(seed, &weights);
        let text = scenario.to_string();
        assert_eq!(Scenario::parse(text.as_bytes()).as_ref(), Ok(&scenario), "{text}");
    }
}

#[test]
fn scenes_reach_what_random_steps_seldom_do() {
    use Standing::{Held, Killable, Ready, Stopped, Waiting};
    const RARE: [(Verdict, Standing); 12] = [
        (Verdict::Accepts, Ready),
        (Verdict::Accepts, Killable),
        (Verdict::Dumps, Held),
        (Verdict::Handles, Killable),
        (Verdict::Continues, Held),
        (Verdict::Defers, Waiting),
        (Verdict::Merges, Stopped),
        (Verdict::Traces, Held),
        (Verdict::Immune, Stopped),
        (Verdict::Zombie, Ready),
        (Verdict::Zombie, Waiting),
        (Verdict::QueueFull, Held),
    ];
    let (with, without) = (reached(2000, 100), reached(2000, 0));
    for (verdict, standing) in RARE {
        let (more, fewer) = (seen(&with, verdict, standing), seen(&without, verdict, standing));
        assert!(more >= 5 && more > 2 * fewer, "{verdict} {standing:?}: {more} with scenes, {fewer} without");
    }
}

#[test]
fn a_scene_leaves_the_rest_of_its_scenario_to_chance() {
    let weights = Weights { scenes: 100, ..Weights::live() };
    for seed in 0..50 {
        let scenario = generate(seed, &weights);
        assert!((20..=32).contains(&scenario.steps().count()) && (5..=8).contains(&scenario.declarations.len()));
    }
}
