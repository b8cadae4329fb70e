//! Events made to cost more than their bytes.

use std::time::Instant;

use serde_json::{Map, Value, json};

use super::canonical::{MAX_DEPTH, canonicalise};
use super::members::{MAX_DATASETS, MAX_EVENT_FACETS, MAX_FACETS};
use super::{Body, Event, EventError, Warning, parse_event};

fn event(outputs: &Value) -> Vec<u8> {
    let event = json!({
        "eventTime": "2026-01-31T09:30:00Z", "producer": "p", "schemaURL": "u",
        "job": {"namespace": "n", "name": "j"}, "outputs": outputs,
    });
    event.to_string().into_bytes()
}

fn codes(event: &Event) -> Vec<&'static str> {
    event.warnings.iter().map(|warning| warning.code).collect()
}

fn facets(count: usize) -> Value {
    let facet = |n| (format!("f{n:07}"), json!({"_producer": "p"}));
    Value::Object((0..count).map(facet).collect::<Map<_, _>>())
}

#[test]
fn the_facets_of_one_object_have_a_limit_and_the_cut_is_told() {
    let outputs = json!([{"namespace": "n", "name": "a", "facets": facets(MAX_FACETS + 7)}]);
    let event = parse_event(&event(&outputs)).unwrap();
    assert_eq!(codes(&event)[..2], ["too_many_facets", "unknown_facet"]);
    assert!(event.warnings[0].message.starts_with("7 facets"));
    assert_eq!(event.warnings[0].path, "/outputs/0/facets");
    let Body::Job { outputs, .. } = event.body else {
        panic!()
    };
    assert_eq!(outputs[0].facets.len(), MAX_FACETS);
    assert_eq!(&*outputs[0].facets[MAX_FACETS - 1].name, "f0000999");
}

#[test]
fn the_facets_of_one_event_have_a_limit_and_the_warnings_too() {
    let dataset =
        |n| json!({"namespace": "n", "name": format!("t{n}"), "facets": facets(MAX_FACETS)});
    let many = MAX_EVENT_FACETS / MAX_FACETS + 20;
    let outputs: Vec<Value> = (0..many).map(dataset).collect();
    let event = parse_event(&event(&json!(outputs))).unwrap();
    let seen = codes(&event);
    assert_eq!(
        seen.iter()
            .filter(|code| **code == "too_many_facets")
            .count(),
        10
    );
    assert_eq!(
        event.warnings.last().unwrap().message,
        "10 more of too_many_facets are not listed"
    );
    let Body::Job { outputs, .. } = event.body else {
        panic!()
    };
    let kept: usize = outputs.iter().map(|output| output.facets.len()).sum();
    assert_eq!((outputs.len(), kept), (many, MAX_EVENT_FACETS));
}

#[test]
fn thousands_of_warnings_are_counted_not_listed() {
    let dataset =
        |n| json!({"namespace": "", "name": format!("t{n}"), "facets": {"schema": {}, "y": 7}});
    let outputs: Vec<Value> = (0..5_000).map(dataset).collect();
    let event = parse_event(&event(&json!(outputs))).unwrap();
    assert_eq!(event.warnings.len(), 3 * 10 + 3);
    let said: Vec<&str> = event.warnings[30..]
        .iter()
        .map(|w| w.message.as_str())
        .collect();
    assert_eq!(said[0], "4990 more of empty_namespace are not listed");
}

#[test]
fn a_schema_that_was_cut_is_told() {
    let fields: Vec<Value> = (0..5_000).map(|n| json!({"name": n.to_string()})).collect();
    let schema =
        json!({"_producer": "p", "fields": [{"name": "x".repeat(100_000), "fields": fields}]});
    let outputs = json!([{"namespace": "n", "name": "a", "facets": {"schema": schema}}]);
    let event = parse_event(&event(&outputs)).unwrap();
    assert_eq!(codes(&event), ["facet_cut"]);
    assert_eq!(event.warnings[0].path, "/outputs/0/facets/schema");
}

#[test]
fn refusals_and_warnings_do_not_repeat_long_texts() {
    let long = "\u{1}".repeat(1 << 20);
    let with = |member: &str| {
        let mut event = json!({"eventTime": "2026-01-31T09:30:00Z", "producer": "p", "run": {"runId": uuid::Uuid::nil()}, "job": {"namespace": "n", "name": "j"}});
        match member {
            "runId" => event["run"]["runId"] = json!(long),
            "facet" => event["run"]["facets"] = json!({long.as_str(): 7}),
            member => event[member] = json!(long),
        }
        parse_event(event.to_string().as_bytes())
    };
    for member in ["eventTime", "eventType"] {
        let Err(EventError::Invalid { path, message }) = with(member) else {
            panic!("{member}")
        };
        assert!(
            path.len() + message.len() < 1_000,
            "{member}: {}",
            message.len()
        );
    }
    for member in ["facet", "runId"] {
        let warnings = with(member).unwrap().warnings;
        assert!(!warnings.is_empty(), "{member}");
        let short = |w: &Warning| w.path.len() + w.message.len() < 1_000;
        assert!(warnings.iter().all(short), "{member}");
    }
    let twice = format!("{{\"{0}\":1,\"{0}\":2}}", "k".repeat(1 << 20));
    assert!(canonicalise(twice.as_bytes()).unwrap().duplicate_keys[0].len() < 100);
}

#[test]
fn deep_objects_out_of_order_cost_no_more_than_their_bytes() {
    // Each level holds the next as its first member and a smaller key behind it.
    let bulk = format!("\"{}\"", "x".repeat(4 << 20));
    let levels = MAX_DEPTH - 1;
    let text = format!(
        "{}{bulk}{}",
        "{\"b\":".repeat(levels),
        ",\"a\":1}".repeat(levels)
    );
    let start = Instant::now();
    let read = canonicalise(text.as_bytes()).unwrap();
    assert_eq!(read.bytes.len(), text.len());
    assert!(read.bytes.starts_with(b"{\"a\":1,\"b\":{\"a\":1,"));
    // Copying 4 MB once for each level took seconds in a debug build.
    assert!(start.elapsed().as_secs_f64() < 2.0, "{:?}", start.elapsed());
}

#[test]
fn huge_numbers_are_kept_and_cost_nothing() {
    let digits = "9".repeat(1 << 20);
    let facet =
        format!("{{\"_producer\":\"p\",\"n\":[{digits},-{digits}.{digits}e{digits},1E+400]}}");
    let outputs = json!([{"namespace": "n", "name": "a", "facets": {"x": "@"}}]);
    let text = String::from_utf8(event(&outputs))
        .unwrap()
        .replace("\"@\"", &facet);
    let Body::Job { outputs, .. } = parse_event(text.as_bytes()).unwrap().body else {
        panic!()
    };
    assert_eq!(&outputs[0].facets[0].value[..], facet.as_bytes());
}

#[test]
fn an_event_with_very_many_datasets_is_refused() {
    let list = |count| vec![r#"{"name":"a","namespace":"n"}"#; count].join(",");
    let with = |count| {
        let text = String::from_utf8(event(&json!("@"))).unwrap();
        parse_event(
            text.replace("\"@\"", &format!("[{}]", list(count)))
                .as_bytes(),
        )
    };
    assert!(with(MAX_DATASETS).is_ok());
    let Err(EventError::Invalid { path, message }) = with(MAX_DATASETS + 1) else {
        panic!()
    };
    assert_eq!(
        (path.as_str(), message.as_str()),
        ("/outputs", "has more than 100000 datasets")
    );
}
