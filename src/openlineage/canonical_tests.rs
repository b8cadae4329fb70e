use super::*;
use proptest::prelude::*;
use serde_json::Value;

fn canon(text: &str) -> String {
    String::from_utf8(canonicalise(text.as_bytes()).unwrap().bytes).unwrap()
}

#[test]
fn order_space_and_escapes_do_not_matter() {
    let a = r#"{"b": [1, 2.50, {"y":null,"x":true}], "a": "\u0041\/\n\u00e9"}"#;
    let b = "{\"a\":\"A/\\n\u{e9}\",\n \"b\":[1,2.50,{\"x\":true,\"y\":null}]}";
    assert_eq!(canon(a), canon(b));
    assert_eq!(
        canon(a),
        "{\"a\":\"A/\\n\u{e9}\",\"b\":[1,2.50,{\"x\":true,\"y\":null}]}"
    );
}

#[test]
fn numbers_keep_their_digits() {
    let text = "[9007199254740993,1e+21,-0.10,123456789012345678901234567890]";
    assert_eq!(canon(text), text);
}

#[test]
fn non_finite_tokens_are_null_and_counted() {
    let read = canonicalise(br#"{"a":NaN,"b":[-Infinity,Infinity],"c":"NaN"}"#).unwrap();
    assert_eq!(read.bytes, br#"{"a":null,"b":[null,null],"c":"NaN"}"#);
    assert_eq!(read.non_finite, 3);
}

#[test]
fn of_equal_keys_the_last_counts() {
    let read = canonicalise(br#"{"z":1,"a":1,"z":2,"\u0061":3}"#).unwrap();
    assert_eq!(read.bytes, br#"{"a":3,"z":2}"#);
    assert_eq!(read.duplicate_keys, ["\"a\"", "\"z\""]);
}

#[test]
fn surrogates() {
    assert_eq!(canon(r#""\ud83d\ude00""#), "\"\u{1f600}\"");
    let lone = canonicalise(br#""\ud83d\u0041""#).unwrap();
    assert_eq!(
        (lone.bytes, lone.lone_surrogates),
        ("\"\u{fffd}A\"".into(), 1)
    );
}

#[test]
fn errors_name_the_place() {
    let cases = [
        ("", 0, "ends too early"),
        ("{\"a\": 01}", 7, "may not start with 0"),
        ("{\"a\" 1}", 5, "expected :"),
        ("[1,]", 3, "expected a value"),
        ("{\"a\":1,}", 7, "member name"),
        ("[1] x", 4, "more after"),
        ("\"a\nb\"", 2, "control character"),
        ("\"\\x\"", 2, "unknown escape"),
        ("\"\\u12g4\"", 3, "four hexadecimal"),
        ("nul", 0, "expected a value"),
        ("{\"a\":", 5, "ends too early"),
    ];
    for (text, offset, reason) in cases {
        let error = canonicalise(text.as_bytes()).unwrap_err();
        assert_eq!(error.offset, offset, "{text}: {error}");
        assert!(error.reason.contains(reason), "{text}: {error}");
    }
    let error = canonicalise(b"{\n \"a\": \xff}").unwrap_err();
    assert_eq!((error.line, error.column, error.offset), (2, 7, 8));
}

#[test]
fn depth_is_bounded() {
    let deep = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
    assert!(canonicalise(deep(MAX_DEPTH).as_bytes()).is_ok());
    let error = canonicalise(deep(100_000).as_bytes()).unwrap_err();
    assert!(error.reason.contains("nested deeper"));
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 64, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec(("[a-c\"é]{0,2}", inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    /// Reference: `serde_json` reads the canonical bytes to the same value, and canonicalising
    /// twice changes nothing.
    #[test]
    fn same_value_as_serde_json(value in json(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
        let read = canonicalise(text.as_bytes()).unwrap();
        prop_assert_eq!(&serde_json::from_slice::<Value>(&read.bytes).unwrap(), &value);
        prop_assert_eq!(&canonicalise(&read.bytes).unwrap().bytes, &read.bytes);
    }

    /// Reference: whatever `serde_json` accepts of mutated JSON we accept, and the other way
    /// round but for the tolerated tokens.
    #[test]
    fn accepts_what_serde_json_accepts(value in json(), cut in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut text = serde_json::to_vec(&value).unwrap();
        let at = cut.index(text.len());
        text[at] = byte;
        let theirs = serde_json::from_slice::<Value>(&text);
        let ours = canonicalise(&text);
        match (theirs, ours) {
            (Ok(_), Err(error)) => prop_assert!(false, "refused: {}", error),
            // Numbers beyond a float are JSON all the same, and keep their digits here.
            (Err(error), Ok(_)) if error.to_string().contains("out of range") => {}
            (Err(error), Ok(read)) => prop_assert!(read.lone_surrogates > 0, "accepted: {} {:?}", error, String::from_utf8_lossy(&text)),
            _ => {}
        }
    }
}
