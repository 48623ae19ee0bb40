//! `wait`: which children, which news, how often.

use sigpost_engine::{
    ActionFlags, ChildEvent, Children, Clones, ExitStatus, ProcessKey, Signal, SignalSet, WaitError, WaitOptions,
    personality::{FREEBSD, LINUX},
};

use crate::world::World;

type Answer = Result<Option<(&'static str, ChildEvent)>, WaitError>;

fn ask(world: &mut World, children: Children, options: WaitOptions) -> Answer {
    let names = ["a", "b", "c"].map(|name| (name, world.key(name)));
    let answer = world.system.wait_for(world.key("sh"), children, options);
    world.check();
    answer.map(|news| {
        news.map(|(key, event)| (names.iter().find(|(_, known)| *known == key).map_or("?", |(name, _)| *name), event))
    })
}

const ENDED: ChildEvent = ChildEvent::Ended(ExitStatus::Exited(0));

#[test]
fn the_oldest_child_with_news_answers_first() {
    let mut world = World::with_job(&LINUX, &["a", "b", "c"]);
    world.ended("c");
    world.ended("b");
    assert_eq!(ask(&mut world, Children::Any, WaitOptions::ALL), Ok(Some(("b", ENDED))));
    assert_eq!(ask(&mut world, Children::Any, WaitOptions::ALL), Ok(Some(("c", ENDED))));
    assert_eq!(ask(&mut world, Children::Any, WaitOptions::ALL), Ok(None));
}

#[test]
fn one_child_or_one_group_is_waited_for() {
    let mut world = World::with_job(&LINUX, &["a", "b", "c"]);
    let c = world.number("c");
    world.system.setpgid(world.key("sh"), c, 0).unwrap();
    let group = world.system.group(world.key("c")).unwrap();
    world.ended("a");
    let b = Children::One(world.key("b"));
    assert_eq!(ask(&mut world, b, WaitOptions::ALL), Ok(None));
    assert_eq!(ask(&mut world, Children::Group(group), WaitOptions::ALL), Ok(None));
    world.ended("c");
    assert_eq!(ask(&mut world, Children::Group(group), WaitOptions::ALL), Ok(Some(("c", ENDED))));
    assert_eq!(ask(&mut world, Children::Group(group), WaitOptions::ALL), Err(WaitError::NoChild));
    let own = world.system.group(world.key("sh")).unwrap();
    assert_eq!(ask(&mut world, Children::Group(own), WaitOptions::ALL), Err(WaitError::NoChild));
    let stranger = Children::One(world.key("init"));
    assert_eq!(ask(&mut world, stranger, WaitOptions::ALL), Err(WaitError::NoChild));
}

#[test]
fn only_what_is_asked_for_is_told_and_what_is_to_be_kept_is_told_again() {
    let mut world = World::with_job(&LINUX, &["a", "b", "c"]);
    let ends = WaitOptions { stopped: false, continued: false, ..WaitOptions::ALL };
    let kept = WaitOptions { keep: true, ..WaitOptions::ALL };
    world.psignal("a", Signal::STOP);
    world.run();
    let stopped = Ok(Some(("a", ChildEvent::Stopped(Signal::STOP))));
    assert_eq!(ask(&mut world, Children::Any, ends), Ok(None));
    assert_eq!(ask(&mut world, Children::Any, kept), stopped);
    assert_eq!(ask(&mut world, Children::Any, WaitOptions::ALL), stopped);
    assert_eq!(ask(&mut world, Children::Any, WaitOptions::ALL), Ok(None));
    world.psignal("a", Signal::CONT);
    world.run();
    assert_eq!(ask(&mut world, Children::Any, WaitOptions { continued: false, ..WaitOptions::ALL }), Ok(None));
    assert_eq!(ask(&mut world, Children::Any, WaitOptions::ALL), Ok(Some(("a", ChildEvent::Continued))));
    world.ended("a");
    assert_eq!(ask(&mut world, Children::Any, WaitOptions { ended: false, ..WaitOptions::ALL }), Ok(None));
    assert_eq!(ask(&mut world, Children::Any, kept), Ok(Some(("a", ENDED))));
    assert_eq!(ask(&mut world, Children::Any, WaitOptions::ALL), Ok(Some(("a", ENDED))));
}

#[test]
fn a_parent_that_ignores_chld_waits_until_its_last_child_is_gone() {
    let mut world = World::with_job(&LINUX, &["a", "b"]);
    world.ignore("sh", Signal::CHLD);
    let sh = world.key("sh");
    world.ended("a");
    assert_eq!(world.system.wait_for(sh, Children::Any, WaitOptions::ALL), Ok(None));
    world.ended("b");
    assert_eq!(world.system.wait_for(sh, Children::Any, WaitOptions::ALL), Err(WaitError::NoChild));
    world.check();
}

#[test]
fn a_parent_that_wants_no_zombies_is_sent_chld_all_the_same() {
    let mut world = World::with_job(&LINUX, &["a"]);
    world.catch_with("sh", Signal::CHLD, SignalSet::EMPTY, ActionFlags::NOCLDWAIT);
    world.ended("a");
    assert_eq!(world.run(), "sh runs CHLD");
    let sh = world.key("sh");
    assert_eq!(world.system.wait_for(sh, Children::Any, WaitOptions::ALL), Err(WaitError::NoChild));
}

#[test]
fn a_stop_that_cont_cuts_short_is_told_as_a_stop() {
    for (rules, told) in [(&LINUX, ChildEvent::Continued), (&FREEBSD, ChildEvent::Stopped(Signal::STOP))] {
        let mut world = World::with_job(rules, &["a", "b", "c"]);
        world.catch("sh", Signal::CHLD);
        world.thread_of("a", "t");
        world.tdsignal("a", Signal::STOP);
        assert_eq!(world.returns_to_user_mode("a"), "a stops");
        assert_eq!(ask(&mut world, Children::Any, WaitOptions::ALL), Ok(None), "a thread has yet to stop");
        world.psignal("a", Signal::CONT);
        // Linux: CHLD tells of the stop, wait of its end (`wait_task_continued`).
        assert_eq!(ask(&mut world, Children::Any, WaitOptions::ALL), Ok(Some(("a", told))));
        assert_eq!(world.returns_to_user_mode("a"), "");
        assert_eq!(world.returns_to_user_mode("sh"), "sh runs CHLD");
    }
}

#[test]
fn a_child_tells_that_it_goes_on_when_it_looks_and_not_if_it_ends_before() {
    let mut world = World::with_job(&LINUX, &["a", "b", "c"]);
    world.catch("sh", Signal::CHLD);
    for ends in [false, true] {
        world.psignal("a", Signal::STOP);
        assert_eq!(world.run(), "a stops, sh runs CHLD");
        world.psignal("a", Signal::CONT);
        assert!(!world.pending("sh").contains(Signal::CHLD), "nothing is told yet");
        assert_eq!(ask(&mut world, Children::Any, WaitOptions::ALL), Ok(Some(("a", ChildEvent::Continued))));
        if ends {
            world.psignal("a", Signal::KILL);
            assert_eq!(world.run(), "a ends by KILL, sh runs CHLD", "one CHLD: that of the end");
        } else {
            assert_eq!(world.run(), "sh runs CHLD");
        }
    }
}

#[test]
fn a_host_may_have_the_parent_told_before_the_child_does_anything_else() {
    let mut world = World::with_job(&LINUX, &["a"]);
    let (thread, shell) = (world.thread("a"), world.thread("sh"));
    world.catch("sh", Signal::CHLD);
    world.psignal("a", Signal::STOP);
    assert_eq!(world.system.tell_parent_that_it_goes_on(thread), Ok(false), "it has not stopped yet");
    world.run();
    assert_eq!(world.system.tell_parent_that_it_goes_on(thread), Ok(false), "it stands still");
    world.psignal("a", Signal::CONT);
    assert_eq!(world.system.tell_parent_that_it_goes_on(shell), Ok(false), "it was never stopped");
    assert_eq!(world.system.tell_parent_that_it_goes_on(thread), Ok(true));
    assert_eq!(world.run(), "sh runs CHLD");
    assert_eq!(world.system.tell_parent_that_it_goes_on(thread), Ok(false), "once");
}

#[test]
fn a_wait_for_signals_that_ends_empty_handed_leaves_them_to_others() {
    let mut world = World::with_job(&LINUX, &["a"]);
    let thread = world.thread("a");
    world.block("a", &[Signal::USR1]);
    world.system.sigwait_begin(thread, SignalSet::of(&[Signal::USR1])).unwrap();
    assert_eq!(world.system.sigwait_poll(thread), Ok(None));
    world.system.sigwait_end(thread).unwrap();
    world.check();
    assert_eq!(world.psignal("a", Signal::USR1), "pends", "nobody waits any more");
}

#[test]
fn a_mask_for_one_call_is_gone_after_it() {
    let mut world = World::with_job(&LINUX, &["a"]);
    let (thread, all) = (world.thread("a"), SignalSet::of(&[Signal::USR1, Signal::USR2]));
    world.catch("a", Signal::USR1);
    world.block("a", &[Signal::USR1, Signal::USR2]);
    world.psignal("a", Signal::USR1);
    world.system.set_mask_for_call(thread, SignalSet::of(&[Signal::HUP]).into()).unwrap();
    assert_eq!(world.run(), "a runs USR1");
    assert_eq!(world.system.thread(thread).unwrap().mask().set(), all);
    world.system.set_mask_for_call(thread, SignalSet::EMPTY.into()).unwrap();
    world.system.restore_mask(thread).unwrap();
    assert_eq!(world.system.thread(thread).unwrap().mask().set(), all);
    world.check();
}

/// A child of `sh` that tells of its end so.
fn clone(world: &mut World, signal: Option<Signal>) -> ProcessKey {
    let child = world.system.fork_with_exit_signal(world.thread("sh"), None, signal).unwrap();
    world.check();
    child
}

fn end(world: &mut World, process: ProcessKey) -> String {
    world.system.exit(process, 0).unwrap();
    world.check();
    world.run()
}

#[test]
fn a_child_tells_of_its_end_by_the_signal_that_was_chosen_or_by_none() {
    for (signal, told) in [(Some(Signal::USR1), "sh runs USR1"), (Some(Signal::CHLD), "sh runs CHLD"), (None, "")] {
        let mut world = World::with_job(&LINUX, &[]);
        for caught in [Signal::CHLD, Signal::USR1] {
            world.catch("sh", caught);
        }
        let child = clone(&mut world, signal);
        world.system.psignal(child, Signal::STOP, &mut ()).unwrap();
        assert_eq!(world.run(), "? stops, sh runs CHLD", "of stops by CHLD");
        world.system.psignal(child, Signal::CONT, &mut ()).unwrap();
        assert_eq!(world.run(), "sh runs CHLD");
        assert_eq!(end(&mut world, child), told, "{signal:?}");
    }
}

/// Source: wait(2), `__WCLONE` and `__WALL`; Linux `eligible_child`.
#[test]
fn who_waits_for_ordinary_children_is_told_of_no_others() {
    let ask = |world: &mut World, clones| {
        let options = WaitOptions { clones, keep: true, ..WaitOptions::ALL };
        let answer = world.system.wait_for(world.key("sh"), Children::Any, options);
        answer.map(|news| news.map(|(key, _)| key))
    };
    let mut world = World::with_job(&LINUX, &[]);
    world.catch("sh", Signal::USR1);
    let odd = clone(&mut world, Some(Signal::USR1));
    end(&mut world, odd);
    assert_eq!(ask(&mut world, Clones::Without), Err(WaitError::NoChild));
    assert_eq!(world.system.wait(world.key("sh"), Some(odd)), Err(WaitError::NoChild));
    for clones in [Clones::Only, Clones::With] {
        assert_eq!(ask(&mut world, clones), Ok(Some(odd)), "{clones:?}");
    }
    let mut world = World::with_job(&LINUX, &["a"]);
    world.ended("a");
    assert_eq!(ask(&mut world, Clones::Only), Err(WaitError::NoChild));
    for clones in [Clones::Without, Clones::With] {
        assert_eq!(ask(&mut world, clones), Ok(Some(world.key("a"))), "{clones:?}");
    }
}

/// Source: Linux `do_notify_parent`, which asks what the parent does about CHLD for CHLD alone.
#[test]
fn a_parent_that_wants_no_zombies_has_those_that_tell_by_another_signal() {
    let mut world = World::with_job(&LINUX, &[]);
    world.ignore("sh", Signal::CHLD);
    world.catch("sh", Signal::USR1);
    let odd = clone(&mut world, Some(Signal::USR1));
    assert_eq!(end(&mut world, odd), "sh runs USR1");
    assert!(world.system.process(odd).is_some(), "a zombie");
}

#[test]
fn a_new_program_and_a_new_parent_make_a_child_an_ordinary_one() {
    let mut world = World::with_job(&LINUX, &[]);
    for caught in [Signal::CHLD, Signal::USR1] {
        world.catch("sh", caught);
    }
    let child = clone(&mut world, Some(Signal::USR1));
    world.system.exec(world.system.main_thread(child).unwrap()).unwrap();
    assert_eq!(end(&mut world, child), "sh runs CHLD");
    assert_eq!(world.system.wait(world.key("sh"), Some(child)).map(|news| news.is_some()), Ok(true));

    let child = clone(&mut world, Some(Signal::USR1));
    world.system.exec(world.thread("sh")).unwrap();
    for caught in [Signal::CHLD, Signal::USR1] {
        world.catch("sh", caught);
    }
    assert_eq!(end(&mut world, child), "sh runs CHLD", "the parent's program is a new one");
    assert_eq!(world.system.wait(world.key("sh"), Some(child)), Err(WaitError::NoChild), "but it waits as for a clone");

    let orphan = clone(&mut world, None);
    world.ended("sh");
    world.catch("init", Signal::CHLD);
    world.run();
    assert_eq!(end(&mut world, orphan), "init runs CHLD");
    assert_eq!(world.system.wait(world.key("init"), Some(orphan)).map(|news| news.is_some()), Ok(true));
}
