//! Contracts: what a policy file says about layers, consumers and the flow between them.
//!
//! Pure: no I/O and no clock; the time comes from outside. `docs/CONTRACTS.md` describes the file.

pub mod policy;
