//! No command line means more than it says.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sigpost_fuzz::arguments::run(bytes));
