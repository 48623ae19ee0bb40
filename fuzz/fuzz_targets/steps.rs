//! A sequence of calls on a system under some personality breaks no invariant.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sigpost_fuzz::steps::run(bytes));
