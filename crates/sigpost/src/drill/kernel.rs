//! On which kernel's processes scenarios are run: in namespaces of their own, or in the machine itself.

use std::io;

use sigpost_drill::{LinuxWorld, Records, be_alone};

use crate::failure::Failure;
use crate::render::print;

/// What becomes a puppet of this command: the arguments before those that it adds.
const PUPPET: [&str; 2] = ["drill", "--puppet"];

/// Where worlds of real processes come from.
#[derive(Debug)]
pub(super) enum Kernel {
    /// Nowhere: only the engine is asked.
    None,
    /// Namespaces, with the kernel's records of signals if this user can have them.
    Namespaces(Option<Records>),
    /// The machine itself, verified to be ours alone.
    Alone,
}

impl Kernel {
    /// Namespaces; that there are no records is said once.
    pub(super) fn in_namespaces() -> Self {
        let records = Records::open();
        let say = |missing: &_| print::summary(&format!("receipts without the kernel's records: {missing}"));
        Self::Namespaces(records.inspect_err(say).ok())
    }

    /// The machine itself.
    ///
    /// # Errors
    /// Exit 2: it is not process 1, or somebody else is there. Exit 3: the kernel refused memory or a pipe.
    pub(super) fn alone() -> Result<Self, Failure> {
        match be_alone(&PUPPET) {
            Ok(()) => Ok(Self::Alone),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Err(Failure::usage(format!(
                "--alone: {error}; it is for process 1 of a machine (or namespace) that nobody else is in: without it \
                 scenarios run in namespaces of their own"
            ))),
            Err(error) => Err(Failure::internal(format!("--alone: {error}"))),
        }
    }

    /// A world whose processes execute this command.
    pub(super) fn world(&self) -> io::Result<LinuxWorld> {
        match self {
            Self::None => Err(io::ErrorKind::Unsupported.into()),
            Self::Alone => LinuxWorld::alone(),
            Self::Namespaces(None) => LinuxWorld::executing(&PUPPET),
            Self::Namespaces(Some(records)) => Ok(LinuxWorld::executing(&PUPPET)?.witnessed_by(records)),
        }
    }

    /// Says which scenario is next where the machine may not come back from it.
    pub(super) fn announce(&self, path: &str) {
        if matches!(self, Self::Alone) {
            print::summary(&format!("running {path}"));
        }
    }
}

/// Powers the machine off, if this is its process 1; in a namespace, ends that. If it cannot: why.
pub(super) fn power_off() -> Failure {
    let refused = rustix::system::reboot(rustix::system::RebootCommand::PowerOff).err();
    let why = refused.map_or_else(|| "the machine goes on".to_owned(), |errno| errno.to_string());
    Failure::internal(format!("--power-off: {why}"))
}
