//! What is read of processes, on live ones and from hostile bytes.

use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::time::SystemTime;

use proptest::prelude::*;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use sigpost_engine::{Signal, SignalSet};
use sigpost_linux::proc_stat::{Comm, Stat, State};
use sigpost_linux::proc_status::Status;
use sigpost_linux::snapshot::Init;
use sigpost_linux::{OpenError, Process, Snapshot, scan};
use sigpost_sys::fork::{Child, fork_run};
use sigpost_sys::sigaction::{self, Action};

use crate::arena::{inside, own_pid};
use crate::puppet::{Puppet, block, log};

const REST: &str = "S 2 3 4 1025 -1 4194560 0 0 0 0 0 0 0 0 20 0 3 0 77 0 0 0 0 0 0 0 0 1 2 4 8 0 0 0 17 0 0";
const EMFILE: i32 = 24;
const LINES: &str = "(Name|State|Tgid|TracerPid|Uid|NSpid|Threads|SigQ|SigPnd|ShdPnd|SigBlk|SigIgn|SigCgt|CapEff)";

proptest! {
    #![proptest_config(crate::cases::same_every_time(256))]

    #[test]
    fn no_bytes_make_the_stat_parser_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = Stat::parse(&bytes);
    }

    #[test]
    fn any_command_name_comes_back_as_it_went_in(name in proptest::collection::vec(1_u8.., 0..16)) {
        let line = [b"42 (".as_slice(), &name, b") ", REST.as_bytes(), b"\n"].concat();
        let stat = Stat::parse(&line).unwrap();
        prop_assert_eq!(stat.comm.as_bytes(), &name);
        prop_assert_eq!((stat.pid.get(), stat.threads, stat.start), (42, 3, 77));
        prop_assert_eq!((stat.pending, stat.blocked, stat.ignored, stat.caught), (1, 2, 4, 8));
    }

    #[test]
    fn a_stat_line_cut_short_is_refused_and_never_misread(cut in 0..60_usize) {
        let line = format!("42 (name) {REST}");
        let part = &line[..cut];
        prop_assert!(Stat::parse(part.as_bytes()).is_err());
    }

    #[test]
    fn no_bytes_make_the_status_parser_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = Status::parse(&bytes);
    }

    #[test]
    fn no_line_of_garbage_makes_the_status_parser_panic(
        lines in proptest::collection::vec((LINES, ".{0,40}"), 0..20),
    ) {
        let lines: Vec<String> = lines.iter().map(|(name, value)| format!("{name}:\t{value}")).collect();
        let _ = Status::parse(lines.join("\n").as_bytes());
    }

    #[test]
    fn a_printed_command_name_has_no_control_characters(name in proptest::collection::vec(any::<u8>(), 0..16)) {
        prop_assert!(!Comm::new(&name).to_string().chars().any(char::is_control));
    }
}

#[test]
fn a_hostile_command_name_is_read_and_found() {
    inside(|| {
        for name in [c"a) R 1 (", c"\n1 (x) S 0 0\n", c") Z ", c"\xff\xfe(", c"Uid:\t0 0 0 0", c"\\n\\\n"] {
            let puppet = Puppet::start(|| rustix::thread::set_name(name).unwrap());
            let stat = puppet.open().stat().unwrap();
            assert_eq!((stat.comm.as_bytes(), stat.parent), (name.to_bytes(), Some(own_pid())));
            let status = puppet.open().status().unwrap();
            assert_eq!((status.comm, status.process), (stat.comm, puppet.pid()));
            assert_eq!((status.parent, status.group, status.session), (stat.parent, stat.group, stat.session));
            let found = scan::by_name(name.to_bytes()).unwrap();
            assert_eq!(found.iter().map(Process::pid).collect::<Vec<_>>(), [puppet.pid()]);
        }
    });
}

#[test]
fn a_name_over_fifteen_bytes_is_compared_with_the_program_as_it_was_called() {
    inside(|| {
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos();
        let directory = std::env::temp_dir().join(format!("sigpost-names-{now}"));
        std::fs::create_dir(&directory).unwrap();
        let names = ["a-program-with-a-long-name", "a-program-with-another-name"];
        let start = |name: &&str| {
            let path = directory.join(name);
            std::os::unix::fs::symlink("/bin/cat", &path).unwrap();
            let mut child = Command::new(path).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
            // What it copies shows that it has begun: before that it may still have its parent's name.
            child.stdin.as_mut().unwrap().write_all(b"!").unwrap();
            child.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap();
            child
        };
        let children: Vec<_> = names.iter().map(start).collect();
        std::fs::remove_dir_all(&directory).unwrap();
        for (name, child) in names.iter().zip(&children) {
            let found: Vec<_> = scan::by_name(name.as_bytes()).unwrap().iter().map(|p| p.pid().get()).collect();
            assert_eq!(found, [child.id().cast_signed()]);
        }
        assert_eq!(scan::by_name(b"a-program-with-").unwrap().len(), 2, "the fifteen bytes that both are cut to");
    });
}

#[test]
fn a_snapshot_shows_masks_dispositions_and_what_is_pending() {
    inside(|| {
        let puppet = Puppet::start(|| {
            log(&[Signal::USR1, Signal::RTMAX]);
            sigaction::set(1, Action::Ignore).unwrap();
            block(&[Signal::TERM, Signal::RTMIN]);
        });
        puppet.open().send(Signal::TERM).unwrap();
        let (stat, status) = (puppet.open().stat().unwrap(), puppet.open().status().unwrap());
        let cut = |set: SignalSet| u32::try_from(set.bits() & 0x7FFF_FFFF).unwrap();
        assert_eq!((stat.pending, stat.blocked), (cut(status.pending), cut(status.blocked.set())));
        assert_eq!((stat.ignored, stat.caught), (cut(status.ignored), cut(status.caught)));
        let snapshot = Snapshot::read_with_inode(&puppet.open()).unwrap();
        assert!(snapshot.caught.contains(Signal::USR1) && snapshot.caught.contains(Signal::RTMAX));
        assert!(snapshot.ignored.contains(Signal::HUP));
        assert_eq!(snapshot.blocked(), SignalSet::of(&[Signal::TERM, Signal::RTMIN]));
        assert_eq!(snapshot.pending, SignalSet::of(&[Signal::TERM]));
        assert_eq!((snapshot.parent, snapshot.init, snapshot.kernel_thread), (Some(own_pid()), Init::No, false));
        assert_eq!(Snapshot::of_caller().unwrap().init, Init::Ours);
    });
}

#[test]
fn blocked_is_what_every_thread_blocks() {
    inside(|| {
        let puppet = Puppet::acting(|| {
            let (ready, is_ready) = std::sync::mpsc::channel();
            std::thread::spawn(move || {
                block(&[Signal::TERM]);
                ready.send(()).unwrap();
                loop {
                    let _ = sigaction::suspend(Signal::TERM.bit());
                }
            });
            is_ready.recv().unwrap();
            block(&[Signal::TERM, Signal::HUP]);
            || loop {
                let _ = sigaction::suspend(Signal::TERM.bit() | Signal::HUP.bit());
            }
        });
        let snapshot = Snapshot::read(&puppet.open()).unwrap();
        assert_eq!(snapshot.threads.len(), 2);
        assert_eq!(snapshot.blocked(), SignalSet::of(&[Signal::TERM]));
    });
}

#[test]
fn stopped_and_ended_ones_show_their_state() {
    inside(|| {
        let puppet = Puppet::start(|| ());
        puppet.child.send(19).unwrap();
        puppet.child.wait_stopped().unwrap();
        assert_eq!(puppet.open().stat().unwrap().state, State::Stopped);
        puppet.child.send(9).unwrap();
        puppet.child.wait_zombie().unwrap();
        assert!(Snapshot::read(&puppet.open()).unwrap().is_zombie());
    });
}

#[test]
fn the_own_line_begins_with_oneself_and_ends_at_process_one() {
    inside(|| {
        let puppet = Puppet::acting(|| {
            || {
                let line: Vec<i32> = scan::own_line().unwrap().iter().map(|process| process.pid().get()).collect();
                assert_eq!(line, [own_pid().get(), 1]);
            }
        });
        assert_eq!(puppet.child.wait().unwrap().code(), Some(0));
    });
}

#[test]
fn processes_beyond_the_limit_of_open_files_are_held_by_inode_and_none_is_left_out() {
    inside(|| {
        let puppets: Vec<Puppet> = (0..4).map(|_| Puppet::start(|| ())).collect();
        let sender = fork_run(|| {
            let free = rustix::stdio::stdin().try_clone_to_owned().unwrap();
            let room = u64::try_from(std::os::fd::AsRawFd::as_raw_fd(&free)).unwrap() + 3;
            drop(free);
            let limit = getrlimit(Resource::Nofile);
            setrlimit(Resource::Nofile, Rlimit { current: Some(room), ..limit }).unwrap();
            match scan::all() {
                Ok(all) => {
                    assert_eq!(all.len(), puppets.len() + 2);
                    for process in &all {
                        assert_eq!(process.stat().unwrap().pid, process.pid());
                        process.probe().unwrap();
                    }
                }
                // Before Linux 6.9 there is nothing to hold them by.
                Err(error) => assert!(matches!(error, OpenError::System(_, EMFILE)), "{error}"),
            }
            scan::allow_many_handles().unwrap();
            assert_eq!(scan::all().unwrap().len(), puppets.len() + 2);
            0
        });
        assert_eq!(sender.unwrap().wait().unwrap().code(), Some(0));
    });
}

#[test]
fn one_that_is_held_by_inode_is_told_from_whoever_comes_after_it() {
    inside(|| {
        // Few enough open files that nobody is held by one.
        let limit = getrlimit(Resource::Nofile);
        setrlimit(Resource::Nofile, Rlimit { current: Some(36), ..limit }).unwrap();
        let mut children: Vec<Child> = (0..3).map(|_| fork_run(sleep_for_good).unwrap()).collect();
        let Ok(all) = scan::all() else { return };
        let gone = children.remove(0);
        let pid = gone.pid();
        drop(gone);
        for process in all {
            let is_gone = process.pid().get() == pid;
            assert_eq!(process.stat().is_err(), is_gone, "{process:?}");
            assert_eq!(process.probe().is_err(), is_gone, "{process:?}");
        }
    });
}

fn sleep_for_good() -> i32 {
    loop {
        let _ = sigaction::suspend(0);
    }
}
