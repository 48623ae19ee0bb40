//! `why`: what holds a signal back, on processes that were really brought into each state; and `tree`.

use sigpost_sys::fork::{Child, fork_run};
use sigpost_sys::puppet::children::{Trace, trace};

use crate::namespace::{Answer, alone, sigpost};
use crate::victim::{Setup, Victim, started};

fn why(pid: i32) -> Answer {
    let answer = sigpost(["why", &pid.to_string()]);
    assert_eq!((answer.code, answer.stderr.as_str()), (Some(0), ""), "{answer:?}");
    answer
}

/// Fails unless each part is in the answer.
fn says(answer: &Answer, parts: &[&str]) {
    for part in parts {
        assert!(answer.stdout.contains(part), "it does not say `{part}`:\n{}", answer.stdout);
    }
}

fn stopped() -> Child {
    let child = started(|| {});
    child.send(19).unwrap();
    child.wait_stopped().unwrap();
    child
}

#[test]
fn what_blocks_ignores_and_catches_is_told_with_what_would_end_it() {
    alone(|| {
        let victim = Victim::start(Setup { blocked: 1 << 14, ignored: Some(1), ..Setup::default() });
        let pid = victim.pid();
        says(&why(pid), &["blocks   of those that would end it, TERM: its only thread"]);
        says(
            &why(pid),
            &["ignores  of those that would end it, HUP: ", "catches  of those that would end it, all but"],
        );
        says(&why(pid), &[&format!("KILL at once, which cannot be caught, blocked or ignored: sigpost -KILL {pid}")]);
        sigpost(["send", "-q", &pid.to_string()]);
        says(&why(pid), &["pending  TERM was sent and waits until a thread unblocks what it blocks."]);
    });
}

#[test]
fn a_stopped_and_a_traced_one_are_told() {
    alone(|| {
        let child = stopped();
        child.send(15).unwrap();
        let pid = child.pid();
        says(&why(pid), &["stopped  it is stopped", "until it continues (CONT)", &format!("sigpost -CONT {pid}")]);
        let victim = Victim::start(Setup::default());
        trace(Trace::Seize, victim.pid(), 0).unwrap();
        says(&why(victim.pid()), &["traced   1 (", "decides whether it arrives"]);
    });
}

#[test]
fn a_zombie_names_the_parent_that_has_to_reap_it() {
    alone(|| {
        let child = fork_run(|| 3).unwrap();
        child.wait_zombie().unwrap();
        says(
            &why(child.pid()),
            &["it has ended (exited 3)", "its parent 1 (", "ends it  only that 1 (", "`sigpost why 1`"],
        );
    });
}

#[test]
fn process_one_is_told_and_one_that_nothing_holds() {
    alone(|| {
        says(&why(1), &["init     it is process 1 of this PID namespace", "KILL from outside"]);
        let free = fork_run(|| {
            for signal in [1, 2, 3, 7, 11, 13, 15] {
                sigpost_sys::sigaction::set(signal, sigpost_sys::sigaction::Action::Default).unwrap();
            }
            sigpost_sys::sigaction::log_to(rustix::io::dup(rustix::stdio::stdin()).unwrap());
            rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::STOP).unwrap();
            loop {
                let _ = sigpost_sys::sigaction::suspend(0);
            }
        })
        .unwrap();
        free.wait_stopped().unwrap();
        free.send(18).unwrap();
        free.wait_continued().unwrap();
        says(&why(free.pid()), &["holds    nothing", &format!("sigpost -TERM {}", free.pid())]);
    });
}

#[test]
fn nobody_to_ask_about_is_status_1() {
    alone(|| {
        let answer = sigpost(["why", "4000000"]);
        assert_eq!((answer.code, answer.stdout.as_str()), (Some(1), ""), "{answer:?}");
        assert!(answer.stderr.contains("no process 4000000"));
        assert_eq!(sigpost(["why"]).code, Some(2));
    });
}

#[test]
fn json_has_the_same_sentences() {
    alone(|| {
        let child = stopped();
        let answer = sigpost(["why", "--json", &child.pid().to_string()]);
        let told: serde_json::Value = serde_json::from_str(&answer.stdout).unwrap();
        assert_eq!(told["holds"][0]["hold"], "stopped");
        assert!(told["frees"].as_array().unwrap().iter().any(|way| way.as_str().unwrap().starts_with("CONT")));
    });
}

/// \[S1.3\], \[S3.1\]: sessions, groups, members, with what they do about signals.
#[test]
fn the_tree_shows_sessions_groups_and_dispositions() {
    alone(|| {
        let leader = Victim::start(Setup { group: Some(0), ignored: Some(1), blocked: 1 << 14, ..Setup::default() });
        let member =
            Victim::start(Setup { group: Some(leader.pid()), name: Some(c"\x1b[31m守护"), ..Setup::default() });
        let answer = sigpost(["tree", &leader.pid().to_string()]);
        assert_eq!(answer.code, Some(0), "{answer:?}");
        let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let lines: Vec<Vec<String>> = answer.stdout.lines().map(words).collect();
        let place = lines.iter().position(|line| *line == ["group", &leader.pid().to_string()]).unwrap();
        assert!(lines[..place].contains(&vec!["session".to_owned(), "1".to_owned()]), "{answer:?}");
        let [first, second] = [&lines[place + 1], &lines[place + 2]];
        assert_eq!(first[0], leader.pid().to_string());
        assert_eq!(first[first.len() - 5..], ["i", "c", "c", "cb", "c"], "{answer:?}");
        assert_eq!(
            (second[0].clone(), second[1].as_str()),
            (member.pid().to_string(), "\\u{1b}[31m守护"),
            "{answer:?}"
        );
        assert_eq!(sigpost(["tree", "4000000"]).code, Some(1));
        assert!(sigpost(["tree"]).stdout.contains("守护"));
    });
}
