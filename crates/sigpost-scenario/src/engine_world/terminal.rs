//! The controlling terminal. Source: POSIX XBD 11.1.4; Linux `drivers/tty/tty_jobctrl.c`.

use sigpost_engine::{Disposition, Errno, GroupId, GroupKey, ProcessKey, Signal};

use super::{EngineWorld, broken};
use crate::{Call, Name, Outcome, Trouble};

impl EngineWorld {
    /// A call on the terminal. No result is told where the caller's group is stopped instead.
    pub(super) fn terminal_call(&mut self, name: Name, call: &Call) -> Result<Option<Outcome>, Trouble> {
        let process = self.actor(name)?.process;
        if !self.system.has_terminal(process) {
            return Ok(Some(Outcome::Error(Errno::ENOTTY)));
        }
        let background = self.system.group(process) != self.system.foreground(process);
        match *call {
            Call::TtyRead if background => self.background(name, Signal::TTIN, Outcome::Error(Errno::EIO)),
            Call::TtyWrite if background => self.background(name, Signal::TTOU, Outcome::Zero),
            Call::Tcsetpgrp(group) => {
                let number = self.number(group)?;
                let wanted = match self.group_in_front(process, number) {
                    Ok(group) => group,
                    Err(errno) => return Ok(Some(Outcome::Error(errno))),
                };
                if background {
                    let refused = self.background(name, Signal::TTOU, Outcome::Zero)?;
                    if refused != Some(Outcome::Zero) {
                        return Ok(refused);
                    }
                }
                self.system.set_foreground(wanted).map_err(broken)?;
                Ok(Some(Outcome::Zero))
            }
            _ => Ok(Some(Outcome::Zero)),
        }
    }

    /// The group that is to be in front: of the caller's session.
    fn group_in_front(&self, caller: ProcessKey, number: i32) -> Result<GroupKey, Errno> {
        let number = GroupId::new(number).ok_or(Errno::EINVAL)?;
        let group = self.system.find_group(caller, number).ok_or(Errno::ESRCH)?;
        let session = self.system.session(caller);
        let inside = self.system.members(group).all(|member| self.system.session(member) == session);
        if inside { Ok(group) } else { Err(Errno::EPERM) }
    }

    /// A process in the background is stopped with its group; `spared` is the result where it blocks or ignores
    /// the signal, EIO where nobody could continue it.
    fn background(&mut self, name: Name, signal: Signal, spared: Outcome) -> Result<Option<Outcome>, Trouble> {
        let actor = self.actor(name)?;
        let (process, thread) = (actor.process, actor.thread);
        let ignores = self.system.disposition(process, signal) == Some(Disposition::Ignore);
        let blocks = self.system.thread(thread).is_some_and(|thread| thread.mask().blocks(signal));
        if ignores || blocks {
            return Ok(Some(spared));
        }
        let Some(group) = self.system.group(process) else { return Ok(Some(Outcome::Error(Errno::EIO))) };
        if self.is_orphaned(group) {
            return Ok(Some(Outcome::Error(Errno::EIO)));
        }
        self.system.pgsignal(Some(group), signal, false, &mut ()).map_err(broken)?;
        Ok(None)
    }

    /// Whether no member's parent is in another group of the same session.
    fn is_orphaned(&self, group: GroupKey) -> bool {
        !self.system.members(group).any(|member| {
            self.system.parent(member).is_some_and(|parent| {
                self.system.group(parent) != Some(group) && self.system.session(parent) == self.system.session(member)
            })
        })
    }
}
