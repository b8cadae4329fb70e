//! Runs as readers see them, and the history of a job.

use uuid::Uuid;

use crate::openlineage::{EventTime, RunState, may_stand_for_a_text};
use crate::project::run::{end_rule, settle};
use crate::store::StoreError;

use super::handle::Catalog;
use super::keys;
use super::names::{DatasetId, JobId};
use super::records::RunRecord;
use super::state::{State, decode};
use super::uses;
use super::view::{FacetRef, times};

/// A run.
#[derive(Debug, Clone)]
pub struct RunView {
    /// Its id.
    pub id: Uuid,
    /// Its id as its producer told it, where that is not a UUID.
    pub text: Option<String>,
    /// Its job.
    pub job: JobId,
    /// The state that counts.
    pub state: RunState,
    /// Different end states were reported.
    pub conflict: bool,
    /// Every state it was told.
    pub states: Vec<(RunState, EventTime)>,
    /// First and last event.
    pub span: (EventTime, EventTime),
    /// Who sent it (the latest event counts).
    pub producer: String,
    /// Its facets; their bodies are read from the log.
    pub facets: Vec<FacetRef>,
    /// Datasets read.
    pub inputs: Vec<DatasetId>,
    /// Datasets written.
    pub outputs: Vec<DatasetId>,
    /// Facets of its uses of datasets: (dataset, is output, facet).
    pub io_facets: Vec<(DatasetId, bool, FacetRef)>,
    /// There were more assertions than are kept.
    pub io_facets_cut: bool,
}

impl Catalog {
    /// The id, as it was told, of the run of a job that sent an event of a time, when it is among the latest that began by then.
    ///
    /// # Errors
    /// When the store fails.
    pub fn run_at(&self, job: JobId, time: EventTime) -> Result<Option<String>, StoreError> {
        const LOOKED_AT: usize = 64;
        let state = self.staged()?;
        let prefix = keys::by_id(keys::RUNS, job);
        // Keys descend by time: what is behind this one began by then.
        let first = keys::run(job, time.0.saturating_add(1), Uuid::max());
        let runs = state.records.scan(&prefix, Some(&first));
        for pair in runs.take(LOOKED_AT) {
            let (key, value) = pair?;
            let record: RunRecord = decode(&value)?;
            if record.states.iter().any(|state| state.1 == time) {
                let run = keys::run_of(&key);
                let text = |run| state.run_text(run).unwrap_or_else(|| run.to_string());
                return Ok(run.map(text));
            }
        }
        Ok(None)
    }

    /// Runs of a job, the one with the latest first event first, after a given one.
    ///
    /// # Errors
    /// When the store fails.
    pub fn runs_of(
        &self,
        job: JobId,
        after: Option<(EventTime, Uuid)>,
        limit: usize,
    ) -> Result<Vec<RunView>, StoreError> {
        let state = self.staged()?;
        let after = after.map(|(time, run)| keys::run(job, time.0, run));
        let mut runs = Vec::new();
        let prefix = keys::by_id(keys::RUNS, job);
        for pair in state.records.scan(&prefix, after.as_deref()).take(limit) {
            let (key, value) = pair?;
            if let Some(run) = keys::run_of(&key) {
                runs.push(state.run_view(job, run, decode(&value)?));
            }
        }
        Ok(runs)
    }

    /// How many runs a job has.
    pub fn run_count(&self, job: JobId) -> u64 {
        let state = self.state.read();
        state.jobs.get(job as usize).map_or(0, |job| job.runs)
    }

    /// All runs with an id; one id may be shared by several jobs.
    ///
    /// # Errors
    /// When the store fails.
    pub fn runs_with_id(&self, run: Uuid) -> Result<Vec<RunView>, StoreError> {
        let state = self.staged()?;
        let mut prefix = vec![keys::RUN_IDS];
        prefix.extend_from_slice(run.as_bytes());
        let mut runs = Vec::new();
        for pair in state.records.scan(&prefix, None) {
            let Some(job) = keys::job_of_run_id(&pair?.0) else {
                continue;
            };
            if let Some(record) = state.stored_run(job, run)? {
                runs.push(state.run_view(job, run, record));
            }
        }
        Ok(runs)
    }
}

impl State {
    pub fn run_view(&self, job: JobId, run: Uuid, record: RunRecord) -> RunView {
        let producer = self.strings.text(record.producer.producer).to_owned();
        let settled = settle(record.states.iter().copied(), end_rule(&producer));
        let held = uses::that_hold(&record.io_facets);
        let canonical = |id| self.identity.canonical(id);
        let io_facets =
            held.map(|io| (canonical(io.dataset), io.output, self.facet_ref(&io.facet)));
        let io_facets = io_facets.collect();
        let mut states = record.states;
        states.sort_by_key(|&(state, time)| (time, state));
        RunView {
            id: run,
            text: self.run_text(run),
            job,
            state: settled.state,
            conflict: settled.conflict,
            states,
            span: times(record.span),
            producer,
            facets: self.facet_refs(&record.facets),
            inputs: self.canonical_all(&record.inputs),
            outputs: self.canonical_all(&record.outputs),
            io_facets,
            io_facets_cut: record.io_facets_cut,
        }
    }

    /// The text for which a run id stands; `None` when it is the id itself. A store that fails tells
    /// nothing here: it fails where the run is read.
    pub fn run_text(&self, run: Uuid) -> Option<String> {
        if !may_stand_for_a_text(run) {
            return None;
        }
        let text = self.records.get(&keys::run_text(run)).ok()??;
        Some(String::from_utf8_lossy(&text).into_owned())
    }
}
