//! A blocked Bloom filter over content hashes: "certainly not in this segment",
//! or "look it up". One cache line for each question.
//!
//! 16 bits for each hash and seven probes give about 0.2 % false alarms.

use super::EventHash;
use super::format::u64_at;

const WORDS: usize = 8;
const BLOCK_BYTES: usize = WORDS * 8;
const HASHES_PER_BLOCK: usize = BLOCK_BYTES * 8 / 16;
const PROBES: u32 = 7;

/// The filter of one segment. 2 bytes of memory for each event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Filter {
    blocks: Vec<[u64; WORDS]>,
}

impl Filter {
    pub fn with_capacity(hashes: usize) -> Self {
        Self {
            blocks: vec![[0; WORDS]; hashes.div_ceil(HASHES_PER_BLOCK).max(1)],
        }
    }

    pub fn insert(&mut self, hash: &EventHash) {
        let probe = Probe::of(hash);
        let block = self.block_of(&probe);
        for (word, bits) in self.blocks[block].iter_mut().zip(probe.mask) {
            *word |= bits;
        }
    }

    pub fn may_contain(&self, probe: &Probe) -> bool {
        let block = &self.blocks[self.block_of(probe)];
        // One bit first: most blocks answer "no" with it.
        block[probe.first.0] & probe.first.1 != 0
            && (block.iter().zip(probe.mask)).all(|(word, bits)| word & bits == bits)
    }

    fn block_of(&self, probe: &Probe) -> usize {
        let scaled = (u128::from(probe.place) * self.blocks.len() as u128) >> 64;
        usize::try_from(scaled).unwrap_or_default()
    }

    pub fn blocks(&self) -> usize {
        self.blocks.len()
    }

    pub fn write_to(&self, out: &mut Vec<u8>) {
        for word in self.blocks.iter().flatten() {
            out.extend_from_slice(&word.to_le_bytes());
        }
    }

    /// Reads what `write_to` wrote; `bytes` has a whole number of blocks, at
    /// least one.
    pub fn read_from(bytes: &[u8]) -> Option<Self> {
        if bytes.is_empty() || !bytes.len().is_multiple_of(BLOCK_BYTES) {
            return None;
        }
        let blocks = bytes
            .chunks_exact(BLOCK_BYTES)
            .map(|block| std::array::from_fn(|word| u64_at(block, word * 8)))
            .collect();
        Some(Self { blocks })
    }

    pub const fn bytes_of(blocks: usize) -> usize {
        blocks * BLOCK_BYTES
    }
}

/// A hash prepared for asking many filters.
pub(super) struct Probe {
    /// Which block, as a fraction of 2^64 of their number.
    place: u64,
    /// The bits within the block.
    mask: [u64; WORDS],
    /// Word and bit of the first of them.
    first: (usize, u64),
}

impl Probe {
    pub fn of(hash: &EventHash) -> Self {
        let mut rest = u64_at(hash, 8);
        let mut mask = [0; WORDS];
        let first = ((rest >> 6) as usize % WORDS, 1 << (rest & 63));
        for _ in 0..PROBES {
            mask[(rest >> 6) as usize % WORDS] |= 1 << (rest & 63);
            rest >>= 9;
        }
        Self {
            place: u64_at(hash, 0),
            mask,
            first,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::hash_of;
    use super::*;

    #[test]
    fn finds_all_and_seldom_more() {
        let mut filter = Filter::with_capacity(20_000);
        (0..20_000).for_each(|n| filter.insert(&hash_of(n)));
        assert!((0..20_000).all(|n| filter.may_contain(&Probe::of(&hash_of(n)))));
        let wrong = (20_000..120_000)
            .filter(|n| filter.may_contain(&Probe::of(&hash_of(*n))))
            .count();
        assert!(wrong < 600, "{wrong} false alarms in 100,000");
    }

    #[test]
    fn survives_bytes() {
        let mut filter = Filter::with_capacity(100);
        filter.insert(&hash_of(7));
        let mut bytes = Vec::new();
        filter.write_to(&mut bytes);
        assert_eq!(bytes.len(), Filter::bytes_of(filter.blocks()));
        assert_eq!(Filter::read_from(&bytes), Some(filter));
        assert_eq!(Filter::read_from(&bytes[1..]), None);
    }
}
