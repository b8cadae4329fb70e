//! What differs between the lineage of two times: two walks, held against each other.

use std::sync::Arc;

use ahash::HashSet;
use async_graphql::{Context, Enum, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use tokio::task::block_in_place;

use crate::catalog::{
    ColumnView, DatasetId, Detail, EdgeEvidence, ListedColumn, NOW, Past, Standing, compared,
};
use crate::engine::Engine;
use crate::graph::{self, ColumnRef, Start, Want};
use crate::openlineage::EventTime;
use crate::project::schema::{self, compare};

use super::super::as_of::{exists, must_exist, scene};
use super::super::entities::SchemaChanges;
use super::super::refs::{Found, NodeKind, coded, engine, internal, node_id};
use super::super::request::{Budget, budget, charge};
use super::MAX_NODES;
use super::nodes::name_of;

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

/// One of the two times.
struct Side {
    past: Option<Arc<Past>>,
    at: EventTime,
    /// With its depth, in order of it.
    nodes: IndexMap<Found, u32, ahash::RandomState>,
    /// With the flows behind each, where the ends are datasets or jobs.
    edges: IndexMap<(Found, Found), Vec<u32>, ahash::RandomState>,
    applied_seq: u64,
    cut: bool,
}

impl Side {
    fn new(
        engine: &Engine,
        budget: &Budget,
        ask: &Question,
        at: Option<EventTime>,
    ) -> Result<Self> {
        let scene = scene(engine, at)?;
        let mut side = Self {
            past: scene.past,
            at: at.unwrap_or(NOW),
            nodes: IndexMap::default(),
            edges: IndexMap::default(),
            applied_seq: scene.applied_seq,
            cut: false,
        };
        if !exists(engine, ask.start, at)? {
            return Ok(side);
        }
        let want = Want {
            max_depth: ask.max_depth,
            nodes: MAX_NODES,
            edges: true,
            boundary: false,
        };
        let graph = &scene.graph;
        match ask.start {
            Found::Node(start) => {
                let walk = budget
                    .walk(|guard| graph.explore_datasets(start, ask.direction, want, guard))?;
                side.cut = walk.total > walk.nodes.len();
                let nodes = walk.nodes.iter();
                side.nodes = nodes
                    .map(|&(node, depth)| (Found::Node(node), depth))
                    .collect();
                for edge in walk.edges {
                    let ends = side.ends(edge.from, edge.to);
                    side.edges.entry(ends).or_default().push(edge.by);
                }
            }
            Found::Column(column) => {
                let walk = budget
                    .walk(|guard| graph.explore_columns(column, ask.direction, want, guard))?;
                side.cut = walk.total > walk.nodes.len();
                let nodes = walk.nodes.iter();
                side.nodes = nodes
                    .map(|&(node, depth)| (Found::Column(node), depth))
                    .collect();
                for edge in walk.edges {
                    let ends = side.ends(edge.from, edge.to);
                    side.edges.entry(ends).or_default();
                }
            }
        }
        Ok(side)
    }

    fn ends(&self, from: u32, to: u32) -> (Found, Found) {
        let node = |at: u32| {
            self.nodes
                .get_index(at as usize)
                .map_or(Found::Node(Start::Dataset(at)), |held| *held.0)
        };
        (node(from), node(to))
    }

    /// The evidence of edges, in their order.
    fn evidence(
        &self,
        engine: &Engine,
        edges: &[(Found, Found)],
    ) -> Result<Vec<Vec<EdgeEvidence>>> {
        let catalog = engine.catalog();
        let detail = Detail::default();
        let columns = |&(from, to): &(Found, Found)| match (from, to) {
            (Found::Column(from), Found::Column(to)) => Some((from, to)),
            _ => None,
        };
        let links: Option<Vec<(ColumnRef, ColumnRef)>> = edges.iter().map(columns).collect();
        if let Some(links) = links {
            let found = catalog.link_evidence(&links, self.past.as_deref(), detail);
            return found.map_err(internal);
        }
        let flows = edges.iter().map(|edge| self.edges.get(edge));
        let evidence = flows.map(|flows| {
            let flows = flows.map(Vec::as_slice).unwrap_or_default();
            catalog.flow_evidence(flows, detail).map_err(internal)
        });
        evidence.collect()
    }
}

/// What differs between the lineage of two times.
pub struct LineageDiff {
    engine: Arc<Engine>,
    before: Side,
    after: Side,
    limit: usize,
}

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

/// Why an edge is there at one of two times and not at the other.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum EdgeReasonKind {
    /// It was asserted first in between.
    New,
    /// It had left because nobody asserted it any more, and was asserted again.
    Again,
    /// The job ran on and did not assert it for longer than the edge window.
    Expired,
    /// A static event of the job or dataset declares something else since.
    Replaced,
    /// A static event declares it again.
    Redeclared,
    /// The edge itself is current at both times: what leads to it is not.
    Reached,
    /// The job or a dataset is retired at the time at which the edge is not there.
    Retired,
    /// What was asserted has been taken back by a later event.
    TakenBack,
}

/// Why an edge is there at one of two times only, by one assertion behind it.
#[derive(SimpleObject, Debug, Clone)]
pub struct EdgeReason {
    /// In short.
    pub kind: EdgeReasonKind,
    /// In words.
    pub text: String,
    /// Who asserts it.
    pub producer: String,
    /// Namespace of the job that asserts it; null when a static event about a dataset does.
    pub job_namespace: Option<String>,
    /// Name of the job.
    pub job_name: Option<String>,
    /// First event of all that assert it.
    pub first_seen: Option<DateTime<Utc>>,
    /// When it was asserted last; of an expired one, by the later of the two times.
    pub last_asserted: Option<DateTime<Utc>>,
    /// Of an expired one: effective runs of the job since, by the later of the two times.
    pub runs_since: Option<u64>,
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
                let column = match node {
                    Found::Column(column) => Some(names.column(column)),
                    Found::Node(_) => None,
                };
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
            let column = match node {
                Found::Column(column) => Some(names.column(column)),
                Found::Node(_) => None,
            };
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
            let reasons = reasons.map(|(one, stood)| self.reason(&one, stood, appears));
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

    fn reason(&self, one: &EdgeEvidence, stood: Standing, appears: bool) -> EdgeReason {
        let job = one.job.map(|job| {
            self.engine.catalog().names(|names| {
                let (namespace, name) = names.job(job);
                (namespace.to_owned(), name.to_owned())
            })
        });
        let who = job.as_ref().map_or_else(
            || "a static event".to_owned(),
            |(namespace, name)| format!("the job {name:?} of {namespace:?}"),
        );
        let (kind, text) = in_words(&who, one, stood, appears);
        let (last_asserted, runs_since) = match stood {
            Standing::Expired { last, runs_since } if !appears => (last, Some(runs_since)),
            _ => (one.evidence.last_seen, None),
        };
        let (job_namespace, job_name) = job.unzip();
        EdgeReason {
            kind,
            text,
            producer: one.producer.clone(),
            job_namespace,
            job_name,
            first_seen: one.evidence.first_seen.to_utc(),
            last_asserted: last_asserted.to_utc(),
            runs_since,
        }
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

/// Why an edge appears or is gone, from how it stood at the other time.
fn in_words(
    who: &str,
    one: &EdgeEvidence,
    stood: Standing,
    appears: bool,
) -> (EdgeReasonKind, String) {
    let first = one.evidence.first_seen;
    match stood {
        Standing::Current => (
            EdgeReasonKind::Reached,
            "the edge is current at both times; what leads to it is not".to_owned(),
        ),
        Standing::Retired => (
            EdgeReasonKind::Retired,
            "the job or a dataset is retired at the other time".to_owned(),
        ),
        Standing::NotYet { first } => (
            EdgeReasonKind::New,
            format!("{who} asserted it first at {first}"),
        ),
        Standing::Expired { last, .. } if appears => (
            EdgeReasonKind::Again,
            format!("{who} had asserted it last at {last}, and does so again"),
        ),
        Standing::Expired { last, runs_since } => (
            EdgeReasonKind::Expired,
            format!(
                "{who} asserted it last at {last}; {runs_since} effective runs after that did not, for longer than the edge window"
            ),
        ),
        Standing::Replaced { by } if appears => (
            EdgeReasonKind::Redeclared,
            format!("the static event of {by} did not declare it, a later one does"),
        ),
        Standing::Replaced { by } => (
            EdgeReasonKind::Replaced,
            format!("the static event of {by} does not declare it any more"),
        ),
        Standing::Unknown => (
            EdgeReasonKind::TakenBack,
            format!("what {who} asserted since {first} has been taken back"),
        ),
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
