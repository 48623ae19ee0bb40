//! A group is signalled in one call: nobody escapes it by forking.

use sigpost_engine::{GroupId, Signal};
use sigpost_linux::process_group::GroupError;
use sigpost_linux::{Group, Process, Via};
use sigpost_sys::fork::say;
use sigpost_sys::missing::take_away_scopes;
use sigpost_sys::namespace::assert_inside;
use sigpost_sys::pidfd;

use crate::arena::inside;
use crate::puppet::{Puppet, group_of, join, log};
use crate::storm::{assert_nobody_survived, storm};

/// \[S0.1\]: atomically. Process 1 reaps; a survivor would go on to its last generation and write.
#[test]
fn no_child_forked_while_the_group_is_killed_escapes() {
    inside(|| {
        assert_inside();
        let leader = Puppet::start(|| join(None));
        let group = group_of(&leader);
        let reader = storm(|| join(Some(group)));
        let via = Group::open(group).unwrap().send(Signal::KILL, &[]).unwrap();
        // Before Linux 6.9 the call is another one, and the leader proves the number.
        assert_eq!(via, if pidfd::has_scopes() { Via::PidfdGroup } else { Via::Killpg });
        assert_nobody_survived(&reader);
    });
}

#[test]
fn members_are_those_of_the_group_and_held_by_handle() {
    inside(|| {
        let leader = Puppet::start(|| join(None));
        let member = Puppet::start(|| join(Some(group_of(&leader))));
        let _outsider = Puppet::start(|| join(None));
        let members = Group::open(group_of(&leader)).unwrap().members().unwrap();
        let pids: Vec<_> = members.iter().map(Process::pid).collect();
        assert_eq!(pids, [leader.pid(), member.pid()]);
    });
}

#[test]
fn without_its_leader_a_group_is_reached_by_number_and_proved_by_a_member() {
    inside(|| {
        let leader = Puppet::start(|| join(None));
        let id = group_of(&leader);
        let member = Puppet::start(|| {
            log(&[Signal::USR1]);
            join(Some(id));
        });
        leader.end();
        let group = Group::open(id).unwrap();
        assert!(group.leader().is_none());
        let held = group.members().unwrap();
        assert_eq!(group.send(Signal::USR1, &held), Ok(Via::Killpg));
        assert_eq!(member.caught().signal, 10);
        assert_eq!(group.send(Signal::USR1, &[]), Ok(Via::KillpgUnproved));
        assert_eq!(member.caught().signal, 10);
    });
}

#[test]
fn a_leader_held_since_before_it_was_reaped_still_stands_for_its_group() {
    inside(|| {
        let leader = Puppet::start(|| join(None));
        let id = group_of(&leader);
        let member = Puppet::start(|| {
            log(&[Signal::USR1]);
            join(Some(id));
        });
        if !pidfd::has_scopes() {
            return say("skipped: before Linux 6.9 no handle stands for a group");
        }
        let group = Group::open(id).unwrap();
        leader.end();
        assert_eq!(group.send(Signal::USR1, &[]), Ok(Via::PidfdGroup));
        assert_eq!(member.caught().signal, 10);
    });
}

/// A kernel before 6.9, or this one with as much taken away.
#[test]
fn where_no_handle_stands_for_a_group_its_number_does_as_long_as_it_is_proved() {
    inside(|| {
        if take_away_scopes().is_err() && pidfd::has_scopes() {
            return say("skipped: no seccomp filters here");
        }
        let leader = Puppet::start(|| join(None));
        let id = group_of(&leader);
        let member = Puppet::start(|| {
            log(&[Signal::USR1]);
            join(Some(id));
        });
        let nobodys = GroupId::new(member.pid().get()).unwrap();
        assert_eq!(Group::open(nobodys).unwrap_err(), GroupError::Empty(nobodys));
        let group = Group::open(id).unwrap();
        assert_eq!((group.probe(), group.send(Signal::CHLD, &[])), (Ok(()), Ok(Via::Killpg)));
        let held = [leader.open(), member.open()];
        leader.end();
        assert_eq!(group.send(Signal::USR1, &held), Ok(Via::Killpg));
        assert_eq!(member.caught().signal, 10);
        // Nobody says that it is not another group by now.
        let refused = group.send(Signal::USR1, &held[..1]).unwrap_err();
        assert_eq!(refused.errno(), Some(sigpost_engine::Errno::ESRCH));
        member.assert_caught_nothing_but(Signal::USR1);
    });
}

#[test]
fn an_empty_group_cannot_be_opened() {
    let nobody = GroupId::new(i32::MAX).unwrap();
    assert_eq!(Group::open(nobody).unwrap_err(), GroupError::Empty(nobody));
}
