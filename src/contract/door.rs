//! What one event says, held against the contracts that turn events away at the door.
//!
//! The event is looked at as an estate of its own: its datasets and jobs with what is known of them
//! and what it tells itself, and the flows that it would assert. The rules are those of all contracts.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::graph::{Flow, Graph};
use crate::openlineage::facets::{
    EXPOSURE_NAMESPACE, EXPOSURES, column_lineage, dataset_lineage, dbt_exposures, job_lineage,
    schema,
};
use crate::openlineage::{DatasetPart, Event, EventTime, Facet, JobPart};
use crate::project::naming::NameRules;

use super::facts::{DatasetFacts, JobFacts};
use super::policy::{Contract, LayerId, Policy};
use super::rules::evaluate_some;
use super::told::ToldColumn;
use super::world::{Facts, Subject, World};

/// What is known of a dataset.
pub struct KnownDataset {
    /// Tells it from others, whichever of its names an event uses.
    pub id: u32,
    /// What is known of it.
    pub facts: Option<Arc<DatasetFacts>>,
    /// Its layer.
    pub layer: Option<LayerId>,
}

/// What is known of what an event names.
pub trait Known {
    /// A dataset, by any of its names.
    fn dataset(&self, namespace: &str, name: &str) -> Option<KnownDataset>;
    /// A job.
    fn job(&self, namespace: &str, name: &str) -> Option<Arc<JobFacts>>;
    /// Which spellings of names are told apart.
    fn names(&self) -> Arc<NameRules>;
}

/// Why an event is turned away: one contract that it would break.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Reason {
    /// The contract.
    pub contract: String,
    /// Its rule.
    pub rule: String,
    /// How grave it is.
    pub severity: String,
    /// What would be wrong.
    pub message: String,
    /// Namespace and name of who would break it.
    pub subject: (String, String),
    /// Namespace and name of the other dataset, where it is about a pair.
    pub object: Option<(String, String)>,
}

/// Why an event is turned away; empty when it is not.
pub fn reasons(
    policy: &Arc<Policy>,
    event: &Event,
    known: &dyn Known,
    now: EventTime,
) -> Vec<Reason> {
    let applies = |contract: &Contract| {
        let reject = contract.reject.as_ref();
        reject.is_some_and(|reject| reject.selects(event))
    };
    if !policy.contracts.iter().any(applies) {
        return Vec::new();
    }
    let world = Sketch::of(event, known).world(policy, now);
    let found = evaluate_some(&world, applies);
    let open = found.violations.iter().filter(|one| one.excepted.is_none());
    let named = |who| {
        let (namespace, name) = world.name(who);
        (namespace.to_owned(), name.to_owned())
    };
    open.map(|one| {
        let contract = &world.policy.contracts[one.contract];
        Reason {
            contract: contract.name.clone(),
            rule: contract.rule.name.as_str().to_owned(),
            severity: contract.severity.as_str().to_owned(),
            message: world.message(one),
            subject: named(one.subject),
            object: one.object.map(|id| named(Subject::Dataset(id))),
        }
    })
    .collect()
}

/// An event as a small estate.
struct Sketch<'k> {
    known: &'k dyn Known,
    /// Numbers by what tells datasets apart: the number of a known one, or its name.
    numbers: BTreeMap<(Option<u32>, String, String), u32>,
    datasets: Vec<DatasetFacts>,
    layers: Vec<Option<LayerId>>,
    columns: Vec<Option<Vec<ToldColumn>>>,
    /// The job of the event first, where it has one, then the exposures that it tells.
    jobs: Vec<JobFacts>,
    flows: Vec<Flow>,
}

impl<'k> Sketch<'k> {
    fn of(event: &Event, known: &'k dyn Known) -> Self {
        let mut sketch = Self {
            known,
            numbers: BTreeMap::new(),
            datasets: Vec::new(),
            layers: Vec::new(),
            columns: Vec::new(),
            jobs: Vec::new(),
            flows: Vec::new(),
        };
        let (job, inputs, outputs) = event.body.parts();
        match job {
            Some(job) => sketch.work(job, inputs, outputs),
            None => sketch.declare(outputs),
        }
        for part in inputs.iter().chain(outputs) {
            sketch.exposures(part);
        }
        sketch
    }

    /// Datasets that an event about them alone tells.
    fn declare(&mut self, datasets: &[DatasetPart]) {
        for part in datasets {
            let id = self.part(part, true);
            if let Some(from) = self.told_inputs(part) {
                self.flow(from, vec![id]);
            }
        }
    }

    fn work(&mut self, job: &JobPart, inputs: &[DatasetPart], outputs: &[DatasetPart]) {
        let told = JobFacts::read(&job.namespace, &job.name, told(&job.facets));
        let known = self.known.job(&job.namespace, &job.name);
        self.jobs.push(match known {
            Some(known) => known.with(told),
            None => told,
        });
        let read: Vec<u32> = inputs.iter().map(|part| self.part(part, false)).collect();
        let mut explicit = Vec::new();
        for facet in job.facets.iter().filter(|facet| is(facet, "lineage")) {
            for entry in job_lineage(&facet.value) {
                let made = self.dataset(&entry.namespace, &entry.name);
                let from = entry.lineage.inputs.iter();
                let from = from
                    .map(|(namespace, name)| self.dataset(namespace, name))
                    .collect();
                explicit.push(made);
                self.flow(from, vec![made]);
            }
        }
        for part in outputs {
            let id = self.part(part, true);
            if let Some(from) = self.told_inputs(part) {
                self.flow(from, vec![id]);
            } else if !explicit.contains(&id) {
                self.flow(read.clone(), vec![id]);
            }
        }
        // Whatever it makes of them, it reads them.
        self.flow(read, Vec::new());
    }

    /// What a dataset is made from, where its own facets say so.
    fn told_inputs(&mut self, part: &DatasetPart) -> Option<Vec<u32>> {
        let held = |name| part.facets.iter().find(|facet| is(facet, name));
        if let Some(told) = held("lineage").and_then(|facet| dataset_lineage(&facet.value)) {
            let from = told.inputs.iter();
            return Some(
                from.map(|(namespace, name)| self.dataset(namespace, name))
                    .collect(),
            );
        }
        let told = column_lineage(&held("columnLineage")?.value);
        let fields = told.fields.iter().flat_map(|(_, from)| from);
        let mut from: Vec<u32> = fields
            .chain(&told.dataset)
            .map(|field| self.dataset(&field.namespace, &field.name))
            .collect();
        from.sort_unstable();
        from.dedup();
        (!from.is_empty()).then_some(from)
    }

    /// Exposures of dbt that a part says read it.
    fn exposures(&mut self, part: &DatasetPart) {
        let facets = part.facets.iter().filter(|facet| is(facet, EXPOSURES));
        for (exposure, facet) in facets.flat_map(dbt_exposures) {
            let read = self.dataset(&part.namespace, &part.name);
            let (namespace, name) = (EXPOSURE_NAMESPACE, exposure.id());
            let told = JobFacts::read(namespace, name, [(&*facet.name, &facet.value[..])]);
            let same = |job: &JobFacts| job.exposure.is_some() && job.name == name;
            let at = self.jobs.iter().position(same).unwrap_or_else(|| {
                let known = self.known.job(namespace, name);
                self.jobs.push(match known {
                    Some(known) => known.with(told),
                    None => told,
                });
                self.jobs.len() - 1
            });
            let job = u32::try_from(at).unwrap_or(u32::MAX);
            self.flow_of(Some(job), vec![read], Vec::new());
        }
    }

    fn flow(&mut self, inputs: Vec<u32>, outputs: Vec<u32>) {
        let job = (!self.jobs.is_empty()).then_some(0);
        self.flow_of(job, inputs, outputs);
    }

    fn flow_of(&mut self, job: Option<u32>, inputs: Vec<u32>, outputs: Vec<u32>) {
        let id = u32::try_from(self.flows.len()).unwrap_or(u32::MAX);
        self.flows.push(Flow {
            id,
            job,
            declared: true,
            explicit: false,
            inputs,
            outputs,
        });
    }

    fn dataset(&mut self, namespace: &str, name: &str) -> u32 {
        let known = self.known.dataset(namespace, name);
        let key = match &known {
            Some(known) => (Some(known.id), String::new(), String::new()),
            None => (None, namespace.to_owned(), name.to_owned()),
        };
        let next = u32::try_from(self.datasets.len()).unwrap_or(u32::MAX);
        let number = *self.numbers.entry(key).or_insert(next);
        if number == next {
            let facts = known
                .as_ref()
                .and_then(|known| known.facts.as_deref().cloned());
            self.datasets.push(facts.unwrap_or_else(|| DatasetFacts {
                namespace: namespace.to_owned(),
                name: name.to_owned(),
                ..DatasetFacts::default()
            }));
            self.layers.push(known.and_then(|known| known.layer));
            self.columns.push(None);
        }
        number
    }

    fn part(&mut self, part: &DatasetPart, written: bool) -> u32 {
        let number = self.dataset(&part.namespace, &part.name);
        let at = number as usize;
        let told = DatasetFacts::read(&part.namespace, &part.name, told(&part.facets));
        self.datasets[at] = self.datasets[at].with(told);
        if let Some(facet) = part.facets.iter().find(|facet| is(facet, "schema"))
            && written
        {
            let fields = (1..).zip(schema(&facet.value));
            let columns = fields.map(|(ordinal, field)| ToldColumn {
                ordinal,
                name: field.path,
                data_type: field.data_type,
                removed: false,
                removed_at: None,
            });
            self.columns[at] = Some(columns.collect());
        }
        number
    }

    fn world(self, policy: &Arc<Policy>, now: EventTime) -> World {
        let columns: Vec<u32> = vec![0; self.datasets.len()];
        let graph = Graph::build(&columns, &self.flows, &[]);
        let facts = Facts {
            datasets: self
                .datasets
                .into_iter()
                .map(|one| Some(Arc::new(one)))
                .collect(),
            jobs: self
                .jobs
                .into_iter()
                .map(|one| Some(Arc::new(one)))
                .collect(),
            names: self.known.names(),
        };
        let mut world = World::with_layers(Arc::clone(policy), facts, &graph, now, &self.layers);
        let columns = (0..).zip(self.columns);
        world.told.columns = columns
            .filter_map(|(id, columns)| Some((id, Arc::new(columns?))))
            .collect();
        world
    }
}

fn is(facet: &Facet, name: &str) -> bool {
    &*facet.name == name && !facet.deleted
}

fn told(facets: &[Facet]) -> impl Iterator<Item = (&str, &[u8])> {
    let held = facets.iter().filter(|facet| !facet.deleted);
    held.map(|facet| (&*facet.name, &facet.value[..]))
}
