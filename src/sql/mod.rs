//! Column lineage from SQL: which columns of which datasets a statement reads, and for what.
//!
//! In goes the text of one or more statements, a [`Dialect`] and the [`Relation`]s that it may
//! read or write; out comes, for each statement, the target, the sources of each of its columns,
//! what affects all of its rows, and a typed [`Gap`] for each thing that could not be told.
//! Unknown is never an edge, and a column with a gap says so.
//!
//! Only this module names `sqlparser`, and that for syntax alone. Names are resolved here
//! (`resolve/`), by rules that hold whatever the list of columns leaves out: what is said to be
//! known of a relation is believed, and nothing is concluded from what is not said, unless the
//! caller says that the list is whole.
//!
//! Pure: no I/O and no clock. The work is bounded by counts (bytes, tokens, nesting, steps), so the
//! same text gives the same answer on any machine. [`read`] runs on a thread of its own, for the
//! stack that deep statements need, and no panic leaves it.
//!
//! Does not belong here: events, facets and the catalog (see `catalog/derived`), and verdicts.

mod dialect;
mod flow;
mod gap;
mod guard;
mod joins;
mod lineage;
mod meaning;
mod mention;
mod migrate;
mod names;
mod resolve;
#[cfg(test)]
mod tests;

pub use dialect::Dialect;
pub use flow::Kinds;
pub use gap::Gap;
pub use guard::read;
pub use lineage::{ColumnLineage, StatementLineage, Target, Use, Verb};
pub use meaning::{Meaning, meaning};
pub use mention::mentions;
pub use migrate::{Act, Step, migration};

/// A dataset that a statement may name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Relation {
    /// What SQL may call it: each name in parts, such as `["db", "schema", "table"]`.
    pub names: Vec<Vec<String>>,
    /// Its columns, in their order; a nested field is named by its path (`address.city`).
    pub columns: Vec<String>,
    /// Whether `columns` is known to be all of them, in order.
    pub complete: bool,
}

/// What a text is read with.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// Which SQL it is.
    pub dialect: Dialect,
    /// The datasets that it may read or write; answers name them by their place in this list.
    pub relations: Vec<Relation>,
    /// Database and schema (the nearest last) that unqualified names are looked up in.
    pub defaults: Vec<String>,
    /// The relation that a plain query fills, when it is known from elsewhere.
    pub target: Option<usize>,
    /// How much work one text may cost.
    pub limits: Limits,
}

/// How much work one text may cost. Counts, never times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the text.
    pub bytes: usize,
    /// Tokens of the text.
    pub tokens: usize,
    /// Nested brackets and clauses.
    pub depth: usize,
    /// Steps of resolving names, over all statements of the text.
    pub steps: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 1 << 20,
            tokens: 100_000,
            depth: 100,
            steps: 3_000_000,
        }
    }
}
