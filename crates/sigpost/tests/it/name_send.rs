//! Sends by command name: exactly that name, never sigpost's own line, never process 1.

use rustix::process::Signal;
use rustix::thread::set_name;
use sigpost_sys::fork::fork_run;

use crate::namespace::{alone, sigpost};
use crate::victim::{Setup, Victim};

fn named(name: &'static core::ffi::CStr) -> Victim {
    Victim::start(Setup { name: Some(name), ..Setup::default() })
}

#[test]
fn a_name_selects_exactly_those_of_that_name() {
    alone(|| {
        let matching = [named(c"quill"), named(c"quill")];
        let others = [named(c"quills"), named(c"quil"), named(c"Quill")];
        let answer = sigpost(["send", "-USR1", "quill"]);
        assert_eq!((answer.code, answer.stderr.as_str()), (Some(0), "2 selected, 2 handles\n"), "{answer:?}");
        assert!(matching.iter().all(|victim| victim.signals() == [10]));
        assert!(others.iter().all(|victim| victim.signals().is_empty()));
    });
}

#[test]
fn any_name_can_be_named_with_the_prefix() {
    alone(|| {
        for (name, target) in [(c"7zip", "n:7zip"), (c"TERM", "n:TERM"), (c"g:5", "n:g:5"), (c"-x", "n:-x")] {
            let victim = named(name);
            let answer = sigpost(["-USR1", target]);
            assert_eq!((answer.code, victim.signals()), (Some(0), vec![10]), "{answer:?}");
        }
    });
}

#[test]
fn a_hostile_name_cannot_steer_the_terminal() {
    alone(|| {
        let victim = named(c"\x1b[31mx\ny");
        let answer = sigpost(["-USR1", &victim.pid().to_string()]);
        assert!(answer.stdout.contains("\\u{1b}[31mx\\ny"), "{answer:?}");
        assert_eq!(answer.stdout.lines().count(), 1);
    });
}

#[test]
fn the_commands_own_line_is_left_out_unless_it_is_meant() {
    alone(|| {
        let stranger = named(c"ancestry");
        let between = fork_run(|| {
            set_name(c"ancestry").unwrap();
            let answer = sigpost(["send", "-URG", "ancestry"]);
            assert_eq!((answer.code, answer.stdout.lines().count()), (Some(0), 1), "{answer:?}");
            let answer = sigpost(["send", "-URG", "--include-ancestors", "ancestry"]);
            assert_eq!((answer.code, answer.stdout.lines().count()), (Some(0), 2), "{answer:?}");
            0
        });
        assert_eq!(between.unwrap().wait().unwrap().code(), Some(0));
        assert_eq!(stranger.signals(), [Signal::URG.as_raw(); 2]);
    });
}

#[test]
fn a_name_never_selects_process_one() {
    alone(|| {
        set_name(c"thefirst").unwrap();
        for words in [&["send", "-URG", "thefirst"][..], &["send", "-URG", "--include-ancestors", "thefirst"]] {
            let answer = sigpost(words.iter().copied());
            assert_eq!(answer.code, Some(1), "{answer:?}");
            assert!(answer.stderr.contains("--allow-init"), "{answer:?}");
        }
        assert_eq!(sigpost(["ls", "thefirst"]).code, Some(0));
    });
}

#[test]
fn nobody_of_a_name_is_status_1_with_one_line() {
    alone(|| {
        let answer = sigpost(["send", "-USR1", "nosuchname"]);
        assert_eq!((answer.code, answer.stdout.as_str()), (Some(1), ""));
        assert_eq!(answer.stderr.lines().count(), 1);
        assert!(answer.stderr.starts_with("sigpost: no process is named nosuchname"), "{answer:?}");
    });
}
