use super::*;
use crate::openlineage::EventKind;
use serde_json::{Value, json};

fn run_event() -> Value {
    json!({
        "eventTime": "2026-01-31T09:30:00.123Z", "eventType": "COMPLETE",
        "producer": "https://example.org/etl", "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": "01a2061d-9b94-7804-9132-912aa9c0ca6d", "facets": {"test": {"_producer": "p", "n": 1}}},
        "job": {"namespace": "ns", "name": "job"},
        "inputs": [{"namespace": "ns", "name": "a", "inputFacets": {"inputStatistics": {"_producer": "p"}}}],
        "outputs": [{"namespace": "ns", "name": "b \"quoted\" 🚀", "facets": {"schema": {"_producer": "p", "fields": []}}}],
    })
}

fn parse(value: &Value) -> Result<Event, EventError> {
    parse_event(value.to_string().as_bytes())
}

fn with(pointer: &str, value: Value) -> Value {
    let mut event = run_event();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    event.pointer_mut(parent).unwrap()[key] = value;
    event
}

fn refusal(event: &Value) -> (String, String) {
    match parse(event) {
        Err(EventError::Invalid { path, message }) => (path, message),
        other => panic!("expected a refusal, got {other:?}"),
    }
}

#[test]
fn a_run_event_is_kept_faithfully() {
    let event = parse(&run_event()).unwrap();
    assert_eq!(event.kind(), EventKind::Run);
    assert_eq!(event.time.to_string(), "2026-01-31T09:30:00.123Z");
    assert!(event.warnings.is_empty(), "{:?}", event.warnings);
    let Body::Run {
        run,
        inputs,
        outputs,
        ..
    } = event.body
    else {
        panic!()
    };
    assert_eq!(run.state, RunState::Complete);
    assert_eq!(&run.facets[0].value[..], br#"{"_producer":"p","n":1}"#);
    assert_eq!(&*inputs[0].io_facets[0].name, "inputStatistics");
    assert_eq!(&*outputs[0].name, "b \"quoted\" 🚀");
}

#[test]
fn the_kind_follows_from_the_members() {
    let mut event = run_event();
    event.as_object_mut().unwrap().remove("run");
    assert_eq!(parse(&event).unwrap().kind(), EventKind::Job);
    event["dataset"] = json!({"namespace": "n", "name": "d"});
    assert_eq!(refusal(&event).0, "");
    event.as_object_mut().unwrap().remove("job");
    assert_eq!(parse(&event).unwrap().kind(), EventKind::Dataset);
    assert_eq!(
        refusal(&json!({"eventTime": "2026-01-31T09:30:00Z", "producer": "p"})).0,
        ""
    );
}

#[test]
fn refusals_name_the_path() {
    let cases = [
        (
            with("/eventTime", json!("soon")),
            "/eventTime",
            "not a time",
        ),
        (with("/eventTime", Value::Null), "/eventTime", "missing"),
        (with("/eventTime", json!(17)), "/eventTime", "invalid type"),
        (with("/producer", Value::Null), "/producer", "missing"),
        (with("/eventType", json!("DONE")), "/eventType", "unknown"),
        (with("/run/runId", json!("")), "/run/runId", "is empty"),
        (with("/run/runId", Value::Null), "/run/runId", "missing"),
        (with("/job", Value::Null), "/job", "missing"),
        (with("/job/name", json!("")), "/job/name", "empty"),
        (
            with("/inputs/0/name", json!(["x"])),
            "/inputs/0/name",
            "invalid type",
        ),
        (
            with("/inputs/0/namespace", Value::Null),
            "/inputs/0/namespace",
            "missing",
        ),
        (with("/outputs", json!({})), "/outputs", "invalid type"),
        (
            with("/outputs/0/facets", json!([])),
            "/outputs/0/facets",
            "an object of facets",
        ),
        (json!([]), "", "an object"),
        (with("/job", json!(["ns", "name"])), "/job", "an object"),
        (
            with("/inputs", json!([["ns", "name"]])),
            "/inputs/0",
            "an object",
        ),
        (json!("text"), "", "invalid type"),
    ];
    for (event, path, message) in cases {
        let seen = refusal(&event);
        assert_eq!(seen.0, path, "{event}");
        assert!(seen.1.contains(message), "{event}: {}", seen.1);
    }
    assert!(matches!(parse_event(b"{"), Err(EventError::Json(_))));
}

#[test]
fn unusual_events_are_accepted_with_warnings() {
    let cases = [
        (
            with("/eventTime", json!("2026-01-31 09:30:00")),
            "no_time_zone",
        ),
        (with("/schemaURL", Value::Null), "no_schema_url"),
        (with("/producer", json!("")), "empty_producer"),
        (with("/eventType", json!("complete")), "event_type_case"),
        (with("/job/namespace", json!("")), "empty_namespace"),
        (
            with("/run/facets/test", json!({"n": 1})),
            "no_facet_producer",
        ),
        (
            with("/run/facets/test", json!("text")),
            "facet_not_an_object",
        ),
        (
            with("/run/facets/unheardOf", json!({"_producer": "p"})),
            "unknown_facet",
        ),
        (
            with(
                "/outputs/0/facets/schema",
                json!({"_producer": "p", "fields": 7}),
            ),
            "facet_shape",
        ),
    ];
    for (event, code) in cases {
        let codes: Vec<_> = parse(&event)
            .unwrap()
            .warnings
            .iter()
            .map(|w| w.code)
            .collect();
        assert_eq!(codes, [code], "{event}");
    }
    let nan = run_event().to_string().replace("\"n\":1", "\"n\":NaN");
    assert_eq!(
        parse_event(nan.as_bytes()).unwrap().warnings[0].code,
        "non_finite_number"
    );
}

#[test]
fn two_spellings_are_one_event() {
    let event = run_event();
    let pretty = serde_json::to_string_pretty(&event).unwrap();
    assert_eq!(
        parse(&event).unwrap().hash,
        parse_event(pretty.as_bytes()).unwrap().hash
    );
    let other = with("/inputs/0/name", json!("A"));
    assert_ne!(parse(&event).unwrap().hash, parse(&other).unwrap().hash);
}

#[test]
fn null_members_and_facets_are_as_good_as_absent() {
    let mut event = with("/inputs", Value::Null);
    event["run"]["facets"] = Value::Null;
    event["outputs"][0]["facets"]["schema"] = Value::Null;
    let Body::Run {
        run,
        inputs,
        outputs,
        ..
    } = parse(&event).unwrap().body
    else {
        panic!()
    };
    assert!(run.facets.is_empty() && inputs.is_empty() && outputs[0].facets.is_empty());
}

#[test]
fn a_deleted_facet_is_marked() {
    let event = with(
        "/run/facets/test",
        json!({"_producer": "p", "_deleted": true}),
    );
    let Body::Run { run, .. } = parse(&event).unwrap().body else {
        panic!()
    };
    assert!(run.facets[0].deleted);
}
