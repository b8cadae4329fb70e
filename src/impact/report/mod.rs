//! The answer of a check, and one file for each format that it is written in.

mod github;
mod json;
mod junit;
mod markdown;
mod sarif;
mod text;

use serde::{Deserialize, Serialize};

pub use markdown::MARKER;

use super::{Action, Class, Evidence, Name, Note, Place, Word};

/// Version of the JSON format.
pub const FORMAT: u32 = 1;

/// The formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people at a terminal.
    Text,
    /// For a comment on a pull request.
    Markdown,
    /// For programs.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// `JUnit` XML.
    Junit,
    /// Annotations of GitHub Actions.
    Github,
}

impl Format {
    /// The format of a name, upper and lower case alike.
    pub fn named(name: &str) -> Option<Self> {
        let format = match name.to_ascii_lowercase().as_str() {
            "text" => Self::Text,
            "markdown" => Self::Markdown,
            "json" => Self::Json,
            "sarif" => Self::Sarif,
            "junit" => Self::Junit,
            "github" => Self::Github,
            _ => return None,
        };
        Some(format)
    }

    /// The report in this format.
    pub fn write(self, report: &Report) -> String {
        match self {
            Self::Text => text::write(report),
            Self::Markdown => markdown::write(report),
            Self::Json => json::write(report),
            Self::Sarif => sarif::write(report),
            Self::Junit => junit::write(report),
            Self::Github => github::write(report),
        }
    }
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Version of the format.
    pub headwater_check: u32,
    /// What follows.
    pub verdict: Action,
    /// Where the changes come from.
    pub source: String,
    /// In figures.
    pub summary: Summary,
    /// One for each change, the worst first.
    pub findings: Vec<Finding>,
    /// What could not be told, and what is worth knowing.
    pub notes: Vec<Note>,
    /// The graph that was asked.
    pub graph: Asked,
    /// Where the report is stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

/// The graph that was asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Asked {
    /// The last event that it has seen.
    pub applied_seq: u64,
    /// The latest event time that it has seen.
    pub known_until: Option<String>,
}

/// A report in figures.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Changes.
    pub changes: usize,
    /// Changes that break something.
    pub breaking: usize,
    /// Changes of which it cannot be told.
    pub unknown: usize,
    /// Changes that may break something.
    pub possibly_breaking: usize,
    /// Changes of values.
    pub value_change: usize,
    /// Changes that do no harm.
    pub safe: usize,
    /// Changes that are waived.
    pub waived: usize,
    /// Columns that are affected by any change and not changed along with it.
    pub columns: usize,
    /// Datasets, likewise; those of the columns too.
    pub datasets: usize,
    /// Jobs and models, likewise.
    pub jobs: usize,
    /// Consumers, likewise.
    pub consumers: usize,
}

/// A change and what it does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// A stable id: the same change has the same one.
    pub id: String,
    /// What is changed.
    pub change: Changed,
    /// How bad it is.
    pub class: Class,
    /// What follows.
    pub action: Action,
    /// Why it is of that class.
    pub reason: String,
    /// How to mend it.
    pub fix: Option<String>,
    /// Who is affected, the worst and nearest first.
    pub affected: Vec<Affected>,
    /// How many are, also where the list is cut.
    pub affected_total: usize,
    /// One of the two lists is cut.
    pub truncated: bool,
    /// Who read it and is changed in the same change set.
    pub changed_along: Vec<Affected>,
    /// How many did, also where the list is cut.
    #[serde(default)]
    pub changed_along_total: usize,
    /// Who accepted it, why, and until when.
    pub waiver: Option<Waived>,
}

/// What is changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Changed {
    /// How.
    pub kind: Word,
    /// The dataset, or the job.
    #[serde(flatten)]
    pub name: Name,
    /// The column.
    pub column: Option<String>,
    /// What it was.
    pub from: Option<String>,
    /// What it becomes.
    pub to: Option<String>,
    /// What else is to be said.
    pub detail: Option<String>,
    /// Whose it is.
    pub owners: Vec<String>,
    /// Where it is written.
    pub place: Option<Place>,
}

/// A waiver that holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waived {
    /// Who accepted it.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// The last day that it holds.
    pub until: String,
}

/// What is affected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AffectedKind {
    /// A column.
    Column,
    /// A dataset of which it is not known which columns.
    Dataset,
    /// A job.
    Job,
    /// A model of the code that is checked.
    Model,
    /// A dashboard, report, export …
    Consumer,
}

impl AffectedKind {
    /// As it is written.
    pub fn word(self) -> &'static str {
        match self {
            Self::Column => "column",
            Self::Dataset => "dataset",
            Self::Job => "job",
            Self::Model => "model",
            Self::Consumer => "consumer",
        }
    }
}

/// Who is affected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Affected {
    /// What it is.
    pub kind: AffectedKind,
    /// Its name; of a column, that of its dataset.
    #[serde(flatten)]
    pub name: Name,
    /// The column.
    pub column: Option<String>,
    /// How bad it is for it.
    pub class: Class,
    /// Hops from what is changed.
    pub depth: u32,
    /// Its layer.
    pub layer: Option<String>,
    /// What kind of consumer it is.
    pub consumer: Option<String>,
    /// Whose it is.
    pub owners: Vec<String>,
    /// Contracts on it.
    pub contracts: Vec<String>,
    /// The shortest way to it, both ends included.
    pub path: Vec<Step>,
}

/// A step of a way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// The dataset, job or consumer.
    #[serde(flatten)]
    pub name: Name,
    /// The column.
    pub column: Option<String>,
    /// Who makes it from the step before.
    pub by: Option<String>,
    /// How that is known: `declared`, `sql`, `inferred`, `code` (read from the changed code).
    pub known_by: Option<String>,
    /// It only decides (a join, a filter), and is not in the value.
    pub indirect: bool,
    /// What stands behind it.
    pub evidence: Option<Evidence>,
}

fn shown(name: &Name, column: Option<&str>) -> String {
    match column {
        Some(column) => format!("{}.{column}", name.name),
        None => name.name.clone(),
    }
}

impl Changed {
    /// Its name for people.
    pub fn shown(&self) -> String {
        shown(&self.name, self.column.as_deref())
    }
}

impl Step {
    /// Its name for people.
    pub fn shown(&self) -> String {
        shown(&self.name, self.column.as_deref())
    }
}

impl Affected {
    /// Its name for people.
    pub fn shown(&self) -> String {
        shown(&self.name, self.column.as_deref())
    }
}
