//! The steps that change who there is: tracing, fork, exec, threads, exit, reaping, groups.

use sigpost_engine::{Activity, Code, ExitStatus, ForkError, Pid, SetGroupError, Signal, SignalInfo};

use super::{Pair, compare_next};
use crate::engine::end;
use crate::invariants::is_free;
use crate::operation::Operation;
use crate::table;
use crate::take::{Next, has_threads};
use crate::world::{Index, Life, Stop};

impl Pair {
    pub(super) fn trace_step(&mut self, operation: &Operation) {
        let Self { world, engine } = self;
        let init = engine.processes[0];
        match *operation {
            Operation::Trace(p, traced) => {
                let p = world.pick_alive(p);
                if p == 0 || world.processes[p].threads.iter().any(|thread| thread.trace_stopped) {
                    return;
                }
                // A tracer can let go only of what it holds: detaching is not among the steps.
                for t in world.live_threads(p).collect::<Vec<_>>() {
                    if traced && !world.processes[p].threads[t].traced {
                        engine.system.trace(init, engine.threads[p][t]).unwrap();
                        world.set_traced(p, t, true);
                    }
                }
            }
            Operation::ResumeTracee(p, t, inject) => {
                let p = world.pick_alive(p);
                let t = world.pick_thread(p, t);
                let inject = inject.filter(|&s| i32::from(s.number()) <= table::highest_signal(world.os));
                if world.processes[p].threads[t].trace_stopped {
                    self.resume(p, t, inject);
                }
            }
            _ => self.life_step(operation),
        }
    }

    fn resume(&mut self, p: Index, t: usize, inject: Option<Signal>) {
        let info = |signal| SignalInfo { signal, code: Code::USER, pid: 0, uid: 0, value: 0 };
        let (init, key) = (self.engine.processes[0], self.engine.threads[p][t]);
        let mut next = self.world.resume_tracee(p, t, inject);
        if matches!(next, Next::Nothing | Next::Ignores(_)) {
            // It was in the middle of looking: that its process goes on is told the next time.
            let untold = core::mem::take(&mut self.world.processes[p].untold);
            next = self.take_in_model(p, t);
            let process = &mut self.world.processes[p];
            process.untold |= untold && process.life == Life::Alive && !matches!(process.stop, Stop::Stopped(_));
        }
        let delivery = self.engine.system.trace_continue(init, key, inject.map(info)).unwrap();
        self.engine.obey(p, t, delivery);
        compare_next(&next, &delivery);
    }

    fn life_step(&mut self, operation: &Operation) {
        let Self { world, engine } = self;
        match *operation {
            Operation::Fork(p, t, ..) if world.cannot_fork(p, t) => {}
            Operation::Fork(p, t, number, _) if !world.may_be_given(number) => {
                let p = world.pick_alive(p);
                let theirs = engine.system.fork_as(engine.threads[p][world.pick_thread(p, t)], Pid::new(number));
                let free = is_free(world, number);
                assert!(free || theirs.is_err(), "number {number} was given out though something uses it");
                if let Ok(key) = theirs {
                    engine.add_process(key);
                    world.fork(p, world.pick_thread(p, t), number, false);
                }
            }
            Operation::Fork(p, t, number, _) if world.forks_in_vain(p, t) => {
                let p = world.pick_alive(p);
                let theirs = engine.system.fork_as(engine.threads[p][world.pick_thread(p, t)], Pid::new(number));
                assert_eq!(theirs, Err(ForkError::Interrupted), "fork by {p}, which has signals to take");
            }
            Operation::Fork(p, t, number, vfork) => {
                let p = world.pick_alive(p);
                let t = world.pick_thread(p, t);
                let key = engine.system.fork_as(engine.threads[p][t], Pid::new(number)).unwrap();
                engine.add_process(key);
                let child = world.fork(p, t, number, vfork);
                if vfork {
                    engine.system.set_vfork_child(key, true).unwrap();
                    engine.system.set_activity(engine.threads[p][t], Activity::Killable).unwrap();
                }
                assert_eq!(child + 1, engine.processes.len());
            }
            Operation::Exec(p) => {
                let p = world.pick_alive(p);
                if world.can_call(p, 0) {
                    engine.system.exec(engine.threads[p][0]).unwrap();
                    engine.threads[p].truncate(1);
                    engine.saved[p] = vec![Vec::new()];
                    world.exec(p);
                }
            }
            Operation::NewThread(p, _) if has_threads(world.os) => {
                let p = world.pick_alive(p);
                if world.may_have_another_thread(p) {
                    let number = engine.add_thread(p, 0);
                    world.add_thread(p, number);
                }
            }
            _ => self.end_step(operation),
        }
    }

    fn end_step(&mut self, operation: &Operation) {
        let Self { world, engine } = self;
        match *operation {
            Operation::ExitThread(p, t) => {
                let p = world.pick_alive(p);
                let t = world.pick_thread(p, t);
                if t != 0 && world.can_end(p, t) {
                    engine.system.exit_thread(engine.threads[p][t]).unwrap();
                    world.exit_thread(p, t);
                }
            }
            Operation::Exit(p) => {
                let p = world.pick_alive(p);
                if p != 0 {
                    engine.system.exit(engine.processes[p], 0).unwrap();
                    world.exit(p, 0);
                }
            }
            Operation::Reap(p) => self.reap(p),
            Operation::Setpgid(p, group) => {
                let p = world.pick_alive(p);
                let group = world.processes[world.pick(group)].group.unwrap_or(0);
                let theirs = engine.system.setpgid(engine.processes[p], 0, group);
                assert_eq!(theirs.map_err(SetGroupError::errno), world.setpgid(p, p, group), "setpgid");
            }
            Operation::Setsid(p) => {
                let p = world.pick_alive(p);
                let theirs = engine.system.setsid(engine.processes[p]).is_ok();
                assert_eq!(theirs, world.setsid(p).is_ok(), "setsid");
            }
            _ => {}
        }
    }

    fn reap(&mut self, p: u8) {
        let child = self.world.pick(p);
        if let (Some(parent), Life::Zombie(expected)) =
            (self.world.processes[child].parent, self.world.processes[child].life)
        {
            let status: ExitStatus = self.engine.system.reap(self.engine.processes[child]).unwrap();
            assert_eq!(end(status), expected, "how {child} ended");
            self.world.reap(parent, child).unwrap();
        }
    }
}
