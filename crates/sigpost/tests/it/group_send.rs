//! Sends to groups: one call, a receipt for every member.

use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use sigpost_sys::fork::say;
use sigpost_sys::namespace::assert_inside;

use crate::namespace::{Answer, alone, sigpost};
use crate::victim::{NONE, Setup, Victim};

pub(crate) const NOBODY: u32 = 65534;

/// A group whose leader is the first.
fn family<const N: usize>(users: [Option<u32>; N]) -> [Victim; N] {
    let mut leader = 0;
    users.map(|user| {
        let victim = Victim::start(Setup { group: Some(leader), user, ..Setup::default() });
        if leader == 0 {
            leader = victim.pid();
        }
        victim
    })
}

/// Has the namespace give out 65 and above from now on.
fn use_up_small_numbers() {
    for _ in 0..65 {
        sigpost_sys::fork::fork_run(|| 0).unwrap().wait().unwrap();
    }
}

/// Whether there is such a user here: in a user namespace of an ordinary user's there is not.
pub(crate) fn nobody_is_known() -> bool {
    let tried =
        sigpost_sys::fork::fork_run(|| i32::from(sigpost_sys::credentials::set_users(NOBODY, NOBODY, NOBODY).is_err()));
    let known = tried.unwrap().wait().unwrap().success();
    if !known {
        say(&format!("skipped: user {NOBODY} is not mapped here"));
    }
    known
}

/// The command, run as nobody: a copy of it that nobody may execute.
pub(crate) fn sigpost_as_nobody(words: &[&str]) -> Answer {
    assert_inside();
    let folder = std::env::temp_dir().join(format!("sigpost-as-nobody-{}", crate::namespace::number()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).unwrap();
    let copy = folder.join("sigpost");
    std::fs::copy(env!("CARGO_BIN_EXE_sigpost"), &copy).unwrap();
    std::fs::set_permissions(&copy, std::fs::Permissions::from_mode(0o755)).unwrap();
    let output = Command::new(&copy).args(words).uid(NOBODY).gid(NOBODY).output();
    std::fs::remove_dir_all(&folder).unwrap();
    output.unwrap().into()
}

/// \[S0.1\], \[S1.3\], \[S3.6\], \[S3.8\]: every member gets it once and has its receipt, in both spellings.
#[test]
fn every_member_gets_the_signal_once_and_has_a_receipt() {
    alone(|| {
        use_up_small_numbers();
        let members = family([None, None, None]);
        let outsider = Victim::start(Setup::default());
        let leader = members[0].pid();
        assert!(leader > 64, "below that a number after a dash is a signal");
        for target in [format!("g:{leader}"), format!("-{leader}")] {
            let answer = sigpost(["-USR1", &target]);
            assert_eq!(answer.code, Some(0), "{answer:?}");
            let named: Vec<i32> =
                answer.stdout.lines().map(|line| line.split_whitespace().next().unwrap().parse().unwrap()).collect();
            assert_eq!(named, members.each_ref().map(Victim::pid));
            assert_eq!(answer.stderr, "3 selected, 3 handles\n");
            assert!(members.iter().all(|member| member.signals() == [10]));
        }
        assert_eq!(outsider.signals(), NONE);
    });
}

/// \[S0.1\]: quiet or not, targets that overlap are one crowd. A queued signal would count each send.
#[test]
fn quiet_signals_nobody_twice_where_targets_overlap() {
    alone(|| {
        let leader = Victim::start(Setup { session: true, ..Setup::default() });
        let pid = leader.pid();
        let scopes = [format!("g:{pid}"), format!("s:{pid}"), format!("t:{pid}")];
        let answer = sigpost(["send", "-q", "-RTMIN"].into_iter().chain(scopes.iter().map(String::as_str)));
        assert_eq!((answer.code, answer.stdout.as_str(), answer.stderr.as_str()), (Some(0), "", ""));
        assert_eq!(leader.signals(), [34]);
    });
}

/// \[S0.1\]: a member that is named as well gets it with its group, once.
#[test]
fn a_member_that_is_named_too_gets_it_once() {
    alone(|| {
        let members = family([None, None]);
        let [leader, second] = members.each_ref().map(Victim::pid);
        let answer = sigpost(["-USR1", &second.to_string(), &format!("g:{leader}")]);
        assert_eq!((answer.code, answer.stdout.lines().count()), (Some(0), 2), "{answer:?}");
        assert!(members.iter().all(|member| member.signals() == [10]));
    });
}

/// \[S1.6\], \[S3.5\], \[S3.6\]: the call succeeds if one member could be sent to; the receipts say who refused.
#[test]
fn a_refused_member_is_named_and_the_status_is_64() {
    alone(|| {
        if !nobody_is_known() {
            return;
        }
        let members = family([Some(NOBODY), None, Some(NOBODY)]);
        let [first, roots, third] = members.each_ref().map(Victim::pid);
        let answer = sigpost_as_nobody(&["send", "-USR1", &format!("g:{first}")]);
        assert_eq!(answer.code, Some(64), "{answer:?}");
        let lines: Vec<Vec<&str>> = answer.stdout.lines().map(|line| line.split_whitespace().collect()).collect();
        let verdicts: Vec<_> = lines.iter().map(|line| (line[0], line[3])).collect();
        let pids = [first, roots, third].map(|pid| pid.to_string());
        assert_eq!(verdicts, [(&*pids[0], "handles"), (&*pids[1], "EPERM"), (&*pids[2], "handles")], "{answer:?}");
        assert_eq!(answer.stderr, "3 selected, 2 handles, 1 refused (EPERM)\n");
        assert_eq!(members.each_ref().map(Victim::signals), [vec![10], vec![], vec![10]]);
    });
}

/// \[S1.6\]: where every member refuses, the status is 4 and nobody gets anything.
#[test]
fn a_group_that_refuses_altogether_is_status_4() {
    alone(|| {
        if !nobody_is_known() {
            return;
        }
        let members = family([None, None]);
        let target = format!("g:{}", members[0].pid());
        for words in [&["send", "-USR1", &target][..], &["send", "-q", "-USR1", &target]] {
            let answer = sigpost_as_nobody(words);
            assert_eq!(answer.code, Some(4), "{answer:?}");
        }
        assert!(members.iter().all(|member| member.signals().is_empty()));
    });
}

/// \[S0.2\] as a tool: one member would refuse, so nobody gets it.
#[test]
fn all_or_none_sends_nothing_when_one_would_refuse() {
    alone(|| {
        if !nobody_is_known() {
            return;
        }
        let members = family([Some(NOBODY), None]);
        let target = format!("g:{}", members[0].pid());
        let answer = sigpost_as_nobody(&["send", "--all-or-none", "-USR1", &target]);
        assert_eq!(answer.code, Some(4), "{answer:?}");
        assert!(answer.stdout.contains("withheld") && answer.stdout.contains("EPERM"), "{answer:?}");
        assert!(members.iter().all(|member| member.signals().is_empty()));
        let answer = sigpost(["send", "--all-or-none", "-USR1", &target]);
        assert_eq!(answer.code, Some(0), "{answer:?}");
        assert!(members.iter().all(|member| member.signals() == [10]));
    });
}

/// A group outlives its leader: the way is then the group's number, proved by a member held by handle.
#[test]
fn a_group_whose_leader_is_gone_is_reached_and_the_way_is_told() {
    alone(|| {
        let [leader, member] = family([None, None]);
        let group = leader.pid();
        drop(leader);
        let answer = sigpost(["send", "-v", "-USR1", &format!("g:{group}")]);
        assert_eq!(answer.code, Some(0), "{answer:?}");
        assert!(answer.stdout.contains("via killpg ") && answer.stdout.lines().count() == 1, "{answer:?}");
        assert_eq!(member.signals(), [10]);
        assert_eq!(sigpost(["send", "-q", "-USR1", &format!("g:{group}")]).code, Some(0));
        assert_eq!(member.signals(), [10]);
    });
}

/// \[S1.4\]: everyone but process 1 and the command itself, and only when it is said.
#[test]
fn broadcast_reaches_everyone_in_the_namespace() {
    alone(|| {
        if !nobody_is_known() {
            return;
        }
        let members = family([None, Some(NOBODY)]);
        let answer = sigpost(["-USR1", "--broadcast"]);
        assert_eq!(answer.code, Some(0), "{answer:?}");
        assert_eq!(answer.stdout.lines().count(), 2, "{answer:?}");
        assert!(members.iter().all(|member| member.signals() == [10]));
        let answer = sigpost(["explain", "-KILL", "--broadcast"]);
        assert!(answer.stderr.ends_with("nothing was sent\n"), "{answer:?}");
        assert!(members.iter().all(Victim::is_alive));
    });
}

/// \[S0.2\], \[S0.7\]: by AIX/RT's rules one member that refuses keeps the signal from all; told, never sent.
#[test]
fn another_systems_rules_can_be_asked_for() {
    alone(|| {
        if !nobody_is_known() {
            return;
        }
        let members = family([Some(NOBODY), None]);
        let target = format!("g:{}", members[0].pid());
        let answer = sigpost_as_nobody(&["explain", "--rules", "aixrt", "-USR1", &target]);
        assert_eq!(answer.code, Some(4), "{answer:?}");
        assert_eq!(
            answer.stderr, "2 selected by the rules of aixrt, 1 withheld, 1 refused (EPERM); nothing was sent\n",
            "{answer:?}"
        );
        let answer = sigpost(["send", "--rules", "aixrt", "-USR1", &target]);
        assert_eq!(answer.code, Some(2), "{answer:?}");
        assert!(members.iter().all(|member| member.signals().is_empty()));
    });
}
