//! `headwater demo` as a newcomer starts it.

use serde_json::Value;

use crate::server::Server;

#[test]
fn it_shows_a_newcomer_something_on_each_page() {
    let dir = tempfile::tempdir().unwrap();
    let (server, said) = Server::demo(&dir.path().join("data"));
    assert_eq!(
        said.matches("curl -s http://127.0.0.1:").count(),
        5,
        "{said}"
    );
    for page in ["/contracts", "/quarantine"] {
        assert!(said.contains(&format!("{}{page}", server.url)), "{said}");
    }
    let kept: Value = serde_json::from_str(&server.get("/api/v1/quarantine").1).unwrap();
    let kept = kept["events"].as_array().unwrap();
    assert_eq!(kept.len(), 1, "{kept:?}");
    let one = kept[0].to_string();
    assert!(
        one.contains("Refund watch") && one.contains("STG_REFUNDS"),
        "{one}"
    );

    let mart = |name: &str| {
        let query = format!(
            r#"{{ dataset(namespace: "snowflake://acme-prod", name: "ANALYTICS.MARTS.{name}") {{ consumedBy {{ name owners {{ name }} exposure {{ type url }} }} }} }}"#
        );
        server.graphql(&query)["data"]["dataset"]["consumedBy"].clone()
    };
    let readers = mart("FCT_SESSIONS");
    let review = readers
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["name"] == "exposure.acme.weekly_business_review");
    let review = review.unwrap_or_else(|| panic!("{readers}"));
    assert_eq!(review["exposure"]["type"], "dashboard");
    assert_eq!(review["owners"][0]["name"], "team:finance-analytics");
    assert!(
        mart("FCT_ORDER_LINES")
            .to_string()
            .contains("exposure.acme.basket_analysis")
    );
}
