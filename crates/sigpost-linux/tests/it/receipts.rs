//! The whole way: a receipt for every target.

use sigpost_engine::{Errno, Signal, Verdict};
use sigpost_linux::send::{Addressee, Order, SendError, send};
use sigpost_linux::{Evidence, Group, Outcome, Receipt, Via};
use sigpost_sys::credentials::drop_to;
use sigpost_sys::fork::fork_run;
use sigpost_sys::namespace::assert_inside;
use sigpost_sys::pidfd;

use crate::arena::{inside, inside_with_users};
use crate::puppet::{Puppet, group_of, join, log};

fn order(signal: Signal) -> Order {
    Order { signal: Some(signal), ..Order::default() }
}

fn of<'a>(receipts: &'a [Receipt], puppet: &Puppet) -> &'a Receipt {
    receipts.iter().find(|receipt| receipt.pid == puppet.pid()).unwrap()
}

/// \[S3.6\]
#[test]
fn every_member_of_a_group_has_a_receipt_and_the_refused_one_says_so() {
    inside_with_users(|| {
        let mine = Puppet::start(|| {
            log(&[Signal::USR1]);
            join(None);
            drop_to(1000, 1000).unwrap();
        });
        let group = group_of(&mine);
        let other = Puppet::start(|| {
            log(&[Signal::USR1]);
            join(Some(group));
            drop_to(3000, 3000).unwrap();
        });
        let sender = fork_run(|| {
            drop_to(1000, 1000).unwrap();
            let group = Addressee::Group(Group::open(group).unwrap());
            let receipts = send(&[group], &order(Signal::USR1)).unwrap();
            assert_eq!(receipts.len(), 2);
            let (mine, other) = (of(&receipts, &mine), of(&receipts, &other));
            // Before Linux 6.9 by its number, which the leader proves.
            let via = if pidfd::has_scopes() { Via::PidfdGroup } else { Via::Killpg };
            assert_eq!((mine.via, mine.sent, mine.errno), (Some(via), true, None));
            assert_eq!(other.outcome, Outcome::Verdict(Verdict::Refused));
            assert_eq!((other.evidence, other.sent), (Evidence::Confirmed, false));
            assert_eq!(other.errno, Some(Errno::EPERM.number()));
            0
        });
        assert_eq!(sender.unwrap().wait().unwrap().code(), Some(0));
        assert_eq!(mine.caught().signal, 10);
    });
}

/// \[S1.8\]: the null signal alone would call these members refused.
#[test]
fn a_member_that_cont_reached_within_the_session_is_not_called_refused() {
    inside_with_users(|| {
        let other = Puppet::start(|| {
            log(&[Signal::CONT]);
            join(None);
            drop_to(3000, 3000).unwrap();
        });
        let group = group_of(&other);
        let sender = fork_run(|| {
            drop_to(1000, 1000).unwrap();
            let receipts = send(&[Addressee::Group(Group::open(group).unwrap())], &order(Signal::CONT)).unwrap();
            assert_eq!((receipts[0].sent, receipts[0].errno), (true, None));
            0
        });
        assert_eq!(sender.unwrap().wait().unwrap().code(), Some(0));
        assert_eq!(other.caught().signal, 18);
    });
}

#[test]
fn a_dry_run_sends_nothing() {
    inside(|| {
        let puppet = Puppet::start(|| log(&[Signal::USR1, Signal::USR2]));
        let order = Order { dry_run: true, inodes: true, ..order(Signal::USR1) };
        let receipts = send(&[Addressee::Process(puppet.open())], &order).unwrap();
        assert_eq!((receipts[0].sent, receipts[0].via, receipts[0].pid), (false, None, puppet.pid()));
        assert_eq!(receipts[0].inode, puppet.open().inode().unwrap());
        puppet.assert_caught_nothing_but(Signal::USR2);
    });
}

#[test]
fn a_target_that_is_gone_by_then_is_esrch_and_the_others_are_served() {
    inside(|| {
        let (first, second) = (Puppet::start(|| log(&[Signal::USR1])), Puppet::start(|| log(&[Signal::USR1])));
        let addressees = [Addressee::Process(first.open()), Addressee::Process(second.open())];
        first.end();
        let receipts = send(&addressees, &order(Signal::USR1)).unwrap();
        assert_eq!((receipts[0].outcome, receipts[0].sent), (Outcome::Gone, false));
        assert!(receipts[1].sent);
        assert_eq!(second.caught().signal, 10);
    });
}

#[test]
fn the_null_signal_is_probed_and_confirmed() {
    inside(|| {
        let puppet = Puppet::start(|| log(&[Signal::USR2]));
        let receipts = send(&[Addressee::Process(puppet.open())], &Order::default()).unwrap();
        assert_eq!(receipts[0].outcome, Outcome::Verdict(Verdict::Probed));
        assert_eq!((receipts[0].evidence, receipts[0].sent), (Evidence::Confirmed, false));
        puppet.assert_caught_nothing_but(Signal::USR2);
    });
}

#[test]
fn a_value_cannot_be_sent_to_a_group_and_nothing_is_sent_instead() {
    inside(|| {
        let puppet = Puppet::start(|| {
            log(&[Signal::USR1, Signal::USR2]);
            join(None);
        });
        let addressees = [Addressee::Process(puppet.open()), Addressee::Group(Group::open(group_of(&puppet)).unwrap())];
        let order = Order { value: Some(1), ..order(Signal::USR1) };
        assert_eq!(send(&addressees, &order), Err(SendError::ValueToGroup));
        puppet.assert_caught_nothing_but(Signal::USR2);
    });
}

/// \[S1.4\], \[S3.6\]
#[test]
fn everyone_but_process_one_and_the_sender_has_a_receipt_of_a_broadcast() {
    inside(|| {
        let (one, two) = (Puppet::start(|| log(&[Signal::USR1])), Puppet::start(|| log(&[Signal::USR1])));
        assert_inside();
        let receipts = send(&[Addressee::Everyone], &order(Signal::USR1)).unwrap();
        let pids: Vec<_> = receipts.iter().map(|receipt| receipt.pid).collect();
        assert_eq!(pids, [one.pid(), two.pid()]);
        assert!(receipts.iter().all(|receipt| receipt.sent && receipt.via == Some(Via::Everyone)));
        assert_eq!((one.caught().signal, two.caught().signal), (10, 10));
    });
}
