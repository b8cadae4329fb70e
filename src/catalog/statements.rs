//! Lineage read from the statements that jobs send: which statements there are, and which of them
//! wait to be read.
//!
//! That a statement made an output is an assertion like any other: a fact, with evidence. What it
//! says of columns is derived from the statement and from the columns that are known of its
//! datasets ([`super::derived`]). It is kept in memory alone, read beside the applier
//! ([`super::reading`]), and read again when these columns change. It is not in the digest, but a
//! function of what is.

use std::collections::BTreeSet;
use std::sync::Arc;

use ahash::{HashMap, HashSet};

use crate::openlineage::{ContentHash, JobPart, content_hash};

use super::derived::Derived;
use super::names::{DatasetId, JobId, StringId};
use super::records::{Assertion, Owner, RunRecord, unite};
use super::state::{Entity, State};
use super::told::held;

/// Statements of one run that are kept.
const MAX_SQL: usize = 64;

/// Statements times outputs of one run; beyond that none is taken to have made any.
const MAX_PAIRS: usize = 256;

/// Bytes of a sql facet that is kept to be read.
const MAX_FACET: usize = 1 << 20;

/// What was run on what.
pub(super) struct Ran {
    /// Hashes of sql facets.
    pub sql: Vec<ContentHash>,
    /// Datasets that may be read.
    pub inputs: Vec<DatasetId>,
    /// Datasets that were written, but for those whose lineage is told outright.
    pub outputs: Vec<DatasetId>,
}

/// Statements, and what was read from them.
#[derive(Default)]
pub(super) struct Statements {
    pub waiting: BTreeSet<u32>,
    pub under_way: HashSet<u32>,
    pub derived: HashMap<u32, Arc<Derived>>,
    pub by_dataset: HashMap<DatasetId, HashSet<u32>>,
}

impl Statements {
    /// Statements that were not read yet.
    pub fn waiting(&self) -> usize {
        let under_way = self.under_way.iter();
        self.waiting.len() + under_way.filter(|id| !self.waiting.contains(id)).count()
    }

    /// Takes in a statement, to be read. Those that are no longer current are read as well: they are
    /// asked for as of earlier times.
    pub fn hold(&mut self, id: u32, assertion: &Assertion) {
        for &dataset in assertion.inputs.iter().chain(&assertion.outputs) {
            self.by_dataset.entry(dataset).or_default().insert(id);
        }
        self.waiting.insert(id);
    }

    /// Forgets a statement that nothing asserts any more.
    pub fn forget(&mut self, id: u32, assertion: &Assertion) {
        self.waiting.remove(&id);
        self.under_way.remove(&id);
        self.derived.remove(&id);
        for dataset in assertion.inputs.iter().chain(&assertion.outputs) {
            if let Some(held) = self.by_dataset.get_mut(dataset) {
                held.remove(&id);
                if held.is_empty() {
                    self.by_dataset.remove(dataset);
                }
            }
        }
    }
}

fn statement_content(
    producer: StringId,
    facet: &ContentHash,
    inputs: &[DatasetId],
    output: DatasetId,
) -> ContentHash {
    let mut bytes = b"statement".to_vec();
    bytes.extend_from_slice(facet);
    for number in [&[producer, output], inputs].into_iter().flatten() {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    content_hash(&bytes)
}

impl State {
    /// Keeps the statement that an event tells of its job; its hash.
    pub fn keep_sql(&mut self, part: &JobPart) -> Option<ContentHash> {
        let facet = held(&part.facets, "sql")?;
        if facet.value.len() <= MAX_FACET {
            self.keep_body(facet);
        }
        Some(facet.hash)
    }

    /// Datasets that a statement may read: those that were told as read, and those that column
    /// lineage names (dbt leaves seeds out of the first).
    pub fn read_by(&self, inputs: &[DatasetId], told: &[u32]) -> Vec<DatasetId> {
        let mut all = inputs.to_vec();
        let named = told
            .iter()
            .filter_map(|&id| self.assertions.get(id as usize)?.as_ref())
            .flat_map(|assertion| assertion.inputs.iter().copied());
        unite(&mut all, named.collect());
        all
    }

    /// Brings the statements of a run in line with what it told.
    pub fn join_statements(&mut self, record: &mut RunRecord, job: JobId, part: &JobPart) {
        if let Some(hash) = self.keep_sql(part)
            && let Err(at) = record.sql.binary_search(&hash)
        {
            record.sql.insert(at, hash);
            // The least of a set are the same in any order.
            record.sql.truncate(MAX_SQL);
        }
        if record.sql.is_empty() {
            return;
        }
        let explicit = self.explicit_outputs(&record.explicit);
        let outputs = record.outputs.iter().copied();
        let ran = Ran {
            sql: record.sql.clone(),
            inputs: self.read_by(&record.inputs, &record.mappings),
            outputs: outputs.filter(|id| !explicit.contains(id)).collect(),
        };
        let producer = record.producer.producer;
        record.statements = self.statement_assertions(Owner::Job(job), producer, &ran);
    }

    /// The assertions that each statement made each output; ascending.
    pub fn statement_assertions(
        &mut self,
        owner: Owner,
        producer: StringId,
        ran: &Ran,
    ) -> Vec<u32> {
        if ran.sql.len() * ran.outputs.len() > MAX_PAIRS {
            return Vec::new();
        }
        let mut ids = Vec::new();
        for facet in &ran.sql {
            for &output in &ran.outputs {
                ids.push(self.statement_assertion(owner, producer, facet, &ran.inputs, output));
            }
        }
        ids.sort_unstable();
        ids
    }

    fn statement_assertion(
        &mut self,
        owner: Owner,
        producer: StringId,
        facet: &ContentHash,
        inputs: &[DatasetId],
        output: DatasetId,
    ) -> u32 {
        let content = statement_content(producer, facet, inputs, output);
        if let Some(&id) = self.assertion_ids.get(&(owner, content)) {
            return id;
        }
        self.new_assertion(Assertion {
            sql: Some(*facet),
            ..Assertion::of(owner, producer, content, inputs.to_vec(), vec![output])
        })
    }

    /// Statements whose datasets have changed are read again.
    pub fn await_rereading(&mut self) {
        if self.statements.by_dataset.is_empty() {
            return;
        }
        for entity in &self.touched {
            let (Entity::Columns(id) | Entity::Dataset(id)) = entity else {
                continue;
            };
            let canonical = self.identity.canonical(*id);
            let names = self.identity.members(&canonical).iter().chain([id]);
            for held in names.filter_map(|name| self.statements.by_dataset.get(name)) {
                self.statements.waiting.extend(held);
            }
        }
    }

    /// Whether an assertion is that a statement made something.
    pub fn is_statement(&self, id: u32) -> bool {
        let held = self.assertions.get(id as usize);
        held.is_some_and(|held| held.as_ref().is_some_and(|a| a.sql.is_some()))
    }
}
