//! Made-up events: few names, so that they meet.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::openlineage::{EventTime, parse_event};

pub fn producer(n: u8) -> &'static str {
    match n % 3 {
        0 => "https://example.org/integration/spark",
        1 => "https://example.org/integration/dagster",
        _ => "https://example.org/etl",
    }
}

pub fn dataset(n: u8, schema: Option<u8>, lineage: Option<u8>) -> Value {
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
            "tags": [{"key": "layer", "value": format!("l{}", n / 16)},
                {"key": "pii", "value": "true", "field": format!("c{}", n & 3)}]});
    }
    if n & 0x30 == 0x30 {
        facets["symlinks"] = symlinks(n ^ schema.unwrap_or(7) ^ lineage.unwrap_or(9));
    }
    let checks = json!({"s": {"n": n & 3}, "dataQualityAssertions": {"_deleted": n & 0xe0 == 0xe0, "n": n & 7, "assertions": [
        {"assertion": format!("a{}", n & 1), "column": (n & 2 == 0).then_some("c0"), "success": n & 0x18 == 0},
        {"assertion": "a0", "success": n & 8 != 0}]}});
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
    if let Some(bits) = schema.filter(|_| n & 0x12 == 0x02) {
        facets["dbt_exposures"] = exposures(bits ^ n);
    }
    let (namespace, name) = dataset_name(n);
    json!({"namespace": namespace, "name": name, "facets": facets,
           "inputFacets": if n & 4 == 0 { json!({"s": {"n": n & 3}}) } else { checks }, "outputFacets": {"s": {"n": n & 3}}})
}

/// Five datasets: tables, one of a store that folds case, and a path; each in several spellings.
pub fn dataset_name(n: u8) -> (&'static str, String) {
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

/// Other names: some of the datasets of the pool, and some that nobody uses.
pub fn symlinks(bits: u8) -> Value {
    let (namespace, name) = dataset_name(bits % 7);
    let identifiers = match bits & 0x18 {
        0 => json!([{"namespace": namespace, "name": name, "type": "TABLE"}]),
        8 => json!([{"namespace": "hive", "name": format!("t{}", bits & 1)}]),
        _ => json!([{"namespace": namespace, "name": name}, {"namespace": "s3://c", "name": "x"}]),
    };
    json!({"_producer": "p", "_deleted": bits & 0xe0 == 0xe0, "identifiers": identifiers})
}

/// Which of three exposures read a dataset, and what is said of each; sometimes nothing any more.
pub fn exposures(bits: u8) -> Value {
    let kinds = ["dashboard", "notebook"];
    let listed = (0..3_u8).filter(|n| bits & (1 << n) != 0);
    let listed: Vec<Value> = listed
        .map(|n| {
            json!({"unique_id": format!("exposure.p.e{n}"), "name": format!("e{n}"),
                "type": kinds[usize::from(bits >> 5 & 1)], "url": format!("https://bi/{}", bits >> 6)})
        })
        .collect();
    json!({"_producer": "p", "_deleted": bits & 0x18 == 0x18, "exposures": listed})
}

/// An explicit lineage facet.
pub fn told(bits: u8) -> Value {
    let input = json!({"namespace": "n", "name": format!("d{}", bits % 5), "type": if bits & 0x40 == 0 {"DATASET"} else {"JOB"}});
    let mut column = input.clone();
    column["field"] = json!(format!("c{}", bits & 3));
    json!({"_producer": "p", "_deleted": bits & 0x82 == 0x82, "inputs": if bits & 0x10 == 0 { json!([]) } else { json!([input]) },
        "fields": {"c1": {"inputs": [column]}}})
}

/// Most producers send UUIDs.
pub fn run_id(n: u8) -> String {
    match n {
        3 => "third".to_owned(),
        n => uuid::Uuid::from_u128(u128::from(n)).to_string(),
    }
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

prop_compose! {
    pub fn event()(
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
                if by & 6 == 6 {
                    event["dataset"]["facets"] = json!({"dbt_exposures": exposures(extra)});
                } else if by & 6 != 0 {
                    event["dataset"]["facets"] = json!({"headwater_retired": {"retired": by & 2 == 2, "_deleted": by & 0xf4 == 0xf4}});
                }
            }
            1 if by & 0x0e == 0x0e => {
                let name = format!("exposure.p.e{}", extra & 3);
                event["job"] = json!({"namespace": "dbt", "name": name, "facets": {}});
                event["job"]["facets"]["headwater_retired"] = json!({"retired": by & 0x40 == 0});
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

/// An event without its statement: statements are read with what is known now, as of any time.
pub fn without_sql(event: &[u8]) -> Vec<u8> {
    let mut event: Value = serde_json::from_slice(event).unwrap();
    if let Some(facets) = event
        .pointer_mut("/job/facets")
        .and_then(Value::as_object_mut)
    {
        facets.remove("sql");
    }
    event.to_string().into_bytes()
}

pub fn time_of(event: &[u8]) -> EventTime {
    parse_event(event).unwrap().time
}
