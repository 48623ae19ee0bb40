//! `process` and `thread` lines.

use super::cursor::Cursor;
use super::names::{Kind, Known};
use super::{File, new_name, option, place};
use crate::{Declaration, Mistake, MistakeKind, PersonalityName, ProcessDeclaration, ThreadDeclaration};

impl File {
    pub(super) fn declaration(&mut self, line: &mut Cursor<'_>) -> Result<Declaration, Mistake> {
        if line.peek_word() == Some("thread") {
            return self.thread(line).map(Declaration::Thread);
        }
        self.process(line).map(Declaration::Process)
    }

    fn process(&mut self, line: &mut Cursor<'_>) -> Result<ProcessDeclaration, Mistake> {
        line.next();
        let (name, span) = new_name(line)?;
        let mut process = ProcessDeclaration::new(name);
        let mut spans = option::Spans::default();
        while !line.is_at_end() {
            option::option(line, &self.names, &mut process, &mut spans)?;
        }
        process.span = line.read();
        let known = place::check(&process, &spans, &mut self.names, self.personalities)?;
        self.names.declare(name, span, known)?;
        Ok(process)
    }

    fn thread(&mut self, line: &mut Cursor<'_>) -> Result<ThreadDeclaration, Mistake> {
        let word = line.next().span;
        let without = |personality: &PersonalityName| !personality.has_threads_and_queues();
        if let Some(personality) = self.personalities.iter().find(without) {
            let expected = format!("processes only: `{personality}` has no threads");
            return Err(Mistake::new(MistakeKind::NeverHad, word, expected));
        }
        let (name, span) = new_name(line)?;
        let of = line.next();
        if line.text(of) != "of" {
            let expected = "`of PROCESS`";
            return Err(Mistake::new(MistakeKind::OptionWithoutValue, of.span, expected).or_near(line.text(of), ["of"]));
        }
        let at = line.peek().span;
        let process = self.names.process(line, MistakeKind::UnknownName)?;
        if self.names.get(process).is_some_and(|owner| owner.zombie) {
            return Err(Mistake::new(
                MistakeKind::ExcludedPair,
                at,
                "a process that is alive: a zombie has no threads",
            ));
        }
        let block = option::thread_block(line)?;
        line.end()?;
        self.names.declare(name, span, Known::of(Kind::Thread))?;
        Ok(ThreadDeclaration { name, process, block, span: line.read() })
    }
}
