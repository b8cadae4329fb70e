//! Migrations as a change set: the statements of files, in the order of the files, folded into what
//! is different when all have run.
//!
//! A table that is made and dropped again within the set is no change, a column that is renamed
//! twice is renamed once. Names are completed with the defaults and looked up in the observed graph.
//! What a statement does that cannot be read is unknown, and keeps the check from passing.
//!
//! Pure. Does not belong here: reading files and asking for the graph (`cli/check`).

mod fold;
#[cfg(test)]
mod matrix;
mod view;

#[cfg(test)]
mod tests;

pub use fold::{File, Migrations, Place as Defaults};
