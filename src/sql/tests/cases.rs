//! The hard cases of `fixtures/sql/hard.toml`: right, or told as unknown where the fixture says that.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;

use super::super::{Context, Dialect, Relation, Use, read};

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

type Columns = BTreeMap<String, BTreeSet<String>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    dialect: String,
    tables: BTreeMap<String, Vec<String>>,
    sql: String,
    columns: Columns,
    /// What may be named beside `columns`, because it misses nobody.
    #[serde(default)]
    more: Columns,
    #[serde(default)]
    unknown: bool,
    #[serde(default)]
    #[allow(dead_code)] // for docs/SQL_LINEAGE.md
    note: Option<String>,
}

/// Why a case does not hold.
fn problem(case: &Case) -> Option<String> {
    let Some(dialect) = Dialect::named(&case.dialect) else {
        return Some("there is no such dialect".to_owned());
    };
    let relations = case.tables.iter().map(|(name, columns)| Relation {
        names: vec![vec![name.clone()]],
        columns: columns.clone(),
        complete: true,
    });
    let context = Context {
        dialect,
        relations: relations.collect(),
        ..Context::default()
    };
    let statements = read(&case.sql, &context);
    let Some(told) = statements.last() else {
        return Some("it is no statement".to_owned());
    };
    if !told.gaps.is_empty() || told.more_columns {
        let why: Vec<String> = told.gaps.iter().map(ToString::to_string).collect();
        return (!case.unknown).then(|| format!("unknown: {}", why.join("; ")));
    }
    if case.unknown {
        return Some("it is told as known".to_owned());
    }
    let names: Vec<&String> = case.tables.keys().collect();
    let shown = |one: &Use| format!("{}.{}", names[one.relation], one.column).to_lowercase();
    let mut found = Columns::new();
    for column in &told.columns {
        let direct = column.sources.iter().filter(|one| one.kinds.is_direct());
        found
            .entry(column.name.to_lowercase())
            .or_default()
            .extend(direct.map(shown));
    }
    let mut allowed = case.columns.clone();
    for (name, more) in &case.more {
        allowed
            .entry(name.clone())
            .or_default()
            .extend(more.clone());
    }
    let keys = |columns: &Columns| columns.keys().cloned().collect::<BTreeSet<_>>();
    let right = keys(&found) == keys(&case.columns)
        && found.iter().all(|(name, sources)| {
            sources.is_superset(&case.columns[name]) && sources.is_subset(&allowed[name])
        });
    (!right).then(|| format!("{found:?}"))
}

#[test]
fn hard_cases_are_right_or_told_as_unknown() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sql/hard.toml");
    let cases: Cases = toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert!(cases.case.len() > 40);
    let wrong: Vec<String> = cases
        .case
        .iter()
        .filter_map(|case| Some(format!("{}: {}", case.name, problem(case)?)))
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
