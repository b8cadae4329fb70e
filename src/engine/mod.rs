//! The way of the data: receive → log → catalog, graph, search → readers.
//!
//! [`Engine`] owns the log and the projections of one data folder. An event is acknowledged when
//! the log has it on disk; a thread of its own folds it into the catalog and publishes the next
//! snapshot of the graph; another commits search on a timer. HTTP is [`crate::receive`] and
//! [`crate::api`]; what events mean is [`crate::project`] and [`crate::catalog`].

mod accept;
mod applier;
mod contracts;
mod data;
mod door;
mod emitters;
mod facets;
mod flusher;
mod health;
mod indexer;
mod observed;
mod receipts;
mod slow;
mod statements;
mod verify;
mod watch;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::SyncSender;
use std::thread::JoinHandle;
use std::time::Duration;

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use tokio::sync::broadcast;

use crate::catalog::{Catalog, Counts, Past};
use crate::checks::{Checks, ChecksError};
use crate::graph::Graph;
use crate::log::{EventLog, LogError, LogStats};
use crate::openlineage::EventTime;
use crate::quarantine::{Quarantine, QuarantineError};
use crate::search::{SearchError, SearchIndex};
use crate::store::StoreError;

pub use accept::{Acceptance, Notice, Receipt, ReceiptStatus, Refusal, Rejected};
pub use contracts::{
    Episode, Evaluated, Exported, LoadedPolicy, OdcsOf, PolicyFailure, Trial, ViolationNews,
    read_policy, whole_policy,
};
pub use data::{DataDir, EngineOptions};
pub use door::{ReleaseError, TurnedAway};
pub use emitters::{EmitterTotal, EmitterTotals};
pub use health::{AppendFailure, Unready};
pub use observed::Sought;
pub use receipts::{Named, StoredReceipt};
pub use verify::{Verified, rebuilt_digest};

use applier::Queued;

/// Why the engine could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The log.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The catalog store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The search index.
    #[error("the search index failed: {0}")]
    Search(#[from] SearchError),
    /// The folder of events in quarantine.
    #[error("the quarantine failed: {0}")]
    Quarantine(#[from] QuarantineError),
    /// The folder of stored checks.
    #[error(transparent)]
    Checks(#[from] ChecksError),
    /// A file or folder.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The catalog points to an event that does not hold the facet.
    #[error(
        "the facet {name:?} was not found in event {seq} of the log; rebuild the catalog with `headwater rebuild`"
    )]
    Facet {
        /// Name of the facet.
        name: String,
        /// The event.
        seq: u64,
    },
    /// An event of the log does not parse any more: a fault of this program.
    #[error(
        "event {seq} of the log does not parse: {reason}; the bytes are at /api/v1/events/{seq}"
    )]
    Unreadable {
        /// The event.
        seq: u64,
        /// Why.
        reason: String,
    },
    /// The disk has no room for what a start writes.
    #[error(
        "the disk of {dir} is full ({source}): {reason}; make room and start the server again: the log has every acknowledged event, and nothing has to be rebuilt by hand"
    )]
    NoRoom {
        /// The data folder.
        dir: String,
        /// What could not be done.
        reason: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// Who asked does not want to wait any longer.
    #[error("stopped by who asked")]
    Stopped,
    /// A thread could not be started.
    #[error("could not start a thread: {0}")]
    Thread(std::io::Error),
}

/// What the threads share.
pub(crate) struct Shared {
    pub log: Arc<dyn EventLog>,
    pub catalog: Catalog,
    pub graph: ArcSwap<Graph>,
    pub search: SearchIndex,
    pub stopping: AtomicBool,
    /// The applier has ended: nothing is applied any more, whatever is still accepted.
    pub applier_ended: AtomicBool,
    /// Set when applying failed for good: answers grow stale and `readyz` says so.
    pub broken: Mutex<Option<String>>,
    pub health: health::Health,
    pub emitters: emitters::Emitters,
    pub queued_bytes: AtomicUsize,
    pub unreadable: AtomicU64,
    pub touched: Mutex<ahash::HashSet<crate::catalog::Entity>>,
    pub contracts: contracts::Contracts,
    /// What was read from SQL and waits for the applier.
    pub readings: Mutex<Vec<crate::catalog::Reading>>,
    pub notices: broadcast::Sender<Notice>,
    /// Events that were turned away.
    pub quarantine: Quarantine,
}

/// One data folder at work.
pub struct Engine {
    pub(crate) shared: Arc<Shared>,
    queue: SyncSender<Queued>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    checks: Checks,
    /// What was found and mended while opening, for the log and the operator.
    pub opening: Vec<String>,
}

/// Figures of the whole.
#[derive(Debug, Clone)]
pub struct EngineStatus {
    /// Last event folded into catalog and graph.
    pub applied_seq: u64,
    /// Last event in the log.
    pub head_seq: u64,
    /// Last event that search knows.
    pub search_seq: u64,
    /// How many of everything.
    pub counts: Counts,
    /// Figures of the log.
    pub log: LogStats,
    /// Bytes of the catalog store.
    pub store_bytes: u64,
    /// Events in the log that could not be read again (see the server's log).
    pub unreadable: u64,
    /// Statements from which lineage was not read yet.
    pub sql_waiting: usize,
    /// Changes to the graph since it was last compacted.
    pub graph_delta: usize,
    /// Why nothing is applied any more, and what to do.
    pub broken: Option<String>,
    /// Why search stands still, and what to do; it is tried again.
    pub search_broken: Option<String>,
    /// The last append, when it was not written; taken back by the next that is.
    pub append_failure: Option<AppendFailure>,
}

impl Engine {
    /// The catalog.
    pub fn catalog(&self) -> &Catalog {
        &self.shared.catalog
    }

    /// The graph as of the last published event.
    pub fn graph(&self) -> Arc<Graph> {
        self.shared.graph.load_full()
    }

    /// The graph as of an earlier time.
    ///
    /// # Errors
    /// When the store fails.
    pub fn past(&self, at: EventTime) -> Result<Arc<Past>, StoreError> {
        self.shared.catalog.past(at, || self.graph())
    }

    /// The search index.
    pub fn search(&self) -> &SearchIndex {
        &self.shared.search
    }

    /// Stored checks.
    pub fn checks(&self) -> &Checks {
        &self.checks
    }

    /// The log.
    pub fn log(&self) -> &Arc<dyn EventLog> {
        &self.shared.log
    }

    /// Hears of every event that is accepted from now on.
    pub fn notices(&self) -> broadcast::Receiver<Notice> {
        self.shared.notices.subscribe()
    }

    /// Figures of the whole.
    pub fn status(&self) -> EngineStatus {
        let shared = &self.shared;
        EngineStatus {
            applied_seq: shared.graph.load().applied_seq,
            head_seq: shared.log.head(),
            search_seq: shared.search.committed_seq(),
            counts: shared.catalog.counts(),
            log: shared.log.stats(),
            store_bytes: shared.catalog.store_bytes(),
            unreadable: shared.unreadable.load(Ordering::Relaxed),
            sql_waiting: shared.catalog.statements_waiting(),
            graph_delta: shared.graph.load().delta(),
            broken: shared.broken.lock().clone(),
            search_broken: shared.health.search(),
            append_failure: shared.health.append_failure(),
        }
    }

    /// Totals by producer.
    pub fn emitters(&self) -> EmitterTotals {
        self.shared.emitters.totals()
    }

    /// How many producers there are totals of, and whether all events are counted in these.
    pub fn emitter_count(&self) -> (usize, bool) {
        self.shared.emitters.count()
    }

    /// Waits until everything in the log now is applied and searchable.
    /// Returns false when that did not happen within `limit`.
    pub fn settle(&self, limit: Duration) -> bool {
        let target = self.shared.log.head();
        let start = std::time::Instant::now();
        while start.elapsed() < limit {
            let status = self.status();
            if status.broken.is_some() {
                return false;
            }
            if status.applied_seq >= target && status.search_seq >= target {
                return true;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        false
    }

    /// Stops the threads after what is in the queue, and writes what is not written.
    ///
    /// # Errors
    /// When the catalog cannot be written; nothing is lost, the log has every event.
    pub fn stop(&self) -> Result<(), EngineError> {
        self.shared.stopping.store(true, Ordering::SeqCst);
        for thread in std::mem::take(&mut *self.threads.lock()) {
            let _ = thread.join();
        }
        watch::save(&self.shared);
        if self.shared.broken.lock().is_none() {
            self.shared.catalog.flush()?;
            self.shared.catalog.sync()?;
        }
        Ok(())
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            tracing::error!(%error, "stopping");
        }
    }
}
