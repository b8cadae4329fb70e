//! The lists of a difference.

use async_graphql::SimpleObject;

use super::super::super::entities::SchemaChanges;
use super::super::super::refs::NodeKind;
use super::reason::EdgeReason;

/// A node that is upstream or downstream at one of two times only.
#[derive(SimpleObject, Debug, Clone)]
pub struct DiffNode {
    /// Id as in lineage.
    pub id: String,
    /// What it is.
    pub kind: NodeKind,
    /// Namespace of the dataset or job.
    pub namespace: String,
    /// Name of the dataset or job.
    pub name: String,
    /// The column, on columns.
    pub column: Option<String>,
    /// Hops from the start, at the time at which it is there.
    pub depth: u32,
}

/// Nodes that are there at one of two times only.
#[derive(SimpleObject, Debug, Clone)]
pub struct DiffNodes {
    /// How many, listed or not.
    pub total: usize,
    /// The list was cut at `limit`.
    pub truncated: bool,
    /// The nearest first.
    pub nodes: Vec<DiffNode>,
}

/// An edge that is there at one of two times only.
#[derive(SimpleObject, Debug, Clone)]
pub struct DiffEdge {
    /// Id of the upstream node.
    pub from: String,
    /// Id of the downstream node.
    pub to: String,
    /// Why, for each assertion behind it; assertions of one producer with the same reason are one.
    pub reasons: Vec<EdgeReason>,
}

/// Edges that are there at one of two times only.
#[derive(SimpleObject, Debug, Clone)]
pub struct DiffEdges {
    /// How many, listed or not.
    pub total: usize,
    /// The list was cut at `limit`.
    pub truncated: bool,
    /// Those nearest to the start first.
    pub edges: Vec<DiffEdge>,
}

/// A dataset whose columns differ.
#[derive(SimpleObject)]
pub struct DiffDataset {
    /// Id as in lineage.
    pub id: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// What differs.
    pub changes: SchemaChanges,
}

/// Datasets whose columns differ.
#[derive(SimpleObject)]
pub struct DiffDatasets {
    /// How many, listed or not, of those that were compared.
    pub total: usize,
    /// How many were compared: those that are there at both times, the nearest 10,000.
    pub compared: usize,
    /// The list was cut at `limit`, or not all datasets were compared.
    pub truncated: bool,
    /// The nearest first.
    pub datasets: Vec<DiffDataset>,
}
