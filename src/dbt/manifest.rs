//! `manifest.json`, v9 to v12.

use std::collections::HashMap;
use std::path::Path;

use indexmap::IndexMap;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use thiserror::Error;

use super::artifact::{Metadata, read};

/// Versions of manifests that are read.
const VERSIONS: std::ops::RangeInclusive<u32> = 9..=12;

/// Why artifacts cannot be used.
#[derive(Debug, Error)]
pub enum DbtError {
    /// There is none.
    #[error(
        "there is no manifest.json in {0} or its target/; run `dbt compile` (or `dbt docs generate`) there"
    )]
    NoManifest(String),
    /// It cannot be opened.
    #[error("{file}: {source}")]
    Open {
        /// The file.
        file: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// It ends too early.
    #[error(
        "{file} is cut short; was dbt stopped while it wrote it, or the download? Make it anew"
    )]
    Cut {
        /// The file.
        file: String,
    },
    /// It is something else.
    #[error("{file} is no artifact of dbt: {source}")]
    Format {
        /// The file.
        file: String,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// Another version.
    #[error(
        "{file} has the format {found:?}; manifests of v9 to v12 are read (dbt 1.5 and later). Make it with such a version"
    )]
    Version {
        /// The file.
        file: String,
        /// Its format.
        found: String,
    },
    /// Another artifact.
    #[error("{file} is no catalog of dbt but {found:?}; make it with `dbt docs generate`")]
    NoCatalog {
        /// The file.
        file: String,
        /// Its format.
        found: String,
    },
}

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NodeKind {
    /// A model.
    Model,
    /// A seed.
    Seed,
    /// A snapshot.
    Snapshot,
    /// A source: made elsewhere.
    Source,
    /// A test: a query that finds what is wrong.
    Test,
}

/// A column as one artifact tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type.
    pub data_type: Option<String>,
    /// Whether it may not be null; `None` when nothing is told.
    pub required: Option<bool>,
}

/// Something that a project makes, or a source that it reads.
#[derive(Debug, Clone)]
pub struct Node {
    /// Its unique id.
    pub id: String,
    /// What it is.
    pub kind: NodeKind,
    /// Its package.
    pub package: String,
    /// The file that it is written in, from the root of the project.
    pub file: String,
    /// What the warehouse calls it; `None` when it is never built (ephemeral).
    pub relation: Option<Vec<String>>,
    /// Its code before compiling.
    pub raw: String,
    /// Its compiled SQL.
    pub sql: Option<String>,
    /// Where dbt wrote its compiled SQL.
    pub compiled_path: Option<String>,
    /// `sql` or `python`.
    pub language: String,
    /// How it is built (`view`, `table`, `incremental`, `ephemeral` …).
    pub materialized: String,
    /// Columns that its YAML lists.
    pub columns: Vec<Column>,
    /// dbt enforces its columns and types.
    pub contract: bool,
    /// `private`, `protected` or `public`.
    pub access: String,
    /// Whose it is.
    pub owners: Vec<String>,
    /// Nodes that it reads.
    pub reads: Vec<String>,
    /// Macros that it uses.
    pub macros: Vec<String>,
    /// Of a test, the node that it is attached to and the column.
    pub tests: Option<(String, String)>,
}

/// An exposure, or what else only reads: a semantic model, a metric, a saved query.
#[derive(Debug, Clone)]
pub struct Exposure {
    /// Its unique id.
    pub id: String,
    /// What it is (`dashboard`, `ml` …).
    pub kind: String,
    /// What it is called.
    pub name: String,
    /// The file that it is written in.
    pub file: String,
    /// Whose it is.
    pub owners: Vec<String>,
    /// Nodes that it reads; of metrics and what is made of them, also semantic models and metrics.
    pub reads: Vec<String>,
    /// Columns that it reads of the one node that it reads; `None` when that is not told.
    pub columns: Option<Vec<String>>,
}

/// A manifest.
#[derive(Debug, Clone, Default)]
pub struct Manifest {
    /// When it was made.
    pub generated_at: Option<String>,
    /// The warehouse (`postgres`, `snowflake` …).
    pub adapter: Option<String>,
    /// Models, seeds, snapshots and sources, by id.
    pub nodes: IndexMap<String, Node>,
    /// Tests that are queries, by id.
    pub tests: IndexMap<String, Node>,
    /// Exposures, semantic models, metrics and saved queries, by id.
    pub exposures: IndexMap<String, Exposure>,
    /// Hash of each macro, by id.
    pub macros: HashMap<String, u64>,
    /// The project.
    pub project: Option<String>,
}

#[derive(Deserialize)]
struct Raw {
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    nodes: IndexMap<String, RawNode>,
    #[serde(default)]
    sources: IndexMap<String, RawNode>,
    #[serde(default)]
    exposures: IndexMap<String, RawExposure>,
    #[serde(default)]
    semantic_models: IndexMap<String, RawExposure>,
    #[serde(default)]
    metrics: IndexMap<String, RawExposure>,
    #[serde(default)]
    saved_queries: IndexMap<String, RawExposure>,
    #[serde(default)]
    macros: HashMap<String, RawMacro>,
    #[serde(default)]
    groups: HashMap<String, RawGroup>,
}

#[derive(Deserialize)]
struct RawMacro {
    #[serde(default, deserialize_with = "hashed")]
    macro_sql: u64,
}

#[derive(Deserialize)]
struct RawGroup {
    #[serde(default)]
    name: String,
    #[serde(default)]
    owner: Value,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RawNode {
    #[serde(deserialize_with = "or_default")]
    resource_type: String,
    #[serde(deserialize_with = "or_default")]
    name: String,
    #[serde(deserialize_with = "or_default")]
    package_name: String,
    #[serde(deserialize_with = "or_default")]
    original_file_path: String,
    #[serde(deserialize_with = "or_default")]
    relation_name: Option<String>,
    #[serde(deserialize_with = "or_default")]
    database: Option<String>,
    #[serde(deserialize_with = "or_default")]
    schema: Option<String>,
    #[serde(deserialize_with = "or_default")]
    alias: Option<String>,
    #[serde(deserialize_with = "or_default")]
    identifier: Option<String>,
    #[serde(deserialize_with = "or_default", alias = "raw_sql")]
    raw_code: Option<String>,
    #[serde(deserialize_with = "or_default", alias = "compiled_sql")]
    compiled_code: Option<String>,
    #[serde(deserialize_with = "or_default")]
    compiled_path: Option<String>,
    #[serde(deserialize_with = "or_default")]
    language: Option<String>,
    #[serde(deserialize_with = "or_default")]
    access: Option<String>,
    #[serde(deserialize_with = "or_default")]
    group: Option<String>,
    #[serde(deserialize_with = "or_default")]
    meta: Value,
    #[serde(deserialize_with = "or_default")]
    config: RawConfig,
    #[serde(deserialize_with = "or_default")]
    contract: RawContract,
    #[serde(deserialize_with = "or_default")]
    columns: IndexMap<String, RawColumn>,
    #[serde(deserialize_with = "or_default")]
    depends_on: RawDepends,
    #[serde(deserialize_with = "or_default")]
    attached_node: Option<String>,
    #[serde(deserialize_with = "or_default")]
    column_name: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RawConfig {
    #[serde(deserialize_with = "or_default")]
    materialized: Option<String>,
    #[serde(deserialize_with = "or_default")]
    access: Option<String>,
    #[serde(deserialize_with = "or_default")]
    group: Option<String>,
    #[serde(deserialize_with = "or_default")]
    meta: Value,
    #[serde(deserialize_with = "or_default")]
    contract: RawContract,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RawContract {
    #[serde(deserialize_with = "or_default")]
    enforced: bool,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RawColumn {
    #[serde(deserialize_with = "or_default")]
    name: String,
    #[serde(deserialize_with = "or_default")]
    data_type: Option<String>,
    #[serde(deserialize_with = "or_default")]
    constraints: Vec<RawConstraint>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RawConstraint {
    #[serde(rename = "type", deserialize_with = "or_default")]
    kind: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RawDepends {
    #[serde(deserialize_with = "or_default")]
    nodes: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    macros: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RawExposure {
    #[serde(rename = "type", deserialize_with = "or_default")]
    kind: String,
    #[serde(deserialize_with = "or_default")]
    name: String,
    #[serde(deserialize_with = "or_default")]
    label: Option<String>,
    #[serde(deserialize_with = "or_default")]
    original_file_path: String,
    #[serde(deserialize_with = "or_default")]
    owner: Value,
    #[serde(deserialize_with = "or_default")]
    depends_on: RawDepends,
    // What a semantic model makes of columns.
    #[serde(deserialize_with = "or_default")]
    entities: Vec<RawPart>,
    #[serde(deserialize_with = "or_default")]
    dimensions: Vec<RawPart>,
    #[serde(deserialize_with = "or_default")]
    measures: Vec<RawPart>,
}

/// A part of a semantic model: a column, or an expression over columns.
#[derive(Deserialize, Default)]
#[serde(default)]
struct RawPart {
    #[serde(deserialize_with = "or_default")]
    name: String,
    #[serde(deserialize_with = "or_default")]
    expr: Option<String>,
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

impl Manifest {
    /// Reads one.
    ///
    /// # Errors
    /// When the file cannot be read, is cut, or is no manifest of a known version.
    pub fn read(file: &Path) -> Result<Self, DbtError> {
        let raw: Raw = read(file)?;
        let found = raw.metadata.dbt_schema_version.clone();
        let version = found
            .split_once("/manifest/v")
            .and_then(|(_, rest)| rest.trim_end_matches(".json").parse().ok());
        if !version.is_some_and(|version: u32| VERSIONS.contains(&version)) {
            return Err(DbtError::Version {
                file: file.display().to_string(),
                found,
            });
        }
        let groups: HashMap<String, Vec<String>> = raw
            .groups
            .into_values()
            .map(|group| (group.name, people(&group.owner)))
            .collect();
        let all = raw.nodes.into_iter().chain(raw.sources);
        let nodes = all.filter_map(|(id, node)| {
            let node = node.read(id.clone(), &groups)?;
            Some((id, node))
        });
        let (tests, nodes): (IndexMap<_, _>, IndexMap<_, _>) =
            nodes.partition(|(_, node)| node.kind == NodeKind::Test);
        let exposures = [
            (raw.exposures, None),
            (raw.semantic_models, Some("semantic model")),
            (raw.metrics, Some("metric")),
            (raw.saved_queries, Some("saved query")),
        ];
        let exposures = exposures.into_iter().flat_map(|(all, kind)| {
            let all = all.into_iter();
            all.map(move |(id, told)| (id.clone(), told.read(id, kind)))
        });
        let macros = raw.macros.into_iter();
        Ok(Self {
            nodes,
            tests,
            exposures: exposures.collect(),
            macros: macros.map(|(id, held)| (id, held.macro_sql)).collect(),
            generated_at: raw.metadata.generated_at,
            adapter: raw.metadata.adapter_type,
            project: raw.metadata.project_name,
        })
    }
}

impl RawNode {
    fn read(self, id: String, groups: &HashMap<String, Vec<String>>) -> Option<Node> {
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
    fn read(self, id: String, kind: Option<&str>) -> Exposure {
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
fn people(value: &Value) -> Vec<String> {
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
