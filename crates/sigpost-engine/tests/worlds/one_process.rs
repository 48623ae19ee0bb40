//! W1: one process, two threads, {TSTP CONT KILL USR1}, with masks, dispositions and tracing.

use alloc::vec::Vec;

use sigpost_engine::{Credentials, Signal};

use crate::bounds::{count, is_deep};
use crate::facts::{ProcessFacts, ThreadFacts};
use crate::step::Step;
use crate::table::Os;
use crate::world::{Action, Life, Stop, World};

const SIGNALS: [Signal; 4] = [Signal::TSTP, Signal::CONT, Signal::KILL, Signal::USR1];

/// What is varied, so that the search ends: all of it at once is beyond any machine's patience.
#[derive(Clone, Copy)]
struct Size<'a> {
    /// Threads that are sent signals of their own.
    addressed: &'a [usize],
    /// What each thread may block.
    blocked: [&'a [Signal]; 2],
    /// Whose disposition is changed.
    changed: &'a [Signal],
    /// Whether it is traced at times.
    traced: bool,
}

fn steps(facts: &[ProcessFacts], size: &Size<'_>) -> Vec<Step> {
    let Some(process) = facts.get(1) else { return Vec::new() };
    if let Life::Zombie(_) = process.life {
        return vec![Step::Wait(1)];
    }
    let is_alive = process.life == Life::Alive;
    let mut steps = Vec::new();
    for (t, thread) in process.threads.iter().enumerate() {
        if !thread.exited && !thread.parked && !thread.held {
            steps.push(Step::Look(1, t));
        }
    }
    if is_alive && size.traced {
        add_traces(&mut steps, &process.threads);
    }
    if is_alive {
        steps.extend(SIGNALS.map(|signal| Step::Kill(1, signal)));
        steps.extend(size.addressed.iter().flat_map(|&t| SIGNALS.map(|signal| Step::Tgkill(1, t, signal))));
        add_calls(&mut steps, process, size);
    }
    steps
}

fn add_traces(steps: &mut Vec<Step>, threads: &[ThreadFacts]) {
    for (t, _) in threads.iter().enumerate().filter(|(_, thread)| thread.held) {
        steps.push(Step::LetGo(1, t, None));
        steps.extend(SIGNALS.map(|signal| Step::LetGo(1, t, Some(signal))));
    }
    steps.push(if threads[0].traced { Step::Detach(1) } else { Step::Trace(1) });
}

/// What the program does, while a thread of it runs.
fn add_calls(steps: &mut Vec<Step>, process: &ProcessFacts, size: &Size<'_>) {
    let runs = |thread: &ThreadFacts| process.stop == Stop::No && !thread.held;
    for (t, thread) in process.threads.iter().enumerate().filter(|(_, thread)| runs(thread)) {
        if !thread.saved.is_empty() {
            steps.push(Step::Return(1, t));
            continue;
        }
        for &signal in size.blocked[t] {
            let is_blocked = thread.mask.contains(signal);
            steps.push(if is_blocked { Step::Unblock(1, t, signal) } else { Step::Block(1, t, signal) });
        }
    }
    if !process.threads.iter().any(runs) {
        return;
    }
    for &signal in size.changed {
        let now = if process.ignored.contains(signal) {
            Action::Ignore
        } else if process.caught.contains(signal) {
            Action::Catch
        } else {
            Action::Default
        };
        let others = [Action::Default, Action::Ignore, Action::Catch].into_iter().filter(|&action| action != now);
        steps.extend(others.map(|action| Step::SetAction(1, signal, action)));
    }
}

/// init and one process, whose group is not orphaned.
fn world(os: Os) -> World {
    let mut world = World::new(os);
    world.add(2, Some(0), Some(2), 1, Credentials::user(1000));
    world
}

fn explore(os: Os, size: Size<'_>, pinned: [usize; 3]) {
    count(&world(os), 2, pinned, |facts| steps(facts, &size));
}

#[test]
fn one_process_with_masks() {
    use Signal as S;
    let size =
        Size { addressed: &[0, 1], blocked: [&[S::TSTP], &[S::TSTP, S::CONT, S::USR1]], changed: &[], traced: false };
    explore(Os::Linux, size, [2953, 4689, 68550]);
    explore(Os::FreeBsd, size, [4104, 5222, 76244]);
    explore(Os::Posix, size, [3592, 4802, 71884]);
}

#[test]
fn one_process_with_handlers() {
    use Signal as S;
    let size = Size { addressed: &[], blocked: [&[], &[]], changed: &[S::TSTP, S::USR1], traced: false };
    explore(Os::Linux, size, [1313, 2987, 30678]);
    explore(Os::Posix, size, [1292, 3028, 31128]);
    if is_deep() {
        let size = Size { blocked: [&[], &[S::TSTP]], ..size };
        explore(Os::Linux, size, [1761, 4106, 43475]);
        explore(Os::FreeBsd, size, [1683, 3616, 35526]);
    }
}

#[test]
fn one_process_that_is_traced_at_times() {
    use Signal as S;
    let size = Size { addressed: &[1], blocked: [&[], &[S::TSTP, S::USR1]], changed: &[], traced: true };
    explore(Os::Linux, size, [1297, 2298, 29898]);
    explore(Os::FreeBsd, size, [1488, 2397, 31237]);
    explore(Os::Posix, size, [1408, 2317, 30389]);
}

/// The signals that a program has a say in.
const CATCHABLE: &[Signal] = &[Signal::TSTP, Signal::CONT, Signal::USR1];

/// W1: these signals with all that can be done with them: blocked and unblocked by either thread, ignored, caught, and
/// traced at times, while all four are sent to the process, and to the threads that are named.
fn explore_all(os: Os, addressed: &[usize], signals: &[Signal], pinned: [usize; 3]) {
    let size = Size { addressed, blocked: [signals, signals], changed: signals, traced: true };
    let mut world = world(os);
    world.handlers_return = true;
    count(&world, 2, pinned, |facts| steps(facts, &size));
}

#[test]
fn w1_one_process_under_linux() {
    if is_deep() {
        explore_all(Os::Linux, &[], CATCHABLE, [61947, 126_315, 2_103_814]);
    }
}

#[test]
fn w1_one_process_under_freebsd() {
    if is_deep() {
        explore_all(Os::FreeBsd, &[], &[Signal::TSTP, Signal::CONT], [6104, 11726, 162_074]);
        explore_all(Os::Posix, &[], &[Signal::TSTP, Signal::CONT], [5864, 11486, 160_490]);
    }
}

/// W1, with signals to single threads: two signals blocked and unblocked, all four sent, and traced at times.
#[test]
fn w1_threads_under_linux() {
    if is_deep() {
        let two: &[Signal] = &[Signal::TSTP, Signal::CONT];
        let size = Size { addressed: &[0, 1], blocked: [two, two], changed: &[], traced: true };
        explore(Os::Linux, size, [18249, 39361, 739_842]);
    }
}
