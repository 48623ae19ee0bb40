//! `expect` lines.

use super::cursor::Cursor;
use super::lexer::TokenKind;
use super::names::Names;
use super::outcome::{in_brackets, outcome, signal_in_brackets, status, taken};
use super::{File, argument, signal};
use crate::{Condition, Expectation, Mistake, MistakeKind, Outcome, Reference, Sender, Span, State, Taken};

/// Conditions that stand alone.
const FLAGS: [(&str, Condition); 8] = [
    ("running", Condition::State(State::Running)),
    ("sleeping", Condition::State(State::Sleeping)),
    ("killable", Condition::State(State::Killable)),
    ("uninterruptible", Condition::State(State::Uninterruptible)),
    ("zombie", Condition::State(State::Zombie)),
    ("reaped", Condition::State(State::Reaped)),
    ("blocked_in_call", Condition::BlockedInCall),
    ("same_sleep", Condition::SameSleep),
];

/// Conditions with something in brackets, and conditions with something behind `=`.
const BRACKETED: [&str; 6] = ["stopped", "killed", "dumped", "trace_stopped", "exited", "returned"];
const EQUALS: [&str; 8] = ["pending", "blocked", "handled", "group", "session", "parent", "sender", "code"];

impl File {
    pub(super) fn expectation(&mut self, line: &mut Cursor<'_>) -> Result<Expectation, Mistake> {
        line.next();
        let subject = self.names.reference(line, MistakeKind::UnknownName)?;
        if !line.accept(':') {
            let expected = format!("`:` after `{subject}`");
            return Err(Mistake::new(MistakeKind::MissingColon, line.peek().span, expected));
        }
        let mut conditions = Vec::new();
        while conditions.is_empty() || !line.is_at_end() {
            conditions.push(condition(line, &self.names)?);
        }
        Ok(Expectation { subject, conditions, span: line.read() })
    }
}

fn condition(line: &mut Cursor<'_>, names: &Names) -> Result<Condition, Mistake> {
    let token = line.next();
    let word = line.text(token);
    if let Some((_, condition)) = FLAGS.iter().find(|(listed, _)| *listed == word) {
        return match line.peek().kind {
            TokenKind::Mark('(' | '=') => {
                Err(Mistake::new(MistakeKind::UnexpectedValue, line.peek().span, format!("`{word}` alone")))
            }
            _ => Ok(condition.clone()),
        };
    }
    if BRACKETED.contains(&word) {
        return bracketed(line, word);
    }
    if EQUALS.contains(&word) {
        if !line.accept('=') {
            return Err(Mistake::new(MistakeKind::OptionWithoutValue, token.span, format!("`{word}=…`")));
        }
        if line.is_at_end() {
            let span = token.span.to(line.previous());
            return Err(Mistake::new(MistakeKind::OptionWithoutValue, span, format!("`{word}=…`")));
        }
        return equals(line, names, word);
    }
    let kind = match token.kind {
        TokenKind::Word | TokenKind::End => MistakeKind::UnknownOption,
        _ => MistakeKind::RestOfLine,
    };
    let words = FLAGS.iter().map(|(word, _)| *word).chain(BRACKETED).chain(EQUALS);
    Err(Mistake::new(kind, token.span, "a condition").or_near(word, words))
}

fn bracketed(line: &mut Cursor<'_>, word: &str) -> Result<Condition, Mistake> {
    Ok(Condition::State(match word {
        "stopped" => State::Stopped(signal_in_brackets(line)?),
        "killed" => State::Killed(signal_in_brackets(line)?),
        "dumped" => State::Dumped(signal_in_brackets(line)?),
        "trace_stopped" => State::TraceStopped(signal_in_brackets(line)?),
        "exited" => State::Exited(status(line)?),
        _ => return in_brackets(line, returned).map(Condition::Returned),
    }))
}

fn returned(line: &mut Cursor<'_>) -> Result<Outcome, Mistake> {
    let allowed = |outcome: &Outcome| !matches!(outcome, Outcome::Set(_) | Outcome::Blocks);
    outcome(line, allowed, "`0`, an error number, a signal, or news of a child")
}

fn equals(line: &mut Cursor<'_>, names: &Names, word: &str) -> Result<Condition, Mistake> {
    let wrong = MistakeKind::OptionWithoutValue;
    Ok(match word {
        "pending" => Condition::Pending(signal::set(line, wrong)?),
        "blocked" => Condition::Blocked(signal::set(line, wrong)?),
        "handled" => Condition::Handled(handled(line)?),
        "group" => Condition::Group(names.process(line, wrong)?),
        "session" => Condition::Session(names.process(line, wrong)?),
        "parent" => Condition::Parent(names.process(line, wrong)?),
        "sender" => Condition::Sender(sender(line, names)?),
        _ => Condition::Code(argument::code(line, wrong)?),
    })
}

fn sender(line: &mut Cursor<'_>, names: &Names) -> Result<Sender, Mistake> {
    let sender = match line.peek_word() {
        Some("kernel") => Sender::Kernel,
        Some("nobody") => Sender::Nobody,
        _ => {
            let reference: Reference = names.reference(line, MistakeKind::OptionWithoutValue)?;
            return Ok(Sender::Of(reference));
        }
    };
    line.next();
    Ok(sender)
}

fn handled(line: &mut Cursor<'_>) -> Result<Vec<Taken>, Mistake> {
    let open = line.next();
    if open.kind != TokenKind::Mark('[') {
        let expected = "a list of signals: `[]` or `[USR1,USR2(7)]`";
        return Err(Mistake::new(MistakeKind::OptionWithoutValue, open.span, expected));
    }
    if line.accept(']') {
        return Ok(Vec::new());
    }
    let mut handled = Vec::new();
    loop {
        handled.push(item(line, open.span)?);
        if !line.accept(',') {
            signal::close(line, open.span, ']')?;
            return Ok(handled);
        }
    }
}

fn item(line: &mut Cursor<'_>, open: Span) -> Result<Taken, Mistake> {
    if line.is_at_end() {
        signal::close(line, open, ']')?;
    }
    taken(line)
}
