//! Where the members are that the programs read.

use super::kernel_types::KernelTypes;

/// Offsets in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Offsets {
    pub(super) task: Task,
    pub(super) signal: SignalStruct,
    /// `struct pid`
    pub(super) pid_level: usize,
    pub(super) pid_numbers: usize,
    pub(super) number_size: usize,
    /// `struct sighand_struct`, `struct k_sigaction`
    pub(super) actions: usize,
    pub(super) action_size: usize,
    pub(super) terminal_name: usize,
    /// `struct cred`: the real user.
    pub(super) user: usize,
    /// From a task's sets of control groups to the number of its own.
    pub(super) cgroup: [usize; 3],
    /// `struct kernel_siginfo`
    pub(super) info_code: usize,
    pub(super) info_fields: usize,
}

/// `struct task_struct`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Task {
    pub(super) thread: usize,
    pub(super) process: usize,
    pub(super) comm: usize,
    pub(super) flags: usize,
    pub(super) signal: usize,
    pub(super) handlers: usize,
    pub(super) blocked: usize,
    /// What was blocked before a wait for signals began; empty otherwise.
    pub(super) blocked_before: usize,
    pub(super) traced: usize,
    pub(super) main_thread: usize,
    pub(super) exit_code: usize,
    pub(super) cgroups: usize,
    pub(super) credentials: usize,
}

/// `struct signal_struct`.
#[derive(Clone, Copy, Debug)]
pub(super) struct SignalStruct {
    pub(super) pids: usize,
    pub(super) flags: usize,
    pub(super) exit_code: usize,
    pub(super) live: usize,
    pub(super) chosen: usize,
    pub(super) terminal: usize,
}

impl Offsets {
    /// Looks them up.
    ///
    /// # Errors
    /// The name of the first that this kernel does not have.
    pub(super) fn of(types: &KernelTypes) -> Result<Self, String> {
        let offset = |structure: &str, member: &str| {
            types.offset(structure, member).ok_or_else(|| format!("{structure}.{member}"))
        };
        let size = |structure: &str| types.size(structure).ok_or_else(|| structure.to_owned());
        let task = |member| offset("task_struct", member);
        let signal = |member| offset("signal_struct", member);
        Ok(Self {
            task: Task {
                thread: task("pid")?,
                process: task("tgid")?,
                comm: task("comm")?,
                flags: task("flags")?,
                signal: task("signal")?,
                handlers: task("sighand")?,
                blocked: task("blocked")?,
                blocked_before: task("real_blocked")?,
                traced: task("ptrace")?,
                main_thread: task("group_leader")?,
                exit_code: task("exit_code")?,
                cgroups: task("cgroups")?,
                credentials: task("real_cred")?,
            },
            signal: SignalStruct {
                pids: signal("pids")?,
                flags: signal("flags")?,
                exit_code: signal("group_exit_code")?,
                live: signal("live")?,
                chosen: signal("curr_target")?,
                terminal: signal("tty")?,
            },
            pid_level: offset("pid", "level")?,
            pid_numbers: offset("pid", "numbers")? + offset("upid", "nr")?,
            number_size: size("upid")?,
            actions: offset("sighand_struct", "action")? + offset("sigaction", "sa_handler")?,
            action_size: size("k_sigaction")?,
            user: offset("cred", "uid")?,
            terminal_name: offset("tty_struct", "name")?,
            cgroup: [offset("css_set", "dfl_cgrp")?, offset("cgroup", "kn")?, offset("kernfs_node", "id")?],
            info_code: offset("kernel_siginfo", "si_code")?,
            info_fields: offset("kernel_siginfo", "_sifields")?,
        })
    }
}
