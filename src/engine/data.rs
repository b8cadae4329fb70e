//! Opening a data folder: `log/` (the truth), `store/` and `search/` (rebuilt when in doubt), and
//! `checks/` (what clients stored).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use arc_swap::ArcSwap;
use parking_lot::Mutex;

use crate::catalog::{Catalog, CatalogOptions, Opened};
use crate::checks::{CheckLimits, Checks};
use crate::graph::Graph;
use crate::log::{EventLog, LogError, LogOptions, SegmentLog};
use crate::quarantine::{Quarantine, QuarantineLimits};
use crate::search::SearchIndex;
use crate::store::{SledStore, StoreError};

use super::applier::{Applier, queue};
use super::contracts::{self, Contracts};
use super::emitters::Emitters;
use super::health::{self, Health};
use super::{Engine, EngineError, Shared, flusher, indexer, statements, watch};

/// How an engine works.
#[derive(Debug, Clone, Default)]
pub struct EngineOptions {
    /// The log.
    pub log: LogOptions,
    /// The catalog.
    pub catalog: CatalogOptions,
    /// Stored checks.
    pub checks: CheckLimits,
    /// Events that were turned away.
    pub quarantine: QuarantineLimits,
}

/// Bytes that search may hold before it writes.
const SEARCH_MEMORY: usize = 48 << 20;

/// Where everything of one server lies.
#[derive(Debug, Clone)]
pub struct DataDir(pub PathBuf);

impl DataDir {
    /// The log's folder.
    pub fn log(&self) -> PathBuf {
        self.0.join("log")
    }

    /// The catalog store's folder.
    pub fn store(&self) -> PathBuf {
        self.0.join("store")
    }

    /// The search index's folder.
    pub fn search(&self) -> PathBuf {
        self.0.join("search")
    }

    /// When violations were opened and closed.
    pub fn violations(&self) -> PathBuf {
        self.0.join("violations.ndjson")
    }

    /// The folder of events in quarantine.
    pub fn quarantine(&self) -> PathBuf {
        self.0.join("quarantine")
    }

    /// The folder of stored checks; not rebuilt, for no event tells of them.
    pub fn checks(&self) -> PathBuf {
        self.0.join("checks")
    }

    /// The file of the totals by producer.
    pub fn emitters(&self) -> PathBuf {
        self.0.join("emitters.json")
    }

    /// Moves a projection aside, so that it is rebuilt; nothing is deleted.
    ///
    /// # Errors
    /// When the folder cannot be renamed.
    pub fn set_aside(&self, folder: &Path) -> Result<Option<PathBuf>, EngineError> {
        if !folder.exists() {
            return Ok(None);
        }
        for n in 1_u32.. {
            let target = folder.with_extension(format!("aside-{n}"));
            if target.exists() {
                continue;
            }
            let what = format!("moving {} aside", folder.display());
            std::fs::rename(folder, &target).map_err(|source| EngineError::Io { what, source })?;
            return Ok(Some(target));
        }
        Ok(None)
    }
}

impl Engine {
    /// Opens a data folder and starts its threads.
    ///
    /// # Errors
    /// When the log is damaged or in use, or a folder cannot be made. Damage to the catalog store
    /// or the search index is no error: they are moved aside and rebuilt.
    pub fn open(dir: &DataDir, options: EngineOptions) -> Result<Self, EngineError> {
        Self::try_open(dir, options).map_err(|error| explained(error, dir))
    }

    fn try_open(dir: &DataDir, options: EngineOptions) -> Result<Self, EngineError> {
        let (log, recovery) = SegmentLog::open(&dir.log(), options.log)?;
        let mut opening = Vec::new();
        if let Some(cut) = recovery.truncated {
            opening.push(format!(
                "cut a torn tail of {} bytes off {} at offset {} ({}); its events were never acknowledged",
                cut.bytes,
                cut.segment.display(),
                cut.offset,
                cut.reason
            ));
        }
        for file in recovery.rebuilt {
            opening.push(format!("rebuilt the side file {}", file.display()));
        }
        Self::open_on(dir, Arc::new(log), options, opening)
    }

    /// Like [`Engine::open`], on a log that is open already.
    ///
    /// # Errors
    /// As [`Engine::open`].
    pub fn open_on(
        dir: &DataDir,
        log: Arc<dyn EventLog>,
        options: EngineOptions,
        mut opening: Vec<String>,
    ) -> Result<Self, EngineError> {
        let (catalog, graph) = open_catalog(dir, &*log, options.catalog, &mut opening)?;
        let checks = Checks::open(dir.checks(), options.checks, &mut opening)?;
        let quarantine = Quarantine::open(dir.quarantine(), options.quarantine, &mut opening)?;
        let search = SearchIndex::open(Some(&dir.search()), SEARCH_MEMORY)?;
        opening.extend(
            search
                .reset_reason()
                .map(|reason| format!("search is rebuilt: {reason}")),
        );
        // Asked before anything is applied: a catalog that is built anew soon is where search is, and
        // yet search may have what the old one said.
        let refill = search.committed_seq() != graph.applied_seq;
        let emitters = Emitters::open(dir.emitters(), graph.applied_seq, log.head());
        let shared = Arc::new(Shared {
            log,
            catalog,
            graph: ArcSwap::from_pointee(graph),
            search,
            stopping: AtomicBool::new(false),
            applier_ended: AtomicBool::new(false),
            broken: Mutex::new(None),
            health: Health::default(),
            emitters,
            queued_bytes: AtomicUsize::new(0),
            unreadable: AtomicU64::new(0),
            touched: Mutex::default(),
            contracts: Contracts::new(dir.violations(), &mut opening),
            readings: Mutex::default(),
            notices: tokio::sync::broadcast::channel(4096).0,
            quarantine,
        });
        let (sender, receiver) = queue();
        let applier = Applier::new(Arc::clone(&shared), receiver);
        let threads = [
            spawn(
                "apply",
                &shared,
                move |shared| {
                    let ended = applier.run();
                    shared.applier_ended.store(true, Ordering::SeqCst);
                    ended
                },
                Shared::break_down,
            )?,
            spawn("store", &shared, flusher::run, Shared::break_down)?,
            spawn(
                "search",
                &shared,
                move |shared| indexer::run(shared, refill),
                Shared::search_ended,
            )?,
            spawn(
                "watch",
                &shared,
                {
                    let dir = dir.clone();
                    move |shared| {
                        watch::run(shared, &dir);
                        Ok(())
                    }
                },
                |_, reason| tracing::error!(%reason, "nobody looks after the totals and the disk"),
            )?,
            spawn("contracts", &shared, contracts::run, |shared, reason| {
                shared.contracts.ended(reason);
            })?,
            spawn("statements", &shared, statements::run, |_, reason| {
                tracing::error!(%reason, "lineage is no longer read from SQL until the next start");
            })?,
        ];
        Ok(Self {
            shared,
            queue: sender,
            threads: Mutex::new(threads.into()),
            checks,
            opening,
        })
    }
}

/// Says plainly when a failed start is the full disk's doing.
fn explained(error: EngineError, dir: &DataDir) -> EngineError {
    if matches!(
        error,
        EngineError::Log(LogError::Locked { .. } | LogError::Corrupt { .. })
            | EngineError::Store(StoreError::InUse(_))
    ) {
        return error;
    }
    let Some(source) = health::full(&dir.0) else {
        return error;
    };
    let reason = match error {
        // Without the advice to rebuild, which helps nobody here.
        EngineError::Store(StoreError::Failed(reason) | StoreError::Full(reason)) => {
            format!("the catalog store did not open: {reason}")
        }
        EngineError::Search(_) => "the search index did not open".to_owned(),
        other => other.to_string(),
    };
    EngineError::NoRoom {
        dir: dir.0.display().to_string(),
        reason,
        source,
    }
}

/// Starts a thread; `failed` hears why it ended before its time, a panic included.
fn spawn(
    name: &'static str,
    shared: &Arc<Shared>,
    work: impl FnOnce(&Shared) -> Result<(), EngineError> + Send + 'static,
    failed: fn(&Shared, &str),
) -> Result<std::thread::JoinHandle<()>, EngineError> {
    let shared = Arc::clone(shared);
    std::thread::Builder::new()
        .name(name.into())
        .spawn(move || {
            step_back();
            match catch_unwind(AssertUnwindSafe(|| work(&shared))) {
                Ok(Ok(())) => {}
                Ok(Err(error)) => failed(&shared, &error.to_string()),
                Err(_) => failed(&shared, &format!("the thread {name:?} panicked")),
            }
        })
        .map_err(EngineError::Thread)
}

/// How much a projecting thread gives way (`nice`).
#[cfg(target_os = "linux")]
const NICE: i32 = 7;

/// Lets receiving and the log go first when processors are short: an acknowledgement is waited for,
/// a projection may follow a little later. A system that does not allow it changes nothing else.
#[cfg(target_os = "linux")]
fn step_back() {
    // On Linux a priority belongs to a thread, in spite of the name.
    let this = rustix::thread::gettid();
    if let Err(error) = rustix::process::setpriority_process(Some(this), NICE) {
        tracing::debug!(%error, "could not lower the priority of a thread");
    }
}

#[cfg(not(target_os = "linux"))]
fn step_back() {}

impl Shared {
    /// Takes note that nothing is applied any more.
    fn break_down(&self, reason: &str) {
        let reason = format!(
            "answers stand still: {reason}; the log has every event: check that the disk has room and start the server again, it goes on from what was written last"
        );
        tracing::error!("{reason}");
        self.broken.lock().get_or_insert(reason);
    }

    /// Takes note that search is not tried again.
    fn search_ended(&self, reason: &str) {
        let reason = format!(
            "search stands still: {reason}; start the server again, it is filled anew from the catalog"
        );
        tracing::error!("{reason}");
        self.health.set_search(Some(reason));
    }
}

/// Opens the catalog, or moves it aside and starts afresh when it is damaged, of another layout,
/// or ahead of the log.
fn open_catalog(
    dir: &DataDir,
    log: &dyn EventLog,
    options: CatalogOptions,
    opening: &mut Vec<String>,
) -> Result<(Catalog, Graph), EngineError> {
    let reason = match try_open(dir, options.clone()) {
        Ok((catalog, _, Opened::Fresh)) if log.head() > 0 => {
            opening.push(format!(
                "the catalog is empty and is built from {} events",
                log.head()
            ));
            let graph = catalog.build_graph()?;
            return Ok((catalog, graph));
        }
        Ok((catalog, graph, Opened::Fresh)) => return Ok((catalog, graph)),
        Ok((catalog, graph, Opened::At(seq))) if seq <= log.head() => {
            opening.push(format!(
                "the catalog answers from event {seq} of {}",
                log.head()
            ));
            return Ok((catalog, graph));
        }
        Ok((_, _, Opened::At(seq))) => {
            format!("it has seen event {seq} but the log ends at {}", log.head())
        }
        Ok((_, _, Opened::OtherLayout(layout))) => format!("its layout is version {layout}"),
        Ok((_, _, Opened::OtherWindow)) => {
            "its times were compressed by another lineage.edge_window_days".to_owned()
        }
        Ok((_, _, Opened::OtherRules)) => "the [identity] rules are others".to_owned(),
        Err(StoreError::InUse(path)) => return Err(StoreError::InUse(path).into()),
        Err(StoreError::Full(reason)) => return Err(StoreError::Full(reason).into()),
        // Damage may be the full disk: what is moved aside then cannot be built again either.
        Err(error) if health::full(&dir.0).is_some() => return Err(error.into()),
        Err(error) => error.to_string(),
    };
    let aside = dir.set_aside(&dir.store())?;
    let aside = aside.map_or_else(String::new, |path| format!(" to {}", path.display()));
    opening.push(format!(
        "the catalog store was moved aside{aside} and is rebuilt from the log: {reason}"
    ));
    let (catalog, graph, _) = try_open(dir, options)?;
    Ok((catalog, graph))
}

fn try_open(
    dir: &DataDir,
    options: CatalogOptions,
) -> Result<(Catalog, Graph, Opened), StoreError> {
    let store = Arc::new(SledStore::open(&dir.store())?);
    let (catalog, opened) = Catalog::open(store, options)?;
    let graph = catalog.build_graph()?;
    Ok((catalog, graph, opened))
}
