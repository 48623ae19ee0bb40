//! starry-signal at the engine's works: reads lines `WORK THREADS CALLS` and answers each with the nanoseconds a call.

use std::hint::black_box;
use std::io::{BufRead, Write};
use std::sync::Arc;
use std::time::Instant;

use kspin::SpinNoIrq;
use starry_signal::api::{ProcessSignalManager, SignalActions, ThreadSignalManager};
use starry_signal::{SignalDisposition, SignalInfo, SignalSet, Signo};

/// A process that catches USR1, and its threads.
struct Process {
    manager: Arc<ProcessSignalManager>,
    threads: Vec<Arc<ThreadSignalManager>>,
}

impl Process {
    fn of(threads: u32) -> Self {
        let actions = Arc::new(SpinNoIrq::new(SignalActions::default()));
        let manager = Arc::new(ProcessSignalManager::new(actions, 0));
        let threads = (1..=threads).map(|tid| ThreadSignalManager::new(tid, manager.clone())).collect();
        manager.actions.lock()[Signo::SIGUSR1].disposition = SignalDisposition::Handler(handler);
        Self { manager, threads }
    }

    fn block(&self, threads: usize) {
        let mut set = SignalSet::default();
        set.add(Signo::SIGUSR1);
        for thread in &self.threads[..threads] {
            thread.set_blocked(set);
        }
    }
}

extern "C" fn handler(_: i32) {}

fn usr1() -> SignalInfo {
    SignalInfo::new_user(Signo::SIGUSR1, 0, 100)
}

/// Nanoseconds that one of so many calls takes.
fn time(calls: u32, mut call: impl FnMut()) -> f64 {
    let start = Instant::now();
    for _ in 0..calls {
        call();
    }
    start.elapsed().as_secs_f64() * 1e9 / f64::from(calls)
}

fn work(name: &str, process: &Process, calls: u32) -> Option<f64> {
    let all = !SignalSet::default();
    let last = process.threads.len() - 1;
    match name {
        "post+take" => Some(time(calls, || {
            black_box(process.manager.send_signal(usr1()));
            black_box(process.threads[0].dequeue_signal(&all));
        })),
        "last" => {
            process.block(last);
            let taken = time(calls, || {
                black_box(process.manager.send_signal(usr1()));
                black_box(process.threads[last].dequeue_signal(&all));
            });
            Some(taken)
        }
        "ignored" => {
            process.manager.actions.lock()[Signo::SIGUSR1].disposition = SignalDisposition::Ignore;
            Some(time(calls, || {
                black_box(process.manager.send_signal(usr1()));
            }))
        }
        "merges" => {
            process.block(process.threads.len());
            let _ = process.manager.send_signal(usr1());
            Some(time(calls, || {
                black_box(process.manager.send_signal(usr1()));
            }))
        }
        _ => None,
    }
}

fn main() {
    for line in std::io::stdin().lock().lines() {
        let Ok(line) = line else { return };
        let words: Vec<&str> = line.split_whitespace().collect();
        let [name, threads, calls] = words[..] else { return };
        let (Ok(threads), Ok(calls)) = (threads.parse(), calls.parse()) else { return };
        let answer = work(name, &Process::of(threads), calls).map_or_else(|| "?".to_owned(), |ns| ns.to_string());
        println!("{answer}");
        if std::io::stdout().flush().is_err() {
            return;
        }
    }
}
