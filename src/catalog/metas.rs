//! What is known of a dataset or job but for lineage, from memory or the store.

use crate::store::StoreError;

use super::keys;
use super::names::{DatasetId, JobId};
use super::records::{DatasetMeta, JobMeta, merge, unite};
use super::state::{State, decode};

impl State {
    fn record<T: serde::de::DeserializeOwned>(&self, key: &[u8]) -> Result<Option<T>, StoreError> {
        self.records
            .get(key)?
            .map(|bytes| decode(&bytes))
            .transpose()
    }

    pub fn dataset_meta_of(&self, id: DatasetId) -> Result<Option<DatasetMeta>, StoreError> {
        match self.dataset_meta.get(&id) {
            Some(meta) => Ok(Some(meta.clone())),
            None => self.record(&keys::by_id(keys::DATASET_META, id)),
        }
    }

    /// What all names of a dataset have been told: the latest of each facet counts. What static
    /// events declare is not among it.
    pub fn whole_meta(&self, id: DatasetId) -> Result<Option<DatasetMeta>, StoreError> {
        let id = self.identity.canonical(id);
        let mut whole: Option<DatasetMeta> = None;
        for &member in self.identity.members(&id) {
            let Some(meta) = self.dataset_meta_of(member)? else {
                continue;
            };
            let Some(whole) = &mut whole else {
                whole = Some(meta);
                continue;
            };
            whole.span.join(meta.span);
            whole.written = whole.written.max(meta.written);
            whole.refreshed = whole.refreshed.max(meta.refreshed);
            for &change in &meta.changes {
                whole.join_change(change);
            }
            unite(&mut whole.producers, meta.producers);
            merge(
                &mut whole.facets,
                meta.facets,
                |register| register.name,
                |held, new| {
                    if let Some(new) = new {
                        held.join(new);
                    }
                },
            );
        }
        Ok(whole)
    }

    pub fn job_meta_of(&self, id: JobId) -> Result<Option<JobMeta>, StoreError> {
        match self.job_meta.get(&id) {
            Some(meta) => Ok(Some(meta.clone())),
            None => self.record(&keys::by_id(keys::JOB_META, id)),
        }
    }
}
