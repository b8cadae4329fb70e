//! Rules about marts: what was told of them, and what follows.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::evaluate;
use super::{LAYERS, skipping, world};
use crate::contract::{ColumnTag, ToldColumn, ToldTest, ToldVersion, World};
use crate::openlineage::EventTime;

#[test]
fn a_mart_keeps_its_columns_its_freshness_and_an_owner() {
    let hour = 3_600_000_000;
    let policy = format!(
        "{LAYERS}contracts:\n  - {{name: o, rule: has_owner}}\n  - {{name: f, rule: fresh, within: 2h}}\n  - {{name: c, rule: has_columns, columns: {{id: \"*INT*\", gone: \"*\", late: \"*\", any: X}}}}\n"
    );
    let mut world = world(&skipping(), &policy, &[], 10 * hour);
    let wants = world.wants();
    assert_eq!((wants.columns, wants.written), (vec![1], vec![1]));
    let column = |name: &str, kind: Option<&str>, removed| ToldColumn {
        ordinal: 1,
        name: name.into(),
        data_type: kind.map(str::to_owned),
        removed,
        removed_at: removed.then_some(EventTime(7)),
    };
    let columns = vec![
        column("id", Some("VARCHAR"), false),
        column("gone", Some("INT"), true),
        column("any", None, false),
    ];
    world.told.columns.insert(1, Arc::new(columns));
    world.told.written.insert(1, Some(EventTime(8 * hour)));
    let found = evaluate(&world).violations;
    let told: Vec<String> = found.iter().map(|one| world.message(one)).collect();
    assert_eq!(
        told,
        [
            "mart_1 (mart) has no owner",
            "mart_1 (mart) should have been written again by 1970-01-01T10:00:00Z",
            "the column id of mart_1 (mart) is VARCHAR, promised is *INT*",
            "mart_1 (mart) has no column gone, which is promised",
            "mart_1 (mart) has no column late, which is promised",
        ]
    );
    assert_eq!(
        (found[1].since, found[3].since),
        (Some(EventTime(10 * hour)), Some(EventTime(7)))
    );
    let ids: BTreeSet<_> = found.iter().map(|one| one.id).collect();
    assert_eq!(ids.len(), found.len());
    world.told.written.insert(1, Some(EventTime(8 * hour + 1)));
    assert_eq!(evaluate(&world).violations.len(), 4);
}

fn told_test(name: &str, column: Option<&str>, last: i64, success: Option<bool>) -> ToldTest {
    ToldTest {
        name: name.into(),
        column: column.map(str::to_owned),
        last: EventTime(last),
        success,
    }
}

#[test]
fn a_mart_is_tested() {
    let hour = 3_600_000_000;
    let policy = format!(
        "{LAYERS}contracts:\n  - {{name: t, rule: tested, kinds: [schema, volume, freshness], within: 2h}}\n  - {{name: p, rule: tested, passing: true, columns: {{id: [not_null, uniqueness], x: \"acc*\"}}}}\n"
    );
    let mut world = world(&skipping(), &policy, &[], 10 * hour);
    assert_eq!(world.wants().tests, [1]);
    let tests = vec![
        told_test("dataQualityMetrics.rowCount", None, 9 * hour, None),
        told_test("dbt_utils.recency", None, 7 * hour, Some(true)),
        told_test("not_null", Some("ID"), hour, Some(true)),
        told_test("unique", Some("id"), hour, Some(false)),
        told_test("accepted_values", Some("y"), hour, Some(true)),
    ];
    world.told.tests.insert(1, Arc::new(tests));
    let found = evaluate(&world).violations;
    let told: Vec<String> = found.iter().map(|one| world.message(one)).collect();
    assert_eq!(
        told,
        [
            "mart_1 (mart) has no schema test",
            "the freshness test of mart_1 (mart) was told last 1970-01-01T07:00:00Z",
            "the test uniqueness of id of mart_1 (mart) did not hold 1970-01-01T01:00:00Z",
            "mart_1 (mart) has no test acc* of x",
        ]
    );
    assert_eq!(found[1].since, Some(EventTime(9 * hour)));
    let ids: BTreeSet<_> = found.iter().map(|one| one.id).collect();
    assert_eq!(ids.len(), found.len());
}

#[test]
fn a_new_schema_is_compatible() {
    let policy = format!(
        "{LAYERS}contracts:\n  - {{name: f, rule: compatible, mode: forward}}\n  - {{name: b, rule: compatible, mode: backward}}\n"
    );
    let mut world = world(&skipping(), &policy, &[], 0);
    assert_eq!(world.wants().versions, [1]);
    let version = |from, columns: &[(&str, &str)]| ToldVersion {
        from: EventTime(from),
        columns: columns
            .iter()
            .map(|(name, kind)| ((*name).to_owned(), Some((*kind).to_owned())))
            .collect(),
    };
    let versions = vec![
        version(1, &[("id", "bigint"), ("a", "int"), ("gone", "int")]),
        version(2, &[("id", "int"), ("a", "bigint"), ("new", "int")]),
    ];
    world.told.versions.insert(1, Arc::new(versions));
    let found = evaluate(&world).violations;
    let told: Vec<String> = found.iter().map(|one| world.message(one)).collect();
    assert_eq!(
        told,
        [
            "the column a of mart_1 (mart) was int and is bigint: who reads by an older version cannot read new rows",
            "the column gone of mart_1 (mart) is gone: who reads by an older version cannot read new rows",
            "the column id of mart_1 (mart) was bigint and is int: who reads by the new version cannot read old rows",
        ]
    );
    assert!(found.iter().all(|one| one.since == Some(EventTime(2))));
}

#[test]
fn consumers_keep_the_columns_they_depend_on() {
    let policy = LAYERS.replace(
        r#"jobs: {name: "dash_*"}}"#,
        r#"jobs: {name: "dash_*"}, depends: [{name: "mart_*", columns: [id, total]}, {name: "other", columns: [z]}]}"#,
    ) + "contracts:\n  - {name: k, rule: keeps_columns}\n";
    let mut world = world(&skipping(), &policy, &[], 0);
    let read = world.wants().columns;
    assert!(read.contains(&1), "{read:?}");
    let column = |ordinal, name: &str, removed| ToldColumn {
        ordinal,
        name: name.into(),
        data_type: None,
        removed,
        removed_at: removed.then_some(EventTime(7)),
    };
    let columns = vec![column(1, "id", false), column(2, "total", true)];
    world.told.columns.insert(1, Arc::new(columns));
    let found = evaluate(&world).violations;
    let told: Vec<String> = found.iter().map(|one| world.message(one)).collect();
    assert_eq!(
        told,
        ["dash_1 depends on the column total of mart_1 (mart), which is not there"]
    );
    assert_eq!(found[0].since, Some(EventTime(7)));
}

fn column(name: &str, removed: bool) -> ToldColumn {
    ToldColumn {
        ordinal: 1,
        name: name.into(),
        data_type: Some("INT".into()),
        removed,
        removed_at: removed.then_some(EventTime(7)),
    }
}

/// The mart of [`skipping`] in a store, with these columns.
fn in_store(contracts: &str, namespace: &str, columns: Vec<ToldColumn>) -> World {
    let mut world = world(
        &skipping(),
        &format!("{LAYERS}contracts:\n{contracts}"),
        &[],
        0,
    );
    world.told.columns.insert(1, Arc::new(columns));
    let mart = world.facts.datasets[1].as_mut().unwrap();
    Arc::make_mut(mart).namespace = namespace.into();
    world
}

fn messages(world: &World) -> Vec<String> {
    let found = evaluate(world).violations;
    let ids: BTreeSet<_> = found.iter().map(|one| one.id).collect();
    assert_eq!(ids.len(), found.len());
    found.iter().map(|one| world.message(one)).collect()
}

#[test]
fn columns_of_a_mart_are_classified() {
    let contract = r#"  - name: c
    rule: columns_classified
    columns: {email: [pii, "classification={restricted,secret}"], "*mail*": "class*=*", "*_id": key, gone: x, late: x}
"#;
    let columns = vec![
        column("email", false),
        column("mail_to", false),
        column("order_id", false),
        column("gone", true),
        column("Email", false),
    ];
    let mut world = in_store(contract, "postgres://h:5432", columns);
    assert_eq!(world.wants().columns, [1]);
    // Who was told nothing of has no tags.
    assert_eq!(
        messages(&world),
        [
            "the column email of mart_1 (mart) has no tags, promised is pii or classification={restricted,secret}, and class*=*",
            "the column mail_to of mart_1 (mart) has no tags, promised is class*=*",
            "the column order_id of mart_1 (mart) has no tags, promised is key",
            "the column Email of mart_1 (mart) has no tags, promised is class*=*",
        ]
    );
    let mut tag = |tags: &[(&str, &str)]| {
        let mart = world.facts.datasets[1].as_mut().unwrap();
        let tags = tags.iter().map(|(column, text)| ColumnTag {
            column: (*column).into(),
            text: (*text).into(),
        });
        Arc::make_mut(mart).column_tags = Some(tags.collect());
        messages(&world)
    };
    let told = tag(&[
        ("email", "pii=true"),
        ("email", "pii"),
        ("mail_to", "classification=open"),
        ("order_id", "key=no"),
        ("Email", "classification=restricted"),
    ]);
    assert_eq!(
        told,
        [
            "the column email of mart_1 (mart) has the tags pii, promised is class*=*",
            "the column order_id of mart_1 (mart) has the tags key=no, promised is key",
        ]
    );
    let told = tag(&[
        ("email", "classification=secret"),
        ("mail_to", "classification=open"),
        ("order_id", "key=true"),
        ("order_id", "key"),
        ("Email", "classification=restricted"),
    ]);
    assert_eq!(told, Vec::<String>::new());
}

/// Snowflake folds what stands without quotes to upper case, and models spell it in lower case.
#[test]
fn case_of_columns_counts_where_the_store_tells_it_apart() {
    let contract = r#"  - {name: c, rule: has_columns, columns: {id: "INT"}}
"#;
    let found = |namespace: &str, columns: &[(&str, bool)]| {
        let columns = columns.iter().map(|(name, removed)| column(name, *removed));
        messages(&in_store(contract, namespace, columns.collect())).len()
    };
    let (snowflake, postgres) = ("snowflake://acme", "postgres://h:5432");
    assert_eq!(found(postgres, &[("ID", false)]), 1);
    assert_eq!(found("kafka://b:9092", &[("Id", false)]), 1);
    assert_eq!(found(snowflake, &[("ID", false)]), 0);
    assert_eq!(found(snowflake, &[("Id", false)]), 0);
    assert_eq!(
        found("awsathena://athena.eu.amazonaws.com", &[("Id", false)]),
        0
    );
    assert_eq!(found(snowflake, &[("ID", true)]), 1);
    // One that is there before one that is gone, however it is spelled.
    assert_eq!(found(snowflake, &[("id", true), ("ID", false)]), 0);
    assert_eq!(found(snowflake, &[("id", false), ("ID", true)]), 0);
}

#[test]
fn of_columns_that_differ_in_case_alone_the_one_spelled_alike_counts() {
    let contract = r"  - {name: c, rule: has_columns, columns: {id: TEXT, Id: TEXT}}
";
    let typed = |name: &str, kind: &str| ToldColumn {
        data_type: Some(kind.into()),
        ..column(name, false)
    };
    let columns = vec![typed("iD", "DATE"), typed("ID", "INT"), typed("id", "TEXT")];
    // `Id` is no column; without quotes it is `ID`.
    assert_eq!(
        messages(&in_store(contract, "snowflake://acme", columns)),
        ["the column Id of mart_1 (mart) is INT, promised is TEXT"]
    );
}

#[test]
fn tags_of_columns_are_found_as_the_store_spells_names() {
    let contract = r"  - {name: c, rule: columns_classified, columns: {email: pii}}
";
    let found = |namespace: &str, columns: &[&str], tagged: &[&str]| {
        let columns = columns.iter().map(|name| column(name, false)).collect();
        let mut world = in_store(contract, namespace, columns);
        let mart = world.facts.datasets[1].as_mut().unwrap();
        let tags = tagged.iter().map(|column| ColumnTag {
            column: (*column).into(),
            text: "pii".into(),
        });
        Arc::make_mut(mart).column_tags = Some(tags.collect());
        messages(&world).len()
    };
    let snowflake = "snowflake://acme";
    assert_eq!(found(snowflake, &["EMAIL"], &["email"]), 0);
    assert_eq!(found(snowflake, &["EMAIL"], &[]), 1);
    // Two columns, and the tag is of one of them.
    assert_eq!(found(snowflake, &["EMAIL", "email"], &["email"]), 1);
    assert_eq!(found("postgres://h:5432", &["email"], &["EMAIL"]), 1);
    assert_eq!(found("postgres://h:5432", &["EMAIL"], &[]), 0);
}
