//! Local time, as the C library knows it from `TZ` and `/etc/localtime`.

use core::mem::MaybeUninit;

/// How many seconds local time is ahead of UTC at that moment (seconds since 1970): negative in the west. 0 where that
/// cannot be told.
pub fn ahead_of_utc(at: i64) -> i64 {
    let mut local = MaybeUninit::<libc::tm>::zeroed();
    // SAFETY: both pointers are to memory of our own; the function that sets the zone from `TZ` is called in it.
    let filled = unsafe { libc::localtime_r(&raw const at, local.as_mut_ptr()) };
    if filled.is_null() {
        return 0;
    }
    // SAFETY: zeroed, and then filled by the C library.
    unsafe { local.assume_init() }.tm_gmtoff
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_place_is_further_from_utc_than_a_day() {
        assert!(super::ahead_of_utc(1_700_000_000).abs() <= 86_400);
    }
}
