//! How handlers begin one upon the other, and how a thread is reached by its number.

use sigpost_engine::{
    ActionFlags, AlternateStack, Delivery, Signal, SignalSet, Stack, StackChoice, personality::LINUX,
};

use crate::world::World;

fn begins(world: &mut World, thread: &str) -> Option<Signal> {
    let delivery = world.system.deliver(world.thread(thread)).unwrap();
    world.check();
    if let Delivery::Handler(call) = delivery { Some(call.info.signal) } else { None }
}

#[test]
fn every_pending_signal_begins_its_handler_before_the_program_goes_on() {
    let mut world = World::with_job(&LINUX, &["a"]);
    for signal in [Signal::USR1, Signal::USR2] {
        world.catch("a", signal);
        world.psignal("a", signal);
    }
    let begun = [begins(&mut world, "a"), begins(&mut world, "a"), begins(&mut world, "a")];
    assert_eq!(begun, [Some(Signal::USR1), Some(Signal::USR2), None], "none has returned");
}

#[test]
fn a_handler_is_interrupted_by_its_own_signal_only_if_it_asked_for_that() {
    for (flags, again) in [(ActionFlags::NONE, None), (ActionFlags::NODEFER, Some(Signal::USR1))] {
        let mut world = World::with_job(&LINUX, &["a"]);
        world.catch_with("a", Signal::USR1, SignalSet::EMPTY, flags);
        world.psignal("a", Signal::USR1);
        assert_eq!(begins(&mut world, "a"), Some(Signal::USR1));
        world.psignal("a", Signal::USR1);
        assert_eq!(begins(&mut world, "a"), again);
    }
}

#[test]
fn a_thread_is_reached_by_its_number_and_only_with_its_own_process() {
    use sigpost_engine::KillError::{InvalidTarget, NoSuchTarget};
    let mut world = World::with_job(&LINUX, &["a", "b"]);
    world.thread_of("a", "t");
    world.catch("a", Signal::USR1);
    let (sh, usr1) = (world.key("sh"), i32::from(Signal::USR1.number()));
    let (a, b, t) = (world.number("a"), world.number("b"), world.system.thread_id(world.thread("t")).unwrap().get());
    for (process, thread, error) in [(0, t, InvalidTarget), (a, 0, InvalidTarget), (a, -1, InvalidTarget)] {
        assert_eq!(world.system.tgkill(sh, process, thread, usr1, &mut ()), Err(error));
    }
    assert_eq!(world.system.tgkill(sh, b, t, usr1, &mut ()), Err(NoSuchTarget));
    assert_eq!(world.system.tkill(sh, 0, usr1, &mut ()), Err(InvalidTarget));
    assert_eq!(world.run(), "");
    assert_eq!(world.system.tgkill(sh, a, t, usr1, &mut ()), Ok(()));
    assert_eq!(world.run(), "t runs USR1");
    assert_eq!(world.system.tkill(sh, t, usr1, &mut ()), Ok(()));
    assert_eq!(world.run(), "t runs USR1");
    world.check();
}

#[test]
fn a_handlers_call_says_whether_the_interrupted_call_is_started_again() {
    for flags in [ActionFlags::NONE, ActionFlags::RESTART] {
        let mut world = World::with_job(&LINUX, &["a"]);
        world.catch_with("a", Signal::USR1, SignalSet::EMPTY, flags);
        world.psignal("a", Signal::USR1);
        let Delivery::Handler(call) = world.system.deliver(world.thread("a")).unwrap() else { panic!("no handler") };
        assert_eq!(call.action.flags.contains(ActionFlags::RESTART), flags == ActionFlags::RESTART);
    }
}

#[test]
fn a_handler_is_told_who_sent_its_signal_and_runs_on_the_stack_it_asked_for() {
    let mut stack = AlternateStack::default();
    stack.set(Some(Stack { base: 0x1000, size: 0x4000, disarms: false }), 0).unwrap();
    for (flags, choice) in
        [(ActionFlags::NONE, StackChoice::Current), (ActionFlags::ONSTACK, StackChoice::Alternate { top: 0x5000 })]
    {
        let mut world = World::with_job(&LINUX, &["a"]);
        world.catch_with("a", Signal::USR1, SignalSet::EMPTY, flags);
        world.sigqueue("sh", "a", Signal::USR1, 7);
        let Delivery::Handler(call) = world.system.deliver(world.thread("a")).unwrap() else { panic!("no handler") };
        let sender = (world.number("sh"), crate::world::USER, 7);
        assert_eq!((call.info.pid, call.info.uid, call.info.value), sender);
        assert_eq!(stack.choose(&call.action, 0x9000), choice);
        assert_eq!(stack.choose(&call.action, 0x4000), StackChoice::Current, "it is there already");
    }
}

/// Source: Linux `do_send_specific`: a main thread that has ended keeps its number as long as its process lives.
#[test]
fn a_main_thread_that_has_ended_is_found_and_takes_nothing_and_another_is_gone() {
    let mut world = World::with_job(&LINUX, &["a"]);
    for name in ["t", "u"] {
        world.thread_of("a", name);
    }
    let numbers = ["a", "u"].map(|name| world.system.thread_id(world.thread(name)).unwrap().get());
    for name in ["a", "u"] {
        world.system.exit_thread(world.thread(name)).unwrap();
    }
    let mut verdict = None;
    let mut note = |receipt: sigpost_engine::Receipt| verdict = Some(receipt.verdict);
    assert_eq!(world.system.tkill(world.key("sh"), numbers[0], 15, &mut note), Ok(()));
    assert_eq!(verdict, Some(sigpost_engine::Verdict::Zombie));
    let gone = world.system.tkill(world.key("sh"), numbers[1], 15, &mut ());
    assert_eq!(gone, Err(sigpost_engine::KillError::NoSuchTarget));
    assert!(world.run().is_empty() && world.lives("a"));
}
