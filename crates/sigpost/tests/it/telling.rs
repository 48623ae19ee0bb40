//! What is told, and where, when something is in the way: an output that is full, a name that steers terminals, options
//! that mean something else elsewhere.

use std::fs::OpenOptions;
use std::process::Command;

use sigpost_sys::fork::fork_run;
use sigpost_sys::namespace::assert_inside;

use crate::group_send::{NOBODY, nobody_is_known, sigpost_as_nobody};
use crate::namespace::{Answer, alone, sigpost};
use crate::terminal::at_terminal;
use crate::victim::{NONE, Setup, Victim, until_at_rest};

/// The command with a standard output that takes nothing.
fn with_full_output(words: &[&str]) -> Answer {
    assert_inside();
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    Command::new(env!("CARGO_BIN_EXE_sigpost")).args(words).stdout(full).output().unwrap().into()
}

fn named(name: &'static core::ffi::CStr) -> Victim {
    Victim::start(Setup { name: Some(name), ..Setup::default() })
}

/// \[S3.6\]: that a receipt cannot be written does not undo the signal.
#[test]
fn an_output_that_is_full_does_not_hide_that_it_was_sent() {
    alone(|| {
        let victim = Victim::start(Setup::default());
        let pid = victim.pid().to_string();
        for json in [&[][..], &["--json"]] {
            let answer = with_full_output(&[&["send", "-USR1", &pid], json].concat());
            assert_eq!(answer.code, Some(3), "{answer:?}");
            assert!(answer.stderr.contains("1 selected, 1 handles\n"), "{answer:?}");
            assert!(answer.stderr.ends_with("the signal was sent all the same\n"), "{answer:?}");
            assert_eq!(victim.signals(), [10]);
        }
        let answer = with_full_output(&["explain", "-USR1", &pid]);
        assert_eq!(answer.code, Some(3), "{answer:?}");
        assert!(!answer.stderr.contains("was sent all"), "{answer:?}");
        assert_eq!(victim.signals(), NONE);
    });
}

/// What was begun is seen through: the escalation does not end with the output.
#[test]
fn an_output_that_is_full_does_not_stop_the_escalation() {
    alone(|| {
        for words in [&["send", "--then", "KILL@50ms"][..], &["end", "--grace", "50ms"]] {
            let victim = Victim::start(Setup::default());
            let answer = with_full_output(&[words, &[&victim.pid().to_string()]].concat());
            assert_eq!(answer.code, Some(3), "{answer:?}");
            assert!(answer.stderr.contains("1 selected, 1 ended by KILL\n"), "{answer:?}");
            assert!(answer.stderr.contains(" sent all the same\n"), "{answer:?}");
            assert!(!victim.is_alive());
        }
    });
}

#[test]
fn what_steers_a_terminal_is_shown_and_not_swallowed() {
    let cases: [&[&str]; 7] = [
        &["a\x1b[31mb"],
        &["send", "--a\x1b[31mb", "x"],
        &["send", "-u", "a\x1b[31mb"],
        &["send", "--color", "a\x1b[31mb", "x"],
        &["send", "-Ta\x1b[31mb", "x"],
        &["send", "-e", "(a\x1b[31mb"],
        &["drill", "/a\x1b[31mb"],
    ];
    alone(move || {
        for words in cases {
            let answer = sigpost(words.iter().copied());
            assert!(answer.stderr.contains(r"a\u{1b}[31mb"), "{answer:?}");
            assert_eq!((answer.code, answer.stderr.lines().count()), (Some(2), 1), "{answer:?}");
        }
    });
}

/// \[S0.2\] as a tool: the same path up to the send.
#[test]
fn all_or_none_reads_the_same_in_a_dry_run() {
    alone(|| {
        let members: Vec<Victim> = (0..2).map(|_| Victim::start(Setup::default())).collect();
        if !nobody_is_known() {
            return;
        }
        let mine = Victim::start(Setup { user: Some(NOBODY), ..Setup::default() });
        let [first, second] = [0, 1].map(|place: usize| members[place].pid().to_string());
        let mine_pid = mine.pid().to_string();
        let targets = [mine_pid.as_str(), &first, &second];
        let sent = sigpost_as_nobody(&[&["send", "--all-or-none", "-USR1"], &targets[..]].concat());
        let told = sigpost_as_nobody(&[&["send", "-n", "--all-or-none", "-USR1"], &targets[..]].concat());
        let verdicts = |answer: &Answer| {
            let word = |line: &str| line.split_whitespace().nth(3).unwrap().to_owned();
            answer.stdout.lines().map(word).collect::<Vec<_>>()
        };
        assert_eq!(verdicts(&sent), ["withheld", "EPERM", "EPERM"], "{sent:?}");
        assert_eq!(verdicts(&told), verdicts(&sent), "{told:?}");
        assert_eq!((told.code, sent.code), (Some(4), Some(4)));
        assert_eq!(mine.signals(), NONE);
    });
}

/// pkill's -n is the newest: here it sends nothing, and says how the newest is named.
#[test]
fn a_dry_run_by_letter_says_how_the_newest_is_meant() {
    alone(|| {
        let victim = named(c"web");
        let answer = sigpost(["send", "-n", "web"]);
        assert!(answer.stderr.contains("nothing was sent: -n is a dry run here"), "{answer:?}");
        assert!(answer.stderr.contains("--newest"), "{answer:?}");
        let by_number = sigpost(["send", "-n", &victim.pid().to_string()]);
        assert!(by_number.stderr.ends_with("; nothing was sent\n"), "{by_number:?}");
        assert!(sigpost(["explain", "web"]).stderr.ends_with("; nothing was sent\n"));
        assert_eq!(victim.signals(), NONE);
    });
}

/// As util-linux's `kill -r`, for all 64 signals.
#[test]
fn whoever_has_no_handler_is_skipped_where_one_is_required() {
    alone(|| {
        let has = named(c"web");
        let ignores = Victim::start(Setup { name: Some(c"web"), ignored: Some(10), ..Setup::default() });
        for (signal, number) in [("-USR1", 10), ("-RTMIN+3", 37)] {
            let answer = sigpost(["send", "--require-handler", signal, "web"]);
            assert_eq!(answer.code, Some(0), "{answer:?}");
            assert_eq!(has.signals(), [number]);
            assert_eq!(ignores.signals(), if number == 10 { vec![] } else { vec![number] });
        }
        let answer = sigpost(["send", "-q", "--require-handler", "-USR1", &ignores.pid().to_string()]);
        assert_eq!(answer.code, Some(1), "{answer:?}");
        let answer = sigpost(["explain", "--require-handler", "-USR1", "web"]);
        assert!(answer.stdout.contains("skipped") && answer.stdout.contains("has no handler for USR1"), "{answer:?}");
        assert!(answer.stderr.starts_with("2 selected, 1 handles, 1 skipped;"), "{answer:?}");
        assert_eq!((has.signals(), ignores.signals()), (vec![], vec![]));
        for refused in [&["-USR1", "g:2"][..], &["-USR1", "--broadcast"], &["-0", "2"]] {
            let answer = sigpost(["send", "--require-handler"].into_iter().chain(refused.iter().copied()));
            assert_eq!(answer.code, Some(2), "{answer:?}");
        }
    });
}

#[test]
fn the_person_at_the_terminal_says_who_gets_it() {
    alone(|| {
        let both = [named(c"web"), named(c"web")];
        let send = ["send", "--ask", "-USR1", "web"];
        let cases: [(&[&str], [bool; 2], i32); 8] = [
            (&["n"], [false, false], 1),
            (&["y"], [true, true], 0),
            (&["e", "n", "y"], [false, true], 0),
            (&["e", "y", "q"], [true, false], 0),
            (&["e", "a"], [true, true], 0),
            (&["", "what", "y"], [true, true], 0),
            (&["", "what", "?"], [false, false], 1),
            // The end of input.
            (&["\x04"], [false, false], 1),
        ];
        for (answers, expected, code) in cases {
            let Some(shown) = at_terminal(&send, answers) else { return };
            assert_eq!(shown.code, Some(code), "{answers:?} {shown:?}");
            assert_eq!(both.each_ref().map(|victim| victim.signals() == [10]), expected, "{answers:?} {shown:?}");
            assert_eq!(shown.text.contains("you said no"), expected != [true, true], "{answers:?} {shown:?}");
        }
        // Nothing is sent, so there is nothing to ask.
        assert_eq!(at_terminal(&["send", "-n", "--ask", "web"], &[]).unwrap().code, Some(0));
        let Some(shown) = at_terminal(&["end", "--ask", "web"], &["n"]) else { return };
        assert_eq!(shown.code, Some(1), "{shown:?}");
        assert!(both.iter().all(Victim::is_alive));
    });
}

#[test]
fn without_a_terminal_nobody_is_asked_and_nothing_is_sent() {
    alone(|| {
        let victim = Victim::start(Setup::default());
        for verb in ["send", "end"] {
            let answer = sigpost([verb, "--ask", &victim.pid().to_string()]);
            assert_eq!(answer.code, Some(2), "{answer:?}");
            assert!(answer.stderr.starts_with("sigpost: --ask asks at a terminal"), "{answer:?}");
        }
        assert_eq!(victim.signals(), NONE);
    });
}

#[test]
fn an_end_told_at_length_has_the_inode_and_when_each_signal_was_sent() {
    alone(|| {
        let inode = |victim: &Victim| {
            let answer = sigpost(["ls", "--json", &victim.pid().to_string()]);
            let line: serde_json::Value = serde_json::from_str(&answer.stdout).unwrap();
            line["inode"].as_u64()
        };
        let victim = Victim::start(Setup::default());
        let identity =
            inode(&victim).map_or_else(|| victim.pid().to_string(), |inode| format!("{}:{inode}", victim.pid()));
        let answer = sigpost(["end", "-v", "--grace", "50ms", &victim.pid().to_string()]);
        assert!(answer.stdout.starts_with(&identity), "{identity} {answer:?}");
        let time = |signal: &str| -> u64 {
            let told = answer.stdout.split_once(&format!("{signal} at ")).unwrap().1;
            told.split_once(" ms").unwrap().0.parse().unwrap()
        };
        let [term, cont, kill] = ["  TERM", ", CONT", ", KILL"].map(time);
        assert!(term <= cont && cont <= kill && kill >= 50, "{answer:?}");
        let victim = Victim::start(Setup::default());
        let known = inode(&victim);
        let answer = sigpost(["end", "--json", "--grace", "50ms", &victim.pid().to_string()]);
        let line: serde_json::Value = serde_json::from_str(&answer.stdout).unwrap();
        assert_eq!(line["inode"].as_u64(), known, "{answer:?}");
    });
}

/// As `pthread_exit` in `main` does: the process lives.
#[test]
fn a_process_without_its_main_thread_is_listed_as_alive() {
    alone(|| {
        let child = fork_run(|| {
            let (ready, set_up) = std::sync::mpsc::channel();
            std::thread::spawn(move || {
                ready.send(()).unwrap();
                loop {
                    let _ = sigpost_sys::sigaction::suspend(0);
                }
            });
            set_up.recv().unwrap();
            sigpost_sys::puppet::exit_thread(0)
        })
        .unwrap();
        let pid = child.pid().to_string();
        let is_zombie = || std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap().contains(") Z ");
        while !is_zombie() {
            rustix::thread::sched_yield();
        }
        for verb in ["ls", "tree", "why"] {
            let answer = sigpost([verb, &pid]);
            assert!(!answer.stdout.contains("zombie"), "{answer:?}");
            assert!(answer.stdout.contains("sleeping") || answer.stdout.contains("running"), "{answer:?}");
        }
    });
}

#[test]
fn why_names_what_sigwait_waits_for() {
    alone(|| {
        let waiter = fork_run(|| {
            sigpost_sys::sigaction::set_mask(sigpost_sys::sigaction::How::Block, 1 << 14 | 1 << 9).unwrap();
            i32::from(sigpost_sys::sigaction::wait_for(1 << 14).is_err())
        })
        .unwrap();
        let pid = waiter.pid().to_string();
        let why = || sigpost(["why", &pid]).stdout;
        // It says nothing when it begins to wait; only where it sleeps shows that it does.
        until_at_rest(waiter.pid());
        let text = why();
        if !text.contains("in sigwait") {
            return sigpost_sys::fork::say("skipped: the kernel does not say where a thread sleeps (wchan)");
        }
        assert!(
            text.contains("waits    it sleeps in sigwait for TERM: that call returns them, no handler runs"),
            "{text}"
        );
    });
}

#[test]
fn options_that_would_do_nothing_are_refused() {
    alone(|| {
        for words in [
            &["drill", "--seed", "4", "scenarios"][..],
            &["drill", "--seed", "4"],
            &["drill", "--list", "--json", "scenarios"],
            &["drill", "--fmt", "--deny-skips", "scenarios"],
        ] {
            let answer = sigpost(words.iter().copied());
            assert_eq!((answer.code, answer.stderr.lines().count()), (Some(2), 1), "{answer:?}");
        }
    });
}

/// A reason goes on below where the terminal ends; where there is none, a receipt is a line.
#[test]
fn receipts_fit_the_terminal_and_are_a_line_each_elsewhere() {
    alone(|| {
        let victim = named(c"\xe5\xae\x88\xe6\x8a\xa4\xe8\xbf\x9b\xe7\xa8\x8b");
        let pid = victim.pid().to_string();
        let words = ["explain", "-v", "-KILL", &pid];
        let Some(shown) = at_terminal(&words, &[]) else { return };
        let plain = anstream::adapter::strip_str(&shown.text).to_string();
        let is_narrow = |line: &str| unicode_width::UnicodeWidthStr::width(line) <= 80;
        assert!(plain.lines().all(is_narrow), "{plain}");
        assert!(plain.lines().count() > 2 && plain.contains("守护进程"), "{plain}");
        assert!(shown.text.contains('\x1b'), "in colour: {shown:?}");
        let Some(plain) = at_terminal(&["explain", "--color", "never", &pid], &[]) else { return };
        assert!(!plain.text.contains('\x1b'), "{plain:?}");
        assert_eq!(sigpost(words).stdout.lines().count(), 1);
        assert!(sigpost(["explain", "--color", "always", &pid]).stdout.contains('\x1b'));
        assert_eq!(victim.signals(), NONE);
    });
}
