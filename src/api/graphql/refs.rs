//! How a client names a node, and how nodes are identified in answers.

use async_graphql::{Context, Enum, Error, ErrorExtensions, InputObject, OneofObject, Result};
use std::sync::Arc;

use super::request::budget;
use crate::engine::Engine;
use crate::graph::{self, ColumnRef, Start};
use crate::openlineage::EventTime;

/// A dataset by its name.
#[derive(InputObject, Debug, Clone)]
pub struct DatasetRef {
    /// Namespace, as sent by the producer.
    pub namespace: String,
    /// Name, as sent by the producer.
    pub name: String,
}

/// A column by the name of its dataset and its own.
#[derive(InputObject, Debug, Clone)]
#[graphql(name = "ColumnRef")]
pub struct ColumnInput {
    /// Namespace of the dataset.
    pub namespace: String,
    /// Name of the dataset.
    pub name: String,
    /// The column; nested ones by path, for example `address.city`.
    pub column: String,
}

/// A job by its name.
#[derive(InputObject, Debug, Clone)]
pub struct JobRef {
    /// Namespace of the job.
    pub namespace: String,
    /// Name of the job.
    pub name: String,
}

/// A node of the lineage graph: exactly one of its members.
#[derive(OneofObject, Debug, Clone)]
pub enum NodeRef {
    /// A dataset.
    Dataset(DatasetRef),
    /// A column.
    Column(ColumnInput),
    /// A job.
    Job(JobRef),
}

/// Which way to walk.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Towards the sources.
    Upstream,
    /// Towards the consumers.
    Downstream,
}

impl From<Direction> for graph::Direction {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::Upstream => Self::Upstream,
            Direction::Downstream => Self::Downstream,
        }
    }
}

/// What a node is.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeKind {
    /// A table, view, topic, file …
    Dataset,
    /// A column of a dataset.
    Column,
    /// What makes datasets from datasets.
    Job,
}

/// A node that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Found {
    Node(Start),
    Column(ColumnRef),
}

impl Found {
    /// What it is.
    pub fn kind(self) -> NodeKind {
        match self {
            Self::Node(Start::Dataset(_)) => NodeKind::Dataset,
            Self::Node(Start::Job(_)) => NodeKind::Job,
            Self::Column(_) => NodeKind::Column,
        }
    }

    /// The dataset of a column, all else as it is.
    pub fn or_dataset(self) -> Start {
        match self {
            Self::Node(start) => start,
            Self::Column(column) => Start::Dataset(column.dataset),
        }
    }
}

impl Found {
    /// Itself, unless it is retired: then it has no current lineage, and an empty answer would look
    /// like "nothing depends on it".
    ///
    /// # Errors
    /// `RETIRED`, with since when and by whom.
    pub fn in_use(self, engine: &Engine, as_of: Option<EventTime>) -> Result<Self> {
        let catalog = engine.catalog();
        let (kind, retired) = match self.or_dataset() {
            Start::Dataset(id) => ("dataset", catalog.dataset_retirement(id)),
            Start::Job(id) => ("job", catalog.job_retirement(id)),
        };
        let told = retired.map_err(internal)?;
        let Some(told) = told.filter(|told| as_of.is_none_or(|at| at >= told.since)) else {
            return Ok(self);
        };
        let since = told.since.to_utc().map(|time| time.to_rfc3339());
        let by = told.by.map(|by| format!(" by {by}")).unwrap_or_default();
        let reason = told
            .reason
            .map(|why| format!(" ({why})"))
            .unwrap_or_default();
        let message = format!(
            "this {kind} was retired{by} at {}{reason}, so it has no lineage since; asOf an earlier time it has, and POST /api/v1/restore takes it back",
            since.unwrap_or_default()
        );
        Err(coded("RETIRED", message))
    }
}

impl NodeKind {
    /// As the schema writes it.
    pub fn in_schema(self) -> &'static str {
        match self {
            Self::Dataset => "DATASET",
            Self::Column => "COLUMN",
            Self::Job => "JOB",
        }
    }

    /// The first part of ids of this kind.
    pub fn word(self) -> &'static str {
        match self {
            Self::Dataset => "dataset",
            Self::Column => "column",
            Self::Job => "job",
        }
    }
}

/// The engine of the request.
///
/// # Errors
/// `DEADLINE` when the request has run out of time: whatever has work to do asks for the engine
/// first, so this is where a request of many small steps is stopped.
pub fn engine<'c>(ctx: &Context<'c>) -> Result<&'c Arc<Engine>> {
    budget(ctx)?.check()?;
    ctx.data::<Arc<Engine>>()
}

/// An error with a stable code in its extensions.
pub fn coded(code: &'static str, message: impl std::fmt::Display) -> Error {
    Error::new(message.to_string()).extend_with(|_, extensions| extensions.set("code", code))
}

/// A failure of the store behind an answer.
pub fn internal(error: impl std::fmt::Display) -> Error {
    tracing::error!(%error, "answering a query");
    coded("INTERNAL", error)
}

impl NodeRef {
    /// Looks the node up.
    pub fn find(&self, engine: &Engine) -> Result<Found> {
        let catalog = engine.catalog();
        let missing = |what: &str, namespace: &str, name: &str| {
            coded(
                "NOT_FOUND",
                format!(
                    "no {what} {name:?} in namespace {namespace:?} has been seen; search() finds names by their parts"
                ),
            )
        };
        match self {
            Self::Dataset(at) => catalog
                .dataset_id(&at.namespace, &at.name)
                .map(|id| Found::Node(Start::Dataset(id)))
                .ok_or_else(|| missing("dataset", &at.namespace, &at.name)),
            Self::Job(at) => catalog
                .job_id(&at.namespace, &at.name)
                .map(|id| Found::Node(Start::Job(id)))
                .ok_or_else(|| missing("job", &at.namespace, &at.name)),
            Self::Column(at) => {
                let id = catalog
                    .dataset_id(&at.namespace, &at.name)
                    .ok_or_else(|| missing("dataset", &at.namespace, &at.name))?;
                catalog
                    .column_ref(id, &at.column)
                    .map(Found::Column)
                    .ok_or_else(|| {
                        coded(
                            "NOT_FOUND",
                            format!(
                                "the dataset {:?} in namespace {:?} has no column {:?}",
                                at.name, at.namespace, at.column
                            ),
                        )
                    })
            }
        }
    }
}

/// A stable, reversible id: kind, namespace, name and column, `|` between, `%` and `|` escaped.
pub fn node_id(kind: &str, namespace: &str, name: &str, column: Option<&str>) -> String {
    let mut id = String::with_capacity(kind.len() + namespace.len() + name.len() + 24);
    node_id_into(&mut id, kind, namespace, name, column);
    id
}

/// Writes an id to the end of a text.
pub fn node_id_into(
    id: &mut String,
    kind: &str,
    namespace: &str,
    name: &str,
    column: Option<&str>,
) {
    id.push_str(kind);
    for part in [Some(namespace), Some(name), column].into_iter().flatten() {
        id.push('|');
        if !part.contains(['|', '%']) {
            id.push_str(part);
            continue;
        }
        for char in part.chars() {
            match char {
                '|' => id.push_str("%7C"),
                '%' => id.push_str("%25"),
                char => id.push(char),
            }
        }
    }
}
