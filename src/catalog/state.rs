//! What the catalog holds in memory, in front of its store, and the graph it makes of it. Opening,
//! applying and writing from outside is [`super::handle`].

use std::sync::Arc;

use ahash::{HashMap, HashSet};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::graph::{ColumnLink, ColumnRef, Graph, GraphChange};
use crate::openlineage::{ContentHash, EventTime};
use crate::project::current::{Activity, DEFAULT_EDGE_WINDOW};
use crate::project::naming::NameRules;
use crate::store::{Overlay, Store, StoreError};

use super::cache::Cache;
use super::families::Families;
use super::identity::Identity;
use super::keys;
use super::life::DropState;
use super::names::{DatasetId, JobId, Names, StringId, Strings};
use super::records::{
    Assertion, DatasetMeta, JobMeta, Mapping, Owner, RunRecord, SchemaSource, Span,
};
use super::retired::Retired;
use super::statements::Statements;
use super::tested::Tested;

/// Settings that shape what is derived.
#[derive(Debug, Clone)]
pub struct CatalogOptions {
    /// How long an edge outlives its last assertion, in microseconds (see [`crate::project::current`]).
    pub edge_window: i64,
    /// Which names are spellings of one.
    pub rules: NameRules,
    /// Unchanged records of each kind kept in memory.
    pub cached_records: usize,
}

impl Default for CatalogOptions {
    fn default() -> Self {
        Self {
            edge_window: DEFAULT_EDGE_WINDOW,
            rules: NameRules::default(),
            cached_records: 50_000,
        }
    }
}

/// Something whose search entry must be written anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Entity {
    /// A dataset.
    Dataset(DatasetId),
    /// The columns of a dataset.
    Columns(DatasetId),
    /// A job.
    Job(JobId),
    /// What contracts look at of a dataset; search has nothing of it.
    DatasetFacts(DatasetId),
    /// What contracts look at of a job; search has nothing of it.
    JobFacts(JobId),
}

/// How many of everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Datasets.
    pub datasets: u64,
    /// Columns of all datasets.
    pub columns: u64,
    /// Jobs.
    pub jobs: u64,
    /// Runs: pairs of job and run id.
    pub runs: u64,
    /// Distinct assertions of lineage.
    pub assertions: u64,
}

/// In what state the store was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// Nothing in it.
    Fresh,
    /// It answers from this event on.
    At(u64),
    /// It has another layout and must be rebuilt.
    OtherLayout(u32),
    /// Its times were compressed by another `edge_window`, so that it must be rebuilt.
    OtherWindow,
    /// Its names were spelled by other rules, so that it must be rebuilt.
    OtherRules,
}

/// What is in memory of a dataset.
#[derive(Debug, Default)]
pub(super) struct HotDataset {
    /// Names of its columns; the ordinal is the index plus one.
    pub columns: Vec<StringId>,
    /// Time of the first event that names each of them, in the same order; of those that are lent,
    /// the end of time.
    pub since: Vec<EventTime>,
    /// The value of its tag `layer`, until a policy says more.
    pub layer: Option<StringId>,
}

/// When the tags of a dataset were told, their hash, and the layer among them.
pub(super) type ToldLayer = (EventTime, ContentHash, Option<StringId>);

/// What is in memory of a job.
#[derive(Debug)]
pub(super) struct HotJob {
    pub activity: Activity,
    /// How many runs it has.
    pub runs: u64,
    pub assertions: Vec<u32>,
    /// How long its longest run took, in microseconds.
    pub longest: i64,
    /// No assertion of it that is current was last seen before this.
    pub oldest: EventTime,
}

impl Default for HotJob {
    fn default() -> Self {
        Self {
            activity: Activity::default(),
            runs: 0,
            longest: 0,
            assertions: Vec::new(),
            oldest: UNKNOWN,
        }
    }
}

/// A bound that is not known: everything may be older.
pub(super) const UNKNOWN: EventTime = EventTime(i64::MIN);

pub(super) struct State {
    pub records: Overlay,
    /// Why nothing can be folded in or written any more: what is in memory may be half of a change.
    pub poisoned: Option<String>,
    pub options: CatalogOptions,
    pub strings: Strings,
    pub dataset_names: Names,
    pub job_names: Names,
    pub datasets: Vec<HotDataset>,
    pub jobs: Vec<HotJob>,
    pub assertions: Vec<Option<Assertion>>,
    pub live: Vec<bool>,
    /// Numbers of assertions that were forgotten, to be given out again.
    pub free: Vec<u32>,
    pub assertion_ids: HashMap<(Owner, ContentHash), u32>,
    /// Live assertions with column edges, by the canonical output dataset.
    pub declared_into: HashMap<DatasetId, Vec<u32>>,
    /// What is read from SQL.
    pub statements: Statements,
    /// Which names are one dataset.
    pub identity: Identity,
    pub retired: Retired,
    pub families: Families,
    /// Runs that runs started, found since the last staging.
    pub new_children: HashMap<(JobId, Uuid), Vec<(JobId, Uuid)>>,
    /// Ordinals of columns that a dataset has only because another of its names has them.
    pub lent: HashMap<DatasetId, HashSet<u32>>,
    /// Those of them that it has no more.
    pub hidden: HashMap<DatasetId, HashSet<u32>>,
    /// Names of which a drop was told.
    pub drops: HashSet<DatasetId>,
    /// Of each dataset with such a name, by its canonical number, whether it is dropped.
    pub drop_states: HashMap<DatasetId, DropState>,
    /// Datasets of which a drop was told for the first time.
    pub unsettled_drops: Vec<DatasetId>,
    /// Layers of datasets of several names.
    pub group_layers: HashMap<DatasetId, Option<ToldLayer>>,
    /// Assertions by dataset, once some had to be found that way; may name some that are gone.
    pub uses: Option<HashMap<DatasetId, Vec<u32>>>,
    /// Ordinals of the columns of wide datasets.
    pub wide: HashMap<DatasetId, HashMap<StringId, u32>>,
    pub dataset_meta: Cache<DatasetId, DatasetMeta>,
    pub job_meta: Cache<JobId, JobMeta>,
    pub schemas: Cache<(DatasetId, u64), SchemaSource>,
    pub tested: Tested,
    /// Boxed, for they are large and come and go by thousands: a table of them that grows moves
    /// them each time.
    pub runs: Cache<(JobId, Uuid), Box<RunRecord>>,
    /// Records that were let go and wait to be dropped outside of the lock.
    pub discarded: Vec<Box<dyn std::any::Any + Send + Sync>>,
    pub known_facets: HashSet<ContentHash>,
    pub dirty_columns: HashSet<DatasetId>,
    pub dirty_activity: HashSet<JobId>,
    pub dirty_assertions: HashSet<u32>,
    pub counts: Counts,
    pub applied_seq: u64,
    /// First and last event time of all events.
    pub known: Option<Span>,
    /// The offset that was staged last.
    pub staged_seq: Option<u64>,
    /// The earliest time about which an event of this batch told something.
    pub reaches_back: EventTime,
    pub changes: Vec<GraphChange>,
    pub touched: HashSet<Entity>,
}

pub(super) fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, StoreError> {
    postcard::to_allocvec(value)
        .map_err(|error| StoreError::Failed(format!("encoding a record: {error}")))
}

pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, StoreError> {
    postcard::from_bytes(bytes)
        .map_err(|error| StoreError::Failed(format!("a record does not decode: {error}")))
}

impl State {
    pub fn new(store: Arc<dyn Store>, options: CatalogOptions) -> Self {
        let room = options.cached_records;
        Self {
            records: Overlay::new(store),
            poisoned: None,
            options,
            strings: Strings::default(),
            dataset_names: Names::default(),
            job_names: Names::default(),
            datasets: Vec::new(),
            jobs: Vec::new(),
            assertions: Vec::new(),
            live: Vec::new(),
            free: Vec::new(),
            assertion_ids: HashMap::default(),
            statements: Statements::default(),
            declared_into: HashMap::default(),
            identity: Identity::default(),
            retired: Retired::default(),
            families: Families::default(),
            new_children: HashMap::default(),
            lent: HashMap::default(),
            hidden: HashMap::default(),
            drops: HashSet::default(),
            drop_states: HashMap::default(),
            unsettled_drops: Vec::new(),
            group_layers: HashMap::default(),
            uses: None,
            wide: HashMap::default(),
            dataset_meta: Cache::new(room),
            job_meta: Cache::new(room),
            schemas: Cache::new(room),
            tested: Tested::new(room),
            // Runs are edited while they run and seldom again.
            runs: Cache::new(room / 8),
            discarded: Vec::new(),
            known_facets: HashSet::default(),
            dirty_columns: HashSet::default(),
            dirty_activity: HashSet::default(),
            dirty_assertions: HashSet::default(),
            counts: Counts::default(),
            applied_seq: 0,
            known: None,
            staged_seq: None,
            reaches_back: EventTime(i64::MAX),
            changes: Vec::new(),
            touched: HashSet::default(),
        }
    }

    /// Refuses to go on from half a change.
    pub fn sound(&self) -> Result<(), StoreError> {
        match &self.poisoned {
            Some(reason) => Err(StoreError::Failed(reason.clone())),
            None => Ok(()),
        }
    }

    pub fn hold_assertion(&mut self, id: u32, assertion: Assertion) {
        let at = id as usize;
        if self.assertions.len() <= at {
            self.assertions.resize_with(at + 1, || None);
            self.live.resize(at + 1, false);
        }
        for job in assertion.jobs() {
            if let Some(job) = self.jobs.get_mut(job as usize) {
                job.assertions.push(id);
            }
        }
        self.assertion_ids
            .insert((assertion.owner, assertion.content), id);
        self.note_uses(id, &assertion);
        if assertion.sql.is_some() {
            self.statements.hold(id, &assertion);
        }
        self.assertions[at] = Some(assertion);
        self.counts.assertions += 1;
    }

    pub fn build_graph(&mut self) -> Result<Graph, StoreError> {
        let (mut flows, mut links) = (Vec::new(), Vec::new());
        self.declared_into.clear();
        for job in &mut self.jobs {
            job.oldest = UNKNOWN;
        }
        for at in 0..self.assertions.len() {
            let id = u32::try_from(at).unwrap_or(u32::MAX);
            self.live[at] = self.is_current(id);
            let Some(assertion) = self.assertions[at].as_ref().filter(|_| self.live[at]) else {
                continue;
            };
            let flow = self.flow(id, assertion);
            if assertion.has_links() {
                links.extend(self.links(id)?);
                for &output in &flow.outputs {
                    self.declared_into.entry(output).or_default().push(id);
                }
            }
            if assertion.sql.is_none() {
                flows.push(flow);
            }
        }
        let columns: Vec<u32> = self
            .datasets
            .iter()
            .map(|d| ordinal(d.columns.len()))
            .collect();
        let mut graph = Graph::build(&columns, &flows, &links);
        for (&dataset, ordinals) in &self.hidden {
            for &ordinal in ordinals {
                graph.apply(&GraphChange::RemoveColumn(ColumnRef { dataset, ordinal }));
            }
        }
        graph.applied_seq = self.applied_seq;
        self.changes.clear();
        Ok(graph)
    }

    /// The column edges of an assertion, between canonical columns.
    pub fn links(&self, id: u32) -> Result<Vec<ColumnLink>, StoreError> {
        self.links_at(id, None)
    }

    /// As [`Self::links`], as of a time.
    pub fn links_at(&self, id: u32, at: Option<EventTime>) -> Result<Vec<ColumnLink>, StoreError> {
        let Some(Some(assertion)) = self.assertions.get(id as usize) else {
            return Ok(Vec::new());
        };
        if assertion.sql.is_some() {
            return Ok(self.statement_links(id, at));
        }
        let Some(&to) = assertion.outputs.first() else {
            return Ok(Vec::new());
        };
        let mut links = Vec::new();
        for mapping in self.mappings(id)? {
            let from = self.canonical_column(ColumnRef {
                dataset: mapping.from_dataset,
                ordinal: mapping.from_column,
            });
            let to = self.canonical_column(ColumnRef {
                dataset: to,
                ordinal: mapping.to_column,
            });
            let gone = |id| self.retired.is_without(id, at);
            if gone(from.dataset) || gone(to.dataset) {
                continue;
            }
            push_links(&mut links, &mapping, from, to);
        }
        Ok(links)
    }

    /// The column mappings of an assertion.
    pub fn mappings(&self, id: u32) -> Result<Vec<Mapping>, StoreError> {
        match self.records.get(&keys::by_id(keys::MAPPINGS, id))? {
            Some(bytes) => decode(&bytes),
            None => Ok(Vec::new()),
        }
    }

    /// Records that changed since they were staged.
    pub fn changed(&self) -> usize {
        self.runs.dirty_len()
            + self.dataset_meta.dirty_len()
            + self.job_meta.dirty_len()
            + self.schemas.dirty_len()
            + self.tested.records.dirty_len()
            + self.dirty_columns.len()
            + self.dirty_activity.len()
            + self.dirty_assertions.len()
            + self.identity.unstaged.len()
    }

    pub fn dirty(&self) -> usize {
        self.changed() + self.records.staged()
    }
}

/// The edges of one mapping: one for the value, one for what decides about it.
pub(super) fn push_links(
    links: &mut Vec<ColumnLink>,
    mapping: &Mapping,
    from: ColumnRef,
    to: ColumnRef,
) {
    for (is, indirect) in [(mapping.direct, false), (mapping.indirect, true)] {
        if is {
            links.push(ColumnLink { from, to, indirect });
        }
    }
}

/// The ordinal of the last of `columns` columns.
pub(super) fn ordinal(columns: usize) -> u32 {
    u32::try_from(columns).unwrap_or(u32::MAX)
}
