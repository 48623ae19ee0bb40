//! The processes that both tools are run on.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command};

use rustix::fs::{FlockOperation, flock};
use sigpost_sys::fork::say;

use crate::victim::{Setup, Victim};

/// Five that log what they get, and a `sleep`.
pub(crate) struct Family {
    /// `quill` leads a group, and a second `quill` is in it; `quills`; `plume` leads a session and has two threads; one
    /// whose name is as long as names can be.
    pub(crate) victims: [Victim; 5],
    sleeper: Child,
    folder: PathBuf,
    /// Holds the lock on `locked.pid`.
    _lock: fs::File,
}

const LONG_NAME: &core::ffi::CStr = c"abcdefghijklmno";

impl Family {
    /// Starts them. `None`, with the reason: there is no `sleep`.
    pub(crate) fn start(what_for: &str) -> Option<Self> {
        let leader =
            Victim::start(Setup { group: Some(0), name: Some(c"quill"), one_by_one: true, ..Setup::default() });
        let member = Victim::start(Setup { group: Some(leader.pid()), name: Some(c"quill"), ..Setup::default() });
        let other_user = rustix::process::getuid().is_root() && maps_other_users();
        let user = other_user.then_some(65533);
        let plural = Victim::start(Setup { group: Some(0), name: Some(c"quills"), user, ..Setup::default() });
        let session =
            Victim::start(Setup { session: true, name: Some(c"plume"), second_thread: true, ..Setup::default() });
        let long = Victim::start(Setup { group: Some(0), name: Some(LONG_NAME), ..Setup::default() });
        let sleeper = Command::new("sleep").arg("1234567").env("SIGPOST_DROP_IN", "a b").spawn();
        let Ok(sleeper) = sleeper else {
            say("skipped: there is no `sleep`");
            return None;
        };
        while !fs::read(format!("/proc/{}/cmdline", sleeper.id())).unwrap().starts_with(b"sleep") {
            std::thread::yield_now();
        }
        let folder = std::env::temp_dir().join(format!("sigpost-drop-in-{what_for}-{}", crate::namespace::number()));
        fs::create_dir_all(&folder).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
        fs::write(folder.join("quill.pid"), format!("{}\nmore\n", leader.pid())).unwrap();
        fs::write(folder.join("bad.pid"), "quill\n").unwrap();
        fs::write(folder.join("locked.pid"), format!("{}\n", leader.pid())).unwrap();
        let lock = fs::File::open(folder.join("locked.pid")).unwrap();
        flock(&lock, FlockOperation::LockExclusive).unwrap();
        Some(Self { victims: [leader, member, plural, session, long], sleeper, folder, _lock: lock })
    }

    /// A word of a row with the names of members, users and files in their places.
    pub(crate) fn fill(&self, word: &str) -> String {
        let pid = |index: usize| self.victims[index].pid().to_string();
        let folder = self.folder.display().to_string();
        let sleep = fs::read_link(format!("/proc/{}/exe", self.sleeper.id())).unwrap_or_default();
        let own = |file: &str| fs::read_to_string(file).unwrap_or_default();
        let cgroup = own("/proc/self/cgroup");
        let cgroup = cgroup.lines().find_map(|line| line.strip_prefix("0::")).unwrap_or("/").to_owned();
        let mut filled = word.to_owned();
        for (place, value) in [
            ("{a}", pid(0).as_str()),
            ("{b}", &pid(1)),
            ("{c}", &pid(2)),
            ("{p}", &pid(3)),
            ("{l}", &pid(4)),
            ("{sleep}", &self.sleeper.id().to_string()),
            ("{sleep-file}", &sleep.display().to_string()),
            ("{uid}", &rustix::process::getuid().as_raw().to_string()),
            ("{gid}", &rustix::process::getgid().as_raw().to_string()),
            ("{inode}", &self.inode(0)),
            ("{folder}", &folder),
            ("{cgroup}", &cgroup),
        ] {
            filled = filled.replace(place, value);
        }
        filled
    }

    fn inode(&self, index: usize) -> String {
        let pid = sigpost_engine::Pid::new(self.victims[index].pid()).unwrap();
        let inode = sigpost_linux::Process::open(pid).and_then(|process| process.inode());
        inode.ok().flatten().unwrap_or_default().to_string()
    }
}

impl Drop for Family {
    fn drop(&mut self) {
        let _ = self.sleeper.kill();
        let _ = self.sleeper.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Whether processes can run as another user here: an ordinary user's namespace has only one.
pub(crate) fn maps_other_users() -> bool {
    fs::read_to_string("/proc/self/uid_map").is_ok_and(|map| map.split_whitespace().nth(2) != Some("1"))
}
