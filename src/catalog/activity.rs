//! When the runs of a job were effective, from its history in the store.

use std::ops::ControlFlow;

use crate::openlineage::EventTime;
use crate::project::current::{Effect, Expiry};
use crate::store::StoreError;

use super::keys;
use super::names::JobId;
use super::state::{State, decode};

impl State {
    /// How many effective runs a job had between two times. Expects changed runs to be staged.
    pub fn runs_since(
        &self,
        job: JobId,
        time: EventTime,
        until: EventTime,
    ) -> Result<u64, StoreError> {
        let activity = self.jobs[job as usize].activity;
        if activity.effective().is_none_or(|latest| latest <= time) {
            return Ok(0);
        }
        let any = activity.streaming || activity.completed.is_none();
        let mut count = 0;
        self.latest_effects(job, time, until, |effect| {
            let within = effect.last > time && effect.last <= until;
            count += u64::from((any || effect.completed) && within);
            ControlFlow::Continue(())
        })?;
        Ok(count)
    }

    /// Whether the latest effective run of a job at a time was later than another time. Expects
    /// changed runs to be staged.
    pub fn effective_between(&self, job: JobId, ask: Expiry) -> Result<bool, StoreError> {
        let activity = self.jobs[job as usize].activity;
        // What is not later now was not later then: the latest effective run only moves on.
        if activity
            .effective()
            .is_none_or(|latest| latest <= ask.after)
        {
            return Ok(false);
        }
        if activity
            .completed
            .is_some_and(|at| ask.after < at && at <= ask.until)
        {
            return Ok(true);
        }
        if activity.streaming || activity.completed.is_none() {
            return self.any_effect(job, ask, |_| true);
        }
        if self.any_effect(job, ask, |effect| effect.completed)? {
            return Ok(true);
        }
        // Runs that did not complete count only before the first that did.
        let before = Expiry {
            after: EventTime(i64::MIN),
            until: ask.until,
        };
        Ok(!self.any_effect(job, before, |effect| effect.completed)?
            && self.any_effect(job, ask, |_| true)?)
    }

    fn any_effect(
        &self,
        job: JobId,
        ask: Expiry,
        counts: impl Fn(Effect) -> bool,
    ) -> Result<bool, StoreError> {
        let mut found = false;
        self.latest_effects(job, ask.after, ask.until, |effect| {
            found |= effect.last > ask.after && effect.last <= ask.until && counts(effect);
            if found {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        })?;
        Ok(found)
    }

    /// Visits runs of a job that named a dataset, the one that began last first: all whose last
    /// event lies between two times, and some more.
    fn latest_effects(
        &self,
        job: JobId,
        after: EventTime,
        until: EventTime,
        mut visit: impl FnMut(Effect) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let longest = self.jobs[job as usize].longest;
        let prefix = keys::by_id(keys::RUNS, job);
        // Keys descend by time: what is behind this one began by then.
        let from = keys::run(job, until.0.saturating_add(1), uuid::Uuid::max());
        let from = (until.0 < i64::MAX).then_some(from.as_slice());
        for pair in self.records.scan(&prefix, from) {
            let (key, value) = pair?;
            let began = keys::began(&key).unwrap_or(i64::MAX);
            if began.saturating_add(longest) <= after.0 {
                return Ok(());
            }
            let effect = self.effect_of(&decode(&value)?);
            if let Some(effect) = effect
                && visit(effect).is_break()
            {
                return Ok(());
            }
        }
        Ok(())
    }
}
