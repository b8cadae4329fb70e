//! Headwater: lineage catalog and impact analysis.
pub mod openlineage;
pub mod store;
pub mod catalog;
pub mod project;
pub mod graph;
