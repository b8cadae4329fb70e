//! Bad and unusual input: a clear error or a faithful record, nothing lost, nothing crashed.

use std::io::Write;

use serde_json::{Value, json};

use crate::server::{Server, agent, run_event};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn each_bad_body_gets_its_status_and_says_why() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let good = run_event(1, &["a"], &["b"]).to_string();
    let with = |pointer: &str, value: Value| {
        let mut event = run_event(1, &["a"], &["b"]);
        *event.pointer_mut(pointer).unwrap() = value;
        event.to_string().into_bytes()
    };
    let packed = gzip(good.as_bytes());
    let bomb = gzip(&vec![b' '; 64 << 20]);
    let json = ("Content-Type", "application/json");
    let gz = ("Content-Encoding", "gzip");
    let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000)).into_bytes();
    let cases: Vec<(&str, Vec<(&str, &str)>, Vec<u8>, u16, &str)> = vec![
        ("empty", vec![json], vec![], 400, "ends too early"),
        (
            "not JSON",
            vec![json],
            b"hello".to_vec(),
            400,
            "not valid JSON",
        ),
        (
            "cut",
            vec![json],
            good.as_bytes()[..good.len() - 2].to_vec(),
            400,
            "ends too early",
        ),
        (
            "not UTF-8",
            vec![json],
            b"{\"a\": \"\xff\xfe\"}".to_vec(),
            400,
            "not UTF-8",
        ),
        ("deep", vec![json], deep, 400, "nested deeper"),
        (
            "truncated gzip",
            vec![json, gz],
            packed[..packed.len() / 2].to_vec(),
            400,
            "gzip",
        ),
        (
            "no gzip",
            vec![json, gz],
            good.clone().into_bytes(),
            400,
            "gzip",
        ),
        ("gzip bomb", vec![json, gz], bomb, 413, "larger than"),
        (
            "too large",
            vec![json],
            vec![b' '; 33 << 20],
            413,
            "larger than",
        ),
        (
            "brotli",
            vec![json, ("Content-Encoding", "br")],
            good.clone().into_bytes(),
            415,
            "gzip or none",
        ),
        (
            "a form",
            vec![("Content-Type", "application/x-www-form-urlencoded")],
            good.clone().into_bytes(),
            415,
            "application/json",
        ),
        (
            "no time",
            vec![json],
            with("/eventTime", Value::Null),
            422,
            "/eventTime",
        ),
        (
            "a number for a name",
            vec![json],
            with("/inputs/0/name", json!(7)),
            422,
            "/inputs/0/name",
        ),
        (
            "an empty name",
            vec![json],
            with("/job/name", json!("")),
            422,
            "/job/name",
        ),
        (
            "an array for a job",
            vec![json],
            with("/job", json!(["a", "b"])),
            422,
            "/job",
        ),
        (
            "a huge number for a string",
            vec![json],
            with("/producer", json!(1e300)),
            422,
            "/producer",
        ),
    ];
    for (name, headers, body, status, text) in cases {
        let (seen, answer) = server.post("/api/v1/lineage", &headers, &body);
        assert_eq!(seen, status, "{name}: {answer}");
        assert!(
            answer["error"].to_string().contains(text),
            "{name}: {answer}"
        );
    }
    assert_eq!(
        server.get("/api/v1/events").1,
        "",
        "nothing malformed enters the log"
    );
    assert_eq!(server.post("/api/v1/lineage", &[json, gz], &packed).0, 201);
}

#[test]
fn unusual_events_are_kept_faithfully() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let name = "a \"b\"/c|d%7C 🚀 \u{202e}x ümlaut <script>";
    let mut event = run_event(2, &[name], &["wide"]);
    let fields: Vec<Value> = (0..10_000)
        .map(|n| json!({"name": format!("c {n}.x/y")}))
        .collect();
    event["outputs"][0]["facets"] = json!({"schema": {"_producer": "p", "fields": fields}});
    let mut text = event.to_string();
    text = text.replace(
        "\"job\":{",
        "\"custom\":[NaN,9007199254740993,1e+400],\"job\":{",
    );
    let (status, receipt) = server.send(text.as_bytes());
    assert_eq!(status, 201, "{receipt}");
    assert_eq!(receipt["warnings"][0]["code"], "non_finite_number");
    server.settle();
    assert_eq!(server.get("/api/v1/events/1").1, text);
    let quoted = serde_json::to_string(name).unwrap();
    let answer = server.graphql(&format!(
        "{{ dataset(namespace: \"ns\", name: {quoted}) {{ name downstream {{ name columns {{ name }} }} }} }}"
    ));
    let wide = &answer["data"]["dataset"]["downstream"][0];
    assert_eq!(answer["data"]["dataset"]["name"], name);
    assert_eq!(wide["columns"].as_array().unwrap().len(), 10_000);
    assert_eq!(wide["columns"][9_999]["name"], "c 9999.x/y");
    let answer = server.graphql(&format!(
        "{{ search(query: {quoted}) {{ edges {{ node {{ name }} }} }} }}"
    ));
    assert_eq!(answer["data"]["search"]["edges"][0]["node"]["name"], name);
}

#[test]
fn chunked_bodies_are_read_and_the_answer_has_a_length() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let body = run_event(3, &["a"], &["b"]).to_string();
    let mut reader = std::io::Cursor::new(body);
    let mut response = agent()
        .post(format!("{}/api/v1/lineage", server.url))
        .header("Content-Type", "application/json; charset=utf-8")
        .send(ureq::SendBody::from_reader(&mut reader))
        .unwrap();
    assert_eq!(response.status().as_u16(), 201);
    let length: usize = response.headers()["content-length"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(response.body_mut().read_to_string().unwrap().len(), length);
}
