//! What is told of an earlier time, held against a catalog that knows only the events until then.

use std::collections::BTreeSet;
use std::sync::Arc;

use ahash::HashMap;
use proptest::prelude::*;
use serde_json::Value;

use super::super::*;
use super::built::{Built, build, picture, read_statements};
use super::events::{event, time_of, without_sql};
use crate::openlineage::{EventTime, parse_event};
use crate::store::MemoryStore;

/// What is told of the columns of a dataset as of a time.
fn columns(catalog: &Catalog, id: DatasetId, at: EventTime) -> BTreeSet<String> {
    let views = catalog.columns_at(id, at).unwrap().into_iter();
    let one = |view: ColumnView| {
        let life = (
            view.since,
            view.removed_at,
            view.removed,
            view.from_lineage_only,
        );
        format!("{} {:?} {life:?}", view.name, view.data_type)
    };
    views.map(one).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(
        std::env::var("HEADWATER_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(300)
    ))]

    /// Their columns, when they were written last, and whether they were named at all. Reference: a
    /// catalog that was told only what had happened by then. Where a source tells two
    /// schemas in turn the two differ by definition (see `project::schema`).
    #[test]
    fn datasets_as_of_a_time_are_those_of_the_events_until_then(
        events in prop::collection::vec(event(), 1..14), day in 0_i64..90,
    ) {
        let at = EventTime((1_767_225_600 + day * 86_400) * 1_000_000);
        let all: Vec<&Vec<u8>> = events.iter().collect();
        let before: Vec<&Vec<u8>> = events.iter().filter(|event| time_of(event) <= at).collect();
        let all = build(Arc::new(MemoryStore::default()), &all, 3).catalog;
        let before = build(Arc::new(MemoryStore::default()), &before, 3).catalog;
        for n in 0..5 {
            let name = format!("d{n}");
            let Some(id) = all.dataset_id("n", &name) else { continue };
            let then = before.dataset_id("n", &name);
            // Which names are one dataset is not asked as of a time.
            let several = |catalog: &Catalog, id| catalog.names_of(id).len() > 1;
            if several(&all, id) || then.is_some_and(|id| several(&before, id)) {
                continue;
            }
            let written = then.and_then(|id| before.last_written(&[id]).unwrap()[0]);
            prop_assert_eq!(all.last_written_by(&[id], at).unwrap()[0], written);
            let since = |catalog: &Catalog, id| catalog.datasets_looked_at(&[id]).unwrap()[0].since;
            let named = then.and_then(|id| since(&before, id));
            prop_assert_eq!(since(&all, id).filter(|since| *since <= at), named);
            if all.state.read().timeline(id).unwrap().takes_turns() {
                continue;
            }
            let expected = then.map(|id| columns(&before, id, NOW));
            prop_assert_eq!(columns(&all, id, at), expected.unwrap_or_default());
        }
    }
}

/// Whether what a catalog knows now of runs and jobs was known at a time of all that it knew then:
/// no run was under way, each job counted as streaming or not as it does now, and the same names were
/// one dataset.
fn is_settled(events: &[Vec<u8>], at: EventTime, all: &Catalog, before: &Catalog) -> bool {
    let mut runs: HashMap<String, (bool, bool)> = HashMap::default();
    for event in events {
        let value: Value = serde_json::from_slice(event).unwrap();
        if value["run"].is_object() {
            let key = format!("{} {}", value["job"]["name"], value["run"]["runId"]);
            let (early, late) = runs.entry(key).or_default();
            *early |= time_of(event) <= at;
            *late |= time_of(event) > at;
        }
    }
    let streams = |catalog: &Catalog, name: &str| {
        let id = catalog.job_id("n", name)?;
        Some(catalog.state.read().jobs[id as usize].activity.streaming)
    };
    let same = |name: &str| streams(before, name).is_none_or(|was| streams(all, name) == Some(was));
    let canonical = |catalog: &Catalog, namespace: &str, name: &str| {
        let id = catalog.dataset_id(namespace, name).unwrap();
        catalog.names(|names| {
            let (namespace, name) = names.dataset(id);
            (namespace.to_owned(), name.to_owned())
        })
    };
    let one = before.names(|names| {
        let all = (0..names.len().0).map(|id| names.dataset(id));
        all.map(|(namespace, name)| (namespace.to_owned(), name.to_owned()))
            .collect::<Vec<_>>()
    });
    let tied = |(namespace, name): &(String, String)| {
        canonical(before, namespace, name) == canonical(all, namespace, name)
    };
    one.iter().all(tied)
        && ["j0", "j1", "j2"].into_iter().all(same)
        && !runs.values().any(|run| run.0 && run.1)
}

/// Names of what was retired at a time.
fn retired_then(catalog: &Catalog, at: EventTime) -> BTreeSet<(String, String)> {
    let (datasets, jobs) = catalog.all_retired();
    let owned = |(namespace, name): (&str, &str)| (namespace.to_owned(), name.to_owned());
    let since = |told: Option<RetirementView>| told.is_some_and(|told| told.since <= at);
    let datasets = datasets
        .into_iter()
        .filter(|&id| since(catalog.dataset_retirement(id).unwrap()))
        .map(|id| catalog.names(|names| owned(names.dataset(id))));
    let jobs = jobs
        .into_iter()
        .filter(|&id| since(catalog.job_retirement(id).unwrap()))
        .map(|id| catalog.names(|names| owned(names.job(id))));
    datasets.chain(jobs).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(
        std::env::var("HEADWATER_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(400)
    ))]

    /// Reference: a catalog that was told only what had happened by then. Where a run was under way
    /// the two differ by definition: a run asserts all that it ever tells from its first event on.
    #[test]
    fn the_graph_as_of_a_time_is_that_of_the_events_until_then(
        events in prop::collection::vec(event(), 1..14), days in prop::collection::vec(0_i64..100, 1..4),
        late in event(),
    ) {
        let events: Vec<Vec<u8>> = events.iter().map(|event| without_sql(event)).collect();
        let late = without_sql(&late);
        let Built { catalog, mut live } = build(Arc::new(MemoryStore::default()), &events.iter().collect::<Vec<_>>(), 3);
        let mut events = events;
        for step in 0..2 {
            for &day in &days {
                let at = EventTime((1_767_225_600 + day * 86_400) * 1_000_000);
                let before: Vec<&Vec<u8>> = events.iter().filter(|event| time_of(event) <= at).collect();
                let before = build(Arc::new(MemoryStore::default()), &before, 3);
                // A retirement that ended is forgotten, also for the time when it held.
                let retired = retired_then(&catalog, at) == retired_then(&before.catalog, at);
                if !retired || !is_settled(&events, at, &catalog, &before.catalog) {
                    continue;
                }
                let past = catalog.past(at, || Arc::new(live.clone())).unwrap();
                prop_assert_eq!(picture(&catalog, &past.graph), picture(&before.catalog, &before.live));
                let anew = catalog.state.read().past_anew(at).unwrap();
                prop_assert_eq!(picture(&catalog, &past.graph), picture(&catalog, &anew.graph));
            }
            if step == 0 {
                // An event that came late changes what is told of the time before it.
                let event = parse_event(&late).unwrap();
                let publish = |_, changes: Vec<_>, _| changes.iter().for_each(|change| live.apply(change));
                catalog.apply_all([(99, &event)].into_iter(), publish).unwrap();
                read_statements(&catalog, &mut live);
                events.push(late.clone());
            }
        }
    }
}
