//! Numbers are given out again; keys are not.

use sigpost_engine::personality::{ALL, LINUX};
use sigpost_engine::{Gone, KillError, Pid, Signal, Verdict};

use crate::world::World;

/// [S1.10] The number leads to the new process, the key to nobody.
#[test]
fn a_key_never_means_the_process_that_got_the_number_afterwards() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a", "b"]);
        let (old, number) = (world.key("b"), world.number("b"));
        world.ended("b");
        world.system.reap(old).expect("it has ended");
        let (parent, wanted) = (world.thread("sh"), Pid::new(number));
        let new = world.system.fork_as(parent, wanted).expect("the number is free again");
        assert_ne!(new, old);
        assert_eq!(world.system.psignal(old, Signal::KILL, &mut ()), Err(Gone), "{}", rules.name);
        assert_eq!(world.system.kill(old, number, 9, &mut ()), Err(KillError::NoSuchTarget), "nor may the dead send");
        assert_eq!(world.system.pid(old), None);
        assert!(world.system.process(new).is_some_and(|process| process.life().is_alive()));
        assert_eq!(world.run(), "");
    }
}

/// [S1.10] A group's number does not go to a process while somebody is in the group.
#[test]
fn a_number_is_not_given_out_while_a_group_has_it() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a", "b"]);
        let number = world.number("a");
        let (leader, parent) = (world.key("a"), world.thread("sh"));
        world.ended("a");
        world.system.reap(leader).expect("it has ended");
        let taken = world.system.fork_as(parent, Pid::new(number));
        assert_eq!(taken, Err(sigpost_engine::ForkError::NumberInUse), "{}", rules.name);
        assert_eq!(world.kill("sh", &number.to_string(), 0), "ESRCH", "the number is a group's alone");
        world.ended("b");
        world.system.reap(world.key("b")).expect("it has ended");
        assert!(world.system.fork_as(parent, Pid::new(number)).is_ok());
    }
}

/// [S1.11] To ask whether the key's process is there and to send to it is one call, with one answer.
#[test]
fn a_send_by_key_finds_its_process_or_says_that_it_is_gone() {
    let mut world = World::with_job(&LINUX, &["a"]);
    let key = world.key("a");
    world.ended("a");
    assert_eq!(world.system.psignal(key, Signal::TERM, &mut ()), Ok(Verdict::Zombie), "ended, not yet reaped");
    world.system.reap(key).expect("it has ended");
    let mut receipts = 0;
    let answer = world.system.psignal(key, Signal::TERM, &mut |_: sigpost_engine::Receipt| receipts += 1);
    assert_eq!((answer, receipts), (Err(Gone), 0));
    world.check();
}
