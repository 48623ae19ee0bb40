//! Sessions, trees and cgroups: whom they reach, by which way, and who is told to have escaped.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;

use sigpost_sys::fork::{Child, fork_run, say};
use sigpost_sys::namespace::assert_inside;
use sigpost_sys::sigaction::{self, Action};

use crate::cgroup_fixture::TestCgroup;
use crate::namespace::{alone, sigpost};
use crate::victim::{NONE, Setup, Victim};

const USR1: i32 = 10;

/// A process with children, which leads a session of its own. It ignores USR1; its children log it.
struct Nest {
    child: Child,
    line: UnixStream,
    pids: Vec<i32>,
}

impl Nest {
    /// The children are set up like this; `orphan` adds a grandchild whose parent has ended.
    fn start<const N: usize>(children: [Setup; N], orphan: bool) -> Self {
        assert_inside();
        let (mut line, mut its_line) = UnixStream::pair().unwrap();
        let child = fork_run(|| {
            rustix::process::setsid().unwrap();
            sigaction::set(USR1, Action::Ignore).unwrap();
            let victims = children.map(Victim::start);
            if orphan {
                let between = fork_run(|| {
                    let last = fork_run(|| {
                        loop {
                            let _ = sigaction::suspend(0);
                        }
                    });
                    last.unwrap().let_go();
                    0
                });
                between.unwrap().wait().unwrap();
            }
            for victim in &victims {
                its_line.write_all(&victim.pid().to_ne_bytes()).unwrap();
            }
            while its_line.read(&mut [0]).is_ok_and(|count| count == 1) {
                for victim in &victims {
                    its_line.write_all(&[u8::try_from(victim.signals().len()).unwrap()]).unwrap();
                }
            }
            0
        })
        .unwrap();
        let pids = (0..N).map(|_| {
            let mut pid = [0; 4];
            line.read_exact(&mut pid).unwrap();
            i32::from_ne_bytes(pid)
        });
        let pids = pids.collect();
        Self { child, line, pids }
    }

    fn pid(&self) -> i32 {
        self.child.pid()
    }

    /// How many signals each child has got since it was last asked.
    fn counts(&mut self) -> Vec<u8> {
        self.line.write_all(&[1]).unwrap();
        let mut counts = vec![0; self.pids.len()];
        self.line.read_exact(&mut counts).unwrap();
        counts
    }
}

fn in_own_group() -> Setup {
    Setup { group: Some(0), ..Setup::default() }
}

fn json(answer: &str, key: &str) -> Vec<String> {
    let value = |line: &str| {
        let rest = line.split_once(&format!("\"{key}\":")).unwrap().1;
        rest.split([',', '}']).next().unwrap().trim_matches('"').to_owned()
    };
    answer.lines().map(value).collect()
}

/// Every group of a session gets the signal, each in one call, each member once; another session does not.
#[test]
fn a_session_is_reached_group_by_group() {
    alone(|| {
        let mut nest = Nest::start([Setup::default(), in_own_group(), in_own_group()], false);
        let outside = Victim::start(Setup { session: true, ..Setup::default() });
        let target = format!("s:{}", nest.pid());
        let answer = sigpost(["send", "--json", "-USR1", &target]);
        assert_eq!((answer.code, answer.stdout.lines().count()), (Some(0), 4), "{answer:?}");
        assert_eq!(json(&answer.stdout, "scope"), ["session"; 4]);
        // Before Linux 6.9 by their numbers, which their leaders prove.
        let via = if sigpost_sys::pidfd::has_scopes() { "pidfd-group" } else { "killpg" };
        assert_eq!(json(&answer.stdout, "via"), [via; 4]);
        assert_eq!((nest.counts(), outside.signals()), (vec![1, 1, 1], vec![]));
        // A member, and a group, that are named besides get it with their session, once.
        let (member, group) = (nest.pids[0].to_string(), format!("g:{}", nest.pids[1]));
        let answer = sigpost(["send", "-USR1", &member, &group, &target]);
        assert_eq!((answer.code, nest.counts()), (Some(0), vec![1, 1, 1]), "{answer:?}");
        let answer = sigpost(["send", "-q", "-USR1", &target]);
        assert_eq!((answer.code, nest.counts()), (Some(0), vec![1, 1, 1]), "{answer:?}");
        let answer = sigpost(["explain", "-USR1", &target]);
        assert_eq!((answer.code, nest.counts()), (Some(0), vec![0, 0, 0]), "{answer:?}");
        assert_eq!(answer.stdout.lines().count(), 4, "{answer:?}");
    });
}

#[test]
fn a_session_that_holds_the_command_is_declined_unless_it_is_meant() {
    alone(|| {
        let inside = fork_run(|| {
            let session = rustix::process::setsid().unwrap().as_raw_nonzero().get();
            let other = Victim::start(in_own_group());
            let target = format!("s:{session}");
            let answer = sigpost(["send", "-URG", &target]);
            assert_eq!(answer.code, Some(2), "{answer:?}");
            assert!(answer.stderr.contains("holds sigpost itself") && answer.stderr.contains("--include-self"));
            assert_eq!(other.signals(), NONE);
            let answer = sigpost(["send", "-URG", "--include-self", &target]);
            assert_eq!((answer.code, other.signals().len()), (Some(0), 1), "{answer:?}");
            0
        });
        assert_eq!(inside.unwrap().wait().unwrap().code(), Some(0));
    });
}

/// A tree is its root and all descendants, whatever session they are in, parents first, each once.
#[test]
fn a_tree_is_reached_across_sessions_and_nobody_gets_it_twice() {
    alone(|| {
        let elsewhere = Setup { session: true, ..Setup::default() };
        let mut nest = Nest::start([Setup::default(), elsewhere], false);
        let outside = Victim::start(Setup::default());
        let target = format!("t:{}", nest.pid());
        let child = format!("t:{}", nest.pids[0]);
        let answer = sigpost(["send", "--json", "-USR1", &target, &child, &nest.pids[1].to_string()]);
        assert_eq!(answer.code, Some(0), "{answer:?}");
        let mut pids = json(&answer.stdout, "pid");
        pids.sort_unstable();
        let mut expected: Vec<String> = [nest.pid(), nest.pids[0], nest.pids[1]].map(|pid| pid.to_string()).to_vec();
        expected.sort_unstable();
        assert_eq!(pids, expected, "{answer:?}");
        assert_eq!((nest.counts(), outside.signals()), (vec![1, 1], vec![]));
        let answer = sigpost(["send", "--json", "-USR1", &target]);
        assert_eq!(json(&answer.stdout, "scope"), ["tree"; 3], "{answer:?}");
        assert_eq!(json(&answer.stdout, "via"), ["handle"; 3], "{answer:?}");
        assert_eq!(json(&answer.stdout, "pid")[0], nest.pid().to_string(), "parents first");
        assert_eq!(nest.counts(), [1, 1]);
        assert_eq!(sigpost(["ls", &target]).stdout.lines().count(), 4);
    });
}

/// A descendant whose parent has ended is nobody's child any more: it gets nothing, and that is told.
#[test]
fn who_came_out_of_a_tree_is_told_and_not_signalled() {
    alone(|| {
        let mut nest = Nest::start([Setup::default()], true);
        let target = format!("t:{}", nest.pid());
        let answer = sigpost(["send", "-USR1", &target]);
        assert_eq!((answer.code, nest.counts()), (Some(64), vec![1]), "{answer:?}");
        let way_out = format!("g:{} reaches it", nest.pid());
        let escaped: Vec<&str> = answer.stdout.lines().filter(|line| line.contains("escaped")).collect();
        assert!(escaped.len() == 1 && escaped[0].contains(&way_out), "{answer:?}");
        assert_eq!(answer.stderr, "3 selected, 1 handles, 1 ignores, 1 escaped\n");
    });
}

#[test]
fn a_tree_that_holds_the_command_is_declined_unless_it_is_said_aloud() {
    alone(|| {
        let outside = Victim::start(Setup::default());
        let inside = fork_run(|| {
            let below = Victim::start(in_own_group());
            let target = format!("t:{}", std::process::id());
            let answer = sigpost(["send", "-URG", &target]);
            assert_eq!((answer.code, below.signals().len()), (Some(2), 0), "{answer:?}");
            assert!(answer.stderr.contains("holds sigpost itself") && answer.stderr.contains("--broadcast"));
            // Said aloud: everyone in it but sigpost's own line.
            let answer = sigpost(["send", "-URG", "--broadcast", &target]);
            assert_eq!((answer.code, answer.stdout.lines().count()), (Some(0), 1), "{answer:?}");
            assert_eq!(below.signals().len(), 1);
            0
        });
        assert_eq!(inside.unwrap().wait().unwrap().code(), Some(0));
        assert_eq!(outside.signals(), NONE);
        let answer = sigpost(["send", "-URG", "--broadcast", "t:1"]);
        assert_eq!((answer.code, outside.signals().len()), (Some(0), 1), "{answer:?}");
    });
}

/// A group by its leader's number and inode is that group, and another inode is nobody's.
#[test]
fn a_group_is_named_by_its_very_leader() {
    alone(|| {
        let victim = Victim::start(in_own_group());
        let listed = sigpost(["ls", "--json", &victim.pid().to_string()]);
        let inode = json(&listed.stdout, "inode").remove(0);
        if inode == "null" {
            say("skipped: this kernel gives processes no inodes");
            return;
        }
        let target = format!("g:{}:{inode}", victim.pid());
        let answer = sigpost(["-USR1", &target]);
        assert_eq!((answer.code, victim.signals()), (Some(0), vec![USR1]), "{answer:?}");
        let answer = sigpost(["-USR1", &format!("g:{}:1", victim.pid())]);
        assert_eq!((answer.code, victim.signals()), (Some(1), vec![]), "{answer:?}");
        assert_eq!(answer.stderr.lines().count(), 1, "{answer:?}");
    });
}

fn target(cgroup: &TestCgroup) -> String {
    format!("c:{}", cgroup.path())
}

#[test]
fn a_cgroup_is_reached_while_it_is_frozen_and_runs_again_afterwards() {
    alone(|| {
        let Some(cgroup) = TestCgroup::make("frozen") else { return };
        let (members, outside) = ([in_own_group(), in_own_group()].map(Victim::start), Victim::start(in_own_group()));
        for member in &members {
            cgroup.take(member.pid());
        }
        let answer = sigpost(["send", "--json", "-USR1", &target(&cgroup)]);
        assert_eq!(answer.code, Some(0), "{answer:?}");
        assert_eq!(json(&answer.stdout, "scope"), ["cgroup"; 2], "{answer:?}");
        assert_eq!(json(&answer.stdout, "via"), ["cgroup.freeze"; 2], "{answer:?}");
        // They answer, so they run.
        assert_eq!((members.each_ref().map(Victim::signals), outside.signals()), ([vec![USR1], vec![USR1]], vec![]));
        let answer = sigpost(["send", "--atomic", "-USR1", &target(&cgroup), &members[0].pid().to_string()]);
        assert_eq!((answer.code, members.each_ref().map(Victim::signals)), (Some(0), [vec![USR1], vec![USR1]]));
        let answer = sigpost(["explain", "-KILL", &target(&cgroup)]);
        assert_eq!((answer.code, answer.stdout.lines().count()), (Some(0), 2), "{answer:?}");
        let answer = sigpost(["ls", &target(&cgroup)]);
        assert_eq!(answer.stdout.lines().count(), 3, "{answer:?}");
        drop(members);
        let answer = sigpost(["send", &target(&cgroup)]);
        assert_eq!((answer.code, answer.stderr.lines().count()), (Some(1), 1), "{answer:?}");
        assert!(answer.stderr.contains("no process is in cgroup"), "{answer:?}");
    });
}

#[test]
fn a_cgroup_is_killed_in_one_call_with_those_below_it() {
    alone(|| {
        let Some(cgroup) = TestCgroup::make("killed") else { return };
        let below = TestCgroup(cgroup.0.join("below"));
        fs::create_dir(&below.0).unwrap();
        let members = [in_own_group(), in_own_group()].map(Victim::start);
        cgroup.take(members[0].pid());
        below.take(members[1].pid());
        let answer = sigpost(["send", "--json", "-KILL", &target(&cgroup)]);
        assert_eq!(answer.code, Some(0), "{answer:?}");
        assert_eq!(json(&answer.stdout, "via"), ["cgroup.kill"; 2], "{answer:?}");
        assert_eq!(members.each_ref().map(Victim::is_alive), [false, false]);
        drop(members);
    });
}

#[test]
fn a_cgroup_that_holds_the_command_is_declined_whatever_is_said() {
    alone(|| {
        let Some(cgroup) = TestCgroup::make("own") else { return };
        let below = TestCgroup(cgroup.0.join("below"));
        fs::create_dir(&below.0).unwrap();
        let bystander = Victim::start(in_own_group());
        cgroup.take(bystander.pid());
        let target = target(&cgroup);
        for place in [&cgroup, &below] {
            let inside = fork_run(|| {
                place.take(std::process::id().cast_signed());
                for signal in ["-USR1", "-KILL"] {
                    let answer = sigpost(["send", signal, "--include-self", &target]);
                    assert_eq!((answer.code, answer.stderr.lines().count()), (Some(2), 1), "{answer:?}");
                    assert!(answer.stderr.contains("holds sigpost itself"), "{answer:?}");
                }
                0
            });
            assert_eq!(inside.unwrap().wait().unwrap().code(), Some(0));
        }
        assert_eq!(bystander.signals(), NONE);
        drop(bystander);
    });
}
