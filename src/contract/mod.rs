//! Contracts: what a policy file says about layers, consumers and the flow between them, and what of
//! it does not hold.
//!
//! Pure: no I/O and no clock; the time comes from outside. Where the facts come from and when they
//! are looked at again is [`crate::engine`], how answers look [`crate::api`]. `docs/CONTRACTS.md`
//! says what each rule means.

mod columns;
pub mod compat;
pub mod door;
mod facts;
mod layers;
mod links;
pub mod odcs;
pub mod policy;
mod rules;
pub mod testing;
mod told;
pub mod violation;
mod world;

pub use columns::ColumnPattern;
pub use facts::{ColumnTag, DatasetFacts, JobFacts};
pub use rules::{Selected, evaluate, promised, promised_by_any_job, selected};
pub use told::{ToldColumn, ToldOf, ToldTest, ToldVersion, Wants};
pub use world::{Consumer, Facts, Subject, Told, World};
