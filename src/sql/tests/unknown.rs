//! What cannot be told is told as that, and makes no edge.

use super::super::Dialect::{BigQuery, Postgres, Snowflake, TSql};
use super::super::{Context, Gap, read};
use super::check;

#[test]
fn datasets_that_are_not_known() {
    check(
        Postgres,
        "t(a)",
        "select t.a, u.b, c from t join u on t.a = u.a",
        "
        a = t.a:I
        b = ?
        c = ?
        * = t.a:J ?
        ! UNKNOWN_DATASET",
    );
}

#[test]
fn columns_that_may_be_of_two_relations() {
    check(
        Postgres,
        "a(id, ...); b(id, ...)",
        "select a.id, x from a join b on a.id = b.id",
        "
        id = a.id:I
        x = ?
        * = a.id:J b.id:J
        ! AMBIGUOUS_COLUMN",
    );
    check(
        Postgres,
        "a(id); b(id)",
        "select id from a, b",
        "
        id = ?
        ! AMBIGUOUS_COLUMN",
    );
}

#[test]
fn a_listed_column_is_of_the_one_that_lists_it() {
    check(
        Postgres,
        "a(id, x, ...); b(id, ...)",
        "select x from a join b on a.id = b.id",
        "
        x = a.x:I
        * = a.id:J b.id:J",
    );
}

#[test]
fn a_name_of_an_outer_query_is_not_guessed() {
    check(
        Postgres,
        "a(id, v); b(id, ...)",
        "select id from a where exists (select 1 from b where v > 0)",
        "
        id = a.id:I
        * = ?
        ! AMBIGUOUS_COLUMN",
    );
}

#[test]
fn unions_over_unknown_columns() {
    check(
        Postgres,
        "a(x, ...); b(x, ...)",
        "select * from a union all select * from b",
        "
        x = a.x:I ?
        ...
        ! UNKNOWN_POSITIONS",
    );
}

#[test]
fn templates_and_pipes() {
    check(
        Snowflake,
        "t(a)",
        "select a from {{ ref('t') }}",
        "
        * = ?
        ! TEMPLATE",
    );
    check(
        BigQuery,
        "t(a)",
        "from t |> where a > 0 |> select a",
        "
        ...
        ! UNSUPPORTED",
    );
    check(
        Postgres,
        "t(a)",
        "this is not sql",
        "
        * = ?
        ! UNPARSABLE",
    );
}

#[test]
fn what_is_not_read() {
    check(
        Postgres,
        "t(a)",
        "copy t from '/tmp/x.csv'",
        "
        ...
        * = ?
        ! UNSUPPORTED",
    );
    check(
        Snowflake,
        "t(a)",
        "select * from table(my_function(1)) f",
        "
        ...
        ! UNSUPPORTED",
    );
    check(
        TSql,
        "t(a)",
        "exec dbo.load_all",
        "
        ...
        * = ?
        ! UNSUPPORTED",
    );
}

#[test]
fn too_much_is_told() {
    let mut context = Context::default();
    context.limits.bytes = 10;
    let gaps = |text: &str, context: &Context| read(text, context).remove(0).gaps;
    assert_eq!(gaps("select 1 from t", &context), [Gap::TooLong(10)]);
    context.limits.bytes = 1_000_000;
    context.limits.tokens = 3;
    assert_eq!(gaps("select 1 from t", &context), [Gap::TooManyTokens(3)]);
    context.limits.tokens = 1_000_000;
    context.limits.steps = 2;
    assert_eq!(gaps("select 1, 2, 3, 4", &context), [Gap::TooComplex(2)]);
    let deep = format!("select {}1{}", "(".repeat(5_000), ")".repeat(5_000));
    let context = Context::default();
    assert_eq!(gaps(&deep, &context), [Gap::TooDeep(100)]);
}

#[test]
fn what_a_statement_before_left_open_is_told_again() {
    check(
        Postgres,
        "t(a)",
        "
        CREATE TEMP TABLE tmp AS SELECT x AS x1 FROM nowhere;
        INSERT INTO t (a) SELECT x1 FROM tmp",
        "
        > t
        a = ?
        ! INHERITED",
    );
}
