//! Letting threads run until nothing more can happen.

use sigpost_engine::{
    ActionFlags, Activity, Delivery, HandlerCall, ProcessKey, Signal, SignalInfo, ThreadKey, Work,
    personality::StopOfSleeper,
};

use super::actors::{Actor, Blocking, Frame, Waiting};
use super::{EngineWorld, Order, broken};
use crate::{Budget, Code, Name, Outcome, Sender, Taken, Trouble};

/// What the engine knows a handler by that stays inside until `sigreturn()`.
pub(super) const HOLD: u64 = 1;

impl EngineWorld {
    /// Drains the work that the engine has for the host.
    pub(super) fn settle(&mut self, budget: &mut Budget) -> Result<(), Trouble> {
        let mut waiting = Vec::new();
        loop {
            while let Some(work) = self.next_of(&mut waiting) {
                budget.spend()?;
                match work {
                    Work::Thread(thread) if self.tells_first(thread)? => waiting.push(work),
                    Work::Thread(thread) => self.wake(thread, budget)?,
                    Work::ChildNews(process) => self.tell_waiters(process, budget)?,
                    // No process is watched: the language has no descriptors that read signals.
                    Work::Readable(_) => {}
                }
                if self.is_so_by_chance() {
                    self.end_vforks(budget)?;
                }
            }
            if !self.end_vforks(budget)? {
                return Ok(());
            }
        }
    }

    /// The next one to run, in this world's order.
    fn next_of(&mut self, waiting: &mut Vec<Work>) -> Option<Work> {
        if matches!(self.order, Order::AsTold) {
            return self.system.next_work();
        }
        while let Some(work) = self.system.next_work() {
            waiting.push(work);
        }
        waiting.extend(self.leaving.drain(..).map(Work::Thread));
        if waiting.is_empty() {
            return None;
        }
        let name = |work: &Work| match work {
            Work::Thread(thread) => self.name_of_thread(*thread),
            Work::ChildNews(process) | Work::Readable(process) => self.name_of_process(*process),
        };
        let names: Vec<Option<Name>> = waiting.iter().map(name).collect();
        let Order::Chosen(chosen) = &mut self.order else { return None };
        Some(waiting.swap_remove(chosen.next(&names)))
    }

    /// Whether a thread has told that its process goes on after a stop, and lets others run before it does anything else.
    fn tells_first(&mut self, thread: ThreadKey) -> Result<bool, Trouble> {
        if !self.is_so_by_chance() || self.system.thread(thread).is_none() {
            return Ok(false);
        }
        self.system.tell_parent_that_it_goes_on(thread).map_err(broken)
    }

    /// A thread has something to look at. One that the engine left asleep has not been woken.
    fn wake(&mut self, thread: ThreadKey, budget: &mut Budget) -> Result<(), Trouble> {
        let Some(name) = self.name_of_thread(thread) else { return Ok(()) };
        let activity = self.system.thread(thread).map(sigpost_engine::ThreadSignals::activity);
        if activity != Some(Activity::Running) {
            return Ok(());
        }
        self.actor_mut(name)?.woken = true;
        self.advance(name, budget)
    }

    /// Lets a thread run: signals first, then handlers, then whatever call it is in.
    pub(super) fn advance(&mut self, name: Name, budget: &mut Budget) -> Result<(), Trouble> {
        // Who was on the processor may be so no more, or still, on another one.
        if !self.is_so_by_chance() {
            let thread = self.actor(name)?.thread;
            self.system.set_current(Some(thread));
        }
        loop {
            budget.spend()?;
            let Actor { thread, leaves, .. } = *self.actor(name)?;
            if !leaves && (self.take_waited(name)? || self.take_news(name)?) {
                continue;
            }
            match self.look(thread) {
                Err(_) => return Ok(()),
                Ok(Delivery::Stop) => return self.stop_waiting(name),
                Ok(delivery) => match self.follow(name, &delivery)? {
                    Next::Again => {}
                    Next::Stands if matches!(delivery, Delivery::TraceStop(_)) => return self.stop_waiting(name),
                    Next::Stands => return Ok(()),
                    Next::Runs => {
                        if !self.run_handlers(name)? && !self.faults_again(name)? {
                            self.actor_mut(name)?.tell_late();
                            return self.go_on_waiting(name, budget);
                        }
                    }
                },
            }
        }
    }

    /// What a thread does next. One that nobody told to look goes on as it was, even if there is something that it could
    /// take: that is another's, who was told. Source: Linux `exit_to_user_mode_loop`.
    fn look(&mut self, thread: ThreadKey) -> Result<Delivery, sigpost_engine::Gone> {
        let signals = self.system.thread(thread).ok_or(sigpost_engine::Gone)?;
        let stands = signals.is_stopped() || signals.trace().is_stopped() || signals.has_exited();
        if !signals.is_kicked() && !stands && self.personality == crate::PersonalityName::Linux {
            return Ok(Delivery::Nothing);
        }
        self.system.deliver(thread)
    }

    /// Whom a stop has woken from the sigwait family waits no more, and its mask is its own again while it stands. Another
    /// call begins anew when there are no more signals to take.
    fn stop_waiting(&mut self, name: Name) -> Result<(), Trouble> {
        let actor = self.actor_mut(name)?;
        if actor.is_in_a_call()
            && let Some(waiting) = actor.calls.last_mut()
        {
            waiting.is_left = true;
        }
        let actor = self.actor(name)?;
        let is_waiting = |call: &Waiting| call.what == Blocking::Sigwait && call.restarts.is_none();
        let waits = actor.is_in_a_call() && actor.calls.last().is_some_and(is_waiting);
        if waits && self.rules.stop_of_sleeper == StopOfSleeper::Wakes {
            let thread = actor.thread;
            if let Some(waiting) = self.actor_mut(name)?.calls.last_mut() {
                waiting.restarts = Some(false);
            }
            return self.system.sigwait_end(thread).map_err(broken);
        }
        Ok(())
    }

    /// Does what a delivery says.
    pub(super) fn follow(&mut self, name: Name, delivery: &Delivery) -> Result<Next, Trouble> {
        match delivery {
            Delivery::Nothing => Ok(Next::Runs),
            Delivery::Handler(call) => self.push_frame(name, call).map(|()| Next::Again),
            Delivery::Stop => Ok(Next::Stands),
            Delivery::TraceStop(info) => {
                let is_signal = info.code != sigpost_engine::Code::EVENT_STOP;
                self.actor_mut(name)?.shown = Some(*info).filter(|_| is_signal);
                Ok(Next::Stands)
            }
            Delivery::End(status) => {
                if self.leaves_later(name)? {
                    return Ok(Next::Stands);
                }
                let actor = self.actor_mut(name)?;
                let (family, thread) = (actor.family, actor.thread);
                actor.gone = true;
                if let Some(family) = self.families.get_mut(&family) {
                    family.ended.get_or_insert(*status);
                }
                self.leave_parent(name)?;
                self.system.exit_thread(thread).map_err(broken)?;
                Ok(Next::Stands)
            }
        }
    }

    /// Whether a thread that is about to end lets others run first: it lets go of what it has to do for others only at
    /// its very end. Source: Linux `do_group_exit`, `exit_notify`.
    fn leaves_later(&mut self, name: Name) -> Result<bool, Trouble> {
        let Actor { thread, leaves, .. } = *self.actor(name)?;
        if leaves || !self.is_so_by_chance() {
            return Ok(false);
        }
        self.actor_mut(name)?.leaves = true;
        self.leaving.push(thread);
        Ok(true)
    }

    /// A handler is to run; the first one that interrupts a call decides whether the call is started again.
    fn push_frame(&mut self, name: Name, call: &HandlerCall) -> Result<(), Trouble> {
        // What its tracer was shown and lets through has come with this. Source: Linux `ptrace_signal`.
        let shown = self.actor_mut(name)?.shown.take();
        let is_anew = call.info.code == sigpost_engine::Code::USER && call.info.pid == 0;
        let info = shown.filter(|shown| is_anew && shown.signal == call.info.signal).unwrap_or(call.info);
        let (sender, code) = self.origin(name, &info);
        let restarts = call.action.flags.contains(ActionFlags::RESTART);
        let actor = self.actor_mut(name)?;
        actor.faulting = actor.faulting.filter(|signal| *signal != info.signal);
        if actor.is_in_a_call()
            && let Some(waiting) = actor.calls.last_mut().filter(|waiting| waiting.anew.is_none())
        {
            waiting.restarts = Some(restarts && waiting.what.can_restart());
        }
        actor.frames.push(Frame {
            taken: taken(&info),
            sender,
            code,
            holds: call.action.handler == HOLD,
            begun: false,
            saved_mask: call.saved_mask,
        });
        Ok(())
    }

    /// Runs the innermost handler, if there is one to run. True: something happened, look for signals again.
    fn run_handlers(&mut self, name: Name) -> Result<bool, Trouble> {
        let actor = self.actor_mut(name)?;
        let (family, thread) = (actor.family, actor.thread);
        let Some(frame) = actor.frames.last_mut() else { return Ok(false) };
        if core::mem::replace(&mut frame.begun, true) {
            return Ok(false);
        }
        let frame = *frame;
        actor.last = Some((frame.sender, frame.code));
        if let Some(family) = self.families.get_mut(&family) {
            family.handled.push((name, frame.taken));
            family.last = Some((frame.sender, frame.code));
        }
        if frame.holds {
            return Ok(false);
        }
        self.actor_mut(name)?.frames.pop();
        self.system.sigreturn(thread, frame.saved_mask).map_err(broken)?;
        Ok(true)
    }

    /// An instruction that faulted, and whose signal a tracer took away, is executed again. Whether it was.
    fn faults_again(&mut self, name: Name) -> Result<bool, Trouble> {
        let actor = self.actor(name)?;
        let thread = actor.thread;
        let Some(signal) = actor.faulting.filter(|_| !actor.gone && self.can_run(name)) else { return Ok(false) };
        self.system.fault(thread, signal, sigpost_engine::Code::KERNEL, &mut ()).map_err(broken)?;
        Ok(true)
    }

    /// No signal and no handler is left to run: the call that the thread is in returns, is started again, or goes on.
    pub(super) fn go_on_waiting(&mut self, name: Name, budget: &mut Budget) -> Result<(), Trouble> {
        let actor = self.actor(name)?;
        if !actor.is_in_a_call() || !self.can_run(name) {
            return Ok(());
        }
        let Some(waiting) = actor.calls.last().copied() else { return Ok(()) };
        let (thread, woken) = (actor.thread, actor.woken);
        let wakes_to_stop = self.rules.stop_of_sleeper == StopOfSleeper::Wakes;
        let running = self.system.thread(thread).is_some_and(|thread| thread.activity() == Activity::Running);
        let interrupted = match waiting.restarts {
            Some(restarts) => !restarts,
            // On Linux the sigwait family ends with EINTR whatever woke it. Source: signal(7).
            None => waiting.what == Blocking::Sigwait && wakes_to_stop && woken && running,
        };
        if interrupted {
            return self.finish(name, Outcome::Error(sigpost_engine::Errno::EINTR));
        }
        if let Some(waiting) = self.actor_mut(name)?.calls.last_mut() {
            (waiting.restarts, waiting.is_left) = (None, false);
        }
        if waiting.what == Blocking::Sigsuspend && self.suspends_anew(name, woken && running && wakes_to_stop)? {
            return self.advance(name, budget);
        }
        if let Blocking::Child(child) = waiting.what
            && let Some(outcome) = self.child_news(name, child)?
        {
            return self.finish(name, outcome);
        }
        if let Blocking::Terminal(what) = waiting.what {
            return match self.try_terminal_again(name, what)? {
                Some(outcome) => self.finish(name, outcome),
                None => self.advance(name, budget),
            };
        }
        let asleep =
            if matches!(waiting.what, Blocking::Vfork(_)) { Activity::Killable } else { Activity::Interruptible };
        self.system.set_activity(thread, asleep).map_err(broken)?;
        // With something to take the engine leaves it running.
        let stays = self.system.thread(thread).is_some_and(|thread| thread.activity() == Activity::Running);
        if let Some(waiting) = self.actor_mut(name)?.calls.last_mut() {
            waiting.has_slept |= !stays;
        }
        if stays { self.advance(name, budget) } else { Ok(()) }
    }

    /// A sigsuspend that a stop or its tracer has interrupted begins anew, and meanwhile the old mask is in force. Whether
    /// there is to look for what that lets in. Source: Linux `restore_saved_sigmask`, `ERESTARTNOHAND`.
    fn suspends_anew(&mut self, name: Name, was_interrupted: bool) -> Result<bool, Trouble> {
        let thread = self.actor(name)?.thread;
        let Some(waiting) = self.actor_mut(name)?.calls.last_mut() else { return Ok(false) };
        if let Some(mask) = waiting.anew.take() {
            self.system.set_mask_for_call(thread, mask).map_err(broken)?;
            return Ok(false);
        }
        let mask = self.system.thread(thread).map(sigpost_engine::ThreadSignals::mask);
        let Some(mask) = mask.filter(|_| was_interrupted) else { return Ok(false) };
        if let Some(waiting) = self.actor_mut(name)?.calls.last_mut() {
            waiting.anew = Some(mask);
        }
        self.system.restore_mask(thread).map_err(broken)?;
        Ok(true)
    }

    /// The innermost call of a thread returns.
    pub(super) fn finish(&mut self, name: Name, outcome: Outcome) -> Result<(), Trouble> {
        let actor = self.actor_mut(name)?;
        let thread = actor.thread;
        let ended = actor.calls.pop();
        actor.returned = Some(outcome);
        match ended.map(|waiting| waiting.what) {
            Some(Blocking::Sigwait) => self.system.sigwait_end(thread).map_err(broken)?,
            Some(Blocking::Sigsuspend) => self.system.restore_mask(thread).map_err(broken)?,
            _ => {}
        }
        self.system.set_activity(thread, Activity::Running).map_err(broken)
    }

    /// A thread that waits for signals takes one of them.
    fn take_waited(&mut self, name: Name) -> Result<bool, Trouble> {
        let actor = self.actor(name)?;
        let is_waiting = |call: &Waiting| call.what == Blocking::Sigwait && call.restarts.is_none();
        let waits = actor.calls.last().is_some_and(is_waiting);
        let has_slept = actor.calls.last().is_some_and(|call| call.has_slept);
        let (thread, process) = (actor.thread, actor.process);
        if !waits || !actor.is_in_a_call() {
            return Ok(false);
        }
        if self.system.process(process).is_some_and(|process| !process.life().is_alive()) {
            // Also on the way to its end; then it looks for signals, and is told that.
            let _ = self.system.sigwait_poll(thread);
            return Ok(false);
        }
        if !self.can_run(name) {
            return Ok(false);
        }
        if has_slept && self.personality == crate::PersonalityName::Linux {
            self.close_before_accepting(thread)?;
        }
        let Some(info) = self.system.sigwait_poll(thread).map_err(broken)? else { return Ok(false) };
        let outcome = self.accepted(name, &info)?;
        self.finish(name, outcome)?;
        let actor = self.actor_mut(name)?;
        actor.late = Some(actor.frames.len());
        Ok(true)
    }

    /// A thread that was woken has its own mask again before it takes what it waited for: another that waits for the same
    /// is told of it meanwhile, and finds nothing. Source: Linux `do_sigtimedwait`, `retarget_shared_pending`.
    fn close_before_accepting(&mut self, thread: ThreadKey) -> Result<(), Trouble> {
        let waited = self.system.thread(thread).map(sigpost_engine::ThreadSignals::waiting).unwrap_or_default();
        self.system.sigwait_end(thread).map_err(broken)?;
        self.system.sigwait_begin(thread, waited).map_err(broken)
    }

    /// Who waits for a child looks for news before it looks for signals. Source: Linux `do_wait`.
    fn take_news(&mut self, name: Name) -> Result<bool, Trouble> {
        let actor = self.actor(name)?;
        let child = match actor.calls.last() {
            Some(Waiting { what: Blocking::Child(child), restarts: None, is_left: false, .. })
                if actor.is_in_a_call() =>
            {
                *child
            }
            _ => return Ok(false),
        };
        // Also on the way to its end.
        let held = |thread: &sigpost_engine::ThreadSignals| thread.is_stopped() || thread.trace().is_stopped();
        if actor.gone || self.system.thread(actor.thread).is_none_or(held) {
            return Ok(false);
        }
        let Some(outcome) = self.child_news(name, child)? else { return Ok(false) };
        self.finish(name, outcome)?;
        let actor = self.actor_mut(name)?;
        actor.late = Some(actor.frames.len());
        Ok(true)
    }

    /// Remembers where a signal came from that was accepted.
    pub(super) fn accepted(&mut self, name: Name, info: &SignalInfo) -> Result<Outcome, Trouble> {
        let origin = self.origin(name, info);
        let actor = self.actor_mut(name)?;
        actor.last = Some(origin);
        let family = actor.family;
        if let Some(family) = self.families.get_mut(&family) {
            family.last = Some(origin);
        }
        Ok(Outcome::Taken(taken(info)))
    }

    /// Who sent a signal, as its receiver sees it, and why.
    fn origin(&self, receiver: Name, info: &SignalInfo) -> (Sender, Code) {
        let code = code_of(self.code_told(receiver, info));
        let is_thread = |actor: &&Actor| self.number_seen(receiver, actor.name) == Ok(info.pid);
        // A thread that stops for its tracer tells its own number.
        let thread = || self.actors.values().find(is_thread).map(|actor| actor.name);
        let sender = match self.name_of_number(receiver, info.pid).or_else(thread) {
            Some(name) => Sender::Of(crate::Reference::to(name)),
            None if info.code.number() > 0 => Sender::Kernel,
            None => Sender::Nobody,
        };
        (sender, code)
    }

    /// Why a signal was sent. No process of a scenario may write a core image, so the kernel tells of none; what a
    /// process tells itself stands.
    fn code_told(&self, receiver: Name, info: &SignalInfo) -> sigpost_engine::Code {
        let is_news = info.signal == Signal::CHLD && info.code == sigpost_engine::Code::DUMPED;
        let family = |name: Name| self.actors.get(&name).map(|actor| actor.family);
        let sender = self.name_of_number(receiver, info.pid).and_then(family);
        if is_news && sender != family(receiver) { sigpost_engine::Code::KILLED } else { info.code }
    }

    /// Whoever waits for children in a process asks again.
    fn tell_waiters(&mut self, process: ProcessKey, budget: &mut Budget) -> Result<(), Trouble> {
        let waits = |actor: &&Actor| {
            let for_child = actor.calls.last().is_some_and(|waiting| matches!(waiting.what, Blocking::Child(_)));
            actor.process == process && !actor.gone && for_child && actor.is_in_a_call()
        };
        let mut waiting: Vec<Name> = self.actors.values().filter(waits).map(|actor| actor.name).collect();
        if self.is_so_by_chance() {
            waiting.reverse();
        }
        for name in waiting {
            budget.spend()?;
            if self.can_run(name) {
                self.go_on_waiting(name, budget)?;
            }
        }
        Ok(())
    }
}

/// What a thread does after a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// It looks for more.
    Again,
    /// It stands still, or has ended.
    Stands,
    /// It goes back to user mode.
    Runs,
}

/// The signal, with its value where it was sent with one.
fn taken(info: &SignalInfo) -> Taken {
    let has_value = info.code.number() < 0 && info.code != sigpost_engine::Code::TKILL;
    Taken { signal: info.signal, value: if has_value { i32::try_from(info.value).ok() } else { None } }
}

/// The word for a code, where there is one.
fn code_of(code: sigpost_engine::Code) -> Code {
    Code::from_number(code.number())
}

/// The signal of a number that the scenario gave, if it is one that the personality has.
pub(super) fn valid(number: crate::SignalNumber, world: &EngineWorld) -> Option<Signal> {
    number.signal().filter(|signal| signal.number() <= world.rules.highest_signal)
}
