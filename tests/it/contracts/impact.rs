//! What the check before a merge takes from the policy of the server.

use serde_json::json;

use super::{POLICY, data, estate, settle, start};
use crate::server::run_event;

#[test]
fn a_check_knows_layers_consumers_exposures_and_promises() {
    let dir = tempfile::tempdir().unwrap();
    let promise = "  - {name: kept, rule: has_columns, columns: {id: \"*\"}}\n";
    let server = start(dir.path(), &format!("{POLICY}{promise}"));
    estate(&server);
    let mut told = run_event(5, &["stg_a"], &["fct_a"]);
    told["job"]["name"] = "build".into();
    told["eventTime"] = "2026-02-02T00:00:00Z".into();
    told["outputs"][0]["facets"]["dbt_exposures"] = json!({
        "_producer": "https://example.org", "_schemaURL": "https://example.org/e.json",
        "exposures": [{"unique_id": "exposure.shop.weekly", "name": "weekly", "type": "dashboard"}]});
    assert_eq!(server.send(told.to_string().as_bytes()).0, 201);
    settle(&server);
    let namespace = told["inputs"][0]["namespace"].clone();
    let query = format!(
        "{{ impact(changes: [{{kind: DATASET_REMOVED, dataset: {{namespace: {namespace}, name: \"stg_a\"}}}}])
           {{ findings {{ affected {{ name layer consumer contracts owners }} }} }} }}"
    );
    let found = data(&server, &query);
    let affected = found["impact"]["findings"][0]["affected"]
        .as_array()
        .unwrap();
    let of = |name: &str| {
        let mut found = affected.iter().filter(|one| one["name"] == name);
        let one = found
            .next()
            .unwrap_or_else(|| panic!("no {name}: {affected:#?}"));
        assert!(found.next().is_none(), "{name} twice: {affected:#?}");
        one
    };
    assert_eq!(of("fct_a")["layer"], "gold");
    assert_eq!(of("fct_a")["contracts"], json!(["kept"]));
    assert_eq!(of("dash_sales")["consumer"], "dashboard");
    assert_eq!(of("dash_sales")["owners"], json!(["team:bi"]));
    assert_eq!(of("exposure.shop.weekly")["consumer"], "dashboard");
}

#[test]
fn impact_judges_by_the_servers_policy() {
    let dir = tempfile::tempdir().unwrap();
    let check = r#"
check:
  waivers:
    - {of: stg_a, owner: "team:a", reason: "it moves", until: 2999-01-01}
"#;
    let verdict = |policy: &str| {
        let server = start(dir.path(), policy);
        // What is there already is there once.
        estate(&server);
        let namespace = run_event(5, &["stg_a"], &[])["inputs"][0]["namespace"].clone();
        let query = format!(
            "{{ impact(changes: [{{kind: DATASET_REMOVED, dataset: {{namespace: {namespace}, name: \"stg_a\"}}}}])
               {{ verdict findings {{ waiver {{ owner }} }} }} }}"
        );
        data(&server, &query)["impact"].clone()
    };
    assert_eq!(verdict(POLICY)["verdict"], "FAIL");
    let waived = verdict(&format!("{POLICY}{check}"));
    assert_eq!(waived["verdict"], "PASS");
    assert_eq!(waived["findings"][0]["waiver"]["owner"], "team:a");
}
