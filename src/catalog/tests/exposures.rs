//! Exposures of dbt are jobs that read, for as long as what they read is said to be read by them.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};

use super::super::{Detail, Standing};
use super::built::{Built, build};
use crate::openlineage::EventTime;
use crate::store::MemoryStore;

const DAY: i64 = 86_400;

fn at(day: i64) -> EventTime {
    EventTime((1_767_225_600 + day * DAY) * 1_000_000)
}

/// A run of a model that is done, with the exposures that dbt lists; no facet without a list.
fn ran(job: &str, model: &str, day: i64, exposures: Option<&[&str]>) -> Vec<u8> {
    let mut output = json!({"namespace": "db", "name": model, "facets": {}});
    if let Some(listed) = exposures {
        let listed: Vec<Value> = listed
            .iter()
            .map(|name| json!({"unique_id": format!("exposure.shop.{name}"), "name": name, "type": "dashboard"}))
            .collect();
        output["facets"]["dbt_exposures"] = json!({"exposures": listed});
    }
    let time = chrono::DateTime::from_timestamp(1_767_225_600 + day * DAY, 0).unwrap();
    let run = uuid::Uuid::from_u128(u128::from(day.unsigned_abs()));
    json!({"eventTime": time.to_rfc3339(), "producer": "dbt", "eventType": "COMPLETE",
        "run": {"runId": run}, "job": {"namespace": "shop", "name": job},
        "inputs": [], "outputs": [output]})
    .to_string()
    .into_bytes()
}

fn told(events: &[Vec<u8>]) -> Built {
    let all: Vec<&Vec<u8>> = events.iter().collect();
    build(Arc::new(MemoryStore::default()), &all, 2)
}

/// Who reads what, but for the jobs that build.
fn readers(built: &Built, day: Option<i64>) -> BTreeSet<String> {
    let past = day.map(|day| {
        let present = || Arc::new(built.live.clone());
        built.catalog.past(at(day), present).unwrap()
    });
    let graph = past.as_ref().map_or(&built.live, |past| &past.graph);
    built.catalog.names(|names| {
        let mut found = BTreeSet::new();
        for dataset in 0..names.len().0 {
            for flow in graph.flows_from(dataset) {
                let job = names.job(graph.job_of(flow).unwrap());
                found.insert(format!(
                    "{} {} reads {}",
                    job.0,
                    job.1,
                    names.dataset(dataset).1
                ));
            }
        }
        found
    })
}

fn set<const N: usize>(lines: [&str; N]) -> BTreeSet<String> {
    lines.map(|line| format!("dbt exposure.shop.{line}")).into()
}

#[test]
fn however_many_jobs_tell_of_it_an_exposure_is_one_job() {
    let events = [
        ran("build a", "a", 1, Some(&["x", "y"])),
        ran("build b", "b", 1, Some(&["x"])),
        ran("run a", "a", 2, Some(&["x", "y"])),
    ];
    let built = told(&events);
    assert_eq!(
        readers(&built, None),
        set(["x reads a", "x reads b", "y reads a"])
    );
    assert_eq!(built.catalog.counts().jobs, 5);
    let x = built.catalog.job_id("dbt", "exposure.shop.x").unwrap();
    assert_eq!(built.catalog.run_count(x), 0);
    let exposure = built.catalog.exposure(x).unwrap().unwrap();
    assert_eq!(exposure.kind.as_deref(), Some("dashboard"));
    assert_eq!(built.catalog.job(x).unwrap().seen, Some((at(1), at(2))));
}

#[test]
fn one_that_a_later_list_leaves_out_is_gone_and_was_there_before() {
    let mut events = [
        ran("build a", "a", 1, Some(&["x", "y"])),
        ran("build a", "a", 5, Some(&["y"])),
    ];
    for _ in 0..2 {
        let built = told(&events);
        assert_eq!(readers(&built, None), set(["y reads a"]));
        assert_eq!(readers(&built, Some(4)), set(["x reads a", "y reads a"]));
        assert_eq!(readers(&built, Some(0)), set([]));
        events.reverse();
    }
    let empty = told(&[
        ran("build a", "a", 1, Some(&["x"])),
        ran("build a", "a", 2, Some(&[])),
    ]);
    assert_eq!(readers(&empty, None), set([]));
}

/// dbt sends no facet for a model without exposures: also when its last one is gone.
#[test]
fn a_list_that_is_sent_no_more_leaves_after_the_window() {
    let mut events = vec![
        ran("build a", "a", 1, Some(&["x"])),
        ran("build b", "b", 1, Some(&["x"])),
        ran("build a", "a", 31, None),
    ];
    assert_eq!(
        readers(&told(&events), None),
        set(["x reads a", "x reads b"])
    );
    events.push(ran("build a", "a", 32, None));
    let built = told(&events);
    assert_eq!(readers(&built, None), set(["x reads b"]));
    assert_eq!(readers(&built, Some(31)), set(["x reads a", "x reads b"]));
    assert_eq!(readers(&built, Some(32)), set(["x reads b"]));
}

#[test]
fn what_is_retired_comes_back_when_it_is_told_again() {
    let mut events = vec![ran("build a", "a", 1, Some(&["x"]))];
    let retire = json!({"eventTime": "2026-01-04T00:00:00Z", "producer": "p",
        "job": {"namespace": "dbt", "name": "exposure.shop.x",
                "facets": {"headwater_retired": {"retired": true, "by": "me"}}}});
    events.push(retire.to_string().into_bytes());
    assert_eq!(readers(&told(&events), None), set([]));
    events.push(ran("build a", "a", 9, Some(&["x"])));
    assert_eq!(readers(&told(&events), None), set(["x reads a"]));
}

/// Why the one edge of `x` stood as it did on some days, and how many runs ago it was told.
fn stood(built: &Built, days: &[i64]) -> Vec<(Standing, u64)> {
    let x = built.catalog.job_id("dbt", "exposure.shop.x").unwrap();
    let first = built.catalog.past(at(1), || Arc::new(built.live.clone()));
    let flow = first.unwrap().graph.flows_of(x)[0];
    let one = |&day: &i64| {
        let standing = built.catalog.standing(&[flow], at(day)).unwrap()[0];
        let detail = Detail {
            runs_since: Some(at(day)),
            ..Detail::default()
        };
        let told = built.catalog.flow_evidence(&[flow], detail).unwrap();
        assert!(!told[0].is_static && told[0].job == Some(x));
        (standing, told[0].runs_since)
    };
    days.iter().map(one).collect()
}

#[test]
fn why_one_does_not_read_any_more_is_told() {
    let replaced = told(&[
        ran("build a", "a", 1, Some(&["x"])),
        ran("build a", "a", 5, Some(&["y"])),
    ]);
    assert_eq!(
        stood(&replaced, &[0, 4, 5]),
        [
            (Standing::NotYet { first: at(1) }, 0),
            (Standing::Current, 0),
            (Standing::Replaced { by: at(5) }, 0),
        ]
    );
    let expired = told(&[
        ran("build a", "a", 1, Some(&["x"])),
        ran("build a", "a", 20, None),
        ran("build a", "a", 40, None),
    ]);
    assert_eq!(
        stood(&expired, &[20, 40]),
        [
            (Standing::Current, 1),
            (
                Standing::Expired {
                    last: at(1),
                    runs_since: 2
                },
                2
            ),
        ]
    );
}
