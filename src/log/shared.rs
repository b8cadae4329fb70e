//! What the writer thread, the readers and the handle of a segment log share.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::{Mutex, RwLock};

use super::LogStats;
use super::disk::Disk;
use super::queue::Queue;
use super::segment::Segment;
use super::segment_log::LogOptions;

/// State of an open log.
pub(super) struct Shared {
    pub disk: Arc<dyn Disk>,
    pub dir: PathBuf,
    pub options: LogOptions,
    pub queue: Queue,
    /// In order of their first seq; the last one is active. Never empty.
    pub segments: RwLock<Vec<Arc<Segment>>>,
    /// Last durable seq. Stored after the segments are up to date, so that who
    /// loads it first finds every event up to it.
    pub head: AtomicU64,
    /// Why the log takes no more appends.
    pub failed: Mutex<Option<String>>,
    pub commits: AtomicU64,
    pub duplicates: AtomicU64,
}

impl Shared {
    pub fn head(&self) -> u64 {
        self.head.load(Ordering::Acquire)
    }

    /// Fails the log for good. The first reason is kept.
    pub fn fail(&self, reason: String) {
        self.failed.lock().get_or_insert(reason);
    }

    pub fn failure(&self) -> Option<String> {
        self.failed.lock().clone()
    }

    pub fn stats(&self) -> LogStats {
        let segments = self.segments.read();
        LogStats {
            segments: segments.len(),
            bytes: segments.iter().map(|segment| segment.bytes()).sum(),
            events: self.head(),
            commits: self.commits.load(Ordering::Relaxed),
            duplicates: self.duplicates.load(Ordering::Relaxed),
            pending_bytes: self.queue.pending_bytes(),
            failed: self.failure(),
        }
    }
}
