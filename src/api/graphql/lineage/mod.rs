//! Lineage and path: from walks over the graph to nodes and edges with names and evidence.

mod answer;
mod diff;
mod edges;
mod evidence;
mod list;
mod nodes;
mod selection;
mod types;

use std::sync::Arc;

use async_graphql::{Context, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};

use crate::engine::Engine;
use crate::graph::{self, Boundary, Want};
use crate::openlineage::EventTime;

use super::as_of::{must_exist, scene};
use super::refs::{Found, coded, engine};
use super::request::{budget, list_complexity, rows_of};
use answer::{Answer, Walked};
use edges::EdgeList;
use nodes::NodeList;
pub use nodes::layer_of_dataset;

pub use diff::{LineageDiff, Question, lineage_diff, row_limit};
pub use selection::json;

/// Nodes of one lineage answer unless `limit` says less.
pub const MAX_NODES: usize = 200_000;

/// Where a column's lineage is not known though its dataset's goes on: what lies beyond may be
/// affected too.
#[derive(SimpleObject, Debug, Clone)]
pub struct LineageBoundary {
    /// Upstream dataset: namespace.
    pub from_namespace: String,
    /// Upstream dataset: name.
    pub from_name: String,
    /// The job between them: namespace.
    pub job_namespace: Option<String>,
    /// The job between them: name.
    pub job_name: Option<String>,
    /// Downstream dataset: namespace; null where the job has no outputs (a dashboard, an export).
    pub to_namespace: Option<String>,
    /// Downstream dataset: name.
    pub to_name: Option<String>,
}

/// What lies upstream or downstream of a node.
pub struct Lineage {
    answer: Arc<Answer>,
    limit: usize,
}

/// What lies upstream or downstream of a node.
#[Object]
impl Lineage {
    /// The start (depth 0) and what was found, nearest first.
    async fn nodes(&self) -> NodeList {
        NodeList::new(&self.answer)
    }

    /// Edges between the listed nodes.
    async fn edges(&self) -> EdgeList {
        EdgeList::new(&self.answer)
    }

    /// How many nodes there are without the start, also when the list is cut.
    async fn total(&self) -> usize {
        self.answer.total().saturating_sub(1)
    }

    /// The list of nodes was cut at `limit`; the nearest are listed.
    async fn truncated(&self) -> bool {
        self.answer.total() > self.limit
    }

    /// The last event this answer has seen.
    async fn applied_seq(&self) -> u64 {
        self.answer.applied_seq
    }

    /// The event time that was asked for; null when the answer is about what is current now.
    async fn as_of(&self) -> Option<DateTime<Utc>> {
        self.answer.past.as_ref().and_then(|past| past.at.to_utc())
    }

    /// On columns: where the walk ended because only datasets are known. Empty means that the answer
    /// is complete as far as producers told columns.
    async fn boundary(&self, ctx: &Context<'_>) -> Result<Vec<LineageBoundary>> {
        let Walked::Columns(walk) = &self.answer.walked else {
            return Ok(Vec::new());
        };
        budget(ctx)?.charge(walk.boundary.len())?;
        Ok(boundaries(&self.answer.engine, &walk.boundary))
    }
}

fn boundaries(engine: &Engine, all: &[Boundary]) -> Vec<LineageBoundary> {
    engine.catalog().names(|names| {
        let one = |boundary: &Boundary| {
            let from = names.dataset(boundary.from);
            let job = boundary.job.map(|job| names.job(job));
            let to = boundary.to.map(|to| names.dataset(to));
            LineageBoundary {
                from_namespace: from.0.to_owned(),
                from_name: from.1.to_owned(),
                job_namespace: job.map(|job| job.0.to_owned()),
                job_name: job.map(|job| job.1.to_owned()),
                to_namespace: to.map(|to| to.0.to_owned()),
                to_name: to.map(|to| to.1.to_owned()),
            }
        };
        all.iter().map(one).collect()
    })
}

/// What a query selects of lineage: what it does not, the walk need not find.
fn wanted(ctx: &Context<'_>, max_depth: u32, limit: usize) -> Want {
    let ahead = ctx.look_ahead();
    let has = |field: &str| ahead.field(field).exists();
    let edges = has("edges") || ahead.field("nodes").field("inCycle").exists();
    let listed = edges || has("nodes");
    Want {
        max_depth,
        nodes: if listed { limit } else { 0 },
        edges,
        boundary: has("boundary"),
    }
}

/// Rows of lineage that cost as much as one entity with its resolvers.
const CHEAPER: usize = 100;

/// What lineage counts for in the complexity of a query.
pub fn list_cost(limit: Option<i32>, child_complexity: usize) -> usize {
    let rows = limit.map_or(MAX_NODES, rows_of);
    list_complexity((rows / CHEAPER).max(1), child_complexity)
}

/// Everything upstream or downstream of a node.
///
/// # Errors
/// `DEADLINE` and `TOO_LARGE`.
pub fn lineage(
    ctx: &Context<'_>,
    start: Found,
    direction: graph::Direction,
    max_depth: u32,
    limit: usize,
    as_of: Option<EventTime>,
) -> Result<Lineage> {
    let (engine, budget) = (engine(ctx)?, budget(ctx)?);
    must_exist(engine, start, as_of)?;
    let start = start.in_use(engine, as_of)?;
    let (scene, want) = (scene(engine, as_of)?, wanted(ctx, max_depth, limit));
    let graph = &scene.graph;
    let walked = match start {
        Found::Node(start) => budget
            .walk(|guard| graph.explore_datasets(start, direction, want, guard))
            .map(Walked::Datasets)?,
        Found::Column(column) => budget
            .walk(|guard| graph.explore_columns(column, direction, want, guard))
            .map(Walked::Columns)?,
    };
    let answer = Arc::new(Answer::new(engine, scene, walked));
    Ok(Lineage { answer, limit })
}

/// A shortest path along the flow of data.
///
/// # Errors
/// `DEADLINE` and `TOO_LARGE`.
pub fn path(
    ctx: &Context<'_>,
    from: Found,
    to: Found,
    as_of: Option<EventTime>,
) -> Result<Lineage> {
    let (engine, budget) = (engine(ctx)?, budget(ctx)?);
    must_exist(engine, from, as_of)?;
    must_exist(engine, to, as_of)?;
    let (from, to) = (from.in_use(engine, as_of)?, to.in_use(engine, as_of)?);
    let scene = scene(engine, as_of)?;
    let graph = &scene.graph;
    let walked = if let (Found::Column(from), Found::Column(to)) = (from, to) {
        budget
            .walk(|guard| graph.shortest_column_path(from, to, guard))
            .map(Walked::Columns)?
    } else {
        let (from, to) = (from.or_dataset(), to.or_dataset());
        budget
            .walk(|guard| graph.shortest_path(from, to, guard))
            .map(Walked::Datasets)?
    };
    Ok(Lineage {
        answer: Arc::new(Answer::new(engine, scene, walked)),
        limit: usize::MAX,
    })
}

/// `maxDepth`: all unless given.
///
/// # Errors
/// `BAD_INPUT` when it is negative.
pub fn depth(max_depth: Option<i32>) -> Result<u32> {
    max_depth.map_or(Ok(u32::MAX), |depth| {
        u32::try_from(depth)
            .map_err(|_| coded("BAD_INPUT", format!("maxDepth: {depth} is negative")))
    })
}

/// `limit`: [`MAX_NODES`] unless given.
///
/// # Errors
/// `BAD_INPUT` when it is out of bounds.
pub fn node_limit(limit: Option<i32>) -> Result<usize> {
    let Some(limit) = limit else {
        return Ok(MAX_NODES);
    };
    let fits = |n: &usize| (1..=MAX_NODES).contains(n);
    usize::try_from(limit).ok().filter(fits).ok_or_else(|| {
        let message = format!("limit: {limit} is not between 1 and {MAX_NODES}");
        coded("BAD_INPUT", message)
    })
}
