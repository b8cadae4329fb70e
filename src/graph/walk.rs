//! What walks over the graph share: where they start, what is wanted of them, what they find.
//!
//! Depth counts hops from dataset to dataset (or column to column). A job has the depth of the
//! dataset it leads to; one that leads nowhere (a dashboard) the depth that dataset would have.
//! Edges always point the way the data flows, whatever the direction of the walk.

use super::columns::ColumnRef;

/// Which way to walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Towards the sources.
    Upstream,
    /// Towards the consumers.
    Downstream,
}

/// Where a walk over datasets and jobs starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Start {
    /// A dataset.
    Dataset(u32),
    /// A job.
    Job(u32),
}

/// What is wanted of a walk. What is not wanted costs nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Want {
    /// Hops at most.
    pub max_depth: u32,
    /// List at most this many nodes, the nearest; the others are only counted.
    pub nodes: usize,
    /// List the edges between listed nodes.
    pub edges: bool,
    /// On columns: list where column lineage ends though the dataset goes on.
    pub boundary: bool,
}

impl Want {
    /// Everything within `max_depth` hops.
    pub fn all(max_depth: u32) -> Self {
        Self {
            max_depth,
            nodes: usize::MAX,
            edges: true,
            boundary: true,
        }
    }
}

/// An edge between listed nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct WalkEdge {
    /// Upstream node: its place in the list of nodes.
    pub from: u32,
    /// Downstream node: its place in the list of nodes.
    pub to: u32,
    /// Between datasets and jobs, the flow that holds the edge; between columns, 1 when the use is
    /// indirect and 0 when it is direct. One pair of nodes may stand several times.
    pub by: u32,
}

/// Where column lineage ends though the dataset goes on. The walk did not follow these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Boundary {
    /// Upstream dataset.
    pub from: u32,
    /// The job between; `None` for lineage declared on a dataset alone.
    pub job: Option<u32>,
    /// Downstream dataset; `None` where the flow ends in the job.
    pub to: Option<u32>,
}

/// What a walk found. The start is the first node, with depth 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walk<N> {
    /// Nodes in order of depth, as many as were wanted.
    pub nodes: Vec<(N, u32)>,
    /// How many nodes there are, listed or not.
    pub total: usize,
    /// Edges, ascending, each once.
    pub edges: Vec<WalkEdge>,
    /// Ascending, each once.
    pub boundary: Vec<Boundary>,
}

impl<N> Default for Walk<N> {
    fn default() -> Self {
        Self {
            nodes: Vec::new(),
            total: 0,
            edges: Vec::new(),
            boundary: Vec::new(),
        }
    }
}

impl<N> Walk<N> {
    /// Brings edges and boundary in order, each once.
    pub(super) fn tidy(&mut self) {
        self.edges.sort_unstable();
        self.edges.dedup();
        self.boundary.sort_unstable();
        self.boundary.dedup();
    }
}

/// The walk was stopped by its [`Guard`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped;

/// Asked now and then with the number of edges held so far; `false` stops the walk. The graph knows
/// no clock, so whoever has a deadline brings it along.
pub type Guard<'g> = &'g mut dyn FnMut(usize) -> bool;

/// Steps between two questions to the guard: a few microseconds of work.
const STEPS: usize = 1024;

/// Counts steps and asks the guard every [`STEPS`] of them.
pub(super) struct Pace<'g> {
    guard: Guard<'g>,
    steps: usize,
}

impl<'g> Pace<'g> {
    pub fn new(guard: Guard<'g>) -> Self {
        Self { guard, steps: 0 }
    }

    /// Notes `steps` more.
    pub fn step(&mut self, steps: usize, edges: usize) -> Result<(), Stopped> {
        self.steps += steps;
        if self.steps < STEPS {
            return Ok(());
        }
        self.steps = 0;
        if (self.guard)(edges) {
            Ok(())
        } else {
            Err(Stopped)
        }
    }
}

/// A set of dense numbers, one bit each.
#[derive(Debug, Default)]
pub(super) struct Marks(Vec<u64>);

impl Marks {
    /// Adds a number; returns whether it is new.
    pub fn set(&mut self, number: u32) -> bool {
        let (word, bit) = (number as usize / 64, 1_u64 << (number % 64));
        if self.0.len() <= word {
            self.0.resize((word + 1).max(self.0.len() * 2), 0);
        }
        let new = self.0[word] & bit == 0;
        self.0[word] |= bit;
        new
    }

    /// Whether a number is in it.
    pub fn has(&self, number: u32) -> bool {
        let (word, bit) = (number as usize / 64, 1_u64 << (number % 64));
        self.0.get(word).is_some_and(|held| held & bit != 0)
    }
}

/// The place in the list of nodes of each dense number that was seen.
#[derive(Default)]
pub(super) struct Places(Vec<u32>);

impl Places {
    /// The place of a number, and whether it was given just now: `next` is its place if it is new.
    pub fn place(&mut self, number: u32, next: u32) -> (u32, bool) {
        let at = number as usize;
        if self.0.len() <= at {
            self.0.resize((at + 1).max(self.0.len() * 2), 0);
        }
        match self.0[at] {
            0 => {
                self.0[at] = next + 1;
                (next, true)
            }
            place => (place - 1, false),
        }
    }
}

/// What a walk over datasets and jobs found, with nodes in place of their places.
#[derive(Debug, Default)]
pub struct DatasetWalk {
    /// Nodes in order of depth.
    pub nodes: Vec<(Start, u32)>,
    /// Edges and the flow that holds each; one pair may stand several times.
    pub edges: Vec<(Start, Start, u32)>,
}

/// What a walk over columns found, with columns in place of their places.
#[derive(Debug, Default)]
pub struct ColumnWalk {
    /// Columns in order of depth.
    pub nodes: Vec<(ColumnRef, u32)>,
    /// Edges; the mark says indirect.
    pub edges: Vec<(ColumnRef, ColumnRef, bool)>,
    /// Where the walk did not follow.
    pub boundary: Vec<Boundary>,
}

impl From<Walk<Start>> for DatasetWalk {
    fn from(walk: Walk<Start>) -> Self {
        let node = |at: u32| walk.nodes[at as usize].0;
        let edges = walk.edges.iter();
        Self {
            edges: edges.map(|e| (node(e.from), node(e.to), e.by)).collect(),
            nodes: walk.nodes,
        }
    }
}

impl From<Walk<ColumnRef>> for ColumnWalk {
    fn from(walk: Walk<ColumnRef>) -> Self {
        let node = |at: u32| walk.nodes[at as usize].0;
        let edges = walk.edges.iter();
        Self {
            edges: edges
                .map(|e| (node(e.from), node(e.to), e.by == 1))
                .collect(),
            nodes: walk.nodes,
            boundary: walk.boundary,
        }
    }
}
