//! Random steps.

use sigpost_engine::{Signal, SignalSet};

use super::cast::{Cast, Member};
use super::declare::{signal, some_signals};
use super::{Feature, Random, Weights};
use crate::step::Act;
use crate::{Action, Call, Code, Flags, KernelCall, MaskChange, Name, PidfdScope, Reference, SignalNumber, Target};

/// A step of a feature chosen by weight. What the personality never had is drawn again, at last a plain `kill`.
pub(super) fn act(random: &mut Random, weights: &Weights, cast: &mut Cast) -> Act {
    for _ in 0..8 {
        let feature = feature(random, weights);
        if feature == Feature::Kernel {
            return Act::Kernel(kernel_call(random, weights, cast));
        }
        let actor = cast.actor(random);
        let call = call(random, weights, cast, feature, actor);
        if call.exists_in(weights.personality) {
            return made(cast, actor, call);
        }
    }
    Act::Call(cast.actor(random), Call::Kill(cast.id(random), Signal::USR1.into()))
}

/// The step, with what it makes of the cast.
pub(super) fn made(cast: &mut Cast, actor: Name, call: Call) -> Act {
    after(cast, actor, &call);
    Act::Call(actor, call)
}

fn feature(random: &mut Random, weights: &Weights) -> Feature {
    let mut left = random.below(weights.features.iter().sum());
    for feature in Feature::ALL {
        match left.checked_sub(weights.weight(feature)) {
            Some(rest) => left = rest,
            None => return feature,
        }
    }
    Feature::Send
}

fn call(random: &mut Random, weights: &Weights, cast: &mut Cast, feature: Feature, actor: Name) -> Call {
    match feature {
        Feature::SendGroup => send_group(random, weights, cast),
        Feature::Mask => {
            let how = random.pick_or(&MaskChange::WORDS, MaskChange::WORDS[0]).1;
            Call::Sigprocmask(how, any_set(random, weights))
        }
        Feature::Disposition => disposition(random, weights),
        Feature::SignalWait => signal_wait(random, weights),
        Feature::ChildWait => {
            let children = cast.those(|member| member.parent == cast.member(actor).process && !member.is_thread());
            Call::Wait(random.pick(&children).filter(|_| random.chance(2, 3)), random.chance(1, 6))
        }
        Feature::Group => group(random, cast),
        Feature::Life => life(random, cast),
        Feature::Thread => thread(random, cast),
        Feature::User => user(random),
        Feature::Trace => trace(random, weights, cast),
        Feature::Terminal => match random.below(3) {
            0 => Call::TtyRead,
            1 => Call::TtyWrite,
            _ => Call::Tcsetpgrp(Target::Id(Reference::to(cast.any_process(random)))),
        },
        Feature::Fault => {
            const FAULTS: [Signal; 4] = [Signal::SEGV, Signal::BUS, Signal::FPE, Signal::ILL];
            Call::Fault(random.pick_or(&FAULTS, Signal::SEGV).into())
        }
        Feature::Send | Feature::Kernel => send(random, weights, cast),
    }
}

/// A signal as a call is given one: seldom the null signal or an invalid number.
fn number(random: &mut Random, weights: &Weights) -> SignalNumber {
    match random.below(30) {
        0..=2 => SignalNumber(0),
        3 => SignalNumber(random.pick_or(&[-1, 65, 265, 1000, i32::MIN, i32::MAX], 65)),
        _ => signal(random, weights).into(),
    }
}

fn send(random: &mut Random, weights: &Weights, cast: &Cast) -> Call {
    let (target, signal) = (cast.id(random), number(random, weights));
    match random.below(16) {
        0 | 12 => Call::Tkill(target, signal),
        1 | 2 | 13 => {
            let owner = target.name().map_or(target, |name| Target::Id(Reference::to(cast.member(name).process)));
            Call::Tgkill(if random.chance(1, 12) { cast.id(random) } else { owner }, target, signal)
        }
        3 => Call::Raise(signal),
        4 | 5 => {
            let realtime = SignalNumber(34 + i32::try_from(random.below(3)).unwrap_or(0));
            let signal = if random.chance(1, 4) { realtime } else { signal };
            Call::Sigqueue(target, signal, i32::try_from(random.below(100)).unwrap_or(0) - 10)
        }
        6 | 14 => {
            let scope = random.pick(&PidfdScope::WORDS).map(|(_, scope)| scope).filter(|_| random.chance(1, 2));
            Call::PidfdSendSignal(Reference { main: false, ..cast.anyone(random) }, signal, scope)
        }
        7 | 15 => {
            let code = random.pick_or(&Code::WORDS, Code::WORDS[0]).1;
            Call::RtSigqueueinfo(target, signal, if random.chance(2, 3) { Code::Number(-60) } else { code })
        }
        _ => Call::Kill(target, signal),
    }
}

fn send_group(random: &mut Random, weights: &Weights, cast: &Cast) -> Call {
    let signal = number(random, weights);
    match cast.ids(random) {
        Target::Minus(leader) if random.chance(1, 2) => Call::Killpg(Target::Id(Reference::to(leader)), signal),
        target if random.chance(1, 8) => Call::Killpg(target, signal),
        target => Call::Kill(target, signal),
    }
}

fn any_set(random: &mut Random, weights: &Weights) -> SignalSet {
    match random.below(16) {
        0 => SignalSet::EMPTY,
        1 => SignalSet::ALL,
        2 => some_signals(random, weights) | SignalSet::UNCATCHABLE,
        _ => some_signals(random, weights),
    }
}

fn disposition(random: &mut Random, weights: &Weights) -> Call {
    if random.chance(1, 6) {
        return Call::Sigreturn;
    }
    let action = random.pick_or(&Action::WORDS, Action::WORDS[0]).1;
    let mut flags = Flags::NONE;
    for (_, flag) in Flags::WORDS {
        flags = if random.chance(1, 6) { flags.with(flag) } else { flags };
    }
    let mask = if random.chance(1, 4) { any_set(random, weights) } else { SignalSet::EMPTY };
    Call::Sigaction(number(random, weights), action, flags, mask)
}

fn signal_wait(random: &mut Random, weights: &Weights) -> Call {
    match random.below(8) {
        0 => Call::Pause,
        1 => Call::Read,
        2 => Call::Sigsuspend(any_set(random, weights)),
        3 => Call::Sigwaitinfo(any_set(random, weights)),
        4 | 5 => Call::Sigpending,
        _ => Call::Sigtimedwait(any_set(random, weights)),
    }
}

fn group(random: &mut Random, cast: &Cast) -> Call {
    let who = |random: &mut Random| {
        if random.chance(1, 3) { Target::Zero } else { Target::Id(Reference::to(cast.any_process(random))) }
    };
    if random.chance(1, 4) { Call::Setsid } else { Call::Setpgid(who(random), who(random)) }
}

fn life(random: &mut Random, cast: &mut Cast) -> Call {
    match random.below(12) {
        0 | 11 => Call::Vfork(cast.new_name('c')),
        1 => Call::Clone(cast.new_name('c')),
        2 => Call::Exec,
        3..=5 => Call::Exit(u8::try_from(random.below(256)).unwrap_or(0)),
        _ => Call::Fork(cast.new_name('c'), None),
    }
}

fn thread(random: &mut Random, cast: &mut Cast) -> Call {
    if random.chance(1, 4) { Call::ThreadExit } else { Call::Thread(cast.new_name('t')) }
}

fn user(random: &mut Random) -> Call {
    let user = |random: &mut Random| random.pick_or(&[0, 1000, 1001, 1002], 0);
    if random.chance(1, 2) {
        return Call::Setuid(user(random));
    }
    let maybe = |random: &mut Random| if random.chance(1, 2) { Some(user(random)) } else { None };
    Call::Setresuid(maybe(random), maybe(random), maybe(random))
}

fn trace(random: &mut Random, weights: &Weights, cast: &Cast) -> Call {
    let tracee = Reference { main: false, ..cast.anyone(random) };
    let passed = random.chance(1, 2).then(|| number(random, weights));
    match random.below(7) {
        0..=2 => Call::Trace(tracee),
        3 => Call::TraceInterrupt(tracee),
        4 => Call::TraceListen(tracee),
        5 => Call::TraceDetach(tracee, passed),
        _ => Call::TraceContinue(tracee, passed),
    }
}

fn kernel_call(random: &mut Random, weights: &Weights, cast: &Cast) -> KernelCall {
    let process = cast.any_process(random);
    // The kernel never posts an invalid number.
    let signal: SignalNumber = signal(random, weights).into();
    match random.below(12) {
        0..=2 => KernelCall::Psignal(process, signal),
        3 | 4 => KernelCall::Tdsignal(cast.anyone(random), signal),
        5 => KernelCall::Timer(cast.anyone(random), signal),
        6 | 7 => {
            let leaders = cast.those(|member| member.leads_group);
            let group = random.pick(&leaders).map(|leader| Target::Id(Reference::to(leader)));
            KernelCall::Pgsignal(group.filter(|_| random.chance(5, 6)), signal, random.chance(1, 3))
        }
        8 => KernelCall::Gsignal(cast.ids(random), signal),
        9 => KernelCall::Wakes(process),
        _ => terminal_act(random, cast).unwrap_or(KernelCall::Wakes(process)),
    }
}

fn terminal_act(random: &mut Random, cast: &Cast) -> Option<KernelCall> {
    let leader = random.pick(&cast.terminals)?;
    Some(match random.below(4) {
        0 => KernelCall::Hangup(leader),
        1 => KernelCall::Intr(leader),
        2 => KernelCall::Quit(leader),
        _ => KernelCall::Susp(leader),
    })
}

/// What the call makes of the cast, as far as it is sure.
fn after(cast: &mut Cast, actor: Name, call: &Call) {
    let caller = cast.member(actor);
    if let Some(name) = call.declares() {
        let thread = matches!(call, Call::Thread(_));
        let process = if thread { caller.process } else { name };
        let parent = if thread { caller.parent } else { caller.process };
        cast.members.push(Member { name, process, parent, leads_group: false, able: true, ..caller });
    }
    let blocks = matches!(call, Call::Pause | Call::Read | Call::Sigsuspend(_) | Call::Sigwaitinfo(_) | Call::Vfork(_));
    match call {
        Call::Exit(_) => {
            for name in cast.those(|member| member.process == caller.process) {
                cast.disable(name);
            }
        }
        Call::Fault(_) | Call::ThreadExit => cast.disable(actor),
        _ if blocks => cast.disable(actor),
        _ => {}
    }
    // Without init the world ends, and it never waits.
    if let Some(init) = cast.members.first_mut() {
        init.able = true;
    }
}
