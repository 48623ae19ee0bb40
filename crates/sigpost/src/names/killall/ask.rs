//! `-i`: whether the person agrees.

use std::io::BufRead as _;

use sigpost_engine::Signal;

use crate::names::say;

/// Asks until there is an answer; the end of the input, and an empty line, are a no.
pub(super) fn agrees(signal: Option<Signal>, shown: &str) -> bool {
    let what = if signal == Some(Signal::TERM) { "Kill" } else { "Signal" };
    let mut input = std::io::stdin().lock();
    loop {
        say::out(format!("{what} {shown} ? (y/N) "));
        let mut line = String::new();
        match input.read_line(&mut line) {
            Ok(0) | Err(_) => return false,
            Ok(_) => {}
        }
        match line.bytes().next() {
            Some(b'y' | b'Y') => return true,
            Some(b'n' | b'N' | b'\n') | None => return false,
            Some(_) => {}
        }
    }
}
