//! Scenarios on the live kernel. Where the machine refuses namespaces the tests say so and do nothing.
#![expect(clippy::unwrap_used, clippy::panic, reason = "what a test sets up must be there")]

mod alone;
mod beside;
mod comparison;
mod corpus;
mod kernel;
mod killed;
mod left_over;
mod refusal;
mod stage;
mod users;
