//! Changing who a process is, in a child that was forked for it.
//!
//! The kernel's calls change the *calling thread* only. They are for children of [`fork`](crate::fork), which
//! have one thread.

use rustix::io::Errno;
use rustix::process::{Gid, Uid};
use rustix::thread::{CapabilitySet, CapabilitySets};

/// Sets the real, effective and saved user IDs, and drops the supplementary groups first. A process that was the
/// superuser and is so in none of the three afterwards has lost its capabilities.
///
/// # Errors
/// EPERM: not privileged, and an ID is none of its own. EINVAL: an ID is not valid here (for one not mapped in
/// the user namespace).
pub fn set_users(real: u32, effective: u32, saved: u32) -> Result<(), Errno> {
    match rustix::thread::set_thread_groups(&[]) {
        // Without the right to, there are no privileges to lose either.
        Ok(()) | Err(Errno::PERM) => {}
        Err(errno) => return Err(errno),
    }
    rustix::thread::set_thread_res_uid(Uid::from_raw(real), Uid::from_raw(effective), Uid::from_raw(saved))
}

/// Sets the real, effective and saved group IDs alike.
///
/// # Errors
/// As [`set_users`].
pub fn set_group(group: u32) -> Result<(), Errno> {
    let group = Gid::from_raw(group);
    rustix::thread::set_thread_res_gid(group, group, group)
}

/// Becomes an ordinary user for good: groups dropped, group and user IDs all set.
///
/// # Errors
/// As [`set_users`].
pub fn drop_to(user: u32, group: u32) -> Result<(), Errno> {
    match rustix::thread::set_thread_groups(&[]) {
        Ok(()) | Err(Errno::PERM) => {}
        Err(errno) => return Err(errno),
    }
    set_group(group)?;
    set_users(user, user, user)
}

/// Gives up the right to signal anyone (`CAP_KILL`), whatever the user IDs.
///
/// # Errors
/// Those of capset(2); giving up is always allowed.
pub fn drop_kill_capability() -> Result<(), Errno> {
    let CapabilitySets { effective, permitted, inheritable } = rustix::thread::capabilities(None)?;
    let without = |set: CapabilitySet| set - CapabilitySet::KILL;
    let sets = CapabilitySets {
        effective: without(effective),
        permitted: without(permitted),
        inheritable: without(inheritable),
    };
    rustix::thread::set_capabilities(None, sets)
}
