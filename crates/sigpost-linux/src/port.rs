//! Whoever listens on a port: TCP and UDP, over IPv4 and IPv6, in the caller's network namespace.
//!
//! The kernel's tables (`/proc/net/tcp` and the like) name sockets by inode; who holds a socket is found in the
//! open files of each process. Those of other users can be read by the superuser only.

use std::collections::HashSet;
use std::fs;

use crate::process::{OpenError, Process};
use crate::scan;

/// Who listens on a port.
#[derive(Debug)]
pub struct Listeners {
    /// Those found, each held by handle.
    pub processes: Vec<Process>,
    /// Whether somebody listens who could not be found: another user's process, or none (a socket of the kernel).
    pub somebody_unseen: bool,
}

/// Finds who listens on this port: TCP sockets that listen, UDP sockets that are bound to it and not connected.
///
/// # Errors
/// [`OpenError`]: `/proc` cannot be read, or more processes listen than can be held open.
pub fn listeners(port: u16) -> Result<Listeners, OpenError> {
    let mut sockets = HashSet::new();
    for (table, is_tcp) in [("tcp", true), ("tcp6", true), ("udp", false), ("udp6", false)] {
        // A kernel without IPv6 has no such table.
        let text = fs::read_to_string(format!("/proc/self/net/{table}")).unwrap_or_default();
        sockets.extend(text.lines().skip(1).filter_map(|line| listening(line, port, is_tcp)));
    }
    let mut found = HashSet::new();
    let mut processes = Vec::new();
    if sockets.is_empty() {
        return Ok(Listeners { processes, somebody_unseen: false });
    }
    for process in scan::processes()? {
        let held = sockets_of(&process, &sockets);
        if !held.is_empty() {
            found.extend(held);
            processes.push(process);
        }
    }
    let somebody_unseen = sockets.iter().any(|socket| !found.contains(socket));
    Ok(Listeners { processes, somebody_unseen })
}

/// The inode of the socket of a line, if it listens on the port. Fields: number, local address, remote address,
/// state, queues, timer, retransmissions, user, timeout, inode; addresses are `ADDRESS:PORT` in hexadecimal.
pub(crate) fn listening(line: &str, port: u16, is_tcp: bool) -> Option<u64> {
    const LISTEN: &str = "0A";
    let mut fields = line.split_ascii_whitespace().skip(1);
    let (local, remote, state) = (fields.next()?, fields.next()?, fields.next()?);
    let number = |address: &str| u16::from_str_radix(address.rsplit_once(':')?.1, 16).ok();
    let waits = if is_tcp { state == LISTEN } else { number(remote) == Some(0) };
    if number(local) != Some(port) || !waits {
        return None;
    }
    fields.nth(5)?.parse().ok().filter(|inode| *inode != 0)
}

/// Which of these sockets the process holds, read through its handle. None where that is not permitted.
fn sockets_of(process: &Process, sockets: &HashSet<u64>) -> Vec<u64> {
    let Ok(directory) = process.directory() else { return Vec::new() };
    let Ok(files) = crate::proc_files::open_directory(directory, "fd") else { return Vec::new() };
    let Ok(numbers) = crate::proc_files::numbers(std::os::fd::AsFd::as_fd(&files)) else { return Vec::new() };
    let socket = |number: &i32| {
        let link = rustix::fs::readlinkat(&files, number.to_string(), Vec::new()).ok()?;
        let inode = link.to_str().ok()?.strip_prefix("socket:[")?.strip_suffix(']')?;
        inode.parse().ok().filter(|inode| sockets.contains(inode))
    };
    numbers.iter().filter_map(socket).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sockets_that_wait_for_anybody_count() {
        let tcp = "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000 0 4711 1 0 100 0";
        assert_eq!(listening(tcp, 8080, true), Some(4711));
        assert_eq!(listening(tcp, 8081, true), None);
        assert_eq!(listening(&tcp.replace(" 0A ", " 01 "), 8080, true), None);
        let udp = " 10: 00000000:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0 0 99 2 0 0";
        assert_eq!(listening(udp, 53, false), Some(99));
        assert_eq!(listening(&udp.replace("00000000:0000 07", "0100007F:1F90 07"), 53, false), None);
        for cut in 0..tcp.len() {
            let _ = listening(&tcp[..cut], 8080, true);
        }
    }
}
