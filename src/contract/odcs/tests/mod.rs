//! Documents in and out, and what is wrong with some.

// A table of cases reads better as one.
#![allow(clippy::too_many_lines)]

mod export;
mod import;
mod server;

use super::*;
use crate::contract::policy::{Contract, Policy};

const SAMPLE: &str = include_str!("../../../../fixtures/odcs/orders.odcs.yaml");

fn read(text: &str) -> Imported {
    import(text, &Options::default()).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn problems(text: &str) -> Vec<String> {
    let found = import(text, &Options::default()).expect_err("it is wrong");
    found.iter().map(ToString::to_string).collect()
}

/// The policy that holds what was read.
fn policy_of(promises: &[Promise]) -> Policy {
    let text = format!("version: 1\n{}", contracts(promises));
    Policy::read(&text).unwrap_or_else(|problems| panic!("{text}\n{problems:#?}"))
}

fn of<'i>(read: &'i Imported, name: &str) -> &'i Promise {
    let found = read.promises.iter().find(|one| one.name == name);
    found.unwrap_or_else(|| panic!("no {name} in {:#?}", read.promises))
}

/// A document of one table in Postgres.
fn small(members: &str) -> String {
    format!(
        "apiVersion: v3.1.0
kind: DataContract
id: a
name: a
version: 1.0.0
status: active
servers:
  - {{server: s, type: postgres, host: h, port: 5432, database: d, schema: s}}
schema:
  - name: t
    properties: [{{name: c}}]
{members}"
    )
}

/// The mart that a policy is about, as a catalog would tell it.
fn mart<'c>(
    contracts: &'c [Contract],
    namespace: &str,
    name: &str,
    told: &[(&str, &str)],
) -> ExportedObject<'c> {
    let about = |one: &&Contract| {
        let held = one.datasets.as_ref().unwrap();
        held.namespace.matches(namespace) && held.name.matches(name)
    };
    ExportedObject {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        description: Some("One row \"each\".".to_owned()),
        tags: vec!["domain=sales".to_owned()],
        owners: vec!["team:finance".to_owned()],
        folds: false,
        columns: told
            .iter()
            .map(|(name, data_type)| ExportedColumn {
                name: (*name).to_owned(),
                data_type: (!data_type.is_empty()).then(|| (*data_type).to_owned()),
                description: Some("A column.".to_owned()),
                tags: vec![
                    ("classification".to_owned(), "internal".to_owned()),
                    ("pii".to_owned(), "true".to_owned()),
                ],
            })
            .collect(),
        contracts: contracts.iter().filter(about).collect(),
    }
}

fn document(objects: Vec<ExportedObject<'_>>) -> String {
    let document = Document {
        name: "orders".to_owned(),
        purpose: None,
        objects,
    };
    export(&document).unwrap()
}
