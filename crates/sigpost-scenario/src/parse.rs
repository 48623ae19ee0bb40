//! The parser: one pass over the lines, one statement a line. It accepts any bytes; a line that is wrong is told
//! and left, and the next one is read.

mod argument;
mod call;
mod cursor;
mod declaration;
mod expectation;
mod kernel_call;
mod lexer;
mod names;
mod option;
mod outcome;
mod place;
mod signal;
mod step;

use cursor::Cursor;
use lexer::{TokenKind, lex};
use names::Names;

use crate::document::{Document, Line, Statement};
use crate::mistake::nearest;
use crate::{Mistake, MistakeKind, Mistakes, Name, Personalities, PersonalityName, Span};

/// Reads a whole file.
pub(crate) fn document(source: &[u8]) -> Result<Document, Mistakes> {
    let mut file = File::default();
    let mut lines = Vec::new();
    let body = file.without_byte_order_mark(source);
    let mut start = source.len() - body.len();
    for (index, bytes) in body.split(|byte| *byte == b'\n').enumerate() {
        let place = Span { line: u32::try_from(index + 1).unwrap_or(u32::MAX), column: 1, start, end: start };
        lines.push(file.line(bytes.strip_suffix(b"\r").unwrap_or(bytes), place));
        start += bytes.len() + 1;
    }
    if file.mistakes.is_empty() { Ok(Document { lines }) } else { Err(Mistakes(file.mistakes)) }
}

/// How far the file has come: statements have an order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Nothing,
    Personality,
    Declarations,
    Script,
}

/// What is known after the lines read so far.
struct File {
    part: Part,
    personalities: Personalities,
    names: Names,
    mistakes: Vec<Mistake>,
}

impl Default for File {
    fn default() -> Self {
        Self { part: Part::Nothing, personalities: Personalities::LINUX, names: Names::default(), mistakes: Vec::new() }
    }
}

impl File {
    fn without_byte_order_mark<'a>(&mut self, source: &'a [u8]) -> &'a [u8] {
        let Some(rest) = source.strip_prefix(b"\xef\xbb\xbf") else { return source };
        let span = Span { line: 1, column: 1, start: 0, end: 3 };
        self.mistakes.push(Mistake::new(MistakeKind::Character, span, "a file without a byte order mark"));
        rest
    }

    fn line(&mut self, bytes: &[u8], place: Span) -> Line {
        match self.statement_and_comment(bytes, place) {
            Ok(line) => line,
            Err(mistake) => {
                self.mistakes.push(mistake);
                Line::default()
            }
        }
    }

    fn statement_and_comment(&mut self, bytes: &[u8], place: Span) -> Result<Line, Mistake> {
        let text = readable(bytes, place)?;
        let (code, comment) = text.split_once('#').map_or((text, None), |(code, comment)| (code, Some(comment)));
        let mut line = Cursor::new(code, lex(code, place), place, self.personalities);
        let statement = if line.is_at_end() { None } else { Some(self.statement(&mut line)?) };
        Ok(Line { statement, comment: comment.map(|comment| comment.trim_matches([' ', '\t', '\r']).to_owned()) })
    }

    fn statement(&mut self, line: &mut Cursor<'_>) -> Result<Statement, Mistake> {
        let mistakes = self.mistakes.len();
        let statement = self.statement_by_first_word(line);
        if statement.is_err() || self.mistakes.len() > mistakes {
            // What a wrong line would have declared is not unknown below it.
            self.names.remember_declared_in(line);
        }
        statement
    }

    fn statement_by_first_word(&mut self, line: &mut Cursor<'_>) -> Result<Statement, Mistake> {
        if line.begins_a_step() {
            self.part = Part::Script;
            return self.step(line).map(Statement::Step);
        }
        match line.peek_word() {
            Some("personality") => self.personality(line).map(Statement::Personality),
            Some("process" | "thread") => {
                if self.part == Part::Script {
                    let before = "declarations above the first step";
                    return Err(Mistake::new(MistakeKind::DeclarationAfterStep, line.rest(), before));
                }
                self.part = Part::Declarations;
                self.declaration(line).map(Statement::Declaration)
            }
            Some("expect") => {
                self.part = Part::Script;
                self.expectation(line).map(Statement::Expectation)
            }
            _ => Err(self.no_statement(line)),
        }
    }

    /// A line that begins like no statement: without the colon of a step, or unknown altogether.
    fn no_statement(&self, line: &mut Cursor<'_>) -> Mistake {
        let first = line.next();
        let word = line.text(first);
        let actor = word == "kernel" || self.names.is_known(word);
        if first.kind == TokenKind::Word && (actor || line.is_call_ahead()) {
            return Mistake::new(MistakeKind::MissingColon, line.peek().span, format!("`:` after `{word}`"));
        }
        let expected = "`personality`, `process`, `thread`, `expect`, or a step `NAME: call(…)`";
        let words = ["personality", "process", "thread", "expect"];
        Mistake::new(MistakeKind::UnknownStatement, first.span, expected).or_near(word, words)
    }

    fn personality(&mut self, line: &mut Cursor<'_>) -> Result<Personalities, Mistake> {
        let first = line.next();
        if self.part != Part::Nothing {
            let expected = "one `personality` line, before everything else";
            return Err(Mistake::new(MistakeKind::PersonalityMisplaced, first.span, expected));
        }
        self.part = Part::Personality;
        let mut all = Personalities::EMPTY;
        if line.peek_word() == Some("all") {
            line.next();
            all = Personalities::ALL;
        } else {
            while all.is_empty() || !line.is_at_end() {
                personality_name(line, &mut all)?;
            }
        }
        line.end()?;
        self.personalities = all;
        Ok(all)
    }
}

fn personality_name(line: &mut Cursor<'_>, all: &mut Personalities) -> Result<(), Mistake> {
    let token = line.next();
    let word = line.text(token);
    let words = PersonalityName::ALL.map(PersonalityName::word);
    let Some(name) = PersonalityName::from_word(word) else {
        let expected = format!("`{}`, or `all` alone", words.join("`, `"));
        return Err(Mistake::new(MistakeKind::UnknownPersonality, token.span, expected).or_near(word, words));
    };
    if all.insert(name) {
        return Ok(());
    }
    Err(Mistake::new(MistakeKind::PersonalityMisplaced, token.span, "each personality once"))
}

/// The line as text: UTF-8, without NUL, and ASCII up to the comment.
fn readable(bytes: &[u8], place: Span) -> Result<&str, Mistake> {
    let text = core::str::from_utf8(bytes).map_err(|error| {
        let before = String::from_utf8_lossy(&bytes[..error.valid_up_to()]).chars().count();
        wrong_character(place, error.valid_up_to(), before, 1, "UTF-8")
    })?;
    let mut in_comment = false;
    for (count, (at, c)) in text.char_indices().enumerate() {
        in_comment |= c == '#';
        if c == '\0' || (!c.is_ascii() && !in_comment) {
            let expected = if c == '\0' { "text without NUL" } else { "ASCII outside comments" };
            return Err(wrong_character(place, at, count, c.len_utf8(), expected));
        }
    }
    Ok(text)
}

fn wrong_character(line: Span, at: usize, characters: usize, length: usize, expected: &str) -> Mistake {
    let start = line.start + at;
    let column = line.column + u32::try_from(characters).unwrap_or(u32::MAX - line.column);
    Mistake::new(MistakeKind::Character, Span { column, start, end: start + length, ..line }, expected)
}

/// A name that is being declared: well formed, not reserved.
fn new_name(line: &mut Cursor<'_>) -> Result<(Name, Span), Mistake> {
    let token = line.next();
    let mut span = token.span;
    if token.kind == TokenKind::Number && line.is_adjacent() && line.peek().kind == TokenKind::Word {
        span = span.to(line.next().span);
    }
    let word = line.text_of(span);
    if token.kind == TokenKind::Word && Name::is_reserved(word) {
        return Err(Mistake::new(MistakeKind::ReservedName, span, "a name that has no meaning of its own"));
    }
    let form = "a name: a small letter, then small letters, digits or `_`, at most 31 characters";
    if let Some(name) = Name::new(word) {
        return Ok((name, span));
    }
    let mistake = Mistake::new(MistakeKind::BadName, span, form);
    let lower = word.to_ascii_lowercase();
    let better = Name::new(&lower).is_some() && nearest(word, [lower.as_str()]).is_some();
    Err(if better { mistake.suggesting(lower) } else { mistake })
}
