//! What the engine does, seen through its public calls alone: a file a topic.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod errors;
mod faults_and_timers;
mod fixed_storage;
mod forking;
mod group_results;
mod groups_and_sessions;
mod handlers;
mod handles;
mod kernel_signals;
mod kill_targets;
mod killpg;
mod namespaces;
mod null_signal;
mod observed;
mod others_bugs;
mod permission;
mod personality_delivery;
mod personality_groups;
mod personality_queues;
mod personality_stops;
mod personality_targets;
mod programs;
mod receipts;
mod recycled_keys;
mod rules;
mod rules_of_life;
mod seizing;
mod self_signal;
mod small_tables;
mod standing_alone;
mod terminal;
mod waiting;
mod wandering;
mod work;
mod world;
