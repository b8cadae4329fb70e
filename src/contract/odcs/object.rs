//! An object of the schema (a table, topic or file): its columns, and what is promised of it.

use crate::contract::policy::yaml::{Node, Value};
use crate::contract::policy::{Glob, Place};

use super::import::{Reader, custom, text};
use super::members;
use super::promise::{CLASSIFICATION, Keeps, Promise, literal, tags_of};
use super::{CONTRACTS, PROMISES, sla, types};

/// Columns of one contract; a mapping of a policy file holds no more.
const MAX_COLUMNS: usize = 1_000;
/// Rules of contracts that a document can be made of.
const RULES: [&str; 5] = [
    "has_columns",
    "fresh",
    "has_owner",
    "tested",
    "columns_classified",
];

/// What is read of it.
pub(super) struct Object<'n> {
    /// Its name in the document.
    pub name: String,
    /// Its name on the server.
    pub physical: String,
    /// Where it stands.
    pub at: Place,
    /// How long ago it may have been written.
    pub within: Option<i64>,
    columns: Vec<Column>,
    /// The contracts of a policy that it is from, where it was exported.
    from: Option<Vec<From<'n>>>,
}

struct Column {
    name: String,
    types: Vec<String>,
    /// Kinds of tests that it must have.
    tests: Vec<String>,
    /// What it is classified as.
    classification: Option<String>,
    /// By which contracts; the document's own where none are named, none where it is not promised.
    by: Option<By>,
}

/// Names of contracts of a policy that a property was exported with.
#[derive(Default)]
struct By {
    /// With patterns of its type.
    types: Vec<(String, Vec<String>)>,
    /// With patterns of its tags.
    tags: Vec<(String, Vec<String>)>,
}

/// A contract of a policy that an object was exported with.
struct From<'n> {
    node: &'n Node,
    name: String,
    rule: String,
    within: Option<i64>,
}

impl<'n> Object<'n> {
    pub fn read(reader: &mut Reader, node: &'n Node) -> Option<Self> {
        let name = named(reader, node, "an entry of `schema`")?;
        reader.left.of(node, "schema", members::OBJECT);
        other_customs(reader, node, "schema.customProperties");
        let mut columns = Vec::new();
        properties(reader, node.get("properties"), "", &mut columns);
        Some(Self {
            physical: text(node, "physicalName").unwrap_or_else(|| name.clone()),
            from: custom(node, CONTRACTS).map(|list| from(reader, list)),
            name,
            at: node.at,
            within: None,
            columns,
        })
    }

    /// What is promised, each like `usual` where nothing else is said.
    pub fn promises(&self, usual: &Promise) -> Vec<Promise> {
        let own = |kind: &str, keeps| Promise {
            name: format!("{}.{kind}", usual.name),
            keeps,
            ..usual.clone()
        };
        let mut promises = Vec::new();
        let told = self.columns.iter().filter(|column| column.by.is_none());
        let told: Vec<_> = told
            .map(|one| (one.name.clone(), one.types.clone()))
            .collect();
        for (at, some) in told.chunks(MAX_COLUMNS).enumerate() {
            promises.push(own(&part("columns", at), Keeps::Columns(some.to_vec())));
        }
        let tested = self.tested();
        let classified = self.classified();
        for (at, some) in classified.chunks(MAX_COLUMNS).enumerate() {
            let keeps = Keeps::Classified(some.to_vec());
            promises.push(own(&part("classification", at), keeps));
        }
        let named = self.from.iter().flatten().any(|one| one.rule == "tested");
        if !named {
            for (at, some) in tested.chunks(MAX_COLUMNS).enumerate() {
                promises.push(own(&part("tests", at), Keeps::Tested(some.to_vec())));
            }
        }
        let Some(from) = &self.from else {
            promises.extend(self.within.map(|within| own("fresh", Keeps::Fresh(within))));
            promises.extend(usual.owner.is_some().then(|| own("owner", Keeps::Owner)));
            return promises;
        };
        // The times of several contracts count as long as the service level is the shortest of them.
        let written = from.iter().filter_map(|one| one.within).min();
        let mut held = false;
        for one in from {
            let keeps = match one.rule.as_str() {
                "has_owner" => Keeps::Owner,
                "tested" => Keeps::Tested(tested.clone()),
                "fresh" => {
                    held = true;
                    let own = one.within.filter(|_| written == self.within);
                    match own.or(self.within) {
                        Some(within) => Keeps::Fresh(within),
                        None => continue,
                    }
                }
                "columns_classified" => {
                    let columns = self.columns_of(&one.name, |by| &by.tags).into_iter();
                    let columns = columns.map(|(name, tags)| (literal(&name), tags));
                    Keeps::Classified(columns.collect())
                }
                _ => Keeps::Columns(self.columns_of(&one.name, |by| &by.types)),
            };
            promises.push(one.promise(usual, keeps));
        }
        if !held {
            promises.extend(self.within.map(|within| own("fresh", Keeps::Fresh(within))));
        }
        promises
    }

    fn tested(&self) -> Vec<(String, Vec<String>)> {
        let tested = self
            .columns
            .iter()
            .filter(|column| !column.tests.is_empty());
        let tested = tested.map(|column| (column.name.clone(), column.tests.clone()));
        tested.collect()
    }

    /// Columns that the document itself classifies, as patterns.
    fn classified(&self) -> Vec<(String, Vec<String>)> {
        let own = self.columns.iter().filter(|column| column.by.is_none());
        let own = own.filter_map(|column| {
            let classification = column.classification.as_deref()?;
            Some((literal(&column.name), tags_of(classification)))
        });
        own.collect()
    }

    /// Columns that a contract of a policy names, with what `told` picks of each.
    fn columns_of(
        &self,
        contract: &str,
        told: impl Fn(&By) -> &[(String, Vec<String>)],
    ) -> Vec<(String, Vec<String>)> {
        let of = self.columns.iter().filter_map(|column| {
            let mut by = told(column.by.as_ref()?).iter();
            let (_, patterns) = by.find(|(name, _)| name == contract)?;
            Some((column.name.clone(), patterns.clone()))
        });
        of.collect()
    }
}

/// The name of the part of a contract that is too large for one.
fn part(kind: &str, at: usize) -> String {
    match at {
        0 => kind.to_owned(),
        at => format!("{kind}.{}", at + 1),
    }
}

impl From<'_> {
    /// What the policy says of it, for the dataset of the object.
    fn promise(&self, usual: &Promise, keeps: Keeps) -> Promise {
        Promise {
            name: self.name.clone(),
            severity: text(self.node, "severity").unwrap_or_else(|| usual.severity.clone()),
            doc: text(self.node, "doc"),
            owner: text(self.node, "owner"),
            keeps,
            ..usual.clone()
        }
    }
}

fn named(reader: &mut Reader, node: &Node, what: &str) -> Option<String> {
    if !matches!(node.value, Value::Map(_)) {
        reader.wrong(
            node.at,
            format!(
                "{what} must be a mapping with a `name`, this is {}",
                node.kind()
            ),
        );
        return None;
    }
    let name = text(node, "name");
    if name.is_none() {
        let at = node.get("name").map_or(node.at, |held| held.at);
        reader.wrong(
            at,
            format!("{what} must have `name`, a text that is not empty"),
        );
    }
    name
}

/// Custom properties that are not Headwater's.
fn other_customs(reader: &mut Reader, node: &Node, path: &str) {
    for one in node.get("customProperties").map_or(&[][..], Node::items) {
        let name = text(one, "property").unwrap_or_default();
        if name != CONTRACTS && name != PROMISES {
            reader
                .left
                .add(one.at, path, "describes; stays in the document");
        }
    }
}

fn from<'n>(reader: &mut Reader, list: &'n Node) -> Vec<From<'n>> {
    let mut from = Vec::new();
    for node in list.items() {
        let (name, rule) = (text(node, "name"), text(node, "rule"));
        match (name, rule) {
            (Some(name), Some(rule)) if RULES.contains(&rule.as_str()) => {
                let severity = text(node, "severity");
                if severity.is_some_and(|one| !["error", "warning", "info"].contains(&one.as_str()))
                {
                    reader.wrong(node.at, "`severity` must be one of error, warning, info");
                }
                let within = text(node, "within").and_then(|text| sla::length(&text, None).ok());
                from.push(From {
                    node,
                    name,
                    rule,
                    within,
                });
            }
            _ => reader.wrong(
                node.at,
                format!(
                    "an entry of {CONTRACTS} must have `name` and `rule`, one of {}",
                    RULES.join(", ")
                ),
            ),
        }
    }
    from
}

fn properties(reader: &mut Reader, list: Option<&Node>, above: &str, columns: &mut Vec<Column>) {
    let Some(list) = list else { return };
    if !matches!(list.value, Value::List(_) | Value::Null) {
        reader.wrong(
            list.at,
            format!(
                "`properties` must be a list (each entry begins with `- `), this is {}",
                list.kind()
            ),
        );
        return;
    }
    for node in list.items() {
        let Some(name) = named(reader, node, "an entry of `properties`") else {
            continue;
        };
        reader.left.of(node, "schema.properties", members::PROPERTY);
        other_customs(reader, node, "schema.properties.customProperties");
        let own = text(node, "physicalName").unwrap_or(name);
        let path = if above.is_empty() {
            own
        } else {
            format!("{above}.{own}")
        };
        if let Some(before) = columns.iter().find(|column| column.name == path) {
            let message = format!(
                "a second property with the physical name {:?}; names tell them apart",
                before.name
            );
            reader.wrong(node.at, message);
            continue;
        }
        let types = types_of(reader, node);
        let tests = tests_of(node);
        let by = by(reader, node, &types);
        columns.push(Column {
            name: path.clone(),
            types,
            tests,
            classification: text(node, CLASSIFICATION),
            by,
        });
        properties(reader, node.get("properties"), &path, columns);
        if let Some(items) = node
            .get("items")
            .filter(|items| items.get("properties").is_some())
        {
            reader.left.add(
                items.at,
                "schema.properties.items",
                "producers name what is in lists in several ways; the list itself is promised",
            );
        }
    }
}

/// Kinds of tests that show what is promised of its values.
fn tests_of(node: &Node) -> Vec<String> {
    let is = |name: &str| node.get(name).and_then(Node::text) == Some("true");
    let mut tests = Vec::new();
    if is("required") || is("primaryKey") {
        tests.push("completeness".to_owned());
    }
    if is("unique") || is("primaryKey") {
        tests.push("uniqueness".to_owned());
    }
    tests
}

/// Patterns of its type; any where none is told.
fn types_of(reader: &mut Reader, node: &Node) -> Vec<String> {
    let logical = text(node, "logicalType");
    let known = logical.as_deref().map(types::of_logical);
    if let (Some(None), Some(at)) = (&known, node.get("logicalType")) {
        let message = format!(
            "`logicalType` must be one of string, date, timestamp, time, number, integer, object, array, boolean, not {:?}; what the database calls it is `physicalType`",
            logical.unwrap_or_default()
        );
        reader.wrong(at.at, message);
    }
    match text(node, "physicalType") {
        Some(physical) => types::of_physical(&physical),
        None => known.flatten().unwrap_or_else(|| vec!["*".to_owned()]),
    }
}

fn by(reader: &mut Reader, node: &Node, types: &[String]) -> Option<By> {
    let told = custom(node, PROMISES)?;
    let mut by = By::default();
    if told.text() == Some("false") {
        return Some(by);
    }
    for one in told.items() {
        let Some(contract) = text(one, "contract") else {
            let message = format!(
                "{PROMISES} must be false, or a list with `contract` and `types` or `tags` in each entry"
            );
            reader.wrong(one.at, message);
            continue;
        };
        if one.get("tags").is_some() {
            let tags = patterns(reader, one, "tags");
            by.tags.extend(tags.map(|tags| (contract, tags)));
            continue;
        }
        let own = patterns(reader, one, "types");
        let own = own.or_else(|| types::of_logical(&text(one, "logicalType")?));
        by.types
            .push((contract, own.unwrap_or_else(|| types.to_vec())));
    }
    Some(by)
}

/// The patterns that an entry names; none where it names none.
fn patterns(reader: &mut Reader, entry: &Node, member: &str) -> Option<Vec<String>> {
    let mut patterns = Vec::new();
    for node in entry.get(member)?.items() {
        let Some(pattern) = node.text() else { continue };
        match Glob::new(pattern) {
            Ok(_) => patterns.push(pattern.to_owned()),
            Err(reason) => reader.wrong(node.at, format!("{pattern:?} is no pattern: {reason}")),
        }
    }
    (!patterns.is_empty()).then_some(patterns)
}
