//! Datasets of several names: one page, one node, all lineage; apart where a tie is in doubt.

use serde_json::{Value, json};

use crate::server::Server;

pub const SPARK: &str = "https://github.com/OpenLineage/OpenLineage/tree/1.40.0/integration/spark";
const TRINO: &str = "https://github.com/trinodb/trino/plugin/trino-openlineage";

pub type Name = (&'static str, &'static str);

const FOLDER: Name = ("s3://lake", "warehouse/shop/orders");
const TABLE: Name = ("hive://metastore.example.org:9083", "shop.orders");
pub const RAW: Name = ("s3://lake", "landing/orders");
pub const REPORT: Name = ("trino://trino.example.org:8080", "hive.marts.report");

pub fn dataset((namespace, name): Name, facets: impl Into<Value>) -> Value {
    json!({"namespace": namespace, "name": name, "facets": facets.into()})
}

pub fn symlinks(names: &[Name]) -> Value {
    let one =
        |(namespace, name): &Name| json!({"namespace": namespace, "name": name, "type": "TABLE"});
    json!({"symlinks": {"_producer": SPARK, "_schemaURL": "https://openlineage.io/spec/facets/1-0-1/SymlinksDatasetFacet.json",
        "identifiers": names.iter().map(one).collect::<Vec<_>>()}})
}

fn columns(names: &[&str]) -> Value {
    let one = |name: &&str| json!({"name": name, "type": "bigint"});
    json!({"fields": names.iter().map(one).collect::<Vec<_>>(), "_producer": "p", "_schemaURL": "s"})
}

pub fn from(of: Name, field: &str, out: &str) -> Value {
    json!({"_producer": "p", "_schemaURL": "s", "fields": {out: {"inputFields": [
        {"namespace": of.0, "name": of.1, "field": field, "transformations": []}]}}})
}

/// A finished run of a job on a day of 2026.
pub fn run(producer: &str, job: &str, day: u32, inputs: &[Value], outputs: &[Value]) -> Value {
    let time =
        chrono::DateTime::from_timestamp(1_767_225_600 + i64::from(day) * 86_400, 0).unwrap();
    let id = blake3::hash(format!("{job} {day} {inputs:?} {outputs:?}").as_bytes());
    json!({"eventTime": time.to_rfc3339(), "eventType": "COMPLETE", "producer": producer,
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": uuid::Uuid::from_slice(&id.as_bytes()[..16]).unwrap()},
        "job": {"namespace": "jobs", "name": job}, "inputs": inputs, "outputs": outputs})
}

/// Spark fills a folder and tells the table that lies in it.
fn write(day: u32) -> Value {
    let mut facets = symlinks(&[TABLE]);
    facets["schema"] = columns(&["id", "amount"]);
    facets["columnLineage"] = from(RAW, "cents", "amount");
    let raw = dataset(RAW, json!({"schema": columns(&["id", "cents"])}));
    run(SPARK, "load", day, &[raw], &[dataset(FOLDER, facets)])
}

/// Trino reads the table by its name.
fn read(day: u32) -> Value {
    let report = json!({"columnLineage": from(TABLE, "amount", "total")});
    run(
        TRINO,
        "report",
        day,
        &[dataset(TABLE, json!({}))],
        &[dataset(REPORT, report)],
    )
}

pub fn send(server: &Server, events: &[Value]) {
    for event in events {
        let (status, receipt) = server.send(event.to_string().as_bytes());
        assert_eq!(status, 201, "{receipt}");
    }
    server.settle();
}

pub fn ask(server: &Server, query: &str, variables: &Value) -> Value {
    let body = json!({"query": query, "variables": variables}).to_string();
    let headers = [("Content-Type", "application/json")];
    let (_, answer) = server.post("/graphql", &headers, body.as_bytes());
    assert!(answer["errors"].is_null(), "{answer}");
    answer["data"].clone()
}

pub fn page((namespace, name): Name, server: &Server) -> Value {
    let query = "query($namespace: String!, $name: String!) { dataset(namespace: $namespace, name: $name) {
        id namespace name producers columns { name type } upstream { name } downstream { name } runs { job { name } }
        nameCount names { namespace name canonical used rule ties { kind of { name } other { name } producer job { name } firstSeen lastSeen } }
        facets { name } symlinks { name }
        identity { ambiguous doubts { reason at { name } names { name } count message } } } }";
    ask(
        server,
        query,
        &json!({"namespace": namespace, "name": name}),
    )["dataset"]
        .clone()
}

pub fn lineage(
    server: &Server,
    (namespace, name): Name,
    column: Option<&str>,
    direction: &str,
) -> Vec<String> {
    let mut node = json!({"namespace": namespace, "name": name});
    let node = if let Some(column) = column {
        node["column"] = column.into();
        json!({"column": node})
    } else {
        json!({"dataset": node})
    };
    let query = format!(
        "query($node: NodeRef!) {{ lineage(node: $node, direction: {direction}) {{ nodes {{ name column depth ambiguous }} }} }}"
    );
    let data = ask(server, &query, &json!({"node": node}));
    let nodes = data["lineage"]["nodes"].as_array().unwrap().iter();
    let shown = nodes.filter(|node| node["depth"] != 0).map(|node| {
        let name = node["name"].as_str().unwrap();
        let mark = if node["ambiguous"] == true { " ?" } else { "" };
        match node["column"].as_str() {
            Some(column) => format!("{name}.{column}{mark}"),
            None => format!("{name}{mark}"),
        }
    });
    shown.collect()
}

pub fn found(server: &Server, query: &str) -> Vec<(String, Vec<String>)> {
    let search = "query($query: String!) { search(query: $query, filter: {kinds: [DATASET]}) { nodes { name snippets { field parts { text } } } } }";
    let data = ask(server, search, &json!({"query": query}));
    let nodes = data["search"]["nodes"].as_array().unwrap();
    let text = |snippet: &Value| {
        let parts = snippet["parts"].as_array().unwrap().iter();
        let parts: String = parts.map(|part| part["text"].as_str().unwrap()).collect();
        format!("{} {parts}", snippet["field"].as_str().unwrap())
    };
    nodes
        .iter()
        .map(|node| {
            let snippets = node["snippets"].as_array().unwrap().iter().map(text);
            (
                node["name"].as_str().unwrap().to_owned(),
                snippets.collect(),
            )
        })
        .collect()
}

#[test]
fn trap_7_a_folder_and_its_table_are_one_dataset() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    // While nobody uses the table's name, the folder's is the one that answers give.
    send(&server, &[write(0)]);
    let alone = page(TABLE, &server);
    assert_eq!(
        (&alone["name"], &alone["nameCount"]),
        (&json!(FOLDER.1), &json!(2))
    );
    assert_eq!(
        found(&server, "shop.orders")[0],
        (
            FOLDER.1.to_owned(),
            vec![
                "NAME warehouse/shop/orders".to_owned(),
                "ALIAS shop.orders".to_owned()
            ]
        )
    );

    send(&server, &[read(1), write(2)]);
    let table = page(TABLE, &server);
    assert_eq!(page(FOLDER, &server), table);
    assert_eq!(table["id"], format!("dataset|{}|{}", TABLE.0, TABLE.1));
    insta::assert_json_snapshot!(table);
    for name in [FOLDER, TABLE] {
        assert_eq!(lineage(&server, name, None, "UPSTREAM"), ["load", RAW.1]);
        assert_eq!(
            lineage(&server, name, None, "DOWNSTREAM"),
            ["report", REPORT.1]
        );
        let column = Some("amount");
        assert_eq!(
            lineage(&server, name, column, "UPSTREAM"),
            [format!("{}.cents", RAW.1)]
        );
        assert_eq!(
            lineage(&server, name, column, "DOWNSTREAM"),
            [format!("{}.total", REPORT.1)]
        );
    }
    // From end to end, across the two names.
    assert_eq!(
        lineage(&server, RAW, Some("cents"), "DOWNSTREAM"),
        ["shop.orders.amount", "hive.marts.report.total"]
    );
    let path = ask(
        &server,
        &format!(
            r#"{{ path(from: {{dataset: {{namespace: "{}", name: "{}"}}}}, to: {{dataset: {{namespace: "{}", name: "{}"}}}}) {{ nodes {{ name }} edges {{ evidence {{ producer jobName }} }} }} }}"#,
            RAW.0, RAW.1, REPORT.0, REPORT.1
        ),
        &json!({}),
    );
    let nodes = path["path"]["nodes"].as_array().unwrap();
    let nodes: Vec<&str> = nodes
        .iter()
        .map(|node| node["name"].as_str().unwrap())
        .collect();
    assert_eq!(nodes, [RAW.1, "load", TABLE.1, "report", REPORT.1]);
    // One entry in search, by either name.
    for words in ["warehouse/shop/orders", "shop.orders"] {
        let hits = found(&server, words);
        let names: Vec<&str> = hits.iter().map(|hit| hit.0.as_str()).collect();
        assert_eq!(names, [TABLE.1], "{words}");
    }
    let status = ask(
        &server,
        "{ status { counts { datasets columns } } ambiguousDatasetCount }",
        &json!({}),
    );
    assert_eq!(
        status["status"]["counts"],
        json!({"datasets": 3, "columns": 5})
    );
    assert_eq!(status["ambiguousDatasetCount"], 0);

    // The same after a stop and a start, and from the log alone.
    let digest = server.get("/api/v1/digest").1;
    assert_eq!(server.stop(), Some(0));
    let server = Server::start(dir.path());
    assert_eq!(page(FOLDER, &server), table);
    let digest_of = |text: &str| serde_json::from_str::<Value>(text).unwrap()["digest"].clone();
    assert_eq!(
        digest_of(&server.get("/api/v1/digest").1),
        digest_of(&digest)
    );
}

#[test]
fn two_tables_over_one_path_come_apart_again() {
    const ONE: Name = ("hive://m", "shop.all_orders");
    const TWO: Name = ("hive://m", "shop.open_orders");
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let by = |job: &str, day, table: Name| {
        run(SPARK, job, day, &[dataset(FOLDER, symlinks(&[table]))], &[])
    };
    let fill = |table: Name, day| {
        run(
            TRINO,
            "fill",
            day,
            &[dataset(RAW, json!({}))],
            &[dataset(table, json!({}))],
        )
    };
    // Both name the folder, one is in use by itself: nothing speaks against it.
    send(&server, &[by("a", 0, ONE), by("b", 1, TWO), fill(ONE, 2)]);
    assert_eq!(page(FOLDER, &server)["name"], ONE.1);
    assert_eq!(
        lineage(&server, RAW, None, "DOWNSTREAM"),
        ["fill", ONE.1, "a", "b"]
    );
    // Now both are: what is read from the folder is made from neither.
    send(&server, &[fill(TWO, 3)]);
    let folder = page(FOLDER, &server);
    assert_eq!(
        (&folder["name"], &folder["nameCount"]),
        (&json!(FOLDER.1), &json!(1))
    );
    assert_eq!(folder["identity"]["ambiguous"], true);
    insta::assert_json_snapshot!(folder["identity"]);
    let mut below = lineage(&server, RAW, None, "DOWNSTREAM");
    below.sort();
    assert_eq!(below, ["fill", "shop.all_orders ?", "shop.open_orders ?"]);
    assert_eq!(lineage(&server, FOLDER, None, "DOWNSTREAM"), ["a", "b"]);
    let listed = ask(
        &server,
        "{ ambiguousDatasetCount ambiguousDatasets { name identity { ambiguous } } }",
        &json!({}),
    );
    assert_eq!(listed["ambiguousDatasetCount"], 3);
    assert_eq!(listed["ambiguousDatasets"][0]["name"], "shop.all_orders");
    // One gives its claim up: told last more than the window before the other.
    send(&server, &[by("b", 40, TWO)]);
    assert_eq!(page(FOLDER, &server)["name"], TWO.1);
    assert_eq!(page(ONE, &server)["identity"]["ambiguous"], false);
    assert_eq!(
        page(ONE, &server)["identity"]["doubts"][0]["reason"],
        "SUPERSEDED"
    );
    let listed = ask(&server, "{ ambiguousDatasetCount }", &json!({}));
    assert_eq!(listed["ambiguousDatasetCount"], 0);
}

/// While search is filled anew it answers from what it had.
fn wait_for(condition: impl Fn() -> bool) {
    let start = std::time::Instant::now();
    while !condition() {
        assert!(start.elapsed() < std::time::Duration::from_secs(60));
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

fn told(events: &[(&str, &[Name], &[Name])]) -> Vec<Value> {
    let one = |name: &Name| dataset(*name, json!({}));
    let all = events.iter().zip(0..);
    all.map(|((job, inputs, outputs), day)| {
        let inputs: Vec<Value> = inputs.iter().map(one).collect();
        let outputs: Vec<Value> = outputs.iter().map(one).collect();
        run(SPARK, job, day, &inputs, &outputs)
    })
    .collect()
}

#[test]
fn trap_6_quoted_names_and_names_in_other_cases_are_one_dataset() {
    const BARE: Name = ("shop", "shop.raw.orders");
    const QUOTED: Name = ("shop", r#""shop"."raw"."orders""#);
    const HIVE: Name = ("hive://m:9083", "Marts.Revenue");
    const LOWER: Name = ("hive://m:9083", "marts.revenue");
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let load: &[Name] = &[BARE];
    send(
        &server,
        &told(&[
            ("load", &[], load),
            ("stage", &[QUOTED], &[HIVE]),
            ("report", &[LOWER], &[]),
        ]),
    );
    assert_eq!(
        lineage(&server, BARE, None, "DOWNSTREAM"),
        ["stage", "marts.revenue", "report"]
    );
    let page_of_quoted = page(QUOTED, &server);
    assert_eq!(page_of_quoted, page(BARE, &server));
    assert_eq!(page_of_quoted["name"], BARE.1);
    let rules = ask(
        &server,
        r#"{ dataset(namespace: "shop", name: "shop.raw.orders") { names { name rule used canonical } } }"#,
        &json!({}),
    );
    assert_eq!(
        rules["dataset"]["names"],
        json!([
        {"name": BARE.1, "rule": null, "used": true, "canonical": true},
        {"name": QUOTED.1, "rule": "QUOTES", "used": true, "canonical": false}])
    );
    // Also as nobody has written it yet.
    assert_eq!(page((HIVE.0, "`MARTS`.revenue"), &server)["name"], LOWER.1);
}

#[test]
fn trap_8_and_15_partitions_are_their_table_and_other_rules_are_a_rebuild() {
    const TABLE: Name = ("s3://lake", "orders");
    const DAYS: [Name; 2] = [
        ("s3://lake", "orders/dt=2026-01-01"),
        ("s3://lake", "orders/dt=2026-01-02/part-0.parquet"),
    ];
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let write: &[Name] = &[DAYS[0]];
    send(
        &server,
        &told(&[
            ("write", &[], write),
            ("write", &[], &[DAYS[1]]),
            ("read", &[TABLE], &[]),
        ]),
    );
    let count = |server: &Server| {
        let status = ask(
            server,
            "{ status { counts { datasets } identityRules } }",
            &json!({}),
        );
        let status = &status["status"];
        (
            status["counts"]["datasets"].as_u64().unwrap(),
            status["identityRules"].as_str().unwrap().to_owned(),
        )
    };
    let (datasets, rules) = count(&server);
    assert_eq!(datasets, 1);
    for name in DAYS {
        assert_eq!(page(name, &server)["name"], TABLE.1);
        assert_eq!(lineage(&server, name, None, "DOWNSTREAM"), ["read"]);
        assert_eq!(
            found(&server, name.1).first().map(|hit| hit.0.as_str()),
            Some(TABLE.1)
        );
    }
    assert_eq!(page(TABLE, &server)["runs"].as_array().unwrap().len(), 2);
    assert_eq!(server.stop(), Some(0));
    // The store was built by other rules: it is moved aside and built again from the log.
    let off = [("HEADWATER_IDENTITY_DROP_PARTITIONS", "false")];
    let server = Server::start_with(dir.path(), &off);
    server.settle();
    let (datasets, others) = count(&server);
    assert_eq!(datasets, 3);
    assert_ne!(rules, others);
    assert_eq!(page(DAYS[0], &server)["name"], DAYS[0].1);
    wait_for(|| found(&server, "orders").len() == 3);
    assert_eq!(server.stop(), Some(0));
    let server = Server::start(dir.path());
    server.settle();
    assert_eq!(count(&server), (1, rules));
    wait_for(|| found(&server, "orders").len() == 1);
}

#[test]
fn trap_30_a_name_of_every_data_frame_is_flagged() {
    const FRAME: Name = ("memory://pandas", "dataframe");
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let check = |space: &str, day| {
        let mut event = run(
            "https://greatexpectations.io/1.2.3",
            "check",
            day,
            &[dataset(FRAME, json!({}))],
            &[],
        );
        event["job"]["namespace"] = space.into();
        event
    };
    send(&server, &[check("orders", 0), check("orders", 1)]);
    assert_eq!(
        page(FRAME, &server)["identity"],
        json!({"ambiguous": false, "doubts": []})
    );
    send(&server, &[check("customers", 2)]);
    let identity = page(FRAME, &server)["identity"].clone();
    assert_eq!(
        (&identity["ambiguous"], &identity["doubts"][0]["reason"]),
        (&json!(true), &json!("UNLOCATED"))
    );
    let message = identity["doubts"][0]["message"].as_str().unwrap();
    assert!(
        message.contains("customers") && message.contains("orders"),
        "{message}"
    );
    let listed = ask(&server, "{ ambiguousDatasets { name } }", &json!({}));
    assert_eq!(listed["ambiguousDatasets"], json!([{"name": "dataframe"}]));
}
