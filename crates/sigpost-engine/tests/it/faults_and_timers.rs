//! What an instruction causes cannot be escaped, and what a timer sends cannot be lost.

use sigpost_engine::{
    Code, Delivery, Gone, Receipt, Signal, SignalInfo, TimerSignal, Verdict,
    personality::{FREEBSD, LINUX, POSIX},
};

use crate::world::World;

fn fault(world: &mut World, thread: &str, signal: Signal) -> Verdict {
    let verdict = world.system.fault(world.thread(thread), signal, Code::new(1), &mut ()).unwrap();
    world.check();
    verdict
}

fn timer(world: &mut World, process: &str, signal: Signal, value: i64) -> (Verdict, bool) {
    let mut lost = false;
    let mut note = |receipt: Receipt| lost = receipt.info_lost;
    let verdict = world.system.timer(world.key(process), TimerSignal { signal, value }, &mut note).unwrap();
    world.check();
    (verdict, lost)
}

fn takes(world: &mut World, name: &str) -> Option<SignalInfo> {
    let delivery = world.system.deliver(world.thread(name)).unwrap();
    world.check();
    match delivery {
        Delivery::Handler(call) => {
            world.system.sigreturn(world.thread(name), call.saved_mask).unwrap();
            Some(call.info)
        }
        _ => None,
    }
}

#[test]
fn a_caught_fault_runs_its_handler_before_all_that_was_pending() {
    for rules in [&LINUX, &FREEBSD, &POSIX] {
        let mut world = World::with_job(rules, &["a"]);
        for signal in [Signal::HUP, Signal::USR1, Signal::SEGV] {
            world.catch("a", signal);
        }
        world.tdsignal("a", Signal::HUP);
        world.tdsignal("a", Signal::USR1);
        assert_eq!(fault(&mut world, "a", Signal::SEGV), Verdict::Handles);
        let (first, second) = (takes(&mut world, "a").unwrap(), takes(&mut world, "a").unwrap());
        assert_eq!((first.signal, first.code, second.signal), (Signal::SEGV, Code::new(1), Signal::HUP));
    }
}

#[test]
fn a_blocked_fault_is_unblocked_and_ends_the_process() {
    let mut world = World::with_job(&LINUX, &["a"]);
    world.catch("a", Signal::SEGV);
    world.block("a", &[Signal::SEGV, Signal::USR1]);
    assert_eq!(fault(&mut world, "a", Signal::SEGV), Verdict::Dumps);
    let mask = world.system.thread(world.thread("a")).unwrap().mask();
    assert!(!mask.blocks(Signal::SEGV) && mask.blocks(Signal::USR1));
    assert_eq!(world.run(), "a ends by SEGV, dumped");
}

#[test]
fn an_ignored_fault_ends_the_process() {
    let mut world = World::with_job(&LINUX, &["a"]);
    world.ignore("a", Signal::FPE);
    assert_eq!(world.psignal("a", Signal::FPE), "ignores");
    assert_eq!(fault(&mut world, "a", Signal::FPE), Verdict::Dumps);
    assert_eq!(world.run(), "a ends by FPE, dumped");
}

#[test]
fn a_fault_that_was_pending_and_blocked_ends_the_process_all_the_same() {
    let mut world = World::with_job(&LINUX, &["a"]);
    world.block("a", &[Signal::SEGV]);
    assert_eq!(world.tdsignal("a", Signal::SEGV), "pends");
    assert_eq!(fault(&mut world, "a", Signal::SEGV), Verdict::Merges);
    assert_eq!(world.run(), "a ends by SEGV, dumped");
}

#[test]
fn a_fault_of_init_ends_it_though_signals_do_not() {
    let mut world = World::with_job(&LINUX, &["a"]);
    assert_eq!(world.kill("a", "init", Signal::SEGV), "EPERM: init EPERM");
    assert_eq!(world.psignal("init", Signal::SEGV), "immune");
    assert_eq!(fault(&mut world, "init", Signal::SEGV), Verdict::Dumps);
}

#[test]
fn a_caught_fault_leaves_init_its_protection() {
    let mut world = World::with_job(&LINUX, &[]);
    world.catch("init", Signal::SEGV);
    assert_eq!(fault(&mut world, "init", Signal::SEGV), Verdict::Handles);
    world.run();
    assert_eq!(world.psignal("init", Signal::TERM), "immune");
}

#[test]
fn a_traced_thread_shows_its_fault() {
    let mut world = World::with_job(&LINUX, &["a"]);
    world.system.trace(world.key("sh"), world.thread("a")).unwrap();
    assert_eq!(fault(&mut world, "a", Signal::ILL), Verdict::Traces);
    assert_eq!(world.run(), "a shows ILL");
}

#[test]
fn a_timer_that_runs_out_again_is_counted_in_its_first_signal() {
    let mut world = World::with_job(&LINUX, &["a"]);
    world.catch("a", Signal::ALRM);
    world.block("a", &[Signal::ALRM]);
    world.system.timer_promise().unwrap();
    assert_eq!(timer(&mut world, "a", Signal::ALRM, 7), (Verdict::Pends, false));
    for _ in 0..3 {
        assert_eq!(timer(&mut world, "a", Signal::ALRM, 7), (Verdict::Merges, false));
    }
    world.block("a", &[]);
    let info = takes(&mut world, "a").unwrap();
    assert_eq!((info.code, info.value, info.overruns()), (Code::TIMER, 7, 3));
    assert_eq!(timer(&mut world, "a", Signal::ALRM, 7), (Verdict::Handles, false));
    assert_eq!(takes(&mut world, "a").unwrap().overruns(), 0);
}

#[test]
fn a_timer_has_its_entry_when_the_queue_is_full() {
    let mut world = World::with_job(&LINUX, &["a"]);
    let realtime = Signal::new(40).unwrap();
    world.catch("a", realtime);
    world.block("a", &[realtime]);
    world.system.timer_promise().unwrap();
    let mut sent = 0;
    while world.sigqueue("a", "a", realtime, 0).starts_with('0') {
        sent += 1;
    }
    assert_eq!(sent, 255, "one entry of 256 is promised");
    assert_eq!(timer(&mut world, "a", realtime, 7), (Verdict::Pends, false));
    assert_eq!(timer(&mut world, "a", realtime, 8), (Verdict::Pends, true), "nothing was promised to this one");
    world.block("a", &[]);
    for _ in 0..sent {
        assert_eq!(takes(&mut world, "a").unwrap().code, Code::QUEUE);
    }
    assert_eq!(takes(&mut world, "a").unwrap().value, 7);
    assert_eq!(timer(&mut world, "a", realtime, 7), (Verdict::Handles, false), "the entry is promised again");
    world.system.timer_forget();
    world.check();
}

#[test]
fn the_number_of_promises_has_an_end() {
    let mut world = World::with_job(&LINUX, &[]);
    let made = (0..1000).take_while(|_| world.system.timer_promise().is_ok()).count();
    assert_eq!(made, 256);
}

#[test]
fn news_of_a_child_is_complete_though_the_parent_has_reached_its_limit() {
    let mut world = World::with_job(&FREEBSD, &["a"]);
    world.block("sh", &[Signal::CHLD, Signal::USR1]);
    world.catch("sh", Signal::CHLD);
    world.system.set_queue_limit(world.key("sh"), 0).unwrap();
    assert!(world.sigqueue("sh", "sh", Signal::USR1, 1).starts_with("EAGAIN"));
    world.ended("a");
    world.block("sh", &[Signal::USR1]);
    let info = takes(&mut world, "sh").unwrap();
    assert_eq!((info.code, info.pid), (Code::EXITED, world.number("a")));
}

#[test]
fn a_fatal_fault_asks_neither_handler_nor_mask_nor_tracer() {
    let mut world = World::with_job(&LINUX, &["a"]);
    world.catch("a", Signal::SEGV);
    world.block("a", &[Signal::SEGV]);
    world.system.seize(world.key("sh"), world.thread("a")).unwrap();
    world.system.fatal_fault(world.thread("a"), Signal::SEGV).unwrap();
    world.check();
    assert_eq!(world.run(), "a ends by SEGV, dumped");
    assert!(world.system.fatal_fault(world.thread("a"), Signal::SEGV).is_err());
    world.system.fatal_fault(world.thread("init"), Signal::SEGV).unwrap();
    assert!(!world.lives("init"));
    let mut world = World::with_job(&LINUX, &["a"]);
    world.thread_of("a", "t");
    world.system.exit_thread(world.thread("a")).unwrap();
    assert!(world.system.fatal_fault(world.thread("a"), Signal::SEGV).is_err(), "a thread that has ended does nothing");
    assert!(world.lives("a"));
}

/// The code of the signal that a thread takes next.
fn code(world: &mut World, name: &str) -> (Signal, Code) {
    takes(world, name).map(|info| (info.signal, info.code)).unwrap()
}

#[test]
fn every_way_of_sending_has_its_code() {
    let mut world = World::with_job(&LINUX, &["a"]);
    for name in ["a", "sh"] {
        for signal in [Signal::USR1, Signal::SEGV, Signal::CHLD] {
            world.catch(name, signal);
        }
    }
    world.kill("sh", "a", Signal::USR1);
    assert_eq!(code(&mut world, "a"), (Signal::USR1, Code::USER));
    world.sigqueue("sh", "a", Signal::USR1, 1);
    assert_eq!(code(&mut world, "a"), (Signal::USR1, Code::QUEUE));
    world.tgkill("sh", "a", "a", Signal::USR1);
    assert_eq!(code(&mut world, "a"), (Signal::USR1, Code::TKILL));
    world.psignal("a", Signal::USR1);
    assert_eq!(code(&mut world, "a"), (Signal::USR1, Code::KERNEL));
    world.system.timer_promise().unwrap();
    timer(&mut world, "a", Signal::USR1, 3);
    assert_eq!(code(&mut world, "a"), (Signal::USR1, Code::TIMER));
    fault(&mut world, "a", Signal::SEGV);
    assert_eq!(code(&mut world, "a"), (Signal::SEGV, Code::new(1)), "the processor's own");
    let (sh, number) = (world.key("sh"), world.number("a"));
    let caller = world.system.main_thread(sh).unwrap();
    world.system.sigqueue_as(caller, number, 10, Code::new(-3), 0, &mut ()).unwrap();
    assert_eq!(code(&mut world, "a"), (Signal::USR1, Code::new(-3)), "a message queue's");
    for (signal, expected) in
        [(Signal::TSTP, Code::STOPPED), (Signal::CONT, Code::CONTINUED), (Signal::KILL, Code::KILLED)]
    {
        world.psignal("a", signal);
        world.returns_to_user_mode("a");
        assert_eq!(code(&mut world, "sh"), (Signal::CHLD, expected), "{signal}");
    }
    let numbers = [Code::EXITED, Code::KILLED, Code::DUMPED, Code::TRAPPED, Code::STOPPED, Code::CONTINUED];
    assert_eq!(numbers.map(Code::number), [1, 2, 3, 4, 5, 6]);
    let numbers = [Code::USER, Code::QUEUE, Code::TIMER, Code::TKILL, Code::KERNEL].map(Code::number);
    assert_eq!(numbers, [0, -1, -2, -6, 0x80]);
}

#[test]
fn who_has_ended_cannot_fault_fatally() {
    let mut world = World::with_job(&LINUX, &["a", "b"]);
    world.thread_of("a", "t");
    let (main, other) = (world.thread("a"), world.thread("t"));
    world.system.exit_thread(main).unwrap();
    assert_eq!(world.system.fatal_fault(main, Signal::SEGV), Err(Gone), "the thread has ended");
    assert!(world.lives("a"));
    assert_eq!(world.system.fatal_fault(other, Signal::SEGV), Ok(()));
    assert_eq!(world.system.fatal_fault(other, Signal::BUS), Err(Gone), "its process is about to end");
    world.check();
}
