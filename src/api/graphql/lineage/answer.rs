//! A walk on its way to an answer: what its lists share.

use std::sync::{Arc, OnceLock};

use async_graphql::Result;

use crate::catalog::Past;
use crate::engine::Engine;
use crate::graph::{ColumnRef, Graph, Start, Walk, in_cycles};

use super::super::as_of::Scene;
use super::super::refs::{Found, node_id_into};
use super::super::request::Budget;
use super::nodes::name_of;
use super::selection::{Written, json};

/// Rows that are written under one lock of the catalog.
pub const CHUNK: usize = 4096;

/// What was walked.
pub enum Walked {
    Datasets(Walk<Start>),
    Columns(Walk<ColumnRef>),
}

/// A walk, and where its names and evidence are.
pub struct Answer {
    pub engine: Arc<Engine>,
    pub graph: Arc<Graph>,
    /// Where an earlier time was asked for, what else belongs to it.
    pub past: Option<Arc<Past>>,
    /// The last event it has seen.
    pub applied_seq: u64,
    pub walked: Walked,
    ids: OnceLock<Written>,
}

impl Answer {
    pub fn new(engine: &Arc<Engine>, scene: Scene, walked: Walked) -> Self {
        Self {
            engine: Arc::clone(engine),
            graph: scene.graph,
            past: scene.past,
            applied_seq: scene.applied_seq,
            walked,
            ids: OnceLock::new(),
        }
    }

    pub fn node_count(&self) -> usize {
        match &self.walked {
            Walked::Datasets(walk) => walk.nodes.len(),
            Walked::Columns(walk) => walk.nodes.len(),
        }
    }

    /// How many nodes there are, listed or not, the start among them.
    pub fn total(&self) -> usize {
        match &self.walked {
            Walked::Datasets(walk) => walk.total,
            Walked::Columns(walk) => walk.total,
        }
    }

    pub fn edges(&self) -> &[crate::graph::WalkEdge] {
        match &self.walked {
            Walked::Datasets(walk) => &walk.edges,
            Walked::Columns(walk) => &walk.edges,
        }
    }

    /// A node and its depth.
    pub fn node(&self, at: usize) -> (Found, u32) {
        match &self.walked {
            Walked::Datasets(walk) => {
                let (node, depth) = walk.nodes[at];
                (Found::Node(node), depth)
            }
            Walked::Columns(walk) => {
                let (column, depth) = walk.nodes[at];
                (Found::Column(column), depth)
            }
        }
    }

    /// The ids of all listed nodes, made once for nodes and edges.
    ///
    /// # Errors
    /// `DEADLINE`.
    pub fn ids(&self, budget: &Budget) -> Result<&Written> {
        if let Some(ids) = self.ids.get() {
            return Ok(ids);
        }
        let count = self.node_count();
        let (mut ids, mut text) = (Written::default(), String::new());
        while ids.len() < count {
            budget.check()?;
            let piece = ids.len()..count.min(ids.len() + CHUNK);
            self.engine.catalog().names(|names| {
                for at in piece {
                    let node = self.node(at).0;
                    let (namespace, name) = name_of(names, node);
                    let column = match node {
                        Found::Column(column) => Some(names.column(column)),
                        Found::Node(_) => None,
                    };
                    text.clear();
                    node_id_into(&mut text, node.kind().word(), namespace, name, column);
                    ids.push(|out| json::text(out, &text));
                }
            });
        }
        Ok(self.ids.get_or_init(|| ids))
    }

    /// Which of the listed nodes lie on a cycle of listed edges.
    pub fn cycles(&self) -> Vec<bool> {
        let edges = self.edges().iter();
        let pairs: Vec<(usize, usize)> = edges
            .map(|edge| (edge.from as usize, edge.to as usize))
            .collect();
        in_cycles(self.node_count(), &pairs)
    }
}
