//! Steps.

use sigpost_engine::Verdict;

use super::cursor::Cursor;
use super::kernel_call::kernel_call;
use super::lexer::TokenKind;
use super::{File, call, outcome};
use crate::step::{Act, ExpectedReceipt, Step};
use crate::{Mistake, MistakeKind, Outcome};

impl File {
    pub(super) fn step(&mut self, line: &mut Cursor<'_>) -> Result<Step, Mistake> {
        let act = if line.peek_word() == Some("kernel") {
            line.next();
            colon(line)?;
            Act::Kernel(kernel_call(line, &mut self.names)?)
        } else {
            let actor = self.names.actor(line)?;
            colon(line)?;
            Act::Call(actor, call::call(line, &mut self.names)?)
        };
        let result = self.result(line, &act)?;
        let receipts = self.receipts(line, &act)?;
        line.end()?;
        Ok(Step { act, result, receipts, span: line.read() })
    }

    #[expect(clippy::unused_self, reason = "a part of the step, as the others")]
    fn result(&self, line: &mut Cursor<'_>, act: &Act) -> Result<Option<Outcome>, Mistake> {
        let equals = line.peek().span;
        if !line.accept('=') {
            return Ok(None);
        }
        let results = match act {
            Act::Call(_, call) => call.results(),
            Act::Kernel(_) => crate::Results::None,
        };
        if results == crate::Results::None {
            let expected = format!("`{}` without a result", act.word());
            let span = equals.to(line.next().span);
            return Err(Mistake::new(MistakeKind::ResultOfNone, span, expected));
        }
        outcome::outcome(line, |outcome| results.allow(outcome), results.expected()).map(Some)
    }

    fn receipts(&mut self, line: &mut Cursor<'_>, act: &Act) -> Result<Option<Vec<ExpectedReceipt>>, Mistake> {
        let arrow = line.peek();
        if arrow.kind != TokenKind::Arrow {
            return Ok(None);
        }
        let sends = match act {
            Act::Call(_, call) => call.sends(),
            Act::Kernel(call) => call.sends(),
        };
        if !sends {
            let expected = format!("`{}` without receipts", act.word());
            return Err(Mistake::new(MistakeKind::ReceiptsOfNone, line.rest(), expected));
        }
        line.next();
        if line.peek_word() == Some("none") {
            line.next();
            return Ok(Some(Vec::new()));
        }
        let mut receipts: Vec<ExpectedReceipt> = Vec::new();
        while receipts.is_empty() || line.peek().kind == TokenKind::Word {
            let span = line.peek().span;
            let receipt = self.receipt(line)?;
            if receipts.iter().any(|other| other.process == receipt.process) {
                let span = span.to(line.previous());
                return Err(Mistake::new(MistakeKind::ReceiptTwice, span, "one receipt a process"));
            }
            receipts.push(receipt);
        }
        Ok(Some(receipts))
    }

    fn receipt(&mut self, line: &mut Cursor<'_>) -> Result<ExpectedReceipt, Mistake> {
        if line.is_at_end() {
            let expected = "`none`, or `PROCESS=VERDICT` for each";
            return Err(Mistake::new(MistakeKind::UnknownVerdict, line.peek().span, expected));
        }
        let process = self.names.process(line, MistakeKind::UnknownName)?;
        let words = || Verdict::ALL.into_iter().map(Verdict::word);
        let wrong = |span| {
            let expected = format!("`{process}=` and one of `{}`", words().collect::<Vec<_>>().join("`, `"));
            Mistake::new(MistakeKind::UnknownVerdict, span, expected)
        };
        if !line.accept('=') {
            return Err(wrong(line.peek().span));
        }
        let token = line.next();
        let word = line.text(token);
        let verdict = Verdict::ALL.into_iter().find(|verdict| verdict.word() == word);
        let verdict = verdict.ok_or_else(|| wrong(token.span).or_near(word, words()))?;
        Ok(ExpectedReceipt { process, verdict })
    }
}

fn colon(line: &mut Cursor<'_>) -> Result<(), Mistake> {
    if line.accept(':') {
        return Ok(());
    }
    Err(Mistake::new(MistakeKind::MissingColon, line.peek().span, "`:`"))
}
