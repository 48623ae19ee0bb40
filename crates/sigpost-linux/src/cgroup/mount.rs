//! Where the cgroups of version 2 are mounted: `/sys/fs/cgroup`, or `unified` below it beside those of version 1.

use std::fs;

/// The mount point; `None` if there is none.
pub(super) fn point() -> Option<String> {
    find(&fs::read_to_string("/proc/self/mountinfo").ok()?)
}

/// The first mount of that type. A line is `ID PARENT DEVICE ROOT POINT OPTIONS… - TYPE SOURCE OPTIONS`.
fn find(mounts: &str) -> Option<String> {
    mounts.lines().find_map(|line| {
        let (place, kind) = line.split_once(" - ")?;
        let is_cgroup2 = kind.split(' ').next() == Some("cgroup2");
        if is_cgroup2 { place.split(' ').nth(4).map(unescaped) } else { None }
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
        assert_eq!(find(mounts).as_deref(), Some("/sys/fs/cgroup/uni fied"));
        assert_eq!(find("31 23 0:28 / /sys rw - sysfs sysfs rw\n"), None);
        assert_eq!(find("- cgroup2"), None);
    }
}
