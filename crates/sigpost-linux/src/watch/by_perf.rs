//! The second way: the kernel's own records, where it lets no programs in.
//!
//! They name the sender by its thread's number alone: who that is, is looked up when the record is read, which is too
//! late for those that have ended. What the target had set they do not tell.

use sigpost_engine::{Pid, Signal};

use super::event::{Event, Generated, How, Name, Party};
use super::stream::Asked;
use crate::Process;
use crate::generated::{self, SystemStream, Unavailable};

/// The stream of records.
#[derive(Debug)]
pub(super) struct ByPerf {
    stream: SystemStream,
    signals: u64,
    with_children: bool,
    /// Read, and not passed on yet.
    waiting: Vec<generated::Generated>,
}

impl ByPerf {
    pub(super) fn open(asked: &Asked) -> Result<Self, Unavailable> {
        let stream = SystemStream::open_anywhere()?;
        Ok(Self { stream, signals: asked.signals, with_children: asked.children, waiting: Vec::new() })
    }

    pub(super) fn drain(&mut self, mut each: impl FnMut(Event) -> bool) {
        let Self { stream, signals, with_children, waiting } = self;
        let is_asked = |record: &generated::Generated| {
            let is_childs = record.signal == Signal::CHLD && (1..=6).contains(&record.code);
            record.signal.bit() & *signals != 0 && (*with_children || !is_childs)
        };
        stream.drain(|record| {
            if is_asked(&record) {
                waiting.push(record);
            }
        });
        let mut goes_on = true;
        let mut taken = 0;
        while goes_on && let Some(record) = waiting.get(taken) {
            taken += 1;
            goes_on = each(Event::Generated(told(record)));
        }
        waiting.drain(..taken);
    }

    pub(super) fn lost(&self) -> u64 {
        self.stream.lost()
    }
}

fn told(record: &generated::Generated) -> Generated {
    let pid = record.pid.get().cast_unsigned();
    let how = how(record);
    let sender = record.sender.filter(|_| matches!(how, How::Kill | How::Tgkill | How::Sigqueue(_) | How::Child));
    Generated {
        time: record.time,
        signal: record.signal,
        how,
        code: record.code,
        sender: sender.map(|thread| sender_now(thread.get())),
        target: Party {
            pid,
            thread: pid,
            inner: None,
            user: None,
            comm: Name::new(record.comm.as_bytes()),
            cgroup: None,
        },
        for_process: record.group,
        fate: record.fate,
        verdict: None,
    }
}

/// What the code alone tells.
const fn how(record: &generated::Generated) -> How {
    match (record.code, record.signal) {
        (0, Signal::PIPE) => How::Pipe,
        (0, _) => How::Kill,
        (-6, _) => How::Tgkill,
        (-2, _) | (128, Signal::ALRM | Signal::VTALRM | Signal::PROF) => How::Timer,
        (-3, _) => How::MessageQueue,
        (-4 | -5, _) => How::Io,
        (..0, _) => How::Sigqueue(0),
        (1..=6, Signal::CHLD) => How::Child,
        (1.., Signal::SEGV | Signal::BUS | Signal::ILL | Signal::FPE | Signal::TRAP) if record.code != 128 => {
            How::Fault(None)
        }
        _ => How::Kernel,
    }
}

/// Who has that number now.
fn sender_now(thread: i32) -> Party {
    let process = Pid::new(thread).and_then(|pid| Process::open(pid).ok());
    let status = process.and_then(|process| process.status().ok());
    let pid = status.as_ref().map_or(thread, |status| status.process.get());
    Party {
        pid: pid.cast_unsigned(),
        thread: thread.cast_unsigned(),
        inner: None,
        user: status.as_ref().map(|status| status.uids[0]),
        comm: status.map_or_else(Name::default, |status| Name::new(status.comm.as_bytes())),
        cgroup: None,
    }
}
