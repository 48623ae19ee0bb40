//! Scenarios made at random: valid ones, the same for the same seed on every machine.

mod act;
mod cast;
mod declare;
mod guess;
mod random;
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
    for _ in 0..random.between(weights.processes) {
        scenario.declarations.push(declare::declaration(&mut random, weights, &mut cast));
    }
    for _ in 0..random.between(weights.steps) {
        let act = act::act(&mut random, weights, &mut cast);
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
