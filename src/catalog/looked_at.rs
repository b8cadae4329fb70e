//! What contracts look at of datasets and jobs: names and the facets that rules read.

use crate::openlineage::EventTime;
use crate::openlineage::facets::{CONSUMER, EXPOSURE};
use crate::project::naming::NameRules;
use crate::store::StoreError;

use super::handle::Catalog;
use super::names::{DatasetId, JobId};
use super::records::{DatasetMeta, FacetRegister};
use super::state::State;

/// Facets that contracts look at; their bodies stand in the store, and a new value of one is told
/// as a touched [`super::Entity::DatasetFacts`] or [`super::Entity::JobFacts`].
pub const LOOKED_AT: [&str; 10] = [
    "tags",
    "ownership",
    "storage",
    "hierarchy",
    "datasetType",
    "jobType",
    "dbt_node",
    "dbt_model",
    EXPOSURE,
    CONSUMER,
];

/// A dataset or job with the facets that contracts look at.
#[derive(Debug, Clone)]
pub struct LookedAt {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Time of the first event that names it or, of a dataset, one of its columns.
    pub since: Option<EventTime>,
    /// Names of facets and their canonical JSON.
    pub facets: Vec<(String, Vec<u8>)>,
}

/// Which numbers stand for a dataset or job that is there.
#[derive(Debug, Clone, Default)]
pub struct Present {
    /// By dataset: it is no other name of one, and neither dropped nor retired.
    pub datasets: Vec<bool>,
    /// By job: it is not retired.
    pub jobs: Vec<bool>,
    /// For each number of a dataset, the dataset that it is a name of.
    pub canonical: Vec<DatasetId>,
}

impl Catalog {
    /// Which spellings of names are told apart.
    pub fn name_rules(&self) -> NameRules {
        self.state.read().options.rules.clone()
    }

    /// Which datasets and jobs are there.
    pub fn present(&self) -> Present {
        let state = self.state.read();
        let canonical: Vec<DatasetId> = (0..state.dataset_names.len())
            .map(|id| state.identity.canonical(id))
            .collect();
        let there = |(id, canonical): (DatasetId, &DatasetId)| {
            id == *canonical
                && !state.retired.is_without(id, None)
                && state.dropped_since(id).is_none()
        };
        let datasets = (0..).zip(&canonical).map(there).collect();
        let jobs = 0..state.job_names.len();
        let jobs = jobs
            .map(|id| !state.retired.is_without_job(id, None))
            .collect();
        Present {
            datasets,
            jobs,
            canonical,
        }
    }

    /// Datasets with the facets that contracts look at, in their order.
    ///
    /// # Errors
    /// When the store fails.
    pub fn datasets_looked_at(&self, ids: &[DatasetId]) -> Result<Vec<LookedAt>, StoreError> {
        let state = self.state.read();
        let one = |&id: &DatasetId| {
            let (namespace, name) = state.dataset_names.name(id);
            let meta = state.whole_meta(id)?;
            let facets = meta.as_ref().map(|meta| state.looked_at(&meta.facets));
            Ok(LookedAt {
                namespace: state.strings.text(namespace).to_owned(),
                name: name.to_owned(),
                since: state.named_since(id, meta.as_ref()),
                facets: facets.transpose()?.unwrap_or_default(),
            })
        };
        ids.iter().map(one).collect()
    }

    /// Jobs with the facets that contracts look at, in their order.
    ///
    /// # Errors
    /// When the store fails.
    pub fn jobs_looked_at(&self, ids: &[JobId]) -> Result<Vec<LookedAt>, StoreError> {
        let state = self.state.read();
        let one = |&id: &JobId| {
            let (namespace, name) = state.job_names.name(id);
            let meta = state.job_meta_of(id)?;
            let facets = meta.as_ref().map(|meta| state.looked_at(&meta.facets));
            Ok(LookedAt {
                namespace: state.strings.text(namespace).to_owned(),
                name: name.to_owned(),
                since: meta.map(|meta| meta.span.first),
                facets: facets.transpose()?.unwrap_or_default(),
            })
        };
        ids.iter().map(one).collect()
    }
}

impl State {
    /// Time of the first event that names a dataset or one of its columns.
    pub fn named_since(&self, id: DatasetId, meta: Option<&DatasetMeta>) -> Option<EventTime> {
        let columns = self.columns_since(id).into_iter();
        let columns = columns.map(|(.., since)| since);
        columns.chain(meta.map(|meta| meta.span.first)).min()
    }

    fn looked_at(&self, registers: &[FacetRegister]) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let mut facets = Vec::new();
        for register in registers.iter().filter(|register| !register.deleted) {
            let name = self.strings.text(register.name);
            if !LOOKED_AT.contains(&name) {
                continue;
            }
            if let Some(body) = self.facet_body(&register.hash)? {
                facets.push((name.to_owned(), body));
            }
        }
        Ok(facets)
    }
}
