//! The demo estate: one company's lineage, told as the `OpenLineage` events that
//! its tools would have sent over a week.
//!
//! The company is described in `fixtures/demo/*.toml`; this module reads and
//! checks the description and tells it. It knows no clock and no randomness:
//! the events are a function of the description and the given time. It holds
//! no fact about the company itself.

mod check;
mod describe;
mod error;
mod expr;
mod facets;
mod lineage;
mod names;
mod producers;
mod shortcuts;
mod sql;
mod story;
mod time;
mod try_out;
mod types;

#[cfg(test)]
mod tests;

use serde_json::Value;

pub use error::EstateError;
pub use shortcuts::{demo_policy, shortcuts, turned_away};
pub use try_out::{DemoQuestion, things_to_try};

/// The events of the demo estate, in the order in which they are to be sent.
///
/// `now_ms` is the present in milliseconds since 1970 (UTC). The last day's
/// runs end just before it. The same `now_ms` gives the same events, run ids
/// included. One event comes late: its `eventTime` is days before those of its
/// neighbours.
///
/// # Errors
/// [`EstateError`] when the description in `fixtures/demo/` is wrong (the
/// message names the place) or `now_ms` is no time that can be written.
pub fn demo_events(now_ms: i64) -> Result<Vec<Value>, EstateError> {
    story::tell(&estate()?, now_ms)
}

/// The demo estate as it is described, read and checked.
fn estate() -> Result<check::Estate, EstateError> {
    check::Estate::new(describe::Description::embedded()?)
}
