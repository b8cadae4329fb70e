//! The JSON Schema of the policy file, printed from the tables by which it is checked.

use serde_json::{Map, Value, json};

use super::rules::RULES;
use super::shape::{CONTRACT, FILE, Key, Kind, Shape};

/// The schema as text, with a line break at its end: `docs/headwater.policy.schema.json`.
pub fn json_schema() -> String {
    let mut schema = object(FILE.keys);
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    schema["title"] = "Headwater policy".into();
    schema["description"] = "What Headwater holds lineage against. See docs/CONTRACTS.md.".into();
    let text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text + "\n"
}

fn object(keys: &[Key]) -> Value {
    let required: Vec<&str> = keys.iter().filter(|k| k.required).map(|k| k.name).collect();
    json!({
        "type": "object",
        "properties": properties(keys),
        "required": required,
        "additionalProperties": false,
    })
}

fn properties(keys: &[Key]) -> Map<String, Value> {
    let described = keys.iter().map(|key| {
        let mut value = kind(key.kind);
        value["description"] = key.doc.into();
        (key.name.to_owned(), value)
    });
    described.collect()
}

fn of_shape(shape: &Shape) -> Value {
    object(shape.keys)
}

fn kind(kind: Kind) -> Value {
    let text = json!({"type": "string", "minLength": 1});
    let one_or_more = |one: Value| json!({"anyOf": [one.clone(), {"type": "array", "items": one}]});
    match kind {
        Kind::Text => json!({"type": ["string", "number", "boolean"], "minLength": 1}),
        Kind::Texts | Kind::Globs => one_or_more(text),
        Kind::Count => json!({"type": "integer", "minimum": 0}),
        Kind::Duration => json!({"type": "string", "pattern": "^[1-9][0-9]*[mhd]$"}),
        Kind::Day => json!({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}),
        // A version is written without quotes.
        Kind::Word(["1"]) => json!({"enum": [1, "1"]}),
        Kind::Word(words) => json!({"enum": words}),
        Kind::Words(words) => one_or_more(json!({"enum": words})),
        Kind::Object(shape) => of_shape(shape),
        Kind::Objects(shape) => json!({"type": ["array", "null"], "items": of_shape(shape)}),
        Kind::GlobsByName | Kind::GlobsByGlob => {
            json!({"type": "object", "additionalProperties": one_or_more(text)})
        }
        Kind::Contracts => json!({"type": ["array", "null"], "items": contract()}),
    }
}

/// A contract: its members, and for each rule those that it adds.
fn contract() -> Value {
    let names: Vec<Value> = RULES
        .iter()
        .map(|rule| json!({"const": rule.name, "description": rule.doc}))
        .collect();
    let mut common = object(CONTRACT.keys);
    common["properties"]["rule"]["oneOf"] = Value::Array(names);
    // Which other members there may be is said by the rule.
    common["additionalProperties"] = Value::Null;
    if let Some(members) = common.as_object_mut() {
        members.remove("additionalProperties");
    }
    let with_keys = RULES.iter().filter(|rule| !rule.keys.is_empty());
    let by_rule: Vec<Value> = with_keys
        .map(|rule| {
            let required: Vec<&str> = rule
                .keys
                .iter()
                .filter(|k| k.required)
                .map(|k| k.name)
                .collect();
            json!({
                "if": {"properties": {"rule": {"const": rule.name}}, "required": ["rule"]},
                "then": {"properties": properties(rule.keys), "required": required},
            })
        })
        .collect();
    common["allOf"] = Value::Array(by_rule);
    common["unevaluatedProperties"] = false.into();
    common
}
