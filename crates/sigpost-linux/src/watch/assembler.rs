//! An assembler for the kernel's virtual machine: instructions as data, jumps by label.
//!
//! Only the instructions that the programs here need. Source: `Documentation/bpf/standardization/instruction-set.rst`.

use core::fmt;

use sigpost_sys::bpf::Instruction;

/// A register. 0 has results, 1 to 5 arguments (lost in a call), 6 to 9 are kept, 10 is the end of the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the kernel's own names")]
pub enum Register {
    R0 = 0,
    R1,
    R2,
    R3,
    R4,
    R5,
    R6,
    R7,
    R8,
    R9,
    R10,
}

/// How many bytes are read or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// 1 byte.
    One = 0x10,
    /// 4 bytes.
    Four = 0x00,
    /// 8 bytes.
    Eight = 0x18,
}

/// What is done to two numbers of 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Adds.
    Add = 0x00,
    /// Or, bit by bit.
    Or = 0x40,
    /// And, bit by bit.
    And = 0x50,
    /// Shifts to the left.
    ShiftLeft = 0x60,
    /// Shifts to the right, zeros from the left.
    ShiftRight = 0x70,
    /// Multiplies.
    Multiply = 0x20,
    /// Copies.
    Move = 0xb0,
}

/// When a jump is taken, of two numbers of 64 bits without a sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum If {
    /// They are the same.
    Equal = 0x10,
    /// They are not.
    Different = 0x50,
    /// The first is greater.
    Greater = 0x20,
    /// It is not.
    NotGreater = 0xb0,
    /// They have a bit in common.
    Common = 0x40,
}

/// A function of the kernel's that programs may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "bpf-helpers(7) has them under these names")]
pub enum Helper {
    MapLookupElem = 1,
    KtimeGetNs = 5,
    ProbeReadKernel = 113,
    RingbufReserve = 131,
    RingbufSubmit = 132,
    GetCurrentTaskBtf = 158,
}

/// A place in the program, to be jumped to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label(usize);

/// Why a list of instructions is no program. Each is a defect of who wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// It jumps to a label that is nowhere.
    Nowhere(Label),
    /// A label is at two places.
    Twice(Label),
    /// It jumps further than an instruction can tell.
    TooFar(Label),
    /// An offset is larger than an instruction can tell.
    Offset(usize),
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nowhere(Label(number)) => write!(f, "label {number} is nowhere"),
            Self::Twice(Label(number)) => write!(f, "label {number} is at two places"),
            Self::TooFar(Label(number)) => write!(f, "label {number} is too far away"),
            Self::Offset(offset) => write!(f, "the offset {offset} is too large"),
        }
    }
}

impl core::error::Error for Flaw {}

const LOAD: u8 = 0x61;
const STORE: u8 = 0x63;
const STORE_CONSTANT: u8 = 0x62;
const WIDE_CONSTANT: u8 = 0x18;
const ARITHMETIC: u8 = 0x07;
/// The same with 32 bits.
const NARROW: u8 = 0x04;
const JUMP: u8 = 0x05;
/// The second operand is a register, not a constant.
const REGISTER: u8 = 0x08;
const CALL: u8 = 0x85;
const EXIT: u8 = 0x95;
/// In the source register of a wide constant: it is the descriptor of a map.
const MAP: u8 = 1;

/// A program that is being written.
#[derive(Debug, Default)]
pub struct Assembler {
    instructions: Vec<Instruction>,
    /// Where each label is.
    labels: Vec<Option<usize>>,
    /// Which instructions jump where.
    jumps: Vec<(usize, Label)>,
    flaw: Option<Flaw>,
}

impl Assembler {
    /// An empty program.
    pub fn new() -> Self {
        Self::default()
    }

    /// A label that is nowhere yet.
    pub fn label(&mut self) -> Label {
        self.labels.push(None);
        Label(self.labels.len() - 1)
    }

    /// Puts the label before the next instruction.
    pub fn place(&mut self, label: Label) {
        let here = self.instructions.len();
        if self.labels[label.0].replace(here).is_some() {
            self.flaw.get_or_insert(Flaw::Twice(label));
        }
    }

    /// `to = *(from + offset)`.
    pub fn load(&mut self, width: Width, to: Register, from: Register, offset: usize) {
        let offset = self.offset(offset);
        self.push(LOAD & 0x07 | 0x60 | width as u8, to as u8, from as u8, offset, 0);
    }

    /// `*(at + offset) = from`.
    pub fn store(&mut self, width: Width, at: Register, offset: usize, from: Register) {
        let offset = self.offset(offset);
        self.push(STORE & 0x07 | 0x60 | width as u8, at as u8, from as u8, offset, 0);
    }

    /// `*(at + offset) = constant`.
    pub fn store_constant(&mut self, width: Width, at: Register, offset: usize, constant: i32) {
        let offset = self.offset(offset);
        self.push(STORE_CONSTANT & 0x07 | 0x60 | width as u8, at as u8, 0, offset, constant);
    }

    /// `to = to OPERATION from`.
    pub fn compute(&mut self, operation: Operation, to: Register, from: Register) {
        self.push(ARITHMETIC | REGISTER | operation as u8, to as u8, from as u8, 0, 0);
    }

    /// `to = to OPERATION constant`; the constant's sign is extended to 64 bits.
    pub fn compute_constant(&mut self, operation: Operation, to: Register, constant: i32) {
        self.push(ARITHMETIC | operation as u8, to as u8, 0, 0, constant);
    }

    /// `to = from`.
    pub fn copy(&mut self, to: Register, from: Register) {
        self.compute(Operation::Move, to, from);
    }

    /// `to` = the lower 32 bits of `from`.
    pub fn copy_low(&mut self, to: Register, from: Register) {
        self.push(NARROW | REGISTER | Operation::Move as u8, to as u8, from as u8, 0, 0);
    }

    /// `to = to + offset`.
    pub fn compute_offset(&mut self, to: Register, offset: usize) {
        let constant = self.constant(offset);
        if constant != 0 {
            self.compute_constant(Operation::Add, to, constant);
        }
    }

    /// `to = to * size`.
    pub fn multiply(&mut self, to: Register, size: usize) {
        let constant = self.constant(size);
        self.compute_constant(Operation::Multiply, to, constant);
    }

    /// `to = size`.
    pub fn set_size(&mut self, to: Register, size: usize) {
        let constant = self.constant(size);
        self.set(to, constant);
    }

    /// `to = constant`, its sign extended.
    pub fn set(&mut self, to: Register, constant: i32) {
        self.compute_constant(Operation::Move, to, constant);
    }

    /// `to = constant`, of 64 bits.
    pub fn set_wide(&mut self, to: Register, constant: u64) {
        self.wide(to, 0, constant);
    }

    /// `to` = the map with this descriptor.
    pub fn set_map(&mut self, to: Register, descriptor: i32) {
        self.wide(to, MAP, u64::from(descriptor.cast_unsigned()));
    }

    /// `to = from + offset`.
    pub fn address(&mut self, to: Register, from: Register, offset: usize) {
        self.copy(to, from);
        self.compute_offset(to, offset);
    }

    /// Goes to the label.
    pub fn jump(&mut self, to: Label) {
        self.jumps.push((self.instructions.len(), to));
        self.push(JUMP, 0, 0, 0, 0);
    }

    /// Goes to the label if the comparison of the register with the constant holds.
    pub fn jump_if(&mut self, condition: If, register: Register, constant: i32, to: Label) {
        self.jumps.push((self.instructions.len(), to));
        self.push(JUMP | condition as u8, register as u8, 0, 0, constant);
    }

    /// Goes to the label if the comparison of the registers holds.
    pub fn jump_if_registers(&mut self, condition: If, register: Register, other: Register, to: Label) {
        self.jumps.push((self.instructions.len(), to));
        self.push(JUMP | REGISTER | condition as u8, register as u8, other as u8, 0, 0);
    }

    /// Calls one of the kernel's functions.
    pub fn call(&mut self, helper: Helper) {
        self.push(CALL, 0, 0, 0, helper as i32);
    }

    /// Ends the program.
    pub fn exit(&mut self) {
        self.push(EXIT, 0, 0, 0, 0);
    }

    /// The program.
    ///
    /// # Errors
    /// [`Flaw`]: a label is nowhere, or at two places; a jump or an offset is too far.
    pub fn finish(mut self) -> Result<Vec<Instruction>, Flaw> {
        if let Some(flaw) = self.flaw {
            return Err(flaw);
        }
        for (at, label) in self.jumps {
            let to = self.labels[label.0].ok_or(Flaw::Nowhere(label))?;
            // Counted from the instruction after the jump.
            let distance = i64::try_from(to).ok().zip(i64::try_from(at).ok()).map(|(to, at)| to - at - 1);
            let distance = distance.and_then(|distance| distance.try_into().ok());
            self.instructions[at].offset = distance.ok_or(Flaw::TooFar(label))?;
        }
        Ok(self.instructions)
    }

    fn wide(&mut self, to: Register, kind: u8, constant: u64) {
        let [low, high] = [constant & u64::from(u32::MAX), constant >> 32];
        let half = |half: u64| u32::try_from(half).unwrap_or(0).cast_signed();
        self.push(WIDE_CONSTANT, to as u8, kind, 0, half(low));
        self.push(0, 0, 0, 0, half(high));
    }

    fn push(&mut self, code: u8, destination: u8, source: u8, offset: i16, immediate: i32) {
        self.instructions.push(Instruction { code, registers: destination | source << 4, offset, immediate });
    }

    fn offset(&mut self, offset: usize) -> i16 {
        i16::try_from(offset).unwrap_or_else(|_| {
            self.flaw.get_or_insert(Flaw::Offset(offset));
            0
        })
    }

    fn constant(&mut self, offset: usize) -> i32 {
        i32::try_from(offset).unwrap_or_else(|_| {
            self.flaw.get_or_insert(Flaw::Offset(offset));
            0
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Register::*;
    use super::*;

    fn bytes(instruction: Instruction) -> (u8, u8, i16, i32) {
        (instruction.code, instruction.registers, instruction.offset, instruction.immediate)
    }

    #[test]
    fn instructions_have_the_codes_of_the_standard() {
        let mut program = Assembler::new();
        program.load(Width::Eight, R6, R1, 16);
        program.store(Width::Four, R8, 4, R0);
        program.store_constant(Width::One, R8, 5, 7);
        program.compute(Operation::ShiftLeft, R1, R2);
        program.set(R3, -1);
        program.call(Helper::KtimeGetNs);
        program.exit();
        let program: Vec<_> = program.finish().unwrap().into_iter().map(bytes).collect();
        let expected = [
            (0x79, 0x16, 16, 0),
            (0x63, 0x08, 4, 0),
            (0x72, 0x08, 5, 7),
            (0x6f, 0x21, 0, 0),
            (0xb7, 0x03, 0, -1),
            (0x85, 0x00, 0, 5),
            (0x95, 0x00, 0, 0),
        ];
        assert_eq!(program, expected);
    }

    #[test]
    fn constants_of_64_bits_and_maps_take_two_instructions() {
        let mut program = Assembler::new();
        program.set_wide(R1, 0x1122_3344_FFFF_FFFF);
        program.set_map(R2, 9);
        let program: Vec<_> = program.finish().unwrap().into_iter().map(bytes).collect();
        let expected = [(0x18, 0x01, 0, -1), (0, 0, 0, 0x1122_3344), (0x18, 0x12, 0, 9), (0, 0, 0, 0)];
        assert_eq!(program, expected);
    }

    #[test]
    fn jumps_are_counted_from_the_next_instruction_forwards_and_back() {
        let mut program = Assembler::new();
        let (start, end) = (program.label(), program.label());
        program.place(start);
        program.jump_if(If::Equal, R0, 0, end);
        program.set(R0, 1);
        program.jump(start);
        program.place(end);
        program.exit();
        let program: Vec<_> = program.finish().unwrap().into_iter().map(bytes).collect();
        assert_eq!((program[0], program[2]), ((0x15, 0, 2, 0), (0x05, 0, -3, 0)));
    }

    #[test]
    fn what_is_no_program_is_told() {
        let mut program = Assembler::new();
        let label = program.label();
        program.jump(label);
        assert_eq!(program.finish(), Err(Flaw::Nowhere(label)));
        let mut program = Assembler::new();
        let label = program.label();
        program.place(label);
        program.place(label);
        assert_eq!(program.finish(), Err(Flaw::Twice(label)));
        let mut program = Assembler::new();
        program.load(Width::One, R0, R1, 40_000);
        assert_eq!(program.finish(), Err(Flaw::Offset(40_000)));
        let mut program = Assembler::new();
        let label = program.label();
        program.jump(label);
        (0..40_000).for_each(|_| program.exit());
        program.place(label);
        program.exit();
        assert_eq!(program.finish(), Err(Flaw::TooFar(label)));
    }
}
