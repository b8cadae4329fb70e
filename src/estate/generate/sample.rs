//! Random choices: integers only, and every rule spelled out here, so that a
//! seed means the same bytes on each machine and with each library version.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// A stream of choices. Streams of one seed with different numbers are
/// independent of each other.
pub(super) struct Sample(ChaCha8Rng);

impl Sample {
    /// The stream `number` of `seed`.
    pub(super) fn new(seed: u64, number: u64) -> Self {
        let mut key = [0_u8; 32];
        for (to, from) in key.iter_mut().zip(seed.to_le_bytes()) {
            *to = from;
        }
        let mut rng = ChaCha8Rng::from_seed(key);
        rng.set_stream(number);
        Self(rng)
    }

    /// 0 up to but not `end`, all nearly equally likely; 0 if `end` is 0.
    pub(super) fn below(&mut self, end: u32) -> u32 {
        let wide = u64::from(self.0.next_u32()) * u64::from(end);
        high_half(wide)
    }

    /// 0 up to but not `end`, small ones much more likely.
    pub(super) fn skewed_below(&mut self, end: u32) -> u32 {
        let once = self.below(end.saturating_mul(16));
        high_half(u64::from(once) * u64::from(self.0.next_u32())) / 16
    }

    /// True in `share` of 1,000 cases.
    pub(super) fn per_mille(&mut self, share: u32) -> bool {
        self.below(1000) < share
    }

    /// 1 up to `most` by a Pareto distribution of exponent 2: half of them are
    /// 1 or less than 1.5, one in a hundred is above 10.
    pub(super) fn pareto(&mut self, most: u32) -> u32 {
        let ratio = (1_u64 << 32) / (u64::from(self.0.next_u32()) + 1);
        u32::try_from(ratio.isqrt())
            .unwrap_or(most)
            .clamp(1, most.max(1))
    }

    /// 16 random bytes.
    pub(super) fn bytes(&mut self) -> [u8; 16] {
        let mut bytes = [0_u8; 16];
        self.0.fill_bytes(&mut bytes);
        bytes
    }
}

fn high_half(wide: u64) -> u32 {
    u32::try_from(wide >> 32).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::Sample;

    #[test]
    fn the_stream_of_a_seed_is_fixed() {
        let mut sample = Sample::new(42, 7);
        let drawn: Vec<u32> = (0..6).map(|_| sample.below(1000)).collect();
        assert_eq!(
            drawn,
            [634, 185, 810, 580, 397, 945],
            "a seed no longer means the same estate"
        );
    }

    #[test]
    fn skewed_choices_prefer_small_numbers_and_keep_the_bounds() {
        let mut sample = Sample::new(1, 1);
        let drawn: Vec<u32> = (0..4000).map(|_| sample.skewed_below(100)).collect();
        assert!(drawn.iter().all(|&n| n < 100));
        let small = drawn.iter().filter(|&&n| n < 25).count();
        assert!((2100..2700).contains(&small), "{small}");
        let pareto: Vec<u32> = (0..4000).map(|_| sample.pareto(12)).collect();
        let ones = pareto.iter().filter(|&&n| n == 1).count();
        assert!((2800..3200).contains(&ones), "{ones}");
        assert!(pareto.iter().all(|&n| (1..=12).contains(&n)));
    }
}
