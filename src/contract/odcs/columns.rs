//! Columns of a dataset as properties of a document, with what contracts promise of them.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::contract::policy::{Contract, Patterns, RuleName};

use super::export::{ExportedColumn, ExportedObject, customs, tags};
use super::print::quoted;
use super::promise::{CLASSIFICATION, literal_of};
use super::{PROMISES, types};

/// Whether a column is the one that a policy means by a name.
fn is_meant(object: &ExportedObject<'_>, name: &str, column: &str) -> bool {
    let folded = || object.folds && name.eq_ignore_ascii_case(column);
    name == column || folded() && !object.columns.iter().any(|held| held.name == name)
}

/// Whether a contract asks for tests of a kind of a column.
fn asks(object: &ExportedObject<'_>, contracts: &[&Contract], column: &str, kind: &str) -> bool {
    let tested = contracts
        .iter()
        .filter(|one| one.rule.name == RuleName::Tested);
    let mut columns = tested.flat_map(|one| &one.rule.columns);
    columns.any(|(name, kinds)| {
        is_meant(object, name, column) && kinds.0.iter().any(|glob| glob.text == kind)
    })
}

/// Columns that are there, then those that are promised and are not.
pub fn columns_of(object: &ExportedObject<'_>, contracts: &[&Contract]) -> Vec<ExportedColumn> {
    let mut columns = object.columns.clone();
    let named = contracts.iter().flat_map(|one| {
        let typed = one.rule.name == RuleName::HasColumns;
        one.rule.columns.iter().map(move |(name, types)| {
            let exact = types.0.iter().find_map(|glob| literal_of(&glob.text));
            (name.clone(), exact.filter(|_| typed))
        })
    });
    let classified = contracts.iter().flat_map(|one| &one.rule.tagged);
    let classified = classified.filter_map(|(column, _)| literal_of(&column.exact.text));
    for (name, data_type) in named.chain(classified.map(|name| (name, None))) {
        if !columns
            .iter()
            .any(|column| is_meant(object, &name, &column.name))
        {
            columns.push(ExportedColumn {
                name,
                data_type,
                ..ExportedColumn::default()
            });
        }
    }
    columns
}

/// Writes a property.
pub fn write(
    column: &ExportedColumn,
    object: &ExportedObject<'_>,
    contracts: &[&Contract],
    out: &mut String,
) {
    const INDENT: &str = "        ";
    let _ = writeln!(out, "      - name: {}", quoted(&column.name));
    let logical = column.data_type.as_deref().and_then(types::logical_of);
    if let Some(logical) = logical {
        let _ = writeln!(out, "{INDENT}logicalType: {logical}");
    }
    if let Some(physical) = &column.data_type {
        let _ = writeln!(out, "{INDENT}physicalType: {}", quoted(physical));
    }
    for (flag, kind) in [("required", "completeness"), ("unique", "uniqueness")] {
        if asks(object, contracts, &column.name, kind) {
            let _ = writeln!(out, "{INDENT}{flag}: true");
        }
    }
    if let Some(description) = &column.description {
        let _ = writeln!(out, "{INDENT}description: {}", quoted(description));
    }
    let told = column.tags.iter().find(|(key, _)| key == CLASSIFICATION);
    let told = told.map(|(_, class)| class.clone());
    if let Some(class) = promised_class(object, contracts, &column.name).or(told) {
        let _ = writeln!(out, "{INDENT}classification: {}", quoted(&class));
    }
    let others = column.tags.iter().filter(|(key, _)| key != CLASSIFICATION);
    let others: Vec<String> = others
        .map(|(key, value)| match value.as_str() {
            "" | "true" => key.clone(),
            value => format!("{key}={value}"),
        })
        .collect();
    tags(&others, INDENT, out);
    if contracts.is_empty() {
        return;
    }
    let usual = match &column.data_type {
        Some(physical) => types::of_physical(physical),
        None => vec!["*".to_owned()],
    };
    let typed = contracts
        .iter()
        .filter(|one| one.rule.name == RuleName::HasColumns);
    let by = typed.filter_map(|contract| {
        let mut held = contract.rule.columns.iter();
        let (_, types) = held.find(|(name, _)| is_meant(object, name, &column.name))?;
        let types = texts(types);
        let contract = &contract.name;
        if types == usual {
            return Some(json!({"contract": contract}));
        }
        Some(match types::logical_with(&types) {
            Some(logical) => json!({"contract": contract, "logicalType": logical}),
            None => json!({"contract": contract, "types": types}),
        })
    });
    let classified = contracts.iter().filter_map(|contract| {
        let tags = asked_tags(object, contract, &column.name)?;
        Some(json!({"contract": &contract.name, "tags": texts(tags)}))
    });
    let by: Vec<Value> = by.chain(classified).collect();
    let by = if by.is_empty() {
        false.into()
    } else {
        by.into()
    };
    customs(PROMISES, &by, INDENT, out);
}

/// The tags that a contract asks of a column.
fn asked_tags<'c>(
    object: &ExportedObject<'_>,
    contract: &'c Contract,
    column: &str,
) -> Option<&'c Patterns> {
    let mut asked = contract.rule.tagged.iter();
    let found = asked.find(|(held, _)| {
        let name = literal_of(&held.exact.text);
        name.is_some_and(|name| is_meant(object, &name, column))
    });
    found.map(|(_, tags)| tags)
}

/// What a column is promised to be classified as, where a contract names a value of that tag.
fn promised_class(
    object: &ExportedObject<'_>,
    contracts: &[&Contract],
    column: &str,
) -> Option<String> {
    let asked = contracts
        .iter()
        .filter_map(|one| asked_tags(object, one, column));
    let mut tags = asked.flat_map(|tags| &tags.0);
    tags.find_map(|glob| {
        let text = literal_of(&glob.text)?;
        let value = text.strip_prefix(CLASSIFICATION)?.strip_prefix('=')?;
        (!value.is_empty()).then(|| value.to_owned())
    })
}

fn texts(patterns: &Patterns) -> Vec<String> {
    patterns.0.iter().map(|glob| glob.text.clone()).collect()
}
