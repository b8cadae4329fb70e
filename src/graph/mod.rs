//! The lineage graph in memory: compressed rows plus a delta, as immutable snapshots.
//!
//! Pure: no I/O, no clock, no names. It knows datasets, columns and *flows* by dense numbers only;
//! names and evidence belong to [`crate::catalog`], the shape of answers to [`crate::api`].
//!
//! A **flow** is one assertion that some datasets are made from others, by one job: a node of its
//! own between its inputs and its outputs. A run that lists 2,000 inputs and 2,000 outputs is
//! 4,000 entries here, not 4 million pairs.

mod adjacency;
mod columns;
mod cycles;
mod snapshot;
mod traverse;

pub use adjacency::Adjacency;
pub use columns::{ColumnRef, WHOLE_DATASET};
pub use cycles::in_cycles;
pub use snapshot::{ColumnLink, Flow, Graph, GraphChange};
pub use traverse::{ColumnWalk, DatasetWalk, Direction, Start};
