//! A part of the graph as it is drawn: datasets, the edges between them with the jobs that make
//! them, and the edges between their columns, all in one answer. What lies further is counted.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use ahash::{HashMap, HashSet};
use async_graphql::{ComplexObject, Context, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use tokio::task::block_in_place;

use crate::catalog::NOW;
use crate::engine::Engine;
use crate::graph::{self, Graph, Start, WHOLE_DATASET};
use crate::openlineage::EventTime;

use super::as_of::{exists, scene};
use super::entities::{Dataset, Job};
use super::lineage::{depth, layer_of_dataset};
use super::refs::{Direction, Found, NodeKind, NodeRef, coded, engine, node_id};
use super::request::budget;

/// Nodes of a neighbourhood unless `limit` says else.
const NODES: usize = 2_000;
/// The most that `limit` may say.
const MAX_NODES: usize = 20_000;
/// Expansions of one question.
const MAX_EXPANSIONS: usize = 6_000;

/// From where to draw how far.
#[derive(InputObject)]
pub struct Expansion {
    /// Where to start; of a column its dataset.
    pub node: NodeRef,
    /// Which way; the node alone when it is not given.
    pub direction: Option<Direction>,
    /// Hops; 1 unless given.
    #[graphql(default = 1)]
    pub depth: i32,
    /// Leave out whatever lies beyond this many neighbours of this node.
    pub limit: Option<i32>,
}

/// Which datasets to draw: those with lineage that fit both lists; an empty list fits all.
#[derive(InputObject, Default)]
pub struct GraphPart {
    /// Layers; an empty text is "in none".
    #[graphql(default)]
    pub layers: Vec<String>,
    /// Namespaces.
    #[graphql(default)]
    pub namespaces: Vec<String>,
}

/// A dataset, or a job that has only inputs or only outputs, in a drawn part of the graph.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct NeighbourhoodNode {
    /// Id as in lineage.
    pub id: String,
    /// `DATASET` or `JOB`.
    pub kind: NodeKind,
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// Layer of a dataset; null when it has none.
    pub layer: Option<String>,
    /// The dataset is dropped.
    pub dropped: bool,
    /// A name of the dataset is in doubt.
    pub ambiguous: bool,
    /// How many neighbours it has upstream, drawn or not.
    pub upstream_count: usize,
    /// How many neighbours it has downstream, drawn or not.
    pub downstream_count: usize,
    #[graphql(skip)]
    node: Start,
    #[graphql(skip)]
    as_of: Option<EventTime>,
}

#[ComplexObject]
impl NeighbourhoodNode {
    /// The job; null on datasets.
    async fn job(&self, ctx: &Context<'_>) -> Result<Option<Job>> {
        let Start::Job(id) = self.node else {
            return Ok(None);
        };
        Ok(Job::list(ctx, &[id], self.as_of)?.pop())
    }

    /// The dataset; null on jobs.
    async fn dataset(&self, ctx: &Context<'_>) -> Result<Option<Dataset>> {
        let Start::Dataset(id) = self.node else {
            return Ok(None);
        };
        Ok(Dataset::list(ctx, &[id], self.as_of)?.pop())
    }
}

/// A job that makes an edge.
#[derive(SimpleObject, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct EdgeJob {
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
}

/// An edge between two drawn nodes; it points the way the data flows.
#[derive(SimpleObject)]
pub struct NeighbourhoodEdge {
    /// Place of the upstream node in `nodes`.
    pub from: usize,
    /// Place of the downstream node in `nodes`.
    pub to: usize,
    /// Nothing tells that this output is made from this input: a job read the one and wrote the
    /// other.
    pub inferred: bool,
    /// The jobs that make it.
    pub jobs: Vec<EdgeJob>,
}

/// An edge between columns of two drawn datasets.
#[derive(SimpleObject)]
pub struct NeighbourhoodColumnEdge {
    /// Place of the upstream dataset in `nodes`.
    pub from: usize,
    /// The upstream column.
    pub from_column: String,
    /// Place of the downstream dataset in `nodes`.
    pub to: usize,
    /// The downstream column; null for all columns of the dataset (a filter, a join key).
    pub to_column: Option<String>,
    /// Used in a join, filter, sort … rather than for the value.
    pub indirect: bool,
}

/// A part of the graph as it is drawn.
pub struct Neighbourhood {
    engine: Arc<Engine>,
    graph: Arc<Graph>,
    as_of: Option<EventTime>,
    applied_seq: u64,
    nodes: Vec<Start>,
    left_out: usize,
}

/// A part of the graph as it is drawn.
#[Object]
impl Neighbourhood {
    /// The starts and what was found around them.
    async fn nodes(&self, ctx: &Context<'_>) -> Result<Vec<NeighbourhoodNode>> {
        budget(ctx)?.charge(self.nodes.len())?;
        Ok(block_in_place(|| self.named()))
    }

    /// All edges between the listed nodes.
    async fn edges(&self, ctx: &Context<'_>) -> Result<Vec<NeighbourhoodEdge>> {
        block_in_place(|| self.joined(ctx))
    }

    /// All edges between columns of the listed datasets.
    async fn column_edges(&self, ctx: &Context<'_>) -> Result<Vec<NeighbourhoodColumnEdge>> {
        block_in_place(|| self.column_links(ctx))
    }

    /// Nodes within the asked hops that were left out, because there were more than `limit`.
    async fn left_out(&self) -> usize {
        self.left_out
    }

    /// The last event this answer has seen.
    async fn applied_seq(&self) -> u64 {
        self.applied_seq
    }

    /// The event time that was asked for; null when the answer is about what is current now.
    async fn as_of(&self) -> Option<DateTime<Utc>> {
        self.as_of.and_then(EventTime::to_utc)
    }
}

impl Neighbourhood {
    fn places(&self) -> HashMap<Start, usize> {
        let nodes = self.nodes.iter().copied();
        nodes.enumerate().map(|(at, node)| (node, at)).collect()
    }

    fn named(&self) -> Vec<NeighbourhoodNode> {
        let then = self.as_of.unwrap_or(NOW);
        let policy = self.engine.contracts();
        self.engine.catalog().names(|names| {
            let layer = |id| layer_of_dataset(names, policy.as_deref(), id);
            let one = |&node: &Start| {
                let (kind, (namespace, name)) = match node {
                    Start::Dataset(id) => (NodeKind::Dataset, names.dataset(id)),
                    Start::Job(id) => (NodeKind::Job, names.job(id)),
                };
                let dataset = match node {
                    Start::Dataset(id) => Some(id),
                    Start::Job(_) => None,
                };
                let dropped = dataset.and_then(|id| names.dropped_since(id));
                NeighbourhoodNode {
                    id: node_id(kind.word(), namespace, name, None),
                    kind,
                    namespace: namespace.to_owned(),
                    name: name.to_owned(),
                    layer: dataset.and_then(layer).map(str::to_owned),
                    dropped: dropped.is_some_and(|since| since <= then),
                    ambiguous: dataset.is_some_and(|id| names.is_ambiguous(id)),
                    upstream_count: self.graph.near_count(node, graph::Direction::Upstream),
                    downstream_count: self.graph.near_count(node, graph::Direction::Downstream),
                    node,
                    as_of: self.as_of,
                }
            };
            self.nodes.iter().map(one).collect()
        })
    }

    fn joined(&self, ctx: &Context<'_>) -> Result<Vec<NeighbourhoodEdge>> {
        let (budget, places) = (budget(ctx)?, self.places());
        let mut found: BTreeMap<(usize, usize), (bool, BTreeSet<u32>)> = BTreeMap::new();
        let mut add = |from: usize, to: usize, flow: u32| {
            let (told, jobs) = found.entry((from, to)).or_default();
            *told |= self.graph.is_told(flow);
            jobs.extend(self.graph.job_of(flow));
        };
        for (at, &node) in self.nodes.iter().enumerate() {
            budget.check()?;
            for near in self.graph.near(node, graph::Direction::Downstream) {
                let through = self.graph.job_of(near.flow).map(Start::Job);
                // A job that is drawn stands between its datasets.
                let drawn = through.filter(|job| *job != node && places.contains_key(job));
                match (
                    drawn.and_then(|job| places.get(&job)),
                    places.get(&near.node),
                ) {
                    (Some(&job), _) => add(at, job, near.flow),
                    (None, Some(&to)) => add(at, to, near.flow),
                    (None, None) => {}
                }
            }
            if matches!(node, Start::Job(_)) {
                for near in self.graph.near(node, graph::Direction::Upstream) {
                    if let Some(&from) = places.get(&near.node) {
                        add(from, at, near.flow);
                    }
                }
            }
        }
        budget.charge(found.len())?;
        Ok(self.engine.catalog().names(|names| {
            let job = |id: u32| {
                let (namespace, name) = names.job(id);
                EdgeJob {
                    namespace: namespace.to_owned(),
                    name: name.to_owned(),
                }
            };
            let edge = |((from, to), (told, jobs)): ((usize, usize), (bool, BTreeSet<u32>))| {
                NeighbourhoodEdge {
                    from,
                    to,
                    inferred: !told,
                    jobs: jobs.into_iter().map(job).collect(),
                }
            };
            found.into_iter().map(edge).collect()
        }))
    }

    fn column_links(&self, ctx: &Context<'_>) -> Result<Vec<NeighbourhoodColumnEdge>> {
        let (budget, places) = (budget(ctx)?, self.places());
        let mut edges = Vec::new();
        for (at, &node) in self.nodes.iter().enumerate() {
            let Start::Dataset(dataset) = node else {
                continue;
            };
            let links = self.graph.links_from(dataset);
            let kept: Vec<_> = links
                .into_iter()
                .filter_map(|link| Some((*places.get(&Start::Dataset(link.to.dataset))?, link)))
                .collect();
            budget.charge(kept.len())?;
            self.engine.catalog().names(|names| {
                edges.extend(
                    kept.into_iter().map(|(to, link)| NeighbourhoodColumnEdge {
                        from: at,
                        from_column: names.column(link.from).to_owned(),
                        to,
                        to_column: (link.to.ordinal != WHOLE_DATASET)
                            .then(|| names.column(link.to).to_owned()),
                        indirect: link.indirect,
                    }),
                );
            });
        }
        Ok(edges)
    }
}

/// Nodes that are drawn, in the order in which they were found.
#[derive(Default)]
struct Drawn {
    nodes: Vec<Start>,
    seen: HashSet<Start>,
    left_out: HashSet<Start>,
    limit: usize,
}

impl Drawn {
    /// Whether the node is drawn.
    fn draw(&mut self, node: Start) -> bool {
        if self.seen.contains(&node) {
            return true;
        }
        if self.nodes.len() >= self.limit {
            self.left_out.insert(node);
            return false;
        }
        self.seen.insert(node);
        self.left_out.remove(&node);
        self.nodes.push(node);
        true
    }
}

/// Hops and neighbours of an expansion.
struct Reach {
    depth: u32,
    limit: usize,
}

/// Draws what lies around a node. What is drawn already is walked through again: another expansion
/// may have stopped there.
fn expand(
    ctx: &Context<'_>,
    graph: &Graph,
    start: Start,
    direction: graph::Direction,
    reach: &Reach,
    drawn: &mut Drawn,
) -> Result<()> {
    let budget = budget(ctx)?;
    let mut walked = HashSet::from_iter([start]);
    let mut queue = VecDeque::from([(start, 0)]);
    while let Some((node, depth)) = queue.pop_front() {
        budget.check()?;
        if depth >= reach.depth {
            continue;
        }
        let mut fresh = 0;
        for near in graph.near(node, direction) {
            if !walked.insert(near.node) {
                continue;
            }
            if depth == 0 && fresh >= reach.limit {
                drawn.left_out.insert(near.node);
                continue;
            }
            fresh += 1;
            if drawn.draw(near.node) {
                queue.push_back((near.node, depth + 1));
            }
        }
    }
    Ok(())
}

/// How many at most, where a number is given.
fn at_most(name: &str, given: Option<i32>, usual: usize, most: usize) -> Result<usize> {
    let Some(given) = given else { return Ok(usual) };
    let fits = |n: &usize| (1..=most).contains(n);
    usize::try_from(given).ok().filter(fits).ok_or_else(|| {
        let message = format!("{name}: {given} is not between 1 and {most}");
        coded("BAD_INPUT", message)
    })
}

/// Datasets that are looked at under one lock of the catalog.
const CHUNK: u32 = 4096;

/// Draws all datasets with lineage that belong to a part.
fn draw_part(
    ctx: &Context<'_>,
    engine: &Engine,
    graph: &Graph,
    part: &GraphPart,
    drawn: &mut Drawn,
) -> Result<()> {
    let budget = budget(ctx)?;
    let fits =
        |list: &[String], value: &str| list.is_empty() || list.iter().any(|one| one == value);
    let datasets = engine.catalog().names(|names| names.len().0);
    let policy = engine.contracts();
    for from in (0..datasets).step_by(CHUNK as usize) {
        budget.check()?;
        engine.catalog().names(|names| {
            for id in from..datasets.min(from.saturating_add(CHUNK)) {
                let layer = layer_of_dataset(names, policy.as_deref(), id).unwrap_or_default();
                let belongs =
                    fits(&part.layers, layer) && fits(&part.namespaces, names.dataset(id).0);
                let linked = belongs
                    && !(graph.flows_from(id).is_empty() && graph.flows_into(id).is_empty());
                if linked {
                    drawn.draw(Start::Dataset(id));
                }
            }
        });
    }
    Ok(())
}

/// Draws a part of the graph.
///
/// # Errors
/// `BAD_INPUT`, `NOT_FOUND`, `RETIRED`, `DEADLINE` and `TOO_LARGE`.
pub fn neighbourhood(
    ctx: &Context<'_>,
    expansions: &[Expansion],
    part: Option<&GraphPart>,
    limit: Option<i32>,
    as_of: Option<EventTime>,
) -> Result<Neighbourhood> {
    let engine = engine(ctx)?;
    if expansions.len() > MAX_EXPANSIONS {
        let message =
            format!("expand: more than {MAX_EXPANSIONS}; ask for fewer, with a greater depth");
        return Err(coded("BAD_INPUT", message));
    }
    let scene = scene(engine, as_of)?;
    let mut drawn = Drawn {
        limit: at_most("limit", limit, NODES, MAX_NODES)?,
        ..Drawn::default()
    };
    let mut walks = Vec::new();
    for (at, one) in expansions.iter().enumerate() {
        let found = one.node.find(engine)?;
        // The first is what the picture is about; of the others some may not have been there yet.
        if at > 0 && !exists(engine, found, as_of)? {
            continue;
        }
        super::as_of::must_exist(engine, found, as_of)?;
        let start = found.in_use(engine, as_of).map(Found::or_dataset)?;
        drawn.draw(start);
        walks.push((one, start));
    }
    for (one, start) in walks {
        let Some(direction) = one.direction else {
            continue;
        };
        let reach = Reach {
            depth: depth(Some(one.depth))?,
            limit: at_most("expand.limit", one.limit, usize::MAX, MAX_NODES)?,
        };
        expand(
            ctx,
            &scene.graph,
            start,
            direction.into(),
            &reach,
            &mut drawn,
        )?;
    }
    if let Some(part) = part {
        draw_part(ctx, engine, &scene.graph, part, &mut drawn)?;
    }
    // One expansion may leave out what another draws.
    let left_out = drawn.left_out.difference(&drawn.seen).count();
    Ok(Neighbourhood {
        engine: Arc::clone(engine),
        graph: scene.graph,
        as_of,
        applied_seq: scene.applied_seq,
        nodes: drawn.nodes,
        left_out,
    })
}
