//! PID namespaces inside each other: who sees whom, whom init protects itself from, and what its end does.

use sigpost_engine::{
    Code, Delivery, ForkError, KillError, Life, ProcessKey, Receipt, Signal, Verdict, namespace::DEPTH,
    personality::LINUX,
};

use crate::world::World;

struct Inner {
    world: World,
    init: ProcessKey,
    child: ProcessKey,
}

/// `sh` has made a namespace: its process 1, and a child of that.
fn inner() -> Inner {
    let mut world = World::with_job(&LINUX, &["a"]);
    let init = world.system.fork_namespace(world.thread("sh")).unwrap();
    let child = world.system.fork(init).unwrap();
    world.check();
    Inner { world, init, child }
}

impl Inner {
    fn kill(&mut self, sender: ProcessKey, target: i32, signal: Signal) -> Result<Vec<Verdict>, KillError> {
        let mut verdicts = Vec::new();
        let mut note = |receipt: Receipt| verdicts.push(receipt.verdict);
        let result = self.world.system.kill(sender, target, signal.number().into(), &mut note);
        self.world.check();
        result.map(|()| verdicts)
    }

    fn outside(&self, process: ProcessKey) -> i32 {
        let outermost = self.world.system.namespace(self.world.key("init")).unwrap();
        self.world.system.pid_in(outermost, process).unwrap().get()
    }

    fn lives(&self, process: ProcessKey) -> bool {
        self.world.system.process(process).is_some_and(|process| process.life() == Life::Alive)
    }
}

#[test]
fn a_process_has_a_number_inside_and_another_outside() {
    let Inner { world, init, child } = inner();
    assert_eq!((world.system.pid(init).unwrap().get(), world.system.pid(child).unwrap().get()), (1, 2));
    let outermost = world.system.namespace(world.key("init")).unwrap();
    let number = world.system.pid_in(outermost, child).unwrap();
    assert!(number.get() > 2);
    assert_eq!(world.system.resolve(outermost, number.get()), Some(child));
    let inside = world.system.namespace(child).unwrap();
    assert_eq!(world.system.pid_in(inside, world.key("sh")), None);
}

#[test]
fn who_is_outside_does_not_exist_for_those_inside() {
    let mut inner = inner();
    let (sh, child) = (inner.world.number("sh"), inner.child);
    assert_eq!(inner.kill(child, sh, Signal::TERM), Err(KillError::NoSuchTarget));
    let init = inner.init;
    assert_eq!(inner.kill(init, -1, Signal::USR1), Ok(vec![Verdict::Terminates]), "everyone: the one child");
    assert!(inner.world.lives("sh") && inner.world.lives("a"));
}

#[test]
fn init_is_immune_inside_and_mortal_from_outside() {
    let mut inner = inner();
    let (init, child) = (inner.init, inner.child);
    for signal in [Signal::TERM, Signal::KILL, Signal::STOP] {
        assert_eq!(inner.kill(child, 1, signal), Ok(vec![Verdict::Immune]));
    }
    let (sh, number) = (inner.world.key("sh"), inner.outside(init));
    assert_eq!(inner.kill(sh, number, Signal::TERM), Ok(vec![Verdict::Immune]));
    assert_eq!(inner.kill(sh, number, Signal::STOP), Ok(vec![Verdict::Stops]));
    assert_eq!(inner.kill(sh, number, Signal::KILL), Ok(vec![Verdict::Terminates]));
}

#[test]
fn the_end_of_init_ends_everybody_inside_and_nobody_outside() {
    let mut inner = inner();
    let (init, child) = (inner.init, inner.child);
    let deeper = inner.world.system.fork_namespace(inner.world.system.main_thread(child).unwrap()).unwrap();
    let deepest = inner.world.system.fork(deeper).unwrap();
    inner.world.system.exit(init, 3).unwrap();
    inner.world.check();
    inner.world.run();
    for gone in [child, deeper, deepest] {
        assert!(inner.world.system.process(gone).is_none(), "ended, and nobody is left to ask how");
    }
    assert!(inner.world.lives("sh") && inner.world.lives("a"));
    let news = inner.world.system.wait(inner.world.key("sh"), Some(init)).unwrap();
    assert!(news.is_some());
    inner.world.check();
    let again = inner.world.system.fork_namespace(inner.world.thread("sh")).unwrap();
    assert_eq!(inner.world.system.pid(again).unwrap().get(), 1, "the slot of the namespace is used again");
    inner.world.check();
}

#[test]
fn orphans_inside_become_children_of_their_own_init() {
    let mut inner = inner();
    let (init, child) = (inner.init, inner.child);
    let orphan = inner.world.system.fork(child).unwrap();
    inner.world.system.exit(child, 0).unwrap();
    inner.world.check();
    assert_eq!(inner.world.system.parent(orphan), Some(init));
}

#[test]
fn a_sender_that_cannot_be_seen_has_number_0() {
    let mut inner = inner();
    let (child, catch) = (inner.child, sigpost_engine::Disposition::Catch(sigpost_engine::Action::default()));
    inner.world.system.sigaction(child, Signal::USR1, catch).unwrap();
    let (sh, init, number) = (inner.world.key("sh"), inner.init, inner.outside(child));
    let thread = inner.world.system.main_thread(child).unwrap();
    for (sender, target, seen) in [(sh, number, 0), (init, 2, 1)] {
        inner.kill(sender, target, Signal::USR1).unwrap();
        let Delivery::Handler(call) = inner.world.system.deliver(thread).unwrap() else { panic!("it is caught") };
        assert_eq!((call.info.pid, call.info.code), (seen, Code::USER));
        inner.world.system.sigreturn(thread, call.saved_mask).unwrap();
    }
}

#[test]
fn a_signal_that_init_blocks_pends_and_is_dropped_when_unblocked() {
    let mut inner = inner();
    let (init, child) = (inner.init, inner.child);
    let thread = inner.world.system.main_thread(init).unwrap();
    inner.world.system.set_mask(thread, sigpost_engine::SignalSet::of(&[Signal::TERM]).into()).unwrap();
    assert_eq!(inner.kill(child, 1, Signal::TERM), Ok(vec![Verdict::Pends]));
    inner.world.system.set_mask(thread, sigpost_engine::SignalMask::NONE).unwrap();
    inner.world.run();
    assert!(inner.lives(init));
}

#[test]
fn namespaces_lie_inside_each_other_only_so_deep() {
    let mut world = World::with_job(&LINUX, &[]);
    let mut deepest = world.key("sh");
    for _ in 1..DEPTH {
        deepest = world.system.fork_namespace(world.system.main_thread(deepest).unwrap()).unwrap();
        world.check();
    }
    let thread = world.system.main_thread(deepest).unwrap();
    assert_eq!(world.system.fork_namespace(thread), Err(ForkError::NoMemory));
    world.check();
}

#[test]
fn the_end_of_the_first_init_is_the_end_of_the_system() {
    let mut inner = inner();
    inner.world.fork("a", "grandchild");
    let init = inner.world.key("init");
    inner.world.system.exit(init, 3).unwrap();
    inner.world.check();
    inner.world.run();
    assert_eq!(inner.world.system.processes().collect::<Vec<_>>(), [init], "nobody is left but it, to be asked");
    let status = inner.world.system.process(init).unwrap().life().status();
    assert_eq!(status, Some(sigpost_engine::ExitStatus::Exited(3)));
    assert_eq!(inner.world.system.reap(init), Ok(sigpost_engine::ExitStatus::Exited(3)));
    inner.world.check();
}
