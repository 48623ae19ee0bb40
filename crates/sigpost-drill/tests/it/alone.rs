//! Alone in a machine: who is not is refused, and what is seen without `/proc` is what `/proc` shows. The machine is a
//! PID namespace of its own.

use core::num::NonZeroUsize;
use core::sync::atomic::Ordering;
use std::fs::File;
use std::path::Path;

use rustix::io::Errno;
use rustix::mount::{MountFlags, mount};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use sigpost_drill::{LinuxWorld, be_alone};
use sigpost_scenario::{Ending, PersonalityName, Scenario, run};
use sigpost_sys::fork::{Child, fork_run, say};
use sigpost_sys::missing::{Call, take_away};
use sigpost_sys::namespace::in_private_pid_namespace;
use sigpost_sys::scenario_namespace::{ScenarioNamespace, Users};
use sigpost_sys::shared::{Words, sleep_on, wake};

use crate::corpus::corpus;
use crate::stage::{cannot_run, scenario};

/// Runs the closure as process 1; what it returns has to be 0.
fn as_process_one(closure: impl FnOnce() -> i32) {
    match in_private_pid_namespace(closure) {
        Ok(status) => assert_eq!(status.code(), Some(0)),
        Err(error) => say(&format!("not run: {error}")),
    }
}

fn is_root() -> bool {
    let root = rustix::process::geteuid().is_root();
    if !root {
        say("not run: needs the superuser");
    }
    root
}

/// Whether being alone is refused with this reason.
fn is_refused(reason: &str) -> bool {
    let refusal = be_alone(&[]).err().map(|error| error.to_string()).unwrap_or_default();
    if !refusal.contains(reason) {
        say(&format!("refused otherwise: {refusal:?}"));
    }
    refusal.contains(reason) && LinuxWorld::alone().is_err()
}

fn hide_proc() -> bool {
    mount("none", "/proc", "tmpfs", MountFlags::empty(), None).is_ok() && !Path::new("/proc/self").exists()
}

fn waiting_child() -> Option<Child> {
    let wait = || {
        loop {
            let _ = sigpost_sys::sigaction::suspend(0);
        }
    };
    fork_run(wait).ok()
}

#[test]
fn one_who_is_not_process_one_is_refused() {
    assert!(is_refused("not process 1"));
}

#[test]
fn process_one_with_a_child_is_refused() {
    as_process_one(|| {
        let child = waiting_child();
        i32::from(child.is_none() || !is_refused("has a child already"))
    });
}

fn sleep_until(words: &Words, index: usize) {
    while words[index].load(Ordering::SeqCst) == 0 {
        let _ = sleep_on(&words[index], 0);
    }
}

fn tell(words: &Words, index: usize, what: u32) {
    words[index].store(what, Ordering::SeqCst);
    wake(&words[index]);
}

const ENTERED: usize = 1;
const REFUSED: usize = 2;

#[test]
fn process_one_is_refused_where_somebody_came_in_from_outside() {
    if cannot_run() || !is_root() {
        return;
    }
    let words = Words::map(NonZeroUsize::new(3).unwrap()).unwrap();
    let namespace = ScenarioNamespace::start(&words[0], Users::All, |_, _| {
        sleep_until(&words, ENTERED);
        tell(&words, REFUSED, if is_refused("process 2 is there too") { 2 } else { 1 });
        0
    });
    let namespace = namespace.unwrap();
    let init = namespace.init();
    // Whoever it makes from then on is inside.
    let guest = fork_run(|| {
        let Ok(file) = File::open(format!("/proc/{init}/ns/pid")) else { return 1 };
        if move_into_link_name_space(std::os::fd::AsFd::as_fd(&file), Some(LinkNameSpaceType::ProcessID)).is_err() {
            return 1;
        }
        let inside = fork_run(|| {
            tell(&words, ENTERED, 1);
            sleep_until(&words, REFUSED);
            0
        });
        i32::from(!inside.is_ok_and(|inside| inside.wait().is_ok()))
    });
    assert_eq!(guest.unwrap().wait().unwrap().code(), Some(0));
    namespace.end(&words[0]).unwrap();
    assert_eq!(words[REFUSED].load(Ordering::SeqCst), 2);
}

/// How the scenarios of these folders end for one who is alone.
fn endings(folders: &[&str]) -> Vec<(String, Ending)> {
    let folder = |path: &Path| path.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    let wanted = corpus().into_iter().filter(|(path, _)| folder(path).is_some_and(|name| folders.contains(&&*name)));
    wanted.map(|(path, scenario)| (path.display().to_string(), ending(&scenario))).collect()
}

fn ending(scenario: &Scenario) -> Ending {
    run(scenario, PersonalityName::Linux, &mut LinuxWorld::alone().unwrap()).ending
}

#[test]
fn without_proc_the_same_is_seen_as_with_it() {
    if cannot_run() || !is_root() {
        return;
    }
    as_process_one(|| {
        const FOLDERS: [&str; 6] = ["broadcast", "children", "regressions", "sigwait", "stop_continue", "zombies"];
        be_alone(&[]).unwrap();
        let with = endings(&FOLDERS);
        assert!(hide_proc());
        // The files are read anew: from their own folder, which is not hidden.
        let without = endings(&FOLDERS);
        let mut passed = 0;
        for ((path, with), (_, without)) in with.iter().zip(&without) {
            // A limit counts what is queued for anybody of root's, which is other for each run, and seen in /proc alone.
            if std::fs::read_to_string(path).unwrap().contains("sigpending_limit") {
                continue;
            }
            match (with, without) {
                (Ending::Passed, Ending::Passed) => passed += 1,
                (_, Ending::Unsupported(_, what)) => assert!(what.contains("/proc"), "{path}: {what}"),
                (with, without) => {
                    assert_eq!(with, without, "{path}");
                    assert!(matches!(with, Ending::Skipped(_)), "{path}: {with:?}");
                }
            }
        }
        say(&format!("{passed} of {} pass both with /proc and without", with.len()));
        i32::from(passed < 80 || with.len() != without.len())
    });
}

#[test]
fn on_a_kernel_poor_in_calls_what_needs_none_of_them_passes_and_the_rest_is_unsupported() {
    if cannot_run() || !is_root() {
        return;
    }
    as_process_one(|| {
        let poor = [
            Call::Clone3,
            Call::Futex,
            Call::MemfdCreate,
            Call::PidfdOpen,
            Call::PidfdSendSignal,
            Call::Ptrace,
            Call::SchedSetscheduler,
            Call::Sigqueue,
            Call::Unshare,
        ];
        assert!(hide_proc());
        if take_away(&poor, Errno::NOSYS).is_err() {
            say("not run: no seccomp filters here");
            return 0;
        }
        be_alone(&[]).unwrap();
        let of = |text: &str| ending(&scenario(text));
        let plain = "process a\nprocess b catch=USR1\na: kill(b, USR1) = 0 -> b=handles\n\
             a: kill(b, STOP) = 0 -> b=stops\nexpect b: stopped(STOP)\na: kill(b, CONT) = 0 -> b=continues\n\
             a: kill(-1, TERM) = 0 -> b=terminates\nexpect b: killed(TERM)\nexpect init: running";
        assert_eq!(of(plain), Ending::Passed);
        for lacks in [
            "process a\nprocess b\na: sigqueue(b, USR1, 1) = 0",
            "process a\nprocess b\na: pidfd_send_signal(b, USR1) = 0",
            "process a\nprocess b traced_by=a\na: kill(b, USR1) = 0",
        ] {
            assert!(matches!(of(lacks), Ending::Unsupported(..)), "{lacks}: {:?}", of(lacks));
        }
        0
    });
}

#[test]
fn what_the_runner_cannot_do_as_process_one_is_skipped() {
    as_process_one(|| {
        be_alone(&[]).unwrap();
        let beyond = [
            "init: pause()",
            "init: exit(0)",
            "thread t of init\ninit: raise(0)",
            "init: wait(any, block)",
            "init: rt_sigqueueinfo(init, KILL, kernel)",
            "init: rt_sigqueueinfo(init, TERM, 128)",
        ];
        for beyond in beyond {
            let ending = ending(&scenario(beyond));
            assert!(matches!(&ending, Ending::Skipped(why) if why.contains("process 1 of its own")), "{ending:?}");
        }
        let nested = ending(&scenario("process a namespace\nprocess b parent=a\nb: kill(a, KILL)"));
        assert!(matches!(&nested, Ending::Skipped(why) if why.contains("namespace")), "{nested:?}");
        0
    });
}

#[test]
fn whoever_is_left_of_a_scenario_is_gone_when_the_next_begins() {
    as_process_one(|| {
        be_alone(&[]).unwrap();
        let litter = "process a\nprocess b parent=a stopped block={all}\nprocess c parent=b\na: kill(c, 0) = 0";
        for _ in 0..3 {
            assert_eq!(ending(&scenario(litter)), Ending::Passed);
            assert_eq!(sigpost_sys::kill::everyone(0), Err(Errno::SRCH));
        }
        // What was pending for process 1 and how it took it is gone too.
        let leaves = "process a\ninit: sigaction(USR1, catch) = 0\ninit: sigprocmask(block, {USR1, USR2}) = 0\n\
             a: kill(init, USR1) = 0 -> init=pends";
        assert_eq!(ending(&scenario(leaves)), Ending::Passed);
        let clean = "process a\nexpect init: pending={} blocked={}\na: kill(init, USR1) = 0 -> init=immune";
        assert_eq!(ending(&scenario(clean)), Ending::Passed);
        0
    });
}

/// The limit of queued signals is the user's: what others of the user have queued leaves a scenario less room than it
/// asks for.
#[test]
fn a_limit_that_others_use_up_is_no_limit_of_the_scenarios() {
    let (reader, writer) = rustix::pipe::pipe().unwrap();
    let queue = || {
        use sigpost_sys::{kill, sigaction};
        const RTMAX: i32 = 64;
        let own = std::process::id().cast_signed();
        let blocked = sigaction::set_mask(sigaction::How::Block, 1 << (RTMAX - 1));
        let queued = kill::queue(own, &kill::QueuedInfo::new(RTMAX, 0));
        if blocked.is_err() || queued.is_err() || rustix::io::write(&writer, &[1]) != Ok(1) {
            return 1;
        }
        loop {
            let _ = sigaction::suspend(1 << (RTMAX - 1));
        }
    };
    let other = fork_run(queue).unwrap();
    assert_eq!(rustix::io::read(&reader, &mut [0; 1]), Ok(1));
    as_process_one(|| {
        be_alone(&[]).unwrap();
        let limited = "process a block=USR1 sigpending_limit=1\nprocess b\nb: sigqueue(a, USR1, 1) = 0 -> a=pends";
        // An ordinary user's namespace counts for itself.
        let told = match ending(&scenario(limited)) {
            Ending::Skipped(why) => why.contains("sigpending_limit"),
            ending => ending == Ending::Passed && users_are_mapped(),
        };
        i32::from(!told)
    });
    drop(other);
}

/// Whether the user IDs here are not those of the machine.
fn users_are_mapped() -> bool {
    let map = std::fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    !map.split_ascii_whitespace().eq(["0", "0", "4294967295"])
}
