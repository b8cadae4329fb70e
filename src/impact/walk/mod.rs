//! Walking one change over the net: who is reached, how surely, and by which shortest way.
//!
//! Columns lead to columns. Where only datasets are known to hang together, the walk goes on from
//! dataset to dataset, and says "may". Each node is reached once, at the worst level at which it can
//! be, by a shortest way of that level. Where a change begins is in [`start`], how it goes on from what
//! is reached in [`step`].

mod start;
mod step;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use ahash::{HashMap, HashSet};

use super::net::Net;
use super::{Change, ChangeSet, Kind};

/// What is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Node {
    Column(u32),
    Dataset(u32),
    /// A job, model or consumer.
    Who(u32),
}

/// How it is affected, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    Breaks,
    Unknown,
    MayBreak,
    Value,
    /// It is changed in the same change set and does not read it any more.
    Handled,
}

/// A node and how it was reached.
#[derive(Debug, Clone, Copy)]
pub struct Reached {
    pub node: Node,
    pub level: Level,
    /// Hops from what is changed.
    pub depth: u32,
    /// The node before, by place.
    pub before: Option<usize>,
    /// The flow that leads here.
    pub flow: Option<u32>,
    pub indirect: bool,
    /// A dataset that is affected as a whole, and not in some of its columns.
    pub whole: bool,
}

/// How a node is reached from the one before.
#[derive(Debug, Clone, Copy, Default)]
struct By {
    flow: Option<u32>,
    indirect: bool,
    whole: bool,
}

impl By {
    fn flow(flow: u32) -> Self {
        Self {
            flow: Some(flow),
            ..Self::default()
        }
    }

    /// What is changed itself.
    fn change() -> Self {
        Self {
            whole: true,
            ..Self::default()
        }
    }
}

/// How a change acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Whoever reads it fails.
    Break,
    /// Whoever reads it fails unless it takes the new type.
    Retype,
    /// Whoever reads it gets other values.
    Value,
}

/// What the changes of a set touch themselves.
pub struct Touched {
    columns: HashSet<u32>,
    datasets: HashSet<u32>,
    adapted: HashSet<u32>,
}

impl Touched {
    /// Columns and datasets that changes are about, and jobs that are adapted.
    pub fn new(net: &Net, set: &ChangeSet) -> Self {
        let (mut columns, mut datasets) = (HashSet::default(), HashSet::default());
        for change in &set.changes {
            let Some(dataset) = net.find(&change.of) else {
                continue;
            };
            match change.kind.column() {
                Some(column) => columns.extend(net.find_column(dataset, column)),
                None => _ = datasets.insert(dataset),
            }
        }
        let flows = set.adapted.iter().filter_map(|job| net.of_job.get(job));
        Self {
            columns,
            datasets,
            adapted: flows.flatten().copied().collect(),
        }
    }

    fn column(&self, net: &Net, column: u32) -> bool {
        self.columns.contains(&column) || self.datasets.contains(&net.columns[column as usize].0)
    }
}

/// Everything that a change reaches; what it is about comes first.
pub fn walk(net: &Net, touched: &Touched, change: &Change) -> Vec<Reached> {
    let mode = match &change.kind {
        Kind::ColumnRetyped(.., false) => Mode::Retype,
        Kind::ColumnRetyped(.., true)
        | Kind::ColumnNullable(_)
        | Kind::ColumnRederived(_)
        | Kind::RowsChanged
        | Kind::Materialization(..)
        | Kind::JobChanged => Mode::Value,
        _ => Mode::Break,
    };
    let mut walker = Walker {
        net,
        touched,
        mode,
        queue: BinaryHeap::new(),
        waiting: Vec::new(),
        seen: HashMap::default(),
        bounds: HashSet::default(),
        found: Vec::new(),
    };
    walker.start(change);
    walker.run();
    walker.found
}

struct Walker<'n> {
    net: &'n Net,
    touched: &'n Touched,
    mode: Mode,
    queue: BinaryHeap<Reverse<(Level, u32, usize)>>,
    waiting: Vec<Reached>,
    seen: HashMap<Node, usize>,
    /// Datasets whose flows without columns were gone over, by level.
    bounds: HashSet<(u32, Level)>,
    found: Vec<Reached>,
}

impl Walker<'_> {
    fn take(&mut self, reached: Reached) -> Option<usize> {
        let place = self.found.len();
        if let std::collections::hash_map::Entry::Vacant(vacant) = self.seen.entry(reached.node) {
            vacant.insert(place);
            self.found.push(reached);
            return Some(place);
        }
        None
    }

    fn run(&mut self) {
        while let Some(Reverse((.., at))) = self.queue.pop() {
            let reached = self.waiting[at];
            let Some(place) = self.take(reached) else {
                continue;
            };
            match reached.node {
                Node::Column(column) => self.leave_column(column, reached, place),
                Node::Dataset(dataset) => self.leave_dataset(dataset, reached, place),
                Node::Who(_) => {}
            }
        }
    }

    fn push(&mut self, node: Node, level: Level, depth: u32, before: Option<usize>, by: By) {
        if self.seen.contains_key(&node) {
            return;
        }
        let at = self.waiting.len();
        self.waiting.push(Reached {
            node,
            level,
            depth,
            before,
            flow: by.flow,
            indirect: by.indirect,
            whole: by.whole,
        });
        self.queue.push(Reverse((level, depth, at)));
    }
}

/// The places from what is changed to a place, in order.
pub fn way(found: &[Reached], place: usize) -> Vec<usize> {
    let mut way = vec![place];
    let mut at = place;
    while let Some(before) = found.get(at).and_then(|reached| reached.before) {
        if way.len() > found.len() {
            break;
        }
        way.push(before);
        at = before;
    }
    way.reverse();
    way
}
