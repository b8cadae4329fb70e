//! The lineage graph in memory: compressed rows plus a delta, as immutable snapshots.
//!
//! Pure: no I/O, no clock, no names. It knows datasets, columns and *flows* by dense numbers only;
//! names and evidence belong to [`crate::catalog`], the shape of answers to [`crate::api`].
//!
//! A **flow** is one assertion that some datasets are made from others, by one job: a node of its
//! own between its inputs and its outputs. A run that lists 2,000 inputs and 2,000 outputs is
//! 4,000 entries here, not 4 million pairs.

mod adjacency;
mod column_walk;
mod columns;
mod cycles;
mod dataset_walk;
mod near;
mod paths;
mod rows;
mod snapshot;
mod walk;

#[cfg(test)]
mod reference_tests;
#[cfg(test)]
mod traverse_tests;

pub use adjacency::Adjacency;
pub use columns::{ColumnRef, WHOLE_DATASET};
pub use cycles::in_cycles;
pub use near::Near;
pub use snapshot::{ColumnLink, Flow, Graph, GraphChange};
pub use walk::{
    Boundary, ColumnWalk, DatasetWalk, Direction, Guard, Start, Stopped, Walk, WalkEdge, Want,
};
