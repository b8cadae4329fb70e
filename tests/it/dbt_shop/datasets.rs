//! Which datasets are made from which, their runs, and what is not known of them.

use super::*;

#[test]
fn datasets_are_made_from_what_inputs_and_column_lineage_name() {
    let (_dir, server) = shop(&[DEFAULT]);
    for (dataset, sources) in EDGES {
        let mut expected = set(sources);
        if dataset == "int_order_payments" {
            // The CTE that dbt-ol takes for a dataset; see the test below.
            expected.insert("paid".to_owned());
        }
        assert_eq!(
            neighbours(&server, dataset, "upstream"),
            expected,
            "{dataset}"
        );
    }
    for raw in ["raw_customers", "raw_orders", "raw_payments"] {
        assert_eq!(
            neighbours(&server, raw, "upstream"),
            BTreeSet::new(),
            "{raw}"
        );
        let stg = raw.replace("raw_", "stg_");
        assert_eq!(
            neighbours(&server, raw, "downstream"),
            set(&[&stg]),
            "{raw}"
        );
    }
    // Seeds that no model reads are not told in this mode.
    let answer = server.graphql(&format!(
        r#"{{ dataset(namespace: "{NAMESPACE}", name: "shop.main_raw.raw_exchange_rates") {{ name }} }}"#
    ));
    assert_eq!(answer["data"]["dataset"], Value::Null);
}

#[test]
fn a_dataset_that_only_column_lineage_names_is_told_as_that() {
    let (_dir, server) = shop(&[DEFAULT]);
    let ask = |name: &str| {
        let answer = server.graphql(&format!(
            r#"{{ dataset(namespace: "{NAMESPACE}", name: "{name}")
                 {{ firstSeen lastSeen producedBy {{ name }} facets {{ name }} columns {{ name type fromLineageOnly }} }} }}"#
        ));
        answer["data"]["dataset"].clone()
    };
    let phantom = ask("paid");
    assert_eq!(
        phantom,
        serde_json::json!({
            "firstSeen": null, "lastSeen": null, "producedBy": [], "facets": [],
            "columns": [{"name": "payment_count", "type": null, "fromLineageOnly": true}],
        }),
        "no event names `paid` as an input or output"
    );
    // What an event does name has a time and a writer.
    let real = ask("shop.main_marts.fct_orders");
    assert!(real["firstSeen"].is_string(), "{real}");
    assert_eq!(
        names(&real["producedBy"]),
        set(&["shop.main_marts.shop.fct_orders.build.run"])
    );
    let only_from_lineage: BTreeSet<&str> = real["columns"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|column| column["fromLineageOnly"] == true)
        .map(|column| column["name"].as_str().unwrap())
        .collect();
    // The schema facet lists the documented columns alone.
    assert_eq!(
        only_from_lineage,
        BTreeSet::from(["country", "customer_id", "ordered_on"])
    );
}

#[test]
fn failed_tests_fail_their_runs_and_leave_the_mart_as_it_is() {
    let (_dir, server) = shop(&[DEFAULT, STRUCTURED]);
    let states = |job: &str| -> Vec<(String, Option<String>)> {
        let answer = server.graphql(&format!(
            r#"{{ job(namespace: "shop", name: "{job}") {{ runs {{ nodes {{ state errorMessage stateConflict }} }} }} }}"#
        ));
        let runs = answer["data"]["job"]["runs"]["nodes"].as_array();
        let runs = runs.unwrap_or_else(|| panic!("{job}: {answer}")).clone();
        runs.iter()
            .map(|run| {
                assert_eq!(run["stateConflict"], false, "{job}: {run}");
                let error = run["errorMessage"].as_str().map(str::to_owned);
                (run["state"].as_str().unwrap().to_owned(), error)
            })
            .collect()
    };
    let one = |state: &str| vec![(state.to_owned(), None)];
    assert_eq!(
        states("shop.main_marts.shop.fct_orders.build.run"),
        one("COMPLETE")
    );
    assert_eq!(
        states("shop.main_marts.shop.fct_orders.build.test"),
        one("FAIL")
    );
    assert_eq!(
        states("shop.main_marts.shop.dim_customers.build.test"),
        one("COMPLETE")
    );
    assert_eq!(states("model.shop.fct_orders"), one("COMPLETE"));
    // Both modes name this job; only structured mode says why it failed.
    let both: BTreeSet<_> = states("test.shop.every_order_is_above_ten")
        .into_iter()
        .collect();
    let why = "Got 1 result, configured to fail if != 0".to_owned();
    let expected = [
        ("FAIL".to_owned(), None),
        ("FAIL".to_owned(), Some(why.clone())),
    ];
    assert_eq!(both, BTreeSet::from(expected));
    assert_eq!(
        neighbours(&server, "fct_orders", "upstream"),
        set(&["int_order_payments", "stg_customers"])
    );
}

#[test]
fn structured_mode_names_datasets_and_says_that_columns_are_unknown() {
    let (_dir, server) = shop(&[STRUCTURED]);
    for (dataset, sources) in EDGES {
        assert_eq!(
            neighbours(&server, dataset, "upstream"),
            set(sources),
            "{dataset}"
        );
    }
    for mart in ["fct_orders", "dim_customers"] {
        let answer = server.graphql(&format!(
            r#"{{ dataset(namespace: "{NAMESPACE}", name: "{}") {{ columns {{ name upstreamCount }} }} }}"#,
            full(mart)
        ));
        let columns = answer["data"]["dataset"]["columns"]
            .as_array()
            .unwrap()
            .clone();
        assert!(!columns.is_empty(), "{answer}");
        for column in columns {
            assert_eq!(column["upstreamCount"], 0, "{mart}: {column}");
            let name = format!("{mart}.{}", column["name"].as_str().unwrap());
            let upstream = walk(&server, &name, "UPSTREAM", None);
            assert_eq!(upstream.found, BTreeSet::new(), "{name}");
            let beyond: BTreeSet<&str> = upstream
                .boundary
                .iter()
                .map(|edge| edge["fromName"].as_str().unwrap())
                .collect();
            let full = [full("int_order_payments"), full("stg_customers")];
            assert_eq!(
                beyond,
                full.iter().map(String::as_str).collect(),
                "an answer without columns says where datasets go on: {name}"
            );
        }
    }
}
