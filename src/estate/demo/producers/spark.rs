//! Events of a Spark application over files: the application, and its one SQL
//! job, which has the datasets and their column lineage.

use serde_json::{Value, json};

use super::{RunEvent, State};
use crate::estate::demo::check::{Estate, Model};
use crate::estate::demo::error::EstateError;
use crate::estate::demo::facets::{
    Facets, RunRef, dataset_ref, engine, facet, facets, job_type, model_lineage, parent, schema,
    statistics,
};
use crate::estate::demo::lineage::DayNames;
use crate::estate::demo::time::{java_time, run_id};

const PRODUCER: &str = "https://github.com/OpenLineage/OpenLineage/tree/1.53.0/integration/spark";
const NAMESPACE: &str = "spark-prod";

/// One run of the application that makes a model.
pub(in crate::estate::demo) struct Application<'a> {
    pub(in crate::estate::demo) estate: &'a Estate,
    pub(in crate::estate::demo) model: &'a Model,
    pub(in crate::estate::demo) day: usize,
    pub(in crate::estate::demo) scheduled_ms: i64,
    /// The Airflow task that submitted it, and that task's DAG run.
    pub(in crate::estate::demo) task: RunRef,
    pub(in crate::estate::demo) dag: RunRef,
}

impl Application<'_> {
    fn run(&self, step: &str) -> RunRef {
        let table = self.model.dataset.rsplit('.').next().unwrap_or_default();
        let job = format!("{table}{step}");
        RunRef {
            namespace: NAMESPACE.to_owned(),
            run_id: run_id(NAMESPACE, &job, self.scheduled_ms, 1),
            job,
        }
    }

    /// An event of the application, which names no datasets.
    pub(in crate::estate::demo) fn event(
        &self,
        state: State,
        at_ms: i64,
    ) -> Result<Value, EstateError> {
        let event = RunEvent {
            producer: PRODUCER,
            time: java_time(at_ms)?,
            state,
            run: &self.run(""),
            run_facets: self.run_facets(&self.task),
            job_facets: job_facets("APPLICATION"),
            inputs: Vec::new(),
            outputs: Vec::new(),
        };
        Ok(event.json())
    }

    /// An event of the SQL job.
    pub(in crate::estate::demo) fn sql_event(
        &self,
        state: State,
        at_ms: i64,
    ) -> Result<Value, EstateError> {
        let names = DayNames::new(self.estate, self.day);
        let mut inputs = Vec::new();
        for input in &self.model.inputs {
            let from = self.estate.dataset(&input.dataset)?;
            let schema = schema(PRODUCER, "1-2-0", &input.dataset, from, names);
            inputs.push(dataset_ref(from, facets([("schema", schema)])));
        }
        let made = self.estate.dataset(&self.model.dataset)?;
        let change = json!({ "lifecycleStateChange": "OVERWRITE" });
        let facets = facets([
            (
                "schema",
                schema(PRODUCER, "1-2-0", &self.model.dataset, made, names),
            ),
            (
                "columnLineage",
                model_lineage(PRODUCER, self.estate, self.model, names)?,
            ),
            (
                "lifecycleStateChange",
                facet(PRODUCER, "1-0-1/LifecycleStateChangeDatasetFacet", change),
            ),
        ]);
        let mut output = dataset_ref(made, facets);
        if state == State::Complete {
            let rows = statistics(PRODUCER, made, self.day);
            output["outputFacets"] = json!({ "outputStatistics": rows });
        }
        let folder = made.name.replace('/', "_");
        let step = format!(".execute_insert_into_hadoop_fs_relation_command.{folder}");
        let event = RunEvent {
            producer: PRODUCER,
            time: java_time(at_ms)?,
            state,
            run: &self.run(&step),
            run_facets: self.run_facets(&self.run("")),
            job_facets: job_facets("SQL_JOB"),
            inputs,
            outputs: vec![output],
        };
        Ok(event.json())
    }

    fn run_facets(&self, run: &RunRef) -> Facets {
        facets([
            ("parent", parent(PRODUCER, run, &self.dag)),
            (
                "processing_engine",
                engine(PRODUCER, "spark", "3.5.9", "1.53.0"),
            ),
        ])
    }
}

fn job_facets(kind: &str) -> Facets {
    facets([("jobType", job_type(PRODUCER, "BATCH", "SPARK", kind))])
}
