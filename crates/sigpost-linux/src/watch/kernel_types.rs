//! The types that the running kernel was built with, as it tells them itself: `/sys/kernel/btf/vmlinux`.
//!
//! Where a member of a structure is differs from kernel to kernel; it is looked up by name and never assumed.
//! Source: `Documentation/bpf/btf.rst`.

use std::io;

use crate::proc_stat::Malformed;

/// The file; everybody may read it.
const FILE: &str = "/sys/kernel/btf/vmlinux";

const INTEGER: u8 = 1;
const POINTER: u8 = 2;
const ARRAY: u8 = 3;
const STRUCTURE: u8 = 4;
const UNION: u8 = 5;
const ENUMERATION: u8 = 6;
const TYPE_NAME: u8 = 8;
const VOLATILE: u8 = 9;
const CONSTANT: u8 = 10;
const RESTRICTED: u8 = 11;
const FUNCTION_TYPE: u8 = 13;
const VARIABLE: u8 = 14;
const SECTION: u8 = 15;
const DECLARATION_TAG: u8 = 17;
const TYPE_TAG: u8 = 18;
const WIDE_ENUMERATION: u8 = 19;

/// The kernel's types.
#[derive(Debug)]
pub struct KernelTypes {
    bytes: Vec<u8>,
    /// Where each type begins; that of number 0 (void) is nowhere.
    types: Vec<usize>,
    strings: usize,
}

/// A type's first twelve bytes.
#[derive(Clone, Copy, Debug)]
struct Head {
    name: usize,
    kind: u8,
    /// How many members it has.
    count: usize,
    /// Members' offsets have their width in bits in the upper byte.
    has_widths: bool,
    /// Its size in bytes, or the number of the type that it is made from.
    size_or_type: u32,
}

impl KernelTypes {
    /// Reads them.
    ///
    /// # Errors
    /// `NotFound`: the kernel was built without (`CONFIG_DEBUG_INFO_BTF`). `InvalidData`: of no known form.
    pub fn read() -> io::Result<Self> {
        let unknown = |error| io::Error::new(io::ErrorKind::InvalidData, format!("{FILE} is {error}"));
        Self::parse(std::fs::read(FILE)?).map_err(unknown)
    }

    /// Parses the file's bytes.
    ///
    /// # Errors
    /// [`Malformed`]: they are none of this kind.
    pub fn parse(bytes: Vec<u8>) -> Result<Self, Malformed> {
        const MAGIC: u16 = 0xEB9F;
        const SHORT: Malformed = Malformed("the types are cut short");
        let magic = bytes.first_chunk::<2>().map(|magic| u16::from_ne_bytes(*magic));
        if magic != Some(MAGIC) {
            return Err(Malformed("they are no types"));
        }
        let header = |at| word(&bytes, at).map(|word| word as usize).ok_or(SHORT);
        let (length, types, types_length, strings) = (header(4)?, header(8)?, header(12)?, header(16)?);
        let (mut at, strings) = (length + types, length + strings);
        let end = at + types_length;
        let mut starts = vec![usize::MAX];
        while at < end {
            let head = head(&bytes, at).ok_or(SHORT)?;
            starts.push(at);
            at += 12 + head.further().ok_or(Malformed("a kind of type is unknown"))?;
        }
        Ok(Self { bytes, types: starts, strings })
    }

    /// The number of the type that a tracepoint's programs are attached to, if the kernel has that tracepoint.
    pub fn tracepoint(&self, name: &str) -> Option<u32> {
        let (number, _) = self.named(&[TYPE_NAME], &format!("btf_trace_{name}"))?;
        u32::try_from(number).ok()
    }

    /// Whether what a tracepoint gives its programs at this place is a pointer.
    pub fn is_pointer(&self, tracepoint: &str, place: usize) -> bool {
        let prototype = || {
            let (_, name) = self.named(&[TYPE_NAME], &format!("btf_trace_{tracepoint}"))?;
            let pointer = self.head(name.size_or_type as usize)?;
            let at = *self.types.get(pointer.size_or_type as usize)?;
            let function = head(&self.bytes, at).filter(|head| head.kind == FUNCTION_TYPE)?;
            // The first is the tracepoint's own.
            (place + 1 < function.count).then(|| word(&self.bytes, at + 12 + (place + 1) * 8 + 4))?
        };
        prototype().and_then(|of| self.head(of as usize)).is_some_and(|head| head.kind == POINTER)
    }

    /// Where a member of a structure is, in bytes; members of nameless structures in it count as its own.
    pub fn offset(&self, structure: &str, member: &str) -> Option<usize> {
        let (number, _) = self.named(&[STRUCTURE, UNION], structure)?;
        let bits = self.member(number, member)?;
        bits.is_multiple_of(8).then_some(bits / 8)
    }

    /// A structure's size in bytes.
    pub fn size(&self, structure: &str) -> Option<usize> {
        self.named(&[STRUCTURE, UNION], structure).map(|(_, head)| head.size_or_type as usize)
    }

    /// In bits.
    fn member(&self, number: usize, wanted: &str) -> Option<usize> {
        let at = *self.types.get(number)?;
        let head = head(&self.bytes, at).filter(|head| matches!(head.kind, STRUCTURE | UNION))?;
        let members = (0..head.count).filter_map(|index| {
            let at = at + 12 + index * 12;
            let offset = word(&self.bytes, at + 8)?;
            let offset = if head.has_widths { offset & 0x00FF_FFFF } else { offset };
            Some((word(&self.bytes, at)?, word(&self.bytes, at + 4)?, offset))
        });
        for (name, of, offset) in members {
            let found = if self.name(name as usize) == Some(wanted.as_bytes()) {
                Some(0)
            } else if name == 0 {
                self.member(of as usize, wanted)
            } else {
                None
            };
            if let Some(inner) = found {
                return Some(offset as usize + inner);
            }
        }
        None
    }

    fn named(&self, kinds: &[u8], name: &str) -> Option<(usize, Head)> {
        self.types.iter().enumerate().skip(1).find_map(|(number, at)| {
            let head = head(&self.bytes, *at).filter(|head| kinds.contains(&head.kind))?;
            (self.name(head.name) == Some(name.as_bytes())).then_some((number, head))
        })
    }

    fn head(&self, number: usize) -> Option<Head> {
        head(&self.bytes, *self.types.get(number)?)
    }

    /// The string at that place among the strings.
    fn name(&self, at: usize) -> Option<&[u8]> {
        self.bytes.get(self.strings + at..)?.split(|byte| *byte == 0).next()
    }
}

impl Head {
    /// How many bytes follow the first twelve.
    const fn further(self) -> Option<usize> {
        Some(match self.kind {
            INTEGER | VARIABLE | DECLARATION_TAG => 4,
            ARRAY => 12,
            STRUCTURE | UNION | SECTION | WIDE_ENUMERATION => 12 * self.count,
            ENUMERATION | FUNCTION_TYPE => 8 * self.count,
            // Pointers, declarations, names, qualifiers, functions, floating point numbers.
            POINTER | 7 | TYPE_NAME | VOLATILE | CONSTANT | RESTRICTED | 12 | 16 | TYPE_TAG => 0,
            _ => return None,
        })
    }
}

fn head(bytes: &[u8], at: usize) -> Option<Head> {
    let info = word(bytes, at.checked_add(4)?)?;
    Some(Head {
        name: word(bytes, at)? as usize,
        kind: (info >> 24 & 0x1F) as u8,
        count: (info & 0xFFFF) as usize,
        has_widths: info >> 31 == 1,
        size_or_type: word(bytes, at + 8)?,
    })
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(*bytes.get(at..)?.first_chunk::<4>()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Types written by hand: `struct outer { int first; struct { int inner; }; }` and a tracepoint's name.
    fn example() -> Vec<u8> {
        let strings = b"\0int\0outer\0first\0inner\0btf_trace_x\0";
        let place = |name: &[u8]| strings.windows(name.len()).position(|window| window == name).unwrap();
        let at = |name: &[u8]| u32::try_from(place(name)).unwrap();
        let kind = |kind: u8, count: u32| u32::from(kind) << 24 | count;
        let types: Vec<u32> = [
            vec![at(b"int"), kind(INTEGER, 0), 4, 32],
            vec![0, kind(STRUCTURE, 1), 4, at(b"inner"), 1, 0],
            vec![at(b"outer"), kind(STRUCTURE, 2), 8, at(b"first"), 1, 0, 0, 2, 32],
            vec![0, kind(FUNCTION_TYPE, 3), 0, 0, 5, 0, 1, 0, 5],
            vec![0, kind(POINTER, 0), 4],
            vec![at(b"btf_trace_x"), kind(TYPE_NAME, 0), 5],
        ]
        .concat();
        let length = u32::try_from(types.len() * 4).unwrap();
        let header = [24, 0, length, length, u32::try_from(strings.len()).unwrap()];
        let words = header.iter().chain(&types).flat_map(|word| word.to_ne_bytes());
        0xEB9F_u16.to_ne_bytes().into_iter().chain([1, 0]).chain(words).chain(strings.iter().copied()).collect()
    }

    #[test]
    fn members_are_found_also_in_nameless_structures() {
        let types = KernelTypes::parse(example()).unwrap();
        assert_eq!(types.offset("outer", "first"), Some(0));
        assert_eq!(types.offset("outer", "inner"), Some(4));
        assert_eq!(types.offset("outer", "third"), None);
        assert_eq!(types.offset("int", "first"), None);
        assert_eq!(types.size("outer"), Some(8));
    }

    #[test]
    fn a_tracepoint_is_found_with_what_it_gives() {
        let types = KernelTypes::parse(example()).unwrap();
        assert_eq!(types.tracepoint("x"), Some(6));
        assert_eq!(types.tracepoint("y"), None);
        assert_eq!([0, 1, 2].map(|place| types.is_pointer("x", place)), [false, true, false]);
    }

    #[test]
    fn bytes_that_are_cut_short_are_refused() {
        let whole = example();
        for length in 0..whole.len() - 40 {
            assert!(KernelTypes::parse(whole[..length].to_vec()).is_err(), "{length}");
        }
    }

    #[test]
    fn the_running_kernels_own_are_read() {
        match KernelTypes::read() {
            Ok(types) => {
                assert!(types.tracepoint("signal_generate").is_some());
                assert!(types.offset("task_struct", "tgid").is_some_and(|offset| offset > 0));
                assert!(types.is_pointer("signal_generate", 2) && !types.is_pointer("signal_generate", 0));
            }
            Err(error) => println!("skipped: the kernel does not tell its types: {error}"),
        }
    }
}
