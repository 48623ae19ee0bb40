//! A system in slices that the caller lends: filled to the last slot, and asked for one more.

use sigpost_engine::personality::{FREEBSD, LINUX};
use sigpost_engine::storage::Slot;
use sigpost_engine::{
    Account, Action, Counts, Delivery, Disposition, Fixed, ForkError, ProcessKey, QueueEntry, SetGroupError,
    SigactionError, Signal, SignalSet, Storage, System, Tables, Verdict, namespace, number, process_group,
    process_table, session, system,
};

/// How many slots each table has: all that a system of these tables can hold.
pub(crate) struct Slots {
    pub(crate) processes: Vec<Slot<process_table::Process>>,
    pub(crate) threads: Vec<Slot<process_table::Thread>>,
    pub(crate) groups: Vec<Slot<process_group::Group>>,
    pub(crate) sessions: Vec<Slot<session::Session>>,
    pub(crate) namespaces: Vec<Slot<namespace::Namespace>>,
    pub(crate) numbers: Vec<Slot<number::Number>>,
    pub(crate) buckets: Vec<number::Bucket>,
    pub(crate) actions: Vec<Slot<system::SharedActions>>,
    pub(crate) queue: Vec<QueueEntry>,
    pub(crate) accounts: Vec<system::Owner>,
    pub(crate) charges: Vec<Account>,
}

pub(crate) fn slots<T: Default>(count: usize) -> Vec<T> {
    core::iter::repeat_with(T::default).take(count).collect()
}

impl Slots {
    /// Room for four processes, six threads, two groups, one table of handlers and three queued signals.
    pub(crate) fn few() -> Self {
        Self {
            processes: slots(4),
            threads: slots(6),
            groups: slots(2),
            sessions: slots(1),
            namespaces: slots(1),
            numbers: slots(8),
            buckets: slots(8),
            actions: slots(1),
            queue: slots(3),
            accounts: slots(4),
            charges: slots(4),
        }
    }

    pub(crate) fn lend(&mut self) -> Tables<Fixed<'_>> {
        Tables {
            processes: &mut self.processes,
            threads: &mut self.threads,
            groups: &mut self.groups,
            sessions: &mut self.sessions,
            namespaces: &mut self.namespaces,
            numbers: &mut self.numbers,
            buckets: &mut self.buckets,
            actions: &mut self.actions,
            queue: &mut self.queue,
            accounts: &mut self.accounts,
            charges: &mut self.charges,
        }
    }
}

/// init, and as many children as there is room for.
fn fill<S: Storage>(system: &mut System<S>) -> Vec<ProcessKey> {
    let init = system.boot().expect("there is room for init");
    let mut all = vec![init];
    while let Ok(child) = system.fork(init) {
        system.check_invariants().expect("nothing is amiss");
        all.push(child);
    }
    all
}

#[test]
fn as_many_processes_fit_as_there_are_slots_and_one_more_does_not() {
    let mut slots = Slots::few();
    let mut system = System::new(&LINUX, slots.lend());
    let all = fill(&mut system);
    assert_eq!(all.len(), 4);
    assert_eq!(system.fork(all[0]), Err(ForkError::NoMemory));
    system.check_invariants().expect("a fork that fails leaves nothing behind");

    // A slot that is given back is good for another process.
    system.exit(all[3], 0).expect("it lives");
    assert_eq!(system.fork(all[0]), Err(ForkError::NoMemory), "a zombie keeps its slot");
    system.reap(all[3]).expect("it has ended");
    let next = system.fork(all[0]).expect("there is room again");
    assert_ne!(next, all[3]);
    assert_eq!(system.fork(all[0]), Err(ForkError::NoMemory));
    system.check_invariants().expect("nothing is amiss");
}

#[test]
fn signals_work_in_full_tables() {
    let mut slots = Slots::few();
    let mut system = System::new(&LINUX, slots.lend());
    let all = fill(&mut system);
    let mut counts = Counts::default();
    system.kill(all[1], 0, 19, &mut counts).expect("its own group");
    assert_eq!((counts.of(Verdict::Stops), counts.of(Verdict::Immune)), (3, 1));
    let mut counts = Counts::default();
    system.kill(all[0], -1, 9, &mut counts).expect("everyone but init");
    assert_eq!(counts.of(Verdict::Terminates), 3);
    system.check_invariants().expect("nothing is amiss");
}

#[test]
fn threads_groups_and_tables_of_handlers_run_out_one_by_one() {
    let mut slots = Slots::few();
    let mut system = System::new(&LINUX, slots.lend());
    let all = fill(&mut system);
    let main = system.main_thread(all[1]).expect("it is there");
    assert!(system.new_thread(main).is_ok() && system.new_thread(main).is_ok());
    assert_eq!(system.new_thread(main), Err(ForkError::NoMemory), "six threads are in use");

    assert_eq!(system.setpgid(all[1], 0, 0), Ok(()));
    assert_eq!(system.setpgid(all[2], 0, 0), Err(SetGroupError::NoMemory), "two groups are in use");
    assert!(system.setsid(all[2]).is_err());

    let catch = Disposition::Catch(Action::default());
    assert!(system.sigaction(all[1], Signal::USR1, catch).is_ok());
    assert_eq!(system.sigaction(all[2], Signal::USR1, catch), Err(SigactionError::NoMemory));
    assert!(system.sigaction(all[2], Signal::USR1, Disposition::Ignore).is_ok(), "to ignore needs no memory");
    system.check_invariants().expect("nothing is amiss");
}

/// The information needs room, the signal does not.
#[test]
fn with_no_entry_left_a_signal_still_arrives() {
    for rules in [&LINUX, &FREEBSD] {
        let mut slots = Slots::few();
        let mut system = System::new(rules, slots.lend());
        let all = fill(&mut system);
        let (target, thread) = (all[1], system.main_thread(all[1]).expect("it is there"));
        let number = system.pid(target).expect("it is there").get();
        let blocked = SignalSet::of(&[Signal::RTMIN, Signal::USR1]);
        system.set_mask(thread, blocked.into()).expect("it is there");
        for value in 0..3 {
            assert_eq!(system.sigqueue(all[0], number, 34, value, &mut ()), Ok(()), "{}", rules.name);
        }
        assert!(system.sigqueue(all[0], number, 34, 3, &mut ()).is_err(), "the fourth of three entries");
        let mut lost = false;
        system
            .kill(all[0], number, 10, &mut |receipt: sigpost_engine::Receipt| lost = receipt.info_lost)
            .expect("sent");
        assert!(lost, "{}", rules.name);
        assert_eq!(system.process(target).expect("it is there").pending(), blocked);
        system.check_invariants().expect("nothing is amiss");
        assert_eq!(system.kill(all[0], number, 19, &mut ()), Ok(()));
        let delivery = system.deliver(thread).expect("it is there");
        assert_eq!(delivery, Delivery::Stop, "STOP arrives where its information does not, under {}", rules.name);
        assert!(system.process(target).expect("it is there").stop().is_stopped());
        assert_eq!(system.kill(all[0], number, 9, &mut ()), Ok(()));
        assert!(matches!(system.deliver(thread), Ok(Delivery::End(_))));
    }
}

/// Tables without a single slot: an error, no panic.
#[test]
fn a_system_without_room_does_not_boot() {
    let mut slots = Slots::few();
    slots.processes.clear();
    assert_eq!(System::new(&LINUX, slots.lend()).boot(), Err(ForkError::NoMemory));
    let mut slots = Slots::few();
    slots.buckets.clear();
    assert_eq!(System::new(&LINUX, slots.lend()).boot(), Err(ForkError::NoMemory));
}
