//! The options of a process. No space stands around their `=` and `,`.

use sigpost_engine::SignalSet;

use super::cursor::Cursor;
use super::lexer::TokenKind;
use super::names::Names;
use super::signal;
use crate::{Mistake, MistakeKind, Place, Privilege, ProcessDeclaration, RunState, Span, UserIds};

/// The options that take a value, and those that take none.
const WITH_VALUE: [&str; 7] = ["parent", "uid", "ignore", "catch", "block", "traced_by", "sigpending_limit"];
const FLAGS: [&str; 13] = [
    "session",
    "nogroup",
    "namespace",
    "privileged",
    "unprivileged",
    "system",
    "tty",
    "foreground",
    "stopped",
    "sleeping",
    "killable",
    "uninterruptible",
    "zombie",
];

/// The highest user ID: the one above it means "leave it as it is".
const HIGHEST_USER: u32 = u32::MAX - 1;

/// Where each option of a line stands.
#[derive(Default)]
pub(super) struct Spans<'a>(Vec<(&'a str, Span)>);

impl<'a> Spans<'a> {
    /// The span of an option that was given.
    pub(super) fn of(&self, word: &str) -> Option<Span> {
        self.0.iter().find(|(given, _)| *given == word).map(|(_, span)| *span)
    }

    /// The first of these options that was given, and its span.
    pub(super) fn first_of(&self, words: &[&str]) -> Option<(&'a str, Span)> {
        self.0.iter().find(|(given, _)| words.contains(given)).copied()
    }

    fn add(&mut self, word: &'a str, span: Span) -> Result<(), Mistake> {
        if self.of(word).is_some() {
            return Err(Mistake::new(MistakeKind::OptionTwice, span, "each option once"));
        }
        self.0.push((word, span));
        Ok(())
    }
}

/// Reads one option into the process.
pub(super) fn option<'a>(
    line: &mut Cursor<'a>,
    names: &Names,
    process: &mut ProcessDeclaration,
    spans: &mut Spans<'a>,
) -> Result<(), Mistake> {
    let token = line.next();
    let word = line.text(token);
    let has_value = line.is_adjacent() && line.sees('=');
    let takes_value = WITH_VALUE.contains(&word) || (word == "group" && has_value);
    if token.kind != TokenKind::Word || !(takes_value || word == "group" || FLAGS.contains(&word)) {
        let words = WITH_VALUE.into_iter().chain(FLAGS).chain(["group"]);
        let kind = if token.kind == TokenKind::Word { MistakeKind::UnknownOption } else { MistakeKind::RestOfLine };
        return Err(Mistake::new(kind, token.span, "an option of a process").or_near(word, words));
    }
    if has_value && !takes_value {
        let wrong = line.next().span.to(if line.is_adjacent() { line.peek().span } else { line.previous() });
        return Err(Mistake::new(MistakeKind::UnexpectedValue, wrong, format!("`{word}` alone")));
    }
    if takes_value {
        value_follows(line, word, token.span)?;
        value(line, names, process, word)?;
        // `group` and `group=` are two options that exclude each other.
        let key = if word == "group" { "group=" } else { word };
        return spans.add(key, token.span.to(line.previous()));
    }
    spans.add(word, token.span)?;
    flag(process, word, token.span)
}

/// The `=`, with something right behind it.
fn value_follows(line: &mut Cursor<'_>, word: &str, span: Span) -> Result<(), Mistake> {
    let expected = || format!("`{word}=…`, without spaces");
    if !line.is_adjacent() || !line.accept('=') {
        return Err(Mistake::new(MistakeKind::OptionWithoutValue, span, expected()));
    }
    if !line.is_adjacent() {
        return Err(Mistake::new(MistakeKind::OptionWithoutValue, span.to(line.previous()), expected()));
    }
    Ok(())
}

fn value(line: &mut Cursor<'_>, names: &Names, process: &mut ProcessDeclaration, word: &str) -> Result<(), Mistake> {
    let wrong = MistakeKind::OptionWithoutValue;
    match word {
        "parent" => process.parent = Some(names.process(line, wrong)?),
        "uid" => process.user = Some(user_ids(line)?),
        "ignore" => process.ignore = signals(line)?,
        "catch" => process.catch = signals(line)?,
        "block" => process.block = signals(line)?,
        "group" => {
            let leader = names.process(line, wrong)?;
            // A bare `group` before it is told of with the other pairs that exclude each other.
            process.place = if process.place == Place::Inherited { Place::GroupOf(leader) } else { process.place };
        }
        "traced_by" => process.traced_by = Some(tracer(line, names, process)?),
        _ => process.sigpending_limit = Some(line.number(u32::MAX, wrong)?),
    }
    Ok(())
}

fn tracer(line: &mut Cursor<'_>, names: &Names, process: &ProcessDeclaration) -> Result<crate::Name, Mistake> {
    let span = line.peek().span;
    if line.peek_word() == Some(process.name.as_str()) {
        return Err(Mistake::new(MistakeKind::ExcludedPair, span, "another process: nobody traces itself"));
    }
    let name = names.process(line, MistakeKind::OptionWithoutValue)?;
    if names.get(name).is_some_and(|known| known.zombie) {
        return Err(Mistake::new(MistakeKind::ExcludedPair, span, "a process that is alive: a zombie traces nobody"));
    }
    Ok(name)
}

fn user_ids(line: &mut Cursor<'_>) -> Result<UserIds, Mistake> {
    let wrong = MistakeKind::OptionWithoutValue;
    let real = line.number(HIGHEST_USER, wrong)?;
    if !line.accept('/') {
        return Ok(UserIds { real, effective: real, saved: real });
    }
    let effective = line.number(HIGHEST_USER, wrong)?;
    if !line.accept('/') {
        let three = "three user IDs, `REAL/EFFECTIVE/SAVED`, or one";
        return Err(Mistake::new(wrong, line.previous().after(), three));
    }
    let saved = line.number(HIGHEST_USER, wrong)?;
    Ok(UserIds { real, effective, saved })
}

fn flag(process: &mut ProcessDeclaration, word: &str, span: Span) -> Result<(), Mistake> {
    if let Some((_, state)) = RunState::WORDS.iter().find(|(name, _)| *name == word) {
        if process.run_state != RunState::Ready {
            return Err(Mistake::new(MistakeKind::ExcludedPair, span, "one run state"));
        }
        process.run_state = *state;
        return Ok(());
    }
    match word {
        "session" => process.place = Place::Session,
        "group" => process.place = Place::Group,
        "nogroup" => process.place = Place::NoGroup,
        "namespace" => process.namespace = true,
        "privileged" => process.privilege = Privilege::Privileged,
        "unprivileged" => process.privilege = Privilege::Unprivileged,
        "system" => process.system = true,
        "tty" => process.tty = true,
        _ => process.foreground = true,
    }
    Ok(())
}

/// `block=` of a thread, if the line goes on.
pub(super) fn thread_block(line: &mut Cursor<'_>) -> Result<SignalSet, Mistake> {
    if line.is_at_end() {
        return Ok(SignalSet::EMPTY);
    }
    let token = line.next();
    let word = line.text(token);
    if word != "block" {
        let expected = "`block=…`, the one option of a thread";
        return Err(Mistake::new(MistakeKind::UnknownOption, token.span, expected).or_near(word, ["block"]));
    }
    value_follows(line, word, token.span)?;
    signals(line)
}

/// Signals that can be caught, ignored and blocked, with nothing but commas between them.
fn signals(line: &mut Cursor<'_>) -> Result<SignalSet, Mistake> {
    let open = line.peek();
    let braces = line.accept('{');
    if braces && line.peek_word() == Some("all") {
        line.next();
        return signal::close(line, open.span, '}').map(|()| SignalSet::ALL);
    }
    if braces && line.accept('}') {
        return Ok(SignalSet::EMPTY);
    }
    let mut set = SignalSet::EMPTY;
    loop {
        // A space may stand behind a brace, but not behind a comma.
        let is_first = braces && set.is_empty() && line.previous() == open.span;
        if !is_first && !line.is_adjacent() {
            let expected = "a signal right behind, without a space";
            return Err(Mistake::new(MistakeKind::UnknownSignal, line.previous().after(), expected));
        }
        let first = line.peek().span;
        let signal = signal::signal(line)?;
        if !signal.is_catchable() {
            let expected = "signals that the process decides about";
            return Err(Mistake::new(MistakeKind::Uncatchable, first, expected));
        }
        set.insert(signal);
        if !(line.is_adjacent() && line.accept(',')) {
            break;
        }
    }
    if braces {
        signal::close(line, open.span, '}')?;
    }
    Ok(set)
}
