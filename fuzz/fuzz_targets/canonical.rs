//! Canonical JSON beside `serde_json`: the same documents are accepted, with the same values.
#![no_main]

use headwater_fuzz::openlineage::canonical::canonicalise;
use headwater_fuzz::respelled;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|data: &[u8]| {
    let ours = canonicalise(data);
    let source = data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data);
    let theirs = serde_json::from_slice::<Value>(source);
    let Ok(ours) = ours else {
        assert!(theirs.is_err(), "refused: {ours:?}");
        return;
    };
    match (&theirs, serde_json::from_slice::<Value>(&ours.bytes)) {
        (Ok(theirs), Ok(value)) => assert_eq!(*theirs, value),
        (Ok(_), Err(error)) => panic!("made worse: {error}"),
        (Err(error), _) => {
            let text = error.to_string();
            let tolerated = ours.non_finite > 0 || ours.lone_surrogates > 0;
            let limits = text.contains("out of range") || text.contains("recursion limit");
            assert!(tolerated || limits, "accepted: {text}");
        }
    }
    let again = canonicalise(&ours.bytes).expect("canonical JSON is JSON");
    assert_eq!(again.bytes, ours.bytes);
    assert!(again.duplicate_keys.is_empty() && again.non_finite == 0 && again.lone_surrogates == 0);
    let text = std::str::from_utf8(&ours.bytes).expect("canonical JSON is UTF-8");
    let salt = data.iter().fold(0_u8, |salt, byte| salt.wrapping_mul(31).wrapping_add(*byte));
    let other = respelled(text, salt);
    assert_eq!(canonicalise(other.as_bytes()).expect("still JSON").bytes, ours.bytes);
});
