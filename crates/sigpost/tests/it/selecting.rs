//! Selecting by more than numbers and names: patterns, executables, ports, pid files, and pkill's filters.

use std::fs;
use std::io::Write as _;
use std::net::{TcpListener, UdpSocket};
use std::os::unix::fs::PermissionsExt as _;

use sigpost_sys::fork::{fork_run, say};

use crate::namespace::{Answer, alone, sigpost};
use crate::victim::{Setup, Victim};

fn named(name: &'static core::ffi::CStr) -> Victim {
    Victim::start(Setup { name: Some(name), ..Setup::default() })
}

/// Which of these got a signal since they were last asked.
fn reached<const N: usize>(victims: &[Victim; N]) -> [bool; N] {
    victims.each_ref().map(|victim| !victim.signals().is_empty())
}

fn sent(words: &[&str]) -> Answer {
    let answer = sigpost(["send", "-USR1"].into_iter().chain(words.iter().copied()));
    assert_eq!(answer.code, Some(0), "{words:?}: {answer:?}");
    answer
}

#[test]
fn a_regular_expression_selects_by_name() {
    alone(|| {
        let victims = [named(c"quill"), named(c"quills"), named(c"Quill"), named(c"other")];
        for (words, expected) in [
            (&["-e", "uill"][..], [true, true, true, false]),
            (&["/^quill$/"], [true, false, false, false]),
            (&["-x", "-e", "quill"], [true, false, false, false]),
            (&["-x", "-e", "quil|quills"], [false, true, false, false]),
            (&["-i", "/^quill$/"], [true, false, true, false]),
            (&["-i", "QUILL"], [true, false, true, false]),
            (&["-e", "^Q", "-e", "^oth"], [false, false, true, true]),
            (&["-e", "^Q", "other"], [false, false, true, true]),
        ] {
            sent(words);
            assert_eq!(reached(&victims), expected, "{words:?}");
        }
    });
}

/// A pattern never selects the command itself or what it was started from, and never process 1.
#[test]
fn a_pattern_leaves_out_the_commands_own_line() {
    alone(|| {
        let victims = [named(c"quill")];
        rustix::thread::set_name(c"quillinit").unwrap();
        let between = fork_run(|| {
            rustix::thread::set_name(c"quillparent").unwrap();
            let answer = sigpost(["send", "-URG", "/quill|sigpost/"]);
            assert_eq!((answer.code, answer.stdout.lines().count()), (Some(0), 1), "{answer:?}");
            let answer = sigpost(["send", "-URG", "--include-ancestors", "/quill|sigpost/"]);
            assert_eq!((answer.code, answer.stdout.lines().count()), (Some(0), 3), "{answer:?}");
            0
        });
        assert_eq!(between.unwrap().wait().unwrap().code(), Some(0));
        assert_eq!(reached(&victims), [true]);
        let answer = sigpost(["send", "-URG", "/quillinit/"]);
        assert_eq!(answer.code, Some(1), "{answer:?}");
        assert!(answer.stderr.contains("--allow-init"), "{answer:?}");
        // Said aloud, everything that matches gets it.
        let answer = sigpost(["send", "-URG", "--broadcast", "/.*/"]);
        assert_eq!((answer.code, reached(&victims)), (Some(0), [true]), "{answer:?}");
        let answer = sigpost(["send", "-URG", "--broadcast", "--inverse", "quill"]);
        assert_eq!((answer.code, reached(&victims)), (Some(1), [false]), "{answer:?}");
        let answer = sigpost(["send", "-URG", "--broadcast", "--inverse", "other"]);
        assert_eq!((answer.code, reached(&victims)), (Some(0), [true]), "{answer:?}");
    });
}

#[test]
fn with_full_a_pattern_is_matched_with_the_whole_command_line() {
    alone(|| {
        let sleeper = std::process::Command::new("sleep").arg("1234567").spawn();
        let Ok(mut sleeper) = sleeper else {
            say("skipped: there is no `sleep`");
            return;
        };
        // `sleep` has the command line when it has begun to run.
        while !fs::read(format!("/proc/{}/cmdline", sleeper.id())).unwrap().starts_with(b"sleep") {
            std::thread::yield_now();
        }
        let answer = sigpost(["send", "-TERM", "-e", "sleep 1234567"]);
        assert_eq!(answer.code, Some(1), "{answer:?}");
        let answer = sigpost(["send", "-TERM", "-f", "-x", "-e", "sleep 12345"]);
        assert_eq!(answer.code, Some(1), "{answer:?}");
        let answer = sigpost(["send", "-TERM", "-f", "-x", "-e", "sleep [0-9]{7}"]);
        assert_eq!((answer.code, answer.stdout.lines().count()), (Some(0), 1), "{answer:?}");
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&sleeper.wait().unwrap()), Some(15));
    });
}

#[test]
fn an_executable_is_known_by_its_file_whatever_the_process_calls_itself() {
    alone(|| {
        let victims = [named(c"disguised")];
        let own = fs::read_link("/proc/self/exe").unwrap();
        let answer = sent(&[own.to_str().unwrap()]);
        assert_eq!((answer.stdout.lines().count(), reached(&victims)), (1, [true]), "{answer:?}");
        let answer = sigpost(["send", "-USR1", "/bin/sh"]);
        assert_eq!((answer.code, reached(&victims)), (Some(1), [false]), "{answer:?}");
        assert!(answer.stderr.contains("no process runs /bin/sh"), "{answer:?}");
    });
}

#[test]
fn whoever_listens_on_a_port_is_found_by_it() {
    alone(|| {
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        let ports = [tcp.local_addr().unwrap().port(), udp.local_addr().unwrap().port()];
        // The victim inherits both sockets; here they are closed.
        let victims = [Victim::start(Setup::default())];
        drop((tcp, udp));
        let others = [Victim::start(Setup::default())];
        for port in ports {
            let answer = sent(&[&format!(":{port}")]);
            assert_eq!((reached(&victims), reached(&others)), ([true], [false]), "{answer:?}");
        }
    });
}

#[test]
fn filters_narrow_what_the_targets_name_and_all_must_hold() {
    alone(|| {
        let group = Victim::start(Setup { group: Some(0), name: Some(c"apart"), ..Setup::default() });
        let session = Victim::start(Setup { session: true, name: Some(c"apart"), ..Setup::default() });
        let other = Victim::start(Setup { name: Some(c"inside"), ..Setup::default() });
        let victims = [group, session, other];
        let [group, session, other] = victims.each_ref().map(|victim| victim.pid().to_string());
        let me = rustix::process::getuid().as_raw().to_string();
        let both = format!("{group},{session}");
        let cases: [(&[&str], [bool; 3]); 15] = [
            (&["-g", &group], [true, false, false]),
            (&["-g", &both], [true, true, false]),
            (&["--session", &session], [false, true, false]),
            (&["-P", "1"], [true, true, true]),
            (&["-P", "1", "apart"], [true, true, false]),
            (&["-g", &group, "apart"], [true, false, false]),
            (&["-u", &me, "-U", &me, "-P", "1", "inside"], [false, false, true]),
            (&["-u", &me, "--session", &session, "/a/"], [false, true, false]),
            (&["-g", &group, &group], [true, false, false]),
            (&["--newest", "-P", "1"], [false, false, true]),
            (&["--oldest", "-P", "1"], [true, false, false]),
            (&["-O", "0", "inside"], [false, false, true]),
            (&["-t", "none", "--runstates", "SR", "inside"], [false, false, true]),
            (&["--ns", &other, "inside"], [false, false, true]),
            (&["--broadcast", "--inverse", "apart"], [false, false, true]),
        ];
        for (words, expected) in cases {
            sent(words);
            assert_eq!(reached(&victims), expected, "{words:?}");
        }
        for words in [
            &["-O", "1h", "inside"][..],
            &["-u", "54321", "inside"],
            &["-G", "54321", "inside"],
            &["--runstates", "Z", "inside"],
            &["--cgroup", "/nosuchcgroup", "inside"],
            &["--env", "NOSUCHVARIABLE", "inside"],
            &["-g", &group, &other],
        ] {
            let answer = sigpost(["send", "-USR1"].into_iter().chain(words.iter().copied()));
            assert_eq!((answer.code, answer.stderr.lines().count()), (Some(1), 1), "{words:?}: {answer:?}");
            assert!(answer.stderr.contains("the filters ask"), "{words:?}: {answer:?}");
            assert_eq!(reached(&victims), [false; 3], "{words:?}");
        }
    });
}

#[test]
fn a_variable_of_the_environment_selects() {
    alone(|| {
        let sleeper = std::process::Command::new("sleep").arg("1234567").env("SIGPOST_TEST", "a b").spawn();
        let Ok(mut sleeper) = sleeper else {
            say("skipped: there is no `sleep`");
            return;
        };
        while !fs::read(format!("/proc/{}/cmdline", sleeper.id())).unwrap().starts_with(b"sleep") {
            std::thread::yield_now();
        }
        let answer = sigpost(["send", "--env", "SIGPOST_TEST=a", "sleep"]);
        assert_eq!(answer.code, Some(1), "{answer:?}");
        let answer = sigpost(["explain", "--env", "SIGPOST_TEST"]);
        assert_eq!((answer.code, answer.stdout.lines().count()), (Some(0), 1), "{answer:?}");
        let answer = sigpost(["send", "--env", "SIGPOST_TEST=a b"]);
        assert_eq!((answer.code, answer.stdout.lines().count()), (Some(0), 1), "{answer:?}");
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&sleeper.wait().unwrap()), Some(15));
    });
}

/// A number that was written down before its process was there is another's.
#[test]
fn a_pid_file_is_believed_only_if_its_process_was_there_when_it_was_written() {
    alone(|| {
        let folder = std::env::temp_dir().join(format!("sigpost-pid-file-{}", crate::namespace::number()));
        fs::create_dir_all(&folder).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
        let path = folder.join("daemon.pid");
        let victims = [Victim::start(Setup::default())];
        let write = |text: &str, age: u64| {
            let mut file = fs::File::create(&path).unwrap();
            file.write_all(text.as_bytes()).unwrap();
            let then = std::time::SystemTime::now() - core::time::Duration::from_secs(age);
            file.set_modified(then).unwrap();
        };
        let words = ["send", "-USR1", "-F", path.to_str().unwrap()];
        let pid = victims[0].pid();
        for (text, age, code, got) in [
            (format!("{pid}\n"), 0, 0, true),
            (format!("  {pid} daemon\n"), 1, 0, true),
            (format!("{pid}\n"), 60, 2, false),
            (String::from("4000000\n"), 0, 1, false),
            (String::from("0\n"), 0, 2, false),
            (String::from("-1\n"), 0, 2, false),
            (String::from("1\n"), 0, 2, false),
            (String::from("\n"), 0, 2, false),
            (String::from("x"), 0, 2, false),
        ] {
            write(&text, age);
            let answer = sigpost(words);
            assert_eq!((answer.code, reached(&victims)), (Some(code), [got]), "{text:?} {age}: {answer:?}");
            assert_eq!(answer.stderr.lines().count(), 1, "{answer:?}");
            assert_eq!(answer.stderr.contains("so it is another one"), age == 60, "{answer:?}");
        }
        fs::remove_dir_all(&folder).unwrap();
    });
}
