//! Each REST endpoint's answer, whole, as a client sees it: status, the headers that matter, body.
//!
//! What differs from run to run is replaced by its kind: sizes on disk, digests, the version.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::server::{Server, agent, run_event};

/// Three events: a run, one with a warning, and a dashboard.
fn small_estate() -> (tempfile::TempDir, Server) {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    assert_eq!(
        server
            .send(run_event(1, &["a"], &["b"]).to_string().as_bytes())
            .0,
        201
    );
    let mut zoneless = run_event(2, &["b"], &["c"]);
    zoneless["eventTime"] = "2026-01-31T09:31:00".into();
    assert_eq!(server.send(zoneless.to_string().as_bytes()).0, 201);
    let mut dashboard = run_event(3, &["c"], &[]);
    dashboard["job"]["name"] = "dashboard".into();
    dashboard.as_object_mut().unwrap().remove("run");
    assert_eq!(server.send(dashboard.to_string().as_bytes()).0, 201);
    server.settle();
    (dir, server)
}

/// Status, the headers a client acts on, and the body.
fn whole(
    server: &Server,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Value {
    let mut request = ureq::http::Request::builder()
        .method(method)
        .uri(format!("{}{path}", server.url));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut response = agent().run(request.body(body).unwrap()).unwrap();
    let mut seen = serde_json::Map::new();
    for name in ["content-type", "retry-after", "allow", "location"] {
        if let Some(value) = response.headers().get(name) {
            seen.insert(name.to_owned(), value.to_str().unwrap().into());
        }
    }
    let status = response.status().as_u16();
    let length = response.headers().get("content-length").cloned();
    let text = response.body_mut().read_to_string().unwrap();
    if let Some(length) = length {
        assert_eq!(length.to_str().unwrap(), text.len().to_string(), "{path}");
    }
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    json!({"status": status, "headers": seen, "body": body})
}

fn get(server: &Server, path: &str) -> Value {
    whole(server, "GET", path, &[], b"")
}

#[test]
fn status() {
    let (_dir, server) = small_estate();
    assert_json_snapshot!(get(&server, "/api/v1/status"), {
        ".body.version" => "[version]",
        ".body.logBytes" => "[bytes]",
        ".body.storeBytes" => "[bytes]",
    });
}

fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[test]
fn digest_and_verify() {
    let (_dir, server) = small_estate();
    let digest = get(&server, "/api/v1/digest");
    let verify = whole(&server, "POST", "/api/v1/verify", &[], b"");
    for (name, found) in [
        ("digest", &digest["body"]["digest"]),
        ("live", &verify["body"]["live"]),
        ("rebuilt", &verify["body"]["rebuilt"]),
    ] {
        assert!(is_digest(found.as_str().unwrap()), "{name}: {found}");
        assert_eq!(found, &digest["body"]["digest"], "{name}");
    }
    assert_json_snapshot!(digest, {".body.digest" => "[digest]"});
    assert_json_snapshot!(verify, {".body.live" => "[digest]", ".body.rebuilt" => "[digest]"});
}

#[test]
fn events_as_they_came() {
    let (_dir, server) = small_estate();
    assert_json_snapshot!("events", get(&server, "/api/v1/events"));
    assert_json_snapshot!("events_from_3", get(&server, "/api/v1/events?from=3"));
    assert_json_snapshot!(
        "events_from_beyond",
        get(&server, "/api/v1/events?from=1000")
    );
    assert_json_snapshot!(
        "events_from_nonsense",
        get(&server, "/api/v1/events?from=nonsense")
    );
    assert_json_snapshot!("event", get(&server, "/api/v1/events/2"));
    assert_json_snapshot!("event_unknown", get(&server, "/api/v1/events/4"));
    assert_json_snapshot!("event_nonsense", get(&server, "/api/v1/events/nonsense"));
}

#[test]
fn receipts() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let json_type = [("Content-Type", "application/json")];
    let send = |path: &str, body: &str| whole(&server, "POST", path, &json_type, body.as_bytes());
    let event = run_event(1, &["a"], &["b"]).to_string();
    assert_json_snapshot!("receipt_accepted", send("/api/v1/lineage", &event));
    let spaced = serde_json::to_string_pretty(&run_event(1, &["a"], &["b"])).unwrap();
    assert_json_snapshot!("receipt_duplicate", send("/api/v1/lineage", &spaced));
    let mut guessed = run_event(2, &["a"], &["b"]);
    guessed["eventTime"] = "2026-01-31 09:31:00.123456789".into();
    guessed["schemaURL"] = Value::Null;
    guessed["outputs"][0]["facets"] = json!({"unheardOf": {"a": 1}, "schema": {"fields": 7}});
    guessed["job"]["facets"] = json!({"sql": "not an object"});
    assert_json_snapshot!(
        "receipt_with_warnings",
        send("/api/v1/lineage", &guessed.to_string())
    );
    server.settle();
    let read_back = get(&server, "/api/v1/events/2/receipt");
    assert_eq!(
        read_back["body"]["warnings"],
        send("/api/v1/lineage", &guessed.to_string())["body"]["warnings"]
    );
    assert_json_snapshot!("receipt_read_back", read_back, {".body.receivedAt" => "[time]"});
    assert_json_snapshot!("receipt_not_json", send("/api/v1/lineage", "{\"a\": }"));
    assert_json_snapshot!(
        "receipt_not_an_event",
        send(
            "/api/v1/lineage",
            r#"{"eventTime": "2026-01-31T09:31:00Z"}"#
        )
    );
    let batch = format!(r#"[{event}, {{"eventTime": 7}}, {guessed}]"#);
    assert_json_snapshot!("batch_partial", send("/api/v1/lineage/batch", &batch));
    assert_json_snapshot!("batch_empty", send("/api/v1/lineage/batch", "[]"));
    assert_json_snapshot!("batch_not_an_array", send("/api/v1/lineage/batch", &event));
}

#[test]
fn nothing_there_and_wrong_methods() {
    let (_dir, server) = small_estate();
    assert_json_snapshot!("not_found", get(&server, "/api/v1/nothing"));
    assert_json_snapshot!("lineage_is_posted", get(&server, "/api/v1/lineage"));
    assert_json_snapshot!("verify_is_posted", get(&server, "/api/v1/verify"));
    assert_json_snapshot!(
        "status_is_read",
        whole(&server, "DELETE", "/api/v1/status", &[], b"")
    );
}

#[test]
fn health_and_the_front_page() {
    let (_dir, server) = small_estate();
    assert_json_snapshot!("healthz", get(&server, "/healthz"));
    assert_json_snapshot!("readyz", get(&server, "/readyz"));
    let front = get(&server, "/");
    assert_eq!(front["status"], 200, "{front}");
    let text = front["body"].as_str().unwrap();
    // Every file that it loads and every link on it leads somewhere. The names of files change with
    // what is in them, so they are no snapshot.
    let links: BTreeSet<&str> = ["href=\"", "src=\""]
        .iter()
        .flat_map(|start| text.split(start).skip(1))
        .map(|rest| rest.split('"').next().unwrap())
        .filter(|link| link.starts_with('/'))
        .collect();
    assert!(!links.is_empty(), "{text}");
    for link in links {
        assert_eq!(server.get(link).0, 200, "{link}");
    }
}

#[test]
fn names_of_metrics() {
    let (_dir, server) = small_estate();
    server.send(b"nonsense");
    server.graphql("{ status { version } }");
    let text = get(&server, "/metrics")["body"]
        .as_str()
        .unwrap()
        .to_owned();
    // Names and labels without values: what dashboards and alerts are built on.
    let names: BTreeSet<&str> = text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| line.rsplit_once(' ').unwrap().0)
        .filter(|name| !name.contains("quantile=") && !name.contains("le="))
        .collect();
    assert_json_snapshot!(names);
    for line in [
        "headwater_head_seq 3",
        "headwater_applied_seq 3",
        "headwater_datasets 3",
        "headwater_jobs 2",
        "headwater_runs 2",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}: {text}");
    }
}

/// Totals by producer, in metrics and GraphQL, over restarts.
#[test]
fn totals_by_producer_survive_a_restart() {
    let (dir, server) = small_estate();
    let again = run_event(1, &["a"], &["b"]).to_string();
    assert_eq!(server.send(again.as_bytes()).1["status"], "duplicate");
    let asked = "{ emitters { producer events duplicates first last warnings { code count } }
                   status { emitterCount emittersComplete }
                   event(seq: 2) { seq kind producer applied warnings { code path } names { datasets } } }";
    let totals = |duplicates: u64| {
        json!({"data": {
            "emitters": [{
                "producer": "https://example.org/etl", "events": 3, "duplicates": duplicates,
                "first": "2026-01-31T09:30:00+00:00", "last": "2026-01-31T09:31:00+00:00",
                "warnings": [{"code": "no_time_zone", "count": 1}],
            }],
            "status": {"emitterCount": 1, "emittersComplete": true},
            "event": {"seq": 2, "kind": "RUN", "producer": "https://example.org/etl", "applied": true,
                      "warnings": [{"code": "no_time_zone", "path": "/eventTime"}],
                      "names": {"datasets": 2}},
        }})
    };
    assert_eq!(server.graphql(asked), totals(1));
    assert_eq!(server.stop(), Some(0));
    let file = dir.path().join("emitters.json");
    let kept = std::fs::read(&file).unwrap();
    let server = Server::start(dir.path());
    assert_eq!(server.graphql(asked), totals(0));
    let metrics = server.get("/metrics").1;
    for line in [
        r#"headwater_emitter_events{producer="https://example.org/etl"} 3"#,
        r#"headwater_emitter_warnings{producer="https://example.org/etl",code="no_time_zone"} 1"#,
        "headwater_emitter_totals_complete 1",
    ] {
        assert!(
            metrics.lines().any(|found| found == line),
            "{line}: {metrics}"
        );
    }
    assert_eq!(server.stop(), Some(0));
    assert_eq!(
        std::fs::read(&file).unwrap(),
        kept,
        "nothing was counted again"
    );
    // Without the file all is counted anew from the log.
    std::fs::remove_file(&file).unwrap();
    let server = Server::start(dir.path());
    let start = Instant::now();
    while server.graphql(asked) != totals(0) {
        assert!(start.elapsed() < Duration::from_secs(30));
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Every refusal says what was wrong in the same form.
#[test]
fn refusals_have_one_form() {
    let (_dir, server) = small_estate();
    let cases = [
        ("GET", "/api/v1/nothing"),
        ("GET", "/api/v1/events/4"),
        ("POST", "/api/v1/lineage"),
        ("POST", "/api/v1/lineage/batch"),
        ("GET", "/api/v1/events/nonsense"),
        ("GET", "/api/v1/events/-1"),
        ("GET", "/api/v1/events/%FF"),
        ("GET", "/api/v1/events/99999999999999999999"),
        ("GET", "/api/v1/events?from=nonsense"),
        ("GET", "/api/v1/events/nonsense/receipt"),
        ("GET", "/api/v1/events/4/receipt"),
        ("GET", "/api/v1/lineage"),
        ("DELETE", "/api/v1/status"),
        ("POST", "/readyz"),
        ("PUT", "/graphql"),
        ("GET", "/graphql"),
        ("GET", "/graphql?query=a&query=b"),
        ("GET", "/graphql?query={status{version}}&variables=7x"),
        ("POST", "/graphql"),
    ];
    for (method, path) in cases {
        let answer = whole(&server, method, path, &[], b"");
        let error = &answer["body"]["error"];
        let in_form = error["code"].is_string() && error["message"].is_string();
        assert!(
            answer["status"].as_u64().unwrap() >= 400,
            "{method} {path}: {answer}"
        );
        assert!(in_form, "{method} {path}: {answer}");
    }
}
