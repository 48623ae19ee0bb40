//! How things are printed: columns for people, JSON lines for programs.

pub(crate) mod endings;
pub(crate) mod escape;
pub(crate) mod paragraph;
pub(crate) mod print;
pub(crate) mod progress;
pub(crate) mod receipts;
pub(crate) mod sets;
pub(crate) mod table;
