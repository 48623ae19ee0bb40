//! kill, killpg and raise inside a signal handler, from several threads, and under cancellation.

use std::sync::Barrier;

use sigpost_engine::{Errno, GroupId, Pid, Signal};
use sigpost_linux::kill::{kill, killpg, probe, raise};
use sigpost_linux::{Process, Target};
use sigpost_sys::allocations;
use sigpost_sys::cancellation::cancel_in_loop;
use sigpost_sys::sigaction::run_in_handler;

use crate::arena::own_pid;

const URG: i32 = 23;

fn nobody() -> Target {
    Target::Process(Pid::new(i32::MAX).unwrap())
}

/// \[S3.9\]: AS-Safe. WINCH and URG do nothing by default: nobody is harmed.
#[test]
fn inside_a_handler_the_whole_family_works_and_allocates_nothing() {
    let own = Target::Process(own_pid());
    let mut allocated = 1;
    let mut results = [None; 5];
    run_in_handler(URG, &mut || {
        let before = allocations::so_far();
        results[0] = Some(kill(own, Signal::WINCH));
        results[1] = Some(raise(Signal::WINCH));
        results[2] = Some(probe(own));
        results[3] = Some(kill(nobody(), Signal::TERM));
        results[4] = Some(killpg(GroupId::new(i32::MAX).unwrap(), Signal::TERM));
        allocated = allocations::so_far() - before;
    })
    .unwrap();
    assert_eq!(allocated, 0);
    assert!(results[..3].iter().all(|result| *result == Some(Ok(()))), "{results:?}");
    for refused in &results[3..] {
        assert_eq!(refused.unwrap().unwrap_err().errno(), Some(Errno::ESRCH));
    }
}

/// \[S3.9\]
#[test]
fn an_open_handle_sends_from_a_handler_without_allocating() {
    let process = Process::open(own_pid()).unwrap();
    let mut allocated = 1;
    // WINCH to the own process may be taken by any thread of the test binary; it does nothing by default.
    run_in_handler(URG, &mut || {
        let before = allocations::so_far();
        process.send(Signal::WINCH).unwrap();
        process.probe().unwrap();
        allocated = allocations::so_far() - before;
    })
    .unwrap();
    assert_eq!(allocated, 0);
}

/// \[S3.9\]: the handler's interrupted code still finds its own `errno`.
#[test]
fn a_refused_send_in_a_handler_leaves_errno_as_it_was() {
    assert!(std::fs::File::open("/nonexistent").is_err());
    let before = std::io::Error::last_os_error().raw_os_error();
    let mut after = None;
    run_in_handler(URG, &mut || {
        let _ = kill(nobody(), Signal::TERM);
        after = std::io::Error::last_os_error().raw_os_error();
    })
    .unwrap();
    assert_eq!(after, before);
}

/// \[S3.9\]: MT-Safe.
#[test]
fn several_threads_send_at_once() {
    const THREADS: usize = 8;
    let (start, own) = (Barrier::new(THREADS), Target::Process(own_pid()));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                start.wait();
                for _ in 0..1000 {
                    kill(own, Signal::WINCH).unwrap();
                    raise(Signal::WINCH).unwrap();
                    assert_eq!(kill(nobody(), Signal::TERM).unwrap_err().errno(), Some(Errno::ESRCH));
                }
            });
        }
    });
}

/// \[S3.9\]: AC-Safe.
#[test]
fn a_thread_cancelled_in_a_loop_of_sends_leaves_nothing_held() {
    fn send() {
        assert!(kill(Target::Process(own_pid()), Signal::WINCH).is_ok());
        assert!(raise(Signal::WINCH).is_ok());
        assert!(kill(nobody(), Signal::TERM).is_err());
    }
    for _ in 0..20 {
        assert!(cancel_in_loop(send, 100).unwrap() >= 100);
        send();
    }
}
