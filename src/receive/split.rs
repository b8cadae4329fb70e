//! Cutting a JSON array into its elements, verbatim: each element is then an event on its own
//! merits, so one bad event does not spoil its batch.

use std::ops::Range;

use crate::openlineage::end_of_plain;

/// Why a body was not cut.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// It is no array.
    #[error("not a JSON array of events (byte {offset}): {reason}")]
    NotAnArray {
        /// Where, in bytes.
        offset: usize,
        /// What is wrong there.
        reason: &'static str,
    },
    /// It has more elements than are taken.
    #[error(
        "the batch has more than {limit} events; send smaller batches, or raise receive.batch_events"
    )]
    TooMany {
        /// How many are taken.
        limit: usize,
    },
}

/// Byte ranges of the elements of a JSON array of at most `limit` elements. Looks only at brackets
/// and strings; whether an element is JSON is for its reader to say. Ends at the first element
/// beyond the limit: two bytes of a body are enough for an element, and a range takes 16.
///
/// # Errors
/// When the text does not start with `[`, brackets do not close, or something follows; when there
/// are more elements than `limit`.
pub fn split_array(source: &[u8], limit: usize) -> Result<Vec<Range<usize>>, SplitError> {
    let fail = |offset, reason| Err(SplitError::NotAnArray { offset, reason });
    let first = skip_space(
        source,
        if source.starts_with(b"\xef\xbb\xbf") {
            3
        } else {
            0
        },
    );
    if source.get(first) != Some(&b'[') {
        return fail(first, "expected [");
    }
    let mut parts = Vec::new();
    let (mut at, mut depth) = (first + 1, 0_usize);
    let mut start = at;
    while let Some(&byte) = source.get(at) {
        match byte {
            b'"' => at = end_of_string(source, at + 1),
            b'[' | b'{' => depth += 1,
            b'}' | b']' if depth > 0 => depth -= 1,
            b'}' => return fail(at, "a } without its {"),
            b',' | b']' if depth == 0 => {
                let part = trim(source, start..at);
                let end = byte == b']';
                if !part.is_empty() {
                    if parts.len() == limit {
                        return Err(SplitError::TooMany { limit });
                    }
                    parts.push(part);
                } else if !end || !parts.is_empty() {
                    return fail(at, "an element is missing");
                }
                if end {
                    let rest = skip_space(source, at + 1);
                    return if rest < source.len() {
                        fail(rest, "there is more after the array")
                    } else {
                        Ok(parts)
                    };
                }
                start = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    fail(source.len(), "the array is not closed")
}

/// Where the string that goes on at `at` has its closing quote.
fn end_of_string(source: &[u8], mut at: usize) -> usize {
    loop {
        at = end_of_plain(source, at);
        match source.get(at) {
            Some(b'"') | None => return at,
            Some(b'\\') => at += 2,
            Some(_) => at += 1,
        }
    }
}

fn skip_space(source: &[u8], mut at: usize) -> usize {
    while source.get(at).is_some_and(|byte| b" \t\r\n".contains(byte)) {
        at += 1;
    }
    at
}

fn trim(source: &[u8], range: Range<usize>) -> Range<usize> {
    let start = skip_space(source, range.start).min(range.end);
    let mut end = range.end;
    while end > start && b" \t\r\n".contains(&source[end - 1]) {
        end -= 1;
    }
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn split(text: &str) -> Result<Vec<&str>, &'static str> {
        let parts = split_array(text.as_bytes(), 100).map_err(|error| match error {
            SplitError::NotAnArray { reason, .. } => reason,
            SplitError::TooMany { .. } => "too many",
        })?;
        Ok(parts.into_iter().map(|part| &text[part]).collect())
    }

    #[test]
    fn elements_are_verbatim() {
        assert_eq!(split("[]").unwrap(), Vec::<&str>::new());
        assert_eq!(
            split(" [ {\"a\": \"],\\\"\"} ,NaN, [1,[2]] ]\n").unwrap(),
            ["{\"a\": \"],\\\"\"}", "NaN", "[1,[2]]"]
        );
    }

    #[test]
    fn what_is_no_array_is_refused() {
        for (text, reason) in [
            ("{}", "expected ["),
            ("", "expected ["),
            ("[1", "not closed"),
            ("[\"a]", "not closed"),
            ("[1,]", "missing"),
            ("[,1]", "missing"),
            ("[1] 2", "more after"),
            ("[}]", "without its"),
            ("[\"\\", "not closed"),
            ("[\"\u{1}\", 1", "not closed"),
        ] {
            assert!(split(text).unwrap_err().contains(reason), "{text}");
        }
    }

    #[test]
    fn elements_beyond_the_limit_are_not_held() {
        assert_eq!(split_array(b"[1,2,3]", 3).unwrap().len(), 3);
        let error = split_array(b"[1,2,3,4]", 3).unwrap_err();
        assert_eq!(error, SplitError::TooMany { limit: 3 });
        // It ends there: what follows is not looked at.
        assert_eq!(split_array(b"[1,2,3,4,}", 3).unwrap_err(), error);
    }

    proptest! {
        /// Reference: `serde_json` on the whole array.
        #[test]
        fn same_elements_as_serde_json(texts in prop::collection::vec("[\\[\\]{},\"\\\\a ]{0,8}", 0..5)) {
            let array = serde_json::json!(texts.iter().map(|text| serde_json::json!({"k": [text]})).collect::<Vec<_>>());
            let text = array.to_string();
            let parts: Vec<serde_json::Value> = split(&text).unwrap().into_iter().map(|part| serde_json::from_str(part).unwrap()).collect();
            prop_assert_eq!(serde_json::Value::from(parts), array);
        }
    }
}
