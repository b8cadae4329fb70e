//! The whole graph in groups: how many datasets each layer and namespace has, and what flows
//! between them. What is too large to be drawn is shown by this first.

use std::collections::BTreeMap;

use ahash::HashMap;
use async_graphql::{Context, Result, SimpleObject};

use crate::graph::{Direction, Start};
use crate::openlineage::EventTime;

use super::as_of::scene;
use super::lineage::layer_of_dataset;
use super::refs::engine;
use super::request::budget;

/// Datasets of one layer in one namespace.
#[derive(SimpleObject)]
pub struct GraphGroup {
    /// The layer; null for what is in none.
    pub layer: Option<String>,
    /// The namespace.
    pub namespace: String,
    /// How many datasets.
    pub datasets: usize,
}

/// What flows from one group to another.
#[derive(SimpleObject)]
pub struct GroupFlow {
    /// Place of the upstream group in `groups`.
    pub from: usize,
    /// Place of the downstream group in `groups`.
    pub to: usize,
    /// Pairs of datasets with an edge.
    pub edges: usize,
}

/// The whole graph in groups.
#[derive(SimpleObject)]
pub struct GraphSummary {
    /// The groups, by layer and namespace; without datasets that have no lineage.
    pub groups: Vec<GraphGroup>,
    /// What flows between them, and within each.
    pub flows: Vec<GroupFlow>,
    /// Datasets without any current lineage.
    pub isolated: usize,
}

/// Summarises the graph.
///
/// # Errors
/// `DEADLINE`, `TOO_LARGE`.
pub fn graph_summary(ctx: &Context<'_>, as_of: Option<EventTime>) -> Result<GraphSummary> {
    let (engine, budget) = (engine(ctx)?, budget(ctx)?);
    let scene = scene(engine, as_of)?;
    let datasets = engine.catalog().names(|names| names.len().0);
    let mut group_of: HashMap<u32, usize> = HashMap::default();
    let mut groups: BTreeMap<(Option<String>, String), Vec<u32>> = BTreeMap::new();
    let mut isolated = 0;
    let policy = engine.contracts();
    for from in (0..datasets).step_by(CHUNK as usize) {
        budget.check()?;
        let until = datasets.min(from.saturating_add(CHUNK));
        engine.catalog().names(|names| {
            for id in from..until {
                let linked = [&scene.graph.flows_from(id), &scene.graph.flows_into(id)]
                    .iter()
                    .any(|flows| !flows.is_empty());
                if !linked {
                    isolated += 1;
                    continue;
                }
                let layer = layer_of_dataset(names, policy.as_deref(), id).map(str::to_owned);
                let namespace = names.dataset(id).0.to_owned();
                groups.entry((layer, namespace)).or_default().push(id);
            }
        });
    }
    let mut listed = Vec::with_capacity(groups.len());
    for (at, ((layer, namespace), ids)) in groups.into_iter().enumerate() {
        listed.push(GraphGroup {
            layer,
            namespace,
            datasets: ids.len(),
        });
        group_of.extend(ids.into_iter().map(|id| (id, at)));
    }
    let mut flows: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for (&id, &from) in &group_of {
        budget.check()?;
        let near = scene.graph.near(Start::Dataset(id), Direction::Downstream);
        let ends: ahash::HashSet<u32> = near
            .into_iter()
            .filter_map(|near| match near.node {
                Start::Dataset(end) => Some(end),
                Start::Job(_) => None,
            })
            .collect();
        for to in ends.iter().filter_map(|end| group_of.get(end)) {
            *flows.entry((from, *to)).or_default() += 1;
        }
    }
    budget.charge(listed.len() + flows.len())?;
    let flow = |((from, to), edges)| GroupFlow { from, to, edges };
    Ok(GraphSummary {
        groups: listed,
        flows: flows.into_iter().map(flow).collect(),
        isolated,
    })
}

/// Datasets that are looked at under one lock of the catalog.
const CHUNK: u32 = 4096;
