//! What the fuzz targets do with their bytes: a module a target, each with one function, `run`, that panics where
//! something is not as it must be. The corpus is replayed by `tests/corpus.rs`.
#![forbid(unsafe_code)]

pub mod arguments;
mod bytes;
pub mod drop_in;
pub mod proc_files;
pub mod scenario_text;
pub mod steps;
