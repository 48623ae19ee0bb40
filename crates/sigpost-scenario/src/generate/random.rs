//! A small generator of random numbers, the same on every machine.

/// Random numbers from a seed: splitmix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators",
/// 2014). Good enough to choose scenarios, and never to be changed: a seed in a bug report has to stay good.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The sequence that begins with this seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub const fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below this one; 0 if it is 0.
    pub const fn below(&mut self, limit: u32) -> u32 {
        // The high half of a product is below the limit; its bias is 1 in 2^32.
        (((self.bits() >> 32) * limit as u64) >> 32) as u32
    }

    /// A number in a range, its end included.
    pub fn between(&mut self, (first, last): (u32, u32)) -> u32 {
        first + self.below(last.saturating_sub(first).saturating_add(1))
    }

    /// True so many times out of so many.
    pub const fn chance(&mut self, times: u32, out_of: u32) -> bool {
        self.below(out_of) < times
    }

    /// One of these; `None` if there are none.
    pub fn pick<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        from.get(self.below(u32::try_from(from.len()).unwrap_or(u32::MAX)) as usize).copied()
    }

    /// One of these, or the other if there are none.
    pub(super) fn pick_or<T: Copy>(&mut self, from: &[T], other: T) -> T {
        self.pick(from).unwrap_or(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_the_published_one() {
        let mut random = Random::new(1_234_567);
        assert_eq!([random.bits(), random.bits()], [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]);
    }

    #[test]
    fn numbers_stay_below_their_limit_and_reach_it() {
        let mut random = Random::new(1);
        let drawn: Vec<u32> = (0..200).map(|_| random.below(5)).collect();
        assert!((0..5).all(|number| drawn.contains(&number)) && drawn.iter().all(|number| *number < 5));
    }
}
