//! What `/proc` shows of a puppet, read through files that stay open: they never show another process.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// How much of a thread was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Sight {
    /// Everything.
    #[default]
    Whole,
    /// Its state; what is pending, blocked, ignored and caught is what it was when that was last seen.
    State,
    /// Nothing: the state is the one that is likely.
    Nothing,
}

/// The kernel's view of one thread, and of its process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ThreadView {
    /// The letter of its state: R, S, D, T, t, Z, X.
    pub(crate) state: u8,
    /// What is pending for the thread.
    pub(crate) pending: u64,
    /// What is pending for the process.
    pub(crate) shared: u64,
    pub(crate) blocked: u64,
    pub(crate) ignored: u64,
    pub(crate) caught: u64,
    /// The parent, group and session as the runner sees them.
    pub(crate) parent: i32,
    pub(crate) group: i32,
    pub(crate) session: i32,
    pub(crate) tracer: i32,
    /// How often it has left the processor: if this is the same, it has not begun to run and left it again. Where there is no `/proc`, of one who
    /// does not report: for how long it was on one.
    pub(crate) switches: u64,
    /// Its process ID (or thread ID) in each namespace, the runner's first.
    pub(crate) numbers: Vec<i32>,
    /// How much of all this was seen.
    pub(crate) sight: Sight,
    /// Of what is pending: what may lie in the other queue, or in both. Only where there is no `/proc`.
    pub(crate) unsure: u64,
}

impl ThreadView {
    /// Whether it has ended.
    pub(crate) const fn has_ended(&self) -> bool {
        matches!(self.state, b'Z' | b'X')
    }

    pub(crate) const fn is_stopped(&self) -> bool {
        self.state == b'T'
    }

    pub(crate) const fn is_trace_stopped(&self) -> bool {
        self.state == b't'
    }
}

/// A thread's files.
#[derive(Debug)]
pub(crate) struct ThreadFiles {
    status: File,
    stat: File,
    /// Missing where the kernel does not show it, or not to this user.
    call: Option<File>,
}

const ROOM: usize = 4096;

impl ThreadFiles {
    /// Opens the files of a thread, by the numbers that the runner sees.
    pub(crate) fn open(process: i32, thread: i32) -> io::Result<Self> {
        let open = |name: &str| File::open(format!("/proc/{process}/task/{thread}/{name}"));
        Ok(Self { status: open("status")?, stat: open("stat")?, call: open("syscall").ok() })
    }

    /// Whether the thread is on a processor, or wants one, whatever its state says: a thread is marked as asleep before
    /// it looks whether it has to sleep (`do_wait`), as stopped before it tells its parent (`do_signal_stop`), and as
    /// ended before it has. The kernel tells the call of a thread only once it has left the processor for good
    /// (`wait_task_inactive`), and waits for that if the thread is about to.
    pub(crate) fn may_run(&self) -> bool {
        let mut room = [0; ROOM];
        let text = self.call.as_ref().map(|call| read_whole(call, &mut room));
        matches!(text, Some(Ok(Some("running\n"))))
    }

    /// Whether it has taken what ends it, or has begun to end: the kernel lets one that ends sleep on its way out until
    /// nobody moves processes between cgroups (`exit_signals`), which looks like the sleep of a vfork's parent.
    pub(crate) fn has_begun_to_end(&self) -> io::Result<bool> {
        /// `PF_EXITING` and `PF_SIGNALED`, of the ninth field: the seventh behind the name.
        const ENDS: u64 = 0x4 | 0x400;
        let mut room = [0; ROOM];
        let Some(text) = read_whole(&self.stat, &mut room)? else { return Ok(true) };
        let flags = text.rsplit_once(')').and_then(|(_, fields)| fields.split_ascii_whitespace().nth(6));
        let flags: Option<u64> = flags.and_then(|flags| flags.parse().ok());
        flags.map(|flags| flags & ENDS != 0).ok_or_else(|| io::Error::other("a stat file in /proc cannot be read"))
    }

    /// What they say now; `None` if the thread is gone.
    pub(crate) fn read(&self) -> io::Result<Option<ThreadView>> {
        let mut room = [0; ROOM];
        let Some(text) = read_whole(&self.status, &mut room)? else { return Ok(None) };
        parse_status(text).map(Some).ok_or_else(|| io::Error::other("a status file in /proc cannot be read"))
    }

    /// The wait status of a thread that has ended, stopped or been stopped for its tracer; 0 if its parent has
    /// taken the news already, or the kernel does not tell.
    pub(crate) fn wait_status(&self) -> io::Result<i32> {
        let mut room = [0; ROOM];
        let Some(text) = read_whole(&self.stat, &mut room)? else { return Ok(0) };
        let last = text.split_ascii_whitespace().next_back();
        last.and_then(|word| word.parse().ok()).ok_or_else(|| io::Error::other("a stat file in /proc cannot be read"))
    }
}

/// The wait status of a process from its own `stat`, which knows of group stops and exits.
pub(crate) fn process_stat(process: i32) -> io::Result<File> {
    File::open(format!("/proc/{process}/stat"))
}

/// As [`ThreadFiles::wait_status`], of a process.
pub(crate) fn process_wait_status(stat: &File) -> io::Result<i32> {
    let mut room = [0; ROOM];
    let Some(text) = read_whole(stat, &mut room)? else { return Ok(0) };
    let last = text.split_ascii_whitespace().next_back();
    last.and_then(|word| word.parse().ok()).ok_or_else(|| io::Error::other("a stat file in /proc cannot be read"))
}

fn read_whole<'a>(file: &File, room: &'a mut [u8; ROOM]) -> io::Result<Option<&'a str>> {
    match file.read_at(room, 0) {
        Ok(0) => Ok(None),
        Ok(length) => Ok(core::str::from_utf8(&room[..length]).ok()),
        Err(error) if error.raw_os_error() == Some(rustix::io::Errno::SRCH.raw_os_error()) => Ok(None),
        Err(error) => Err(error),
    }
}

fn parse_status(text: &str) -> Option<ThreadView> {
    let mut view = ThreadView::default();
    for line in text.lines() {
        let (key, value) = line.split_once(':')?;
        let value = value.trim();
        match key {
            "State" => view.state = *value.as_bytes().first()?,
            "PPid" => view.parent = value.parse().ok()?,
            "TracerPid" => view.tracer = value.parse().ok()?,
            "NSpid" => view.numbers = value.split_ascii_whitespace().filter_map(|word| word.parse().ok()).collect(),
            "NSpgid" => view.group = value.split_ascii_whitespace().next()?.parse().ok()?,
            "NSsid" => view.session = value.split_ascii_whitespace().next()?.parse().ok()?,
            "SigPnd" => view.pending = u64::from_str_radix(value, 16).ok()?,
            "ShdPnd" => view.shared = u64::from_str_radix(value, 16).ok()?,
            "SigBlk" => view.blocked = u64::from_str_radix(value, 16).ok()?,
            "SigIgn" => view.ignored = u64::from_str_radix(value, 16).ok()?,
            "SigCgt" => view.caught = u64::from_str_radix(value, 16).ok()?,
            "voluntary_ctxt_switches" | "nonvoluntary_ctxt_switches" => view.switches += value.parse::<u64>().ok()?,
            _ => {}
        }
    }
    (view.state != 0).then_some(view)
}

/// The number by which the runner sees a child of `parent` (a number of the runner's) whose number for its parent
/// is `inside`; `None` if there is none.
pub(crate) fn child_outside(parent: i32, inside: i32) -> io::Result<Option<i32>> {
    if let Ok(number) = sigpost_sys::scenario_namespace::number_outside(parent, inside) {
        return Ok(Some(number));
    }
    // A kernel before 6.11: look for it.
    let level = ThreadFiles::open(parent, parent)?.read()?.map_or(0, |view| view.numbers.len());
    find_number("/proc", |view| view.parent == parent && view.numbers.get(level.wrapping_sub(1)) == Some(&inside))
}

/// The number by which the runner sees a thread of a process that it sees by the number `process`.
pub(crate) fn thread_outside(process: i32, inside: i32) -> io::Result<Option<i32>> {
    find_number(&format!("/proc/{process}/task"), |view| view.numbers.last() == Some(&inside))
}

fn find_number(folder: &str, is_it: impl Fn(&ThreadView) -> bool) -> io::Result<Option<i32>> {
    for entry in std::fs::read_dir(folder)? {
        let Some(number) = entry?.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else { continue };
        // Others come and go meanwhile.
        let Ok(text) = std::fs::read_to_string(format!("{folder}/{number}/status")) else { continue };
        if parse_status(&text).is_some_and(|view| is_it(&view)) {
            return Ok(Some(number));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_of_the_test_itself_can_be_read() {
        let own = std::process::id().cast_signed();
        let thread = rustix::thread::gettid().as_raw_nonzero().get();
        let view = ThreadFiles::open(own, thread).unwrap().read().unwrap().unwrap();
        assert_eq!(view.state, b'R');
        assert_eq!(view.numbers.last(), Some(&thread));
    }
}
