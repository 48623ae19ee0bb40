//! `wait`: news of children, and of those whom the caller traces.

use sigpost_engine::{ChildStatus, Errno, ExitStatus, Trace};

use super::EngineWorld;
use super::actors::{Actor, Blocking};
use crate::{Budget, ChildNews, Name, Outcome, Trouble};

impl EngineWorld {
    pub(super) fn wait(
        &mut self,
        name: Name,
        child: Option<Name>,
        block: bool,
        budget: &mut Budget,
    ) -> Result<Option<Outcome>, Trouble> {
        match self.child_news(name, child)? {
            Some(outcome) => Ok(Some(outcome)),
            None if block => self.block(name, Blocking::Child(child), budget),
            None => Ok(Some(Outcome::Child(ChildNews::Nothing))),
        }
    }

    /// What there is to tell of a child, or of any; `None`: nothing yet.
    pub(super) fn child_news(&mut self, name: Name, child: Option<Name>) -> Result<Option<Outcome>, Trouble> {
        let caller = self.actor(name)?.process;
        if let Some(trapped) = self.trapped(name, child)? {
            return Ok(Some(Outcome::Child(trapped)));
        }
        let key = match child {
            Some(child) => Some(self.actor(child)?.process),
            None => None,
        };
        let news = match self.system.wait(caller, key) {
            Ok(news) => news,
            Err(_) if self.traces(name, child)? => None,
            Err(_) => return Ok(Some(Outcome::Error(Errno::ECHILD))),
        };
        Ok(news.map(|(_, news)| Outcome::Child(told(news))))
    }

    /// A tracee that has stopped since it was last asked for.
    fn trapped(&mut self, name: Name, child: Option<Name>) -> Result<Option<ChildNews>, Trouble> {
        for tracee in self.tracees(name, child)? {
            let actor = self.actor(tracee)?;
            let trace = self.system.thread(actor.thread).map(sigpost_engine::ThreadSignals::trace);
            if let (Some(Trace::Stopped(Some(signal))), false) = (trace, actor.stop_told) {
                self.actor_mut(tracee)?.stop_told = true;
                return Ok(Some(ChildNews::Trapped(signal)));
            }
        }
        Ok(None)
    }

    fn traces(&self, name: Name, child: Option<Name>) -> Result<bool, Trouble> {
        Ok(!self.tracees(name, child)?.is_empty())
    }

    /// Whom a process traces, of a child or of all.
    fn tracees(&self, name: Name, child: Option<Name>) -> Result<Vec<Name>, Trouble> {
        let tracer = self.actor(name)?.process;
        let is = |actor: &&Actor| {
            let asked = child.is_none_or(|child| actor.family == child);
            asked && !actor.gone && self.system.tracer(actor.thread) == Some(tracer)
        };
        Ok(self.actors.values().filter(is).map(|actor| actor.name).collect())
    }
}

fn told(news: ChildStatus) -> ChildNews {
    match news {
        ChildStatus::Ended(ExitStatus::Exited(status)) => ChildNews::Exited(u8::try_from(status & 0xff).unwrap_or(0)),
        ChildStatus::Ended(ExitStatus::Killed(signal)) => ChildNews::Killed(signal),
        ChildStatus::Ended(ExitStatus::Dumped(signal)) => ChildNews::Dumped(signal),
        ChildStatus::Changed(sigpost_engine::ChildNews::Stopped(signal)) => ChildNews::Stopped(signal),
        ChildStatus::Changed(sigpost_engine::ChildNews::Continued) => ChildNews::Continued,
    }
}
