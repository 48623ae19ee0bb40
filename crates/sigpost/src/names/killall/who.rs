//! Whom `killall` means: each process is opened and read through its handle, and what is returned is held by it.

use rustix::fs::{AtFlags, CWD};
use sigpost_engine::{GroupId, Pid};
use sigpost_linux::filter::Filter;
use sigpost_linux::proc_stat::Comm;
use sigpost_linux::{Process, ReadError};
use sigpost_sys::extended_regex::ExtendedRegex;

use super::arguments::Order;
use crate::names::say;
use crate::render::escape::printable;

/// What is asked of each process.
pub(super) struct Wish<'a> {
    order: &'a Order,
    names: Vec<Named>,
    context: Option<ExtendedRegex>,
    /// The inode of a PID namespace.
    namespace: Option<u64>,
}

/// By what a process is named.
enum Named {
    Name(Vec<u8>),
    Pattern(ExtendedRegex),
    /// The file that it runs: device, inode, and path.
    File(u64, u64, Vec<u8>),
}

/// A process that is meant.
pub(super) struct Candidate {
    pub(super) process: Process,
    /// Its name, in full where that is known.
    pub(super) name: Vec<u8>,
    pub(super) group: Option<GroupId>,
    /// Which of the names has named it.
    pub(super) named_by: Option<usize>,
}

impl<'a> Wish<'a> {
    /// Reads what is asked.
    ///
    /// # Errors
    /// The line to be said: no regular expression, no such file, no such process.
    pub(super) fn of(order: &'a Order) -> Result<Self, String> {
        let names = order.names.iter().map(|name| named(order, name)).collect::<Result<_, _>>()?;
        let context = order.context.as_ref().map(|pattern| expression(pattern, false)).transpose();
        let context = context.map_err(|pattern| format!("Bad regular expression: {pattern}"))?;
        let namespace = order.namespace_of.map(namespace_of).transpose()?;
        Ok(Self { order, names, context, namespace })
    }

    /// The process, if it is meant. One that cannot be read is not.
    pub(super) fn look_at(&self, process: Process) -> Option<Candidate> {
        let stat = process.stat().ok()?;
        if !self.fits(&process).unwrap_or(false) {
            return None;
        }
        let comm = stat.comm.as_bytes();
        let in_full = if comm.len() == Comm::LONGEST { name_in_full(&process, comm) } else { None };
        if self.order.exact && comm.len() == Comm::LONGEST && in_full.is_none() {
            if self.order.verbose {
                say::error(&format!("killall: skipping partial match {}({})", printable(comm), stat.pid));
            }
            return None;
        }
        let name = in_full.as_deref().unwrap_or(comm);
        let named_by = self.names.iter().position(|named| self.names_it(named, &process, name, in_full.is_some()));
        if named_by.is_none() && !self.names.is_empty() {
            return None;
        }
        Some(Candidate { name: name.to_vec(), group: stat.group, named_by, process })
    }

    /// Whether it is what is asked besides the names.
    fn fits(&self, process: &Process) -> Result<bool, ReadError> {
        let order = self.order;
        let filter = Filter { real_users: order.user.into_iter().collect(), ..Filter::default() };
        let started_before = |age| Filter { older: Some(age), ..Filter::default() };
        Ok(filter.matches(process)?
            && (order.older.is_none() || started_before(order.older.unwrap_or_default()).matches(process)?)
            && (order.younger.is_none() || !started_before(order.younger.unwrap_or_default()).matches(process)?)
            && (self.namespace.is_none() || Some(pid_namespace(process)?) == self.namespace)
            && (self.context.is_none() || self.has_context(process)?))
    }

    /// Without a security module no context can be read, and so none matches.
    fn has_context(&self, process: &Process) -> Result<bool, ReadError> {
        let mut context = Vec::new();
        process.read("attr/current", &mut context)?;
        let context = context.split(|byte| matches!(byte, 0 | b'\n')).next().unwrap_or_default();
        Ok(self.context.as_ref().is_some_and(|pattern| pattern.matches(context)))
    }

    fn names_it(&self, named: &Named, process: &Process, name: &[u8], in_full: bool) -> bool {
        let same = |a: &[u8], b: &[u8]| if self.order.ignore_case { a.eq_ignore_ascii_case(b) } else { a == b };
        match named {
            Named::Pattern(pattern) => pattern.matches(name),
            // The kernel has cut its name, and what it was called by does not tell the rest.
            Named::Name(wanted) if !in_full && name.len() == Comm::LONGEST && wanted.len() > Comm::LONGEST => {
                same(&wanted[..Comm::LONGEST], name)
            }
            Named::Name(wanted) => same(wanted, name),
            Named::File(device, inode, path) => runs(process, *device, *inode, path),
        }
    }
}

fn named(order: &Order, name: &[u8]) -> Result<Named, String> {
    if order.regexp {
        return expression(name, order.ignore_case)
            .map(Named::Pattern)
            .map_err(|pattern| format!("killall: Bad regular expression: {pattern}"));
    }
    if !name.contains(&b'/') {
        return Ok(Named::Name(name.to_vec()));
    }
    let about = rustix::fs::statat(CWD, name, AtFlags::empty());
    let about = about.map_err(|errno| format!("{}: {}", printable(name), say::meaning(errno.raw_os_error())))?;
    Ok(Named::File(about.st_dev, about.st_ino, name.to_vec()))
}

/// The error is the pattern.
fn expression(pattern: &[u8], ignore_case: bool) -> Result<ExtendedRegex, String> {
    ExtendedRegex::new(pattern, ignore_case).map_err(|_| printable(pattern))
}

/// The first argument whose base name begins with the name that the kernel has cut: the program, or the script that
/// an interpreter runs.
fn name_in_full(process: &Process, comm: &[u8]) -> Option<Vec<u8>> {
    let mut line = Vec::new();
    process.read("cmdline", &mut line).ok()?;
    let mut programs = line
        .split(|byte| *byte == 0)
        .take_while(|argument| !argument.is_empty())
        .map(|argument| argument.rsplit(|byte| *byte == b'/').next().unwrap_or_default());
    programs.find(|program| program.starts_with(comm)).map(<[u8]>::to_vec)
}

/// Whether it runs this very file, or one of this path that has been replaced since.
fn runs(process: &Process, device: u64, inode: u64, path: &[u8]) -> bool {
    let Ok(folder) = process.directory() else { return false };
    let same = rustix::fs::statat(folder, "exe", AtFlags::empty())
        .is_ok_and(|about| (about.st_dev, about.st_ino) == (device, inode));
    same || rustix::fs::readlinkat(folder, "exe", Vec::new()).is_ok_and(|link| link.to_bytes() == path)
}

fn namespace_of(pid: Pid) -> Result<u64, String> {
    let cannot = || format!("killall: no PID namespace of process {pid} to compare with");
    Process::open(pid).ok().and_then(|process| pid_namespace(&process).ok()).ok_or_else(cannot)
}

fn pid_namespace(process: &Process) -> Result<u64, ReadError> {
    Ok(rustix::fs::statat(process.directory()?, "ns/pid", AtFlags::empty())?.st_ino)
}
