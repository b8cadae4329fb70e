//! Who reads the marts.

use super::*;

const DASHBOARD: &str = "exposure.shop.revenue_dashboard";

/// Told by both modes, in facets of two marts, under jobs of other names: it is one all the same.
#[test]
fn the_dashboard_of_an_exposure_stands_at_the_end_of_the_graph() {
    let (_dir, server) = shop(&[DEFAULT, STRUCTURED]);
    let answer = server.graphql(&format!(
        r#"{{ job(namespace: "dbt", name: "{DASHBOARD}") {{
                type integration processingType exposure {{ name type url }} runs {{ total }}
                inputs {{ name }} outputs {{ name }} facets {{ name text }} retired {{ by }} }}
             lineage(node: {{dataset: {{namespace: "{NAMESPACE}", name: "{}"}}}}, direction: DOWNSTREAM) {{
                nodes {{ id kind name depth }} edges {{ to kind evidence {{ jobName isStatic declared runs }} }} }}
             upstream: lineage(node: {{job: {{namespace: "dbt", name: "{DASHBOARD}"}}}}, direction: UPSTREAM) {{
                nodes {{ name }} }} }}"#,
        full("dim_customers")
    ));
    assert_eq!(answer["errors"], Value::Null, "{answer}");
    let data = &answer["data"];
    let job = &data["job"];
    assert_eq!(
        names(&job["inputs"]),
        set(&[&full("dim_customers"), &full("fct_orders")])
    );
    assert_eq!(job["outputs"], json!([]));
    assert_eq!(
        (&job["type"], &job["integration"]),
        (&json!("dashboard"), &json!("DBT"))
    );
    assert_eq!(
        job["exposure"],
        json!({"name": "revenue_dashboard", "type": "dashboard", "url": null})
    );
    assert_eq!(job["runs"]["total"], 0);
    assert_eq!(job["facets"][0]["name"], "dbt_exposure");
    let text = job["facets"][0]["text"].as_str().unwrap();
    assert!(text.contains(DASHBOARD), "{text}");
    let nodes = data["lineage"]["nodes"].as_array().unwrap();
    let node = nodes.iter().find(|node| node["name"] == DASHBOARD).unwrap();
    assert_eq!(node["kind"], "JOB");
    let edges = data["lineage"]["edges"].as_array().unwrap();
    let edge = edges.iter().find(|edge| edge["to"] == node["id"]).unwrap();
    let evidence = &edge["evidence"][0];
    assert_eq!(evidence["jobName"], DASHBOARD);
    assert_eq!(
        (
            &evidence["isStatic"],
            &evidence["declared"],
            &evidence["runs"]
        ),
        (&json!(false), &json!(true), &json!(0))
    );
    assert!(names(&data["upstream"]["nodes"]).contains(&full("stg_customers")));
    let found = server.graphql(
        r#"{ search(query: "revenue_dash", filter: {kinds: [JOB]}) { nodes { kind name } } }"#,
    );
    assert_eq!(
        found["data"]["search"]["nodes"][0]["name"], DASHBOARD,
        "{found}"
    );
}

#[test]
fn consumers_of_the_marts_are_told_in_both_modes() {
    for (recording, tests) in [
        (
            DEFAULT,
            [
                (
                    "fct_orders",
                    vec![
                        "shop.main_marts.shop.fct_orders.build.test",
                        "test.shop.every_order_is_above_ten",
                    ],
                ),
                (
                    "dim_customers",
                    vec!["shop.main_marts.shop.dim_customers.build.test"],
                ),
            ],
        ),
        (
            STRUCTURED,
            [
                (
                    "fct_orders",
                    vec![
                        "test.shop.every_order_is_above_ten",
                        "test.shop.not_null_fct_orders_order_id.4e687af8d0",
                        "test.shop.unique_fct_orders_order_id.523ddb6ce5",
                    ],
                ),
                (
                    "dim_customers",
                    vec![
                        "test.shop.not_null_dim_customers_customer_id.dd91cd1c8d",
                        "test.shop.unique_dim_customers_customer_id.15c9f1e2fd",
                    ],
                ),
            ],
        ),
    ] {
        let (_dir, server) = shop(&[recording]);
        for (mart, readers) in tests {
            let answer = server.graphql(&format!(
                r#"{{ dataset(namespace: "{NAMESPACE}", name: "{}") {{ consumedBy {{ namespace name }} facets {{ name text }} }} }}"#,
                full(mart)
            ));
            let dataset = &answer["data"]["dataset"];
            let consumers = names(&dataset["consumedBy"]);
            let readers = [&readers[..], &[DASHBOARD]].concat();
            assert_eq!(consumers, set(&readers), "{recording}: readers of {mart}");
            let facets = dataset["facets"].as_array().unwrap();
            let exposures = facets.iter().find(|facet| facet["name"] == "dbt_exposures");
            let exposures =
                exposures.unwrap_or_else(|| panic!("{recording}: {mart} has no dbt_exposures"));
            let text = exposures["text"].as_str().unwrap();
            assert!(text.contains(DASHBOARD), "{text}");
        }
    }
}
