//! `--help` of `pgrep`, `pkill` and `pidwait`.

use crate::names::Name;

/// The text.
pub(super) fn text(name: Name) -> String {
    let word = name.word();
    let own = match name {
        Name::Pgrep => PGREP,
        Name::Pkill => PKILL,
        _ => PIDWAIT,
    };
    format!("\nUsage:\n {word} [options] <pattern>\n\nOptions:\n{own}{COMMON}\nFor more details see pgrep(1).\n")
}

const PGREP: &str = " \
-d, --delimiter <string>  what stands between two PIDs, instead of a newline
 -l, --list-name           the name as well as the PID
 -a, --list-full           the command line as well as the PID
 -Q, --shell-quote         names and command lines as a shell would read them
 -v, --inverse             everyone but those that match
 -w, --lightweight         threads, not processes
     --quiet               print nothing: the exit status tells
";

const PKILL: &str = " \
-<sig>                    the signal, by name or number, instead of TERM
 -q, --queue <value>       an integer that goes with the signal
 -e, --echo                print who was signalled
 -m, --mrelease            have the kernel give back the memory of those that end
";

const PIDWAIT: &str = " \
-e, --echo                print who is waited for
 -v, --inverse             everyone but those that match
 -w, --lightweight         match threads; their processes are waited for
";

const COMMON: &str = " \
-c, --count               print how many match
 -f, --full                match the command line, not the name
 -g, --pgroup <PGID,...>   in one of these process groups; 0: the own one
 -G, --group <GID,...>     with one of these real group IDs
 -H, --require-handler     catches the signal
 -i, --ignore-case         capitals or not
 -n, --newest              only the one that started last
 -o, --oldest              only the one that started first
 -O, --older <seconds>     started at least so long ago
 -p, --pid <PID,...>       one of these
 -P, --parent <PPID,...>   a child of one of these
 -s, --session <SID,...>   in one of these sessions; 0: the own one
     --signal <sig>        the signal, by name or number
 -t, --terminal <tty,...>  with one of these controlling terminals
 -u, --euid <ID,...>       with one of these effective users
 -U, --uid <ID,...>        with one of these real users
 -x, --exact               the pattern matches the whole name, or command line
 -F, --pidfile <file>      the one in this pid file; -: in standard input
 -L, --logpidfile          fail if nobody holds a lock on the pid file
 -r, --runstates <state>   in one of these states: D,R,S,Z,...
 -A, --ignore-ancestors    none of what this was started from
     --cgroup <grp,...>    in one of these cgroups of version 2
     --env <name[=val],...>
                           started with one of these variables
     --ns <PID>            in the same namespaces as this process
     --nslist <ns,...>     of which only these count: ipc, mnt, net, pid, user, uts

 -h, --help                this help
 -V, --version             the version
";
