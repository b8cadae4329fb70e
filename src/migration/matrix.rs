//! The cases of `fixtures/migrations/dialects.toml`, in the words of each dialect.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::{Defaults, File, Migrations};
use crate::impact::{FORMAT, Name, Observed, ObservedColumn, ObservedDataset};
use crate::sql::Dialect;

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    expect: Vec<String>,
    /// By dialect.
    sql: BTreeMap<String, String>,
}

fn observed() -> Observed {
    let dataset = |name: &str, columns: &[(&str, &str)]| {
        let columns = columns.iter().map(|(name, kind)| ObservedColumn {
            name: (*name).to_owned(),
            data_type: Some((*kind).to_owned()),
        });
        ObservedDataset {
            name: Name::new("warehouse", format!("db.s.{name}")),
            columns: columns.collect(),
            ..ObservedDataset::default()
        }
    };
    let orders = [("id", "int"), ("email", "text"), ("total", "numeric(10,2)")];
    Observed {
        headwater_graph: FORMAT,
        datasets: vec![
            dataset("orders", &orders),
            dataset("v", &[("id", "int"), ("email", "text")]),
        ],
        ..Observed::default()
    }
}

/// What is found: `kind dataset column`, or `unknown`.
fn found(dialect: &str, text: &str) -> Vec<String> {
    let place = Defaults {
        namespace: "warehouse".to_owned(),
        before: vec!["db".to_owned(), "s".to_owned()],
        dialect: Dialect::named(dialect).unwrap(),
    };
    let file = File {
        path: "1.sql".to_owned(),
        text: text.to_owned(),
    };
    let set = Migrations::read(&[file], place).changes(&observed());
    if set.notes.iter().any(|note| note.unknown) {
        return vec!["unknown".to_owned()];
    }
    let mut told: Vec<String> = set
        .changes
        .iter()
        .map(|change| {
            let name = change.of.name.trim_start_matches("db.s.");
            let column = change.kind.column().unwrap_or_default();
            let line = format!("{} {name} {column}", change.kind.word().id());
            line.trim_end().to_owned()
        })
        .collect();
    told.sort();
    told
}

#[test]
fn migrations_are_read_in_each_dialect() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/migrations/dialects.toml");
    let cases: Cases = toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut wrong = Vec::new();
    for case in &cases.case {
        for (dialect, text) in &case.sql {
            let found = found(dialect, text);
            if found != case.expect {
                wrong.push(format!("{} in {dialect}: {found:?}", case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
