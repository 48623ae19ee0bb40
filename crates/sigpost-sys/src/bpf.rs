//! Programs in the kernel: `bpf(2)`, as far as watching tracepoints needs it.
//!
//! A program is a list of [`Instruction`]s that the kernel's verifier has proved harmless before it runs: loading one
//! is safe to call with any list. It takes `CAP_BPF` and `CAP_PERFMON` (before Linux 5.8 `CAP_SYS_ADMIN`) in the
//! machine's own user namespace.

mod ring;

use core::num::NonZeroUsize;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use rustix::io::Errno;

use crate::syscall::call;

pub use ring::Ring;

/// The kernel's `struct bpf_insn`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Instruction {
    /// What it does.
    pub code: u8,
    /// The destination's register in the lower four bits, the source's in the upper four.
    pub registers: u8,
    /// An offset in bytes, or in instructions.
    pub offset: i16,
    /// A constant.
    pub immediate: i32,
}

const MAP_CREATE: usize = 0;
const MAP_LOOK_UP: usize = 1;
const PROGRAM_LOAD: usize = 5;
const GET_INFO: usize = 15;
const TRACEPOINT_OPEN: usize = 17;

const PER_CPU_ARRAY: u32 = 6;
const RING_BUFFER: u32 = 27;
const TRACING: u32 = 26;
const TYPED_TRACEPOINT: u32 = 23;

/// The arguments of `BPF_MAP_CREATE`.
#[derive(Default)]
#[repr(C)]
struct MapCreate {
    kind: u32,
    key_size: u32,
    value_size: u32,
    entries: u32,
    flags: u32,
    inner: u32,
    node: u32,
    name: [u8; 16],
}

/// The arguments of `BPF_MAP_LOOKUP_ELEM`.
#[repr(C)]
struct LookUp {
    map: u32,
    padding: u32,
    key: u64,
    value: u64,
    flags: u64,
}

/// The arguments of `BPF_PROG_LOAD`.
#[derive(Default)]
#[repr(C)]
struct Load {
    kind: u32,
    count: u32,
    instructions: u64,
    license: u64,
    log_level: u32,
    log_size: u32,
    log: u64,
    kernel_version: u32,
    flags: u32,
    name: [u8; 16],
    interface: u32,
    attach_type: u32,
    types: u32,
    function_size: u32,
    functions: u64,
    function_count: u32,
    line_size: u32,
    lines: u64,
    line_count: u32,
    attach_to: u32,
    attach_to_of: u32,
    padding: u32,
}

/// The arguments of `BPF_RAW_TRACEPOINT_OPEN`.
#[repr(C)]
struct TracepointOpen {
    name: u64,
    program: u32,
    padding: u32,
}

/// The arguments of `BPF_OBJ_GET_INFO_BY_FD`.
#[repr(C)]
struct GetInfo {
    object: u32,
    length: u32,
    info: u64,
}

/// Makes the call. The kernel takes a struct of any size, and what is missing for 0.
///
/// # Safety
/// The struct is that command's, and the pointers in it are valid for what the command does with them.
unsafe fn bpf<T>(command: usize, attributes: &mut T) -> Result<usize, Errno> {
    let at = core::ptr::from_mut(attributes).expose_provenance();
    // SAFETY: the pointer is to a struct of that size; the caller vouches for what is in it.
    unsafe { call(libc::SYS_bpf, [command, at, size_of::<T>(), 0, 0, 0]) }
}

/// As [`bpf`], for the commands that give a descriptor.
///
/// # Safety
/// As for [`bpf`].
unsafe fn bpf_open<T>(command: usize, attributes: &mut T) -> Result<OwnedFd, Errno> {
    // SAFETY: the caller vouches for it.
    let fd = unsafe { bpf(command, attributes) }?;
    let fd = i32::try_from(fd).map_err(|_| Errno::BADF)?;
    // SAFETY: the kernel has just given us this descriptor, and nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

fn number(fd: BorrowedFd<'_>) -> u32 {
    fd.as_raw_fd().cast_unsigned()
}

fn address<T: ?Sized>(of: *const T) -> u64 {
    of.expose_provenance() as u64
}

/// Words that every CPU has for itself, counted up by programs and summed up by the reader: a map of one entry.
#[derive(Debug)]
pub struct Counters {
    map: OwnedFd,
    words: usize,
    cpus: usize,
}

impl Counters {
    /// Makes so many words, all 0.
    ///
    /// # Errors
    /// EPERM: no `CAP_BPF`, or the system does not allow it. ENOSYS: the kernel has no bpf(2). ENOMEM.
    pub fn new(words: NonZeroUsize) -> io::Result<Self> {
        let words = words.get();
        let value_size = u32::try_from(words * 8).map_err(|_| Errno::TOOBIG)?;
        let mut create = MapCreate { kind: PER_CPU_ARRAY, key_size: 4, value_size, entries: 1, ..MapCreate::default() };
        // SAFETY: the command's own struct, without pointers.
        let map = unsafe { bpf_open(MAP_CREATE, &mut create) }?;
        Ok(Self { map, words, cpus: possible_cpus()? })
    }

    /// The sums over all CPUs.
    ///
    /// # Errors
    /// None with an open map.
    pub fn read(&self) -> io::Result<Vec<u64>> {
        let key = 0_u32;
        let mut values = vec![0_u64; self.words * self.cpus];
        let mut look_up = LookUp {
            map: number(self.map.as_fd()),
            padding: 0,
            key: address(&raw const key),
            value: values.as_mut_ptr().expose_provenance() as u64,
            flags: 0,
        };
        // SAFETY: the key is of the map's size, and there is room for a value a possible CPU, as the kernel fills.
        unsafe { bpf(MAP_LOOK_UP, &mut look_up) }?;
        let values = core::hint::black_box(values);
        let mut sums = vec![0_u64; self.words];
        for value in values.chunks(self.words) {
            sums.iter_mut().zip(value).for_each(|(sum, word)| *sum = sum.wrapping_add(*word));
        }
        Ok(sums)
    }
}

impl AsFd for Counters {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.map.as_fd()
    }
}

/// How many CPUs the kernel keeps values for: those that there are, and those that could still be added.
fn possible_cpus() -> io::Result<usize> {
    let text = std::fs::read_to_string("/sys/devices/system/cpu/possible")?;
    let last = text.trim().rsplit([',', '-']).next().and_then(|last| last.parse::<usize>().ok());
    last.map(|last| last + 1).ok_or_else(|| io::Error::other("/sys/devices/system/cpu/possible has an unknown form"))
}

/// A program that runs whenever its tracepoint is passed, until this is dropped.
#[derive(Debug)]
pub struct Program {
    program: OwnedFd,
    link: Option<OwnedFd>,
}

impl Program {
    /// Loads a program for a tracepoint (`attach_to`: the number of the type `btf_trace_NAME` among the kernel's own
    /// types), has it verified, and lets it run.
    ///
    /// # Errors
    /// EPERM: no `CAP_BPF` and `CAP_PERFMON`. EACCES, EINVAL: the verifier refuses it; the message ends with what it
    /// objects to. ENOSYS.
    pub fn attach(name: &str, instructions: &[Instruction], attach_to: u32) -> io::Result<Self> {
        let program = match load(name, instructions, attach_to, &mut []) {
            Ok(program) => program,
            Err(errno @ (Errno::ACCESS | Errno::INVAL)) => return Err(objection(name, instructions, attach_to, errno)),
            Err(errno) => return Err(errno.into()),
        };
        let mut open = TracepointOpen { name: 0, program: number(program.as_fd()), padding: 0 };
        // SAFETY: the command's own struct, without a pointer: the program knows its tracepoint.
        let link = unsafe { bpf_open(TRACEPOINT_OPEN, &mut open) }?;
        Ok(Self { program, link: Some(link) })
    }

    /// Lets it run no more. Other CPUs may be in the middle of it for some microseconds still.
    pub fn detach(&mut self) {
        self.link = None;
    }

    /// How often the program was not run because it was running already on that CPU, in what it had interrupted.
    ///
    /// # Errors
    /// None with an open program.
    pub fn missed(&self) -> io::Result<u64> {
        // `struct bpf_prog_info` up to `recursion_misses` (Linux 5.12), in words.
        const MISSES: usize = 26;
        let mut info = [0_u64; MISSES + 1];
        let mut get = GetInfo {
            object: number(self.program.as_fd()),
            length: u32::try_from(size_of_val(&info)).unwrap_or(0),
            info: (&raw mut info).expose_provenance() as u64,
        };
        // SAFETY: the pointer is to memory of the length that the struct tells; the pointers in it are null.
        unsafe { bpf(GET_INFO, &mut get) }?;
        Ok(core::hint::black_box(info)[MISSES])
    }
}

fn load(name: &str, instructions: &[Instruction], attach_to: u32, log: &mut [u8]) -> Result<OwnedFd, Errno> {
    let mut short = [0; 16];
    short.iter_mut().zip(name.bytes().take(15)).for_each(|(to, from)| *to = from);
    let license = c"GPL";
    let mut load = Load {
        kind: TRACING,
        count: u32::try_from(instructions.len()).map_err(|_| Errno::TOOBIG)?,
        instructions: address(instructions.as_ptr()),
        license: address(license.as_ptr()),
        log_level: u32::from(!log.is_empty()),
        log_size: u32::try_from(log.len()).map_err(|_| Errno::TOOBIG)?,
        log: if log.is_empty() { 0 } else { log.as_mut_ptr().expose_provenance() as u64 },
        name: short,
        attach_type: TYPED_TRACEPOINT,
        attach_to,
        ..Load::default()
    };
    // SAFETY: instructions, license and log are of the sizes that the struct tells, and live during the call.
    unsafe { bpf_open(PROGRAM_LOAD, &mut load) }
}

/// Loads it again with a log, for the last line of what the verifier says.
fn objection(name: &str, instructions: &[Instruction], attach_to: u32, errno: Errno) -> io::Error {
    let mut log = vec![0; 1 << 20];
    let _ = load(name, instructions, attach_to, &mut log);
    let log = core::hint::black_box(log);
    let end = log.iter().position(|byte| *byte == 0).unwrap_or(log.len());
    let text = String::from_utf8_lossy(&log[..end]);
    let is_said =
        |line: &&str| !line.is_empty() && !line.starts_with("processed ") && !line.starts_with("verification");
    match text.lines().rev().map(str::trim).find(is_said) {
        Some(line) => io::Error::other(format!("the verifier refuses the program {name}: {line} ({errno})")),
        None => errno.into(),
    }
}

fn map_memory(fd: BorrowedFd<'_>, bytes: usize, writable: bool, from: usize) -> io::Result<core::ptr::NonNull<u8>> {
    let access = if writable { libc::PROT_READ | libc::PROT_WRITE } else { libc::PROT_READ };
    let from = libc::off_t::try_from(from).map_err(|_| Errno::INVAL)?;
    // SAFETY: a new mapping touches nothing that is there.
    let start = unsafe { libc::mmap(core::ptr::null_mut(), bytes, access, libc::MAP_SHARED, fd.as_raw_fd(), from) };
    if start == libc::MAP_FAILED {
        return Err(io::Error::last_os_error());
    }
    core::ptr::NonNull::new(start.cast()).ok_or_else(|| Errno::NOMEM.into())
}

/// Makes the map of a ring buffer of that many bytes.
fn ring_map(bytes: u32) -> Result<OwnedFd, Errno> {
    let mut create = MapCreate { kind: RING_BUFFER, entries: bytes, ..MapCreate::default() };
    // SAFETY: the command's own struct, without pointers.
    unsafe { bpf_open(MAP_CREATE, &mut create) }
}

/// A descriptor as an instruction's constant.
pub fn immediate(fd: impl AsFd) -> i32 {
    fd.as_fd().as_raw_fd()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_structs_have_the_kernels_layout() {
        assert_eq!(core::mem::offset_of!(Load, attach_type), 68);
        assert_eq!(core::mem::offset_of!(Load, attach_to), 108);
        assert_eq!(size_of::<Load>(), 120);
        assert_eq!(size_of::<MapCreate>(), 44);
        assert_eq!(size_of::<Instruction>(), 8);
    }

    #[test]
    fn a_program_that_is_none_is_refused() {
        assert!(Program::attach("none", &[], 1).is_err());
        assert!(Program::attach("none", &[Instruction { code: 0xFF, ..Instruction::default() }], 1).is_err());
    }

    #[test]
    fn new_counters_are_all_zero() {
        match Counters::new(NonZeroUsize::new(3).unwrap()) {
            Ok(counters) => assert_eq!(counters.read().unwrap(), [0, 0, 0]),
            Err(error) => println!("skipped: a map takes CAP_BPF: {error}"),
        }
    }
}
