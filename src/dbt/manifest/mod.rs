//! `manifest.json`, v9 to v12: what a project makes, reads and exposes. The shapes of the file are in
//! `raw`, what is made of them in `made`.

mod made;
mod raw;

use std::collections::HashMap;
use std::path::Path;

use indexmap::IndexMap;

use super::artifact::read;
use super::error::DbtError;
use made::people;
use raw::Raw;

/// Versions of manifests that are read.
const VERSIONS: std::ops::RangeInclusive<u32> = 9..=12;

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
