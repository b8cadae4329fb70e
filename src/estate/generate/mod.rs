//! The estate generator: large made-up estates as streams of `OpenLineage`
//! events, for tests and benchmarks.
//!
//! The events of an estate are a function of its [`GenerateSpec`] alone: all
//! randomness comes from the seed by code of this module, so that neither a
//! clock nor another version of a library changes a byte. Events are written
//! one at a time and never held. Nothing here sends or reads events.

mod edges;
mod emit;
mod names;
mod plan;
mod sample;
mod spec;
mod wire;

#[cfg(test)]
mod tests;

use std::io;

use thiserror::Error;

pub use spec::{GenerateSpec, Shape};

/// Writes all events of the estate that `spec` asks for, in the order in which
/// they are to be sent.
///
/// `line` gets each event as one line of JSON without its line end. The result
/// counts what a consumer of all the events must come to.
///
/// # Errors
/// [`GenerateError::Spec`] for a spec that no estate can meet, and
/// [`GenerateError::Sink`] when `line` fails, which ends the generation.
pub fn generate(
    spec: &GenerateSpec,
    line: impl FnMut(&str) -> io::Result<()>,
) -> Result<Truth, GenerateError> {
    spec.check()?;
    let plan = plan::Plan::new(spec);
    emit::Emitter::new(spec, &plan, line).run()
}

/// What a consumer of all the events must come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Truth {
    /// Distinct datasets (namespace and name).
    pub datasets: u64,
    /// Columns of all datasets.
    pub columns: u64,
    /// Distinct jobs, consumers included.
    pub jobs: u64,
    /// Distinct runs (job and run id).
    pub runs: u64,
    /// Events, one a line.
    pub events: u64,
    /// Distinct pairs of an input column and an output column, told by
    /// columnLineage, direct or indirect.
    pub column_edges: u64,
    /// Distinct pairs of an input dataset and an output dataset of one job.
    pub dataset_edges: u64,
    /// The dataset of layer 0 that many jobs read.
    pub hub: DatasetName,
}

/// The identity of a dataset.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DatasetName {
    /// The namespace, a URI.
    pub namespace: String,
    /// The name within it.
    pub name: String,
}

/// Why an estate cannot be generated.
#[derive(Debug, Error)]
pub enum GenerateError {
    /// The spec asks for something impossible.
    #[error("generate spec, {field}: {problem}")]
    Spec {
        /// The field of [`GenerateSpec`].
        field: &'static str,
        /// What is wrong with it and what would do.
        problem: String,
    },
    /// The caller could not take a line.
    #[error("the generated events could not be written: {0}")]
    Sink(#[from] io::Error),
}
