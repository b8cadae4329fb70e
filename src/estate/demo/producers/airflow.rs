//! Events of Airflow's `OpenLineage` provider: DAG runs and task runs.

use serde_json::{Value, json};

use super::{RunEvent, State};
use crate::estate::demo::check::{Dataset, Estate, Load, Model};
use crate::estate::demo::describe::Arrival;
use crate::estate::demo::error::EstateError;
use crate::estate::demo::facets::{
    Facets, RunRef, copy_lineage, custom_facet, dataset_ref, engine, facet, facets, job_type,
    model_lineage, ownership, parent, schema, statistics,
};
use crate::estate::demo::lineage::DayNames;
use crate::estate::demo::time::{DAY, python_time, run_id};

const PRODUCER: &str = "https://github.com/apache/airflow/tree/providers-openlineage/2.20.3";
const RUN_FACET: &str = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunFacet";
const NAMESPACE: &str = "airflow-prod";
const OWNER: &str = "team:data-platform";

/// One run of a DAG.
#[derive(Clone, Debug)]
pub(in crate::estate::demo) struct DagRun {
    pub(in crate::estate::demo) run: RunRef,
    scheduled_ms: i64,
}

impl DagRun {
    /// The run of `dag` that was scheduled for `scheduled_ms`.
    pub(in crate::estate::demo) fn new(dag: &str, scheduled_ms: i64) -> Self {
        let run = RunRef {
            namespace: NAMESPACE.to_owned(),
            job: dag.to_owned(),
            run_id: run_id(NAMESPACE, dag, scheduled_ms, 1),
        };
        Self { run, scheduled_ms }
    }

    /// The `attempt` (from 1) of one of its tasks.
    pub(in crate::estate::demo) fn task(&self, task: &str, attempt: u32) -> RunRef {
        let job = format!("{}.{task}", self.run.job);
        RunRef {
            namespace: NAMESPACE.to_owned(),
            run_id: run_id(NAMESPACE, &job, self.scheduled_ms, attempt),
            job,
        }
    }

    /// An event of the DAG run itself, which reads and writes nothing.
    pub(in crate::estate::demo) fn event(
        &self,
        state: State,
        at_ms: i64,
    ) -> Result<Value, EstateError> {
        let mut run_facets = self.common_facets()?;
        let dag = json!({ "dag": self.dag(), "dagRun": self.dag_run()? });
        run_facets.insert(
            "airflowDagRun".into(),
            custom_facet(PRODUCER, RUN_FACET, dag),
        );
        let event = RunEvent {
            producer: PRODUCER,
            time: python_time(at_ms)?,
            state,
            run: &self.run,
            run_facets,
            job_facets: job_facets("DAG"),
            inputs: Vec::new(),
            outputs: Vec::new(),
        };
        Ok(event.json())
    }

    fn common_facets(&self) -> Result<Facets, EstateError> {
        let nominal = json!({
            "nominalStartTime": python_time(self.scheduled_ms - DAY)?,
            "nominalEndTime": python_time(self.scheduled_ms)?,
        });
        Ok(facets([
            (
                "nominalTime",
                facet(PRODUCER, "1-0-1/NominalTimeRunFacet", nominal),
            ),
            (
                "processing_engine",
                engine(PRODUCER, "Airflow", "3.3.2", "2.20.3"),
            ),
        ]))
    }

    fn dag(&self) -> Value {
        json!({
            "dag_id": self.run.job,
            "fileloc": format!("/srv/airflow/dags/{}.py", self.run.job),
            "owner": OWNER,
            "timetable_summary": "0 4 * * *",
        })
    }

    fn dag_run(&self) -> Result<Value, EstateError> {
        let logical = python_time(self.scheduled_ms)?;
        Ok(json!({
            "dag_id": self.run.job,
            "logical_date": logical,
            "run_id": format!("scheduled__{logical}"),
            "run_type": "scheduled",
        }))
    }
}

/// One attempt at a task.
pub(in crate::estate::demo) struct Task<'a> {
    pub(in crate::estate::demo) dag: &'a DagRun,
    pub(in crate::estate::demo) name: &'a str,
    pub(in crate::estate::demo) attempt: u32,
    pub(in crate::estate::demo) operator: &'a str,
}

impl Task<'_> {
    /// The run of this attempt.
    pub(in crate::estate::demo) fn run(&self) -> RunRef {
        self.dag.task(self.name, self.attempt)
    }

    /// One event of the attempt; `error` goes with [`State::Fail`].
    pub(in crate::estate::demo) fn event(
        &self,
        state: State,
        at_ms: i64,
        error: Option<&str>,
        (inputs, outputs): (Vec<Value>, Vec<Value>),
    ) -> Result<Value, EstateError> {
        let mut run_facets = self.dag.common_facets()?;
        let root = &self.dag.run;
        run_facets.insert("parent".into(), parent(PRODUCER, root, root));
        let airflow = json!({
            "dag": self.dag.dag(),
            "dagRun": self.dag.dag_run()?,
            "task": { "task_id": self.name, "operator_class": self.operator, "retries": 1 },
            "taskInstance": { "try_number": self.attempt },
        });
        run_facets.insert("airflow".into(), custom_facet(PRODUCER, RUN_FACET, airflow));
        if let Some(message) = error {
            let body = json!({ "message": message, "programmingLanguage": "python" });
            let error = facet(PRODUCER, "1-0-1/ErrorMessageRunFacet", body);
            run_facets.insert("errorMessage".into(), error);
        }
        let event = RunEvent {
            producer: PRODUCER,
            time: python_time(at_ms)?,
            state,
            run: &self.run(),
            run_facets,
            job_facets: job_facets("TASK"),
            inputs,
            outputs,
        };
        Ok(event.json())
    }
}

fn job_facets(kind: &str) -> Facets {
    facets([
        ("jobType", job_type(PRODUCER, "BATCH", "AIRFLOW", kind)),
        ("ownership", ownership(PRODUCER, "Job", OWNER)),
    ])
}

/// Operator class and task id for a load.
pub(in crate::estate::demo) fn load_task(load: &Load) -> (&'static str, String) {
    let table = load.lands_in.rsplit('.').next().unwrap_or_default();
    match load.by {
        Arrival::Debezium => ("SnowflakeSqlApiOperator", format!("merge_{table}")),
        Arrival::Copy => ("PostgresToSnowflakeOperator", format!("copy_{table}")),
        Arrival::Fivetran | Arrival::Produced => {
            let (system, object) = load.source.split_once('.').unwrap_or(("", table));
            let object = object.to_ascii_lowercase();
            ("FivetranOperator", format!("fivetran_{system}_{object}"))
        }
    }
}

/// What a load reads and writes.
pub(in crate::estate::demo) fn load_datasets(
    estate: &Estate,
    load: &Load,
    day: usize,
) -> Result<(Vec<Value>, Vec<Value>), EstateError> {
    let from_key = load.topic.as_deref().unwrap_or(&load.source);
    let from = estate.dataset(from_key)?;
    let to = estate.dataset(&load.lands_in)?;
    let lineage = copy_lineage(PRODUCER, from, to);
    let names = DayNames::new(estate, day);
    let read = dataset_ref(from, schema_facets(from_key, from, names));
    let written = output(to, schema_facets(&load.lands_in, to, names), lineage, day);
    Ok((vec![read], vec![written]))
}

/// What a landing job described as a model reads and writes.
pub(in crate::estate::demo) fn model_datasets(
    estate: &Estate,
    model: &Model,
    day: usize,
) -> Result<(Vec<Value>, Vec<Value>), EstateError> {
    let names = DayNames::new(estate, day);
    let to = estate.dataset(&model.dataset)?;
    let mut inputs = Vec::new();
    for input in &model.inputs {
        let from = estate.dataset(&input.dataset)?;
        inputs.push(dataset_ref(
            from,
            schema_facets(&input.dataset, from, names),
        ));
    }
    let lineage = model_lineage(PRODUCER, estate, model, names)?;
    let written = output(to, schema_facets(&model.dataset, to, names), lineage, day);
    Ok((inputs, vec![written]))
}

fn schema_facets(key: &str, dataset: &Dataset, names: DayNames<'_>) -> Facets {
    facets([("schema", schema(PRODUCER, "1-2-0", key, dataset, names))])
}

fn output(to: &Dataset, mut facets: Facets, lineage: Value, day: usize) -> Value {
    facets.insert("columnLineage".into(), lineage);
    let mut written = dataset_ref(to, facets);
    written["outputFacets"] = json!({ "outputStatistics": statistics(PRODUCER, to, day) });
    written
}
