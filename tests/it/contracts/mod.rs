//! Contracts through the server: a policy, what it finds, and what happens when the file changes.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::server::{Server, headwater, run_event};

mod as_of;
mod demo;
mod door;
mod impact;
mod jobs;
mod news;
mod order;
mod promises;
mod register;

const POLICY: &str = r#"
version: 1
layers:
  - {name: raw}
  - {name: staging}
  - {name: gold, kind: mart, reads: [staging, gold]}
classify:
  - {layer: raw, name: "raw_*"}
  - {layer: staging, name: "stg_*"}
  - {layer: gold, name: "fct_*"}
  - {layer: gold, name: "shop.main_mart.*"}
consumers:
  - {kind: dashboard, jobs: {name: "dash_*"}, owner: "team:bi"}
contracts:
  - {name: marts-only, rule: consumers_read_marts, owner: council}
  - {name: no-skip, rule: no_skipped_layer, severity: warning}
"#;

fn start(dir: &Path, policy: &str) -> Server {
    let file = dir.join("p.yaml");
    std::fs::write(&file, policy).unwrap();
    let mut command = headwater();
    command.args(["serve", "--listen", "127.0.0.1:0", "--data"]);
    command.arg(dir.join("data")).arg("--policy").arg(&file);
    Server::spawn(command)
}

/// Waits until contracts have seen all events, with the file as it stands in the status.
fn settle(server: &Server) {
    let start = Instant::now();
    loop {
        let status: Value = serde_json::from_str(&server.get("/api/v1/status").1).unwrap();
        let policy = &status["policy"];
        if policy["evaluatedSeq"] == status["headSeq"] && policy["evaluatedHash"] == policy["hash"]
        {
            return;
        }
        assert!(start.elapsed() < Duration::from_secs(30), "{status}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn data(server: &Server, query: &str) -> Value {
    let answer = server.graphql(query);
    assert_eq!(answer["errors"], Value::Null, "{answer}");
    answer["data"].clone()
}

fn send(server: &Server, n: u128, job: &str, time: &str, inputs: &[&str], outputs: &[&str]) {
    let mut event = run_event(n, inputs, outputs);
    event["job"]["name"] = job.into();
    event["eventTime"] = time.into();
    assert_eq!(server.send(event.to_string().as_bytes()).0, 201);
}

/// A raw dataset, a staging one, a mart, and a dashboard that reads the mart and, from February on, raw too.
fn estate(server: &Server) {
    send(
        server,
        1,
        "load",
        "2026-01-10T00:00:00Z",
        &["raw_a"],
        &["stg_a"],
    );
    send(
        server,
        2,
        "build",
        "2026-01-10T01:00:00Z",
        &["stg_a"],
        &["fct_a"],
    );
    send(
        server,
        3,
        "dash_sales",
        "2026-01-11T00:00:00Z",
        &["fct_a"],
        &[],
    );
    send(
        server,
        4,
        "dash_sales",
        "2026-02-01T00:00:00Z",
        &["fct_a", "raw_a"],
        &[],
    );
    settle(server);
}

fn violations(server: &Server, arguments: &str) -> Vec<Value> {
    let arguments = if arguments.is_empty() {
        String::new()
    } else {
        format!("({arguments})")
    };
    let query = format!(
        "{{ violations{arguments} {{ nodes {{ id contract severity state message owners since }} }} }}"
    );
    data(server, &query)["violations"]["nodes"]
        .as_array()
        .unwrap()
        .clone()
}

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
fn a_wrong_policy_leaves_the_one_before_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let server = start(dir.path(), POLICY);
    estate(&server);
    let file = dir.path().join("p.yaml");
    let reload = || server.post("/api/v1/policy/reload", &[], b"");
    std::fs::write(&file, POLICY.replace("no_skipped_layer", "no_skiped_layer")).unwrap();
    let (status, body) = reload();
    assert_eq!(status, 422, "{body}");
    let problem = body["problems"][0].as_str().unwrap();
    assert!(
        problem.contains(
            "p.yaml:16:27: there is no rule \"no_skiped_layer\". Did you mean `no_skipped_layer`?"
        ),
        "{problem}"
    );
    let query = "{ status { policy { file problems } } contracts { name } }";
    let told = data(&server, query);
    assert_eq!(told["status"]["policy"]["problems"][0], body["problems"][0]);
    assert_eq!(told["contracts"].as_array().unwrap().len(), 2);
    let (_, metrics) = server.get("/metrics");
    assert!(
        metrics.contains("\nheadwater_policy_failed 1\n"),
        "{metrics}"
    );
    assert!(
        metrics.contains(
            "headwater_violations{contract=\"marts-only\",severity=\"error\",state=\"open\"} 1"
        ),
        "{metrics}"
    );
    // With an exception it is excused.
    let excepted = POLICY.to_owned()
        + "exceptions:\n  - {contract: marts-only, subject: {name: dash_sales}, reason: r, owner: o, approved_by: b, until: 2999-01-01}\n";
    std::fs::write(&file, excepted).unwrap();
    let (status, body) = reload();
    assert_eq!((status, &body["problems"]), (200, &json!([])), "{body}");
    settle(&server);
    assert_eq!(violations(&server, "")[0]["state"], "EXCEPTED");
    assert!(violations(&server, "filter: {state: OPEN}").is_empty());
}

#[test]
fn a_server_does_not_start_with_a_wrong_policy() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("p.yaml");
    std::fs::write(&file, "version: 1\nlayer: []\n").unwrap();
    let mut command = headwater();
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(dir.path().join("data"));
    let done = command.arg("--policy").arg(&file).output().unwrap();
    assert_eq!(done.status.code(), Some(2));
    let told = String::from_utf8(done.stderr).unwrap();
    assert!(
        told.contains("p.yaml:2:1: a policy file has no `layer`"),
        "{told}"
    );
}

#[test]
fn a_changed_file_and_a_hangup_are_heard() {
    let dir = tempfile::tempdir().unwrap();
    let server = start(dir.path(), POLICY);
    estate(&server);
    let contracts = || {
        data(&server, "{ contracts { name } }")["contracts"]
            .as_array()
            .unwrap()
            .len()
    };
    let wait = |count: usize| {
        let begin = Instant::now();
        while contracts() != count {
            assert!(
                begin.elapsed() < Duration::from_secs(20),
                "still {}",
                contracts()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    let file = dir.path().join("p.yaml");
    std::fs::write(
        &file,
        POLICY.to_owned() + "  - {name: circles, rule: no_cycle}\n",
    )
    .unwrap();
    wait(3);
    std::fs::write(&file, POLICY).unwrap();
    server.hang_up();
    wait(2);
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

#[test]
fn a_policy_is_tried_on_the_days_before_and_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(&dir.path().join("data"));
    let day = |back: i64| {
        let time = chrono::Utc::now() - chrono::Duration::days(back);
        time.to_rfc3339()
    };
    send(&server, 1, "load", &day(9), &["raw_a"], &["stg_a"]);
    send(&server, 2, "dash_x", &day(4), &["stg_a"], &[]);
    server.settle();
    let file = dir.path().join("p.yaml");
    std::fs::write(&file, POLICY).unwrap();
    let mut command = headwater();
    command
        .args(["policy", "test"])
        .arg(&file)
        .args(["--server", &server.url, "--days", "8"]);
    let done = command.output().unwrap();
    let told = String::from_utf8(done.stdout).unwrap();
    assert_eq!(done.status.code(), Some(0), "{told}");
    assert!(
        told.contains("now: 1 open, 0 excepted; 1 consumers, 0 unclassified datasets"),
        "{told}"
    );
    assert!(
        told.contains("dash_x reads stg_a (staging), which is no mart"),
        "{told}"
    );
    assert_eq!(told.matches("  1 open").count(), 4, "{told}");
    assert_eq!(told.matches("  0 open").count(), 4, "{told}");
    assert_eq!(
        data(&server, "{ status { policy { file } } }")["status"]["policy"],
        Value::Null
    );
    std::fs::write(&file, POLICY.replace("rule: no_skipped", "rule: skipped")).unwrap();
    let mut command = headwater();
    command
        .args(["policy", "test"])
        .arg(&file)
        .args(["--server", &server.url]);
    assert_eq!(command.output().unwrap().status.code(), Some(1));
    let (status, body) = server.post("/api/v1/policy/test", &[], b"version: 3");
    assert_eq!(
        (status, &body["problems"][0]),
        (422, &json!("1:10: `version` must be `1`"))
    );
}

/// A contract whose patterns match nothing is silent otherwise.
#[test]
fn contracts_that_select_nothing_are_told() {
    let dir = tempfile::tempdir().unwrap();
    let text = POLICY.to_owned()
        + r#"  - {name: typo, rule: fresh, within: 1d, datasets: {name: "FCT_*"}}
  - {name: fresh, rule: fresh, within: 1d}
  - {name: of-job, rule: few_joins, max: 9, jobs: {name: "build"}}
  - {name: of-no-job, rule: few_joins, max: 9, jobs: {name: "bild"}}
  - {name: fan, rule: source_fan_out, max: 9}
  - {name: staging, rule: no_staging_on_staging}
  - {name: reads, rule: consumers_read_marts, datasets: {name: "fct_*"}}
  - {name: reads-none, rule: consumers_read_marts, datasets: {name: "stg_*"}}
  - {name: reads-of-job, rule: keeps_columns, jobs: {name: "dash_*"}}
"#;
    let server = start(dir.path(), &text);
    estate(&server);
    let found = data(&server, "{ contracts { name selected } }");
    let found: Vec<(&str, u64)> = found["contracts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (
                one["name"].as_str().unwrap(),
                one["selected"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            ("marts-only", 1),
            ("no-skip", 3),
            ("typo", 0),
            ("fresh", 1),
            ("of-job", 2),
            ("of-no-job", 0),
            ("fan", 1),
            ("staging", 1),
            ("reads", 1),
            ("reads-none", 0),
            ("reads-of-job", 1),
        ]
    );
    let file = dir.path().join("p.yaml");
    let mut command = headwater();
    command.args(["policy", "test"]).arg(&file);
    let done = command
        .args(["--server", &server.url, "--days", "0"])
        .output();
    let told = String::from_utf8(done.unwrap().stdout).unwrap();
    let nothing = "selects nothing at present: look at its patterns";
    assert_eq!(told.matches(nothing).count(), 3, "{told}");
}
