//! Text that nobody means well with.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::super::{Context, Dialect, read};
use super::relations;

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

fn context(dialect: Dialect) -> Context {
    Context {
        dialect,
        relations: relations("t(a, b); u(a, ...); db.s.v(x, y, x.z)"),
        ..Context::default()
    }
}

/// Words that statements are made of.
const WORDS: &[&str] = &[
    "select",
    "from",
    "where",
    "t",
    "u",
    "v",
    "a",
    "b",
    "x",
    "*",
    ",",
    "(",
    ")",
    "join",
    "on",
    "using",
    "left",
    "group",
    "by",
    "order",
    "having",
    "with",
    "as",
    "recursive",
    "union",
    "all",
    "except",
    "insert",
    "into",
    "values",
    "update",
    "set",
    "merge",
    "when",
    "matched",
    "then",
    "not",
    "create",
    "table",
    "view",
    "lateral",
    "unnest",
    "case",
    "end",
    "else",
    "over",
    "partition",
    "window",
    "qualify",
    "pivot",
    "for",
    "in",
    "exists",
    "distinct",
    "=",
    "+",
    "::",
    "int",
    "[",
    "]",
    "{",
    "}",
    "->",
    ":",
    ".",
    ";",
    "'s'",
    "1",
    "\"q\"",
    "`k`",
    "cast",
    "array",
    "struct",
    "<",
    ">",
    "interval",
    "day",
    "between",
    "and",
    "null",
    "is",
    "like",
    "count",
    "sum",
    "delete",
    "replace",
    "exclude",
    "rename",
    "flatten",
    "=>",
    "|>",
    "natural",
    "tablesample",
    "limit",
    "{{",
    "}}",
    "$1",
    "@x",
    "#",
    "--",
    "/*",
    "*/",
    "\n",
    "begin",
    "if",
    "declare",
    "copy",
    "call",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_text_is_read_without_a_panic(text in ".{0,200}", which in 0..DIALECTS.len()) {
        let told = read(&text, &context(DIALECTS[which]));
        prop_assert!(told.iter().all(|s| !s.gaps.contains(&super::super::Gap::Failed)));
    }

    #[test]
    fn any_words_are_read_without_a_panic(
        words in prop::collection::vec(0..WORDS.len(), 0..60), which in 0..DIALECTS.len(),
    ) {
        let text: Vec<&str> = words.iter().map(|&word| WORDS[word]).collect();
        let text = text.join(" ");
        let told = read(&text, &context(DIALECTS[which]));
        prop_assert!(told.iter().all(|s| !s.gaps.contains(&super::super::Gap::Failed)), "{}", text);
        prop_assert_eq!(&told, &read(&text, &context(DIALECTS[which])));
    }

    #[test]
    fn a_statement_with_words_put_in_is_read_without_a_panic(
        put in prop::collection::vec((0_usize..60, 0..WORDS.len()), 0..6), which in 0..DIALECTS.len(),
    ) {
        let whole = "with c as ( select a , sum ( b ) over ( partition by a ) as s from t where a in \
            ( select a from u ) ) insert into v ( x , y ) select c . a , case when s > 1 then s end \
            from c left join u on c . a = u . a group by 1 order by 2";
        let mut words: Vec<&str> = whole.split_whitespace().collect();
        for (at, word) in put {
            words.insert(at.min(words.len()), WORDS[word]);
        }
        let text = words.join(" ");
        let told = read(&text, &context(DIALECTS[which]));
        prop_assert!(told.iter().all(|s| !s.gaps.contains(&super::super::Gap::Failed)), "{}", text);
    }
}

#[test]
fn long_and_deep_texts_end_soon() {
    let n = 20_000;
    let around = |open: &str, middle: &str, close: &str| {
        format!("{}{middle}{}", open.repeat(n), close.repeat(n))
    };
    let bodies = [
        around("(", "1", ")"),
        around("a + ", "1", ""),
        around("", "a", " is null"),
        around("", "a", "::int"),
        around("x -> ", "x", ""),
        around("f(", "1", ")"),
        around("case when ", "a", " then 1 end"),
        around("cast(a as array<", "int", ">)"),
        around("not ", "a", ""),
        around("(select ", "1", ")"),
        around("a, ", "a", ""),
    ];
    let mut texts: Vec<String> = bodies
        .iter()
        .map(|body| format!("select {body} from t"))
        .collect();
    texts.push(around("select a from t union all ", "select 1", ""));
    texts.push(format!("select * from {}", around("t join ", "t", "")));
    texts.push(format!("select * from {}", around("(", "t", ")")));
    texts.push(format!("select * from {}", around("t, ", "t", "")));
    texts.push(around("with c as (", "select 1", ") select 1"));
    texts.push("select".repeat(50_000));
    texts.push("\u{1F600}'\"`".repeat(10_000));
    for text in texts {
        for dialect in [Dialect::Generic, Dialect::Postgres, Dialect::Snowflake] {
            let start = Instant::now();
            let told = read(&text, &context(dialect));
            let head: String = text.chars().take(60).collect();
            assert!(
                start.elapsed() < Duration::from_secs(20),
                "{head}: {:?}",
                start.elapsed()
            );
            assert!(
                told.iter()
                    .all(|s| !s.gaps.contains(&super::super::Gap::Failed)),
                "{head}"
            );
        }
    }
}
