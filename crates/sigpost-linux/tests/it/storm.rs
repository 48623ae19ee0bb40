//! A storm: processes that fork a child and end, again and again, while something is signalled.

use std::os::fd::OwnedFd;

use rustix::pipe::{PipeFlags, pipe_with};
use sigpost_sys::fork::{Child, Forked, exit_now, fork, fork_run};
use sigpost_sys::namespace::assert_inside;

pub(crate) const HOPPERS: usize = 6;
/// More than there is time for until they are killed, however late that is.
const GENERATIONS: u32 = 200_000;

/// Forks a child and ends, again and again; the last generation writes that it was reached.
pub(crate) fn hop(done: &OwnedFd) -> i32 {
    for _ in 0..GENERATIONS {
        match fork() {
            Ok(Forked::Parent(child)) => {
                child.let_go();
                exit_now(0);
            }
            Ok(Forked::Child) => {}
            Err(_) => break,
        }
    }
    let _ = rustix::io::write(done, b"!");
    0
}

/// Hoppers that began like this. Process 1 reaps them; a survivor would go on to its last generation and write.
pub(crate) fn storm(begin: impl Fn()) -> OwnedFd {
    assert_inside();
    let (reader, writer) = pipe_with(PipeFlags::CLOEXEC).unwrap();
    let start = || {
        fork_run(|| {
            begin();
            hop(&writer)
        })
    };
    let hoppers: Vec<Child> = (0..HOPPERS).map(|_| start().unwrap()).collect();
    for child in hoppers {
        child.wait().unwrap();
    }
    reader
}

pub(crate) fn assert_nobody_survived(reader: &OwnedFd) {
    let mut bytes = [0; HOPPERS];
    assert_eq!(rustix::io::read(reader, &mut bytes), Ok(0), "a hopper outlived the signal");
}
