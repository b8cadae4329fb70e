//! Reading one artifact: a file as a stream, with errors that say what is wrong with it.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::error::DbtError;

/// What every artifact begins with.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Metadata {
    #[serde(default)]
    pub dbt_schema_version: String,
    #[serde(default)]
    pub generated_at: Option<String>,
    #[serde(default)]
    pub adapter_type: Option<String>,
    #[serde(default)]
    pub project_name: Option<String>,
}

/// Reads a file as a stream; what is not wanted of it is never held.
pub fn read<T: DeserializeOwned>(file: &Path) -> Result<T, DbtError> {
    let shown = file.display().to_string();
    let open = File::open(file).map_err(|source| DbtError::Open {
        file: shown.clone(),
        source,
    })?;
    let reader = BufReader::with_capacity(1 << 20, open);
    serde_json::from_reader(reader).map_err(|source| {
        if source.is_eof() {
            return DbtError::Cut { file: shown };
        }
        DbtError::Format {
            file: shown,
            source,
        }
    })
}
