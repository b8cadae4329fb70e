//! Lineage read from the statements that jobs send: which statements there are, what they must be
//! read with, and what came of it.
//!
//! That a statement made an output is an assertion like any other: a fact, with evidence. What it
//! says of columns is derived from the statement and from the columns that are known of its
//! datasets. It is kept in memory alone, read beside the applier ([`super::reading`]), and read
//! again when these columns change. It is not in the digest, but a function of what is.

use std::collections::BTreeSet;
use std::sync::Arc;

use ahash::{HashMap, HashSet};

use crate::graph::{ColumnLink, ColumnRef, WHOLE_DATASET};
use crate::openlineage::facets::sql;
use crate::openlineage::{ContentHash, EventTime, JobPart, content_hash};
use crate::store::StoreError;

use super::names::{DatasetId, JobId, StringId};
use super::reading::{Gap, ReadEdge, Reading, Relation, Statement};
use super::records::{Assertion, Mapping, Owner, RunRecord, unite};
use super::state::{Entity, State, push_links};
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

/// What came of reading a statement, in numbers of this store.
#[derive(Debug, Default, PartialEq, Eq)]
struct Derived {
    fingerprint: ContentHash,
    /// What it made, by the number that `mappings` refer to.
    target: DatasetId,
    mappings: Vec<Mapping>,
    dialect: &'static str,
    gaps: Vec<Gap>,
}

/// Statements, and what was read from them.
#[derive(Default)]
pub(super) struct Statements {
    waiting: BTreeSet<u32>,
    under_way: HashSet<u32>,
    derived: HashMap<u32, Arc<Derived>>,
    by_dataset: HashMap<DatasetId, HashSet<u32>>,
}

/// How far a statement could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadState {
    /// Not read yet.
    Waiting,
    /// Wholly.
    Whole,
    /// In part; the gaps say what is missing.
    Partly,
    /// Not at all; the gaps say why.
    Unknown,
}

/// A statement that made a dataset, as readers see it.
#[derive(Debug, Clone)]
pub struct StatementView {
    /// Whose it is.
    pub job: Option<JobId>,
    /// What it made.
    pub output: DatasetId,
    /// How far it could be read.
    pub state: ReadState,
    /// Which SQL it was read as; `None` until it is.
    pub dialect: Option<&'static str>,
    /// Column edges that were read from it.
    pub column_edges: usize,
    /// What could not be read, and why.
    pub gaps: Vec<Gap>,
    /// Runs and times of it.
    pub evidence: super::Evidence,
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
            owner,
            producer,
            declared: false,
            explicit: false,
            sql: Some(*facet),
            content,
            inputs: inputs.to_vec(),
            outputs: vec![output],
            folded: None,
            open: Vec::new(),
            fixed: None,
            statics: None,
            named: EventTime(i64::MIN),
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

    /// Takes statements to be read.
    pub fn statements_to_read(&mut self, limit: usize) -> Result<Vec<Statement>, StoreError> {
        let mut taken = Vec::new();
        while taken.len() < limit {
            let Some(id) = self.statements.waiting.pop_first() else {
                break;
            };
            let Some(statement) = self.statement(id)? else {
                continue;
            };
            let derived = self.statements.derived.get(&id);
            if derived.is_some_and(|derived| derived.fingerprint == statement.fingerprint) {
                continue;
            }
            self.statements.under_way.insert(id);
            taken.push(statement);
        }
        Ok(taken)
    }

    fn statement(&self, id: u32) -> Result<Option<Statement>, StoreError> {
        let Some(Some(assertion)) = self.assertions.get(id as usize) else {
            return Ok(None);
        };
        let (Some(facet), Some(&output)) = (assertion.sql, assertion.outputs.first()) else {
            return Ok(None);
        };
        let output = self.identity.canonical(output);
        let mut datasets = self.canonical_all(&assertion.inputs);
        unite(&mut datasets, vec![output]);
        let mut relations: Vec<Relation> = datasets.iter().map(|&id| self.relation(id)).collect();
        // Numbers are of this store alone, and must not show.
        relations.sort_by(|a, b| a.names.cmp(&b.names));
        let target = relations
            .iter()
            .position(|relation| relation.dataset == output);
        let told = self.facet_body(&facet)?.and_then(|body| sql(&body));
        let (query, dialect) = told.map(|told| (told.query, told.dialect)).unzip();
        let mut statement = Statement {
            id,
            content: assertion.content,
            fingerprint: facet,
            query,
            dialect: dialect.flatten(),
            target: target.unwrap_or_default(),
            relations,
        };
        statement.fingerprint = statement.hash();
        Ok(Some(statement))
    }

    /// A dataset as a statement may know it.
    fn relation(&self, id: DatasetId) -> Relation {
        let members = self.identity.members(&id);
        let names = members.iter().map(|&member| {
            let (namespace, name) = self.dataset_names.name(member);
            (self.strings.text(namespace).to_owned(), name.to_owned())
        });
        let mut names: Vec<_> = names.collect();
        names.sort();
        let columns = self.columns_since(id).into_iter();
        Relation {
            dataset: id,
            names,
            columns: columns
                .map(|(_, name, _)| self.strings.text(name).to_owned())
                .collect(),
        }
    }

    /// Takes in what was read.
    pub fn take_in_readings(&mut self, readings: Vec<Reading>) -> Result<(), StoreError> {
        for reading in readings {
            let id = reading.statement.id;
            self.statements.under_way.remove(&id);
            let same = |held: &Assertion| held.content == reading.statement.content;
            let held = self.assertions.get(id as usize);
            if !held.is_some_and(|held| held.as_ref().is_some_and(same)) {
                continue;
            }
            let derived = self.derived(&reading);
            let is_live = self.live[id as usize];
            if is_live {
                self.leave(id)?;
            }
            self.statements.derived.insert(id, Arc::new(derived));
            if is_live {
                self.enter(id)?;
            }
        }
        Ok(())
    }

    /// What was read, in numbers. Columns that no event names are no columns here.
    fn derived(&mut self, reading: &Reading) -> Derived {
        let mut gaps = reading.gaps.clone();
        let target = &reading.statement.relations[reading.statement.target];
        let (target, target_name) = (target.dataset, target.shown().to_owned());
        let mut mappings = Vec::new();
        for edge in &reading.edges {
            let relation = &reading.statement.relations[edge.relation];
            let (dataset, shown) = (relation.dataset, relation.shown());
            let to = match &edge.to {
                None => Some(WHOLE_DATASET),
                Some(column) => self.known_column(target, column),
            };
            let from = self.known_column(dataset, &edge.from);
            match (from, to) {
                (Some(from), Some(to)) => mappings.push(self.read_mapping(edge, dataset, from, to)),
                (None, _) => gaps.push(Gap::column(shown, &edge.from)),
                (_, None) => {
                    gaps.push(Gap::column(
                        &target_name,
                        edge.to.as_deref().unwrap_or_default(),
                    ));
                }
            }
        }
        mappings.sort();
        mappings.dedup();
        gaps.sort();
        gaps.dedup();
        Derived {
            fingerprint: reading.statement.fingerprint,
            target,
            mappings,
            dialect: reading.dialect,
            gaps,
        }
    }

    fn known_column(&self, dataset: DatasetId, name: &str) -> Option<u32> {
        let ordinal = self.find_column(dataset, self.strings.get(name)?)?;
        (!self.is_hidden(dataset, ordinal)).then_some(ordinal)
    }

    fn read_mapping(
        &mut self,
        edge: &ReadEdge,
        dataset: DatasetId,
        from_column: u32,
        to_column: u32,
    ) -> Mapping {
        let transformations = edge.transformations.iter().map(|text| self.string(text));
        Mapping {
            from_dataset: dataset,
            from_column,
            to_column,
            transformations: transformations.collect(),
            indirect: edge.indirect,
            direct: edge.direct && to_column != WHOLE_DATASET,
        }
    }

    /// Whether an assertion is that a statement made something.
    pub fn is_statement(&self, id: u32) -> bool {
        let held = self.assertions.get(id as usize);
        held.is_some_and(|held| held.as_ref().is_some_and(|a| a.sql.is_some()))
    }

    /// What was read from a statement, with the columns between which it is an edge. Where names
    /// came together or apart since, there is none until it is read again.
    pub fn statement_mappings(
        &self,
        id: u32,
    ) -> impl Iterator<Item = (&Mapping, ColumnRef, ColumnRef)> {
        let derived = self.statements.derived.get(&id);
        let assertion = self.assertions.get(id as usize).and_then(|a| a.as_ref());
        let output = assertion.and_then(|a| a.outputs.first().copied());
        let output = output.map(|output| self.identity.canonical(output));
        let derived = derived.filter(|derived| Some(derived.target) == output);
        // Only what the assertion speaks of by now: it is told when that moves, and of nothing else.
        let known: HashSet<DatasetId> = assertion
            .into_iter()
            .flat_map(|a| a.inputs.iter().chain(&a.outputs))
            .map(|&dataset| self.identity.canonical(dataset))
            .collect();
        derived.into_iter().flat_map(move |derived| {
            let held = derived.mappings.iter();
            let known = known.clone();
            held.filter(move |mapping| known.contains(&mapping.from_dataset))
                .map(|mapping| {
                    let from = ColumnRef {
                        dataset: mapping.from_dataset,
                        ordinal: mapping.from_column,
                    };
                    let to = ColumnRef {
                        dataset: derived.target,
                        ordinal: mapping.to_column,
                    };
                    (mapping, from, to)
                })
        })
    }

    /// The column edges that were read from a statement.
    pub fn statement_links(&self, id: u32, at: Option<EventTime>) -> Vec<ColumnLink> {
        let mut links = Vec::new();
        let gone = |id| self.retired.is_without(id, at);
        for (mapping, from, to) in self.statement_mappings(id) {
            if gone(from.dataset) || gone(to.dataset) {
                continue;
            }
            push_links(&mut links, mapping, from, to);
        }
        links
    }

    /// The current statements of a job, or those that made a dataset; ascending by what they made.
    pub fn statement_views(&self, ids: impl Iterator<Item = u32>) -> Vec<StatementView> {
        let mut views: Vec<StatementView> = ids.filter_map(|id| self.statement_view(id)).collect();
        views.sort_by_key(|view| (view.output, std::cmp::Reverse(view.evidence.last_seen)));
        views
    }

    fn statement_view(&self, id: u32) -> Option<StatementView> {
        let assertion = self.assertions.get(id as usize)?.as_ref()?;
        if assertion.sql.is_none() || !self.live[id as usize] {
            return None;
        }
        let derived = self.statements.derived.get(&id);
        let state = match derived {
            None => ReadState::Waiting,
            Some(derived) if derived.gaps.is_empty() => ReadState::Whole,
            Some(derived) if derived.mappings.is_empty() => ReadState::Unknown,
            Some(_) => ReadState::Partly,
        };
        Some(StatementView {
            job: match assertion.owner {
                Owner::Job(job) => Some(job),
                Owner::Dataset(_) => None,
            },
            output: self.identity.canonical(*assertion.outputs.first()?),
            state,
            dialect: derived.map(|derived| derived.dialect),
            column_edges: derived.map_or(0, |derived| derived.mappings.len()),
            gaps: derived
                .map(|derived| derived.gaps.clone())
                .unwrap_or_default(),
            evidence: assertion.evidence()?,
        })
    }

    /// Numbers of the statements of a job.
    pub fn statements_of_job(&self, job: JobId) -> Vec<u32> {
        let job = self.jobs.get(job as usize);
        job.map(|job| job.assertions.clone()).unwrap_or_default()
    }

    /// Numbers of the statements that made a dataset, by any of its names.
    pub fn statements_into(&self, dataset: DatasetId) -> Vec<u32> {
        let canonical = self.identity.canonical(dataset);
        let names = self.identity.members(&canonical).iter();
        let mut ids: Vec<u32> = names
            .filter_map(|name| self.statements.by_dataset.get(name))
            .flatten()
            .copied()
            .filter(|&id| {
                let assertion = self.assertions.get(id as usize);
                let assertion = assertion.and_then(|a| a.as_ref());
                assertion.is_some_and(|a| {
                    a.outputs
                        .iter()
                        .any(|&output| self.identity.canonical(output) == canonical)
                })
            })
            .collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// The column edges that are read from SQL, as canonical columns: for tests of convergence.
    #[cfg(test)]
    pub fn read_links(&self) -> Result<Vec<(ColumnRef, ColumnRef, bool)>, StoreError> {
        let mut all = Vec::new();
        for (id, assertion) in (0..).zip(&self.assertions) {
            if assertion.as_ref().is_some_and(|a| a.sql.is_some()) && self.live[id as usize] {
                all.extend(
                    self.links(id)?
                        .into_iter()
                        .map(|l| (l.from, l.to, l.indirect)),
                );
            }
        }
        Ok(all)
    }
}
