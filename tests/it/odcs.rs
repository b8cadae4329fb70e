//! Documents of the Open Data Contract Standard: in, out, and named by a policy.

use std::path::Path;
use std::process::Output;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::server::{Server, headwater, run_event};

fn run(args: &[&str]) -> Output {
    headwater().arg("policy").args(args).output().unwrap()
}

fn out(done: &Output) -> String {
    assert!(done.status.success(), "{}", err(done));
    String::from_utf8(done.stdout.clone()).unwrap()
}

fn err(done: &Output) -> String {
    String::from_utf8(done.stderr.clone()).unwrap()
}

const SAMPLE: &str = "fixtures/odcs/orders.odcs.yaml";

/// A document of one table in Postgres.
fn document(name: &str, columns: &str) -> String {
    format!(
        "apiVersion: v3.1.0
kind: DataContract
id: {name}
name: {name}
version: 1.0.0
status: active
servers:
  - {{server: s, type: custom, customProperties: [{{property: headwaterNamespace, value: n}}]}}
schema:
  - name: {name}
    properties: [{columns}]
"
    )
}

#[test]
fn a_document_becomes_a_policy_that_is_right() {
    let done = run(&["import-odcs", SAMPLE]);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("p.yaml");
    std::fs::write(&path, format!("version: 1\n{}", out(&done))).unwrap();
    let told = err(&done);
    assert!(
        told.contains("orders.odcs.yaml:") && told.contains("price: Headwater bills nothing"),
        "{told}"
    );
    let checked = run(&["check", path.to_str().unwrap()]);
    assert!(out(&checked).contains("8 contracts"), "{}", out(&checked));
    let elsewhere = run(&[
        "import-odcs",
        SAMPLE,
        "--namespace",
        "postgres://*",
        "--odcs-server",
        "dev",
    ]);
    assert!(
        out(&elsewhere).contains("\"postgres://*\"")
            && out(&elsewhere).contains("ANALYTICS_DEV.MARTS")
    );
}

#[test]
fn wrong_documents_are_told_with_file_line_and_column() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.odcs.yaml");
    let text = document("a", "{name: c}").replace("DataContract", "DataProduct");
    std::fs::write(&path, text).unwrap();
    let done = run(&["import-odcs", path.to_str().unwrap()]);
    assert_eq!(done.status.code(), Some(1));
    assert!(
        err(&done).contains("a.odcs.yaml:2:7: `kind` is \"DataProduct\""),
        "{}",
        err(&done)
    );
    assert!(done.stdout.is_empty());
    assert_eq!(
        run(&["import-odcs", "/nowhere.yaml"]).status.code(),
        Some(2)
    );
    let again = run(&["import-odcs", SAMPLE, SAMPLE]);
    assert_eq!(again.status.code(), Some(1));
    assert!(
        err(&again).contains("a second contract with the name"),
        "{}",
        err(&again)
    );
}

#[test]
fn a_policy_file_is_exported_and_imported_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.odcs.yaml");
    let policy = "fixtures/demo/headwater.policy.yaml";
    let mart = ["snowflake://acme-prod", "ANALYTICS.MARTS.FCT_PAYMENTS"];
    let written = out(&run(&[
        "export-odcs",
        policy,
        "--dataset",
        mart[0],
        mart[1],
    ]));
    std::fs::write(&path, &written).unwrap();
    let read = out(&run(&["import-odcs", path.to_str().unwrap()]));
    for held in [
        "name: \"promised-columns\"",
        "name: \"marts-are-fresh\"",
        "within: 2d",
        "name: \"marts-have-owners\"",
        "\"paid_amount\": \"NUMBER*\"",
        "severity: warning",
    ] {
        assert!(read.contains(held), "{held}\n{written}\n{read}");
    }
    // What jobs write is not told by a file.
    let text = std::fs::read_to_string(policy).unwrap();
    let fresh = "rule: fresh, within: 2d,";
    assert!(text.contains(fresh));
    let of_jobs = dir.path().join("of-jobs.policy.yaml");
    let jobs = format!("{fresh} jobs: {{namespace: dbt-prod}},");
    std::fs::write(&of_jobs, text.replace(fresh, &jobs)).unwrap();
    let of_jobs = of_jobs.to_str().unwrap();
    let left = run(&["export-odcs", of_jobs, "--dataset", mart[0], mart[1]]);
    assert!(!out(&left).contains("marts-are-fresh"), "{}", out(&left));
    let told = err(&left);
    for part in ["\"marts-are-fresh\"", "`jobs`", "--server"] {
        assert!(told.contains(part), "{told}");
    }
    let by_pattern = run(&["export-odcs", policy, "--contract", "marts-are-fresh"]);
    assert!(
        err(&by_pattern).contains("selects datasets by patterns"),
        "{}",
        err(&by_pattern)
    );
    let none = run(&["export-odcs", policy, "--dataset", "n", "x"]);
    assert!(
        err(&none).contains("no contract of this policy promises anything"),
        "{}",
        err(&none)
    );
    let both = run(&[
        "export-odcs",
        policy,
        "--server",
        "http://x",
        "--contract",
        "c",
    ]);
    assert_eq!(both.status.code(), Some(2));
}

fn start(dir: &Path, policy: &str) -> Server {
    let file = dir.join("p.yaml");
    std::fs::write(&file, policy).unwrap();
    let mut command = headwater();
    command.args(["serve", "--listen", "127.0.0.1:0", "--data"]);
    command.arg(dir.join("data")).arg("--policy").arg(&file);
    Server::spawn(command)
}

fn status(server: &Server) -> Value {
    serde_json::from_str(&server.get("/api/v1/status").1).unwrap()
}

/// Waits until contracts were looked at with the policy as `holds` wants it.
fn wait(server: &Server, holds: impl Fn(&Value) -> bool) {
    let start = Instant::now();
    loop {
        let status = status(server);
        let policy = &status["policy"];
        let seen = policy["evaluatedSeq"] == status["headSeq"];
        if seen && policy["evaluatedHash"] == policy["hash"] && holds(policy) {
            return;
        }
        assert!(start.elapsed() < Duration::from_secs(30), "{status}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn open(server: &Server) -> Vec<String> {
    let answer = server.graphql("{ contracts { name openCount } }");
    let contracts = answer["data"]["contracts"].as_array().unwrap().iter();
    let open = contracts.filter(|one| one["openCount"] != 0);
    open.map(|one| one["name"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_policy_holds_the_documents_that_it_names() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("contracts");
    std::fs::create_dir(&folder).unwrap();
    let write = |name: &str, columns: &str| {
        let text = document(name, columns);
        std::fs::write(folder.join(format!("{name}.odcs.yaml")), text).unwrap();
    };
    write("a", "{name: id, physicalType: INT}");
    let policy = "version: 1
odcs: [\"contracts/*.odcs.yaml\"]
exceptions:
  - {contract: b.columns, subject: {name: b}, reason: r, owner: o, approved_by: c, until: 2999-01-01}
";
    // An exception may name a contract of a document; there is none of that name yet.
    let file = dir.path().join("p.yaml");
    std::fs::write(&file, policy).unwrap();
    let told = err(&run(&["check", file.to_str().unwrap()]));
    assert!(
        told.contains("p.yaml:4:16: there is no contract \"b.columns\""),
        "{told}"
    );
    write("b", "{name: id}");
    let server = start(dir.path(), policy);
    let mut event = run_event(1, &[], &["a", "b"]);
    event["outputs"] = serde_json::json!([
        {"namespace": "n", "name": "a", "facets": {"schema": {"_producer": "p", "_schemaURL": "s", "fields": [{"name": "id", "type": "int"}]}}},
        {"namespace": "n", "name": "b"},
    ]);
    assert_eq!(server.send(event.to_string().as_bytes()).0, 201);
    server.settle();
    wait(&server, |_| true);
    // What `b` lacks is excepted.
    assert_eq!(open(&server), Vec::<String>::new());
    let loaded = status(&server)["policy"]["hash"].clone();
    // A document that changes is read again.
    write("a", "{name: id, physicalType: INT}, {name: gone}");
    wait(&server, |policy| policy["hash"] != loaded);
    assert_eq!(open(&server), ["a.columns"]);
    // One that is wrong is told with its place, and what was read before holds.
    write("a", "{nme: id}");
    wait(&server, |policy| {
        let told = policy["problems"][0].as_str().unwrap_or_default();
        told.contains("p.yaml:2:8: ")
            && told.contains("a.odcs.yaml:11:18: an entry of `properties` must have `name`")
    });
    assert_eq!(open(&server), ["a.columns"]);

    // What holds is exported, and the same when it is imported.
    write("a", "{name: id, physicalType: INT}, {name: gone}");
    wait(&server, |policy| {
        policy["problems"] == serde_json::json!([])
    });
    let written = out(&run(&[
        "export-odcs",
        "--server",
        &server.url,
        "--dataset",
        "n",
        "a",
    ]));
    assert!(
        written.contains("physicalType: \"int\"") && written.contains("- name: \"gone\""),
        "{written}"
    );
    let path = dir.path().join("again.odcs.yaml");
    std::fs::write(&path, &written).unwrap();
    let again = out(&run(&["import-odcs", path.to_str().unwrap()]));
    let first = folder.join("a.odcs.yaml");
    let first = out(&run(&["import-odcs", first.to_str().unwrap()]));
    let entries = |text: &str| text.split_once("contracts:").unwrap().1.to_owned();
    assert_eq!(entries(&first), entries(&again), "{written}");
    let by_contract = out(&run(&[
        "export-odcs",
        "--server",
        &server.url,
        "--contract",
        "a.columns",
    ]));
    assert!(by_contract.contains("name: \"a.columns\""), "{by_contract}");
    for (path, code, says) in [
        (
            "/api/v1/odcs?namespace=n&name=x",
            404,
            "no event has named the dataset x in n",
        ),
        ("/api/v1/odcs?contract=x", 404, "has no contract"),
        (
            "/api/v1/odcs?name=x",
            400,
            "either namespace and name, or contract",
        ),
        ("/api/v1/odcs?nam=x", 400, "unknown field"),
    ] {
        let (status, body) = server.get(path);
        assert!(
            status == code && body.contains(says),
            "{path}: {status} {body}"
        );
    }

    // A trial on a server that has no documents gets them with the policy.
    let tried = out(&run(&[
        "test",
        file.to_str().unwrap(),
        "--server",
        &server.url,
        "--days",
        "0",
    ]));
    assert!(tried.contains("a.columns (has_columns): 1 open"), "{tried}");
}

/// The policy is written before the document that it names: it is taken once that is there.
#[test]
fn a_document_that_comes_late_is_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let server = start(dir.path(), "version: 1\n");
    wait(&server, |_| true);
    for odcs in ["late.odcs.yaml", "[\"other*.yaml\"]"] {
        let policy = format!("version: 1\nodcs: {odcs}\n");
        std::fs::write(dir.path().join("p.yaml"), policy).unwrap();
        wait(&server, |policy| {
            let told = policy["problems"][0].as_str().unwrap_or_default();
            told.contains("cannot read") || told.contains("matches no file")
        });
        let name = if odcs.contains("late") {
            "late"
        } else {
            "other"
        };
        let text = document(name, "{name: id}");
        let extension = if name == "late" { "odcs.yaml" } else { "yaml" };
        std::fs::write(dir.path().join(format!("{name}.{extension}")), text).unwrap();
        wait(&server, |policy| {
            policy["problems"] == serde_json::json!([])
        });
        let contracts = server.graphql("{ contracts { name selected } }");
        assert_eq!(
            contracts["data"]["contracts"],
            serde_json::json!([{"name": format!("{name}.columns"), "selected": 0}])
        );
    }
    // A server that is asked to try a policy reads no files; it says how it is done.
    let body = b"version: 1\nodcs: late.odcs.yaml\n";
    let (status, answer) = server.post("/api/v1/policy/test", &[], body);
    let told = answer["problems"][0].as_str().unwrap();
    assert_eq!(status, 422);
    assert!(
        told.starts_with("2:7: ") && told.contains("headwater policy test FILE --server URL"),
        "{told}"
    );
}

#[test]
fn documents_that_are_not_there_are_told() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("p.yaml");
    for (odcs, says) in [
        (
            "[\"*.odcs.yaml\"]",
            "p.yaml:2:8: \"*.odcs.yaml\" matches no file",
        ),
        ("x.odcs.yaml", "p.yaml:2:7: cannot read"),
        ("\"no/*.yaml\"", "cannot read the folder"),
        (
            "\"a*/b.yaml\"",
            "only the name of the file may be a pattern",
        ),
        ("{a: b}", "`odcs` must be a text or a list of texts"),
    ] {
        std::fs::write(&file, format!("version: 1\nodcs: {odcs}\n")).unwrap();
        let done = run(&["check", file.to_str().unwrap()]);
        assert!(
            done.status.code() == Some(1) && err(&done).contains(says),
            "{says}: {}",
            err(&done)
        );
    }
}
