//! What a row cannot say: waiting, terminals, refusals, values, links.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use sigpost_sys::fork::{fork_run, say};
use sigpost_sys::namespace::assert_inside;
use sigpost_sys::pty::{Keyboard, take_terminal};

use super::family::maps_other_users;
use super::row::find;
use crate::namespace::{Answer, alone, sigpost};
use crate::victim::{Setup, Victim};

fn named(name: &'static core::ffi::CStr) -> Victim {
    Victim::start(Setup { name: Some(name), ..Setup::default() })
}

fn ours() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_sigpost"))
}

/// Ours, and theirs if it is there.
fn both(theirs: &str) -> Vec<PathBuf> {
    let found = find(theirs);
    if found.is_none() {
        say(&format!("skipped for theirs: there is no {theirs}"));
    }
    [ours()].into_iter().chain(found).collect()
}

fn start(program: &Path, name: &str, words: &[&str]) -> Child {
    assert_inside();
    let mut command = Command::new(program);
    command.arg0(name).args(words).env("LC_ALL", "C");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn call(name: &str, words: &[&str]) -> Answer {
    start(&ours(), name, words).wait_with_output().unwrap().into()
}

/// Until pidwait holds so many pidfds: then it waits, or is about to.
fn until_it_holds(pidfds: usize, tool: &Child) {
    let is_pidfd = |link: &PathBuf| fs::read_link(link).is_ok_and(|to| to.to_string_lossy().contains("pidfd"));
    // Whoever starts a program goes on before exec has closed what the new one is not to have: our own pidfds. It has
    // its command line after that.
    while !fs::read(format!("/proc/{}/cmdline", tool.id())).unwrap().starts_with(b"pidwait") {
        std::thread::yield_now();
    }
    loop {
        let links = fs::read_dir(format!("/proc/{}/fd", tool.id())).unwrap();
        if links.filter_map(|link| Some(link.ok()?.path())).filter(is_pidfd).count() >= pidfds {
            return;
        }
        std::thread::yield_now();
    }
}

#[test]
fn pidwait_returns_when_all_have_ended() {
    alone(|| {
        for program in both("/usr/bin/pidwait") {
            let victims = [named(c"brief"), named(c"brief")];
            let numbers = victims.each_ref().map(Victim::pid);
            let waiting = start(&program, "pidwait", &["-e", "-x", "brief"]);
            until_it_holds(2, &waiting);
            drop(victims);
            let answer = Answer::from(waiting.wait_with_output().unwrap());
            let told = numbers.map(|pid| format!("waiting for brief (pid {pid})\n")).concat();
            assert_eq!((answer.code, answer.stdout), (Some(0), told), "{program:?}");
            let answer = Answer::from(start(&program, "pidwait", &["brief"]).wait_with_output().unwrap());
            assert_eq!(answer.code, Some(1), "{program:?}");
            let answer = Answer::from(start(&program, "pidwait", &["-w", "brief"]).wait_with_output().unwrap());
            assert_eq!(answer.code, Some(if program == ours() { 1 } else { 2 }), "{program:?}");
        }
    });
}

#[test]
fn pidwait_counts_before_it_waits() {
    alone(|| {
        for program in both("/usr/bin/pidwait") {
            let victim = named(c"brief");
            let waiting = start(&program, "pidwait", &["-c", "-v", "-P", "0", "--inverse"]);
            let refused = Answer::from(waiting.wait_with_output().unwrap());
            assert_eq!(refused.code, Some(2), "{program:?}");
            let waiting = start(&program, "pidwait", &["--count", "brief"]);
            until_it_holds(1, &waiting);
            drop(victim);
            let answer = Answer::from(waiting.wait_with_output().unwrap());
            assert_eq!((answer.code, answer.stdout.as_str()), (Some(0), "1\n"), "{program:?}");
        }
    });
}

#[test]
fn killall_waits_until_all_have_ended() {
    alone(|| {
        for program in both("/usr/bin/killall") {
            let victims = [named(c"brief"), named(c"brief")];
            let waiting = start(&program, "killall", &["-w", "-USR1", "brief"]);
            let mut got = [false; 2];
            while got != [true; 2] {
                for (got, victim) in got.iter_mut().zip(&victims) {
                    *got |= victim.signals() == [10];
                }
            }
            drop(victims);
            let answer = Answer::from(waiting.wait_with_output().unwrap());
            assert_eq!(answer.code, Some(0), "{program:?}: {answer:?}");
        }
    });
}

/// psmisc's would wait until its parent reaps it.
#[test]
fn a_zombie_has_ended_for_those_who_wait() {
    alone(|| {
        let zombie = fork_run(|| {
            rustix::thread::set_name(c"undead").unwrap();
            0
        })
        .unwrap();
        zombie.wait_zombie().unwrap();
        for words in [&["killall", "-w", "-USR1", "undead"][..], &["pidwait", "undead"]] {
            assert_eq!(sigpost(words.iter().copied()).code, Some(0), "{words:?}");
        }
        assert_eq!(zombie.wait().unwrap().code(), Some(0));
    });
}

#[test]
fn a_terminal_selects_by_its_name() {
    alone(|| {
        let Ok(keyboard) = Keyboard::new() else {
            say("skipped: no terminal can be made here");
            return;
        };
        let number = keyboard.number();
        let (reader, mut writer) = std::io::pipe().unwrap();
        let at_terminal = fork_run(move || {
            rustix::process::setsid().unwrap();
            rustix::thread::set_name(c"typist").unwrap();
            let taken = take_terminal(number).is_ok();
            std::io::Write::write_all(&mut writer, &[u8::from(taken)]).unwrap();
            std::thread::park();
            0
        })
        .unwrap();
        let mut taken = [0];
        std::io::Read::read_exact(&mut &reader, &mut taken).unwrap();
        if taken == [0] {
            say(&format!("skipped: /dev/pts/{number} cannot be opened here"));
            return;
        }
        let terminal = format!("pts/{number}");
        for program in both("/usr/bin/pgrep") {
            let told = |words: &[&str]| {
                let answer = Answer::from(start(&program, "pgrep", words).wait_with_output().unwrap());
                (answer.code, answer.stdout)
            };
            let expected = (Some(0), format!("{}\n", at_terminal.pid()));
            assert_eq!(told(&["-t", &terminal]), expected, "{program:?}");
            assert_eq!(told(&["-t", &format!("pts/9999,{terminal}"), "typist"]), expected, "{program:?}");
            assert_eq!(told(&["-t", &terminal, "quill"]), (Some(1), String::new()), "{program:?}");
        }
    });
}

/// The value goes with every signal of `--timeout`.
#[test]
fn a_value_goes_with_what_follows_too() {
    alone(|| {
        let victim = Victim::start(Setup { name: Some(c"quill"), one_by_one: true, ..Setup::default() });
        let pid = victim.pid().to_string();
        let answer = call("kill", &["-q", "42", "--timeout", "20", "USR2", "-s", "USR1", &pid]);
        assert_eq!(answer.code, Some(0), "{answer:?}");
        let got: Vec<_> = victim.logged().iter().map(|record| (record.signal, record.value)).collect();
        assert_eq!(got, [(10, 42), (12, 42)]);
    });
}

/// Nobody who has ended gets what follows, and nobody waits longer for them.
#[test]
fn what_follows_is_for_those_still_there() {
    alone(|| {
        let mortal = fork_run(|| {
            std::thread::park();
            0
        })
        .unwrap();
        let words = ["--verbose", "--timeout", "60000", "KILL", &mortal.pid().to_string()];
        let tool = start(&ours(), "kill", &words);
        // Ends it; it is reaped, as a parent does.
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&mortal.wait().unwrap()), Some(15));
        let answer = Answer::from(tool.wait_with_output().unwrap());
        assert_eq!((answer.code, answer.stdout.lines().count()), (Some(0), 1), "{answer:?}");
    });
}

/// A full disk is no answer that nobody matched, nor one that all is well.
#[test]
fn output_that_cannot_be_written_is_a_failure() {
    alone(|| {
        let victim = named(c"quill");
        let run = |program: &Path, name: &str, words: &[&str]| -> Answer {
            let full = fs::File::options().write(true).open("/dev/full").unwrap();
            let mut command = Command::new(program);
            command.arg0(name).args(words).env("LC_ALL", "C").stdout(full).stderr(Stdio::piped());
            command.spawn().unwrap().wait_with_output().unwrap().into()
        };
        for (name, place, words) in [
            ("pgrep", "/usr/bin/pgrep", &["quill"][..]),
            ("pkill", "/usr/bin/pkill", &["-USR1", "-e", "quill"]),
            ("pidwait", "/usr/bin/pidwait", &["-c", "nosuchname"]),
        ] {
            for program in both(place) {
                let answer = run(&program, name, words);
                let line = format!("{name}: write error: No space left on device\n");
                assert_eq!((answer.code, answer.stderr), (Some(1), line), "{program:?}");
            }
        }
        assert_eq!(run(&ours(), "kill", &["-l"]).code, Some(1));
        assert!(victim.signals().iter().all(|signal| *signal == 10));
    });
}

#[test]
fn what_follows_is_for_nobody_where_nobody_was() {
    alone(|| {
        let answer = call("kill", &["--timeout", "20", "KILL", "4000000"]);
        assert_eq!((answer.code, answer.stderr.as_str()), (Some(1), "kill: (4000000): No such process\n"));
    });
}

/// As documented: 0 if one could be signalled, whoever else refused; the refusal is a line of its own.
#[test]
fn a_refusal_is_said_and_counts_only_if_there_is_nothing_else() {
    alone(|| {
        if !rustix::process::getuid().is_root() || !maps_other_users() {
            say("skipped: it takes two users");
            return;
        }
        let other = 65533;
        let own = Victim::start(Setup { name: Some(c"shared"), user: Some(other), ..Setup::default() });
        let foreign = named(c"shared");
        let folder = std::env::temp_dir().join(format!("sigpost-refusal-{}", crate::namespace::number()));
        fs::create_dir_all(&folder).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
        let copy = folder.join("sigpost");
        fs::copy(ours(), &copy).unwrap();
        let run = |program: &Path, name: &str, words: &[&str]| -> Answer {
            let mut command = Command::new(program);
            command.arg0(name).args(words).env("LC_ALL", "C").uid(other).gid(other).output().unwrap().into()
        };
        let pid = foreign.pid();
        for (name, place, line) in [
            ("pkill", "/usr/bin/pkill", format!("pkill: killing pid {pid} failed: Operation not permitted\n")),
            ("killall", "/usr/bin/killall", format!("shared({pid}): Operation not permitted\n")),
        ] {
            for program in [Some(copy.clone()), find(place)].into_iter().flatten() {
                let answer = run(&program, name, &["-USR1", "shared"]);
                assert_eq!((answer.code, answer.stderr), (Some(0), line.clone()), "{program:?}");
                assert_eq!((own.signals(), foreign.signals()), (vec![10], vec![]), "{program:?}");
            }
        }
        let answer = run(&copy, "kill", &["-USR1", &pid.to_string(), &own.pid().to_string()]);
        assert_eq!((answer.code, answer.stderr), (Some(64), format!("kill: ({pid}): Operation not permitted\n")));
        let answer = run(&copy, "pkill", &["-USR1", "-U", "0", "shared"]);
        assert_eq!(answer.code, Some(1), "{answer:?}");
        fs::remove_dir_all(&folder).unwrap();
    });
}

/// pkill and killall never signal themselves, and a process 1 is no exception to what is asked.
#[test]
fn a_tool_never_signals_itself() {
    alone(|| {
        let victim = named(c"sigpost");
        for (name, words) in [
            ("pkill", &["-USR1", "-x", "sigpost|pkill"][..]),
            ("pkill", &["-USR1", "-g", "0"]),
            ("killall", &["-USR1", "sigpost"]),
            ("kill", &["-USR1", "sigpost"]),
        ] {
            let answer = call(name, words);
            assert_eq!((answer.code, victim.signals()), (Some(0), vec![10]), "{name} {words:?}: {answer:?}");
        }
    });
}

/// Group 1, as all are in that a container starts: psmisc's would signal everyone.
#[test]
fn the_group_of_process_one_is_a_group_like_any_other() {
    alone(|| {
        let inside = Victim::start(Setup { name: Some(c"inside"), ..Setup::default() });
        let outside = Victim::start(Setup { group: Some(0), name: Some(c"outside"), ..Setup::default() });
        let answer = call("killall", &["-CONT", "-g", "inside"]);
        if !sigpost_sys::pidfd::has_scopes() {
            assert_eq!((answer.code, inside.signals(), outside.signals()), (Some(1), vec![], vec![]), "{answer:?}");
            assert!(answer.stderr.contains("it takes Linux 6.9"), "{answer:?}");
            return say("skipped: before Linux 6.9 nobody reaches group 1");
        }
        assert_eq!((answer.code, inside.signals(), outside.signals()), (Some(0), vec![18], vec![]), "{answer:?}");
    });
}

/// A group that is asked for as a whole is signalled in one call: no child that is forked meanwhile escapes.
#[test]
fn nobody_of_a_group_escapes_pkill_by_forking() {
    /// Generations in a row; what escapes is seen when it reaches the last.
    const LIFE: u32 = 1500;
    alone(|| {
        for _ in 0..10 {
            let (reader, writer) = std::io::pipe().unwrap();
            let (gate, go) = std::io::pipe().unwrap();
            let its_gate = &gate;
            let hopper = fork_run(move || {
                rustix::process::setpgid(None, None).unwrap();
                hop(LIFE, its_gate, &writer)
            })
            .unwrap();
            let group = hopper.pid().to_string();
            // The first has its group when it is no longer ours.
            while sigpost_sys::identity::group_of(hopper.pid()) != Ok(hopper.pid()) {
                std::thread::yield_now();
            }
            let answer = call("pkill", &["-KILL", "-g", &group]);
            assert_eq!(answer.code, Some(0), "{answer:?}");
            assert!(!hopper.wait().unwrap().success());
            // Every one of them holds the other end, and the last would write to it now.
            std::io::Write::write_all(&mut &go, &[1]).unwrap();
            let written = std::io::Read::read(&mut &reader, &mut [0]).unwrap();
            assert_eq!(written, 0, "one has escaped and lived to the last generation");
        }
    });
}

/// Its child goes on, and it waits: a chain that grows at its end. The last waits at the gate, however long the tool takes
/// to begin.
fn hop(generations: u32, gate: &std::io::PipeReader, end: &std::io::PipeWriter) -> i32 {
    if generations == 0 {
        let opened = std::io::Read::read_exact(&mut &*gate, &mut [0]);
        return i32::from(opened.and_then(|()| std::io::Write::write_all(&mut &*end, &[1])).is_err());
    }
    match fork_run(|| hop(generations - 1, gate, end)) {
        Ok(child) => i32::from(child.wait().is_err()),
        Err(_) => 1,
    }
}

#[test]
fn links_are_made_for_every_name_and_nothing_else_is_overwritten() {
    let folder = std::env::temp_dir().join(format!("sigpost-links-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let install = || -> Answer {
        let mut command = Command::new(ours());
        command.arg("install-names").arg(&folder).output().unwrap().into()
    };
    fs::write(folder.join("killall"), "mine").unwrap();
    let answer = install();
    assert_eq!((answer.code, fs::read_dir(&folder).unwrap().count()), (Some(2), 1), "{answer:?}");
    assert!(answer.stderr.contains("killall is there and is no link to sigpost"), "{answer:?}");
    fs::remove_file(folder.join("killall")).unwrap();
    for _ in 0..2 {
        let answer = install();
        assert_eq!((answer.code, answer.stdout.lines().count()), (Some(0), 5), "{answer:?}");
    }
    for (name, version) in [("kill", "kill from sigpost "), ("pgrep", "pgrep from sigpost ")] {
        let output = Command::new(folder.join(name)).arg("--version").output().unwrap();
        assert!(String::from_utf8_lossy(&output.stdout).starts_with(version), "{output:?}");
    }
    fs::remove_dir_all(&folder).unwrap();
    // A name below a file: nothing is there, and nothing can be.
    for folder in ["/nosuch/folder", "/proc/self/comm"] {
        let output = Command::new(ours()).args(["install-names", folder]).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(3) && told.contains("cannot be linked"), "{output:?}");
    }
}
