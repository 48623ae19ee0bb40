//! Any bytes are a file of `/proc` or are refused.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sigpost_fuzz::proc_files::run(bytes));
