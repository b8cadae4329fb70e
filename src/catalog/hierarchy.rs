//! What started what: the parents that runs are told to have, and the way back from a parent to
//! what it started. What a run's own facet says now is read from the facet; here is every parent
//! that any event told, because a set can be joined in any order.

use uuid::Uuid;

use crate::openlineage::{EventTime, Facet, facets, run_id};
use crate::store::StoreError;

use super::apply::Context;
use super::handle::Catalog;
use super::keys;
use super::names::JobId;
use super::records::{ParentJob, RunRecord, Span, merge};
use super::run_view::RunView;
use super::state::{State, decode, encode};

/// Facets that name a parent; `parentRun` is Prefect's (trap 31).
const PARENT: [&str; 2] = ["parent", "parentRun"];

/// A job and the times of the events that told of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParentJobView {
    /// The job that starts.
    pub job: JobId,
    /// First and last time of an event that told so.
    pub span: (EventTime, EventTime),
}

impl State {
    /// Takes note of the parents that an event of a run tells.
    pub fn join_parents(
        &mut self,
        record: &mut RunRecord,
        (job, run): (JobId, Uuid),
        told: &[Facet],
        context: Context,
    ) {
        for facet in told {
            if facet.deleted || !PARENT.contains(&&*facet.name) {
                continue;
            }
            let Some(parent) = facets::parent(&facet.value) else {
                continue;
            };
            let parent_job = self.job(&parent.namespace, &parent.name);
            if parent_job != job {
                self.join_parent_job(job, parent_job, context);
            }
            let parent = (parent_job, run_id(&parent.run_id).0);
            if parent == (job, run) {
                continue;
            }
            if let Err(at) = record.parents.binary_search(&parent) {
                record.parents.insert(at, parent);
                self.new_children
                    .entry(parent)
                    .or_default()
                    .push((job, run));
            }
        }
    }

    /// Puts the children that were found since the last time where the next flush takes them from:
    /// one record for each parent, for a key of its own for each child would be a third more to
    /// write for each run.
    pub fn stage_children(&mut self) -> Result<(), StoreError> {
        for (parent, children) in self.new_children.drain() {
            let key = keys::some_child_runs(parent, self.applied_seq);
            self.records.put(key, encode(&children)?);
        }
        Ok(())
    }

    fn join_parent_job(&mut self, job: JobId, parent: JobId, context: Context) {
        let Some(meta) = self.job_meta.edit(job) else {
            return;
        };
        let told = ParentJob {
            job: parent,
            span: Span::at(context.time),
        };
        let mut new = false;
        let join = |held: &mut ParentJob, told: Option<ParentJob>| match told {
            Some(told) => held.span.join(told.span),
            None => new = true,
        };
        merge(&mut meta.parents, vec![told], |held| held.job, join);
        if new {
            self.records.put(keys::child_job(parent, job), Vec::new());
        }
    }
}

impl Catalog {
    /// The jobs that start a job, as its runs tell, in order of first sight.
    ///
    /// # Errors
    /// When the store fails.
    pub fn parents_of(&self, job: JobId) -> Result<Vec<ParentJobView>, StoreError> {
        let state = self.state.read();
        let meta = state.job_meta_of(job)?;
        let parents = meta.map(|meta| meta.parents).unwrap_or_default();
        let view = |held: ParentJob| ParentJobView {
            job: held.job,
            span: (held.span.first, held.span.last),
        };
        Ok(parents.into_iter().map(view).collect())
    }

    /// The jobs that a job starts, as their runs tell, in order of first sight.
    ///
    /// # Errors
    /// When the store fails.
    pub fn children_of(&self, job: JobId) -> Result<Vec<JobId>, StoreError> {
        let state = self.staged()?;
        let prefix = keys::by_id(keys::CHILD_JOBS, job);
        let mut children = Vec::new();
        for pair in state.records.scan(&prefix, None) {
            children.extend(keys::child_of_job(&pair?.0));
        }
        Ok(children)
    }

    /// The runs that a run started, as they tell, by run id and job.
    ///
    /// # Errors
    /// When the store fails.
    pub fn child_runs(&self, parent: (JobId, Uuid)) -> Result<Vec<(JobId, Uuid)>, StoreError> {
        let state = self.staged()?;
        let mut children = Vec::new();
        for pair in state.records.scan(&keys::child_runs(parent), None) {
            let some: Vec<(JobId, Uuid)> = decode(&pair?.1)?;
            children.extend(some);
        }
        children.sort_unstable_by_key(|&(job, run)| (run, job));
        children.dedup();
        Ok(children)
    }

    /// Runs by job and id; those that are not there are left out.
    ///
    /// # Errors
    /// When the store fails.
    pub fn runs_by_id(&self, wanted: &[(JobId, Uuid)]) -> Result<Vec<RunView>, StoreError> {
        let state = self.staged()?;
        let mut runs = Vec::with_capacity(wanted.len());
        for &(job, run) in wanted {
            let record = state.stored_run(job, run)?;
            runs.extend(record.map(|record| state.run_view(job, run, record)));
        }
        Ok(runs)
    }
}
