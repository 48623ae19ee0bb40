//! How many random cases a property is tried with, and which. The tests of the host library use this file too.

use proptest::prelude::ProptestConfig;
use proptest::test_runner::RngSeed;

/// So many, the same every time, so that a red test is a change of the code; with `PROPTEST_CASES` as many as that says, of
/// its own.
pub(crate) fn same_every_time(otherwise: u32) -> ProptestConfig {
    let asked = ProptestConfig::default();
    match std::env::var_os("PROPTEST_CASES") {
        Some(_) => asked,
        None => ProptestConfig { cases: otherwise, rng_seed: RngSeed::Fixed(0x5167_9057), ..asked },
    }
}
