//! The one thread that keeps search up to date. A commit costs about 100 ms however small, so it
//! goes by a timer and never by the event.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use ahash::HashSet;

use crate::catalog::{Entity, description, owners, tags};
use crate::search::{SearchDoc, SearchError, SearchKind};

use super::{EngineError, Shared};

/// Time between commits while there is something to commit.
const COMMIT_EVERY: Duration = Duration::from_millis(300);
/// How often the thread looks whether it should stop.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// After a failure it is tried again after that long, then after twice as long, …
const FIRST_RETRY: Duration = Duration::from_millis(500);
/// … and no longer than that.
const LAST_RETRY: Duration = Duration::from_secs(30);

/// Other names of a dataset that it can be found by; all of them can be looked up.
const MAX_ALIASES: usize = 64;

/// What search has not seen yet.
struct Missing {
    /// Everything: the index is not where the catalog is.
    all: bool,
    /// Kept until a commit has it: a failed one loses what it was given.
    touched: HashSet<Entity>,
}

/// Works until the engine stops and search knows everything that is applied. A failure is told in
/// the status and tried again.
///
/// # Errors
/// When the last commit before a stop fails: search is filled anew at the next start.
pub(super) fn run(shared: &Shared, refill: bool) -> Result<(), EngineError> {
    let mut missing = Missing {
        all: refill,
        touched: HashSet::default(),
    };
    let (mut due, mut failures) = (Instant::now(), 0);
    loop {
        let stopping = shared.stopping.load(Ordering::SeqCst);
        // Asked before: what is applied now is then the last.
        let last = shared.applier_ended.load(Ordering::SeqCst) || shared.broken.lock().is_some();
        let applied = shared.graph.load().applied_seq;
        // Layers change with the policy, without an event.
        let relabelled = !shared.touched.lock().is_empty();
        let behind = missing.all || relabelled || applied > shared.search.committed_seq();
        if behind && (stopping || Instant::now() >= due) {
            let wait = match commit(shared, &mut missing, applied) {
                Ok(()) => {
                    if failures > 0 {
                        tracing::info!("search goes on");
                        shared.health.set_search(None);
                    }
                    failures = 0;
                    COMMIT_EVERY
                }
                Err(error) if stopping => return Err(error),
                Err(error) => {
                    failures += 1;
                    recover(shared, &error, failures)
                }
            };
            due = Instant::now() + wait;
        }
        if stopping && last && !missing.all && shared.search.committed_seq() >= applied {
            return Ok(());
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

fn commit(shared: &Shared, missing: &mut Missing, applied: u64) -> Result<(), EngineError> {
    if missing.all {
        index_all(shared)?;
        missing.all = false;
    }
    // Take the list first: what is touched after that belongs to the next commit.
    missing
        .touched
        .extend(std::mem::take(&mut *shared.touched.lock()));
    index(shared, missing.touched.iter().copied())?;
    shared.search.commit(applied)?;
    missing.touched.clear();
    Ok(())
}

/// Makes search ready for another try. Returns when that is due.
fn recover(shared: &Shared, error: &EngineError, failures: u32) -> Duration {
    let wait = FIRST_RETRY
        .saturating_mul(1 << (failures - 1).min(16))
        .min(LAST_RETRY);
    let mut reason = match error {
        // Without the advice to remove the folder, which is for an index that is damaged.
        EngineError::Search(SearchError::Index { action, source }) => {
            format!("cannot {action}: {source}")
        }
        other => other.to_string(),
    };
    if let Err(error) = shared.search.roll_back() {
        reason = format!("{reason}; then: {error}");
    }
    let reason = format!(
        "search stands still at event {}: {reason}. It is tried again by itself (tries so far: {failures}): check that the disk has room",
        shared.search.committed_seq()
    );
    tracing::error!("{reason}");
    shared.health.set_search(Some(reason));
    wait
}

fn index_all(shared: &Shared) -> Result<(), EngineError> {
    let applied = shared.graph.load().applied_seq;
    shared.search.clear()?;
    let (datasets, jobs) = shared.catalog.names(|names| {
        let (datasets, jobs) = names.len();
        (datasets, jobs)
    });
    for id in 0..datasets {
        if shared.catalog.canonical(id) != id {
            continue;
        }
        index(shared, [Entity::Dataset(id), Entity::Columns(id)])?;
    }
    for id in 0..jobs {
        index(shared, [Entity::Job(id)])?;
    }
    shared.search.commit(applied)?;
    Ok(())
}

fn index(shared: &Shared, touched: impl IntoIterator<Item = Entity>) -> Result<(), EngineError> {
    let mut datasets = HashSet::default();
    for entity in touched {
        datasets.insert(match entity {
            Entity::Dataset(id) => Entity::Dataset(canonical(shared, id)?),
            Entity::Columns(id) => Entity::Columns(canonical(shared, id)?),
            Entity::Job(id) => Entity::Job(id),
            Entity::DatasetFacts(_) | Entity::JobFacts(_) => continue,
        });
    }
    for entity in datasets {
        match entity {
            Entity::Dataset(id) if shared.catalog.dataset_retirement(id)?.is_some() => {
                let (namespace, name) = names(shared, |n| owned(n.dataset(id)));
                shared
                    .search
                    .remove(SearchKind::Dataset, &namespace, &name, None)?;
            }
            Entity::Job(id) if is_left_out(shared, id)? => {
                let (namespace, name) = names(shared, |n| owned(n.job(id)));
                shared
                    .search
                    .remove(SearchKind::Job, &namespace, &name, None)?;
            }
            Entity::Dataset(id) => {
                let facets = shared.catalog.dataset(id)?.described;
                let doc = document(
                    SearchKind::Dataset,
                    &facets,
                    names(shared, |n| owned(n.dataset(id))),
                    layer(shared, id),
                );
                shared.search.upsert(&SearchDoc {
                    aliases: shared.catalog.other_names(id, MAX_ALIASES),
                    ..doc
                })?;
            }
            Entity::Job(id) => {
                let facets = shared.catalog.job(id)?.described;
                let doc = document(
                    SearchKind::Job,
                    &facets,
                    names(shared, |n| owned(n.job(id))),
                    None,
                );
                shared.search.upsert(&doc)?;
            }
            Entity::Columns(id) => index_columns(shared, id)?,
            Entity::DatasetFacts(_) | Entity::JobFacts(_) => {}
        }
    }
    Ok(())
}

/// Whether search does not show a job: it is retired, or another one of many like it is shown.
fn is_left_out(shared: &Shared, job: u32) -> Result<bool, EngineError> {
    let family = shared.catalog.family_of(job);
    let other = family
        .and_then(|family| family.shown)
        .is_some_and(|shown| shown != job);
    Ok(other || shared.catalog.job_retirement(job)?.is_some())
}

/// The number under which a dataset is indexed. What search holds of it under another name goes.
fn canonical(shared: &Shared, id: u32) -> Result<u32, EngineError> {
    let canonical = shared.catalog.canonical(id);
    if canonical != id {
        let (namespace, name) = names(shared, |n| owned(n.dataset(id)));
        shared
            .search
            .remove(SearchKind::Dataset, &namespace, &name, None)?;
        let columns = shared.catalog.names(|n| n.own_columns(id));
        for column in columns {
            shared
                .search
                .remove(SearchKind::Column, &namespace, &name, Some(&column))?;
        }
    }
    Ok(canonical)
}

fn names(
    shared: &Shared,
    look: impl FnOnce(&crate::catalog::Namer<'_>) -> (String, String),
) -> (String, String) {
    shared.catalog.names(look)
}

/// By the policy where there is one, else by the dataset's tag.
fn layer(shared: &Shared, id: u32) -> Option<String> {
    if let Some(found) = shared.contracts.found() {
        return found.layer_name(id).map(str::to_owned);
    }
    shared
        .catalog
        .names(|names| names.layer(id).map(str::to_owned))
}

fn document(
    kind: SearchKind,
    facets: &[crate::catalog::FacetView],
    (namespace, name): (String, String),
    layer: Option<String>,
) -> SearchDoc {
    let tags = tags(facets).into_iter().filter(|tag| tag.field.is_none());
    SearchDoc {
        kind,
        namespace,
        name,
        aliases: Vec::new(),
        column: None,
        description: description(facets),
        layer,
        tags: tags.map(|tag| tag_text(&tag.key, &tag.value)).collect(),
        owners: owners(facets).into_iter().map(|owner| owner.name).collect(),
    }
}

/// A tag as it is shown and filtered by: `key`, or `key:value`.
pub fn tag_text(key: &str, value: &str) -> String {
    if value.is_empty() {
        key.to_owned()
    } else {
        format!("{key}:{value}")
    }
}

fn index_columns(shared: &Shared, id: u32) -> Result<(), EngineError> {
    let (namespace, name) = names(shared, |n| owned(n.dataset(id)));
    let layer = layer(shared, id);
    let aliases = shared.catalog.other_names(id, MAX_ALIASES);
    for column in shared.catalog.names(|n| n.hidden_columns(id)) {
        let kind = SearchKind::Column;
        shared
            .search
            .remove(kind, &namespace, &name, Some(&column))?;
    }
    let retired = shared.catalog.dataset_retirement(id)?.is_some();
    for column in shared.catalog.columns(id)? {
        let kind = SearchKind::Column;
        if column.removed || retired {
            shared
                .search
                .remove(kind, &namespace, &name, Some(&column.name))?;
            continue;
        }
        shared.search.upsert(&SearchDoc {
            kind,
            namespace: namespace.clone(),
            name: name.clone(),
            aliases: aliases.clone(),
            column: Some(column.name),
            description: column.description,
            layer: layer.clone(),
            tags: column
                .tags
                .iter()
                .map(|tag| tag_text(&tag.key, &tag.value))
                .collect(),
            owners: Vec::new(),
        })?;
    }
    Ok(())
}

fn owned((namespace, name): (&str, &str)) -> (String, String) {
    (namespace.to_owned(), name.to_owned())
}
