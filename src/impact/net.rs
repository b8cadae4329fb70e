//! The net that changes are walked over: the observed graph, and over it what the changed code
//! reads before and after.

use ahash::{HashMap, HashSet};

use super::code::{Reads, Replaces};
use super::{ChangeSet, Evidence, Name, Observed};

/// A dataset of the net.
pub struct Dataset {
    pub name: Name,
    /// Its place in the observed graph.
    pub observed: Option<usize>,
    /// Its place among the models of the code.
    pub model: Option<usize>,
    /// Its columns, by number.
    pub columns: Vec<u32>,
    exact: HashMap<String, u32>,
    folded: HashMap<String, Vec<u32>>,
}

/// Who reads and writes.
pub enum Who {
    /// A job of the observed graph, by its place.
    Observed(usize),
    /// A model of the code, by its place.
    Model(usize),
    /// A consumer that the code declares, by its place.
    Consumer(usize),
}

/// When something that the code says holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Observed: now, and after the change as well.
    Observed,
    /// Before the change.
    Base,
    /// After the change.
    Head,
}

/// That somebody makes datasets from others.
#[allow(clippy::struct_excessive_bools)] // each is a question of its own
pub struct Flow {
    pub who: Option<u32>,
    pub when: When,
    pub inputs: Vec<u32>,
    pub outputs: Vec<u32>,
    /// What its links do not name is not read for its outputs.
    pub columns_told: bool,
    pub told: bool,
    pub links_only: bool,
    /// What the code says could not be read whole.
    pub gaps: bool,
    /// Other values are no harm to it.
    pub tests: bool,
    pub evidence: Option<Evidence>,
}

/// A column edge: to a column, to all of a dataset, or to who reads it and makes nothing.
pub struct Edge {
    pub dataset: Option<u32>,
    pub column: Option<u32>,
    pub flow: u32,
    pub indirect: bool,
}

#[derive(Default)]
pub struct Net {
    pub datasets: Vec<Dataset>,
    /// Dataset and name of each column.
    pub columns: Vec<(u32, String)>,
    pub whos: Vec<Who>,
    pub flows: Vec<Flow>,
    pub edges: Vec<Vec<Edge>>,
    pub read_by: Vec<Vec<u32>>,
    pub written_by: Vec<Vec<u32>>,
    /// Flows by observed job.
    pub of_job: HashMap<Name, Vec<u32>>,
    /// Models that were built with the change, by their places.
    pub built: HashSet<usize>,
    names: HashMap<Name, u32>,
}

/// A number from a place in a list.
pub fn number(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

impl Net {
    /// Puts the code of a change set over the observed graph.
    pub fn new(set: &ChangeSet, observed: &Observed) -> Self {
        let mut net = Self::default();
        for (at, dataset) in observed.datasets.iter().enumerate() {
            let id = net.dataset(&dataset.name);
            net.datasets[id as usize].observed.get_or_insert(at);
            for alias in &dataset.aliases {
                net.names.entry(alias.clone()).or_insert(id);
            }
            for column in &dataset.columns {
                net.column(id, &column.name);
            }
        }
        for (at, model) in set.code.models.iter().enumerate() {
            let id = net.dataset(&model.dataset);
            net.datasets[id as usize].model = Some(at);
            if model.built {
                net.built.insert(at);
            }
            for column in &model.columns {
                net.column(id, column);
            }
        }
        let jobs = net.whos.len();
        net.whos.extend((0..observed.jobs.len()).map(Who::Observed));
        net.observed_flows(set, observed, jobs);
        net.code_flows(set);
        for change in &set.changes {
            if !change.kind.is_of_job() {
                net.dataset(&change.of);
            }
        }
        net
    }

    fn observed_flows(&mut self, set: &ChangeSet, observed: &Observed, jobs: usize) {
        // Places in the observed graph are not numbers here: two of its datasets may be one.
        let ids: Vec<u32> = observed
            .datasets
            .iter()
            .map(|dataset| self.names.get(&dataset.name).copied().unwrap_or_default())
            .collect();
        for flow in &observed.flows {
            let job = flow.job.and_then(|job| observed.jobs.get(job as usize));
            // What the code declares anew is judged by the code.
            let declared = |job: &Name| {
                let consumers = &set.code.consumers;
                consumers
                    .iter()
                    .any(|one| one.known_as.as_ref() == Some(job))
            };
            if job.is_some_and(|job| declared(&job.name)) {
                continue;
            }
            let replaced: HashSet<u32> = flow
                .outputs
                .iter()
                .map(|&at| ids[at as usize])
                .filter(|&id| self.is_replaced(set, id, job.map(|job| &job.name), &flow.evidence))
                .collect();
            let outputs: Vec<u32> = flow
                .outputs
                .iter()
                .map(|&at| ids[at as usize])
                .filter(|id| !replaced.contains(id))
                .collect();
            if outputs.is_empty() && !flow.outputs.is_empty() {
                continue;
            }
            let id = self.add(Flow {
                who: flow.job.map(|job| number(jobs) + job),
                when: When::Observed,
                inputs: flow.inputs.iter().map(|&at| ids[at as usize]).collect(),
                outputs,
                columns_told: flow.columns_told,
                told: flow.told,
                links_only: flow.links_only,
                gaps: false,
                tests: false,
                evidence: Some(flow.evidence.clone()),
            });
            if let Some(job) = job {
                self.of_job.entry(job.name.clone()).or_default().push(id);
            }
            for &(from, column, to, made, indirect) in &flow.links {
                let dataset = ids[to as usize];
                if replaced.contains(&dataset) {
                    continue;
                }
                let name = |at: u32, column: u32| {
                    let held = &observed.datasets[at as usize].columns[column as usize];
                    held.name.as_str()
                };
                let from = self.column(ids[from as usize], name(from, column));
                let column = made.map(|made| self.column(dataset, name(to, made)));
                self.edges[from as usize].push(Edge {
                    dataset: Some(dataset),
                    column,
                    flow: id,
                    indirect,
                });
            }
        }
    }

    fn is_replaced(
        &self,
        set: &ChangeSet,
        output: u32,
        job: Option<&Name>,
        evidence: &Evidence,
    ) -> bool {
        let Some(model) = self.datasets[output as usize].model else {
            return false;
        };
        match &set.code.models[model].replaces {
            Replaces::Dbt => {
                let producer = evidence.producer.to_ascii_lowercase();
                producer.contains("/dbt") || producer.contains("dbt-ol")
            }
            Replaces::Job(name) => job == Some(name),
            Replaces::All => true,
            Replaces::Nothing => false,
        }
    }

    fn code_flows(&mut self, set: &ChangeSet) {
        for (at, model) in set.code.models.iter().enumerate() {
            let who = number(self.whos.len());
            self.whos.push(Who::Model(at));
            let to = self.dataset(&model.dataset);
            let sides = [(When::Base, &model.base), (When::Head, &model.head)];
            for (when, reads) in sides {
                if let Some(reads) = reads {
                    self.code_flow(who, when, to, reads);
                }
            }
        }
        for (at, consumer) in set.code.consumers.iter().enumerate() {
            let who = number(self.whos.len());
            self.whos.push(Who::Consumer(at));
            let sides = [(When::Base, &consumer.base), (When::Head, &consumer.head)];
            for (when, reads) in sides {
                let Some(reads) = reads else { continue };
                let names = reads.datasets.iter();
                let inputs: Vec<u32> = names.map(|name| self.dataset(name)).collect();
                let flow = self.add(Flow {
                    who: Some(who),
                    when,
                    inputs: inputs.clone(),
                    outputs: Vec::new(),
                    columns_told: reads.columns.is_some(),
                    told: true,
                    links_only: false,
                    gaps: false,
                    tests: consumer.test,
                    evidence: None,
                });
                for (place, column) in reads.columns.iter().flatten() {
                    let Some(&dataset) = inputs.get(*place) else {
                        continue;
                    };
                    let from = self.column(dataset, column);
                    self.edges[from as usize].push(Edge {
                        dataset: None,
                        column: None,
                        flow,
                        indirect: false,
                    });
                }
            }
        }
    }

    fn code_flow(&mut self, who: u32, when: When, to: u32, reads: &Reads) {
        let inputs: Vec<u32> = reads
            .datasets
            .iter()
            .map(|name| self.dataset(name))
            .collect();
        let flow = self.add(Flow {
            who: Some(who),
            when,
            inputs: inputs.clone(),
            outputs: vec![to],
            columns_told: true,
            told: true,
            links_only: false,
            gaps: !reads.gaps.is_empty(),
            tests: false,
            evidence: None,
        });
        for read in &reads.columns {
            let Some(&dataset) = inputs.get(read.dataset) else {
                continue;
            };
            let from = self.column(dataset, &read.column);
            let column = read.to.as_ref().map(|column| self.column(to, column));
            self.edges[from as usize].push(Edge {
                dataset: Some(to),
                column,
                flow,
                indirect: read.indirect,
            });
        }
    }

    fn add(&mut self, flow: Flow) -> u32 {
        let id = number(self.flows.len());
        for &input in &flow.inputs {
            self.read_by[input as usize].push(id);
        }
        for &output in &flow.outputs {
            self.written_by[output as usize].push(id);
        }
        self.flows.push(flow);
        id
    }

    fn dataset(&mut self, name: &Name) -> u32 {
        if let Some(&id) = self.names.get(name) {
            return id;
        }
        let id = number(self.datasets.len());
        self.names.insert(name.clone(), id);
        self.datasets.push(Dataset {
            name: name.clone(),
            observed: None,
            model: None,
            columns: Vec::new(),
            exact: HashMap::default(),
            folded: HashMap::default(),
        });
        self.read_by.push(Vec::new());
        self.written_by.push(Vec::new());
        id
    }

    /// The dataset of a name.
    pub fn find(&self, name: &Name) -> Option<u32> {
        self.names.get(name).copied()
    }

    /// The column of a name. Case counts only where columns differ by it alone.
    pub fn find_column(&self, dataset: u32, name: &str) -> Option<u32> {
        let held = &self.datasets[dataset as usize];
        if let Some(&column) = held.exact.get(name) {
            return Some(column);
        }
        match held.folded.get(&name.to_lowercase())?.as_slice() {
            [one] => Some(*one),
            _ => None,
        }
    }

    fn column(&mut self, dataset: u32, name: &str) -> u32 {
        // A graph may list two columns that differ by case alone; code spells as it likes.
        if let Some(column) = self.find_column(dataset, name) {
            return column;
        }
        let id = number(self.columns.len());
        self.columns.push((dataset, name.to_owned()));
        self.edges.push(Vec::new());
        let held = &mut self.datasets[dataset as usize];
        held.columns.push(id);
        held.exact.insert(name.to_owned(), id);
        held.folded.entry(name.to_lowercase()).or_default().push(id);
        id
    }
}
