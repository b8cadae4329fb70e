//! Lineage and path: from walks over the graph to nodes and edges with names and evidence.

use ahash::{HashMap, HashSet};
use async_graphql::{Enum, Result, SimpleObject};
use chrono::{DateTime, Utc};

use crate::catalog::{EdgeEvidence, Namer};
use crate::engine::Engine;
use crate::graph::{ColumnRef, ColumnWalk, DatasetWalk, Graph, Start, in_cycles};

use super::refs::{NodeKind, internal, node_id};

/// What kind of edge it is.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum EdgeKind {
    /// Between datasets and jobs: told by column lineage.
    Declared,
    /// Between datasets and jobs: inferred from a run's inputs and outputs.
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
    /// Layer of the dataset, from its tag `layer`; null when it has none.
    pub layer: Option<String>,
    /// Hops from the start, from dataset to dataset or column to column; a job has the depth of the
    /// dataset it leads to. The start has depth 0.
    pub depth: u32,
    /// It lies on a cycle of this answer.
    pub in_cycle: bool,
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
    /// The latest run that asserts it; null when only a static event does.
    pub run_id: Option<uuid::Uuid>,
    /// First event of the first run that asserts it.
    pub first_seen: Option<DateTime<Utc>>,
    /// Last event of the last run that asserts it.
    pub last_seen: Option<DateTime<Utc>>,
    /// Distinct runs that assert it.
    pub runs: u32,
    /// Told by column lineage, as opposed to inferred from inputs and outputs.
    pub declared: bool,
    /// Declared by a static event (a `JobEvent` or `DatasetEvent`).
    pub is_static: bool,
    /// On column edges: what is done with the value, as `TYPE/SUBTYPE`; empty where the producer
    /// does not say.
    pub transformations: Vec<String>,
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
#[derive(SimpleObject, Debug, Clone)]
pub struct Lineage {
    /// The start (depth 0) and what was found, nearest first.
    pub nodes: Vec<LineageNode>,
    /// Edges between the listed nodes.
    pub edges: Vec<LineageEdge>,
    /// How many nodes there are without the start, also when the list is cut.
    pub total: usize,
    /// The list of nodes was cut at `limit`; the nearest are listed.
    pub truncated: bool,
    /// The last event this answer has seen.
    pub applied_seq: u64,
    /// On columns: where the walk ended because only datasets are known. Empty means that the answer
    /// is complete as far as producers told columns.
    pub boundary: Vec<LineageBoundary>,
}

fn start_id(names: &Namer<'_>, node: Start) -> String {
    match node {
        Start::Dataset(id) => {
            let (namespace, name) = names.dataset(id);
            node_id("dataset", namespace, name, None)
        }
        Start::Job(id) => {
            let (namespace, name) = names.job(id);
            node_id("job", namespace, name, None)
        }
    }
}

fn column_id(names: &Namer<'_>, column: ColumnRef) -> String {
    let (namespace, name) = names.dataset(column.dataset);
    node_id("column", namespace, name, Some(names.column(column)))
}

fn evidence(names: &Namer<'_>, found: EdgeEvidence) -> Evidence {
    let job = found.job.map(|id| names.job(id));
    Evidence {
        producer: found.producer,
        job_namespace: job.map(|job| job.0.to_owned()),
        job_name: job.map(|job| job.1.to_owned()),
        run_id: found.evidence.last_run,
        first_seen: found.evidence.first_seen.to_utc(),
        last_seen: found.evidence.last_seen.to_utc(),
        runs: found.evidence.runs,
        declared: found.declared,
        is_static: found.is_static,
        transformations: found.transformations,
    }
}

/// Numbers the nodes that stay, and keeps the edges between them.
fn keep<N: Copy + Eq + std::hash::Hash>(
    nodes: &[(N, u32)],
    edges: impl Iterator<Item = (N, N)>,
    limit: usize,
) -> (HashMap<N, usize>, Vec<bool>) {
    let at: HashMap<N, usize> = nodes
        .iter()
        .take(limit)
        .enumerate()
        .map(|(at, &(node, _))| (node, at))
        .collect();
    let pairs: Vec<(usize, usize)> = edges
        .filter_map(|(from, to)| Some((*at.get(&from)?, *at.get(&to)?)))
        .collect();
    let cycles = in_cycles(at.len(), &pairs);
    (at, cycles)
}

/// Shapes a walk over datasets and jobs. `with_evidence` when the query asks for it.
pub fn of_datasets(
    engine: &Engine,
    graph: &Graph,
    walk: DatasetWalk,
    limit: usize,
    with_evidence: bool,
) -> Lineage {
    let (at, cycles) = keep(&walk.nodes, walk.edges.iter().map(|e| (e.0, e.1)), limit);
    let mut edges = walk.edges;
    edges.sort_unstable();
    edges.dedup();
    let found: Vec<Vec<EdgeEvidence>> = edges
        .chunk_by(|a, b| (a.0, a.1) == (b.0, b.1))
        .map(|same| {
            let flows: Vec<u32> = same.iter().map(|edge| edge.2).collect();
            if with_evidence {
                engine.catalog().flow_evidence(&flows)
            } else {
                Vec::new()
            }
        })
        .collect();
    engine.catalog().names(|names| {
        let ids: Vec<String> = walk
            .nodes
            .iter()
            .take(limit)
            .map(|&(node, _)| start_id(names, node))
            .collect();
        let nodes = walk
            .nodes
            .iter()
            .take(limit)
            .enumerate()
            .map(|(i, &(node, depth))| {
                let (kind, (namespace, name), layer) = match node {
                    Start::Dataset(id) => (NodeKind::Dataset, names.dataset(id), names.layer(id)),
                    Start::Job(id) => (NodeKind::Job, names.job(id), None),
                };
                LineageNode {
                    id: ids[i].clone(),
                    kind,
                    namespace: namespace.to_owned(),
                    name: name.to_owned(),
                    column: None,
                    layer: layer.map(str::to_owned),
                    depth,
                    in_cycle: cycles[i],
                }
            });
        let groups = edges.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)).zip(found);
        let edges = groups.filter_map(|(same, found)| {
            let (from, to) = (*at.get(&same[0].0)?, *at.get(&same[0].1)?);
            let declared = same.iter().any(|edge| graph.is_declared(edge.2));
            Some(LineageEdge {
                from: ids[from].clone(),
                to: ids[to].clone(),
                kind: if declared {
                    EdgeKind::Declared
                } else {
                    EdgeKind::Inferred
                },
                evidence: found.into_iter().map(|one| evidence(names, one)).collect(),
            })
        });
        Lineage {
            nodes: nodes.collect(),
            edges: edges.collect(),
            ..count_only(walk.nodes.len(), graph.applied_seq, limit)
        }
    })
}

/// The answer to a query that asks for neither nodes nor edges: no names are looked up.
/// `found` counts the start.
pub fn count_only(found: usize, applied_seq: u64, limit: usize) -> Lineage {
    Lineage {
        nodes: Vec::new(),
        edges: Vec::new(),
        total: found.saturating_sub(1),
        truncated: found > limit,
        applied_seq,
        boundary: Vec::new(),
    }
}

/// Shapes a walk over columns.
///
/// # Errors
/// When the store fails while evidence is read.
pub fn of_columns(
    engine: &Engine,
    graph: &Graph,
    walk: &ColumnWalk,
    limit: usize,
    with_evidence: bool,
) -> Result<Lineage> {
    let (at, cycles) = keep(&walk.nodes, walk.edges.iter().map(|e| (e.0, e.1)), limit);
    let pairs: Vec<(ColumnRef, ColumnRef)> = {
        let mut seen = HashSet::default();
        let all = walk.edges.iter().map(|edge| (edge.0, edge.1));
        all.filter(|pair| {
            at.contains_key(&pair.0) && at.contains_key(&pair.1) && seen.insert(*pair)
        })
        .collect()
    };
    let direct: HashSet<(ColumnRef, ColumnRef)> = walk
        .edges
        .iter()
        .filter(|edge| !edge.2)
        .map(|edge| (edge.0, edge.1))
        .collect();
    let found = if with_evidence {
        engine.catalog().link_evidence(&pairs).map_err(internal)?
    } else {
        vec![Vec::new(); pairs.len()]
    };
    Ok(engine.catalog().names(|names| {
        let ids: Vec<String> = walk
            .nodes
            .iter()
            .take(limit)
            .map(|&(column, _)| column_id(names, column))
            .collect();
        let nodes = walk
            .nodes
            .iter()
            .take(limit)
            .enumerate()
            .map(|(i, &(column, depth))| {
                let (namespace, name) = names.dataset(column.dataset);
                LineageNode {
                    id: ids[i].clone(),
                    kind: NodeKind::Column,
                    namespace: namespace.to_owned(),
                    name: name.to_owned(),
                    column: Some(names.column(column).to_owned()),
                    layer: names.layer(column.dataset).map(str::to_owned),
                    depth,
                    in_cycle: cycles[i],
                }
            });
        let edges = pairs.iter().zip(found).map(|(pair, found)| LineageEdge {
            from: ids[at[&pair.0]].clone(),
            to: ids[at[&pair.1]].clone(),
            kind: if direct.contains(pair) {
                EdgeKind::Direct
            } else {
                EdgeKind::Indirect
            },
            evidence: found.into_iter().map(|one| evidence(names, one)).collect(),
        });
        let boundary = walk.boundary.iter().map(|&(from, flow, to)| {
            let (from, to) = (names.dataset(from), to.map(|to| names.dataset(to)));
            let job = graph.job_of(flow).map(|job| names.job(job));
            LineageBoundary {
                from_namespace: from.0.to_owned(),
                from_name: from.1.to_owned(),
                job_namespace: job.map(|job| job.0.to_owned()),
                job_name: job.map(|job| job.1.to_owned()),
                to_namespace: to.map(|to| to.0.to_owned()),
                to_name: to.map(|to| to.1.to_owned()),
            }
        });
        Lineage {
            nodes: nodes.collect(),
            edges: edges.collect(),
            boundary: boundary.collect(),
            ..count_only(walk.nodes.len(), graph.applied_seq, limit)
        }
    }))
}
