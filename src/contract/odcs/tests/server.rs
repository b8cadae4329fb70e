//! Which namespace a server of a document is.

use super::*;

#[test]
fn servers_are_namespaces() {
    for (server, namespace, table, name) in [
        (
            "type: postgres, host: h, port: 5432, database: d, schema: s",
            "postgres://h:5432",
            "t",
            "d.s.t",
        ),
        (
            "type: postgresql, host: h, database: d, schema: s",
            "postgres://h:5432",
            "x.t",
            "d.x.t",
        ),
        (
            "type: mysql, host: h, port: 3307, database: d",
            "mysql://h:3307",
            "t",
            "d.t",
        ),
        (
            "type: snowflake, account: a.eu, database: D, schema: S",
            "snowflake://a.eu",
            "X.Y.T",
            "X.Y.T",
        ),
        (
            "type: bigquery, project: p, dataset: d",
            "bigquery",
            "t",
            "p.d.t",
        ),
        (
            "type: redshift, host: c.x1.eu-west-1.redshift.amazonaws.com, database: d, schema: s",
            "redshift://c.eu-west-1:5439",
            "t",
            "d.s.t",
        ),
        (
            "type: databricks, host: dbc.cloud, catalog: c, schema: s",
            "databricks://dbc.cloud",
            "t",
            "c.s.t",
        ),
        (
            "type: athena, regionName: eu-west-1, stagingDir: 's3://x', schema: s",
            "awsathena://athena.eu-west-1.amazonaws.com",
            "t",
            "AwsDataCatalog.s.t",
        ),
        (
            "type: glue, account: '123', database: d",
            "arn:aws:glue:*:123",
            "t",
            "table/d/t",
        ),
        (
            "type: trino, host: h, port: 8081, catalog: c, schema: s",
            "trino://h:8081",
            "t",
            "c.s.t",
        ),
        (
            "type: sqlserver, host: h, database: d, schema: s",
            "mssql://h:1433",
            "t",
            "d.s.t",
        ),
        (
            "type: synapse, host: h, port: 1433, database: d",
            "sqlserver://h:1433",
            "s.t",
            "s.t",
        ),
        (
            "type: oracle, host: h, port: 1521, serviceName: o",
            "oracle://h:1521",
            "s.t",
            "o.s.t",
        ),
        (
            "type: hive, host: h, database: d",
            "hive://h:10000",
            "t",
            "d.t",
        ),
        (
            "type: duckdb, database: /data/shop.duckdb",
            "duckdb:///data/shop.duckdb",
            "t",
            "shop.main.t",
        ),
        (
            "type: kafka, host: 'b1:9093,b2:9093'",
            "kafka://b1:9093",
            "a.b.c.d",
            "a.b.c.d",
        ),
        ("type: kafka, host: b1", "kafka://b1:9092", "t", "t"),
        ("type: pubsub, project: p", "pubsub", "t", "topic:p:t"),
        (
            "type: s3, location: 's3://lake/orders/{model}/*.parquet'",
            "s3://lake",
            "t",
            "orders/t",
        ),
        (
            "type: azure, format: csv, location: 'abfss://c@a.dfs.core.windows.net/x/*'",
            "abfss://c@a.dfs.core.windows.net",
            "t",
            "x",
        ),
        (
            "type: custom, customProperties: [{property: headwaterNamespace, value: 'crm://a'}]",
            "crm://a",
            "t.u",
            "t.u",
        ),
    ] {
        let old = "type: postgres, host: h, port: 5432, database: d, schema: s";
        let text = small("").replace(old, server).replace(
            "- name: t\n",
            &format!("- name: t\n    physicalName: {table}\n"),
        );
        let read = read(&text);
        let promise = &read.promises[0];
        assert_eq!(
            (promise.namespace.as_str(), promise.names[0].as_str()),
            (namespace, name),
            "{server}"
        );
        policy_of(&read.promises);
    }
}

#[test]
fn the_server_and_the_namespace_can_be_said() {
    let options = Options {
        server: Some("dev"),
        ..Options::default()
    };
    let read = import(SAMPLE, &options).unwrap();
    assert_eq!(read.promises[0].namespace, "snowflake://acme-dev");
    let options = Options {
        server: Some("pro"),
        ..Options::default()
    };
    let told = import(SAMPLE, &options).unwrap_err()[0].to_string();
    assert!(
        told.contains("Did you mean \"prod\"? The servers are: dev, prod"),
        "{told}"
    );
    let options = Options {
        namespace: Some("postgres://*"),
        ..Options::default()
    };
    let read = import(&small(""), &options).unwrap();
    assert_eq!(
        (read.promises[0].namespace.as_str(), &read.promises[0].names),
        ("postgres://*", &vec!["d.s.t".to_owned()])
    );
}
