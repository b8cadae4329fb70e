//! The quarantine: events that a contract turned away at the door, kept until somebody releases or
//! discards them.
//!
//! They are in no log and no graph. The **id** is the hash of the event's content, so an event that is
//! sent again is there once. A released event leaves a mark, so that its sender's next try is answered
//! like that of any event that is in the log.
//!
//! Does not belong here: which events are turned away ([`crate::contract::door`]), HTTP.

mod store;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use crate::contract::door::Reason;

pub use store::Kept;

/// Version of the files.
pub const FORMAT: u32 = 1;

/// How much is kept.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct QuarantineLimits {
    /// Events; beyond them what is turned away is not kept, and its sender told so.
    pub events: usize,
    /// Bytes of all files, likewise.
    pub bytes: u64,
}

impl Default for QuarantineLimits {
    fn default() -> Self {
        Self {
            events: 10_000,
            bytes: 1 << 30,
        }
    }
}

/// What is known of an event in quarantine without the event itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Head {
    /// Version of the format.
    pub headwater_quarantine: u32,
    /// Its id.
    pub id: String,
    /// When it was turned away first.
    pub received_at: DateTime<Utc>,
    /// Its time.
    pub event_time: String,
    /// Who sent it.
    pub producer: String,
    /// Namespace and name of its job, or of its dataset.
    pub subject: (String, String),
    /// Contracts that it would break, as they stood then.
    pub reasons: Vec<Reason>,
    /// Bytes of the event.
    pub bytes: u64,
}

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum QuarantineError {
    /// A file or folder.
    #[error("{what} {path}: {source}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// The file or folder.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file that does not hold what it should.
    #[error("the event in quarantine {path} cannot be read: {reason}; move the file away")]
    Damaged {
        /// The file.
        path: String,
        /// What is wrong.
        reason: String,
    },
}

/// The folder of events in quarantine.
pub struct Quarantine {
    dir: PathBuf,
    limits: QuarantineLimits,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    /// By id.
    heads: BTreeMap<String, Head>,
    /// Ids of events that were released.
    released: std::collections::BTreeSet<String>,
    bytes: u64,
}
