//! What came in: one event with its receipt, and the totals by producer.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};

use crate::engine::{EmitterTotal, Named, StoredReceipt};
use crate::openlineage;

/// Producers that are listed unless a limit says otherwise, and at most.
pub const EMITTERS: usize = 100;

/// A remark on an event, made for its sender.
#[derive(SimpleObject)]
#[graphql(name = "EventWarning")]
pub struct EventWarning {
    /// Stable name, for example `no_time_zone`.
    pub code: &'static str,
    /// JSON pointer to the place in the event.
    pub path: String,
    /// What was seen, how it was read, what to do.
    pub message: String,
}

impl From<openlineage::Warning> for EventWarning {
    fn from(warning: openlineage::Warning) -> Self {
        Self {
            code: warning.code,
            path: warning.path,
            message: warning.message,
        }
    }
}

/// How many of everything one event names, whether it was known before or not.
#[derive(SimpleObject)]
pub struct NamedByEvent {
    /// Jobs: 1, or 0 on dataset events.
    pub jobs: usize,
    /// Runs: 1, or 0 on static events.
    pub runs: usize,
    /// Different datasets, among them those that only its column lineage names.
    pub datasets: usize,
    /// Different inputs.
    pub inputs: usize,
    /// Different outputs.
    pub outputs: usize,
    /// Different columns that its schemas and its column lineage name.
    pub columns: usize,
    /// Edges of its column lineage; a column that a whole output depends on counts once.
    pub column_edges: usize,
    /// Facets that are read.
    pub facets: usize,
}

impl From<Named> for NamedByEvent {
    fn from(named: Named) -> Self {
        Self {
            jobs: named.jobs,
            runs: named.runs,
            datasets: named.datasets,
            inputs: named.inputs,
            outputs: named.outputs,
            columns: named.columns,
            column_edges: named.column_edges,
            facets: named.facets,
        }
    }
}

/// An event of the log and its receipt. Its bytes are at `/api/v1/events/{seq}`.
#[derive(SimpleObject)]
pub struct LoggedEvent {
    /// Its place in the log.
    pub seq: u64,
    /// When it was received.
    pub received_at: Option<DateTime<Utc>>,
    /// `RUN`, `JOB` or `DATASET`.
    pub kind: &'static str,
    /// The state it reports, on run events.
    pub state: Option<&'static str>,
    /// Its own time.
    pub time: Option<DateTime<Utc>>,
    /// Who sent it.
    pub producer: String,
    /// Namespace of its job, or of its dataset.
    pub namespace: String,
    /// Name of its job, or of its dataset.
    pub name: String,
    /// Answers have seen it.
    pub applied: bool,
    /// What its sender should know about it: ten of each code, and how many more there are.
    pub warnings: Vec<EventWarning>,
    /// How many of everything it names.
    pub names: NamedByEvent,
}

impl From<StoredReceipt> for LoggedEvent {
    fn from(receipt: StoredReceipt) -> Self {
        let event = receipt.event;
        Self {
            seq: event.seq,
            received_at: DateTime::from_timestamp_millis(receipt.received_ms),
            kind: event.kind,
            state: event.state,
            time: event.time.to_utc(),
            producer: event.producer,
            namespace: event.subject.0,
            name: event.subject.1,
            applied: receipt.applied,
            warnings: receipt.warnings.into_iter().map(Into::into).collect(),
            names: receipt.names.into(),
        }
    }
}

/// How many events gave cause for a warning.
#[derive(SimpleObject)]
pub struct WarningCount {
    /// Stable name of the warning.
    pub code: String,
    /// Events, however often each gave cause.
    pub count: u64,
}

/// What one producer sent.
#[derive(SimpleObject)]
pub struct Emitter {
    /// Its name as it sends it; the first 512 bytes. `(others)` are all beyond the first 10,000.
    pub producer: String,
    /// Different events.
    pub events: u64,
    /// Events sent again since the server was started.
    pub duplicates: u64,
    /// Earliest event time.
    pub first: Option<DateTime<Utc>>,
    /// Latest event time.
    pub last: Option<DateTime<Utc>>,
    /// Events with warnings, by code.
    pub warnings: Vec<WarningCount>,
}

impl From<(String, EmitterTotal)> for Emitter {
    fn from((producer, total): (String, EmitterTotal)) -> Self {
        let warnings = total.warnings.into_iter();
        Self {
            producer,
            events: total.events,
            duplicates: total.duplicates,
            first: total.first.to_utc(),
            last: total.last.to_utc(),
            warnings: warnings
                .map(|(code, count)| WarningCount { code, count })
                .collect(),
        }
    }
}
