//! Between memory and store: what is read when a catalog is opened, what is written by a flush.

use std::sync::Arc;

use crate::store::{StoreError, WriteBatch};

use super::keys;
use super::names::StringId;
use super::records::Meta;
use super::state::{HotDataset, HotJob, State, decode, encode};

impl State {
    /// Reads into memory what is needed to go on.
    pub fn load(&mut self, meta: &Meta) -> Result<(), StoreError> {
        let store = Arc::clone(&self.store);
        for pair in store.scan(&[keys::STRINGS], None) {
            self.strings.intern(&String::from_utf8_lossy(&pair?.1));
        }
        for pair in store.scan(&[keys::DATASETS], None) {
            let (namespace, name): (StringId, String) = decode(&pair?.1)?;
            self.dataset_names.insert(namespace, &name);
            self.datasets.push(HotDataset::default());
        }
        for pair in store.scan(&[keys::COLUMNS], None) {
            let (key, value) = pair?;
            let (columns, layer): (Vec<StringId>, Option<StringId>) = decode(&value)?;
            self.counts.columns += columns.len() as u64;
            let dataset = keys::id_of(&key).and_then(|id| self.datasets.get_mut(id as usize));
            if let Some(dataset) = dataset {
                *dataset = HotDataset { columns, layer };
            }
        }
        for pair in store.scan(&[keys::JOBS], None) {
            let (namespace, name): (StringId, String) = decode(&pair?.1)?;
            self.job_names.insert(namespace, &name);
            self.jobs.push(HotJob::default());
        }
        for pair in store.scan(&[keys::ACTIVITY], None) {
            let (key, value) = pair?;
            let job = keys::id_of(&key).and_then(|id| self.jobs.get_mut(id as usize));
            if let Some(job) = job {
                job.activity = decode(&value)?;
            }
        }
        for pair in store.scan(&[keys::ASSERTIONS], None) {
            let (key, value) = pair?;
            let Some(id) = keys::id_of(&key) else {
                continue;
            };
            self.hold_assertion(id, decode(&value)?);
        }
        self.counts.datasets = self.datasets.len() as u64;
        self.counts.jobs = self.jobs.len() as u64;
        self.counts.runs = meta.runs;
        self.applied_seq = meta.applied_seq;
        Ok(())
    }

    /// Writes what changed, in one batch with the offset.
    pub fn flush(&mut self) -> Result<(), StoreError> {
        let mut batch = WriteBatch {
            writes: self.pending.drain().collect(),
        };
        let mut failed = None;
        let mut put = |batch: &mut WriteBatch, key: Vec<u8>, value: Result<Vec<u8>, StoreError>| {
            match value {
                Ok(value) => batch.put(key, value),
                Err(error) => failed = Some(error),
            }
        };
        for dataset in self.dirty_columns.drain() {
            let hot = &self.datasets[dataset as usize];
            let record = encode(&(&hot.columns, hot.layer));
            put(&mut batch, keys::by_id(keys::COLUMNS, dataset), record);
        }
        for job in self.dirty_activity.drain() {
            let activity = &self.jobs[job as usize].activity;
            put(
                &mut batch,
                keys::by_id(keys::ACTIVITY, job),
                encode(activity),
            );
        }
        for id in self.dirty_assertions.drain() {
            let key = keys::by_id(keys::ASSERTIONS, id);
            match &self.assertions[id as usize] {
                Some(assertion) => put(&mut batch, key, encode(assertion)),
                None => batch.remove(key),
            }
        }
        self.dataset_meta.drain_dirty(|&id, meta| {
            put(
                &mut batch,
                keys::by_id(keys::DATASET_META, id),
                encode(meta),
            );
        });
        self.job_meta.drain_dirty(|&id, meta| {
            put(&mut batch, keys::by_id(keys::JOB_META, id), encode(meta));
        });
        self.schemas.drain_dirty(|&(dataset, source), schema| {
            put(&mut batch, keys::schema(dataset, source), encode(schema));
        });
        self.runs.drain_dirty(|&(job, run), record| {
            if record.indexed != Some(record.span.first) {
                match record.indexed {
                    Some(old) => batch.remove(keys::run_time(job, old.0, run)),
                    None => batch.put(keys::run_id(run, job), []),
                }
                batch.put(keys::run_time(job, record.span.first.0, run), []);
                record.indexed = Some(record.span.first);
            }
            put(&mut batch, keys::run(job, run), encode(record));
        });
        let meta = Meta {
            layout: keys::LAYOUT,
            applied_seq: self.applied_seq,
            runs: self.counts.runs,
        };
        put(&mut batch, keys::META.to_vec(), encode(&meta));
        match failed {
            Some(error) => Err(error),
            None => self.store.write(batch),
        }
    }
}
