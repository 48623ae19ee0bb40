//! `watch --until-exit`: every way to end, twice, with names that are made up for each.

use alloc::ffi::CString;
use alloc::rc::Rc;
use core::cell::Cell;
use core::ffi::CStr;
use core::time::Duration;
use std::fs;
use std::io::{self, PipeReader, PipeWriter, Read as _, Write as _};
use std::path::PathBuf;
use std::process::Command;

use sigpost_sys::fork::{Child, fork_run, say};
use sigpost_sys::namespace::in_private_pid_namespace;
use sigpost_sys::pty::{Keyboard, take_terminal};
use sigpost_sys::sigaction::{self, Action};

use super::{Watcher, new_name};

/// A child with a name of its own that does something once it is told to, and then sleeps.
struct Victim {
    child: Child,
    name: String,
    go: PipeWriter,
}

impl Victim {
    fn start(does: impl FnOnce()) -> Self {
        let name = new_name('v');
        let its_name = CString::new(name.clone()).unwrap();
        let (mut wait, go) = io::pipe().unwrap();
        let (mut ready, mut is_ready) = io::pipe().unwrap();
        let child = fork_run(move || {
            sigaction::forget_inherited();
            rustix::thread::set_name(&its_name).unwrap();
            is_ready.write_all(&[1]).unwrap();
            let _ = wait.read_exact(&mut [0]);
            does();
            sleep()
        })
        .unwrap();
        // A byte, not the end of the pipe: children of other tests may hold copies of it.
        ready.read_exact(&mut [0]).unwrap();
        Self { child, name, go }
    }

    fn go(&mut self) {
        self.go.write_all(&[1]).unwrap();
    }

    /// The sentence about its end, once `cause` has been done.
    fn end(mut self, cause: impl FnOnce(&mut Self)) -> Option<String> {
        let watcher = Watcher::start(&["--until-exit", &self.child.pid().to_string()])?;
        cause(&mut self);
        let sentence = sentence(watcher);
        let name = format!("{} {} ", self.child.pid(), self.name);
        assert!(sentence.starts_with(&name), "{name}: {sentence}");
        self.child.wait().unwrap();
        Some(sentence)
    }
}

fn sleep() -> i32 {
    loop {
        let _ = sigaction::suspend(0);
    }
}

fn sentence(watcher: Watcher) -> String {
    let lines = watcher.lines();
    let ended = lines.iter().find(|line| line["event"] == "ended");
    ended.map_or_else(|| format!("{lines:?}"), |line| line["text"].as_str().unwrap().to_owned())
}

fn user() -> &'static str {
    if rustix::process::getuid().is_root() { "(root)" } else { "(" }
}

/// Sees it twice.
fn twice(case: impl Fn() -> Option<(String, String)>) {
    for _ in 0..2 {
        if let Some((sentence, part)) = case() {
            assert!(sentence.contains(&part), "`{part}` is not in `{sentence}`");
        }
    }
}

#[test]
fn a_shell_that_has_ended_since_is_named() {
    twice(|| {
        let name = new_name('k');
        let folder = std::env::temp_dir().join(format!("sigpost-watch-{name}"));
        fs::create_dir(&folder).unwrap();
        let shell = folder.join(&name);
        std::os::unix::fs::symlink("/bin/sh", &shell).unwrap();
        let mut number = 0;
        let sentence = Victim::start(|| {}).end(|victim| {
            let mut shell =
                Command::new(&shell).args(["-c", "kill -KILL $0", &victim.child.pid().to_string()]).spawn().unwrap();
            number = shell.id();
            assert!(shell.wait().unwrap().success());
        });
        fs::remove_dir_all(&folder).unwrap();
        Some((sentence?, format!("was ended by KILL from {number} {name} {}", user())))
    });
}

/// The init of a container: its number out here, and a handle to it.
fn init(mut alive: PipeReader, middle: i32) -> Option<(i32, std::os::fd::OwnedFd)> {
    alive.read_exact(&mut [0]).ok()?;
    let mut pid = middle;
    loop {
        let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).ok()?;
        pid = children.split_whitespace().next()?.parse().ok()?;
        let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let numbers = status.lines().find_map(|line| line.strip_prefix("NSpid:"))?;
        if numbers.split_whitespace().count() > 1 {
            return Some((pid, sigpost_sys::pidfd::open(pid).ok()?));
        }
    }
}

#[test]
fn who_kills_a_containers_init_from_outside_is_named_and_so_is_its_number_inside() {
    twice(|| {
        let (alive, mut is_alive) = io::pipe().unwrap();
        let middle = fork_run(move || {
            let run = in_private_pid_namespace(|| {
                is_alive.write_all(&[1]).unwrap();
                sleep()
            });
            i32::from(run.is_err())
        })
        .unwrap();
        let Some((pid, handle)) = init(alive, middle.pid()) else {
            say("skipped: no PID namespace is to be had");
            return None;
        };
        let watcher = Watcher::start(&["--until-exit", &pid.to_string()])?;
        let name = new_name('k');
        let its_name = CString::new(name.clone()).unwrap();
        let killer = fork_run(move || {
            rustix::thread::set_name(&its_name).unwrap();
            let sent = sigpost_sys::pidfd::send(&handle, 9, None, sigpost_sys::pidfd::Scope::Handle);
            i32::from(sent.is_err())
        })
        .unwrap();
        let number = killer.pid();
        assert_eq!(killer.wait().unwrap().code(), Some(0));
        let sentence = sentence(watcher);
        assert!(sentence.starts_with(&format!("{pid} [1] ")), "{sentence}");
        middle.wait().unwrap();
        Some((sentence, format!("was ended by KILL from {number} {name} {}", user())))
    });
}

#[test]
fn a_fault_is_its_own() {
    twice(|| {
        let victim = Victim::start(|| {
            sigaction::set(11, Action::Default).unwrap();
            let _ = sigpost_sys::own_end::fault();
        });
        Some((victim.end(Victim::go)?, String::from("was ended by its own fault: SEGV at address 0x")))
    });
}

/// A control group of memory with room for little, in that of the test.
struct LittleMemory(PathBuf);

impl LittleMemory {
    const BYTES: &str = "33554432";

    fn new() -> io::Result<Self> {
        let own = fs::read_to_string("/proc/self/cgroup")?;
        let path = |controller: &str| {
            own.lines().find_map(|line| {
                let (controllers, path) = line.split_once(':')?.1.split_once(':')?;
                controllers.split(',').any(|name| name == controller).then_some(path)
            })
        };
        let (mount, path, limit) = match path("memory") {
            Some(path) => ("/sys/fs/cgroup/memory", path, "memory.limit_in_bytes"),
            None => ("/sys/fs/cgroup", path("").unwrap_or("/"), "memory.max"),
        };
        let folder = PathBuf::from(format!("{mount}{path}/sigpost-{}", new_name('m')));
        fs::create_dir(&folder)?;
        let group = Self(folder);
        fs::write(group.0.join(limit), Self::BYTES)?;
        // Where there is room to swap to, there is to be none for it: it would live on.
        let (file, most) =
            if limit == "memory.max" { ("memory.swap.max", "0") } else { ("memory.memsw.limit_in_bytes", Self::BYTES) };
        let _ = fs::write(group.0.join(file), most);
        Ok(group)
    }
}

impl Drop for LittleMemory {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.0);
    }
}

#[test]
fn the_out_of_memory_killer_is_named() {
    twice(|| {
        let group = match LittleMemory::new() {
            Ok(group) => group,
            Err(error) => {
                say(&format!("skipped: no control group of memory: {error}"));
                return None;
            }
        };
        let members = group.0.join("cgroup.procs");
        let victim = Victim::start(move || {
            fs::write(members, "0").unwrap();
            let much = vec![1_u8; 256 << 20];
            core::hint::black_box(&much);
        });
        let sentence = victim.end(Victim::go);
        drop(group);
        Some((sentence?, String::from("was ended by the kernel's out-of-memory killer: KILL")))
    });
}

#[test]
fn its_timer_is_named() {
    twice(|| {
        let victim = Victim::start(|| sigpost_sys::own_end::alarm(Duration::from_millis(1)).unwrap());
        Some((victim.end(Victim::go)?, String::from("was ended by its timer: ALRM")))
    });
}

/// A process that holds the keyboard of a terminal whose session a child of it leads. It is a process of its own so
/// that nobody else has the keyboard open.
struct Emulator {
    process: Child,
    name: String,
    leader: i32,
    terminal: u32,
    go: PipeWriter,
}

/// What it does with its keyboard, when it is told to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Does {
    TypesControlC,
    Closes,
}

impl Emulator {
    fn start(does: Does) -> Self {
        let name = new_name('e');
        let its_name = CString::new(name.clone()).unwrap();
        let (wait, go) = io::pipe().unwrap();
        let (mut told, tells) = io::pipe().unwrap();
        let process = fork_run(move || emulate(&its_name, does, wait, tells)).unwrap();
        let (mut leader, mut terminal) = ([0; 4], [0; 4]);
        told.read_exact(&mut leader).unwrap();
        told.read_exact(&mut terminal).unwrap();
        let (leader, terminal) = (i32::from_ne_bytes(leader), u32::from_ne_bytes(terminal));
        Self { process, name, leader, terminal, go }
    }
}

fn emulate(name: &CStr, does: Does, mut wait: PipeReader, mut tells: PipeWriter) -> i32 {
    sigaction::forget_inherited();
    rustix::thread::set_name(name).unwrap();
    let keyboard = Keyboard::new().unwrap();
    let terminal = keyboard.number();
    let shared = Rc::new(Cell::new(Some(keyboard)));
    let (mut ready, mut is_ready) = io::pipe().unwrap();
    let its_keyboard = Rc::clone(&shared);
    let leader = fork_run(move || {
        // Its copy of the keyboard; ours stays open.
        drop(its_keyboard.take());
        rustix::process::setsid().unwrap();
        take_terminal(terminal).unwrap();
        is_ready.write_all(&[1]).unwrap();
        sleep()
    })
    .unwrap();
    ready.read_exact(&mut [0]).unwrap();
    tells.write_all(&leader.pid().to_ne_bytes()).unwrap();
    tells.write_all(&terminal.to_ne_bytes()).unwrap();
    let _ = wait.read_exact(&mut [0]);
    let keyboard = shared.take().unwrap();
    match does {
        Does::TypesControlC => keyboard.type_key(3).unwrap(),
        Does::Closes => drop(keyboard),
    }
    leader.wait().unwrap();
    0
}

/// The sentence about the end of the session's leader, and who the emulator was.
fn end_at_terminal(does: Does) -> Option<(String, Emulator)> {
    let mut emulator = Emulator::start(does);
    let watcher = Watcher::start(&["--until-exit", &emulator.leader.to_string()])?;
    emulator.go.write_all(&[1]).unwrap();
    Some((sentence(watcher), emulator))
}

#[test]
fn a_key_was_typed_at_the_terminal_not_sent_by_the_kernels_worker() {
    twice(|| {
        let (sentence, emulator) = end_at_terminal(Does::TypesControlC)?;
        Some((sentence, format!("was ended by INT typed at pts/{}", emulator.terminal)))
    });
}

#[test]
fn a_terminal_that_is_closed_is_named_with_who_closed_it() {
    twice(|| {
        let (sentence, Emulator { process, name, terminal, .. }) = end_at_terminal(Does::Closes)?;
        let by = format!("{} {name} {}", process.pid(), user());
        Some((sentence, format!("was ended by HUP: its terminal pts/{terminal} was closed by {by}")))
    });
}

#[test]
fn a_pipe_that_nobody_reads_is_named() {
    twice(|| {
        let victim = Victim::start(|| {
            sigaction::set(13, Action::Default).unwrap();
            let (reader, mut writer) = io::pipe().unwrap();
            drop(reader);
            let _ = writer.write_all(b"to nobody");
        });
        let part = "was ended by PIPE to itself: it wrote to a pipe nobody reads";
        Some((victim.end(Victim::go)?, String::from(part)))
    });
}
