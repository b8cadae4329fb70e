//! Exposures of dbt: dashboards and the like that read datasets, of which no event of their own
//! tells. A dataset's `dbt_exposures` facet lists those that read it. Each is a job, and that it reads
//! the dataset is an assertion of that job (its `reader`), whose owner is the job that sent the facet.
//!
//! Of each dataset and each source (as with schemas: a job, or the producer of dataset events) the
//! latest list counts: who is not on it any more does not read the dataset, says that source. dbt
//! sends no facet when the last exposure of a model is gone, so a list also leaves as edges do:
//! `edge_window` after its job's runs stopped sending it.

use crate::openlineage::facets::{
    EXPOSURE, EXPOSURE_NAMESPACE, EXPOSURES, Exposure, dbt_exposure, dbt_exposures,
};
use crate::openlineage::{ContentHash, DatasetPart, EventTime, JobPart, content_hash};
use crate::project::current::current_at;
use crate::store::StoreError;

use super::apply::Context;
use super::handle::Catalog;
use super::keys;
use super::names::{DatasetId, JobId};
use super::records::{Assertion, FacetRegister, Owner, unite};
use super::schemas::{job_source, producer_source, teller};
use super::state::{State, decode, encode};

/// A list of exposures: its time, the hash of the event that told it, and the assertions that it is.
type Listed = (EventTime, ContentHash, Vec<u32>);

fn content(producer: u32, dataset: DatasetId, reader: JobId) -> ContentHash {
    let mut bytes = b"exposure".to_vec();
    for number in [producer, dataset, reader] {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    content_hash(&bytes)
}

fn source_of(assertion: &Assertion) -> u64 {
    match assertion.owner {
        Owner::Job(job) => job_source(job),
        Owner::Dataset(_) => producer_source(assertion.producer),
    }
}

impl State {
    /// Folds in which exposures read a dataset, as an event tells it.
    pub fn told_exposures(
        &mut self,
        dataset: DatasetId,
        source: u64,
        part: &DatasetPart,
        context: Context,
    ) -> Result<(), StoreError> {
        let mut facets = part.facets.iter();
        let Some(facet) = facets.find(|facet| &*facet.name == EXPOSURES) else {
            return Ok(());
        };
        let owner = match teller(source) {
            Ok(job) => Owner::Job(job),
            Err(_) => Owner::Dataset(dataset),
        };
        let mut told = Vec::new();
        for (exposure, facet) in dbt_exposures(facet) {
            let part = JobPart {
                namespace: EXPOSURE_NAMESPACE.into(),
                name: exposure.id().into(),
                facets: vec![facet],
            };
            let reader = self.job_part(&part, context)?;
            self.settle_retired_job(reader)?;
            told.push(self.exposure_assertion(owner, dataset, reader, context));
        }
        self.list_exposures(dataset, source, told, context)
    }

    fn exposure_assertion(
        &mut self,
        owner: Owner,
        dataset: DatasetId,
        reader: JobId,
        context: Context,
    ) -> u32 {
        let content = content(context.producer, dataset, reader);
        let held = self.assertion_ids.get(&(owner, content)).copied();
        let id = held.unwrap_or_else(|| {
            let inputs = vec![dataset];
            self.new_assertion(Assertion {
                reader: Some(reader),
                ..Assertion::of(owner, context.producer, content, inputs, Vec::new())
            })
        });
        if let Some(Some(assertion)) = self.assertions.get_mut(id as usize) {
            assertion.declare(context.time);
            self.dirty_assertions.insert(id);
        }
        id
    }

    /// Keeps a list beside the earlier and later ones of its source; the latest counts.
    fn list_exposures(
        &mut self,
        dataset: DatasetId,
        source: u64,
        told: Vec<u32>,
        context: Context,
    ) -> Result<(), StoreError> {
        let at = keys::exposures(dataset, source, context.time, &context.hash);
        let before = self.latest_exposures(dataset, source, None)?;
        // An event may name a dataset twice, with two lists: both hold.
        let mut listed: Vec<u32> = match self.records.get(&at)? {
            Some(bytes) => decode(&bytes)?,
            None => Vec::new(),
        };
        unite(&mut listed, told);
        self.records.put(at, encode(&listed)?);
        let now = (context.time, context.hash);
        if let Some((time, hash, before)) = before {
            if (time, hash) > now {
                return listed.into_iter().try_for_each(|id| self.refresh(id));
            }
            for id in before.into_iter().filter(|id| !listed.contains(id)) {
                self.fix(id, None);
                self.refresh(id)?;
            }
        }
        for id in listed {
            self.fix(id, Some(context.time));
            self.refresh(id)?;
        }
        Ok(())
    }

    /// The latest list of a source, of those told by a time; of all without one.
    fn latest_exposures(
        &self,
        dataset: DatasetId,
        source: u64,
        at: Option<EventTime>,
    ) -> Result<Option<Listed>, StoreError> {
        let prefix = keys::exposures_of(dataset, source);
        // Keys descend: the last of those later than `at`, whatever their hash.
        let next = at.and_then(|at| at.0.checked_add(1));
        let after = next.map(|next| keys::exposures(dataset, source, EventTime(next), &[0; 16]));
        let Some(pair) = self.records.scan(&prefix, after.as_deref()).next() else {
            return Ok(None);
        };
        let (key, ids) = pair?;
        let ids = decode(&ids)?;
        Ok(keys::exposures_in(&key).map(|(time, hash)| (time, hash, ids)))
    }

    /// Time and assertions of the list that held at a time, of the source and dataset of an
    /// assertion.
    pub fn exposures_at(
        &self,
        assertion: &Assertion,
        at: EventTime,
    ) -> Result<Option<(EventTime, Vec<u32>)>, StoreError> {
        let Some(&dataset) = assertion.inputs.first() else {
            return Ok(None);
        };
        let held = self.latest_exposures(dataset, source_of(assertion), Some(at))?;
        Ok(held.map(|(time, _, ids)| (time, ids)))
    }

    /// When an assertion was made last by a time: by runs, or by the list that held then.
    pub fn asserted_by(
        &self,
        id: u32,
        assertion: &Assertion,
        at: EventTime,
    ) -> Result<Option<EventTime>, StoreError> {
        if assertion.reader.is_none() {
            return Ok(assertion.last_by(at));
        }
        let held = self.exposures_at(assertion, at)?;
        Ok(held.filter(|(_, ids)| ids.contains(&id)).map(|held| held.0))
    }

    /// Whether a list that its owner sent at a time is not too old beside the owner's runs.
    pub fn is_told_lately(&self, owner: Owner, told: EventTime) -> bool {
        match owner {
            Owner::Job(job) => {
                let activity = &self.jobs[job as usize].activity;
                activity.is_current(told, self.options.edge_window)
            }
            Owner::Dataset(_) => true,
        }
    }

    /// Whether an exposure read a dataset at a time, by the source that an assertion is of.
    pub fn was_read(
        &self,
        id: u32,
        assertion: &Assertion,
        at: EventTime,
    ) -> Result<bool, StoreError> {
        let told = self.asserted_by(id, assertion, at)?;
        let Owner::Job(job) = assertion.owner else {
            return Ok(told.is_some());
        };
        current_at(told, self.options.edge_window, at, |ask| {
            self.effective_between(job, ask)
        })
    }
}

impl Catalog {
    /// The exposure of dbt that a job is.
    ///
    /// # Errors
    /// When the store fails.
    pub fn exposure(&self, job: JobId) -> Result<Option<Exposure>, StoreError> {
        let state = self.state.read();
        let Some(meta) = state.job_meta_of(job)? else {
            return Ok(None);
        };
        let told = |held: &&FacetRegister| state.strings.text(held.name) == EXPOSURE;
        let held = meta.facets.iter().find(told);
        let Some(held) = held.filter(|held| !held.deleted) else {
            return Ok(None);
        };
        let body = state.facet_body(&held.hash)?;
        Ok(body.and_then(|body| dbt_exposure(&body)))
    }
}
