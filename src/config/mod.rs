//! Settings: defaults, then one TOML file, then `HEADWATER_…` from the environment, then flags.
//!
//! Each concern has its own struct with every key typed; an unknown key is an error. Flags and the
//! environment are read by [`crate::cli`], which lays them over what this module read.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::catalog::CatalogOptions;
use crate::engine::EngineOptions;
use crate::log::LogOptions;
use crate::receive::ReceiveLimits;

/// Everything that can be set.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// `[server]`
    pub server: Server,
    /// `[receive]`
    pub receive: Receive,
    /// `[log]`
    pub log: Log,
    /// `[lineage]`
    pub lineage: Lineage,
}

/// `[server]`: where it listens and keeps its data.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// Folder of the log, the catalog store and the search index.
    pub data: PathBuf,
    /// Address and port; port 0 takes a free one.
    pub listen: String,
}

/// `[receive]`: how much is taken in.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Receive {
    /// One event at most, unpacked, bytes.
    pub event_bytes: usize,
    /// One batch at most, unpacked, bytes.
    pub batch_bytes: usize,
    /// All bodies in memory at most, bytes.
    pub in_flight_bytes: usize,
}

/// `[log]`: segments and groups.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// A segment of that many bytes is sealed.
    pub segment_bytes: u64,
    /// More than that many bytes waiting to be written is answered with 503.
    pub max_pending_bytes: usize,
}

/// `[lineage]`: what counts as current.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lineage {
    /// Days that an edge outlives its last assertion, beside its job's latest effective run.
    pub edge_window_days: u32,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            data: PathBuf::from("headwater-data"),
            listen: "127.0.0.1:5050".to_owned(),
        }
    }
}

impl Default for Receive {
    fn default() -> Self {
        let limits = ReceiveLimits::default();
        Self {
            event_bytes: limits.event_bytes,
            batch_bytes: limits.batch_bytes,
            in_flight_bytes: limits.in_flight_bytes,
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        let options = LogOptions::default();
        Self {
            segment_bytes: options.segment_bytes,
            max_pending_bytes: options.max_pending_bytes,
        }
    }
}

impl Default for Lineage {
    fn default() -> Self {
        Self {
            edge_window_days: 30,
        }
    }
}

/// Why settings could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is wrong.
    #[error("the configuration {} is wrong: {source}", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// Line, column and what was expected.
        source: Box<toml::de::Error>,
    },
}

impl Config {
    /// Reads a TOML file over the defaults.
    ///
    /// # Errors
    /// When the file cannot be read, is not TOML, or has an unknown key or a wrong value.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read {
            path: path.to_owned(),
            source,
        })?;
        toml::from_str(&text).map_err(|source| ConfigError::Parse {
            path: path.to_owned(),
            source: Box::new(source),
        })
    }

    /// The settings of the engine.
    pub fn engine(&self) -> EngineOptions {
        EngineOptions {
            log: LogOptions {
                segment_bytes: self.log.segment_bytes,
                max_pending_bytes: self.log.max_pending_bytes,
                ..LogOptions::default()
            },
            catalog: CatalogOptions {
                edge_window: i64::from(self.lineage.edge_window_days) * 24 * 3600 * 1_000_000,
                ..CatalogOptions::default()
            },
        }
    }

    /// The limits of the receiver.
    pub fn limits(&self) -> ReceiveLimits {
        ReceiveLimits {
            event_bytes: self.receive.event_bytes,
            batch_bytes: self.receive.batch_bytes,
            in_flight_bytes: self.receive.in_flight_bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_lies_over_the_defaults_and_unknown_keys_are_errors() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("headwater.toml");
        std::fs::write(&path, "[lineage]\nedge_window_days = 7\n").unwrap();
        let config = Config::read(&path).unwrap();
        assert_eq!(
            config.engine().catalog.edge_window,
            7 * 24 * 3600 * 1_000_000
        );
        assert_eq!(config.server.listen, "127.0.0.1:5050");
        std::fs::write(&path, "[server]\nlissen = \"x\"\n").unwrap();
        let error = Config::read(&path).unwrap_err().to_string();
        assert!(
            error.contains("lissen") && error.contains("headwater.toml"),
            "{error}"
        );
    }
}
