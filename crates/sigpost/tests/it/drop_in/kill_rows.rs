//! `kill`, beside procps-ng's and util-linux's.

use super::row::{Row, Tool, better, compare, own_words, same};

pub(crate) const PROCPS: Tool =
    Tool { name: "kill", heading: "kill of procps-ng", places: &["/bin/kill", "/usr/bin/kill", "procps/kill"] };

pub(crate) const UTIL_LINUX: Tool = Tool { name: "kill", heading: "kill of util-linux", places: &["kill"] };

pub(crate) const PROCPS_ROWS: &[Row] = &[
    same("<pid> [...]", &["{a}", "{b}"]),
    same("<pid> [...]", &["-0", "4000000"]),
    same("<pid> [...]", &["-USR1", " {a}"]),
    own_words("<pid> [...]", &[]),
    own_words("<pid> [...]", &["-USR1", "x{a}"]),
    same("-<signal>", &["-USR1", "{a}"]),
    same("-<signal>", &["-10", "{a}"]),
    same("-<signal>", &["-SIGUSR1", "{a}"]),
    same("-<signal>", &["{a}", "-USR2"]),
    same("-<signal>", &["-0", "{a}"]),
    same("-<signal>", &["-RTMIN+1", "{a}"]),
    own_words("-<signal>", &["-FOO", "{a}"]),
    same("-s, --signal", &["-s", "USR2", "{a}"]),
    same("-s, --signal", &["-sUSR2", "{a}"]),
    same("-s, --signal", &["--signal=12", "{a}"]),
    same("-s, --signal", &["--signal", "SIGHUP", "{a}", "{b}"]),
    same("-q, --queue", &["-q", "42", "-USR1", "{a}"]),
    same("-q, --queue", &["--queue=-7", "-s", "USR1", "{a}"]),
    own_words("-q, --queue", &["-q", "x", "-USR1", "{a}"]),
    same("-l, --list", &["-l", "9"]),
    same("-l, --list", &["-l", "HUP"]),
    same("-l, --list", &["-lSIGHUP"]),
    same("-l, --list", &["-l1"]),
    same("-l, --list", &["--list=11"]),
    better("-l, --list", &["-l", "143"], 0, "", Some("TERM\n")),
    better("-l, --list", &["-l", "34"], 0, "", Some("RT0\n")),
    better("-l, --list", &["-l", "FOO"], 1, "", Some("")),
    better("-l, --list", &["-l"], 0, "", None),
    better("-L, --table", &["-L"], 0, "", None),
    same("-PGID", &["-USR1", "--", "-{a}"]),
    better("-PGID", &["-CONT", "-{a}"], 0, "ab", Some("")),
    better("-PGID", &["-CONT", "-99999"], 1, "", Some("")),
    same("-1", &["-CONT", "--", "-1"]),
    better("-1", &["-CONT", "-1"], 0, "abcpl", Some("")),
    same("0", &["-CONT", "0"]),
    better("several targets", &["-USR1", "{a}", "4000000", "{b}"], 64, "ab", Some("")),
    own_words("-h, --help", &["--help"]),
    own_words("-V, --version", &["--version"]),
];

pub(crate) const UTIL_LINUX_ROWS: &[Row] = &[
    same("<pid>", &["{a}", "{b}"]),
    own_words("<pid>", &["-0", "4000000"]),
    own_words("<pid>", &[]),
    same("0", &["-CONT", "0"]),
    same("-1", &["-CONT", "--", "-1"]),
    same("-1", &["-CONT", "-1"]),
    same("-PGID", &["-USR1", "-{a}"]),
    same("-PGID", &["-USR1", "--", "-{a}"]),
    same("-PGID", &["-s", "USR1", "-{a}"]),
    same("-PGID", &["-99999"]),
    same("<pid>:<pidfd_inode>", &["-USR1", "{a}:{inode}"]).needs("ino>"),
    same("<pid>:<pidfd_inode>", &["-s", "USR1", "{a}:{inode}"]).needs("ino>"),
    own_words("<pid>:<pidfd_inode>", &["-USR1", "{a}:1"]).needs("ino>"),
    same("<name>", &["-USR1", "quill"]),
    same("<name>", &["nosuchname"]),
    same("-<signal>", &["-USR1", "{a}"]),
    same("-<signal>", &["-SIGUSR1", "{a}"]),
    same("-<signal>", &["-64", "{a}"]),
    same("-<signal>", &["-RT1", "{a}"]),
    same("-<signal>", &["-RTMAX-1", "{a}"]),
    same("-<signal>", &["-FOO", "{a}"]),
    same("-s, --signal", &["-s", "usr2", "{a}"]),
    same("-s, --signal", &["--signal", "12", "{a}"]),
    own_words("-s, --signal", &["-s", "FOO", "{a}"]),
    same("-l, --list", &["-l", "9"]),
    same("-l, --list", &["-l", "137"]),
    same("-l, --list", &["-l", "34"]),
    same("-l, --list", &["--list=15"]),
    same("-l, --list", &["-l=15"]),
    own_words("-l, --list", &["-l", "FOO"]),
    better("-l, --list", &["-l", "29"], 0, "", Some("POLL\n")),
    better("-l, --list", &["-l", "HUP"], 0, "", Some("1\n")),
    better("-l, --list", &["-l"], 0, "", None),
    same("-l, --list 0x<sigmask>", &["-l", "0x4002"]).needs("mask"),
    same("-l, --list 0x<sigmask>", &["--list=0x0000000000000001"]).needs("mask"),
    same("-L, --table", &["-L"]).needs("mask"),
    same("-a, --all", &["-USR1", "quills"]),
    same("-a, --all", &["-a", "-USR1", "quills"]),
    same("-p, --pid", &["-p", "quill"]),
    same("-p, --pid", &["--pid", "{a}", "{p}"]),
    same("-p, --pid", &["-p", "-9", "{a}"]),
    same("-r, --require-handler", &["-r", "-USR1", "{a}"]),
    same("-r, --require-handler", &["-r", "--verbose", "-USR1", "{sleep}"]),
    better("-r, --require-handler", &["-r", "-s", "RTMIN+1", "{a}"], 0, "a", Some("")),
    same("--verbose", &["--verbose", "-USR1", "{p}", "quill"]),
    same("-q, --queue", &["-q", "42", "-USR1", "{a}"]),
    own_words("-q, --queue", &["-q", "x", "-USR1", "{a}"]),
    same("--timeout", &["--timeout", "20", "USR2", "-s", "USR1", "{a}"]),
    same("--timeout", &["--verbose", "--timeout", "20", "USR2", "--timeout", "20", "TERM", "-s", "USR1", "{a}"]),
    own_words("--timeout", &["--timeout", "x", "USR2", "{a}"]),
    better("--timeout", &["--timeout", "20", "USR2", "-s", "USR1", "4000000", "{a}"], 64, "a", Some("")),
    better(
        "--timeout",
        &["--verbose", "--timeout", "20", "USR2", "-s", "USR1", "{a}", "{p}"],
        0,
        "ap",
        Some(
            "sending signal 10 to pid {a}\nsending signal 10 to pid {p}\n\
             timeout, sending signal 12 to pid {a}\ntimeout, sending signal 12 to pid {p}\n",
        ),
    ),
    better("--timeout", &["-q", "42", "--timeout", "20", "USR2", "-s", "USR1", "{a}"], 0, "a", Some("")),
    own_words("-d, --show-process-state", &["-d", "{a}"]),
    same("-d, --show-process-state", &["-d={sleep}"]),
    own_words("-d, --show-process-state", &["-d", "4000000"]),
    own_words("several targets", &["-USR1", "{a}", "4000000", "{b}"]),
    own_words("-h, --help", &["--help"]),
    own_words("-V, --version", &["--version"]),
];

#[test]
fn kill_does_what_the_one_of_procps_does() {
    compare(&PROCPS, PROCPS_ROWS);
}

#[test]
fn kill_does_what_the_one_of_util_linux_does() {
    compare(&UTIL_LINUX, UTIL_LINUX_ROWS);
}
