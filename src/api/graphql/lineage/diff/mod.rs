//! What differs between the lineage of two times: two walks (`side`), held against each other;
//! `reason` says why an edge is there at one of them only, `rows` are the lists.

mod reason;
mod rows;
mod side;

use std::sync::Arc;

use ahash::HashSet;
use async_graphql::{Context, Object, Result};
use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use tokio::task::block_in_place;

use crate::catalog::{ColumnView, DatasetId, ListedColumn, Namer, compared};
use crate::engine::Engine;
use crate::graph::{self, ColumnRef, Start};
use crate::openlineage::EventTime;
use crate::project::schema::{self, compare};

use super::super::as_of::must_exist;
use super::super::refs::{Found, coded, engine, internal, node_id};
use super::super::request::{budget, charge};
use super::nodes::name_of;
use reason::{EdgeReason, reason};
use rows::{DiffDataset, DiffDatasets, DiffEdge, DiffEdges, DiffNode, DiffNodes};
use side::Side;

/// Rows of one list unless `limit` says otherwise.
const ROWS: usize = 1_000;

/// Rows of one list at most.
const MAX_ROWS: usize = 10_000;

/// Datasets whose columns are compared, the nearest.
const COMPARED: usize = 10_000;

/// What is asked.
pub struct Question {
    pub start: Found,
    pub direction: graph::Direction,
    pub max_depth: u32,
    pub limit: usize,
    pub from: EventTime,
    /// Now unless given.
    pub to: Option<EventTime>,
}

/// `limit` of a list of a difference.
///
/// # Errors
/// `BAD_INPUT` when it is out of bounds.
pub fn row_limit(limit: Option<i32>) -> Result<usize> {
    let limit = limit.map_or(Ok(ROWS), usize::try_from);
    let fits = limit.ok().filter(|limit| (1..=MAX_ROWS).contains(limit));
    fits.ok_or_else(|| coded("BAD_INPUT", format!("limit: not between 1 and {MAX_ROWS}")))
}

/// What differs between the lineage of two times.
pub struct LineageDiff {
    engine: Arc<Engine>,
    before: Side,
    after: Side,
    limit: usize,
}

/// What differs between the lineage of two times.
#[Object]
impl LineageDiff {
    /// The earlier time.
    async fn from(&self) -> Option<DateTime<Utc>> {
        self.before.at.to_utc()
    }

    /// The later time; null for now.
    async fn to(&self) -> Option<DateTime<Utc>> {
        self.after.past.as_ref().and_then(|past| past.at.to_utc())
    }

    /// The last event this answer has seen.
    async fn applied_seq(&self) -> u64 {
        self.before.applied_seq.min(self.after.applied_seq)
    }

    /// The lineage of one of the times holds more than 200,000 nodes: only those nearest to the
    /// start are held against each other.
    async fn incomplete(&self) -> bool {
        self.before.cut || self.after.cut
    }

    /// Nodes that are there at the later time only.
    async fn added_nodes(&self, ctx: &Context<'_>) -> Result<DiffNodes> {
        self.nodes(ctx, &self.after, &self.before)
    }

    /// Nodes that are there at the earlier time only.
    async fn removed_nodes(&self, ctx: &Context<'_>) -> Result<DiffNodes> {
        self.nodes(ctx, &self.before, &self.after)
    }

    /// Edges that are there at the later time only, and why they were not before.
    async fn added_edges(&self, ctx: &Context<'_>) -> Result<DiffEdges> {
        block_in_place(|| self.edges(ctx, &self.after, &self.before))
    }

    /// Edges that are there at the earlier time only, and why they are no more.
    async fn removed_edges(&self, ctx: &Context<'_>) -> Result<DiffEdges> {
        block_in_place(|| self.edges(ctx, &self.before, &self.after))
    }

    /// Datasets that are there at both times and whose columns differ: added, removed, of another
    /// type. Of the lineage of a column, only what differs in columns that are there at both times.
    async fn changed_datasets(&self, ctx: &Context<'_>) -> Result<DiffDatasets> {
        block_in_place(|| self.datasets(ctx))
    }
}

impl LineageDiff {
    fn nodes(&self, ctx: &Context<'_>, here: &Side, there: &Side) -> Result<DiffNodes> {
        let only = here
            .nodes
            .iter()
            .filter(|(node, _)| !there.nodes.contains_key(*node));
        let only: Vec<(Found, u32)> = only.map(|(&node, &depth)| (node, depth)).collect();
        let listed = &only[..only.len().min(self.limit)];
        charge(ctx, listed.len())?;
        let nodes = self.engine.catalog().names(|names| {
            let one = |&(node, depth): &(Found, u32)| {
                let (namespace, name) = name_of(names, node);
                let column = column_of(names, node);
                DiffNode {
                    id: node_id(node.kind().word(), namespace, name, column),
                    kind: node.kind(),
                    namespace: namespace.to_owned(),
                    name: name.to_owned(),
                    column: column.map(str::to_owned),
                    depth,
                }
            };
            listed.iter().map(one).collect()
        });
        Ok(DiffNodes {
            total: only.len(),
            truncated: listed.len() < only.len(),
            nodes,
        })
    }

    fn id(&self, node: Found) -> String {
        self.engine.catalog().names(|names| {
            let (namespace, name) = name_of(names, node);
            let column = column_of(names, node);
            node_id(node.kind().word(), namespace, name, column)
        })
    }

    fn edges(&self, ctx: &Context<'_>, here: &Side, there: &Side) -> Result<DiffEdges> {
        let only = here
            .edges
            .keys()
            .filter(|ends| !there.edges.contains_key(*ends));
        let mut only: Vec<(Found, Found)> = only.copied().collect();
        let depth = |node: &Found| here.nodes.get(node).copied().unwrap_or(u32::MAX);
        only.sort_by_key(|(from, to)| depth(from).max(depth(to)));
        let total = only.len();
        only.truncate(self.limit);
        charge(ctx, only.len())?;
        let evidence = here.evidence(&self.engine, &only)?;
        let flows: Vec<u32> = evidence.iter().flatten().map(|one| one.flow).collect();
        let standing = self.engine.catalog().standing(&flows, there.at);
        let mut standing = standing.map_err(internal)?.into_iter();
        let appears = here.at > there.at;
        let truncated = only.len() < total;
        let mut edges = Vec::with_capacity(only.len());
        for ((from, to), evidence) in only.into_iter().zip(evidence) {
            budget(ctx)?.check()?;
            let reasons = evidence.into_iter().zip(standing.by_ref());
            let reasons = reasons.map(|(one, stood)| reason(&self.engine, &one, stood, appears));
            let mut reasons: Vec<EdgeReason> = reasons.collect();
            // One run often asserts the datasets and their columns.
            reasons.dedup_by(|a, b| (&a.text, &a.producer) == (&b.text, &b.producer));
            edges.push(DiffEdge {
                from: self.id(from),
                to: self.id(to),
                reasons,
            });
        }
        Ok(DiffEdges {
            total,
            truncated,
            edges,
        })
    }

    fn datasets(&self, ctx: &Context<'_>) -> Result<DiffDatasets> {
        let mut both: IndexMap<DatasetId, HashSet<ColumnRef>, ahash::RandomState> =
            IndexMap::default();
        for node in self
            .after
            .nodes
            .keys()
            .filter(|node| self.before.nodes.contains_key(*node))
        {
            match *node {
                Found::Node(Start::Dataset(id)) => _ = both.entry(id).or_default(),
                Found::Node(Start::Job(_)) => {}
                Found::Column(column) => {
                    both.entry(column.dataset).or_default().insert(column);
                }
            }
        }
        let mut found = DiffDatasets {
            total: 0,
            compared: both.len().min(COMPARED),
            truncated: both.len() > COMPARED,
            datasets: Vec::new(),
        };
        for (id, columns) in both.into_iter().take(COMPARED) {
            budget(ctx)?.check()?;
            let changes = self.compare(id, &columns)?;
            if changes.is_empty() {
                continue;
            }
            found.total += 1;
            if found.datasets.len() >= self.limit {
                found.truncated = true;
                continue;
            }
            let (namespace, name) = self.engine.catalog().names(|names| {
                let (namespace, name) = names.dataset(id);
                (namespace.to_owned(), name.to_owned())
            });
            found.datasets.push(DiffDataset {
                id: node_id("dataset", &namespace, &name, None),
                namespace,
                name,
                changes: changes.into(),
            });
        }
        charge(ctx, found.datasets.len())?;
        Ok(found)
    }

    /// What differs in the columns of a dataset, or in some of them.
    fn compare(&self, id: DatasetId, some: &HashSet<ColumnRef>) -> Result<schema::SchemaChanges> {
        let listed = |at: EventTime| -> Result<Vec<ListedColumn>> {
            let views = self.engine.catalog().columns_at(id, at).map_err(internal)?;
            let wanted = |view: &ColumnView| {
                let ordinal = view.ordinal;
                let column = ColumnRef {
                    dataset: id,
                    ordinal,
                };
                !view.removed && (some.is_empty() || some.contains(&column))
            };
            let views = views.into_iter().filter(wanted);
            Ok(views
                .map(|view| ListedColumn {
                    name: view.name,
                    data_type: view.data_type,
                    description: view.description,
                })
                .collect())
        };
        let (before, after) = (listed(self.before.at)?, listed(self.after.at)?);
        Ok(compare(&compared(&before), &compared(&after)))
    }
}

fn column_of<'n>(names: &'n Namer<'_>, node: Found) -> Option<&'n str> {
    match node {
        Found::Column(column) => Some(names.column(column)),
        Found::Node(_) => None,
    }
}

/// What differs between the lineage of two times.
///
/// # Errors
/// `BAD_INPUT`, `NOT_FOUND`, `DEADLINE` and `TOO_LARGE`.
pub fn lineage_diff(ctx: &Context<'_>, ask: &Question) -> Result<LineageDiff> {
    let (engine, budget) = (engine(ctx)?, budget(ctx)?);
    if ask.to.is_some_and(|to| to < ask.from) {
        return Err(coded("BAD_INPUT", "from: must not be later than to"));
    }
    must_exist(engine, ask.start, ask.to)?;
    // The later time first: what an event changes in between is then seen by both or by the earlier
    // alone, and `appliedSeq` is that of the one that saw less.
    let after = Side::new(engine, budget, ask, ask.to)?;
    let before = Side::new(engine, budget, ask, Some(ask.from))?;
    Ok(LineageDiff {
        engine: Arc::clone(engine),
        before,
        after,
        limit: ask.limit,
    })
}
