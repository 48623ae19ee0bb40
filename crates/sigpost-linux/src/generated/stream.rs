//! Streams of records: those of the calling thread's sends, and those of the whole machine.

use core::fmt;
use core::marker::PhantomData;
use std::io::{self, ErrorKind};
use std::os::fd::AsFd;

use sigpost_sys::perf::{Ring, Target};

use super::{Format, Generated};

/// Where tracefs usually is.
const PLACES: [&str; 2] = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"];
const FILE: &str = "events/signal/signal_generate/format";
/// Room for what each CPU generates between two drains of the whole machine's stream: some 14,000 records.
const PAGES_OF_A_CPU: usize = 256;

/// Why the kernel's records cannot be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unavailable {
    /// What is missing, in one sentence.
    pub reason: String,
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl core::error::Error for Unavailable {}

impl Unavailable {
    pub(crate) fn because(reason: impl Into<String>) -> Self {
        Self { reason: reason.into() }
    }

    /// What the kernel was asked to take a program with, and did not give.
    pub(crate) fn of_program(what: &str, error: &io::Error) -> Self {
        match error.kind() {
            ErrorKind::PermissionDenied => Self::because(
                "watching takes CAP_BPF and CAP_PERFMON, which this process does not have: run it as root, or let the \
                 file have them (setcap cap_bpf,cap_perfmon+ep /path/to/sigpost)",
            ),
            _ => Self::because(format!("the kernel does not give {what} to watch by: {error}")),
        }
    }

    fn not_opened(error: &io::Error) -> Self {
        match error.kind() {
            ErrorKind::PermissionDenied => {
                Self::because("the kernel's records of signals take CAP_PERFMON, which this process does not have")
            }
            _ => Self::because(format!("the kernel does not give its records of signals: perf_event_open: {error}")),
        }
    }
}

/// Reads where the fields are from the first tracefs that is there.
fn read_format() -> Result<Format, Unavailable> {
    let mut denied = false;
    for place in PLACES {
        match std::fs::read(format!("{place}/{FILE}")) {
            Ok(bytes) => {
                let unknown = |error| format!("the format of signal:signal_generate is not a known one: {error}");
                return Format::parse(&bytes).map_err(|error| Unavailable::because(unknown(error)));
            }
            Err(error) => denied |= error.kind() == ErrorKind::PermissionDenied,
        }
    }
    Err(Unavailable::because(if denied {
        "tracefs cannot be read by this user: the kernel's records of signals take the superuser"
    } else {
        "there is no signal:signal_generate in /sys/kernel/tracing: tracefs is not mounted there, or the kernel has none"
    }))
}

fn unknown_format() -> Unavailable {
    Unavailable::because("the format of signal:signal_generate is not a known one")
}

/// Reads the format from a tracefs that is mounted for this alone, at no place, and gone with its descriptor.
fn detached_format() -> rustix::io::Result<Option<Format>> {
    use rustix::mount::{FsMountFlags, FsOpenFlags, MountAttrFlags, fsconfig_create, fsmount, fsopen};
    let filesystem = fsopen("tracefs", FsOpenFlags::FSOPEN_CLOEXEC)?;
    fsconfig_create(&filesystem)?;
    let attributes = MountAttrFlags::MOUNT_ATTR_RDONLY;
    let mount = fsmount(&filesystem, FsMountFlags::FSMOUNT_CLOEXEC, attributes)?;
    let mut bytes = Vec::new();
    crate::proc_files::read_into(mount.as_fd(), FILE, &mut bytes)?;
    Ok(Format::parse(&bytes).ok())
}

/// The records of the signals that the calling thread sends, and of nobody else's \[S3.6\]. One group send gives
/// exactly one record for each member that did not refuse.
///
/// Closing (dropping) it takes the kernel some 30 to 50 milliseconds: keep it for the next send, if there is one.
#[derive(Debug)]
pub struct OwnStream {
    format: Format,
    ring: Ring,
    /// It is bound to the thread that opened it.
    thread: PhantomData<*const ()>,
}

/// What was recorded during a send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Records {
    /// The records, oldest first. Interrupts that the thread was running under may have added some: compare the
    /// signal, the code and the target.
    pub records: Vec<Generated>,
    /// How many there were besides, for which there was no room, or which are of no known form.
    pub lost: u64,
}

impl OwnStream {
    /// Opens the stream with room for a send to at least so many targets. Nothing is recorded yet.
    ///
    /// # Errors
    /// [`Unavailable`]: tracefs is not mounted or cannot be read, or `CAP_PERFMON` is missing.
    pub fn open(targets: usize) -> Result<Self, Unavailable> {
        let format = read_format()?;
        let ring = Ring::open(format.id(), Target::Caller, pages_for(targets));
        let ring = ring.map_err(|error| Unavailable::not_opened(&error))?;
        Ok(Self { format, ring, thread: PhantomData })
    }

    /// Calls the function, and returns with what it did what the kernel recorded meanwhile.
    ///
    /// ```no_run
    /// use sigpost_engine::{GroupId, Signal};
    /// use sigpost_linux::{Group, generated::OwnStream};
    ///
    /// let group = Group::open(GroupId::new(4800).expect("positive"))?;
    /// let mut stream = OwnStream::open(100)?;
    /// let (sent, recorded) = stream.during(|| group.send(Signal::TERM, &[]));
    /// sent?;
    /// for record in recorded.records {
    ///     println!("{} {}", record.pid, record.fate.word());
    /// }
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn during<T>(&mut self, call: impl FnOnce() -> T) -> (T, Records) {
        let lost_before = self.ring.lost();
        let enabled = self.ring.enable();
        let returned = call();
        let disabled = self.ring.disable();
        let mut records = Vec::new();
        let mut malformed = drain(&mut self.ring, &self.format, &mut records);
        // An open ring refuses neither; if it did, records would be missing.
        malformed += u64::from(enabled.is_err() || disabled.is_err());
        (returned, Records { records, lost: malformed + self.ring.lost().saturating_sub(lost_before) })
    }
}

/// A record takes 72 bytes on the kernels that are known; a quarter is added.
fn pages_for(targets: usize) -> usize {
    const RECORD: usize = 90;
    const PAGE: usize = 4096;
    /// For 1,800 records: the next group may be a larger one.
    const LEAST: usize = 32;
    targets.saturating_mul(RECORD).div_ceil(PAGE).clamp(LEAST, 1 << 14)
}

/// Takes all records out of a ring; returns how many were of no known form.
fn drain(ring: &mut Ring, format: &Format, records: &mut Vec<Generated>) -> u64 {
    let mut malformed = 0;
    ring.drain(|sample| match format.decode(sample.time, sample.raw) {
        Some(record) => records.push(record),
        None => malformed += 1,
    });
    malformed
}

/// The records of everybody's signals, in all PID namespaces: a ring a CPU, merged by time.
#[derive(Debug)]
pub struct SystemStream {
    format: Format,
    rings: Vec<Ring>,
    records: Vec<Generated>,
    malformed: u64,
}

impl SystemStream {
    /// Opens the stream, and begins to record. CPUs that are started later are not recorded.
    ///
    /// # Errors
    /// As [`OwnStream::open`]; also where there are more CPUs than this process may have open files.
    pub fn open() -> Result<Self, Unavailable> {
        Self::with(read_format()?)
    }

    /// The same where tracefs is mounted nowhere: it is looked at through a mount that nobody else sees.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub(crate) fn open_anywhere() -> Result<Self, Unavailable> {
        let format =
            read_format().or_else(|missing| detached_format().map_err(|_| missing)?.ok_or_else(unknown_format));
        Self::with(format?)
    }

    fn with(format: Format) -> Result<Self, Unavailable> {
        let mut rings = Vec::new();
        for cpu in running_cpus() {
            match Ring::open(format.id(), Target::Cpu(cpu), PAGES_OF_A_CPU) {
                Ok(ring) => rings.push(ring),
                // It was stopped meanwhile.
                Err(error) if error.raw_os_error() == Some(sigpost_sys::Errno::NODEV.raw_os_error()) => {}
                Err(error) => return Err(Unavailable::not_opened(&error)),
            }
        }
        for ring in &rings {
            ring.enable().map_err(|error| Unavailable::not_opened(&error))?;
        }
        Ok(Self { format, rings, records: Vec::new(), malformed: 0 })
    }

    /// Takes all records since the last drain, oldest first.
    ///
    /// A signal that was sent before this call is among them. One that is sent meanwhile may be left for the next
    /// drain although a younger one from another CPU is not.
    pub fn drain(&mut self, each: impl FnMut(Generated)) {
        for ring in &mut self.rings {
            self.malformed += drain(ring, &self.format, &mut self.records);
        }
        self.records.sort_by_key(|record| record.time);
        self.records.drain(..).for_each(each);
    }

    /// How many records there were besides, as of the last drain: no room for them, or of no known form.
    pub fn lost(&self) -> u64 {
        self.malformed + self.rings.iter().map(Ring::lost).sum::<u64>()
    }
}

/// The CPUs that run; the first alone where the kernel does not say.
fn running_cpus() -> Vec<u32> {
    let text = std::fs::read_to_string("/sys/devices/system/cpu/online").unwrap_or_default();
    let cpus = cpu_list(&text);
    if cpus.is_empty() { vec![0] } else { cpus }
}

/// A list such as `0-3,8`, as the kernel writes it. What is not of this form is passed over.
fn cpu_list(text: &str) -> Vec<u32> {
    // NR_CPUS is at most 8192.
    const MOST: u32 = 8192;
    let range = |part: &str| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (first.parse().ok()?, last.parse::<u32>().ok()?);
        Some(first..=last.min(MOST))
    };
    text.trim().split(',').filter_map(range).flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_cpus_are_read() {
        assert_eq!(cpu_list("0-1\n"), [0, 1]);
        assert_eq!(cpu_list("0,2-4,7\n"), [0, 2, 3, 4, 7]);
        assert_eq!(cpu_list(""), [0; 0]);
        assert_eq!(cpu_list("3-1,x,5-"), [0; 0]);
    }

    #[test]
    fn the_ring_has_room_for_all_targets() {
        assert!(pages_for(0) * 4096 > 1000 * 72);
        assert!(pages_for(10_000) * 4096 > 10_000 * 72);
        assert!(pages_for(usize::MAX) <= 1 << 14);
    }
}
