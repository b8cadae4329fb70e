//! Who is made from whom, as flat rows: rules look at all of it, and the graph of the server is made
//! for walks that begin at one place.

use crate::graph::Graph;

/// Rows of numbers by number.
#[derive(Debug, Default)]
pub struct Rows {
    offsets: Vec<usize>,
    entries: Vec<u32>,
}

impl Rows {
    fn push(&mut self, row: &[u32]) {
        if self.offsets.is_empty() {
            self.offsets.push(0);
        }
        self.entries.extend_from_slice(row);
        self.offsets.push(self.entries.len());
    }

    /// The entries of a number; none when it is beyond the last.
    pub fn row(&self, at: u32) -> &[u32] {
        let at = at as usize;
        match (self.offsets.get(at), self.offsets.get(at + 1)) {
            (Some(&from), Some(&to)) => &self.entries[from..to],
            _ => &[],
        }
    }
}

/// The flows of a graph.
#[derive(Debug, Default)]
pub struct Links {
    /// Flows that write a dataset.
    pub into: Rows,
    /// Flows that read a dataset.
    pub from: Rows,
    /// Datasets that a flow reads.
    pub inputs: Rows,
    /// Datasets that a flow writes.
    pub outputs: Rows,
    /// Flows of a job.
    pub of_job: Rows,
    /// The job of a flow.
    pub job: Vec<Option<u32>>,
    /// What a flow says was told, not inferred.
    pub told: Vec<bool>,
}

impl Links {
    /// Of `datasets` datasets and `jobs` jobs.
    pub fn new(graph: &Graph, datasets: u32, jobs: u32) -> Self {
        let mut links = Self::default();
        let mut flows = 0;
        for dataset in 0..datasets {
            let into = graph.flows_into(dataset);
            let from = graph.flows_from(dataset);
            let last = into.iter().chain(&from).max();
            flows = flows.max(last.map_or(0, |last| last + 1));
            links.into.push(&into);
            links.from.push(&from);
        }
        for job in 0..jobs {
            links.of_job.push(&graph.flows_of(job));
        }
        for flow in 0..flows {
            links.inputs.push(&graph.flow_inputs(flow));
            links.outputs.push(&graph.flow_outputs(flow));
            links.job.push(graph.job_of(flow));
            links.told.push(graph.is_told(flow));
        }
        links
    }

    /// The job of a flow.
    pub fn job_of(&self, flow: u32) -> Option<u32> {
        self.job.get(flow as usize).copied().flatten()
    }

    /// Whether what a flow says was told.
    pub fn is_told(&self, flow: u32) -> bool {
        self.told.get(flow as usize).copied().unwrap_or_default()
    }

    /// Each dataset that one is made from, with the flow that says so; one for each flow.
    pub fn made_from(&self, output: u32) -> impl Iterator<Item = (u32, u32)> + '_ {
        let flows = self.into.row(output).iter();
        flows.flat_map(|&flow| {
            self.inputs
                .row(flow)
                .iter()
                .map(move |&input| (input, flow))
        })
    }

    /// Each dataset that is made from one, with the flow that says so; one for each flow.
    pub fn made_into(&self, input: u32) -> impl Iterator<Item = (u32, u32)> + '_ {
        let flows = self.from.row(input).iter();
        flows.flat_map(|&flow| {
            self.outputs
                .row(flow)
                .iter()
                .map(move |&output| (output, flow))
        })
    }
}
