//! The engine's predictions beside what the kernel then does.

use std::os::unix::process::ExitStatusExt;

use rustix::process::{Resource, Rlimit, getpid, setrlimit, setsid};
use sigpost_engine::{Signal, Verdict, personality};
use sigpost_linux::predict::{Question, predict};
use sigpost_linux::proc_stat::State;
use sigpost_linux::send::{Addressee, Order, SendError, send};
use sigpost_linux::{Group, Outcome, Process, Receipt, Scope, Snapshot};
use sigpost_sys::credentials::{drop_kill_capability, drop_to};
use sigpost_sys::fork::fork_run;
use sigpost_sys::puppet::children::{Trace, Which, trace, wait};
use sigpost_sys::sigaction::{self, Action};

use crate::arena::{inside, inside_with_users, own_pid};
use crate::cgroup_fixture::TestCgroup;
use crate::puppet::{Puppet, block, group_of, join, log};

/// Sends for good, and returns what had been predicted.
fn sent(puppet: &Puppet, signal: Signal) -> Receipt {
    let order = Order { signal: Some(signal), ..Order::default() };
    send(&[Addressee::Process(puppet.open())], &order).unwrap().remove(0)
}

fn says(receipt: &Receipt, verdict: Verdict) {
    assert_eq!(receipt.outcome, Outcome::Verdict(verdict), "{}", receipt.reason);
}

fn state(puppet: &Puppet) -> State {
    puppet.open().stat().unwrap().state
}

fn pending(puppet: &Puppet, signal: Signal) -> bool {
    Snapshot::read(&puppet.open()).unwrap().all_pending().contains(signal)
}

#[test]
fn handles_then_its_handler_ran() {
    inside(|| {
        let puppet = Puppet::start(|| log(&[Signal::TERM]));
        says(&sent(&puppet, Signal::TERM), Verdict::Handles);
        assert_eq!(puppet.caught().signal, 15);
    });
}

#[test]
fn terminates_then_it_ended_by_that_signal() {
    inside(|| {
        for signal in [Signal::TERM, Signal::KILL, Signal::RTMIN] {
            let puppet = Puppet::start(|| ());
            says(&sent(&puppet, signal), Verdict::Terminates);
            assert_eq!(puppet.child.wait().unwrap().signal(), Some(i32::from(signal.number())));
        }
    });
}

#[test]
fn dumps_then_it_ended_by_that_signal() {
    inside(|| {
        let puppet = Puppet::start(|| {
            setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) }).unwrap();
        });
        says(&sent(&puppet, Signal::QUIT), Verdict::Dumps);
        assert_eq!(puppet.child.wait().unwrap().signal(), Some(3));
    });
}

#[test]
fn ignores_then_nothing_changed() {
    inside(|| {
        let puppet = Puppet::start(|| {
            log(&[Signal::USR2]);
            sigaction::set(15, Action::Ignore).unwrap();
        });
        for signal in [Signal::TERM, Signal::WINCH, Signal::CONT] {
            says(&sent(&puppet, signal), Verdict::Ignores);
            assert!(!pending(&puppet, signal));
        }
        puppet.assert_caught_nothing_but(Signal::USR2);
    });
}

#[test]
fn pends_then_merges_and_it_is_pending() {
    inside(|| {
        let puppet = Puppet::start(|| block(&[Signal::TERM, Signal::RTMIN]));
        says(&sent(&puppet, Signal::TERM), Verdict::Pends);
        assert!(pending(&puppet, Signal::TERM));
        says(&sent(&puppet, Signal::TERM), Verdict::Merges);
        says(&sent(&puppet, Signal::RTMIN), Verdict::Pends);
        says(&sent(&puppet, Signal::RTMIN), Verdict::Pends);
    });
}

#[test]
fn stops_defers_and_continues_as_the_wait_status_then_says() {
    inside(|| {
        for stop in [Signal::STOP, Signal::TSTP] {
            let puppet = Puppet::start(|| {
                log(&[Signal::USR1]);
                join(None);
            });
            says(&sent(&puppet, stop), Verdict::Stops);
            assert_eq!(puppet.child.wait_stopped().unwrap(), i32::from(stop.number()));
            says(&sent(&puppet, Signal::USR1), Verdict::Defers);
            assert!(pending(&puppet, Signal::USR1));
            says(&sent(&puppet, Signal::CONT), Verdict::Continues);
            puppet.child.wait_continued().unwrap();
            assert_eq!(puppet.caught().signal, 10);
        }
    });
}

#[test]
fn defers_while_its_cgroup_is_frozen_unless_the_signal_ends_it() {
    inside(|| {
        let Some(cgroup) = TestCgroup::make("ice") else { return };
        let handler = Puppet::start(|| log(&[Signal::USR1]));
        let [stopped, dumped, ended] = [(); 3].map(|()| Puppet::start(|| ()));
        for puppet in [&handler, &stopped, &dumped, &ended] {
            cgroup.take(puppet.pid().get());
        }
        std::fs::write(cgroup.0.join("cgroup.freeze"), "1").unwrap();
        cgroup.wait_until("frozen 1");
        let held = [(&handler, Signal::USR1), (&stopped, Signal::STOP), (&dumped, Signal::QUIT)];
        for (puppet, signal) in held {
            let receipt = sent(puppet, signal);
            says(&receipt, Verdict::Defers);
            assert!(receipt.reason.contains("frozen"), "{}", receipt.reason);
            assert!(pending(puppet, signal), "{signal}");
        }
        says(&sent(&handler, Signal::WINCH), Verdict::Ignores);
        says(&sent(&ended, Signal::TERM), Verdict::Terminates);
        assert_eq!(ended.child.wait().unwrap().signal(), Some(15));
        std::fs::write(cgroup.0.join("cgroup.freeze"), "0").unwrap();
        assert_eq!(handler.caught().signal, 10);
        assert_eq!(stopped.child.wait_stopped().unwrap(), 19);
        assert_eq!(dumped.child.wait().unwrap().signal(), Some(3));
        drop((handler, stopped));
    });
}

#[test]
fn a_terminal_stop_does_nothing_in_an_orphaned_group() {
    inside(|| {
        let puppet = Puppet::start(|| {
            log(&[Signal::USR2]);
            setsid().unwrap();
        });
        let receipt = sent(&puppet, Signal::TSTP);
        says(&receipt, Verdict::Ignores);
        assert!(receipt.reason.contains("orphaned"), "{}", receipt.reason);
        puppet.assert_caught_nothing_but(Signal::USR2);
        assert_ne!(state(&puppet), State::Stopped);
        says(&sent(&puppet, Signal::STOP), Verdict::Stops);
    });
}

/// Though it has a handler: its tracer is told first.
#[test]
fn traces_then_its_tracer_was_told_and_no_handler_ran() {
    inside(|| {
        let puppet = Puppet::start(|| log(&[Signal::USR1]));
        trace(Trace::Seize, puppet.child.pid(), 0).unwrap();
        let receipt = sent(&puppet, Signal::USR1);
        says(&receipt, Verdict::Traces);
        assert!(receipt.reason.contains("process 1 traces it"), "{}", receipt.reason);
        wait(puppet.child.pid(), Which::Stops, true).unwrap();
        assert_eq!(state(&puppet), State::TraceStopped);
    });
}

/// Nobody in such a group keeps it from being one: neither a member that has a handler, nor the sender.
#[test]
fn a_group_is_orphaned_for_all_that_are_in_it() {
    inside(|| {
        let leader = Puppet::start(|| {
            log(&[Signal::USR2]);
            setsid().unwrap();
        });
        let handler = Puppet::start(|| {
            log(&[Signal::TSTP]);
            join(None);
        });
        let both = [&leader, &handler].map(|puppet| Snapshot::read(&puppet.open()).unwrap());
        let own = Snapshot::of_caller().unwrap();
        let same =
            |snapshot: &Snapshot| Snapshot { group: both[0].group, session: both[0].session, ..snapshot.clone() };
        let (orphan, member) = (Snapshot { orphaned: Some(true), ..both[0].clone() }, same(&both[1]));
        let question = Question::on_linux(Scope::Process, Some(Signal::TSTP));
        for sender in [own.clone(), same(&own)] {
            let told = predict(&sender, &[&member, &orphan], &question);
            let told: Vec<Outcome> = told.iter().map(|prediction| prediction.outcome).collect();
            assert_eq!(told, [Verdict::Handles, Verdict::Ignores].map(Outcome::Verdict));
        }
    });
}

#[test]
fn accepts_then_sigwait_returned_it() {
    inside(|| {
        let puppet = Puppet::acting(|| {
            block(&[Signal::TERM]);
            || assert_eq!(sigaction::wait_for(Signal::TERM.bit()).unwrap().signal, 15)
        });
        if puppet.in_sigwait().is_none() {
            return;
        }
        says(&sent(&puppet, Signal::TERM), Verdict::Accepts);
        assert_eq!(puppet.child.wait().unwrap().code(), Some(0));
    });
}

#[test]
fn zombie_then_nothing_happened() {
    inside(|| {
        let puppet = Puppet::start(|| ());
        puppet.child.send(9).unwrap();
        puppet.child.wait_zombie().unwrap();
        let receipt = sent(&puppet, Signal::TERM);
        says(&receipt, Verdict::Zombie);
        assert!(receipt.reason.contains("its parent 1 "), "{}", receipt.reason);
        assert_eq!(puppet.child.wait().unwrap().signal(), Some(9));
    });
}

#[test]
fn process_one_is_immune_to_its_own_namespace() {
    inside(|| {
        let (gate, go) = rustix::pipe::pipe().unwrap();
        let sender = fork_run(|| {
            // Process 1 is done with the fork: some C libraries block every signal there meanwhile.
            assert_eq!(rustix::io::read(&gate, &mut [0; 1]), Ok(1));
            let one = Process::open(sigpost_engine::Pid::new(1).unwrap()).unwrap();
            for signal in [Signal::TERM, Signal::KILL, Signal::STOP] {
                let order = Order { signal: Some(signal), ..Order::default() };
                let parent = Addressee::Process(Process::open(one.pid()).unwrap());
                says(&send(&[parent], &order).unwrap()[0], Verdict::Immune);
            }
            0
        });
        rustix::io::write(&go, b"!").unwrap();
        assert_eq!(sender.unwrap().wait().unwrap().code(), Some(0));
    });
}

#[test]
fn process_one_of_an_inner_namespace_is_immune_to_term_and_not_to_kill() {
    inside(|| {
        let (ready, is_ready) = rustix::pipe::pipe().map(|(reader, writer)| (writer, reader)).unwrap();
        let outer = fork_run(|| {
            let run = sigpost_sys::namespace::in_private_pid_namespace(|| {
                rustix::io::write(&ready, b"!").unwrap();
                loop {
                    let _ = sigaction::suspend(0);
                }
            });
            run.unwrap().signal().unwrap()
        })
        .unwrap();
        rustix::io::read(&is_ready, &mut [0; 1]).unwrap();
        let inner = sigpost_linux::scan::processes()
            .unwrap()
            .find(|process| Snapshot::read(process).is_ok_and(|s| s.init == sigpost_linux::snapshot::Init::Inner));
        let inner = inner.unwrap();
        let order = |signal| Order { signal: Some(signal), ..Order::default() };
        let open = || [Addressee::Process(Process::open(inner.pid()).unwrap())];
        says(&send(&open(), &order(Signal::TERM)).unwrap()[0], Verdict::Immune);
        says(&send(&open(), &order(Signal::KILL)).unwrap()[0], Verdict::Terminates);
        assert_eq!(outer.wait().unwrap().code(), Some(9));
    });
}

#[test]
fn a_full_queue_refuses_a_value_and_loses_the_information_of_a_kill() {
    inside(|| {
        let puppet = Puppet::start(|| {
            block(&[Signal::RTMIN]);
            setrlimit(Resource::Sigpending, Rlimit { current: Some(0), maximum: Some(0) }).unwrap();
        });
        let order = Order { signal: Some(Signal::RTMIN), value: Some(7), dry_run: true, ..Order::default() };
        let to = || [Addressee::Process(puppet.open())];
        says(&send(&to(), &order).unwrap()[0], Verdict::QueueFull);
        let receipt = &send(&to(), &Order { dry_run: false, ..order }).unwrap()[0];
        says(receipt, Verdict::QueueFull);
        assert_eq!((receipt.errno, receipt.sent), (Some(11), false));
        let receipt = sent(&puppet, Signal::RTMIN);
        says(&receipt, Verdict::Pends);
        assert!(receipt.info_lost);
        assert!(pending(&puppet, Signal::RTMIN));
    });
}

/// \[S1.6\], \[S1.7\], \[S1.8\]
#[test]
fn a_predicted_refusal_is_what_the_kernel_then_says() {
    inside_with_users(|| {
        let puppet = Puppet::start(|| {
            log(&[Signal::USR2, Signal::CONT]);
            join(None);
            drop_to(3000, 3000).unwrap();
        });
        let elsewhere = Puppet::start(|| {
            setsid().unwrap();
            drop_to(3000, 3000).unwrap();
        });
        let sender = fork_run(|| {
            drop_to(1000, 1000).unwrap();
            says(&sent(&elsewhere, Signal::CONT), Verdict::Refused);
            let own = Snapshot::of_caller().unwrap();
            let other = Snapshot::read(&elsewhere.open()).unwrap();
            let question = Question::on_linux(Scope::Process, Some(Signal::CONT));
            let refused = predict(&own, &[&other], &question).remove(0);
            assert_eq!(refused.outcome, Outcome::Verdict(Verdict::Refused), "another session");
            let target = Snapshot::read(&puppet.open()).unwrap();
            let ask = |signal| predict(&own, &[&target], &Question::on_linux(Scope::Process, signal)).remove(0);
            for signal in [Some(Signal::TERM), None] {
                assert_eq!(ask(signal).outcome, Outcome::Verdict(Verdict::Refused));
            }
            assert_eq!(ask(Some(Signal::CONT)).outcome, Outcome::Verdict(Verdict::Handles), "the same session");
            let receipt = sent(&puppet, Signal::TERM);
            assert_eq!(receipt.reason, "it runs as user 3000, the sender as user 1000");
            assert_eq!((receipt.errno, receipt.sent), (Some(1), false));
            says(&sent(&puppet, Signal::CONT), Verdict::Handles);
            0
        });
        assert_eq!(sender.unwrap().wait().unwrap().code(), Some(0));
        assert_eq!(puppet.caught().signal, 18);
        puppet.assert_caught_nothing_but(Signal::USR2);
    });
}

/// \[S1.6\]
#[test]
fn root_without_the_right_to_signal_others_is_told_so() {
    inside_with_users(|| {
        let puppet = Puppet::start(|| drop_to(3000, 3000).unwrap());
        let sender = fork_run(|| {
            drop_kill_capability().unwrap();
            let own = Snapshot::of_caller().unwrap();
            let target = Snapshot::read(&puppet.open()).unwrap();
            let question = Question::on_linux(Scope::Process, Some(Signal::TERM));
            let prediction = predict(&own, &[&target], &question).remove(0);
            assert_eq!(prediction.outcome, Outcome::Verdict(Verdict::Refused));
            let receipt = sent(&puppet, Signal::TERM);
            assert_eq!((receipt.errno, receipt.reason), (Some(1), prediction.reason));
            0
        });
        assert_eq!(sender.unwrap().wait().unwrap().code(), Some(0));
    });
}

/// \[S3.6\]
#[test]
fn each_member_of_a_group_gets_its_own_verdict() {
    inside(|| {
        let leader = Puppet::start(|| {
            log(&[Signal::TERM]);
            join(None);
        });
        let id = group_of(&leader);
        let blocker = Puppet::start(|| {
            block(&[Signal::TERM]);
            join(Some(id));
        });
        let ignorer = Puppet::start(|| {
            sigaction::set(15, Action::Ignore).unwrap();
            join(Some(id));
        });
        let plain = Puppet::start(|| join(Some(id)));
        let order = Order { signal: Some(Signal::TERM), ..Order::default() };
        let receipts = send(&[Addressee::Group(Group::open(id).unwrap())], &order).unwrap();
        let verdicts: Vec<_> = receipts.iter().map(|receipt| (receipt.pid, receipt.outcome.word())).collect();
        let expected = [(&leader, "handles"), (&blocker, "pends"), (&ignorer, "ignores"), (&plain, "terminates")];
        assert_eq!(verdicts, expected.map(|(puppet, word)| (puppet.pid(), word)));
        assert_eq!((leader.caught().signal, pending(&blocker, Signal::TERM)), (15, true));
        assert_eq!(plain.child.wait().unwrap().signal(), Some(15));
    });
}

/// \[S0.2\]
#[test]
fn a_dry_run_may_ask_by_the_rules_of_another_system() {
    inside_with_users(|| {
        let mine = Puppet::start(|| {
            join(None);
            drop_to(1000, 1000).unwrap();
        });
        let id = group_of(&mine);
        let _other = Puppet::start(|| {
            join(Some(id));
            drop_to(3000, 3000).unwrap();
        });
        let sender = fork_run(|| {
            drop_to(1000, 1000).unwrap();
            let order = Order { signal: Some(Signal::TERM), rules: Some(&personality::AIXRT), ..Order::default() };
            let group = || [Addressee::Group(Group::open(id).unwrap())];
            assert_eq!(send(&group(), &order), Err(SendError::ForeignRules));
            let receipts = send(&group(), &Order { dry_run: true, ..order }).unwrap();
            let words: Vec<_> = receipts.iter().map(|receipt| receipt.outcome.word()).collect();
            assert_eq!(words, ["withheld", "EPERM"]);
            0
        });
        assert_eq!(sender.unwrap().wait().unwrap().code(), Some(0));
    });
}

#[test]
fn one_thread_that_does_not_block_it_is_enough() {
    inside(|| {
        let puppet = Puppet::acting(|| {
            log(&[Signal::TERM]);
            block(&[Signal::TERM, Signal::USR1]);
            let (ready, is_ready) = std::sync::mpsc::channel();
            std::thread::spawn(move || {
                sigaction::set_mask(sigaction::How::Unblock, Signal::TERM.bit()).unwrap();
                ready.send(()).unwrap();
                loop {
                    let _ = sigaction::suspend(Signal::USR1.bit());
                }
            });
            is_ready.recv().unwrap();
            || loop {
                let _ = sigaction::suspend(Signal::TERM.bit() | Signal::USR1.bit());
            }
        });
        says(&sent(&puppet, Signal::USR1), Verdict::Pends);
        says(&sent(&puppet, Signal::TERM), Verdict::Handles);
        assert_ne!(puppet.caught().thread, puppet.child.pid());
    });
}

/// The sender is a target as others are.
#[test]
fn a_process_may_be_asked_about_itself() {
    let own = Snapshot::read(&Process::open(own_pid()).unwrap()).unwrap();
    let question = Question::on_linux(Scope::Process, Some(Signal::KILL));
    assert_eq!(predict(&own, &[&own], &question)[0].outcome, Outcome::Verdict(Verdict::Terminates));
    assert_eq!(getpid().as_raw_nonzero().get(), own.pid.get());
}
