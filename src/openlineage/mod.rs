//! What an `OpenLineage` event is: JSON made canonical, the three event kinds, their facets, times.
//!
//! Pure: bytes in, typed values out. No I/O, no clock, no knowledge of what is already stored.
//! What an event *means* for the catalog (edges, run states) belongs in [`crate::project`].

pub mod canonical;
mod canonical_reader;
mod cursor;
pub mod event;
pub mod facets;
mod known;
mod members;
mod repeated;
mod run_id;
mod scan;
pub mod secrets;
pub mod time;
pub mod warning;
mod wire;

#[cfg(test)]
mod golden_tests;
#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod trap_tests;

pub use canonical::{ContentHash, content_hash};
pub use event::{Body, DatasetPart, Event, EventKind, Facet, JobPart, RunPart, RunState};
pub use run_id::{may_stand_for_a_text, run_id};
pub(crate) use scan::end_of_plain;
pub use time::EventTime;
pub use warning::Warning;
pub use wire::{EventError, parse_event};
