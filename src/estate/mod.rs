//! Sources of `OpenLineage` events that need no producer: the demo estate (one
//! small company, described in `fixtures/demo/`) and the generator of large
//! estates for tests and benchmarks.
//!
//! Both only make events. Sending them, and everything that the server does
//! with them, belongs elsewhere.

pub mod demo;
pub mod generate;
