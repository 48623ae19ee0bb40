//! What the engine does, seen through its public calls alone: a file a topic.

extern crate alloc;

mod faults_and_timers;
mod group_results;
mod kernel_signals;
mod kill_targets;
mod killpg;
mod null_signal;
mod others_bugs;
mod permission;
mod personality_delivery;
mod personality_groups;
mod personality_queues;
mod personality_stops;
mod personality_targets;
mod receipts;
mod recycled_keys;
mod rules;
mod rules_of_life;
mod self_signal;
mod terminal;
mod world;
