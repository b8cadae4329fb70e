//! Hashes that must never change: the hash of the canonical form is the identity of an event in
//! every log, and that of a facet its identity in every store. `fixtures/hashes/events.txt` was
//! written by the first version; never write it anew.

use std::fmt::Write;
use std::path::Path;

use super::canonical::canonicalise;
use super::{Body, DatasetPart, Event, Facet, content_hash, parse_event};

/// Spellings that each take another way through the canonical form.
const DOCUMENTS: &[&str] = &[
    "{}",
    "[]",
    " [ ] ",
    "\u{feff}{\"b\":1,\"a\":2}",
    r#"{"b": [1, 2.50, {"y":null,"x":true}], "a": "\u0041\/\n\u00e9"}"#,
    r#"{"z":1,"a":1,"z":2,"\u0061":3}"#,
    r#"{"a b":1,"a":2,"a!":3,"a\"":4,"":5,"aa":6,"A":7,"_":8}"#,
    r#"["\ud83d\ude00","\ud83d\u0041","\udc00","\u001f\u0008\u000C\u000a\u000d\u0009\u0022\u005C"]"#,
    r#"["\b\f\n\r\t\"\\\/ plain", "ünïcödé \u00fc 🚀"]"#,
    "[9007199254740993,1e+21,-0.10,-0,0,1E400,123456789012345678901234567890]",
    "[NaN, Infinity,-Infinity,\"NaN\"]",
    r#"[{"b":{"d":[{"y":1,"x":{"n":0,"m":[{}]}}],"c":{}},"a":[]},{"a":{"z":0,"y":0}}]"#,
    r#"{"a":{"b":{"z":1,"y":2}},"b":[{"q":1,"p":{"b":1,"a":2}}, {"p":1}]}"#,
    r#"{"k":{"b":1,"a":{"d":1,"c":1}},"k":{"b":2,"a":{"d":2,"c":2}},"j":{"k":1,"k":{"y":1,"x":[3]}}}"#,
];

fn hex(hash: [u8; 16]) -> String {
    hash.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn facets_of(event: &Event) -> Vec<&Facet> {
    fn of_all(parts: &[DatasetPart]) -> impl Iterator<Item = &Facet> {
        parts
            .iter()
            .flat_map(|p| p.facets.iter().chain(&p.io_facets))
    }
    match &event.body {
        Body::Run {
            run,
            job,
            inputs,
            outputs,
        } => {
            let own = run.facets.iter().chain(&job.facets);
            own.chain(of_all(inputs)).chain(of_all(outputs)).collect()
        }
        Body::Job {
            job,
            inputs,
            outputs,
        } => {
            let own = job.facets.iter();
            own.chain(of_all(inputs)).chain(of_all(outputs)).collect()
        }
        Body::Dataset { dataset } => of_all(std::slice::from_ref(dataset)).collect(),
    }
}

fn listing() -> String {
    let mut text = String::new();
    for document in DOCUMENTS {
        let hash = content_hash(&canonicalise(document.as_bytes()).unwrap().bytes);
        writeln!(text, "{} {}", hex(hash), document.escape_debug()).unwrap();
    }
    for file in [
        "recordings/airflow-inlets-outlets",
        "recordings/dbt-build",
        "recordings/debezium",
        "emitters/dbt-shop/events",
        "emitters/dbt-shop/events-structured",
    ] {
        let path = format!("{}/fixtures/{file}.ndjson", env!("CARGO_MANIFEST_DIR"));
        let source = std::fs::read_to_string(Path::new(&path)).unwrap();
        for (n, line) in source.lines().enumerate() {
            let event = parse_event(line.as_bytes()).unwrap();
            let facets = facets_of(&event);
            let all: Vec<u8> = facets
                .iter()
                .flat_map(|f| [f.name.as_bytes(), &f.hash].concat())
                .collect();
            let of_facets = hex(content_hash(&all));
            let count = facets.len();
            writeln!(
                text,
                "{} {file}:{} {count} facets {of_facets}",
                hex(event.hash),
                n + 1
            )
            .unwrap();
        }
    }
    text
}

#[test]
fn hashes_are_those_of_the_first_version() {
    let seen = listing();
    let committed = include_str!("../../fixtures/hashes/events.txt");
    for (seen, committed) in seen.lines().zip(committed.lines()) {
        assert_eq!(seen, committed);
    }
    assert_eq!(seen.lines().count(), committed.lines().count(), "{seen}");
}
