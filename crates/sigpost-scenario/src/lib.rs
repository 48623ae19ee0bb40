//! The scenario language of sigpost.
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
pub use coverage::Coverage;
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
