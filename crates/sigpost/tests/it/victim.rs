//! A process to be signalled: a child that logs every signal it can catch, and answers when it is asked.

use core::ffi::CStr;
use std::io::{self, PipeReader, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;

use rustix::process::Pid;
use sigpost_sys::fork::{Child, fork_run};
use sigpost_sys::namespace::assert_inside;
use sigpost_sys::sigaction::{self, Action, Flags, Record};

/// No signals.
pub(crate) const NONE: [i32; 0] = [];

/// How a victim is set up.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Setup {
    /// The group it is in: `None` ours, `Some(0)` a new one that it leads.
    pub(crate) group: Option<i32>,
    /// Whether it leads a session of its own.
    pub(crate) session: bool,
    /// Ignored instead of logged.
    pub(crate) ignored: Option<i32>,
    /// Blocked.
    pub(crate) blocked: u64,
    /// The user it runs as, instead of ours.
    pub(crate) user: Option<u32>,
    /// Whether it has a second thread, which takes no signals.
    pub(crate) second_thread: bool,
    /// Whether its handlers keep all other signals out: those that come before it has had its turn are logged by number
    /// then, and not the last one first.
    pub(crate) one_by_one: bool,
    /// Its command name, instead of the test's.
    pub(crate) name: Option<&'static CStr>,
}

/// A child that has set itself up, and then waits for signals.
pub(crate) fn started(setup: impl FnOnce()) -> Child {
    assert_inside();
    let (ready, writer) = rustix::pipe::pipe().unwrap();
    let child = fork_run(move || {
        setup();
        rustix::io::write(&writer, b"!").unwrap();
        loop {
            let _ = sigaction::suspend(0);
        }
    })
    .unwrap();
    assert_eq!(rustix::io::read(&ready, &mut [0]), Ok(1));
    child
}

/// Until a process is done with what it was sent or told: it sleeps, stands still, or has ended.
///
/// It must know of it by now. The kernel shows one as asleep or stopped that has yet to leave the processor, and tells
/// (whom it may) in which call one is only when it has.
pub(crate) fn until_at_rest(pid: i32) {
    let read = |file: &str| std::fs::read_to_string(format!("/proc/{pid}/{file}"));
    let is_at_rest = || {
        let stat = read("stat").unwrap();
        let state = stat.rsplit_once(") ").unwrap().1;
        state.starts_with(['S', 'T', 'Z']) && read("syscall").map_or(true, |call| call != "running\n")
    };
    while !is_at_rest() {
        rustix::thread::sched_yield();
    }
}

/// A victim, held by handle. It ends when this is dropped.
pub(crate) struct Victim {
    child: Child,
    line: UnixStream,
    log: PipeReader,
}

impl Victim {
    /// Starts one; when this returns it is set up.
    pub(crate) fn start(setup: Setup) -> Self {
        assert_inside();
        let (line, mut its_line) = UnixStream::pair().unwrap();
        let (log, its_log) = io::pipe().unwrap();
        rustix::io::ioctl_fionbio(&log, true).unwrap();
        let child = fork_run(move || {
            if let Some(group) = setup.group {
                rustix::process::setpgid(None, Pid::from_raw(group)).unwrap();
            }
            if setup.session {
                rustix::process::setsid().unwrap();
            }
            if let Some(name) = setup.name {
                rustix::thread::set_name(name).unwrap();
            }
            sigaction::log_to(its_log.into());
            let mask = if setup.one_by_one { u64::MAX } else { 0 };
            for signal in 1..=64 {
                // KILL, STOP and the two that the C library keeps cannot be caught.
                let _ = sigaction::set(signal, Action::Log { mask, flags: Flags::NONE });
            }
            if let Some(signal) = setup.ignored {
                sigaction::set(signal, Action::Ignore).unwrap();
            }
            if setup.second_thread {
                sigaction::set_mask(sigaction::How::Set, u64::MAX).unwrap();
                std::thread::spawn(|| {
                    loop {
                        std::thread::park();
                    }
                });
            }
            sigaction::set_mask(sigaction::How::Set, setup.blocked).unwrap();
            if let Some(user) = setup.user {
                sigpost_sys::credentials::set_users(user, user, user).unwrap();
            }
            answer(&mut its_line)
        })
        .unwrap();
        let victim = Self { child, line, log };
        assert!(victim.is_alive());
        victim
    }

    pub(crate) fn pid(&self) -> i32 {
        self.child.pid()
    }

    /// The number of its second thread.
    pub(crate) fn second_thread(&self) -> i32 {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.pid())).unwrap();
        let mut numbers = tasks.map(|task| task.unwrap().file_name().into_string().unwrap().parse().unwrap());
        numbers.find(|number| *number != self.pid()).unwrap()
    }

    /// Whether it runs. Its answer proves that every signal sent before, and not blocked, has been taken.
    pub(crate) fn is_alive(&self) -> bool {
        (&self.line).write_all(&[1]).is_ok() && (&self.line).read(&mut [0]).is_ok_and(|count| count == 1)
    }

    /// The signals it got since it was last asked.
    pub(crate) fn logged(&self) -> Vec<Record> {
        assert!(self.is_alive());
        let mut records = Vec::new();
        while let Ok(Some(record)) = Record::read(self.log.as_fd()) {
            records.push(record);
        }
        records
    }

    /// The numbers of the signals it got.
    pub(crate) fn signals(&self) -> Vec<i32> {
        self.logged().iter().map(|record| record.signal).collect()
    }
}

fn answer(line: &mut UnixStream) -> i32 {
    loop {
        match line.read(&mut [0]) {
            Ok(1) if line.write_all(&[1]).is_ok() => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            _ => return 0,
        }
    }
}
