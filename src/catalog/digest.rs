//! One number for everything the catalog holds, whatever the order it came in.
//!
//! Each fact is written out with natural names (never with local numbers), hashed with BLAKE3, and
//! the hashes are added modulo 2^256: a sum does not depend on order. Equal sets of events give
//! equal digests; that is how `verify` and the convergence tests compare.

use std::fmt;

use crate::openlineage::{ContentHash, EventTime};
use crate::project::intervals::Intervals;
use crate::store::StoreError;

use super::handle::Catalog;
use super::keys;
use super::names::{DatasetId, JobId, StringId};
use super::records::{
    DatasetMeta, Declared, FacetRegister, JobMeta, Owner, RunRecord, SchemaSource, Span,
};
use super::schemas::teller;
use super::state::{State, decode};
use super::tested::TestRecord;

/// Digest of the projected state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Digest([u64; 4]);

impl Digest {
    fn add(&mut self, fact: &Fact) {
        let hash = blake3::hash(&fact.0);
        let mut carry = 0_u64;
        for (lane, bytes) in self.0.iter_mut().zip(hash.as_bytes().chunks_exact(8)) {
            let mut word = [0; 8];
            word.copy_from_slice(bytes);
            let sum = u128::from(*lane) + u128::from(u64::from_le_bytes(word)) + u128::from(carry);
            (*lane, carry) = halves(sum);
        }
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .rev()
            .try_for_each(|lane| write!(f, "{lane:016x}"))
    }
}

/// Low and high half.
#[allow(clippy::cast_possible_truncation)] // cutting is the point
fn halves(sum: u128) -> (u64, u64) {
    (sum as u64, (sum >> 64) as u64)
}

/// One fact, written so that no two facts look alike: every part carries its length.
struct Fact(Vec<u8>);

impl Fact {
    fn new(kind: &str) -> Self {
        Self(Vec::with_capacity(128)).text(kind)
    }

    fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0
            .extend_from_slice(&(bytes.len() as u64).to_le_bytes());
        self.0.extend_from_slice(bytes);
        self
    }

    fn text(self, text: &str) -> Self {
        self.bytes(text.as_bytes())
    }

    fn number(self, number: u64) -> Self {
        self.bytes(&number.to_le_bytes())
    }

    fn time(self, time: EventTime) -> Self {
        self.bytes(&time.0.to_le_bytes())
    }

    fn span(self, span: Span) -> Self {
        self.time(span.first).time(span.last)
    }

    /// A set, in the order of its facts' own bytes.
    fn set(self, items: impl Iterator<Item = Fact>) -> Self {
        let mut items: Vec<_> = items.map(|item| item.0).collect();
        items.sort_unstable();
        let with_length = self.number(items.len() as u64);
        items
            .iter()
            .fold(with_length, |fact, item| fact.bytes(item))
    }
}

impl Catalog {
    /// The digest, and the last event it covers.
    ///
    /// # Errors
    /// When the store fails.
    pub fn digest(&self) -> Result<(Digest, u64), StoreError> {
        let state = self.staged()?;
        state.sound()?;
        Ok((state.digest()?, state.applied_seq))
    }
}

impl State {
    fn digest(&self) -> Result<Digest, StoreError> {
        let mut digest = Digest::default();
        for id in 0..self.dataset_names.len() {
            let layer = self.datasets[id as usize].layer;
            let layer = layer.map_or("", |layer| self.strings.text(layer));
            digest.add(&self.dataset_fact("dataset", id).text(layer));
            for (ordinal, column) in self.own_columns(id) {
                let since = self.datasets[id as usize].since[ordinal as usize - 1];
                let fact = self.dataset_fact("column", id);
                digest.add(&fact.text(self.strings.text(column)).time(since));
            }
            self.add_identity(&mut digest, id);
        }
        for id in 0..self.job_names.len() {
            let activity = self.jobs[id as usize].activity;
            let time = |time: Option<EventTime>| time.map_or(i64::MIN, |t| t.0).cast_unsigned();
            let fact = self.job_fact("job", id).number(time(activity.completed));
            digest.add(
                &fact
                    .number(time(activity.named))
                    .number(u64::from(activity.streaming)),
            );
        }
        for (&id, &since) in &self.retired.datasets {
            digest.add(&self.dataset_fact("retired", id).time(since));
        }
        for (&id, &since) in &self.retired.jobs {
            digest.add(&self.job_fact("retired job", id).time(since));
        }
        self.add_records(&mut digest)?;
        for at in 0..self.assertions.len() {
            let id = u32::try_from(at).unwrap_or(u32::MAX);
            if let Some(fact) = self.assertion_fact(id)? {
                digest.add(&fact);
            }
        }
        Ok(digest)
    }

    /// What was told of a name, and what became of it.
    fn add_identity(&self, digest: &mut Digest, id: DatasetId) {
        if let Some(told) = self.identity.claims.get(&id) {
            let withdrawn = told.withdrawn.map_or(i64::MIN, |time| time.0);
            let claims = told.held.iter().map(|claim| {
                let fact = self.dataset_fact("also", self.shown(claim.other));
                let fact = fact.time(claim.first).time(claim.last).bytes(&claim.hash);
                let fact = fact.text(self.strings.text(claim.producer));
                let fact = fact.number(u64::from(claim.rename));
                match claim.job {
                    Some(job) => fact.bytes(&self.job_fact("by job", job).0),
                    None => fact,
                }
            });
            let fact = self.dataset_fact("names", self.shown(id));
            digest.add(&fact.number(withdrawn.cast_unsigned()).set(claims));
        }
        if self.identity.only_named.contains(&id) {
            digest.add(&self.dataset_fact("only named", id));
        }
        if self.identity.flagged.contains(&id) {
            digest.add(&self.dataset_fact("in doubt", self.shown(id)));
        }
        if let Some(since) = self.dropped_since(id) {
            digest.add(&self.dataset_fact("dropped", id).time(since));
        }
        if self.identity.is_crowded(id) {
            digest.add(&self.dataset_fact("crowded", id));
        }
        let members = self.identity.members(&id);
        if members.len() < 2 {
            return;
        }
        let layer = self.group_layers.get(&id).copied().flatten();
        let layer = layer.and_then(|(.., layer)| layer);
        let columns = (1..)
            .zip(&self.datasets[id as usize].columns)
            .filter(|&(ordinal, _)| !self.is_hidden(id, ordinal))
            .map(|(_, &name)| Fact::new(self.strings.text(name)));
        let fact = self.dataset_fact("one dataset", id);
        digest.add(
            &fact
                .set(
                    members
                        .iter()
                        .map(|&member| self.dataset_fact("of", member)),
                )
                .text(layer.map_or("", |layer| self.strings.text(layer)))
                .set(columns),
        );
    }

    fn add_records(&self, digest: &mut Digest) -> Result<(), StoreError> {
        for pair in self.records.scan(&[keys::DATASET_META], None) {
            let (key, value) = pair?;
            let meta: DatasetMeta = decode(&value)?;
            let fact = self.dataset_fact("dataset-meta", keys::id_of(&key).unwrap_or_default());
            let written = meta.written.map_or(i64::MIN, |time| time.0);
            let changes = meta.changes.iter().map(|change| {
                let fact = Fact::new(change.kind.word()).time(change.first);
                let fact = fact.time(change.last).bytes(&change.hash);
                let fact = fact.text(self.strings.text(change.producer));
                match change.job {
                    Some(job) => fact.bytes(&self.job_fact("by job", job).0),
                    None => fact,
                }
            });
            let refreshed = meta.refreshed.map_or(i64::MIN, |time| time.0);
            let fact = fact.number(written.cast_unsigned());
            let fact = fact.number(refreshed.cast_unsigned()).set(changes);
            digest.add(&self.meta_fact(
                fact,
                meta.span,
                &meta.producers,
                &meta.facets,
                meta.declared.as_ref(),
            ));
        }
        for pair in self.records.scan(&[keys::JOB_META], None) {
            let (key, value) = pair?;
            let meta: JobMeta = decode(&value)?;
            let fact = self.job_fact("job-meta", keys::id_of(&key).unwrap_or_default());
            let parents = meta.parents.iter();
            let parents = parents.map(|held| self.job_fact("parent", held.job).span(held.span));
            let fact = self.meta_fact(
                fact,
                meta.span,
                &meta.producers,
                &meta.facets,
                meta.declared.as_ref(),
            );
            digest.add(&fact.set(parents));
        }
        for pair in self.records.scan(&[keys::SCHEMAS], None) {
            let (key, value) = pair?;
            let schema: SchemaSource = decode(&value)?;
            digest.add(&self.schema_fact(&key, &schema));
            digest.add(&self.told_fact(&key, &schema.hash, &schema.told));
        }
        for pair in self.records.scan(&[keys::SCHEMAS_TOLD], None) {
            let (key, value) = pair?;
            let hash = keys::schema_hash_of(&key).unwrap_or_default();
            digest.add(&self.told_fact(&key, &hash, &decode(&value)?));
        }
        for pair in self.records.scan(&[keys::TESTS], None) {
            let (key, value) = pair?;
            digest.add(&self.test_fact(&key, &decode(&value)?));
        }
        for pair in self.records.scan(&[keys::WRITES], None) {
            let (key, value) = pair?;
            let times: Vec<EventTime> = decode(&value)?;
            let fact = self.dataset_fact("written", keys::id_of(&key).unwrap_or_default());
            digest.add(&times.into_iter().fold(fact, Fact::time));
        }
        for pair in self.records.scan(&[keys::STATICS], None) {
            let (key, _) = pair?;
            let Some((owner, time, hash)) = keys::statics_in(&key) else {
                continue;
            };
            let owner = match owner {
                Owner::Job(job) => self.job_fact("static of job", job),
                Owner::Dataset(id) => self.dataset_fact("static of dataset", id),
            };
            digest.add(&owner.time(time).bytes(&hash));
        }
        for pair in self.records.scan(&[keys::EXPOSURES], None) {
            let (key, _) = pair?;
            let Some((time, hash)) = keys::exposures_in(&key) else {
                continue;
            };
            let fact = self.source_fact("exposures", &key);
            digest.add(&fact.time(time).bytes(&hash));
        }
        for pair in self.records.scan(&[keys::RUNS], None) {
            let (key, value) = pair?;
            let job = keys::id_of(&key).unwrap_or_default();
            let run = keys::run_of(&key).unwrap_or_default();
            let fact = self.job_fact("run", job).bytes(run.as_bytes());
            digest.add(&self.run_fact(fact, &decode(&value)?));
        }
        Ok(())
    }

    fn dataset_fact(&self, kind: &str, id: DatasetId) -> Fact {
        let (namespace, name) = self.dataset_names.name(id);
        Fact::new(kind)
            .text(self.strings.text(namespace))
            .text(name)
    }

    fn job_fact(&self, kind: &str, id: JobId) -> Fact {
        let (namespace, name) = self.job_names.name(id);
        Fact::new(kind)
            .text(self.strings.text(namespace))
            .text(name)
    }

    fn facet_fact(&self, facet: &FacetRegister) -> Fact {
        let fact = Fact::new(self.strings.text(facet.name)).time(facet.time);
        fact.bytes(&facet.hash).number(u64::from(facet.deleted))
    }

    fn texts(&self, ids: &[StringId]) -> impl Iterator<Item = Fact> {
        ids.iter().map(|&id| Fact::new(self.strings.text(id)))
    }

    fn meta_fact(
        &self,
        fact: Fact,
        span: Span,
        producers: &[StringId],
        facets: &[FacetRegister],
        declared: Option<&Declared>,
    ) -> Fact {
        let fact = fact.span(span).set(self.texts(producers));
        let fact = fact.set(facets.iter().map(|facet| self.facet_fact(facet)));
        match declared {
            Some(declared) => fact.time(declared.time).bytes(&declared.hash),
            None => fact,
        }
    }

    fn schema_fact(&self, key: &[u8], schema: &SchemaSource) -> Fact {
        let dataset = keys::id_of(key).unwrap_or_default();
        let columns = schema.ever.iter();
        let columns = columns.map(|&column| Fact::new(self.column_name(dataset, column)));
        self.source_fact("schema", key).set(columns)
    }

    /// A schema and when it was told, whether it is the latest of its source or not.
    fn told_fact(&self, key: &[u8], hash: &ContentHash, told: &Intervals) -> Fact {
        self.source_fact("schema-told", key)
            .bytes(hash)
            .set(told.iter().map(|span| Fact::new("told").span(span)))
    }

    fn test_fact(&self, key: &[u8], test: &TestRecord) -> Fact {
        let fact = self.dataset_fact("test", keys::id_of(key).unwrap_or_default());
        let fact = fact.text(self.strings.text(test.name));
        let fact = match test.column {
            Some(column) => fact.number(1).text(self.strings.text(column)),
            None => fact.number(0),
        };
        let (last, hash, success) = test.last;
        fact.time(EventTime(test.first))
            .time(EventTime(last))
            .bytes(&hash)
            .number(success.map_or(2, u64::from))
    }

    fn source_fact(&self, kind: &str, key: &[u8]) -> Fact {
        let dataset = keys::id_of(key).unwrap_or_default();
        let fact = self.dataset_fact(kind, dataset);
        match teller(keys::source_of(key).unwrap_or_default()) {
            Ok(job) => fact.bytes(&self.job_fact("job", job).0),
            Err(producer) => fact.text(self.strings.text(producer)),
        }
    }

    fn run_fact(&self, fact: Fact, run: &RunRecord) -> Fact {
        let states = run
            .states
            .iter()
            .map(|(state, time)| Fact::new(state.as_str()).time(*time));
        let uses = |ids: &[DatasetId]| -> Vec<Fact> {
            ids.iter().map(|&id| self.dataset_fact("use", id)).collect()
        };
        let io = run.io_facets.iter().map(|io| {
            let fact = self.dataset_fact(if io.output { "out" } else { "in" }, io.dataset);
            fact.bytes(&self.facet_fact(&io.facet).0)
        });
        let parents = run.parents.iter();
        let parents = parents.map(|(job, id)| self.job_fact("parent", *job).bytes(id.as_bytes()));
        fact.set(states)
            .set(parents)
            .number(u64::from(run.io_facets_cut))
            .span(run.span)
            .text(self.strings.text(run.producer.producer))
            .set(run.facets.iter().map(|facet| self.facet_fact(facet)))
            .set(uses(&run.inputs).into_iter())
            .set(uses(&run.outputs).into_iter())
            .set(io)
    }

    /// The name of a column by its ordinal.
    pub fn column_name(&self, dataset: DatasetId, ordinal: u32) -> &str {
        let columns = self
            .datasets
            .get(dataset as usize)
            .map(|d| d.columns.as_slice());
        let column = columns.and_then(|c| c.get((ordinal as usize).checked_sub(1)?));
        column.map_or("*", |&id| self.strings.text(id))
    }

    fn assertion_fact(&self, id: u32) -> Result<Option<Fact>, StoreError> {
        let Some(Some(assertion)) = self.assertions.get(id as usize) else {
            return Ok(None);
        };
        let Some(evidence) = assertion.evidence() else {
            return Ok(None);
        };
        let owner = match assertion.owner {
            Owner::Job(job) => self.job_fact("of job", job),
            Owner::Dataset(dataset) => self.dataset_fact("of dataset", dataset),
        };
        let kind = match (assertion.explicit, assertion.declared) {
            (true, true) => "explicit columns",
            (true, false) => "explicit",
            (false, true) => "declared",
            (false, false) if assertion.sql.is_some() => "statement",
            (false, false) if assertion.reader.is_some() => "exposure",
            (false, false) => "inferred",
        };
        let uses = |ids: &[DatasetId]| -> Vec<Fact> {
            ids.iter().map(|&id| self.dataset_fact("use", id)).collect()
        };
        let output = assertion.outputs.first().copied().unwrap_or_default();
        let mappings = if assertion.declared {
            self.mappings(id)?
        } else {
            Vec::new()
        };
        let mappings = mappings.iter().map(|mapping| {
            self.dataset_fact("from", mapping.from_dataset)
                .text(self.column_name(mapping.from_dataset, mapping.from_column))
                .text(self.column_name(output, mapping.to_column))
                .number(u64::from(mapping.to_column == 0))
                .set(self.texts(&mapping.transformations))
        });
        let told = assertion.told(self.options.edge_window);
        let fact = Fact::new(kind)
            .bytes(&owner.0)
            .text(self.strings.text(assertion.producer))
            .set(uses(&assertion.inputs).into_iter())
            .set(uses(&assertion.outputs).into_iter())
            .set(
                assertion
                    .reader
                    .iter()
                    .map(|&job| self.job_fact("reader", job)),
            )
            .bytes(assertion.sql.as_ref().map_or(&[], |hash| &hash[..]))
            .set(mappings)
            .number(u64::from(evidence.runs))
            .time(evidence.first_seen)
            .time(evidence.last_seen)
            .bytes(evidence.last_run.unwrap_or_default().as_bytes())
            .number(assertion.fixed.map_or(0, |time| time.0.cast_unsigned()))
            .set(
                assertion
                    .statics
                    .iter()
                    .map(|&span| Fact::new("statics").span(span)),
            )
            .set(
                told.iter()
                    .flat_map(Intervals::iter)
                    .map(|span| Fact::new("told").span(span)),
            )
            .number(u64::from(self.is_current(id)));
        Ok(Some(fact))
    }
}
