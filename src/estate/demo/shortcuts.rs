//! What people did beside the data team, so that contracts have something to find
//! (`fixtures/demo/shortcuts.toml`), and the policy of the demo.
//!
//! Told after the estate and apart from it: the estate is what its tools really send, these are
//! static events as somebody would write them by hand.

use serde::Deserialize;
use serde_json::{Value, json};

use super::error::EstateError;
use super::time::python_time;

const PRODUCER: &str = "https://github.com/acme-outfitters/scripts";
const EXPORTER: &str = "https://github.com/acme-outfitters/bi-exporter/tree/0.4.1";
const JOB_EVENT: &str = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/JobEvent";
const NAMESPACE: &str = "snowflake://acme-prod";
const HOUR_MS: i64 = 3_600 * 1_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// Stands in the committed policy for the day after tomorrow.
const SOON: &str = "9999-12-31";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shortcuts {
    turned_away: Board,
    script: Vec<Script>,
}

/// A dashboard that a contract turns away.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Board {
    name: String,
    about: String,
    reads: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Script {
    name: String,
    about: String,
    reads: Vec<String>,
    writes: Vec<String>,
    /// Columns of what it writes, where it tells them.
    #[serde(default)]
    columns: Vec<String>,
}

fn read() -> Result<Shortcuts, EstateError> {
    let text = include_str!("../../../fixtures/demo/shortcuts.toml");
    toml::from_str(text).map_err(|source| EstateError::Syntax {
        file: "shortcuts.toml",
        source: Box::new(source),
    })
}

fn dataset(name: &String) -> Value {
    json!({"namespace": NAMESPACE, "name": name})
}

fn facet(producer: &str, mut body: Value, schema: &str) -> Value {
    body["_producer"] = producer.into();
    body["_schemaURL"] = format!("https://openlineage.io/spec/facets/{schema}").into();
    body
}

fn documentation(producer: &str, about: &str) -> Value {
    let body = json!({"description": about});
    facet(producer, body, "1-1-0/DocumentationJobFacet.json")
}

/// The events of the scripts, as of a day before `now_ms`.
///
/// # Errors
/// When the description is wrong or the time cannot be written.
pub fn shortcuts(now_ms: i64) -> Result<Vec<Value>, EstateError> {
    let time = python_time(now_ms - DAY_MS)?;
    let output = |script: &Script, name: &String| {
        let mut output = dataset(name);
        if !script.columns.is_empty() {
            let fields = script.columns.iter();
            let fields: Vec<Value> = fields.map(|name| json!({"name": name})).collect();
            let body = json!({"fields": fields});
            let schema = facet(PRODUCER, body, "1-2-0/SchemaDatasetFacet.json");
            output["facets"] = json!({"schema": schema});
        }
        output
    };
    let event = |script: &Script| {
        json!({
            "eventTime": time,
            "producer": PRODUCER,
            "schemaURL": JOB_EVENT,
            "job": {
                "namespace": "scripts",
                "name": script.name,
                "facets": {"documentation": documentation(PRODUCER, &script.about)},
            },
            "inputs": script.reads.iter().map(dataset).collect::<Vec<_>>(),
            "outputs": script.writes.iter().map(|name| output(script, name)).collect::<Vec<_>>(),
        })
    };
    Ok(read()?.script.iter().map(event).collect())
}

/// The event that the policy of the demo turns away, as of an hour before `now_ms`.
///
/// # Errors
/// When the description is wrong or the time cannot be written.
pub fn turned_away(now_ms: i64) -> Result<Value, EstateError> {
    let board = read()?.turned_away;
    let kind =
        json!({"processingType": "BATCH", "integration": "METABASE", "jobType": "DASHBOARD"});
    Ok(json!({
        "eventTime": python_time(now_ms - HOUR_MS)?,
        "producer": EXPORTER,
        "schemaURL": JOB_EVENT,
        "job": {
            "namespace": "metabase://acme",
            "name": board.name,
            "facets": {
                "documentation": documentation(EXPORTER, &board.about),
                "jobType": facet(EXPORTER, kind, "2-0-4/JobTypeJobFacet.json"),
            },
        },
        "inputs": board.reads.iter().map(dataset).collect::<Vec<_>>(),
        "outputs": [],
    }))
}

/// The policy of the demo, `fixtures/demo/headwater.policy.yaml`, with an exception that ends two
/// days after `now_ms`.
pub fn demo_policy(now_ms: i64) -> String {
    let text = include_str!("../../../fixtures/demo/headwater.policy.yaml");
    let soon = chrono::DateTime::from_timestamp_millis(now_ms + 2 * DAY_MS);
    match soon {
        Some(soon) => text.replace(SOON, &soon.format("%Y-%m-%d").to_string()),
        None => text.to_owned(),
    }
}
