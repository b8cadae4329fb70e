//! What static events declare: registers that a later event of the same job or dataset replaces.

use crate::openlineage::{DatasetPart, Event, Facet, JobPart};
use crate::store::StoreError;

use super::apply::Context;
use super::keys;
use super::names::{DatasetId, JobId};
use super::records::{Declared, Owner, unite};
use super::retired::only_retires;
use super::state::{State, encode};
use super::told::Told;

impl State {
    /// A static job event replaces what an earlier one declared.
    pub fn apply_static_job(
        &mut self,
        job: JobId,
        part: &JobPart,
        (inputs, outputs): (&[DatasetPart], &[DatasetPart]),
        event: &Event,
        context: Context,
    ) -> Result<(), StoreError> {
        if only_retires(&part.facets, inputs, outputs) {
            return Ok(());
        }
        let owner = Owner::Job(job);
        let mut told = Told::default();
        self.told_by_job(owner, part, context, &mut told)?;
        let ins = self.static_datasets(job, inputs, context, &mut told)?;
        let outs = self.static_datasets(job, outputs, context, &mut told)?;
        let explicit = self.explicit_outputs(&told.explicit);
        for (&id, part) in ins.iter().zip(inputs).chain(outs.iter().zip(outputs)) {
            self.told_by_columns(owner, id, part, context, &explicit, &mut told)?;
        }
        let (mut read, mut written) = (Vec::new(), Vec::new());
        unite(&mut read, ins);
        unite(&mut written, outs);
        written.retain(|id| !explicit.contains(id));
        let mut assertions = told.explicit;
        let statements = super::statements::Ran {
            sql: self.keep_sql(part).into_iter().collect(),
            inputs: self.read_by(&read, &told.columns),
            outputs: written.clone(),
        };
        assertions.extend(self.statement_assertions(owner, context.producer, &statements));
        assertions.extend(told.columns);
        if !read.is_empty() || !written.is_empty() {
            assertions.push(self.flow_assertion(owner, context.producer, &read, &written));
        }
        let new = self.note_declared(owner, event, assertions)?;
        let Some(meta) = self.job_meta.edit(job) else {
            return Ok(());
        };
        let loser = replace(&mut meta.declared, new);
        let winner = meta.declared.clone();
        self.settle_declared(loser, winner)
    }

    fn static_datasets(
        &mut self,
        job: JobId,
        parts: &[DatasetPart],
        context: Context,
        told: &mut Told,
    ) -> Result<Vec<DatasetId>, StoreError> {
        let mut ids = Vec::with_capacity(parts.len());
        for part in parts {
            let id = self.run_dataset(part, job, context)?;
            ids.push(id);
            self.told_explicitly(Owner::Job(job), id, part, context, told)?;
        }
        Ok(ids)
    }

    /// A static dataset event that tells lineage replaces what an earlier one declared.
    pub fn apply_static_dataset(
        &mut self,
        id: DatasetId,
        part: &DatasetPart,
        event: &Event,
        context: Context,
    ) -> Result<(), StoreError> {
        let tells = |facet: &Facet| matches!(&*facet.name, "lineage" | "columnLineage");
        if !part.facets.iter().any(tells) {
            return Ok(());
        }
        let owner = Owner::Dataset(id);
        let mut told = Told::default();
        self.told_explicitly(owner, id, part, context, &mut told)?;
        let explicit = self.explicit_outputs(&told.explicit);
        self.told_by_columns(owner, id, part, context, &explicit, &mut told)?;
        let mut assertions = told.explicit;
        assertions.extend(told.columns);
        let new = self.note_declared(owner, event, assertions)?;
        let Some(meta) = self.dataset_meta.edit(id) else {
            return Ok(());
        };
        let loser = replace(&mut meta.declared, new);
        let winner = meta.declared.clone();
        self.settle_declared(loser, winner)
    }

    /// Keeps what a static event declares, also when another one has replaced or replaces it.
    fn note_declared(
        &mut self,
        owner: Owner,
        event: &Event,
        assertions: Vec<u32>,
    ) -> Result<Declared, StoreError> {
        for &id in &assertions {
            if let Some(Some(assertion)) = self.assertions.get_mut(id as usize) {
                assertion.declare(event.time);
                self.dirty_assertions.insert(id);
            }
        }
        let at = keys::statics(owner, event.time, &event.hash);
        self.records.put(at, encode(&assertions)?);
        Ok(Declared {
            time: event.time,
            hash: event.hash,
            assertions,
        })
    }

    fn settle_declared(
        &mut self,
        loser: Option<Declared>,
        winner: Option<Declared>,
    ) -> Result<(), StoreError> {
        let kept = winner
            .as_ref()
            .map(|w| w.assertions.as_slice())
            .unwrap_or_default();
        for id in loser.into_iter().flat_map(|loser| loser.assertions) {
            if !kept.contains(&id) {
                self.fix(id, None);
                self.refresh(id)?;
            }
        }
        if let Some(winner) = winner {
            for id in winner.assertions {
                self.fix(id, Some(winner.time));
                self.refresh(id)?;
            }
        }
        Ok(())
    }
}

/// Joins into the register of static declarations; returns what lost, new or old.
fn replace(held: &mut Option<Declared>, new: Declared) -> Option<Declared> {
    match held {
        Some(old) if (new.time, new.hash) > (old.time, old.hash) => {
            Some(std::mem::replace(old, new))
        }
        Some(old) if (new.time, new.hash) == (old.time, old.hash) => None,
        Some(_) => Some(new),
        None => {
            *held = Some(new);
            None
        }
    }
}
