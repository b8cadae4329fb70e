//! Names of one dataset.

use std::sync::Arc;

use serde_json::json;

use super::super::*;
use super::built::build;
use crate::store::MemoryStore;

/// Names are told apart though they are spelled alike: in each store by its own rules.
#[test]
fn the_spelling_that_is_shown_is_one_in_use() {
    let named = |names: &[(&str, &str)]| {
        let events: Vec<Vec<u8>> = names
            .iter()
            .map(|(namespace, name)| {
                let dataset = json!({"namespace": namespace, "name": name});
                let event = json!({"eventTime": "2026-01-01T00:00:00Z", "producer": "p", "dataset": dataset});
                event.to_string().into_bytes()
            })
            .collect();
        let events: Vec<&Vec<u8>> = events.iter().collect();
        let catalog = build(Arc::new(MemoryStore::default()), &events, 1).catalog;
        let shown = |(namespace, name): &(&str, &str)| {
            let id = catalog.dataset_id(namespace, name).unwrap();
            catalog.names(|names| names.dataset(id).1.to_owned())
        };
        let all: Vec<String> = names.iter().map(shown).collect();
        (all, catalog.counts().datasets)
    };
    let snowflake = "snowflake://a";
    // No name is made up where only case differs.
    assert_eq!(
        named(&[(snowflake, "db.s.t")]),
        (vec!["db.s.t".to_owned()], 1)
    );
    assert_eq!(
        named(&[
            (snowflake, "db.s.t"),
            (snowflake, "DB.S.T"),
            (snowflake, "Db.S.T")
        ])
        .0,
        ["DB.S.T"; 3]
    );
    assert_eq!(
        named(&[(snowflake, "DB.S.T"), (snowflake, "DB.S.\"t\"")]).0,
        ["DB.S.T", "DB.S.\"t\""]
    );
    assert_eq!(
        named(&[("postgres://d", "\"s\".\"T\""), ("postgres://d", "s.t")]).0,
        ["s.T", "s.t"]
    );
    assert_eq!(
        named(&[
            ("file", "/lake/t/dt=1"),
            ("file", "/lake/t/dt=2"),
            ("file", "/lake/t")
        ]),
        (vec!["/lake/t".to_owned(); 3], 1)
    );
}

/// Names that hang together without end would make each event dearer than the one before.
#[test]
fn too_many_names_of_one_are_not_joined_whatever_the_order() {
    let events: Vec<Vec<u8>> = (0..1_020)
        .map(|n| {
            let facet = json!({"symlinks": {"_producer": "p", "identifiers": [{"namespace": "hive", "name": "shared"}]}});
            json!({"eventTime": "2026-01-01T00:00:00Z", "producer": "p",
                "dataset": {"namespace": format!("n{n}"), "name": "t", "facets": facet}})
            .to_string()
            .into_bytes()
        })
        .collect();
    let straight: Vec<&Vec<u8>> = events.iter().collect();
    let backwards: Vec<&Vec<u8>> = events.iter().rev().collect();
    let of = |events: &[&Vec<u8>]| build(Arc::new(MemoryStore::default()), events, 500).catalog;
    let catalog = of(&straight);
    assert_eq!(
        catalog.digest().unwrap().0,
        of(&backwards).digest().unwrap().0
    );
    let shared = catalog.dataset_id("hive", "shared").unwrap();
    assert_eq!(
        catalog.doubts(shared).unwrap()[0].reason,
        DoubtReason::TooMany
    );
    assert_eq!(catalog.in_doubt().len(), 1_021);
    let few = of(&straight[..999]);
    let shared = few.dataset_id("hive", "shared").unwrap();
    assert_eq!(
        few.doubts(shared).unwrap()[0].reason,
        DoubtReason::SharedName
    );
}
