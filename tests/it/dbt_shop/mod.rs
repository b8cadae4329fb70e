//! What `dbt-ol` told about our own shop, against what its SQL says.
//!
//! The truth is in [`truth`]. Sets are compared whole: an edge too many is as wrong as one too few.

mod truth;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::server::{Server, fixture};

use truth::{DECIDING, EDGES, MARTS, MARTS_DECIDED_BY, MODELS, WITHOUT_EFFECT};

const NAMESPACE: &str = "duckdb:///srv/shop/shop.duckdb";
const DEFAULT: &str = "emitters/dbt-shop/events.ndjson";
const STRUCTURED: &str = "emitters/dbt-shop/events-structured.ndjson";

/// The full name of a dataset that the truth names in short.
fn full(dataset: &str) -> String {
    let schema = match dataset.split('_').next().unwrap() {
        "raw" => "main_raw",
        "stg" => "main_staging",
        "int" => "main_intermediate",
        "fct" | "dim" => "main_marts",
        "paid" => return dataset.to_owned(),
        other => panic!("no schema for {other}"),
    };
    format!("shop.{schema}.{dataset}")
}

/// The short name of a dataset; one of another namespace keeps its namespace and so matches none.
fn short(node: &Value) -> String {
    let name = node["name"].as_str().unwrap();
    assert_eq!(node["namespace"], NAMESPACE, "{node}");
    name.rsplit('.').next().unwrap().to_owned()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

fn shop(recordings: &[&str]) -> (tempfile::TempDir, Server) {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    for recording in recordings {
        for line in fixture(recording).lines() {
            let (status, receipt) = server.send(line.as_bytes());
            assert_eq!(
                (status, receipt["status"].as_str()),
                (201, Some("accepted")),
                "{receipt}"
            );
        }
    }
    server.settle();
    (dir, server)
}

/// What a lineage answer says of a column.
struct Walk {
    /// All columns found, without the start.
    found: BTreeSet<String>,
    /// Those of them that nothing leads to (upstream) or that lead nowhere (downstream).
    ends: BTreeSet<String>,
    boundary: Vec<Value>,
}

fn walk(server: &Server, column: &str, direction: &str, depth: Option<u32>) -> Walk {
    let (dataset, name) = column.split_once('.').unwrap();
    let depth = depth.map_or("null".to_owned(), |depth| depth.to_string());
    let answer = server.graphql(&format!(
        r#"{{ lineage(node: {{column: {{namespace: "{NAMESPACE}", name: "{}", column: "{name}"}}}}, direction: {direction}, maxDepth: {depth})
             {{ total truncated nodes {{ id kind namespace name column depth }} edges {{ from to }} boundary {{ fromName jobName toName }} }} }}"#,
        full(dataset)
    ));
    let lineage = &answer["data"]["lineage"];
    assert_eq!(lineage["truncated"], false, "{answer}");
    let list = |key: &str| lineage[key].as_array().unwrap().clone();
    let inner = if direction == "UPSTREAM" {
        "to"
    } else {
        "from"
    };
    let goes_on: BTreeSet<String> = list("edges")
        .iter()
        .map(|edge| edge[inner].as_str().unwrap().to_owned())
        .collect();
    let (mut found, mut ends) = (BTreeSet::new(), BTreeSet::new());
    for node in list("nodes") {
        assert_eq!(node["kind"], "COLUMN", "{node}");
        if node["depth"] == 0 {
            continue;
        }
        let name = format!("{}.{}", short(&node), node["column"].as_str().unwrap());
        if !goes_on.contains(node["id"].as_str().unwrap()) {
            ends.insert(name.clone());
        }
        assert!(found.insert(name), "listed twice: {node}");
    }
    assert_eq!(lineage["total"], found.len());
    Walk {
        found,
        ends,
        boundary: list("boundary"),
    }
}

/// The columns that a table of the truth has for the dataset of a column.
fn decided_by(table: &[(&str, &'static [&'static str])], column: &str) -> &'static [&'static str] {
    let (dataset, _) = column.split_once('.').unwrap();
    let held = table.iter().find(|(name, _)| *name == dataset);
    held.map(|(_, columns)| *columns).unwrap_or_default()
}

/// One hop upstream of a column, by [`MODELS`] and [`DECIDING`].
fn sources(column: &str) -> BTreeSet<String> {
    let table: BTreeMap<&str, &[&str]> = MODELS.into_iter().collect();
    let Some(told) = table.get(column) else {
        return BTreeSet::new();
    };
    let all = told.iter().chain(decided_by(&DECIDING, column));
    all.map(|&source| source.to_owned()).collect()
}

/// Everything upstream of a column.
fn closure(column: &str) -> BTreeSet<String> {
    let (mut found, mut open) = (BTreeSet::new(), vec![column.to_owned()]);
    while let Some(column) = open.pop() {
        for source in sources(&column) {
            if found.insert(source.clone()) {
                open.push(source);
            }
        }
    }
    found
}

/// The raw columns of a mart's column: those that its values come from, and those that decide about
/// its rows.
fn raw_of(column: &str, named: &[&str]) -> BTreeSet<String> {
    let all = named.iter().chain(decided_by(&MARTS_DECIDED_BY, column));
    all.map(|&raw| raw.to_owned()).collect()
}

fn neighbours(server: &Server, dataset: &str, direction: &str) -> BTreeSet<String> {
    let answer = server.graphql(&format!(
        r#"{{ dataset(namespace: "{NAMESPACE}", name: "{}") {{ {direction} {{ namespace name }} }} }}"#,
        full(dataset)
    ));
    let list = answer["data"]["dataset"][direction].as_array();
    let list = list.unwrap_or_else(|| panic!("{dataset}: {answer}"));
    list.iter().map(short).collect()
}

fn names(list: &Value) -> BTreeSet<String> {
    let list = list.as_array().unwrap().iter();
    list.map(|one| one["name"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn trap_01_every_mart_column_comes_from_the_raw_columns_of_its_sql() {
    let (_dir, server) = shop(&[DEFAULT]);
    for (column, raw) in MARTS {
        let upstream = walk(&server, column, "UPSTREAM", None);
        assert_eq!(
            upstream.ends,
            raw_of(column, raw),
            "the raw columns of {column}"
        );
        assert_eq!(upstream.found, closure(column), "all upstream of {column}");
    }
    for (column, _) in MODELS {
        let one_hop = walk(&server, column, "UPSTREAM", Some(1));
        assert_eq!(one_hop.found, sources(column), "one hop up of {column}");
    }
}

#[test]
fn every_raw_column_reaches_the_mart_columns_that_it_affects() {
    let (_dir, server) = shop(&[DEFAULT]);
    let raw: BTreeSet<&str> = MODELS
        .iter()
        .flat_map(|(_, sources)| sources.iter().copied())
        .filter(|source| source.starts_with("raw_"))
        .collect();
    assert!(raw.len() > 10);
    for raw in raw {
        let marts: BTreeSet<String> = walk(&server, raw, "DOWNSTREAM", None)
            .found
            .into_iter()
            .filter(|column| column.starts_with("fct_") || column.starts_with("dim_"))
            .collect();
        let expected: BTreeSet<String> = MARTS
            .iter()
            .filter(|(mart, named)| raw_of(mart, named).contains(raw))
            .map(|(mart, _)| (*mart).to_owned())
            .collect();
        assert_eq!(marts, expected, "marts affected by {raw}");
        assert_eq!(expected.is_empty(), WITHOUT_EFFECT.contains(&raw), "{raw}");
    }
}

/// What dbt-ol tells and what its SQL tells stand side by side, each marked as what it is.
#[test]
fn what_sql_adds_is_marked_as_that() {
    let (_dir, server) = shop(&[DEFAULT]);
    let answer = server.graphql(&format!(
        r#"{{ lineage(node: {{column: {{namespace: "{NAMESPACE}", name: "{}", column: "order_id"}}}}, direction: UPSTREAM, maxDepth: 1)
             {{ nodes {{ id name column }} edges {{ from kind evidence {{ origin declared transformations runs jobName }} }} }}
             job(namespace: "shop", name: "shop.main_marts.shop.fct_orders.build.run")
             {{ sqlLineage {{ state dialect columnEdges runs gaps {{ code message }} dataset {{ name }} }} }}
             dataset(namespace: "{NAMESPACE}", name: "{}") {{ sqlLineage {{ state job {{ name }} }} }}
             status {{ sqlWaiting }} }}"#,
        full("fct_orders"), full("fct_orders")
    ));
    let data = &answer["data"];
    let mut seen = Vec::new();
    for edge in data["lineage"]["edges"].as_array().unwrap() {
        let nodes = data["lineage"]["nodes"].as_array().unwrap();
        let from = nodes
            .iter()
            .find(|node| node["id"] == edge["from"])
            .unwrap();
        for one in edge["evidence"].as_array().unwrap() {
            assert_eq!(one["declared"], one["origin"] == "DECLARED", "{one}");
            seen.push(format!(
                "{} {} {} {}",
                from["column"].as_str().unwrap(),
                edge["kind"].as_str().unwrap(),
                one["origin"].as_str().unwrap(),
                one["transformations"]
            ));
        }
    }
    seen.sort();
    assert_eq!(
        seen,
        [
            r#"customer_id INDIRECT FROM_SQL ["INDIRECT/JOIN"]"#,
            r#"customer_id INDIRECT FROM_SQL ["INDIRECT/JOIN"]"#,
            "order_id DIRECT DECLARED []",
            r#"order_id DIRECT FROM_SQL ["DIRECT/IDENTITY"]"#,
            r#"status INDIRECT FROM_SQL ["INDIRECT/FILTER"]"#,
        ],
        "{answer}"
    );
    let read = &data["job"]["sqlLineage"][0];
    assert_eq!(read["state"], "WHOLE", "{read}");
    assert_eq!(
        (&read["dialect"], &read["runs"]),
        (&"duckdb".into(), &1.into())
    );
    assert_eq!(data["dataset"]["sqlLineage"][0]["state"], "WHOLE");
    assert_eq!(data["status"]["sqlWaiting"], 0);
}

#[test]
fn datasets_are_made_from_what_inputs_and_column_lineage_name() {
    let (_dir, server) = shop(&[DEFAULT]);
    for (dataset, sources) in EDGES {
        let mut expected = set(sources);
        if dataset == "int_order_payments" {
            // The CTE that dbt-ol takes for a dataset; see the test below.
            expected.insert("paid".to_owned());
        }
        assert_eq!(
            neighbours(&server, dataset, "upstream"),
            expected,
            "{dataset}"
        );
    }
    for raw in ["raw_customers", "raw_orders", "raw_payments"] {
        assert_eq!(
            neighbours(&server, raw, "upstream"),
            BTreeSet::new(),
            "{raw}"
        );
        let stg = raw.replace("raw_", "stg_");
        assert_eq!(
            neighbours(&server, raw, "downstream"),
            set(&[&stg]),
            "{raw}"
        );
    }
    // Seeds that no model reads are not told in this mode.
    let answer = server.graphql(&format!(
        r#"{{ dataset(namespace: "{NAMESPACE}", name: "shop.main_raw.raw_exchange_rates") {{ name }} }}"#
    ));
    assert_eq!(answer["data"]["dataset"], Value::Null);
}

#[test]
fn a_dataset_that_only_column_lineage_names_is_told_as_that() {
    let (_dir, server) = shop(&[DEFAULT]);
    let ask = |name: &str| {
        let answer = server.graphql(&format!(
            r#"{{ dataset(namespace: "{NAMESPACE}", name: "{name}")
                 {{ firstSeen lastSeen producedBy {{ name }} facets {{ name }} columns {{ name type fromLineageOnly }} }} }}"#
        ));
        answer["data"]["dataset"].clone()
    };
    let phantom = ask("paid");
    assert_eq!(
        phantom,
        serde_json::json!({
            "firstSeen": null, "lastSeen": null, "producedBy": [], "facets": [],
            "columns": [{"name": "payment_count", "type": null, "fromLineageOnly": true}],
        }),
        "no event names `paid` as an input or output"
    );
    // What an event does name has a time and a writer.
    let real = ask("shop.main_marts.fct_orders");
    assert!(real["firstSeen"].is_string(), "{real}");
    assert_eq!(
        names(&real["producedBy"]),
        set(&["shop.main_marts.shop.fct_orders.build.run"])
    );
    let only_from_lineage: BTreeSet<&str> = real["columns"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|column| column["fromLineageOnly"] == true)
        .map(|column| column["name"].as_str().unwrap())
        .collect();
    // The schema facet lists the documented columns alone.
    assert_eq!(
        only_from_lineage,
        BTreeSet::from(["country", "customer_id", "ordered_on"])
    );
}

#[test]
fn failed_tests_fail_their_runs_and_leave_the_mart_as_it_is() {
    let (_dir, server) = shop(&[DEFAULT, STRUCTURED]);
    let states = |job: &str| -> Vec<(String, Option<String>)> {
        let answer = server.graphql(&format!(
            r#"{{ job(namespace: "shop", name: "{job}") {{ runs {{ nodes {{ state errorMessage stateConflict }} }} }} }}"#
        ));
        let runs = answer["data"]["job"]["runs"]["nodes"].as_array();
        let runs = runs.unwrap_or_else(|| panic!("{job}: {answer}")).clone();
        runs.iter()
            .map(|run| {
                assert_eq!(run["stateConflict"], false, "{job}: {run}");
                let error = run["errorMessage"].as_str().map(str::to_owned);
                (run["state"].as_str().unwrap().to_owned(), error)
            })
            .collect()
    };
    let one = |state: &str| vec![(state.to_owned(), None)];
    assert_eq!(
        states("shop.main_marts.shop.fct_orders.build.run"),
        one("COMPLETE")
    );
    assert_eq!(
        states("shop.main_marts.shop.fct_orders.build.test"),
        one("FAIL")
    );
    assert_eq!(
        states("shop.main_marts.shop.dim_customers.build.test"),
        one("COMPLETE")
    );
    assert_eq!(states("model.shop.fct_orders"), one("COMPLETE"));
    // Both modes name this job; only structured mode says why it failed.
    let both: BTreeSet<_> = states("test.shop.every_order_is_above_ten")
        .into_iter()
        .collect();
    let why = "Got 1 result, configured to fail if != 0".to_owned();
    let expected = [
        ("FAIL".to_owned(), None),
        ("FAIL".to_owned(), Some(why.clone())),
    ];
    assert_eq!(both, BTreeSet::from(expected));
    assert_eq!(
        neighbours(&server, "fct_orders", "upstream"),
        set(&["int_order_payments", "stg_customers"])
    );
}

#[test]
fn structured_mode_names_datasets_and_says_that_columns_are_unknown() {
    let (_dir, server) = shop(&[STRUCTURED]);
    for (dataset, sources) in EDGES {
        assert_eq!(
            neighbours(&server, dataset, "upstream"),
            set(sources),
            "{dataset}"
        );
    }
    for mart in ["fct_orders", "dim_customers"] {
        let answer = server.graphql(&format!(
            r#"{{ dataset(namespace: "{NAMESPACE}", name: "{}") {{ columns {{ name upstreamCount }} }} }}"#,
            full(mart)
        ));
        let columns = answer["data"]["dataset"]["columns"]
            .as_array()
            .unwrap()
            .clone();
        assert!(!columns.is_empty(), "{answer}");
        for column in columns {
            assert_eq!(column["upstreamCount"], 0, "{mart}: {column}");
            let name = format!("{mart}.{}", column["name"].as_str().unwrap());
            let upstream = walk(&server, &name, "UPSTREAM", None);
            assert_eq!(upstream.found, BTreeSet::new(), "{name}");
            let beyond: BTreeSet<&str> = upstream
                .boundary
                .iter()
                .map(|edge| edge["fromName"].as_str().unwrap())
                .collect();
            let full = [full("int_order_payments"), full("stg_customers")];
            assert_eq!(
                beyond,
                full.iter().map(String::as_str).collect(),
                "an answer without columns says where datasets go on: {name}"
            );
        }
    }
}

const DASHBOARD: &str = "exposure.shop.revenue_dashboard";

/// Told by both modes, in facets of two marts, under jobs of other names: it is one all the same.
#[test]
fn the_dashboard_of_an_exposure_stands_at_the_end_of_the_graph() {
    let (_dir, server) = shop(&[DEFAULT, STRUCTURED]);
    let answer = server.graphql(&format!(
        r#"{{ job(namespace: "dbt", name: "{DASHBOARD}") {{
                type integration processingType exposure {{ name type url }} runs {{ total }}
                inputs {{ name }} outputs {{ name }} facets {{ name text }} retired {{ by }} }}
             lineage(node: {{dataset: {{namespace: "{NAMESPACE}", name: "{}"}}}}, direction: DOWNSTREAM) {{
                nodes {{ id kind name depth }} edges {{ to kind evidence {{ jobName isStatic declared runs }} }} }}
             upstream: lineage(node: {{job: {{namespace: "dbt", name: "{DASHBOARD}"}}}}, direction: UPSTREAM) {{
                nodes {{ name }} }} }}"#,
        full("dim_customers")
    ));
    assert_eq!(answer["errors"], Value::Null, "{answer}");
    let data = &answer["data"];
    let job = &data["job"];
    assert_eq!(
        names(&job["inputs"]),
        set(&[&full("dim_customers"), &full("fct_orders")])
    );
    assert_eq!(job["outputs"], json!([]));
    assert_eq!(
        (&job["type"], &job["integration"]),
        (&json!("dashboard"), &json!("DBT"))
    );
    assert_eq!(
        job["exposure"],
        json!({"name": "revenue_dashboard", "type": "dashboard", "url": null})
    );
    assert_eq!(job["runs"]["total"], 0);
    assert_eq!(job["facets"][0]["name"], "dbt_exposure");
    let text = job["facets"][0]["text"].as_str().unwrap();
    assert!(text.contains(DASHBOARD), "{text}");
    let nodes = data["lineage"]["nodes"].as_array().unwrap();
    let node = nodes.iter().find(|node| node["name"] == DASHBOARD).unwrap();
    assert_eq!(node["kind"], "JOB");
    let edges = data["lineage"]["edges"].as_array().unwrap();
    let edge = edges.iter().find(|edge| edge["to"] == node["id"]).unwrap();
    let evidence = &edge["evidence"][0];
    assert_eq!(evidence["jobName"], DASHBOARD);
    assert_eq!(
        (
            &evidence["isStatic"],
            &evidence["declared"],
            &evidence["runs"]
        ),
        (&json!(false), &json!(true), &json!(0))
    );
    assert!(names(&data["upstream"]["nodes"]).contains(&full("stg_customers")));
    let found = server.graphql(
        r#"{ search(query: "revenue_dash", filter: {kinds: [JOB]}) { nodes { kind name } } }"#,
    );
    assert_eq!(
        found["data"]["search"]["nodes"][0]["name"], DASHBOARD,
        "{found}"
    );
}

#[test]
fn consumers_of_the_marts_are_told_in_both_modes() {
    for (recording, tests) in [
        (
            DEFAULT,
            [
                (
                    "fct_orders",
                    vec![
                        "shop.main_marts.shop.fct_orders.build.test",
                        "test.shop.every_order_is_above_ten",
                    ],
                ),
                (
                    "dim_customers",
                    vec!["shop.main_marts.shop.dim_customers.build.test"],
                ),
            ],
        ),
        (
            STRUCTURED,
            [
                (
                    "fct_orders",
                    vec![
                        "test.shop.every_order_is_above_ten",
                        "test.shop.not_null_fct_orders_order_id.4e687af8d0",
                        "test.shop.unique_fct_orders_order_id.523ddb6ce5",
                    ],
                ),
                (
                    "dim_customers",
                    vec![
                        "test.shop.not_null_dim_customers_customer_id.dd91cd1c8d",
                        "test.shop.unique_dim_customers_customer_id.15c9f1e2fd",
                    ],
                ),
            ],
        ),
    ] {
        let (_dir, server) = shop(&[recording]);
        for (mart, readers) in tests {
            let answer = server.graphql(&format!(
                r#"{{ dataset(namespace: "{NAMESPACE}", name: "{}") {{ consumedBy {{ namespace name }} facets {{ name text }} }} }}"#,
                full(mart)
            ));
            let dataset = &answer["data"]["dataset"];
            let consumers = names(&dataset["consumedBy"]);
            let readers = [&readers[..], &[DASHBOARD]].concat();
            assert_eq!(consumers, set(&readers), "{recording}: readers of {mart}");
            let facets = dataset["facets"].as_array().unwrap();
            let exposures = facets.iter().find(|facet| facet["name"] == "dbt_exposures");
            let exposures =
                exposures.unwrap_or_else(|| panic!("{recording}: {mart} has no dbt_exposures"));
            let text = exposures["text"].as_str().unwrap();
            assert!(text.contains(DASHBOARD), "{text}");
        }
    }
}
