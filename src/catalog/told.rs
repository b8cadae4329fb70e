//! Lineage that an event tells by facets, in order of rank: the explicit `lineage` facet of a
//! dataset or job, then columnLineage. What neither tells is inferred from inputs × outputs, by the
//! caller.

use ahash::HashSet;

use crate::openlineage::facets::{dataset_lineage, job_lineage};
use crate::openlineage::{DatasetPart, Facet, JobPart};
use crate::store::StoreError;

use super::apply::Context;
use super::names::DatasetId;
use super::records::Owner;
use super::state::State;

/// What the facets of one event, or of all events of a run, tell.
#[derive(Default)]
pub struct Told {
    /// Assertions from explicit lineage facets.
    pub explicit: Vec<u32>,
    /// Assertions from columnLineage facets.
    pub columns: Vec<u32>,
}

/// A facet by name, unless it is deleted.
pub fn held<'f>(facets: &'f [Facet], name: &str) -> Option<&'f Facet> {
    facets
        .iter()
        .find(|facet| &*facet.name == name && !facet.deleted)
}

impl State {
    /// The explicit lineage of a job's own facet.
    pub fn told_by_job(
        &mut self,
        owner: Owner,
        job: &JobPart,
        context: Context,
        told: &mut Told,
    ) -> Result<(), StoreError> {
        let Some(facet) = held(&job.facets, "lineage") else {
            return Ok(());
        };
        for entry in job_lineage(&facet.value) {
            let output = self.dataset(&entry.namespace, &entry.name);
            told.explicit.extend(self.explicit_assertions(
                owner,
                context,
                output,
                &facet.hash,
                &entry.lineage,
            )?);
        }
        Ok(())
    }

    /// The explicit lineage of a dataset part.
    pub fn told_explicitly(
        &mut self,
        owner: Owner,
        id: DatasetId,
        part: &DatasetPart,
        context: Context,
        told: &mut Told,
    ) -> Result<(), StoreError> {
        if let Some(facet) = held(&part.facets, "lineage")
            && let Some(lineage) = dataset_lineage(&facet.value)
        {
            told.explicit.extend(self.explicit_assertions(
                owner,
                context,
                id,
                &facet.hash,
                &lineage,
            )?);
        }
        Ok(())
    }

    /// The column lineage of a dataset part; when the dataset is among `explicit` only its names
    /// are taken note of, so that they are known whatever came first.
    pub fn told_by_columns(
        &mut self,
        owner: Owner,
        id: DatasetId,
        part: &DatasetPart,
        context: Context,
        explicit: &HashSet<DatasetId>,
        told: &mut Told,
    ) -> Result<(), StoreError> {
        let Some(facet) = held(&part.facets, "columnLineage") else {
            return Ok(());
        };
        if explicit.contains(&id) {
            self.read_mappings(id, facet, context.time);
            return Ok(());
        }
        let assertion = self.mapping_assertion(owner, context, id, facet)?;
        told.columns.extend(assertion);
        Ok(())
    }

    /// The datasets that explicit assertions are about.
    pub fn explicit_outputs(&self, explicit: &[u32]) -> HashSet<DatasetId> {
        let held = explicit
            .iter()
            .filter_map(|&id| self.assertions.get(id as usize)?.as_ref());
        held.flat_map(|assertion| assertion.outputs.iter().copied())
            .collect()
    }
}
