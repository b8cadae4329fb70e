//! What documents become, what of them is not held, and what is wrong with some.

use super::*;

#[test]
fn the_sample_becomes_contracts_of_a_policy() {
    let read = read(SAMPLE);
    assert_eq!(read.status, "active");
    let names: Vec<&str> = read.promises.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "orders.orders.columns",
            "orders.orders.classification",
            "orders.orders.tests",
            "orders.orders.fresh",
            "orders.orders.owner",
            "orders.payments.columns",
            "orders.payments.fresh",
            "orders.payments.owner",
        ]
    );
    let columns = of(&read, "orders.orders.columns");
    assert_eq!(columns.namespace, "snowflake://acme-prod");
    // Snowflake folds case, and producers send both.
    assert_eq!(
        columns.names,
        ["ANALYTICS.MARTS.FCT_ORDERS", "analytics.marts.fct_orders"]
    );
    assert_eq!(columns.owner.as_deref(), Some("mira@example.com"));
    assert_eq!(columns.severity, "error");
    // A day's frequency allows two days between a write and now; latency is shorter.
    assert_eq!(
        of(&read, "orders.orders.fresh").keeps,
        Keeps::Fresh(26 * 3_600_000_000)
    );
    assert_eq!(
        of(&read, "orders.payments.fresh").keeps,
        Keeps::Fresh(48 * 3_600_000_000)
    );
    let policy = policy_of(&read.promises);
    let held = &policy.contracts[0];
    let types = |name: &str| {
        &held
            .rule
            .columns
            .iter()
            .find(|(held, _)| held == name)
            .unwrap()
            .1
    };
    assert!(types("order_id").matches("NUMBER(38,0)") && !types("order_id").matches("VARCHAR"));
    assert!(types("net_amount").matches("NUMBER(18,2)") && !types("net_amount").matches("FLOAT"));
    assert!(types("ordered_at").matches("TIMESTAMP_TZ"));
    assert!(types("currency").matches("VARCHAR"));
    assert_eq!(held.rule.columns.len(), 4);
    let asks = |kinds: &[&str]| kinds.iter().map(|kind| (*kind).to_owned()).collect();
    let tests: Vec<(String, Vec<String>)> = vec![
        ("order_id".to_owned(), asks(&["completeness", "uniqueness"])),
        ("ordered_at".to_owned(), asks(&["completeness"])),
    ];
    assert_eq!(of(&read, "orders.orders.tests").keeps, Keeps::Tested(tests));
}

#[test]
fn a_classification_is_a_promise_of_tags() {
    let columns = "[{name: 'a*b', classification: Restricted}, {name: c, classification: ''}]";
    let read = read(&small("").replace("[{name: c}]", columns));
    let policy = policy_of(std::slice::from_ref(of(&read, "a.classification")));
    let tagged = &policy.contracts[0].rule.tagged;
    assert_eq!(tagged.len(), 1);
    let (column, tags) = &tagged[0];
    assert!(column.exact.matches("a*b") && !column.exact.matches("aab"));
    for tag in [
        "classification=Restricted",
        "classification=restricted",
        "classification=RESTRICTED",
        "restricted",
    ] {
        assert!(tags.matches(tag), "{tag}");
    }
    assert!(!tags.matches("classification=secret") && !tags.matches("secret"));
    assert!(read.left.is_empty(), "{:?}", read.left);
    // What a document that was exported does not promise stays so; what is added by hand is.
    let by_hand = small("")
        .replace("- name: t\n", "- name: t\n    customProperties: [{property: headwaterContracts, value: [{name: k, rule: columns_classified}]}]\n")
        .replace("[{name: c}]", "[{name: c, classification: open, customProperties: [{property: headwaterPromises, value: false}]}, {name: d, classification: open}, {name: e, classification: x, customProperties: [{property: headwaterPromises, value: [{contract: k, tags: [pii]}]}]}]");
    let read = self::read(&by_hand);
    let classified = |name: &str| match &of(&read, name).keeps {
        Keeps::Classified(columns) => columns.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(classified("k"), [("e".to_owned(), vec!["pii".to_owned()])]);
    assert_eq!(classified("a.classification")[0].0, "d");
}

#[test]
fn columns_are_written_once_where_the_store_folds_case() {
    let text = r#"
version: 1
contracts:
  - {name: c, rule: has_columns, columns: {id: "NUMBER(38,0)", other: "*"}, datasets: {namespace: "snowflake://a", name: T}}
  - {name: t, rule: tested, columns: {Id: completeness}, datasets: {namespace: "snowflake://a", name: T}}
  - {name: k, rule: columns_classified, columns: {id: "classification=open"}, datasets: {namespace: "snowflake://a", name: T}}
"#;
    let policy = Policy::read(text).unwrap();
    let told = [("ID", "NUMBER(38,0)"), ("OTHER", "DATE"), ("other", "DATE")];
    let mut object = mart(&policy.contracts, "snowflake://a", "T", &told);
    object.folds = true;
    let read = read(&document(vec![object]));
    let columns = |name: &str| -> Vec<String> {
        let (Keeps::Columns(columns) | Keeps::Tested(columns) | Keeps::Classified(columns)) =
            &of(&read, name).keeps
        else {
            panic!()
        };
        columns.iter().map(|(name, _)| name.clone()).collect()
    };
    assert_eq!(columns("c"), ["ID", "other"]);
    assert_eq!(
        (columns("t"), columns("k")),
        (vec!["ID".into()], vec!["ID".into()])
    );
}

#[test]
fn what_is_not_held_is_told_with_its_place() {
    let left: Vec<String> = read(SAMPLE).left.iter().map(ToString::to_string).collect();
    for says in [
        "domain: describes",
        "description.limitations: describes",
        "servers: \"dev\": a document is held of one server, here of \"prod\"",
        "servers.warehouse: describes",
        "schema.quality: Headwater runs no checks",
        "schema.properties.quality: Headwater runs no checks",
        "schema.properties.description (3 times): describes",
        "schema.properties.logicalTypeOptions: is about values",
        "price: Headwater bills nothing",
        "roles: Headwater grants nothing",
        "support: where to ask",
        "team.members: a contract of a policy has one owner",
        "slaProperties: retention: Headwater knows when",
        "slaProperties: timeOfAvailability: Headwater knows when",
    ] {
        assert!(
            left.iter().any(|one| one.contains(says)),
            "{says}: {left:#?}"
        );
    }
    let price = SAMPLE
        .lines()
        .position(|line| line.starts_with("price"))
        .unwrap()
        + 1;
    assert!(
        left.iter()
            .any(|one| one.starts_with(&format!("{price}:1: price")))
    );
    let typo = read(&small("    physcialName: x\n"));
    assert!(
        typo.left[0]
            .to_string()
            .contains("did you mean `physicalName`?"),
        "{:?}",
        typo.left
    );
}

#[test]
fn wrong_documents_are_told_with_line_and_column() {
    let right = small("");
    assert!(read(&right).left.is_empty());
    for (change, to, says) in [
        (
            "kind: DataContract",
            "kind: DataProduct",
            "2:7: `kind` is \"DataProduct\"; only documents of the kind DataContract",
        ),
        (
            "kind: DataContract",
            "",
            "1:1: an ODCS document must have `kind`",
        ),
        (
            "v3.1.0",
            "v2.2.2",
            "1:13: `apiVersion` is \"v2.2.2\"; the versions v3.0.0, v3.0.1, v3.0.2, v3.1.0 are read",
        ),
        ("v3.1.0", "v4.0.0", "`apiVersion` is \"v4.0.0\""),
        ("id: a", "id:", "3:3: an ODCS document must have `id`"),
        (
            "version: 1.0.0",
            "",
            "1:1: an ODCS document must have `version`",
        ),
        (
            "schema:\n  - name: t\n    properties: [{name: c}]",
            "",
            "1:1: an ODCS document must have `schema`",
        ),
        (
            "schema:\n  - name: t\n    properties: [{name: c}]",
            "schema: []",
            "9:9: `schema` must be a list of tables, topics or files with an entry at least, this is an empty one",
        ),
        (
            "schema:\n  - name: t\n    properties: [{name: c}]",
            "schema: t",
            "9:9: `schema` must be a list",
        ),
        (
            "  - name: t\n  ",
            "  -",
            "10:6: an entry of `schema` must have `name`",
        ),
        (
            "[{name: c}]",
            "[{nam: c}]",
            "11:18: an entry of `properties` must have `name`",
        ),
        (
            "[{name: c}]",
            "{name: c}",
            "11:17: `properties` must be a list",
        ),
        (
            "[{name: c}]",
            "[{name: c}, {name: d, physicalName: c}]",
            "11:29: a second property with the physical name \"c\"",
        ),
        (
            "[{name: c}]",
            "[{name: c, logicalType: varchar}]",
            "11:41: `logicalType` must be one of string, date",
        ),
        (
            "type: postgres",
            "type: postgres, account: [",
            "this is not YAML",
        ),
        (
            "host: h, ",
            "",
            "8:5: a server of the type postgres must have `host`",
        ),
        (
            ", schema: s}",
            "}",
            "10:5: the server does not tell the schema of \"t\"",
        ),
        (
            "type: postgres",
            "type: api",
            "8:5: it is not known how OpenLineage names what is on a server of the type \"api\"; give its namespace",
        ),
        (
            "servers:\n  - {server: s, type: postgres, host: h, port: 5432, database: d, schema: s}\n",
            "",
            "1:1: this document names no `servers`",
        ),
        ("id: a", "id: &x a", "anchors and aliases"),
    ] {
        assert!(right.contains(change), "{change}");
        let told = problems(&right.replacen(change, to, 1));
        assert!(
            told.iter().any(|one| one.contains(says)),
            "{says}: {told:#?}"
        );
    }
    assert!(
        problems("- a\n")[0].contains("1:1: an ODCS document must be a mapping, this is a list")
    );
    assert!(problems("")[0].contains("must be a mapping, this is nothing"));
    for (members, says) in [
        (
            "slaProperties: [{property: freshness, value: 1}]",
            "12:46: the service level freshness: 1 has no unit",
        ),
        (
            "slaProperties: [{property: freshness, value: 1, unit: fortnights}]",
            "\"fortnights\" is not known",
        ),
        (
            "slaProperties: [{property: freshness}]",
            "12:17: the service level freshness must have `value`",
        ),
        ("slaProperties: [{value: 1}]", "must have `property`"),
        (
            "slaProperties: {property: freshness}",
            "12:16: `slaProperties` must be a list",
        ),
    ] {
        let told = problems(&small(members));
        assert!(
            told.iter().any(|one| one.contains(says)),
            "{says}: {told:#?}"
        );
    }
}

#[test]
fn a_large_document_is_refused_at_once() {
    let text = format!("a: {}", "x".repeat(5 << 20));
    let told = problems(&text);
    assert!(
        told[0].contains("5242883 bytes") && told[0].contains("a document for each"),
        "{told:?}"
    );
}

#[test]
fn the_status_says_whether_it_holds() {
    let with =
        |status: &str| read(&small("").replace("status: active", &format!("status: {status}")));
    assert_eq!(with("draft").promises[0].severity, "info");
    assert!(with("draft").left[0].why.contains("not active"));
    assert_eq!(with("deprecated").promises[0].severity, "error");
    let retired = with("retired");
    assert!(retired.promises.is_empty() && retired.left[0].why.contains("retired"));
    assert_eq!(policy_of(&retired.promises).contracts.len(), 0);
}

#[test]
fn a_team_of_3_0_and_nested_columns() {
    let text = small("team:
  - {username: old, role: Owner, dateOut: '2022-10-01'}
  - {username: ann, role: Data Scientist}
  - {username: bo, role: Owner}
").replace("v3.1.0", "v3.0.2").replace("[{name: c}]", "[{name: c, logicalType: object, properties: [{name: d, logicalType: date}]}, {name: l, logicalType: array, items: {logicalType: object, properties: [{name: x}]}}]");
    let read = read(&text);
    assert_eq!(read.promises[0].owner.as_deref(), Some("bo"));
    let Keeps::Columns(columns) = &read.promises[0].keeps else {
        panic!()
    };
    let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["c", "c.d", "l"]);
    assert!(
        read.left
            .iter()
            .any(|one| one.what == "schema.properties.items"),
        "{:?}",
        read.left
    );
}

#[test]
fn many_columns_are_several_contracts() {
    let columns: Vec<String> = (0..2_500).map(|n| format!("{{name: c{n}}}")).collect();
    let read = read(&small("").replace("{name: c}", &columns.join(", ")));
    assert_eq!(read.promises.len(), 3);
    assert_eq!(
        policy_of(&read.promises).contracts[2].rule.columns.len(),
        500
    );
}

proptest::proptest! {
    /// Whatever it says, a document is read or refused.
    #[test]
    fn any_document_is_read_or_refused(cut in 0..SAMPLE.len(), put in "[ -~\n]{0,12}", from in 0..SAMPLE.len()) {
        let mut text = SAMPLE.to_owned();
        let end = (cut + from % 40).min(text.len());
        text.replace_range(cut..end, &put);
        if let Ok(read) = import(&text, &Options::default()) {
            policy_of(&read.promises);
        }
    }
}
