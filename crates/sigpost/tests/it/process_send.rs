//! Sends to processes: receipts, options, exit statuses.

use rustix::process::Signal;
use serde_json::json;
use sigpost_sys::fork::say;
use sigpost_sys::pidfd;

use crate::namespace::{alone, sigpost, sigpost_once_started};
use crate::victim::{NONE, Setup, Victim};

/// \[S1.1\], \[S3.6\]: the receipt names the process, the signal and what becomes of it; the signal arrives.
#[test]
fn a_send_has_a_receipt_and_arrives() {
    alone(|| {
        let victim = Victim::start(Setup::default());
        let pid = victim.pid().to_string();
        let answer = sigpost(["-USR1", &pid]);
        assert_eq!(answer.code, Some(0), "{answer:?}");
        let columns: Vec<_> = answer.stdout.split_whitespace().collect();
        assert_eq!((columns[0], columns[2], columns[3]), (pid.as_str(), "USR1", "handles"), "{answer:?}");
        assert_eq!(answer.stderr, "1 selected, 1 handles\n");
        assert_eq!(victim.signals(), [Signal::USR1.as_raw()]);
    });
}

#[test]
fn every_way_to_name_a_signal_sends_that_signal() {
    alone(|| {
        let victim = Victim::start(Setup::default());
        let pid = victim.pid().to_string();
        let cases: [(&[&str], i32); 9] = [
            (&["-10", &pid], 10),
            (&["-SIGUSR1", &pid], 10),
            (&["send", "-s", "USR1", &pid], 10),
            (&["send", &pid, "-sUSR1"], 10),
            (&["send", "--signal=12", &pid], 12),
            (&["-RTMIN+3", &pid], 37),
            (&["-64", &pid], 64),
            (&[&pid], 15),
            (&["-s", "HUP", &pid], 1),
        ];
        for (words, signal) in cases {
            let answer = sigpost(words.iter().copied());
            assert_eq!((answer.code, victim.signals()), (Some(0), vec![signal]), "{words:?}: {answer:?}");
        }
    });
}

/// \[S1.9\]: the null signal asks and sends nothing.
#[test]
fn the_null_signal_probes() {
    alone(|| {
        let victim = Victim::start(Setup::default());
        let answer = sigpost(["-0", &victim.pid().to_string()]);
        assert_eq!(answer.code, Some(0), "{answer:?}");
        assert!(answer.stdout.contains("  0  probed"), "{answer:?}");
        assert_eq!(victim.signals(), NONE);
    });
}

#[test]
fn a_dry_run_tells_the_same_and_sends_nothing() {
    alone(|| {
        let victim = Victim::start(Setup { blocked: 1 << (Signal::USR1.as_raw() - 1), ..Setup::default() });
        let pid = victim.pid().to_string();
        for words in [&["explain", "-HUP", &pid][..], &["send", "-n", "-HUP", &pid]] {
            let answer = sigpost(words.iter().copied());
            assert_eq!(answer.code, Some(0), "{answer:?}");
            assert!(answer.stdout.contains("handles"), "{answer:?}");
            assert_eq!(answer.stderr, "1 selected, 1 handles; nothing was sent\n");
        }
        let answer = sigpost(["explain", "-USR1", &pid]);
        assert!(answer.stdout.contains("USR1  pends"), "{answer:?}");
        assert_eq!(victim.signals(), NONE);
    });
}

#[test]
fn a_value_goes_with_the_signal() {
    alone(|| {
        let victim = Victim::start(Setup::default());
        let answer = sigpost(["send", "-USR2", "--value", "-9", &victim.pid().to_string()]);
        assert_eq!(answer.code, Some(0), "{answer:?}");
        let records = victim.logged();
        assert_eq!(records.iter().map(|r| (r.signal, r.code, r.value)).collect::<Vec<_>>(), [(12, -1, -9)]);
    });
}

#[test]
fn quiet_prints_nothing_and_still_sends() {
    alone(|| {
        let victim = Victim::start(Setup::default());
        let pid = victim.pid().to_string();
        let answer = sigpost(["send", "-q", "-USR1", &pid]);
        assert_eq!((answer.code, answer.stdout.as_str(), answer.stderr.as_str()), (Some(0), "", ""));
        assert_eq!(victim.signals(), [10]);
        assert_eq!(sigpost(["send", "-q", &pid, "4000000"]).code, Some(64));
    });
}

#[test]
fn one_target_gone_of_two_is_64_and_the_other_gets_its_signal_once() {
    alone(|| {
        let victim = Victim::start(Setup::default());
        let pid = victim.pid().to_string();
        let answer = sigpost(["-USR1", &pid, "4000000", &pid]);
        assert_eq!(answer.code, Some(64), "{answer:?}");
        assert_eq!(
            answer.stderr,
            "sigpost: no process 4000000: it has ended, or never was; `sigpost ls NAME` finds it by name\n1 selected, 1 handles\n"
        );
        assert_eq!(victim.signals(), [10]);
    });
}

#[test]
fn more_targets_than_the_limit_get_nothing() {
    alone(|| {
        let victims = [Victim::start(Setup::default()), Victim::start(Setup::default())];
        let [first, second] = victims.each_ref().map(|victim| victim.pid().to_string());
        let answer = sigpost(["send", "--max", "1", &first, &second]);
        assert_eq!(answer.code, Some(2), "{answer:?}");
        assert!(answer.stderr.contains("more is selected than --max 1 allows (2)"), "{answer:?}");
        assert!(victims.iter().all(|victim| victim.signals().is_empty()));
        assert_eq!(sigpost(["send", "--max", "2", &first, &second]).code, Some(0));
    });
}

/// A literal process 1 is reached only with `--allow-init`; here it is this test, which catches the signal.
#[test]
fn init_is_a_target_once_it_is_allowed() {
    alone(|| {
        let answer = sigpost(["send", "-URG", "--allow-init", "1"]);
        assert_eq!(answer.code, Some(0), "{answer:?}");
        assert_eq!(sigpost(["explain", "-TERM", "1"]).code, Some(0));
    });
}

/// As in a container, where process 1 leads the group that nearly everybody is in.
#[test]
fn the_group_of_init_is_foretold_as_what_it_is() {
    alone(|| {
        let victim = Victim::start(Setup::default());
        let answer = sigpost_once_started(["explain", "-USR1", "g:1"]);
        let after = if pidfd::has_inodes() { ':' } else { ' ' };
        let told = |pid: i32, verdict: &str| {
            answer
                .stdout
                .lines()
                .any(|line| line.trim().starts_with(&format!("{pid}{after}")) && line.contains(verdict))
        };
        assert!(told(victim.pid(), " handles ") && told(1, " immune "), "{answer:?}");
        assert_eq!((answer.code, answer.stdout.contains("left out")), (Some(0), false), "{answer:?}");
    });
}

#[test]
fn json_lines_have_exactly_the_documented_keys() {
    alone(|| {
        let victim = Victim::start(Setup::default());
        let pid = victim.pid().to_string();
        let keys = [
            "pid",
            "inode",
            "start",
            "comm",
            "uid",
            "pgid",
            "sid",
            "signal",
            "scope",
            "via",
            "verdict",
            "evidence",
            "kernel",
            "errno",
            "info_lost",
            "exit",
            "reason",
        ];
        let sent = sigpost(["send", "-USR1", "--json", &pid]).stdout;
        assert_eq!(keys_of(&sent), keys);
        let foreseen = sigpost(["explain", "-USR1", "--json", &pid]).stdout;
        assert_eq!(keys_of(&foreseen), [&keys[..], &["sent"]].concat());
        let receipt: serde_json::Value = serde_json::from_str(&sent).unwrap();
        assert_eq!(receipt["pid"], victim.pid());
        assert_eq!(receipt["signal"], "USR1");
        assert_eq!(receipt["scope"], "process");
        assert_eq!(receipt["verdict"], "handles");
        let inode = &receipt["inode"];
        assert!(if pidfd::has_inodes() { inode.is_u64() } else { inode.is_null() }, "{inode}");
    });
}

/// The keys in the order of the text: no value of these receipts holds a quoted word before a colon.
fn keys_of(line: &str) -> Vec<&str> {
    assert_eq!(line.lines().count(), 1);
    line.match_indices("\":").filter_map(|(end, _)| line[..end].rsplit_once('"')).map(|(_, key)| key).collect()
}

/// The very process by number and inode, as `ls -l` prints them \[S1.10\], \[S1.11\].
#[test]
fn the_inode_that_ls_prints_names_the_process() {
    alone(|| {
        let victim = Victim::start(Setup::default());
        let pid = victim.pid().to_string();
        let table = sigpost(["ls", "-l", &pid]).stdout;
        let row = table.lines().nth(1).unwrap();
        let inode = row.split_whitespace().nth(1).unwrap().to_owned();
        if inode == "-" {
            say("skipped: this kernel gives processes no inodes");
            return;
        }
        let answer = sigpost(["-USR1", &format!("{pid}:{inode}")]);
        assert_eq!((answer.code, victim.signals()), (Some(0), vec![10]), "{answer:?}");
    });
}

#[test]
fn ls_shows_what_is_caught_ignored_and_blocked() {
    alone(|| {
        let setup = Setup { ignored: Some(1), blocked: 1 << (15 - 1), ..Setup::default() };
        let victim = Victim::start(setup);
        let answer = sigpost(["ls", "--json", &victim.pid().to_string()]);
        let row: serde_json::Value = serde_json::from_str(&answer.stdout).unwrap();
        assert_eq!(row["blocks"], json!(["TERM"]));
        assert!(row["ignores"].as_array().unwrap().contains(&json!("HUP")), "{answer:?}");
        let catches = row["catches"].as_array().unwrap();
        assert!(["TERM", "RTMIN", "RTMAX"].iter().all(|name| catches.contains(&json!(name))), "{answer:?}");
        assert!(!["HUP", "KILL", "STOP"].iter().any(|name| catches.contains(&json!(name))), "{answer:?}");
    });
}

/// A broken pipe on standard output is no failure.
#[test]
fn a_reader_that_is_gone_changes_nothing() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_sigpost"));
    let output = command.arg("signals").stdout(writer).stderr(std::process::Stdio::piped()).output().unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(0), vec![]));
}
