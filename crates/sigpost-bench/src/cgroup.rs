//! A cgroup (version 2) of our own: whoever is put into it, and whomever they fork, is counted there.

use std::fs::{self, File};
use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec};

/// Removed, with everyone in it ended, when it is dropped.
#[derive(Debug)]
pub(crate) struct Cgroup {
    path: PathBuf,
    events: File,
}

impl Cgroup {
    /// Makes one, where this user may.
    pub(crate) fn make() -> Result<Self, String> {
        sigpost_sys::namespace::assert_inside();
        let mounts = fs::read_to_string("/proc/self/mountinfo").map_err(|error| error.to_string())?;
        let mount = mounts.lines().find(|line| line.contains(" - cgroup2 ")).and_then(|line| line.split(' ').nth(4));
        let mount = mount.ok_or("no cgroup file system of version 2 is mounted")?;
        let namespace = fs::read_link("/proc/self/ns/pid").map_err(|error| error.to_string())?;
        let unique: String = namespace.to_string_lossy().chars().filter(char::is_ascii_digit).collect();
        let path = PathBuf::from(mount).join(format!("sigpost-bench-{unique}"));
        fs::create_dir(&path).map_err(|error| format!("no cgroup can be made here: {error}"))?;
        let events = File::open(path.join("cgroup.events")).map_err(|error| error.to_string())?;
        Ok(Self { path, events })
    }

    /// As the command names it.
    pub(crate) fn target(&self) -> String {
        format!("c:/{}", self.path.file_name().unwrap_or_default().to_string_lossy())
    }

    /// Has the calling process join.
    pub(crate) fn join(&self) -> io::Result<()> {
        fs::write(self.path.join("cgroup.procs"), "0")
    }

    /// Has the calling process go back to the cgroup above.
    pub(crate) fn leave(&self) -> io::Result<()> {
        fs::write(self.path.parent().unwrap_or(&self.path).join("cgroup.procs"), "0")
    }

    /// How many processes are in it.
    pub(crate) fn count(&self) -> usize {
        fs::read_to_string(self.path.join("cgroup.procs")).map_or(0, |text| text.lines().count())
    }

    /// Ends everyone in it.
    pub(crate) fn kill(&self) -> io::Result<()> {
        fs::write(self.path.join("cgroup.kill"), "1")
    }

    /// Waits until its events say so, at most so long; how long that took.
    pub(crate) fn wait_until(&self, line: &str, limit: Duration) -> Option<Duration> {
        let start = Instant::now();
        loop {
            let mut text = [0; 128];
            let length = rustix::io::pread(&self.events, &mut text, 0).ok()?;
            if text[..length].split(|byte| *byte == b'\n').any(|found| found == line.as_bytes()) {
                return Some(start.elapsed());
            }
            let left = limit.checked_sub(start.elapsed())?;
            let left =
                Timespec { tv_sec: i64::try_from(left.as_secs()).ok()?, tv_nsec: i64::from(left.subsec_nanos()) };
            // The kernel tells of a change at once; of one that comes back at once only the poll's limit.
            let _ = rustix::event::poll(&mut [PollFd::new(&self.events, PollFlags::PRI)], Some(&left));
        }
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        let _ = self.kill();
        let _ = self.wait_until("populated 0", Duration::from_secs(10));
        let _ = fs::remove_dir(&self.path);
    }
}
