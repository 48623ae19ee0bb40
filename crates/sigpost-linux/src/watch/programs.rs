//! The programs that run in the kernel whenever a signal is generated or taken, or a process ends.
//!
//! They read what must be read at that moment, for afterwards the sender may be gone: names, users, control groups,
//! the target's dispositions and mask, its terminal. The lock of the target's signals is held meanwhile, so what they
//! read of one target is of one moment.

use sigpost_sys::bpf::Instruction;

use super::assembler::Register::{self, R0, R1, R2, R3, R4, R5, R6, R7, R8, R9, R10};
use super::assembler::{Assembler, Flaw, Helper, If, Label, Operation, Width};
use super::offsets::Offsets;
use super::record::{self, Place, count, ended, generated, memory, state, taken};

/// What all programs need to know.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting<'a> {
    pub(super) offsets: &'a Offsets,
    /// Descriptors.
    pub(super) ring: i32,
    pub(super) counters: i32,
}

/// A task's flags, and those of its signals.
const TASK_ENDS: i32 = 0x4;
const TASK_IS_KERNEL: i32 = 0x0020_0000;
const SIGNALS_STOPPED: i32 = 0x1;
const SIGNALS_ENDING: i32 = 0x4;
/// `SIGNAL_CLD_CONTINUED`: its parent is to be told; set as it goes on, and cleared as soon as that is done.
const SIGNALS_CONTINUED: i32 = 0x20;
/// Places among a process's IDs.
const PROCESS: usize = 1;
const SESSION: usize = 3;

/// Where among a tracepoint's arguments `signal_generate` has these.
const INFORMATION: usize = 8;
const TASK: usize = 16;

const CHILD: i32 = 17;
/// What a child's end, stop or continuing has at most for a code.
const CHILD_CODES: i32 = 6;
/// `SI_KERNEL`.
const KERNEL_CODE: i32 = 0x80;

/// For `signal_generate(signal, information, task, for the process, result)`.
///
/// Of `signals` only those are counted and recorded; of CHLD those of children's ends and stops only where
/// `with_children` says so.
pub(super) fn signal_generated(
    setting: Setting<'_>,
    signals: u64,
    with_children: bool,
) -> Result<Vec<Instruction>, Flaw> {
    let mut writer = Writer::new(setting);
    let out = writer.program.label();
    writer.program.copy(R6, R1);
    writer.unless_wanted(signals, out);
    if !with_children {
        writer.unless_child(out);
    }
    writer.reserve(generated::SIZE, record::GENERATED, Some(count::GENERATED), count::LOST, out);
    writer.information();
    writer.argument_byte(0, generated::SIGNAL);
    writer.argument_byte(4, generated::RESULT);
    writer.argument_byte(3, generated::FOR_PROCESS);
    writer.sender();
    writer.target();
    writer.submit();
    writer.end(out)
}

/// For `signal_deliver(signal, information, action)`.
pub(super) fn signal_taken(setting: Setting<'_>, signals: u64) -> Result<Vec<Instruction>, Flaw> {
    let mut writer = Writer::new(setting);
    let out = writer.program.label();
    writer.program.copy(R6, R1);
    writer.unless_wanted(signals, out);
    writer.reserve(taken::SIZE, record::TAKEN, None, count::OTHERS_LOST, out);
    writer.argument_byte(0, taken::SIGNAL);
    writer.program.call(Helper::GetCurrentTaskBtf);
    writer.ids(R0, record::ACTOR);
    writer.program.load(Width::Eight, R1, R6, 16);
    writer.program.load(Width::Eight, R1, R1, 0);
    writer.disposition(R1, taken::DISPOSITION);
    writer.submit();
    writer.end(out)
}

/// For `sched_process_exit(task, …)`: of processes, not of threads; those that a signal ended, and `wanted` however it
/// ended (0: nobody, -1: everybody).
pub(super) fn process_ended(setting: Setting<'_>, wanted: i32) -> Result<Vec<Instruction>, Flaw> {
    let Setting { offsets, .. } = setting;
    let mut writer = Writer::new(setting);
    let program = &mut writer.program;
    let (out, has_code, record_it) = (program.label(), program.label(), program.label());
    program.load(Width::Eight, R6, R1, 0);
    program.load(Width::Eight, R7, R6, offsets.task.signal);
    program.load(Width::Four, R1, R7, offsets.signal.live);
    program.jump_if(If::Different, R1, 0, out);
    program.load(Width::Four, R1, R7, offsets.signal.flags);
    program.load(Width::Four, R9, R7, offsets.signal.exit_code);
    program.jump_if(If::Common, R1, SIGNALS_ENDING, has_code);
    program.load(Width::Eight, R1, R6, offsets.task.main_thread);
    program.load(Width::Four, R9, R1, offsets.task.exit_code);
    program.place(has_code);
    if wanted != -1 {
        program.jump_if(If::Common, R9, 0x7F, record_it);
        program.load(Width::Four, R1, R6, offsets.task.process);
        program.jump_if(If::Different, R1, wanted, out);
    }
    program.place(record_it);
    // `reserve` takes register 9.
    program.copy(R7, R9);
    writer.reserve(ended::SIZE, record::ENDED, None, count::OTHERS_LOST, out);
    writer.program.store(Width::Four, R8, ended::STATUS, R7);
    // The process's name is its main thread's.
    writer.program.load(Width::Eight, R2, R6, offsets.task.main_thread);
    writer.comm(R2, ended::WHO.comm);
    writer.identity(R6, ended::WHO);
    writer.submit();
    writer.end(out)
}

/// For `mark_victim(task, …)`; before Linux 6.10 it is the process's number that is given.
pub(super) fn memory_is_short(setting: Setting<'_>, gives_task: bool) -> Result<Vec<Instruction>, Flaw> {
    let mut writer = Writer::new(setting);
    let out = writer.program.label();
    writer.program.load(Width::Eight, R6, R1, 0);
    if gives_task {
        writer.program.load(Width::Four, R6, R6, setting.offsets.task.process);
    }
    writer.reserve(memory::SIZE, record::MEMORY, None, count::OTHERS_LOST, out);
    writer.program.store(Width::Four, R8, memory::VICTIM, R6);
    writer.submit();
    writer.end(out)
}

/// The kernel allows 32 namespaces in each other; the verifier wants to know that there is an end.
const DEEPEST: i32 = 63;

/// Writes a program. By agreement register 6 has the arguments or the task, 8 the record.
struct Writer<'a> {
    program: Assembler,
    setting: Setting<'a>,
}

impl<'a> Writer<'a> {
    fn new(setting: Setting<'a>) -> Self {
        Self { program: Assembler::new(), setting }
    }

    /// Leaves the program unless the signal, its first argument, is one of these.
    fn unless_wanted(&mut self, signals: u64, out: Label) {
        if signals == u64::MAX {
            return;
        }
        self.signal_bit();
        self.program.set_wide(R3, signals);
        self.program.compute(Operation::And, R2, R3);
        self.program.jump_if(If::Equal, R2, 0, out);
    }

    /// Register 2 = 1 << (signal - 1); register 1 = signal - 1.
    fn signal_bit(&mut self) {
        self.program.load(Width::Eight, R1, R6, 0);
        self.program.compute_constant(Operation::Add, R1, -1);
        self.program.compute_constant(Operation::And, R1, 63);
        self.program.set(R2, 1);
        self.program.compute(Operation::ShiftLeft, R2, R1);
    }

    /// Leaves the program if it is the CHLD of a child that ended, stopped or continued. Sent by a process it is not.
    fn unless_child(&mut self, out: Label) {
        let go_on = self.program.label();
        self.program.load(Width::Eight, R1, R6, 0);
        self.program.jump_if(If::Different, R1, CHILD, go_on);
        self.program.load(Width::Eight, R3, R6, INFORMATION);
        self.program.copy_low(R2, R3);
        self.program.jump_if(If::NotGreater, R2, 1, go_on);
        self.stack(R1);
        self.program.set(R2, 4);
        self.program.compute_offset(R3, self.setting.offsets.info_code);
        self.program.call(Helper::ProbeReadKernel);
        self.stack(R1);
        self.program.load(Width::Four, R1, R1, 0);
        self.program.compute_constant(Operation::Add, R1, -1);
        self.program.jump_if(If::NotGreater, R1, CHILD_CODES - 1, out);
        self.program.place(go_on);
    }

    /// `to` = the address of 8 bytes on the stack.
    fn stack(&mut self, to: Register) {
        self.program.copy(to, R10);
        self.program.compute_constant(Operation::Add, to, -8);
    }

    /// Counts, and makes room for a record (register 8) with its kind and its time. Takes register 9.
    fn reserve(&mut self, size: usize, kind: u32, counted: Option<usize>, lost: usize, out: Label) {
        let has_room = self.program.label();
        self.stack(R2);
        self.program.store_constant(Width::Four, R2, 0, 0);
        self.program.set_map(R1, self.setting.counters);
        self.program.call(Helper::MapLookupElem);
        self.program.jump_if(If::Equal, R0, 0, out);
        self.program.copy(R9, R0);
        if let Some(counted) = counted {
            self.count(counted);
        }
        self.program.set_map(R1, self.setting.ring);
        self.program.set_size(R2, size);
        self.program.set(R3, 0);
        self.program.call(Helper::RingbufReserve);
        self.program.jump_if(If::Different, R0, 0, has_room);
        self.count(lost);
        self.program.jump(out);
        self.program.place(has_room);
        self.program.copy(R8, R0);
        self.program.store_constant(Width::Four, R8, record::KIND, kind.cast_signed());
        self.program.call(Helper::KtimeGetNs);
        self.program.store(Width::Eight, R8, record::TIME, R0);
    }

    /// Thread and process of a task.
    fn ids(&mut self, task: Register, to: usize) {
        self.program.load(Width::Four, R1, task, self.setting.offsets.task.thread);
        self.program.store(Width::Four, R8, to, R1);
        self.program.load(Width::Four, R1, task, self.setting.offsets.task.process);
        self.program.store(Width::Four, R8, to + 4, R1);
    }

    /// Its real user.
    fn user(&mut self, task: Register, to: usize) {
        self.program.load(Width::Eight, R1, task, self.setting.offsets.task.credentials);
        self.program.load(Width::Four, R1, R1, self.setting.offsets.user);
        self.program.store(Width::Four, R8, to, R1);
    }

    /// Who a task is, but for its name.
    fn identity(&mut self, task: Register, to: Place) {
        self.ids(task, to.ids);
        self.user(task, to.user);
        self.inner_number(task, to.inner);
        self.cgroup_of(task, to.cgroup);
    }

    /// Its name. Each of the kernel's functions costs as much as ten loads: none is called for what can be loaded.
    fn comm(&mut self, task: Register, to: usize) {
        for half in [0, 8] {
            self.program.load(Width::Eight, R1, task, self.setting.offsets.task.comm + half);
            self.program.store(Width::Eight, R8, to + half, R1);
        }
    }

    /// Adds 1 to a counter of those at register 9. Nobody interferes: they are this CPU's, and a program that would
    /// interrupt itself is not run.
    fn count(&mut self, word: usize) {
        self.program.load(Width::Eight, R1, R9, word * 8);
        self.program.compute_constant(Operation::Add, R1, 1);
        self.program.store(Width::Eight, R9, word * 8, R1);
    }

    /// The code and what comes with it. The bits of the state begin here.
    fn information(&mut self) {
        let Offsets { info_code, info_fields, .. } = *self.setting.offsets;
        let (has, is_nobodys, done) = (self.program.label(), self.program.label(), self.program.label());
        // A pointer, or 0 (none) or 1 (none, from the kernel): no pointer has these for its lower half.
        self.program.load(Width::Eight, R1, R6, INFORMATION);
        self.program.copy_low(R2, R1);
        self.program.jump_if(If::Greater, R2, 1, has);
        self.program.store_constant(Width::Eight, R8, generated::DETAIL, 0);
        self.program.store_constant(Width::Eight, R8, generated::DETAIL + 8, 0);
        self.program.jump_if(If::Equal, R2, 0, is_nobodys);
        self.program.store_constant(Width::Four, R8, generated::CODE, KERNEL_CODE);
        self.program.store_constant(Width::Four, R8, generated::STATE, state::BY_KERNEL);
        self.program.jump(done);
        self.program.place(is_nobodys);
        self.program.store_constant(Width::Four, R8, generated::CODE, 0);
        self.program.store_constant(Width::Four, R8, generated::STATE, 0);
        self.program.jump(done);
        self.program.place(has);
        if info_fields - info_code == generated::DETAIL - generated::CODE {
            // One reading for both; what lies between is overwritten.
            self.copy_to(generated::CODE, generated::DETAIL - generated::CODE + 16, R1, info_code);
        } else {
            self.copy_to(generated::CODE, 4, R1, info_code);
            self.program.load(Width::Eight, R1, R6, INFORMATION);
            self.copy_to(generated::DETAIL, 16, R1, info_fields);
        }
        self.program.store_constant(Width::Four, R8, generated::STATE, state::HAS_INFORMATION);
        self.program.place(done);
    }

    /// Copies bytes of the kernel's into the record.
    fn copy_to(&mut self, to: usize, size: usize, from: Register, offset: usize) {
        self.program.copy(R3, from);
        self.program.compute_offset(R3, offset);
        self.program.set_size(R2, size);
        self.program.address(R1, R8, to);
        self.program.call(Helper::ProbeReadKernel);
    }

    /// One of the tracepoint's arguments, of which a byte is enough.
    fn argument_byte(&mut self, argument: usize, to: usize) {
        self.program.load(Width::Eight, R1, R6, argument * 8);
        self.program.store(Width::One, R8, to, R1);
    }

    /// Who is running.
    fn sender(&mut self) {
        let offsets = self.setting.offsets;
        self.program.call(Helper::GetCurrentTaskBtf);
        self.program.copy(R7, R0);
        self.comm(R7, generated::SENDER.comm);
        self.identity(R7, generated::SENDER);
        self.program.load(Width::Four, R1, R7, offsets.task.flags);
        self.note_bits(R1, TASK_ENDS, state::SENDER_ENDS);
        self.note_bits(R1, TASK_IS_KERNEL, state::SENDER_IS_KERNEL);
        self.program.load(Width::Eight, R1, R7, offsets.task.signal);
        self.program.load(Width::Eight, R2, R1, offsets.signal.pids + 8 * PROCESS);
        self.program.load(Width::Eight, R3, R1, offsets.signal.pids + 8 * SESSION);
        self.note_same(R2, R3, state::SENDER_LEADS);
        self.program.load(Width::Eight, R4, R6, TASK);
        self.program.load(Width::Eight, R4, R4, offsets.task.signal);
        self.program.load(Width::Eight, R5, R4, offsets.signal.pids + 8 * SESSION);
        self.note_same(R3, R5, state::SAME_SESSION);
        self.program.load(Width::Eight, R5, R4, offsets.signal.pids + 8 * PROCESS);
        self.note_same(R2, R5, state::SENDER_IS_TARGET);
    }

    /// To whom it goes, and what it does about this signal.
    fn target(&mut self) {
        let offsets = self.setting.offsets;
        self.program.load(Width::Eight, R7, R6, TASK);
        self.comm(R7, generated::TARGET.comm);
        self.identity(R7, generated::TARGET);
        self.target_disposition();
        self.signal_bit();
        self.program.load(Width::Eight, R3, R7, offsets.task.blocked);
        self.note_common(R3, R2, state::BLOCKED);
        self.program.load(Width::Eight, R4, R7, offsets.task.signal);
        self.program.load(Width::Eight, R3, R7, offsets.task.blocked_before);
        self.note_common(R3, R2, state::AWAITED);
        self.program.load(Width::Eight, R5, R4, offsets.signal.chosen);
        self.program.load(Width::Eight, R3, R5, offsets.task.blocked);
        self.note_common(R3, R2, state::CHOSEN_BLOCKS);
        self.program.load(Width::Eight, R3, R5, offsets.task.blocked_before);
        self.note_common(R3, R2, state::AWAITED);
        self.program.load(Width::Four, R5, R4, offsets.signal.flags);
        self.note_bits(R5, SIGNALS_STOPPED, state::STOPPED);
        self.note_bits(R5, SIGNALS_ENDING, state::ENDING);
        self.note_bits(R5, SIGNALS_CONTINUED, state::CONTINUED);
        self.program.load(Width::Four, R5, R7, offsets.task.traced);
        self.note_bits(R5, -1, state::TRACED);
        self.terminal();
    }

    /// Of what the kernel itself sends: the name of the target's terminal, if it has one. Register 4: its signals.
    fn terminal(&mut self) {
        let none = self.program.label();
        self.program.load(Width::Four, R1, R8, generated::STATE);
        self.program.compute_constant(Operation::And, R1, state::BY_KERNEL);
        self.program.jump_if(If::Equal, R1, 0, none);
        self.program.load(Width::Eight, R1, R4, self.setting.offsets.signal.terminal);
        self.program.jump_if(If::Equal, R1, 0, none);
        self.note(state::HAS_TERMINAL);
        self.copy_to(generated::DETAIL, 16, R1, self.setting.offsets.terminal_name);
        self.program.place(none);
    }

    /// What the target (register 7) has set for the signal.
    fn target_disposition(&mut self) {
        let offsets = self.setting.offsets;
        self.program.load(Width::Eight, R3, R7, offsets.task.handlers);
        self.program.compute_offset(R3, offsets.actions);
        self.signal_bit();
        self.program.multiply(R1, offsets.action_size);
        self.program.compute(Operation::Add, R3, R1);
        self.stack(R1);
        self.program.set(R2, 8);
        self.program.call(Helper::ProbeReadKernel);
        self.stack(R1);
        self.program.load(Width::Eight, R1, R1, 0);
        self.disposition(R1, generated::DISPOSITION);
    }

    /// Of the address of a handler: 0 and 1 are no handlers, all others are told as 2.
    fn disposition(&mut self, handler: Register, to: usize) {
        let is_none = self.program.label();
        self.program.jump_if(If::NotGreater, handler, 1, is_none);
        self.program.set(handler, 2);
        self.program.place(is_none);
        self.program.store(Width::One, R8, to, handler);
    }

    /// The number of a task's process in the PID namespace of its own, where that is not the first one.
    fn inner_number(&mut self, task: Register, to: usize) {
        let offsets = self.setting.offsets;
        let first = self.program.label();
        self.program.store_constant(Width::Four, R8, to, 0);
        self.program.load(Width::Eight, R3, task, offsets.task.signal);
        self.program.load(Width::Eight, R3, R3, offsets.signal.pids + 8 * PROCESS);
        self.program.load(Width::Four, R1, R3, offsets.pid_level);
        self.program.jump_if(If::Equal, R1, 0, first);
        self.program.compute_constant(Operation::And, R1, DEEPEST);
        self.program.multiply(R1, offsets.number_size);
        self.program.compute_offset(R3, offsets.pid_numbers);
        self.program.compute(Operation::Add, R3, R1);
        self.program.set(R2, 4);
        self.program.address(R1, R8, to);
        self.program.call(Helper::ProbeReadKernel);
        self.program.place(first);
    }

    /// The number of a task's control group of version 2.
    fn cgroup_of(&mut self, task: Register, to: usize) {
        self.program.load(Width::Eight, R1, task, self.setting.offsets.task.cgroups);
        for offset in self.setting.offsets.cgroup {
            self.program.load(Width::Eight, R1, R1, offset);
        }
        self.program.store(Width::Eight, R8, to, R1);
    }

    /// Sets a bit of the state. In memory: the verifier follows registers, and would have to follow every way through
    /// the program apart if the bits were gathered in one.
    fn note(&mut self, state: i32) {
        self.program.load(Width::Four, R0, R8, generated::STATE);
        self.program.compute_constant(Operation::Or, R0, state);
        self.program.store(Width::Four, R8, generated::STATE, R0);
    }

    /// Sets a bit of the state if the register has one of these.
    fn note_bits(&mut self, register: Register, bits: i32, state: i32) {
        let no = self.program.label();
        if bits == -1 {
            self.program.jump_if(If::Equal, register, 0, no);
        } else {
            let yes = self.program.label();
            self.program.jump_if(If::Common, register, bits, yes);
            self.program.jump(no);
            self.program.place(yes);
        }
        self.note(state);
        self.program.place(no);
    }

    /// Sets a bit of the state if the registers have a bit in common.
    fn note_common(&mut self, register: Register, other: Register, state: i32) {
        let no = self.program.label();
        self.program.compute(Operation::And, register, other);
        self.program.jump_if(If::Equal, register, 0, no);
        self.note(state);
        self.program.place(no);
    }

    /// Sets a bit of the state if the registers are the same.
    fn note_same(&mut self, register: Register, other: Register, state: i32) {
        let no = self.program.label();
        self.program.jump_if_registers(If::Different, register, other, no);
        self.note(state);
        self.program.place(no);
    }

    fn submit(&mut self) {
        self.program.copy(R1, R8);
        self.program.set(R2, 0);
        self.program.call(Helper::RingbufSubmit);
    }

    fn end(mut self, out: Label) -> Result<Vec<Instruction>, Flaw> {
        self.program.place(out);
        self.program.set(R0, 0);
        self.program.exit();
        self.program.finish()
    }
}
