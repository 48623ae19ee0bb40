//! Every reader of a file that the kernel (or an administrator) writes, for what tries each with any bytes there are.
//! Nothing here opens a file.

use crate::cgroup::mount;
use crate::generated::Format;
use crate::proc_stat::{Comm, Stat};
use crate::proc_status::Status;
use crate::proc_syscall::SleepingCall;
use crate::user::Users;
use crate::watch::kernel_types::KernelTypes;
use crate::{filter, freezer, pid_file, port, proc_files, proc_stat, selection};

/// A reader: the file that it is for, and what reads it. It gives back the text that would be shown to people.
pub type Reader = (&'static str, fn(&[u8]) -> String);

/// All of them. Their places are those that the corpus of the fuzz target `proc_files` uses: new ones come last.
pub const READERS: [Reader; 15] = [
    ("stat", |bytes| Stat::parse(bytes).map_or_else(|_| comm(bytes), |stat| stat.comm.to_string())),
    ("status", |bytes| Status::parse(bytes).map_or_else(|_| comm(bytes), |status| status.comm.to_string())),
    ("stat, the wait status", |bytes| proc_stat::wait_status(bytes).to_string()),
    ("syscall", |bytes| SleepingCall::parse(bytes).map_or_else(|_| String::new(), |call| call.number.to_string())),
    ("cgroup, for the freezer", |bytes| {
        let text = String::from_utf8_lossy(bytes);
        text.lines().filter_map(freezer::freezable).flat_map(|(_, path)| freezer::from_the_root(path)).for_each(drop);
        String::new()
    }),
    ("cgroup, as a filter", |bytes| bytes_left(filter::unified(bytes))),
    ("environ", |bytes| {
        let (asked, environment) = bytes.split_at(bytes.len().min(3));
        filter::has_variable(environment, asked).to_string()
    }),
    ("cmdline, the program", |bytes| bytes_left(selection::program(bytes))),
    ("cmdline, the line", |bytes| bytes_left(&selection::joined(bytes))),
    ("mountinfo", |bytes| {
        let text = String::from_utf8_lossy(bytes);
        let found = [mount::of_version_2(&text), mount::of_freezer(&text)];
        found.iter().flatten().count().to_string()
    }),
    ("net/tcp, net/udp", |bytes| {
        let text = String::from_utf8_lossy(bytes);
        let sockets = text.lines().flat_map(|line| [port::listening(line, 80, true), port::listening(line, 80, false)]);
        sockets.flatten().count().to_string()
    }),
    ("a pid file", |bytes| pid_file::number(bytes).map_or_else(String::new, |pid| pid.to_string())),
    ("passwd, group", |bytes| Users::parse(&String::from_utf8_lossy(bytes)).id("root").unwrap_or_default().to_string()),
    ("a tracepoint's format, and a record of it", |bytes| {
        let (text, record) = bytes.split_at(bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len()));
        let record = Format::parse(text).ok().and_then(|format| format.decode(0, record));
        record.map_or_else(String::new, |record| record.comm.to_string())
    }),
    ("the kernel's types", |bytes| KernelTypes::parse(bytes.to_vec()).is_ok().to_string()),
];

/// The bytes as a command name, which the kernel writes raw.
fn comm(bytes: &[u8]) -> String {
    Comm::new(bytes).to_string()
}

/// What is left of a file is a path or a line of bytes: no number, and shown nowhere as it is.
fn bytes_left(bytes: &[u8]) -> String {
    proc_files::decimal::<i32>(bytes).map_or_else(String::new, |number| number.to_string())
}
