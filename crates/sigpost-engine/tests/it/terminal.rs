//! The controlling terminal: who is in front, what its keys send, what background callers get, and the hang-up.

use sigpost_engine::{Activity, Receipt, Signal, TerminalAccess, TerminalError, TerminalKey, personality::LINUX};

use crate::world::World;

/// A shell with a terminal in front of it, and a job of two behind.
fn shell_and_job() -> World {
    let mut world = World::with_job(&LINUX, &["a", "b"]);
    world.system.set_terminal(world.key("sh"), true).unwrap();
    world.check();
    world
}

fn read(world: &mut World, name: &str) -> Result<TerminalAccess, TerminalError> {
    let outcome = world.system.terminal_read(world.thread(name));
    world.check();
    outcome
}

fn write(world: &mut World, name: &str) -> Result<TerminalAccess, TerminalError> {
    let outcome = world.system.terminal_write(world.thread(name));
    world.check();
    outcome
}

fn to_front(world: &mut World, caller: &str, group: i32) -> Result<TerminalAccess, TerminalError> {
    let outcome = world.system.tcsetpgrp(world.thread(caller), group);
    world.check();
    outcome
}

fn key(world: &mut World, key: TerminalKey) -> Vec<String> {
    let session = world.system.session(world.key("sh")).unwrap();
    let mut verdicts = Vec::new();
    let mut note = |receipt: Receipt| verdicts.push(receipt.verdict.to_string());
    world.system.terminal_key(session, key, &mut note).unwrap();
    world.check();
    verdicts
}

fn hangup(world: &mut World) {
    let session = world.system.session(world.key("sh")).unwrap();
    world.system.terminal_hangup(session, &mut ()).unwrap();
    world.check();
}

#[test]
fn keys_reach_the_group_in_front_and_nobody_else() {
    let mut world = shell_and_job();
    world.catch("sh", Signal::INT);
    assert_eq!(key(&mut world, TerminalKey::Interrupt), ["handles"]);
    let job = world.number("a");
    assert_eq!(to_front(&mut world, "sh", job), Ok(TerminalAccess::Granted));
    assert_eq!(key(&mut world, TerminalKey::Suspend), ["stops", "stops"]);
    assert_eq!(world.run(), "sh runs INT, a stops, b stops");
    assert_eq!(key(&mut world, TerminalKey::Quit), ["defers", "defers"]);
}

#[test]
fn a_background_reader_is_stopped_with_its_group_and_a_front_one_reads() {
    let mut world = shell_and_job();
    assert_eq!(read(&mut world, "sh"), Ok(TerminalAccess::Granted));
    assert_eq!(read(&mut world, "a"), Ok(TerminalAccess::Signalled(Signal::TTIN)));
    assert_eq!(world.run(), "a stops, b stops");
    assert!(world.is_stopped("a") && world.is_stopped("b") && !world.is_stopped("sh"));
}

#[test]
fn a_background_reader_that_cannot_be_stopped_gets_an_error_and_a_writer_writes() {
    let mut world = shell_and_job();
    world.ignore("a", Signal::TTIN);
    world.block("b", &[Signal::TTOU, Signal::TTIN]);
    assert_eq!(read(&mut world, "a"), Err(TerminalError::Behind));
    assert_eq!(read(&mut world, "b"), Err(TerminalError::Behind));
    assert_eq!(write(&mut world, "b"), Ok(TerminalAccess::Granted));
    assert_eq!(write(&mut world, "a"), Ok(TerminalAccess::Signalled(Signal::TTOU)));
    assert_eq!(world.run(), "a stops");
}

#[test]
fn an_orphaned_background_group_gets_errors_instead_of_stops() {
    let mut world = shell_and_job();
    let session = world.system.session(world.key("sh")).unwrap();
    world.fork("a", "c");
    let c = world.number("c");
    world.system.setpgid(world.key("c"), 0, c).unwrap();
    world.ended("a");
    world.check();
    assert!(world.system.is_orphaned(world.system.group(world.key("c")).unwrap()));
    assert_eq!(read(&mut world, "c"), Err(TerminalError::Behind));
    assert_eq!(write(&mut world, "c"), Err(TerminalError::Behind));
    assert_eq!(to_front(&mut world, "c", c), Err(TerminalError::NoTerminal), "the call's own error");
    world.ignore("c", Signal::TTOU);
    assert_eq!(to_front(&mut world, "c", c), Ok(TerminalAccess::Granted));
    assert_eq!(world.system.session_id(session).unwrap().get(), 100);
}

#[test]
fn a_background_caller_of_tcsetpgrp_is_stopped_before_anything_changes() {
    let mut world = shell_and_job();
    let job = world.number("a");
    assert_eq!(to_front(&mut world, "a", job), Ok(TerminalAccess::Signalled(Signal::TTOU)));
    assert_eq!(world.run(), "a stops, b stops");
    assert_eq!(world.system.foreground(world.key("sh")), world.system.group(world.key("sh")));
}

#[test]
fn tcsetpgrp_names_each_mistake() {
    let mut world = shell_and_job();
    world.place("init", "far", 300, 300, 300);
    assert_eq!(to_front(&mut world, "far", 300), Err(TerminalError::NoTerminal));
    assert_eq!(to_front(&mut world, "sh", -5), Err(TerminalError::NegativeGroup));
    assert_eq!(to_front(&mut world, "sh", 4711), Err(TerminalError::NoSuchGroup));
    assert_eq!(to_front(&mut world, "sh", 300), Err(TerminalError::OtherSession));
}

#[test]
fn a_process_put_in_front_before_it_makes_its_group_is_in_front_when_it_has() {
    let mut world = shell_and_job();
    let b = world.number("b");
    assert_eq!(to_front(&mut world, "sh", b), Ok(TerminalAccess::Granted));
    assert_eq!(world.system.foreground(world.key("sh")), None);
    assert_eq!(key(&mut world, TerminalKey::Interrupt), [""; 0]);
    world.system.setpgid(world.key("sh"), b, b).unwrap();
    world.check();
    assert_eq!(key(&mut world, TerminalKey::Interrupt), ["terminates"]);
}

#[test]
fn a_hangup_tells_the_leader_and_its_end_then_tells_those_who_were_in_front() {
    let mut world = shell_and_job();
    let job = world.number("a");
    to_front(&mut world, "sh", job).unwrap();
    hangup(&mut world);
    assert!(!world.system.has_terminal(world.key("a")));
    assert_eq!(world.run(), "sh ends by HUP, a ends by HUP, b ends by HUP");
}

#[test]
fn a_leader_that_survives_the_hangup_keeps_its_job_alive() {
    let mut world = shell_and_job();
    world.catch("sh", Signal::HUP);
    hangup(&mut world);
    assert_eq!(world.run(), "sh runs HUP");
    assert!(world.lives("a") && world.lives("b"));
    assert_eq!(read(&mut world, "sh"), Err(TerminalError::NoTerminal));
}

#[test]
fn the_end_of_the_leader_hangs_up_the_group_in_front() {
    let mut world = shell_and_job();
    let job = world.number("a");
    to_front(&mut world, "sh", job).unwrap();
    world.ignore("b", Signal::HUP);
    world.sleeps("a", Activity::Interruptible);
    world.ended("sh");
    assert_eq!(world.run(), "a ends by HUP");
    assert!(world.lives("b") && !world.system.has_terminal(world.key("b")));
}

#[test]
fn those_who_were_in_front_when_the_line_was_lost_are_continued_when_the_leader_ends() {
    let mut world = shell_and_job();
    let job = world.number("a");
    to_front(&mut world, "sh", job).unwrap();
    world.catch("sh", Signal::HUP);
    world.ignore("a", Signal::HUP);
    world.stopped("a");
    hangup(&mut world);
    world.run();
    assert!(world.is_stopped("a"));
    // Somebody still looks after the group: it is not orphaned, which would continue it, too.
    world.place("init", "elder", 90, 90, 100);
    world.place("elder", "kid", 91, job, 100);
    world.ignore("kid", Signal::HUP);
    world.ended("sh");
    assert!(!world.system.is_orphaned(world.system.group(world.key("a")).unwrap()));
    assert!(!world.is_stopped("a"));
}

#[test]
fn who_was_put_in_front_and_ended_leaves_nothing_to_those_who_get_its_number() {
    let mut world = shell_and_job();
    let b = world.number("b");
    assert_eq!(to_front(&mut world, "sh", b), Ok(TerminalAccess::Granted));
    world.ended("b");
    world.run();
    world.system.reap(world.key("b")).unwrap();
    let next = world.system.fork_as(world.thread("sh"), sigpost_engine::Pid::new(b)).unwrap();
    world.system.setpgid(world.key("sh"), b, b).unwrap();
    world.check();
    assert_eq!(world.system.foreground(world.key("sh")), None);
    assert_eq!(key(&mut world, TerminalKey::Interrupt), [""; 0]);
    assert!(world.system.process(next).is_some_and(|process| process.life().is_alive()));
}

#[test]
fn a_group_that_goes_is_in_front_no_more() {
    let mut world = shell_and_job();
    let job = world.number("a");
    to_front(&mut world, "sh", job).unwrap();
    assert!(world.system.foreground(world.key("sh")).is_some());
    for name in ["a", "b"] {
        world.ended(name);
        world.system.reap(world.key(name)).unwrap();
        world.check();
    }
    assert_eq!(world.system.foreground(world.key("sh")), None);
    assert_eq!(key(&mut world, TerminalKey::Interrupt), [""; 0]);
}
