//! What is found, with its evidence, and where it is told.

use super::*;

#[test]
fn a_dashboard_that_reads_raw_is_found_with_its_evidence() {
    let dir = tempfile::tempdir().unwrap();
    let server = start(dir.path(), POLICY);
    estate(&server);
    let found = violations(&server, "");
    assert_eq!(found.len(), 1, "{found:#?}");
    let one = &found[0];
    assert_eq!(
        one["message"],
        "dash_sales reads raw_a (raw), which is no mart"
    );
    assert_eq!(
        (&one["severity"], &one["state"]),
        (&json!("ERROR"), &json!("OPEN"))
    );
    assert_eq!(one["owners"], json!(["team:bi"]));
    assert_eq!(one["since"], "2026-02-01T00:00:00+00:00");
    let query = format!(
        r"{{ violation(id: {}) {{ subject {{ kind name job {{ name }} }} object {{ name layer dataset {{ name }} }}
            steps {{ from {{ name }} to {{ name }} evidence {{ job {{ name }} runs firstSeen lastRun }} }} }} }}",
        one["id"]
    );
    let one = data(&server, &query)["violation"].clone();
    assert_eq!(
        one["subject"],
        json!({"kind": "JOB", "name": "dash_sales", "job": {"name": "dash_sales"}})
    );
    assert_eq!(one["object"]["layer"], "raw");
    let evidence = &one["steps"][0]["evidence"][0];
    assert_eq!(
        (&evidence["job"]["name"], &evidence["runs"]),
        (&json!("dash_sales"), &json!(1))
    );
    // It was not broken in January, and the dashboard has it no more when the edge has left.
    assert!(violations(&server, r#"asOf: "2026-01-20T00:00:00Z""#).is_empty());
    assert_eq!(
        violations(&server, r#"asOf: "2026-02-02T00:00:00Z""#).len(),
        1
    );
    send(
        &server,
        5,
        "dash_sales",
        "2026-04-01T00:00:00Z",
        &["fct_a"],
        &[],
    );
    settle(&server);
    assert!(violations(&server, "").is_empty());
    assert_eq!(
        violations(&server, r#"asOf: "2026-02-02T00:00:00Z""#).len(),
        1
    );
}

#[test]
fn layers_are_those_of_the_policy_everywhere() {
    let dir = tempfile::tempdir().unwrap();
    let server = start(dir.path(), POLICY);
    estate(&server);
    send(
        &server,
        9,
        "odd",
        "2026-01-12T00:00:00Z",
        &["stg_a"],
        &["other"],
    );
    settle(&server);
    let layers = data(
        &server,
        "{ layers { name kind datasetCount } contracts { name openCount } }",
    );
    assert_eq!(
        layers["layers"],
        json!([
            {"name": "raw", "kind": "raw", "datasetCount": 1},
            {"name": "staging", "kind": "staging", "datasetCount": 1},
            {"name": "gold", "kind": "mart", "datasetCount": 1},
            {"name": null, "kind": null, "datasetCount": 1},
        ])
    );
    assert_eq!(
        layers["contracts"][0],
        json!({"name": "marts-only", "openCount": 1})
    );
    let lineage = data(
        &server,
        r#"{ lineage(node: {dataset: {namespace: "ns", name: "raw_a"}}, direction: DOWNSTREAM) { nodes { name layer } } }"#,
    );
    let nodes = lineage["lineage"]["nodes"].as_array().unwrap();
    let layer =
        |name: &str| nodes.iter().find(|node| node["name"] == name).unwrap()["layer"].clone();
    assert_eq!(
        (layer("fct_a"), layer("other")),
        (json!("gold"), Value::Null)
    );
    let drawn = data(
        &server,
        r#"{ neighbourhood(part: {layers: ["gold", ""]}) { nodes { name layer } }
             graphSummary { groups { layer datasets } } }"#,
    );
    assert_eq!(
        drawn["neighbourhood"]["nodes"],
        json!([{"name": "fct_a", "layer": "gold"}, {"name": "other", "layer": null}])
    );
    let groups = drawn["graphSummary"]["groups"].as_array().unwrap();
    assert_eq!(groups.len(), 4);
    assert!(groups.contains(&json!({"layer": null, "datasets": 1})));
    // Search follows.
    let begin = Instant::now();
    loop {
        let query = r#"{ search(query: "fct", filter: {layers: ["gold"]}) { edges { node { name layer } } } }"#;
        let found = data(&server, query);
        if found["search"]["edges"][0]["node"] == json!({"name": "fct_a", "layer": "gold"}) {
            let query = r#"{ search(query: "", filter: {layers: [""], kinds: [DATASET]}) { nodes { name } }
                             searchCounts(query: "", filter: {kinds: [DATASET]}) { layers { value count } } }"#;
            let loose = data(&server, query);
            // Each is indexed in its turn.
            if loose["search"]["nodes"] != json!([{"name": "other"}]) {
                assert!(begin.elapsed() < Duration::from_secs(30), "{loose}");
                std::thread::sleep(Duration::from_millis(50));
                continue;
            }
            let counts = loose["searchCounts"]["layers"].as_array().unwrap();
            assert!(
                counts.contains(&json!({"value": "", "count": 1})),
                "{loose}"
            );
            break;
        }
        assert!(begin.elapsed() < Duration::from_secs(10), "{found}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn consumers_are_told_by_policy_by_facet_and_by_dbt() {
    let dir = tempfile::tempdir().unwrap();
    let server = start(dir.path(), POLICY);
    estate(&server);
    server.replay("dbt-build");
    let registered = json!({
        "eventTime": "2026-02-01T00:00:00Z", "producer": "https://example.org/registry",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/JobEvent",
        "job": {"namespace": "exports", "name": "to_bank", "facets": {"headwater_consumer":
            {"_producer": "p", "_schemaURL": "s", "kind": "export"}}},
        "inputs": [{"namespace": "ns", "name": "stg_a"}], "outputs": [],
    });
    assert_eq!(server.send(registered.to_string().as_bytes()).0, 201);
    settle(&server);
    let found = data(
        &server,
        "{ consumers { total nodes { kind source subject { kind name } reads { name } owners } } }",
    );
    let consumers = found["consumers"]["nodes"].as_array().unwrap();
    let of = |name: &str| {
        consumers
            .iter()
            .find(|one| one["subject"]["name"] == name)
            .unwrap()
            .clone()
    };
    assert_eq!(found["consumers"]["total"], 3);
    assert_eq!(of("dash_sales")["source"], "POLICY");
    let export = of("to_bank");
    assert_eq!(
        (&export["source"], &export["kind"]),
        (&json!("FACET"), &json!("export"))
    );
    assert_eq!(export["reads"], json!([{"name": "stg_a"}]));
    let exposure = of("exposure.shop.revenue_dashboard");
    assert_eq!(
        (&exposure["source"], &exposure["kind"]),
        (&json!("DBT"), &json!("dashboard"))
    );
    assert_eq!(
        exposure["reads"][0]["name"],
        "shop.main_mart.customer_revenue"
    );
    let messages: Vec<Value> = violations(
        &server,
        r#"filter: {contracts: ["marts-only"], name: "to_bank"}"#,
    );
    assert_eq!(
        messages[0]["message"],
        "to_bank reads stg_a (staging), which is no mart"
    );
}

#[test]
fn without_a_policy_contracts_are_an_error_with_a_code() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let answer = server.graphql("{ violations { total } }");
    assert_eq!(
        answer["errors"][0]["extensions"]["code"], "NO_POLICY",
        "{answer}"
    );
    assert_eq!(server.post("/api/v1/policy/reload", &[], b"").0, 422);
}
