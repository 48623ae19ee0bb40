//! Tables that are just large enough, used again and again: whatever ends gives back all that it had.

use sigpost_engine::personality::{FREEBSD, LINUX};
use sigpost_engine::{
    Action, Credentials, Disposition, Fixed, ForkError, Pid, ProcessKey, Signal, SignalSet, System, ThreadKey, Work,
};

use crate::fixed_storage::{Slots, slots};

const fn catching(handler: u64) -> Disposition {
    Disposition::Catch(Action {
        handler,
        mask: sigpost_engine::SignalMask::NONE,
        flags: sigpost_engine::ActionFlags::NONE,
    })
}

fn main_of(system: &System<Fixed<'_>>, process: ProcessKey) -> ThreadKey {
    system.main_thread(process).unwrap()
}

/// Everyone who has to look does, and ends if that is what is to be done.
fn settle(system: &mut System<Fixed<'_>>) {
    while let Some(work) = system.next_work() {
        if let Work::Thread(thread) = work
            && let Ok(sigpost_engine::Delivery::End(_)) = system.deliver(thread)
        {
            system.exit_thread(thread).unwrap();
        }
    }
    system.check_invariants().unwrap();
}

fn end(system: &mut System<Fixed<'_>>, process: ProcessKey) {
    system.exit(process, 0).unwrap();
    settle(system);
    let _ = system.reap(process);
    system.check_invariants().unwrap();
}

/// Two children with tables of handlers, users, sessions and queued signals of their own.
fn a_round_of_children(system: &mut System<Fixed<'_>>, init: ProcessKey, round: u32) {
    let blocked = SignalSet::of(&[Signal::USR1, Signal::RTMIN]);
    let pair = [1, 2].map(|which| {
        let child = system.fork(init).unwrap();
        system.set_credentials(child, Credentials::user(1000 + 2 * round + which)).unwrap();
        system.setsid(child).unwrap();
        system.sigaction(child, Signal::USR1, catching(1)).unwrap();
        system.set_mask(main_of(system, child), blocked.into()).unwrap();
        child
    });
    for &child in &pair {
        let number = system.pid(child).unwrap().get();
        assert_eq!(system.sigqueue(init, number, 34, 7, &mut ()), Ok(()), "round {round}");
    }
    for child in pair {
        end(system, child);
    }
}

/// Two that share their handlers, and one that has its own.
fn a_round_of_sharers(system: &mut System<Fixed<'_>>, init: ProcessKey) {
    let a = system.fork(init).unwrap();
    let sharer = system.fork_sharing(main_of(system, a), None).unwrap();
    system.sigaction(sharer, Signal::USR1, catching(1)).unwrap();
    system.sigaction(a, Signal::USR2, catching(2)).unwrap();
    let own = system.fork(a).unwrap();
    system.sigaction(own, Signal::USR1, catching(3)).unwrap();
    assert_eq!(system.disposition(a, Signal::USR1), Some(catching(1)), "what a child sets is its own");
    end(system, own);
    end(system, sharer);
    assert_eq!(system.disposition(a, Signal::USR1), Some(catching(1)), "the table outlives the one who made it");
    end(system, a);
}

/// A namespace with somebody inside.
fn a_round_of_namespaces(system: &mut System<Fixed<'_>>, init: ProcessKey) {
    let inner = system.fork_namespace(main_of(system, init)).unwrap();
    let child = system.fork(inner).unwrap();
    settle(system);
    assert!(system.process(child).is_some());
    end(system, inner);
    assert!(system.process(inner).is_none() && system.process(child).is_none());
}

#[test]
fn whatever_ends_gives_back_all_that_it_had() {
    for rules in [&LINUX, &FREEBSD] {
        let mut tables = Slots {
            sessions: slots(3),
            groups: slots(3),
            namespaces: slots(2),
            numbers: slots(5),
            actions: slots(2),
            ..Slots::few()
        };
        let mut system = System::new(rules, tables.lend());
        let init = system.boot().unwrap();
        for round in 0..40 {
            a_round_of_children(&mut system, init, round);
            a_round_of_sharers(&mut system, init);
            a_round_of_namespaces(&mut system, init);
            system.timer_promise().unwrap();
            system.timer_promise().unwrap();
            system.timer_forget();
            system.timer_forget();
        }
    }
}

#[test]
fn a_namespace_that_cannot_be_made_leaves_nothing_behind() {
    let mut tables = Slots { namespaces: slots(2), numbers: slots(2), ..Slots::few() };
    let mut system = System::new(&LINUX, tables.lend());
    let init = system.boot().unwrap();
    for _ in 0..5 {
        // Its init needs two numbers, one at each level.
        let made = system.fork_namespace(main_of(&system, init));
        assert_eq!(made, Err(ForkError::NoMemory));
        system.check_invariants().unwrap();
        let child = system.fork(init).unwrap();
        end(&mut system, child);
    }
    let mut tables = Slots { namespaces: slots(2), processes: slots(2), ..Slots::few() };
    let mut system = System::new(&LINUX, tables.lend());
    let init = system.boot().unwrap();
    let child = system.fork(init).unwrap();
    for _ in 0..5 {
        assert_eq!(system.fork_namespace(main_of(&system, init)), Err(ForkError::NoMemory));
    }
    end(&mut system, child);
    assert!(system.fork_namespace(main_of(&system, init)).is_ok());
    system.check_invariants().unwrap();
}

#[test]
fn a_fork_for_whose_thread_there_is_no_room_leaves_nothing_behind() {
    let mut tables = Slots { threads: slots(2), ..Slots::few() };
    let mut system = System::new(&LINUX, tables.lend());
    let init = system.boot().unwrap();
    let child = system.fork(init).unwrap();
    for _ in 0..5 {
        assert_eq!(system.fork(init), Err(ForkError::NoMemory));
        system.check_invariants().unwrap();
    }
    end(&mut system, child);
    assert!(system.fork(init).is_ok());
}

#[test]
fn sharers_change_their_handlers_where_there_is_room_for_one_table_only() {
    let mut tables = Slots { actions: slots(1), ..Slots::few() };
    let mut system = System::new(&LINUX, tables.lend());
    let init = system.boot().unwrap();
    system.sigaction(init, Signal::USR1, catching(1)).unwrap();
    let main = main_of(&system, init);
    let sharer = system.fork_sharing(main, None).unwrap();
    let third = system.fork_sharing(main, None).unwrap();
    for (process, handler) in [(sharer, 2), (init, 3), (third, 4)] {
        assert_eq!(system.sigaction(process, Signal::USR2, catching(handler)).map(drop), Ok(()));
        assert_eq!(system.disposition(init, Signal::USR2), Some(catching(handler)));
    }
    system.check_invariants().unwrap();
}

#[test]
fn numbers_are_found_in_one_chain_whoever_leaves_it() {
    for leaves in 0..3 {
        let mut tables = Slots { buckets: slots(1), ..Slots::few() };
        let mut system = System::new(&LINUX, tables.lend());
        let init = system.boot().unwrap();
        let main = main_of(&system, init);
        let numbered = |system: &mut System<Fixed<'_>>, n| system.fork_as(main, Pid::new(n));
        let children = [20, 21, 22].map(|number| numbered(&mut system, number).unwrap());
        end(&mut system, children[leaves]);
        for (place, number) in (20..).take(3).enumerate() {
            let found = system.kill(init, number, 0, &mut ());
            assert_eq!(found.is_ok(), place != leaves, "{number} after {leaves}");
        }
        assert!(numbered(&mut system, 20 + i32::try_from(leaves).unwrap()).is_ok());
    }
}

#[test]
fn a_system_is_booted_once() {
    let mut tables = Slots { namespaces: slots(3), ..Slots::few() };
    let mut system = System::new(&LINUX, tables.lend());
    assert!(system.boot().is_ok());
    assert_eq!(system.boot(), Err(ForkError::NumberInUse));
    system.check_invariants().unwrap();
}
