//! Headwater: a lineage catalog and impact-analysis server.
//!
//! Data flows one way: [`receive`] → [`log`] → [`project`] and [`catalog`] → [`graph`] and
//! [`search`] → [`api`]. `docs/ARCHITECTURE.md` is the map.

pub mod api;
pub mod catalog;
pub mod checks;
pub mod cli;
pub mod config;
pub mod contract;
#[cfg(feature = "sql")]
pub mod dbt;
pub mod engine;
pub mod estate;
pub mod graph;
pub mod impact;
pub mod log;
#[cfg(feature = "sql")]
pub mod migration;
pub mod openlineage;
pub mod project;
pub mod quarantine;
pub mod receive;
pub mod search;
#[cfg(feature = "sql")]
pub mod sql;
pub mod store;
