//! One immutable state of the graph, and the changes that lead to the next.

use std::sync::Arc;

use super::adjacency::Adjacency;
use super::columns::{ColumnRef, ColumnSpace, WHOLE_DATASET};

/// An assertion that `outputs` are made from `inputs`; either side may be empty (a dashboard has no
/// outputs, a generator no inputs).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    /// Dense number of the assertion.
    pub id: u32,
    /// The job that asserts it; `None` for lineage declared on a dataset alone.
    pub job: Option<u32>,
    /// Told by column lineage, as opposed to inferred from inputs × outputs.
    pub declared: bool,
    /// Told outright, dataset by dataset: nothing is inferred, but its columns are not known by it.
    pub explicit: bool,
    /// Datasets read.
    pub inputs: Vec<u32>,
    /// Datasets written.
    pub outputs: Vec<u32>,
}

/// A column-level edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ColumnLink {
    /// Upstream column.
    pub from: ColumnRef,
    /// Downstream column, or the pseudo column of its dataset.
    pub to: ColumnRef,
    /// Used in a join, filter, sort… rather than for the value.
    pub indirect: bool,
}

/// One step from a state of the graph to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GraphChange {
    /// A flow became current.
    AddFlow(Flow),
    /// A flow is no longer current.
    RemoveFlow(Flow),
    /// A column edge became current.
    AddLink(ColumnLink),
    /// No current assertion holds a column edge any more.
    RemoveLink(ColumnLink),
    /// A column was seen for the first time, or is seen again.
    AddColumn(ColumnRef),
    /// A dataset has a column no more; nothing is linked to it.
    RemoveColumn(ColumnRef),
}

/// No job: the flow was declared on a dataset.
const NO_JOB: u32 = u32::MAX >> 2;

/// A state of the graph. Clones share everything; readers keep theirs while writers go on.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    /// The last event this state has seen.
    pub applied_seq: u64,
    pub(super) reads: Adjacency,
    pub(super) inputs: Adjacency,
    pub(super) writes: Adjacency,
    pub(super) written_by: Adjacency,
    pub(super) job_flows: Adjacency,
    owners: Arc<Vec<u32>>,
    added_owners: imbl::HashMap<u32, u32>,
    pub(super) space: ColumnSpace,
    pub(super) forward: Adjacency,
    pub(super) backward: Adjacency,
    datasets: usize,
}

impl Graph {
    /// Builds a state from scratch. `columns[d]` is how many columns dataset d has.
    pub fn build(columns: &[u32], flows: &[Flow], links: &[ColumnLink]) -> Self {
        let datasets = columns.len();
        let space = ColumnSpace::build(columns);
        let flow_count = flows
            .iter()
            .map(|f| f.id as usize + 1)
            .max()
            .unwrap_or_default();
        let job_count = flows
            .iter()
            .filter_map(|f| f.job)
            .max()
            .map_or(0, |j| j as usize + 1);
        let mut owners = vec![NO_JOB << 2; flow_count];
        let (mut reads, mut inputs, mut writes, mut written_by, mut job_flows) =
            (vec![], vec![], vec![], vec![], vec![]);
        for flow in flows {
            owners[flow.id as usize] = owner(flow);
            reads.extend(flow.inputs.iter().map(|&d| (d, flow.id, false)));
            inputs.extend(flow.inputs.iter().map(|&d| (flow.id, d, false)));
            writes.extend(flow.outputs.iter().map(|&d| (flow.id, d, false)));
            written_by.extend(flow.outputs.iter().map(|&d| (d, flow.id, false)));
            job_flows.extend(flow.job.map(|j| (j, flow.id, false)));
        }
        let numbered = links.iter().filter_map(|link| {
            Some((
                space.number(link.from)?,
                space.number(link.to)?,
                link.indirect,
            ))
        });
        let forward: Vec<_> = numbered.collect();
        let backward = forward
            .iter()
            .map(|&(from, to, mark)| (to, from, mark))
            .collect();
        let nodes = space.len();
        Self {
            applied_seq: 0,
            reads: Adjacency::build(datasets, reads),
            inputs: Adjacency::build(flow_count, inputs),
            writes: Adjacency::build(flow_count, writes),
            written_by: Adjacency::build(datasets, written_by),
            job_flows: Adjacency::build(job_count, job_flows),
            owners: Arc::new(owners),
            added_owners: imbl::HashMap::default(),
            forward: Adjacency::build(nodes, forward),
            backward: Adjacency::build(nodes, backward),
            space,
            datasets,
        }
    }

    /// Makes one change.
    pub fn apply(&mut self, change: &GraphChange) {
        match change {
            GraphChange::AddFlow(flow) => self.add_flow(flow),
            GraphChange::RemoveFlow(flow) => self.remove_flow(flow),
            GraphChange::AddLink(link) => {
                let (from, to) = (self.number(link.from), self.number(link.to));
                self.forward.add(from, to, link.indirect);
                self.backward.add(to, from, link.indirect);
            }
            GraphChange::RemoveLink(link) => {
                let (from, to) = (self.number(link.from), self.number(link.to));
                self.forward.remove(from, to, link.indirect);
                self.backward.remove(to, from, link.indirect);
            }
            GraphChange::AddColumn(column) => {
                let number = self.number(*column);
                self.space.show(number);
            }
            GraphChange::RemoveColumn(column) => {
                let number = self.number(*column);
                self.space.hide(number);
            }
        }
    }

    /// Leaves columns out of what a whole dataset stands for: as of an earlier time it did not have
    /// them yet.
    pub fn leave_out_columns(&mut self, columns: impl Iterator<Item = ColumnRef>) {
        self.space.leave_out(columns);
    }

    fn number(&mut self, column: ColumnRef) -> u32 {
        self.datasets = self.datasets.max(column.dataset as usize + 1);
        self.space.number_or_add(column)
    }

    fn add_flow(&mut self, flow: &Flow) {
        self.added_owners.insert(flow.id, owner(flow));
        for &dataset in &flow.inputs {
            self.reads.add(dataset, flow.id, false);
            self.inputs.add(flow.id, dataset, false);
            self.datasets = self.datasets.max(dataset as usize + 1);
        }
        for &dataset in &flow.outputs {
            self.writes.add(flow.id, dataset, false);
            self.written_by.add(dataset, flow.id, false);
            self.datasets = self.datasets.max(dataset as usize + 1);
        }
        if let Some(job) = flow.job {
            self.job_flows.add(job, flow.id, false);
        }
    }

    fn remove_flow(&mut self, flow: &Flow) {
        for &dataset in &flow.inputs {
            self.reads.remove(dataset, flow.id, false);
            self.inputs.remove(flow.id, dataset, false);
        }
        for &dataset in &flow.outputs {
            self.writes.remove(flow.id, dataset, false);
            self.written_by.remove(dataset, flow.id, false);
        }
        if let Some(job) = flow.job {
            self.job_flows.remove(job, flow.id, false);
        }
    }

    fn owner(&self, flow: u32) -> u32 {
        let added = if self.added_owners.is_empty() {
            None
        } else {
            self.added_owners.get(&flow)
        };
        let base = || self.owners.get(flow as usize);
        added.or_else(base).copied().unwrap_or(NO_JOB << 2)
    }

    /// The job that asserts a flow.
    pub fn job_of(&self, flow: u32) -> Option<u32> {
        let job = self.owner(flow) >> 2;
        (job != NO_JOB).then_some(job)
    }

    /// Whether a flow was told by column lineage.
    pub fn is_declared(&self, flow: u32) -> bool {
        self.owner(flow) & 1 == 1
    }

    fn is_explicit(&self, flow: u32) -> bool {
        self.owner(flow) & 2 == 2
    }

    /// Whether the edges of a flow are what its producer said. They are when a lineage facet told
    /// them, with columns or without, and when the flow has only inputs or only outputs (a dashboard, a generator): "this job
    /// reads that dataset" is the statement itself. Only where both sides are known is it inferred
    /// that each output is made from each input.
    pub fn is_told(&self, flow: u32) -> bool {
        self.is_declared(flow)
            || self.is_explicit(flow)
            || self.inputs.degree(flow) == 0
            || self.writes.degree(flow) == 0
    }

    /// Current flows that write a dataset.
    pub fn flows_into(&self, dataset: u32) -> Vec<u32> {
        row(&self.written_by, dataset)
    }

    /// Current flows that read a dataset.
    pub fn flows_from(&self, dataset: u32) -> Vec<u32> {
        row(&self.reads, dataset)
    }

    /// Current flows of a job.
    pub fn flows_of(&self, job: u32) -> Vec<u32> {
        row(&self.job_flows, job)
    }

    /// Datasets that a flow reads.
    pub fn flow_inputs(&self, flow: u32) -> Vec<u32> {
        row(&self.inputs, flow)
    }

    /// Datasets that a flow writes.
    pub fn flow_outputs(&self, flow: u32) -> Vec<u32> {
        row(&self.writes, flow)
    }

    /// How many columns feed a column, and how many it feeds, one hop each.
    pub fn column_degrees(&self, column: ColumnRef) -> (usize, usize) {
        let Some(number) = self.space.number(column) else {
            return (0, 0);
        };
        let whole = ColumnRef {
            ordinal: WHOLE_DATASET,
            ..column
        };
        let (mut up, mut down) = (ahash::HashSet::default(), ahash::HashSet::default());
        self.backward.each(number, |from, _| _ = up.insert(from));
        if let Some(whole) = self.space.number(whole) {
            self.backward.each(whole, |from, _| _ = up.insert(from));
        }
        self.forward.each(number, |to, _| {
            let target = self.space.column(to);
            if target.ordinal == WHOLE_DATASET {
                down.extend(self.space.columns_of(target.dataset));
            } else {
                down.insert(to);
            }
        });
        (up.len(), down.len())
    }

    /// Changes since the base was built; compact when this grows past a share of the whole.
    pub fn delta(&self) -> usize {
        let rows = [&self.reads, &self.writes, &self.forward];
        rows.iter().map(|r| r.delta()).sum::<usize>() + self.space.delta() + self.added_owners.len()
    }

    /// How many column edges there are, by the base: those added since are not counted.
    pub fn column_links(&self) -> usize {
        self.forward.base_entries()
    }

    /// Bytes of the compressed rows.
    pub fn base_bytes(&self) -> usize {
        let rows = [
            &self.reads,
            &self.inputs,
            &self.writes,
            &self.written_by,
            &self.job_flows,
            &self.forward,
            &self.backward,
        ];
        rows.iter().map(|r| r.base_bytes()).sum::<usize>() + self.owners.len() * size_of::<u32>()
    }

    /// The same graph with an empty delta.
    #[must_use]
    pub fn compacted(&self) -> Self {
        let mut columns = vec![0_u32; self.datasets];
        for number in 0..u32::try_from(self.space.len()).unwrap_or(u32::MAX) {
            let column = self.space.column(number);
            if let Some(count) = columns.get_mut(column.dataset as usize) {
                *count = (*count).max(column.ordinal);
            }
        }
        let added = self
            .added_owners
            .keys()
            .max()
            .map_or(0, |&f| f as usize + 1);
        let flow_count = self.owners.len().max(added);
        let mut flows = Vec::new();
        for id in 0..u32::try_from(flow_count).unwrap_or(u32::MAX) {
            let (inputs, outputs) = (self.flow_inputs(id), self.flow_outputs(id));
            if inputs.is_empty() && outputs.is_empty() {
                continue;
            }
            let (job, declared) = (self.job_of(id), self.is_declared(id));
            let explicit = self.is_explicit(id);
            flows.push(Flow {
                id,
                job,
                declared,
                explicit,
                inputs,
                outputs,
            });
        }
        let mut links = Vec::new();
        for number in 0..u32::try_from(self.space.len()).unwrap_or(u32::MAX) {
            let from = self.space.column(number);
            self.forward.each(number, |to, indirect| {
                links.push(ColumnLink {
                    from,
                    to: self.space.column(to),
                    indirect,
                });
            });
        }
        let mut graph = Self::build(&columns, &flows, &links);
        for column in self.space.hidden() {
            graph.apply(&GraphChange::RemoveColumn(column));
        }
        graph.applied_seq = self.applied_seq;
        graph
    }
}

fn owner(flow: &Flow) -> u32 {
    (flow.job.unwrap_or(NO_JOB) << 2) | (u32::from(flow.explicit) << 1) | u32::from(flow.declared)
}

fn row(adjacency: &Adjacency, node: u32) -> Vec<u32> {
    let mut row = Vec::new();
    adjacency.each(node, |to, _| row.push(to));
    row
}
