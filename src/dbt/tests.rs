//! Base and head pairs of `fixtures/check/`, in each dialect: what is found, and the verdict.

use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Project, changes};
use crate::impact::{CheckPolicy, FORMAT, Name, Observed, ObservedColumn, ObservedDataset, assess};

const DIALECTS: [&str; 6] = [
    "postgres",
    "snowflake",
    "bigquery",
    "redshift",
    "databricks",
    "duckdb",
];
const NAMESPACE: &str = "warehouse";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    /// Sources with their columns: `["id int", "email text"]`.
    #[serde(default)]
    sources: Map<String, Value>,
    base: Map<String, Value>,
    head: Map<String, Value>,
    /// `class kind subject`, in any order.
    expect: Vec<String>,
    verdict: String,
    /// All unless given.
    dialects: Option<Vec<String>>,
    /// Jobs outside that read `dataset.column`.
    #[serde(default)]
    readers: Vec<String>,
    #[serde(default)]
    exposures: Map<String, Value>,
    /// Tests: `{of, column, sql, until}`; those until the base are taken out in the head.
    #[serde(default)]
    tests: Map<String, Value>,
    /// Semantic models: the model and the expressions of their measures.
    #[serde(default)]
    semantic: Map<String, Value>,
}

fn quoted(dialect: &str, name: &str) -> String {
    match dialect {
        "postgres" | "redshift" | "duckdb" => format!("\"db\".\"s\".\"{name}\""),
        "bigquery" | "databricks" => format!("`db`.`s`.`{name}`"),
        _ => format!("db.s.{name}"),
    }
}

/// The text with `@name` as relations, and the names.
fn compiled(dialect: &str, text: &str) -> (String, Vec<String>) {
    let (mut out, mut names) = (String::new(), Vec::new());
    let mut parts = text.split('@');
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let end = part
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(part.len());
        out.push_str(&quoted(dialect, &part[..end]));
        out.push_str(&part[end..]);
        names.push(part[..end].to_owned());
    }
    (out, names)
}

fn columns(told: &Value) -> Map<String, Value> {
    let all = told.as_array().into_iter().flatten();
    all.filter_map(Value::as_str)
        .map(|text| {
            let (name, kind) = text.split_once(' ').unwrap_or((text, ""));
            let (kind, required) = match kind.strip_suffix(" not null") {
                Some(kind) => (kind, true),
                None => (kind, false),
            };
            let constraints = if required {
                json!([{"type": "not_null"}])
            } else {
                json!([])
            };
            let column = json!({"name": name, "data_type": kind, "constraints": constraints});
            (name.to_owned(), column)
        })
        .collect()
}

fn tests(nodes: &mut Map<String, Value>, dialect: &str, case: &Case, head: bool) {
    for (name, told) in &case.tests {
        if head && told["until"] == "base" {
            continue;
        }
        let (sql, _) = compiled(dialect, told["sql"].as_str().unwrap_or_default());
        let of = format!("model.p.{}", told["of"].as_str().unwrap());
        nodes.insert(
            format!("test.p.{name}"),
            json!({
                "resource_type": "test", "name": name, "package_name": "p", "language": "sql",
                "raw_code": "{{ test() }}", "compiled_code": sql, "attached_node": of,
                "column_name": told["column"], "original_file_path": "models/schema.yml",
                "depends_on": {"nodes": [of]}, "config": {"materialized": "test"},
            }),
        );
    }
}

/// Semantic models, and a metric of each.
fn semantic(case: &Case) -> (Map<String, Value>, Map<String, Value>) {
    let (mut semantic, mut metrics) = (Map::new(), Map::new());
    for (name, told) in &case.semantic {
        let told: Vec<&str> = told
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_str)
            .collect();
        let measures = told[1..]
            .iter()
            .map(|expr| json!({"name": "m", "agg": "sum", "expr": expr}));
        let model = json!({
            "name": name, "measures": measures.collect::<Vec<_>>(), "entities": [{"name": "id", "expr": null}],
            "depends_on": {"nodes": [format!("model.p.{}", told[0])]},
        });
        let id = format!("semantic_model.p.{name}");
        let metric = json!({"name": name, "type": "simple", "depends_on": {"nodes": [id]}});
        metrics.insert(format!("metric.p.{name}"), metric);
        semantic.insert(id, model);
    }
    (semantic, metrics)
}

fn write(dir: &Path, dialect: &str, case: &Case, models: &Map<String, Value>, hour: u32) {
    let (mut nodes, mut sources, mut listed) = (Map::new(), Map::new(), Map::new());
    for (name, told) in &case.sources {
        let id = format!("source.p.raw.{name}");
        sources.insert(
            id.clone(),
            json!({
                "resource_type": "source", "name": name, "package_name": "p",
                "relation_name": quoted(dialect, name), "original_file_path": "models/sources.yml",
            }),
        );
        let columns: Map<String, Value> = columns(told)
            .into_iter()
            .enumerate()
            .map(|(at, (name, column))| {
                (
                    name.clone(),
                    json!({"name": name, "index": at, "type": column["data_type"]}),
                )
            })
            .collect();
        listed.insert(id, json!({"columns": columns}));
    }
    for (name, told) in models {
        let told = if told.is_string() {
            json!({"sql": told})
        } else {
            told.clone()
        };
        let text = told["sql"].as_str().unwrap();
        let (sql, reads) = compiled(dialect, text);
        let reads: Vec<String> = reads
            .iter()
            .map(|read| {
                let kind = if case.sources.contains_key(read) {
                    "source.p.raw"
                } else {
                    "model.p"
                };
                format!("{kind}.{read}")
            })
            .collect();
        nodes.insert(format!("model.p.{name}"), json!({
            "resource_type": "model", "name": name, "package_name": "p", "language": "sql",
            "relation_name": quoted(dialect, name), "original_file_path": format!("models/{name}.sql"),
            "raw_code": text, "compiled_code": sql, "depends_on": {"nodes": reads, "macros": []},
            "config": {"materialized": told["materialized"].as_str().unwrap_or("table")},
            "access": told["access"].as_str().unwrap_or("protected"),
            "contract": {"enforced": told["contract"].is_array()},
            "columns": columns(&told["contract"]),
        }));
    }
    tests(&mut nodes, dialect, case, hour > 1);
    let (semantic, metrics) = semantic(case);
    let exposures: Map<String, Value> = case
        .exposures
        .iter()
        .map(|(name, reads)| {
            let reads: Vec<String> = reads.as_array().unwrap().iter()
                .map(|read| read.as_str().unwrap())
                .map(|read| if read.contains('.') { read.to_owned() } else { format!("model.p.{read}") })
                .collect();
            (format!("exposure.p.{name}"), json!({"name": name, "type": "dashboard",
                "owner": {"name": "Ann", "email": "ann@example.org"}, "depends_on": {"nodes": reads}}))
        })
        .collect();
    let manifest = json!({
        "metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json",
            "adapter_type": dialect, "project_name": "p",
            "generated_at": format!("2026-01-01T{hour:02}:00:00Z")},
        "nodes": nodes, "sources": sources, "exposures": exposures,
        "semantic_models": semantic, "metrics": metrics,
        "docs": {"big": "left out"}, "macros": {},
    });
    let catalog = json!({
        "metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/catalog/v1.json"},
        "nodes": {}, "sources": listed,
    });
    std::fs::create_dir_all(dir).unwrap();
    std::fs::write(dir.join("manifest.json"), manifest.to_string()).unwrap();
    std::fs::write(dir.join("catalog.json"), catalog.to_string()).unwrap();
}

/// A graph that knows each relation of the base, and the readers outside.
fn observed(case: &Case) -> Observed {
    let mut graph = Observed {
        headwater_graph: FORMAT,
        ..Observed::default()
    };
    let dataset = |name: &str, columns: Vec<String>| ObservedDataset {
        name: Name::new(NAMESPACE, format!("db.s.{name}")),
        columns: columns
            .into_iter()
            .map(|name| ObservedColumn {
                name,
                data_type: None,
            })
            .collect(),
        ..ObservedDataset::default()
    };
    for name in case.base.keys().chain(case.sources.keys()) {
        let read = case
            .readers
            .iter()
            .filter_map(|reader| reader.split_once('.'));
        let read = read
            .filter(|(of, _)| of == name)
            .map(|(_, column)| column.to_owned());
        graph.datasets.push(dataset(name, read.collect()));
    }
    for (at, reader) in case.readers.iter().enumerate() {
        let (of, column) = reader.split_once('.').unwrap();
        let from = graph
            .datasets
            .iter()
            .position(|d| d.name.name == format!("db.s.{of}"))
            .unwrap();
        let read = graph.datasets[from]
            .columns
            .iter()
            .position(|c| c.name == column)
            .unwrap();
        let number = |at: usize| u32::try_from(at).unwrap();
        graph
            .datasets
            .push(dataset(&format!("outside{at}"), vec!["c".to_owned()]));
        let to = number(graph.datasets.len() - 1);
        graph.jobs.push(crate::impact::Job {
            name: Name::new("airflow", format!("reader{at}")),
            ..Default::default()
        });
        graph.flows.push(crate::impact::Flow {
            job: Some(number(at)),
            inputs: vec![number(from)],
            outputs: vec![to],
            columns_told: true,
            told: true,
            links: vec![(number(from), number(read), to, Some(0), false)],
            ..Default::default()
        });
    }
    graph
}

fn run(case: &Case, dialect: &str) -> (Vec<String>, String, Vec<String>) {
    let dir = tempfile::tempdir().unwrap();
    let (base, head) = (dir.path().join("base"), dir.path().join("head"));
    write(&base, dialect, case, &case.base, 1);
    write(&head, dialect, case, &case.head, 2);
    let (base, head) = (Project::read(&base).unwrap(), Project::read(&head).unwrap());
    let mut set = changes(&base, &head).set;
    set.settle(&|name: &Name| {
        let held = name
            .namespace
            .is_empty()
            .then(|| Name::new(NAMESPACE, &name.name));
        held.unwrap_or_else(|| name.clone())
    });
    let report = assess(&set, &observed(case), &CheckPolicy::default(), "2026-01-01");
    let mut found: Vec<String> = report
        .findings
        .iter()
        .map(|finding| {
            let change = &finding.change;
            let subject = change.shown().to_lowercase();
            let subject = subject.trim_start_matches("db.s.").to_owned();
            let to = change.to.as_ref().filter(|_| change.from.is_some());
            let to = to.map(|to| format!(" {to}")).unwrap_or_default();
            format!(
                "{} {} {subject}{to}",
                finding.class.word(),
                change.kind.id()
            )
        })
        .collect();
    found.sort();
    let notes = report.notes.iter().map(|note| note.message.clone());
    (found, report.verdict.word().to_owned(), notes.collect())
}

#[test]
fn each_pair_of_each_dialect_has_its_verdict() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/check");
    let mut files: Vec<_> = std::fs::read_dir(&dir)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    let (mut wrong, mut ran) = (Vec::new(), 0);
    for file in files
        .iter()
        .filter(|file| file.extension().is_some_and(|end| end == "toml"))
    {
        let cases: Cases = toml::from_str(&std::fs::read_to_string(file).unwrap())
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        for case in &cases.case {
            for dialect in DIALECTS {
                if case
                    .dialects
                    .as_ref()
                    .is_some_and(|only| only.iter().all(|d| d != dialect))
                {
                    continue;
                }
                ran += 1;
                let (found, verdict, notes) = run(case, dialect);
                let mut expected = case.expect.clone();
                expected.sort();
                if found != expected || verdict != case.verdict {
                    wrong.push(format!(
                        "{} ({dialect}): {verdict} {found:#?} {notes:?}",
                        case.name
                    ));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {ran}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(ran > 100, "{ran}");
}
