//! Posting, stopping, continuing and taking signals allocate nothing, however many targets there are and however full
//! the queues.

use sigpost_engine::personality::{FREEBSD, LINUX};
use sigpost_engine::{
    Action, Activity, Counts, Delivery, Disposition, Heap, Personality, ProcessKey, Receipt, Signal, SignalMask,
    SignalSet, System, Tables, Verdict, Work,
};
use sigpost_sys::allocations::{self, Counting};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How many members the group has.
const MEMBERS: u32 = 10_000;

/// How many times the work allocates.
fn allocations_of(work: impl FnOnce()) -> u64 {
    let before = allocations::so_far();
    work();
    allocations::so_far() - before
}

/// A system with a group of many members that catch USR1, and one that sends to them.
struct Crowd {
    system: System<Heap>,
    shell: ProcessKey,
    first: ProcessKey,
    group: i32,
}

impl Crowd {
    fn of(members: u32, rules: &'static Personality) -> Self {
        let mut system = System::new(rules, Tables::heap(100_000));
        let init = system.boot().expect("an empty table has room");
        let shell = system.fork(init).expect("the heap has room");
        let first = system.fork(shell).expect("the heap has room");
        system.setpgid(first, 0, 0).expect("a child may lead a group");
        system.sigaction(first, Signal::USR1, Disposition::Catch(Action::default())).expect("it can be caught");
        for _ in 1..members {
            system.fork(first).expect("the heap has room");
        }
        let group = system.pid(first).expect("it is there").get();
        Self { system, shell, first, group }
    }

    fn send(&mut self, signal: Signal) -> Counts {
        let mut counts = Counts::default();
        let sent = self.system.killpg(self.shell, self.group, signal.number().into(), &mut counts);
        assert_eq!(sent, Ok(()));
        counts
    }

    /// Every thread that has something to look at takes one signal, or stops, or goes on. How many handlers ran.
    fn drain(&mut self) -> u32 {
        let mut handlers = 0;
        while let Some(work) = self.system.next_work() {
            let Work::Thread(thread) = work else { continue };
            while let Ok(Delivery::Handler(call)) = self.system.deliver(thread) {
                handlers += 1;
                self.system.sigreturn(thread, call.saved_mask).expect("it is there");
            }
        }
        handlers
    }
}

#[test]
fn the_counter_notices_a_single_box() {
    assert_eq!(allocations_of(|| drop(core::hint::black_box(Box::new(1)))), 1);
    assert_eq!(allocations_of(|| ()), 0);
}

/// [S3.9] Behind the host's lock it serves all of its threads.
#[test]
fn a_system_may_be_handed_from_thread_to_thread() {
    fn may_be_handed_over<T: Send + Sync>(_: &T) {}
    let mut crowd = Crowd::of(3, &LINUX);
    may_be_handed_over(&crowd.system);
    let counts = std::thread::scope(|scope| scope.spawn(|| crowd.send(Signal::USR1)).join());
    assert_eq!(counts.expect("it did not panic").of(Verdict::Handles), 3);
    assert_eq!(crowd.drain(), 3);
}

/// [S3.9] What allocates nothing and takes no lock may be called from inside a handler.
#[test]
fn a_signal_to_ten_thousand_members_allocates_nothing() {
    for rules in [&LINUX, &FREEBSD] {
        let mut crowd = Crowd::of(MEMBERS, rules);
        let mut counts = Counts::default();
        let mut handlers = 0;
        let allocations = allocations_of(|| {
            counts = crowd.send(Signal::USR1);
            handlers = crowd.drain();
        });
        assert_eq!((counts.of(Verdict::Handles), handlers), (MEMBERS, MEMBERS), "{}", rules.name);
        assert_eq!(allocations, 0, "{}", rules.name);
    }
}

#[test]
fn receipts_collected_into_a_slice_allocate_nothing() {
    let mut crowd = Crowd::of(MEMBERS, &LINUX);
    let mut kept: Vec<Option<Receipt>> = vec![None; MEMBERS as usize];
    let (sender, group) = (crowd.shell, crowd.group);
    let allocations = allocations_of(|| {
        crowd.system.killpg(sender, group, 10, &mut kept.iter_mut()).expect("all are reached");
    });
    assert!(kept.iter().all(|receipt| receipt.is_some_and(|receipt| receipt.verdict == Verdict::Handles)));
    assert_eq!(allocations, 0);
}

#[test]
fn stopping_and_continuing_ten_thousand_members_allocates_nothing() {
    for rules in [&LINUX, &FREEBSD] {
        let mut crowd = Crowd::of(MEMBERS, rules);
        let asleep = crowd.system.main_thread(crowd.first).expect("it is there");
        crowd.system.set_activity(asleep, Activity::Interruptible).expect("it is there");
        let (mut stops, mut continues) = (Counts::default(), Counts::default());
        let allocations = allocations_of(|| {
            stops = crowd.send(Signal::STOP);
            crowd.drain();
            continues = crowd.send(Signal::CONT);
            crowd.drain();
        });
        let counted = (stops.of(Verdict::Stops), continues.of(Verdict::Continues));
        assert_eq!(counted, (MEMBERS, MEMBERS), "{}", rules.name);
        assert_eq!(allocations, 0, "{}", rules.name);
    }
}

#[test]
fn queueing_to_the_limit_and_beyond_and_taking_it_all_allocates_nothing() {
    for rules in [&LINUX, &FREEBSD] {
        let mut crowd = Crowd::of(2, rules);
        crowd.system.set_queue_limit(crowd.first, 128).expect("it is there");
        let thread = crowd.system.main_thread(crowd.first).expect("it is there");
        let blocked = SignalSet::of(&[Signal::RTMIN, Signal::RTMAX]);
        let (mut pends, mut full, mut lost, mut taken) = (0, 0, 0, 0);
        let allocations = allocations_of(|| {
            crowd.system.set_mask(thread, blocked.into()).expect("it is there");
            for value in 0..200 {
                let mut counts = Counts::default();
                let _ = crowd.system.sigqueue(crowd.shell, crowd.group, 34, value, &mut counts);
                pends += counts.of(Verdict::Pends);
                full += counts.of(Verdict::QueueFull);
            }
            let mut without_information = |receipt: Receipt| lost += u32::from(receipt.info_lost);
            crowd.system.kill(crowd.shell, crowd.group, 64, &mut without_information).expect("kill never says so");
            crowd.system.sigwait_begin(thread, blocked).expect("it is there");
            while let Ok(Some(_)) = crowd.system.sigwait_poll(thread) {
                taken += 1;
                crowd.system.sigwait_begin(thread, blocked).expect("it is there");
            }
            crowd.system.sigwait_end(thread).expect("it is there");
            crowd.system.set_mask(thread, SignalMask::NONE).expect("it is there");
        });
        assert_eq!((pends, full, lost, taken), (128, 72, 1, 129), "{}", rules.name);
        assert_eq!(allocations, 0, "{}", rules.name);
        crowd.system.check_invariants().expect("nothing is left charged");
    }
}

#[test]
fn a_change_of_mask_that_finds_another_taker_allocates_nothing() {
    let mut crowd = Crowd::of(1, &LINUX);
    let main = crowd.system.main_thread(crowd.first).expect("it is there");
    let threads = (0..100).map(|_| crowd.system.new_thread(main).expect("the heap has room")).collect::<Vec<_>>();
    let blocks_usr1 = SignalMask::new(SignalSet::of(&[Signal::USR1]));
    let mut handlers = 0;
    let allocations = allocations_of(|| {
        crowd.send(Signal::USR1);
        // One after the other closes itself to it before it looks, until one is left.
        for thread in core::iter::once(&main).chain(&threads[..99]) {
            crowd.system.set_mask(*thread, blocks_usr1).expect("it is there");
        }
        handlers = crowd.drain();
    });
    assert_eq!((handlers, allocations), (1, 0));
}

#[test]
fn ending_ten_thousand_members_allocates_nothing() {
    let mut crowd = Crowd::of(MEMBERS, &LINUX);
    let mut ended = 0;
    let allocations = allocations_of(|| {
        let counts = crowd.send(Signal::KILL);
        assert_eq!(counts.of(Verdict::Terminates), MEMBERS);
        while let Some(work) = crowd.system.next_work() {
            if let Work::Thread(thread) = work
                && let Ok(Delivery::End(_)) = crowd.system.deliver(thread)
            {
                crowd.system.exit_thread(thread).expect("it is there");
                ended += 1;
            }
        }
    });
    assert_eq!((ended, allocations), (MEMBERS, 0));
}
