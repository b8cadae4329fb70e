//! The one thread that holds what is known against the policy, and what it found last.
//!
//! It looks at all contracts each time: off the way of events, at most for a small share of its time,
//! and answers say up to which event they hold. So what is found is a function of the catalog, the
//! policy and the time, and a change of either cannot leave anything behind. What has to be read from
//! the store is kept in memory and read anew when the catalog says that it changed.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use ahash::{HashMap, HashSet};
use arc_swap::ArcSwapOption;
use parking_lot::Mutex;
use tokio::sync::broadcast;

use crate::catalog::Entity;
use crate::contract::policy::{LayerId, Policy, Severity};
use crate::contract::violation::{Violation, ViolationId};
use crate::contract::{Facts, Selected, World, evaluate, selected};
use crate::openlineage::EventTime;
use crate::store::StoreError;

use super::{Engine, EngineError, Shared};

mod file;
mod journal;
mod known;
mod odcs;
mod rest;
mod trial;

pub use file::{read_policy, whole_policy};
pub use journal::Episode;
pub use odcs::{Exported, OdcsOf};
pub use trial::Trial;

use journal::Journal;
use known::{Known, tell_as_of};
use rest::Worked;

/// How often the thread looks whether there is something to do.
const LOOK_EVERY: Duration = Duration::from_millis(25);
/// Where time alone may break a contract it is looked at again after that long.
const TIME_EVERY: i64 = 15_000_000;
/// How often the policy file is looked at for changes.
const FILE_EVERY: Duration = Duration::from_secs(2);

/// A policy and where it is from.
#[derive(Debug, Clone)]
pub struct LoadedPolicy {
    /// What it says.
    pub policy: Arc<Policy>,
    /// The file.
    pub file: PathBuf,
    /// When it was read.
    pub at: SystemTime,
    /// Tells versions of the file apart.
    pub hash: String,
    generation: u64,
}

/// Why the file was not taken as it stands now.
#[derive(Debug, Clone)]
pub struct PolicyFailure {
    /// What is wrong with it, each with its place.
    pub problems: Vec<String>,
    /// When it was tried.
    pub at: SystemTime,
}

/// What was found at one moment.
pub struct Evaluated {
    /// What was looked at.
    pub world: World,
    /// What breaks contracts, in order of the contracts.
    pub violations: Vec<Violation>,
    /// Contracts of which more is broken than is listed.
    pub cut: Vec<usize>,
    /// The last event that was looked at.
    pub seq: u64,
    /// How long it took.
    pub took: Duration,
    /// Tells the version of the policy file that it was held against; empty as of an earlier time.
    pub policy_hash: String,
    by_id: HashMap<ViolationId, usize>,
    selected: OnceLock<Vec<Selected>>,
    generation: u64,
}

impl Evaluated {
    /// Looks at everything.
    pub fn new(world: World, seq: u64) -> Self {
        let start = Instant::now();
        let found = evaluate(&world);
        let ids = found.violations.iter().enumerate();
        Self {
            by_id: ids.map(|(at, violation)| (violation.id, at)).collect(),
            violations: found.violations,
            cut: found.cut,
            took: start.elapsed(),
            world,
            seq,
            selected: OnceLock::new(),
            generation: 0,
            policy_hash: String::new(),
        }
    }

    /// A violation by its id.
    pub fn violation(&self, id: ViolationId) -> Option<&Violation> {
        self.violations.get(*self.by_id.get(&id)?)
    }

    /// What each contract is about, in order of the contracts; worked out when it is asked first.
    pub fn selected(&self) -> &[Selected] {
        self.selected.get_or_init(|| {
            let contracts = self.world.policy.contracts.iter();
            contracts.map(|one| selected(&self.world, one)).collect()
        })
    }

    /// The name of the layer of a dataset; `None` when it is unclassified.
    pub fn layer_name(&self, dataset: u32) -> Option<&str> {
        let layer = self.world.policy.layer(self.world.layer(dataset)?)?;
        Some(&layer.name)
    }
}

/// A violation that came, went or is excused now.
#[derive(Debug, Clone)]
pub struct ViolationNews {
    /// The violation.
    pub id: ViolationId,
    /// The contract.
    pub contract: String,
    /// How grave it is.
    pub severity: Severity,
    /// What is or was wrong.
    pub message: String,
    /// Whether an exception excuses it now; `None` when it is there no more.
    pub state: Option<bool>,
    /// The last event that was looked at.
    pub seq: u64,
}

/// News that a listener may be behind with.
const NEWS: usize = 4_096;

/// What the threads share of contracts.
pub(crate) struct Contracts {
    policy: ArcSwapOption<LoadedPolicy>,
    failure: Mutex<Option<PolicyFailure>>,
    /// Why the last look failed.
    broken: Mutex<Option<String>>,
    evaluated: ArcSwapOption<Evaluated>,
    touched: Mutex<HashSet<Entity>>,
    known: Mutex<Known>,
    journal: Mutex<Journal>,
    news: broadcast::Sender<ViolationNews>,
}

impl Default for Contracts {
    fn default() -> Self {
        Self {
            policy: ArcSwapOption::empty(),
            failure: Mutex::default(),
            broken: Mutex::default(),
            evaluated: ArcSwapOption::empty(),
            touched: Mutex::default(),
            known: Mutex::default(),
            journal: Mutex::default(),
            news: broadcast::channel(NEWS).0,
        }
    }
}

impl Contracts {
    /// Writes down in a file when violations are opened and closed; what cannot be read of it is told.
    pub fn new(journal: PathBuf, told: &mut Vec<String>) -> Self {
        Self {
            journal: Mutex::new(Journal::open(journal, told)),
            ..Self::default()
        }
    }

    /// Takes note of what changed in the catalog; without a policy nobody looks.
    pub fn touch(&self, touched: &HashSet<Entity>) {
        if self.policy.load().is_some() {
            self.touched.lock().extend(touched);
        }
    }

    /// What was found last.
    pub fn found(&self) -> Option<Arc<Evaluated>> {
        self.evaluated.load_full()
    }

    /// Takes note that nobody looks any more.
    pub fn ended(&self, reason: &str) {
        let reason = format!(
            "contracts are no longer looked at: {reason}; start the server again, and report this"
        );
        tracing::error!("{reason}");
        *self.broken.lock() = Some(reason);
    }
}

/// The present, from the clock of this machine.
pub fn present() -> EventTime {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    EventTime(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

impl Engine {
    /// Reads a policy file and holds everything against it from now on. When it cannot be read or is
    /// wrong, the one before stays, and the status says so.
    ///
    /// # Errors
    /// What is wrong with it, each with its place.
    pub fn load_policy(&self, file: &Path) -> Result<(), Vec<String>> {
        self.shared.contracts.load(file)
    }

    /// Reads the file of the policy again.
    ///
    /// # Errors
    /// What is wrong with it; when there is none.
    pub fn reload_policy(&self) -> Result<(), Vec<String>> {
        let Some(loaded) = self.policy() else {
            let reason = "this server was started without a policy; give it one with --policy FILE";
            return Err(vec![reason.to_owned()]);
        };
        self.load_policy(&loaded.file)
    }

    /// The policy that holds.
    pub fn policy(&self) -> Option<Arc<LoadedPolicy>> {
        self.shared.contracts.policy.load_full()
    }

    /// Why the file was not taken as it stands now.
    pub fn policy_failure(&self) -> Option<PolicyFailure> {
        self.shared.contracts.failure.lock().clone()
    }

    /// Why contracts were not looked at the last time.
    pub fn contracts_broken(&self) -> Option<String> {
        self.shared.contracts.broken.lock().clone()
    }

    /// What was found last; `None` without a policy, and until it was looked at for the first time.
    pub fn contracts(&self) -> Option<Arc<Evaluated>> {
        self.shared.contracts.evaluated.load_full()
    }

    /// When violations were opened and closed, the latest first: of one, or of all.
    pub fn violation_episodes(&self, id: Option<&str>) -> Vec<Episode> {
        let journal = self.shared.contracts.journal.lock();
        let episodes = journal.episodes(id).into_iter().cloned();
        episodes.collect()
    }

    /// Hears of violations that come, go or are excused from now on.
    pub fn violation_news(&self) -> broadcast::Receiver<ViolationNews> {
        self.shared.contracts.news.subscribe()
    }

    /// What broke contracts as of an earlier time: its lineage, held against the policy and the
    /// facets of now.
    ///
    /// # Errors
    /// When the store fails.
    pub fn contracts_as_of(&self, at: EventTime) -> Result<Option<Evaluated>, EngineError> {
        let Some(now) = self.contracts() else {
            return Ok(None);
        };
        let past = self.past(at)?;
        let policy = Arc::clone(&now.world.policy);
        let mut world = World::new(policy, now.world.facts.as_of(at), &past.graph, at);
        tell_as_of(self.catalog(), &mut world)?;
        Ok(Some(Evaluated::new(world, now.seq)))
    }
}

impl Contracts {
    fn load(&self, file: &Path) -> Result<(), Vec<String>> {
        let problems = match read_policy(file) {
            Ok((policy, hash)) => {
                let generation = self
                    .policy
                    .load()
                    .as_ref()
                    .map_or(1, |held| held.generation + 1);
                for document in &policy.documents.named {
                    for left in &document.left {
                        tracing::debug!("{}:{left}", document.file);
                    }
                }
                for expired in policy.expired(present()) {
                    tracing::warn!("{}:{expired}", file.display());
                }
                self.policy.store(Some(Arc::new(LoadedPolicy {
                    policy: Arc::new(policy),
                    file: file.to_owned(),
                    at: SystemTime::now(),
                    hash,
                    generation,
                })));
                *self.failure.lock() = None;
                tracing::info!(file = %file.display(), "the policy was read");
                return Ok(());
            }
            Err(problems) => problems,
        };
        let stays = if self.policy.load().is_some() {
            "the policy that was read before still holds"
        } else {
            "there is no policy"
        };
        tracing::error!(
            problems = problems.join("; "),
            "the policy was not taken: {stays}"
        );
        *self.failure.lock() = Some(PolicyFailure {
            problems: problems.clone(),
            at: SystemTime::now(),
        });
        Err(problems)
    }
}

/// Works until the engine stops.
///
/// # Errors
/// None: a failure is told in the status and tried again.
#[allow(clippy::unnecessary_wraps)] // the form of a thread's work
pub(super) fn run(shared: &Shared) -> Result<(), EngineError> {
    let contracts = &shared.contracts;
    let (mut due, mut file_due, mut stamp) = (Instant::now(), Instant::now(), None);
    while !shared.stopping.load(Ordering::SeqCst) {
        std::thread::sleep(LOOK_EVERY);
        let Some(loaded) = contracts.policy.load_full() else {
            continue;
        };
        if Instant::now() >= file_due {
            file_due = Instant::now() + FILE_EVERY;
            watch_file(contracts, &loaded, &mut stamp);
        }
        if Instant::now() < due || !is_stale(shared, &loaded) {
            continue;
        }
        let start = Worked::now();
        let failed = look(shared, &loaded).err().map(|error| error.to_string());
        if let Some(reason) = &failed {
            tracing::error!(%reason, "contracts could not be looked at; it is tried again");
        }
        *contracts.broken.lock() = failed;
        due = Instant::now() + start.rest();
    }
    Ok(())
}

/// Reads the file again when it, or a document that it names, was written since it was looked at last.
/// Where it was not taken, the documents are those that it names now and not those of what holds.
fn watch_file(contracts: &Contracts, loaded: &LoadedPolicy, stamp: &mut Option<file::Stamp>) {
    let failed = contracts.failure.lock().is_some();
    let found = if failed {
        file::stamp(&loaded.file, &file::named_by(&loaded.file))
    } else {
        file::stamp(&loaded.file, &loaded.policy.documents.patterns)
    };
    let changed = stamp.is_some() && found.is_some() && *stamp != found;
    if found.is_some() {
        *stamp = found;
    }
    if changed {
        // What went wrong stands in the status.
        _ = contracts.load(&loaded.file);
    }
}

fn is_stale(shared: &Shared, loaded: &LoadedPolicy) -> bool {
    let Some(last) = shared.contracts.evaluated.load_full() else {
        return true;
    };
    let now = present();
    // An exception ended since.
    let ended = |ends: EventTime| ends > last.world.now && ends <= now;
    last.generation != loaded.generation
        || last.seq < shared.graph.load().applied_seq
        || loaded.policy.looks_at_time() && now.0 - last.world.now.0 > TIME_EVERY
        || loaded.policy.exceptions.iter().any(|one| ended(one.ends))
}

fn look(shared: &Shared, loaded: &LoadedPolicy) -> Result<(), StoreError> {
    let contracts = &shared.contracts;
    let start = Instant::now();
    // Before the facts: what changes from here on is looked at the next time.
    let graph = shared.graph.load_full();
    let facts = contracts.facts(shared)?;
    let mut world = World::new(Arc::clone(&loaded.policy), facts, &graph, present());
    contracts.known.lock().tell(&shared.catalog, &mut world)?;
    let mut evaluated = Evaluated::new(world, graph.applied_seq);
    evaluated.generation = loaded.generation;
    evaluated.policy_hash.clone_from(&loaded.hash);
    evaluated.took = start.elapsed();
    let evaluated = Arc::new(evaluated);
    contracts
        .journal
        .lock()
        .note(&evaluated, chrono::Utc::now());
    let before = contracts.evaluated.swap(Some(Arc::clone(&evaluated)));
    tell_search(shared, before.as_deref(), &evaluated);
    if let Some(before) = before {
        tell_news(contracts, &before, &evaluated);
    }
    Ok(())
}

/// Tells listeners what came, went or is excused now.
fn tell_news(contracts: &Contracts, before: &Evaluated, now: &Evaluated) {
    if contracts.news.receiver_count() == 0 {
        return;
    }
    let news = |of: &Evaluated, one: &Violation, state| {
        let contract = &of.world.policy.contracts[one.contract];
        ViolationNews {
            id: one.id,
            contract: contract.name.clone(),
            severity: contract.severity,
            message: of.world.message(one),
            state,
            seq: now.seq,
        }
    };
    for one in &before.violations {
        if now.violation(one.id).is_none() {
            _ = contracts.news.send(news(before, one, None));
        }
    }
    for one in &now.violations {
        let state = Some(one.excepted.is_some());
        let held = before.violation(one.id).map(|held| held.excepted.is_some());
        if held != state {
            _ = contracts.news.send(news(now, one, state));
        }
    }
}

/// Search shows layers: those that are other than before are indexed anew.
fn tell_search(shared: &Shared, before: Option<&Evaluated>, now: &Evaluated) {
    let name = |of: Option<&Evaluated>, id: u32| -> Option<String> {
        of.and_then(|of| of.layer_name(id)).map(str::to_owned)
    };
    let same: Option<&[Option<LayerId>]> = before
        .filter(|before| Arc::ptr_eq(&before.world.policy, &now.world.policy))
        .map(|before| &*before.world.layers);
    let changed = now.world.datasets().filter(|&id| match same {
        Some(layers) => layers.get(id as usize).copied().flatten() != now.world.layer(id),
        None => name(before, id) != name(Some(now), id) || before.is_none(),
    });
    let changed: Vec<Entity> = changed
        .flat_map(|id| [Entity::Dataset(id), Entity::Columns(id)])
        .collect();
    if !changed.is_empty() {
        shared.touched.lock().extend(changed);
    }
}

impl Contracts {
    /// What is known of each dataset and job that is there.
    fn facts(&self, shared: &Shared) -> Result<Facts, StoreError> {
        let mut known = self.known.lock();
        let touched = std::mem::take(&mut *self.touched.lock());
        let read = known.refresh(&shared.catalog, &touched);
        if read.is_err() {
            self.touched.lock().extend(touched);
        }
        read
    }
}
