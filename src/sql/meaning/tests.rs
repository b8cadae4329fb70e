//! What the numbers must tell apart, and what they must not.

use super::*;
use crate::sql::Relation;

fn context() -> Context {
    let relation = |name: &str, columns: &[&str]| Relation {
        names: vec![vec!["db".into(), "s".into(), name.into()]],
        columns: columns.iter().map(|&column| column.to_owned()).collect(),
        complete: true,
    };
    Context {
        dialect: Dialect::Postgres,
        relations: vec![relation("a", &["x", "y", "z"]), relation("b", &["x", "w"])],
        ..Context::default()
    }
}

fn of(text: &str) -> Meaning {
    meaning(text, &context()).unwrap_or_else(|| panic!("{text}"))
}

fn by_name(meaning: &Meaning) -> std::collections::HashMap<&str, u64> {
    let columns = meaning.columns.iter();
    columns
        .map(|(name, number)| (name.as_str(), *number))
        .collect()
}

/// Columns whose meaning differs, and whether the rows do.
fn differs(a: &str, b: &str) -> (Vec<String>, bool) {
    let (a, b) = (of(a), of(b));
    let new = by_name(&b);
    let columns = a.columns.iter();
    let columns = columns
        .filter(|(name, held)| new.get(name.as_str()).is_some_and(|new| new != held))
        .map(|(name, _)| name.clone());
    (columns.collect(), a.rows != b.rows)
}

#[test]
fn layout_names_and_common_tables_change_nothing() {
    let plain = "select x, y + 1 as n from db.s.a where z > 0";
    for same in [
        "SELECT a.x, a.y + 1 AS n FROM s.a -- why\n WHERE (a.z > 0)",
        "select t.x, t.y + 1 n from a as t where t.z > 0",
    ] {
        let (columns, _) = differs(plain, same);
        assert!(columns.is_empty(), "{same}: {columns:?}");
    }
    let with = "with q as (select * from a), r as (select x, y, z from q) select x, y + 1 as n from r where z > 0";
    assert_eq!(
        differs("select x, y + 1 as n from a where z > 0", with).0,
        Vec::<String>::new()
    );
}

#[test]
fn what_is_computed_otherwise_is_told() {
    let base = "with q as (select x, y as v from a) select x, v, v * 2 as d from q";
    let head = "with q as (select x, y + 1 as v from a) select x, v, v * 2 as d from q";
    assert_eq!(differs(base, head), (vec!["v".into(), "d".into()], false));
}

#[test]
fn what_is_reached_by_a_field_an_alias_or_a_join_is_told_too() {
    for (base, head) in [
        // A field of a column, with and without its table.
        (
            "with q as (select x + 1 as s from a) select q.s.f as g from q",
            "with q as (select x + 2 as s from a) select q.s.f as g from q",
        ),
        (
            "with q as (select x + 1 as s from a) select s.f as g from q",
            "with q as (select x + 2 as s from a) select s.f as g from q",
        ),
        (
            "with q as (select x + 1 as s from a) select upper(q.s.f) as g from q",
            "with q as (select x + 2 as s from a) select upper(q.s.f) as g from q",
        ),
        // A column by the name of joined tables together.
        (
            "with q as (select x + 1 as s from a) select j.s as g from (q cross join b) as j",
            "with q as (select x + 2 as s from a) select j.s as g from (q cross join b) as j",
        ),
    ] {
        assert_eq!(differs(base, head).0, ["g"], "{base}");
    }
    let base = "select x + 1 as v, v * 2 as d from a";
    let head = "select x + 2 as v, v * 2 as d from a";
    assert_eq!(differs(base, head).0, ["v", "d"]);
    // A column of the table goes before an alias of the same name.
    let base = "select x + 1 as y, y * 2 as d from a";
    let head = "select x + 2 as y, y * 2 as d from a";
    assert_eq!(differs(base, head).0, ["y"]);
    let base = "select x + 1 as v from a qualify row_number() over (order by v) = 1";
    let head = "select x + 2 as v from a qualify row_number() over (order by v) = 1";
    assert!(differs(base, head).1);
}

#[test]
fn a_dropped_column_leaves_the_others_as_they_are() {
    let base = "with q as (select x, y, z from a) select * from q";
    let head = "with q as (select x, z from a) select * from q";
    assert_eq!(differs(base, head), (Vec::new(), false));
}

#[test]
fn what_decides_about_rows_is_told() {
    for (base, head) in [
        ("select x from a", "select x from a where y > 1"),
        ("select x from a where y > 1", "select x from a where y > 2"),
        (
            "select a.x from a join b on a.x = b.x",
            "select a.x from a left join b on a.x = b.x",
        ),
        (
            "select a.x from a join b on a.x = b.x",
            "select a.x from a join b on a.y = b.x",
        ),
        (
            "select x, count(*) n from a group by 1",
            "select x, count(*) n from a group by x, y",
        ),
        ("select x from a", "select distinct x from a"),
        ("select x from a", "select x from a limit 5"),
        (
            "select x from a union all select x from b",
            "select x from a union select x from b",
        ),
        (
            "with q as (select * from a) select x from q",
            "with q as (select * from a where y = 1) select x from q",
        ),
    ] {
        assert!(differs(base, head).1, "{base} / {head}");
    }
    assert!(!differs("select x from a order by y", "select x from a").1);
}

#[test]
fn literals_are_told_apart() {
    let (a, b) = (
        of("select x from a where y < 3676"),
        of("select x from a where y < 3694"),
    );
    assert_ne!(a.rows, b.rows);
    assert_eq!(a.without_literals, b.without_literals);
}

#[test]
fn what_cannot_be_read_has_no_meaning() {
    for text in [
        "select x frm a b",
        "select 1; select 2",
        "drop table a",
        "select x from a |> limit 1",
    ] {
        assert_eq!(meaning(text, &context()), None, "{text}");
    }
}

#[test]
fn a_common_table_is_told_where_it_is_read_inside_an_expression() {
    let context = Context {
        dialect: Dialect::Postgres,
        ..Context::default()
    };
    let of = |text: &str| meaning(text, &context).unwrap_or_else(|| panic!("{text}"));
    // `t` has columns we do not know: `q` might be one of them.
    let read = |n: u8| {
        format!("with q as (select x + {n} as x from u) select (select max(x) from q) as m from t")
    };
    assert_ne!(of(&read(1)).columns, of(&read(2)).columns);
}

#[test]
fn the_order_decides_about_rows_only_where_they_are_limited() {
    let read = |n: u8, limit: &str| {
        format!("with q as (select x, y + {n} as y from a) select x from q order by y {limit}")
    };
    assert!(differs(&read(1, "limit 5"), &read(2, "limit 5")).1);
    assert!(!differs(&read(1, ""), &read(2, "")).1);
    let alias = |n: u8| format!("select x + {n} as x from a order by x limit 5");
    assert!(differs(&alias(1), &alias(2)).1);
}

#[test]
fn what_is_put_together_is_made_of_both() {
    // Paired by name, the second query gives its columns the other way round.
    let base = "select x, y from a union all by name select x, w as y from b";
    let head = "select x, y from a union all by name select x as y, w as x from b";
    let duck = Context {
        dialect: Dialect::DuckDb,
        ..context()
    };
    let of = |text: &str| meaning(text, &duck);
    assert_ne!(of(base), of(head));
    let base = "with q as (select x, y from a) select * from b join q using (x)";
    let head = "with q as (select x + 1 as x, y from a) select * from b join q using (x)";
    assert_eq!(differs(base, head), (vec!["x".into()], true));
    let base = "select x from (select * from a) as q tablesample system (10)";
    let head = "select x from (select * from a) as q tablesample system (20)";
    assert!(differs(base, head).1);
}

#[test]
fn columns_that_differ_in_case_alone_are_not_told_apart() {
    let mut context = context();
    context.relations[0].columns.push("X".into());
    assert_eq!(meaning("select \"X\" from a", &context), None);
}

#[test]
fn a_natural_join_compares_all_columns_both_have() {
    let read =
        |n: u8| format!("with q as (select x + {n} as x, y from a) select w from b natural join q");
    assert!(differs(&read(1), &read(2)).1);
}
