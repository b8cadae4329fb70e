//! Datasets with their contracts as a document of ODCS 3.1.

use std::fmt::Write;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::contract::policy::yaml;
use crate::contract::policy::{Contract, RuleName};

use super::print::quoted;
use super::promise::{literal, literal_of};
use super::server::{Place, server_of};
use super::{CONTRACTS, NAMESPACE, columns, sla};

/// A document to be.
#[derive(Debug, Clone)]
pub struct Document<'d> {
    /// Its name.
    pub name: String,
    /// Why it is there.
    pub purpose: Option<String>,
    /// Its datasets, all of one namespace.
    pub objects: Vec<ExportedObject<'d>>,
}

/// A dataset.
#[derive(Debug, Clone)]
pub struct ExportedObject<'d> {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// What its documentation facet says.
    pub description: Option<String>,
    /// Its tags, `key=value` or the key alone.
    pub tags: Vec<String>,
    /// Who owns it.
    pub owners: Vec<String>,
    /// Its columns that are there, in order.
    pub columns: Vec<ExportedColumn>,
    /// Its store does not tell columns apart that differ in case alone.
    pub folds: bool,
    /// Contracts that are about it; those that ODCS has a place for are written.
    pub contracts: Vec<&'d Contract>,
}

/// A column of a dataset.
#[derive(Debug, Clone, Default)]
pub struct ExportedColumn {
    /// Its name.
    pub name: String,
    /// Its type, where a schema tells it.
    pub data_type: Option<String>,
    /// What it is.
    pub description: Option<String>,
    /// Its tags: keys and values.
    pub tags: Vec<(String, String)>,
}

/// Writes a document.
///
/// # Errors
/// When it has no datasets, or they are in several namespaces.
pub fn export(document: &Document<'_>) -> Result<String, String> {
    let first = document
        .objects
        .first()
        .ok_or("there is no dataset to write of")?;
    if let Some(other) = document
        .objects
        .iter()
        .find(|one| one.namespace != first.namespace)
    {
        return Err(format!(
            "{} is in {} and {} in {}: one document is about one server; export each with --dataset",
            first.name, first.namespace, other.name, other.namespace
        ));
    }
    let promised = document
        .objects
        .iter()
        .any(|object| !held(object).is_empty());
    let key = format!("{}\n{}\n{}", document.name, first.namespace, first.name);
    let mut out = String::from("apiVersion: v3.1.0\nkind: DataContract\n");
    let _ = writeln!(
        out,
        "id: {}",
        Uuid::new_v5(&Uuid::NAMESPACE_URL, key.as_bytes())
    );
    let _ = writeln!(out, "name: {}\nversion: 1.0.0", quoted(&document.name));
    // What no contract holds yet is a proposal.
    let _ = writeln!(out, "status: {}", if promised { "active" } else { "draft" });
    if let Some(purpose) = &document.purpose {
        let _ = writeln!(out, "description:\n  purpose: {}", quoted(purpose));
    }
    server(document, &first.namespace, &mut out);
    out.push_str("schema:\n");
    for object in &document.objects {
        write_object(object, &mut out);
    }
    team(document, &mut out);
    service_levels(document, &mut out);
    Ok(out)
}

/// Whether a document has a place for a contract.
pub fn holds(contract: &Contract) -> bool {
    let rule = &contract.rule;
    match rule.name {
        RuleName::HasColumns | RuleName::Fresh | RuleName::HasOwner => true,
        // It names columns, and has no place for patterns of them.
        RuleName::ColumnsClassified => {
            let mut columns = rule.tagged.iter();
            columns.all(|(column, _)| literal_of(&column.exact.text).is_some())
        }
        // Of tests it says `required` and `unique`.
        RuleName::Tested => {
            let known = |text: &str| matches!(text, "completeness" | "uniqueness");
            let mut patterns = rule.columns.iter().flat_map(|(_, patterns)| &patterns.0);
            let plain = rule.kinds.is_empty() && rule.within == 0 && !rule.passing;
            plain && patterns.all(|glob| known(&glob.text))
        }
        _ => false,
    }
}

/// Contracts that a document can say.
fn held<'c>(object: &ExportedObject<'c>) -> Vec<&'c Contract> {
    let contracts = object.contracts.iter().copied();
    contracts.filter(|one| holds(one)).collect()
}

/// A server whose type and members tell the namespace, else a custom one that says it.
fn server(document: &Document<'_>, namespace: &str, out: &mut String) {
    out.push_str("servers:\n");
    let names = document.objects.iter().map(|object| object.name.as_str());
    let known = names
        .clone()
        .next()
        .and_then(|name| server_of(namespace, name));
    let known = known.filter(|members| names.clone().all(|name| tells(members, namespace, name)));
    let Some(members) = known else {
        out.push_str("  - server: observed\n    type: custom\n    customProperties:\n");
        let _ = writeln!(
            out,
            "      - property: {NAMESPACE}\n        value: {}",
            quoted(namespace)
        );
        return;
    };
    out.push_str("  - server: observed\n");
    for (name, value) in members {
        let value = if name == "port" {
            value
        } else {
            quoted(&value)
        };
        let _ = writeln!(out, "    {name}: {value}");
    }
}

/// Whether a server leads back to the dataset.
fn tells(members: &[(&'static str, String)], namespace: &str, name: &str) -> bool {
    let mut text = String::new();
    for (name, value) in members {
        let _ = writeln!(text, "{name}: {}", quoted(value));
    }
    let Ok(node) = yaml::read(&text) else {
        return false;
    };
    let Ok(place) = Place::of(&node, None) else {
        return false;
    };
    let names = place.names(name).unwrap_or_default();
    place.namespace == literal(namespace) && names.first() == Some(&literal(name))
}

fn write_object(object: &ExportedObject<'_>, out: &mut String) {
    let name = last_part(&object.name);
    let _ = writeln!(out, "  - name: {}", quoted(name));
    let _ = writeln!(out, "    physicalName: {}", quoted(&object.name));
    out.push_str("    logicalType: object\n");
    if let Some(description) = &object.description {
        let _ = writeln!(out, "    description: {}", quoted(description));
    }
    tags(&object.tags, "    ", out);
    let contracts = held(object);
    if !contracts.is_empty() {
        let told: Vec<Value> = contracts.iter().map(|one| told(one)).collect();
        customs(CONTRACTS, &told.into(), "    ", out);
    }
    let all = columns::columns_of(object, &contracts);
    if all.is_empty() {
        return;
    }
    out.push_str("    properties:\n");
    for column in &all {
        columns::write(column, object, &contracts, out);
    }
}

/// What a contract says beside what it keeps.
fn told(contract: &Contract) -> Value {
    let mut told = json!({
        "name": contract.name,
        "rule": contract.rule.name.as_str(),
        "severity": contract.severity.as_str(),
    });
    for (name, text) in [("doc", &contract.doc), ("owner", &contract.owner)] {
        if let Some(text) = text {
            told[name] = text.as_str().into();
        }
    }
    if contract.rule.name == RuleName::Fresh {
        told["within"] = sla::written(contract.rule.within).into();
    }
    told
}

pub(super) fn customs(property: &str, value: &Value, indent: &str, out: &mut String) {
    let _ = writeln!(
        out,
        "{indent}customProperties:\n{indent}  - property: {property}"
    );
    let _ = writeln!(out, "{indent}    value: {value}");
}

pub(super) fn tags(tags: &[String], indent: &str, out: &mut String) {
    if tags.is_empty() {
        return;
    }
    let tags: Vec<String> = tags.iter().map(|tag| quoted(tag)).collect();
    let _ = writeln!(out, "{indent}tags: [{}]", tags.join(", "));
}

/// A table without its database, a file without its folders.
fn last_part(name: &str) -> &str {
    let name = name.trim_end_matches('/');
    let last = name.rsplit('/').next().unwrap_or(name);
    if last.len() < name.len() || last.contains('"') {
        return last;
    }
    last.rsplit('.').next().unwrap_or(last)
}

fn team(document: &Document<'_>, out: &mut String) {
    let mut owners: Vec<&str> = Vec::new();
    for owner in document.objects.iter().flat_map(|object| &object.owners) {
        if !owners.contains(&owner.as_str()) {
            owners.push(owner);
        }
    }
    if owners.is_empty() {
        return;
    }
    out.push_str("team:\n  members:\n");
    for owner in owners {
        let _ = writeln!(out, "    - username: {}\n      role: owner", quoted(owner));
    }
}

/// The shortest time of each dataset; all times stand with its contracts.
fn service_levels(document: &Document<'_>, out: &mut String) {
    let mut begun = false;
    for object in &document.objects {
        let contracts = held(object);
        let fresh = contracts
            .iter()
            .filter(|one| one.rule.name == RuleName::Fresh);
        let Some(within) = fresh.map(|one| one.rule.within).min() else {
            continue;
        };
        if !begun {
            out.push_str("slaProperties:\n");
            begun = true;
        }
        let (count, unit) = sla::parts(within);
        let unit = if unit == 'm' {
            "min".to_owned()
        } else {
            unit.to_string()
        };
        let _ = writeln!(
            out,
            "  - property: freshness\n    value: {count}\n    unit: {unit}"
        );
        let _ = writeln!(out, "    element: {}", quoted(&object.name));
    }
}
