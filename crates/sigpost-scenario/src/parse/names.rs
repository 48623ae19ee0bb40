//! The names that are known so far, and what is known of their owners.

use alloc::collections::BTreeMap;

use sigpost_engine::SignalSet;

use super::cursor::Cursor;
use super::lexer::TokenKind;
use crate::{Mistake, MistakeKind, Name, Reference, Span};

/// What a name stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Process,
    Thread,
    /// It was declared on a line that has a mistake.
    Unsure,
}

/// What is known of the owner of a name before the first step.
#[derive(Clone, Copy)]
pub(super) struct Known {
    pub(super) kind: Kind,
    /// The process that leads its session; `None`: unsure.
    pub(super) session: Option<Name>,
    pub(super) leads_group: bool,
    pub(super) zombie: bool,
    pub(super) ignore: SignalSet,
}

impl Known {
    pub(super) const fn of(kind: Kind) -> Self {
        Self { kind, session: None, leads_group: false, zombie: false, ignore: SignalSet::EMPTY }
    }
}

/// The names declared so far, and the sessions that have a terminal and a process in front.
pub(super) struct Names {
    known: BTreeMap<Name, Known>,
    pub(super) terminals: Vec<Name>,
    pub(super) in_front: Vec<Name>,
}

impl Default for Names {
    fn default() -> Self {
        let init = Known { session: Some(Name::INIT), leads_group: true, ..Known::of(Kind::Process) };
        Self { known: BTreeMap::from([(Name::INIT, init)]), terminals: Vec::new(), in_front: Vec::new() }
    }
}

impl Names {
    pub(super) fn get(&self, name: Name) -> Option<&Known> {
        self.known.get(&name)
    }

    pub(super) fn is_known(&self, word: &str) -> bool {
        self.find(word).is_some()
    }

    /// Declares a name.
    ///
    /// # Errors
    /// [`MistakeKind::NameTwice`].
    pub(super) fn declare(&mut self, name: Name, span: Span, known: Known) -> Result<(), Mistake> {
        if self.known.insert(name, known).is_some() {
            return Err(Mistake::new(MistakeKind::NameTwice, span, "a name that is not in use"));
        }
        Ok(())
    }

    fn find(&self, word: &str) -> Option<(Name, Known)> {
        let name = if word == "init" { Some(Name::INIT) } else { Name::new(word) }?;
        self.known.get(&name).map(|known| (name, *known))
    }

    /// The name that stands here; `wrong` if what stands here is no small word.
    fn any(&self, line: &mut Cursor<'_>, wrong: MistakeKind) -> Result<(Name, Known, Span), Mistake> {
        let token = line.next();
        let word = line.text(token);
        let span = token.span;
        if token.kind != TokenKind::Word || word.starts_with(|c: char| c.is_ascii_uppercase()) {
            return Err(Mistake::new(wrong, span, "the name of a process or thread"));
        }
        if let Some((name, known)) = self.find(word) {
            return Ok((name, known, span));
        }
        if Name::is_reserved(word) {
            return Err(Mistake::new(MistakeKind::ReservedName, span, "the name of a process or thread"));
        }
        let names = self.known.keys().map(Name::as_str);
        Err(Mistake::new(MistakeKind::UnknownName, span, "a name declared above").or_near(word, names))
    }

    /// A process.
    ///
    /// # Errors
    /// `wrong`, [`MistakeKind::ReservedName`], [`MistakeKind::UnknownName`], [`MistakeKind::ThreadOrProcess`].
    pub(super) fn process(&self, line: &mut Cursor<'_>, wrong: MistakeKind) -> Result<Name, Mistake> {
        let (name, known, span) = self.any(line, wrong)?;
        if known.kind == Kind::Thread {
            return Err(Mistake::new(MistakeKind::ThreadOrProcess, span, "a process: this is a thread"));
        }
        Ok(name)
    }

    /// A process or a thread that acts.
    ///
    /// # Errors
    /// As [`process`](Self::process); and `.main` does not belong here.
    pub(super) fn actor(&self, line: &mut Cursor<'_>) -> Result<Name, Mistake> {
        let (name, _, span) = self.any(line, MistakeKind::UnknownName)?;
        if line.sees('.') {
            let wrong = span.to(line.rest());
            let expected = "the name alone: a process acts by its main thread";
            let wrong = Span { end: wrong.end.min(span.end + ".main".len()), ..wrong };
            return Err(Mistake::new(MistakeKind::ThreadOrProcess, wrong, expected).suggesting(name.as_str()));
        }
        Ok(name)
    }

    /// A process, a thread, or the main thread of a process.
    ///
    /// # Errors
    /// As [`process`](Self::process); and `.main` after a thread.
    pub(super) fn reference(&self, line: &mut Cursor<'_>, wrong: MistakeKind) -> Result<Reference, Mistake> {
        let (name, known, span) = self.any(line, wrong)?;
        if !line.accept('.') {
            return Ok(Reference::to(name));
        }
        let main = line.next();
        if line.text(main) != "main" {
            return Err(Mistake::new(wrong, main.span, "`main` after the point").or_near(line.text(main), ["main"]));
        }
        if known.kind == Kind::Thread {
            let expected = "a process before `.main`: this is a thread";
            return Err(Mistake::new(MistakeKind::ThreadOrProcess, span.to(main.span), expected));
        }
        Ok(Reference { name, main: true })
    }

    /// Remembers the names that a wrong line was to declare, so that they are not unknown below it.
    pub(super) fn remember_declared_in(&mut self, line: &mut Cursor<'_>) {
        line.rewind();
        let is_step = line.begins_a_step();
        let mut before = "";
        while !line.is_at_end() {
            let token = line.next();
            let word = line.text(token);
            let declares = if is_step {
                line.sees('(') && matches!(word, "fork" | "vfork" | "clone" | "thread")
            } else {
                before.is_empty() && matches!(word, "process" | "thread")
            };
            before = word;
            if declares {
                line.accept('(');
                if let Some(name) = line.peek_word().and_then(Name::new) {
                    self.known.entry(name).or_insert(Known::of(Kind::Unsure));
                }
            }
        }
    }
}
