//! No command line of a drop-in name means more than it says.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sigpost_fuzz::drop_in::run(bytes));
