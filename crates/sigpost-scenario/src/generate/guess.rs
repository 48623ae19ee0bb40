//! Results, receipts and expectations that are well formed and made up.

use sigpost_engine::{Errno, Signal, SignalSet, Verdict};

use super::cast::Cast;
use super::declare::{signal, some_signals};
use super::{Random, Weights};
use crate::step::Act;
use crate::{
    ChildNews, Code, Condition, Expectation, ExpectedReceipt, Outcome, Results, Sender, Span, State, Step, Taken,
};

/// Makes up a result and receipts, of the kinds that the call can have.
pub(super) fn results(random: &mut Random, cast: &Cast, step: &mut Step) {
    let (results, sends) = match &step.act {
        Act::Call(_, call) => (call.results(), call.sends()),
        Act::Kernel(call) => (Results::None, call.sends()),
    };
    if random.chance(3, 4) {
        step.result = (0..20).map(|_| outcome(random)).find(|outcome| results.allow(outcome));
    }
    if sends && random.chance(3, 4) {
        step.receipts = Some(receipts(random, cast));
    }
}

fn receipts(random: &mut Random, cast: &Cast) -> Vec<ExpectedReceipt> {
    let mut receipts = Vec::new();
    for process in cast.processes() {
        if random.chance(1, 3) {
            receipts.push(ExpectedReceipt { process, verdict: random.pick_or(&Verdict::ALL, Verdict::Probed) });
        }
    }
    receipts
}

/// Signals that every personality has.
fn standard(random: &mut Random) -> Signal {
    i32::try_from(random.between((1, 31))).ok().and_then(Signal::new).unwrap_or(Signal::TERM)
}

fn outcome(random: &mut Random) -> Outcome {
    match random.below(6) {
        0 => Outcome::Zero,
        1 => Outcome::Blocks,
        2 => Outcome::Set((0..random.below(4)).map(|_| standard(random)).collect::<SignalSet>()),
        3 => Outcome::Taken(taken(random)),
        4 => Outcome::Child(news(random)),
        _ => Outcome::Error(random.pick_or(&Outcome::ERRORS, Errno::EPERM)),
    }
}

fn taken(random: &mut Random) -> Taken {
    let signal = standard(random);
    let value = random.chance(1, 3).then(|| i32::try_from(random.below(1000)).unwrap_or(0) - 500);
    Taken { signal, value }
}

fn news(random: &mut Random) -> ChildNews {
    let signal = standard(random);
    match random.below(7) {
        0 => ChildNews::Exited(u8::try_from(random.below(256)).unwrap_or(0)),
        1 => ChildNews::Killed(signal),
        2 => ChildNews::Dumped(signal),
        3 => ChildNews::Stopped(signal),
        4 => ChildNews::Trapped(signal),
        5 => ChildNews::Continued,
        _ => ChildNews::Nothing,
    }
}

/// Makes up an expectation of someone.
pub(super) fn expectation(random: &mut Random, weights: &Weights, cast: &Cast) -> Expectation {
    let subject = cast.anyone(random);
    let conditions = (0..random.between((1, 3))).map(|_| condition(random, weights, cast)).collect();
    Expectation { subject, conditions, span: Span::default() }
}

fn condition(random: &mut Random, weights: &Weights, cast: &Cast) -> Condition {
    let name = cast.any_process(random);
    match random.below(12) {
        0 => Condition::BlockedInCall,
        1 => Condition::SameSleep,
        2 => Condition::Pending(some_signals(random, weights)),
        3 => Condition::Blocked(some_signals(random, weights)),
        4 => Condition::Handled((0..random.below(4)).map(|_| taken(random)).collect()),
        5 => Condition::Returned(returned(random)),
        6 => Condition::Group(name),
        7 => Condition::Session(name),
        8 => Condition::Parent(name),
        9 => Condition::Sender(match random.below(3) {
            0 => Sender::Kernel,
            1 => Sender::Nobody,
            _ => Sender::Of(cast.anyone(random)),
        }),
        10 => Condition::Code(random.pick_or(&Code::WORDS, Code::WORDS[0]).1),
        _ => {
            let signal = signal(random, weights);
            Condition::State(state(random, signal))
        }
    }
}

fn returned(random: &mut Random) -> Outcome {
    match outcome(random) {
        Outcome::Set(_) | Outcome::Blocks => Outcome::Error(Errno::EINTR),
        outcome => outcome,
    }
}

fn state(random: &mut Random, signal: Signal) -> State {
    match random.below(11) {
        0 => State::Running,
        1 => State::Sleeping,
        2 => State::Killable,
        3 => State::Uninterruptible,
        4 => State::Zombie,
        5 => State::Reaped,
        6 => State::Stopped(signal),
        7 => State::Killed(signal),
        8 => State::Dumped(signal),
        9 => State::TraceStopped(signal),
        _ => State::Exited(u8::try_from(random.below(256)).unwrap_or(0)),
    }
}
