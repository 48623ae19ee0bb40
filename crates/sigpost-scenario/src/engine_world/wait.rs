//! `wait`: news of children, and of those whom the caller traces.

use sigpost_engine::{ChildEvent, Children, Errno, ExitStatus, WaitOptions};

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
        let Actor { process: caller, thread, .. } = *self.actor(name)?;
        self.system.set_current(Some(thread));
        let children = match child {
            Some(child) => Children::One(self.actor(child)?.process),
            None => Children::Any,
        };
        Ok(match self.system.wait_for(caller, children, WaitOptions::ALL) {
            Ok(news) => news.map(|(_, event)| Outcome::Child(told(event))),
            Err(_) => Some(Outcome::Error(Errno::ECHILD)),
        })
    }
}

fn told(event: ChildEvent) -> ChildNews {
    match event {
        ChildEvent::Ended(ExitStatus::Exited(status)) => ChildNews::Exited(u8::try_from(status & 0xff).unwrap_or(0)),
        ChildEvent::Ended(ExitStatus::Killed(signal)) => ChildNews::Killed(signal),
        ChildEvent::Ended(ExitStatus::Dumped(signal)) => ChildNews::Dumped(signal),
        ChildEvent::Stopped(signal) => ChildNews::Stopped(signal),
        ChildEvent::Continued => ChildNews::Continued,
        ChildEvent::Trapped(_, signal) => ChildNews::Trapped(signal),
    }
}
