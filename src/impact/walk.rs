//! Walking one change over the net: who is reached, how surely, and by which shortest way.
//!
//! Columns lead to columns. Where only datasets are known to hang together, the walk goes on from
//! dataset to dataset, and says "may". Each node is reached once, at the worst level at which it can
//! be, by a shortest way of that level.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use ahash::{HashMap, HashSet};

use super::net::{Edge, Flow, Net, When};
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
    fn start(&mut self, change: &Change) {
        let level = match self.mode {
            Mode::Value => Level::Value,
            Mode::Break | Mode::Retype => Level::Breaks,
        };
        if change.kind.is_of_job() {
            for &flow in self.net.of_job.get(&change.of).into_iter().flatten() {
                for &output in &self.net.flows[flow as usize].outputs {
                    self.push(
                        Node::Dataset(output),
                        level,
                        1,
                        None,
                        By {
                            flow: Some(flow),
                            ..By::change()
                        },
                    );
                }
            }
            return;
        }
        let Some(dataset) = self.net.find(&change.of) else {
            return;
        };
        match &change.kind {
            Kind::ColumnRemoved(column)
            | Kind::ColumnRenamed(column, _)
            | Kind::ColumnRetyped(column, ..)
            | Kind::ColumnNullable(column)
            | Kind::ColumnRederived(column) => match self.net.find_column(dataset, column) {
                Some(column) => self.push(Node::Column(column), level, 0, None, By::change()),
                // No edge names it; who reads the dataset without telling columns may read it.
                None => self.readers_without_columns(dataset, level, 0, None),
            },
            Kind::RowsChanged
            | Kind::Materialization(..)
            | Kind::DatasetRemoved
            | Kind::DatasetRenamed(_) => {
                self.push(Node::Dataset(dataset), level, 0, None, By::change())
            }
            Kind::ColumnRequired(_) => self.writers(dataset),
            Kind::ColumnsReordered => {
                self.readers_without_columns(dataset, Level::Breaks, 0, None);
                self.stop_here();
            }
            Kind::AccessNarrowed(..) | Kind::ContractDropped => {
                let level = if change.kind == Kind::ContractDropped {
                    Level::Value
                } else {
                    Level::MayBreak
                };
                self.readers_outside(dataset, level);
                self.stop_here();
            }
            Kind::ColumnAdded(_) | Kind::DatasetAdded | Kind::JobRemoved | Kind::JobChanged => {}
        }
    }

    /// Takes what waits as found, without going on from there.
    fn stop_here(&mut self) {
        while let Some(Reverse((.., at))) = self.queue.pop() {
            self.take(self.waiting[at]);
        }
    }

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

    /// What the reader by a flow comes to, when what it reads is at a level; `None` when it is not
    /// affected by it.
    fn step(&self, flow: u32, level: Level) -> Option<Level> {
        let held = &self.net.flows[flow as usize];
        let level = if held.tests {
            self.tested(held, level)?
        } else {
            level
        };
        let adapted = level != Level::Value && self.touched.adapted.contains(&flow);
        let takes_it = self.mode == Mode::Retype && self.is_built(held);
        match held.when {
            // What is handled is followed within the code alone.
            When::Observed | When::Head if level == Level::Handled => None,
            When::Observed if adapted => Some(Level::Handled),
            When::Head if takes_it => Some(Level::Value),
            When::Observed | When::Head => Some(level),
            When::Base if level == Level::Value => None,
            When::Base => Some(Level::Handled),
        }
    }

    /// A test minds no other values. Another type it may not be able to take, unless what it tests
    /// was built with it.
    fn tested(&self, flow: &Flow, level: Level) -> Option<Level> {
        if level == Level::Value {
            return None;
        }
        if self.mode != Mode::Retype || level != Level::Breaks {
            return Some(level);
        }
        let built = flow.inputs.iter().all(|input| self.was_built(*input));
        (!built).then_some(Level::MayBreak)
    }

    fn was_built(&self, dataset: u32) -> bool {
        let model = self.net.datasets[dataset as usize].model;
        model.is_some_and(|model| self.net.built.contains(&model))
    }

    fn is_built(&self, flow: &Flow) -> bool {
        let built = |&output: &u32| self.was_built(output);
        !flow.outputs.is_empty() && flow.outputs.iter().all(built)
    }

    fn leave_column(&mut self, column: u32, reached: Reached, place: usize) {
        let net = self.net;
        let own = net.columns[column as usize].0;
        if reached.level == Level::Handled && !self.touched.column(net, column) {
            return;
        }
        for edge in &net.edges[column as usize] {
            let Some(level) = self.step(edge.flow, reached.level) else {
                continue;
            };
            self.follow(edge, level, reached.depth + 1, place);
        }
        if reached.level != Level::Handled {
            self.readers_without_columns(own, reached.level, reached.depth, Some(place));
        }
    }

    fn follow(&mut self, edge: &Edge, level: Level, depth: u32, place: usize) {
        let by = By {
            flow: Some(edge.flow),
            indirect: edge.indirect,
            whole: false,
        };
        if let Some(who) = self.net.flows[edge.flow as usize].who {
            self.push(Node::Who(who), level, depth, Some(place), by);
        }
        if let Some(column) = edge.column {
            return self.push(Node::Column(column), level, depth, Some(place), by);
        }
        let Some(dataset) = edge.dataset else { return };
        let columns = &self.net.datasets[dataset as usize].columns;
        if columns.is_empty() {
            return self.push(Node::Dataset(dataset), level, depth, Some(place), by);
        }
        for &column in columns {
            self.push(Node::Column(column), level, depth, Some(place), by);
        }
    }

    /// Who reads a dataset without telling which columns.
    fn readers_without_columns(
        &mut self,
        dataset: u32,
        level: Level,
        depth: u32,
        place: Option<usize>,
    ) {
        if !self.bounds.insert((dataset, level)) {
            return;
        }
        let net = self.net;
        let flows = &net.read_by[dataset as usize];
        let told: HashSet<(Option<u32>, u32)> = flows
            .iter()
            .map(|&flow| &net.flows[flow as usize])
            .filter(|flow| flow.columns_told && flow.when == When::Observed)
            .flat_map(|flow| flow.outputs.iter().map(move |&output| (flow.who, output)))
            .collect();
        for &id in flows {
            let flow = &net.flows[id as usize];
            if flow.links_only || (flow.columns_told && !flow.gaps) {
                continue;
            }
            let may = if flow.gaps {
                Level::Unknown
            } else {
                Level::MayBreak
            };
            let lowered = match level {
                Level::Breaks => may,
                level => level,
            };
            let Some(level) = self.step(id, lowered) else {
                continue;
            };
            if level == Level::Handled && flow.gaps {
                continue;
            }
            let outputs: Vec<u32> = flow
                .outputs
                .iter()
                .copied()
                .filter(|&output| !told.contains(&(flow.who, output)))
                .collect();
            if outputs.is_empty() && !flow.outputs.is_empty() {
                continue;
            }
            let by = By::flow(id);
            if let Some(who) = flow.who {
                self.push(Node::Who(who), level, depth + 1, place, by);
            }
            for output in outputs {
                self.push(Node::Dataset(output), level, depth + 1, place, by);
            }
        }
    }

    /// From a dataset of which all, or something that is not known, is affected.
    fn leave_dataset(&mut self, dataset: u32, reached: Reached, place: usize) {
        let net = self.net;
        let by = By {
            flow: reached.flow,
            ..By::default()
        };
        if reached.whole && reached.level != Level::Handled {
            for &column in &net.datasets[dataset as usize].columns {
                self.push(
                    Node::Column(column),
                    reached.level,
                    reached.depth,
                    Some(place),
                    by,
                );
            }
        }
        if reached.level == Level::Handled && !self.touched.datasets.contains(&dataset) {
            return;
        }
        for &id in &net.read_by[dataset as usize] {
            let flow = &net.flows[id as usize];
            let Some(level) = self.step(id, reached.level) else {
                continue;
            };
            let by = By::flow(id);
            if let Some(who) = flow.who {
                self.push(Node::Who(who), level, reached.depth + 1, Some(place), by);
            }
            if flow.links_only {
                continue;
            }
            // Values are other ones in the columns that are reached by their edges.
            if level == Level::Value && reached.whole && flow.columns_told && !flow.gaps {
                continue;
            }
            // Who reads what is gone fails, and nothing that it writes is made. Further on it is
            // known of datasets alone.
            let fails = reached.whole && reached.before.is_none() && level == Level::Breaks;
            let level = if level == Level::Breaks && !fails {
                Level::MayBreak
            } else {
                level
            };
            let by = By { whole: fails, ..by };
            for &output in &flow.outputs {
                self.push(
                    Node::Dataset(output),
                    level,
                    reached.depth + 1,
                    Some(place),
                    by,
                );
            }
        }
    }

    /// Who writes a dataset, and is not changed along with it.
    fn writers(&mut self, dataset: u32) {
        for &id in &self.net.written_by[dataset as usize] {
            let flow = &self.net.flows[id as usize];
            if flow.when == When::Observed
                && !self.touched.adapted.contains(&id)
                && let Some(who) = flow.who
            {
                let by = By::flow(id);
                self.push(Node::Who(who), Level::MayBreak, 1, None, by);
            }
        }
        self.stop_here();
    }

    /// Who reads a dataset and is not part of the code.
    fn readers_outside(&mut self, dataset: u32, level: Level) {
        for &id in &self.net.read_by[dataset as usize] {
            let flow = &self.net.flows[id as usize];
            if flow.when != When::Observed || flow.links_only {
                continue;
            }
            let by = By::flow(id);
            if let Some(who) = flow.who {
                self.push(Node::Who(who), level, 1, None, by);
            }
            for &output in &flow.outputs {
                self.push(Node::Dataset(output), level, 1, None, by);
            }
        }
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
