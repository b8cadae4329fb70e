//! What breaks contracts is a function of the events and the policy: neither the order in which
//! events came plays a part, nor what the policy was before.

use serde_json::{Value, json};

use super::{POLICY, data, settle, start};
use crate::server::Server;

/// Sends events in batches, and waits until contracts were held against all.
pub fn send_all(server: &Server, events: &[impl serde::Serialize]) {
    for batch in events.chunks(200) {
        let (status, answer) = server.post(
            "/api/v1/lineage/batch",
            &[("Content-Type", "application/json")],
            &serde_json::to_vec(batch).unwrap(),
        );
        assert_eq!((status, &answer["status"]), (201, &json!("success")));
    }
    settle(server);
}

/// All that can be asked of violations, and layers and consumers with them.
fn all(server: &Server) -> Value {
    let found = data(
        server,
        "{ violations(first: 500) { total nodes { id contract rule severity state message owners since count
             subject { kind namespace name layer } object { namespace name layer } exception { until }
             steps { from { name } to { name } evidence { job { name } firstSeen } } } }
           layers { name datasetCount }
           consumers(first: 500) { nodes { subject { name } kind source owners reads { name } dependsOn { dataset { name } columns } } } }",
    );
    assert!(
        found["violations"]["total"].as_u64().unwrap() > 30,
        "{found}"
    );
    found
}

fn shuffled(events: &[Value], mut seed: u64) -> Vec<Value> {
    let mut events = events.to_vec();
    for at in (1..events.len()).rev() {
        // xorshift: any order will do, and the same one each time.
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        let other = usize::try_from(seed % (at as u64 + 1)).unwrap();
        events.swap(at, other);
    }
    events
}

#[test]
fn neither_order_nor_an_earlier_policy_plays_a_part() {
    use headwater::estate::demo;
    let now = chrono::Utc::now().timestamp_millis();
    let mut events: Vec<Value> = demo::demo_events(now).unwrap();
    events.extend(demo::shortcuts(now).unwrap());
    let policy = demo::demo_policy(now);
    let dirs = [(); 3].map(|()| tempfile::tempdir().unwrap());
    let server = start(dirs[0].path(), &policy);
    send_all(&server, &events);
    let wanted = all(&server);
    drop(server);
    for (dir, seed) in dirs[1..].iter().zip([7, 2026]) {
        // Another policy holds while half of them come.
        let server = start(dir.path(), POLICY);
        let events = shuffled(&events, seed);
        let (first, rest) = events.split_at(events.len() / 2);
        send_all(&server, first);
        std::fs::write(dir.path().join("p.yaml"), &policy).unwrap();
        assert_eq!(server.post("/api/v1/policy/reload", &[], b"").0, 200);
        send_all(&server, rest);
        let found = all(&server);
        for list in ["violations", "consumers"] {
            let (found, wanted) = (&found[list]["nodes"], &wanted[list]["nodes"]);
            let count = |list: &Value| list.as_array().map(Vec::len);
            assert_eq!(count(found), count(wanted), "seed {seed}");
            let all = found
                .as_array()
                .unwrap()
                .iter()
                .zip(wanted.as_array().unwrap());
            for (found, wanted) in all {
                assert_eq!(found, wanted, "seed {seed}");
            }
        }
        assert_eq!(found["violations"]["total"], wanted["violations"]["total"]);
        assert_eq!(found["layers"], wanted["layers"]);
    }
}
