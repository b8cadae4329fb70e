//! What was retired: jobs and datasets that somebody said are no more, which the standard has no
//! word for. The word is a facet of ours on a static event, so that it is in the log like all else:
//! `headwater_retired` with `retired` (false takes it back), `by` and `reason`.
//!
//! It holds until a later event names the job or dataset: what is still used is not gone. What is
//! retired has no current lineage; everything else that is known of it stays.

use ahash::{HashMap, HashSet};

use crate::openlineage::facets::{RETIRED, retired};
use crate::openlineage::{Body, DatasetPart, Event, EventTime, Facet};
use crate::store::StoreError;

use super::handle::Catalog;
use super::keys;
use super::names::{DatasetId, JobId};
use super::records::{FacetRegister, Facets, Span};
use super::state::{Entity, State};

/// Jobs and datasets that were ever told to be retired, and those of them that are.
#[derive(Default)]
pub struct Retired {
    told_jobs: HashSet<JobId>,
    /// By the name they were told under.
    told_datasets: HashSet<DatasetId>,
    /// Since when each is.
    pub jobs: HashMap<JobId, EventTime>,
    /// Since when each is, by canonical number.
    pub datasets: HashMap<DatasetId, EventTime>,
}

/// That something is retired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetirementView {
    /// Since when.
    pub since: EventTime,
    /// Who said so.
    pub by: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

const JOB: u8 = 0;
const DATASET: u8 = 1;

impl Retired {
    /// Takes in one that was ever told, as read from the store.
    pub fn fill(&mut self, key: &[u8]) {
        let (Some(&kind), Some(id)) = (key.get(5), keys::id_of(key)) else {
            return;
        };
        match kind {
            JOB => self.told_jobs.insert(id),
            _ => self.told_datasets.insert(id),
        };
    }

    /// Whether a dataset is or was retired at a time; now without one. Only the retirement that
    /// holds now is known: one that was taken back is forgotten for all times.
    pub fn is_without(&self, canonical: DatasetId, at: Option<EventTime>) -> bool {
        !self.datasets.is_empty() && holds(self.datasets.get(&canonical), at)
    }

    /// As [`Self::is_without`], of a job.
    pub fn is_without_job(&self, job: JobId, at: Option<EventTime>) -> bool {
        !self.jobs.is_empty() && holds(self.jobs.get(&job), at)
    }

    /// Whether nothing of a dataset was ever told to be retired.
    pub fn is_silent(&self, names: impl IntoIterator<Item = DatasetId>) -> bool {
        self.told_datasets.is_empty()
            || !names
                .into_iter()
                .any(|name| self.told_datasets.contains(&name))
    }
}

fn holds(since: Option<&EventTime>, at: Option<EventTime>) -> bool {
    since.is_some_and(|since| at.is_none_or(|at| *since <= at))
}

fn tells(facets: &[Facet]) -> bool {
    facets.iter().any(|facet| &*facet.name == RETIRED)
}

/// Whether a static event about a job does nothing but retire it or take that back.
pub fn only_retires(facets: &[Facet], inputs: &[DatasetPart], outputs: &[DatasetPart]) -> bool {
    inputs.is_empty() && outputs.is_empty() && tells(facets)
}

impl State {
    /// Works out what an event that was just folded in did to what is retired.
    pub fn settle_retired(&mut self, event: &Event) -> Result<(), StoreError> {
        let (job, parts) = match &event.body {
            Body::Run {
                job,
                inputs,
                outputs,
                ..
            }
            | Body::Job {
                job,
                inputs,
                outputs,
            } => (Some(job), [inputs.as_slice(), outputs.as_slice()]),
            Body::Dataset { dataset } => (None, [std::slice::from_ref(dataset), &[]]),
        };
        if let Some(part) = job
            && (tells(&part.facets) || !self.retired.told_jobs.is_empty())
        {
            let id = self.job(&part.namespace, &part.name);
            if tells(&part.facets) && self.retired.told_jobs.insert(id) {
                self.records.put(keys::retired(id, JOB), Vec::new());
            }
            self.settle_retired_job(id)?;
        }
        for part in parts.into_iter().flatten() {
            if !tells(&part.facets) && self.retired.told_datasets.is_empty() {
                continue;
            }
            let (id, _) = self.name_dataset(&part.namespace, &part.name);
            if tells(&part.facets) && self.retired.told_datasets.insert(id) {
                self.records.put(keys::retired(id, DATASET), Vec::new());
            }
            self.settle_retired_dataset(id)?;
        }
        Ok(())
    }

    /// Works out everything that is retired, when a store is opened.
    pub fn settle_all_retired(&mut self) -> Result<(), StoreError> {
        for job in self.retired.told_jobs.clone() {
            self.settle_retired_job(job)?;
        }
        for dataset in self.retired.told_datasets.clone() {
            self.settle_retired_dataset(dataset)?;
        }
        Ok(())
    }

    /// Works out whether a job is retired, if it was ever told to be.
    pub fn settle_retired_job(&mut self, job: JobId) -> Result<(), StoreError> {
        if !self.retired.told_jobs.contains(&job) {
            return Ok(());
        }
        let now = match self.job_meta_of(job)? {
            Some(meta) => self.retirement(&meta.facets, meta.span)?,
            None => None,
        };
        let now = now.map(|told| told.since);
        if now == self.retired.jobs.get(&job).copied() {
            return Ok(());
        }
        self.reach_back(EventTime(i64::MIN));
        match now {
            Some(since) => self.retired.jobs.insert(job, since),
            None => self.retired.jobs.remove(&job),
        };
        self.touched.insert(Entity::Job(job));
        for id in self.jobs[job as usize].assertions.clone() {
            self.refresh(id)?;
        }
        Ok(())
    }

    fn settle_retired_dataset(&mut self, id: DatasetId) -> Result<(), StoreError> {
        let id = self.identity.canonical(id);
        let now = self.retired_since(id)?;
        if now == self.retired.datasets.get(&id).copied() {
            return Ok(());
        }
        self.reach_back(EventTime(i64::MIN));
        let names = self.identity.members(&id).to_vec();
        let assertions = self.assertions_of(&names);
        for &assertion in &assertions {
            self.leave(assertion)?;
        }
        self.set_retired(id, now);
        for assertion in assertions {
            self.enter(assertion)?;
        }
        Ok(())
    }

    /// Since when a dataset is retired, by all of its names together.
    pub fn retired_since(&self, canonical: DatasetId) -> Result<Option<EventTime>, StoreError> {
        let names = self.identity.members(&canonical).iter().copied();
        if self.retired.is_silent(names) {
            return Ok(None);
        }
        let Some(meta) = self.whole_meta(canonical)? else {
            return Ok(None);
        };
        let told = self.retirement(&meta.facets, meta.span)?;
        Ok(told.map(|told| told.since))
    }

    /// Notes since when a dataset is retired, while its lineage is out of the graph.
    pub fn set_retired(&mut self, canonical: DatasetId, since: Option<EventTime>) {
        match since {
            Some(since) => self.retired.datasets.insert(canonical, since),
            None => self.retired.datasets.remove(&canonical),
        };
        self.touched.insert(Entity::Dataset(canonical));
        self.touched.insert(Entity::Columns(canonical));
    }

    /// What the facets of something say, unless it was seen since.
    fn retirement(
        &self,
        facets: &Facets,
        span: Span,
    ) -> Result<Option<RetirementView>, StoreError> {
        let told = |register: &&FacetRegister| self.strings.text(register.name) == RETIRED;
        let Some(register) = facets.iter().find(told) else {
            return Ok(None);
        };
        if register.deleted || span.last > register.time {
            return Ok(None);
        }
        let body = self.facet_body(&register.hash)?.unwrap_or_default();
        Ok(retired(&body).map(|told| RetirementView {
            since: register.time,
            by: told.by,
            reason: told.reason,
        }))
    }
}

impl Catalog {
    /// Whether and why a dataset is retired.
    ///
    /// # Errors
    /// When the store fails.
    pub fn dataset_retirement(&self, id: DatasetId) -> Result<Option<RetirementView>, StoreError> {
        let state = self.state.read();
        let id = state.identity.canonical(id);
        if !state.retired.datasets.contains_key(&id) {
            return Ok(None);
        }
        match state.whole_meta(id)? {
            Some(meta) => state.retirement(&meta.facets, meta.span),
            None => Ok(None),
        }
    }

    /// Whether and why a job is retired.
    ///
    /// # Errors
    /// When the store fails.
    pub fn job_retirement(&self, id: JobId) -> Result<Option<RetirementView>, StoreError> {
        let state = self.state.read();
        if !state.retired.jobs.contains_key(&id) {
            return Ok(None);
        }
        match state.job_meta_of(id)? {
            Some(meta) => state.retirement(&meta.facets, meta.span),
            None => Ok(None),
        }
    }

    /// All datasets and jobs that are retired, by namespace and name.
    pub fn all_retired(&self) -> (Vec<DatasetId>, Vec<JobId>) {
        let state = self.state.read();
        let mut datasets: Vec<_> = state.retired.datasets.keys().copied().collect();
        datasets.sort_by_cached_key(|&id| state.full_name(id));
        let mut jobs: Vec<_> = state.retired.jobs.keys().copied().collect();
        jobs.sort_by_cached_key(|&id| {
            let (namespace, name) = state.job_names.name(id);
            (state.strings.text(namespace).to_owned(), name.to_owned())
        });
        (datasets, jobs)
    }
}
