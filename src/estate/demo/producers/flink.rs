//! Events of a Flink stream: a run that starts and never ends. Flink sends no
//! column lineage, and its later events name no datasets.

use serde_json::{Value, json};

use super::{RunEvent, State};
use crate::estate::demo::check::{Estate, Model};
use crate::estate::demo::error::EstateError;
use crate::estate::demo::facets::{
    RunRef, custom_facet, dataset_ref, engine, facets, job_type, schema,
};
use crate::estate::demo::lineage::DayNames;
use crate::estate::demo::time::{java_time, run_id};

const PRODUCER: &str = "https://github.com/OpenLineage/OpenLineage/tree/1.53.0/integration/flink";
const RUN_FACET: &str = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunFacet";
const NAMESPACE: &str = "flink-prod";

/// One event of the stream that makes `model`, running since `since_ms`;
/// `checkpoints` counts those done.
pub(in crate::estate::demo) fn event(
    estate: &Estate,
    model: &Model,
    since_ms: i64,
    at_ms: i64,
    checkpoints: usize,
) -> Result<Value, EstateError> {
    let job = format!("{}_stream", model.dataset.replace('.', "_"));
    let run = RunRef {
        namespace: NAMESPACE.to_owned(),
        run_id: run_id(NAMESPACE, &job, since_ms, 1),
        job,
    };
    let state = if at_ms == since_ms {
        State::Start
    } else {
        State::Running
    };
    let mut inputs = Vec::new();
    let mut outputs = Vec::new();
    let mut job_facets = facets([]);
    if state == State::Start {
        for input in &model.inputs {
            inputs.push(named(estate, &input.dataset)?);
        }
        outputs.push(named(estate, &model.dataset)?);
        let kind = job_type(PRODUCER, "STREAMING", "FLINK", "JOB");
        job_facets.insert("jobType".into(), kind);
    }
    let progress = json!({ "checkpoints": { "completed": checkpoints, "failed": 0 } });
    let event = RunEvent {
        producer: PRODUCER,
        time: java_time(at_ms)?,
        state,
        run: &run,
        run_facets: facets([
            (
                "processing_engine",
                engine(PRODUCER, "flink", "2.1.0", "1.53.0"),
            ),
            ("checkpoints", custom_facet(PRODUCER, RUN_FACET, progress)),
        ]),
        job_facets,
        inputs,
        outputs,
    };
    Ok(event.json())
}

fn named(estate: &Estate, key: &str) -> Result<Value, EstateError> {
    let dataset = estate.dataset(key)?;
    let schema = schema(PRODUCER, "1-1-1", key, dataset, DayNames::new(estate, 0));
    Ok(dataset_ref(dataset, facets([("schema", schema)])))
}
