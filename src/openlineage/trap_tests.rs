//! What real producers send that breaks naive readers, as far as it is settled by reading one
//! event. Each test has the number of the trap in the list that the design was made from; what an
//! event does to the catalog is tested where the catalog is.

use serde_json::{Value, json};

use super::facets::{column_lineage, schema, tags};
use super::{Body, DatasetPart, Event, EventKind, RunState, parse_event};

fn run_event() -> Value {
    json!({
        "eventTime": "2026-01-31T09:30:00Z", "eventType": "COMPLETE", "producer": "p", "schemaURL": "u",
        "run": {"runId": "01a2061d-9b94-7804-9132-912aa9c0ca6d"},
        "job": {"namespace": "ns", "name": "job"}, "inputs": [], "outputs": [],
    })
}

fn parse(event: &Value) -> Event {
    parse_event(event.to_string().as_bytes()).unwrap()
}

fn outputs(event: Event) -> Vec<DatasetPart> {
    match event.body {
        Body::Run { outputs, .. } | Body::Job { outputs, .. } => outputs,
        Body::Dataset { .. } => panic!("a dataset event"),
    }
}

#[test]
fn trap_09_10_34_runs_without_any_dataset_are_events() {
    for lists in [json!([]), Value::Null] {
        let mut event = run_event();
        event["inputs"] = lists.clone();
        event.as_object_mut().unwrap().remove("outputs");
        let event = parse(&event);
        assert!(event.warnings.is_empty());
        assert!(outputs(event).is_empty());
    }
}

#[test]
fn trap_12_empty_inputs_beside_column_lineage_lose_neither() {
    let mut event = run_event();
    event["eventType"] = json!("RUNNING");
    event["outputs"] = json!([{"namespace": "n", "name": "o", "facets": {"columnLineage": {"_producer": "p",
        "fields": {"x": {"inputFields": [{"namespace": "n", "name": "i", "field": "y"}]}}}}}]);
    let outputs = outputs(parse(&event));
    let lineage = column_lineage(&outputs[0].facets[0].value);
    assert_eq!(lineage.fields[0].1[0].name, "i");
}

#[test]
fn trap_13_dataset_inputs_are_indirect_by_place_and_lists_may_be_empty() {
    let facet = br#"{"dataset":[{"field":"_file","name":"t","namespace":"n","transformations":[{"subtype":"GROUP_BY","type":"DIRECT"}]}],"fields":{"x":{"inputFields":[]}}}"#;
    let lineage = column_lineage(facet);
    assert_eq!(lineage.dataset[0].field, "_file");
    assert!(lineage.dataset[0].transformations[0].is_indirect());
    assert_eq!(lineage.fields, [("x".to_owned(), vec![])]);
}

#[test]
fn trap_14_a_dataset_that_stands_twice_in_a_list_is_accepted() {
    let mut event = run_event();
    event["outputs"] = json!([{"namespace": "n", "name": "o"}, {"namespace": "n", "name": "o"}]);
    let event = parse(&event);
    assert!(event.warnings.is_empty());
    assert_eq!(outputs(event).len(), 2);
}

#[test]
fn trap_15_names_are_kept_to_the_byte() {
    let name = "s3://b/ä ö/«x» \"quoted\".tbl\\1|d%7C\u{202e}🚀";
    let column = "a.b/c \"d\"";
    let mut event = run_event();
    event["outputs"] = json!([{"namespace": "sp ace", "name": name,
        "facets": {"schema": {"_producer": "p", "fields": [{"name": column}]}}}]);
    let outputs = outputs(parse(&event));
    assert_eq!(
        (&*outputs[0].namespace, &*outputs[0].name),
        ("sp ace", name)
    );
    assert_eq!(schema(&outputs[0].facets[0].value)[0].path, column);
}

#[test]
fn trap_16_numbers_keep_their_bytes() {
    let numbers = "[9007199254740993,6.5482e+18,1e+21,1E400,-0,0.10,18446744073709551616]";
    let mut event = run_event();
    event["outputs"] = json!([{"namespace": "n", "name": "o", "facets": {"version": {"_producer": "p", "v": "@"}}}]);
    let text = event.to_string().replace("\"@\"", numbers);
    let event = parse_event(text.as_bytes()).unwrap();
    let other = text.replace("9007199254740993", "9007199254740992");
    assert_ne!(event.hash, parse_event(other.as_bytes()).unwrap().hash);
    let facet = String::from_utf8(outputs(event)[0].facets[0].value.to_vec()).unwrap();
    assert!(facet.contains(numbers), "{facet}");
}

#[test]
fn trap_17_times_with_any_number_of_digits_and_any_zone() {
    let base = parse(&run_event()).time.0;
    for (text, micros) in [
        ("2026-01-31T09:30:00.1Z", 100_000),
        ("2026-01-31T09:30:00.12Z", 120_000),
        ("2026-01-31T09:30:00.123Z", 123_000),
        ("2026-01-31T09:30:00.12345678Z", 123_456),
        ("2026-01-31T09:30:00.123456789Z", 123_456),
        ("2026-01-31T15:00:00.5+05:30", 500_000),
        ("2026-01-31T01:30:00-08:00", 0),
        ("2026-01-31T09:30:00.25", 250_000),
    ] {
        let mut event = run_event();
        event["eventTime"] = json!(text);
        assert_eq!(parse(&event).time.0 - base, micros, "{text}");
    }
}

#[test]
fn trap_18_a_job_event_with_the_lineage_facet_alone_is_kept_whole() {
    let facet = json!({"_producer": "p", "entries": [{"namespace": "n", "name": "o", "type": "DATASET", "inputs": []}]});
    let event = json!({"eventTime": "2026-01-31T09:30:00Z", "producer": "p", "schemaURL": "u",
        "job": {"namespace": "n", "name": "j", "facets": {"lineage": facet}}});
    let event = parse(&event);
    let Body::Job {
        job,
        inputs,
        outputs,
    } = event.body
    else {
        panic!()
    };
    assert!(inputs.is_empty() && outputs.is_empty());
    assert_eq!(
        serde_json::from_slice::<Value>(&job.facets[0].value).unwrap(),
        facet
    );
}

#[test]
fn trap_21_a_plan_that_is_most_of_the_event_is_kept_and_not_looked_into() {
    let plan = json!([{"class": "org.apache.spark", "fields": vec!["x \"y\" \\ z\n"; 20_000]}]);
    let mut event = run_event();
    event["run"]["facets"] = json!({"spark.logicalPlan": {"_producer": "p", "plan": plan}});
    let event = parse(&event);
    assert!(event.warnings.is_empty());
    let Body::Run { run, .. } = event.body else {
        panic!()
    };
    let kept: Value = serde_json::from_slice(&run.facets[0].value).unwrap();
    assert_eq!(kept["plan"], plan);
}

#[test]
fn trap_23_bare_nan_and_infinity_are_null_and_told() {
    let mut event = run_event();
    event["run"]["facets"] = json!({"x": {"_producer": "p", "n": "@", "text": "NaN, Infinity"}});
    let text = event
        .to_string()
        .replace("\"@\"", "[NaN,Infinity,-Infinity]");
    let event = parse_event(text.as_bytes()).unwrap();
    assert_eq!(event.warnings[0].code, "non_finite_number");
    assert!(event.warnings[0].message.starts_with('3'));
    let Body::Run { run, .. } = event.body else {
        panic!()
    };
    let expected = br#"{"_producer":"p","n":[null,null,null],"text":"NaN, Infinity"}"#;
    assert_eq!(&run.facets[0].value[..], expected);
}

#[test]
fn trap_24_a_value_of_the_wrong_kind_is_absent_and_hides_nothing_beside_it() {
    let facet =
        br#"{"tags":[{"key":"a","value":7},{"key":5},{"field":1e999,"key":"b","value":"x"}]}"#;
    let read: Vec<_> = tags(facet)
        .into_iter()
        .map(|tag| (tag.key, tag.value))
        .collect();
    assert_eq!(
        read,
        [("a".into(), String::new()), ("b".into(), "x".into())]
    );
    let fields =
        schema(br#"{"fields":[{"name":"a","type":{"x":1}},{"name":["b"]},"c",{"name":"d"}]}"#);
    let paths: Vec<_> = fields.iter().map(|field| field.path.as_str()).collect();
    assert_eq!(paths, ["a", "d"]);
}

#[test]
fn trap_26_events_of_two_jobs_with_one_run_id_are_two_events() {
    let one = run_event();
    let mut other = run_event();
    other["job"]["name"] = json!("other");
    assert_ne!(parse(&one).hash, parse(&other).hash);
}

#[test]
fn trap_31_the_schema_url_decides_nothing_and_unknown_facets_are_kept() {
    let mut event = run_event();
    event["schemaURL"] =
        json!("https://openlineage.io/spec/1-0-5/OpenLineage.json#/definitions/JobEvent");
    event["run"]["facets"] = json!({"parentRun": {"_producer": "p"}, "processingEngine": {"_producer": "p"}, "prefectNews": {"_producer": "p"}});
    let event = parse(&event);
    assert_eq!(event.kind(), EventKind::Run);
    let told: Vec<_> = event.warnings.iter().map(|w| (w.code, &*w.path)).collect();
    // Its own names for standard facets are known, and read.
    assert_eq!(told, [("unknown_facet", "/run/facets/prefectNews")]);
    let Body::Run { run, .. } = event.body else {
        panic!()
    };
    assert_eq!(run.facets.len(), 3);
}

#[test]
fn trap_33_a_producer_need_not_be_a_uri() {
    let mut event = run_event();
    event["producer"] = json!("feast");
    event["job"]["facets"] = json!({"jobType": {"_producer": ""}});
    let event = parse(&event);
    assert_eq!(&*event.producer, "feast");
    assert!(event.warnings.is_empty());
}

#[test]
fn trap_35_empty_texts_in_facets_and_dataset_events_are_accepted() {
    let mut event = run_event();
    event["job"]["facets"] =
        json!({"sourceCodeLocation": {"_producer": "p", "type": "", "url": ""}});
    event["eventType"] = json!("FAIL");
    let Body::Run { run, .. } = parse(&event).body else {
        panic!()
    };
    assert_eq!(run.state, RunState::Fail);
    let event = json!({"eventTime": "2026-01-31T09:30:00Z", "producer": "p", "schemaURL": "u",
        "dataset": {"namespace": "n", "name": "d"}});
    assert_eq!(parse(&event).kind(), EventKind::Dataset);
}
