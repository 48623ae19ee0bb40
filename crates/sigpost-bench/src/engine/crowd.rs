//! Sending to many: a group, in the order of creation and shuffled, and everyone.

use std::hint::black_box;

use sigpost_engine::personality::LINUX;
use sigpost_engine::{Action, ActionFlags, Counts, Disposition, Heap, ProcessKey, Signal, System, Tables, Verdict};

use crate::Size;
use crate::engine::clock::middle;
use crate::engine::live;
use crate::table::{Figure, Row, Target};

/// A system with a shell and a group of members that treat USR1 alike.
pub(crate) struct Crowd {
    pub(crate) system: System<Heap>,
    pub(crate) shell: ProcessKey,
    pub(crate) group: i32,
    members: u32,
}

/// In which order the members join the group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// As they were made.
    Creation,
    /// At random.
    Shuffled,
}

impl Crowd {
    pub(crate) fn of(members: u32, usr1: Disposition, order: Order) -> Result<Self, String> {
        let problem = |error: &dyn core::fmt::Display| format!("{members} processes: {error}");
        let entries = if matches!(usr1, Disposition::Catch(_)) { members as usize } else { 0 };
        let mut system = System::new(&LINUX, Tables::heap(entries + 64));
        let init = system.boot().map_err(|error| problem(&error))?;
        let shell = system.fork(init).map_err(|error| problem(&error))?;
        system.setsid(shell).map_err(|error| problem(&error))?;
        system.sigaction(shell, Signal::USR1, usr1).map_err(|error| problem(&error))?;
        let mut numbers = Vec::new();
        for _ in 0..members {
            let member = system.fork(shell).map_err(|error| problem(&error))?;
            numbers.extend(system.pid(member).map(sigpost_engine::Pid::get));
        }
        let group = numbers.first().copied().ok_or_else(|| problem(&"none"))?;
        if order == Order::Shuffled {
            shuffle(&mut numbers[1..]);
        }
        for number in numbers {
            system.setpgid(shell, number, group).map_err(|error| problem(&error))?;
        }
        while system.next_work().is_some() {}
        Ok(Self { system, shell, group, members })
    }

    /// Ten members make a group of their own; its number.
    pub(crate) fn leave_ten(&mut self) -> Result<i32, String> {
        let middle = self.group + i32::try_from(self.members / 2).unwrap_or_default();
        for number in middle..middle + 10 {
            self.system.setpgid(self.shell, number, middle).map_err(|error| error.to_string())?;
        }
        Ok(middle)
    }

    /// Nanoseconds a member that one send to the group takes, receipts counted by verdict.
    pub(crate) fn send(&mut self, wanted: Verdict) -> Result<f64, String> {
        // As many sends as make the time long enough to be read off a clock.
        let sends = (20_000 / self.members).max(1);
        let mut counts = Counts::default();
        let start = std::time::Instant::now();
        for _ in 0..if wanted == Verdict::Handles { 1 } else { sends } {
            counts = Counts::default();
            let sent = self.system.kill(self.shell, -self.group, Signal::USR1.number().into(), &mut counts);
            sent.map_err(|error| error.to_string())?;
        }
        let spent = start.elapsed().as_secs_f64() * 1e9;
        let sends = if wanted == Verdict::Handles { 1 } else { sends };
        if black_box(&counts).of(wanted) == self.members {
            Ok(spent / f64::from(sends) / f64::from(self.members))
        } else {
            Err(format!("not every member {wanted}"))
        }
    }
}

/// So many sends to a member each of a group of a thousand, without a clock.
pub(crate) fn count(calls: u32) -> Result<(), String> {
    let mut crowd = Crowd::of(1_000, Disposition::Ignore, Order::Creation)?;
    for _ in 0..calls / 1_000 {
        let mut counts = Counts::default();
        let sent = crowd.system.kill(crowd.shell, -crowd.group, Signal::USR1.number().into(), &mut counts);
        sent.map_err(|error| error.to_string())?;
        black_box(counts);
    }
    Ok(())
}

/// Fisher and Yates; the same every time.
fn shuffle(numbers: &mut [i32]) {
    let mut random = 0x9E37_79B9_7F4A_7C15_u64;
    for last in (1..numbers.len()).rev() {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let other = usize::try_from(random >> 33).unwrap_or_default() % (last + 1);
        numbers.swap(last, other);
    }
}

pub(crate) fn caught() -> Disposition {
    Disposition::Catch(Action { flags: ActionFlags::NODEFER, ..Action::default() })
}

/// The rows.
pub(crate) fn rows(size: Size) -> Vec<Row> {
    let sizes: &[u32] = if size == Size::Full { &[10, 1_000, 100_000, 1_000_000] } else { &[10] };
    let mut rows = Vec::new();
    for &members in sizes {
        for order in [Order::Creation, Order::Shuffled] {
            rows.push(ignoring(members, order, size).unwrap_or_else(|cause| Row::broken("a group's member", cause)));
        }
        rows.push(
            handling(members, size).unwrap_or_else(|cause| Row::broken("a group's member that catches it", cause)),
        );
    }
    rows.push(everyone(size).unwrap_or_else(|cause| Row::broken("kill(-1), a process", cause)));
    rows
}

/// Members that ignore the signal: the work that can be repeated, and asked of a running kernel.
fn ignoring(members: u32, order: Order, size: Size) -> Result<Row, String> {
    let mut crowd = Crowd::of(members, Disposition::Ignore, order)?;
    let how = if order == Order::Shuffled { "shuffled" } else { "in order" };
    let work = format!("a group's member, {members} that ignore it, {how}");
    let rounds = if size == Size::Full { 41 } else { 1 };
    let figures: Result<Vec<f64>, String> = (0..rounds).map(|_| crowd.send(Verdict::Ignores)).collect();
    let ours = Figure::nanoseconds(middle(figures?));
    let target = match order {
        Order::Creation if members > 1_000 => Target::AtMost(Figure::nanoseconds(15.0)),
        Order::Creation => Target::AtMost(Figure::nanoseconds(8.0)),
        Order::Shuffled => Target::Ratio(0.25),
    };
    if members > live::MOST {
        let target = if order == Order::Shuffled { Target::Told } else { target };
        return Ok(Row::alone(work, ours, target));
    }
    Ok(match live::group_member(members, rounds) {
        Ok(theirs) => Row::beside(work, ours, &live::name(), Figure::nanoseconds(theirs), target),
        Err(why) => Row::alone(format!("{work} (no kernel to compare with: {why})"), ours, target),
    })
}

/// Members that catch the signal: each gets an entry of the queue, and is listed as work. A fresh copy of the system
/// each time, made before the clock starts.
fn handling(members: u32, size: Size) -> Result<Row, String> {
    let crowd = Crowd::of(members, caught(), Order::Creation)?;
    let rounds = match (size, members) {
        (Size::Smoke, _) => 1,
        (Size::Full, ..1_000) => 4_001,
        (Size::Full, ..100_000) => 201,
        (Size::Full, _) => 9,
    };
    let mut figures = Vec::new();
    for _ in 0..rounds {
        let Crowd { shell, group, members, .. } = crowd;
        let mut copy = Crowd { system: crowd.system.clone(), shell, group, members };
        figures.push(copy.send(Verdict::Handles)?);
    }
    let target = Target::AtMost(Figure::nanoseconds(if members > 1_000 { 15.0 } else { 8.0 }));
    let work = format!("a group's member, {members} that catch it (queued, listed as work)");
    Ok(Row::alone(work, Figure::nanoseconds(middle(figures)), target))
}

/// kill(-1) over everyone there is.
fn everyone(size: Size) -> Result<Row, String> {
    let (members, rounds) = if size == Size::Full { (1_000_000, 21) } else { (10, 1) };
    let mut crowd = Crowd::of(members, Disposition::Ignore, Order::Creation)?;
    let mut figures = Vec::new();
    for _ in 0..rounds {
        let mut counts = Counts::default();
        let start = std::time::Instant::now();
        let sent = crowd.system.kill(crowd.shell, -1, Signal::USR1.number().into(), &mut counts);
        let elapsed = start.elapsed().as_secs_f64() * 1e9;
        sent.map_err(|error| error.to_string())?;
        figures.push(elapsed / f64::from(counts.total()));
    }
    let work = format!("kill(-1), a process of {members}");
    Ok(Row::alone(work, Figure::nanoseconds(middle(figures)), Target::AtMost(Figure::nanoseconds(15.0))))
}
