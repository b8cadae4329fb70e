//! Breadth-first walks over datasets and the jobs between them.

use std::collections::VecDeque;

use super::snapshot::Graph;
use super::walk::{
    DatasetWalk, Direction, Guard, Marks, Pace, Places, Start, Stopped, Walk, WalkEdge, Want,
};

struct Walker<'g> {
    graph: &'g Graph,
    direction: Direction,
    want: Want,
    datasets: Places,
    jobs: Places,
    expanded: Marks,
    queue: VecDeque<(u32, u32, u32)>,
    found: Walk<Start>,
}

impl Graph {
    /// Everything within `max_depth` hops of a dataset or job.
    pub fn walk_datasets(&self, start: Start, direction: Direction, max_depth: u32) -> DatasetWalk {
        let walk = self.explore_datasets(start, direction, Want::all(max_depth), &mut |_| true);
        walk.unwrap_or_default().into()
    }

    /// Walks datasets and the jobs between them.
    ///
    /// # Errors
    /// [`Stopped`] when the guard says so.
    pub fn explore_datasets(
        &self,
        start: Start,
        direction: Direction,
        want: Want,
        guard: Guard<'_>,
    ) -> Result<Walk<Start>, Stopped> {
        let mut pace = Pace::new(guard);
        let mut walker = Walker {
            graph: self,
            direction,
            want,
            datasets: Places::default(),
            jobs: Places::default(),
            expanded: Marks::default(),
            queue: VecDeque::new(),
            found: Walk::default(),
        };
        let place = walker.see(start, 0);
        if let Start::Job(job) = start
            && want.max_depth > 0
        {
            for flow in self.flows_of(job) {
                walker.expanded.set(flow);
                let steps = walker.far_ends(place, flow, 1);
                pace.step(steps, walker.found.edges.len())?;
            }
        }
        while let Some((dataset, place, depth)) = walker.queue.pop_front() {
            if depth < want.max_depth {
                let steps = walker.expand(dataset, place, depth + 1);
                pace.step(steps, walker.found.edges.len())?;
            }
        }
        let mut found = walker.found;
        found.tidy();
        Ok(found)
    }
}

impl Walker<'_> {
    /// Notes a node, unless it was seen before, and returns its place. Nodes are seen in order of
    /// depth, so each keeps its least.
    fn see(&mut self, node: Start, depth: u32) -> u32 {
        let next = u32::try_from(self.found.total).unwrap_or(u32::MAX - 1);
        let (place, new) = match node {
            Start::Dataset(id) => self.datasets.place(id, next),
            Start::Job(id) => self.jobs.place(id, next),
        };
        if new {
            self.found.total += 1;
            if self.found.nodes.len() < self.want.nodes {
                self.found.nodes.push((node, depth));
            }
            if let Start::Dataset(dataset) = node {
                self.queue.push_back((dataset, place, depth));
            }
        }
        place
    }

    fn edge(&mut self, near: u32, far: u32, flow: u32) {
        if !self.want.edges || near.max(far) as usize >= self.want.nodes {
            return;
        }
        let (from, to) = match self.direction {
            Direction::Downstream => (near, far),
            Direction::Upstream => (far, near),
        };
        self.found.edges.push(WalkEdge { from, to, by: flow });
    }

    /// From a dataset over its flows to the datasets one hop on. Returns how many steps it took.
    fn expand(&mut self, dataset: u32, near: u32, depth: u32) -> usize {
        let graph = self.graph;
        let flows = match self.direction {
            Direction::Downstream => &graph.reads,
            Direction::Upstream => &graph.written_by,
        };
        let mut steps = 1;
        flows.each(dataset, |flow, _| {
            steps += 1;
            match graph.job_of(flow) {
                Some(job) => {
                    let job = self.see(Start::Job(job), depth);
                    self.edge(near, job, flow);
                    if self.expanded.set(flow) {
                        steps += self.far_ends(job, flow, depth);
                    }
                }
                None => steps += self.far_ends(near, flow, depth),
            }
        });
        steps
    }

    fn far_ends(&mut self, near: u32, flow: u32, depth: u32) -> usize {
        let graph = self.graph;
        let ends = match self.direction {
            Direction::Downstream => &graph.writes,
            Direction::Upstream => &graph.inputs,
        };
        let mut steps = 1;
        ends.each(flow, |end, _| {
            let far = self.see(Start::Dataset(end), depth);
            self.edge(near, far, flow);
            steps += 1;
        });
        steps
    }
}
