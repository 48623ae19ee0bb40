//! The host library.
