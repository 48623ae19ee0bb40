//! Names and command lines of processes as procps-ng writes them, on one line each.

use sigpost_linux::proc_stat::{Stat, State};
use sigpost_linux::{Process, ReadError};

/// A command name on one line.
pub(super) fn name(comm: &[u8]) -> Vec<u8> {
    on_one_line(comm)
}

/// The arguments, each after a blank; of a process that has none, its name in brackets.
pub(super) fn command_line(process: &Process, stat: &Stat) -> Result<Vec<u8>, ReadError> {
    let mut line = arguments(process)?;
    if line.is_empty() {
        let mut bracketed = [b"[", stat.comm.as_bytes(), b"]"].concat();
        if stat.state == State::Zombie {
            bracketed.extend(b" <defunct>");
        }
        return Ok(on_one_line(&bracketed));
    }
    line.iter_mut().filter(|byte| **byte == 0).for_each(|byte| *byte = b' ');
    Ok(on_one_line(&line))
}

/// The arguments as a shell would take them again.
pub(super) fn quoted_command_line(process: &Process, stat: &Stat) -> Result<Vec<u8>, ReadError> {
    let line = arguments(process)?;
    if line.is_empty() {
        return command_line(process, stat);
    }
    let words: Vec<Vec<u8>> = line.split(|byte| *byte == 0).map(quoted).collect();
    Ok(words.join(&b' '))
}

/// The bytes of `cmdline` without the NUL at the end.
fn arguments(process: &Process) -> Result<Vec<u8>, ReadError> {
    let mut line = Vec::new();
    process.read("cmdline", &mut line)?;
    while line.last() == Some(&0) {
        line.pop();
    }
    Ok(line)
}

/// A word in single quotes, if it holds anything that a shell may act on.
pub(super) fn quoted(word: &[u8]) -> Vec<u8> {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"_@%+:,./-".contains(byte);
    if !word.is_empty() && word.iter().all(plain) {
        return word.to_vec();
    }
    let mut quoted = vec![b'\''];
    for byte in word {
        match byte {
            b'\'' => quoted.extend(b"'\\''"),
            other => quoted.push(*other),
        }
    }
    quoted.push(b'\'');
    quoted
}

/// What would break the line or steer a terminal, and bytes that are no UTF-8, become question marks.
fn on_one_line(bytes: &[u8]) -> Vec<u8> {
    let mut line = Vec::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        line.extend(chunk.valid().chars().map(|c| if c.is_control() { '?' } else { c }).collect::<String>().bytes());
        line.extend(chunk.invalid().iter().map(|_| b'?'));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_break_the_line() {
        assert_eq!(name(b"a\x1bb\nc\xc3\xa9\xff"), "a?b?cé?".as_bytes());
    }

    #[test]
    fn quoted_words_are_what_a_shell_reads_again() {
        for (word, expected) in
            [("plain-1.0", "plain-1.0"), ("", "''"), ("two words", "'two words'"), ("it's", "'it'\\''s'")]
        {
            assert_eq!(quoted(word.as_bytes()), expected.as_bytes());
        }
    }
}
