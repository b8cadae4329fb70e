//! What facets tell, as GraphQL objects. The readers and the sources of each rule are in
//! [`crate::openlineage::facets`]; here are only their names for clients.

use async_graphql::{Context, Json, Result, SimpleObject};
use chrono::{DateTime, Utc};

use crate::openlineage::facets;

use super::super::refs::engine;
use super::{Job, Run};

/// A GraphQL object with the members of what a reader makes.
macro_rules! mirror {
    ($(#[$about:meta])* $name:ident of $source:ident {
        $($(#[$member_about:meta])* $member:ident: $kind:ty,)*
    }) => {
        $(#[$about])*
        #[derive(SimpleObject, Debug, Clone)]
        pub struct $name {
            $($(#[$member_about])* pub $member: $kind,)*
        }

        impl From<facets::$source> for $name {
            fn from(read: facets::$source) -> Self {
                Self { $($member: read.$member,)* }
            }
        }
    };
}

mirror! {
    /// A query under which another system knows a run.
    ExternalQuery of ExternalQuery {
        /// Its id there.
        id: Option<String>,
        /// The other system.
        source: Option<String>,
    }
}

mirror! {
    /// What ran a run.
    ProcessingEngine of ProcessingEngine {
        /// For example `Spark`.
        name: Option<String>,
        /// Its version.
        version: Option<String>,
        /// Version of what sends its events.
        adapter_version: Option<String>,
    }
}

mirror! {
    /// An environment variable, or a parameter of an execution.
    NamedValue of NamedValue {
        /// Its name.
        name: String,
        /// What it is for.
        description: Option<String>,
        /// Its value; numbers and booleans as written.
        value: Option<String>,
    }
}

mirror! {
    /// A test that a run made.
    TestResult of TestResult {
        /// Its name.
        name: String,
        /// `pass`, `fail`, `skip` …, as told; null is not passed.
        status: Option<String>,
        /// `error` or `warn`.
        severity: Option<String>,
        /// For example `singular`.
        #[graphql(name = "type")]
        kind: Option<String>,
        /// What it is for.
        description: Option<String>,
        /// What it wanted.
        expected: Option<String>,
        /// What it found.
        actual: Option<String>,
        /// Its body, for example SQL.
        content: Option<String>,
        /// What the body is, for example `sql`.
        content_type: Option<String>,
    }
}

mirror! {
    /// A task whose lineage the producer could not find.
    ExtractionFailure of ExtractionFailure {
        /// What went wrong.
        message: Option<String>,
        /// Where it went wrong.
        stack_trace: Option<String>,
        /// The task.
        task: Option<String>,
        /// Its number.
        task_number: Option<i64>,
    }
}

/// Lineage that the producer of a run could not find.
#[derive(SimpleObject, Debug, Clone)]
pub struct ExtractionError {
    /// Tasks in all.
    pub total_tasks: Option<i64>,
    /// Tasks that failed.
    pub failed_tasks: Option<i64>,
    /// What failed.
    pub errors: Vec<ExtractionFailure>,
}

impl From<facets::ExtractionError> for ExtractionError {
    fn from(read: facets::ExtractionError) -> Self {
        Self {
            total_tasks: read.total_tasks,
            failed_tasks: read.failed_tasks,
            errors: read.errors.into_iter().map(Into::into).collect(),
        }
    }
}

mirror! {
    /// A job that another one waits for, or that waits for it.
    JobDependency of Dependency {
        /// Namespace of the job.
        namespace: String,
        /// Name of the job.
        name: String,
        /// The run, where it is told.
        run_id: Option<String>,
        /// For example `DIRECT_INVOCATION`.
        #[graphql(name = "type")]
        kind: Option<String>,
        /// For example `FINISH_TO_START`.
        sequence_rule: Option<String>,
        /// For example `EXECUTE_ON_SUCCESS`.
        status_rule: Option<String>,
    }
}

/// Control flow around a run, as opposed to the flow of data.
#[derive(SimpleObject, Debug, Clone)]
pub struct JobDependencies {
    /// What it waits for.
    pub upstream: Vec<JobDependency>,
    /// What waits for it.
    pub downstream: Vec<JobDependency>,
    /// For example `ALL_SUCCESS`.
    pub trigger_rule: Option<String>,
}

impl From<facets::JobDependencies> for JobDependencies {
    fn from(read: facets::JobDependencies) -> Self {
        Self {
            upstream: read.upstream.into_iter().map(Into::into).collect(),
            downstream: read.downstream.into_iter().map(Into::into).collect(),
            trigger_rule: read.trigger_rule,
        }
    }
}

/// A run of a job, as a facet of another run names it.
#[derive(SimpleObject, Debug, Clone)]
#[graphql(complex)]
pub struct RunParent {
    /// Namespace of its job.
    pub namespace: String,
    /// Name of its job.
    pub name: String,
    /// Its run id; most often a UUID.
    pub run_id: String,
}

#[async_graphql::ComplexObject]
impl RunParent {
    /// Its job; null when no event of it has come.
    async fn job(&self, ctx: &Context<'_>) -> Result<Option<Job>> {
        let id = engine(ctx)?.catalog().job_id(&self.namespace, &self.name);
        Ok(id.map(|id| Job::named(id, self.namespace.clone(), self.name.clone())))
    }

    /// The run; null when no event of it has come.
    async fn run(&self, ctx: &Context<'_>) -> Result<Option<Run>> {
        Run::find(ctx, &self.namespace, &self.name, &self.run_id)
    }
}

impl From<facets::Parent> for RunParent {
    fn from(read: facets::Parent) -> Self {
        Self {
            namespace: read.namespace,
            name: read.name,
            run_id: read.run_id,
        }
    }
}

mirror! {
    /// The statement that a job runs.
    Sql of Sql {
        /// The statement.
        query: String,
        /// For example `duckdb`.
        dialect: Option<String>,
    }
}

mirror! {
    /// The code that a job runs.
    SourceCode of SourceCode {
        /// For example `python`.
        language: Option<String>,
        /// The code.
        code: String,
    }
}

mirror! {
    /// Where the code of a job is.
    SourceCodeLocation of SourceCodeLocation {
        /// For example `git`.
        #[graphql(name = "type")]
        kind: Option<String>,
        /// Where to see it.
        url: Option<String>,
        /// The repository.
        repo_url: Option<String>,
        /// The place in the repository.
        path: Option<String>,
        /// The commit.
        version: Option<String>,
        /// The tag.
        tag: Option<String>,
        /// The branch.
        branch: Option<String>,
        /// The pull request.
        pull_request_number: Option<String>,
    }
}

mirror! {
    /// Another name of a dataset, as told.
    Symlink of Symlink {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
        /// For example `TABLE`.
        #[graphql(name = "type")]
        kind: Option<String>,
    }
}

mirror! {
    /// The latest change in the life of a dataset, as told.
    Lifecycle of Lifecycle {
        /// `ALTER`, `CREATE`, `DROP`, `OVERWRITE`, `RENAME` or `TRUNCATE`.
        change: String,
        /// Namespace before a rename.
        previous_namespace: Option<String>,
        /// Name before a rename.
        previous_name: Option<String>,
    }
}

mirror! {
    /// How a dataset is stored.
    Storage of Storage {
        /// For example `iceberg`.
        layer: Option<String>,
        /// For example `parquet`.
        file_format: Option<String>,
    }
}

mirror! {
    /// Where a dataset is registered.
    CatalogEntry of CatalogEntry {
        /// For example `iceberg`.
        framework: Option<String>,
        /// For example `hive`.
        #[graphql(name = "type")]
        kind: Option<String>,
        /// Name of the catalog.
        name: Option<String>,
        /// Where the catalog is.
        metadata_uri: Option<String>,
        /// Where its tables are.
        warehouse_uri: Option<String>,
        /// Who told it, for example `spark`.
        source: Option<String>,
    }
}

mirror! {
    /// One level above a dataset.
    HierarchyLevel of HierarchyLevel {
        /// Its name.
        name: String,
        /// For example `DATABASE`, `SCHEMA`.
        #[graphql(name = "type")]
        kind: Option<String>,
    }
}

mirror! {
    /// Where a dataset comes from.
    DataSource of DataSource {
        /// Its name.
        name: Option<String>,
        /// Where it is.
        uri: Option<String>,
    }
}

/// The part of a dataset that a run read or wrote.
#[derive(SimpleObject, Debug, Clone)]
pub struct Subset {
    /// `location`, `partition`, `compare` or `binary`.
    #[graphql(name = "type")]
    pub kind: Option<String>,
    /// Locations, when these tell the part.
    pub locations: Vec<String>,
    /// Partitions, when these tell the part.
    pub partitions: Vec<String>,
    /// The whole condition.
    pub condition: Json<serde_json::Value>,
}

impl From<facets::Subset> for Subset {
    fn from(read: facets::Subset) -> Self {
        let condition = serde_json::from_str(&read.condition).unwrap_or_default();
        Self {
            kind: read.kind,
            locations: read.locations,
            partitions: read.partitions,
            condition: Json(condition),
        }
    }
}

/// A text as a time, when it is one.
pub fn time_of(text: Option<String>) -> Option<DateTime<Utc>> {
    let read = crate::openlineage::time::parse_time(&text?)?;
    read.time.to_utc()
}
