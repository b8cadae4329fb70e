//! Consumers that are registered by GraphQL.

use serde_json::{Value, json};

use super::{POLICY, data, estate, settle, start, violations};
use crate::server::run_event;

#[test]
fn a_consumer_is_registered_and_taken_back() {
    let dir = tempfile::tempdir().unwrap();
    let server = start(dir.path(), POLICY);
    estate(&server);
    assert_eq!(violations(&server, "").len(), 1);
    let namespace = run_event(1, &["stg_a"], &[])["inputs"][0]["namespace"].clone();
    let register = |reads: &str| {
        let told = data(
            &server,
            &format!(
                "mutation {{ registerConsumer(consumer: {{namespace: \"exports\", name: \"bank\", kind: \"export\", owners: [\"team:money\"],
                   reads: [{{namespace: {namespace}, name: \"{reads}\"}}]}}) {{ seq }} }}"
            ),
        );
        assert!(told["registerConsumer"]["seq"].as_u64().unwrap() > 4);
        settle(&server);
    };
    register("stg_a");
    let found = violations(&server, "filter: {contracts: [\"marts-only\"]}");
    let bank = found
        .iter()
        .find(|one| one["message"] == "bank reads stg_a (staging), which is no mart");
    assert_eq!(bank.unwrap()["owners"], json!(["team:money"]), "{found:#?}");
    register("fct_a");
    assert_eq!(violations(&server, "").len(), 1);
    let consumers = data(
        &server,
        "{ consumers { nodes { subject { name } kind source reads { name } } } }",
    );
    let bank = json!({"subject": {"name": "bank"}, "kind": "export", "source": "FACET", "reads": [{"name": "fct_a"}]});
    assert!(
        consumers["consumers"]["nodes"]
            .as_array()
            .unwrap()
            .contains(&bank),
        "{consumers}"
    );
    data(
        &server,
        "mutation { unregisterConsumer(namespace: \"exports\", name: \"bank\") { seq } }",
    );
    settle(&server);
    let consumers = data(&server, "{ consumers { total } }");
    assert_eq!(consumers["consumers"]["total"], 1);
    // What was broken meanwhile is remembered, over a restart too.
    let query = "{ violationHistory { total nodes { id message openedSeq closedSeq closedAt } } }";
    let history = data(&server, query)["violationHistory"].clone();
    assert_eq!(history["total"], 2, "{history}");
    let (open, closed) = (&history["nodes"][0], &history["nodes"][1]);
    assert_eq!(
        open["message"],
        "dash_sales reads raw_a (raw), which is no mart"
    );
    assert_eq!(open["closedAt"], Value::Null);
    assert_eq!(
        closed["message"],
        "bank reads stg_a (staging), which is no mart"
    );
    assert!(
        closed["closedSeq"].as_u64() > closed["openedSeq"].as_u64(),
        "{closed}"
    );
    drop(server);
    let server = start(dir.path(), POLICY);
    settle(&server);
    assert_eq!(data(&server, query)["violationHistory"], history);
    let one = format!("{{ violationHistory(id: {}) {{ total }} }}", closed["id"]);
    assert_eq!(data(&server, &one)["violationHistory"]["total"], 1);
}

#[test]
fn a_mutation_comes_by_post_alone() {
    let dir = tempfile::tempdir().unwrap();
    let server = start(dir.path(), POLICY);
    let (status, body) = server.get(
        "/graphql?query=mutation%7BunregisterConsumer(namespace:%22a%22,name:%22b%22)%7Bseq%7D%7D",
    );
    assert_eq!(status, 405, "{body}");
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        body["error"]["message"],
        "mutations are taken by POST alone"
    );
    let unknown =
        server.graphql("mutation { unregisterConsumer(namespace: \"a\", name: \"b\") { seq } }");
    assert_eq!(
        unknown["errors"][0]["extensions"]["code"], "NOT_FOUND",
        "{unknown}"
    );
}
