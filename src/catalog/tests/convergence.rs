//! Any order, duplication and split of the same events gives the same catalog.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::json;

use super::super::*;
use super::built::{Built, build, picture, read_statements};
use super::events::{event, run_id};
use crate::openlineage::EventTime;
use crate::store::MemoryStore;

/// What was read from SQL, with natural names.
fn read_from_sql(catalog: &Catalog) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let mut all = (0, 0);
    catalog.names(|names| all = names.len());
    let (datasets, jobs) = all;
    let views = (0..datasets).flat_map(|id| catalog.statements_into(id));
    let views = views.chain((0..jobs).flat_map(|id| catalog.statements_of(id)));
    for view in views {
        catalog.names(|names| {
            let job = view.job.map(|job| names.job(job));
            let output = names.dataset(view.output);
            seen.insert(format!(
                "{job:?} {output:?} {:?} {:?} {} {:?} {:?}",
                view.state, view.dialect, view.column_edges, view.gaps, view.evidence
            ));
        });
    }
    let state = catalog.state.read();
    for (from, to, indirect) in state.read_links().unwrap() {
        let name = |column: crate::graph::ColumnRef| {
            let (namespace, name) = state.dataset_names.name(column.dataset);
            let column = state.column_name(column.dataset, column.ordinal);
            format!("{} {name} {column}", state.strings.text(namespace))
        };
        seen.insert(format!("{} > {} {indirect}", name(from), name(to)));
    }
    seen
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(
        std::env::var("HEADWATER_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(600)
    ))]

    #[test]
    fn any_order_duplication_and_split_converges(
        events in prop::collection::vec(event(), 1..14),
        order in prop::collection::vec(any::<prop::sample::Index>(), 0..24),
        flush in 1_usize..5,
    ) {
        let straight: Vec<&Vec<u8>> = events.iter().collect();
        // A shuffle that holds each event at least once, with some of them again.
        let mut shuffled: Vec<&Vec<u8>> = straight.iter().rev().copied().collect();
        for (at, index) in order.iter().enumerate() {
            let other = index.index(shuffled.len());
            let here = at % shuffled.len();
            shuffled.swap(here, other);
            if at % 3 == 0 {
                shuffled.push(straight[index.index(straight.len())]);
            }
        }
        let store = Arc::new(MemoryStore::default());
        let one = build(store.clone(), &straight, flush);
        let two = build(Arc::new(MemoryStore::default()), &shuffled, 3);
        prop_assert_eq!(one.catalog.digest().unwrap().0, two.catalog.digest().unwrap().0);
        prop_assert_eq!(history(&one.catalog), history(&two.catalog));
        prop_assert_eq!(children(&one.catalog), children(&two.catalog));
        prop_assert_eq!(looked_at(&one.catalog), looked_at(&two.catalog));
        prop_assert_eq!(read_from_sql(&one.catalog), read_from_sql(&two.catalog));
        let at = EventTime((1_767_225_600 + 45 * 86_400) * 1_000_000);
        let past = |built: &Built| built.catalog.past(at, || Arc::new(built.live.clone())).unwrap();
        let then = picture(&one.catalog, &past(&one).graph);
        prop_assert_eq!(&picture(&two.catalog, &past(&two).graph), &then);
        let anew = one.catalog.state.read().past_anew(at).unwrap();
        prop_assert_eq!(&picture(&one.catalog, &anew.graph), &then);
        let rebuilt = one.catalog.build_graph().unwrap();
        let expected = picture(&one.catalog, &rebuilt);
        prop_assert_eq!(&picture(&one.catalog, &one.live), &expected);
        prop_assert_eq!(one.catalog.counts(), two.catalog.counts());
        prop_assert_eq!(&picture(&two.catalog, &two.live), &expected);
        prop_assert_eq!(&picture(&two.catalog, &two.live.compacted()), &expected);
        one.catalog.flush().unwrap();
        let (again, _) = Catalog::open(store, CatalogOptions::default()).unwrap();
        prop_assert_eq!(again.digest().unwrap(), one.catalog.digest().unwrap());
        prop_assert_eq!(again.counts(), one.catalog.counts());
        prop_assert_eq!(children(&again), children(&one.catalog));
        let mut graph = again.build_graph().unwrap();
        read_statements(&again, &mut graph);
        prop_assert_eq!(&picture(&again, &graph), &expected);
        prop_assert_eq!(read_from_sql(&again), read_from_sql(&one.catalog));
    }
}

/// What contracts look at of each dataset: tags of columns among it, since when it is known, and when
/// it was written, now and as of a time.
fn looked_at(catalog: &Catalog) -> BTreeSet<String> {
    let ids: Vec<DatasetId> = (0..catalog.names(|names| names.len().0)).collect();
    let at = EventTime((1_767_225_600 + 45 * 86_400) * 1_000_000);
    let read = catalog.datasets_looked_at(&ids).unwrap().into_iter();
    let written = catalog.last_written(&ids).unwrap();
    let then = catalog.last_written_by(&ids, at).unwrap();
    let all = read
        .zip(written)
        .zip(then)
        .map(|((mut read, written), then)| {
            read.facets.sort();
            format!("{read:?} {written:?} {then:?}")
        });
    all.collect()
}

/// What each job and run started, with natural names, by way of the parent.
fn children(catalog: &Catalog) -> BTreeSet<String> {
    let name = |job| catalog.names(|names| format!("{:?}", names.job(job)));
    let mut found = BTreeSet::new();
    for parent in 0..catalog.names(|names| names.len().1) {
        for child in catalog.children_of(parent).unwrap() {
            found.insert(format!("{} starts {}", name(parent), name(child)));
        }
        for n in 0..4 {
            let id = crate::openlineage::run_id(&run_id(n)).0;
            for (job, run) in catalog.child_runs((parent, id)).unwrap() {
                found.insert(format!("{} {id} started {} {run}", name(parent), name(job)));
            }
        }
    }
    found
}

/// The schema history of every dataset, with natural names.
fn history(catalog: &Catalog) -> BTreeSet<String> {
    let datasets = catalog.names(|names| names.len().0);
    let mut seen = BTreeSet::new();
    for id in 0..datasets {
        let (versions, cut) = catalog.schema_versions(id).unwrap();
        assert!(!cut);
        catalog.names(|names| {
            for version in versions {
                let tellers = version
                    .sources
                    .iter()
                    .map(|told| match teller(told.source) {
                        Ok(job) => names.job(job).1.to_owned(),
                        Err(producer) => names.text(producer).to_owned(),
                    });
                let tellers: BTreeSet<String> = tellers.collect();
                seen.insert(format!(
                    "{} {tellers:?} {:?}",
                    names.dataset(id).1,
                    (version.from, version.to, version.columns, version.changes)
                ));
            }
        });
    }
    seen
}

#[test]
fn different_events_give_different_digests() {
    let event = |name: &str| {
        json!({"eventTime": "2026-01-01T00:00:00Z", "producer": "p", "run": {"runId": uuid::Uuid::nil()},
               "job": {"namespace": "n", "name": "j"}, "inputs": [{"namespace": "n", "name": name}]})
        .to_string()
        .into_bytes()
    };
    let digest = |events: &[&Vec<u8>]| {
        build(Arc::new(MemoryStore::default()), events, 1)
            .catalog
            .digest()
            .unwrap()
            .0
    };
    let (a, b) = (event("a"), event("b"));
    assert_ne!(digest(&[&a]), digest(&[&b]));
    assert_ne!(digest(&[&a]), digest(&[&a, &b]));
    assert_eq!(digest(&[&a, &b]), digest(&[&b, &a, &b]));
    assert_eq!(digest(&[]).to_string().len(), 64);
}

#[test]
fn joins_of_many_are_those_of_few() {
    use super::super::records::{merge, unite};
    let mut held: Vec<(u32, u32)> = (0..40).map(|n| (n * 3, 1)).collect();
    let new: Vec<(u32, u32)> = (0..60).map(|n| (n * 2, 2)).collect();
    let mut one_by_one = held.clone();
    let add = |held: &mut Vec<_>, new| {
        merge(
            held,
            new,
            |pair: &(u32, u32)| pair.0,
            |held, new| {
                held.1 += new.map_or(10, |new| new.1);
            },
        );
    };
    for pair in &new {
        add(&mut one_by_one, vec![*pair]);
    }
    add(&mut held, new);
    assert_eq!(held, one_by_one);
    let mut set = vec![5, 9];
    unite(&mut set, (0..12).rev().chain([9]).collect());
    assert_eq!(set, (0..12).collect::<Vec<_>>());
}
