//! Faults: signals that an instruction of the thread itself causes, and that it cannot escape.
//!
//! Source: Linux `force_sig_info_to_task`; FreeBSD `trapsignal`.

use crate::receipt::Receipts;
use crate::run_state::ExitStatus;
use crate::send::Aim;
use crate::storage::Storage;
use crate::{Code, DefaultAction, Disposition, Gone, Signal, SignalInfo, System, ThreadKey, Verdict};

impl<S: Storage> System<S> {
    /// The thread did what it must not do: a bad address, a bad instruction, a division by zero. It is to take this
    /// signal before any other, and before it goes on.
    ///
    /// A fault that is blocked or ignored is unblocked, and its default action set for good: a program that cannot
    /// go on must not loop. A default action then reaches even the init of a PID namespace, which loses its
    /// protection (not while it is traced: to debug it is not to make it mortal).
    ///
    /// # Errors
    /// [`Gone`] if the thread is gone, or has ended.
    ///
    /// Source: Linux `force_sig_info_to_task`; POSIX XSH 2.4.1.
    pub fn fault(
        &mut self,
        thread: ThreadKey,
        signal: Signal,
        code: Code,
        receipts: &mut (impl Receipts + ?Sized),
    ) -> Result<Verdict, Gone> {
        let index = self.live_thread(thread)?;
        if self.threads.at(index).signals.exited {
            return Err(Gone);
        }
        let process = self.threads.at(index).process;
        let is_ignored = self.processes.at(process).signals.dispositions.ignored().contains(signal);
        let is_blocked = self.threads.at(index).signals.mask.blocks(signal);
        if is_blocked || is_ignored {
            self.set_disposition(process, signal, &Disposition::Default);
            self.spread_dispositions(process);
        }
        let entry = &mut self.threads.at_mut(index).signals;
        if is_blocked {
            let mut mask = entry.mask.set();
            mask.remove(signal);
            entry.mask = mask.into();
        }
        entry.fault = Some(signal);
        let is_traced = entry.trace.is_traced();
        let signals = &mut self.processes.at_mut(process).signals;
        if signals.dispositions.is_default(signal) && !is_traced {
            signals.protected = false;
        }
        let info = SignalInfo { code, ..SignalInfo::kernel(signal) };
        let posted = self.post_to(process, Aim::Thread(index), &info, crate::queue::NIL);
        // It may have been pending already, blocked: nobody was told of it then.
        self.change_mask(index, |_| {});
        Ok(self.give_posted(process, signal, &posted, receipts))
    }

    /// The thread cannot go on at all (no frame for its handler fits, its memory is gone): its process ends by this
    /// signal now. Neither a handler nor a mask nor a tracer comes between, and init is no exception.
    ///
    /// # Errors
    /// [`Gone`], also if the process is about to end already.
    ///
    /// Source: Linux `force_exit_sig`, `SA_IMMUTABLE`; FreeBSD `sigexit`.
    #[doc(alias = "force_fatal_sig")]
    pub fn fatal_fault(&mut self, thread: ThreadKey, signal: Signal) -> Result<(), Gone> {
        let index = self.live_thread(thread)?;
        let process = self.threads.at(index).process;
        if self.threads.at(index).signals.exited || !self.processes.at(process).signals.life.is_alive() {
            return Err(Gone);
        }
        let status = match signal.default_action() {
            DefaultAction::Dump => ExitStatus::Dumped(signal),
            _ => ExitStatus::Killed(signal),
        };
        self.with_process(process, index, |signals, threads, _, _| crate::post::end(signals, threads, status));
        self.follow(process, crate::post::Wake::Everyone, None);
        Ok(())
    }
}
