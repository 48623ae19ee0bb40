//! The scenario language: a short text that sets up processes, makes them call, and says what must happen.
//!
//! One file runs on the engine, without privileges and in microseconds, and on a live kernel. Tests, fuzz corpora,
//! documentation and bug reports speak it.
//!
//! ```
//! use sigpost_scenario::{EngineWorld, Scenario, run};
//!
//! let text = b"# killpg reaches every member of the group, and nobody else
//! personality linux posix
//!
//! process sh uid=1000 session
//! process a parent=sh group
//! process b parent=sh group=a catch=USR1
//!
//! sh: killpg(a, USR1) = 0 -> a=terminates b=handles
//! expect a: killed(USR1)
//! expect b: handled=[USR1] running
//! ";
//! let scenario = Scenario::parse(text)?;
//! for personality in scenario.personalities.iter() {
//!     let report = run(&scenario, personality, &mut EngineWorld::new(personality));
//!     assert!(report.ending.is_passed(), "{:?}", report.ending);
//! }
//! # Ok::<(), sigpost_scenario::Mistakes>(())
//! ```
//!
//! # The parts, in reading order
//!
//! - **The language**: [`Scenario`] is what a file says, [`Document`] how it is laid out. [`Scenario::parse`] reads any
//!   bytes and tells every [`Mistake`] at once; printing gives the canonical form, which reads back as the same.
//!   [`format()`] keeps comments and grouping.
//! - **Running**: a [`World`] is what a scenario runs on; [`EngineWorld`] is the one inside the engine. [`run()`] compares
//!   what happens with what the file says; [`record`] writes down what happens.
//! - **Random scenarios**: [`generate()`] makes them from a seed, [`shrink()`] cuts a failing one down, [`Coverage`] counts
//!   what was tried.
#![forbid(unsafe_code)]

extern crate alloc;

mod call;
mod coverage;
mod declaration;
mod document;
mod engine_world;
mod expectation;
mod generate;
mod mistake;
mod name;
mod outcome;
mod parse;
mod personality;
mod run;
mod scenario;
mod shrink;
mod span;
mod step;
mod target;
mod world;

pub use call::{Action, Call, Flags, KernelCall, MaskChange, PidfdScope, Results};
pub use coverage::{Cell, Coverage, Standing};
pub use declaration::{Declaration, Place, Privilege, ProcessDeclaration, RunState, ThreadDeclaration, UserIds};
pub use document::{Document, Line, Statement, format};
pub use engine_world::EngineWorld;
pub use expectation::{Condition, Expectation, Sender, State};
pub use generate::{Feature, Random, Weights, generate};
pub use mistake::{Colour, Mistake, MistakeKind, Mistakes, render_mistakes};
pub use name::Name;
pub use outcome::{ChildNews, Code, Outcome, Taken};
pub use personality::{Personalities, PersonalityName};
pub use run::{Ending, Failure, Finding, Report, record, run};
pub use scenario::{Scenario, ScriptLine};
pub use shrink::shrink;
pub use span::Span;
pub use step::{Act, ExpectedReceipt, Step};
pub use target::{Reference, SignalNumber, Target};
pub use world::{Budget, Observation, ObservedReceipt, Trouble, World};
