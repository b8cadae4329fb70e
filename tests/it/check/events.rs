//! Events that describe the proposed state.

use serde_json::json;

use super::support::{check, code_and_text, complaint, estate};

#[test]
fn proposed_events_are_held_against_what_is_observed() {
    let dir = tempfile::tempdir().unwrap();
    let server = estate(&dir.path().join("data"));
    let dataset = |columns: &[&str]| {
        let fields: Vec<_> = columns
            .iter()
            .map(|c| json!({"name": c, "type": "text"}))
            .collect();
        json!({"eventTime": "2026-02-01T00:00:00Z", "producer": "https://example.org/plan",
            "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/DatasetEvent",
            "dataset": {"namespace": "ns", "name": "raw", "facets": {"schema": {
                "_producer": "https://example.org/plan", "_schemaURL": "https://example.org/s",
                "fields": fields}}}})
    };
    let write = |name: &str, text: String| {
        let file = dir.path().join(name);
        std::fs::write(&file, text).unwrap();
        file.to_str().unwrap().to_owned()
    };
    let added = write("added.json", dataset(&["id", "email", "phone"]).to_string());
    let (code, text) = code_and_text(&check(&["openlineage", &added, "--server", &server.url]));
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("column added raw.phone"), "{text}");
    let dropped = write("dropped.ndjson", format!("{}\n", dataset(&["id"])));
    let (code, text) = code_and_text(&check(&["openlineage", &dropped, "--server", &server.url]));
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("raw.email -> stg.mail"), "{text}");

    // With the job that reads it changed along, it is no break.
    let job = json!({"eventTime": "2026-02-01T00:00:00Z", "producer": "https://example.org/plan",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/JobEvent",
        "job": {"namespace": "ns", "name": "load"},
        "inputs": [{"namespace": "ns", "name": "raw"}],
        "outputs": [{"namespace": "ns", "name": "stg", "facets": {"columnLineage": {
            "_producer": "https://example.org/plan", "_schemaURL": "https://example.org/s",
            "fields": {"id": {"inputFields": [{"namespace": "ns", "name": "raw", "field": "id"}]}}}}}]});
    let both = write("both.json", json!([dataset(&["id"]), job]).to_string());
    let (code, text) = code_and_text(&check(&["openlineage", &both, "--server", &server.url]));
    assert_eq!(code, 0, "{text}");

    let bad = write(
        "bad.ndjson",
        format!("{}\n{{\"producer\": 1}}\n", dataset(&["id"])),
    );
    let empty = write("empty.ndjson", String::new());
    for (file, part) in [
        (bad, "bad.ndjson:2 is no OpenLineage event"),
        (empty, "there is no event"),
    ] {
        let output = check(&["openlineage", &file, "--server", &server.url]);
        assert_eq!(output.status.code(), Some(2));
        assert!(complaint(&output).contains(part), "{}", complaint(&output));
    }
}
