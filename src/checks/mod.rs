//! Stored checks: the reports of `headwater check --store`, kept on disk so that a link shows them.
//!
//! [`Draft`] is what a client sends, [`Head`] what lists show of a check, [`Checks`] the folder that
//! keeps them. They are what clients said, not a function of the log: a rebuild leaves them alone,
//! the digest does not hold them, and a server that lost them has lost nothing else. So they are files
//! of their own and not records of the catalog store, which is thrown away when in doubt.
//!
//! The **id** is the first 24 hex digits of a BLAKE3 hash over what was sent (the report, when it was
//! checked, and what it is of). The same check sent twice, after an answer that got lost, is one check
//! with one link; nothing has to be remembered for that.
//!
//! Does not belong here: making reports ([`crate::impact`]), HTTP ([`crate::receive`]), GraphQL.

mod draft;
mod file;
mod store;

#[cfg(test)]
mod tests;

pub use draft::{Context, Draft, DraftError};
pub use store::{Cursor, Page, Put};

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use parking_lot::{Mutex, RwLock};
use serde::{Deserialize, Serialize};

use crate::impact::Action;
use crate::impact::report::Summary;

/// Version of the files and of what clients send.
pub const FORMAT: u32 = 1;

/// How much is kept.
#[derive(Debug, Clone, Copy)]
pub struct CheckLimits {
    /// Checks; when there are more, the oldest go.
    pub keep: usize,
    /// Bytes of all files; when there are more, the oldest go.
    pub total_bytes: u64,
    /// Bytes of one check as it is sent, unpacked.
    pub report_bytes: usize,
}

impl Default for CheckLimits {
    fn default() -> Self {
        Self {
            keep: 1_000,
            total_bytes: 1 << 30,
            report_bytes: 16 << 20,
        }
    }
}

/// What is known of a stored check without its report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Head {
    /// Version of the format.
    pub headwater_stored_check: u32,
    /// Its id.
    pub id: String,
    /// When the server stored it. No two checks of a server have the same time.
    pub stored_at: DateTime<Utc>,
    /// When it was made, by the clock of who made it.
    pub checked_at: DateTime<Utc>,
    /// What it is of.
    #[serde(flatten)]
    pub context: Context,
    /// What followed.
    pub verdict: Action,
    /// What `headwater check` exited with.
    pub exit: u8,
    /// Where the changes come from: `dbt`, `sql` …
    pub source: String,
    /// The report in figures.
    pub summary: Summary,
}

/// Why a check could not be stored or shown.
#[derive(Debug, thiserror::Error)]
pub enum ChecksError {
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
    #[error(
        "the stored check {path} cannot be read: {reason}; delete the file, and run the check again with --store if it is still wanted"
    )]
    Damaged {
        /// The file.
        path: String,
        /// What is wrong.
        reason: String,
    },
}

/// The folder of stored checks.
pub struct Checks {
    dir: PathBuf,
    limits: CheckLimits,
    /// By time of storing: the last is the newest.
    held: RwLock<BTreeMap<DateTime<Utc>, Kept>>,
    /// Who holds it may write.
    writing: Mutex<()>,
}

/// A check that is there, with the bytes of its file.
struct Kept {
    head: Head,
    bytes: u64,
}
