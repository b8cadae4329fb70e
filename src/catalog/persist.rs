//! Between memory and store: what is read when a catalog is opened, what is written by a flush.

use std::any::Any;
use std::sync::Arc;

use crate::openlineage::EventTime;
use crate::store::{Overlay, StoreError};

use super::cache::Discarded;
use super::keys;
use super::names::StringId;
use super::records::Meta;
use super::state::{HotDataset, HotJob, State, decode, encode};
use super::tested::stored_under;

/// Names of columns, since when each is known, the layer, ordinals of columns that are lent.
type HotRecord = (Vec<StringId>, Vec<EventTime>, Option<StringId>, Vec<u32>);

impl State {
    /// Reads into memory what is needed to go on.
    pub fn load(&mut self, meta: &Meta) -> Result<(), StoreError> {
        let store = Arc::clone(self.records.store());
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
            let (columns, since, layer, lent): HotRecord = decode(&value)?;
            self.counts.columns += (columns.len() - lent.len().min(columns.len())) as u64;
            let Some(id) = keys::id_of(&key) else {
                continue;
            };
            if let Some(dataset) = self.datasets.get_mut(id as usize) {
                *dataset = HotDataset {
                    columns,
                    since,
                    layer,
                };
            }
            if !lent.is_empty() {
                self.hidden.insert(id, lent.iter().copied().collect());
                self.lent.insert(id, lent.into_iter().collect());
            }
        }
        for pair in store.scan(&[keys::JOBS], None) {
            let (namespace, name): (StringId, String) = decode(&pair?.1)?;
            let job = self.job_names.insert(namespace, &name);
            self.jobs.push(HotJob::default());
            self.join_family(job);
        }
        for pair in store.scan(&[keys::ACTIVITY], None) {
            let (key, value) = pair?;
            let job = keys::id_of(&key).and_then(|id| self.jobs.get_mut(id as usize));
            if let Some(job) = job {
                (job.activity, job.runs, job.longest) = decode(&value)?;
            }
        }
        for pair in store.scan(&[keys::ASSERTIONS], None) {
            let (key, value) = pair?;
            let Some(id) = keys::id_of(&key) else {
                continue;
            };
            self.hold_assertion(id, decode(&value)?);
        }
        let gaps = (0..)
            .zip(&self.assertions)
            .filter(|(_, held)| held.is_none());
        self.free = gaps.map(|(id, _)| id).collect();
        for pair in store.scan(&[keys::ONLY_NAMED], None) {
            self.identity.only_named.extend(keys::id_of(&pair?.0));
        }
        for pair in store.scan(&[keys::DROPS], None) {
            self.drops.extend(keys::id_of(&pair?.0));
        }
        self.unsettled_drops = self.drops.iter().copied().collect();
        for pair in store.scan(&[keys::UNLOCATED], None) {
            let (key, value) = pair?;
            if let Some(id) = keys::id_of(&key) {
                self.identity.unlocated.insert(id, decode(&value)?);
            }
        }
        self.spell_all();
        for pair in store.scan(&[keys::CLAIMS], None) {
            let (key, value) = pair?;
            if let Some(id) = keys::id_of(&key) {
                self.identity.fill(id, decode(&value)?);
            }
        }
        for pair in store.scan(&[keys::RETIRED], None) {
            self.retired.fill(&pair?.0);
        }
        self.settle_identity()?;
        self.settle_all_retired()?;
        self.settle_drops()?;
        self.touched.clear();
        self.changes.clear();
        self.counts.jobs = self.jobs.len() as u64;
        self.counts.runs = meta.runs;
        self.known = meta.known;
        self.applied_seq = meta.applied_seq;
        self.staged_seq = Some(meta.applied_seq);
        Ok(())
    }

    /// Puts every changed record, and the offset, where the next flush takes them from.
    pub fn stage(&mut self) -> Result<(), StoreError> {
        if self.staged_seq == Some(self.applied_seq) && self.changed() == 0 {
            return Ok(());
        }
        self.stage_hot()?;
        self.stage_children()?;
        let records = &mut self.records;
        let mut failed = None;
        let mut put =
            |records: &mut Overlay, key: Vec<u8>, value: Result<Vec<u8>, StoreError>| match value {
                Ok(value) => records.put(key, value),
                Err(error) => failed = Some(error),
            };
        let old = self.dataset_meta.drain_dirty(|&id, meta| {
            put(records, keys::by_id(keys::DATASET_META, id), encode(meta));
        });
        discard(&mut self.discarded, old);
        let old = self.job_meta.drain_dirty(|&id, meta| {
            put(records, keys::by_id(keys::JOB_META, id), encode(meta));
        });
        discard(&mut self.discarded, old);
        let old = self.schemas.drain_dirty(|&(dataset, source), schema| {
            put(records, keys::schema(dataset, source), encode(schema));
        });
        discard(&mut self.discarded, old);
        let strings = &self.strings;
        let old = self.tested.records.drain_dirty(|key, test| {
            put(records, stored_under(strings, key), encode(test));
        });
        discard(&mut self.discarded, old);
        let old = self.runs.drain_dirty(|&(job, run), record| {
            let first = record.span.first;
            if record.stored_at != Some(first) {
                if let Some(old) = record.stored_at {
                    records.remove(keys::run(job, old.0, run));
                }
                records.put(keys::run_id(run, job), first.0.to_be_bytes().to_vec());
                record.stored_at = Some(first);
            }
            put(records, keys::run(job, first.0, run), encode(record));
        });
        discard(&mut self.discarded, old);
        let meta = Meta {
            layout: keys::LAYOUT,
            applied_seq: self.applied_seq,
            runs: self.counts.runs,
            edge_window: self.options.edge_window,
            rules: self.options.rules.fingerprint(),
            known: self.known,
        };
        put(records, keys::META.to_vec(), encode(&meta));
        self.staged_seq = Some(self.applied_seq);
        failed.map_or(Ok(()), Err)
    }

    /// Stages the records that are always in memory.
    fn stage_hot(&mut self) -> Result<(), StoreError> {
        for dataset in self.dirty_columns.drain() {
            let hot = &self.datasets[dataset as usize];
            let lent = self.lent.get(&dataset).into_iter().flatten();
            let mut lent: Vec<u32> = lent.copied().collect();
            lent.sort_unstable();
            let record = encode(&(&hot.columns, &hot.since, hot.layer, lent))?;
            self.records
                .put(keys::by_id(keys::COLUMNS, dataset), record);
        }
        for id in self.identity.unstaged.drain() {
            if let Some(claims) = self.identity.claims.get(&id) {
                let record = encode(claims)?;
                self.records.put(keys::by_id(keys::CLAIMS, id), record);
            }
        }
        for job in self.dirty_activity.drain() {
            let hot = &self.jobs[job as usize];
            let record = encode(&(hot.activity, hot.runs, hot.longest))?;
            self.records.put(keys::by_id(keys::ACTIVITY, job), record);
        }
        for id in self.dirty_assertions.drain() {
            let key = keys::by_id(keys::ASSERTIONS, id);
            match &self.assertions[id as usize] {
                Some(assertion) => self.records.put(key, encode(assertion)?),
                None => self.records.remove(key),
            }
        }
        Ok(())
    }
}

fn discard<K, V>(into: &mut Vec<Box<dyn Any + Send + Sync>>, old: Option<Discarded<K, V>>)
where
    K: Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    if let Some(old) = old {
        into.push(Box::new(old));
    }
}
