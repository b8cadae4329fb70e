//! What events mean for the catalog, as plain functions: no I/O, no clock, no stored state.
//!
//! Folding those meanings into records is [`crate::catalog`]; walking them is [`crate::graph`].

pub mod current;
pub mod family;
pub mod identity;
pub mod intervals;
pub mod naming;
pub mod run;
pub mod schema;
