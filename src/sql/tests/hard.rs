//! Cases that readers of SQL get wrong.

use std::fmt::Write;

use super::super::Dialect::{Postgres, Snowflake};
use super::super::{Context, read};
use super::{check, relations, told};

#[test]
fn a_chain_of_a_thousand_common_tables_takes_steps_in_proportion() {
    let mut sql = "WITH c0 AS (SELECT * FROM t)".to_owned();
    for n in 1..1_000 {
        let before = n - 1;
        let _ = write!(
            sql,
            ", c{n} AS (SELECT a + 1 AS a, b FROM c{before} WHERE a > 0)"
        );
    }
    sql += " SELECT a, b FROM c999";
    check(
        Postgres,
        "t(a, b)",
        &sql,
        "
        a = t.a:T
        b = t.b:I
        * = t.a:F",
    );
}

#[test]
fn nested_fields_are_columns_by_path() {
    check(
        Snowflake,
        "t(id, address, address.city)",
        "select t.address.city as c, address.zip as z, t.* from t",
        "
        c = t.address.city:I
        z = t.address:T
        id = t.id:I
        address = t.address:I",
    );
}

#[test]
fn an_alias_is_no_column_of_a_subquery() {
    check(Postgres, "a(id, x); b(id, y)", "
        select s.x2 from (select x as x2 from a where id in (select id from b where y > 0)) s order by x2", "
        x2 = a.x:I
        * = a.id:F a.x:S b.id:F b.y:F");
}

#[test]
fn inner_names_hide_outer_ones() {
    check(
        Postgres,
        "a(id, v); b(id, v)",
        "select id from a where exists (select 1 from b where v > 0 and b.id = a.id)",
        "
        id = a.id:I
        * = a.id:F b.id:F b.v:F",
    );
}

#[test]
fn intersect_and_nested_set_operations() {
    check(
        Postgres,
        "a(x); b(y); c(z)",
        "(select x from a union all select y from b) intersect select z from c",
        "
        x = a.x:I b.y:I
        * = a.x:F b.y:F c.z:F",
    );
}

#[test]
fn the_same_relation_twice() {
    check(
        Postgres,
        "e(id, boss, name)",
        "select x.name as n, y.name as boss from e x left join e y on x.boss = y.id",
        "
        n = e.name:I
        boss = e.name:I
        * = e.id:J e.boss:J",
    );
}

#[test]
fn statements_of_a_text_stand_for_themselves() {
    let context = Context {
        dialect: Postgres,
        relations: relations("t(a); s(x)"),
        ..Context::default()
    };
    let statements = read(
        "SELEC 1; insert into t select x from s;\n\nselect nope from t",
        &context,
    );
    let all: Vec<Vec<String>> = statements.iter().map(|one| told(&context, one)).collect();
    assert_eq!(all[0], ["* = ?", "! UNPARSABLE"]);
    assert_eq!(all[1], ["> t", "a = s.x:I"]);
    assert_eq!(all[2], ["nope = ?", "! UNKNOWN_COLUMN"]);
    assert_eq!(statements[2].line, 3);
}
