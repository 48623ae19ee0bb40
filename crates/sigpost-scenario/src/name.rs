//! Names of processes and threads.

use core::fmt;

/// The name of a process or a thread: a small letter, then small letters, digits and `_`, at most 31 characters;
/// or `init`. It is small and `Copy`, so that scenarios are cheap to cut and put together again.
///
/// ```
/// use sigpost_scenario::Name;
///
/// assert_eq!(Name::new("worker_1").unwrap().as_str(), "worker_1");
/// assert_eq!(Name::new("Worker"), None);
/// assert_eq!(Name::new("kernel"), None); // reserved
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    // Compared as text because the unused bytes are zero, which sorts before every letter.
    bytes: [u8; Self::LONGEST],
    length: u8,
}

impl Name {
    /// How many characters a name may have.
    pub const LONGEST: usize = 31;

    /// Process 1, which is always there and never declared.
    pub const INIT: Self = Self::from_ascii(b"init");

    /// The words that no process or thread may be called.
    pub const RESERVED: [&'static str; 10] =
        ["init", "kernel", "nobody", "none", "all", "main", "any", "expect", "process", "thread"];

    /// The name, if it may be declared: well formed and not reserved.
    pub fn new(text: &str) -> Option<Self> {
        let free = Self::is_well_formed(text) && !Self::is_reserved(text);
        free.then(|| Self::from_ascii(text.as_bytes()))
    }

    /// Whether the text has the form of a name, reserved or not.
    pub fn is_well_formed(text: &str) -> bool {
        text.len() <= Self::LONGEST
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    }

    /// Whether the word has a meaning of its own in the language.
    pub fn is_reserved(text: &str) -> bool {
        text == "personality" || Self::RESERVED.contains(&text)
    }

    /// The text of the name.
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.bytes[..usize::from(self.length)]).unwrap_or("")
    }

    /// The name of these bytes, which are known to be a short word.
    const fn from_ascii(text: &[u8]) -> Self {
        let mut bytes = [0; Self::LONGEST];
        let mut length = 0;
        while (length as usize) < text.len() && (length as usize) < Self::LONGEST {
            bytes[length as usize] = text[length as usize];
            length += 1;
        }
        Self { bytes, length }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
