//! Sends by handle, and signals with a value to one thread.

use sigpost_engine::personality::{FREEBSD, LINUX};
use sigpost_engine::{Code, Counts, Delivery, Handle, KillError, Signal, Verdict};

use crate::world::World;

fn send(world: &mut World, handle: Handle, signal: i32) -> Result<Counts, KillError> {
    let mut counts = Counts::default();
    let result = world.system.kill_handle(world.key("sh"), handle, signal, &mut counts);
    world.check();
    result.map(|()| counts)
}

#[test]
fn a_handle_means_its_process_thread_or_group_and_no_other() {
    let mut world = World::with_job(&LINUX, &["a", "b"]);
    world.catch("a", Signal::USR1);
    world.catch("b", Signal::USR1);
    world.thread_of("a", "t");
    let usr1 = i32::from(Signal::USR1.number());
    let group = world.system.group(world.key("a")).unwrap();
    let (b, t) = (Handle::Process(world.key("b")), Handle::Thread(world.thread("t")));
    let counts = send(&mut world, b, usr1).unwrap();
    assert_eq!((counts.of(Verdict::Handles), counts.total()), (1, 1));
    send(&mut world, t, usr1).unwrap();
    assert_eq!(world.run(), "b runs USR1, t runs USR1");
    assert_eq!(send(&mut world, Handle::Group(group), 0).unwrap().of(Verdict::Probed), 2);
}

#[test]
fn a_handle_of_a_process_that_is_gone_never_means_the_next_with_its_number() {
    let mut world = World::with_job(&LINUX, &["a"]);
    let (gone, number) = (world.key("a"), world.system.pid(world.key("a")));
    world.ended("a");
    world.system.reap(gone).unwrap();
    let again = world.system.fork_as(world.thread("sh"), number).unwrap();
    assert_eq!(world.system.pid(again), number);
    assert_eq!(send(&mut world, Handle::Process(gone), 9).err(), Some(KillError::NoSuchTarget));
    assert!(world.system.process(again).unwrap().life().is_alive());
}

#[test]
fn a_signal_with_a_value_reaches_one_thread() {
    let mut world = World::with_job(&LINUX, &["a"]);
    world.catch("a", Signal::USR1);
    world.thread_of("a", "t");
    let (process, thread) = (world.number("a"), world.system.thread_id(world.thread("t")).unwrap().get());
    let usr1 = i32::from(Signal::USR1.number());
    let mut queue = |to, code| world.system.tgsigqueue(world.thread("sh"), to, usr1, (code, 5), &mut ());
    assert_eq!(queue((process, thread), Code::USER), Err(KillError::ForgedCode));
    assert_eq!(queue((100, thread), Code::QUEUE), Err(KillError::NoSuchTarget));
    assert_eq!(queue((process, 0), Code::QUEUE), Err(KillError::InvalidTarget));
    assert_eq!(queue((process, thread), Code::QUEUE), Ok(()));
    world.check();
    let delivery = world.system.deliver(world.thread("t")).unwrap();
    assert!(matches!(delivery, Delivery::Handler(call) if call.info.value == 5 && call.info.code == Code::QUEUE));
}

/// Source: Linux `do_rt_tgsigqueueinfo`, which compares the thread's number with the caller's own.
#[test]
fn a_thread_may_use_any_code_towards_itself_and_not_towards_another_of_its_process() {
    let mut world = World::with_job(&LINUX, &["a"]);
    world.thread_of("a", "t");
    let process = world.number("a");
    let [main, t] = ["a", "t"].map(|name| world.system.thread_id(world.thread(name)).unwrap().get());
    for (caller, to, answer) in [
        ("a", main, Ok(())),
        ("t", t, Ok(())),
        ("t", main, Err(KillError::ForgedCode)),
        ("a", t, Err(KillError::ForgedCode)),
    ] {
        for code in [Code::USER, Code::KERNEL, Code::TKILL] {
            let queued = world.system.tgsigqueue(world.thread(caller), (process, to), 0, (code, 5), &mut ());
            assert_eq!(queued, answer, "{caller} to {to} with {code:?}");
        }
    }
}

#[test]
fn a_bad_number_to_a_handle_of_nobody_is_found_first_or_last() {
    for (rules, first) in [(&LINUX, KillError::NoSuchTarget), (&FREEBSD, KillError::InvalidSignal)] {
        let mut world = World::with_job(rules, &["a"]);
        let (gone, thread) = (world.key("a"), world.thread("a"));
        let group = world.system.group(gone).unwrap();
        world.ended("a");
        world.system.reap(gone).unwrap();
        for handle in [Handle::Process(gone), Handle::Thread(thread), Handle::Through(thread), Handle::Group(group)] {
            assert_eq!(send(&mut world, handle, 65).err(), Some(first), "{handle:?} under {}", rules.name);
            assert_eq!(send(&mut world, handle, 15).err(), Some(KillError::NoSuchTarget));
        }
        let here = Handle::Process(world.key("init"));
        assert_eq!(send(&mut world, here, 65).err(), Some(KillError::InvalidSignal), "{}", rules.name);
    }
}

#[test]
fn a_thread_that_has_ended_takes_no_signal_with_a_value() {
    let mut world = World::with_job(&LINUX, &["a"]);
    world.thread_of("a", "t");
    let process = world.number("a");
    world.system.exit_thread(world.thread("a")).unwrap();
    let usr1 = i32::from(Signal::USR1.number());
    let sent = world.system.tgsigqueue(world.thread("sh"), (process, process), usr1, (Code::QUEUE, 0), &mut ());
    assert_eq!(sent, Err(KillError::NoSuchTarget));
}
