use super::*;

const GOOD: &str = r#"
version: 1
layers:
  - {name: raw}
  - {name: staging}
  - {name: intermediate, reads: [staging, intermediate]}
  - {name: mart, reads: [staging, intermediate, mart]}
  - {name: gold, kind: mart, reads: mart}
classify:
  - {layer: raw, namespace: "kafka://*"}
  - {layer: mart, name: ["*.MARTS.*", "*.fct_*"], tag: "layer=mart"}
  - layer: staging
    dbt: {path: "models/staging/*", config: {"meta.layer": "stg"}}
consumers:
  - {kind: dashboard, jobs: {namespace: "looker*"}, owner: bi}
contracts:
  - {name: marts-only, rule: consumers_read_marts, allow: [intermediate]}
  - {name: no-skip, rule: no_skipped_layer, severity: warning, datasets: {layer: mart}}
  - {name: fan-out, rule: source_fan_out, max: 2}
exceptions:
  - contract: [marts-only, no-skip]
    subject: {namespace: looker, name: "old_*"}
    object: {name: "STG.*"}
    reason: moves in May
    owner: bi
    approved_by: data council
    until: 2026-05-31
"#;

#[test]
fn a_policy_is_read() {
    let policy = Policy::read(GOOD).unwrap();
    let reads: Vec<&[LayerId]> = policy.layers.iter().map(|l| l.reads.as_slice()).collect();
    assert_eq!(reads, [&[][..], &[0], &[1, 2], &[1, 2, 3], &[3]]);
    assert_eq!(policy.layers[4].kind, LayerKind::Mart);
    assert_eq!(policy.contracts[0].rule.allow, [2]);
    assert_eq!(policy.contracts[2].rule.max, 2);
    assert_eq!(policy.contracts[1].severity, Severity::Warning);
    assert_eq!(policy.exceptions[0].contracts, [0, 1]);
    assert_eq!(
        policy.exceptions[0].ends.to_string(),
        "2026-06-01T00:00:00Z"
    );
    assert_eq!(policy.classify[2].dbt_config[0].0, "meta.layer");
}

#[test]
fn the_last_day_of_an_exception_is_its_own() {
    let policy = Policy::read(GOOD).unwrap();
    let ends = policy.exceptions[0].ends;
    assert!(policy.expired(EventTime(ends.0 - 1)).is_empty());
    let told = policy.expired(ends);
    let message = told[0].to_string();
    assert!(
        message.starts_with("21:5: ") && message.contains("marts-only, no-skip"),
        "{message}"
    );
    assert!(
        message.contains("2026-05-31") && message.contains("bi"),
        "{message}"
    );
}

/// What is wrong with a file, each with its place.
#[track_caller]
fn wrong(text: &str, expected: &[&str]) {
    let problems = Policy::read(text).unwrap_err();
    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), expected.len(), "{told:#?}");
    for (told, expected) in told.iter().zip(expected) {
        assert!(
            told.starts_with(expected),
            "told     {told}\nexpected {expected}"
        );
    }
}

#[test]
fn an_unknown_name_is_told_with_the_one_that_was_meant() {
    wrong(
        "version: 1\nlayer:\n  - {name: raw}\n",
        &[
            "2:1: a policy file has no `layer`. Did you mean `layers`? It may have: version, layers,",
        ],
    );
    wrong(
        "version: 1\nlayers:\n  - name: raw\n    kinds: raw\n",
        &["4:5: a layer has no `kinds`. Did you mean `kind`?"],
    );
    wrong(
        "version: 1\ncontracts:\n  - {name: a, rule: no_cycle, max: 3}\n",
        &["3:31: a contract with the rule no_cycle has no `max`."],
    );
    wrong(
        "version: 1\ncontracts:\n  - {name: a, rule: no_cycles}\n",
        &[
            "3:21: there is no rule \"no_cycles\". Did you mean `no_cycle`? The rules are: consumers_read_marts,",
        ],
    );
}

#[test]
fn all_mistakes_are_told_at_once() {
    wrong(
        "version: 2\nlayers: raw\nclassify:\n  - {layer: raw, name: \"a[b\"}\nexceptions:\n  - {contract: x}\n",
        &[
            "1:10: `version` must be `1`",
            "2:9: `layers` must be a list",
            "4:24: `name` must be a pattern or a list of patterns; \"a[b\" is none: `[` is not read",
            "6:5: an exception must have `subject`",
            "6:5: an exception must have `reason`",
            "6:5: an exception must have `owner`",
            "6:5: an exception must have `approved_by`",
            "6:5: an exception must have `until`",
        ],
    );
}

#[test]
fn values_of_the_wrong_kind_are_told() {
    wrong(
        "version: 1\ncontracts:\n  - {name: a, rule: few_joins, max: -1}\n  - {name: b, rule: few_joins}\n  - {name: c, rule: no_cycle, severity: bad}\n  - {name: '', rule: no_cycle}\n",
        &[
            "3:37: `max` must be a whole number that is not negative",
            "4:5: a contract with the rule few_joins must have `max`",
            "5:41: `severity` must be one of error, warning, info",
            "6:12: `name` must be a text that is not empty",
        ],
    );
    let late = GOOD.replace("2026-05-31", "2026-05-32");
    wrong(&late, &["27:12: `until` must be a day such as 2026-12-31"]);
}

#[test]
fn patterns_of_columns_are_looked_at() {
    wrong(
        "version: 1\ncontracts:\n  - {name: a, rule: columns_classified, columns: {\"a{b\": x}}\n  - {name: b, rule: columns_classified, columns: {a: \"[\"}}\n  - {name: c, rule: columns_classified, columns: [a]}\n  - {name: d, rule: columns_classified}\n",
        &[
            "3:51: `columns` must be a mapping from patterns to patterns; \"a{b\" is none: `{` stands without its `}`",
            "4:54: `columns` must be a mapping from patterns to patterns; \"[\" is none: `[` is not read",
            "5:50: `columns` must be a mapping from patterns to patterns",
            "6:5: a contract with the rule columns_classified must have `columns`",
        ],
    );
}

#[test]
fn names_that_are_not_there_are_told() {
    wrong(
        "version: 1\nlayers:\n  - {name: raw}\n  - {name: mart, reads: row}\nclassify:\n  - {layer: rau, name: x}\n  - {layer: raw}\n",
        &[
            "4:25: there is no layer \"row\". Did you mean \"raw\"? the layers are: raw, mart",
            "6:13: there is no layer \"rau\". Did you mean \"raw\"?",
            "7:5: this entry selects every dataset",
        ],
    );
    let other = GOOD.replace("contract: [marts-only, no-skip]", "contract: marts_only");
    wrong(
        &other,
        &["21:15: there is no contract \"marts_only\". Did you mean \"marts-only\"?"],
    );
}

#[test]
fn duplicate_names_are_told_with_the_first() {
    wrong(
        "version: 1\nlayers:\n  - {name: raw}\n  - {name: raw}\ncontracts:\n  - {name: a, rule: no_cycle}\n  - {name: a, rule: classified}\n",
        &[
            "4:12: a second layer with the name \"raw\"; the first is at 3:12",
            "7:12: a second contract with the name \"a\"; the first is at 6:12",
        ],
    );
}

#[test]
fn layers_that_read_in_a_circle_are_told() {
    wrong(
        "version: 1\nlayers:\n  - {name: a, reads: c}\n  - {name: b}\n  - {name: c, reads: [b, c]}\n",
        &[
            "3:22: layers read each other in a circle: a reads c reads b reads a. Data has to flow one way",
        ],
    );
}

#[test]
fn five_megabytes_are_refused_with_the_size() {
    let text = format!("version: 1\n# {}\n", "x".repeat(5 << 20));
    wrong(
        &text,
        &["1:1: the file has 5242894 bytes; at most 2097152 are read"],
    );
}

#[test]
fn a_file_full_of_mistakes_tells_the_first_hundred() {
    let text = format!("version: 1\nlayers:\n{}", "  - {nme: x}\n".repeat(10_000));
    assert_eq!(Policy::read(&text).unwrap_err().len(), 100);
}

/// Editors complete by the committed schema. Write it anew with
/// `WRITE_POLICY_SCHEMA=1 cargo test --lib policy::`.
#[test]
fn the_committed_schema_is_that_of_the_code() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/docs/headwater.policy.schema.json"
    );
    if std::env::var_os("WRITE_POLICY_SCHEMA").is_some() {
        std::fs::write(path, json_schema()).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == json_schema(),
        "docs/headwater.policy.schema.json is not that of the code"
    );
}

#[test]
fn the_schema_has_each_rule_and_its_members() {
    let schema: serde_json::Value = serde_json::from_str(&json_schema()).unwrap();
    let contract = &schema["properties"]["contracts"]["items"];
    let rules = contract["properties"]["rule"]["oneOf"].as_array().unwrap();
    assert_eq!(rules.len(), rules::RULES.len());
    let max = contract["allOf"].as_array().unwrap().iter();
    assert!(max.clone().any(|one| one["then"]["required"][0] == "max"));
}
