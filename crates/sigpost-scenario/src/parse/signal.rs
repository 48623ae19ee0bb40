//! Signals by name and number, and sets of them.

use sigpost_engine::{Signal, SignalSet};

use super::cursor::Cursor;
use super::lexer::TokenKind;
use crate::{Mistake, MistakeKind, Span};

const A_SIGNAL: &str = "a signal: `TERM`, `SIGTERM`, `RTMIN+1` or a number from 1 to 64";

/// A signal where only a valid one can stand.
///
/// # Errors
/// [`MistakeKind::UnknownSignal`], [`MistakeKind::RealtimeRange`], [`MistakeKind::NumberRange`], and
/// [`MistakeKind::NeverHad`] for one that a personality of the file does not have.
pub(super) fn signal(line: &mut Cursor<'_>) -> Result<Signal, Mistake> {
    let (signal, span) = any_signal(line)?;
    let missing = line.personalities.iter().find(|personality| signal > personality.highest_signal());
    missing.map_or(Ok(signal), |personality| {
        Err(Mistake::new(
            MistakeKind::NeverHad,
            span,
            format!("a signal that `{personality}` has: it has no realtime signals"),
        ))
    })
}

/// A signal by name or number, whatever the personalities have.
pub(super) fn any_signal(line: &mut Cursor<'_>) -> Result<(Signal, Span), Mistake> {
    let token = line.next();
    let span = whole_name(line, token.span);
    let text = line.text_of(span);
    if let Ok(signal) = text.parse() {
        return Ok((signal, span));
    }
    let kind = match token.kind {
        TokenKind::Number => MistakeKind::NumberRange,
        TokenKind::Word if is_realtime_name(text) => MistakeKind::RealtimeRange,
        _ => MistakeKind::UnknownSignal,
    };
    let expected =
        if kind == MistakeKind::RealtimeRange { "`RTMIN` to `RTMIN+30`, `RTMAX-30` to `RTMAX`" } else { A_SIGNAL };
    Err(near_signal(Mistake::new(kind, span, expected), text))
}

/// `RTMIN+3` and `RTMAX-3` are three tokens with nothing between them.
fn whole_name(line: &mut Cursor<'_>, first: Span) -> Span {
    let takes_offset = matches!(line.text_of(first).trim_start_matches("SIG"), "RTMIN" | "RTMAX");
    if !takes_offset || !line.is_adjacent() || !(line.sees('+') || line.sees('-')) {
        return first;
    }
    let sign = line.next().span;
    if line.is_adjacent() && line.peek().kind == TokenKind::Number {
        return first.to(line.next().span);
    }
    first.to(sign)
}

fn is_realtime_name(text: &str) -> bool {
    let text = text.strip_prefix("SIG").unwrap_or(text);
    text.starts_with("RTMIN") || text.starts_with("RTMAX")
}

/// The nearest name of a signal, written as the file writes it.
fn near_signal(mistake: Mistake, text: &str) -> Mistake {
    let upper = text.to_ascii_uppercase();
    let bare = upper.strip_prefix("SIG").unwrap_or(&upper);
    let names: Vec<String> = Signal::all().filter(|s| !s.is_realtime()).map(|s| s.to_string()).collect();
    if mistake.kind != MistakeKind::UnknownSignal || !text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return mistake;
    }
    mistake.or_near(bare, names.iter().map(String::as_str))
}

/// `{}`, `{all}` or `{USR1,TERM}`, after the opening brace was seen.
///
/// # Errors
/// Those of [`signal`], and [`MistakeKind::UnclosedBracket`].
pub(super) fn set(line: &mut Cursor<'_>, wrong: MistakeKind) -> Result<SignalSet, Mistake> {
    let open = line.next();
    if open.kind != TokenKind::Mark('{') {
        return Err(Mistake::new(wrong, open.span, "a set of signals: `{}`, `{USR1,TERM}` or `{all}`"));
    }
    if line.accept('}') {
        return Ok(SignalSet::EMPTY);
    }
    if line.peek_word() == Some("all") {
        line.next();
        close(line, open.span, '}')?;
        return Ok(SignalSet::ALL);
    }
    let mut set = SignalSet::EMPTY;
    loop {
        set.insert(signal_or_unclosed(line, open.span)?);
        if !line.accept(',') {
            close(line, open.span, '}')?;
            return Ok(set);
        }
    }
}

fn signal_or_unclosed(line: &mut Cursor<'_>, open: Span) -> Result<Signal, Mistake> {
    if line.is_at_end() {
        return Err(unclosed(open, '}'));
    }
    signal(line)
}

/// The closing bracket of a list.
pub(super) fn close(line: &mut Cursor<'_>, open: Span, bracket: char) -> Result<(), Mistake> {
    if line.accept(bracket) {
        return Ok(());
    }
    if line.is_at_end() {
        return Err(unclosed(open, bracket));
    }
    Err(Mistake::new(MistakeKind::UnclosedBracket, line.peek().span, format!("`,` or `{bracket}`")))
}

fn unclosed(open: Span, bracket: char) -> Mistake {
    Mistake::new(MistakeKind::UnclosedBracket, open, format!("`{bracket}` before the end of the line"))
}
