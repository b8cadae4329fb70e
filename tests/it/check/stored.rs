//! Reports that a server keeps: the command, the answer over HTTP, GraphQL, and what is refused.

use serde_json::{Value, json};

use super::support::{check, code_and_text, complaint, estate};
use crate::server::{Server, headwater};

const DROPPED: &str = r#"{"version": 1, "changes": [
  {"kind": "column_removed", "dataset": {"namespace": "ns", "name": "raw"}, "column": "email",
   "file": "migrations/7.sql", "line": 3}]}"#;

fn ask(server: &Server, query: &str) -> Value {
    let answer = server.graphql(query);
    assert_eq!(answer["errors"], Value::Null, "{answer}");
    answer["data"].clone()
}

fn post(server: &Server, body: &Value) -> (u16, Value) {
    let json = [("Content-Type", "application/json")];
    server.post("/api/v1/checks", &json, body.to_string().as_bytes())
}

#[test]
fn a_stored_check_is_there_by_its_link_and_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let server = estate(&data);
    let changes = dir.path().join("changes.json");
    std::fs::write(&changes, DROPPED).unwrap();
    let event = dir.path().join("event.json");
    let pull = json!({"pull_request": {"title": "Drop email", "head": {"sha": "abc"},
        "html_url": "https://github.example.org/o/shop/pull/7"}});
    std::fs::write(&event, pull.to_string()).unwrap();
    let file = |name: &str| dir.path().join(name).display().to_string();
    let output = headwater()
        .args([
            "check",
            "changes",
            &file("changes.json"),
            "--server",
            &server.url,
        ])
        .args(["--store", "--branch", "drop-email", "--format", "text"])
        .args(["--format", &format!("markdown={}", file("md"))])
        .args(["--format", &format!("json={}", file("json"))])
        .args(["--format", &format!("sarif={}", file("sarif"))])
        .args(["--format", &format!("junit={}", file("xml"))])
        .args(["--format", &format!("github={}", file("gh"))])
        .envs([("GITHUB_ACTIONS", "true"), ("GITHUB_REPOSITORY", "o/shop")])
        .env("GITHUB_EVENT_PATH", &event)
        .output()
        .unwrap();
    let (code, text) = code_and_text(&output);
    assert_eq!(code, 1, "{}", complaint(&output));
    let link = text.lines().find_map(|line| line.strip_prefix("stored: "));
    let link = link
        .unwrap_or_else(|| panic!("no link in {text}"))
        .to_owned();
    let id = link
        .strip_prefix(&format!("{}/checks/", server.url))
        .unwrap();
    for (name, told) in [
        ("md", format!("[The whole report]({link})")),
        ("json", format!("\"link\": \"{link}\"")),
        ("sarif", format!("\"hostedViewerUri\": \"{link}\"")),
        (
            "xml",
            format!("<property name=\"report\" value=\"{link}\"/>"),
        ),
        ("gh", link.clone()),
    ] {
        let text = std::fs::read_to_string(file(name)).unwrap();
        assert!(text.contains(&told), "{told} is not in {text}");
    }

    let report = "verdict summary { breaking } findings { change { column file line } class
        affectedTotal affected { name column path { name } } } knownUntil";
    let query = format!(
        "{{ check(id: \"{id}\") {{ id title repository branch commit url source verdict exitCode
            checkedAt storedAt summary {{ changes breaking }} report {{ {report} }} }} }}"
    );
    let stored = ask(&server, &query)["check"].clone();
    let part = |stored: &Value, names: &[&str]| -> Vec<Value> {
        names.iter().map(|name| stored[*name].clone()).collect()
    };
    assert_eq!(
        part(
            &stored,
            &["id", "title", "repository", "branch", "commit", "url"]
        ),
        [
            id,
            "Drop email",
            "o/shop",
            "drop-email",
            "abc",
            "https://github.example.org/o/shop/pull/7"
        ]
    );
    assert_eq!(part(&stored, &["source", "verdict"]), ["changes", "FAIL"]);
    assert_eq!(stored["exitCode"], 1);
    assert_eq!(stored["summary"], json!({"changes": 1, "breaking": 1}));
    // The report is the one that `impact` gives, but for the file of the change.
    let impact = ask(
        &server,
        &format!(
            "{{ impact(changes: [{{kind: COLUMN_REMOVED, dataset: {{namespace: \"ns\", name: \"raw\"}},
                column: \"email\"}}]) {{ {report} }} }}"
        ),
    );
    let mut told = stored["report"].clone();
    assert_eq!(told["findings"][0]["change"]["file"], "migrations/7.sql");
    told["findings"][0]["change"] = impact["impact"]["findings"][0]["change"].clone();
    assert_eq!(told, impact["impact"]);

    assert_eq!(server.stop(), Some(0));
    let server = Server::start(&data);
    assert_eq!(ask(&server, &query)["check"], stored);
}

#[test]
fn checks_page_from_the_newest_and_the_oldest_go() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start_with(dir.path(), &[("HEADWATER_CHECKS_KEEP", "3")]);
    let draft = |n: u32| {
        json!({"headwaterStoredCheck": 1, "checkedAt": "2026-01-31T09:30:00Z", "title": format!("change {n}"),
        "exit": 0, "report": {"headwaterCheck": 1, "verdict": "pass", "source": "file",
            "summary": {"changes": 0, "breaking": 0, "unknown": 0, "possiblyBreaking": 0, "valueChange": 0,
                "safe": 0, "waived": 0, "columns": 0, "datasets": 0, "jobs": 0, "consumers": 0},
            "findings": [], "notes": [], "graph": {"appliedSeq": 1, "knownUntil": null}}})
    };
    for n in 1..=3 {
        let (status, answer) = post(&server, &draft(n));
        assert_eq!(status, 201, "{answer}");
        assert_eq!(answer["dropped"], 0);
    }
    // Sent again, after an answer that got lost: the same check.
    let (status, again) = post(&server, &draft(3));
    assert_eq!((status, &again["new"]), (200, &json!(false)));
    let list = "total keep pageInfo { hasNextPage hasPreviousPage endCursor } nodes { title }
        edges { cursor node { id } }";
    let page = ask(&server, &format!("{{ checks(first: 2) {{ {list} }} }}"))["checks"].clone();
    assert_eq!(
        page["nodes"],
        json!([{"title": "change 3"}, {"title": "change 2"}])
    );
    assert_eq!((&page["total"], &page["keep"]), (&json!(3), &json!(3)));
    assert_eq!(page["pageInfo"]["hasNextPage"], true);
    assert_eq!(page["edges"][0]["node"]["id"], again["id"]);
    let cursor = page["pageInfo"]["endCursor"].as_str().unwrap();
    assert_eq!(page["edges"][1]["cursor"], cursor);

    let (_, answer) = post(&server, &draft(4));
    assert_eq!(
        (&answer["dropped"], &answer["keep"]),
        (&json!(1), &json!(3))
    );
    let rest = ask(
        &server,
        &format!("{{ checks(after: \"{cursor}\") {{ {list} }} }}"),
    );
    assert_eq!(rest["checks"]["nodes"], json!([]));
    assert_eq!(rest["checks"]["pageInfo"]["hasPreviousPage"], true);
    let gone = ask(
        &server,
        "{ check(id: \"000000000000000000000000\") { id } }",
    );
    assert_eq!(gone["check"], Value::Null);
    let bad = server.graphql("{ checks(after: \"x\") { total } }");
    assert_eq!(bad["errors"][0]["extensions"]["code"], "BAD_INPUT");
}

#[test]
fn what_cannot_be_stored_is_said_and_the_verdict_stays() {
    let dir = tempfile::tempdir().unwrap();
    let server = estate(&dir.path().join("data"));
    let (status, answer) = post(&server, &json!({"report": 1}));
    assert_eq!(
        (status, &answer["error"]["code"]),
        (400, &json!("not_a_check"))
    );

    let changes = dir.path().join("changes.json");
    std::fs::write(&changes, DROPPED).unwrap();
    let changes = changes.to_str().unwrap();
    let small = Server::start_with(
        &dir.path().join("small"),
        &[("HEADWATER_CHECKS_REPORT_BYTES", "100")],
    );
    let output = check(&[
        "changes",
        changes,
        "--server",
        &small.url,
        "--store",
        "--on-error",
        "pass",
    ]);
    let (code, text) = code_and_text(&output);
    assert_eq!(code, 0, "{}", complaint(&output));
    assert!(
        text.starts_with("CANNOT TELL") && !text.contains("stored: "),
        "{text}"
    );
    let said = complaint(&output);
    assert!(
        said.contains("was not stored") && said.contains("checks.report_bytes"),
        "{said}"
    );

    // A folder where the file should be: the disk does not take it.
    let folder = dir.path().join("data/checks");
    std::fs::write(&folder, "in the way").unwrap();
    let output = check(&["changes", changes, "--server", &server.url, "--store"]);
    assert_eq!(code_and_text(&output).0, 1);
    let said = complaint(&output);
    assert!(
        said.contains("was not stored") && said.contains("507"),
        "{said}"
    );

    let output = check(&["changes", changes, "--store"]);
    assert_eq!(code_and_text(&output).0, 2);
    assert!(complaint(&output).contains("--server URL"));
}
