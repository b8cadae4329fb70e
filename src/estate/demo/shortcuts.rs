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
const NAMESPACE: &str = "snowflake://acme-prod";
const DAY_MS: i64 = 24 * 3600 * 1_000;
/// Stands in the committed policy for the day after tomorrow.
const SOON: &str = "9999-12-31";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shortcuts {
    script: Vec<Script>,
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

/// The events of the scripts, as of a day before `now_ms`.
///
/// # Errors
/// When the description is wrong or the time cannot be written.
pub fn shortcuts(now_ms: i64) -> Result<Vec<Value>, EstateError> {
    let text = include_str!("../../../fixtures/demo/shortcuts.toml");
    let read: Result<Shortcuts, _> = toml::from_str(text);
    let scripts = read.map_err(|source| EstateError::Syntax {
        file: "shortcuts.toml",
        source: Box::new(source),
    })?;
    let time = python_time(now_ms - DAY_MS)?;
    let dataset = |name: &String| json!({"namespace": NAMESPACE, "name": name});
    let facet = |mut body: Value, schema: &str| {
        body["_producer"] = PRODUCER.into();
        body["_schemaURL"] = format!("https://openlineage.io/spec/facets/{schema}").into();
        body
    };
    let output = |script: &Script, name: &String| {
        let mut output = dataset(name);
        if !script.columns.is_empty() {
            let fields = script.columns.iter();
            let fields: Vec<Value> = fields.map(|name| json!({"name": name})).collect();
            let schema = facet(json!({"fields": fields}), "1-2-0/SchemaDatasetFacet.json");
            output["facets"] = json!({"schema": schema});
        }
        output
    };
    let event = |script: &Script| {
        let about = json!({"description": script.about});
        json!({
            "eventTime": time,
            "producer": PRODUCER,
            "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/JobEvent",
            "job": {
                "namespace": "scripts",
                "name": script.name,
                "facets": {"documentation": facet(about, "1-1-0/DocumentationJobFacet.json")},
            },
            "inputs": script.reads.iter().map(dataset).collect::<Vec<_>>(),
            "outputs": script.writes.iter().map(|name| output(script, name)).collect::<Vec<_>>(),
        })
    };
    Ok(scripts.script.iter().map(event).collect())
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
