//! The command at a terminal, with somebody who answers what it asks.

use std::io::{self, Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use sigpost_sys::fork::{fork_run, say};
use sigpost_sys::namespace::assert_inside;
use sigpost_sys::pty::{Keyboard, take_terminal, use_terminal};

use crate::victim::until_at_rest;

/// What the command showed, and how it ended.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) code: Option<i32>,
    pub(crate) text: String,
}

/// Runs the command at a terminal of 80 columns; each question, which ends with `: `, gets the next answer. `None`: no
/// terminal is to be had here.
pub(crate) fn at_terminal(words: &[&str], answers: &[&str]) -> Option<Shown> {
    assert_inside();
    let keyboard = match Keyboard::new() {
        Ok(keyboard) => keyboard,
        Err(error) => {
            say(&format!("skipped: no terminal: {error}"));
            return None;
        }
    };
    keyboard.set_size(80, 24).unwrap();
    let number = keyboard.number();
    let words: Vec<String> = words.iter().map(ToString::to_string).collect();
    let (mut its_own, mut at_it) = io::pipe().unwrap();
    let (mut gate, mut go) = io::pipe().unwrap();
    let reader = std::process::id().cast_signed();
    let child = fork_run(move || {
        rustix::process::setsid().unwrap();
        take_terminal(number).unwrap();
        use_terminal(number).unwrap();
        at_it.write_all(&[1]).unwrap();
        gate.read_exact(&mut [0]).unwrap();
        // The command may look at who reads the terminal: that is to have gone to sleep over it.
        until_at_rest(reader);
        let mut command = Command::new(env!("CARGO_BIN_EXE_sigpost"));
        command.args(words).env_clear().env("TERM", "xterm-256color");
        let error = command.exec();
        say(&format!("exec: {error}"));
        127
    })
    .unwrap();
    // From here on the terminal is open, until the last who has it open ends.
    its_own.read_exact(&mut [0]).unwrap();
    go.write_all(&[1]).unwrap();
    let mut shown = Vec::new();
    let mut answers = answers.iter();
    let mut buffer = [0; 4096];
    loop {
        let length = keyboard.read_shown(&mut buffer).unwrap();
        if length == 0 {
            break;
        }
        shown.extend_from_slice(&buffer[..length]);
        if shown.ends_with(b": ")
            && let Some(answer) = answers.next()
        {
            for key in answer.bytes().chain([b'\n']) {
                keyboard.type_key(key).unwrap();
            }
        }
    }
    let code = child.wait().unwrap().code();
    Some(Shown { code, text: String::from_utf8(shown).unwrap().replace("\r\n", "\n") })
}
