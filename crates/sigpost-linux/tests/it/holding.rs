//! What holds a signal back, found on processes that were really brought into each state.

use sigpost_engine::{Signal, SignalSet, Verdict};
use sigpost_linux::hold::{self, Frozen, Hold, Holds, Until};
use sigpost_linux::snapshot::Init;
use sigpost_linux::{ExitStatus, Outcome, Process};
use sigpost_sys::fork::{fork_run, say};
use sigpost_sys::puppet::children::{Kind, Trace, Which, make, trace, wait};
use sigpost_sys::sigaction::{self, Action, suspend};

use crate::arena::{inside, own_pid};
use crate::puppet::{Puppet, block, log};

fn of(puppet: &Puppet) -> Holds {
    hold::read(&puppet.open()).unwrap()
}

fn kill_is(holds: &Holds, verdict: Verdict) -> bool {
    let (signal, prediction) = holds.answers.last().unwrap();
    *signal == Signal::KILL && prediction.outcome == Outcome::Verdict(verdict)
}

/// Without what every process of this test has from Rust's runtime: PIPE ignored, SEGV and BUS caught.
fn own_holds(holds: &Holds) -> Vec<Hold> {
    let inherited = SignalSet::of(&[Signal::PIPE, Signal::SEGV, Signal::BUS]);
    let left = |set: SignalSet, hold: fn(SignalSet) -> Hold| {
        let set = set - inherited;
        if set.is_empty() { None } else { Some(hold(set)) }
    };
    let keep = |hold: &Hold| match hold {
        Hold::Ignored(set) => left(*set, Hold::Ignored),
        Hold::Caught(set) => left(*set, Hold::Caught),
        other => Some(other.clone()),
    };
    holds.holds.iter().filter_map(keep).collect()
}

fn one(signal: Signal) -> SignalSet {
    SignalSet::of(&[signal])
}

#[test]
fn blocked_ignored_and_caught_signals_are_told_apart() {
    inside(|| {
        let free = Puppet::start(|| {});
        assert_eq!(own_holds(&of(&free)), []);
        assert!(kill_is(&of(&free), Verdict::Terminates));
        let puppet = Puppet::start(|| {
            block(&[Signal::TERM]);
            sigaction::set(1, Action::Ignore).unwrap();
            log(&[Signal::INT]);
        });
        let [hup, int, term] = [Signal::HUP, Signal::INT, Signal::TERM].map(one);
        assert_eq!(own_holds(&of(&puppet)), [Hold::Blocked(term), Hold::Ignored(hup), Hold::Caught(int)]);
        puppet.child.send(15).unwrap();
        assert!(of(&puppet).holds.contains(&Hold::Pending { set: term, until: Until::Unblocked }));
    });
}

/// \[S2.6\]: what the main thread alone blocks is not blocked for the process.
#[test]
fn every_threads_mask_counts() {
    inside(|| {
        let puppet = Puppet::acting(|| {
            let (ready, set_up) = std::sync::mpsc::channel();
            std::thread::spawn(move || {
                ready.send(()).unwrap();
                loop {
                    std::thread::park();
                }
            });
            set_up.recv().unwrap();
            block(&[Signal::TERM]);
            || loop {
                std::thread::park();
            }
        });
        let by_some = Hold::BlockedBySome { set: one(Signal::TERM), threads: 1, of: 2 };
        assert_eq!(own_holds(&of(&puppet)), [by_some]);
    });
}

#[test]
fn a_stopped_one_keeps_signals_until_it_continues() {
    inside(|| {
        let puppet = Puppet::start(|| {});
        puppet.child.send(19).unwrap();
        puppet.child.wait_stopped().unwrap();
        puppet.child.send(15).unwrap();
        let pending = Hold::Pending { set: one(Signal::TERM), until: Until::Continued };
        assert_eq!(own_holds(&of(&puppet)), [Hold::Stopped, pending]);
        assert!(kill_is(&of(&puppet), Verdict::Terminates));
    });
}

#[test]
fn a_tracer_is_named() {
    inside(|| {
        let puppet = Puppet::start(|| {});
        trace(Trace::Seize, puppet.child.pid(), 0).unwrap();
        let holds = of(&puppet).holds;
        let is_ours = |hold: &Hold| match hold {
            Hold::Traced { tracer: Some(tracer), held: false } => tracer.pid == own_pid() && tracer.comm.is_some(),
            _ => false,
        };
        assert!(holds.iter().any(is_ours), "{holds:?}");
        trace(Trace::Interrupt, puppet.child.pid(), 0).unwrap();
        wait(puppet.child.pid(), Which::Stops, true).unwrap();
        assert!(of(&puppet).holds.iter().any(|hold| matches!(hold, Hold::Traced { held: true, .. })));
    });
}

#[test]
fn a_zombie_names_its_parent_and_nothing_else() {
    inside(|| {
        let child = fork_run(|| 3).unwrap();
        child.wait_zombie().unwrap();
        let pid = sigpost_engine::Pid::new(child.pid()).unwrap();
        let holds = hold::read(&Process::open(pid).unwrap()).unwrap();
        let [Hold::Zombie { parent: Some(parent), status }] = &*holds.holds else { panic!("{holds:?}") };
        assert_eq!((parent.pid, *status), (own_pid(), Some(ExitStatus::Exited(3))));
        assert!(kill_is(&holds, Verdict::Zombie));
    });
}

/// The parent of a vfork sleeps as one that waits for a disk does (and can be killed, which no file tells).
#[test]
fn an_uninterruptible_sleep_is_told_with_its_place() {
    inside(|| {
        let (ready, writer) = rustix::pipe::pipe().unwrap();
        let puppet = Puppet::acting(|| {
            || {
                if make(Kind { vfork: true, ..Kind::default() }).unwrap() == 0 {
                    rustix::io::write(&writer, b"!").unwrap();
                    loop {
                        let _ = suspend(0);
                    }
                }
            }
        });
        // The child runs: its parent has gone to sleep, or is just about to.
        assert_eq!(rustix::io::read(&ready, &mut [0]), Ok(1));
        let asleep = |holds: &Holds| {
            holds.holds.iter().any(|hold| matches!(hold, Hold::Uninterruptible { threads: 1, of: 1, .. }))
        };
        while !asleep(&of(&puppet)) {
            rustix::thread::sched_yield();
        }
        assert!(kill_is(&of(&puppet), Verdict::Defers));
    });
}

#[test]
fn process_one_of_a_namespace_is_told() {
    inside(|| {
        let own = hold::read(&Process::open(own_pid()).unwrap()).unwrap();
        assert!(own.holds.contains(&Hold::Init(Init::Ours)));
        let inner = match make(Kind { namespace: true, ..Kind::default() }) {
            Ok(0) => loop {
                let _ = suspend(0);
            },
            Ok(pid) => sigpost_engine::Pid::new(pid).unwrap(),
            Err(errno) => return say(&format!("skipped: no namespace below: {errno}")),
        };
        let holds = hold::read(&Process::open(inner).unwrap()).unwrap();
        assert!(holds.holds.contains(&Hold::Init(Init::Inner)), "{holds:?}");
        assert!(kill_is(&holds, Verdict::Terminates));
    });
}

/// A cgroup of the test's own, removed when this is dropped.
struct Cgroup(std::path::PathBuf);

impl Cgroup {
    /// One below this mount, with the process in it; `None` where it cannot be made.
    fn with(puppet: &Puppet, mount: &str) -> Option<Self> {
        // Every test is process 1 of its namespace; the namespace's own name tells them apart.
        let namespace = std::fs::read_link("/proc/self/ns/pid").unwrap();
        let directory = std::path::Path::new(mount).join(format!("sigpost-test-{}", namespace.display()));
        if let Err(error) = std::fs::create_dir(&directory) {
            say(&format!("skipped: no cgroup below {mount}: {error}"));
            return None;
        }
        let cgroup = Self(directory);
        cgroup.write("cgroup.procs", &puppet.pid().to_string());
        Some(cgroup)
    }

    fn write(&self, file: &str, text: &str) {
        std::fs::write(self.0.join(file), text).unwrap();
    }

    fn reads(&self, file: &str, part: &str) -> bool {
        std::fs::read_to_string(self.0.join(file)).unwrap().contains(part)
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir(&self.0);
    }
}

#[test]
fn the_freezer_of_version_1_holds_even_kill() {
    inside(|| {
        let puppet = Puppet::start(|| {});
        let Some(cgroup) = Cgroup::with(&puppet, "/sys/fs/cgroup/freezer") else { return };
        cgroup.write("freezer.state", "FROZEN");
        while !cgroup.reads("freezer.state", "FROZEN") {
            rustix::thread::sched_yield();
        }
        puppet.child.send(9).unwrap();
        let (holds, directory) = (of(&puppet), cgroup.0.display().to_string());
        cgroup.write("freezer.state", "THAWED");
        puppet.child.wait().unwrap();
        let frozen = Hold::Frozen(Frozen { version: 1, directory });
        let pending = Hold::Pending { set: one(Signal::KILL), until: Until::Thawed };
        assert_eq!(own_holds(&holds), [frozen, pending]);
    });
}

#[test]
fn a_cgroup_of_version_2_that_is_frozen_is_found_from_one_below() {
    inside(|| {
        let puppet = Puppet::start(|| {});
        let mounts = ["/sys/fs/cgroup/unified", "/sys/fs/cgroup"];
        let mount = mounts.iter().find(|mount| std::path::Path::new(mount).join("cgroup.procs").exists());
        let Some(cgroup) = mount.and_then(|mount| Cgroup::with(&puppet, mount)) else { return };
        let below = Cgroup(cgroup.0.join("below"));
        std::fs::create_dir(&below.0).unwrap();
        below.write("cgroup.procs", &puppet.pid().to_string());
        cgroup.write("cgroup.freeze", "1");
        while !below.reads("cgroup.events", "frozen 1") {
            rustix::thread::sched_yield();
        }
        let (holds, directory) = (of(&puppet), cgroup.0.display().to_string());
        // KILL ends it as it is.
        puppet.child.send(9).unwrap();
        puppet.child.wait().unwrap();
        drop(below);
        assert_eq!(own_holds(&holds), [Hold::Frozen(Frozen { version: 2, directory })]);
    });
}

#[test]
fn a_thread_of_the_kernel_is_told() {
    let kernels = Process::open(sigpost_engine::Pid::new(2).unwrap());
    let holds = kernels.ok().and_then(|process| hold::read(&process).ok());
    match holds.filter(|holds| holds.snapshot.kernel_thread) {
        Some(holds) => assert_eq!(holds.holds, [Hold::KernelThread]),
        None => say("skipped: no thread of the kernel has number 2 in this namespace"),
    }
}
