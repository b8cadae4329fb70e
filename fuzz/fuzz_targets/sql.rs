//! Column lineage from SQL: never panics, gives the same answer twice, and names only what it was
//! given.
//!
//! Input: a byte for the dialect, a byte for what is known of the relations, then the text.
#![no_main]

use headwater_fuzz::sql::{Context, Dialect, Gap, Limits, Relation, StatementLineage, Target, Use, read};
use libfuzzer_sys::fuzz_target;

const DIALECTS: [Dialect; 12] = [
    Dialect::Generic,
    Dialect::Postgres,
    Dialect::Redshift,
    Dialect::Snowflake,
    Dialect::BigQuery,
    Dialect::Spark,
    Dialect::Databricks,
    Dialect::DuckDb,
    Dialect::Trino,
    Dialect::TSql,
    Dialect::MySql,
    Dialect::Sqlite,
];

fn relation(name: &[&str], columns: &[&str], complete: bool) -> Relation {
    let owned = |all: &[&str]| all.iter().map(|&one| one.to_owned()).collect();
    Relation { names: vec![owned(name)], columns: owned(columns), complete }
}

fn context(dialect: u8, known: u8) -> Context {
    Context {
        dialect: DIALECTS[usize::from(dialect) % DIALECTS.len()],
        relations: vec![
            relation(&["db", "s", "t"], &["a", "b", "c"], known & 1 != 0),
            relation(&["db", "s", "u"], &["a", "d", "e.f"], known & 2 != 0),
            relation(&["db", "s", "w"], &[], false),
        ],
        defaults: if known & 4 != 0 { vec!["db".to_owned(), "s".to_owned()] } else { Vec::new() },
        target: (known & 8 != 0).then_some(2),
        limits: Limits { bytes: 1 << 14, tokens: 2_000, depth: 40, steps: 100_000 },
    }
}

fn is_given(one: &Use, context: &Context, statement: &StatementLineage) {
    assert!(one.relation < context.relations.len());
    let relation = &context.relations[one.relation];
    // An UPDATE may use columns of what it writes, which does not count as read.
    let written = statement.target == Some(Target::Known(one.relation));
    assert!(written || statement.reads.contains(&one.relation), "{one:?} of what is not read");
    if relation.complete {
        assert!(relation.columns.contains(&one.column), "{one:?} is no column");
    }
}

fn holds(statement: &StatementLineage, context: &Context) {
    assert!(statement.gaps.iter().all(|gap| !matches!(gap, Gap::Failed)));
    assert!(statement.reads.is_sorted() && statement.indirect.is_sorted());
    if let Some(Target::Known(at)) = statement.target {
        assert!(at < context.relations.len());
    }
    for one in &statement.indirect {
        is_given(one, context, statement);
    }
    for column in &statement.columns {
        assert!(column.sources.is_sorted());
        for one in &column.sources {
            is_given(one, context, statement);
        }
    }
    if statement.is_complete() {
        assert!(statement.columns.iter().all(|column| column.complete), "{statement:?}");
    }
}

fuzz_target!(|data: &[u8]| {
    let [dialect, known, text @ ..] = data else {
        return;
    };
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    let context = context(*dialect, *known);
    let answer = read(text, &context);
    for statement in &answer {
        holds(statement, &context);
    }
    assert_eq!(answer, read(text, &context));
});
