//! The kernel's records have the time since the machine started; people want that of the day.

use rustix::time::{ClockId, clock_gettime};

/// What to add to the one for the other, as of the start of the watch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    /// Nanoseconds.
    difference: i128,
    /// Seconds that local time is ahead of UTC.
    ahead: i64,
}

/// Nanoseconds since the machine started, as the records have them.
pub(super) fn now() -> u64 {
    u64::try_from(of(ClockId::Monotonic)).unwrap_or(0)
}

fn of(clock: ClockId) -> i128 {
    let now = clock_gettime(clock);
    i128::from(now.tv_sec) * 1_000_000_000 + i128::from(now.tv_nsec)
}

impl Clock {
    /// Compares the two clocks.
    pub(super) fn read() -> Self {
        let difference = of(ClockId::Realtime) - of(ClockId::Monotonic);
        let seconds = i64::try_from(of(ClockId::Realtime) / 1_000_000_000).unwrap_or(0);
        Self { difference, ahead: sigpost_sys::clock::ahead_of_utc(seconds) }
    }

    fn since_epoch(self, time: u64) -> i128 {
        i128::from(time) + self.difference
    }

    /// Seconds since 1970, to a microsecond.
    pub(super) fn seconds(self, time: u64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a microsecond is told, and kept until the year 2255")]
        let micros = (self.since_epoch(time) / 1000) as f64;
        micros / 1e6
    }

    /// The time of the day, as people have it here: `23:01:02.123456`.
    pub(super) fn time_of_day(self, time: u64) -> String {
        let nanos = self.since_epoch(time) + i128::from(self.ahead) * 1_000_000_000;
        let of_day = nanos.rem_euclid(24 * 3600 * 1_000_000_000);
        let (seconds, micros) = (of_day / 1_000_000_000, of_day / 1000 % 1_000_000);
        format!("{:02}:{:02}:{:02}.{micros:06}", seconds / 3600, seconds / 60 % 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_the_day_is_that_of_the_place() {
        let clock = Clock { difference: 1_700_000_000_000_000_000, ahead: 3600 };
        assert_eq!(clock.time_of_day(1_500_000_999), "23:13:21.500000");
        assert_eq!(Clock { ahead: -3600, ..clock }.time_of_day(0), "21:13:20.000000");
        assert!((clock.seconds(1_500_000_999) - 1_700_000_001.5).abs() < 1e-6);
    }
}
