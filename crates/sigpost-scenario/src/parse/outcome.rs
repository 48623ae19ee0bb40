//! Results of calls.

use sigpost_engine::Signal;

use super::cursor::Cursor;
use super::lexer::TokenKind;
use super::signal;
use crate::{ChildNews, Mistake, MistakeKind, Outcome, Taken};

const CHILD_WORDS: [&str; 7] = ["exited", "killed", "dumped", "stopped", "trapped", "continued", "nothing"];

/// A result for which `allowed` is true; `expected` says what that is.
///
/// # Errors
/// [`MistakeKind::ResultKind`], [`MistakeKind::UnknownErrno`], those of a signal, a number, a bracket.
pub(super) fn outcome(
    line: &mut Cursor<'_>,
    allowed: impl Fn(&Outcome) -> bool,
    expected: &str,
) -> Result<Outcome, Mistake> {
    let first = line.peek();
    let word = line.text(first);
    let wrong = |span| Mistake::new(MistakeKind::ResultKind, span, expected);
    let outcome = match first.kind {
        TokenKind::Mark('{') => signal::set(line, MistakeKind::ResultKind).map(Outcome::Set)?,
        TokenKind::Number if word == "0" => {
            line.next();
            Outcome::Zero
        }
        TokenKind::Number => taken(line).map(Outcome::Taken)?,
        TokenKind::Word if word.starts_with(|c: char| c.is_ascii_uppercase()) => error_or_taken(line)?,
        TokenKind::Word => match small_word(line)? {
            Some(outcome) => outcome,
            None => return Err(wrong(first.span).or_near(word, CHILD_WORDS.into_iter().chain(["blocks"]))),
        },
        _ => return Err(wrong(first.span)),
    };
    if allowed(&outcome) { Ok(outcome) } else { Err(wrong(first.span.to(line.previous()))) }
}

/// No signal's name begins with an E, and every error's does.
fn error_or_taken(line: &mut Cursor<'_>) -> Result<Outcome, Mistake> {
    let token = line.peek();
    let word = line.text(token);
    if !word.starts_with('E') {
        return taken(line).map(Outcome::Taken);
    }
    line.next();
    if let Some(errno) = Outcome::ERRORS.into_iter().find(|errno| errno.to_string() == word) {
        return Ok(Outcome::Error(errno));
    }
    let names = Outcome::ERRORS.map(|errno| errno.to_string());
    let expected = format!("`{}`", names.join("`, `"));
    Err(Mistake::new(MistakeKind::UnknownErrno, token.span, expected).or_near(word, names.iter().map(String::as_str)))
}

fn small_word(line: &mut Cursor<'_>) -> Result<Option<Outcome>, Mistake> {
    let token = line.next();
    let news = match line.text(token) {
        "blocks" => return Ok(Some(Outcome::Blocks)),
        "continued" => ChildNews::Continued,
        "nothing" => ChildNews::Nothing,
        "exited" => ChildNews::Exited(status(line)?),
        "killed" => ChildNews::Killed(signal_in_brackets(line)?),
        "dumped" => ChildNews::Dumped(signal_in_brackets(line)?),
        "stopped" => ChildNews::Stopped(signal_in_brackets(line)?),
        "trapped" => ChildNews::Trapped(signal_in_brackets(line)?),
        _ => return Ok(None),
    };
    Ok(Some(Outcome::Child(news)))
}

/// What stands in brackets behind the last word.
pub(super) fn in_brackets<'a, T>(
    line: &mut Cursor<'a>,
    read: impl FnOnce(&mut Cursor<'a>) -> Result<T, Mistake>,
) -> Result<T, Mistake> {
    let open = line.peek().span;
    if !line.accept('(') {
        let word = line.previous();
        let expected = format!("`{}(…)`", line.text_of(word));
        return Err(Mistake::new(MistakeKind::OptionWithoutValue, word, expected));
    }
    if line.is_at_end() {
        signal::close(line, open, ')')?;
    }
    let value = read(line)?;
    signal::close(line, open, ')')?;
    Ok(value)
}

pub(super) fn signal_in_brackets(line: &mut Cursor<'_>) -> Result<Signal, Mistake> {
    in_brackets(line, signal::signal)
}

/// An exit status in brackets.
pub(super) fn status(line: &mut Cursor<'_>) -> Result<u8, Mistake> {
    let status = in_brackets(line, |line| line.number(255, MistakeKind::ResultKind))?;
    Ok(u8::try_from(status).unwrap_or(u8::MAX))
}

/// A signal with or without a value in brackets.
pub(super) fn taken(line: &mut Cursor<'_>) -> Result<Taken, Mistake> {
    let signal = signal::signal(line)?;
    let value =
        if line.sees('(') { Some(in_brackets(line, |line| line.integer(MistakeKind::ResultKind))?) } else { None };
    Ok(Taken { signal, value })
}
