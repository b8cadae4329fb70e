//! The graph with names, as checks take it: all of it, or what lies downstream of something.
//!
//! What is current now, with the evidence of each flow. Readers of the catalog see it in pieces, so
//! what is applied meanwhile may be in one piece and not in another; a check asks again anyway when
//! it matters.

use ahash::{HashMap, HashSet};

use crate::catalog::{Detail, NOW, owners};
use crate::graph::{ColumnLink, Graph};
use crate::impact::{
    Evidence, FORMAT, Flow, Job, Link, Name, Observed, ObservedColumn, ObservedDataset,
};

use super::{Engine, EngineError};
use crate::contract::Subject;

mod policy;

use policy::ByPolicy;

/// Datasets looked up under one lock of the catalog.
const PIECE: usize = 512;
/// Other names of a dataset that are listed.
const ALIASES: usize = 50;

/// What a part of the graph is asked for.
#[derive(Debug, Clone, Default)]
pub struct Sought {
    /// Datasets; without a namespace, all of that name.
    pub datasets: Vec<(Option<String>, String)>,
    /// Jobs.
    pub jobs: Vec<Name>,
}

impl Engine {
    /// What lies downstream of datasets and jobs, those that are known among them included. `go_on`
    /// is asked now and then.
    ///
    /// # Errors
    /// When the store fails, and when `go_on` says no.
    pub fn observed_downstream(
        &self,
        sought: &Sought,
        go_on: &mut dyn FnMut() -> bool,
    ) -> Result<Observed, EngineError> {
        let graph = self.graph();
        let mut part = Part::new(self, &graph, go_on);
        for id in self.find_all(sought) {
            part.start(id);
        }
        for job in &sought.jobs {
            if let Some(id) = self.catalog().job_id(&job.namespace, &job.name) {
                part.start_job(id);
            }
        }
        part.walk()?;
        part.told()
    }

    /// The whole graph.
    ///
    /// # Errors
    /// When the store fails, and when `go_on` says no.
    pub fn observed(&self, go_on: &mut dyn FnMut() -> bool) -> Result<Observed, EngineError> {
        let graph = self.graph();
        let mut part = Part::new(self, &graph, go_on);
        let (datasets, jobs) = self.catalog().names(|names| {
            let (datasets, jobs) = names.len();
            let shown = (0..datasets).filter(|&id| names.canonical(id) == id);
            (shown.collect::<Vec<_>>(), jobs)
        });
        for id in datasets {
            part.start(id);
        }
        for job in 0..jobs {
            part.flows.extend(graph.flows_of(job));
        }
        part.walk()?;
        let mut whole = part.told()?;
        whole.whole = true;
        Ok(whole)
    }

    fn find_all(&self, sought: &Sought) -> Vec<u32> {
        let catalog = self.catalog();
        let mut found = Vec::new();
        let mut anywhere: HashSet<String> = HashSet::default();
        for (namespace, name) in &sought.datasets {
            match namespace {
                Some(namespace) => found.extend(catalog.dataset_id(namespace, name)),
                None => _ = anywhere.insert(name.to_lowercase()),
            }
        }
        if !anywhere.is_empty() {
            let called = catalog.datasets_called(&anywhere);
            found.extend(called.into_iter().map(|(id, _)| id));
        }
        found
    }
}

struct Part<'e> {
    engine: &'e Engine,
    graph: &'e Graph,
    go_on: &'e mut dyn FnMut() -> bool,
    datasets: Vec<u32>,
    places: HashMap<u32, u32>,
    flows: Vec<u32>,
    policy: ByPolicy,
}

fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

impl<'e> Part<'e> {
    fn new(engine: &'e Engine, graph: &'e Graph, go_on: &'e mut dyn FnMut() -> bool) -> Self {
        Self {
            engine,
            graph,
            go_on,
            datasets: Vec::new(),
            places: HashMap::default(),
            flows: Vec::new(),
            policy: ByPolicy::new(engine.contracts()),
        }
    }

    fn see(&mut self, dataset: u32) {
        if let std::collections::hash_map::Entry::Vacant(vacant) = self.places.entry(dataset) {
            vacant.insert(place(self.datasets.len()));
            self.datasets.push(dataset);
        }
    }

    /// A dataset to start from; who writes it counts too.
    fn start(&mut self, dataset: u32) {
        self.see(dataset);
        self.flows.extend(self.graph.flows_into(dataset));
    }

    fn start_job(&mut self, job: u32) {
        for flow in self.graph.flows_of(job) {
            self.flows.push(flow);
            for output in self.graph.flow_outputs(flow) {
                self.see(output);
            }
        }
    }

    fn check(&mut self) -> Result<(), EngineError> {
        if (self.go_on)() {
            return Ok(());
        }
        Err(EngineError::Stopped)
    }

    fn walk(&mut self) -> Result<(), EngineError> {
        let mut at = 0;
        let mut crossed: HashSet<u32> = HashSet::default();
        while let Some(&dataset) = self.datasets.get(at) {
            for flow in self.graph.flows_from(dataset) {
                if !crossed.insert(flow) {
                    continue;
                }
                self.flows.push(flow);
                for output in self.graph.flow_outputs(flow) {
                    self.see(output);
                }
            }
            if at % PIECE == 0 {
                self.check()?;
            }
            at += 1;
        }
        self.flows.sort_unstable();
        self.flows.dedup();
        Ok(())
    }

    fn told(mut self) -> Result<Observed, EngineError> {
        let mut links: HashMap<u32, Vec<ColumnLink>> = HashMap::default();
        for at in 0..self.datasets.len() {
            let into = self.engine.catalog().links_into(self.datasets[at])?;
            for (flow, all) in into {
                links.entry(flow).or_default().extend(all);
            }
            if at % PIECE == 0 {
                self.check()?;
            }
        }
        let (datasets, columns) = self.datasets()?;
        let mut ids = self.flows.clone();
        ids.extend(links.keys());
        ids.sort_unstable();
        ids.dedup();
        let mut flows = Vec::new();
        let mut jobs = Jobs::default();
        for piece in ids.chunks(PIECE) {
            self.check()?;
            for told in self
                .engine
                .catalog()
                .flow_evidence(piece, Detail::default())?
            {
                let id = told.flow;
                let links = links.remove(&id).unwrap_or_default();
                let mut flow = self.flow(id, told.from_sql, &links, &columns);
                if flow.inputs.is_empty() && flow.outputs.is_empty() && flow.links.is_empty() {
                    continue;
                }
                flow.job = told.job.map(|job| jobs.place(job));
                flow.evidence = evidence(&told);
                flows.push(flow);
            }
        }
        let jobs = jobs.told(self.engine, &self.policy)?;
        let status = self.engine.status();
        let until = self.engine.catalog().known().map(|known| known.1);
        Ok(Observed {
            headwater_graph: FORMAT,
            applied_seq: self.graph.applied_seq,
            known_until: until.map(|time| time.to_string()),
            whole: false,
            sql_waiting: status.sql_waiting,
            contracts_seq: self.policy.behind(self.engine, self.graph.applied_seq),
            datasets,
            jobs,
            flows,
        })
    }

    fn flow(&self, id: u32, from_sql: bool, links: &[ColumnLink], columns: &Columns) -> Flow {
        let places = |all: Vec<u32>| -> Vec<u32> {
            let held = all.iter().filter_map(|dataset| self.places.get(dataset));
            held.copied().collect()
        };
        let mut told: Vec<Link> = links
            .iter()
            .filter_map(|link| {
                let from = *self.places.get(&link.from.dataset)?;
                let to = *self.places.get(&link.to.dataset)?;
                let column = *columns.get(&(link.from.dataset, link.from.ordinal))?;
                let made = match link.to.ordinal {
                    crate::graph::WHOLE_DATASET => None,
                    ordinal => Some(*columns.get(&(link.to.dataset, ordinal))?),
                };
                Some((from, column, to, made, link.indirect))
            })
            .collect();
        // One that is both is direct.
        told.sort_unstable();
        told.dedup_by(|b, a| (a.0, a.1, a.2, a.3) == (b.0, b.1, b.2, b.3));
        Flow {
            job: None,
            inputs: places(self.graph.flow_inputs(id)),
            outputs: places(self.graph.flow_outputs(id)),
            columns_told: !from_sql && self.graph.is_declared(id),
            told: self.graph.is_told(id),
            links_only: from_sql,
            links: told,
            evidence: Evidence::default(),
        }
    }

    fn datasets(&mut self) -> Result<(Vec<ObservedDataset>, Columns), EngineError> {
        let catalog = self.engine.catalog();
        let mut told = Vec::with_capacity(self.datasets.len());
        let mut places = Columns::default();
        for at in 0..self.datasets.len() {
            if at % PIECE == 0 {
                self.check()?;
            }
            let id = self.datasets[at];
            let view = catalog.dataset(id)?;
            let mut columns = Vec::new();
            for column in catalog.columns_at(id, NOW)? {
                places.insert((id, column.ordinal), place(columns.len()));
                columns.push(ObservedColumn {
                    name: column.name,
                    data_type: column.data_type,
                });
            }
            let others = catalog.other_names(id, ALIASES).into_iter();
            let (name, layer) = catalog.names(|names| {
                let (namespace, name) = names.dataset(id);
                let layer = names.layer(id).map(str::to_owned);
                (Name::new(namespace, name), layer)
            });
            let owners = owners(&view.described).into_iter();
            let owners = owners.map(|owner| owner.name).collect();
            let who = Subject::Dataset(id);
            told.push(ObservedDataset {
                name,
                aliases: others.map(|other| Name::new(other.0, other.1)).collect(),
                columns,
                layer: self.policy.layer(id, layer.as_deref()),
                consumer: self.policy.consumer(who),
                owners: self.policy.owners(who, owners),
                contracts: self.policy.promises(id),
                last_seen: view.seen.map(|seen| seen.1.to_string()),
            });
        }
        Ok((told, places))
    }
}

/// Places of columns by dataset and ordinal.
type Columns = HashMap<(u32, u32), u32>;

fn evidence(told: &crate::catalog::EdgeEvidence) -> Evidence {
    let run = told.evidence.last_run.map(|run| run.to_string());
    Evidence {
        producer: told.producer.clone(),
        runs: told.evidence.runs,
        first_seen: Some(told.evidence.first_seen.to_string()),
        last_seen: Some(told.evidence.last_seen.to_string()),
        last_run: told.last_run_text.clone().or(run),
        from_sql: told.from_sql,
    }
}

#[derive(Default)]
struct Jobs {
    ids: Vec<u32>,
    places: HashMap<u32, u32>,
}

impl Jobs {
    fn place(&mut self, job: u32) -> u32 {
        let next = place(self.ids.len());
        *self.places.entry(job).or_insert_with(|| {
            self.ids.push(job);
            next
        })
    }

    fn told(self, engine: &Engine, policy: &ByPolicy) -> Result<Vec<Job>, EngineError> {
        let catalog = engine.catalog();
        let graph = engine.graph();
        let mut jobs = Vec::with_capacity(self.ids.len());
        for id in self.ids {
            let owners = owners(&catalog.job(id)?.described).into_iter();
            let owners = owners.map(|owner| owner.name).collect();
            let who = Subject::Job(id);
            let exposure = catalog.exposure(id)?;
            let exposure = exposure.map(|told| told.kind.unwrap_or_else(|| "exposure".to_owned()));
            let reader = || is_last(&graph, id).then(|| "reader".to_owned());
            let name = catalog.names(|names| {
                let (namespace, name) = names.job(id);
                Name::new(namespace, name)
            });
            jobs.push(Job {
                name,
                consumer: policy.consumer(who).or(exposure).or_else(reader),
                layer: None,
                owners: policy.owners(who, owners),
                contracts: Vec::new(),
            });
        }
        Ok(jobs)
    }
}

/// Whether a job only reads: a dashboard, a report, an export.
fn is_last(graph: &Graph, job: u32) -> bool {
    let flows = graph.flows_of(job);
    !flows.is_empty()
        && flows
            .iter()
            .all(|&flow| graph.flow_outputs(flow).is_empty())
}
