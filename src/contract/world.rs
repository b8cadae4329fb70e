//! All that rules look at, at one moment.

use std::collections::BTreeSet;
use std::sync::Arc;

use ahash::{HashMap, HashSet};

use crate::graph::{ColumnLink, Graph, WHOLE_DATASET};
use crate::openlineage::EventTime;
use crate::project::naming::NameRules;

use super::facts::{DatasetFacts, JobFacts};
use super::links::Links;
use super::policy::{LayerId, LayerKind, Policy, RuleName};
use super::told::ToldOf;

/// What is known of datasets and jobs by number. Clones share everything.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Datasets; none where a number is another name of one, or the dataset is no more.
    pub datasets: Vec<Option<Arc<DatasetFacts>>>,
    /// Jobs; none where the job is no more.
    pub jobs: Vec<Option<Arc<JobFacts>>>,
    /// Which spellings of names are told apart.
    pub names: Arc<NameRules>,
}

impl Facts {
    /// Those of datasets that some event had named by a time.
    #[must_use]
    pub fn as_of(&self, at: EventTime) -> Self {
        let known = |one: &Arc<DatasetFacts>| one.since.is_none_or(|since| since <= at);
        let datasets = self.datasets.iter().cloned();
        Self {
            datasets: datasets.map(|one| one.filter(known)).collect(),
            ..self.clone()
        }
    }
}

/// Who or what a violation is about, or who a consumer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// A dataset.
    Dataset(u32),
    /// A job; an exposure of dbt is one too.
    Job(u32),
}

/// How it is known that something is a consumer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Told {
    /// By an entry of `consumers` in the policy.
    Policy(usize),
    /// By its own facet `headwater_consumer`.
    Facet,
    /// By the `dbt_exposures` facet of what it reads.
    Dbt,
}

/// A consumer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consumer {
    /// Who.
    pub who: Subject,
    /// What it is.
    pub kind: String,
    /// How that is known.
    pub told: Told,
}

/// The policy, the facts and the graph, and what follows from them for each dataset and job.
pub struct World {
    /// The policy.
    pub policy: Arc<Policy>,
    /// The facts.
    pub facts: Facts,
    /// Who is made from whom.
    pub links: Links,
    /// The layer of each dataset.
    pub layers: Vec<Option<LayerId>>,
    /// Consumers, ascending.
    pub consumers: Vec<Consumer>,
    /// The present.
    pub now: EventTime,
    /// What contracts asked for.
    pub told: ToldOf,
    consuming: HashSet<Subject>,
    /// By consumer and dataset, ordinals of the columns that column lineage says it reads.
    columns_read: HashMap<(Subject, u32), Vec<u32>>,
}

impl World {
    /// Works out layers and consumers. `now` is the present, from outside.
    pub fn new(policy: Arc<Policy>, facts: Facts, graph: &Graph, now: EventTime) -> Self {
        Self::with_layers(policy, facts, graph, now, &[])
    }

    /// The same, of datasets whose layers are known: what `known` has counts where no entry of the
    /// policy matches.
    pub fn with_layers(
        policy: Arc<Policy>,
        facts: Facts,
        graph: &Graph,
        now: EventTime,
        known: &[Option<LayerId>],
    ) -> Self {
        let count = |len: usize| u32::try_from(len).unwrap_or(u32::MAX);
        let (datasets, jobs) = (count(facts.datasets.len()), count(facts.jobs.len()));
        let links = Links::new(graph, datasets, jobs);
        let mut layers = layers(&policy, &facts, &links);
        for (layer, known) in layers.iter_mut().zip(known) {
            *layer = layer.or(*known);
        }
        let consumers = consumers(&policy, &facts, &layers, &links);
        let mut world = Self {
            policy,
            facts,
            links,
            layers,
            consuming: consumers.iter().map(|one| one.who).collect(),
            consumers,
            now,
            told: ToldOf::default(),
            columns_read: HashMap::default(),
        };
        world.columns_read = columns_read(&world, graph);
        world
    }

    /// Columns of a dataset that a consumer depends on, by name: those that the policy says, and
    /// those of its column lineage whose names were told.
    pub fn depends_on(&self, consumer: &Consumer, dataset: u32) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        if let (Told::Policy(at), Some(facts)) = (consumer.told, self.dataset(dataset)) {
            let rule = self.policy.consumers.get(at).into_iter();
            let declared = rule.flat_map(|rule| &rule.depends);
            let declared = declared.filter(|one| one.of.matches(&facts.namespace, &facts.name));
            let told = self.told.columns.get(&dataset).map_or(&[][..], |all| all);
            names.extend(declared.flat_map(|one| &one.columns).map(|name| {
                let held = self.column(dataset, told, name);
                held.map_or_else(|| name.clone(), |held| held.name.clone())
            }));
        }
        let read = self.columns_read.get(&(consumer.who, dataset));
        let told = self.told.columns.get(&dataset);
        if let (Some(read), Some(told)) = (read, told) {
            let held = told.iter().filter(|one| read.contains(&one.ordinal));
            names.extend(held.map(|one| one.name.clone()));
        }
        names
    }

    /// A dataset that is there.
    pub fn dataset(&self, id: u32) -> Option<&DatasetFacts> {
        self.facts.datasets.get(id as usize)?.as_deref()
    }

    /// A job that is there.
    pub fn job(&self, id: u32) -> Option<&JobFacts> {
        self.facts.jobs.get(id as usize)?.as_deref()
    }

    /// Numbers of all datasets that are there.
    pub fn datasets(&self) -> impl Iterator<Item = u32> + '_ {
        let all = (0..).zip(&self.facts.datasets);
        all.filter(|(_, facts)| facts.is_some()).map(|(id, _)| id)
    }

    /// The layer of a dataset.
    pub fn layer(&self, id: u32) -> Option<LayerId> {
        self.layers.get(id as usize).copied().flatten()
    }

    /// The kind of a dataset's layer; `None` when it is unclassified.
    pub fn kind(&self, id: u32) -> Option<LayerKind> {
        Some(self.policy.layer(self.layer(id)?)?.kind)
    }

    /// Whether a dataset is in a layer of a kind.
    pub fn is(&self, id: u32, kind: LayerKind) -> bool {
        self.kind(id) == Some(kind)
    }

    /// Whether it is an exposure of dbt.
    pub fn is_exposure(&self, who: Subject) -> bool {
        match who {
            Subject::Dataset(_) => false,
            Subject::Job(id) => self.job(id).is_some_and(|facts| facts.exposure.is_some()),
        }
    }

    /// Whether it is a consumer.
    pub fn is_consumer(&self, who: Subject) -> bool {
        self.consuming.contains(&who)
    }

    /// Namespace and name.
    pub fn name(&self, who: Subject) -> (&str, &str) {
        match who {
            Subject::Dataset(id) => self
                .dataset(id)
                .map_or(("", ""), |facts| (&facts.namespace, &facts.name)),
            Subject::Job(id) => self
                .job(id)
                .map_or(("", ""), |facts| (&facts.namespace, &facts.name)),
        }
    }

    /// Whose it is: what its ownership facet says, else the entry of the policy that makes it a
    /// consumer.
    pub fn owners(&self, who: Subject) -> Vec<&str> {
        let told: &[String] = match who {
            Subject::Dataset(id) => self.dataset(id).map_or(&[], |facts| &facts.owners),
            Subject::Job(id) => self.job(id).map_or(&[], |facts| &facts.owners),
        };
        if !told.is_empty() {
            return told.iter().map(String::as_str).collect();
        }
        let consumer = self.consumers.binary_search_by_key(&who, |one| one.who);
        let consumer = consumer.ok().map(|at| &self.consumers[at]);
        match consumer.map(|consumer| consumer.told) {
            Some(Told::Policy(at)) => {
                let rule = self.policy.consumers.get(at);
                rule.and_then(|rule| rule.owner.as_deref())
                    .into_iter()
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    /// What a consumer reads, ascending by dataset, with the flows that say so.
    pub fn reads(&self, who: Subject) -> Vec<(u32, Vec<u32>)> {
        let mut reads: HashMap<u32, Vec<u32>> = HashMap::default();
        match who {
            Subject::Dataset(id) => {
                for (input, flow) in self.links.made_from(id) {
                    reads.entry(input).or_default().push(flow);
                }
            }
            Subject::Job(job) => {
                for &flow in self.flows_of(job) {
                    for &input in self.links.inputs.row(flow) {
                        reads.entry(input).or_default().push(flow);
                    }
                }
            }
        }
        // What only this consumer has of its own is not what it reads from others.
        let mut reads: Vec<_> = reads
            .into_iter()
            .filter(|(dataset, _)| Subject::Dataset(*dataset) != who)
            .collect();
        reads.sort_unstable();
        reads
    }

    fn flows_of(&self, job: u32) -> &[u32] {
        self.links.of_job.row(job)
    }
}

/// Column lineage is looked at where a contract asks for it.
fn columns_read(world: &World, graph: &Graph) -> HashMap<(Subject, u32), Vec<u32>> {
    let mut contracts = world.policy.contracts.iter();
    if !contracts.any(|one| one.rule.name == RuleName::KeepsColumns) {
        return HashMap::default();
    }
    let mut links: HashMap<u32, Vec<ColumnLink>> = HashMap::default();
    let mut read = HashMap::default();
    for consumer in &world.consumers {
        for (dataset, flows) in world.reads(consumer.who) {
            let links = links
                .entry(dataset)
                .or_insert_with(|| graph.links_from(dataset));
            let made = |to: u32| match consumer.who {
                Subject::Dataset(id) => to == id,
                Subject::Job(_) => flows
                    .iter()
                    .any(|flow| world.links.outputs.row(*flow).contains(&to)),
            };
            let mut ordinals: Vec<u32> = links
                .iter()
                .filter(|link| link.from.ordinal != WHOLE_DATASET && made(link.to.dataset))
                .map(|link| link.from.ordinal)
                .collect();
            ordinals.sort_unstable();
            ordinals.dedup();
            if !ordinals.is_empty() {
                read.insert((consumer.who, dataset), ordinals);
            }
        }
    }
    read
}

fn layers(policy: &Policy, facts: &Facts, links: &Links) -> Vec<Option<LayerId>> {
    let paths = policy.looks_at_paths();
    let of = |(id, facts_of): (u32, &Option<Arc<DatasetFacts>>)| {
        let dataset = facts_of.as_ref()?;
        let mut made_by: Vec<&str> = Vec::new();
        if paths {
            let jobs = links.into.row(id).iter();
            let jobs = jobs.filter_map(|&flow| links.job_of(flow));
            let jobs = jobs.filter_map(|job| facts.jobs.get(job as usize)?.as_deref());
            made_by = jobs.filter_map(|job| job.dbt_path.as_deref()).collect();
        }
        policy.layer_of(dataset, &made_by)
    };
    (0..).zip(&facts.datasets).map(of).collect()
}

fn consumers(
    policy: &Policy,
    facts: &Facts,
    layers: &[Option<LayerId>],
    links: &Links,
) -> Vec<Consumer> {
    let mut consumers = Vec::new();
    for ((id, dataset), layer) in (0..).zip(&facts.datasets).zip(layers) {
        let Some(dataset) = dataset else { continue };
        let found = policy.consumers.iter().position(|rule| {
            let selector = rule.datasets.as_ref();
            selector.is_some_and(|selector| selector.selects(dataset, *layer))
        });
        consumers.extend(found.map(|at| by_policy(policy, Subject::Dataset(id), at)));
    }
    for (id, job) in (0..).zip(&facts.jobs) {
        let Some(job) = job else { continue };
        let who = Subject::Job(id);
        if let Some(told) = &job.consumer {
            consumers.push(Consumer {
                who,
                kind: told.kind.clone(),
                told: Told::Facet,
            });
            continue;
        }
        if let Some(exposure) = &job.exposure
            && !links.of_job.row(id).is_empty()
        {
            consumers.push(Consumer {
                who,
                kind: exposure.kind.as_deref().unwrap_or("exposure").to_owned(),
                told: Told::Dbt,
            });
            continue;
        }
        let found = policy.consumers.iter().position(|rule| {
            let selector = rule.jobs.as_ref();
            selector.is_some_and(|selector| selector.selects(job))
        });
        consumers.extend(found.map(|at| by_policy(policy, who, at)));
    }
    consumers
}

fn by_policy(policy: &Policy, who: Subject, at: usize) -> Consumer {
    Consumer {
        who,
        kind: policy.consumers[at].kind.clone(),
        told: Told::Policy(at),
    }
}
