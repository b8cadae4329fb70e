//! Traps of real events, as a reader of the catalog meets them: what is answered after such events
//! came. The numbers are those of the list that these were collected in; how each is read has tests
//! of its own beside the readers.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::server::{Server, fixture, run_event};

struct Told {
    _dir: tempfile::TempDir,
    server: Server,
}

impl Told {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let server = Server::start(dir.path());
        Self { _dir: dir, server }
    }

    fn send(&self, event: &Value) {
        let (status, receipt) = self.server.send(event.to_string().as_bytes());
        assert_eq!(status, 201, "{receipt}");
    }

    fn recording(path: &str) -> Self {
        let told = Self::new();
        for line in fixture(path).lines() {
            assert_eq!(told.server.send(line.as_bytes()).0, 201);
        }
        told.server.settle();
        told
    }

    fn ask(&self, query: &str) -> Value {
        let answer = self.server.graphql(query);
        assert_eq!(answer["errors"], Value::Null, "{answer}");
        answer["data"].clone()
    }

    /// Names of the datasets or columns around a node, without jobs.
    fn around(&self, node: &Value, direction: &str) -> BTreeSet<String> {
        let query = json!({"query": format!("query($node: NodeRef!) {{ lineage(node: $node, direction: {direction}) {{ nodes {{ kind name column depth }} }} }}"),
            "variables": {"node": node}});
        let json = [("Content-Type", "application/json")];
        let body = query.to_string();
        let (status, answer) = self.server.post("/graphql", &json, body.as_bytes());
        assert_eq!((status, &answer["errors"]), (200, &Value::Null), "{answer}");
        let nodes = answer["data"]["lineage"]["nodes"].as_array().unwrap();
        let others = nodes
            .iter()
            .filter(|node| node["kind"] != "JOB" && node["depth"] != 0);
        let name = |node: &Value| match node["column"].as_str() {
            Some(column) => format!("{}.{column}", node["name"].as_str().unwrap()),
            None => node["name"].as_str().unwrap().to_owned(),
        };
        others.map(name).collect()
    }
}

fn dataset(name: &str) -> Value {
    json!({"dataset": {"namespace": "ns", "name": name}})
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

fn facet(mut body: Value) -> Value {
    body["_producer"] = "https://example.org/etl".into();
    body["_schemaURL"] = "https://example.org/facet.json".into();
    body
}

fn made_from(column: &str, dataset: &str, field: &str) -> Value {
    let input = json!({"namespace": "ns", "name": dataset, "field": field});
    json!({"columnLineage": facet(json!({"fields": {column: {"inputFields": [input]}}}))})
}

#[test]
fn trap_02_a_partial_schema_drops_no_column_and_lineage_names_columns() {
    let told = Told::new();
    let mut whole = run_event(1, &[], &["mart"]);
    let fields = |names: &[&str]| {
        let fields: Vec<Value> = names.iter().map(|name| json!({"name": name})).collect();
        facet(json!({"fields": fields}))
    };
    whole["outputs"][0]["facets"] = json!({"schema": fields(&["id", "total", "note"])});
    told.send(&whole);
    // Another job, later, documents one of them, and its lineage names one more.
    let mut partial = run_event(2, &[], &["mart"]);
    partial["eventTime"] = "2026-02-01T00:00:00Z".into();
    partial["job"]["name"] = "dbt".into();
    partial["outputs"][0]["facets"] = made_from("ratio", "raw", "x");
    partial["outputs"][0]["facets"]["schema"] = fields(&["id"]);
    told.send(&partial);
    told.server.settle();
    let data = told
        .ask(r#"{ dataset(namespace: "ns", name: "mart") { columns { name removed fromLineageOnly } } }"#);
    let columns = data["dataset"]["columns"].as_array().unwrap();
    let names: BTreeSet<&str> = columns
        .iter()
        .map(|c| c["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, BTreeSet::from(["id", "note", "ratio", "total"]));
    assert!(columns.iter().all(|column| column["removed"] == false));
    let ratio = columns.iter().find(|column| column["name"] == "ratio");
    assert_eq!(ratio.unwrap()["fromLineageOnly"], true);
}

#[test]
fn trap_03_column_lineage_names_inputs_that_are_not_listed() {
    let told = Told::new();
    let mut event = run_event(1, &[], &["staged"]);
    event["outputs"][0]["facets"] = made_from("id", "seed", "id");
    told.send(&event);
    told.server.settle();
    assert_eq!(told.around(&dataset("staged"), "UPSTREAM"), set(&["seed"]));
    assert_eq!(
        told.around(&dataset("seed"), "DOWNSTREAM"),
        set(&["staged"])
    );
}

#[test]
fn trap_04_a_failed_run_or_a_bare_start_erases_no_edge() {
    let told = Told::new();
    let mut good = run_event(1, &["raw"], &["mart"]);
    good["outputs"][0]["facets"] = made_from("id", "raw", "id");
    told.send(&good);
    for (n, state) in [(2, "START"), (3, "FAIL"), (4, "ABORT")] {
        let mut event = run_event(n, &["raw"], &[]);
        event["eventType"] = state.into();
        event["eventTime"] = "2026-06-01T00:00:00Z".into();
        told.send(&event);
    }
    told.server.settle();
    assert_eq!(told.around(&dataset("raw"), "DOWNSTREAM"), set(&["mart"]));
    let column = json!({"column": {"namespace": "ns", "name": "mart", "column": "id"}});
    assert_eq!(told.around(&column, "UPSTREAM"), set(&["raw.id"]));
}

#[test]
fn trap_05_both_modes_of_dbt_tell_of_the_same_datasets() {
    let told = Told::new();
    for mode in ["events", "events-structured"] {
        for line in fixture(&format!("emitters/dbt-shop/{mode}.ndjson")).lines() {
            assert_eq!(told.server.send(line.as_bytes()).0, 201);
        }
    }
    told.server.settle();
    let found = told.ask(r#"{ search(query: "fct_orders", filter: {kinds: [DATASET]}, first: 20) { nodes { namespace name } } }"#);
    let nodes = found["search"]["nodes"].as_array().unwrap();
    let marts: Vec<&Value> = nodes
        .iter()
        .filter(|node| node["name"] == "shop.main_marts.fct_orders")
        .collect();
    assert_eq!(marts.len(), 1, "{found}");
    let mart = json!({"dataset": marts[0]});
    let raw: BTreeSet<String> = told
        .around(&mart, "UPSTREAM")
        .into_iter()
        .filter(|name| name.contains(".main_raw."))
        .collect();
    // No model reads `raw_exchange_rates`.
    let expected = ["raw_customers", "raw_orders", "raw_payments"];
    let expected = expected.map(|name| format!("shop.main_raw.{name}"));
    assert_eq!(raw, BTreeSet::from(expected));
    // The structured mode says that each test writes a dataset; they are shown as it says.
    let below = told.around(&mart, "DOWNSTREAM");
    assert!(!below.is_empty());
    assert!(below.iter().all(|name| name.contains("dbt_test__audit")));
}

#[test]
fn trap_19_pairs_of_all_with_all_are_inferred_and_no_columns_are_made_up() {
    let told = Told::recording("emitters/debezium/postgres.ndjson");
    let data = told.ask(
        r#"{ search(query: "shopdb.public.orders", filter: {kinds: [DATASET]}, first: 1) { nodes { namespace name } } }"#,
    );
    let topic = &data["search"]["nodes"][0];
    assert_eq!(told.around(&json!({"dataset": topic}), "UPSTREAM").len(), 2);
    let query = format!(
        "{{ lineage(node: {{dataset: {{namespace: {}, name: {}}}}}, direction: UPSTREAM, maxDepth: 1) {{ edges {{ kind evidence {{ declared }} }} }}
            dataset(namespace: {}, name: {}) {{ columns {{ upstreamCount }} }} }}",
        topic["namespace"], topic["name"], topic["namespace"], topic["name"]
    );
    let data = told.ask(&query);
    let edges = data["lineage"]["edges"].as_array().unwrap();
    assert!(!edges.is_empty());
    for edge in edges {
        assert_eq!(edge["kind"], "INFERRED", "{edge}");
        assert_eq!(edge["evidence"][0]["declared"], false, "{edge}");
    }
    let columns = data["dataset"]["columns"].as_array().unwrap();
    assert!(columns.iter().all(|column| column["upstreamCount"] == 0));
}

#[test]
fn trap_20_a_password_that_a_producer_sends_is_in_no_answer() {
    let told = Told::recording("recordings/debezium.ndjson");
    let all = "facets { name masked text value }";
    let data = told.ask(
        r#"{ search(query: "shop", filter: {kinds: [JOB]}, first: 50) { nodes { namespace name } } }"#,
    );
    let mut masked = 0;
    for job in data["search"]["nodes"].as_array().unwrap() {
        let query = format!(
            "{{ job(namespace: {}, name: {}) {{ {all} runs(first: 100) {{ nodes {{ {all} }} }} }} }}",
            job["namespace"], job["name"]
        );
        let answer = told.ask(&query);
        assert!(!answer.to_string().contains("s3cret-pw"), "{answer}");
        let runs = answer["job"]["runs"]["nodes"].as_array().unwrap();
        let facets = runs
            .iter()
            .flat_map(|run| run["facets"].as_array().unwrap());
        let configs = facets.filter(|facet| facet["name"] == "debezium_config");
        for config in configs {
            assert_eq!(config["masked"], true);
            assert!(
                config["text"]
                    .as_str()
                    .unwrap()
                    .contains("database.password=***")
            );
            masked += 1;
        }
    }
    assert!(masked > 0);
    // The log is what was sent.
    let (_, events) = told.server.get("/api/v1/events");
    assert!(events.contains("s3cret-pw"));
}

#[test]
fn trap_22_a_stream_that_never_ends_has_lineage() {
    let told = Told::new();
    for state in ["START", "RUNNING"] {
        let mut event = run_event(1, &["in"], &["out"]);
        event["eventType"] = state.into();
        event["job"]["facets"] = json!({"jobType": facet(json!({"processingType": "STREAMING", "integration": "FLINK"}))});
        told.send(&event);
    }
    told.server.settle();
    assert_eq!(told.around(&dataset("in"), "DOWNSTREAM"), set(&["out"]));
    let run = told.ask(r#"{ job(namespace: "ns", name: "job") { processingType runs { nodes { state endedAt } } } }"#);
    assert_eq!(run["job"]["processingType"], "STREAMING");
    let running = json!({"state": "RUNNING", "endedAt": null});
    assert_eq!(run["job"]["runs"]["nodes"][0], running);
}

#[test]
fn trap_29_edges_that_are_in_column_lineage_alone() {
    let told = Told::recording("emitters/dagster/storage.ndjson");
    let shop = |name: &str| json!({"dataset": {"namespace": "shop", "name": name}});
    let above = set(&["raw_orders", "stg_orders"]);
    assert_eq!(told.around(&shop("revenue"), "UPSTREAM"), above);
    let below = told.around(&shop("raw_orders"), "DOWNSTREAM");
    assert_eq!(below, set(&["revenue", "stg_orders"]));
}

#[test]
fn trap_32_a_self_loop_ends_and_an_end_that_is_told_twice_is_one() {
    let told = Told::new();
    told.send(&run_event(1, &["extracted"], &["extracted"]));
    for second in ["1", "2"] {
        let mut event = run_event(2, &[], &[]);
        event["eventType"] = "FAIL".into();
        event["eventTime"] = format!("2026-02-01T00:00:0{second}Z").into();
        told.send(&event);
    }
    told.server.settle();
    let data = told.ask(
        r#"{ lineage(node: {dataset: {namespace: "ns", name: "extracted"}}, direction: DOWNSTREAM) { total truncated nodes { name kind } }
            job(namespace: "ns", name: "job") { runs { nodes { state stateConflict states { state } } } } }"#,
    );
    assert_eq!(data["lineage"]["truncated"], false);
    let failed = &data["job"]["runs"]["nodes"][0];
    assert_eq!(
        (&failed["state"], &failed["stateConflict"]),
        (&json!("FAIL"), &json!(false))
    );
    // Pairs by name are all that dlt means; all with all is never more than inferred.
    let told = Told::recording("emitters/dlt/duckdb.ndjson");
    let data = told.ask(r#"{ lineage(node: {dataset: {namespace: "shop", name: "orders"}}, direction: DOWNSTREAM) { edges { kind } } }"#);
    let edges = data["lineage"]["edges"].as_array().unwrap();
    assert!(!edges.is_empty());
    assert!(edges.iter().all(|edge| edge["kind"] == "INFERRED"));
}

/// Trino makes a job for each query. Search shows one of them and says how many there are.
#[test]
fn trap_36_jobs_that_differ_by_an_id_alone_do_not_swamp_search() {
    let told = Told::new();
    for n in 0..40_u8 {
        let mut event = run_event(u128::from(n), &["raw"], &["mart"]);
        event["job"] =
            json!({"namespace": "trino", "name": format!("20260101_1234{n:02}_00001_abcde")});
        told.send(&event);
    }
    let mut other = run_event(99, &["raw"], &["mart"]);
    other["job"] = json!({"namespace": "trino", "name": "nightly"});
    told.send(&other);
    told.server.settle();
    let query = r#"{ search(query: "20260101", filter: {kinds: [JOB]}, first: 20) { total nodes { name alike } } }"#;
    let start = Instant::now();
    let expected =
        json!({"total": 1, "nodes": [{"name": "20260101_123439_00001_abcde", "alike": 40}]});
    loop {
        let found = told.ask(query);
        if found["search"] == expected {
            break;
        }
        assert!(start.elapsed() < Duration::from_secs(10), "{found}");
        std::thread::sleep(Duration::from_millis(50));
    }
    let data = told.ask(
        r#"{ job(namespace: "trino", name: "20260101_123407_00001_abcde") { family { pattern count } runs { total } }
            nightly: job(namespace: "trino", name: "nightly") { family { count } } }"#,
    );
    assert_eq!(data["job"]["family"], json!({"pattern": "*", "count": 40}));
    assert_eq!(data["job"]["runs"]["total"], 1);
    assert_eq!(data["nightly"]["family"], Value::Null);
}
