//! One spelling for each JSON document, so that two serialisations of one event are one event.
//!
//! Canonical form: no white space, object members sorted by their escaped key, strings with the
//! shortest escapes, numbers exactly as written (snapshot ids over 2^53 must not pass through a
//! float). Tolerated and reported: `NaN`/`Infinity` (Python's json module writes them) become
//! `null`; of members with one key the last counts; a lone surrogate escape becomes U+FFFD.
//! Everything else outside RFC 8259 is refused with the place. The verbatim bytes stay in the log.
//!
//! `serde_json` cannot do this: it has no member order, turns numbers into floats, and refuses NaN.

use super::canonical_reader::{Reader, TOO_DEEP};

/// First 16 bytes of the BLAKE3 hash of a canonical document.
pub type ContentHash = [u8; 16];

/// Objects and arrays nested deeper than this are refused: reading recurses, and no event that was
/// seen nests deeper than 40.
pub const MAX_DEPTH: usize = 256;

/// Longest document: places in it are kept in 32 bits, and `NaN` grows by a byte.
const MAX_BYTES: usize = 2 << 30;

/// Hashes canonical bytes.
pub fn content_hash(canonical: &[u8]) -> ContentHash {
    let mut short = [0; 16];
    short.copy_from_slice(&blake3::hash(canonical).as_bytes()[..16]);
    short
}

/// A document in canonical form, and what had to be tolerated on the way.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Canonical {
    /// The canonical bytes, valid JSON and UTF-8.
    pub bytes: Vec<u8>,
    /// How many `NaN`, `Infinity` and `-Infinity` tokens were read as `null`.
    pub non_finite: u32,
    /// Keys that stood more than once in one object (the first few, for the warning).
    pub duplicate_keys: Vec<String>,
    /// How many lone surrogate escapes became U+FFFD.
    pub lone_surrogates: u32,
}

/// Why a document is not JSON, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not valid JSON at line {line}, column {column} (byte {offset}): {reason}")]
pub struct JsonError {
    /// Byte offset from the start of the document.
    pub offset: usize,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What was wrong there.
    pub reason: String,
}

/// Reads one JSON document and returns its canonical form.
///
/// # Errors
/// [`JsonError`] with the place of the first thing that is not JSON.
pub fn canonicalise(source: &[u8]) -> Result<Canonical, JsonError> {
    let source = source.strip_prefix(b"\xef\xbb\xbf").unwrap_or(source);
    if source.len() > MAX_BYTES {
        return Err(located(source, 0, "longer than 2 GiB".to_owned()));
    }
    if let Err(error) = std::str::from_utf8(source) {
        let reason = "the bytes are not UTF-8".to_owned();
        return Err(located(source, error.valid_up_to(), reason));
    }
    let mut reader = Reader::new(source);
    match reader.document() {
        Ok(()) => Ok(reader.finish()),
        Err(reason) => {
            let ended = reader.at >= source.len() && reason != TOO_DEEP;
            let reason = if ended {
                format!("the document ends too early ({reason})")
            } else {
                reason.to_owned()
            };
            Err(located(source, reader.at, reason))
        }
    }
}

fn located(source: &[u8], offset: usize, reason: String) -> JsonError {
    let before = &source[..offset.min(source.len())];
    let line_start = before
        .iter()
        .rposition(|&b| b == b'\n')
        .map_or(0, |i| i + 1);
    let column = String::from_utf8_lossy(&before[line_start..])
        .chars()
        .count()
        + 1;
    JsonError {
        offset,
        line: before.split(|&b| b == b'\n').count(),
        column,
        reason,
    }
}

#[cfg(test)]
#[path = "canonical_tests.rs"]
mod tests;
