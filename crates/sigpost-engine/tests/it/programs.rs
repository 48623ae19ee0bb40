//! vfork, shared dispositions, and new programs of processes with several threads.

use sigpost_engine::{
    Action, ActionFlags, Activity, Disposition, ExitStatus, ProcessKey, Signal, SignalSet,
    personality::{FREEBSD, LINUX},
};

use crate::world::World;

fn vfork(world: &mut World, parent: &str) -> ProcessKey {
    let child = world.system.vfork(world.thread(parent), None).unwrap();
    world.check();
    child
}

fn exec(world: &mut World, process: ProcessKey) {
    world.system.exec(world.system.main_thread(process).unwrap()).unwrap();
    world.check();
}

#[test]
fn a_vfork_parent_sleeps_until_its_child_execs() {
    let mut world = World::with_job(&LINUX, &["a"]);
    let child = vfork(&mut world, "a");
    assert_eq!(world.activity("a"), Activity::Killable);
    world.catch("a", Signal::USR1);
    assert_eq!(world.psignal("a", Signal::USR1), "defers");
    assert_eq!(world.activity("a"), Activity::Killable);
    exec(&mut world, child);
    assert_eq!(world.activity("a"), Activity::Running);
}

#[test]
fn a_vfork_parent_sleeps_until_its_child_ends() {
    let mut world = World::with_job(&LINUX, &["a"]);
    let child = vfork(&mut world, "a");
    world.system.exit(child, 0).unwrap();
    world.check();
    assert_eq!(world.activity("a"), Activity::Running);
}

#[test]
fn a_vfork_parent_can_be_ended_and_its_child_then_wakes_nobody() {
    let mut world = World::with_job(&LINUX, &["a"]);
    let child = vfork(&mut world, "a");
    assert_eq!(world.psignal("a", Signal::TERM), "terminates");
    assert_eq!(world.run(), "a ends by TERM");
    world.system.reap(world.key("a")).unwrap();
    exec(&mut world, child);
    assert_eq!(world.run(), "");
}

#[test]
fn only_linux_stops_the_child_that_a_vfork_parent_waits_for() {
    for (rules, verdict) in [(&LINUX, "stops"), (&FREEBSD, "ignores")] {
        let mut world = World::with_job(rules, &["a"]);
        let child = vfork(&mut world, "a");
        let told = world.system.psignal(child, Signal::TSTP, &mut ()).unwrap();
        assert_eq!(told.to_string(), verdict);
        world.check();
    }
}

fn sharers() -> (World, ProcessKey) {
    let mut world = World::with_job(&LINUX, &["a"]);
    world.catch("a", Signal::USR1);
    let sharer = world.system.fork_sharing(world.thread("a"), None).unwrap();
    world.check();
    (world, sharer)
}

fn set(world: &mut World, process: ProcessKey, signal: Signal, to: Disposition) {
    world.system.sigaction(process, signal, to).unwrap();
    world.check();
}

fn catching(handler: u64) -> Disposition {
    Disposition::Catch(Action { handler, ..Action::default() })
}

#[test]
fn what_one_sharer_sets_all_have() {
    let (mut world, sharer) = sharers();
    let a = world.key("a");
    let third = world.system.fork_sharing(world.system.main_thread(sharer).unwrap(), None).unwrap();
    let plain = world.system.fork(a).unwrap();
    set(&mut world, sharer, Signal::USR2, catching(7));
    set(&mut world, a, Signal::HUP, Disposition::Ignore);
    for process in [a, sharer, third] {
        assert_eq!(world.system.disposition(process, Signal::USR2), Some(catching(7)));
        assert_eq!(world.system.disposition(process, Signal::HUP), Some(Disposition::Ignore));
    }
    assert_eq!(world.system.disposition(plain, Signal::USR2), Some(Disposition::Default));
    assert!(world.system.share_handlers(a, third) && !world.system.share_handlers(a, plain));
}

#[test]
fn a_handler_that_runs_once_runs_once_for_all_that_share_it() {
    let (mut world, sharer) = sharers();
    let once = Action { flags: ActionFlags::RESETHAND, ..Action::default() };
    set(&mut world, sharer, Signal::USR1, Disposition::Catch(once));
    world.psignal("a", Signal::USR1);
    assert_eq!(world.run(), "a runs USR1");
    assert_eq!(world.system.disposition(sharer, Signal::USR1), Some(Disposition::Default));
}

#[test]
fn exec_and_the_end_leave_the_others_what_they_had() {
    let (mut world, sharer) = sharers();
    let a = world.key("a");
    let third = world.system.fork_sharing(world.thread("a"), None).unwrap();
    exec(&mut world, sharer);
    assert_eq!(world.system.disposition(sharer, Signal::USR1), Some(Disposition::Default));
    set(&mut world, sharer, Signal::USR2, Disposition::Ignore);
    assert_eq!(world.system.disposition(a, Signal::USR2), Some(Disposition::Default));
    world.system.exit(third, 0).unwrap();
    world.check();
    set(&mut world, a, Signal::USR2, catching(9));
    assert_eq!(world.system.disposition(a, Signal::USR1), Some(Disposition::Catch(Action::default())));
    assert!(!world.system.share_handlers(a, third));
}

#[test]
fn the_thread_that_execs_is_the_main_thread_and_the_only_one() {
    let mut world = World::with_job(&LINUX, &["a"]);
    world.thread_of("a", "t");
    world.block("t", &[Signal::USR2]);
    world.tdsignal("t", Signal::USR2);
    world.block("a", &[Signal::USR1]);
    world.tdsignal("a", Signal::USR1);
    let number = world.number("a");
    world.system.exec(world.thread("t")).unwrap();
    world.check();
    let a = world.key("a");
    assert_eq!(world.system.threads_of(a).count(), 1);
    assert_eq!(world.system.thread_id(world.system.main_thread(a).unwrap()).unwrap().get(), number);
    assert_eq!(world.pending("a"), SignalSet::of(&[Signal::USR2]), "its own stays, the other thread's is gone");
}

#[test]
fn a_process_goes_on_when_its_main_thread_ends_and_ends_with_its_last() {
    let mut world = World::with_job(&LINUX, &["a"]);
    world.thread_of("a", "t");
    world.catch("a", Signal::USR1);
    world.system.exit_thread(world.thread("a")).unwrap();
    world.check();
    assert!(world.lives("a"));
    assert_eq!(world.kill("sh", "a", Signal::USR1), "0: a handles");
    assert_eq!(world.run(), "t runs USR1");
    world.system.exit_thread(world.thread("t")).unwrap();
    world.check();
    assert_eq!(world.system.reap(world.key("a")), Ok(ExitStatus::Exited(0)));
}

#[test]
fn a_thread_that_execs_after_the_main_thread_ended_takes_its_place() {
    let mut world = World::with_job(&LINUX, &["a"]);
    world.thread_of("a", "t");
    world.system.exit_thread(world.thread("a")).unwrap();
    world.system.exec(world.thread("t")).unwrap();
    world.check();
    let (a, number) = (world.key("a"), world.number("a"));
    assert_eq!(world.system.threads_of(a).count(), 1);
    assert_eq!(world.kill("sh", "a", Signal::TERM), "0: a terminates");
    assert!(number > 0 && world.run() == "a ends by TERM");
}

#[test]
fn each_tracer_keeps_count_when_a_traced_process_execs() {
    let mut world = World::with_job(&LINUX, &["a", "b", "c"]);
    world.thread_of("a", "t");
    world.system.seize(world.key("b"), world.thread("a")).unwrap();
    world.system.seize(world.key("c"), world.thread("t")).unwrap();
    world.system.exec(world.thread("t")).unwrap();
    world.check();
    let main = world.thread("a");
    assert_eq!(world.system.tracer(main), Some(world.key("c")));
    world.ended("c");
    assert_eq!(world.system.tracer(main), None);
    world.ended("b");
    world.ended("a");
}

#[test]
fn a_process_that_execs_while_it_is_being_stopped_stops() {
    let mut world = World::with_job(&LINUX, &["a"]);
    world.thread_of("a", "t");
    world.tdsignal("a", Signal::STOP);
    assert_eq!(world.returns_to_user_mode("a"), "a stops");
    world.system.exec(world.thread("t")).unwrap();
    world.check();
    assert_eq!(world.run(), "a stops");
    assert!(world.is_stopped("a"));
}

#[test]
fn a_child_that_asked_for_it_is_told_when_its_parent_ends() {
    let mut world = World::with_job(&LINUX, &["a"]);
    world.fork("a", "b");
    world.fork("a", "c");
    world.system.set_parent_death_signal(world.key("b"), Some(Signal::TERM)).unwrap();
    world.fork("b", "d");
    world.ended("a");
    assert_eq!(world.run(), "b ends by TERM");
    assert!(world.lives("c") && world.lives("d"), "the wish is its own");
}

#[test]
fn a_thread_that_execs_takes_what_the_others_were_to_take() {
    let mut world = World::with_job(&LINUX, &["a"]);
    world.thread_of("a", "t");
    world.catch("a", Signal::USR1);
    world.sleeps("a", Activity::Uninterruptible);
    assert_eq!(world.psignal("a", Signal::USR1), "defers", "for the main thread");
    while world.system.next_work().is_some() {}
    world.system.exec(world.thread("t")).unwrap();
    world.check();
    assert_eq!(world.run(), "a ends by USR1");
}
