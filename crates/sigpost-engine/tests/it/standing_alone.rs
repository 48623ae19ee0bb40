//! Layer 2 without a system: a host's own table of threads, `post` and `deliver` on it.

use sigpost_engine::deliver::{Surroundings, deliver, take};
use sigpost_engine::personality::LINUX;
use sigpost_engine::{
    Account, Action, ActionTable, Charge, Delivery, Disposition, ExitStatus, FreeEntries, Post, Posted, ProcessSignals,
    Queue, QueueEntry, Signal, SignalInfo, SignalMask, SignalSet, ThreadRow, ThreadSignals, Verdict, Wake, post,
};

/// A process of two threads, and the host's pool of entries.
struct Host {
    process: ProcessSignals,
    row: ThreadRow<[ThreadSignals; 2]>,
    entries: Vec<QueueEntry>,
    free: FreeEntries,
    accounts: [Account; 1],
}

impl Host {
    fn new() -> Self {
        let row = ThreadRow::new([ThreadSignals::default(); 2]);
        let entries = vec![QueueEntry::default(); 4];
        let process = ProcessSignals::new(Charge { account: 0, limit: 4 });
        Self { process, row, entries, free: FreeEntries::default(), accounts: [Account::default()] }
    }

    fn post(&mut self, signal: Signal) -> (Verdict, Wake<usize>) {
        let posted = self.posted(signal);
        (posted.verdict, posted.wake)
    }

    fn posted(&mut self, signal: Signal) -> Posted<usize> {
        self.row.addressed = 0;
        let mut queue = Queue { entries: &mut self.entries, free: &mut self.free, accounts: &mut self.accounts };
        let letter = Post::to_process(SignalInfo::kernel(signal));
        post(&mut self.process, &mut self.row, &mut queue, &letter, &LINUX)
    }

    fn take(&mut self, thread: usize, from: SignalSet) -> Option<Signal> {
        let mut queue = Queue { entries: &mut self.entries, free: &mut self.free, accounts: &mut self.accounts };
        take(&mut self.row.threads[thread], &mut self.process, &mut queue, from, &LINUX).map(|info| info.signal)
    }

    fn deliver(&mut self, thread: usize) -> Delivery {
        self.row.addressed = thread;
        let mut queue = Queue { entries: &mut self.entries, free: &mut self.free, accounts: &mut self.accounts };
        let actions = &ActionTable::EMPTY;
        let around = Surroundings { actions, orphaned: false, child_of_init: false, rules: &LINUX };
        deliver(&mut self.process, &mut self.row, &mut queue, &around).delivery
    }
}

#[test]
fn a_host_with_its_own_table_posts_and_delivers() {
    let mut host = Host::new();
    assert!(!host.row.threads[0].is_kicked());
    host.row.threads[0].set_mask(SignalMask::new(SignalSet::ALL));
    assert_eq!(host.post(Signal::QUIT), (Verdict::Dumps, Wake::One(1)), "the other thread takes it");
    assert_eq!(host.process.pending(), SignalSet::of(&[Signal::QUIT]));
    assert!(host.row.threads[1].is_kicked() && !host.row.threads[0].is_kicked());
    assert_eq!(host.deliver(0), Delivery::Nothing);
    assert_eq!(host.deliver(1), Delivery::End(ExitStatus::Dumped(Signal::QUIT)));
    assert_eq!(host.accounts[0].charged(), 0);
    assert_eq!(host.post(Signal::KILL).0, Verdict::Zombie);
}

#[test]
fn a_protected_process_without_a_system_is_immune() {
    let mut host = Host::new();
    host.process.protect();
    assert_eq!(host.post(Signal::TERM), (Verdict::Immune, Wake::Nobody));
    assert!(host.process.life().is_alive());
}

#[test]
fn who_has_looked_is_kicked_no_more() {
    let mut host = Host::new();
    host.row.threads[1].set_mask(SignalMask::new(SignalSet::ALL));
    host.row.threads[0].set_mask(SignalMask::new(SignalSet::ALL));
    assert_eq!(host.post(Signal::TERM), (Verdict::Pends, Wake::Nobody));
    host.row.threads[0].set_mask(SignalMask::NONE);
    assert_eq!(host.post(Signal::STOP).0, Verdict::Stops);
    assert!(host.row.threads[0].is_kicked());
    assert_eq!(host.deliver(0), Delivery::End(ExitStatus::Killed(Signal::TERM)));
}

#[test]
fn who_has_taken_all_that_it_would_take_need_not_look_any_more() {
    let (usr1, usr2) = (SignalSet::of(&[Signal::USR1]), SignalSet::of(&[Signal::USR2]));
    let both = usr1 | usr2;
    let mut host = Host::new();
    for signal in [Signal::USR1, Signal::USR2] {
        host.process.set_disposition(signal, &Disposition::Catch(Action::default()));
    }
    for (mask, left) in [(SignalSet::EMPTY, true), (usr2, false)] {
        host.row.threads[0].set_mask(mask.into());
        host.row.threads[1].set_mask(both.into());
        assert_eq!(host.post(Signal::USR1), (Verdict::Handles, Wake::One(0)));
        let _ = host.post(Signal::USR2);
        assert_eq!(host.take(0, usr1), Some(Signal::USR1));
        assert_eq!(host.row.threads[0].is_kicked(), left, "USR2 is left, and it blocks {mask:?}");
        assert_eq!(host.take(0, both), Some(Signal::USR2));
        assert!(!host.row.threads[0].is_kicked());
        assert_eq!(host.take(0, both), None);
    }
}

#[test]
fn who_is_to_stop_has_to_look_though_it_took_a_signal() {
    let mut host = Host::new();
    for thread in &mut host.row.threads {
        thread.set_mask(SignalMask::new(SignalSet::of(&[Signal::USR1])));
    }
    assert_eq!(host.post(Signal::USR1).0, Verdict::Pends);
    assert_eq!(host.post(Signal::STOP).0, Verdict::Stops);
    assert_eq!(host.deliver(1), Delivery::Stop);
    assert_eq!(host.take(0, SignalSet::ALL), Some(Signal::USR1));
    assert!(host.row.threads[0].is_kicked());
}

#[test]
fn a_descriptor_for_signals_becomes_readable_by_what_pends_and_by_nothing_else() {
    let mut host = Host::new();
    for thread in &mut host.row.threads {
        thread.set_mask(SignalMask::new(SignalSet::of(&[Signal::USR1, Signal::RTMIN])));
    }
    let mut readable = |signal| host.posted(signal).readable;
    assert!(readable(Signal::USR1));
    assert!(!readable(Signal::USR1), "it merges");
    assert!(readable(Signal::RTMIN) && readable(Signal::RTMIN));
    assert!(!readable(Signal::WINCH), "it is ignored");
}
