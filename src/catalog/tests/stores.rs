//! Stores that are opened again, that fail, that have another layout; and single rules.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::*;
use super::built::{build, picture, read_statements};
use crate::graph::Direction;
use crate::openlineage::parse_event;
use crate::store::{MemoryStore, Pairs, SledStore, Store, StoreError, WriteBatch};

#[test]
fn a_reopened_store_is_the_same_catalog() {
    let dir = tempfile::tempdir().unwrap();
    let text = include_str!("../../../fixtures/recordings/dbt-build.ndjson");
    let events: Vec<Vec<u8>> = text.lines().map(|line| line.as_bytes().to_vec()).collect();
    let built = build(
        Arc::new(SledStore::open(dir.path()).unwrap()),
        &events.iter().collect::<Vec<_>>(),
        5,
    );
    let digest = built.catalog.digest().unwrap();
    let graph = built.catalog.build_graph().unwrap();
    let expected = picture(&built.catalog, &graph);
    let counts = built.catalog.counts();
    built.catalog.flush().unwrap();
    drop((built, graph));
    let store = Arc::new(SledStore::open(dir.path()).unwrap());
    let (catalog, opened) = Catalog::open(store, CatalogOptions::default()).unwrap();
    assert_eq!(opened, Opened::At(events.len() as u64));
    assert_eq!(catalog.digest().unwrap(), digest);
    assert_eq!(catalog.counts(), counts);
    let mut graph = catalog.build_graph().unwrap();
    read_statements(&catalog, &mut graph);
    assert_eq!(picture(&catalog, &graph), expected);
    assert!(!expected.is_empty());
}

/// A store that takes writes until it is told to fail, or to panic.
struct Failing {
    inner: MemoryStore,
    fail: std::sync::atomic::AtomicBool,
    panic: bool,
}

impl Store for Failing {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner.get(key)
    }

    fn write(&self, batch: &WriteBatch) -> Result<(), StoreError> {
        if self.fail.load(std::sync::atomic::Ordering::SeqCst) {
            assert!(!self.panic, "as sled may");
            return Err(StoreError::Failed("no space".to_owned()));
        }
        self.inner.write(batch)
    }

    fn scan<'a>(&'a self, prefix: &[u8], after: Option<&[u8]>) -> Pairs<'a> {
        self.inner.scan(prefix, after)
    }

    fn size_bytes(&self) -> u64 {
        self.inner.size_bytes()
    }

    fn flush(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

#[test]
fn after_a_failed_write_the_offset_covers_only_what_is_in_the_store() {
    a_write_that_fails(false);
    a_write_that_fails(true);
}

fn a_write_that_fails(panic: bool) {
    let text = include_str!("../../../fixtures/recordings/dbt-build.ndjson");
    let events: Vec<_> = text
        .lines()
        .map(|line| parse_event(line.as_bytes()).unwrap())
        .collect();
    let store = Arc::new(Failing {
        inner: MemoryStore::default(),
        fail: false.into(),
        panic,
    });
    let options = CatalogOptions::default();
    let apply = |catalog: &Catalog, from: usize| {
        let numbered = (1..).zip(&events).skip(from).take(4);
        catalog.apply_all(numbered, |_, _, _| {})
    };
    let (catalog, _) = Catalog::open(store.clone(), options.clone()).unwrap();
    apply(&catalog, 0).unwrap();
    catalog.flush().unwrap();
    apply(&catalog, 4).unwrap();
    store.fail.store(true, std::sync::atomic::Ordering::SeqCst);
    catalog.flush().unwrap_err();
    store.fail.store(false, std::sync::atomic::Ordering::SeqCst);
    assert!(
        apply(&catalog, 8).is_err(),
        "nothing goes on from a failed write"
    );
    assert!(
        catalog.flush().is_err(),
        "a later flush must not cover it up"
    );
    assert!(catalog.digest().is_err());
    drop(catalog);

    let (again, opened) = Catalog::open(store, options.clone()).unwrap();
    assert_eq!(opened, Opened::At(4));
    apply(&again, 4).unwrap();
    let (straight, _) = Catalog::open(Arc::new(MemoryStore::default()), options).unwrap();
    apply(&straight, 0).unwrap();
    apply(&straight, 4).unwrap();
    assert_eq!(again.digest().unwrap(), straight.digest().unwrap());
}

#[test]
fn a_store_of_another_layout_is_told() {
    let store = Arc::new(MemoryStore::default());
    let mut batch = WriteBatch::default();
    // The offset record of layout 1: layout, offset, runs.
    batch.put(keys::META, vec![1, 7, 3]);
    store.write(&batch).unwrap();
    let (_, opened) = Catalog::open(store, CatalogOptions::default()).unwrap();
    assert_eq!(opened, Opened::OtherLayout(1));
}

/// Column walks say where columns end, also where lineage is told outright.
#[test]
fn lineage_that_is_told_without_columns_is_a_boundary_of_column_walks() {
    let boundary = |lineage: Value| {
        let schema = json!({"schema": {"_producer": "p", "fields": [{"name": "x"}]}});
        let event = json!({"eventTime": "2026-01-01T00:00:00Z", "producer": "p", "eventType": "COMPLETE",
            "run": {"runId": uuid::Uuid::nil()}, "job": {"namespace": "n", "name": "j"},
            "inputs": [{"namespace": "n", "name": "a", "facets": schema}, {"namespace": "n", "name": "b", "facets": schema}],
            "outputs": [{"namespace": "n", "name": "t", "facets": {"lineage": lineage}}]});
        let built = build(
            Arc::new(MemoryStore::default()),
            &[&event.to_string().into_bytes()],
            1,
        );
        let id = built.catalog.dataset_id("n", "a").unwrap();
        let column = built.catalog.column_ref(id, "x").unwrap();
        let walk = built
            .live
            .walk_columns(column, Direction::Downstream, u32::MAX);
        let to = walk.boundary.iter().filter_map(|b| b.to);
        let names: Vec<String> = built
            .catalog
            .names(|names| to.map(|to| names.dataset(to).1.to_owned()).collect());
        (walk.nodes.len() - 1, names)
    };
    let input = |name: &str| json!({"namespace": "n", "name": name});
    let field =
        |name: &str| json!({"y": {"inputs": [{"namespace": "n", "name": name, "field": "x"}]}});
    let told = |inputs: Value, fields: Value| json!({"_producer": "p", "inputs": inputs, "fields": fields});
    let t = || vec!["t".to_owned()];
    assert_eq!(boundary(told(json!([input("a")]), json!({}))), (0, t()));
    assert_eq!(boundary(told(json!([input("a")]), field("b"))), (0, t()));
    assert_eq!(boundary(told(json!([input("a")]), field("a"))), (1, vec![]));
    assert_eq!(boundary(told(json!([input("b")]), json!({}))), (0, vec![]));
}
