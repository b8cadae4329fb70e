//! Which columns are made from which.

use super::*;

#[test]
fn trap_01_every_mart_column_comes_from_the_raw_columns_of_its_sql() {
    let (_dir, server) = shop(&[DEFAULT]);
    for (column, raw) in MARTS {
        let upstream = walk(&server, column, "UPSTREAM", None);
        assert_eq!(
            upstream.ends,
            raw_of(column, raw),
            "the raw columns of {column}"
        );
        assert_eq!(upstream.found, closure(column), "all upstream of {column}");
    }
    for (column, _) in MODELS {
        let one_hop = walk(&server, column, "UPSTREAM", Some(1));
        assert_eq!(one_hop.found, sources(column), "one hop up of {column}");
    }
}

#[test]
fn every_raw_column_reaches_the_mart_columns_that_it_affects() {
    let (_dir, server) = shop(&[DEFAULT]);
    let raw: BTreeSet<&str> = MODELS
        .iter()
        .flat_map(|(_, sources)| sources.iter().copied())
        .filter(|source| source.starts_with("raw_"))
        .collect();
    assert!(raw.len() > 10);
    for raw in raw {
        let marts: BTreeSet<String> = walk(&server, raw, "DOWNSTREAM", None)
            .found
            .into_iter()
            .filter(|column| column.starts_with("fct_") || column.starts_with("dim_"))
            .collect();
        let expected: BTreeSet<String> = MARTS
            .iter()
            .filter(|(mart, named)| raw_of(mart, named).contains(raw))
            .map(|(mart, _)| (*mart).to_owned())
            .collect();
        assert_eq!(marts, expected, "marts affected by {raw}");
        assert_eq!(expected.is_empty(), WITHOUT_EFFECT.contains(&raw), "{raw}");
    }
}

/// What dbt-ol tells and what its SQL tells stand side by side, each marked as what it is.
#[test]
fn what_sql_adds_is_marked_as_that() {
    let (_dir, server) = shop(&[DEFAULT]);
    let answer = server.graphql(&format!(
        r#"{{ lineage(node: {{column: {{namespace: "{NAMESPACE}", name: "{}", column: "order_id"}}}}, direction: UPSTREAM, maxDepth: 1)
             {{ nodes {{ id name column }} edges {{ from kind evidence {{ origin declared transformations runs jobName }} }} }}
             job(namespace: "shop", name: "shop.main_marts.shop.fct_orders.build.run")
             {{ sqlLineage {{ state dialect columnEdges runs gaps {{ code message }} dataset {{ name }} }} }}
             dataset(namespace: "{NAMESPACE}", name: "{}") {{ sqlLineage {{ state job {{ name }} }} }}
             status {{ sqlWaiting }} }}"#,
        full("fct_orders"), full("fct_orders")
    ));
    let data = &answer["data"];
    let mut seen = Vec::new();
    for edge in data["lineage"]["edges"].as_array().unwrap() {
        let nodes = data["lineage"]["nodes"].as_array().unwrap();
        let from = nodes
            .iter()
            .find(|node| node["id"] == edge["from"])
            .unwrap();
        for one in edge["evidence"].as_array().unwrap() {
            assert_eq!(one["declared"], one["origin"] == "DECLARED", "{one}");
            seen.push(format!(
                "{} {} {} {}",
                from["column"].as_str().unwrap(),
                edge["kind"].as_str().unwrap(),
                one["origin"].as_str().unwrap(),
                one["transformations"]
            ));
        }
    }
    seen.sort();
    assert_eq!(
        seen,
        [
            r#"customer_id INDIRECT FROM_SQL ["INDIRECT/JOIN"]"#,
            r#"customer_id INDIRECT FROM_SQL ["INDIRECT/JOIN"]"#,
            "order_id DIRECT DECLARED []",
            r#"order_id DIRECT FROM_SQL ["DIRECT/IDENTITY"]"#,
            r#"status INDIRECT FROM_SQL ["INDIRECT/FILTER"]"#,
        ],
        "{answer}"
    );
    let read = &data["job"]["sqlLineage"][0];
    assert_eq!(read["state"], "WHOLE", "{read}");
    assert_eq!(
        (&read["dialect"], &read["runs"]),
        (&"duckdb".into(), &1.into())
    );
    assert_eq!(data["dataset"]["sqlLineage"][0]["state"], "WHOLE");
    assert_eq!(data["status"]["sqlWaiting"], 0);
}
