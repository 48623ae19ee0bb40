//! `end`, `wait`, and `send --wait`: how each target ended, and the exit status that goes with it.

use core::time::Duration;
use std::time::Instant;

use sigpost_sys::fork::{Child, fork_run};
use sigpost_sys::sigaction::{self, Action};

use crate::namespace::{Answer, alone, sigpost};
use crate::victim::{Setup, Victim, started};

fn stubborn() -> Child {
    started(|| sigaction::set(15, Action::Ignore).unwrap())
}

fn polite() -> Child {
    started(|| {})
}

/// The columns of the line that begins with this number.
fn line<'a>(answer: &'a Answer, child: &Child) -> &'a str {
    let pid = child.pid().to_string();
    let is_its = |line: &&str| line.split_whitespace().next() == Some(&pid);
    answer.stdout.lines().find(is_its).unwrap_or_else(|| panic!("{pid} has no line: {answer:?}"))
}

/// Process 1 and the command itself are not among everyone: nobody waits for them.
#[test]
fn everyone_is_ended_but_init_and_the_command() {
    alone(|| {
        let polite = polite();
        let answer = sigpost(["end", "--broadcast", "--grace", "60s"]);
        assert!(line(&answer, &polite).contains("ended by TERM"), "{answer:?}");
        assert_eq!((answer.code, answer.stdout.lines().count()), (Some(0), 1), "{answer:?}");
        let other = self::polite();
        let answer = sigpost(["send", "-KILL", "--broadcast", "--wait", "--timeout", "60s"]);
        assert!(line(&answer, &other).contains("terminates"), "{answer:?}");
        assert!(answer.code == Some(0) && !answer.stdout.contains("alive"), "{answer:?}");
    });
}

#[test]
fn each_ones_end_is_told_and_the_stubborn_are_killed() {
    alone(|| {
        let (polite, stubborn, stopped) = (polite(), stubborn(), polite());
        stopped.send(19).unwrap();
        stopped.wait_stopped().unwrap();
        let zombie = fork_run(|| 3).unwrap();
        zombie.wait_zombie().unwrap();
        let pids = [&polite, &stubborn, &stopped, &zombie].map(|child| child.pid().to_string());
        // Time enough to obey, on a machine that does much else.
        let answer = sigpost(["end", "--grace", "5s", &pids[0], &pids[1], &pids[2], &pids[3]]);
        assert_eq!(answer.code, Some(0), "{answer:?}");
        assert!(line(&answer, &polite).contains("TERM  "), "{answer:?}");
        assert!(line(&answer, &polite).contains("ended by TERM, unreaped by 1 ("), "{answer:?}");
        assert!(line(&answer, &stubborn).contains("TERM, KILL  ended by KILL, unreaped by 1 ("), "{answer:?}");
        assert!(line(&answer, &stopped).contains("ended by TERM"), "CONT lets it take the TERM: {answer:?}");
        assert!(line(&answer, &zombie).contains("exited 3, unreaped by 1 ("), "{answer:?}");
        assert_eq!(answer.stderr, "4 selected, 1 ended by KILL, 2 ended by TERM, 1 exited 3\n");
    });
}

#[test]
fn the_grace_of_many_is_over_at_once() {
    alone(|| {
        let children: Vec<Child> = (0..50).map(|_| stubborn()).collect();
        let pids: Vec<String> = children.iter().map(|child| child.pid().to_string()).collect();
        let began = Instant::now();
        let words = ["end", "--grace", "500ms"].into_iter().chain(pids.iter().map(String::as_str));
        let answer = sigpost(words);
        assert_eq!((answer.code, answer.stderr.as_str()), (Some(0), "50 selected, 50 ended by KILL\n"));
        let took = began.elapsed();
        // One after the other they would take 25 seconds.
        assert!(took >= Duration::from_millis(500) && took < Duration::from_secs(25), "{took:?}");
    });
}

#[test]
fn a_group_is_ended_with_all_its_members() {
    alone(|| {
        let leader = Victim::start(Setup { group: Some(0), ignored: Some(15), ..Setup::default() });
        let member = Victim::start(Setup { group: Some(leader.pid()), ..Setup::default() });
        // The victims log TERM, and live on.
        let answer = sigpost(["end", "--grace", "0", &format!("g:{}", leader.pid())]);
        assert_eq!((answer.code, answer.stderr.as_str()), (Some(0), "2 selected, 2 ended by KILL\n"), "{answer:?}");
        drop(member);
    });
}

#[test]
fn who_was_not_there_is_status_1_and_the_others_end() {
    alone(|| {
        let child = polite();
        let answer = sigpost(["end", "4000000", &child.pid().to_string()]);
        assert_eq!(answer.code, Some(1), "{answer:?}");
        assert!(answer.stderr.contains("no process 4000000") && line(&answer, &child).contains("ended by TERM"));
        assert_eq!(sigpost(["end", "4000000"]).code, Some(1));
    });
}

#[test]
fn another_first_signal_can_be_named_and_a_dry_run_sends_nothing() {
    alone(|| {
        let child = polite();
        let pid = child.pid().to_string();
        let answer = sigpost(["end", "-n", &pid]);
        assert!(answer.stderr.ends_with("nothing was sent\n"), "{answer:?}");
        let answer = sigpost(["end", "-INT", &pid]);
        assert!(line(&answer, &child).contains("INT  ended by INT"), "{answer:?}");
        assert_eq!(sigpost(["end", "-0", &pid]).code, Some(2));
    });
}

#[test]
fn json_tells_what_was_sent_and_how_it_ended() {
    alone(|| {
        let child = stubborn();
        let answer = sigpost(["end", "--json", "--grace=100ms", &child.pid().to_string()]);
        let told: serde_json::Value = serde_json::from_str(&answer.stdout).unwrap();
        assert_eq!(
            (&told["alive"], &told["exit"]["signal"], &told["exit"]["unreaped"]),
            (&false.into(), &"KILL".into(), &true.into())
        );
        let sent: Vec<_> = told["sent"].as_array().unwrap().iter().map(|sent| sent["signal"].clone()).collect();
        assert_eq!(sent, ["TERM", "CONT", "KILL"]);
        assert!(told["exit"]["ms"].as_u64().unwrap() >= 100, "{answer:?}");
    });
}

#[test]
fn wait_tells_how_it_ended_and_124_if_it_did_not() {
    alone(|| {
        let child = polite();
        let pid = child.pid().to_string();
        let answer = sigpost(["wait", "--timeout", "50ms", &pid]);
        assert_eq!(answer.code, Some(124), "{answer:?}");
        assert!(line(&answer, &child).contains("alive") && answer.stderr.contains(&format!("sigpost why {pid}")));
        child.send(10).unwrap();
        let answer = sigpost(["wait", &pid]);
        assert_eq!(answer.code, Some(0), "{answer:?}");
        assert!(line(&answer, &child).contains("ended by USR1, unreaped by 1"), "{answer:?}");
        assert_eq!(sigpost(["wait", "4000000"]).code, Some(1));
        assert_eq!(sigpost(["wait"]).code, Some(2));
    });
}

#[test]
fn a_send_that_waits_says_how_it_ended() {
    alone(|| {
        let child = polite();
        let answer = sigpost(["send", "-w", &child.pid().to_string()]);
        assert_eq!(answer.code, Some(0), "{answer:?}");
        let lines: Vec<&str> = answer.stdout.lines().collect();
        assert!(lines[0].contains("TERM  terminates") && lines[1].contains("TERM  ended by TERM"), "{answer:?}");
        let child = polite();
        let answer = sigpost(["send", "--json", "-w", "-USR1", &child.pid().to_string()]);
        let told: serde_json::Value = serde_json::from_str(&answer.stdout).unwrap();
        let [verdict, evidence, signal] = [&told["verdict"], &told["evidence"], &told["exit"]["signal"]];
        assert_eq!([verdict, evidence, signal], ["terminates", "observed", "USR1"]);
    });
}

#[test]
fn what_is_sent_then_goes_to_those_that_are_alive_then() {
    alone(|| {
        let (polite, stubborn) = (polite(), stubborn());
        let pids = [&polite, &stubborn].map(|child| child.pid().to_string());
        let answer = sigpost(["send", "--then", "INT@100ms", "--then", "KILL@20s", &pids[0], &pids[1]]);
        assert_eq!(answer.code, Some(0), "{answer:?}");
        let last = answer.stdout.lines().last().unwrap();
        assert!(last.contains("TERM, INT  ended by INT"), "{answer:?}");
        let stubborn = self::stubborn();
        let answer = sigpost(["send", "--timeout", "50ms", &stubborn.pid().to_string()]);
        assert_eq!(answer.code, Some(124), "{answer:?}");
        assert!(answer.stdout.lines().last().unwrap().contains("TERM  alive"), "{answer:?}");
        let answer = sigpost(["send", "-q", "--timeout", "50ms", &stubborn.pid().to_string()]);
        assert_eq!((answer.code, answer.stdout.as_str(), answer.stderr.as_str()), (Some(124), "", ""));
    });
}

#[test]
fn a_time_that_is_none_is_refused_before_anything_is_sent() {
    alone(|| {
        let victim = Victim::start(Setup::default());
        let pid = victim.pid().to_string();
        for words in [
            &["end", "--grace", "soon", &pid][..],
            &["end", "--all-or-none", &pid],
            &["send", "--timeout", "-1", &pid],
            &["send", "--then", "KILL", &pid],
            &["send", "--then", "KLIL@5s", &pid],
        ] {
            let answer = sigpost(words.iter().copied());
            assert_eq!((answer.code, answer.stderr.lines().count()), (Some(2), 1), "{answer:?}");
        }
        assert_eq!(victim.signals(), crate::victim::NONE);
    });
}
