//! The event parser: never panics, and an event is the same event in every spelling.
#![no_main]

use headwater_fuzz::openlineage::canonical::canonicalise;
use headwater_fuzz::openlineage::{content_hash, parse_event};
use headwater_fuzz::respelled;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(event) = parse_event(data) else {
        return;
    };
    let canonical = canonicalise(data).expect("accepted as an event").bytes;
    assert_eq!(event.hash, content_hash(&canonical));
    let again = parse_event(&canonical).expect("canonical form of an event");
    assert_eq!((again.hash, &again.body, again.time), (event.hash, &event.body, event.time));
    assert!(event.warnings.len() < 250);
    let text = std::str::from_utf8(&canonical).expect("canonical JSON is UTF-8");
    let other = parse_event(respelled(text, event.hash[0]).as_bytes()).expect("the same event");
    assert_eq!((other.hash, other.body), (event.hash, event.body));
});
