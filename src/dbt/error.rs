//! Why artifacts of dbt cannot be used.

use thiserror::Error;

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
