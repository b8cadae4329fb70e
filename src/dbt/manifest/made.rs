//! What is made of the shapes of the file: nodes with the relations that they are in the warehouse,
//! owners however they are written, what only reads.

use std::collections::HashMap;

use serde_json::Value;

use super::raw::{RawConstraint, RawExposure, RawNode};
use super::{Column, Exposure, Node, NodeKind};

impl RawNode {
    pub(super) fn read(self, id: String, groups: &HashMap<String, Vec<String>>) -> Option<Node> {
        let kind = match self.resource_type.as_str() {
            "model" => NodeKind::Model,
            "seed" => NodeKind::Seed,
            "snapshot" => NodeKind::Snapshot,
            "source" => NodeKind::Source,
            "test" => NodeKind::Test,
            _ => return None,
        };
        let materialized = self.config.materialized.unwrap_or_default();
        let table = self.alias.or(self.identifier).unwrap_or(self.name);
        let told = self.relation_name.as_deref().map(relation_parts);
        let relation = told.or_else(|| {
            let parts = [self.database, self.schema, Some(table)];
            Some(parts.into_iter().flatten().collect())
        });
        let relation = relation.filter(|_| materialized != "ephemeral" && kind != NodeKind::Test);
        let tests = self.attached_node.zip(self.column_name);
        let mut owners = owner_of(&self.config.meta);
        owners.extend(owner_of(&self.meta));
        if owners.is_empty() {
            let group = self.config.group.or(self.group);
            owners = group
                .and_then(|group| groups.get(&group).cloned())
                .unwrap_or_default();
        }
        owners.dedup();
        let columns = self.columns.into_iter().map(|(key, column)| {
            let not_null =
                |held: &RawConstraint| matches!(held.kind.as_str(), "not_null" | "primary_key");
            Column {
                name: if column.name.is_empty() {
                    key
                } else {
                    column.name
                },
                data_type: column.data_type,
                required: Some(column.constraints.iter().any(not_null)),
            }
        });
        Some(Node {
            kind,
            package: self.package_name,
            file: self.original_file_path,
            relation,
            raw: self.raw_code.unwrap_or_default(),
            sql: self.compiled_code.filter(|sql| !sql.trim().is_empty()),
            compiled_path: self.compiled_path,
            language: self.language.unwrap_or_else(|| "sql".to_owned()),
            materialized,
            columns: columns.collect(),
            contract: self.contract.enforced || self.config.contract.enforced,
            access: self
                .access
                .or(self.config.access)
                .unwrap_or_else(|| "protected".to_owned()),
            owners,
            reads: self.depends_on.nodes,
            macros: self.depends_on.macros,
            tests,
            id,
        })
    }
}

impl RawExposure {
    pub(super) fn read(self, id: String, kind: Option<&str>) -> Exposure {
        let parts = [self.entities, self.dimensions, self.measures];
        let parts = parts.into_iter().flatten();
        // An expression is searched for names later on, when it is known which columns there are.
        let columns = parts.map(|part| part.expr.unwrap_or(part.name)).collect();
        Exposure {
            id,
            kind: kind.map_or(self.kind, str::to_owned),
            name: self.label.unwrap_or(self.name),
            file: self.original_file_path,
            owners: people(&self.owner),
            reads: self.depends_on.nodes,
            columns: (kind == Some("semantic model")).then_some(columns),
        }
    }
}

/// The parts of a relation as SQL writes it.
fn relation_parts(relation: &str) -> Vec<String> {
    let (mut parts, mut part, mut quote) = (Vec::new(), String::new(), None);
    for c in relation.chars() {
        match (quote, c) {
            (Some(end), c) if c == end => quote = None,
            (None, '"' | '`') => quote = Some(c),
            (None, '[') if part.is_empty() => quote = Some(']'),
            // BigQuery allows one pair of backticks around all parts.
            (None | Some('`'), '.') => parts.push(std::mem::take(&mut part)),
            (_, c) => part.push(c),
        }
    }
    parts.push(part);
    parts
}

fn owner_of(meta: &Value) -> Vec<String> {
    meta.get("owner").map(people).unwrap_or_default()
}

/// Names of people or teams, however they are written.
pub(super) fn people(value: &Value) -> Vec<String> {
    match value {
        Value::String(name) if !name.is_empty() => vec![name.trim_start_matches('@').to_owned()],
        Value::Array(all) => all.iter().flat_map(people).collect(),
        Value::Object(held) => {
            let told = held.get("name").or_else(|| held.get("email"));
            told.map(people).unwrap_or_default()
        }
        _ => Vec::new(),
    }
}
