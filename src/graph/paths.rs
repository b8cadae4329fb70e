//! Shortest paths along the flow of data.

use ahash::HashMap;

use super::columns::ColumnRef;
use super::snapshot::Graph;
use super::walk::{Direction, Guard, Marks, Pace, Places, Start, Stopped, Walk, WalkEdge, Want};

/// No predecessor: the search started here.
const NONE: u32 = u32::MAX;

/// A dataset that the search reached: from the one at `before`, through one flow.
struct Reached {
    dataset: u32,
    before: u32,
    flow: u32,
}

/// One hop of a path: a dataset, a flow that reads it, a dataset that this same flow writes. The
/// first is absent where the path starts at a job, the last where it ends at one.
struct Hop {
    from: Option<u32>,
    flow: u32,
    to: Option<u32>,
}

struct Search<'g> {
    graph: &'g Graph,
    places: Places,
    expanded: Marks,
    reached: Vec<Reached>,
}

impl Search<'_> {
    fn reach(&mut self, dataset: u32, before: u32, flow: u32) {
        let next = u32::try_from(self.reached.len()).unwrap_or(NONE - 1);
        if self.places.place(dataset, next).1 {
            self.reached.push(Reached {
                dataset,
                before,
                flow,
            });
        }
    }

    /// Goes over one flow. Whoever reads a flow again later could reach nothing new by it.
    fn cross(&mut self, before: u32, flow: u32) {
        if self.expanded.set(flow) {
            for output in self.graph.flow_outputs(flow) {
                self.reach(output, before, flow);
            }
        }
    }

    /// The hops that lead to the dataset reached at `place`.
    fn hops_to(&self, mut place: u32) -> Vec<Hop> {
        let mut hops = Vec::new();
        while let Some(reached) = self.reached.get(place as usize) {
            let before = self.reached.get(reached.before as usize);
            if reached.flow != NONE {
                hops.push(Hop {
                    from: before.map(|before| before.dataset),
                    flow: reached.flow,
                    to: Some(reached.dataset),
                });
            }
            place = reached.before;
        }
        hops.reverse();
        hops
    }
}

/// Collects nodes and edges of a path.
#[derive(Default)]
struct Path {
    places: HashMap<Start, u32>,
    walk: Walk<Start>,
}

impl Path {
    fn node(&mut self, node: Start, depth: u32) -> u32 {
        let next = u32::try_from(self.walk.nodes.len()).unwrap_or(NONE);
        *self.places.entry(node).or_insert_with(|| {
            self.walk.nodes.push((node, depth));
            next
        })
    }

    fn edge(&mut self, from: u32, to: u32, by: u32) {
        self.walk.edges.push(WalkEdge { from, to, by });
    }
}

impl Graph {
    /// A shortest path along the flow of data, both ends included; empty when there is none.
    ///
    /// Each hop from dataset over job to dataset is made by one flow: a job that once made B from A
    /// and once D from C does not lead from A to D.
    ///
    /// # Errors
    /// [`Stopped`] when the guard says so.
    pub fn shortest_path(
        &self,
        from: Start,
        to: Start,
        guard: Guard<'_>,
    ) -> Result<Walk<Start>, Stopped> {
        if from == to {
            let mut path = Path::default();
            path.node(from, 0);
            return Ok(path.done());
        }
        let hops = self.shortest_hops(from, to, guard)?;
        Ok(hops.map_or_else(Walk::default, |hops| self.path(from, to, &hops)))
    }

    fn shortest_hops(
        &self,
        from: Start,
        to: Start,
        guard: Guard<'_>,
    ) -> Result<Option<Vec<Hop>>, Stopped> {
        let mut pace = Pace::new(guard);
        let mut search = Search {
            graph: self,
            places: Places::default(),
            expanded: Marks::default(),
            reached: Vec::new(),
        };
        match from {
            Start::Dataset(dataset) => search.reach(dataset, NONE, NONE),
            Start::Job(job) => {
                for flow in self.flows_of(job) {
                    search.cross(NONE, flow);
                }
            }
        }
        let mut at = 0;
        while let Some(reached) = search.reached.get(at) {
            let (dataset, place) = (reached.dataset, u32::try_from(at).unwrap_or(NONE));
            if to == Start::Dataset(dataset) {
                return Ok(Some(search.hops_to(place)));
            }
            for flow in self.flows_from(dataset) {
                if let Start::Job(job) = to
                    && self.job_of(flow) == Some(job)
                {
                    let mut hops = search.hops_to(place);
                    let (from, to) = (Some(dataset), None);
                    hops.push(Hop { from, flow, to });
                    return Ok(Some(hops));
                }
                search.cross(place, flow);
                pace.step(1, 0)?;
            }
            pace.step(1, 0)?;
            at += 1;
        }
        Ok(None)
    }

    /// Nodes and edges of hops. Every flow of the same job that holds a hop whole stands behind it.
    fn path(&self, from: Start, to: Start, hops: &[Hop]) -> Walk<Start> {
        let mut path = Path::default();
        path.node(from, 0);
        for (depth, hop) in (1..).zip(hops) {
            let job = self.job_of(hop.flow);
            let flows = match hop.from {
                Some(dataset) => self.flows_from(dataset),
                None => job.map(|job| self.flows_of(job)).unwrap_or_default(),
            };
            for flow in flows {
                let holds = |to| self.flow_outputs(flow).contains(&to);
                if self.job_of(flow) != job || !hop.to.is_none_or(holds) {
                    continue;
                }
                let near = path.node(hop.from.map_or(from, Start::Dataset), depth - 1);
                let middle = job.map_or(near, |job| path.node(Start::Job(job), depth));
                if middle != near {
                    path.edge(near, middle, flow);
                }
                if let Some(dataset) = hop.to {
                    let far = path.node(Start::Dataset(dataset), depth);
                    path.edge(middle, far, flow);
                }
            }
        }
        debug_assert!(path.places.contains_key(&to));
        path.done()
    }

    /// A shortest path from one column to another; empty when there is none.
    ///
    /// # Errors
    /// [`Stopped`] when the guard says so.
    pub fn shortest_column_path(
        &self,
        from: ColumnRef,
        to: ColumnRef,
        guard: Guard<'_>,
    ) -> Result<Walk<ColumnRef>, Stopped> {
        let mut walk = Walk::default();
        let Some(chain) = self.column_chain(from, to, guard)? else {
            // Not "there is none" while columns end where datasets go on.
            let ends = Want {
                max_depth: u32::MAX,
                nodes: 0,
                edges: false,
                boundary: true,
            };
            walk.boundary = self
                .explore_columns(from, Direction::Downstream, ends, guard)?
                .boundary;
            return Ok(walk);
        };
        walk.total = chain.len();
        let columns = chain.iter().map(|&number| self.space.column(number));
        walk.nodes = columns.zip(0..).collect();
        for (at, pair) in (0..).zip(chain.windows(2)) {
            self.each_column(pair[0], Direction::Downstream, |hop| {
                if let super::column_walk::Hop::Column(next, indirect) = hop
                    && next == pair[1]
                {
                    let (from, to, by) = (at, at + 1, u32::from(indirect));
                    walk.edges.push(WalkEdge { from, to, by });
                }
            });
        }
        walk.tidy();
        Ok(walk)
    }

    fn column_chain(
        &self,
        from: ColumnRef,
        to: ColumnRef,
        guard: Guard<'_>,
    ) -> Result<Option<Vec<u32>>, Stopped> {
        let (Some(from), Some(to)) = (self.space.number(from), self.space.number(to)) else {
            return Ok(None);
        };
        let mut pace = Pace::new(guard);
        let mut places = Places::default();
        places.place(from, 0);
        let mut reached = vec![(from, NONE)];
        let mut at = 0;
        while let Some(&(number, before)) = reached.get(at) {
            if number == to {
                let mut chain = vec![number];
                let mut place = before;
                while let Some(&(number, before)) = reached.get(place as usize) {
                    chain.push(number);
                    place = before;
                }
                chain.reverse();
                return Ok(Some(chain));
            }
            let place = u32::try_from(at).unwrap_or(NONE);
            let mut steps = 1;
            self.each_column(number, Direction::Downstream, |hop| {
                steps += 1;
                let next = u32::try_from(reached.len()).unwrap_or(NONE - 1);
                if let super::column_walk::Hop::Column(column, _) = hop
                    && places.place(column, next).1
                {
                    reached.push((column, place));
                }
            });
            pace.step(steps, 0)?;
            at += 1;
        }
        Ok(None)
    }
}

impl Path {
    fn done(mut self) -> Walk<Start> {
        self.walk.total = self.walk.nodes.len();
        self.walk.tidy();
        self.walk
    }
}
