//! The documents that a policy file names: what they promise stands beside its own contracts.

use serde_json::{Map, json};

use crate::contract::policy::yaml::{self, Name, Node, Value};
use crate::contract::policy::{Place, Problem};

use super::{Left, Options, contracts, import};

/// Documents that a policy may name.
const MAX_DOCUMENTS: usize = 1_000;

/// A document that a policy names.
#[derive(Debug, Clone)]
pub struct Named {
    /// Its file, as it is shown.
    pub file: String,
    /// What it says and the policy does not hold.
    pub left: Vec<Left>,
}

/// Files by a pattern of the policy: how each is shown, and its text.
pub type Find<'f> = dyn FnMut(&str) -> Result<Vec<(String, String)>, String> + 'f;

/// Patterns of the files that a policy names.
pub fn patterns(policy: &Node) -> impl Iterator<Item = (Place, &str)> {
    let listed = policy.get("odcs").map_or(&[][..], Node::items).iter();
    listed.filter_map(|node| Some((node.at, node.text()?)))
}

/// Adds what documents promise to the contracts of a policy. Places are then those of the entry that
/// names the document; what is wrong with a document is told with its own place too.
pub fn add(policy: &mut Node, find: &mut Find<'_>, problems: &mut Vec<Problem>) -> Vec<Named> {
    let mut named: Vec<Named> = Vec::new();
    let mut entries = Vec::new();
    for (at, pattern) in patterns(policy) {
        let files = match find(pattern) {
            Ok(files) => files,
            Err(reason) => {
                problems.push(Problem::new(at, reason));
                continue;
            }
        };
        for (file, text) in files {
            if named.iter().any(|held| held.file == file) {
                continue;
            }
            if named.len() == MAX_DOCUMENTS {
                let message = format!("more than {MAX_DOCUMENTS} documents");
                problems.push(Problem::new(at, message));
                return named;
            }
            match import(&text, &Options::default()) {
                Ok(read) => {
                    entries.extend(listed(&contracts(&read.promises), at));
                    named.push(Named {
                        file,
                        left: read.left,
                    });
                }
                Err(wrong) => {
                    let told = wrong.iter();
                    problems.extend(told.map(|one| Problem::new(at, format!("{file}:{one}"))));
                }
            }
        }
    }
    put(policy, entries);
    named
}

/// The entries of a section `contracts`, as if all of them stood at one place.
fn listed(text: &str, at: Place) -> Vec<Node> {
    let Ok(section) = yaml::read(text) else {
        return Vec::new();
    };
    let mut entries = section
        .get("contracts")
        .map_or(&[][..], Node::items)
        .to_vec();
    for entry in &mut entries {
        place(entry, at);
    }
    entries
}

fn place(node: &mut Node, at: Place) {
    node.at = at;
    match &mut node.value {
        Value::List(items) => {
            for item in items {
                place(item, at);
            }
        }
        Value::Map(members) => {
            for (name, node) in members {
                name.at = at;
                place(node, at);
            }
        }
        Value::Null | Value::Scalar { .. } => {}
    }
}

fn put(policy: &mut Node, entries: Vec<Node>) {
    let at = policy.at;
    let Value::Map(members) = &mut policy.value else {
        return;
    };
    let held = members
        .iter_mut()
        .find(|(name, _)| name.text == "contracts");
    match held {
        Some((
            _,
            Node {
                value: Value::List(items),
                ..
            },
        )) => items.extend(entries),
        Some((_, node)) => node.value = Value::List(entries),
        None => {
            let text = "contracts".to_owned();
            let value = Value::List(entries);
            members.push((Name { at, text }, Node { at, value }));
        }
    }
}

/// A policy with its documents as a text that needs none of them, for a server to try.
///
/// # Errors
/// What is wrong with it.
pub fn whole(text: &str, find: &mut Find<'_>) -> Result<String, Vec<Problem>> {
    let mut policy = yaml::read(text).map_err(|problem| vec![problem])?;
    let mut problems = Vec::new();
    add(&mut policy, find, &mut problems);
    if !problems.is_empty() {
        return Err(problems);
    }
    if let Value::Map(members) = &mut policy.value {
        members.retain(|(name, _)| name.text != "odcs");
    }
    Ok(as_json(&policy).to_string())
}

/// JSON is YAML; a text in quotes is read as the same text without them.
fn as_json(node: &Node) -> serde_json::Value {
    match &node.value {
        Value::Null => json!(null),
        Value::Scalar { text, .. } => json!(text),
        Value::List(items) => items.iter().map(as_json).collect(),
        Value::Map(members) => {
            let members = members.iter();
            let members: Map<_, _> = members
                .map(|(name, node)| (name.text.clone(), as_json(node)))
                .collect();
            members.into()
        }
    }
}
