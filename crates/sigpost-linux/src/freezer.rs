//! Whether a process is frozen, and by which cgroup.
//!
//! Version 1 of the cgroups has a freezer of its own, which nothing gets through, KILL included; a process that
//! version 2 has frozen is ended by a fatal signal. Source: `Documentation/admin-guide/cgroup-v1/freezer-subsystem.rst`,
//! `cgroup-v2.rst`.

use std::fs;

use crate::cgroup::mount;
use crate::process::{Process, ReadError};

/// By what a process is frozen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frozen {
    /// Which cgroups: 1 (the `freezer` hierarchy) or 2.
    pub version: u8,
    /// The directory of the cgroup that was told to freeze; the process may be in one below it.
    pub directory: String,
}

/// Where the cgroups that can freeze are mounted, found once for all processes that are asked about.
#[derive(Debug)]
pub(crate) struct Freezers {
    version_1: Option<String>,
    version_2: Option<String>,
}

impl Freezers {
    pub(crate) fn find() -> Self {
        let mounts = mount::table();
        Self { version_1: mount::of_freezer(&mounts), version_2: mount::of_version_2(&mounts) }
    }

    /// What has frozen the process; `None`: nothing, or the hierarchy is not mounted here.
    ///
    /// # Errors
    /// [`ReadError`].
    pub(crate) fn of(&self, process: &Process) -> Result<Option<Frozen>, ReadError> {
        let mut buffer = Vec::new();
        process.read("cgroup", &mut buffer)?;
        let text = String::from_utf8_lossy(&buffer);
        Ok(text.lines().find_map(|line| match freezable(line)? {
            (1, path) => of_version_1(self.version_1.as_deref()?, path),
            (_, path) => of_version_2(self.version_2.as_deref()?, path),
        }))
    }
}

/// The version of the cgroups, and the path, of a line of `/proc/PID/cgroup` whose cgroups can be frozen. A line is
/// `ID:CONTROLLERS:PATH`; version 2 is ID 0 without controllers.
pub(crate) fn freezable(line: &str) -> Option<(u8, &str)> {
    let (id, rest) = line.split_once(':')?;
    let (controllers, path) = rest.split_once(':')?;
    if id == "0" && controllers.is_empty() {
        Some((2, path))
    } else {
        controllers.split(',').any(|controller| controller == "freezer").then_some((1, path))
    }
}

fn of_version_1(mount: &str, path: &str) -> Option<Frozen> {
    let state = fs::read_to_string(format!("{mount}{path}/freezer.state")).ok()?;
    if state.trim_end() == "THAWED" {
        return None;
    }
    Some(Frozen { version: 1, directory: origin(mount, path, "freezer.self_freezing") })
}

fn of_version_2(mount: &str, path: &str) -> Option<Frozen> {
    let events = fs::read_to_string(format!("{mount}{path}/cgroup.events")).ok()?;
    if !events.lines().any(|line| line == "frozen 1") {
        return None;
    }
    Some(Frozen { version: 2, directory: origin(mount, path, "cgroup.freeze") })
}

/// The paths of the cgroups above this one, from the root down, and its own.
pub(crate) fn from_the_root(path: &str) -> impl Iterator<Item = &str> {
    let ends = path.match_indices('/').skip(1).map(|(index, _)| index).chain([path.len()]);
    ends.map(|end| &path[..end])
}

/// The cgroup nearest to the root that was told to freeze: thawing one below it does nothing.
fn origin(mount: &str, path: &str, file: &str) -> String {
    let is_told =
        |directory: &String| fs::read_to_string(format!("{directory}/{file}")).is_ok_and(|text| text.trim_end() == "1");
    let mut directories = from_the_root(path).map(|path| format!("{mount}{path}"));
    directories.find(is_told).unwrap_or_else(|| format!("{mount}{path}"))
}
