//! Schemas as sources tell them: joining one in, and reading all that were ever told of a dataset.
//!
//! A source is a job, or for static dataset events the producer. Of each source the latest schema
//! stands in one record with its columns; what it told before stands in a record for each body,
//! which an event that brings nothing new never touches.

use crate::openlineage::facets::schema;
use crate::openlineage::{EventTime, Facet};
use crate::project::intervals::{Intervals, Span};
use crate::project::schema::ToldSchema;
use crate::store::StoreError;

use super::keys;
use super::names::{DatasetId, JobId, StringId};
use super::records::SchemaSource;
use super::state::{Entity, State, decode, encode};

/// Who tells a schema: a job, or for static dataset events the producer.
pub fn job_source(job: JobId) -> u64 {
    u64::from(job)
}

/// Who tells a schema: a producer, by static dataset events.
pub fn producer_source(producer: StringId) -> u64 {
    (1 << 32) | u64::from(producer)
}

/// The job of a source, or else its producer.
pub fn teller(source: u64) -> Result<JobId, StringId> {
    let id = u32::try_from(source & u64::from(u32::MAX)).unwrap_or_default();
    if source >> 32 == 0 { Ok(id) } else { Err(id) }
}

impl State {
    /// Joins a schema as one source tells it. What the source listed before stays known: a column
    /// is gone only when every source that ever listed it has sent a schema without it.
    pub fn join_schema(
        &mut self,
        dataset: DatasetId,
        source: u64,
        facet: &Facet,
        time: EventTime,
    ) -> Result<(), StoreError> {
        let key = (dataset, source);
        let gap = self.options.edge_window;
        if !self.schemas.contains(&key)
            && let Some(bytes) = self.records.get(&keys::schema(dataset, source))?
        {
            self.schemas.fill(key, decode(&bytes)?);
        }
        let Some(held) = self.schemas.get(&key) else {
            let latest = self.name_columns(dataset, facet, time);
            let mut ever = latest.clone();
            ever.sort_unstable();
            ever.dedup();
            let told = Intervals::new(Span::at(time));
            let hash = facet.hash;
            let first = SchemaSource {
                hash,
                told,
                others: 0,
                latest,
                ever,
            };
            self.schemas.fill(key, first);
            self.schemas.edit(key);
            self.touched.insert(Entity::Columns(dataset));
            return Ok(());
        };
        if held.hash != facet.hash {
            return self.join_other_schema(dataset, source, facet, time);
        }
        if held.told.holds(time) {
            return Ok(());
        }
        if time < held.told.whole().first {
            self.name_columns(dataset, facet, time);
            self.touched.insert(Entity::DatasetFacts(dataset));
        }
        if let Some(held) = self.schemas.edit(key) {
            held.told.add(Span::at(time), gap);
        }
        Ok(())
    }

    /// Joins a schema that is not the latest of its source, and may become it.
    fn join_other_schema(
        &mut self,
        dataset: DatasetId,
        source: u64,
        facet: &Facet,
        time: EventTime,
    ) -> Result<(), StoreError> {
        let gap = self.options.edge_window;
        let at = keys::schema_told(dataset, source, &facet.hash);
        let known: Option<Intervals> = match self.records.get(&at)? {
            Some(bytes) => Some(decode(&bytes)?),
            None => None,
        };
        let mut told = known.clone().unwrap_or(Intervals::new(Span::at(time)));
        told.add(Span::at(time), gap);
        let columns = self.name_columns(dataset, facet, time);
        let Some(held) = self.schemas.edit((dataset, source)) else {
            return Ok(());
        };
        if known.is_none() {
            held.others += 1;
            held.ever.extend(&columns);
            held.ever.sort_unstable();
            held.ever.dedup();
        }
        let wins = (told.whole().last, facet.hash) > (held.told.whole().last, held.hash);
        if wins {
            let old = std::mem::replace(&mut held.told, told);
            let older = keys::schema_told(dataset, source, &held.hash);
            (held.hash, held.latest) = (facet.hash, columns);
            self.records.put(older, encode(&old)?);
            self.records.remove(at);
        } else if known.as_ref() != Some(&told) {
            self.records.put(at, encode(&told)?);
            self.touched.insert(Entity::DatasetFacts(dataset));
        }
        if wins || known.is_none() {
            self.touched.insert(Entity::Columns(dataset));
        }
        Ok(())
    }

    /// Takes note of the columns of a schema; their ordinals, in its order.
    fn name_columns(&mut self, dataset: DatasetId, facet: &Facet, time: EventTime) -> Vec<u32> {
        self.keep_body(facet);
        let fields = schema(&facet.value);
        let ordinals = fields
            .iter()
            .map(|field| self.column(dataset, &field.path, time));
        ordinals.collect()
    }

    /// The latest schema of each source of a dataset.
    pub fn schema_sources(&self, id: DatasetId) -> Result<Vec<(u64, SchemaSource)>, StoreError> {
        let mut sources = std::collections::BTreeMap::new();
        for pair in self.records.scan(&keys::by_id(keys::SCHEMAS, id), None) {
            let (key, value) = pair?;
            if let Some(source) = keys::source_of(&key) {
                sources.insert(source, decode(&value)?);
            }
        }
        for (&(dataset, source), schema) in self.schemas.changed() {
            if dataset == id {
                sources.insert(source, schema.clone());
            }
        }
        Ok(sources.into_iter().collect())
    }

    /// What a source told before its latest schema.
    pub fn older_schemas(&self, id: DatasetId, source: u64) -> Result<Vec<ToldSchema>, StoreError> {
        let mut older = Vec::new();
        let prefix = keys::schemas_told(id, source);
        for pair in self.records.scan(&prefix, None) {
            let (key, value) = pair?;
            if let Some(hash) = keys::schema_hash_of(&key) {
                older.push((hash, decode(&value)?));
            }
        }
        Ok(older)
    }
}
