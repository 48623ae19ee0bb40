//! What must not send: one clear line on standard error, the right status, and no signal to anyone.

use crate::namespace::{Answer, alone, sigpost};
use crate::victim::{NONE, Setup, Victim};

/// A command line, its exit status, and what its one line must name: the thing and the way out.
type Case = (&'static [&'static str], i32, &'static [&'static str]);

const CASES: [Case; 114] = [
    (&[], 2, &["no verb and no target", "sigpost --help"]),
    (&["send"], 2, &["no target", "g:1234", "--broadcast"]),
    (&["-9"], 2, &["no target after the signal KILL"]),
    (&["-1"], 2, &["no target after the signal HUP", "--broadcast"]),
    (&["send", "-1"], 2, &["no target after the signal HUP", "--broadcast"]),
    (&["0"], 2, &["target 0", "own process group", "g:NUMBER"]),
    (&["-TERM", "0"], 2, &["target 0", "g:NUMBER"]),
    (&["-TERM", "-1"], 2, &["target -1", "every process", "--broadcast"]),
    (&["send", "--", "-1"], 2, &["target -1", "every process", "--broadcast"]),
    (&["send", "--", "-0"], 2, &["target -0", "own process group"]),
    (&["--", "-0"], 2, &["target -0", "own process group"]),
    (&[""], 2, &["empty target", "unset variable"]),
    (&["send", ""], 2, &["empty target", "unset variable"]),
    (&["send", "n:"], 2, &["n:", "unset variable"]),
    (&["12x"], 2, &["12x is not a process number", "n:12x"]),
    (&["send", "12x"], 2, &["12x is not a process number", "n:12x"]),
    (&["99999999999"], 2, &["99999999999 is too large", "4194304"]),
    (&["g:0"], 2, &["g:0 is no process group"]),
    (&["g:1"], 2, &["g:1", "--allow-init"]),
    (&["g:-5"], 2, &["g:-5 is no process group", "g:1234"]),
    (&["-9", "g:99999999999"], 2, &["99999999999 is too large for a group number"]),
    (&["1"], 2, &["target 1 is init", "--allow-init"]),
    (&["-KILL", "1"], 2, &["target 1 is init", "--allow-init"]),
    (&["-65", "VICTIM"], 2, &["65 is no signal", "1 to 64"]),
    (&["-265", "VICTIM"], 2, &["265 is no signal", "1 to 64"]),
    (&["send", "-s", "265", "VICTIM"], 2, &["265 is no signal", "1 to 64"]),
    (&["-s", "65", "VICTIM"], 2, &["65 is no signal"]),
    (&["-TREM", "VICTIM"], 2, &["`TREM` is no signal", "did you mean TERM"]),
    (&["-NOSUCH", "VICTIM"], 2, &["`NOSUCH` is no signal", "sigpost signals"]),
    (&["-term", "VICTIM"], 2, &["`term` is no signal", "in capitals: TERM"]),
    (&["-TERM", "-9", "VICTIM"], 2, &["-9 is a second signal after -TERM", "g:9"]),
    (&["expalin", "VICTIM"], 2, &["no verb `expalin`", "did you mean `explain`?", "sigpost send expalin"]),
    (&["TERM", "VICTIM"], 2, &["no verb `TERM`", "-TERM"]),
    (&["send", "KILL", "VICTIM"], 2, &["KILL is a signal, not a target", "-KILL", "n:KILL"]),
    (&["VICTIM", "it"], 2, &["it: without a verb", "sigpost send it"]),
    (&["-TERM", "send", "VICTIM"], 2, &["the verb comes first"]),
    (&["send", "s:0"], 2, &["s:0 is no session", "from 1"]),
    (&["send", "s:"], 2, &["s: is no session", "s:1234"]),
    (&["send", "s:-5"], 2, &["s:-5 is no session"]),
    (&["send", "s:1"], 2, &["s:1", "init", "--allow-init"]),
    (&["send", "t:0"], 2, &["t:0 is no process"]),
    (&["send", "t:x"], 2, &["t:x names no process", "t:1234"]),
    (&["send", "t:1"], 2, &["t:1 is everyone below init", "--broadcast"]),
    (&["-KILL", "t:1"], 2, &["t:1 is everyone below init", "--broadcast"]),
    (&["send", "c:/"], 2, &["c:/ is the root of all cgroups", "--broadcast"]),
    (&["send", "c://"], 2, &["root of all cgroups", "--broadcast"]),
    (&["send", "c:/a/../.."], 2, &["c:/a/../.. is no cgroup"]),
    (&["send", "c:a"], 2, &["c:a is no cgroup", "begins with /"]),
    (&["send", ":0"], 2, &[":0 is no port", "65535"]),
    (&["send", ":http"], 2, &[":http is no port", ":8080"]),
    (&["send", "/.*/"], 2, &["/.*/ matches the empty string", "--broadcast"]),
    (&["send", "-e", "x?"], 2, &["/x?/ matches the empty string", "--broadcast"]),
    (&["send", "-x", "-e", "x*"], 2, &["matches the empty string", "--broadcast"]),
    (&["send", "-e", ""], 2, &["an empty regular expression", "unset variable"]),
    (&["send", "//"], 2, &["an empty regular expression", "unset variable"]),
    (&["send", "-e", "("], 2, &["/(/ is no regular expression", "unclosed group"]),
    (&["send", "-e", "a)(b", "-x"], 2, &["/a)(b/ is no regular expression"]),
    (&["send", "-f", "it"], 2, &["-f is for regular expressions", "-e RE"]),
    (&["send", "-i", "VICTIM"], 2, &["-i is for names and regular expressions"]),
    (&["send", "--inverse"], 2, &["--inverse selects everyone but some", "--broadcast"]),
    (&["send", "--inverse", "it"], 2, &["--inverse selects everyone but some", "--broadcast"]),
    (&["send", "--inverse", "-u", "12345"], 2, &["--inverse selects everyone but some", "--broadcast"]),
    (&["send", "--inverse", "VICTIM"], 2, &["--inverse is for names, patterns and filters"]),
    (&["send", "--newest"], 2, &["--newest and --oldest choose"]),
    (&["send", "--newest", "--oldest", "it"], 2, &["exclude each other"]),
    (&["send", "-u", ""], 2, &["-u: there is no user ``"]),
    (&["send", "-u", "nosuchuser"], 2, &["there is no user `nosuchuser`"]),
    (&["send", "-G", "nosuchgroup"], 2, &["there is no group of users `nosuchgroup`"]),
    (&["send", "-P", "0"], 2, &["-P takes numbers from 1 up, not `0`"]),
    (&["send", "-P", ""], 2, &["-P takes numbers from 1 up, not ``"]),
    (&["send", "-g", "0"], 2, &["-g takes numbers from 1 up, not `0`"]),
    (&["send", "-g", "5,x"], 2, &["-g takes numbers from 1 up, not `x`"]),
    (&["send", "--session", "0"], 2, &["--session takes numbers from 1 up"]),
    (&["send", "-t", "nosuchtty"], 2, &["`nosuchtty` is no terminal"]),
    (&["send", "-O", "soon", "it"], 2, &["-O does not take `soon`"]),
    (&["send", "--runstates", "Q", "it"], 2, &["`Q` is no state"]),
    (&["send", "--cgroup", "a", "it"], 2, &["--cgroup takes paths that begin with /"]),
    (&["send", "--ns", "x", "it"], 2, &["--ns takes the number of a process"]),
    (&["send", "--env", "=x", "it"], 2, &["--env takes NAME or NAME=VALUE"]),
    (&["send", "-P", "1", "g:4000000"], 2, &["g:4000000 is signalled as a whole", "-g"]),
    (&["send", "--newest", "t:4000000"], 2, &["t:4000000 is signalled as a whole"]),
    (&["-u", "0"], 2, &["-u selects by more than numbers", "sigpost send -u"]),
    (&["--pgroup=5"], 2, &["selects by more than numbers"]),
    (&["VICTIM", "-e", "it"], 2, &["-e selects by more than numbers"]),
    (&["send", "--atomic", "it"], 2, &["n:it has no atomic way", "g:"]),
    (&["send", "--atomic", "t:4000000"], 2, &["t:4000000 has no atomic way", "c:"]),
    (&["send", "--atomic", "s:4000000"], 2, &["s:4000000 has no atomic way"]),
    (&["send", "--atomic", "-P", "4000000"], 2, &["a selection by filters has no atomic way"]),
    (&["send", "-F", "/nonexistent/pid"], 2, &["-F /nonexistent/pid: No such file"]),
    (&["send", "-F", ""], 2, &["-F needs the path of a pid file"]),
    (&["send", "-F", "/proc/self"], 2, &["it is no plain file"]),
    (&["send", "-F", "/proc/self/comm"], 2, &["does not begin with the number of a process"]),
    (&["send", "--value", "5", "t:VICTIM"], 2, &["a value cannot go with a signal"]),
    (&["send", "s:4000000"], 1, &["no process is in session 4000000"]),
    (&["send", "t:4000000"], 1, &["no process 4000000"]),
    (&["send", "g:4000000:5"], 1, &["no process 4000000", "leads no group"]),
    (&["send", ":1"], 1, &["no process listens on :1"]),
    (&["send", "/nonexistent/x"], 1, &["/nonexistent/x: No such file"]),
    (&["send", "/proc"], 1, &["/proc is no file"]),
    (&["send", "-e", "nosuchname"], 1, &["no process has a name that matches /nosuchname/"]),
    (&["send", "-f", "-e", "nosuchname[x]"], 1, &["no process has a command line that matches"]),
    (&["send", "-P", "4000000"], 1, &["no process is what the filters ask"]),
    (&["send", "-P", "4000000", "VICTIM"], 1, &["is not what the filters ask"]),
    (&["send", "--frobnicate", "VICTIM"], 2, &["no option --frobnicate", "--help"]),
    (&["send", "-q", "--json", "VICTIM"], 2, &["exclude each other"]),
    (&["send", "-q", "-v", "VICTIM"], 2, &["exclude each other"]),
    (&["send", "--broadcast", "VICTIM"], 2, &["--broadcast and TARGET exclude each other"]),
    (&["watch", "VICTIM"], 2, &["one argument too many"]),
    (&["send", "-U0", "VICTIM"], 2, &["`U0` is no signal", "-U 0"]),
    (&["send", "-P1", "it"], 2, &["`P1` is no signal", "-P 1"]),
    (&["send", "-V"], 2, &["no option -V", "sigpost -V"]),
    (&["send", "--max", "x", "VICTIM"], 2, &["--max", "a number from 0 up"]),
    (&["send", "4000000"], 1, &["no process 4000000"]),
    (&["send", "g:4000000"], 1, &["no process is in group 4000000"]),
];

/// \[S1.9\], \[S3.7\], \[S3.10\]: what is refused is named, with its cause and the way out, and nothing is sent to
/// anybody: not to the victim, which shares the command's group, and not to another group's either.
#[test]
fn misuse_is_one_clear_line_and_signals_nobody() {
    alone(|| {
        let ours = Victim::start(Setup::default());
        let other = Victim::start(Setup { group: Some(0), ..Setup::default() });
        let (pid, tree) = (ours.pid().to_string(), format!("t:{}", ours.pid()));
        for (words, code, parts) in CASES {
            let answer = sigpost(words.iter().map(|word| match *word {
                "VICTIM" => pid.as_str(),
                "t:VICTIM" => tree.as_str(),
                other => other,
            }));
            is_one_clear_line(words, &answer, code, parts);
            assert_eq!((ours.signals(), other.signals()), (vec![], vec![]), "{words:?}");
        }
    });
}

fn is_one_clear_line(words: &[&str], answer: &Answer, code: i32, parts: &[&str]) {
    assert_eq!((answer.code, answer.stdout.as_str()), (Some(code), ""), "{words:?}: {answer:?}");
    assert!(answer.stderr.starts_with("sigpost: ") && answer.stderr.lines().count() == 1, "{words:?}: {answer:?}");
    for part in parts {
        assert!(answer.stderr.contains(part), "{words:?} does not say `{part}`: {answer:?}");
    }
}

/// \[S1.10\]: a number with another process's inode is refused.
#[test]
fn another_process_of_the_same_number_gets_nothing() {
    alone(|| {
        let victim = Victim::start(Setup::default());
        let target = format!("{}:1", victim.pid());
        let answer = sigpost(["-TERM", &target]);
        is_one_clear_line(&["-TERM", &target], &answer, 1, &["is another one now"]);
        assert_eq!(victim.signals(), NONE);
    });
}

#[test]
fn a_group_that_holds_the_command_is_declined_unless_it_is_meant() {
    alone(|| {
        let victim = Victim::start(Setup { group: Some(0), ..Setup::default() });
        let target = format!("g:{}", victim.pid());
        // The command is started by a member of the group, and is one itself.
        let inside = sigpost_sys::fork::fork_run(|| {
            rustix::process::setpgid(None, rustix::process::Pid::from_raw(victim.pid())).unwrap();
            let answer = sigpost(["send", "-URG", &target]);
            is_one_clear_line(&["send"], &answer, 2, &[&target, "holds sigpost itself", "--include-self"]);
            let answer = sigpost(["send", "-URG", "--include-self", &target]);
            assert_eq!(answer.code, Some(0), "{answer:?}");
            0
        });
        assert_eq!(inside.unwrap().wait().unwrap().code(), Some(0));
        assert_eq!(victim.signals(), [rustix::process::Signal::URG.as_raw()]);
    });
}
