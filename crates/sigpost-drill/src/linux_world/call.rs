//! A call of the language as an order to a puppet: names become numbers, as the caller sees them.

use sigpost_engine::ActionFlags;
use sigpost_scenario::{Action, Call, Code, MaskChange, Name, PidfdScope, Reference, Target, Trouble};

use sigpost_sys::pidfd;
use sigpost_sys::puppet::action;

use super::LinuxWorld;
use crate::command::{Command, Operation};

/// An ID that nothing has: Linux gives none above 2²².
const NOBODY: i32 = 1 << 22;

impl LinuxWorld {
    /// The number of a thread as another sees it; one that nothing has if it is in no namespace that the other sees.
    pub(super) fn number_seen(&self, by: usize, of: usize) -> i32 {
        // The observer's own number stands as deep as it lives.
        let depth = self.threads[by].numbers.len() - 1;
        let number = self.threads[of].numbers.get(depth).filter(|_| self.sees(by, of));
        number.copied().unwrap_or(NOBODY)
    }

    /// Whether a thread sees another: a namespace sees those in it and further in.
    pub(super) fn sees(&self, by: usize, of: usize) -> bool {
        let Some(namespace) = self.namespace_of(self.threads[by].process) else { return true };
        let mut inside = self.namespace_of(self.threads[of].process);
        while let Some(init) = inside {
            if init == namespace {
                return true;
            }
            inside = self.namespace_of(self.processes[init].maker);
        }
        false
    }

    /// Whether a process is the first of a namespace, the scenario's own included.
    pub(super) fn leads_namespace(&self, process: usize) -> bool {
        self.threads[self.processes[process].slot].numbers.last() == Some(&1)
    }

    /// The first process of the namespace within the scenario's that a process is in, if it is in one.
    fn namespace_of(&self, process: usize) -> Option<usize> {
        let numbers = |process: usize| &self.threads[self.processes[process].slot].numbers;
        let mut at = process;
        while numbers(at).len() > 2 {
            if self.leads_namespace(at) {
                return Some(at);
            }
            at = self.processes[at].maker;
        }
        None
    }

    pub(super) fn number(&self, caller: usize, target: Target) -> Result<i32, Trouble> {
        Ok(match target {
            Target::Id(reference) => self.number_seen(caller, self.slot_of(reference.name)?),
            Target::Minus(name) => -self.number_seen(caller, self.slot_of(name)?),
            Target::Nobody => NOBODY,
            Target::MinusNobody => -NOBODY,
            Target::Zero => 0,
            Target::One => 1,
            Target::MinusOne => -1,
            Target::IntMin => i32::MIN,
            Target::IntMax => i32::MAX,
        })
    }

    fn of(&self, caller: usize, name: Name) -> Result<i32, Trouble> {
        Ok(self.number_seen(caller, self.slot_of(name)?))
    }

    pub(super) fn command(&self, caller: usize, call: &Call) -> Result<Command, Trouble> {
        use Operation as Do;
        let number = |target| self.number(caller, target);
        let with = Command::with;
        Ok(match *call {
            Call::Sigaction(signal, action, flags, mask) => Command {
                set: mask.bits(),
                ..with(Do::Sigaction, [signal.0, handling(action), ActionFlags::from(flags).number().cast_signed(), 0])
            },
            Call::Sigprocmask(how, set) => {
                let how = match how {
                    MaskChange::Block => 0,
                    MaskChange::Unblock => 1,
                    MaskChange::Set => 2,
                };
                Command { set: set.bits(), ..with(Do::Sigprocmask, [how, 0, 0, 0]) }
            }
            Call::Setpgid(process, group) => with(Do::Setpgid, [number(process)?, number(group)?, 0, 0]),
            Call::Setuid(user) => with(Do::Setuid, [user.cast_signed(), 0, 0, 0]),
            Call::Setresuid(real, effective, saved) => {
                let [real, effective, saved] =
                    [real, effective, saved].map(|user| user.unwrap_or(u32::MAX).cast_signed());
                with(Do::Setresuid, [real, effective, saved, 0])
            }
            Call::Fork(..) | Call::Vfork(_) | Call::Clone(_) | Call::Thread(_) => self.making(caller, call)?,
            Call::Exit(status) => with(Do::Exit, [status.into(), 0, 0, 0]),
            Call::Fault(signal) if action::can_fault(signal.0) => with(Do::Fault, [signal.0, 0, 0, 0]),
            Call::Fault(signal) => return Err(Trouble::Unsupported(format!("an instruction that causes {signal}"))),
            Call::Wait(child, block) => {
                let child = child.map_or(Ok(0), |child| self.of(caller, child))?;
                with(Do::Wait, [child, i32::from(block), 0, 0])
            }
            Call::Trace(tracee) => self.tracing(caller, 0, tracee, 0)?,
            Call::TraceInterrupt(tracee) => self.tracing(caller, 1, tracee, 0)?,
            Call::TraceListen(tracee) => self.tracing(caller, 2, tracee, 0)?,
            Call::TraceContinue(tracee, signal) => {
                self.tracing(caller, 3, tracee, signal.map_or(0, |signal| signal.0))?
            }
            Call::TraceDetach(tracee, signal) => {
                self.tracing(caller, 4, tracee, signal.map_or(0, |signal| signal.0))?
            }
            Call::Tcsetpgrp(group) => with(Do::Tcsetpgrp, [number(group)?, 0, 0, 0]),
            Call::Exec if self.arguments.is_empty() => {
                return Err(Trouble::Skipped("exec: this program cannot go on as a puppet".to_owned()));
            }
            Call::Exec => {
                let main = self.processes[self.threads[caller].process].slot;
                with(Do::Exec, [i32::try_from(main).unwrap_or(0), 0, 0, 0])
            }
            _ if call.sends() => self.sending(caller, call)?,
            _ => plain(call),
        })
    }

    /// A call that sends.
    fn sending(&self, caller: usize, call: &Call) -> Result<Command, Trouble> {
        use Operation as Do;
        let number = |target| self.number(caller, target);
        let with = Command::with;
        Ok(match *call {
            Call::Kill(target, signal) => with(Do::Kill, [number(target)?, signal.0, 0, 0]),
            Call::Killpg(target, signal) => with(Do::Killpg, [number(target)?, signal.0, 0, 0]),
            Call::Tkill(target, signal) => with(Do::Tkill, [number(target)?, signal.0, 0, 0]),
            Call::Tgkill(process, thread, signal) => with(Do::Tgkill, [number(process)?, number(thread)?, signal.0, 0]),
            Call::Raise(signal) => with(Do::Raise, [signal.0, 0, 0, 0]),
            Call::Sigqueue(target, signal, value) => {
                with(Do::Queue, [number(target)?, signal.0, Code::Queue.number(), value])
            }
            Call::RtSigqueueinfo(target, signal, code) => {
                with(Do::Queue, [number(target)?, signal.0, code.number(), 0])
            }
            Call::PidfdSendSignal(reference, signal, scope) => {
                let slot = self.slot_of(reference.name)?;
                if (scope.is_some() || reference.main || !self.is_main(slot)) && !pidfd::has_scopes() {
                    return Err(Trouble::Unsupported("handles of threads, and scopes (Linux 6.9)".to_owned()));
                }
                let is_thread = reference.main || !self.is_main(slot) || scope == Some(PidfdScope::Thread);
                let scope = match scope {
                    None if is_thread => 2,
                    None => 0,
                    Some(PidfdScope::Thread) => 1,
                    Some(PidfdScope::Process) => 2,
                    Some(PidfdScope::Group) => 3,
                };
                with(Do::PidfdSend, [self.number_seen(caller, slot), signal.0, scope, i32::from(is_thread)])
            }
            _ => Command::new(Do::Nothing),
        })
    }

    fn tracing(&self, caller: usize, request: i32, tracee: Reference, signal: i32) -> Result<Command, Trouble> {
        Ok(Command::with(Operation::Trace, [request, self.of(caller, tracee.name)?, signal, 0]))
    }

    /// What makes a process or a thread, in the next free place.
    fn making(&self, caller: usize, call: &Call) -> Result<Command, Trouble> {
        let slot = self.free_slot()?;
        Ok(match *call {
            Call::Thread(_) => Command::with(Operation::Thread, [slot, 0, 0, 0]),
            Call::Fork(_, Some(former)) => Command::with(Operation::Fork, [slot, self.of(caller, former)?, 0, 0]),
            Call::Vfork(_) => Command::with(Operation::Fork, [slot, 0, 1, 0]),
            Call::Clone(_) => Command::with(Operation::Fork, [slot, 0, 3, 0]),
            _ => Command::with(Operation::Fork, [slot, 0, 0, 0]),
        })
    }

    /// The place of the next thread.
    pub(super) fn free_slot(&self) -> Result<i32, Trouble> {
        let slot = self.threads.len();
        if slot >= crate::memory::SLOTS {
            return Err(Trouble::Unsupported(format!("more than {} threads", crate::memory::SLOTS)));
        }
        i32::try_from(slot).map_err(|error| Trouble::Broken(error.to_string()))
    }
}

/// A call without IDs.
fn plain(call: &Call) -> Command {
    use Operation as Do;
    match *call {
        Call::Sigpending => Command::new(Do::Sigpending),
        Call::Pause => Command::new(Do::Pause),
        Call::Setsid => Command::new(Do::Setsid),
        Call::ThreadExit => Command::new(Do::ThreadExit),
        Call::Sigreturn => Command::new(Do::Sigreturn),
        Call::Read => Command::new(Do::Read),
        Call::Sigsuspend(set) => Command::of_set(Do::Sigsuspend, set.bits()),
        Call::Sigtimedwait(set) => Command::of_set(Do::Sigtimedwait, set.bits()),
        Call::Sigwaitinfo(set) => Command::of_set(Do::Sigwaitinfo, set.bits()),
        Call::TtyRead => Command::new(Do::TtyRead),
        Call::TtyWrite => Command::new(Do::TtyWrite),
        _ => Command::new(Do::Nothing),
    }
}

pub(super) const fn handling(action: Action) -> i32 {
    match action {
        Action::Default => 0,
        Action::Ignore => 1,
        Action::Catch => 2,
        Action::Hold => 3,
    }
}
