//! Finding the end of plain text in a JSON string, eight bytes at a time.

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// Marks the high bit of each byte that is zero; bytes above the first may be marked wrongly.
fn zero_bytes(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word & HIGH
}

/// Marks, with the same reservation, the bytes `"`, `\` and those below a space.
fn special_bytes(word: u64) -> u64 {
    let control = word.wrapping_sub(ONES * 0x20) & !word & HIGH;
    zero_bytes(word ^ (ONES * 0x22)) | zero_bytes(word ^ (ONES * 0x5c)) | control
}

/// Where the first `"`, `\` or control character at or after `at` is; the length when there is none.
#[inline]
pub(crate) fn end_of_plain(bytes: &[u8], mut at: usize) -> usize {
    while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let marks = special_bytes(u64::from_le_bytes(*chunk));
        if marks != 0 {
            return at + marks.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    while let Some(byte) = bytes.get(at) {
        if matches!(byte, b'"' | b'\\' | 0..=0x1f) {
            break;
        }
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Reference: looking at each byte.
        #[test]
        fn finds_what_a_byte_loop_finds(
            bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(b'a'), Just(b'"'), Just(b'!'), Just(0x80)], 0..40),
            from in 0_usize..44,
        ) {
            let looked = bytes.iter().skip(from).position(|b| matches!(b, b'"' | b'\\' | 0..=0x1f));
            let expected = looked.map_or(bytes.len().max(from), |n| from + n);
            prop_assert_eq!(end_of_plain(&bytes, from), expected);
        }
    }
}
