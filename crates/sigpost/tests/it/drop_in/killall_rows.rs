//! `killall`, beside psmisc's.

use super::row::{Row, Tool, better, compare, own_words, same};

pub(crate) const PSMISC: Tool = Tool { name: "killall", heading: "killall of psmisc", places: &["/usr/bin/killall"] };

pub(crate) const ROWS: &[Row] = &[
    same("<name>", &["-USR1", "quill"]),
    same("<name>", &["-USR1", "quill", "plume"]),
    same("<name>", &["-USR1", "quill", "nosuchname"]),
    same("<name>", &["nosuchname"]),
    same("<name>", &["-CONT", "{sleep-file}", "-v"]),
    same("<name>", &["/nosuch/file"]),
    own_words("<name>", &[]),
    same("-e, --exact", &["-USR1", "-e", "abcdefghijklmno"]),
    same("-e, --exact", &["-USR1", "-e", "-v", "abcdefghijklmnopqrst"]),
    same("-e, --exact", &["-USR1", "abcdefghijklmnopqrst"]),
    same("-e, --exact", &["-USR1", "-ve", "nosuchname"]),
    same("-I, --ignore-case", &["-USR1", "-I", "QUILL"]),
    same("-I, --ignore-case", &["-USR1", "--ignore-case", "Plume"]),
    same("-g, --process-group", &["-USR1", "-g", "-v", "quill"]),
    better("-g, --process-group", &["-CONT", "-g", "sleep"], 0, "", Some("")),
    same("-i, --interactive", &["-USR1", "-i", "quill"]).reads("y\nn\n"),
    same("-i, --interactive", &["-i", "quill"]).reads("\nx\ny\n"),
    same("-i, --interactive", &["-USR1", "-i", "-g", "quill"]).reads("yes\n"),
    same("-i, --interactive", &["-USR1", "-i", "quill"]),
    same("-l, --list", &["-l"]),
    same("-n, --ns", &["-USR1", "-n", "{a}", "quill"]),
    own_words("-n, --ns", &["-USR1", "-n", "x", "quill"]),
    better("-n, --ns", &["-USR1", "-n", "4000000", "quill"], 1, "", Some("")),
    same("-o, --older-than", &["-USR1", "-o", "1y", "quill"]),
    better("-o, --older-than", &["-0", "-v", "-o", "0.0001s", "quill$", "-r"], 0, "", Some("")),
    own_words("-o, --older-than", &["-USR1", "-o", "5", "quill"]),
    same("-q, --quiet", &["-q", "nosuchname"]),
    same("-r, --regexp", &["-USR1", "-r", "^qu.ll"]),
    same("-r, --regexp", &["-USR1", "-r", "-I", "^QU.LL$", "nosuch"]),
    same("-r, --regexp", &["-r", "("]),
    same("-s, --signal", &["-s", "USR1", "quill"]),
    same("-s, --signal", &["--signal", "SIGUSR2", "quill"]),
    same("-s, --signal", &["-SIGUSR1", "quill"]),
    same("-s, --signal", &["quill", "-12"]),
    same("-s, --signal", &["-INT", "quill"]),
    same("-s, --signal", &["-VTALRM", "quill"]),
    same("-s, --signal", &["-FOO", "quill"]),
    same("-s, --signal", &["-s", "foo", "quill"]),
    better("-s, --signal", &["-RTMIN+1", "quill"], 0, "ab", Some("")),
    same("-u, --user", &["-USR1", "-u", "root", "quill"]),
    same("-u, --user", &["-USR1", "-u", "nosuchuser", "quill"]),
    same("-v, --verbose", &["-USR1", "-v", "quill"]),
    same("-v, --verbose", &["-0", "-verbose", "plume"]),
    own_words("-V, --version", &["-V"]),
    same("-y, --younger-than", &["-USR1", "-y", "1y", "quill"]),
    better("-y, --younger-than", &["-USR1", "-y", "1.5y", "quill"], 0, "ab", Some("")),
    better("-Z, --context", &["-CONT", "-Z", "nosuchcontext"], 1, "", Some("")),
    own_words("-Z, --context", &["-Z", "("]),
    own_words("other options", &["-x", "quill"]),
];

#[test]
fn killall_does_what_the_one_of_psmisc_does() {
    compare(&PSMISC, ROWS);
}
