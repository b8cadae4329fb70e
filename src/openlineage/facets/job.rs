//! Facets of jobs.

use super::read::Object;

/// A `jobType` facet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobType {
    /// `BATCH`, `STREAMING` or `SERVICE`, as told.
    pub processing_type: Option<String>,
    /// For example `AIRFLOW`.
    pub integration: Option<String>,
    /// For example `DAG`, `TASK`, `MODEL`.
    pub kind: Option<String>,
    /// How its events come, for example `PER_RUN`.
    pub emission_pattern: Option<String>,
}

/// Reads a `jobType` facet.
pub fn job_type(facet: &[u8]) -> JobType {
    let read = Object::of(facet);
    JobType {
        processing_type: read.text("processingType"),
        integration: read.text("integration"),
        kind: read.text("jobType"),
        emission_pattern: read.text("emissionPattern"),
    }
}

/// A `sql` facet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sql {
    /// The statement.
    pub query: String,
    /// For example `duckdb`.
    pub dialect: Option<String>,
}

/// Reads a `sql` facet.
pub fn sql(facet: &[u8]) -> Option<Sql> {
    let read = Object::of(facet);
    Some(Sql {
        query: read.text("query")?,
        dialect: read.text("dialect"),
    })
}

/// A `sourceCode` facet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceCode {
    /// For example `python`.
    pub language: Option<String>,
    /// The code.
    pub code: String,
}

/// Reads a `sourceCode` facet.
pub fn source_code(facet: &[u8]) -> Option<SourceCode> {
    let read = Object::of(facet);
    Some(SourceCode {
        language: read.text("language"),
        code: read.text("sourceCode")?,
    })
}

/// A `sourceCodeLocation` facet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceCodeLocation {
    /// For example `git`.
    pub kind: Option<String>,
    /// Where to see it.
    pub url: Option<String>,
    /// The repository.
    pub repo_url: Option<String>,
    /// The place in the repository.
    pub path: Option<String>,
    /// The commit.
    pub version: Option<String>,
    /// The tag.
    pub tag: Option<String>,
    /// The branch.
    pub branch: Option<String>,
    /// The pull request.
    pub pull_request_number: Option<String>,
}

/// Reads a `sourceCodeLocation` facet; `None` when nothing in it is filled (trap 35).
pub fn source_code_location(facet: &[u8]) -> Option<SourceCodeLocation> {
    let read = Object::of(facet);
    let location = SourceCodeLocation {
        kind: read.text("type"),
        url: read.text("url"),
        repo_url: read.text("repoUrl"),
        path: read.text("path"),
        version: read.scalar("version"),
        tag: read.scalar("tag"),
        branch: read.scalar("branch"),
        pull_request_number: read.scalar("pullRequestNumber"),
    };
    let empty = SourceCodeLocation {
        kind: None,
        url: None,
        repo_url: None,
        path: None,
        version: None,
        tag: None,
        branch: None,
        pull_request_number: None,
    };
    (location != empty).then_some(location)
}
