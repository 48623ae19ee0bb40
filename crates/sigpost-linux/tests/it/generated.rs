//! The kernel's own records of signals. Groups are signalled inside a private PID namespace; one group whose leader
//! is our own child, outside, where the records' numbers are ours.

mod format;

use core::time::Duration;
use std::collections::HashSet;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use rustix::mount::MountFlags;
use rustix::process::{Resource, Rlimit, setrlimit};
use sigpost_engine::{GroupId, Signal, Verdict};
use sigpost_linux::generated::{Fate, Generated, OwnStream, Records, SystemStream};
use sigpost_linux::send::{Addressee, Order, send};
use sigpost_linux::{Evidence, Group, Outcome, Process, Receipt};
use sigpost_sys::credentials::{drop_kill_capability, drop_to};
use sigpost_sys::fork::{fork_run, say};
use sigpost_sys::namespace::assert_inside;
use sigpost_sys::sigaction::{self, Action};

use crate::arena::{inside, inside_with_users};
use crate::puppet::{Puppet, block, group_of, join, log};

/// Held by tests that make tens of thousands of records, and by the one that reads everybody's: the rings of the CPUs have
/// room for ten thousand each, which is ten milliseconds' worth if their reader is kept from its processor.
static MANY_RECORDS: Mutex<()> = Mutex::new(());

/// In a mount namespace of our own: make tracefs seen, where it is not. Without the right to, it stays unseen.
fn mount_tracefs() {
    const PLACE: &str = "/sys/kernel/tracing";
    if !Path::new(PLACE).join("events").exists() {
        let _ = rustix::mount::mount("tracefs", PLACE, "tracefs", MountFlags::NOSUID | MountFlags::NODEV, None);
    }
}

/// The stream; `None`, and said, where the machine does not let this user have it.
fn stream(targets: usize) -> Option<OwnStream> {
    mount_tracefs();
    match OwnStream::open(targets) {
        Ok(stream) => Some(stream),
        Err(missing) => {
            assert!(["tracefs", "CAP_PERFMON"].iter().any(|what| missing.reason.contains(what)), "{missing}");
            say(&format!("skipped: {missing}"));
            None
        }
    }
}

/// In a child: a command name of its own, by which the records are told apart.
fn name(name: &str) {
    std::fs::write("/proc/self/comm", name).unwrap();
}

/// A puppet of this name in the group, or leading its own.
fn member(called: &str, group: Option<GroupId>, setup: impl FnOnce()) -> Puppet {
    Puppet::start(|| {
        name(called);
        join(group);
        setup();
    })
}

fn ignore(signal: Signal) {
    sigaction::set(i32::from(signal.number()), Action::Ignore).unwrap();
}

fn count(recorded: &Records, name: &str, fate: Fate) -> usize {
    let of_it = |record: &&Generated| record.comm.as_bytes() == name.as_bytes() && record.fate == fate;
    recorded.records.iter().filter(of_it).count()
}

fn order(signal: Signal) -> Order {
    Order { signal: Some(signal), ..Order::default() }
}

fn of<'a>(receipts: &'a [Receipt], puppet: &Puppet) -> &'a Receipt {
    receipts.iter().find(|receipt| receipt.pid == puppet.pid()).unwrap()
}

/// Without room for information: realtime signals lose theirs.
fn queue_nothing() {
    setrlimit(Resource::Sigpending, Rlimit { current: Some(0), maximum: Some(0) }).unwrap();
}

/// 40 that handle USR1, 30 that ignore it, 29 that block it, and one that blocks RTMIN and has no queue.
struct Crowd {
    group: GroupId,
    handlers: Vec<Puppet>,
    _others: Vec<Puppet>,
}

impl Crowd {
    const SIZE: usize = 100;

    fn start() -> Self {
        let catch = || log(&[Signal::USR1]);
        let leader = member("handler", None, catch);
        let group = group_of(&leader);
        let join = Some(group);
        let more = (1..40).map(|_| member("handler", join, catch));
        let handlers: Vec<Puppet> = core::iter::once(leader).chain(more).collect();
        let ignorers = (0..30).map(|_| member("ignorer", join, || ignore(Signal::USR1)));
        let blockers = (0..29).map(|_| member("blocker", join, || block(&[Signal::USR1, Signal::RTMIN])));
        let mut others: Vec<Puppet> = ignorers.chain(blockers).collect();
        others.push(member("poor", join, || {
            block(&[Signal::RTMIN]);
            ignore(Signal::USR1);
            queue_nothing();
        }));
        Self { group, handlers, _others: others }
    }

    /// Sends, waits until every handler has run, and checks that each member has one record.
    fn send(&self, stream: &mut OwnStream, signal: Signal) -> Records {
        assert_inside();
        let group = Group::open(self.group).unwrap();
        let (sent, recorded) = stream.during(|| group.send(signal, &[]));
        sent.unwrap();
        if signal == Signal::USR1 {
            for handler in &self.handlers {
                assert_eq!(handler.caught().signal, 10);
            }
        }
        let targets: HashSet<_> = recorded.records.iter().map(|record| record.pid).collect();
        assert_eq!((recorded.records.len(), targets.len(), recorded.lost), (Self::SIZE, Self::SIZE, 0));
        assert!(recorded.records.iter().all(|record| (record.signal, record.code, record.group) == (signal, 0, true)));
        recorded
    }
}

/// \[S3.6\]
#[test]
fn a_group_send_leaves_one_record_a_member_and_each_tells_its_fate() {
    inside(|| {
        let Some(mut stream) = stream(Crowd::SIZE) else { return };
        let crowd = Crowd::start();
        let first = crowd.send(&mut stream, Signal::USR1);
        assert_eq!(count(&first, "handler", Fate::Delivered), 40);
        assert_eq!(count(&first, "ignorer", Fate::Ignored), 30);
        assert_eq!(count(&first, "blocker", Fate::Delivered), 29);
        let second = crowd.send(&mut stream, Signal::USR1);
        assert_eq!(count(&second, "handler", Fate::Delivered), 40);
        assert_eq!(count(&second, "blocker", Fate::AlreadyPending), 29);
    });
}

#[test]
fn a_realtime_signal_over_the_queue_limit_is_recorded_as_without_its_information() {
    inside(|| {
        let Some(mut stream) = stream(2) else { return };
        let rich = member("rich", None, || block(&[Signal::RTMIN]));
        let poor = member("poor", Some(group_of(&rich)), || {
            block(&[Signal::RTMIN]);
            queue_nothing();
        });
        assert_inside();
        let group = Group::open(group_of(&rich)).unwrap();
        let (sent, recorded) = stream.during(|| group.send(Signal::RTMIN, &[]));
        sent.unwrap();
        assert_eq!(count(&recorded, "rich", Fate::Delivered), 1);
        assert_eq!(count(&recorded, "poor", Fate::InfoLost), 1);
        let refused = stream.during(|| poor.open().send_value(Signal::RTMIN, 7));
        assert!(refused.0.is_err());
        assert_eq!(count(&refused.1, "poor", Fate::Overflow), 1);
    });
}

#[test]
fn a_ring_that_is_too_small_says_how_many_records_it_lost() {
    let _mine = MANY_RECORDS.lock().unwrap_or_else(PoisonError::into_inner);
    inside(|| {
        let Some(mut stream) = stream(1) else { return };
        let sends = 5000;
        let ignorer = member("ignorer", None, || ignore(Signal::USR1));
        let process = ignorer.open();
        let ((), recorded) = stream.during(|| (0..sends).for_each(|_| process.send(Signal::USR1).unwrap()));
        assert!(recorded.lost > 0);
        assert_eq!(recorded.records.len() as u64 + recorded.lost, sends);
        let (sent, recorded) = stream.during(|| process.send(Signal::USR1));
        assert_eq!((sent, recorded.records.len(), recorded.lost), (Ok(()), 1, 0));
    });
}

/// \[S3.6\]
#[test]
fn receipts_of_a_group_are_confirmed_by_the_kernels_records() {
    inside(|| {
        if stream(1).is_none() {
            return;
        }
        let handler = member("handler", None, || log(&[Signal::USR1]));
        let group = Some(group_of(&handler));
        let ignorer = member("ignorer", group, || ignore(Signal::USR1));
        let blocker = member("blocker", group, || block(&[Signal::USR1]));
        let addressee = [Addressee::Group(Group::open(group_of(&handler)).unwrap())];
        assert_inside();
        let told = |receipts: &[Receipt]| {
            [&handler, &ignorer, &blocker].map(|puppet| {
                let receipt = of(receipts, puppet);
                assert_eq!((receipt.evidence, receipt.sent), (Evidence::Confirmed, true), "{receipt:?}");
                (receipt.outcome.word(), receipt.kernel.unwrap().word())
            })
        };
        let first = send(&addressee, &order(Signal::USR1)).unwrap();
        assert_eq!(told(&first), [("handles", "delivered"), ("ignores", "ignored"), ("pends", "delivered")]);
        assert_eq!(handler.caught().signal, 10);
        let second = send(&addressee, &order(Signal::USR1)).unwrap();
        assert_eq!(told(&second), [("handles", "delivered"), ("ignores", "ignored"), ("merges", "already_pending")]);
    });
}

#[test]
fn namesakes_of_different_fates_stay_predicted_inside_a_namespace() {
    inside(|| {
        if stream(1).is_none() {
            return;
        }
        let handler = member("twin", None, || log(&[Signal::USR1]));
        let ignorer = member("twin", Some(group_of(&handler)), || ignore(Signal::USR1));
        assert_inside();
        let group = Addressee::Group(Group::open(group_of(&handler)).unwrap());
        let receipts = send(&[group], &order(Signal::USR1)).unwrap();
        for puppet in [&handler, &ignorer] {
            let receipt = of(&receipts, puppet);
            assert_eq!((receipt.evidence, receipt.kernel), (Evidence::Predicted, None));
        }
    });
}

/// Outside of any namespace of our own the records name their targets. The group's leader is our own child, which
/// made the group, and is held.
#[test]
fn in_the_first_namespace_namesakes_are_told_apart_by_their_numbers() {
    const FIRST: u64 = 0xEFFF_FFFC;
    if rustix::fs::stat("/proc/self/ns/pid").map(|namespace| namespace.st_ino) != Ok(FIRST) {
        return say("skipped: this is not the first PID namespace");
    }
    if let Err(missing) = OwnStream::open(1) {
        return say(&format!("skipped: {missing}"));
    }
    let handler = member("twin", None, || log(&[Signal::USR1]));
    let ignorer = member("twin", Some(group_of(&handler)), || ignore(Signal::USR1));
    let group = Group::open(group_of(&handler)).unwrap();
    assert_eq!(group.leader().map(Process::pid), Some(handler.pid()));
    let receipts = send(&[Addressee::Group(group)], &order(Signal::USR1)).unwrap();
    assert_eq!(receipts.len(), 2);
    for (puppet, fate) in [(&handler, Fate::Delivered), (&ignorer, Fate::Ignored)] {
        let receipt = of(&receipts, puppet);
        assert_eq!((receipt.evidence, receipt.kernel), (Evidence::Confirmed, Some(fate)));
    }
    assert_eq!(handler.caught().signal, 10);
}

#[test]
fn a_member_that_refuses_has_no_record_and_is_found_by_the_null_signal() {
    inside_with_users(|| {
        if stream(1).is_none() {
            return;
        }
        let mine = member("mine", None, || log(&[Signal::USR1]));
        let other = member("other", Some(group_of(&mine)), || drop_to(3000, 3000).unwrap());
        let sender = fork_run(|| {
            drop_kill_capability().unwrap();
            assert_inside();
            let group = Addressee::Group(Group::open(group_of(&mine)).unwrap());
            let receipts = send(&[group], &order(Signal::USR1)).unwrap();
            let (mine, other) = (of(&receipts, &mine), of(&receipts, &other));
            assert_eq!((mine.kernel, mine.evidence), (Some(Fate::Delivered), Evidence::Confirmed));
            assert_eq!((other.kernel, other.evidence, other.sent), (None, Evidence::Confirmed, false));
            assert_eq!(other.outcome, Outcome::Verdict(Verdict::Refused));
            0
        });
        assert_eq!(sender.unwrap().wait().unwrap().code(), Some(0));
    });
}

#[test]
fn an_ordinary_user_is_told_what_is_missing() {
    inside_with_users(|| {
        mount_tracefs();
        let user = fork_run(|| {
            drop_to(65534, 65534).unwrap();
            let missing = OwnStream::open(1).unwrap_err();
            say(&format!("as user 65534: {missing}"));
            assert!(missing.reason.contains("tracefs"), "{missing}");
            assert_eq!(SystemStream::open().unwrap_err(), missing);
            0
        });
        assert_eq!(user.unwrap().wait().unwrap().code(), Some(0));
    });
}

#[test]
fn the_streams_of_all_cpus_show_others_signals_in_the_order_of_time() {
    let _mine = MANY_RECORDS.lock().unwrap_or_else(PoisonError::into_inner);
    inside(|| {
        if stream(1).is_none() {
            return;
        }
        let mut everything = SystemStream::open().unwrap();
        let target = member("zq7target", None, || log(&[Signal::USR1, Signal::USR2]));
        let sender = fork_run(|| {
            for signal in [Signal::USR1, Signal::USR2, Signal::WINCH] {
                target.open().send(signal).unwrap();
            }
            0
        });
        sender.unwrap().wait().unwrap();
        let mut seen = Vec::new();
        everything.drain(|record| seen.push(record));
        assert_eq!(everything.lost(), 0);
        assert!(seen.is_sorted_by_key(|record| record.time));
        seen.retain(|record| record.comm.as_bytes() == b"zq7target");
        let told: Vec<_> = seen.iter().map(|record| (record.signal, record.fate)).collect();
        let (delivered, ignored) = (Fate::Delivered, Fate::Ignored);
        assert_eq!(told, [(Signal::USR1, delivered), (Signal::USR2, delivered), (Signal::WINCH, ignored)]);
        assert_eq!(seen[0].sender, seen[2].sender);
    });
}

/// Printed, not asserted: what a record costs a target.
#[test]
fn what_the_records_cost_is_measured() {
    let _mine = MANY_RECORDS.lock().unwrap_or_else(PoisonError::into_inner);
    inside(|| {
        mount_tracefs();
        // First the crowd: a child that had the stream open too would leave the closing of it to its own end.
        let crowd = Crowd::start();
        let opening = Instant::now();
        let Some(mut stream) = stream(Crowd::SIZE) else { return };
        let opened = opening.elapsed();
        let group = Group::open(crowd.group).unwrap();
        assert_inside();
        let rounds = 200;
        let median = |mut send: Box<dyn FnMut() + '_>| {
            let mut times: Vec<Duration> = (0..rounds)
                .map(|_| {
                    let start = Instant::now();
                    send();
                    start.elapsed()
                })
                .collect();
            times.sort();
            times[rounds / 2].as_nanos() / Crowd::SIZE as u128
        };
        let without = median(Box::new(|| group.send(Signal::WINCH, &[]).map(drop).unwrap()));
        let with = median(Box::new(|| drop(stream.during(|| group.send(Signal::WINCH, &[])).1)));
        let closing = Instant::now();
        drop(stream);
        let (members, closed) = (Crowd::SIZE, closing.elapsed());
        say(&format!(
            "a group of {members}: {without} ns a target, {with} ns with records and reading them; \
             opened in {opened:?}, closed in {closed:?}"
        ));
    });
}
