//! How each tool of the company tells its runs: one module for each producer,
//! after the shapes that the real ones send. When things happen is decided by
//! the story, not here.

pub(super) mod airflow;
pub(super) mod dbt;
pub(super) mod debezium;
pub(super) mod flink;
pub(super) mod registry;
pub(super) mod spark;

use serde_json::{Value, json};

use super::facets::{Facets, RunRef};

/// The state that a run event tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Start,
    Running,
    Complete,
    Fail,
}

impl State {
    fn as_str(self) -> &'static str {
        match self {
            Self::Start => "START",
            Self::Running => "RUNNING",
            Self::Complete => "COMPLETE",
            Self::Fail => "FAIL",
        }
    }
}

/// One event of a run, before it is written as JSON.
struct RunEvent<'a> {
    producer: &'a str,
    /// As the producer writes it.
    time: String,
    state: State,
    run: &'a RunRef,
    run_facets: Facets,
    job_facets: Facets,
    inputs: Vec<Value>,
    outputs: Vec<Value>,
}

impl RunEvent<'_> {
    fn json(self) -> Value {
        json!({
            "eventTime": self.time,
            "eventType": self.state.as_str(),
            "producer": self.producer,
            "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
            "run": { "runId": self.run.run_id, "facets": self.run_facets },
            "job": {
                "namespace": self.run.namespace,
                "name": self.run.job,
                "facets": self.job_facets,
            },
            "inputs": self.inputs,
            "outputs": self.outputs,
        })
    }
}
