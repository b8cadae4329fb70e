//! Datasets that are dropped, written again, renamed.

use serde_json::{Value, json};

use crate::identity::{Name, RAW, REPORT, SPARK, ask, dataset, from, lineage, page, run, send};
use crate::server::Server;

fn changed(name: Name, change: &str) -> Value {
    let facet = json!({"_producer": SPARK, "_schemaURL": "s", "lifecycleStateChange": change});
    dataset(name, json!({"lifecycleStateChange": facet}))
}

#[test]
fn a_dropped_dataset_stays_and_is_marked_until_it_is_written_again() {
    const TABLE: Name = ("hive://m", "shop.orders");
    const COPY: Name = ("hive://m", "shop.copy");
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let plain = |name| dataset(name, json!({}));
    let dropped = |server: &Server| {
        let data = ask(
            server,
            r#"{ dataset(namespace: "hive://m", name: "shop.orders") { droppedAt changes { change firstSeen lastSeen job { name } } }
            lineage(node: {dataset: {namespace: "hive://m", name: "shop.copy"}}, direction: UPSTREAM) { nodes { name dropped } } }"#,
            &json!({}),
        );
        let nodes = data["lineage"]["nodes"].as_array().unwrap();
        let marked = nodes.iter().filter(|node| node["dropped"] == true);
        let marked: Vec<&str> = marked.map(|node| node["name"].as_str().unwrap()).collect();
        let at = data["dataset"]["droppedAt"]
            .as_str()
            .map(|time| time[..10].to_owned());
        assert_eq!(at.is_some(), marked == [TABLE.1], "{data}");
        (at, data["dataset"]["changes"].clone())
    };
    // The drop comes first, the write of before it later: the order does not matter.
    send(
        &server,
        &[
            run(SPARK, "drop", 5, &[], &[changed(TABLE, "DROP")]),
            run(SPARK, "write", 3, &[], &[changed(TABLE, "OVERWRITE")]),
            run(SPARK, "copy", 4, &[plain(TABLE)], &[plain(COPY)]),
        ],
    );
    let (at, changes) = dropped(&server);
    assert_eq!(at.as_deref(), Some("2026-01-06"));
    assert_eq!(
        changes,
        json!([
        {"change": "DROP", "firstSeen": "2026-01-06T00:00:00+00:00", "lastSeen": "2026-01-06T00:00:00+00:00", "job": {"name": "drop"}},
        {"change": "OVERWRITE", "firstSeen": "2026-01-04T00:00:00+00:00", "lastSeen": "2026-01-04T00:00:00+00:00", "job": {"name": "write"}}])
    );
    // To read it, or to fail in writing it, does not bring it back.
    let mut failed = run(SPARK, "write", 6, &[], &[plain(TABLE)]);
    failed["eventType"] = "FAIL".into();
    send(
        &server,
        &[
            run(SPARK, "copy", 7, &[plain(TABLE)], &[plain(COPY)]),
            failed,
        ],
    );
    assert_eq!(dropped(&server).0.as_deref(), Some("2026-01-06"));
    assert_eq!(server.stop(), Some(0));
    let server = Server::start(dir.path());
    assert_eq!(dropped(&server).0.as_deref(), Some("2026-01-06"));
    send(&server, &[run(SPARK, "write", 8, &[], &[plain(TABLE)])]);
    assert_eq!(dropped(&server).0, None);
}

#[test]
fn a_renamed_dataset_takes_its_lineage_along_until_the_old_name_is_used_again() {
    const OLD: Name = ("hive://m", "shop.orders");
    const NEW: Name = ("hive://m", "shop.orders_v2");
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let plain = |name| dataset(name, json!({}));
    let mut renamed = changed(NEW, "RENAME");
    renamed["facets"]["lifecycleStateChange"]["previousIdentifier"] =
        json!({"namespace": OLD.0, "name": OLD.1});
    let load = |day| {
        let facets = json!({"columnLineage": from(RAW, "cents", "amount")});
        run(SPARK, "load", day, &[plain(RAW)], &[dataset(OLD, facets)])
    };
    let report = run(
        SPARK,
        "report",
        5,
        &[plain(NEW)],
        &[dataset(
            REPORT,
            json!({"columnLineage": from(NEW, "amount", "total")}),
        )],
    );
    // The rename arrives before what was written under the old name.
    send(
        &server,
        &[run(SPARK, "rename", 4, &[], &[renamed]), report, load(1)],
    );
    for name in [OLD, NEW] {
        let page = page(name, &server);
        assert_eq!(
            (&page["name"], &page["nameCount"]),
            (&json!(NEW.1), &json!(2))
        );
        assert_eq!(page["names"][1]["ties"][0]["kind"], "RENAME");
        assert_eq!(
            lineage(&server, name, Some("amount"), "UPSTREAM"),
            ["landing/orders.cents"]
        );
        assert_eq!(
            lineage(&server, name, Some("amount"), "DOWNSTREAM"),
            ["hive.marts.report.total"]
        );
    }
    assert_eq!(
        lineage(&server, RAW, Some("cents"), "DOWNSTREAM"),
        ["shop.orders_v2.amount", "hive.marts.report.total"]
    );
    assert_eq!(server.stop(), Some(0));
    let server = Server::start(dir.path());
    assert_eq!(page(OLD, &server)["name"], NEW.1);
    // Somebody writes a new table of the old name.
    send(&server, &[load(6)]);
    let old = page(OLD, &server);
    assert_eq!(
        (&old["name"], &old["identity"]["ambiguous"]),
        (&json!(OLD.1), &json!(false))
    );
    assert_eq!(old["identity"]["doubts"][0]["reason"], "REUSED");
    assert_eq!(
        lineage(&server, RAW, Some("cents"), "DOWNSTREAM"),
        ["shop.orders.amount"]
    );
    assert!(lineage(&server, NEW, Some("amount"), "UPSTREAM").is_empty());
}
