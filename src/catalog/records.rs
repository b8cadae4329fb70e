//! The records of the catalog as they stand in the store (postcard, layout [`super::keys::LAYOUT`]).

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::openlineage::{ContentHash, EventTime, RunState};
use crate::project::intervals::Intervals;
pub use crate::project::intervals::Span;

use super::names::{DatasetId, JobId, StringId};

/// What the whole store says of itself.
#[derive(Debug, Serialize, Deserialize)]
pub struct Meta {
    pub layout: u32,
    pub applied_seq: u64,
    pub runs: u64,
    /// The window by which times were compressed.
    pub edge_window: i64,
    /// The rules by which names are spelled.
    pub rules: ContentHash,
    /// First and last event time.
    pub known: Option<Span>,
}

/// A last-writer-wins register for one facet: the greatest (time, hash) counts. A deletion is a
/// value like any other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FacetRegister {
    /// Interned facet name.
    pub name: StringId,
    /// Event time of the winning event.
    pub time: EventTime,
    /// Hash of its canonical body.
    pub hash: ContentHash,
    /// The winner deletes the facet.
    pub deleted: bool,
    /// An event of the log that carries this body. Which one of several depends on arrival: it is
    /// never compared and never in the digest.
    pub seq: u64,
}

/// Facets, ascending by name.
pub type Facets = Vec<FacetRegister>;

/// What a join did to a register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joined {
    /// The value stays.
    Same,
    /// There is a new value.
    Changed,
}

impl FacetRegister {
    /// Joins a later look at the same facet.
    pub fn join(&mut self, new: Self) -> Joined {
        if (new.time, new.hash) <= (self.time, self.hash) {
            return Joined::Same;
        }
        let joined = if new.hash == self.hash {
            Joined::Same
        } else {
            Joined::Changed
        };
        *self = new;
        joined
    }
}

/// Joins `new` into `held`, both ascending by `key` and without repetition. `join` takes each new
/// one into the old one of its key, or sees it alone where there was none (as the first). Linear in
/// both, so that an event with a million facets or datasets costs no more than reading it.
pub fn merge<T, K: Ord>(
    held: &mut Vec<T>,
    new: Vec<T>,
    key: impl Fn(&T) -> K,
    mut join: impl FnMut(&mut T, Option<T>),
) {
    const FEW: usize = 8;
    if new.len() <= FEW {
        for one in new {
            match held.binary_search_by(|old| key(old).cmp(&key(&one))) {
                Ok(at) => join(&mut held[at], Some(one)),
                Err(at) => {
                    held.insert(at, one);
                    join(&mut held[at], None);
                }
            }
        }
        return;
    }
    let old = std::mem::take(held);
    held.reserve(old.len() + new.len());
    let (mut old, mut new) = (old.into_iter().peekable(), new.into_iter().peekable());
    loop {
        let order = match (old.peek(), new.peek()) {
            (Some(old), Some(new)) => key(old).cmp(&key(new)),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return,
        };
        if order == Ordering::Greater {
            if let Some(mut one) = new.next() {
                join(&mut one, None);
                held.push(one);
            }
            continue;
        }
        let Some(mut one) = old.next() else { return };
        if order == Ordering::Equal
            && let Some(new) = new.next()
        {
            join(&mut one, Some(new));
        }
        held.push(one);
    }
}

/// Joins numbers into an ascending set.
pub fn unite(held: &mut Vec<u32>, mut new: Vec<u32>) {
    new.sort_unstable();
    new.dedup();
    merge(held, new, |&id| id, |_, _| {});
}

/// What a static event declared: a register that a later one replaces whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declared {
    pub time: EventTime,
    pub hash: ContentHash,
    pub assertions: Vec<u32>,
}

/// A dataset but for its name and columns.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DatasetMeta {
    pub span: Span,
    pub producers: Vec<StringId>,
    pub facets: Facets,
    /// Column lineage declared by a `DatasetEvent`.
    pub declared: Option<Declared>,
    /// Time of the last event that says that it was written or is there.
    pub written: Option<EventTime>,
    /// Time of the last event that says that it was written.
    pub refreshed: Option<EventTime>,
    /// Changes in its life, ascending by kind.
    pub changes: Vec<Change>,
}

impl DatasetMeta {
    /// Of a dataset of which the first event is folded in, at a time.
    pub fn at(time: EventTime) -> Self {
        Self {
            span: Span::at(time),
            producers: Vec::new(),
            facets: Vec::new(),
            declared: None,
            written: None,
            refreshed: None,
            changes: Vec::new(),
        }
    }
}

/// The changes that a lifecycleStateChange facet may tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ChangeKind {
    /// Its form was changed.
    Alter,
    /// It was made.
    Create,
    /// It is no more.
    Drop,
    /// All of it was written anew.
    Overwrite,
    /// It got this name.
    Rename,
    /// It was emptied.
    Truncate,
}

impl ChangeKind {
    /// All of them, as the specification writes them.
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::Alter, "ALTER"),
        (Self::Create, "CREATE"),
        (Self::Drop, "DROP"),
        (Self::Overwrite, "OVERWRITE"),
        (Self::Rename, "RENAME"),
        (Self::Truncate, "TRUNCATE"),
    ];

    /// Reads one, whatever its case.
    pub fn of(text: &str) -> Option<Self> {
        let mut all = Self::ALL.iter();
        all.find(|(_, word)| text.eq_ignore_ascii_case(word))
            .map(|(kind, _)| *kind)
    }

    /// As the specification writes it.
    pub fn word(self) -> &'static str {
        let mut all = Self::ALL.iter();
        all.find(|(kind, _)| *kind == self)
            .map_or("", |(_, word)| word)
    }
}

/// One kind of change in the life of a dataset: when it was told, and by whom last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What changed.
    pub kind: ChangeKind,
    /// Event time of the first event that told it.
    pub first: EventTime,
    /// Event time of the last one, …
    pub last: EventTime,
    /// … its hash, …
    pub hash: ContentHash,
    /// … its producer, …
    pub producer: StringId,
    /// … and its job; none when it was a dataset event.
    pub job: Option<JobId>,
}

impl Change {
    /// Joins another telling of the same kind.
    pub fn join(&mut self, other: Self) {
        let first = self.first.min(other.first);
        if (other.last, other.hash) > (self.last, self.hash) {
            *self = other;
        }
        self.first = first;
    }
}

/// A job whose runs started runs of another one, and the times of the events that told so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParentJob {
    pub job: JobId,
    pub span: Span,
}

/// A job but for its name.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct JobMeta {
    pub span: Span,
    pub producers: Vec<StringId>,
    pub facets: Facets,
    /// Jobs that start it, as its runs tell; ascending.
    pub parents: Vec<ParentJob>,
    /// Edges declared by a `JobEvent`.
    pub declared: Option<Declared>,
}

impl JobMeta {
    /// Of a job of which the first event is folded in, at a time.
    pub fn at(time: EventTime) -> Self {
        Self {
            span: Span::at(time),
            producers: Vec::new(),
            facets: Vec::new(),
            parents: Vec::new(),
            declared: None,
        }
    }
}

/// A dataset's schema as one source (a job, or the producer of dataset events) tells it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SchemaSource {
    /// The latest schema.
    pub hash: ContentHash,
    /// When it was told.
    pub told: Intervals,
    /// How many others it told; these stand in records of their own.
    pub others: u32,
    /// Ordinals in the latest schema, in its order.
    pub latest: Vec<u32>,
    /// Ordinals in any schema of this source, ascending.
    pub ever: Vec<u32>,
}

/// A facet on one use of a dataset by a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IoFacet {
    pub dataset: DatasetId,
    pub output: bool,
    /// One of several of its name that hold beside each other: each body is a register of its own.
    pub beside: bool,
    pub facet: FacetRegister,
}

impl IoFacet {
    /// What it is ordered by.
    pub fn key(&self) -> (DatasetId, bool, StringId, ContentHash) {
        let hash = if self.beside {
            self.facet.hash
        } else {
            ContentHash::default()
        };
        (self.dataset, self.output, self.facet.name, hash)
    }
}

/// Who sent a run's events: the latest event counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProducerRegister {
    pub time: EventTime,
    pub hash: ContentHash,
    pub producer: StringId,
}

/// One run of one job: sets and registers, joined over its events in any order.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunRecord {
    /// Every state it was told, with its time; ascending.
    pub states: Vec<(RunState, EventTime)>,
    pub(super) span: Span,
    pub(super) producer: ProducerRegister,
    pub(super) facets: Facets,
    /// Datasets read and written; ascending.
    pub(super) inputs: Vec<DatasetId>,
    pub(super) outputs: Vec<DatasetId>,
    /// Facets of its uses of datasets; ascending by use and name.
    pub(super) io_facets: Vec<IoFacet>,
    /// There were more of them that hold beside each other than are kept.
    pub(super) io_facets_cut: bool,
    /// Every run that it was told to be started by; ascending.
    pub(super) parents: Vec<(JobId, Uuid)>,
    /// Assertions from columnLineage facets of outputs without an explicit one; ascending.
    pub(super) mappings: Vec<u32>,
    /// Assertions from explicit lineage facets; ascending.
    pub(super) explicit: Vec<u32>,
    /// The assertion "these outputs from these inputs" as it stands.
    pub(super) flow: Option<u32>,
    /// Hashes of the sql facets that it told of its job; ascending.
    pub(super) sql: Vec<ContentHash>,
    /// The assertions "this statement made this output" as they stand.
    pub(super) statements: Vec<u32>,
    /// First event time under which it stands in the store, once staged.
    #[serde(skip)]
    pub(super) stored_at: Option<EventTime>,
}

impl RunRecord {
    pub(super) fn is_ended(&self) -> bool {
        self.states.iter().any(|(state, _)| state.is_terminal())
    }

    pub(super) fn assertions(&self) -> impl Iterator<Item = u32> + '_ {
        let told = self.mappings.iter().chain(&self.explicit);
        let read = self.statements.iter().copied();
        told.copied().chain(self.flow).chain(read)
    }
}

/// Whose assertion it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Owner {
    /// Made by runs or static events of a job.
    Job(JobId),
    /// Made by a static event about a dataset.
    Dataset(DatasetId),
}

impl Owner {
    /// The job, where it is one.
    pub fn job(self) -> Option<JobId> {
        match self {
            Self::Job(job) => Some(job),
            Self::Dataset(_) => None,
        }
    }
}

/// A run that has not ended and asserts something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenRun {
    pub run: Uuid,
    pub span: Span,
}

/// Evidence folded over runs that have ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folded {
    pub runs: u32,
    /// The times of the runs.
    pub told: Intervals,
    /// The run with the greatest (last event time, id).
    pub last_run: Uuid,
}

/// "These datasets are made from those", by one owner and one producer, with its evidence.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Assertion {
    pub owner: Owner,
    pub producer: StringId,
    /// The job that reads, where the owner only tells of it: an exposure of dbt (see
    /// [`super::exposures`]).
    pub reader: Option<JobId>,
    /// It tells columns: from a columnLineage facet, or what a lineage facet says of fields.
    pub declared: bool,
    /// From an explicit lineage facet; what that says of columns is an assertion of its own.
    pub explicit: bool,
    /// The sql facet whose statement made the one output; what it says of columns is read from it
    /// (see [`super::statements`]) and never stored.
    pub sql: Option<ContentHash>,
    /// Hash of what it says, in local numbers.
    pub content: ContentHash,
    pub inputs: Vec<DatasetId>,
    pub outputs: Vec<DatasetId>,
    pub folded: Option<Folded>,
    pub open: Vec<OpenRun>,
    /// Time of the static event that declares it now.
    pub fixed: Option<EventTime>,
    /// First and last time of all static events that declare it, those that were replaced among
    /// them.
    pub statics: Option<Span>,
    /// Time of the first event that told its columns, since it was made; without meaning for
    /// inputs × outputs.
    pub named: EventTime,
}

impl Assertion {
    /// One between whole datasets, that nobody has asserted yet.
    pub fn of(
        owner: Owner,
        producer: StringId,
        content: ContentHash,
        inputs: Vec<DatasetId>,
        outputs: Vec<DatasetId>,
    ) -> Self {
        Self {
            owner,
            producer,
            reader: None,
            declared: false,
            explicit: false,
            sql: None,
            content,
            inputs,
            outputs,
            folded: None,
            open: Vec::new(),
            fixed: None,
            statics: None,
            named: EventTime(i64::MIN),
        }
    }

    /// The job that works: the one that tells it, unless that tells of another one.
    pub fn job(&self) -> Option<JobId> {
        self.reader.or(self.owner.job())
    }

    /// The jobs without which it does not hold: the one that works, and the one that tells.
    pub fn jobs(&self) -> impl Iterator<Item = JobId> {
        self.reader.into_iter().chain(self.owner.job())
    }

    /// Whether it has edges between columns: told, or read from a statement.
    pub fn has_links(&self) -> bool {
        self.declared || self.sql.is_some()
    }
}

/// A column edge of an assertion; ordinal 0 of the output means all its columns.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Mapping {
    pub from_dataset: DatasetId,
    pub from_column: u32,
    pub to_column: u32,
    /// Interned `TYPE/SUBTYPE` (with `/MASKED`), empty where the producer does not say.
    pub transformations: Vec<StringId>,
    pub indirect: bool,
    pub direct: bool,
}
