//! Random processes and threads.

use sigpost_engine::{Signal, SignalSet};

use super::cast::{Cast, Member};
use super::{Feature, Random, Weights};
use crate::{
    Declaration, Name, PersonalityName, Place, Privilege, ProcessDeclaration, RunState, ThreadDeclaration, UserIds,
};

/// A process, or seldom a thread.
pub(super) fn declaration(random: &mut Random, weights: &Weights, cast: &mut Cast) -> Declaration {
    let owners = cast.those(|member| !member.is_thread() && !member.zombie && member.name != Name::INIT);
    let threads = weights.personality.has_threads_and_queues() && weights.weight(Feature::Thread) > 0;
    match random.pick(&owners) {
        Some(process) if threads && random.chance(1, 6) => thread(random, weights, cast, process),
        _ => Declaration::Process(process(random, weights, cast)),
    }
}

fn thread(random: &mut Random, weights: &Weights, cast: &mut Cast, process: Name) -> Declaration {
    let name = cast.new_name('t');
    let owner = cast.member(process);
    cast.members.push(Member { name, leads_group: false, able: owner.able, ..owner });
    let block = if random.chance(1, 3) { some_signals(random, weights) } else { SignalSet::EMPTY };
    Declaration::Thread(ThreadDeclaration { name, process, block, span: crate::Span::default() })
}

fn process(random: &mut Random, weights: &Weights, cast: &mut Cast) -> ProcessDeclaration {
    let mut process = ProcessDeclaration::new(cast.new_name('p'));
    let parents = cast.those(|member| !member.is_thread() && !member.zombie);
    process.parent = if random.chance(1, 2) { random.pick(&parents) } else { None };
    process.run_state = run_state(random, weights, cast.member(process.parent.unwrap_or(Name::INIT)).ignore);
    if process.run_state != RunState::Zombie {
        of_the_living(random, weights, cast, &mut process);
    }
    process.block = if random.chance(1, 4) { some_signals(random, weights) } else { SignalSet::EMPTY };
    process.user = if random.chance(1, 2) { Some(user_ids(random)) } else { None };
    process.sigpending_limit = if random.chance(1, 6) { Some(random.below(3)) } else { None };
    let session = place(random, weights, cast, &mut process);
    cast.members.push(Member {
        name: process.name,
        process: process.name,
        parent: process.parent.unwrap_or(Name::INIT),
        session,
        leads_group: matches!(process.place, Place::Session | Place::Group),
        zombie: process.run_state == RunState::Zombie,
        able: process.run_state == RunState::Ready && !process.system,
        ignore: process.ignore,
    });
    process
}

fn run_state(random: &mut Random, weights: &Weights, parent_ignores: SignalSet) -> RunState {
    let engine_only = weights.weight(Feature::Kernel) > 0;
    match random.below(24) {
        0..=2 => RunState::Stopped,
        3..=6 => RunState::Sleeping,
        7 => RunState::Killable,
        8 if engine_only => RunState::Uninterruptible,
        9 if !parent_ignores.contains(Signal::CHLD) => RunState::Zombie,
        _ => RunState::Ready,
    }
}

fn of_the_living(random: &mut Random, weights: &Weights, cast: &Cast, process: &mut ProcessDeclaration) {
    if random.chance(1, 2) {
        process.catch = some_signals(random, weights);
    }
    if random.chance(1, 4) {
        // `{all}` less something would name what cannot be named: KILL, STOP, and signals that a system never had.
        let ignore = some_signals(random, weights);
        process.ignore = if ignore == SignalSet::ALL { SignalSet::EMPTY } else { ignore - process.catch };
    }
    process.privilege = match random.below(16) {
        0 => Privilege::Privileged,
        1 => Privilege::Unprivileged,
        _ => Privilege::ByUser,
    };
    process.system = weights.weight(Feature::Kernel) > 0 && random.chance(1, 20);
    let tracers = cast.those(|member| !member.is_thread() && !member.zombie && member.name != Name::INIT);
    if weights.weight(Feature::Trace) > 0 && random.chance(1, 8) {
        process.traced_by = random.pick(&tracers);
    }
}

/// Chooses session, group and terminal; returns who leads the session.
fn place(random: &mut Random, weights: &Weights, cast: &mut Cast, process: &mut ProcessDeclaration) -> Name {
    let inherited = cast.member(process.parent.unwrap_or(Name::INIT)).session;
    let leaders = cast.those(|member| member.leads_group && member.session == inherited);
    let old = matches!(weights.personality, PersonalityName::Bsd43 | PersonalityName::AixRt);
    process.place = match random.below(10) {
        0 | 1 => Place::Session,
        2..=4 => Place::Group,
        5 | 6 => random.pick(&leaders).map_or(Place::Inherited, Place::GroupOf),
        7 if old && random.chance(1, 3) => Place::NoGroup,
        _ => Place::Inherited,
    };
    let session = if process.place == Place::Session { process.name } else { inherited };
    if weights.weight(Feature::Terminal) > 0 {
        process.tty = process.place == Place::Session && random.chance(1, 3);
        if process.tty {
            cast.terminals.push(process.name);
        }
        let free = cast.terminals.contains(&session) && !cast.in_front.contains(&session);
        process.foreground = free && process.place != Place::NoGroup && random.chance(1, 3);
        if process.foreground {
            cast.in_front.push(session);
        }
    }
    session
}

fn user_ids(random: &mut Random) -> UserIds {
    const USERS: [u32; 4] = [0, 1000, 1001, 1002];
    let one = random.pick_or(&USERS, 0);
    if random.chance(3, 4) {
        return UserIds { real: one, effective: one, saved: one };
    }
    UserIds { real: one, effective: random.pick_or(&USERS, 0), saved: random.pick_or(&USERS, 0) }
}

/// One to three signals that can be caught, seldom all.
pub(super) fn some_signals(random: &mut Random, weights: &Weights) -> SignalSet {
    if random.chance(1, 30) {
        return SignalSet::ALL;
    }
    let count = random.between((1, 3));
    (0..count).map(|_| signal(random, weights)).filter(|signal| signal.is_catchable()).collect()
}

/// A signal of those between which the rules make a difference; seldom another one.
pub(super) fn signal(random: &mut Random, weights: &Weights) -> Signal {
    const USUAL: [Signal; 16] = [
        Signal::HUP,
        Signal::INT,
        Signal::QUIT,
        Signal::KILL,
        Signal::USR1,
        Signal::USR1,
        Signal::USR2,
        Signal::TERM,
        Signal::CHLD,
        Signal::CONT,
        Signal::CONT,
        Signal::STOP,
        Signal::TSTP,
        Signal::TTIN,
        Signal::URG,
        Signal::SEGV,
    ];
    if random.chance(2, 5)
        && let Some(favourite) = random.pick(&weights.favourites).flatten()
    {
        return favourite;
    }
    let highest = u32::from(weights.personality.highest_signal().number());
    let number = match random.below(8) {
        0 if highest > 34 => 34 + random.below(3),
        1 => random.between((1, highest)),
        _ => return random.pick_or(&USUAL, Signal::USR1),
    };
    i32::try_from(number).ok().and_then(Signal::new).unwrap_or(Signal::USR1)
}
