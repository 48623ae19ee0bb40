//! What a new user tries with nothing but `--help`, at a terminal of 80 columns, kept as it was shown: each answer must be
//! good enough to act on. A change of words is seen here; `SNAPSHOTS=overwrite` writes them anew.
//!
//! Process 1 of each try is the test. Its family: 2 `web` handles every signal and leads a group, with 3 `worker` in it,
//! which blocks TERM; 4 `plain` does nothing about signals; 5 `halted` is stopped; 6 `done` has exited.

use core::fmt::Write as _;
use std::path::Path;

use sigpost_sys::fork::{Child, say};
use sigpost_sys::pidfd;
use sigpost_sys::sigaction::{self, Action};

use crate::namespace::alone;
use crate::terminal::at_terminal;
use crate::victim::{Setup, Victim, started, until_at_rest};

/// The words of a command line, and what is answered to its questions.
type Step = (&'static [&'static str], &'static [&'static str]);

/// Runs each try in a namespace and a family of its own; compares with its file.
fn tries(tries: &'static [(&'static str, &'static [Step])]) {
    for (name, steps) in tries {
        alone(|| {
            let family = Family::start();
            let mut transcript = String::new();
            for (words, answers) in *steps {
                let Some(shown) = at_terminal(words, answers) else { return };
                let command = words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ");
                let text = anstream::adapter::strip_str(&shown.text).to_string();
                let code = shown.code.map_or_else(|| "a signal".to_owned(), |code| code.to_string());
                let command = format!("$ sigpost {command}");
                writeln!(transcript, "{}\n{}[{code}]", command.trim_end(), redacted(&text)).unwrap();
                family.come_to_rest();
            }
            drop(family);
            let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts").join(format!("{name}.txt"));
            let kept = snapbox::Data::read_from(&file, None).raw();
            if kept.to_string().contains(":INODE") && !pidfd::has_inodes() {
                return say(&format!("skipped: {name}: this kernel gives processes no inodes"));
            }
            snapbox::assert_data_eq!(transcript, kept);
        });
    }
}

fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_:./@,+=".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) { word.to_owned() } else { format!("{word:?}") }
}

/// Without what differs from run to run: inodes, and how long something took. A row with an inode is one line, since that
/// number's digits decide where it breaks.
fn redacted(text: &str) -> String {
    let mut plain: Vec<String> = Vec::new();
    for line in text.lines() {
        let words: Vec<String> = line.split(' ').map(without_inode).collect();
        let line = words.join(" ");
        let line = without_times(line.trim_end());
        match plain.last_mut() {
            Some(row) if row.contains(":INODE") && line.starts_with("        ") => {
                *row += " ";
                *row += line.trim_start();
            }
            _ => plain.push(line),
        }
    }
    plain.into_iter().map(|line| line + "\n").collect()
}

/// `2:1937707` as `2:INODE`.
fn without_inode(word: &str) -> String {
    let is_number = |text: &str| text.len() > 3 && text.bytes().all(|byte| byte.is_ascii_digit());
    match word.split_once(':') {
        Some((pid, inode)) if is_number(inode) && pid.parse::<u32>().is_ok() => {
            format!("{pid}:INODE")
        }
        _ => word.to_owned(),
    }
}

/// `52 ms` and `1.2 s` as `TIME`.
fn without_times(line: &str) -> String {
    let is_number = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let mut words: Vec<&str> = Vec::new();
    for word in line.split(' ') {
        let unit = word.trim_end_matches(',');
        match words.last_mut() {
            Some(number) if (unit == "ms" || unit == "s") && is_number(number) => {
                *number = if word.ends_with(',') { "TIME," } else { "TIME" };
            }
            _ => words.push(word),
        }
    }
    words.join(" ")
}

struct Family {
    victims: [Victim; 2],
    children: [Child; 3],
}

impl Family {
    fn start() -> Self {
        let web = Victim::start(Setup { group: Some(0), name: Some(c"web"), ..Setup::default() });
        let worker = Setup { group: Some(web.pid()), blocked: 1 << 14, name: Some(c"worker"), ..Setup::default() };
        let worker = Victim::start(worker);
        let (plain, halted, done) = (plain(c"plain"), plain(c"halted"), plain(c"done"));
        halted.send(19).unwrap();
        halted.wait_stopped().unwrap();
        done.send(9).unwrap();
        done.wait_zombie().unwrap();
        let family = Self { victims: [web, worker], children: [plain, halted, done] };
        family.come_to_rest();
        family
    }

    /// What a step has sent was taken, and done with, before the next step looks.
    fn come_to_rest(&self) {
        let children = self.children.iter().map(Child::pid);
        self.victims.iter().map(Victim::pid).chain(children).for_each(until_at_rest);
    }
}

/// A child with the default action of every signal, PIPE included, which has its name when this returns.
fn plain(name: &'static core::ffi::CStr) -> Child {
    started(|| {
        rustix::thread::set_name(name).unwrap();
        sigaction::set(13, Action::Default).unwrap();
    })
}

#[test]
fn names_and_numbers() {
    tries(&[
        ("nothing", &[(&[], &[])]),
        ("a-bare-name", &[(&["web"], &[]), (&["send", "web"], &[])]),
        ("a-mistyped-verb", &[(&["explian", "web"], &[]), (&["explain", "web"], &[])]),
        ("several-names", &[(&["send", "-HUP", "web", "worker", "plain"], &[])]),
        ("a-name-that-nobody-has", &[(&["send", "nginx"], &[])]),
        ("a-number", &[(&["3"], &[]), (&["why", "3"], &[]), (&["-CONT", "3"], &[])]),
        ("a-number-that-is-gone", &[(&["-9", "4711"], &[])]),
        ("a-group", &[(&["-USR1", "g:2"], &[]), (&["-USR1", "-2"], &[])]),
        ("a-zombie", &[(&["-KILL", "done"], &[]), (&["send", "-KILL", "done"], &[]), (&["why", "done"], &[])]),
        ("a-stopped-one", &[(&["explain", "halted"], &[]), (&["why", "halted"], &[]), (&["-CONT", "5"], &[])]),
    ]);
}

#[test]
fn signals() {
    tries(&[
        ("a-mistyped-signal", &[(&["-TREM", "2"], &[]), (&["send", "-s", "term", "2"], &[])]),
        ("a-signal-without-a-dash", &[(&["TERM", "2"], &[]), (&["send", "KILL", "2"], &[])]),
        ("a-signal-with-a-value", &[(&["send", "-RTMIN+2", "--value", "7", "web"], &[])]),
        ("which-signal-is-that", &[(&["signals", "15"], &[]), (&["signals", "143"], &[]), (&["-l", "0x4002"], &[])]),
        ("a-stop-twice", &[(&["send", "-STOP", "plain"], &[]), (&["send", "-STOP", "plain"], &[])]),
        ("is-it-there", &[(&["-0", "4"], &[]), (&["-0", "6"], &[]), (&["-0", "77"], &[])]),
    ]);
}

#[test]
fn what_must_be_said_aloud() {
    tries(&[
        ("an-unset-variable", &[(&["-9", ""], &[]), (&["send", "-9"], &[]), (&["end", "n:"], &[])]),
        ("zero-and-minus-one", &[(&["-9", "0"], &[]), (&["-9", "-1"], &[]), (&["send", "g:0"], &[])]),
        ("init", &[(&["-KILL", "1"], &[]), (&["explain", "-KILL", "--allow-init", "1"], &[])]),
        ("a-pattern-for-everyone", &[(&["send", "-e", ".*"], &[]), (&["send", "-e", "^we"], &[])]),
        ("all-but-some", &[(&["send", "--inverse", "web"], &[])]),
        ("too-many", &[(&["send", "--max", "1", "web", "plain"], &[])]),
        (
            "as-with-pkill",
            &[(&["send", "-n", "web"], &[]), (&["send", "-o", "web"], &[]), (&["send", "-x", "web"], &[])],
        ),
        ("a-mistyped-option", &[(&["send", "--dryrun", "web"], &[]), (&["ls", "--jsn", "web"], &[])]),
    ]);
}

#[test]
fn looking_asking_ending() {
    tries(&[
        ("ls", &[(&["ls", "web", "worker", "plain", "halted", "done"], &[]), (&["ls"], &[])]),
        ("tree", &[(&["tree", "t:1"], &[])]),
        (
            "ask",
            &[(&["send", "--ask", "-USR1", "web", "plain"], &["e", "y", "n"]), (&["end", "--ask", "plain"], &["n"])],
        ),
        ("require-handler", &[(&["send", "--require-handler", "-USR1", "web", "plain"], &[])]),
        ("end", &[(&["end", "plain", "halted"], &[]), (&["end", "--grace", "50ms", "web"], &[])]),
        ("wait", &[(&["wait", "--timeout", "20ms", "web"], &[]), (&["wait", "done"], &[])]),
        ("send-and-wait", &[(&["send", "-w", "-TERM", "plain"], &[]), (&["send", "--then", "KILL@50ms", "web"], &[])]),
        ("a-port", &[(&["ls", ":8080"], &[]), (&["send", ":http"], &[])]),
    ]);
}
