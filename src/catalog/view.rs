//! Looking at the catalog: owned views with names in place of numbers, for the APIs.

use ahash::HashMap;
use uuid::Uuid;

use parking_lot::RwLockReadGuard;

use crate::graph::ColumnRef;
use crate::openlineage::facets::{self, Owner as DatasetOwner, Tag};
use crate::openlineage::{ContentHash, EventTime, RunState, may_stand_for_a_text};
use crate::project::intervals::Intervals;
use crate::project::run::{end_rule, settle};
use crate::store::StoreError;

use super::apply::SEARCHED;
use super::columns::NOW;
use super::evidence::Evidence;
use super::handle::Catalog;
use super::keys;
use super::names::{DatasetId, JobId, StringId};
use super::past::Past;
use super::records::{
    Change, DatasetMeta, FacetRegister, JobMeta, Owner, RunRecord, Span, merge, unite,
};
use super::state::{State, decode};
use super::timeline::SchemaVersion;
use super::uses;

/// A dataset but for its columns.
#[derive(Debug, Clone)]
pub struct DatasetView {
    /// First and last event time in which it was named itself (not only in column lineage).
    pub seen: Option<(EventTime, EventTime)>,
    /// Who speaks of it.
    pub producers: Vec<String>,
    /// Its facets; their bodies are read from the log.
    pub facets: Vec<FacetRef>,
    /// Those of its facets that describe it, with their bodies: documentation, owners, tags.
    pub described: Vec<FacetView>,
    /// Changes in its life, the latest first.
    pub changes: Vec<ChangeView>,
}

/// A kind of change in the life of a dataset.
#[derive(Debug, Clone)]
pub struct ChangeView {
    /// As the specification writes it, for example `DROP`.
    pub change: &'static str,
    /// First and last event time.
    pub seen: (EventTime, EventTime),
    /// Who told it last.
    pub producer: String,
    /// The job whose event told it last; none when it was a dataset event.
    pub job: Option<JobId>,
}

/// A job.
#[derive(Debug, Clone)]
pub struct JobView {
    /// First and last event time.
    pub seen: Option<(EventTime, EventTime)>,
    /// Who speaks of it.
    pub producers: Vec<String>,
    /// Its facets; their bodies are read from the log.
    pub facets: Vec<FacetRef>,
    /// Those of its facets that describe it, with their bodies: documentation, owners, tags.
    pub described: Vec<FacetView>,
}

/// Where the body of a facet stands: in an event of the log.
#[derive(Debug, Clone)]
pub struct FacetRef {
    /// Its name.
    pub name: String,
    /// Hash of its canonical JSON.
    pub hash: ContentHash,
    /// Event time of the event that set it.
    pub time: EventTime,
    /// An event of the log that carries it.
    pub seq: u64,
}

/// One facet that holds.
#[derive(Debug, Clone)]
pub struct FacetView {
    /// Its name.
    pub name: String,
    /// Canonical JSON.
    pub json: String,
    /// Event time of the event that set it.
    pub time: EventTime,
}

/// One column.
#[derive(Debug, Clone)]
pub struct ColumnView {
    /// Its ordinal in this store, for walking the graph.
    pub ordinal: u32,
    /// Path of the column.
    pub name: String,
    /// Type in the latest schema that lists it.
    pub data_type: Option<String>,
    /// Description in the latest schema that lists it.
    pub description: Option<String>,
    /// Every source that ever listed it has since sent a schema without it.
    pub removed: bool,
    /// When the last of them did so.
    pub removed_at: Option<EventTime>,
    /// Time of the first event that names it.
    pub since: EventTime,
    /// No schema ever listed it: it is known from column lineage alone.
    pub from_lineage_only: bool,
    /// Tags set on it.
    pub tags: Vec<Tag>,
}

/// A run.
#[derive(Debug, Clone)]
pub struct RunView {
    /// Its id.
    pub id: Uuid,
    /// Its id as its producer told it, where that is not a UUID.
    pub text: Option<String>,
    /// Its job.
    pub job: JobId,
    /// The state that counts.
    pub state: RunState,
    /// Different end states were reported.
    pub conflict: bool,
    /// Every state it was told.
    pub states: Vec<(RunState, EventTime)>,
    /// First and last event.
    pub span: (EventTime, EventTime),
    /// Who sent it (the latest event counts).
    pub producer: String,
    /// Its facets; their bodies are read from the log.
    pub facets: Vec<FacetRef>,
    /// Datasets read.
    pub inputs: Vec<DatasetId>,
    /// Datasets written.
    pub outputs: Vec<DatasetId>,
    /// Facets of its uses of datasets: (dataset, is output, facet).
    pub io_facets: Vec<(DatasetId, bool, FacetRef)>,
    /// There were more assertions than are kept.
    pub io_facets_cut: bool,
}

/// What stands behind one edge, from one assertion.
#[derive(Debug, Clone)]
pub struct EdgeEvidence {
    /// The assertion.
    pub flow: u32,
    /// Who told it.
    pub producer: String,
    /// The job whose runs or static event assert it.
    pub job: Option<JobId>,
    /// Read from a lineage facet, as opposed to inferred from inputs × outputs.
    pub declared: bool,
    /// Read from the SQL that the job sent, as opposed to told or inferred.
    pub from_sql: bool,
    /// Declared by a static event.
    pub is_static: bool,
    /// Runs and times.
    pub evidence: Evidence,
    /// The id of the last run as its producer told it, where that is not a UUID.
    pub last_run_text: Option<String>,
    /// When runs assert it; empty unless asked for, and when only static events do.
    pub told: Vec<(EventTime, EventTime)>,
    /// Effective runs of the job since the last that asserts it; 0 unless asked for.
    pub runs_since: u64,
    /// On column edges, what is done with the value, as `TYPE/SUBTYPE`.
    pub transformations: Vec<String>,
}

/// What of evidence is worked out only when it is wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Detail {
    /// [`EdgeEvidence::told`].
    pub intervals: bool,
    /// [`EdgeEvidence::runs_since`], of runs that ended by this time.
    pub runs_since: Option<EventTime>,
}

impl Catalog {
    /// The number of a dataset by any of its names.
    pub fn dataset_id(&self, namespace: &str, name: &str) -> Option<DatasetId> {
        let state = self.state.read();
        let sent = state.strings.get(namespace);
        let sent = sent.and_then(|namespace| state.dataset_names.get(namespace, name));
        let id = sent.or_else(|| state.find_spelling(namespace, name))?;
        Some(state.identity.canonical(id))
    }

    /// The number of a job by its name.
    pub fn job_id(&self, namespace: &str, name: &str) -> Option<JobId> {
        let state = self.state.read();
        state.job_names.get(state.strings.get(namespace)?, name)
    }

    /// A column by its name.
    pub fn column_ref(&self, dataset: DatasetId, column: &str) -> Option<ColumnRef> {
        let state = self.state.read();
        let name = state.strings.get(column)?;
        let dataset = state.identity.canonical(dataset);
        let ordinal = state.find_column(dataset, name)?;
        let seen = !state.is_hidden(dataset, ordinal);
        seen.then_some(ColumnRef { dataset, ordinal })
    }

    /// Names of many datasets, jobs or columns under one lock.
    pub fn names<R>(&self, look: impl FnOnce(&Namer<'_>) -> R) -> R {
        look(&Namer {
            state: &self.state.read(),
        })
    }

    /// A dataset.
    ///
    /// # Errors
    /// When the store fails.
    pub fn dataset(&self, id: DatasetId) -> Result<DatasetView, StoreError> {
        let state = self.state.read();
        let meta = state.whole_meta(id)?;
        let Some(meta) = meta else {
            return Ok(DatasetView {
                seen: None,
                producers: Vec::new(),
                facets: Vec::new(),
                described: Vec::new(),
                changes: Vec::new(),
            });
        };
        let mut changes = meta.changes.clone();
        changes.sort_by_key(|change| std::cmp::Reverse((change.last, change.kind)));
        let change = |change: Change| ChangeView {
            change: change.kind.word(),
            seen: (change.first, change.last),
            producer: state.strings.text(change.producer).to_owned(),
            job: change.job,
        };
        Ok(DatasetView {
            changes: changes.into_iter().map(change).collect(),
            seen: Some(times(meta.span)),
            producers: state.producers(&meta.producers),
            facets: state.facet_refs(&meta.facets),
            described: state.kept(&meta.facets)?,
        })
    }

    /// A job.
    ///
    /// # Errors
    /// When the store fails.
    pub fn job(&self, id: JobId) -> Result<JobView, StoreError> {
        let state = self.state.read();
        let Some(meta) = state.job_meta_of(id)? else {
            return Ok(JobView {
                seen: None,
                producers: Vec::new(),
                facets: Vec::new(),
                described: Vec::new(),
            });
        };
        Ok(JobView {
            seen: Some(times(meta.span)),
            producers: state.producers(&meta.producers),
            facets: state.facet_refs(&meta.facets),
            described: state.kept(&meta.facets)?,
        })
    }

    /// All columns of a dataset, removed ones marked, in order of the latest schema.
    ///
    /// # Errors
    /// When the store fails.
    pub fn columns(&self, id: DatasetId) -> Result<Vec<ColumnView>, StoreError> {
        self.columns_at(id, NOW)
    }

    /// All columns of a dataset that were known as of a time, those removed by then marked.
    ///
    /// # Errors
    /// When the store fails.
    pub fn columns_at(&self, id: DatasetId, at: EventTime) -> Result<Vec<ColumnView>, StoreError> {
        self.state.read().column_views(id, at)
    }

    /// The versions of a dataset's schema, the first first, and whether older ones are left out.
    ///
    /// # Errors
    /// When the store fails.
    pub fn schema_versions(&self, id: DatasetId) -> Result<(Vec<SchemaVersion>, bool), StoreError> {
        // The timeline is a copy: what is computed from it needs no lock.
        let timeline = self.state.read().timeline(id)?;
        Ok(timeline.versions())
    }

    /// First and last event time of all events; `None` before the first event.
    pub fn known(&self) -> Option<(EventTime, EventTime)> {
        self.state.read().known.map(times)
    }

    /// Time of the first event that names a column.
    pub fn column_since(&self, column: ColumnRef) -> Option<EventTime> {
        let columns = self.state.read().columns_since(column.dataset);
        let held = columns.iter().find(|held| held.0 == column.ordinal)?;
        Some(held.2)
    }

    /// Time of the first event that names a dataset or one of its columns.
    ///
    /// # Errors
    /// When the store fails.
    pub fn dataset_since(&self, id: DatasetId) -> Result<Option<EventTime>, StoreError> {
        let state = self.state.read();
        let named = state.whole_meta(id)?.map(|meta| meta.span.first);
        let columns = state.columns_since(id).into_iter();
        Ok(columns.map(|(.., since)| since).chain(named).min())
    }

    /// The id, as it was told, of the run of a job that sent an event of a time, when it is among the latest that began by then.
    ///
    /// # Errors
    /// When the store fails.
    pub fn run_at(&self, job: JobId, time: EventTime) -> Result<Option<String>, StoreError> {
        const LOOKED_AT: usize = 64;
        let state = self.staged()?;
        let prefix = keys::by_id(keys::RUNS, job);
        // Keys descend by time: what is behind this one began by then.
        let first = keys::run(job, time.0.saturating_add(1), Uuid::max());
        let runs = state.records.scan(&prefix, Some(&first));
        for pair in runs.take(LOOKED_AT) {
            let (key, value) = pair?;
            let record: RunRecord = decode(&value)?;
            if record.states.iter().any(|state| state.1 == time) {
                let run = keys::run_of(&key);
                let text = |run| state.run_text(run).unwrap_or_else(|| run.to_string());
                return Ok(run.map(text));
            }
        }
        Ok(None)
    }

    /// Runs of a job, the one with the latest first event first, after a given one.
    ///
    /// # Errors
    /// When the store fails.
    pub fn runs_of(
        &self,
        job: JobId,
        after: Option<(EventTime, Uuid)>,
        limit: usize,
    ) -> Result<Vec<RunView>, StoreError> {
        let state = self.staged()?;
        let after = after.map(|(time, run)| keys::run(job, time.0, run));
        let mut runs = Vec::new();
        let prefix = keys::by_id(keys::RUNS, job);
        for pair in state.records.scan(&prefix, after.as_deref()).take(limit) {
            let (key, value) = pair?;
            if let Some(run) = keys::run_of(&key) {
                runs.push(state.run_view(job, run, decode(&value)?));
            }
        }
        Ok(runs)
    }

    /// How many runs a job has.
    pub fn run_count(&self, job: JobId) -> u64 {
        let state = self.state.read();
        state.jobs.get(job as usize).map_or(0, |job| job.runs)
    }

    /// All runs with an id; one id may be shared by several jobs.
    ///
    /// # Errors
    /// When the store fails.
    pub fn runs_with_id(&self, run: Uuid) -> Result<Vec<RunView>, StoreError> {
        let state = self.staged()?;
        let mut prefix = vec![keys::RUN_IDS];
        prefix.extend_from_slice(run.as_bytes());
        let mut runs = Vec::new();
        for pair in state.records.scan(&prefix, None) {
            let Some(job) = keys::job_of_run_id(&pair?.0) else {
                continue;
            };
            if let Some(record) = state.stored_run(job, run)? {
                runs.push(state.run_view(job, run, record));
            }
        }
        Ok(runs)
    }

    /// The evidence of flows, in their order; flows that are gone meanwhile are left out.
    ///
    /// # Errors
    /// When the store fails.
    pub fn flow_evidence(
        &self,
        flows: &[u32],
        detail: Detail,
    ) -> Result<Vec<EdgeEvidence>, StoreError> {
        let state = self.to_look_at(detail)?;
        let mut found = Vec::with_capacity(flows.len());
        for &flow in flows {
            found.extend(state.edge_evidence(flow, Vec::new(), detail)?);
        }
        Ok(found)
    }

    fn to_look_at(&self, detail: Detail) -> Result<RwLockReadGuard<'_, State>, StoreError> {
        // Only counting runs reads the history of jobs.
        if detail.runs_since.is_some() {
            self.staged()
        } else {
            Ok(self.state.read())
        }
    }

    /// The evidence of column edges, in their order, as of an earlier time where one is given.
    ///
    /// # Errors
    /// When the store fails.
    pub fn link_evidence(
        &self,
        edges: &[(ColumnRef, ColumnRef)],
        past: Option<&Past>,
        detail: Detail,
    ) -> Result<Vec<Vec<EdgeEvidence>>, StoreError> {
        let state = self.to_look_at(detail)?;
        let mut mappings: HashMap<u32, Transformations> = HashMap::default();
        let mut all = Vec::with_capacity(edges.len());
        for (from, to) in edges {
            let mut evidence = Vec::new();
            for id in state.declared_into(to.dataset, past) {
                if let std::collections::hash_map::Entry::Vacant(vacant) = mappings.entry(id) {
                    vacant.insert(state.canonical_mappings(id)?);
                }
                for target in [to.ordinal, 0] {
                    let mapping = mappings
                        .get(&id)
                        .and_then(|m| m.get(&(from.dataset, from.ordinal, target)));
                    let Some(mapping) = mapping else { continue };
                    let names = mapping.iter().map(|&t| state.strings.text(t).to_owned());
                    evidence.extend(state.edge_evidence(id, names.collect(), detail)?);
                }
            }
            all.push(evidence);
        }
        Ok(all)
    }
}

/// What is done with values, by canonical (source dataset, source column, target column).
type Transformations = HashMap<(DatasetId, u32, u32), Vec<StringId>>;

/// Names by number, under one lock.
pub struct Namer<'s> {
    state: &'s State,
}

impl Namer<'_> {
    /// Namespace and name of a dataset.
    pub fn dataset(&self, id: DatasetId) -> (&str, &str) {
        let (namespace, name) = self.state.dataset_names.name(id);
        (self.state.strings.text(namespace), name)
    }

    /// Namespace and name of a job.
    pub fn job(&self, id: JobId) -> (&str, &str) {
        let (namespace, name) = self.state.job_names.name(id);
        (self.state.strings.text(namespace), name)
    }

    /// The name of a column.
    pub fn column(&self, column: ColumnRef) -> &str {
        self.state.column_name(column.dataset, column.ordinal)
    }

    /// An interned text.
    pub fn text(&self, id: u32) -> &str {
        self.state.strings.text(id)
    }

    /// The layer of a dataset.
    pub fn layer(&self, id: DatasetId) -> Option<&str> {
        let layer = match self.state.group_layers.get(&id) {
            Some(told) => told.and_then(|(.., layer)| layer),
            None => self.state.datasets.get(id as usize)?.layer,
        };
        Some(self.state.strings.text(layer?))
    }

    /// Names of the columns that events name of a dataset by this one of its names.
    pub fn own_columns(&self, id: DatasetId) -> Vec<String> {
        let columns = self.state.own_columns(id);
        let name = |(_, column)| self.state.strings.text(column).to_owned();
        columns.map(name).collect()
    }

    /// Names of columns that a dataset had only while it had other names too.
    pub fn hidden_columns(&self, id: DatasetId) -> Vec<String> {
        let hidden = self.state.hidden.get(&id).into_iter().flatten();
        let name = |&ordinal| self.state.column_name(id, ordinal).to_owned();
        hidden.map(name).collect()
    }

    /// Since when a dataset is dropped.
    pub fn dropped_since(&self, id: DatasetId) -> Option<EventTime> {
        self.state.dropped_since(id)
    }

    /// Whether it is in doubt which names are a dataset, or which dataset a name is.
    pub fn is_ambiguous(&self, id: DatasetId) -> bool {
        let identity = &self.state.identity;
        let doubted = |id: &DatasetId| identity.flagged.contains(id) || identity.is_crowded(*id);
        identity.has_doubts() && identity.members(&id).iter().any(doubted)
    }

    /// Numbers of all datasets and jobs: `0..datasets`, `0..jobs`.
    pub fn len(&self) -> (u32, u32) {
        (self.state.dataset_names.len(), self.state.job_names.len())
    }
}

fn times(span: Span) -> (EventTime, EventTime) {
    (span.first, span.last)
}

/// Owners told by facets.
pub fn owners(facets: &[FacetView]) -> Vec<DatasetOwner> {
    let facet = facets.iter().find(|facet| facet.name == "ownership");
    facet
        .map(|facet| facets::owners(facet.json.as_bytes()))
        .unwrap_or_default()
}

/// Tags told by facets, those of columns among them.
pub fn tags(facets: &[FacetView]) -> Vec<Tag> {
    let facet = facets.iter().find(|facet| facet.name == "tags");
    facet
        .map(|facet| facets::tags(facet.json.as_bytes()))
        .unwrap_or_default()
}

/// The description told by a documentation facet.
pub fn description(facets: &[FacetView]) -> Option<String> {
    let facet = facets.iter().find(|facet| facet.name == "documentation")?;
    facets::text(facet.json.as_bytes(), "description")
}

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

    fn canonical_mappings(&self, id: u32) -> Result<Transformations, StoreError> {
        let mut found = Transformations::default();
        if self.is_statement(id) {
            for (mapping, from, to) in self.statement_mappings(id) {
                let key = (from.dataset, from.ordinal, to.ordinal);
                found
                    .entry(key)
                    .or_default()
                    .extend(&mapping.transformations);
            }
            return Ok(found);
        }
        let output = self.assertions.get(id as usize).and_then(|a| a.as_ref());
        let output = output.and_then(|a| a.outputs.first().copied());
        for mapping in self.mappings(id)? {
            let from = self.canonical_column(ColumnRef {
                dataset: mapping.from_dataset,
                ordinal: mapping.from_column,
            });
            let to = self.canonical_column(ColumnRef {
                dataset: output.unwrap_or_default(),
                ordinal: mapping.to_column,
            });
            let key = (from.dataset, from.ordinal, to.ordinal);
            let held = found.entry(key).or_default();
            for transformation in mapping.transformations {
                if !held.contains(&transformation) {
                    held.push(transformation);
                }
            }
        }
        Ok(found)
    }

    pub fn job_meta_of(&self, id: JobId) -> Result<Option<JobMeta>, StoreError> {
        match self.job_meta.get(&id) {
            Some(meta) => Ok(Some(meta.clone())),
            None => self.record(&keys::by_id(keys::JOB_META, id)),
        }
    }

    fn producers(&self, ids: &[u32]) -> Vec<String> {
        let mut names: Vec<_> = ids
            .iter()
            .map(|&id| self.strings.text(id).to_owned())
            .collect();
        names.sort();
        names
    }

    /// The facets that hold, by name, without their bodies.
    fn facet_refs(&self, registers: &[FacetRegister]) -> Vec<FacetRef> {
        let held = registers.iter().filter(|register| !register.deleted);
        let mut refs: Vec<_> = held.map(|register| self.facet_ref(register)).collect();
        refs.sort_by(|a, b| a.name.cmp(&b.name));
        refs
    }

    fn facet_ref(&self, register: &FacetRegister) -> FacetRef {
        FacetRef {
            name: self.strings.text(register.name).to_owned(),
            hash: register.hash,
            time: register.time,
            seq: register.seq,
        }
    }

    /// The facets that describe a dataset or job, whose bodies stand in the store.
    pub fn kept(&self, registers: &[FacetRegister]) -> Result<Vec<FacetView>, StoreError> {
        let mut views = Vec::new();
        for register in registers.iter().filter(|register| !register.deleted) {
            let name = self.strings.text(register.name);
            if !SEARCHED.contains(&name) {
                continue;
            }
            if let Some(body) = self.facet_body(&register.hash)? {
                views.push(FacetView {
                    name: name.to_owned(),
                    json: String::from_utf8_lossy(&body).into_owned(),
                    time: register.time,
                });
            }
        }
        Ok(views)
    }

    pub fn run_view(&self, job: JobId, run: Uuid, record: RunRecord) -> RunView {
        let producer = self.strings.text(record.producer.producer).to_owned();
        let settled = settle(record.states.iter().copied(), end_rule(&producer));
        let held = uses::that_hold(&record.io_facets);
        let canonical = |id| self.identity.canonical(id);
        let io_facets =
            held.map(|io| (canonical(io.dataset), io.output, self.facet_ref(&io.facet)));
        let io_facets = io_facets.collect();
        let mut states = record.states;
        states.sort_by_key(|&(state, time)| (time, state));
        RunView {
            id: run,
            text: self.run_text(run),
            job,
            state: settled.state,
            conflict: settled.conflict,
            states,
            span: times(record.span),
            producer,
            facets: self.facet_refs(&record.facets),
            inputs: self.canonical_all(&record.inputs),
            outputs: self.canonical_all(&record.outputs),
            io_facets,
            io_facets_cut: record.io_facets_cut,
        }
    }

    /// The text for which a run id stands; `None` when it is the id itself. A store that fails tells
    /// nothing here: it fails where the run is read.
    fn run_text(&self, run: Uuid) -> Option<String> {
        if !may_stand_for_a_text(run) {
            return None;
        }
        let text = self.records.get(&keys::run_text(run)).ok()??;
        Some(String::from_utf8_lossy(&text).into_owned())
    }

    fn edge_evidence(
        &self,
        id: u32,
        transformations: Vec<String>,
        detail: Detail,
    ) -> Result<Option<EdgeEvidence>, StoreError> {
        let Some(Some(assertion)) = self.assertions.get(id as usize) else {
            return Ok(None);
        };
        let Some(evidence) = assertion.evidence() else {
            return Ok(None);
        };
        let wanted = detail
            .intervals
            .then(|| assertion.told(self.options.edge_window));
        let told = wanted.flatten();
        let told = told.iter().flat_map(Intervals::iter).map(times).collect();
        let runs_since = match (assertion.owner, detail.runs_since) {
            (Owner::Job(job), Some(until)) => match assertion.last_by(until) {
                Some(last) => self.runs_since(job, last, until)?,
                None => 0,
            },
            _ => 0,
        };
        Ok(Some(EdgeEvidence {
            flow: id,
            producer: self.strings.text(assertion.producer).to_owned(),
            job: match assertion.owner {
                Owner::Job(job) => Some(job),
                Owner::Dataset(_) => None,
            },
            declared: assertion.declared || assertion.explicit,
            from_sql: assertion.sql.is_some(),
            is_static: assertion.fixed.is_some(),
            last_run_text: evidence.last_run.and_then(|run| self.run_text(run)),
            evidence,
            told,
            runs_since,
            transformations,
        }))
    }
}
