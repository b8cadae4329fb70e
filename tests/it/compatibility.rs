//! The scenarios of the consumer tests of `OpenLineage` itself, posted and read back through the public API:
//! each event to the byte, and each entity facet by facet. They are others' material and stay out of
//! this project: the test looks beside the checkout, and says so where they are missing.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::server::Server;

const SCENARIOS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../shared/openlineage/compatibility"
);

/// The events of a scenario in the order of their files' numbers, as their bytes.
fn events(scenario: &str) -> Option<Vec<String>> {
    let folder = PathBuf::from(SCENARIOS).join(scenario).join("events");
    let Ok(files) = std::fs::read_dir(&folder) else {
        eprintln!(
            "SKIPPED: the scenario {scenario} of OpenLineage's consumer tests is not at {}",
            folder.display()
        );
        return None;
    };
    let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    let read = |file: &PathBuf| std::fs::read_to_string(file).unwrap();
    let events: Vec<String> = files.iter().map(read).collect();
    assert!(!events.is_empty(), "no events in {}", folder.display());
    Some(events)
}

/// What is known of one entity: the facets that should hold, by name.
type Facets = BTreeMap<String, Value>;

/// What the events say, by the plainest reading: of each facet the latest by time.
#[derive(Default)]
struct Expected {
    runs: BTreeMap<(String, String, String), Facets>,
    jobs: BTreeMap<(String, String), Facets>,
    datasets: BTreeMap<(String, String), Facets>,
    uses: BTreeMap<(String, bool, String), Facets>,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn named(value: &Value) -> (String, String) {
    (text(&value["namespace"]), text(&value["name"]))
}

fn take(into: &mut Facets, facets: &Value) {
    for (name, facet) in facets.as_object().into_iter().flatten() {
        into.insert(name.clone(), facet.clone());
    }
}

fn expected(events: &[String]) -> Expected {
    let mut parsed: Vec<Value> = events
        .iter()
        .map(|event| serde_json::from_str(event).unwrap())
        .collect();
    parsed.sort_by_key(|event| {
        chrono::DateTime::parse_from_rfc3339(event["eventTime"].as_str().unwrap()).unwrap()
    });
    let mut all = Expected::default();
    for event in &parsed {
        let (namespace, name) = named(&event["job"]);
        let id = text(&event["run"]["runId"]);
        let run = all
            .runs
            .entry((namespace.clone(), name.clone(), id.clone()));
        take(run.or_default(), &event["run"]["facets"]);
        let job = all.jobs.entry((namespace, name)).or_default();
        take(job, &event["job"]["facets"]);
        for (list, own, output) in [
            ("inputs", "inputFacets", false),
            ("outputs", "outputFacets", true),
        ] {
            for dataset in event[list].as_array().into_iter().flatten() {
                let (namespace, name) = named(dataset);
                let uses = all.uses.entry((id.clone(), output, name.clone()));
                take(uses.or_default(), &dataset[own]);
                let held = all.datasets.entry((namespace, name)).or_default();
                take(held, &dataset["facets"]);
            }
        }
    }
    all
}

fn facets(told: &Value) -> Facets {
    let list = told.as_array().unwrap_or_else(|| panic!("{told}"));
    list.iter()
        .map(|facet| (text(&facet["name"]), facet["value"].clone()))
        .collect()
}

fn same(what: &str, told: &Value, expected: &Facets) {
    let told = facets(told);
    let names = |facets: &Facets| facets.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&told), names(expected), "facets of {what}");
    for (name, facet) in expected {
        assert_eq!(&told[name], facet, "{name} of {what}");
    }
}

fn compare(server: &Server, events: &[String]) {
    let all = expected(events);
    for ((namespace, name), expected) in &all.jobs {
        let query = format!(
            "{{ job(namespace: {namespace:?}, name: {name:?}) {{ namespace name facets {{ name value }} }} }}"
        );
        let job = server.graphql(&query)["data"]["job"].clone();
        assert_eq!(named(&job), (namespace.clone(), name.clone()));
        same(name, &job["facets"], expected);
    }
    for ((namespace, name, id), expected) in &all.runs {
        let query = format!(
            "{{ runs(runId: {id:?}) {{ id job {{ namespace name }} facets {{ name value }}
                inputs {{ isOutput dataset {{ name }} facets {{ name value }} }}
                outputs {{ isOutput dataset {{ name }} facets {{ name value }} }} }} }}"
        );
        let answer = server.graphql(&query);
        let runs = answer["data"]["runs"].as_array().unwrap();
        let of_job = |run: &&Value| named(&run["job"]) == (namespace.clone(), name.clone());
        let run = runs.iter().find(of_job);
        let run = run.unwrap_or_else(|| panic!("run {id} of {name}: {answer}"));
        same(id, &run["facets"], expected);
        let told = ["inputs", "outputs"].map(|list| run[list].as_array().unwrap().clone());
        for one in told.concat() {
            let output = one["isOutput"].as_bool().unwrap();
            let dataset = text(&one["dataset"]["name"]);
            let used = all.uses.get(&(id.clone(), output, dataset.clone()));
            let used = used.unwrap_or_else(|| panic!("{dataset} is not used by {id}"));
            same(&format!("{dataset} in {id}"), &one["facets"], used);
        }
    }
    for ((namespace, name), expected) in &all.datasets {
        let query = format!(
            "{{ dataset(namespace: {namespace:?}, name: {name:?}) {{ namespace name facets {{ name value }} }} }}"
        );
        let dataset = server.graphql(&query)["data"]["dataset"].clone();
        assert_eq!(named(&dataset), (namespace.clone(), name.clone()));
        same(name, &dataset["facets"], expected);
    }
}

fn post_and_compare(scenario: &str) -> Option<(tempfile::TempDir, Server)> {
    let events = events(scenario)?;
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    for event in &events {
        let (status, receipt) = server.send(event.as_bytes());
        assert_eq!(status, 201, "{receipt}");
        let seq = receipt["seq"].as_u64().unwrap();
        let (status, body) = server.get(&format!("/api/v1/events/{seq}"));
        assert_eq!((status, body.as_str()), (200, event.as_str()));
        let (status, body) = server.get(&format!("/api/v1/events/{seq}/receipt"));
        let read_back: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(status, 200);
        assert_eq!(read_back["warnings"], receipt["warnings"]);
    }
    server.settle();
    compare(&server, &events);
    Some((dir, server))
}

#[test]
fn the_simplest_run_event_comes_back_whole() {
    let _ = post_and_compare("simple_run_event");
}

/// Beyond the facets: the statement of the scenario says what each column of the result is made of.
#[test]
fn column_lineage_of_spark_comes_back_whole_and_is_lineage() {
    let Some((_dir, server)) = post_and_compare("CLL") else {
        return;
    };
    let found =
        server.graphql(r#"{ search(query: "tbl1", first: 5) { nodes { kind namespace name } } }"#);
    let nodes = found["data"]["search"]["nodes"].as_array().unwrap();
    let dataset = nodes.iter().find(|node| node["kind"] == "DATASET");
    let dataset = dataset.unwrap_or_else(|| panic!("{found}"));
    let sources = |column: &str| {
        let node =
            json!({"namespace": dataset["namespace"], "name": dataset["name"], "column": column});
        let query = json!({"query": "query($node: ColumnRef!) { lineage(node: {column: $node}, direction: UPSTREAM) { nodes { name column } edges { evidence { transformations } } } }", "variables": {"node": node}});
        let (status, answer) = server.post(
            "/graphql",
            &[("Content-Type", "application/json")],
            query.to_string().as_bytes(),
        );
        assert_eq!(status, 200, "{answer}");
        let nodes = answer["data"]["lineage"]["nodes"].as_array().unwrap();
        let mut names: Vec<String> = nodes
            .iter()
            .filter(|node| node["name"] != dataset["name"])
            .map(|node| {
                let table = text(&node["name"]);
                let table = table.rsplit(['/', '.']).next().unwrap().to_owned();
                format!("{table}.{}", text(&node["column"]))
            })
            .collect();
        names.sort();
        names
    };
    // What a column is made of itself, and what the join, filter and grouping take for all of them.
    let indirect = ["cll_source1.a", "cll_source1.b", "cll_source2.a"];
    assert_eq!(sources("ident"), indirect);
    assert_eq!(sources("trans"), indirect);
    let of_sum = [&indirect[..], &["cll_source2.c"]].concat();
    assert_eq!(sources("agg"), of_sum);
}
