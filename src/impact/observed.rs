//! The observed graph with names: what a server gives for some datasets, or an export of all.
//!
//! The format is versioned ([`FORMAT`]) and is JSON: datasets, jobs and columns are named once, and
//! referred to by their place in the lists.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::Name;

/// Version of the format.
pub const FORMAT: u32 = 1;

/// A graph, or the part of one that lies downstream of something.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Observed {
    /// Version of the format.
    pub headwater_graph: u32,
    /// The last event that it has seen.
    #[serde(default)]
    pub applied_seq: u64,
    /// The latest event time that it has seen.
    #[serde(default)]
    pub known_until: Option<String>,
    /// Whether this is the whole graph, and not only what lies downstream of what was asked for.
    #[serde(default)]
    pub whole: bool,
    /// Statements that were not read yet: column lineage may be missing.
    #[serde(default)]
    pub sql_waiting: usize,
    /// The last event that contracts have seen, where that is not the last one applied: layers,
    /// consumers, exposures and promises are of then. 0 where they have seen nothing yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contracts_seq: Option<u64>,
    /// Datasets.
    pub datasets: Vec<ObservedDataset>,
    /// Jobs.
    pub jobs: Vec<Job>,
    /// Flows: which datasets a job makes from which.
    pub flows: Vec<Flow>,
}

/// A dataset.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ObservedDataset {
    /// Its name.
    #[serde(flatten)]
    pub name: Name,
    /// Its other names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<Name>,
    /// Its columns.
    pub columns: Vec<ObservedColumn>,
    /// Its layer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<String>,
    /// What kind of consumer it is, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consumer: Option<String>,
    /// Its owners.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub owners: Vec<String>,
    /// Names of contracts on it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contracts: Vec<String>,
    /// Last event time in which it was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<String>,
}

/// A column.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ObservedColumn {
    /// Its name; nested ones by path.
    pub name: String,
    /// Its type, where one was told.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub data_type: Option<String>,
}

/// A job.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    /// Its name.
    #[serde(flatten)]
    pub name: Name,
    /// What kind of consumer it is, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consumer: Option<String>,
    /// Its layer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<String>,
    /// Its owners.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub owners: Vec<String>,
    /// Names of contracts on it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contracts: Vec<String>,
}

/// What stands behind a flow.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Evidence {
    /// Who told it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub producer: String,
    /// How many runs assert it.
    #[serde(default)]
    pub runs: u32,
    /// First event of the first of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_seen: Option<String>,
    /// Last event of the last of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<String>,
    /// The last of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_run: Option<String>,
    /// It was read from SQL.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub from_sql: bool,
}

/// That a job makes some datasets from others, by one teller.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Flow {
    /// The job, by its place; none for lineage that is declared on a dataset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<u32>,
    /// Datasets read, by their places.
    pub inputs: Vec<u32>,
    /// Datasets written, by their places.
    pub outputs: Vec<u32>,
    /// Its columns are told: what its links do not name is not read for its outputs.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub columns_told: bool,
    /// Its pairs of input and output were told, and not inferred.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub told: bool,
    /// It only adds links (it was read from SQL), and says nothing of datasets.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub links_only: bool,
    /// Column edges.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// What stands behind it.
    #[serde(default)]
    pub evidence: Evidence,
}

/// A column edge: dataset and column read, dataset and column made (none: all its columns), and
/// whether it is indirect alone.
pub type Link = (u32, u32, u32, Option<u32>, bool);

/// Why a graph cannot be used.
#[derive(Debug, Error)]
pub enum ObservedError {
    /// Not the format.
    #[error("this is no graph of Headwater ({0}); make one with `headwater export graph`")]
    Format(#[from] serde_json::Error),
    /// Another version.
    #[error(
        "the graph has version {0} of the format, and this program reads version {FORMAT}; export it anew"
    )]
    Version(u32),
    /// It refers to what it does not list.
    #[error(
        "the graph refers to {0}, which it does not list; it is cut or was changed by hand. Export it anew"
    )]
    Broken(String),
}

impl Observed {
    /// Reads one.
    ///
    /// # Errors
    /// When it is not one, or of another version, or broken.
    pub fn read(json: &[u8]) -> Result<Self, ObservedError> {
        #[derive(Deserialize)]
        struct Version {
            #[serde(rename = "headwaterGraph")]
            version: u32,
        }
        let Version { version } = serde_json::from_slice(json)?;
        if version != FORMAT {
            return Err(ObservedError::Version(version));
        }
        let graph: Self = serde_json::from_slice(json)?;
        graph.check()?;
        Ok(graph)
    }

    fn check(&self) -> Result<(), ObservedError> {
        let dataset = |at: u32| {
            let held = self.datasets.get(at as usize);
            held.ok_or_else(|| ObservedError::Broken(format!("dataset {at}")))
        };
        for flow in &self.flows {
            for &at in flow.inputs.iter().chain(&flow.outputs) {
                dataset(at)?;
            }
            if let Some(job) = flow.job
                && self.jobs.get(job as usize).is_none()
            {
                return Err(ObservedError::Broken(format!("job {job}")));
            }
            for &(from, column, to, made, _) in &flow.links {
                let missing = |at: u32, column: u32| {
                    ObservedError::Broken(format!("column {column} of dataset {at}"))
                };
                let has = |at, column: u32| {
                    dataset(at).map(|held| held.columns.get(column as usize).is_some())
                };
                if !has(from, column)? {
                    return Err(missing(from, column));
                }
                dataset(to)?;
                if let Some(made) = made
                    && !has(to, made)?
                {
                    return Err(missing(to, made));
                }
            }
        }
        Ok(())
    }
}

impl Default for Name {
    fn default() -> Self {
        Self::new("", "")
    }
}
