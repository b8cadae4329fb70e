//! The catalog in memory in front of its store: opening, flushing, looking records up.

use std::sync::Arc;

use ahash::{HashMap, HashSet};
use parking_lot::RwLock;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::graph::{ColumnLink, ColumnRef, Flow, Graph, GraphChange};
use crate::openlineage::{ContentHash, Event};
use crate::project::current::{Activity, DEFAULT_EDGE_WINDOW};
use crate::store::{Store, StoreError};

use super::cache::Cache;
use super::keys;
use super::names::{DatasetId, JobId, Names, StringId, Strings};
use super::records::{
    Assertion, DatasetMeta, JobMeta, Mapping, Meta, Owner, RunRecord, SchemaSource,
};

/// Settings that shape what is derived.
#[derive(Debug, Clone, Copy)]
pub struct CatalogOptions {
    /// How long an edge outlives its last assertion, in microseconds (see [`crate::project::current`]).
    pub edge_window: i64,
    /// Unchanged records of each kind kept in memory.
    pub cached_records: usize,
}

impl Default for CatalogOptions {
    fn default() -> Self {
        Self {
            edge_window: DEFAULT_EDGE_WINDOW,
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
}

/// What is in memory of a dataset.
#[derive(Debug, Default)]
pub(super) struct HotDataset {
    /// Names of its columns; the ordinal is the index plus one.
    pub columns: Vec<StringId>,
    /// The value of its tag `layer`, until a policy says more.
    pub layer: Option<StringId>,
}

/// What is in memory of a job.
#[derive(Debug, Default)]
pub(super) struct HotJob {
    pub activity: Activity,
    pub assertions: Vec<u32>,
}

pub(super) struct State {
    pub store: Arc<dyn Store>,
    pub options: CatalogOptions,
    pub strings: Strings,
    pub dataset_names: Names,
    pub job_names: Names,
    pub datasets: Vec<HotDataset>,
    pub jobs: Vec<HotJob>,
    pub assertions: Vec<Option<Assertion>>,
    pub live: Vec<bool>,
    pub assertion_ids: HashMap<(Owner, ContentHash), u32>,
    /// Live assertions with column edges, by output dataset.
    pub declared_into: HashMap<DatasetId, Vec<u32>>,
    /// Ordinals of the columns of wide datasets.
    pub wide: HashMap<DatasetId, HashMap<StringId, u32>>,
    pub dataset_meta: Cache<DatasetId, DatasetMeta>,
    pub job_meta: Cache<JobId, JobMeta>,
    pub schemas: Cache<(DatasetId, u64), SchemaSource>,
    pub runs: Cache<(JobId, Uuid), RunRecord>,
    /// Records that are written once, or are in memory anyway: to be written as they are.
    pub pending: HashMap<Vec<u8>, Option<Vec<u8>>>,
    pub known_facets: HashSet<ContentHash>,
    pub dirty_columns: HashSet<DatasetId>,
    pub dirty_activity: HashSet<JobId>,
    pub dirty_assertions: HashSet<u32>,
    pub counts: Counts,
    pub applied_seq: u64,
    pub changes: Vec<GraphChange>,
    pub touched: HashSet<Entity>,
}

/// The catalog: one writer applies events, many readers look.
pub struct Catalog {
    pub(super) state: RwLock<State>,
}

pub(super) fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, StoreError> {
    postcard::to_allocvec(value)
        .map_err(|error| StoreError::Failed(format!("encoding a record: {error}")))
}

pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, StoreError> {
    postcard::from_bytes(bytes)
        .map_err(|error| StoreError::Failed(format!("a record does not decode: {error}")))
}

impl Catalog {
    /// Opens the catalog on a store and reads into memory what is needed to go on.
    ///
    /// # Errors
    /// When the store fails or a record does not decode. The cure is to rebuild from the log.
    pub fn open(
        store: Arc<dyn Store>,
        options: CatalogOptions,
    ) -> Result<(Self, Opened), StoreError> {
        let mut state = State::new(store, options);
        let opened = match state.store.get(keys::META)? {
            None => Opened::Fresh,
            Some(bytes) => match decode::<Meta>(&bytes) {
                Ok(meta) if meta.layout == keys::LAYOUT => {
                    state.load(&meta)?;
                    Opened::At(meta.applied_seq)
                }
                Ok(meta) => Opened::OtherLayout(meta.layout),
                Err(_) => Opened::OtherLayout(0),
            },
        };
        Ok((
            Self {
                state: RwLock::new(state),
            },
            opened,
        ))
    }

    /// Folds in one event of the log. Applying one again changes nothing.
    ///
    /// # Errors
    /// When the store fails; the catalog must then be rebuilt.
    pub fn apply(&self, seq: u64, event: &Event) -> Result<(), StoreError> {
        self.state.write().apply(seq, event)
    }

    /// Folds in several events under one lock and publishes what they did to the graph.
    /// `publish` sees the changes and the entities touched before any reader can look.
    ///
    /// # Errors
    /// When the store fails; the catalog must then be rebuilt.
    pub fn apply_all<'e>(
        &self,
        events: impl Iterator<Item = (u64, &'e Event)>,
        publish: impl FnOnce(u64, Vec<GraphChange>, HashSet<Entity>),
    ) -> Result<(), StoreError> {
        let mut state = self.state.write();
        for (seq, event) in events {
            state.apply(seq, event)?;
        }
        let changes = std::mem::take(&mut state.changes);
        let touched = std::mem::take(&mut state.touched);
        publish(state.applied_seq, changes, touched);
        Ok(())
    }

    /// Takes note that everything up to `seq` has been seen, where the last events were passed over.
    pub fn advance(&self, seq: u64) {
        let mut state = self.state.write();
        state.applied_seq = state.applied_seq.max(seq);
    }

    /// Writes what changed to the store, in one batch with the offset.
    ///
    /// # Errors
    /// When the store fails.
    pub fn flush(&self) -> Result<(), StoreError> {
        self.state.write().flush()
    }

    /// Changed records that wait to be written.
    pub fn dirty(&self) -> usize {
        self.state.read().dirty()
    }

    /// The last event that was folded in.
    pub fn applied_seq(&self) -> u64 {
        self.state.read().applied_seq
    }

    /// How many of everything.
    pub fn counts(&self) -> Counts {
        self.state.read().counts
    }

    /// Bytes that the store takes.
    pub fn store_bytes(&self) -> u64 {
        let store = Arc::clone(&self.state.read().store);
        store.size_bytes()
    }

    /// The settings it was opened with.
    pub fn options(&self) -> CatalogOptions {
        self.state.read().options
    }

    /// Hands what was flushed to the operating system; for a clean stop.
    ///
    /// # Errors
    /// When the store fails.
    pub fn sync(&self) -> Result<(), StoreError> {
        let store = Arc::clone(&self.state.read().store);
        store.flush()
    }

    /// Builds the graph of everything that is current.
    ///
    /// # Errors
    /// When the store fails.
    pub fn build_graph(&self) -> Result<Graph, StoreError> {
        self.state.write().build_graph()
    }
}

impl State {
    fn new(store: Arc<dyn Store>, options: CatalogOptions) -> Self {
        let room = options.cached_records;
        Self {
            store,
            options,
            strings: Strings::default(),
            dataset_names: Names::default(),
            job_names: Names::default(),
            datasets: Vec::new(),
            jobs: Vec::new(),
            assertions: Vec::new(),
            live: Vec::new(),
            assertion_ids: HashMap::default(),
            declared_into: HashMap::default(),
            wide: HashMap::default(),
            dataset_meta: Cache::new(room),
            job_meta: Cache::new(room),
            schemas: Cache::new(room),
            runs: Cache::new(room),
            pending: HashMap::default(),
            known_facets: HashSet::default(),
            dirty_columns: HashSet::default(),
            dirty_activity: HashSet::default(),
            dirty_assertions: HashSet::default(),
            counts: Counts::default(),
            applied_seq: 0,
            changes: Vec::new(),
            touched: HashSet::default(),
        }
    }

    pub fn hold_assertion(&mut self, id: u32, assertion: Assertion) {
        let at = id as usize;
        if self.assertions.len() <= at {
            self.assertions.resize_with(at + 1, || None);
            self.live.resize(at + 1, false);
        }
        if let Owner::Job(job) = assertion.owner
            && let Some(job) = self.jobs.get_mut(job as usize)
        {
            job.assertions.push(id);
        }
        self.assertion_ids
            .insert((assertion.owner, assertion.content), id);
        self.assertions[at] = Some(assertion);
        self.counts.assertions += 1;
    }

    fn build_graph(&mut self) -> Result<Graph, StoreError> {
        let (mut flows, mut links) = (Vec::new(), Vec::new());
        self.declared_into.clear();
        for at in 0..self.assertions.len() {
            let id = u32::try_from(at).unwrap_or(u32::MAX);
            self.live[at] = self.is_current(id);
            let Some(assertion) = self.assertions[at].as_ref().filter(|_| self.live[at]) else {
                continue;
            };
            let flow = flow_of(id, assertion);
            if assertion.declared {
                links.extend(self.links(id)?);
                for &output in &flow.outputs {
                    self.declared_into.entry(output).or_default().push(id);
                }
            }
            flows.push(flow);
        }
        let columns: Vec<u32> = self
            .datasets
            .iter()
            .map(|d| ordinal(d.columns.len()))
            .collect();
        let mut graph = Graph::build(&columns, &flows, &links);
        graph.applied_seq = self.applied_seq;
        self.changes.clear();
        Ok(graph)
    }

    /// The column edges of an assertion.
    pub fn links(&self, id: u32) -> Result<Vec<ColumnLink>, StoreError> {
        let Some(Some(assertion)) = self.assertions.get(id as usize) else {
            return Ok(Vec::new());
        };
        let Some(&to) = assertion.outputs.first() else {
            return Ok(Vec::new());
        };
        let mut links = Vec::new();
        for mapping in self.mappings(id)? {
            let from = ColumnRef {
                dataset: mapping.from_dataset,
                ordinal: mapping.from_column,
            };
            let to = ColumnRef {
                dataset: to,
                ordinal: mapping.to_column,
            };
            if mapping.direct {
                links.push(ColumnLink {
                    from,
                    to,
                    indirect: false,
                });
            }
            if mapping.indirect {
                links.push(ColumnLink {
                    from,
                    to,
                    indirect: true,
                });
            }
        }
        Ok(links)
    }

    /// The column mappings of an assertion.
    pub fn mappings(&self, id: u32) -> Result<Vec<Mapping>, StoreError> {
        match self.fetch(&keys::by_id(keys::MAPPINGS, id))? {
            Some(bytes) => decode(&bytes),
            None => Ok(Vec::new()),
        }
    }

    /// A record as it stands, written or waiting to be.
    pub fn fetch(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        match self.pending.get(key) {
            Some(value) => Ok(value.clone()),
            None => self.store.get(key),
        }
    }

    pub fn put(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.pending.insert(key, Some(value));
    }

    fn dirty(&self) -> usize {
        self.runs.dirty_len()
            + self.dataset_meta.dirty_len()
            + self.job_meta.dirty_len()
            + self.schemas.dirty_len()
            + self.pending.len()
    }
}

/// The ordinal of the last of `columns` columns.
pub(super) fn ordinal(columns: usize) -> u32 {
    u32::try_from(columns).unwrap_or(u32::MAX)
}

pub(super) fn flow_of(id: u32, assertion: &Assertion) -> Flow {
    Flow {
        id,
        job: match assertion.owner {
            Owner::Job(job) => Some(job),
            Owner::Dataset(_) => None,
        },
        declared: assertion.declared,
        inputs: assertion.inputs.clone(),
        outputs: assertion.outputs.clone(),
    }
}
