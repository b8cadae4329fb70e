//! Cutting a JSON array into its elements, verbatim: each element is then an event on its own
//! merits, so one bad event does not spoil its batch.

use std::ops::Range;

/// Why a body is no array.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a JSON array of events (byte {offset}): {reason}")]
pub struct SplitError {
    /// Where, in bytes.
    pub offset: usize,
    /// What is wrong there.
    pub reason: &'static str,
}

/// Byte ranges of the elements of a JSON array. Looks only at brackets and strings; whether an
/// element is JSON is for its reader to say.
///
/// # Errors
/// When the text does not start with `[`, brackets do not close, or something follows.
pub fn split_array(source: &[u8]) -> Result<Vec<Range<usize>>, SplitError> {
    let fail = |offset, reason| Err(SplitError { offset, reason });
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
    let (mut at, mut depth, mut in_string) = (first + 1, 0_usize, false);
    let mut start = at;
    while let Some(&byte) = source.get(at) {
        match byte {
            b'\\' if in_string => at += 1,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'[' | b'{' => depth += 1,
            b'}' | b']' if depth > 0 => depth -= 1,
            b'}' => return fail(at, "a } without its {"),
            b',' | b']' if depth == 0 => {
                let part = trim(source, start..at);
                let end = byte == b']';
                if !part.is_empty() {
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
        let parts = split_array(text.as_bytes()).map_err(|error| error.reason)?;
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
        ] {
            assert!(split(text).unwrap_err().contains(reason), "{text}");
        }
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
