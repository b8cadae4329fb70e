//! Explicit changes: by a file, against a server and an exported graph, and by GraphQL.

use serde_json::{Value, json};

use super::support::{check, code_and_text, complaint, estate};
use crate::server::headwater;

const DROPPED: &str = r#"{"version": 1, "changes": [
  {"kind": "column_removed", "dataset": {"namespace": "ns", "name": "raw"}, "column": "email",
   "file": "migrations/7.sql", "line": 3}]}"#;

#[test]
fn a_dropped_column_fails_with_its_readers_and_evidence() {
    let dir = tempfile::tempdir().unwrap();
    let server = estate(&dir.path().join("data"));
    let file = dir.path().join("changes.json");
    std::fs::write(&file, DROPPED).unwrap();
    let file = file.to_str().unwrap();

    let (code, text) = code_and_text(&check(&["changes", file, "--server", &server.url]));
    assert_eq!(code, 1, "{text}");
    for part in [
        "FAIL: 1 change (1 breaking)",
        "FAIL breaking: column removed raw.email",
        "at      migrations/7.sql:3",
        "path    raw.email -> stg.mail",
        "seen    by load, declared, last 2026-01-31T09:30:00Z, run 00000000",
        "breaking          column stg.mail (owner team:mart)",
        "possibly breaking consumer dashboard",
        "possibly breaking dataset export",
        "fix     keep email",
    ] {
        assert!(text.contains(part), "{part:?} is not in\n{text}");
    }

    // The same from an exported graph, packed and plain, of a server and of its folder.
    let reports: Vec<Value> = ["graph.json", "graph.json.zst", "data"]
        .iter()
        .map(|name| {
            let graph = dir.path().join(format!("of-{name}"));
            let mut export = headwater();
            export.args(["export", "graph", "--output"]).arg(&graph);
            export.args(["--server", &server.url]);
            assert!(export.status().unwrap().success());
            let graph = graph.to_str().unwrap();
            let output = check(&["changes", file, "--graph", graph, "--format", "json"]);
            let (code, text) = code_and_text(&output);
            assert_eq!(code, 1, "{}", complaint(&output));
            serde_json::from_str(&text).unwrap()
        })
        .collect();
    assert_eq!(reports[0], reports[1]);
    let output = check(&["changes", file, "--server", &server.url, "--format", "json"]);
    let online: Value = serde_json::from_str(&code_and_text(&output).1).unwrap();
    assert_eq!(online["findings"], reports[0]["findings"]);

    server.stop();
    let graph = dir.path().join("stopped.json");
    let mut export = headwater();
    export.args(["export", "graph", "--output"]).arg(&graph);
    export.arg("--data").arg(dir.path().join("data"));
    assert!(export.status().unwrap().success());
    let output = check(&[
        "changes",
        file,
        "--graph",
        graph.to_str().unwrap(),
        "--format",
        "json",
    ]);
    let stopped: Value = serde_json::from_str(&code_and_text(&output).1).unwrap();
    assert_eq!(online["findings"], stopped["findings"]);
}

#[test]
fn graphql_answers_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let server = estate(dir.path());
    let answer = server.graphql(
        r#"{ impact(changes: [{kind: COLUMN_REMOVED, dataset: {namespace: "ns", name: "raw"}, column: "email"}]) {
            verdict appliedSeq notes { code message unknown }
            summary { changes breaking unknown possiblyBreaking valueChange safe waived columns datasets jobs consumers }
            findings { id class action reason fix affectedTotal truncated
              change { kind namespace name column owners }
              changedAlong { name } waiver { owner }
              affected { kind namespace name column class depth layer consumer owners contracts
                path { name column by knownBy indirect runs lastSeen lastRun } } } } }"#,
    );
    assert_eq!(answer["errors"], Value::Null, "{answer}");
    insta::assert_json_snapshot!(answer["data"]);

    for (query, code) in [
        ("[]", "BAD_INPUT"),
        (
            "[{kind: COLUMN_REMOVED, dataset: {namespace: \"ns\", name: \"raw\"}}]",
            "BAD_INPUT",
        ),
        (
            "[{kind: JOB_REMOVED, dataset: {namespace: \"ns\", name: \"raw\"}}]",
            "BAD_INPUT",
        ),
    ] {
        let answer = server.graphql(&format!("{{ impact(changes: {query}) {{ verdict }} }}"));
        assert_eq!(answer["errors"][0]["extensions"]["code"], code, "{answer}");
    }
    let unknown = server.graphql(
        r#"{ impact(changes: [{kind: DATASET_REMOVED, dataset: {namespace: "ns", name: "nowhere"}}]) { verdict findings { class reason } } }"#,
    );
    assert_eq!(
        unknown["data"]["impact"]["verdict"], "CANNOT_TELL",
        "{unknown}"
    );
    let adapted = server.graphql(
        r#"{ impact(changes: [{kind: COLUMN_RENAMED, dataset: {namespace: "ns", name: "raw"}, column: "email", to: "mail"}],
             adapted: [{namespace: "ns", name: "load"}]) { verdict findings { class changedAlong { name } } } }"#,
    );
    assert_eq!(adapted["data"]["impact"]["verdict"], "PASS", "{adapted}");
}

#[test]
fn what_goes_wrong_is_said_and_never_passes() {
    let dir = tempfile::tempdir().unwrap();
    let server = estate(&dir.path().join("data"));
    let write = |name: &str, text: &str| {
        let file = dir.path().join(name);
        std::fs::write(&file, text).unwrap();
        file.to_str().unwrap().to_owned()
    };
    let good = write("good.json", DROPPED);
    let half = write("half.json", &DROPPED[..60]);
    let version = write(
        "version.json",
        &DROPPED.replace("\"version\": 1", "\"version\": 7"),
    );
    let lacking = write(
        "lacking.json",
        &DROPPED.replace("\"column\": \"email\",", ""),
    );
    let kind = write(
        "kind.json",
        &DROPPED.replace("column_removed", "column_eaten"),
    );
    let graph = write("graph.json", "{\"headwaterGraph\": 1}");
    let newer = write("newer.json", "{\"headwaterGraph\": 9}");
    let url = server.url.clone();
    let cases: Vec<(Vec<&str>, &str)> = vec![
        (
            vec!["changes", "nowhere.json", "--server", &url],
            "reading nowhere.json",
        ),
        (
            vec!["changes", &half, "--server", &url],
            "half.json is no change file",
        ),
        (
            vec!["changes", &version, "--server", &url],
            "version 7 of change files is not known",
        ),
        (
            vec!["changes", &lacking, "--server", &url],
            "changes[0] (column_removed) needs column",
        ),
        (vec!["changes", &kind, "--server", &url], "column_eaten"),
        (
            vec!["changes", &good, "--server", "http://127.0.0.1:9"],
            "is the server running there",
        ),
        (
            vec!["changes", &good, "--graph", "nowhere.json"],
            "reading the graph nowhere.json",
        ),
        (
            vec!["changes", &good, "--graph", &good],
            "headwater export graph",
        ),
        (
            vec!["changes", &good, "--graph", &graph],
            "no graph of Headwater",
        ),
        (vec!["changes", &good, "--graph", &newer], "version 9"),
        (
            vec!["changes", &good, "--server", &url, "--format", "pdf"],
            "there is no such format",
        ),
        (
            vec![
                "changes", &good, "--server", &url, "--output", "a", "--output", "b",
            ],
            "--output",
        ),
    ];
    for (args, part) in cases {
        let output = check(&args);
        let complaint = complaint(&output);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {complaint}");
        assert!(
            complaint.contains(part),
            "{args:?}: {part:?} is not in {complaint}"
        );
    }
    for (on_error, code) in [("pass", 0), ("fail", 1)] {
        let args = ["changes", &half, "--server", &url, "--on-error", on_error];
        assert_eq!(check(&args).status.code(), Some(code));
    }
    // Without any graph, what is removed is unknown.
    let (code, text) = code_and_text(&check(&["changes", &good]));
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("CANNOT TELL"), "{text}");
}

/// A server that gives the same answer to whatever is asked of it.
fn answers(status: &'static str, body: &'static str) -> String {
    use std::io::{Read as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut held = [0; 4096];
            let read = stream.read(&mut held).unwrap();
            // The head may come without the body.
            if read > 0 && held[..read].ends_with(b"\r\n\r\n") {
                _ = stream.read(&mut held).unwrap();
            }
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
            );
            _ = stream.write_all(format!("{head}{body}").as_bytes());
        }
    });
    url
}

#[test]
fn a_server_that_refuses_or_is_another_is_told_and_never_passes() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("changes.json");
    std::fs::write(&file, DROPPED).unwrap();
    let cut = &r#"{"headwaterGraph": 1, "appliedSeq": 3, "datasets": ["#;
    for (status, body, part) in [
        (
            "401 Unauthorized",
            "{}",
            "refuses the token (401); set HEADWATER_TOKEN",
        ),
        ("403 Forbidden", "{}", "refuses the token (403)"),
        (
            "404 Not Found",
            "<html>",
            "a Headwater server, of this version or a later one?",
        ),
        ("200 OK", "<html>hello</html>", "no graph of Headwater"),
        ("200 OK", cut, "no graph of Headwater"),
        (
            "503 Service Unavailable",
            r#"{"error": {"code": "busy", "message": "try again"}}"#,
            "answered 503: try again",
        ),
    ] {
        let url = answers(status, body);
        let args = [
            "changes",
            file.to_str().unwrap(),
            "--server",
            &url,
            "--store",
        ];
        let output = check(&args);
        let complaint = complaint(&output);
        assert_eq!(output.status.code(), Some(2), "{status}: {complaint}");
        assert!(
            complaint.contains(part),
            "{status}: {part:?} is not in {complaint}"
        );
    }
}

#[test]
fn several_reports_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let server = estate(&dir.path().join("data"));
    let file = dir.path().join("changes.json");
    std::fs::write(&file, DROPPED).unwrap();
    let sarif = dir.path().join("out.sarif");
    let wanted = format!("sarif={}", sarif.display());
    let junit = dir.path().join("out.xml");
    let output = check(&[
        "changes",
        file.to_str().unwrap(),
        "--server",
        &server.url,
        "--format",
        &wanted,
        "--format",
        "github",
        "--format",
        "junit",
        "--output",
        "-",
        "--output",
        junit.to_str().unwrap(),
    ]);
    let (code, text) = code_and_text(&output);
    assert_eq!(code, 1, "{}", complaint(&output));
    assert!(
        text.starts_with("::error file=migrations/7.sql,line=3,title="),
        "{text}"
    );
    let sarif: Value = serde_json::from_str(&std::fs::read_to_string(sarif).unwrap()).unwrap();
    let place = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], json!("migrations/7.sql"));
    assert_eq!(place["region"]["startLine"], json!(3));
    assert!(
        std::fs::read_to_string(junit)
            .unwrap()
            .contains("<failure type=\"breaking\"")
    );
}
