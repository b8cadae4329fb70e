//! dbt artifacts: what a project makes from what, and what two versions of it differ in.
//!
//! [`Project`] is read from a manifest (v9 to v12, dbt 1.5 and later), the catalog beside it where
//! there is one, and compiled SQL (`compiled_code`, or the files below `compiled/`). [`changes()`]
//! compares two of them and gives a change set; `lineage` reads what each model reads from its
//! SQL. Parsing is lenient (fields came and went within one version of the format) and skips what
//! is not needed; macros are hashed, not kept.
//!
//! Does not belong here: what a change does to its readers ([`crate::impact`]).

mod artifact;
mod catalog;
mod changes;
mod columns;
mod error;
mod lineage;
mod manifest;
mod project;

#[cfg(test)]
mod tests;

pub use changes::{Compared, changes};
pub use error::DbtError;
pub use manifest::{Node, NodeKind};
pub use project::Project;
