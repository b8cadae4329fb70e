//! What `dbt-ol` told about our own shop, against what its SQL says.
//!
//! The truth is in [`truth`]. Sets are compared whole: an edge too many is as wrong as one too few.

mod columns;
mod consumers;
mod datasets;
mod truth;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::server::{Server, fixture};

use truth::{DECIDING, EDGES, MARTS, MARTS_DECIDED_BY, MODELS, WITHOUT_EFFECT};

const NAMESPACE: &str = "duckdb:///srv/shop/shop.duckdb";
const DEFAULT: &str = "emitters/dbt-shop/events.ndjson";
const STRUCTURED: &str = "emitters/dbt-shop/events-structured.ndjson";

/// The full name of a dataset that the truth names in short.
fn full(dataset: &str) -> String {
    let schema = match dataset.split('_').next().unwrap() {
        "raw" => "main_raw",
        "stg" => "main_staging",
        "int" => "main_intermediate",
        "fct" | "dim" => "main_marts",
        "paid" => return dataset.to_owned(),
        other => panic!("no schema for {other}"),
    };
    format!("shop.{schema}.{dataset}")
}

/// The short name of a dataset; one of another namespace keeps its namespace and so matches none.
fn short(node: &Value) -> String {
    let name = node["name"].as_str().unwrap();
    assert_eq!(node["namespace"], NAMESPACE, "{node}");
    name.rsplit('.').next().unwrap().to_owned()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

fn shop(recordings: &[&str]) -> (tempfile::TempDir, Server) {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    for recording in recordings {
        for line in fixture(recording).lines() {
            let (status, receipt) = server.send(line.as_bytes());
            assert_eq!(
                (status, receipt["status"].as_str()),
                (201, Some("accepted")),
                "{receipt}"
            );
        }
    }
    server.settle();
    (dir, server)
}

/// What a lineage answer says of a column.
struct Walk {
    /// All columns found, without the start.
    found: BTreeSet<String>,
    /// Those of them that nothing leads to (upstream) or that lead nowhere (downstream).
    ends: BTreeSet<String>,
    boundary: Vec<Value>,
}

fn walk(server: &Server, column: &str, direction: &str, depth: Option<u32>) -> Walk {
    let (dataset, name) = column.split_once('.').unwrap();
    let depth = depth.map_or("null".to_owned(), |depth| depth.to_string());
    let answer = server.graphql(&format!(
        r#"{{ lineage(node: {{column: {{namespace: "{NAMESPACE}", name: "{}", column: "{name}"}}}}, direction: {direction}, maxDepth: {depth})
             {{ total truncated nodes {{ id kind namespace name column depth }} edges {{ from to }} boundary {{ fromName jobName toName }} }} }}"#,
        full(dataset)
    ));
    let lineage = &answer["data"]["lineage"];
    assert_eq!(lineage["truncated"], false, "{answer}");
    let list = |key: &str| lineage[key].as_array().unwrap().clone();
    let inner = if direction == "UPSTREAM" {
        "to"
    } else {
        "from"
    };
    let goes_on: BTreeSet<String> = list("edges")
        .iter()
        .map(|edge| edge[inner].as_str().unwrap().to_owned())
        .collect();
    let (mut found, mut ends) = (BTreeSet::new(), BTreeSet::new());
    for node in list("nodes") {
        assert_eq!(node["kind"], "COLUMN", "{node}");
        if node["depth"] == 0 {
            continue;
        }
        let name = format!("{}.{}", short(&node), node["column"].as_str().unwrap());
        if !goes_on.contains(node["id"].as_str().unwrap()) {
            ends.insert(name.clone());
        }
        assert!(found.insert(name), "listed twice: {node}");
    }
    assert_eq!(lineage["total"], found.len());
    Walk {
        found,
        ends,
        boundary: list("boundary"),
    }
}

/// The columns that a table of the truth has for the dataset of a column.
fn decided_by(table: &[(&str, &'static [&'static str])], column: &str) -> &'static [&'static str] {
    let (dataset, _) = column.split_once('.').unwrap();
    let held = table.iter().find(|(name, _)| *name == dataset);
    held.map(|(_, columns)| *columns).unwrap_or_default()
}

/// One hop upstream of a column, by [`MODELS`] and [`DECIDING`].
fn sources(column: &str) -> BTreeSet<String> {
    let table: BTreeMap<&str, &[&str]> = MODELS.into_iter().collect();
    let Some(told) = table.get(column) else {
        return BTreeSet::new();
    };
    let all = told.iter().chain(decided_by(&DECIDING, column));
    all.map(|&source| source.to_owned()).collect()
}

/// Everything upstream of a column.
fn closure(column: &str) -> BTreeSet<String> {
    let (mut found, mut open) = (BTreeSet::new(), vec![column.to_owned()]);
    while let Some(column) = open.pop() {
        for source in sources(&column) {
            if found.insert(source.clone()) {
                open.push(source);
            }
        }
    }
    found
}

/// The raw columns of a mart's column: those that its values come from, and those that decide about
/// its rows.
fn raw_of(column: &str, named: &[&str]) -> BTreeSet<String> {
    let all = named.iter().chain(decided_by(&MARTS_DECIDED_BY, column));
    all.map(|&raw| raw.to_owned()).collect()
}

fn neighbours(server: &Server, dataset: &str, direction: &str) -> BTreeSet<String> {
    let answer = server.graphql(&format!(
        r#"{{ dataset(namespace: "{NAMESPACE}", name: "{}") {{ {direction} {{ namespace name }} }} }}"#,
        full(dataset)
    ));
    let list = answer["data"]["dataset"][direction].as_array();
    let list = list.unwrap_or_else(|| panic!("{dataset}: {answer}"));
    list.iter().map(short).collect()
}

fn names(list: &Value) -> BTreeSet<String> {
    let list = list.as_array().unwrap().iter();
    list.map(|one| one["name"].as_str().unwrap().to_owned())
        .collect()
}
