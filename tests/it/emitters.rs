//! What real emitters sent, replayed: `fixtures/emitters/<emitter>/<case>.ndjson` against
//! `tests/emitters/<emitter>/expect/<case>.toml`, which is written by hand from the job's source.
//!
//! `tests/emitters/run.py` checks the same files against the emitters themselves. The form of an
//! expectation is told in `tests/emitters/expect.py`; sets are compared whole.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::server::Server;

/// Stands for the answer about a dataset or column that is not known.
const NOT_THERE: &str = "(not there)";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    #[serde(default)]
    datasets: BTreeMap<String, [String; 2]>,
    #[serde(default)]
    columns: BTreeMap<String, BTreeSet<String>>,
    #[serde(default)]
    upstream: BTreeMap<String, BTreeSet<String>>,
    #[serde(default)]
    consumers: BTreeMap<String, BTreeSet<String>>,
    #[serde(default)]
    schema: BTreeMap<String, BTreeSet<String>>,
    #[serde(default)]
    parents: BTreeMap<String, BTreeSet<String>>,
    #[serde(default)]
    runs: Vec<Runs>,
    #[serde(default)]
    not_told: Vec<NotTold>,
    #[serde(default)]
    gap: Vec<Gap>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Runs {
    job: [String; 2],
    states: Vec<String>,
    error: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NotTold {
    of: String,
    from: String,
    #[serde(rename = "why")]
    _why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Gap {
    ask: String,
    of: String,
    want: BTreeSet<String>,
    now: BTreeSet<String>,
    closes: String,
}

/// Answers of a server, with the short names of an expectation.
struct Answers<'a> {
    server: &'a Server,
    expected: &'a Expected,
}

impl Answers<'_> {
    fn dataset(&self, short: &str) -> Value {
        let name = self.expected.datasets.get(short);
        let [namespace, name] = name.unwrap_or_else(|| panic!("[datasets] has no {short}"));
        json!({"namespace": namespace, "name": name})
    }

    fn name_of(&self, node: &Value) -> String {
        let text = |key: &str| node[key].as_str().unwrap().to_owned();
        let whole = [text("namespace"), text("name")];
        let mut named = self.expected.datasets.iter();
        let short = named.find(|(_, name)| **name == whole);
        let short = short.map_or_else(|| whole.join(" | "), |(short, _)| short.clone());
        match node["column"].as_str() {
            Some(column) => format!("{short}.{column}"),
            None => short,
        }
    }

    /// `None` when what is asked for is not known.
    fn query(&self, query: &str, variables: &Value) -> Option<Value> {
        let body = json!({"query": query, "variables": variables}).to_string();
        let headers = [("Content-Type", "application/json")];
        let (_, answer) = self.server.post("/graphql", &headers, body.as_bytes());
        if answer["errors"][0]["extensions"]["code"] == "NOT_FOUND" {
            return None;
        }
        assert!(answer["errors"].is_null(), "{answer}");
        Some(answer["data"].clone())
    }

    /// Upstream of a column: all of it, or its far ends.
    fn upstream_columns(&self, of: &str, ends_only: bool) -> BTreeSet<String> {
        let (short, column) = of.split_once('.').unwrap();
        let mut node = self.dataset(short);
        node["column"] = column.into();
        let query = "query($node: NodeRef!) { lineage(node: $node, direction: UPSTREAM) { truncated
            nodes { id namespace name column depth } edges { from to } } }";
        let Some(data) = self.query(query, &json!({"node": {"column": node}})) else {
            return BTreeSet::from([NOT_THERE.to_owned()]);
        };
        let lineage = &data["lineage"];
        assert_eq!(lineage["truncated"], false);
        let edges = lineage["edges"].as_array().unwrap();
        let fed: BTreeSet<&str> = edges
            .iter()
            .filter_map(|edge| edge["to"].as_str())
            .collect();
        let nodes = lineage["nodes"].as_array().unwrap().iter();
        nodes
            .filter(|node| node["depth"] != 0)
            .filter(|node| !ends_only || !fed.contains(node["id"].as_str().unwrap()))
            .map(|node| self.name_of(node))
            .collect()
    }

    fn of_dataset(&self, short: &str, key: &str) -> BTreeSet<String> {
        let query = "query($namespace: String!, $name: String!) {
            dataset(namespace: $namespace, name: $name) {
                upstream { namespace name } consumedBy { name } columns { name } } }";
        let data = self.query(query, &self.dataset(short)).unwrap();
        let Some(list) = data["dataset"][key].as_array() else {
            return BTreeSet::from([NOT_THERE.to_owned()]);
        };
        list.iter()
            .map(|one| match key {
                "upstream" => self.name_of(one),
                _ => one["name"].as_str().unwrap().to_owned(),
            })
            .collect()
    }

    fn ask(&self, kind: &str, of: &str) -> BTreeSet<String> {
        match kind {
            "columns" => self.upstream_columns(of, true),
            "reaches" => self.upstream_columns(of, false),
            "upstream" => self.of_dataset(of, "upstream"),
            "consumers" => self.of_dataset(of, "consumedBy"),
            "schema" => self.of_dataset(of, "columns"),
            "messages" | "parents" => {
                let (namespace, name) = of.split_once(" | ").unwrap();
                let runs = self.runs(&[namespace.to_owned(), name.to_owned()]);
                runs.into_iter()
                    .filter_map(|run| match kind {
                        "parents" => run.parent,
                        _ => (!run.message.is_empty()).then(|| "a message".to_owned()),
                    })
                    .collect()
            }
            other => panic!("there is no question {other}"),
        }
    }

    /// A job's runs, sorted by state.
    fn runs(&self, [namespace, name]: &[String; 2]) -> Vec<RunSeen> {
        let query =
            "query($namespace: String!, $name: String!) { job(namespace: $namespace, name: $name) {
            runs(first: 500) { nodes { state errorMessage parent { namespace name } } } } }";
        let data = self.query(query, &json!({"namespace": namespace, "name": name}));
        let data = data.unwrap();
        let runs = data["job"]["runs"]["nodes"].as_array();
        let runs = runs.cloned().unwrap_or_default();
        let text = |run: &Value, key: &str| run[key].as_str().unwrap_or_default().to_owned();
        let parent = |run: &Value| {
            let parent = &run["parent"];
            let names = (parent["namespace"].as_str()?, parent["name"].as_str()?);
            Some(format!("{} | {}", names.0, names.1))
        };
        let mut found: Vec<_> = runs
            .iter()
            .map(|run| RunSeen {
                state: text(run, "state"),
                message: text(run, "errorMessage"),
                parent: parent(run),
            })
            .collect();
        found.sort();
        found
    }
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct RunSeen {
    state: String,
    message: String,
    parent: Option<String>,
}

/// Everything that differs from what is expected.
fn differences(answers: &Answers) -> Vec<String> {
    let expected = answers.expected;
    let mut wrong = Vec::new();
    let asked = [
        ("columns", &expected.columns),
        ("upstream", &expected.upstream),
        ("consumers", &expected.consumers),
        ("schema", &expected.schema),
        ("parents", &expected.parents),
    ];
    for (kind, table) in asked {
        for (of, want) in table {
            let got = answers.ask(kind, of);
            if got != *want {
                wrong.push(format!("{kind} of {of}: want {want:?}, got {got:?}"));
            }
        }
    }
    for runs in &expected.runs {
        let got = answers.runs(&runs.job);
        let mut want = runs.states.clone();
        want.sort();
        let states: Vec<String> = got.iter().map(|run| run.state.clone()).collect();
        let says = |text: &String| got.iter().any(|run| run.message.contains(text));
        if states != want || !runs.error.as_ref().is_none_or(says) {
            wrong.push(format!(
                "runs of {:?}: want {want:?} {:?}, got {got:?}",
                runs.job, runs.error
            ));
        }
    }
    for told in &expected.not_told {
        let kind = if told.of.contains('.') {
            "reaches"
        } else {
            "upstream"
        };
        let got = answers.ask(kind, &told.of);
        if got.contains(&told.from) || got.contains(NOT_THERE) {
            wrong.push(format!(
                "{} -> {} is told now, or not there: {got:?}",
                told.from, told.of
            ));
        }
    }
    for gap in &expected.gap {
        let got = answers.ask(&gap.ask, &gap.of);
        if got == gap.want {
            wrong.push(format!(
                "the gap has closed ({}): make {} of {} an expectation",
                gap.closes, gap.ask, gap.of
            ));
        } else if got != gap.now {
            wrong.push(format!(
                "{} of {} has changed, but not to what it should be ({}): want {:?}, was {:?}, got {got:?}",
                gap.ask, gap.of, gap.closes, gap.want, gap.now
            ));
        }
    }
    wrong
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder);
    let entries = entries.unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    found.retain(|path| {
        path.extension().is_some_and(|found| found == extension)
            || extension.is_empty() && path.is_dir()
    });
    found.sort();
    found
}

/// Recordings and what is expected of them. dbt-shop is older than the rest and has a test of its own.
fn recordings() -> Vec<(PathBuf, PathBuf)> {
    let folders = files(&root().join("fixtures/emitters"), "");
    let folders = folders
        .iter()
        .filter(|folder| !folder.ends_with("dbt-shop"));
    let expectation = |recording: &PathBuf| {
        let emitter = recording.parent().unwrap().file_name().unwrap();
        let case = recording.file_stem().unwrap().to_str().unwrap();
        let folder = root().join("tests/emitters").join(emitter).join("expect");
        folder.join(format!("{case}.toml"))
    };
    folders
        .flat_map(|folder| files(folder, "ndjson"))
        .map(|recording| (recording.clone(), expectation(&recording)))
        .collect()
}

fn send_all<'a>(server: &Server, lines: impl Iterator<Item = &'a str>) {
    for line in lines {
        let (status, receipt) = server.send(line.as_bytes());
        assert_eq!(status, 201, "{receipt}: {line}");
    }
    server.settle();
}

#[test]
fn recordings_lead_to_what_their_jobs_do() {
    let recordings = recordings();
    assert!(recordings.len() >= 5, "{recordings:?}");
    let mut wrong = Vec::new();
    for (recording, expectation) in &recordings {
        let expected: Expected = toml::from_str(&read(expectation))
            .unwrap_or_else(|error| panic!("{}: {error}", expectation.display()));
        let text = read(recording);
        let dir = tempfile::tempdir().unwrap();
        let server = Server::start(dir.path());
        send_all(&server, text.lines());
        let answers = Answers {
            server: &server,
            expected: &expected,
        };
        let found = differences(&answers);
        wrong.extend(
            found
                .iter()
                .map(|one| format!("{}: {one}", recording.display())),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Backwards, every event twice, all emitters together: the same catalog.
#[test]
fn recordings_converge_in_any_order() {
    let texts: Vec<String> = recordings().iter().map(|(path, _)| read(path)).collect();
    let lines: Vec<&str> = texts.iter().flat_map(|text| text.lines()).collect();
    let digest_of = |lines: Vec<&str>| {
        let dir = tempfile::tempdir().unwrap();
        let server = Server::start(dir.path());
        for batch in lines.chunks(200) {
            let body = format!("[{}]", batch.join(","));
            let headers = [("Content-Type", "application/json")];
            let (status, answer) = server.post("/api/v1/lineage/batch", &headers, body.as_bytes());
            assert_eq!((status, answer["status"].as_str()), (201, Some("success")));
        }
        server.settle();
        let answer: Value = serde_json::from_str(&server.get("/api/v1/digest").1).unwrap();
        answer["digest"].as_str().unwrap().to_owned()
    };
    let forwards = digest_of(lines.clone());
    let backwards: Vec<&str> = lines.iter().rev().flat_map(|&line| [line, line]).collect();
    assert_eq!(digest_of(backwards), forwards);
    // The two halves of every recording interleaved, as two replicas of a producer would send them.
    let (first, second) = lines.split_at(lines.len() / 2);
    let mut interleaved = Vec::new();
    for (n, &line) in second.iter().enumerate() {
        interleaved.extend(first.get(n));
        interleaved.push(line);
    }
    assert_eq!(digest_of(interleaved), forwards);
}

/// What is kept must not name the machine it was recorded on.
#[test]
fn recordings_name_no_machine() {
    for (recording, _) in recordings() {
        let text = read(&recording);
        for suspect in [
            "/root/",
            "/home/",
            env!("CARGO_MANIFEST_DIR"),
            ".cache/headwater",
            "registry.npmjs",
            "pypi.",
        ] {
            assert!(
                !text.contains(suspect),
                "{}: {suspect}",
                recording.display()
            );
        }
    }
}
