//! What a host has read elsewhere and shows the engine: processes placed, their state told, and what follows from it.

use sigpost_engine::personality::LINUX;
use sigpost_engine::{
    Activity, Delivery, GroupId, Pid, Placement, ProcessObservation, SessionId, Signal, SignalSet, ThreadObservation,
    ThreadSignals, Trace, Verdict,
};

use crate::world::World;

const TERM: SignalSet = SignalSet::of(&[Signal::TERM]);

/// The verdict of a TERM to a process whose main thread was seen so.
fn verdict(seen: ThreadObservation) -> Verdict {
    let mut world = World::with_job(&LINUX, &["a"]);
    world.catch("a", Signal::TERM);
    world.system.observe_thread(world.thread("a"), &seen).unwrap();
    let mut verdict = None;
    let mut note = |receipt: sigpost_engine::Receipt| verdict = Some(receipt.verdict);
    world.system.psignal(world.key("a"), Signal::TERM, &mut note).unwrap();
    world.check();
    verdict.unwrap()
}

#[test]
fn what_was_seen_of_a_thread_decides_the_verdict() {
    let plain = ThreadObservation::default();
    assert_eq!(verdict(plain), Verdict::Handles);
    assert_eq!(verdict(ThreadObservation { mask: TERM.into(), ..plain }), Verdict::Pends);
    assert_eq!(verdict(ThreadObservation { mask: TERM.into(), waiting: TERM, ..plain }), Verdict::Accepts);
    assert_eq!(verdict(ThreadObservation { activity: Activity::Uninterruptible, ..plain }), Verdict::Defers);
    assert_eq!(verdict(ThreadObservation { trace: Trace::Traced, ..plain }), Verdict::Traces);
}

#[test]
fn what_was_seen_pending_is_taken_if_it_is_not_blocked() {
    for (mask, is_taken) in [(SignalSet::EMPTY, true), (TERM, false)] {
        for for_thread in [true, false] {
            let mut world = World::with_job(&LINUX, &["a"]);
            let thread = world.thread("a");
            let pending = if for_thread { TERM } else { SignalSet::EMPTY };
            let seen = ThreadObservation { mask: mask.into(), pending, ..ThreadObservation::default() };
            world.system.observe_thread(thread, &seen).unwrap();
            let pending = if for_thread { SignalSet::EMPTY } else { TERM };
            let seen = ProcessObservation { pending, ..ProcessObservation::default() };
            world.system.observe_process(world.key("a"), &seen).unwrap();
            world.check();
            let reported = world.system.sigpending(thread).unwrap();
            assert_eq!(reported.contains(Signal::TERM), !is_taken, "what is blocked is reported");
            assert_eq!(world.system.thread(thread).is_some_and(ThreadSignals::is_kicked), is_taken);
            let delivery = world.system.deliver(thread).unwrap();
            assert_eq!(matches!(delivery, Delivery::End(_)), is_taken, "{delivery:?}");
        }
    }
}

#[test]
fn a_process_is_placed_where_only_a_group_or_a_session_has_its_number() {
    let mut world = World::with_job(&LINUX, &["a", "b"]);
    let (group, session) = (world.number("a"), world.number("sh"));
    for name in ["a", "sh"] {
        world.ended(name);
        world.run();
        world.system.reap(world.key(name)).unwrap();
    }
    let init = world.key("init");
    for number in [group, session] {
        let placement = Placement {
            number: Pid::new(number),
            group: GroupId::new(group),
            session: SessionId::new(session).unwrap(),
            credentials: sigpost_engine::Credentials::user(1),
        };
        let placed = world.system.place(init, &placement).unwrap();
        world.check();
        assert_eq!(world.system.pid(placed).unwrap().get(), number);
        assert!(world.system.place(init, &placement).is_err(), "it has the number now");
    }
}

#[test]
fn a_process_said_to_be_an_init_is_immune_and_a_system_process_takes_no_notice() {
    let mut world = World::with_job(&LINUX, &["a", "b"]);
    world.system.set_protected(world.key("a")).unwrap();
    assert_eq!(world.kill("sh", "a", Signal::TERM), "0: a immune");
    world.system.set_system_process(world.key("b")).unwrap();
    assert_eq!(world.kill("sh", "b", Signal::TERM), "0: b ignores");
    world.system.seize(world.key("sh"), world.thread("a")).unwrap();
    assert_eq!(world.kill("b", "a", Signal::KILL), "0: a immune", "a tracer is not asked about KILL");
    assert_eq!(world.kill("b", "a", Signal::TERM), "0: a traces");
    assert!(!format!("{:?}", world.system).is_empty());
}
