//! Any bytes are a scenario or a list of mistakes; what is printed reads back as the same; it runs on the engine.

use sigpost_scenario::{Colour, EngineWorld, Scenario, format, run as run_on};

/// Reads, prints, reads again, lays out, runs.
///
/// # Panics
/// If the printed form does not read back as the same scenario.
pub fn run(bytes: &[u8]) {
    match Scenario::parse(bytes) {
        Ok(scenario) => check(bytes, &scenario),
        Err(mistakes) => {
            assert!(format(bytes).is_err(), "a text with mistakes was laid out");
            assert!(!mistakes.to_string().is_empty(), "a mistake without a word");
            let _ = mistakes.render("input.drill", bytes, Colour::Never);
        }
    }
}

fn check(bytes: &[u8], scenario: &Scenario) {
    let printed = scenario.to_string();
    let again = Scenario::parse(printed.as_bytes()).expect("what is printed can be read");
    assert_eq!(again, *scenario, "printed, it reads as another");
    assert_eq!(again.to_string(), printed, "printed twice, it differs");
    let laid_out = format(bytes).expect("what can be read can be laid out");
    let of_layout = Scenario::parse(laid_out.as_bytes()).expect("what is laid out can be read");
    assert_eq!(of_layout, *scenario, "laid out, it reads as another");
    assert_eq!(format(laid_out.as_bytes()).expect("twice"), laid_out, "laid out twice, it differs");
    for personality in scenario.personalities.iter() {
        let _ = run_on(scenario, personality, &mut EngineWorld::new(personality));
    }
}
