//! The section `check`: what of a check before a merge passes, warns or fails. The file has its shape
//! by now, so what is left out here cannot be wrong.

use serde::de::DeserializeOwned;

use super::yaml::Node;
use crate::impact::{Action, CheckPolicy, Rule, Waiver};

/// The policy of checks.
pub fn policy(section: Option<&Node>) -> CheckPolicy {
    let mut policy = CheckPolicy::default();
    let Some(section) = section else {
        return policy;
    };
    let set = |into: &mut Action, name| {
        if let Some(action) = word(section, name) {
            *into = action;
        }
    };
    set(&mut policy.breaking, "breaking");
    set(&mut policy.possibly_breaking, "possibly_breaking");
    set(&mut policy.value_change, "value_change");
    set(&mut policy.unknown, "unknown");
    let items = |name| section.get(name).map_or(&[][..], Node::items);
    policy.rules = items("rules").iter().filter_map(rule).collect();
    policy.waivers = items("waivers").iter().filter_map(waiver).collect();
    policy
}

fn rule(node: &Node) -> Option<Rule> {
    Some(Rule {
        class: words(node, "class"),
        change: words(node, "change"),
        layer: texts(node, "layer"),
        consumer: word(node, "consumer"),
        contracted: word(node, "contracted"),
        then: word(node, "then")?,
    })
}

fn waiver(node: &Node) -> Option<Waiver> {
    let text = |name| node.get(name).and_then(Node::text).map(str::to_owned);
    Some(Waiver {
        of: text("of")?,
        column: text("column"),
        change: words(node, "change"),
        owner: text("owner")?,
        reason: text("reason")?,
        until: text("until")?,
    })
}

fn texts(node: &Node, name: &str) -> Vec<String> {
    let held = node.get(name).into_iter();
    held.flat_map(Node::texts).map(str::to_owned).collect()
}

/// A word of one of our enums, or a flag.
fn parsed<T: DeserializeOwned>(text: &str) -> Option<T> {
    let word = match text {
        "true" => true.into(),
        "false" => false.into(),
        text => serde_json::Value::from(text),
    };
    serde_json::from_value(word).ok()
}

fn word<T: DeserializeOwned>(node: &Node, name: &str) -> Option<T> {
    parsed(node.get(name)?.text()?)
}

fn words<T: DeserializeOwned>(node: &Node, name: &str) -> Vec<T> {
    texts(node, name)
        .iter()
        .filter_map(|text| parsed(text))
        .collect()
}
