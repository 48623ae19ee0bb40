//! What of the machine belongs beside a table: the kernel's version and how many CPUs the run could use.

/// One line: Linux version, CPUs.
pub(crate) fn line() -> String {
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    // What stands behind the version names whoever built the kernel.
    let version = release.trim().split('-').next().unwrap_or_default().to_owned();
    let cpus = std::thread::available_parallelism().map_or(1, core::num::NonZero::get);
    format!("Linux {version}, {cpus} CPUs; medians, ours and the rival by turns in one run.\n")
}
