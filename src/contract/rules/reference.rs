//! The rules by their definitions, on plain lists of triples; slow, and without the rows, the rules'
//! loops and the sets of circles that the real ones use.

use std::collections::{BTreeMap, BTreeSet};

/// A dataset: its layer (0 raw, 1 staging, 2 intermediate, 3 mart), none when unclassified.
#[derive(Debug, Clone)]
pub struct Dataset {
    pub layer: Option<usize>,
    pub consumer: bool,
    /// It is not dropped or retired.
    pub there: bool,
}

#[derive(Debug, Clone)]
pub struct Flow {
    pub job: usize,
    pub inputs: BTreeSet<usize>,
    pub outputs: BTreeSet<usize>,
}

#[derive(Debug, Clone)]
pub struct Small {
    pub datasets: Vec<Dataset>,
    /// Whether each job is a consumer.
    pub jobs: Vec<bool>,
    pub flows: Vec<Flow>,
}

/// Rule, subject, object, count.
pub type Broken = BTreeSet<(&'static str, String, Option<String>, usize)>;

/// Layers that each layer may be made from, as in the policy of the test.
const READS: [&[usize]; 4] = [&[], &[0], &[1, 2], &[1, 2, 3]];

impl Small {
    pub fn dataset_name(&self, id: usize) -> String {
        let layer = match self.datasets[id].layer {
            Some(layer) => ["raw", "stg", "int", "mart"][layer],
            None => "odd",
        };
        let consumer = if self.datasets[id].consumer {
            "rep_"
        } else {
            ""
        };
        format!("{consumer}{layer}_{id}")
    }

    pub fn job_name(&self, job: usize) -> String {
        format!("{}_{job}", if self.jobs[job] { "dash" } else { "job" })
    }

    fn there(&self, id: usize) -> bool {
        self.datasets[id].there
    }

    /// The layer, of one that is there.
    fn layer(&self, id: usize) -> Option<usize> {
        self.datasets[id].layer.filter(|_| self.there(id))
    }

    fn consumer(&self, id: usize) -> bool {
        self.datasets[id].consumer && self.there(id)
    }

    /// (job, input, output) with both there and different.
    fn triples(&self) -> Vec<(usize, usize, usize)> {
        let mut triples = Vec::new();
        for flow in &self.flows {
            for &input in &flow.inputs {
                for &output in &flow.outputs {
                    if input != output && self.there(input) && self.there(output) {
                        triples.push((flow.job, input, output));
                    }
                }
            }
        }
        triples
    }

    fn made(&self) -> BTreeSet<(usize, usize)> {
        self.triples()
            .into_iter()
            .map(|(_, from, to)| (from, to))
            .collect()
    }

    #[allow(clippy::too_many_lines)] // one list of definitions reads better as one
    pub fn broken(&self, max: usize) -> Broken {
        let mut broken = Broken::new();
        let made = self.made();
        let model = |id: usize| self.layer(id).is_some_and(|layer| layer != 0);
        let mut add = |rule, subject: String, object: Option<usize>, count| {
            let object = object.map(|id| self.dataset_name(id));
            broken.insert((rule, subject, object, count));
        };
        for &(from, to) in &made {
            if self.consumer(to) {
                continue;
            }
            if let (Some(a), Some(b)) = (self.layer(from), self.layer(to)) {
                let subject = self.dataset_name(to);
                if a < b && !READS[b].contains(&a) {
                    add("no_skipped_layer", subject.clone(), Some(from), 1);
                }
                if a > b {
                    add("no_way_back", subject.clone(), Some(from), 1);
                }
                if (a, b) == (1, 1) {
                    add("no_staging_on_staging", subject, Some(from), 1);
                }
            }
        }
        for to in (0..self.datasets.len()).filter(|id| model(*id) && !self.consumer(*id)) {
            let (mut mixed, mut raw, mut many) = (0, 0, 0);
            for job in 0..self.jobs.len() {
                let inputs: BTreeSet<usize> = self
                    .triples()
                    .into_iter()
                    .filter(|triple| (triple.0, triple.2) == (job, to))
                    .map(|triple| triple.1)
                    .collect();
                let sources = inputs
                    .iter()
                    .filter(|id| self.layer(**id) == Some(0))
                    .count();
                if sources > 0 && sources < inputs.len() {
                    mixed = mixed.max(inputs.len());
                }
                if sources > 1 {
                    raw = raw.max(sources);
                }
                if inputs.len() > max {
                    many = many.max(inputs.len());
                }
            }
            let found = [
                ("no_direct_join_to_source", mixed),
                ("no_sources_joined", raw),
                ("few_joins", many),
            ];
            for (rule, count) in found.into_iter().filter(|(_, count)| *count > 0) {
                add(rule, self.dataset_name(to), None, count);
            }
        }
        for from in 0..self.datasets.len() {
            let outputs = made
                .iter()
                .filter(|(a, b)| *a == from && !self.consumer(*b));
            let outputs: Vec<usize> = outputs.map(|(_, b)| *b).collect();
            let models = outputs
                .iter()
                .filter(|id| self.layer(**id) != Some(0))
                .count();
            if self.layer(from) == Some(0) && models > max {
                add("source_fan_out", self.dataset_name(from), None, models);
            }
            if model(from) && outputs.len() > max {
                add(
                    "model_fan_out",
                    self.dataset_name(from),
                    None,
                    outputs.len(),
                );
            }
        }
        let mut rejoined: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        for &(above, through) in &made {
            let readers: BTreeSet<usize> = made
                .iter()
                .filter(|(a, _)| *a == through)
                .map(|(_, b)| *b)
                .collect();
            let shown = self.flows.iter().any(|flow| {
                flow.inputs.contains(&through) && flow.outputs.is_empty() && self.jobs[flow.job]
            });
            for &(a, to) in &made {
                let triangle = a == above && to != through && made.contains(&(through, to));
                if triangle && readers.len() == 1 && !shown && model(through) && !self.consumer(to)
                {
                    *rejoined.entry((to, above)).or_default() += 1;
                }
            }
        }
        for ((to, above), count) in rejoined {
            add(
                "no_rejoining_upstream",
                self.dataset_name(to),
                Some(above),
                count,
            );
        }
        for id in 0..self.datasets.len() {
            let written = self.flows.iter().any(|flow| flow.outputs.contains(&id));
            let read = self.flows.iter().any(|flow| flow.inputs.contains(&id));
            let root = !made.iter().any(|(_, to)| *to == id);
            if model(id) && written && root {
                add("no_root_model", self.dataset_name(id), None, 1);
            }
            if self.layer(id) == Some(0) && !read {
                add("no_unused_source", self.dataset_name(id), None, 1);
            }
            if self.there(id) && self.layer(id).is_none() && !self.consumer(id) {
                add("classified", self.dataset_name(id), None, 1);
            }
        }
        for circle in self.circles(&made) {
            let names = circle.iter().map(|id| self.dataset_name(*id));
            let first = names.min().unwrap();
            add("no_cycle", first, None, circle.len());
        }
        for (who, read) in self.consumption() {
            add("consumers_read_marts", who, Some(read), 1);
        }
        broken
    }

    fn circles(&self, made: &BTreeSet<(usize, usize)>) -> BTreeSet<BTreeSet<usize>> {
        let mut reach = made.clone();
        loop {
            let longer: Vec<(usize, usize)> = reach
                .iter()
                .flat_map(|(a, b)| {
                    let next = made.iter().filter(move |(from, _)| from == b);
                    next.map(move |(_, to)| (*a, *to))
                })
                .filter(|pair| !reach.contains(pair))
                .collect();
            if longer.is_empty() {
                break;
            }
            reach.extend(longer);
        }
        let with = |id: usize| -> BTreeSet<usize> {
            let all = 0..self.datasets.len();
            all.filter(|other| {
                *other == id || reach.contains(&(id, *other)) && reach.contains(&(*other, id))
            })
            .collect()
        };
        let all = (0..self.datasets.len()).map(with);
        all.filter(|set| set.len() > 1).collect()
    }

    fn consumption(&self) -> Vec<(String, usize)> {
        let mut reads = Vec::new();
        for flow in self.flows.iter().filter(|flow| self.jobs[flow.job]) {
            reads.extend(flow.inputs.iter().map(|id| (self.job_name(flow.job), *id)));
        }
        for (from, to) in self.made() {
            if self.consumer(to) {
                reads.push((self.dataset_name(to), from));
            }
        }
        reads
            .retain(|(_, id)| self.there(*id) && self.layer(*id) != Some(3) && !self.consumer(*id));
        reads
    }
}
