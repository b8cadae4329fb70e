//! Documents out, and in again.

use super::*;

#[test]
fn what_is_exported_is_the_same_when_it_is_imported() {
    let text = r#"
version: 1
contracts:
  - name: "promised: columns"
    rule: has_columns
    severity: warning
    doc: Finance reads them.
    owner: team:finance
    datasets: {namespace: "postgres://h:5432", name: ["d.s.orders", "d.s.lines"]}
    columns: {id: "NUMBER*", net: ["NUMBER(18,2)", "DECIMAL*"], gone: "VARCHAR"}
  - name: also
    rule: has_columns
    datasets: {namespace: "postgres://h:5432", name: ["d.s.orders"]}
    columns: {id: "*"}
  - {name: f1, rule: fresh, within: 26h, severity: info, datasets: {namespace: "postgres://h:5432", name: ["d.s.orders", "d.s.lines"]}}
  - {name: f2, rule: fresh, within: 90m, datasets: {namespace: "postgres://h:5432", name: "d.s.orders"}}
  - {name: t, rule: tested, columns: {id: [completeness, uniqueness], other: completeness}, datasets: {namespace: "postgres://h:5432", name: "d.s.lines"}}
  - {name: k1, rule: columns_classified, columns: {id: "classification={restricted,secret}", "n\\*te": ["classification=internal", pii]}, datasets: {namespace: "postgres://h:5432", name: ["d.s.orders", "d.s.lines"]}}
  - {name: k2, rule: columns_classified, severity: info, columns: {net: "money"}, datasets: {namespace: "postgres://h:5432", name: "d.s.orders"}}
  - {name: o, rule: has_owner, datasets: {namespace: "postgres://h:5432", name: "d.s.lines"}}
"#;
    let policy = Policy::read(text).unwrap();
    let told = [
        ("id", "NUMBER(38,0)"),
        ("net", "NUMBER(18,2)"),
        ("note", ""),
    ];
    let namespace = "postgres://h:5432";
    let written = document(vec![
        mart(&policy.contracts, namespace, "d.s.orders", &told),
        mart(&policy.contracts, namespace, "d.s.lines", &told),
    ]);
    let mut read = read(&written);
    assert!(written.contains("type: \"postgres\""), "{written}");
    let again = policy_of(&read.promises);
    let sorted = |policy: &Policy| {
        let mut all: Vec<String> = policy
            .contracts
            .iter()
            .map(|one| {
                let held = one.datasets.as_ref().unwrap();
                format!(
                    "{:?} {:?} {:?} {:?} {:?} {:?} {:?}",
                    one.name, one.rule, one.severity, one.doc, one.owner, held.namespace, held.name
                )
            })
            .collect();
        all.sort();
        all
    };
    assert_eq!(sorted(&policy), sorted(&again), "{written}");
    read.left.retain(|one| !one.why.contains("describes"));
    assert_eq!(read.left, [], "{written}");
}

#[test]
fn what_was_imported_is_exported_and_imported_as_it_was() {
    let first = read(SAMPLE);
    let policy = policy_of(&first.promises);
    let (namespace, name) = ("snowflake://acme-prod", "ANALYTICS.MARTS.FCT_ORDERS");
    let told = [
        ("order_id", "NUMBER(38,0)"),
        ("ordered_at", "TIMESTAMP_TZ"),
        ("net_amount", "NUMBER(18,2)"),
        ("currency", "VARCHAR"),
        ("more", "VARCHAR"),
    ];
    let written = document(vec![mart(&policy.contracts, namespace, name, &told)]);
    let again = read(&written);
    let about = |read: &Imported| -> Vec<Promise> {
        let about = |one: &&Promise| one.names.iter().any(|held| held == name);
        read.promises.iter().filter(about).cloned().collect()
    };
    assert_eq!(about(&first), about(&again), "{written}");
    // Types that follow from what the schema tells need no patterns beside them.
    assert!(!written.contains("\"types\""), "{written}");
}

#[test]
fn a_mart_without_contracts_is_a_draft_of_one() {
    let written = document(vec![mart(&[], "crm://a", "contacts", &[("id", "INTEGER")])]);
    assert!(
        written.contains("status: draft") && written.contains("type: custom"),
        "{written}"
    );
    let read = read(&written);
    let names: Vec<&str> = read.promises.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(
        names,
        ["orders.columns", "orders.classification", "orders.owner"]
    );
    assert_eq!(read.promises[0].namespace, "crm://a");
}

#[test]
fn a_document_is_about_one_server() {
    let objects = vec![mart(&[], "a://a", "t", &[]), mart(&[], "b://b", "u", &[])];
    let document = Document {
        name: "x".to_owned(),
        purpose: None,
        objects,
    };
    let told = export(&document).unwrap_err();
    assert!(told.contains("t is in a://a and u in b://b"), "{told}");
}
