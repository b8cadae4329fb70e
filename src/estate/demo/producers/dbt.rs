//! Events of `dbt-ol build`: the invocation, its models and their tests.

use serde_json::{Value, json};

use super::{RunEvent, State};
use crate::estate::demo::check::{Dataset, Estate, Model};
use crate::estate::demo::describe::{ExposureEntry, Layer, TestEntry};
use crate::estate::demo::error::EstateError;
use crate::estate::demo::facets::{
    Facets, RunRef, custom_facet, dataset_ref, documentation, engine, facet, facets, job_type,
    model_lineage, parent, schema, statistics,
};
use crate::estate::demo::lineage::DayNames;
use crate::estate::demo::sql::select;
use crate::estate::demo::time::{python_time, run_id};

const PRODUCER: &str = "https://github.com/OpenLineage/OpenLineage/tree/1.54.0/integration/dbt";
const CLIENT: &str = "https://github.com/OpenLineage/OpenLineage/tree/1.54.0/client/python";
const SCHEMAS: &str =
    "https://github.com/OpenLineage/OpenLineage/tree/main/integration/common/openlineage/schema";
const NAMESPACE: &str = "dbt-prod";
const DBT: &str = "1.11.16";

/// One `dbt build`, started by an Airflow task.
pub(in crate::estate::demo) struct Invocation<'a> {
    pub(in crate::estate::demo) estate: &'a Estate,
    pub(in crate::estate::demo) day: usize,
    /// When it was scheduled, and which attempt it is (from 1).
    pub(in crate::estate::demo) scheduled_ms: i64,
    pub(in crate::estate::demo) attempt: u32,
    pub(in crate::estate::demo) task: RunRef,
    pub(in crate::estate::demo) dag: RunRef,
}

impl Invocation<'_> {
    /// The run of the invocation itself.
    pub(in crate::estate::demo) fn run(&self) -> RunRef {
        self.run_ref(format!("dbt-run-{}", self.estate.company))
    }

    fn run_ref(&self, job: String) -> RunRef {
        RunRef {
            namespace: NAMESPACE.to_owned(),
            run_id: run_id(NAMESPACE, &job, self.scheduled_ms, self.attempt),
            job,
        }
    }

    /// An event of the invocation, which reads and writes nothing itself.
    pub(in crate::estate::demo) fn event(
        &self,
        state: State,
        at_ms: i64,
    ) -> Result<Value, EstateError> {
        let job_facets = facets([("jobType", job_type(PRODUCER, "BATCH", "DBT", "JOB"))]);
        let event = RunEvent {
            producer: PRODUCER,
            time: python_time(at_ms)?,
            state,
            run: &self.run(),
            run_facets: self.run_facets(&self.task),
            job_facets,
            inputs: Vec::new(),
            outputs: Vec::new(),
        };
        Ok(event.json())
    }

    /// An event of one model. A failed one names no outputs, as dbt-ol does.
    pub(in crate::estate::demo) fn model_event(
        &self,
        model: &Model,
        state: State,
        at_ms: i64,
        error: Option<&str>,
    ) -> Result<Value, EstateError> {
        let names = DayNames::new(self.estate, self.day);
        let made = self.estate.dataset(&model.dataset)?;
        let mut run_facets = self.run_facets(&self.run());
        if let Some(message) = error {
            let body = json!({ "message": message, "programmingLanguage": "sql" });
            let error = facet(CLIENT, "1-0-1/ErrorMessageRunFacet", body);
            run_facets.insert("errorMessage".into(), error);
        }
        let mut job_facets = self.node_facets(made, "MODEL");
        let query = json!({ "query": select(self.estate, model, names)?, "dialect": "snowflake" });
        job_facets.insert("sql".into(), facet(CLIENT, "1-1-0/SQLJobFacet", query));
        let outputs = match state {
            State::Fail => Vec::new(),
            _ => vec![self.output(model, made, names, state)?],
        };
        let event = RunEvent {
            producer: PRODUCER,
            time: python_time(at_ms)?,
            state,
            run: &self.run_ref(self.job_name(made, "run")),
            run_facets,
            job_facets,
            inputs: self.inputs(model, names)?,
            outputs,
        };
        Ok(event.json())
    }

    /// An event of a model's tests, which name the model as input.
    pub(in crate::estate::demo) fn test_event(
        &self,
        model: &Model,
        state: State,
        at_ms: i64,
    ) -> Result<Value, EstateError> {
        let made = self.estate.dataset(&model.dataset)?;
        let table = table(made);
        let assertions: Vec<Value> = model
            .tests
            .iter()
            .map(|test| assertion(test, &table, self.day))
            .collect();
        let body = json!({ "assertions": assertions });
        let checked = facet(CLIENT, "1-1-0/DataQualityAssertionsDatasetFacet", body);
        // dbt-ol sends it in both places.
        let mut input = dataset_ref(made, facets([("dataQualityAssertions", checked.clone())]));
        input["inputFacets"] = json!({ "dataQualityAssertions": checked });
        let event = RunEvent {
            producer: PRODUCER,
            time: python_time(at_ms)?,
            state,
            run: &self.run_ref(self.job_name(made, "test")),
            run_facets: self.run_facets(&self.run()),
            job_facets: self.node_facets(made, "TEST"),
            inputs: vec![input],
            outputs: Vec::new(),
        };
        Ok(event.json())
    }

    fn inputs(&self, model: &Model, names: DayNames<'_>) -> Result<Vec<Value>, EstateError> {
        let mut inputs = Vec::new();
        for input in &model.inputs {
            let from = self.estate.dataset(&input.dataset)?;
            let facets = facets([
                (
                    "schema",
                    schema(CLIENT, "1-2-0", &input.dataset, from, names),
                ),
                ("dataSource", data_source(from)),
            ]);
            inputs.push(dataset_ref(from, facets));
        }
        Ok(inputs)
    }

    fn output(
        &self,
        model: &Model,
        made: &Dataset,
        names: DayNames<'_>,
        state: State,
    ) -> Result<Value, EstateError> {
        let lineage = model_lineage(CLIENT, self.estate, model, names)?;
        let materialized = if made.layer == Layer::Mart {
            "table"
        } else {
            "view"
        };
        let config = json!({ "config": { "materialized": materialized, "access": "protected" } });
        let model_schema = format!("{SCHEMAS}/dbt-model-dataset-facet.json");
        let mut facets = facets([
            (
                "schema",
                schema(CLIENT, "1-2-0", &model.dataset, made, names),
            ),
            ("dataSource", data_source(made)),
            (
                "documentation",
                documentation(CLIENT, "Dataset", &made.about),
            ),
            ("dbt_model", custom_facet(CLIENT, &model_schema, config)),
            ("columnLineage", lineage),
        ]);
        if let Some(exposures) = exposures(self.estate, &model.dataset) {
            facets.insert("dbt_exposures".into(), exposures);
        }
        let mut output = dataset_ref(made, facets);
        output["outputFacets"] = match state {
            State::Complete => json!({ "outputStatistics": statistics(CLIENT, made, self.day) }),
            _ => json!({}),
        };
        Ok(output)
    }

    fn job_name(&self, made: &Dataset, step: &str) -> String {
        job_name(self.estate, made, step)
    }

    fn node_facets(&self, made: &Dataset, kind: &str) -> Facets {
        let mut parts = made.name.split('.');
        let table = table(made);
        let node = json!({
            "alias": table,
            "database": parts.next(),
            "schema": parts.next(),
            "original_file_path": format!("models/{}/{table}.sql", folder(made.layer)),
            "unique_id": format!("model.{}.{table}", self.estate.company),
        });
        let node_schema = format!("{SCHEMAS}/dbt-node-job-facet.json");
        facets([
            ("jobType", job_type(PRODUCER, "BATCH", "DBT", kind)),
            ("dbt_node", custom_facet(CLIENT, &node_schema, node)),
        ])
    }

    fn run_facets(&self, run: &RunRef) -> Facets {
        let invocation = json!({
            "invocation_id": self.run_ref("invocation".to_owned()).run_id,
            "project_name": self.estate.company,
            "profile_name": self.estate.company,
            "dbt_runtime": "core",
        });
        let run_schema = format!("{SCHEMAS}/dbt-run-run-facet.json");
        let version_schema = format!("{SCHEMAS}/dbt-version-run-facet.json");
        facets([
            ("dbt_run", custom_facet(CLIENT, &run_schema, invocation)),
            (
                "dbt_version",
                custom_facet(CLIENT, &version_schema, json!({ "version": DBT })),
            ),
            ("parent", parent(CLIENT, run, &self.dag)),
            ("processing_engine", engine(CLIENT, "dbt", DBT, "1.54.0")),
        ])
    }
}

/// Namespace and name of the job that makes the dbt model `made`.
pub(in crate::estate::demo) fn model_job(
    estate: &Estate,
    made: &Dataset,
) -> (&'static str, String) {
    (NAMESPACE, job_name(estate, made, "run"))
}

/// The id by which dbt tells an exposure.
pub(in crate::estate::demo) fn exposure_id(estate: &Estate, name: &str) -> String {
    format!("exposure.{}.{name}", estate.company)
}

/// The facet that lists the exposures of a model; none when nothing reads it.
fn exposures(estate: &Estate, model: &str) -> Option<Value> {
    let reads = |exposure: &&ExposureEntry| exposure.reads.iter().any(|read| read == model);
    let listed = estate.exposures.iter().filter(reads).map(|exposure| {
        let mut told = json!({
            "name": exposure.name,
            "type": exposure.kind,
            "unique_id": exposure_id(estate, &exposure.name),
        });
        if let Some(url) = &exposure.url {
            told["url"] = url.as_str().into();
        }
        told
    });
    let listed: Vec<Value> = listed.collect();
    let schema = format!("{SCHEMAS}/dbt-exposures-dataset-facet.json");
    (!listed.is_empty()).then(|| custom_facet(CLIENT, &schema, json!({ "exposures": listed })))
}

/// `DATABASE.SCHEMA.project.model.build.step`.
fn job_name(estate: &Estate, made: &Dataset, step: &str) -> String {
    let schema = made.name.rsplit_once('.').map_or("", |(schema, _)| schema);
    format!("{schema}.{}.{}.build.{step}", estate.company, table(made))
}

/// The table's name in small letters: that of the dbt model.
fn table(made: &Dataset) -> String {
    let table = made.name.rsplit('.').next().unwrap_or(&made.name);
    table.to_ascii_lowercase()
}

fn folder(layer: Layer) -> &'static str {
    match layer {
        Layer::Mart => "marts",
        other => other.as_str(),
    }
}

fn data_source(dataset: &Dataset) -> Value {
    let body = json!({ "name": dataset.namespace, "uri": dataset.namespace });
    facet(CLIENT, "1-0-1/DatasourceDatasetFacet", body)
}

fn assertion(test: &TestEntry, table: &str, day: usize) -> Value {
    let success = !test.fails_on.contains(&day);
    let column = test.column.as_deref();
    let name = match column {
        Some(column) => format!("{}_{table}_{column}", test.test),
        None => format!("{}_{table}", test.test),
    };
    let mut assertion = json!({
        "assertion": test.test,
        "name": name,
        "success": success,
        "expected": "0",
        "actual": if success { "0" } else { "37" },
        // Only a warning fails without failing the build.
        "severity": if test.fails_on.is_empty() { "error" } else { "warn" },
        "params": {},
    });
    if let Some(column) = column {
        assertion["column"] = column.into();
    }
    assertion
}
