//! How the server stands.

use std::fmt::Write as _;

use async_graphql::SimpleObject;

use crate::engine::Engine;

use super::contracts::{PolicyStatus, policy_status};

/// How many of everything.
#[derive(SimpleObject)]
pub struct StatusCounts {
    /// Events in the log.
    pub events: u64,
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

/// How the server stands.
#[derive(SimpleObject)]
pub struct Status {
    /// Its version.
    pub version: &'static str,
    /// The last event that answers have seen.
    pub applied_seq: u64,
    /// The last event that is durable.
    pub head_seq: u64,
    /// The last event that search has seen.
    pub search_seq: u64,
    /// How many of everything.
    pub counts: StatusCounts,
    /// Bytes of the catalog store.
    pub store_bytes: u64,
    /// Bytes of the log.
    pub log_bytes: u64,
    /// Events of the log that could not be read again; see the server's log.
    pub unreadable_events: u64,
    /// Statements from which lineage was not read yet.
    pub sql_waiting: usize,
    /// Why nothing is applied any more; null when all is well.
    pub broken: Option<String>,
    /// Why search stands still; it is tried again by itself. Null when all is well.
    pub search_broken: Option<String>,
    /// Why the last event was not written to the log; null when it was.
    pub append_failed: Option<String>,
    /// Why the log takes nothing until the server is started again; null when all is well.
    pub log_failed: Option<String>,
    /// Tells the rules apart by which names are spellings of one, `[identity]` of the settings; with
    /// others the catalog is rebuilt.
    pub identity_rules: String,
    /// How many producers are told apart in `emitters`.
    pub emitter_count: usize,
    /// False while older events are still being counted for `emitters`.
    pub emitters_complete: bool,
    /// The policy that contracts are held against; null without one.
    pub policy: Option<PolicyStatus>,
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        _ = write!(text, "{byte:02x}");
        text
    })
}

/// How the server stands now.
pub fn status(engine: &Engine) -> Status {
    let status = engine.status();
    let (emitter_count, emitters_complete) = engine.emitter_count();
    Status {
        version: env!("CARGO_PKG_VERSION"),
        applied_seq: status.applied_seq,
        head_seq: status.head_seq,
        search_seq: status.search_seq,
        counts: StatusCounts {
            events: status.log.events,
            datasets: status.counts.datasets,
            columns: status.counts.columns,
            jobs: status.counts.jobs,
            runs: status.counts.runs,
            assertions: status.counts.assertions,
        },
        store_bytes: status.store_bytes,
        log_bytes: status.log.bytes,
        unreadable_events: status.unreadable,
        sql_waiting: status.sql_waiting,
        broken: status.broken,
        search_broken: status.search_broken,
        append_failed: status.append_failure.map(|failure| failure.reason),
        log_failed: status.log.failed,
        identity_rules: hex(&engine.catalog().options().rules.fingerprint()),
        emitter_count,
        emitters_complete,
        policy: policy_status(engine),
    }
}
