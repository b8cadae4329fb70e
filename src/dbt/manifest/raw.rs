//! The shapes of `manifest.json`, v9 to v12: what of the file is read, under its own names. What is
//! made of it is in [`super::made`].

use std::collections::HashMap;

use indexmap::IndexMap;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::dbt::artifact::Metadata;

#[derive(Deserialize)]
pub(super) struct Raw {
    #[serde(default)]
    pub(super) metadata: Metadata,
    #[serde(default)]
    pub(super) nodes: IndexMap<String, RawNode>,
    #[serde(default)]
    pub(super) sources: IndexMap<String, RawNode>,
    #[serde(default)]
    pub(super) exposures: IndexMap<String, RawExposure>,
    #[serde(default)]
    pub(super) semantic_models: IndexMap<String, RawExposure>,
    #[serde(default)]
    pub(super) metrics: IndexMap<String, RawExposure>,
    #[serde(default)]
    pub(super) saved_queries: IndexMap<String, RawExposure>,
    #[serde(default)]
    pub(super) macros: HashMap<String, RawMacro>,
    #[serde(default)]
    pub(super) groups: HashMap<String, RawGroup>,
}

#[derive(Deserialize)]
pub(super) struct RawMacro {
    #[serde(default, deserialize_with = "hashed")]
    pub(super) macro_sql: u64,
}

#[derive(Deserialize)]
pub(super) struct RawGroup {
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) owner: Value,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct RawNode {
    #[serde(deserialize_with = "or_default")]
    pub(super) resource_type: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) name: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) package_name: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) original_file_path: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) relation_name: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub(super) database: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub(super) schema: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub(super) alias: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub(super) identifier: Option<String>,
    #[serde(deserialize_with = "or_default", alias = "raw_sql")]
    pub(super) raw_code: Option<String>,
    #[serde(deserialize_with = "or_default", alias = "compiled_sql")]
    pub(super) compiled_code: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub(super) compiled_path: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub(super) language: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub(super) access: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub(super) group: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub(super) meta: Value,
    #[serde(deserialize_with = "or_default")]
    pub(super) config: RawConfig,
    #[serde(deserialize_with = "or_default")]
    pub(super) contract: RawContract,
    #[serde(deserialize_with = "or_default")]
    pub(super) columns: IndexMap<String, RawColumn>,
    #[serde(deserialize_with = "or_default")]
    pub(super) depends_on: RawDepends,
    #[serde(deserialize_with = "or_default")]
    pub(super) attached_node: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub(super) column_name: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct RawConfig {
    #[serde(deserialize_with = "or_default")]
    pub(super) materialized: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub(super) access: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub(super) group: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub(super) meta: Value,
    #[serde(deserialize_with = "or_default")]
    pub(super) contract: RawContract,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct RawContract {
    #[serde(deserialize_with = "or_default")]
    pub(super) enforced: bool,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct RawColumn {
    #[serde(deserialize_with = "or_default")]
    pub(super) name: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) data_type: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub(super) constraints: Vec<RawConstraint>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct RawConstraint {
    #[serde(rename = "type", deserialize_with = "or_default")]
    pub(super) kind: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct RawDepends {
    #[serde(deserialize_with = "or_default")]
    pub(super) nodes: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    pub(super) macros: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct RawExposure {
    #[serde(rename = "type", deserialize_with = "or_default")]
    pub(super) kind: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) name: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) label: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub(super) original_file_path: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) owner: Value,
    #[serde(deserialize_with = "or_default")]
    pub(super) depends_on: RawDepends,
    // What a semantic model makes of columns.
    #[serde(deserialize_with = "or_default")]
    pub(super) entities: Vec<RawPart>,
    #[serde(deserialize_with = "or_default")]
    pub(super) dimensions: Vec<RawPart>,
    #[serde(deserialize_with = "or_default")]
    pub(super) measures: Vec<RawPart>,
}

/// A part of a semantic model: a column, or an expression over columns.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct RawPart {
    #[serde(deserialize_with = "or_default")]
    pub(super) name: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) expr: Option<String>,
}

/// A member of another kind than expected counts as absent: fields change within a version.
fn or_default<'de, D: Deserializer<'de>, T: serde::de::DeserializeOwned + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}

fn hashed<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let text = Option::<String>::deserialize(deserializer)?;
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    Ok(hasher.finish())
}
