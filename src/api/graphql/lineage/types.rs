//! The types of rows in the schema. [`super::nodes`], [`super::edges`] and [`super::evidence`] write
//! them without making values of these types; a test holds the two together.

use async_graphql::{Enum, SimpleObject};
use chrono::{DateTime, Utc};

use super::super::refs::NodeKind;

/// What kind of edge it is.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum EdgeKind {
    /// Between datasets and jobs: what the producer said. Told by column lineage, or by a run or
    /// static event that names only inputs or only outputs (a dashboard reads this, a generator
    /// writes that).
    Declared,
    /// Between datasets and jobs: inferred from inputs × outputs. The job read the one and wrote
    /// the other, and nothing says that this output is made from this input.
    Inferred,
    /// Between columns: the value is made from the value.
    Direct,
    /// Between columns: used in a join, filter, grouping, sort …
    Indirect,
}

/// A node of an answer.
#[derive(SimpleObject, Debug, Clone)]
pub struct LineageNode {
    /// Stable id: `dataset|namespace|name`, `column|namespace|name|column` or `job|namespace|name`,
    /// with `|` and `%` in names escaped as in URLs.
    pub id: String,
    /// What it is.
    pub kind: NodeKind,
    /// Namespace of the dataset or job.
    pub namespace: String,
    /// Name of the dataset or job.
    pub name: String,
    /// The column, on columns.
    pub column: Option<String>,
    /// Layer of the dataset by the policy, and null when it is unclassified; without a policy from its
    /// tag `layer`.
    pub layer: Option<String>,
    /// A name of the dataset is in doubt, see `Dataset.identity`: there may be lineage of it that is
    /// not here.
    pub ambiguous: bool,
    /// The dataset is dropped (`Dataset.droppedAt`). It is listed all the same: who still reads it
    /// will fail.
    pub dropped: bool,
    /// Hops from the start, from dataset to dataset or column to column; a job has the depth of the
    /// dataset it leads to. The start has depth 0.
    pub depth: u32,
    /// It lies on a cycle of this answer.
    pub in_cycle: bool,
}

/// Where evidence is from.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum EvidenceOrigin {
    /// The producer said it.
    Declared,
    /// The job read the one and wrote the other.
    Inferred,
    /// Read from the statement that the job sent (its sql facet), where that leaves no doubt.
    FromSql,
}

/// What stands behind an edge, from one producer, job and kind of assertion.
#[derive(SimpleObject, Debug, Clone)]
pub struct Evidence {
    /// Who told it.
    pub producer: String,
    /// Namespace of the job; null when a static event about the dataset told it.
    pub job_namespace: Option<String>,
    /// Name of the job.
    pub job_name: Option<String>,
    /// The latest run that asserts it; null when only a static event does, and for an exposure of
    /// dbt, which has no runs: facets of what it reads tell of it.
    pub run_id: Option<async_graphql::ID>,
    /// First event of the first run, or the first static event or list of exposures, that asserts it.
    pub first_seen: Option<DateTime<Utc>>,
    /// Last event of the last run, or the last static event or list of exposures, that asserts it,
    /// whatever `asOf` says.
    pub last_seen: Option<DateTime<Utc>>,
    /// Distinct runs that assert it, whatever `asOf` says.
    pub runs: u32,
    /// What the producer said, as opposed to inferred from inputs × outputs: told by column
    /// lineage, or by a run or static event that names only inputs or only outputs.
    pub declared: bool,
    /// Where it is from: `declared` is true for one of these alone.
    pub origin: EvidenceOrigin,
    /// Declared by a static event (a `JobEvent` or `DatasetEvent`).
    pub is_static: bool,
    /// On column edges: what is done with the value, as `TYPE/SUBTYPE`; empty where the producer
    /// does not say.
    pub transformations: Vec<String>,
    /// Effective runs of the job since the last that asserts it: runs that completed and named a
    /// dataset; of a streaming job, or one none of whose runs completed, all that named one. Above 0
    /// the job has stopped saying it, and the edge leaves when it has done so for the edge window.
    /// With `asOf`, since the last by that time. 0 where only a static event asserts it. What an
    /// exposure of dbt reads counts the runs of the job that told so.
    pub runs_since: u64,
    /// When runs assert it. Times no further apart than the edge window are one interval, and a run
    /// counts from its first event to its last. Empty when only a static event asserts it.
    pub intervals: Vec<AssertedInterval>,
}

/// From one time to another.
#[derive(SimpleObject, Debug, Clone)]
pub struct AssertedInterval {
    /// The first time.
    pub from: Option<DateTime<Utc>>,
    /// The last time.
    pub to: Option<DateTime<Utc>>,
}

/// An edge of an answer; it points the way the data flows.
#[derive(SimpleObject, Debug, Clone)]
pub struct LineageEdge {
    /// Id of the upstream node.
    pub from: String,
    /// Id of the downstream node.
    pub to: String,
    /// What kind of edge it is; the strongest where there are several.
    pub kind: EdgeKind,
    /// What stands behind it.
    pub evidence: Vec<Evidence>,
}
