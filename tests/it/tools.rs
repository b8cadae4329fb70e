//! The command line as a person uses it.

use std::io::Write;
use std::process::{Output, Stdio};

use crate::server::{Server, fixture, headwater};

fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[test]
fn import_export_and_digest_agree_between_server_and_store() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    let lines = fixture("recordings/dbt-build.ndjson");
    let folder = path("events");
    std::fs::create_dir(&folder).unwrap();
    let (first, rest) = lines.split_once('\n').unwrap();
    let array = format!("[\n{}\n]", rest.trim().replace('\n', ",\n"));
    std::fs::write(folder.join("array.json"), array).unwrap();
    let packed = zstd::encode_all(first.as_bytes(), 3).unwrap();
    std::fs::write(folder.join("first.ndjson.zst"), packed).unwrap();
    std::fs::write(folder.join("notes.txt"), "not events").unwrap();

    let import = |to: &[&str]| {
        headwater()
            .arg("import")
            .args(to)
            .arg(&folder)
            .output()
            .unwrap()
    };
    let store = path("store");
    let done = import(&["--data", store.to_str().unwrap()]);
    assert!(done.status.success(), "{}", text(&done));
    assert!(
        text(&done).contains("12 new, 0 known already, 0 refused"),
        "{}",
        text(&done)
    );
    let again = import(&["--data", store.to_str().unwrap()]);
    assert!(
        text(&again).contains("0 new, 12 known already"),
        "{}",
        text(&again)
    );

    let server = Server::start(&path("server"));
    assert!(import(&["--server", &server.url]).status.success());
    server.settle();
    let digest = |target: &[&str]| text(&headwater().arg("digest").args(target).output().unwrap());
    let of_server = digest(&["--server", &server.url]);
    assert_eq!(of_server.trim().len(), 64, "{of_server}");
    assert!(digest(&["--data", store.to_str().unwrap()]).contains(of_server.trim()));

    let export = |target: &[&str]| {
        headwater()
            .arg("export")
            .args(target)
            .output()
            .unwrap()
            .stdout
    };
    let exported = export(&["--data", store.to_str().unwrap()]);
    assert_eq!(exported, export(&["--server", &server.url]));
    let mut sorted: Vec<&str> = std::str::from_utf8(&exported).unwrap().lines().collect();
    let mut expected: Vec<&str> = lines.lines().collect();
    sorted.sort_unstable();
    expected.sort_unstable();
    assert_eq!(sorted, expected, "every line is verbatim");

    let verify = headwater()
        .args(["verify", "--data"])
        .arg(&store)
        .output()
        .unwrap();
    assert!(verify.status.success(), "{}", text(&verify));
    let rebuild = headwater()
        .args(["rebuild", "--data"])
        .arg(&store)
        .output()
        .unwrap();
    assert!(
        text(&rebuild).contains(of_server.trim()),
        "{}",
        text(&rebuild)
    );
}

#[test]
fn import_reads_standard_input_and_names_what_it_refuses() {
    let dir = tempfile::tempdir().unwrap();
    let mut child = headwater()
        .args(["import", "--data"])
        .arg(dir.path())
        .arg("-")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let line = fixture("recordings/dbt-build.ndjson")
        .lines()
        .next()
        .unwrap()
        .to_owned();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(format!("{line}\n{{\"eventTime\": 1}}\nnonsense\n").as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output);
    assert!(said.contains("1 new, 0 known already, 2 refused"), "{said}");
    assert!(
        said.contains("standard input:2") && said.contains("/eventTime"),
        "{said}"
    );
    assert!(
        said.contains("standard input:3") && said.contains("not valid JSON"),
        "{said}"
    );
}

#[test]
fn help_says_where_data_is_kept_and_where_it_listens() {
    let output = headwater().args(["serve", "--help"]).output().unwrap();
    for default in ["headwater-data", "127.0.0.1:5050"] {
        assert!(text(&output).contains(default), "{}", text(&output));
    }
}

#[test]
fn errors_say_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let cases: [(&[&str], &str); 4] = [
        (
            &["digest", "--server", "http://127.0.0.1:1"],
            "is the server running there?",
        ),
        (
            &["digest", "--data", "/nonexistent/headwater"],
            "there is no data folder",
        ),
        (
            &[
                "serve",
                "--listen",
                "nonsense",
                "--data",
                dir.path().to_str().unwrap(),
            ],
            "cannot listen on nonsense",
        ),
        (
            &["--config", "/nonexistent.toml", "status", "--server", "x"],
            "cannot read the configuration",
        ),
    ];
    for (args, says) in cases {
        let output = headwater().args(args).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(text(&output).contains(says), "{args:?}: {}", text(&output));
    }
    let server = Server::start(dir.path());
    let output = headwater()
        .args(["status", "--data"])
        .arg(dir.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2), "two processes on one folder");
    drop(server);
}

#[test]
fn a_damaged_catalog_is_set_aside_and_rebuilt() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    server.replay("dbt-build");
    let digest = server.get("/api/v1/digest").1;
    assert_eq!(server.stop(), Some(0));
    let db = dir.path().join("store/db");
    let mut bytes = std::fs::read(&db).unwrap();
    bytes.iter_mut().for_each(|byte| *byte ^= 0x5a);
    std::fs::write(&db, bytes).unwrap();
    let server = Server::start(dir.path());
    server.settle();
    assert_eq!(server.get("/api/v1/digest").1, digest);
}

#[test]
fn the_demo_answers_its_own_questions() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let events = headwater::estate::demo::demo_events(1_769_817_600_000).unwrap();
    for batch in events.chunks(100) {
        let body = serde_json::to_vec(batch).unwrap();
        let (status, answer) = server.post(
            "/api/v1/lineage/batch",
            &[("Content-Type", "application/json")],
            &body,
        );
        assert_eq!(
            (status, answer["status"].as_str()),
            (201, Some("success")),
            "{answer}"
        );
    }
    server.settle();
    for question in headwater::estate::demo::things_to_try().unwrap() {
        let answer = server.graphql(&question.query);
        assert!(answer["errors"].is_null(), "{}: {answer}", question.title);
        let data = answer["data"].to_string();
        assert!(
            !data.contains(":null}") && !data.contains("[]"),
            "{}: {data}",
            question.title
        );
    }
    let renamed = server.graphql(r#"{ dataset(namespace: "snowflake://acme-prod", name: "ANALYTICS.STAGING.STG_ORDERS") { layer columns(includeRemoved: true) { name removed } } }"#);
    let columns = renamed["data"]["dataset"]["columns"].as_array().unwrap();
    let removed = |name: &str| {
        columns
            .iter()
            .find(|c| c["name"] == name)
            .map(|c| c["removed"].clone())
    };
    assert_eq!(
        (removed("total"), removed("order_total")),
        (Some(true.into()), Some(false.into()))
    );
    assert_eq!(renamed["data"]["dataset"]["layer"], "staging");
}
