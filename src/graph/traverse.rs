//! Breadth-first walks over a snapshot: upstream, downstream, shortest path.
//!
//! Depth counts hops from dataset to dataset (or column to column). A job has the depth of the
//! dataset it leads to; one that leads nowhere (a dashboard) the depth that dataset would have.
//! Edges always point the way the data flows, whatever the direction of the walk.

use std::collections::VecDeque;

use ahash::{HashMap, HashSet};

use super::columns::{ColumnRef, WHOLE_DATASET};
use super::snapshot::Graph;

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

/// What a walk over datasets and jobs found. The start is the first node, with depth 0.
#[derive(Debug, Default)]
pub struct DatasetWalk {
    /// Nodes in order of depth.
    pub nodes: Vec<(Start, u32)>,
    /// Edges and the flow that holds each; one pair may stand several times.
    pub edges: Vec<(Start, Start, u32)>,
}

/// What a walk over columns found. The start is the first node, with depth 0.
#[derive(Debug, Default)]
pub struct ColumnWalk {
    /// Columns in order of depth.
    pub nodes: Vec<(ColumnRef, u32)>,
    /// Edges; the mark says indirect.
    pub edges: Vec<(ColumnRef, ColumnRef, bool)>,
    /// Where column lineage ends though the dataset goes on: (upstream dataset, flow, downstream
    /// dataset or `None` where the flow ends in a job). The walk did not follow these.
    pub boundary: Vec<(u32, u32, Option<u32>)>,
}

/// A set of dense numbers, one bit each.
#[derive(Default)]
struct Marks(Vec<u64>);

impl Marks {
    /// Adds a number; returns whether it is new.
    fn set(&mut self, number: u32) -> bool {
        let (word, bit) = (number as usize / 64, 1_u64 << (number % 64));
        if self.0.len() <= word {
            self.0.resize((word + 1).max(self.0.len() * 2), 0);
        }
        let new = self.0[word] & bit == 0;
        self.0[word] |= bit;
        new
    }
}

struct Walker<'g> {
    graph: &'g Graph,
    direction: Direction,
    datasets: Marks,
    jobs: Marks,
    expanded: Marks,
    queue: VecDeque<(u32, u32)>,
    found: DatasetWalk,
}

impl Graph {
    /// Walks datasets and the jobs between them, up to `max_depth` hops.
    pub fn walk_datasets(&self, start: Start, direction: Direction, max_depth: u32) -> DatasetWalk {
        let mut walker = Walker {
            graph: self,
            direction,
            datasets: Marks::default(),
            jobs: Marks::default(),
            expanded: Marks::default(),
            queue: VecDeque::new(),
            found: DatasetWalk::default(),
        };
        walker.see(start, 0);
        if let Start::Job(job) = start
            && max_depth > 0
        {
            walker.leave_job(job);
        }
        while let Some((dataset, depth)) = walker.queue.pop_front() {
            if depth < max_depth {
                walker.expand(dataset, depth + 1);
            }
        }
        let mut found = walker.found;
        found.nodes.sort_by_key(|&(_, depth)| depth);
        found
    }

    /// Walks columns, up to `max_depth` hops.
    pub fn walk_columns(
        &self,
        start: ColumnRef,
        direction: Direction,
        max_depth: u32,
    ) -> ColumnWalk {
        let mut found = ColumnWalk::default();
        let mut seen = HashSet::default();
        let mut queue = VecDeque::from([(start, 0)]);
        seen.insert(start);
        while let Some((column, depth)) = queue.pop_front() {
            found.nodes.push((column, depth));
            if depth >= max_depth {
                continue;
            }
            self.each_column(column, direction, |next, indirect| {
                found.edges.push(match direction {
                    Direction::Downstream => (column, next, indirect),
                    Direction::Upstream => (next, column, indirect),
                });
                if seen.insert(next) {
                    queue.push_back((next, depth + 1));
                }
            });
        }
        found.edges.sort_unstable();
        found.edges.dedup();
        self.find_boundary(&mut found, direction, max_depth);
        found
    }

    /// Neighbours of a column; the pseudo column of a dataset stands for all its columns.
    fn each_column(
        &self,
        column: ColumnRef,
        direction: Direction,
        mut visit: impl FnMut(ColumnRef, bool),
    ) {
        let rows = match direction {
            Direction::Downstream => &self.forward,
            Direction::Upstream => &self.backward,
        };
        let mut follow = |number: u32| {
            rows.each(number, |next, indirect| {
                let target = self.space.column(next);
                if target.ordinal == WHOLE_DATASET {
                    for number in self.space.columns_of(target.dataset) {
                        visit(self.space.column(number), indirect);
                    }
                } else {
                    visit(target, indirect);
                }
            });
        };
        if let Some(number) = self.space.number(column) {
            follow(number);
        }
        if direction == Direction::Upstream
            && let Some(whole) = self.space.number(ColumnRef {
                ordinal: WHOLE_DATASET,
                ..column
            })
        {
            follow(whole);
        }
    }

    fn find_boundary(&self, found: &mut ColumnWalk, direction: Direction, max_depth: u32) {
        let mut datasets: Vec<u32> = found
            .nodes
            .iter()
            .filter(|(_, depth)| *depth < max_depth)
            .map(|(c, _)| c.dataset)
            .collect();
        datasets.sort_unstable();
        datasets.dedup();
        for dataset in datasets {
            self.boundary_of(dataset, direction, &mut found.boundary);
        }
        found.boundary.sort_unstable();
        found.boundary.dedup();
    }

    /// Flows at a dataset that are known without columns: no declared flow of the same job joins
    /// the same two datasets.
    fn boundary_of(
        &self,
        dataset: u32,
        direction: Direction,
        into: &mut Vec<(u32, u32, Option<u32>)>,
    ) {
        let (flows, ends): (_, fn(&Graph, u32) -> Vec<u32>) = match direction {
            Direction::Downstream => (self.flows_from(dataset), Graph::flow_outputs),
            Direction::Upstream => (self.flows_into(dataset), Graph::flow_inputs),
        };
        let mut declared = HashSet::default();
        for &flow in flows.iter().filter(|&&flow| self.is_declared(flow)) {
            let job = self.job_of(flow);
            declared.extend(ends(self, flow).into_iter().map(|end| (job, end)));
        }
        for &flow in flows.iter().filter(|&&flow| !self.is_declared(flow)) {
            let job = self.job_of(flow);
            let ends = ends(self, flow);
            if ends.is_empty() && direction == Direction::Downstream {
                into.push((dataset, flow, None));
            }
            for end in ends {
                if declared.contains(&(job, end)) {
                    continue;
                }
                into.push(match direction {
                    Direction::Downstream => (dataset, flow, Some(end)),
                    Direction::Upstream => (end, flow, Some(dataset)),
                });
            }
        }
    }

    /// A shortest path along the flow of data, both ends included; empty when there is none.
    pub fn shortest_path(&self, from: Start, to: Start) -> DatasetWalk {
        let walk = self.walk_datasets(from, Direction::Downstream, u32::MAX);
        let depth: HashMap<Start, u32> = walk.nodes.iter().copied().collect();
        if !depth.contains_key(&to) {
            return DatasetWalk::default();
        }
        let mut into: HashMap<Start, Vec<(Start, u32)>> = HashMap::default();
        for &(a, b, flow) in &walk.edges {
            into.entry(b).or_default().push((a, flow));
        }
        let Some(chain) = shortest_chain(from, to, &into) else {
            return DatasetWalk::default();
        };
        let pairs: HashSet<_> = chain.windows(2).map(|pair| (pair[0], pair[1])).collect();
        let edges = walk
            .edges
            .iter()
            .copied()
            .filter(|&(a, b, _)| pairs.contains(&(a, b)))
            .collect();
        let mut hops = 0;
        let mut nodes = Vec::with_capacity(chain.len());
        for (i, &node) in chain.iter().enumerate() {
            let after_dataset = i > 0 && matches!(chain[i - 1], Start::Dataset(_));
            if i > 0 && (after_dataset || i == 1) {
                hops += 1; // dataset to job to dataset is one hop; the job has the depth of its end
            }
            nodes.push((node, hops));
        }
        DatasetWalk { nodes, edges }
    }

    /// A shortest path from one column to another; empty when there is none.
    pub fn shortest_column_path(&self, from: ColumnRef, to: ColumnRef) -> ColumnWalk {
        let walk = self.walk_columns(from, Direction::Downstream, u32::MAX);
        let mut into: HashMap<ColumnRef, Vec<(ColumnRef, u32)>> = HashMap::default();
        for &(a, b, _) in &walk.edges {
            into.entry(b).or_default().push((a, 0));
        }
        let Some(chain) = shortest_chain(from, to, &into) else {
            return ColumnWalk::default();
        };
        let pairs: HashSet<_> = chain.windows(2).map(|pair| (pair[0], pair[1])).collect();
        ColumnWalk {
            nodes: chain.iter().copied().zip(0..).collect(),
            edges: walk
                .edges
                .into_iter()
                .filter(|&(a, b, _)| pairs.contains(&(a, b)))
                .collect(),
            boundary: Vec::new(),
        }
    }
}

fn shortest_chain<N: Copy + Eq + std::hash::Hash>(
    from: N,
    to: N,
    into: &HashMap<N, Vec<(N, u32)>>,
) -> Option<Vec<N>> {
    if from == to {
        return Some(vec![from]);
    }
    let mut next: HashMap<N, N> = HashMap::default();
    let mut queue = VecDeque::from([to]);
    while let Some(node) = queue.pop_front() {
        for &(before, _) in into.get(&node).into_iter().flatten() {
            if before == to || next.contains_key(&before) {
                continue;
            }
            next.insert(before, node);
            if before == from {
                let mut chain = vec![from];
                while let Some(&node) = chain.last().and_then(|last| next.get(last)) {
                    chain.push(node);
                }
                return Some(chain);
            }
            queue.push_back(before);
        }
    }
    None
}

impl Walker<'_> {
    /// Notes a node; returns whether it is new. A job keeps its least depth.
    fn see(&mut self, node: Start, depth: u32) -> bool {
        let new = match node {
            Start::Dataset(id) => self.datasets.set(id),
            Start::Job(id) => self.jobs.set(id),
        };
        if !new {
            return false;
        }
        self.found.nodes.push((node, depth));
        if let Start::Dataset(dataset) = node {
            self.queue.push_back((dataset, depth));
        }
        true
    }

    fn edge(&mut self, near: Start, far: Start, flow: u32) {
        self.found.edges.push(match self.direction {
            Direction::Downstream => (near, far, flow),
            Direction::Upstream => (far, near, flow),
        });
    }

    /// From a dataset over its flows to the datasets one hop on.
    fn expand(&mut self, dataset: u32, depth: u32) {
        let graph = self.graph;
        let near = Start::Dataset(dataset);
        let flows = match self.direction {
            Direction::Downstream => &graph.reads,
            Direction::Upstream => &graph.written_by,
        };
        flows.each(dataset, |flow, _| match graph.job_of(flow) {
            Some(job) => {
                let job = Start::Job(job);
                self.see(job, depth);
                self.edge(near, job, flow);
                if self.expanded.set(flow) {
                    self.far_ends(job, flow, depth);
                }
            }
            None => self.far_ends(near, flow, depth),
        });
    }

    fn far_ends(&mut self, near: Start, flow: u32, depth: u32) {
        let graph = self.graph;
        let ends = match self.direction {
            Direction::Downstream => &graph.writes,
            Direction::Upstream => &graph.inputs,
        };
        ends.each(flow, |end, _| {
            let far = Start::Dataset(end);
            self.edge(near, far, flow);
            self.see(far, depth);
        });
    }

    fn leave_job(&mut self, job: u32) {
        for flow in self.graph.flows_of(job) {
            self.expanded.set(flow);
            self.far_ends(Start::Job(job), flow, 1);
        }
    }
}

#[cfg(test)]
#[path = "traverse_tests.rs"]
mod tests;
