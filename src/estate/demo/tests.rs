//! The demo estate's events, read as a consumer reads them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use chrono::DateTime;
use serde_json::Value;

use super::check::Estate;
use super::describe::Description;
use super::time::DAY;
use super::{demo_events, things_to_try};

const NOW: i64 = 1_795_000_000_000;

fn events() -> Vec<Value> {
    static EVENTS: LazyLock<Vec<Value>> = LazyLock::new(|| demo_events(NOW).unwrap());
    EVENTS.clone()
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or("")
}

fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    let found = value.pointer(pointer).and_then(Value::as_array);
    found.map_or(&[], Vec::as_slice)
}

fn millis(event: &Value) -> i64 {
    let time = DateTime::parse_from_rfc3339(text(event, "/eventTime")).unwrap();
    time.timestamp_millis()
}

fn datasets(event: &Value) -> impl Iterator<Item = &Value> {
    let sides = ["/inputs", "/outputs"].into_iter();
    let named = sides.flat_map(|side| list(event, side));
    named.chain(event.get("dataset"))
}

/// Events of a job whose name ends so, in sending order.
fn of_job(events: &[Value], suffix: &str) -> Vec<Value> {
    let of_job = |event: &&Value| text(event, "/job/name").ends_with(suffix);
    events.iter().filter(of_job).cloned().collect()
}

fn field_names(dataset: &Value) -> BTreeSet<String> {
    let fields = list(dataset, "/facets/schema/fields").iter();
    fields
        .map(|field| text(field, "/name").to_owned())
        .collect()
}

#[test]
fn the_same_time_gives_the_same_events() {
    assert_eq!(events(), demo_events(NOW).unwrap());
    assert_ne!(events(), demo_events(NOW + 1).unwrap());
}

#[test]
fn every_event_and_facet_has_the_required_members() {
    for event in events() {
        for member in ["/eventTime", "/producer", "/schemaURL"] {
            assert!(!text(&event, member).is_empty(), "{member} of {event}");
        }
        let facets = [event.pointer("/run/facets"), event.pointer("/job/facets")];
        let facets = facets.into_iter().flatten();
        let of_datasets = datasets(&event).flat_map(|dataset| {
            assert!(!text(dataset, "/namespace").is_empty() && !text(dataset, "/name").is_empty());
            ["facets", "inputFacets", "outputFacets"].map(|key| dataset.get(key))
        });
        for facets in facets.chain(of_datasets.flatten()) {
            for (name, facet) in facets.as_object().unwrap() {
                assert!(text(facet, "/_producer").starts_with("https://"), "{name}");
                assert!(text(facet, "/_schemaURL").starts_with("https://"), "{name}");
            }
        }
        let kinds = ["RunEvent", "JobEvent", "DatasetEvent"];
        let kind = text(&event, "/schemaURL")
            .rsplit('/')
            .next()
            .unwrap()
            .to_owned();
        assert!(kinds.contains(&kind.as_str()));
        assert_eq!(event.get("run").is_some(), kind == "RunEvent");
        assert_eq!(event.get("dataset").is_some(), kind == "DatasetEvent");
    }
}

#[test]
fn events_go_up_to_now_and_one_is_days_late() {
    let events = events();
    let times: Vec<i64> = events.iter().map(millis).collect();
    let late: Vec<usize> = (1..times.len())
        .filter(|&at| times[at] < times[at - 1])
        .collect();
    assert_eq!(late.len(), 1, "exactly one event is out of order");
    assert!(times[late[0] - 1] - times[late[0]] > 4 * DAY);
    assert!(late[0] + 10 > times.len(), "it is sent near the end");
    let last = times.iter().max().unwrap();
    assert!((NOW - 10 * 60_000..NOW).contains(last));
    assert!(times.iter().min().unwrap() < &(NOW - 6 * DAY));
}

#[test]
fn the_company_has_the_promised_size_and_a_layer_on_each_dataset() {
    let events = events();
    let mut columns: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut layers = BTreeMap::new();
    for event in &events {
        for dataset in datasets(event) {
            let key = format!("{}|{}", text(dataset, "/namespace"), text(dataset, "/name"));
            columns.entry(key).or_default().extend(field_names(dataset));
        }
        if let Some(dataset) = event.get("dataset") {
            let key = format!("{}|{}", text(dataset, "/namespace"), text(dataset, "/name"));
            for tag in list(dataset, "/facets/tags/tags") {
                if text(tag, "/key") == "layer" {
                    layers.insert(key.clone(), text(tag, "/value").to_owned());
                }
            }
        }
    }
    assert_eq!(
        layers.keys().collect::<Vec<_>>(),
        columns.keys().collect::<Vec<_>>()
    );
    assert!((55..=65).contains(&columns.len()), "{}", columns.len());
    let total: usize = columns.values().map(BTreeSet::len).sum();
    assert!((460..=540).contains(&total), "{total}");
    let kinds: BTreeSet<&str> = layers.values().map(String::as_str).collect();
    assert_eq!(
        kinds,
        BTreeSet::from(["raw", "staging", "intermediate", "mart"])
    );
    assert!(
        columns.values().all(|columns| !columns.is_empty()),
        "all have a schema"
    );
}

#[test]
fn column_lineage_names_only_columns_that_schemas_tell() {
    let events = events();
    let mut told: BTreeSet<(String, String, String)> = BTreeSet::new();
    for dataset in events.iter().flat_map(datasets) {
        for field in field_names(dataset) {
            let (namespace, name) = (text(dataset, "/namespace"), text(dataset, "/name"));
            told.insert((namespace.to_owned(), name.to_owned(), field));
        }
    }
    let mut pairs = 0;
    for output in events.iter().flat_map(|event| list(event, "/outputs")) {
        let Some(lineage) = output.pointer("/facets/columnLineage/fields") else {
            continue;
        };
        let schema = field_names(output);
        for (field, inputs) in lineage.as_object().unwrap() {
            assert!(schema.contains(field), "{field} of {output}");
            for input in list(inputs, "/inputFields") {
                let key = ["/namespace", "/name", "/field"].map(|at| text(input, at).to_owned());
                assert!(told.contains(&key.clone().into()), "{key:?}");
                pairs += 1;
            }
        }
    }
    assert!(pairs > 1000);
}

/// What the facet says of `field`: (table, column, subtype), sorted.
fn uses<'a>(event: &'a Value, pointer: &str) -> BTreeSet<(&'a str, &'a str, &'a str)> {
    let fields = list(event, pointer).iter();
    let uses = fields.flat_map(|field| {
        let table = text(field, "/name").rsplit('.').next().unwrap();
        let subtypes = list(field, "/transformations").iter();
        subtypes.map(move |t| (table, text(field, "/field"), text(t, "/subtype")))
    });
    uses.collect()
}

#[test]
fn column_lineage_is_true_to_the_sql() {
    let events = events();
    let orders = of_job(&events, ".fct_orders.build.run").pop().unwrap();
    let sql = text(&orders, "/job/facets/sql/query");
    let expression = "case when o.status = 'cancelled' then 0 else o.order_total - coalesce(r.refunded_amount, 0) end as net_amount";
    assert!(sql.contains(expression), "{sql}");
    let lineage = "/outputs/0/facets/columnLineage";
    assert_eq!(
        uses(&orders, &format!("{lineage}/fields/net_amount/inputFields")),
        BTreeSet::from([
            ("STG_ORDERS", "status", "CONDITIONAL"),
            ("STG_ORDERS", "order_total", "TRANSFORMATION"),
            ("INT_ORDER_REFUNDS", "refunded_amount", "TRANSFORMATION"),
        ])
    );
    assert_eq!(
        uses(&orders, &format!("{lineage}/dataset")),
        BTreeSet::from([
            ("STG_ORDERS", "order_id", "JOIN"),
            ("INT_ORDER_REFUNDS", "order_id", "JOIN"),
            ("INT_ORDER_PAYMENTS", "order_id", "JOIN"),
        ])
    );
    let daily = of_job(&events, ".fct_revenue_daily.build.run")
        .pop()
        .unwrap();
    assert_eq!(
        uses(&daily, &format!("{lineage}/fields/net_revenue/inputFields")),
        BTreeSet::from([("FCT_ORDERS", "net_amount", "AGGREGATION")])
    );
}

#[test]
fn a_model_fails_once_and_its_retry_succeeds() {
    let events = events();
    let failed: Vec<&Value> = events
        .iter()
        .filter(|event| text(event, "/eventType") == "FAIL")
        .collect();
    let jobs: Vec<&str> = failed
        .iter()
        .map(|event| text(event, "/job/name"))
        .collect();
    let model = "ANALYTICS.MARTS.acme.fct_orders.build.run";
    assert_eq!(jobs, [model, "dbt-run-acme", "dbt_daily.dbt_build"]);
    assert!(list(failed[0], "/outputs").is_empty());
    let message = text(failed[0], "/run/facets/errorMessage/message");
    assert!(message.contains("Numeric value 'N/A'"));
    let runs = of_job(&events, model);
    let retry = runs
        .iter()
        .find(|event| text(event, "/eventType") == "COMPLETE" && millis(event) > millis(failed[0]));
    let retry = retry.unwrap();
    assert!(millis(retry) - millis(failed[0]) < 2 * 3_600_000);
    assert_ne!(text(retry, "/run/runId"), text(failed[0], "/run/runId"));
    let days = |kind: &str| {
        runs.iter()
            .filter(|e| text(e, "/eventType") == kind)
            .count()
    };
    assert_eq!((days("START"), days("COMPLETE")), (8, 7));
}

#[test]
fn a_column_is_renamed_in_schema_lineage_and_sql() {
    let events = events();
    let completes = |suffix: &str| -> Vec<Value> {
        let mut events = of_job(&events, suffix);
        events.retain(|event| text(event, "/eventType") == "COMPLETE");
        events
    };
    let renamed: Vec<bool> = completes(".stg_orders.build.run")
        .iter()
        .map(|event| {
            let names = field_names(&event["outputs"][0]);
            assert_ne!(names.contains("total"), names.contains("order_total"));
            names.contains("order_total")
        })
        .collect();
    // Day 4 is built twice: the failed build had already made this model.
    assert_eq!(renamed, [false, false, false, true, true, true, true, true]);
    let readers = completes(".int_customer_orders.build.run");
    let field = "/outputs/0/facets/columnLineage/fields/lifetime_value/inputFields/0/field";
    assert_eq!(text(&readers[0], field), "total");
    assert_eq!(text(readers.last().unwrap(), field), "order_total");
    assert!(text(&readers[0], "/job/facets/sql/query").contains("sum(o.total)"));
    let last = text(readers.last().unwrap(), "/job/facets/sql/query");
    assert!(last.contains("sum(o.order_total)"));
}

#[test]
fn streams_never_end_and_debezium_names_one_side_at_a_time() {
    let mut states = BTreeMap::<String, BTreeSet<String>>::new();
    for event in events() {
        if text(&event, "/producer").contains("debezium") {
            assert!(list(&event, "/inputs").is_empty() || list(&event, "/outputs").is_empty());
        }
        let namespace = text(&event, "/job/namespace").to_owned();
        let state = text(&event, "/eventType").to_owned();
        states.entry(namespace).or_default().insert(state);
    }
    let open = BTreeSet::from(["START".to_owned(), "RUNNING".to_owned()]);
    assert_eq!(states["flink-prod"], open);
    assert_eq!(states["cdc-prod"], open);
}

#[test]
fn every_parent_and_root_is_a_run_that_was_told() {
    let events = events();
    let run = |job: &Value, run: &Value| {
        let job = [text(job, "/namespace"), text(job, "/name")].map(str::to_owned);
        (job, text(run, "/runId").to_owned())
    };
    let told: BTreeSet<_> = events.iter().map(|e| run(&e["job"], &e["run"])).collect();
    let mut checked = 0;
    for event in &events {
        let Some(parent) = event.pointer("/run/facets/parent") else {
            continue;
        };
        assert!(
            told.contains(&run(&parent["job"], &parent["run"])),
            "{parent}"
        );
        let root = &parent["root"];
        assert!(told.contains(&run(&root["job"], &root["run"])), "{root}");
        checked += 1;
    }
    assert!(checked > 500);
}

#[test]
fn tests_fail_on_the_told_days_and_a_dashboard_reads_staging() {
    let events = events();
    let mut results = Vec::new();
    for event in of_job(&events, ".fct_payments.build.test") {
        let assertions = "/inputs/0/inputFacets/dataQualityAssertions/assertions";
        let passed = list(&event, assertions)
            .iter()
            .all(|a| a["success"] == true);
        if text(&event, "/eventType") == "COMPLETE" {
            results.push(passed);
        }
    }
    assert_eq!(results, [true, true, true, true, true, false, false]);
    let consumers: Vec<&Value> = events
        .iter()
        .filter(|event| text(event, "/schemaURL").ends_with("/JobEvent"))
        .filter(|event| text(event, "/job/namespace") != "dbt")
        .collect();
    let reads_staging = |event: &&&Value| {
        let inputs = list(event, "/inputs").iter();
        inputs
            .clone()
            .any(|input| text(input, "/name").contains(".STAGING."))
    };
    assert_eq!(consumers.iter().filter(reads_staging).count(), 1);
    for consumer in &consumers {
        assert_eq!(text(consumer, "/job/facets/tags/tags/0/key"), "consumer");
        assert!(text(consumer, "/job/facets/ownership/owners/0/name").starts_with("team:"));
    }
}

#[test]
fn dbt_lists_the_exposures_of_each_model_that_they_read() {
    let events = events();
    let mut read: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for output in events.iter().flat_map(|event| list(event, "/outputs")) {
        for exposure in list(output, "/facets/dbt_exposures/exposures") {
            let reader = text(exposure, "/unique_id").to_owned();
            let table = text(output, "/name").rsplit('.').next().unwrap();
            read.entry(reader).or_default().insert(table.to_owned());
            assert!(!text(exposure, "/type").is_empty(), "{exposure}");
        }
    }
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let expected = BTreeMap::from([
        (
            "exposure.acme.basket_analysis".to_owned(),
            set(&["DIM_PRODUCTS", "FCT_ORDER_LINES"]),
        ),
        (
            "exposure.acme.weekly_business_review".to_owned(),
            set(&["DIM_PRODUCTS", "FCT_REVENUE_DAILY", "FCT_SESSIONS"]),
        ),
    ]);
    assert_eq!(read, expected);
    let registered = events
        .iter()
        .filter(|event| text(event, "/job/namespace") == "dbt");
    let registered: BTreeSet<&str> = registered
        .inspect(|event| {
            assert!(text(event, "/job/facets/ownership/owners/0/name").starts_with("team:"));
        })
        .map(|event| text(event, "/job/name"))
        .collect();
    let listed: BTreeSet<&str> = read.keys().map(String::as_str).collect();
    assert_eq!(registered, listed);
}

const ESTATE: &str = include_str!("../../../fixtures/demo/estate.toml");
const SOURCES: &str = include_str!("../../../fixtures/demo/sources.toml");
const STAGING: &str = include_str!("../../../fixtures/demo/staging.toml");
const MARTS: &str = include_str!("../../../fixtures/demo/marts.toml");

/// What is said of the description when `from` in marts.toml reads `to`.
fn complaint(from: &str, to: &str) -> String {
    assert!(MARTS.contains(from));
    let marts = MARTS.replacen(from, to, 1);
    let description = Description::parse(ESTATE, SOURCES, STAGING, &marts);
    match description.and_then(Estate::new) {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_wrong_description_is_refused_and_the_place_is_named() {
    let cases = [
        (
            "sum(r.refund_amount)",
            "sum(r.amount)",
            "model `intermediate.int_order_refunds`, column `refunded_amount`: `staging.stg_refunds` has no column `amount`",
        ),
        (
            "sum(r.refund_amount)",
            "sum(q.refund_amount)",
            "no input has the alias `q`",
        ),
        (
            "dataset = \"staging.stg_refunds\"",
            "dataset = \"staging.stg_refund\"",
            "no entry before this one describes `staging.stg_refund`",
        ),
        (
            "owner = \"finance\"",
            "owner = \"finances\"",
            "estate.toml has no team `finances`",
        ),
        (
            "dataset = \"marts.fct_orders\"",
            "dataset = \"marts.fct_sessions\"",
            "no entry before this one describes `marts.fct_orders`",
        ),
        ("fails_on = [5, 6]", "fails_on = [7]", "fails on day 7"),
        ("group_by = ", "grouped = ", "fixtures/demo/marts.toml"),
    ];
    for (from, to, expected) in cases {
        let said = complaint(from, to);
        assert!(said.contains(expected), "{to}: {said}");
    }
}

#[test]
fn a_time_that_cannot_be_written_is_an_error() {
    assert!(demo_events(i64::MAX).is_err());
    assert!(demo_events(i64::MIN).is_err());
}

#[test]
fn questions_name_nodes_of_the_estate() {
    let told: Vec<String> = events().iter().map(Value::to_string).collect();
    let questions = things_to_try().unwrap();
    assert_eq!(questions.len(), 5);
    for question in questions {
        for part in question.query.split("name: \"").skip(1) {
            let name = part.split('"').next().unwrap();
            let quoted = format!("\"name\":\"{name}\"");
            assert!(told.iter().any(|event| event.contains(&quoted)), "{name}");
        }
    }
}
