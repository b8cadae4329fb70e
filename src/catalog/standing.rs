//! How an assertion stood at a time: why an edge was there, or was not.

use crate::openlineage::EventTime;
use crate::store::StoreError;

use super::handle::Catalog;
use super::past::Statics;
use super::records::{Assertion, Owner};
use super::state::State;

/// How an assertion stood at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It was current.
    Current,
    /// It was asserted first after that.
    NotYet {
        /// When.
        first: EventTime,
    },
    /// Runs had asserted it, and the job had stopped for longer than the edge window.
    Expired {
        /// When it was asserted last by then.
        last: EventTime,
        /// Effective runs of the job after that, by then.
        runs_since: u64,
    },
    /// A static event had declared it, and a later one of the same job or dataset did not.
    Replaced {
        /// When the one that held was sent.
        by: EventTime,
    },
    /// Its job, or a dataset of it, was retired.
    Retired,
    /// It is known no more: a later event has taken back what was asserted.
    Unknown,
}

impl Catalog {
    /// How assertions stood at a time, in their order.
    ///
    /// # Errors
    /// When the store fails.
    pub fn standing(&self, flows: &[u32], at: EventTime) -> Result<Vec<Standing>, StoreError> {
        let state = self.staged()?;
        let mut statics = Statics::default();
        let flows = flows.iter();
        flows
            .map(|&flow| state.standing_at(flow, at, &mut statics))
            .collect()
    }
}

impl State {
    fn standing_at(
        &self,
        id: u32,
        at: EventTime,
        statics: &mut Statics,
    ) -> Result<Standing, StoreError> {
        let Some(Some(assertion)) = self.assertions.get(id as usize) else {
            return Ok(Standing::Unknown);
        };
        if self.was_retired(assertion, at) {
            return Ok(Standing::Retired);
        }
        if self.was_current(id, at, statics)? {
            return Ok(Standing::Current);
        }
        let declared = assertion.statics.filter(|span| span.first <= at);
        if let Some(last) = self.asserted_by(id, assertion, at)? {
            let runs_since = match assertion.owner {
                Owner::Job(job) => self.runs_since(job, last, at)?,
                Owner::Dataset(_) => 0,
            };
            return Ok(Standing::Expired { last, runs_since });
        }
        if declared.is_some()
            && let Some(by) = self.declared_by(assertion, at)?
        {
            return Ok(Standing::Replaced { by });
        }
        let first = assertion.evidence().map(|evidence| evidence.first_seen);
        Ok(first.map_or(Standing::Unknown, |first| Standing::NotYet { first }))
    }

    fn was_retired(&self, assertion: &Assertion, at: EventTime) -> bool {
        let mut jobs = assertion.jobs();
        if jobs.any(|job| self.retired.is_without_job(job, Some(at))) {
            return true;
        }
        let datasets = assertion.inputs.iter().chain(&assertion.outputs);
        datasets
            .map(|&id| self.identity.canonical(id))
            .any(|id| self.retired.is_without(id, Some(at)))
    }

    /// Time of the static event that held at a time, of the owner of an assertion.
    fn declared_by(
        &self,
        assertion: &Assertion,
        at: EventTime,
    ) -> Result<Option<EventTime>, StoreError> {
        if assertion.reader.is_some() {
            return Ok(self.exposures_at(assertion, at)?.map(|held| held.0));
        }
        Ok(self.static_at(assertion.owner, at)?.map(|held| held.0))
    }
}
