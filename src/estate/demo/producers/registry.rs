//! Static events of the company's own registry: owners, tags and texts of all
//! datasets (`DatasetEvent`), the dashboards as consumers, and whose the exposures
//! of dbt are (`JobEvent`). It never sends a schema: what columns there are is told
//! by those who know.

use serde_json::{Value, json};

use crate::estate::demo::check::Estate;
use crate::estate::demo::describe::{DashboardEntry, ExposureEntry};
use crate::estate::demo::error::EstateError;
use crate::estate::demo::facets::{documentation, facet, facets, job_type, ownership};
use crate::estate::demo::lineage::DayNames;
use crate::estate::demo::time::python_time;
use crate::openlineage::facets::EXPOSURE_NAMESPACE;

use super::dbt::exposure_id;

const PRODUCER: &str = "https://github.com/acme-outfitters/data-registry/tree/2.4.0";
const SPEC: &str = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/";

/// What the registry says of the dataset `key` with the column names of `day`.
pub(in crate::estate::demo) fn dataset_event(
    estate: &Estate,
    key: &str,
    day: usize,
    at_ms: i64,
) -> Result<Value, EstateError> {
    let names = DayNames::new(estate, day);
    let dataset = estate.dataset(key)?;
    let mut tags = vec![tag("layer", dataset.layer.as_str(), "REGISTRY")];
    for column in &dataset.columns {
        for key_of_tag in &column.tags {
            let mut column_tag = tag(key_of_tag, "true", "REGISTRY");
            column_tag["field"] = names.column(key, &column.name).into();
            tags.push(column_tag);
        }
    }
    let facets = facets([
        (
            "documentation",
            documentation(PRODUCER, "Dataset", &dataset.about),
        ),
        ("ownership", ownership(PRODUCER, "Dataset", &dataset.owner)),
        (
            "tags",
            facet(PRODUCER, "1-0-0/TagsDatasetFacet", json!({ "tags": tags })),
        ),
    ]);
    Ok(json!({
        "eventTime": python_time(at_ms)?,
        "producer": PRODUCER,
        "schemaURL": format!("{SPEC}DatasetEvent"),
        "dataset": { "namespace": dataset.namespace, "name": dataset.name, "facets": facets },
    }))
}

/// The registration of a dashboard, export or model as a consumer.
pub(in crate::estate::demo) fn dashboard_event(
    estate: &Estate,
    dashboard: &DashboardEntry,
    at_ms: i64,
) -> Result<Value, EstateError> {
    let mut inputs = Vec::new();
    for read in &dashboard.reads {
        let dataset = estate.dataset(read)?;
        inputs.push(json!({ "namespace": dataset.namespace, "name": dataset.name }));
    }
    let kind = match dashboard.tool.as_str() {
        "export" => "EXPORT",
        "ml" => "ML_FEATURES",
        _ => "DASHBOARD",
    };
    let tool = dashboard.tool.to_ascii_uppercase();
    let tags = json!({ "tags": [tag("consumer", &kind.to_ascii_lowercase(), "REGISTRY")] });
    let facets = facets([
        ("jobType", job_type(PRODUCER, "BATCH", &tool, kind)),
        (
            "documentation",
            documentation(PRODUCER, "Job", &dashboard.about),
        ),
        ("ownership", ownership(PRODUCER, "Job", &dashboard.owner)),
        ("tags", facet(PRODUCER, "1-0-0/TagsJobFacet", tags)),
    ]);
    Ok(json!({
        "eventTime": python_time(at_ms)?,
        "producer": PRODUCER,
        "schemaURL": format!("{SPEC}JobEvent"),
        "job": {
            "namespace": format!("{}://{}", dashboard.tool, estate.company),
            "name": dashboard.name,
            "facets": facets,
        },
        "inputs": inputs,
        "outputs": [],
    }))
}

/// Whose an exposure of dbt is, and what it is for. What it reads is told by dbt.
pub(in crate::estate::demo) fn exposure_event(
    estate: &Estate,
    exposure: &ExposureEntry,
    at_ms: i64,
) -> Result<Value, EstateError> {
    let facets = facets([
        (
            "documentation",
            documentation(PRODUCER, "Job", &exposure.about),
        ),
        ("ownership", ownership(PRODUCER, "Job", &exposure.owner)),
    ]);
    Ok(json!({
        "eventTime": python_time(at_ms)?,
        "producer": PRODUCER,
        "schemaURL": format!("{SPEC}JobEvent"),
        "job": {
            "namespace": EXPOSURE_NAMESPACE,
            "name": exposure_id(estate, &exposure.name),
            "facets": facets,
        },
        "inputs": [],
        "outputs": [],
    }))
}

fn tag(key: &str, value: &str, source: &str) -> Value {
    json!({ "key": key, "value": value, "source": source })
}
