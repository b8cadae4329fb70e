//! Contracts through the server: a policy, what it finds, and what happens when the file changes.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::server::{Server, headwater, run_event};

mod as_of;
mod demo;
mod door;
mod file;
mod found;
mod impact;
mod jobs;
mod news;
mod order;
mod promises;
mod register;
mod trial;

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
