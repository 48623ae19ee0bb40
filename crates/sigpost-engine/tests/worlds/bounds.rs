//! How large a small world is, and what a search of it must find.

use crate::facts::ProcessFacts;
use crate::node::{Model, Pair};
use crate::search::{Found, search};
use crate::step::Step;
use crate::world::World;

/// Whether the large searches are asked for.
pub(crate) fn is_deep() -> bool {
    std::env::var_os("SIGPOST_DEEP").is_some()
}

/// Searches a world twice, engine and model in step and then the model alone: both count as many states, and as many
/// as are pinned: (states, states of the engine with who has been told to look, steps).
pub(crate) fn count(world: &World, threads: usize, pinned: [usize; 3], steps: impl Fn(&[ProcessFacts]) -> Vec<Step>) {
    let os = world.os;
    let start = std::time::Instant::now();
    let found = search(Pair::new(world.clone(), threads), &steps);
    let both = start.elapsed();
    let mut alone = world.clone();
    for thread in 1..threads {
        alone.add_thread(1, 100 + i32::try_from(thread).unwrap());
    }
    let again = search(Model::new(alone), &steps);
    let Found { states, hidden, steps } = found;
    println!(
        "{os:?}: {states} states, {hidden} in the engine, {steps} steps, {both:.1?}; again {:.1?}",
        start.elapsed()
    );
    assert_eq!(again.states, states, "{os:?}: the model alone counts other states than the engine");
    if std::env::var_os("SIGPOST_COUNT").is_none() {
        assert_eq!([states, hidden, steps], pinned, "{os:?}: states, engine's states, steps");
    }
}
