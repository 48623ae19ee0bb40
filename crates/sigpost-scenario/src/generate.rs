//! Scenarios made at random: valid ones, the same for the same seed on every machine.

mod act;
mod cast;
mod declare;
mod guess;
mod random;
mod scene;
mod weights;

pub use random::Random;
pub use weights::{Feature, Weights};

use cast::Cast;

use crate::{Personalities, Scenario, ScriptLine, Step};

/// A scenario that reads back as it prints. Without [`Weights::guesses`] it checks nothing: [`record`](crate::record)
/// writes down what a world makes of it, and leaves out the steps that cannot be made.
///
/// ```
/// use sigpost_scenario::{PersonalityName, Scenario, Weights, generate};
///
/// let weights = Weights::of(PersonalityName::Linux);
/// let scenario = generate(7, &weights);
/// assert_eq!(scenario, generate(7, &weights));
/// assert_eq!(Scenario::parse(scenario.to_string().as_bytes()), Ok(scenario));
/// ```
pub fn generate(seed: u64, weights: &Weights) -> Scenario {
    let mut random = Random::new(seed);
    let weights = &weights.for_one(&mut random);
    let mut cast = Cast::default();
    let mut scenario = Scenario {
        title: Some(format!("random, seed {seed}")),
        personalities: Personalities::only(weights.personality),
        ..Scenario::default()
    };
    let scene =
        (weights.scenes > 0 && random.chance(weights.scenes, 100)).then(|| scene::scene(&mut random, &mut cast));
    let (declarations, acts) = scene.map(|scene| (scene.declarations, scene.acts)).unwrap_or_default();
    let others = random.between(weights.processes).saturating_sub(u32::try_from(declarations.len()).unwrap_or(0));
    scenario.declarations = declarations;
    for _ in 0..others {
        scenario.declarations.push(declare::declaration(&mut random, weights, &mut cast));
    }
    let steps = random.between(weights.steps);
    let mut acts = acts.into_iter().peekable();
    let begins = if acts.peek().is_none() || random.chance(1, 2) { 0 } else { random.below(steps / 3) };
    for index in 0..steps {
        let is_of_scene = index >= begins && acts.peek().is_some() && random.chance(9, 10);
        let next = if is_of_scene { acts.next() } else { None };
        let act = match next {
            Some((actor, call)) => act::made(&mut cast, actor, call),
            None => act::act(&mut random, weights, &mut cast),
        };
        let mut step = Step { act, result: None, receipts: None, span: crate::Span::default() };
        if weights.guesses {
            guess::results(&mut random, &cast, &mut step);
        }
        scenario.script.push(ScriptLine::Step(step));
        if weights.guesses && random.chance(1, 3) {
            scenario.script.push(ScriptLine::Expectation(guess::expectation(&mut random, weights, &cast)));
        }
    }
    scenario
}
