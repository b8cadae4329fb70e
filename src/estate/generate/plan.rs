//! The graph of an estate before any event: which datasets there are, how many
//! columns each has, and what each is made from. Small enough to hold; columns
//! and their edges are derived from it when they are written.

use super::names;
use super::sample::Sample;
use super::spec::{GenerateSpec, Shape};

/// The stream of choices for the plan; those of the jobs begin above.
const PLAN_STREAM: u64 = 0;

/// What kind of data a dataset holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layer {
    Raw,
    Staging,
    Intermediate,
    Mart,
}

impl Layer {
    /// The value of the `layer` tag.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Staging => "staging",
            Self::Intermediate => "intermediate",
            Self::Mart => "mart",
        }
    }

    fn prefix(self) -> &'static str {
        match self {
            Self::Raw => "raw.landing.raw_",
            Self::Staging => "analytics.staging.stg_",
            Self::Intermediate => "analytics.intermediate.int_",
            Self::Mart => "analytics.marts.fct_",
        }
    }
}

/// One dataset and the job that makes it, if it has inputs.
#[derive(Debug)]
pub(super) struct Planned {
    pub(super) namespace: &'static str,
    pub(super) name: String,
    pub(super) domain: &'static str,
    pub(super) layer: Layer,
    pub(super) columns: u32,
    /// Where its walk over the column names begins.
    pub(super) first_name: u32,
    /// Indexes of datasets, each once.
    pub(super) inputs: Vec<u32>,
}

/// The graph. Dataset 0 is the hub.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) datasets: Vec<Planned>,
    /// The datasets that each consumer reads.
    pub(super) consumers: Vec<Vec<u32>>,
}

impl Plan {
    /// The graph for a checked spec.
    pub(super) fn new(spec: &GenerateSpec) -> Self {
        let mut maker = Maker {
            spec,
            sample: Sample::new(spec.seed, PLAN_STREAM),
            datasets: Vec::with_capacity(spec.datasets as usize),
            made: [0; 4],
        };
        let levels = maker.levels();
        maker.chains();
        maker.cycles();
        maker.wide_tables();
        let consumers = maker.consumers(&levels);
        Self {
            datasets: maker.datasets,
            consumers,
        }
    }

    /// The datasets that a job makes.
    pub(super) fn jobs(&self) -> Vec<u32> {
        let made = (0_u32..).zip(&self.datasets);
        let made = made.filter(|(_, dataset)| !dataset.inputs.is_empty());
        made.map(|(index, _)| index).collect()
    }
}

/// The datasets `start..end`.
#[derive(Clone, Copy, Debug)]
struct Level {
    start: u32,
    end: u32,
}

impl Level {
    fn len(self) -> u32 {
        self.end - self.start
    }
}

struct Maker<'a> {
    spec: &'a GenerateSpec,
    sample: Sample,
    datasets: Vec<Planned>,
    /// Datasets made of each layer.
    made: [u32; 4],
}

impl Maker<'_> {
    fn next_index(&self) -> u32 {
        u32::try_from(self.datasets.len()).unwrap_or(u32::MAX)
    }

    fn levels(&mut self) -> Vec<Level> {
        let mut levels: Vec<Level> = Vec::new();
        for (level, size) in self.sizes().into_iter().enumerate() {
            let start = self.next_index();
            let layer = self.layer(level);
            for _ in 0..size {
                let inputs = match self.spec.shape {
                    Shape::Skewed => self.skewed_inputs(&levels),
                    Shape::Layered { inputs } => self.layered_inputs(&levels, inputs),
                };
                self.add(layer, inputs);
            }
            levels.push(Level {
                start,
                end: start + size,
            });
        }
        levels
    }

    /// How many datasets each level has.
    fn sizes(&self) -> Vec<u32> {
        let layers = self.spec.layers;
        let all = self.spec.datasets - self.spec.chains * self.spec.chain_length;
        let equal = |all: u32, parts: u32| -> Vec<u32> {
            let more = all % parts;
            (0..parts)
                .map(|part| all / parts + u32::from(part < more))
                .collect()
        };
        if let Shape::Layered { .. } = self.spec.shape {
            return equal(all, layers);
        }
        let broad = all / 10 * 3;
        let marts = all / 8;
        let mut sizes = vec![broad, broad];
        sizes.extend(equal(all - 2 * broad - marts, layers - 3));
        sizes.push(marts);
        sizes
    }

    fn layer(&self, level: usize) -> Layer {
        let last = self.spec.layers as usize - 1;
        match level {
            0 => Layer::Raw,
            1 if last > 1 => Layer::Staging,
            level if level == last => Layer::Mart,
            _ => Layer::Intermediate,
        }
    }

    fn add(&mut self, layer: Layer, inputs: Vec<u32>) {
        let nth = self.made[layer as usize];
        self.made[layer as usize] += 1;
        let (domain, table) = names::table(nth);
        let namespace = match (layer, nth % 4) {
            (Layer::Raw, 0) => "postgres://erp-db.example:5432",
            (Layer::Raw, 1) => "s3://example-lake",
            _ => "snowflake://example-prod",
        };
        let mean = self.spec.columns;
        let columns = match self.spec.shape {
            Shape::Layered { .. } => mean,
            Shape::Skewed => 1 + self.sample.below(mean) + self.sample.below(mean),
        };
        let first_name = self.sample.below(u32::MAX);
        self.datasets.push(Planned {
            namespace,
            name: format!("{}{table}", layer.prefix()),
            domain,
            layer,
            columns,
            first_name,
            inputs,
        });
    }

    fn layered_inputs(&mut self, levels: &[Level], inputs: u32) -> Vec<u32> {
        let Some(before) = levels.last() else {
            return Vec::new();
        };
        let mut chosen = Vec::with_capacity(inputs as usize);
        if levels.len() == 1 && self.sample.per_mille(self.spec.hub_readers_per_mille) {
            chosen.push(0);
        }
        while chosen.len() < inputs as usize {
            let input = before.start + self.sample.below(before.len());
            if !chosen.contains(&input) {
                chosen.push(input);
            }
        }
        chosen
    }

    fn skewed_inputs(&mut self, levels: &[Level]) -> Vec<u32> {
        let Some(before) = levels.last() else {
            return Vec::new();
        };
        // Staging cleans one or two sources; what comes later joins more.
        let (most, more) = if levels.len() == 1 { (2, 0) } else { (24, 2) };
        let mut chosen = Vec::new();
        for _ in 0..self.sample.pareto(most) + self.sample.below(more) {
            let level = if self.sample.per_mille(800) {
                *before
            } else {
                levels[self.sample.below(u32::try_from(levels.len()).unwrap_or(1)) as usize]
            };
            let input = level.start + self.sample.skewed_below(level.len());
            if !chosen.contains(&input) {
                chosen.push(input);
            }
        }
        if self.sample.per_mille(self.spec.hub_readers_per_mille) && !chosen.contains(&0) {
            chosen.push(0);
        }
        chosen
    }

    fn chains(&mut self) {
        for _ in 0..self.spec.chains {
            let mut before = self.sample.below(self.next_index());
            for _ in 0..self.spec.chain_length {
                let next = self.next_index();
                self.add(Layer::Intermediate, vec![before]);
                before = next;
            }
        }
    }

    /// Closes loops: one over a dataset itself, the others over up to four.
    fn cycles(&mut self) {
        for nth in 0..self.spec.cycles {
            let end = self.any_made();
            let mut begin = end;
            let hops = if nth == 0 {
                0
            } else {
                1 + self.sample.below(3)
            };
            for _ in 0..hops {
                let inputs = &self.datasets[begin as usize].inputs;
                let made = inputs
                    .iter()
                    .find(|input| !self.datasets[**input as usize].inputs.is_empty());
                let Some(&above) = made else { break };
                begin = above;
            }
            let inputs = &mut self.datasets[begin as usize].inputs;
            if !inputs.contains(&end) {
                inputs.push(end);
            }
        }
    }

    /// A dataset that has inputs.
    fn any_made(&mut self) -> u32 {
        loop {
            let index = self.sample.below(self.next_index());
            if !self.datasets[index as usize].inputs.is_empty() {
                return index;
            }
        }
    }

    fn wide_tables(&mut self) {
        let least = self.spec.widest.min(200);
        for nth in 0..self.spec.wide_tables {
            // Never the hub, which all would have to read.
            let index = 1 + self.sample.below(self.next_index() - 1);
            let columns = (self.spec.widest / (nth + 1)).max(least);
            let dataset = &mut self.datasets[index as usize];
            dataset.columns = dataset.columns.max(columns);
        }
    }

    fn consumers(&mut self, levels: &[Level]) -> Vec<Vec<u32>> {
        let [_, staging, .., marts] = levels else {
            return Vec::new();
        };
        let (staging, marts) = (*staging, *marts);
        let mut consumers = Vec::with_capacity(self.spec.consumers as usize);
        for _ in 0..self.spec.consumers {
            let mut reads = Vec::new();
            for _ in 0..self.sample.pareto(8) {
                let level = if self.sample.per_mille(50) {
                    staging
                } else {
                    marts
                };
                let read = level.start + self.sample.skewed_below(level.len());
                if !reads.contains(&read) {
                    reads.push(read);
                }
            }
            consumers.push(reads);
        }
        consumers
    }
}
