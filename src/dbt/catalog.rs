//! `catalog.json`: the columns that the warehouse has.

use std::collections::HashMap;
use std::path::Path;

use serde::Deserialize;

use super::artifact::{Metadata, read};
use super::error::DbtError;
use super::manifest::Column;

/// A catalog.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    /// When it was made.
    pub generated_at: Option<String>,
    /// Columns in their order, by the node's id.
    pub columns: HashMap<String, Vec<Column>>,
}

#[derive(Deserialize)]
struct Raw {
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    nodes: HashMap<String, RawTable>,
    #[serde(default)]
    sources: HashMap<String, RawTable>,
}

#[derive(Deserialize)]
struct RawTable {
    #[serde(default)]
    columns: HashMap<String, RawColumn>,
}

#[derive(Deserialize)]
struct RawColumn {
    #[serde(default, rename = "type")]
    data_type: Option<String>,
    #[serde(default)]
    index: i64,
    #[serde(default)]
    name: Option<String>,
}

impl Catalog {
    /// Reads one.
    ///
    /// # Errors
    /// When the file cannot be read or is no catalog.
    pub fn read(file: &Path) -> Result<Self, DbtError> {
        let raw: Raw = read(file)?;
        let schema = &raw.metadata.dbt_schema_version;
        if !schema.contains("/catalog/") {
            return Err(DbtError::NoCatalog {
                file: file.display().to_string(),
                found: schema.clone(),
            });
        }
        let tables = raw.nodes.into_iter().chain(raw.sources);
        let columns = tables.map(|(id, table)| {
            let mut columns: Vec<(i64, Column)> = table
                .columns
                .into_iter()
                .map(|(key, column)| {
                    let data_type = column.data_type.filter(|told| !told.is_empty());
                    let name = column.name.unwrap_or(key);
                    (
                        column.index,
                        Column {
                            name,
                            data_type,
                            required: None,
                        },
                    )
                })
                .collect();
            columns.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.name.cmp(&b.1.name)));
            (id, columns.into_iter().map(|(_, column)| column).collect())
        });
        Ok(Self {
            columns: columns.collect(),
            generated_at: raw.metadata.generated_at,
        })
    }
}
