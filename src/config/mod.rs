//! Settings: defaults, then one TOML file, then `HEADWATER_…` from the environment, then flags.
//!
//! Each concern has its own struct with every key typed; an unknown key is an error. Flags and the
//! environment are read by [`crate::cli`], which lays them over what this module read.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::api::{Origin, QueryLimits};
use crate::catalog::CatalogOptions;
use crate::checks::CheckLimits;
use crate::engine::EngineOptions;
use crate::log::LogOptions;
use crate::project::naming::NameRules;
use crate::quarantine::QuarantineLimits;
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
    /// `[identity]`
    pub identity: NameRules,
    /// `[query]`
    pub query: Query,
    /// `[policy]`
    pub policy: Policy,
    /// `[checks]`
    pub checks: StoredChecks,
    /// `[quarantine]`
    pub quarantine: QuarantineLimits,
}

/// `[policy]`: what lineage is held against.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// The policy file; none when empty. It is read again when it changes.
    pub file: PathBuf,
}

/// `[server]`: where it listens and keeps its data.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// Folder of the log, the catalog store and the search index.
    pub data: PathBuf,
    /// Address and port; port 0 takes a free one.
    pub listen: String,
    /// Connections at once; each is a file descriptor.
    pub max_connections: usize,
    /// Longest time for the head of a request, seconds; an idle connection is closed after it too.
    pub head_seconds: u64,
    /// Origins whose pages may change things, as the server's own may: its address behind a proxy that
    /// does not pass on the Host header.
    pub allowed_origins: Vec<Origin>,
}

/// `[receive]`: how much is taken in.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Receive {
    /// One event at most, unpacked, bytes.
    pub event_bytes: usize,
    /// One batch at most, unpacked, bytes.
    pub batch_bytes: usize,
    /// Events of one batch at most.
    pub batch_events: usize,
    /// All bodies in memory at most, bytes.
    pub in_flight_bytes: usize,
    /// Longest pause in a body, seconds; then it is answered with 408.
    pub idle_seconds: u64,
    /// Longest time until a body is whole, seconds; then it is answered with 408.
    pub body_seconds: u64,
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

/// `[query]`: what one GraphQL request may cost.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Query {
    /// A request that takes longer is answered with the error `DEADLINE`.
    pub deadline_seconds: u64,
    /// Datasets, jobs, runs, columns, edges … in one answer at most; more is answered with the
    /// error `TOO_LARGE`.
    pub rows: usize,
}

/// `[checks]`: how many reports of `headwater check --store` are kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StoredChecks {
    /// Checks at most; when there are more, the oldest are deleted.
    pub keep: usize,
    /// Bytes of all files at most; when there are more, the oldest are deleted.
    pub total_bytes: u64,
    /// One check at most, unpacked, bytes.
    pub report_bytes: usize,
}

impl Default for StoredChecks {
    fn default() -> Self {
        let limits = CheckLimits::default();
        Self {
            keep: limits.keep,
            total_bytes: limits.total_bytes,
            report_bytes: limits.report_bytes,
        }
    }
}

impl Default for Query {
    fn default() -> Self {
        let limits = QueryLimits::default();
        Self {
            deadline_seconds: limits.deadline.as_secs(),
            rows: limits.rows,
        }
    }
}

impl Default for Server {
    fn default() -> Self {
        Self {
            data: PathBuf::from("headwater-data"),
            listen: "127.0.0.1:5050".to_owned(),
            max_connections: 900,
            head_seconds: 60,
            allowed_origins: Vec::new(),
        }
    }
}

impl Default for Receive {
    fn default() -> Self {
        let limits = ReceiveLimits::default();
        Self {
            event_bytes: limits.event_bytes,
            batch_bytes: limits.batch_bytes,
            batch_events: limits.batch_events,
            in_flight_bytes: limits.in_flight_bytes,
            idle_seconds: limits.idle.as_secs(),
            body_seconds: limits.body_time.as_secs(),
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
    /// A variable is wrong.
    #[error("the environment variable {name} is {text:?}; expected {expected}")]
    Variable {
        /// Its name.
        name: String,
        /// Its value.
        text: String,
        /// What it should be.
        expected: &'static str,
    },
    /// Settings of our own do not fit their own types.
    #[error("the settings do not fit together: {0}")]
    Internal(String),
}

/// Reads a text as a value of the kind that stands there; `None` when it is none.
fn read_like(value: &toml::Value, text: &str) -> Option<toml::Value> {
    match value {
        toml::Value::String(_) => return Some(toml::Value::String(text.to_owned())),
        toml::Value::Boolean(_) => return text.trim().parse().ok().map(toml::Value::Boolean),
        toml::Value::Array(_) => {
            let parts = text
                .split(',')
                .map(str::trim)
                .filter(|part| !part.is_empty());
            let parts = parts.map(|part| toml::Value::String(part.to_owned()));
            return Some(toml::Value::Array(parts.collect()));
        }
        _ => {}
    }
    let number = text
        .trim()
        .parse::<i64>()
        .ok()
        .filter(|number| *number >= 0);
    number.map(toml::Value::Integer)
}

impl Config {
    /// Lays a TOML file (if given) and the environment over the defaults. A variable is named after
    /// its section and key: `HEADWATER_RECEIVE_EVENT_BYTES` sets `event_bytes` of `[receive]`.
    ///
    /// # Errors
    /// When the file cannot be read, is not TOML, or has an unknown key or a wrong value; when a
    /// variable has a wrong value.
    pub fn load(
        file: Option<&Path>,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        let config = file.map(Self::read).transpose()?.unwrap_or_default();
        let mut table =
            toml::Table::try_from(&config).map_err(|e| ConfigError::Internal(e.to_string()))?;
        for (section, keys) in &mut table {
            let Some(keys) = keys.as_table_mut() else {
                continue;
            };
            for (key, value) in keys {
                let name = format!("HEADWATER_{section}_{key}").to_ascii_uppercase();
                if let Some(text) = environment(&name) {
                    let expected = match value {
                        toml::Value::Boolean(_) => "true or false",
                        _ => "a whole number that is not negative",
                    };
                    *value = read_like(value, &text).ok_or(ConfigError::Variable {
                        name,
                        text,
                        expected,
                    })?;
                }
            }
        }
        table
            .try_into()
            .map_err(|e: toml::de::Error| ConfigError::Internal(e.to_string()))
    }

    fn read(path: &Path) -> Result<Self, ConfigError> {
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
                rules: self.identity.clone(),
                ..CatalogOptions::default()
            },
            checks: CheckLimits {
                keep: self.checks.keep,
                total_bytes: self.checks.total_bytes,
                report_bytes: self.checks.report_bytes,
            },
            quarantine: self.quarantine,
        }
    }

    /// The limits of queries.
    pub fn query_limits(&self) -> QueryLimits {
        QueryLimits {
            deadline: Duration::from_secs(self.query.deadline_seconds),
            rows: self.query.rows,
        }
    }

    /// The limits of the receiver.
    pub fn limits(&self) -> ReceiveLimits {
        ReceiveLimits {
            event_bytes: self.receive.event_bytes,
            batch_bytes: self.receive.batch_bytes,
            batch_events: self.receive.batch_events,
            in_flight_bytes: self.receive.in_flight_bytes,
            idle: Duration::from_secs(self.receive.idle_seconds),
            body_time: Duration::from_secs(self.receive.body_seconds),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_and_environment_lie_over_the_defaults() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("headwater.toml");
        std::fs::write(
            &path,
            "[lineage]\nedge_window_days = 7\n[log]\nsegment_bytes = 5\n",
        )
        .unwrap();
        let set = |name: &str| (name == "HEADWATER_LOG_SEGMENT_BYTES").then(|| "9".to_owned());
        let config = Config::load(Some(&path), set).unwrap();
        assert_eq!(
            config.engine().catalog.edge_window,
            7 * 24 * 3600 * 1_000_000
        );
        assert_eq!(config.log.segment_bytes, 9);
        assert_eq!(config.server.listen, "127.0.0.1:5050");
    }

    #[test]
    fn identity_rules_are_lists_and_switches() {
        let set = |name: &str| match name {
            "HEADWATER_IDENTITY_STRIP_QUOTES" => Some("false".to_owned()),
            "HEADWATER_IDENTITY_LOWER_CASE" => Some("hive, mysql,".to_owned()),
            _ => None,
        };
        let rules = Config::load(None, set).unwrap().identity;
        assert!(!rules.strip_quotes && rules.drop_partitions);
        assert_eq!(rules.lower_case, ["hive", "mysql"]);
        assert_eq!(rules.upper_case, NameRules::default().upper_case);
        let set = |name: &str| name.ends_with("STRIP_QUOTES").then(|| "perhaps".to_owned());
        let error = Config::load(None, set).unwrap_err().to_string();
        assert!(error.contains("true or false"), "{error}");
    }

    #[test]
    fn mistakes_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("headwater.toml");
        std::fs::write(&path, "[server]\nlissen = \"x\"\n").unwrap();
        let error = Config::load(Some(&path), |_| None).unwrap_err().to_string();
        assert!(
            error.contains("lissen") && error.contains("headwater.toml"),
            "{error}"
        );
        let set = |name: &str| name.ends_with("EVENT_BYTES").then(|| "many".to_owned());
        let error = Config::load(None, set).unwrap_err().to_string();
        assert!(
            error.contains("HEADWATER_RECEIVE_EVENT_BYTES") && error.contains("many"),
            "{error}"
        );
    }
}
