//! Breadth-first walks over columns, and where column lineage ends though the dataset goes on.

use std::collections::VecDeque;

use ahash::HashSet;

use super::columns::{ColumnRef, WHOLE_DATASET};
use super::snapshot::Graph;
use super::walk::{
    Boundary, ColumnWalk, Direction, Guard, Marks, Pace, Places, Stopped, Walk, WalkEdge, Want,
};

/// What a column leads to, one hop on.
pub(super) enum Hop {
    /// A column, by its dense number; the mark says indirect.
    Column(u32, bool),
    /// All columns of a dataset that has no known column.
    Columnless(u32),
}

impl Graph {
    /// Everything within `max_depth` hops of a column.
    pub fn walk_columns(
        &self,
        start: ColumnRef,
        direction: Direction,
        max_depth: u32,
    ) -> ColumnWalk {
        let walk = self.explore_columns(start, direction, Want::all(max_depth), &mut |_| true);
        walk.unwrap_or_default().into()
    }

    /// Walks columns.
    ///
    /// # Errors
    /// [`Stopped`] when the guard says so.
    pub fn explore_columns(
        &self,
        start: ColumnRef,
        direction: Direction,
        want: Want,
        guard: Guard<'_>,
    ) -> Result<Walk<ColumnRef>, Stopped> {
        let mut pace = Pace::new(guard);
        let mut walker = Walker {
            graph: self,
            direction,
            want,
            places: Places::default(),
            queue: VecDeque::new(),
            columnless: Vec::new(),
            found: Walk::default(),
        };
        if let Some(number) = self.space.number(start) {
            walker.see(number, 0);
        } else {
            // The catalog knows a column that the graph has not heard of yet: it is alone.
            walker.found.total = 1;
            walker.found.nodes.push((start, 0));
        }
        let (mut reached, mut datasets) = (Marks::default(), Vec::new());
        while let Some((number, place, depth)) = walker.queue.pop_front() {
            if depth >= want.max_depth {
                continue;
            }
            let steps = walker.expand(number, place, depth + 1);
            pace.step(steps, walker.found.edges.len())?;
            let dataset = self.space.column(number).dataset;
            if want.boundary && reached.set(dataset) {
                datasets.push(dataset);
            }
        }
        let (mut found, columnless) = (walker.found, walker.columnless);
        if want.boundary {
            for dataset in datasets {
                self.boundary_of(dataset, direction, &mut found.boundary);
                pace.step(1, found.boundary.len())?;
            }
            self.columnless_boundary(columnless, &mut found.boundary);
        }
        found.tidy();
        Ok(found)
    }

    /// Neighbours of a column by dense numbers; the pseudo column of a dataset stands for all its
    /// columns.
    pub(super) fn each_column(
        &self,
        number: u32,
        direction: Direction,
        mut visit: impl FnMut(Hop),
    ) {
        if direction == Direction::Downstream {
            return self
                .forward
                .each(number, |to, mark| self.each_meant(to, mark, &mut visit));
        }
        let mut follow = |number| {
            self.backward
                .each(number, |from, mark| self.each_meant(from, mark, &mut visit));
        };
        follow(number);
        let whole = self.space.number(ColumnRef {
            ordinal: WHOLE_DATASET,
            ..self.space.column(number)
        });
        if let Some(whole) = whole.filter(|&whole| whole != number) {
            follow(whole);
        }
    }

    /// The columns that a column of a link stands for.
    fn each_meant(&self, number: u32, mark: bool, visit: &mut impl FnMut(Hop)) {
        let column = self.space.column(number);
        if column.ordinal != WHOLE_DATASET {
            return visit(Hop::Column(number, mark));
        }
        let mut any = false;
        for column in self.space.columns_of(column.dataset) {
            any = true;
            visit(Hop::Column(column, mark));
        }
        if !any {
            visit(Hop::Columnless(column.dataset));
        }
    }

    /// Flows at a dataset that are known without columns: no declared flow of the same job joins
    /// the same two datasets.
    fn boundary_of(&self, dataset: u32, direction: Direction, into: &mut Vec<Boundary>) {
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
                into.push(Boundary {
                    from: dataset,
                    job,
                    to: None,
                });
            }
            for end in ends {
                if declared.contains(&(job, end)) {
                    continue;
                }
                let (from, to) = match direction {
                    Direction::Downstream => (dataset, end),
                    Direction::Upstream => (end, dataset),
                };
                let to = Some(to);
                into.push(Boundary { from, job, to });
            }
        }
    }

    /// A column that is used by the whole of a dataset without known columns leads to a boundary,
    /// by each job that says so.
    fn columnless_boundary(&self, mut hops: Vec<(u32, u32)>, into: &mut Vec<Boundary>) {
        hops.sort_unstable();
        hops.dedup();
        for (from, to) in hops {
            for flow in self.flows_from(from) {
                if self.is_declared(flow) && self.flow_outputs(flow).contains(&to) {
                    let (job, to) = (self.job_of(flow), Some(to));
                    into.push(Boundary { from, job, to });
                }
            }
        }
    }
}

struct Walker<'g> {
    graph: &'g Graph,
    direction: Direction,
    want: Want,
    places: Places,
    queue: VecDeque<(u32, u32, u32)>,
    columnless: Vec<(u32, u32)>,
    found: Walk<ColumnRef>,
}

impl Walker<'_> {
    fn see(&mut self, number: u32, depth: u32) -> u32 {
        let next = u32::try_from(self.found.total).unwrap_or(u32::MAX - 1);
        let (place, new) = self.places.place(number, next);
        if new {
            self.found.total += 1;
            if self.found.nodes.len() < self.want.nodes {
                let column = self.graph.space.column(number);
                self.found.nodes.push((column, depth));
            }
            self.queue.push_back((number, place, depth));
        }
        place
    }

    /// Returns how many steps it took.
    fn expand(&mut self, number: u32, near: u32, depth: u32) -> usize {
        let graph = self.graph;
        let mut steps = 1;
        graph.each_column(number, self.direction, |hop| {
            steps += 1;
            match hop {
                Hop::Column(next, indirect) => {
                    let far = self.see(next, depth);
                    self.edge(near, far, indirect);
                }
                Hop::Columnless(dataset) => {
                    let from = graph.space.column(number).dataset;
                    self.columnless.push((from, dataset));
                }
            }
        });
        steps
    }

    fn edge(&mut self, near: u32, far: u32, indirect: bool) {
        if !self.want.edges || near.max(far) as usize >= self.want.nodes {
            return;
        }
        let (from, to) = match self.direction {
            Direction::Downstream => (near, far),
            Direction::Upstream => (far, near),
        };
        let by = u32::from(indirect);
        self.found.edges.push(WalkEdge { from, to, by });
    }
}
