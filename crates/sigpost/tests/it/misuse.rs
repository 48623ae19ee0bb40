//! What must not send: one clear line on standard error, the right status, and no signal to anyone.

use crate::namespace::{Answer, alone, sigpost};
use crate::victim::{NONE, Setup, Victim};

/// A command line, its exit status, and what its one line must name: the thing and the way out.
type Case = (&'static [&'static str], i32, &'static [&'static str]);

const CASES: [Case; 45] = [
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
    (&["send", "VICTIM", "s:5"], 2, &["s:5", "not there yet"]),
    (&["send", "VICTIM", "/it/"], 2, &["/it/", "not there yet"]),
    (&["send", "-u", "root"], 2, &["-u", "not there yet"]),
    (&["send", "--frobnicate", "VICTIM"], 2, &["no option --frobnicate", "--help"]),
    (&["send", "-q", "--json", "VICTIM"], 2, &["exclude each other"]),
    (&["send", "--broadcast", "VICTIM"], 2, &["--broadcast and TARGET exclude each other"]),
    (&["end", "VICTIM"], 2, &["the verb `end` is not there yet"]),
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
        let pid = ours.pid().to_string();
        for (words, code, parts) in CASES {
            let answer = sigpost(words.iter().map(|word| if *word == "VICTIM" { pid.as_str() } else { word }));
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
