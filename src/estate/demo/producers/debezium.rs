//! Events of Debezium's Postgres connector, one connector for each table, so
//! that the pairing of its input and output (which Debezium never names in one
//! event) is true.

use serde_json::{Value, json};

use super::{RunEvent, State};
use crate::estate::demo::check::{Estate, Load};
use crate::estate::demo::error::EstateError;
use crate::estate::demo::facets::{
    RunRef, custom_facet, dataset_ref, engine, facet, facets, job_type, ownership, schema,
};
use crate::estate::demo::lineage::DayNames;
use crate::estate::demo::time::{debezium_time, run_id};

const PRODUCER: &str =
    "https://github.com/debezium/debezium/tree/v3.5.0.Final/debezium-openlineage";
const CONFIG_SCHEMA: &str = "https://github.com/debezium/debezium/tree/main/debezium-openlineage/src/main/java/io/debezium/openlineage/facets/spec/DebeziumRunFacet.json";
const NAMESPACE: &str = "cdc-prod";

/// Which side of the capture an event names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::estate::demo) enum Side {
    /// The connector has started and names nothing yet.
    None,
    /// The table.
    Table,
    /// The topic.
    Topic,
}

/// One event of the connector that captures `load`, running since `since_ms`.
pub(in crate::estate::demo) fn event(
    estate: &Estate,
    load: &Load,
    since_ms: i64,
    at_ms: i64,
    side: Side,
) -> Result<Value, EstateError> {
    let table = load.source.rsplit('.').next().unwrap_or_default();
    let job = format!("shopdb-{table}.0");
    let run = RunRef {
        namespace: NAMESPACE.to_owned(),
        run_id: run_id(NAMESPACE, &job, since_ms, 1),
        job,
    };
    let named = |key: &str, kind: &str| -> Result<Vec<Value>, EstateError> {
        let dataset = estate.dataset(key)?;
        let kind = json!({ "datasetType": kind, "subType": "" });
        let facets = facets([
            (
                "datasetType",
                facet(PRODUCER, "1-0-0/DatasetTypeDatasetFacet", kind),
            ),
            (
                "schema",
                schema(PRODUCER, "1-1-1", key, dataset, DayNames::new(estate, 0)),
            ),
        ]);
        Ok(vec![dataset_ref(dataset, facets)])
    };
    let (inputs, outputs) = match (side, load.topic.as_deref()) {
        (Side::Table, _) => (named(&load.source, "TABLE")?, Vec::new()),
        (Side::Topic, Some(topic)) => (Vec::new(), named(topic, "STREAM")?),
        _ => (Vec::new(), Vec::new()),
    };
    let configs = [
        "connector.class=io.debezium.connector.postgresql.PostgresConnector".to_owned(),
        format!("table.include.list=public.{table}"),
        format!("slot.name=dbz_{table}"),
    ];
    let config = json!({ "configs": configs, "additionalProperties": {} });
    let event = RunEvent {
        producer: PRODUCER,
        time: debezium_time(at_ms)?,
        state: if side == Side::None {
            State::Start
        } else {
            State::Running
        },
        run: &run,
        run_facets: facets([
            (
                "processing_engine",
                engine(PRODUCER, "Debezium", "3.5.0.Final", "1.31.0"),
            ),
            (
                "debezium_config",
                custom_facet(PRODUCER, CONFIG_SCHEMA, config),
            ),
        ]),
        job_facets: facets([
            (
                "jobType",
                job_type(PRODUCER, "STREAMING", "DEBEZIUM", "TASK"),
            ),
            (
                "ownership",
                ownership(PRODUCER, "Job", "team:data-platform"),
            ),
        ]),
        inputs,
        outputs,
    };
    Ok(event.json())
}
