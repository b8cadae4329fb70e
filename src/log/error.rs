//! Why a log refuses to open, to append or to read.
//!
//! Errors can be cloned: one failed commit answers many appends.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An error of the event log.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LogError {
    /// Too much is waiting to be written. Nothing was queued: try again later.
    #[error(
        "the event log is busy: {pending_bytes} bytes wait to be written, the limit is {limit}; send the batch again in a second"
    )]
    Busy {
        /// Bytes waiting for an answer.
        pending_bytes: usize,
        /// `LogOptions::max_pending_bytes`.
        limit: usize,
    },
    /// One event is longer than the format allows. Nothing was queued.
    #[error("event {index} of the batch has {bytes} bytes, the log takes at most {limit}")]
    TooLarge {
        /// Place in the batch, from 0.
        index: usize,
        /// Its length in bytes.
        bytes: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The batch could not be written and was rolled back. The log goes on:
    /// the same batch may be sent again.
    #[error("could not write {}, nothing of the batch was kept: {source}", path.display())]
    NotWritten {
        /// The file.
        path: PathBuf,
        /// What the system said (`StorageFull` when the disk is full).
        source: Arc<io::Error>,
    },
    /// The log has failed and takes no more appends until it is opened again.
    #[error(
        "the event log has failed and takes no events until the server is restarted; check the disk first: {0}"
    )]
    Failed(String),
    /// The log is being closed.
    #[error("the event log is closed")]
    Closed,
    /// Bytes on disk are not what was written.
    #[error(
        "segment {} is damaged at offset {offset}: {reason}; restore this file from a backup or a replica (headwater does not repair it, because acknowledged events would be lost)",
        segment.display()
    )]
    Corrupt {
        /// The segment file.
        segment: PathBuf,
        /// Offset in the file, in bytes.
        offset: u64,
        /// What is wrong.
        reason: String,
    },
    /// The sequence of segments has a hole.
    #[error(
        "segment {} is missing (found {found} instead); restore it from a backup or a replica",
        expected.display()
    )]
    MissingSegment {
        /// The file that should be there.
        expected: PathBuf,
        /// What was found in its place.
        found: String,
    },
    /// A file was written by another version of the format.
    #[error(
        "{} has log format version {found}, this program reads version {supported}; open it with the headwater release that wrote it, or a later one",
        segment.display()
    )]
    UnknownVersion {
        /// The segment file.
        segment: PathBuf,
        /// Version in the file.
        found: u32,
        /// Version this program reads and writes.
        supported: u32,
    },
    /// Another process (or another log in this one) has the folder open.
    #[error(
        "the event log is in use by another process (lock file {}); stop that one or choose another data folder",
        path.display()
    )]
    Locked {
        /// The lock file.
        path: PathBuf,
    },
    /// Any other failure of the file system.
    #[error("could not {action} {}: {source}", path.display())]
    Io {
        /// What was tried, as a verb: "open", "read", …
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: Arc<io::Error>,
    },
}

impl LogError {
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io {
            action,
            path,
            source: Arc::new(source),
        }
    }

    pub(super) fn corrupt(segment: &Path, offset: u64, reason: impl Into<String>) -> Self {
        Self::Corrupt {
            segment: segment.to_path_buf(),
            offset,
            reason: reason.into(),
        }
    }
}
