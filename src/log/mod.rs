//! The event log: append-only segment files, the only truth of the system.
//!
//! An event is acknowledged when, and only when, it is durable here. Everything
//! else (catalog, graph, index) is computed from what [`EventLog::read_from`]
//! returns. What does not belong here: parsing events, computing their hashes,
//! deciding whether an event is welcome.
//!
//! # Files
//!
//! One folder holds `LOCK`, segments `<first seq, 20 digits>.seg` and, beside
//! each sealed segment, a rebuildable side file `<first seq>.idx` (`index.rs`
//! describes it). All integers are little-endian.
//!
//! # Segment, format version 1
//!
//! ```text
//! segment header, 28 bytes
//!    0  magic "HWLOGSEG"
//!    8  u32 format version, 1
//!   12  u64 seq of the first event of the segment
//!   20  u32 salt: random, the initial value of every other CRC of the segment
//!   24  u32 CRC32 of bytes 0..24
//! then groups, one after the other, until the end of the file
//!   group header, 48 bytes
//!    0  magic "HWGR"
//!    4  u64 seq of the first event of the group
//!   12  u64 seq of the first event of the commit that the group belongs to
//!   20  u32 number of events
//!   24  u32 length of the payload block when decompressed
//!   28  u32 length of the payload block as stored
//!   32  u32 codec of the payload block: 0 stored as is, 1 zstd
//!   36  u32 reserved, 0
//!   40  u32 CRC32 (salted) of the record headers and the stored payload block
//!   44  u32 CRC32 (salted) of bytes 0..44
//!   record headers, 28 bytes for each event
//!    0  16 bytes content hash
//!   16  i64 time of receipt, milliseconds since 1970
//!   24  u32 length of the payload
//!   payload block: the payloads, verbatim, one after the other, compressed whole
//! ```
//!
//! The salt makes it impossible to post an event whose bytes look like a valid
//! group of this segment.
//!
//! # Commits
//!
//! The writer takes what is pending, writes it as one or more groups (a *commit*)
//! and calls `fdatasync` before it writes anything else. So a group of a later
//! commit proves that the earlier commit was durable. That is the rule by which
//! recovery tells a torn tail (cut, and reported) from damage (refused).
//!
//! # Failures
//!
//! A write that fails is rolled back by truncation; the log goes on. A sync that
//! fails poisons the log until it is opened again: after a failed `fsync` the
//! kernel may drop the dirty pages and report success the next time.

mod dedupe;
mod disk;
mod error;
pub mod faults;
mod filter;
mod format;
mod index;
mod memory;
mod queue;
mod read;
mod recovery;
mod scan;
mod segment;
mod segment_log;
mod shared;
mod writer;

#[cfg(test)]
mod conformance;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;

pub use disk::{Disk, OpenMode, RealDisk, SegmentFile};
pub use error::LogError;
pub use memory::MemoryLog;
pub use recovery::{Recovery, Truncated};
pub use segment_log::{LogOptions, SegmentLog};

/// Canonical content hash of an event, computed by the caller. Two events with
/// the same hash are one event to the log. It must be the output of a good hash
/// function: the duplicate filters rely on its bits being evenly spread.
pub type EventHash = [u8; 16];

/// Longest payload of one event that the log takes, in bytes.
pub const MAX_EVENT_BYTES: usize = 512 << 20;

/// An event to append.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// Canonical content hash.
    pub hash: EventHash,
    /// Time of receipt, milliseconds since 1970-01-01 UTC.
    pub received_ms: i64,
    /// The event as it was posted, byte for byte.
    pub payload: Bytes,
}

/// What became of one appended event. Either way it is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appended {
    /// The event is new.
    Accepted {
        /// Its place in the log.
        seq: u64,
    },
    /// An event with the same hash was in the log, or earlier in the same batch.
    Duplicate {
        /// The place of that first event.
        seq: u64,
    },
}

impl Appended {
    /// Where the event is in the log.
    pub fn seq(self) -> u64 {
        match self {
            Self::Accepted { seq } | Self::Duplicate { seq } => seq,
        }
    }
}

/// An event read back from the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedEvent {
    /// Place in the log: 1, 2, 3, … without gaps.
    pub seq: u64,
    /// Content hash as given to `append`.
    pub hash: EventHash,
    /// Time of receipt as given to `append`, milliseconds since 1970-01-01 UTC.
    pub received_ms: i64,
    /// The payload as given to `append`. From an iterator it is a slice of a
    /// decompressed group: copy it before keeping it for long.
    pub payload: Bytes,
}

/// Figures of a log, for metrics and the status page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogStats {
    /// Number of segment files.
    pub segments: usize,
    /// Bytes on disk: segments and side files.
    pub bytes: u64,
    /// Durable events.
    pub events: u64,
    /// Commits (one `fdatasync` each) since the log was opened.
    pub commits: u64,
    /// Duplicates answered since the log was opened.
    pub duplicates: u64,
    /// Bytes of the appends that wait for an answer.
    pub pending_bytes: usize,
    /// Why the log takes no more appends, if it has failed.
    pub failed: Option<String>,
}

/// What [`EventLog::append`] returns: one [`Appended`] for each event, in order.
pub type AppendFuture = Pin<Box<dyn Future<Output = Result<Vec<Appended>, LogError>> + Send>>;

/// Events in order of `seq`. Ends after the first error.
pub type EventIter = Box<dyn Iterator<Item = Result<LoggedEvent, LogError>> + Send>;

/// A durable, ordered, deduplicated log of events.
pub trait EventLog: Send + Sync + 'static {
    /// Appends a batch. The batch is queued by the call itself; the future
    /// resolves when every event of the batch is durable, duplicates included.
    /// Dropping the future does not withdraw the batch.
    ///
    /// On an error none of the events is acknowledged; some may be found in the
    /// log later, and are duplicates when they are sent again.
    fn append(&self, events: Vec<NewEvent>) -> AppendFuture;

    /// All events from `seq` (0 and 1 are both the first) to the head at the
    /// time of the call. Past the head the iterator is empty.
    fn read_from(&self, seq: u64) -> Result<EventIter, LogError>;

    /// One event, or `None` when there is no such event (yet).
    fn get(&self, seq: u64) -> Result<Option<LoggedEvent>, LogError>;

    /// Seq of the last durable event, 0 when the log is empty.
    fn head(&self) -> u64;

    /// Current figures. Does no I/O.
    fn stats(&self) -> LogStats;
}
