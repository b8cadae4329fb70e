//! Convergence: any order, duplication and split of the same events gives the same catalog.

use std::collections::BTreeSet;
use std::sync::Arc;

use ahash::HashMap;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::graph::{Direction, Graph, Start};
use crate::openlineage::{EventTime, parse_event};
use crate::store::{MemoryStore, Pairs, SledStore, Store, StoreError, WriteBatch};

fn producer(n: u8) -> &'static str {
    match n % 3 {
        0 => "https://example.org/integration/spark",
        1 => "https://example.org/integration/dagster",
        _ => "https://example.org/etl",
    }
}

fn dataset(n: u8, schema: Option<u8>, lineage: Option<u8>) -> Value {
    let mut facets = json!({});
    if let Some(bits) = schema {
        let fields: Vec<Value> = (0..4)
            .filter(|bit| bits & (1 << bit) != 0)
            .map(|bit| json!({"name": format!("c{bit}"), "type": format!("t{}", bits % 3)}))
            .collect();
        facets["schema"] = json!({"_producer": "p", "fields": fields});
    }
    if let Some(bits) = lineage {
        let (namespace, name) = dataset_name(bits);
        let input = |field: u8| json!({"namespace": namespace, "name": name, "field": format!("c{field}"), "transformations": [{"type": if bits & 0x10 == 0 {"DIRECT"} else {"INDIRECT"}}]});
        facets["columnLineage"] = json!({"_producer": "p", "_deleted": bits & 0xc0 == 0xc0,
            "fields": {"c0": {"inputFields": [input(bits & 3)]}, "c9": {"inputFields": []}},
            "dataset": if bits & 0x20 == 0 { json!([]) } else { json!([input(bits & 1)]) }});
    }
    if let Some(bits) = lineage.filter(|bits| bits & 0x28 == 0x28) {
        facets["lineage"] = told(bits);
    }
    if n & 8 != 0 {
        facets["tags"] = json!({"_producer": "p", "_deleted": n & 0x60 == 0x60,
            "tags": [{"key": "layer", "value": format!("l{}", n / 16)}]});
    }
    if n & 0x30 == 0x30 {
        facets["symlinks"] = symlinks(n ^ schema.unwrap_or(7) ^ lineage.unwrap_or(9));
    }
    let checks = json!({"s": {"n": n & 3}, "dataQualityAssertions": {"_deleted": n & 0xe0 == 0xe0, "n": n & 7}});
    if n & 0x44 == 0x44 {
        let change = [
            "ALTER",
            "DROP",
            "CREATE",
            "drop",
            "OVERWRITE",
            "?",
            "TRUNCATE",
            "DROP",
        ];
        let change = change[usize::from(n >> 3 & 3 | schema.unwrap_or_default() & 4)];
        let (namespace, name) = dataset_name(n ^ lineage.unwrap_or(3) ^ 0x41);
        facets["lifecycleStateChange"] = json!({"_producer": "p", "lifecycleStateChange": change,
            "previousIdentifier": {"namespace": namespace, "name": name}});
    }
    let (namespace, name) = dataset_name(n);
    json!({"namespace": namespace, "name": name, "facets": facets,
           "inputFacets": if n & 4 == 0 { json!({"s": {"n": n & 3}}) } else { checks }, "outputFacets": {"s": {"n": n & 3}}})
}

/// Five datasets: tables, one of a store that folds case, and a path; each in several spellings.
fn dataset_name(n: u8) -> (&'static str, String) {
    let spelling = usize::from(n / 64);
    match n % 5 {
        4 => (
            "s3://b",
            ["d4", "d4/", "d4/k=1", "d4/k=2/part-0"][spelling].to_owned(),
        ),
        3 => ("hive", ["d3", "D3", "\"d3\"", "d3"][spelling].to_owned()),
        1 if spelling == 1 => ("sqlite", "d1".to_owned()),
        n if spelling == 2 => ("n", format!("\"d{n}\"")),
        n => ("n", format!("d{n}")),
    }
}

/// Names are told apart though they are spelled alike: in each store by its own rules.
#[test]
fn the_spelling_that_is_shown_is_one_in_use() {
    let named = |names: &[(&str, &str)]| {
        let events: Vec<Vec<u8>> = names
            .iter()
            .map(|(namespace, name)| {
                let dataset = json!({"namespace": namespace, "name": name});
                let event = json!({"eventTime": "2026-01-01T00:00:00Z", "producer": "p", "dataset": dataset});
                event.to_string().into_bytes()
            })
            .collect();
        let events: Vec<&Vec<u8>> = events.iter().collect();
        let catalog = build(Arc::new(MemoryStore::default()), &events, 1).catalog;
        let shown = |(namespace, name): &(&str, &str)| {
            let id = catalog.dataset_id(namespace, name).unwrap();
            catalog.names(|names| names.dataset(id).1.to_owned())
        };
        let all: Vec<String> = names.iter().map(shown).collect();
        (all, catalog.counts().datasets)
    };
    let snowflake = "snowflake://a";
    // No name is made up where only case differs.
    assert_eq!(
        named(&[(snowflake, "db.s.t")]),
        (vec!["db.s.t".to_owned()], 1)
    );
    assert_eq!(
        named(&[
            (snowflake, "db.s.t"),
            (snowflake, "DB.S.T"),
            (snowflake, "Db.S.T")
        ])
        .0,
        ["DB.S.T"; 3]
    );
    assert_eq!(
        named(&[(snowflake, "DB.S.T"), (snowflake, "DB.S.\"t\"")]).0,
        ["DB.S.T", "DB.S.\"t\""]
    );
    assert_eq!(
        named(&[("postgres://d", "\"s\".\"T\""), ("postgres://d", "s.t")]).0,
        ["s.T", "s.t"]
    );
    assert_eq!(
        named(&[
            ("file", "/lake/t/dt=1"),
            ("file", "/lake/t/dt=2"),
            ("file", "/lake/t")
        ]),
        (vec!["/lake/t".to_owned(); 3], 1)
    );
}

/// Other names: some of the datasets of the pool, and some that nobody uses.
fn symlinks(bits: u8) -> Value {
    let (namespace, name) = dataset_name(bits % 7);
    let identifiers = match bits & 0x18 {
        0 => json!([{"namespace": namespace, "name": name, "type": "TABLE"}]),
        8 => json!([{"namespace": "hive", "name": format!("t{}", bits & 1)}]),
        _ => json!([{"namespace": namespace, "name": name}, {"namespace": "s3://c", "name": "x"}]),
    };
    json!({"_producer": "p", "_deleted": bits & 0xe0 == 0xe0, "identifiers": identifiers})
}

/// An explicit lineage facet.
fn told(bits: u8) -> Value {
    let input = json!({"namespace": "n", "name": format!("d{}", bits % 5), "type": if bits & 0x40 == 0 {"DATASET"} else {"JOB"}});
    let mut column = input.clone();
    column["field"] = json!(format!("c{}", bits & 3));
    json!({"_producer": "p", "_deleted": bits & 0x82 == 0x82, "inputs": if bits & 0x10 == 0 { json!([]) } else { json!([input]) },
        "fields": {"c1": {"inputs": [column]}}})
}

/// Statements over the pool, some of which cannot be read.
const STATEMENTS: [&str; 6] = [
    "INSERT INTO d1 (c0, c1) SELECT a.c0, b.c2 + a.c0 FROM d0 a JOIN d2 b ON a.c1 = b.c1 WHERE a.c3 > 0",
    "SELECT * FROM d0",
    "MERGE INTO d2 USING d3 ON d2.c0 = d3.c0 WHEN MATCHED THEN UPDATE SET c1 = d3.c1",
    "select c0, sum(c1) as c2 from d0 group by c0 union all select c1, c0 from n.d1",
    "CREATE TABLE t0 AS SELECT c2 AS c0 FROM t1",
    "select {{ x }}",
];

/// Most producers send UUIDs.
fn run_id(n: u8) -> String {
    match n {
        3 => "third".to_owned(),
        n => uuid::Uuid::from_u128(u128::from(n)).to_string(),
    }
}

prop_compose! {
    fn event()(
        kind in 0_u8..10, job in 0_u8..3, run in 0_u8..4, state in 0_u8..6, day in 0_u8..90, by in any::<u8>(),
        uses in prop::collection::vec((any::<u8>(), prop::option::of(any::<u8>()), prop::option::of(any::<u8>())), 0..4),
        split in any::<prop::sample::Index>(), extra in any::<u8>(),
    ) -> Vec<u8> {
        let at = split.index(uses.len() + 1);
        let uses: Vec<Value> = uses.into_iter().map(|(n, s, l)| dataset(n, s, l)).collect();
        let (inputs, outputs) = uses.split_at(at);
        let time = chrono::DateTime::from_timestamp(1_767_225_600 + i64::from(day) * 86_400, 0).unwrap();
        let job = json!({"namespace": "n", "name": format!("j{job}"),
            "facets": {"jobType": {"_producer": "p", "processingType": if extra & 7 == 0 {"STREAMING"} else {"BATCH"}}}});
        let mut job = job;
        if extra & 0x31 == 0x31 {
            let mut entry = told(by);
            entry["namespace"] = json!("n");
            entry["name"] = json!(format!("d{}", by % 5));
            job["facets"]["lineage"] = json!({"_producer": "p", "entries": [entry]});
        }
        if extra & 0x0c != 0 {
            let statement = STATEMENTS[usize::from(extra >> 4) % STATEMENTS.len()];
            job["facets"]["sql"] = json!({"_producer": "p", "_deleted": extra & 0xe0 == 0xe0, "query": statement, "dialect": "postgres"});
        }
        let mut event = json!({"eventTime": time.to_rfc3339(), "producer": producer(by), "schemaURL": "s"});
        match kind {
            // Few different ones, so that two producers say the same of one dataset at one time.
            0 => {
                event["dataset"] = dataset(extra, Some(by & 1), Some(extra & 1));
                if by & 6 != 0 {
                    event["dataset"]["facets"] = json!({"headwater_retired": {"retired": by & 2 == 2, "_deleted": by & 0xf4 == 0xf4}});
                }
            }
            1 if by & 6 == 6 => {
                event["job"] = job;
                event["job"]["facets"]["headwater_retired"] = json!({"retired": by & 8 == 0});
            }
            1 => { event["job"] = job; event["inputs"] = inputs.into(); event["outputs"] = outputs.into(); }
            _ => {
                event["job"] = job;
                event["inputs"] = inputs.into();
                event["outputs"] = outputs.into();
                event["eventType"] = json!(["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"][usize::from(state)]);
                event["run"] = json!({"runId": run_id(run), "facets": {"f": {"_producer": "p", "_deleted": extra & 31 == 0, "n": extra & 3}}});
                if extra & 0x40 != 0 {
                    event["run"]["facets"]["parent"] = json!({"_producer": "p", "_deleted": extra & 0x18 == 0x18,
                        "job": {"namespace": "n", "name": format!("j{}", extra % 5)},
                        "run": {"runId": run_id(extra & 3)}});
                }
            }
        }
        event.to_string().into_bytes()
    }
}

struct Built {
    catalog: Catalog,
    live: Graph,
}

fn build(store: Arc<dyn Store>, events: &[&Vec<u8>], flush_every: usize) -> Built {
    let options = CatalogOptions {
        cached_records: 2,
        ..CatalogOptions::default()
    };
    let (catalog, opened) = Catalog::open(store, options).unwrap();
    assert_eq!(opened, Opened::Fresh);
    let mut live = Graph::default();
    for (at, bytes) in events.iter().enumerate() {
        let event = parse_event(bytes).unwrap();
        let seq = at as u64 + 1;
        let publish = |_, changes: Vec<_>, _| changes.iter().for_each(|change| live.apply(change));
        catalog
            .apply_all([(seq, &event)].into_iter(), publish)
            .unwrap();
        if at % flush_every == 0 {
            catalog.flush().unwrap();
            read_statements(&catalog, &mut live);
        }
    }
    read_statements(&catalog, &mut live);
    Built { catalog, live }
}

/// Reads what waits to be read, as a thread of its own does in the engine.
fn read_statements(catalog: &Catalog, live: &mut Graph) {
    loop {
        let statements = catalog.statements_to_read(3).unwrap();
        if statements.is_empty() {
            assert_eq!(catalog.statements_waiting(), 0);
            return;
        }
        let readings = statements.into_iter().map(Statement::read).collect();
        let publish = |changes: Vec<_>| changes.iter().for_each(|change| live.apply(change));
        catalog.take_in_readings(readings, publish).unwrap();
    }
}

/// An event without its statement: statements are read with what is known now, as of any time.
fn without_sql(event: &[u8]) -> Vec<u8> {
    let mut event: Value = serde_json::from_slice(event).unwrap();
    if let Some(facets) = event
        .pointer_mut("/job/facets")
        .and_then(Value::as_object_mut)
    {
        facets.remove("sql");
    }
    event.to_string().into_bytes()
}

/// What was read from SQL, with natural names.
fn read_from_sql(catalog: &Catalog) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let mut all = (0, 0);
    catalog.names(|names| all = names.len());
    let (datasets, jobs) = all;
    let views = (0..datasets).flat_map(|id| catalog.statements_into(id));
    let views = views.chain((0..jobs).flat_map(|id| catalog.statements_of(id)));
    for view in views {
        catalog.names(|names| {
            let job = view.job.map(|job| names.job(job));
            let output = names.dataset(view.output);
            seen.insert(format!(
                "{job:?} {output:?} {:?} {:?} {} {:?} {:?}",
                view.state, view.dialect, view.column_edges, view.gaps, view.evidence
            ));
        });
    }
    let state = catalog.state.read();
    for (from, to, indirect) in state.read_links().unwrap() {
        let name = |column: crate::graph::ColumnRef| {
            let (namespace, name) = state.dataset_names.name(column.dataset);
            let column = state.column_name(column.dataset, column.ordinal);
            format!("{} {name} {column}", state.strings.text(namespace))
        };
        seen.insert(format!("{} > {} {indirect}", name(from), name(to)));
    }
    seen
}

/// Everything that the graph holds, with natural names.
fn picture(catalog: &Catalog, graph: &Graph) -> BTreeSet<String> {
    catalog.names(|names| {
        let mut seen = BTreeSet::new();
        let node = |node: Start| match node {
            Start::Dataset(id) => format!("{:?}", names.dataset(id)),
            Start::Job(id) => format!("job {:?}", names.job(id)),
        };
        for id in 0..names.len().0 {
            let walk = graph.walk_datasets(Start::Dataset(id), Direction::Downstream, u32::MAX);
            seen.extend(
                walk.edges
                    .iter()
                    .map(|e| format!("{} > {}", node(e.0), node(e.1))),
            );
            for ordinal in 1..32 {
                let column = crate::graph::ColumnRef {
                    dataset: id,
                    ordinal,
                };
                let walk = graph.walk_columns(column, Direction::Downstream, u32::MAX);
                seen.extend(walk.edges.iter().map(|e| {
                    format!(
                        "{:?} {:?} {} > {:?} {} {}",
                        names.dataset(id),
                        names.column(e.0),
                        names.dataset(e.0.dataset).1,
                        names.column(e.1),
                        names.dataset(e.1.dataset).1,
                        e.2
                    )
                }));
            }
        }
        seen
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(
        std::env::var("HEADWATER_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(600)
    ))]

    #[test]
    fn any_order_duplication_and_split_converges(
        events in prop::collection::vec(event(), 1..14),
        order in prop::collection::vec(any::<prop::sample::Index>(), 0..24),
        flush in 1_usize..5,
    ) {
        let straight: Vec<&Vec<u8>> = events.iter().collect();
        // A shuffle that holds each event at least once, with some of them again.
        let mut shuffled: Vec<&Vec<u8>> = straight.iter().rev().copied().collect();
        for (at, index) in order.iter().enumerate() {
            let other = index.index(shuffled.len());
            let here = at % shuffled.len();
            shuffled.swap(here, other);
            if at % 3 == 0 {
                shuffled.push(straight[index.index(straight.len())]);
            }
        }
        let store = Arc::new(MemoryStore::default());
        let one = build(store.clone(), &straight, flush);
        let two = build(Arc::new(MemoryStore::default()), &shuffled, 3);
        prop_assert_eq!(one.catalog.digest().unwrap().0, two.catalog.digest().unwrap().0);
        prop_assert_eq!(history(&one.catalog), history(&two.catalog));
        prop_assert_eq!(children(&one.catalog), children(&two.catalog));
        prop_assert_eq!(read_from_sql(&one.catalog), read_from_sql(&two.catalog));
        let at = EventTime((1_767_225_600 + 45 * 86_400) * 1_000_000);
        let past = |built: &Built| built.catalog.past(at, || Arc::new(built.live.clone())).unwrap();
        let then = picture(&one.catalog, &past(&one).graph);
        prop_assert_eq!(&picture(&two.catalog, &past(&two).graph), &then);
        let anew = one.catalog.state.read().past_anew(at).unwrap();
        prop_assert_eq!(&picture(&one.catalog, &anew.graph), &then);
        let rebuilt = one.catalog.build_graph().unwrap();
        let expected = picture(&one.catalog, &rebuilt);
        prop_assert_eq!(&picture(&one.catalog, &one.live), &expected);
        prop_assert_eq!(one.catalog.counts(), two.catalog.counts());
        prop_assert_eq!(&picture(&two.catalog, &two.live), &expected);
        prop_assert_eq!(&picture(&two.catalog, &two.live.compacted()), &expected);
        one.catalog.flush().unwrap();
        let (again, _) = Catalog::open(store, CatalogOptions::default()).unwrap();
        prop_assert_eq!(again.digest().unwrap(), one.catalog.digest().unwrap());
        prop_assert_eq!(again.counts(), one.catalog.counts());
        prop_assert_eq!(children(&again), children(&one.catalog));
        let mut graph = again.build_graph().unwrap();
        read_statements(&again, &mut graph);
        prop_assert_eq!(&picture(&again, &graph), &expected);
        prop_assert_eq!(read_from_sql(&again), read_from_sql(&one.catalog));
    }
}

/// What each job and run started, with natural names, by way of the parent.
fn children(catalog: &Catalog) -> BTreeSet<String> {
    let name = |job| catalog.names(|names| format!("{:?}", names.job(job)));
    let mut found = BTreeSet::new();
    for parent in 0..catalog.names(|names| names.len().1) {
        for child in catalog.children_of(parent).unwrap() {
            found.insert(format!("{} starts {}", name(parent), name(child)));
        }
        for n in 0..4 {
            let id = crate::openlineage::run_id(&run_id(n)).0;
            for (job, run) in catalog.child_runs((parent, id)).unwrap() {
                found.insert(format!("{} {id} started {} {run}", name(parent), name(job)));
            }
        }
    }
    found
}

/// The schema history of every dataset, with natural names.
fn history(catalog: &Catalog) -> BTreeSet<String> {
    let datasets = catalog.names(|names| names.len().0);
    let mut seen = BTreeSet::new();
    for id in 0..datasets {
        let (versions, cut) = catalog.schema_versions(id).unwrap();
        assert!(!cut);
        catalog.names(|names| {
            for version in versions {
                let tellers = version
                    .sources
                    .iter()
                    .map(|told| match teller(told.source) {
                        Ok(job) => names.job(job).1.to_owned(),
                        Err(producer) => names.text(producer).to_owned(),
                    });
                let tellers: BTreeSet<String> = tellers.collect();
                seen.insert(format!(
                    "{} {tellers:?} {:?}",
                    names.dataset(id).1,
                    (version.from, version.to, version.columns, version.changes)
                ));
            }
        });
    }
    seen
}

/// What is told of the columns of a dataset as of a time.
fn columns(catalog: &Catalog, id: DatasetId, at: EventTime) -> BTreeSet<String> {
    let views = catalog.columns_at(id, at).unwrap().into_iter();
    let one = |view: ColumnView| {
        let life = (
            view.since,
            view.removed_at,
            view.removed,
            view.from_lineage_only,
        );
        format!("{} {:?} {life:?}", view.name, view.data_type)
    };
    views.map(one).collect()
}

fn time_of(event: &[u8]) -> EventTime {
    parse_event(event).unwrap().time
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(
        std::env::var("HEADWATER_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(300)
    ))]

    /// Reference: a catalog that was told only what had happened by then. Where a source tells two
    /// schemas in turn the two differ by definition (see `project::schema`).
    #[test]
    fn columns_as_of_a_time_are_those_of_the_events_until_then(
        events in prop::collection::vec(event(), 1..14), day in 0_i64..90,
    ) {
        let at = EventTime((1_767_225_600 + day * 86_400) * 1_000_000);
        let all: Vec<&Vec<u8>> = events.iter().collect();
        let before: Vec<&Vec<u8>> = events.iter().filter(|event| time_of(event) <= at).collect();
        let all = build(Arc::new(MemoryStore::default()), &all, 3).catalog;
        let before = build(Arc::new(MemoryStore::default()), &before, 3).catalog;
        for n in 0..5 {
            let name = format!("d{n}");
            let Some(id) = all.dataset_id("n", &name) else { continue };
            if all.state.read().timeline(id).unwrap().takes_turns() {
                continue;
            }
            let then = before.dataset_id("n", &name);
            // Which names are one dataset is not asked as of a time.
            let several = |catalog: &Catalog, id| catalog.names_of(id).len() > 1;
            if several(&all, id) || then.is_some_and(|id| several(&before, id)) {
                continue;
            }
            let expected = then.map(|id| columns(&before, id, NOW));
            prop_assert_eq!(columns(&all, id, at), expected.unwrap_or_default());
        }
    }
}

/// Names that hang together without end would make each event dearer than the one before.
#[test]
fn too_many_names_of_one_are_not_joined_whatever_the_order() {
    let events: Vec<Vec<u8>> = (0..1_020)
        .map(|n| {
            let facet = json!({"symlinks": {"_producer": "p", "identifiers": [{"namespace": "hive", "name": "shared"}]}});
            json!({"eventTime": "2026-01-01T00:00:00Z", "producer": "p",
                "dataset": {"namespace": format!("n{n}"), "name": "t", "facets": facet}})
            .to_string()
            .into_bytes()
        })
        .collect();
    let straight: Vec<&Vec<u8>> = events.iter().collect();
    let backwards: Vec<&Vec<u8>> = events.iter().rev().collect();
    let of = |events: &[&Vec<u8>]| build(Arc::new(MemoryStore::default()), events, 500).catalog;
    let catalog = of(&straight);
    assert_eq!(
        catalog.digest().unwrap().0,
        of(&backwards).digest().unwrap().0
    );
    let shared = catalog.dataset_id("hive", "shared").unwrap();
    assert_eq!(
        catalog.doubts(shared).unwrap()[0].reason,
        DoubtReason::TooMany
    );
    assert_eq!(catalog.in_doubt().len(), 1_021);
    let few = of(&straight[..999]);
    let shared = few.dataset_id("hive", "shared").unwrap();
    assert_eq!(
        few.doubts(shared).unwrap()[0].reason,
        DoubtReason::SharedName
    );
}

/// Whether what a catalog knows now of runs and jobs was known at a time of all that it knew then:
/// no run was under way, each job counted as streaming or not as it does now, and the same names were
/// one dataset.
fn is_settled(events: &[Vec<u8>], at: EventTime, all: &Catalog, before: &Catalog) -> bool {
    let mut runs: HashMap<String, (bool, bool)> = HashMap::default();
    for event in events {
        let value: Value = serde_json::from_slice(event).unwrap();
        if value["run"].is_object() {
            let key = format!("{} {}", value["job"]["name"], value["run"]["runId"]);
            let (early, late) = runs.entry(key).or_default();
            *early |= time_of(event) <= at;
            *late |= time_of(event) > at;
        }
    }
    let streams = |catalog: &Catalog, name: &str| {
        let id = catalog.job_id("n", name)?;
        Some(catalog.state.read().jobs[id as usize].activity.streaming)
    };
    let same = |name: &str| streams(before, name).is_none_or(|was| streams(all, name) == Some(was));
    let canonical = |catalog: &Catalog, namespace: &str, name: &str| {
        let id = catalog.dataset_id(namespace, name).unwrap();
        catalog.names(|names| {
            let (namespace, name) = names.dataset(id);
            (namespace.to_owned(), name.to_owned())
        })
    };
    let one = before.names(|names| {
        let all = (0..names.len().0).map(|id| names.dataset(id));
        all.map(|(namespace, name)| (namespace.to_owned(), name.to_owned()))
            .collect::<Vec<_>>()
    });
    let tied = |(namespace, name): &(String, String)| {
        canonical(before, namespace, name) == canonical(all, namespace, name)
    };
    one.iter().all(tied)
        && ["j0", "j1", "j2"].into_iter().all(same)
        && !runs.values().any(|run| run.0 && run.1)
}

/// Names of what was retired at a time.
fn retired_then(catalog: &Catalog, at: EventTime) -> BTreeSet<(String, String)> {
    let (datasets, jobs) = catalog.all_retired();
    let owned = |(namespace, name): (&str, &str)| (namespace.to_owned(), name.to_owned());
    let since = |told: Option<RetirementView>| told.is_some_and(|told| told.since <= at);
    let datasets = datasets
        .into_iter()
        .filter(|&id| since(catalog.dataset_retirement(id).unwrap()))
        .map(|id| catalog.names(|names| owned(names.dataset(id))));
    let jobs = jobs
        .into_iter()
        .filter(|&id| since(catalog.job_retirement(id).unwrap()))
        .map(|id| catalog.names(|names| owned(names.job(id))));
    datasets.chain(jobs).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(
        std::env::var("HEADWATER_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(400)
    ))]

    /// Reference: a catalog that was told only what had happened by then. Where a run was under way
    /// the two differ by definition: a run asserts all that it ever tells from its first event on.
    #[test]
    fn the_graph_as_of_a_time_is_that_of_the_events_until_then(
        events in prop::collection::vec(event(), 1..14), days in prop::collection::vec(0_i64..100, 1..4),
        late in event(),
    ) {
        let events: Vec<Vec<u8>> = events.iter().map(|event| without_sql(event)).collect();
        let late = without_sql(&late);
        let Built { catalog, mut live } = build(Arc::new(MemoryStore::default()), &events.iter().collect::<Vec<_>>(), 3);
        let mut events = events;
        for step in 0..2 {
            for &day in &days {
                let at = EventTime((1_767_225_600 + day * 86_400) * 1_000_000);
                let before: Vec<&Vec<u8>> = events.iter().filter(|event| time_of(event) <= at).collect();
                let before = build(Arc::new(MemoryStore::default()), &before, 3);
                // A retirement that ended is forgotten, also for the time when it held.
                let retired = retired_then(&catalog, at) == retired_then(&before.catalog, at);
                if !retired || !is_settled(&events, at, &catalog, &before.catalog) {
                    continue;
                }
                let past = catalog.past(at, || Arc::new(live.clone())).unwrap();
                prop_assert_eq!(picture(&catalog, &past.graph), picture(&before.catalog, &before.live));
                let anew = catalog.state.read().past_anew(at).unwrap();
                prop_assert_eq!(picture(&catalog, &past.graph), picture(&catalog, &anew.graph));
            }
            if step == 0 {
                // An event that came late changes what is told of the time before it.
                let event = parse_event(&late).unwrap();
                let publish = |_, changes: Vec<_>, _| changes.iter().for_each(|change| live.apply(change));
                catalog.apply_all([(99, &event)].into_iter(), publish).unwrap();
                read_statements(&catalog, &mut live);
                events.push(late.clone());
            }
        }
    }
}

#[test]
fn different_events_give_different_digests() {
    let event = |name: &str| {
        json!({"eventTime": "2026-01-01T00:00:00Z", "producer": "p", "run": {"runId": uuid::Uuid::nil()},
               "job": {"namespace": "n", "name": "j"}, "inputs": [{"namespace": "n", "name": name}]})
        .to_string()
        .into_bytes()
    };
    let digest = |events: &[&Vec<u8>]| {
        build(Arc::new(MemoryStore::default()), events, 1)
            .catalog
            .digest()
            .unwrap()
            .0
    };
    let (a, b) = (event("a"), event("b"));
    assert_ne!(digest(&[&a]), digest(&[&b]));
    assert_ne!(digest(&[&a]), digest(&[&a, &b]));
    assert_eq!(digest(&[&a, &b]), digest(&[&b, &a, &b]));
    assert_eq!(digest(&[]).to_string().len(), 64);
}

#[test]
fn a_reopened_store_is_the_same_catalog() {
    let dir = tempfile::tempdir().unwrap();
    let text = include_str!("../../fixtures/recordings/dbt-build.ndjson");
    let events: Vec<Vec<u8>> = text.lines().map(|line| line.as_bytes().to_vec()).collect();
    let built = build(
        Arc::new(SledStore::open(dir.path()).unwrap()),
        &events.iter().collect::<Vec<_>>(),
        5,
    );
    let digest = built.catalog.digest().unwrap();
    let graph = built.catalog.build_graph().unwrap();
    let expected = picture(&built.catalog, &graph);
    let counts = built.catalog.counts();
    built.catalog.flush().unwrap();
    drop((built, graph));
    let store = Arc::new(SledStore::open(dir.path()).unwrap());
    let (catalog, opened) = Catalog::open(store, CatalogOptions::default()).unwrap();
    assert_eq!(opened, Opened::At(events.len() as u64));
    assert_eq!(catalog.digest().unwrap(), digest);
    assert_eq!(catalog.counts(), counts);
    let mut graph = catalog.build_graph().unwrap();
    read_statements(&catalog, &mut graph);
    assert_eq!(picture(&catalog, &graph), expected);
    assert!(!expected.is_empty());
}

/// A store that takes writes until it is told to fail, or to panic.
struct Failing {
    inner: MemoryStore,
    fail: std::sync::atomic::AtomicBool,
    panic: bool,
}

impl Store for Failing {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner.get(key)
    }

    fn write(&self, batch: &WriteBatch) -> Result<(), StoreError> {
        if self.fail.load(std::sync::atomic::Ordering::SeqCst) {
            assert!(!self.panic, "as sled may");
            return Err(StoreError::Failed("no space".to_owned()));
        }
        self.inner.write(batch)
    }

    fn scan<'a>(&'a self, prefix: &[u8], after: Option<&[u8]>) -> Pairs<'a> {
        self.inner.scan(prefix, after)
    }

    fn size_bytes(&self) -> u64 {
        self.inner.size_bytes()
    }

    fn flush(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

#[test]
fn after_a_failed_write_the_offset_covers_only_what_is_in_the_store() {
    a_write_that_fails(false);
    a_write_that_fails(true);
}

fn a_write_that_fails(panic: bool) {
    let text = include_str!("../../fixtures/recordings/dbt-build.ndjson");
    let events: Vec<_> = text
        .lines()
        .map(|line| parse_event(line.as_bytes()).unwrap())
        .collect();
    let store = Arc::new(Failing {
        inner: MemoryStore::default(),
        fail: false.into(),
        panic,
    });
    let options = CatalogOptions::default();
    let apply = |catalog: &Catalog, from: usize| {
        let numbered = (1..).zip(&events).skip(from).take(4);
        catalog.apply_all(numbered, |_, _, _| {})
    };
    let (catalog, _) = Catalog::open(store.clone(), options.clone()).unwrap();
    apply(&catalog, 0).unwrap();
    catalog.flush().unwrap();
    apply(&catalog, 4).unwrap();
    store.fail.store(true, std::sync::atomic::Ordering::SeqCst);
    catalog.flush().unwrap_err();
    store.fail.store(false, std::sync::atomic::Ordering::SeqCst);
    assert!(
        apply(&catalog, 8).is_err(),
        "nothing goes on from a failed write"
    );
    assert!(
        catalog.flush().is_err(),
        "a later flush must not cover it up"
    );
    assert!(catalog.digest().is_err());
    drop(catalog);

    let (again, opened) = Catalog::open(store, options.clone()).unwrap();
    assert_eq!(opened, Opened::At(4));
    apply(&again, 4).unwrap();
    let (straight, _) = Catalog::open(Arc::new(MemoryStore::default()), options).unwrap();
    apply(&straight, 0).unwrap();
    apply(&straight, 4).unwrap();
    assert_eq!(again.digest().unwrap(), straight.digest().unwrap());
}

#[test]
fn a_store_of_another_layout_is_told() {
    let store = Arc::new(MemoryStore::default());
    let mut batch = WriteBatch::default();
    // The offset record of layout 1: layout, offset, runs.
    batch.put(keys::META, vec![1, 7, 3]);
    store.write(&batch).unwrap();
    let (_, opened) = Catalog::open(store, CatalogOptions::default()).unwrap();
    assert_eq!(opened, Opened::OtherLayout(1));
}

#[test]
fn joins_of_many_are_those_of_few() {
    use super::records::{merge, unite};
    let mut held: Vec<(u32, u32)> = (0..40).map(|n| (n * 3, 1)).collect();
    let new: Vec<(u32, u32)> = (0..60).map(|n| (n * 2, 2)).collect();
    let mut one_by_one = held.clone();
    let add = |held: &mut Vec<_>, new| {
        merge(
            held,
            new,
            |pair: &(u32, u32)| pair.0,
            |held, new| {
                held.1 += new.map_or(10, |new| new.1);
            },
        );
    };
    for pair in &new {
        add(&mut one_by_one, vec![*pair]);
    }
    add(&mut held, new);
    assert_eq!(held, one_by_one);
    let mut set = vec![5, 9];
    unite(&mut set, (0..12).rev().chain([9]).collect());
    assert_eq!(set, (0..12).collect::<Vec<_>>());
}

/// Column walks say where columns end, also where lineage is told outright.
#[test]
fn lineage_that_is_told_without_columns_is_a_boundary_of_column_walks() {
    let boundary = |lineage: Value| {
        let schema = json!({"schema": {"_producer": "p", "fields": [{"name": "x"}]}});
        let event = json!({"eventTime": "2026-01-01T00:00:00Z", "producer": "p", "eventType": "COMPLETE",
            "run": {"runId": uuid::Uuid::nil()}, "job": {"namespace": "n", "name": "j"},
            "inputs": [{"namespace": "n", "name": "a", "facets": schema}, {"namespace": "n", "name": "b", "facets": schema}],
            "outputs": [{"namespace": "n", "name": "t", "facets": {"lineage": lineage}}]});
        let built = build(
            Arc::new(MemoryStore::default()),
            &[&event.to_string().into_bytes()],
            1,
        );
        let id = built.catalog.dataset_id("n", "a").unwrap();
        let column = built.catalog.column_ref(id, "x").unwrap();
        let walk = built
            .live
            .walk_columns(column, Direction::Downstream, u32::MAX);
        let to = walk.boundary.iter().filter_map(|b| b.to);
        let names: Vec<String> = built
            .catalog
            .names(|names| to.map(|to| names.dataset(to).1.to_owned()).collect());
        (walk.nodes.len() - 1, names)
    };
    let input = |name: &str| json!({"namespace": "n", "name": name});
    let field =
        |name: &str| json!({"y": {"inputs": [{"namespace": "n", "name": name, "field": "x"}]}});
    let told = |inputs: Value, fields: Value| json!({"_producer": "p", "inputs": inputs, "fields": fields});
    let t = || vec!["t".to_owned()];
    assert_eq!(boundary(told(json!([input("a")]), json!({}))), (0, t()));
    assert_eq!(boundary(told(json!([input("a")]), field("b"))), (0, t()));
    assert_eq!(boundary(told(json!([input("a")]), field("a"))), (1, vec![]));
    assert_eq!(boundary(told(json!([input("b")]), json!({}))), (0, vec![]));
}
