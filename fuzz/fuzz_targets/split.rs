//! The batch splitter beside `serde_json`.
#![no_main]

use headwater_fuzz::receive::split::{SplitError, split_array};
use libfuzzer_sys::fuzz_target;
use serde_json::value::RawValue;

const LIMIT: usize = 50;

fuzz_target!(|data: &[u8]| {
    let ours = split_array(data, LIMIT);
    let source = data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data);
    let theirs = serde_json::from_slice::<Vec<&RawValue>>(source);
    match (ours, theirs) {
        (Ok(parts), Ok(values)) => {
            assert_eq!(parts.len(), values.len());
            for (part, value) in parts.into_iter().zip(values) {
                assert_eq!(&data[part], value.get().as_bytes());
            }
        }
        (Ok(parts), Err(error)) => {
            assert!(parts.len() <= LIMIT);
            let all_json = parts
                .into_iter()
                .all(|part| serde_json::from_slice::<&RawValue>(&data[part]).is_ok());
            assert!(!all_json, "accepted: {error}");
        }
        (Err(SplitError::TooMany { .. }), Ok(values)) => assert!(values.len() > LIMIT),
        (Err(error), Ok(_)) => panic!("refused: {error}"),
        (Err(_), Err(_)) => {}
    }
});
