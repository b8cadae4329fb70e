//! Facets of runs.

use super::read::Object;
use crate::openlineage::secrets;

/// A `nominalTime` facet: the interval of data that a run stands for, as texts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NominalTime {
    /// `nominalStartTime`
    pub start: Option<String>,
    /// `nominalEndTime`
    pub end: Option<String>,
}

/// Reads a `nominalTime` facet.
pub fn nominal_time(facet: &[u8]) -> NominalTime {
    let read = Object::of(facet);
    NominalTime {
        start: read.text("nominalStartTime"),
        end: read.text("nominalEndTime"),
    }
}

/// A run of a job, as a facet names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parent {
    /// Namespace of the job.
    pub namespace: String,
    /// Name of the job.
    pub name: String,
    /// The run; most often a UUID.
    pub run_id: String,
}

fn run_name(read: &Object<'_>) -> Option<Parent> {
    let job = read.object("job");
    Some(Parent {
        namespace: job.text("namespace")?,
        name: job.text("name")?,
        run_id: read.object("run").text("runId")?,
    })
}

/// Which run of which job started this one, by a `parent` facet or Prefect's `parentRun` (trap 31).
pub fn parent(facet: &[u8]) -> Option<Parent> {
    run_name(&Object::of(facet))
}

/// The run at the top of the hierarchy, by a `parent` facet of 1-1-0 or later.
pub fn root(facet: &[u8]) -> Option<Parent> {
    run_name(&Object::of(facet).object("root"))
}

/// An `errorMessage` facet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ErrorMessage {
    /// What went wrong.
    pub message: Option<String>,
    /// In which language the trace is.
    pub programming_language: Option<String>,
    /// Where it went wrong.
    pub stack_trace: Option<String>,
}

/// Reads an `errorMessage` facet, or Spark's `spark.exception` (trap 11), whose message some
/// versions leave out: then it is the first line of the trace.
pub fn error_message(facet: &[u8]) -> ErrorMessage {
    let read = Object::of(facet);
    let stack_trace = read.text("stackTrace");
    let first_line = |trace: &String| trace.lines().next().map(str::to_owned);
    ErrorMessage {
        message: read
            .text("message")
            .or_else(|| stack_trace.as_ref().and_then(first_line)),
        programming_language: read.text("programmingLanguage"),
        stack_trace,
    }
}

/// One task whose lineage could not be extracted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtractionFailure {
    /// What went wrong.
    pub message: Option<String>,
    /// Where it went wrong.
    pub stack_trace: Option<String>,
    /// The task.
    pub task: Option<String>,
    /// Its number.
    pub task_number: Option<i64>,
}

/// An `extractionError` facet: lineage that the producer could not find.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExtractionError {
    /// Tasks in all.
    pub total_tasks: Option<i64>,
    /// Tasks that failed.
    pub failed_tasks: Option<i64>,
    /// What failed.
    pub errors: Vec<ExtractionFailure>,
}

/// Reads an `extractionError` facet.
pub fn extraction_error(facet: &[u8]) -> ExtractionError {
    let read = Object::of(facet);
    let errors = read.list("errors");
    ExtractionError {
        total_tasks: read.whole("totalTasks"),
        failed_tasks: read.whole("failedTasks"),
        errors: errors
            .iter()
            .map(|one| ExtractionFailure {
                message: one.text("errorMessage"),
                stack_trace: one.text("stackTrace"),
                task: one.text("task"),
                task_number: one.whole("taskNumber"),
            })
            .collect(),
    }
}

/// An `externalQuery` facet: the query under which another system knows the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalQuery {
    /// Its id there.
    pub id: Option<String>,
    /// The other system.
    pub source: Option<String>,
}

/// Reads an `externalQuery` facet.
pub fn external_query(facet: &[u8]) -> ExternalQuery {
    let read = Object::of(facet);
    ExternalQuery {
        id: read.scalar("externalQueryId"),
        source: read.text("source"),
    }
}

/// A `processing_engine` facet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessingEngine {
    /// For example `Spark`.
    pub name: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// Version of what sends the events.
    pub adapter_version: Option<String>,
}

/// Reads a `processing_engine` facet, or Prefect's `processingEngine` (trap 31).
pub fn processing_engine(facet: &[u8]) -> ProcessingEngine {
    let read = Object::of(facet);
    ProcessingEngine {
        name: read.text("name"),
        version: read.scalar("version"),
        adapter_version: read.scalar("openlineageAdapterVersion"),
    }
}

/// A named value: an environment variable, or a parameter of an execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedValue {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Its value; numbers and booleans as written.
    pub value: Option<String>,
}

/// Reads an `environmentVariables` facet.
pub fn environment_variables(facet: &[u8]) -> Vec<NamedValue> {
    named_values(facet, "environmentVariables", "name")
}

/// Reads an `executionParameters` facet; a parameter is called by its key.
pub fn execution_parameters(facet: &[u8]) -> Vec<NamedValue> {
    named_values(facet, "parameters", "key")
}

fn named_values(facet: &[u8], list: &str, name: &str) -> Vec<NamedValue> {
    let read = Object::of(facet);
    let one = |one: &Object<'_>| {
        let (name, value) = (one.text(name)?, one.scalar("value"));
        Some(NamedValue {
            value: value.map(|value| secrets::mask_value(&name, &value)),
            name,
            description: one.text("description"),
        })
    };
    read.list(list).iter().filter_map(one).collect()
}

/// A job that another one waits for, or that waits for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// Namespace of the job.
    pub namespace: String,
    /// Name of the job.
    pub name: String,
    /// The run, where it is told.
    pub run_id: Option<String>,
    /// For example `DIRECT_INVOCATION`.
    pub kind: Option<String>,
    /// For example `FINISH_TO_START`.
    pub sequence_rule: Option<String>,
    /// For example `EXECUTE_ON_SUCCESS`.
    pub status_rule: Option<String>,
}

/// A `jobDependencies` facet: control flow, as opposed to flow of data.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobDependencies {
    /// What it waits for.
    pub upstream: Vec<Dependency>,
    /// What waits for it.
    pub downstream: Vec<Dependency>,
    /// For example `ALL_SUCCESS`.
    pub trigger_rule: Option<String>,
}

/// Reads a `jobDependencies` facet.
pub fn job_dependencies(facet: &[u8]) -> JobDependencies {
    let read = Object::of(facet);
    let one = |one: &Object<'_>| {
        let job = one.object("job");
        Some(Dependency {
            namespace: job.text("namespace")?,
            name: job.text("name")?,
            run_id: one.object("run").text("runId"),
            kind: one.text("dependency_type"),
            sequence_rule: one.text("sequence_trigger_rule"),
            status_rule: one.text("status_trigger_rule"),
        })
    };
    JobDependencies {
        upstream: read.list("upstream").iter().filter_map(one).collect(),
        downstream: read.list("downstream").iter().filter_map(one).collect(),
        trigger_rule: read.text("trigger_rule"),
    }
}

/// One test that a run made, of a `test` facet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestResult {
    /// Its name.
    pub name: String,
    /// `pass`, `fail`, `skip` …, as told; absent is not passed.
    pub status: Option<String>,
    /// `error` or `warn`.
    pub severity: Option<String>,
    /// For example `singular`.
    pub kind: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// What it wanted.
    pub expected: Option<String>,
    /// What it found.
    pub actual: Option<String>,
    /// Its body, for example SQL.
    pub content: Option<String>,
    /// What the body is, for example `sql`.
    pub content_type: Option<String>,
}

/// Reads a `test` facet.
pub fn test_results(facet: &[u8]) -> Vec<TestResult> {
    let one = |one: &Object<'_>| {
        Some(TestResult {
            name: one.text("name")?,
            status: one.text("status"),
            severity: one.text("severity"),
            kind: one.text("type"),
            description: one.text("description"),
            expected: one.scalar("expected"),
            actual: one.scalar("actual"),
            content: one.text("content"),
            content_type: one.text("contentType"),
        })
    };
    let read = Object::of(facet);
    read.list("tests").iter().filter_map(one).collect()
}
