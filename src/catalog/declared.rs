//! What static events declare: registers that a later event of the same job or dataset replaces.

use crate::openlineage::{DatasetPart, Event};
use crate::store::StoreError;

use super::apply::{Context, lineage_facet};
use super::names::{DatasetId, JobId};
use super::records::{Declared, Owner};
use super::state::State;

impl State {
    /// A static job event replaces what an earlier one declared.
    pub fn apply_static_job(
        &mut self,
        job: JobId,
        inputs: &[DatasetPart],
        outputs: &[DatasetPart],
        event: &Event,
        context: Context,
    ) -> Result<(), StoreError> {
        let mut assertions = Vec::new();
        let ins = self.static_datasets(job, inputs, context, &mut assertions)?;
        let outs = self.static_datasets(job, outputs, context, &mut assertions)?;
        if !ins.is_empty() || !outs.is_empty() {
            assertions.push(self.flow_assertion(Owner::Job(job), context.producer, &ins, &outs));
        }
        let new = Declared {
            time: event.time,
            hash: event.hash,
            assertions,
        };
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
        assertions: &mut Vec<u32>,
    ) -> Result<Vec<DatasetId>, StoreError> {
        let mut ids = Vec::with_capacity(parts.len());
        for part in parts {
            let id = self.run_dataset(part, job, context)?;
            ids.push(id);
            if let Some(facet) = lineage_facet(part) {
                assertions.extend(self.mapping_assertion(
                    Owner::Job(job),
                    context.producer,
                    id,
                    facet,
                )?);
            }
        }
        ids.sort_unstable();
        ids.dedup();
        Ok(ids)
    }

    pub fn apply_static_dataset(
        &mut self,
        id: DatasetId,
        part: &DatasetPart,
        event: &Event,
        context: Context,
    ) -> Result<(), StoreError> {
        let lineage = part
            .facets
            .iter()
            .find(|facet| &*facet.name == "columnLineage");
        let Some(facet) = lineage else { return Ok(()) };
        let mut assertions = Vec::new();
        if !facet.deleted {
            assertions.extend(self.mapping_assertion(
                Owner::Dataset(id),
                context.producer,
                id,
                facet,
            )?);
        }
        let new = Declared {
            time: event.time,
            hash: event.hash,
            assertions,
        };
        let Some(meta) = self.dataset_meta.edit(id) else {
            return Ok(());
        };
        let loser = replace(&mut meta.declared, new);
        let winner = meta.declared.clone();
        self.settle_declared(loser, winner)
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
