//! A cgroup of version 2 for one test. The tests of the command use this file too.

use std::fs;
use std::path::PathBuf;

use rustix::event::{PollFd, PollFlags, Timespec};
use sigpost_sys::fork::say;
use sigpost_sys::namespace::assert_inside;

/// A cgroup made for one test, where the superuser may make one.
pub(crate) struct TestCgroup(pub(crate) PathBuf);

impl TestCgroup {
    pub(crate) fn make(name: &str) -> Option<Self> {
        assert_inside();
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
        let mount = mounts.lines().find(|line| line.contains(" - cgroup2 ")).and_then(|line| line.split(' ').nth(4));
        let Some(mount) = mount else {
            say("skipped: no cgroup file system of version 2 is mounted");
            return None;
        };
        let namespace = fs::read_link("/proc/self/ns/pid").unwrap();
        let unique: String = namespace.to_string_lossy().chars().filter(char::is_ascii_digit).collect();
        let path = PathBuf::from(mount).join(format!("sigpost-{name}-{unique}"));
        match fs::create_dir(&path) {
            Ok(()) => Some(Self(path)),
            Err(error) => {
                say(&format!("skipped: no cgroup can be made here: {error}"));
                None
            }
        }
    }

    /// Its path below the mount.
    pub(crate) fn path(&self) -> String {
        format!("/{}", self.0.file_name().unwrap().to_str().unwrap())
    }

    /// Has a process join; 0 is the caller.
    pub(crate) fn take(&self, pid: i32) {
        fs::write(self.0.join("cgroup.procs"), pid.to_string()).unwrap();
    }

    /// Waits until its events say so; fails after a minute.
    pub(crate) fn wait_until(&self, line: &str) {
        // One that was never made, or is gone already, has nobody in it.
        let Ok(events) = fs::File::open(self.0.join("cgroup.events")) else { return };
        loop {
            let mut text = [0; 128];
            let length = rustix::io::pread(&events, &mut text, 0).unwrap();
            if text[..length].split(|byte| *byte == b'\n').any(|found| found == line.as_bytes()) {
                return;
            }
            let limit = Timespec { tv_sec: 60, tv_nsec: 0 };
            let ready = rustix::event::poll(&mut [PollFd::new(&events, PollFlags::PRI)], Some(&limit)).unwrap();
            assert!(ready > 0, "the cgroup never came to `{line}`");
        }
    }
}

impl Drop for TestCgroup {
    fn drop(&mut self) {
        let _ = fs::write(self.0.join("cgroup.kill"), "1");
        self.wait_until("populated 0");
        let _ = fs::remove_dir(&self.0);
    }
}
