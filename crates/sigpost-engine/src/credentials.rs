//! Who a process runs as: what permission to signal is decided from.

/// A user ID. 0 is the superuser's.
pub type UserId = u32;

/// The three user IDs of a process, and whether it may signal anyone.
///
/// `privileged` is what the system calls the right to signal everyone: `CAP_KILL` on Linux, appropriate
/// privileges in POSIX. Personalities that know only "effective user 0" ignore it. See credentials(7).
///
/// ```
/// use sigpost_engine::Credentials;
///
/// let root = Credentials::user(0);
/// assert!(root.privileged);
/// let mut sudo = Credentials::user(1000);
/// sudo.effective = 0; // a set-user-ID program: its real and saved IDs tell who ran it
/// assert_eq!((sudo.real, sudo.effective, sudo.saved), (1000, 0, 1000));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Credentials {
    /// Who started the process.
    pub real: UserId,
    /// Who the process acts as.
    pub effective: UserId,
    /// Who the process may become again: the saved set-user-ID.
    pub saved: UserId,
    /// Whether the process may signal anyone, whatever the IDs.
    pub privileged: bool,
    /// Whether the process has changed its user IDs since it began its program (FreeBSD's `P_SUGID`).
    pub changed_ids: bool,
}

impl Credentials {
    /// All three IDs alike; privileged exactly when the user is 0.
    pub const fn user(user: UserId) -> Self {
        Self::ids(user, user, user)
    }

    /// These three IDs; privileged exactly when the effective one is 0.
    pub const fn ids(real: UserId, effective: UserId, saved: UserId) -> Self {
        Self { real, effective, saved, privileged: effective == 0, changed_ids: false }
    }

    /// The same IDs without the right to signal anyone.
    #[must_use]
    pub const fn unprivileged(self) -> Self {
        Self { privileged: false, ..self }
    }
}
