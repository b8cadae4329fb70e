//! The description files of the demo estate as they are written: TOML in, plain
//! structs out. Whether they make sense together is checked elsewhere.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::error::EstateError;

const ESTATE: &str = include_str!("../../../fixtures/demo/estate.toml");
const SOURCES: &str = include_str!("../../../fixtures/demo/sources.toml");
const STAGING: &str = include_str!("../../../fixtures/demo/staging.toml");
const MARTS: &str = include_str!("../../../fixtures/demo/marts.toml");

/// All four files.
#[derive(Debug)]
pub(super) struct Description {
    pub(super) estate: EstateFile,
    pub(super) sources: Vec<SourceEntry>,
    /// Models of staging.toml and then of marts.toml, in the order written.
    pub(super) models: Vec<ModelEntry>,
}

impl Description {
    /// The description that is built into the program.
    pub(super) fn embedded() -> Result<Self, EstateError> {
        Self::parse(ESTATE, SOURCES, STAGING, MARTS)
    }

    /// Reads the texts of the four files.
    pub(super) fn parse(
        estate: &str,
        sources: &str,
        staging: &str,
        marts: &str,
    ) -> Result<Self, EstateError> {
        let mut models = read::<ModelFile>("staging.toml", staging)?.model;
        models.extend(read::<ModelFile>("marts.toml", marts)?.model);
        Ok(Self {
            estate: read("estate.toml", estate)?,
            sources: read::<SourceFile>("sources.toml", sources)?.source,
            models,
        })
    }
}

fn read<T: DeserializeOwned>(file: &'static str, text: &str) -> Result<T, EstateError> {
    toml::from_str(text).map_err(|source| EstateError::Syntax {
        file,
        source: Box::new(source),
    })
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EstateFile {
    pub(super) company: Company,
    pub(super) systems: BTreeMap<String, SystemEntry>,
    pub(super) teams: BTreeMap<String, String>,
    pub(super) story: Story,
    pub(super) dashboard: Vec<DashboardEntry>,
    pub(super) exposure: Vec<ExposureEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Company {
    pub(super) name: String,
    pub(super) days: usize,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SystemEntry {
    pub(super) namespace: String,
    /// Pattern of dataset names with `{table}` or `{TABLE}`.
    pub(super) name: String,
    pub(super) layer: Layer,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Layer {
    Raw,
    Staging,
    Intermediate,
    Mart,
}

impl Layer {
    /// The tag value.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Staging => "staging",
            Self::Intermediate => "intermediate",
            Self::Mart => "mart",
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Story {
    pub(super) failure: Failure,
    pub(super) rename: Rename,
    pub(super) late: Late,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Failure {
    pub(super) model: String,
    pub(super) day: usize,
    pub(super) message: String,
    pub(super) retry_after_minutes: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rename {
    pub(super) dataset: String,
    pub(super) old: String,
    pub(super) new: String,
    pub(super) day: usize,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Late {
    pub(super) job: String,
    pub(super) day: usize,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DashboardEntry {
    pub(super) name: String,
    pub(super) tool: String,
    pub(super) about: String,
    pub(super) owner: String,
    pub(super) reads: Vec<String>,
}

/// An exposure of the dbt project.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExposureEntry {
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) url: Option<String>,
    pub(super) about: String,
    pub(super) owner: String,
    /// Datasets of dbt models.
    pub(super) reads: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceFile {
    source: Vec<SourceEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SourceEntry {
    pub(super) dataset: String,
    pub(super) arrives: Arrival,
    pub(super) topic: Option<String>,
    pub(super) lands_in: Option<String>,
    pub(super) about: String,
    pub(super) owner: String,
    pub(super) rows: u64,
    pub(super) columns: Vec<ColumnEntry>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Arrival {
    Debezium,
    Copy,
    Fivetran,
    Produced,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ColumnEntry {
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) about: String,
    #[serde(default)]
    pub(super) tags: Vec<String>,
    /// The expression; models only.
    pub(super) sql: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ModelFile {
    model: Vec<ModelEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ModelEntry {
    pub(super) dataset: String,
    #[serde(default)]
    pub(super) engine: Engine,
    pub(super) about: String,
    pub(super) owner: String,
    pub(super) rows: u64,
    /// Column lineage without transformations and without indirect uses.
    #[serde(default)]
    pub(super) plain_lineage: bool,
    pub(super) from: FromEntry,
    #[serde(default)]
    pub(super) join: Vec<JoinEntry>,
    #[serde(rename = "where")]
    pub(super) filter: Option<String>,
    pub(super) group_by: Option<String>,
    pub(super) having: Option<String>,
    #[serde(default)]
    pub(super) tests: Vec<TestEntry>,
    pub(super) columns: Vec<ColumnEntry>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Engine {
    #[default]
    Dbt,
    Flink,
    Spark,
    Airflow,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FromEntry {
    pub(super) dataset: String,
    #[serde(rename = "as")]
    pub(super) alias: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct JoinEntry {
    pub(super) how: JoinKind,
    pub(super) dataset: String,
    #[serde(rename = "as")]
    pub(super) alias: String,
    pub(super) on: String,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum JoinKind {
    Inner,
    Left,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TestEntry {
    pub(super) test: String,
    pub(super) column: Option<String>,
    #[serde(default)]
    pub(super) fails_on: Vec<usize>,
}
