//! What differs from processor to processor: how a child begins on a stack of its own, which instructions fault, and where
//! the registers are that a handler goes back to.

#[cfg(target_arch = "aarch64")]
mod aarch64;
#[cfg(target_arch = "aarch64")]
pub(super) use aarch64::{SIGACTION_FLAGS, clone, fail, fault_length, own_storage, restorer, returns, step_over};

#[cfg(target_arch = "x86_64")]
mod x86_64;
#[cfg(target_arch = "x86_64")]
pub(super) use x86_64::{SIGACTION_FLAGS, clone, fail, fault_length, own_storage, restorer, returns, step_over};

#[cfg(not(any(target_arch = "aarch64", target_arch = "x86_64")))]
mod other;
#[cfg(not(any(target_arch = "aarch64", target_arch = "x86_64")))]
pub(super) use other::{SIGACTION_FLAGS, clone, fail, fault_length, own_storage, restorer, returns, step_over};
