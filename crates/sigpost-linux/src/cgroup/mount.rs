//! Where the cgroups of version 2 are mounted: `/sys/fs/cgroup`, or `unified` below it beside those of version 1.

use std::fs;

/// The mount point; `None` if there is none.
pub(crate) fn point() -> Option<String> {
    of_version_2(&table())
}

/// What is mounted where the caller can see it; nothing where `/proc` does not tell.
pub(crate) fn table() -> String {
    fs::read_to_string("/proc/self/mountinfo").unwrap_or_default()
}

/// The mount point among these; `None` if there is none.
pub(crate) fn of_version_2(mounts: &str) -> Option<String> {
    find(mounts, "cgroup2", "")
}

/// The mount point of the freezer of version 1 among these; `None` if there is none.
pub(crate) fn of_freezer(mounts: &str) -> Option<String> {
    find(mounts, "cgroup", "freezer")
}

/// The first mount of that type with that option (if any is named). A line is `ID PARENT DEVICE ROOT POINT OPTIONS… -
/// TYPE SOURCE OPTIONS`.
fn find(mounts: &str, wanted: &str, option: &str) -> Option<String> {
    mounts.lines().find_map(|line| {
        let (place, kind) = line.split_once(" - ")?;
        let mut words = kind.split(' ');
        let is_wanted = words.next() == Some(wanted)
            && (option.is_empty() || words.nth(1)?.split(',').any(|other| other == option));
        if is_wanted { place.split(' ').nth(4).map(unescaped) } else { None }
    })
}

/// The kernel writes space, tab, newline and backslash as three octal digits.
fn unescaped(text: &str) -> String {
    let escapes = [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")];
    escapes.iter().fold(text.to_owned(), |text, (escape, plain)| text.replace(escape, plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mount_of_version_2_is_found_beside_those_of_version_1() {
        let mounts = "\
31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
37 31 0:34 / /sys/fs/cgroup/freezer rw,relatime - cgroup cgroup rw,freezer
41 31 0:38 / /sys/fs/cgroup/uni\\040fied rw,relatime shared:9 - cgroup2 cgroup2 rw
";
        assert_eq!(find(mounts, "cgroup2", "").as_deref(), Some("/sys/fs/cgroup/uni fied"));
        assert_eq!(find(mounts, "cgroup", "freezer").as_deref(), Some("/sys/fs/cgroup/freezer"));
        assert_eq!(find(mounts, "cgroup", "cpu"), None);
        assert_eq!(find("31 23 0:28 / /sys rw - sysfs sysfs rw\n", "cgroup2", ""), None);
        assert_eq!(find("- cgroup2", "cgroup2", ""), None);
    }
}
