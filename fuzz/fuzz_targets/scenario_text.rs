//! Any bytes are a scenario or a list of mistakes, and what is printed reads back as the same.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sigpost_fuzz::scenario_text::run(bytes));
