//! One receipt a target, always, and whoever collects them sees the same.

use sigpost_engine::personality::{ALL, LINUX};
use sigpost_engine::{Activity, Counts, ProcessKey, Receipt, Signal, Verdict};

use crate::world::{OTHER, World};

/// A group in which every member fares differently.
fn motley(world: &mut World) {
    world.ignore("ignorer", Signal::TERM);
    world.catch("catcher", Signal::TERM);
    world.block("blocker", &[Signal::TERM]);
    world.user(OTHER, &["stranger"]);
    world.stopped("stopped");
    world.sleeps("diskwaiter", Activity::Uninterruptible);
    world.ended("dead");
}

const MEMBERS: [&str; 8] = ["plain", "ignorer", "catcher", "blocker", "stranger", "stopped", "diskwaiter", "dead"];

/// [S3.6] The sentence that the manual says cannot be had: who got it, and what came of it.
#[test]
fn every_target_of_a_group_send_has_its_receipt() {
    let mut world = World::with_job(&LINUX, &MEMBERS);
    motley(&mut world);
    let answer = world.killpg("sh", "plain", Signal::TERM);
    let expected = "0: plain terminates, ignorer ignores, catcher handles, blocker pends, stranger EPERM, \
                    stopped defers, diskwaiter defers, dead zombie";
    assert_eq!(answer, expected);
}

/// [S3.6] Under every personality, for a group and for everyone: each target once, in every way to send.
#[test]
fn no_target_is_without_a_receipt_and_none_has_two() {
    for rules in ALL {
        for everyone in [false, true] {
            for signal in [0, 15, 9, 19, 18] {
                let mut world = World::with_job(rules, &MEMBERS);
                motley(&mut world);
                let target = if everyone { -1 } else { -world.number("plain") };
                let mut named: Vec<ProcessKey> = Vec::new();
                let sender = world.key("sh");
                let _ = world.system.kill(sender, target, signal, &mut |receipt: Receipt| named.push(receipt.process));
                let given = named.len();
                named.sort_unstable();
                named.dedup();
                assert_eq!(given, named.len(), "nobody twice under {}", rules.name);
                let found = |name: &&str| named.contains(&world.key(name));
                let living = MEMBERS.iter().filter(|name| **name != "dead" && **name != "stranger");
                assert!(living.clone().all(found), "{signal} to {target} under {}", rules.name);
                // The dead are found where zombies are; a stranger is no target of kill(-1) under aixrt.
                assert_eq!(found(&"dead"), rules.zombie_is_found, "{}", rules.name);
                assert_eq!(found(&"stranger"), !(rules.name == "aixrt" && target == -1), "{}", rules.name);
            }
        }
    }
}

/// [S3.6] Counted, kept in a slice or taken one by one: the same receipts.
#[test]
fn counts_slices_and_closures_see_the_same_receipts() {
    let make = || {
        let mut world = World::with_job(&LINUX, &MEMBERS);
        motley(&mut world);
        let sender = world.key("sh");
        (world, sender)
    };
    let mut listed: Vec<Receipt> = Vec::new();
    let (mut world, sender) = make();
    let group = -world.number("plain");
    world.system.kill(sender, group, 15, &mut |receipt: Receipt| listed.push(receipt)).expect("some are reached");
    let mut kept = [None; 8];
    let (mut world, sender) = make();
    world.system.kill(sender, group, 15, &mut kept.iter_mut()).expect("some are reached");
    let mut counts = Counts::default();
    let (mut world, sender) = make();
    world.system.kill(sender, group, 15, &mut counts).expect("some are reached");
    assert!(listed.iter().copied().eq(kept.into_iter().flatten()));
    assert_eq!(counts.total(), 8);
    for verdict in Verdict::ALL {
        let listed = listed.iter().filter(|receipt| receipt.verdict == verdict).count();
        assert_eq!(usize::try_from(counts.of(verdict)).expect("few"), listed, "{verdict}");
    }
}

/// A receipt tells what was sent: the signal, or none for the null signal.
#[test]
fn a_receipt_names_the_signal() {
    let mut world = World::with_job(&LINUX, &["a"]);
    let (sender, number) = (world.key("sh"), world.number("a"));
    for (raw, expected) in [(0, None), (15, Some(Signal::TERM))] {
        let mut kept = [None; 1];
        world.system.kill(sender, number, raw, &mut kept.iter_mut()).expect("it may");
        assert_eq!(kept[0].expect("one target").signal, expected);
    }
}

/// A slice that is full keeps the first receipts; the send goes on.
#[test]
fn a_short_slice_keeps_the_first_receipts_and_the_send_is_whole() {
    let mut world = World::with_job(&LINUX, &["a", "b", "c"]);
    let (sender, group) = (world.key("sh"), world.number("a"));
    let mut kept = [None; 2];
    world.system.killpg(sender, group, 15, &mut kept.iter_mut()).expect("all are reached");
    assert_eq!(kept.map(|receipt| receipt.expect("filled").process), [world.key("a"), world.key("b")]);
    assert_eq!(world.run(), "a ends by TERM, b ends by TERM, c ends by TERM");
}
