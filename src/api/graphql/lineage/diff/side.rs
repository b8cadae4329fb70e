//! One of the two times of a difference: the walk as of it.

use std::sync::Arc;

use async_graphql::Result;
use indexmap::IndexMap;

use crate::catalog::{Detail, EdgeEvidence, NOW, Past};
use crate::engine::Engine;
use crate::graph::{ColumnRef, Start, Want};
use crate::openlineage::EventTime;

use super::super::super::as_of::{exists, scene};
use super::super::super::refs::{Found, internal};
use super::super::super::request::Budget;
use super::super::MAX_NODES;
use super::Question;

/// One of the two times.
pub struct Side {
    pub past: Option<Arc<Past>>,
    pub at: EventTime,
    /// With its depth, in order of it.
    pub nodes: IndexMap<Found, u32, ahash::RandomState>,
    /// With the flows behind each, where the ends are datasets or jobs.
    pub edges: IndexMap<(Found, Found), Vec<u32>, ahash::RandomState>,
    pub applied_seq: u64,
    /// The walk held more nodes than are kept.
    pub cut: bool,
}

impl Side {
    /// Walks at a time; now without one. Nothing when the start was not there yet.
    pub fn new(
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
    pub fn evidence(
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
