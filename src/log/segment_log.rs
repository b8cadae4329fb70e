//! The log on segment files: opening, the handle, closing.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::thread::JoinHandle;

use parking_lot::{Mutex, RwLock};

use super::disk::{Disk, RealDisk};
use super::error::LogError;
use super::queue::Queue;
use super::read::{self, Reader};
use super::recovery::{Recovery, recover};
use super::shared::Shared;
use super::writer::Writer;
use super::{AppendFuture, EventIter, EventLog, LogStats, LoggedEvent, MAX_EVENT_BYTES, NewEvent};

const LOCK_FILE: &str = "LOCK";

/// Settings of a [`SegmentLog`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogOptions {
    /// A segment with that many bytes is sealed and a new one started.
    pub segment_bytes: u64,
    /// More than that many bytes waiting for an answer is [`LogError::Busy`].
    pub max_pending_bytes: usize,
    /// Payload bytes that are compressed together. More is smaller on disk and
    /// dearer for `get`, which decompresses one group.
    pub group_bytes: usize,
    /// Payload bytes that share one `fdatasync`, unless one batch has more.
    pub commit_bytes: usize,
    /// zstd level. With 1 MiB groups of real events level 1 is as fast as the
    /// negative levels and smaller.
    pub zstd_level: i32,
}

impl Default for LogOptions {
    fn default() -> Self {
        Self {
            segment_bytes: 256 << 20,
            max_pending_bytes: 64 << 20,
            group_bytes: 1 << 20,
            commit_bytes: 8 << 20,
            zstd_level: 1,
        }
    }
}

/// The event log on segment files in one folder.
///
/// Reading does blocking file I/O in the calling thread; appending does not.
/// Dropping the log writes and answers what is queued and joins the writer
/// thread; iterators may outlive it.
pub struct SegmentLog {
    shared: Arc<Shared>,
    writer: Option<JoinHandle<()>>,
    /// Released last, when the writer is gone.
    _lock: File,
}

impl SegmentLog {
    /// Opens the log in `dir`, which is created when it does not exist.
    ///
    /// Errors: [`LogError::Locked`], [`LogError::Corrupt`],
    /// [`LogError::MissingSegment`], [`LogError::UnknownVersion`],
    /// [`LogError::Io`]. None of them changes a segment.
    pub fn open(dir: &Path, options: LogOptions) -> Result<(Self, Recovery), LogError> {
        Self::open_with(dir, options, Arc::new(RealDisk))
    }

    /// Like [`SegmentLog::open`], on another file layer (see [`super::faults`]).
    /// The lock file is always a real file.
    pub fn open_with(
        dir: &Path,
        options: LogOptions,
        disk: Arc<dyn Disk>,
    ) -> Result<(Self, Recovery), LogError> {
        disk.create_dir_all(dir)
            .map_err(LogError::io("create", dir))?;
        let lock = lock(dir)?;
        let recovered = recover(&disk, dir)?;
        let shared = Arc::new(Shared {
            disk,
            dir: dir.to_path_buf(),
            options,
            queue: Queue::default(),
            segments: RwLock::new(recovered.segments),
            head: AtomicU64::new(recovered.report.events),
            failed: Mutex::new(None),
            commits: AtomicU64::new(0),
            duplicates: AtomicU64::new(0),
        });
        let writer = Writer::new(Arc::clone(&shared), recovered.active, recovered.dedupe)?;
        let writer = std::thread::Builder::new()
            .name("log-writer".into())
            .spawn(move || writer.run())
            .map_err(LogError::io("start the writer thread of", dir))?;
        let log = Self {
            shared,
            writer: Some(writer),
            _lock: lock,
        };
        Ok((log, recovered.report))
    }

    /// Writes and answers what is queued, then releases the folder. Fails when
    /// the log had failed before.
    pub fn close(mut self) -> Result<(), LogError> {
        self.stop();
        match self.shared.failure() {
            Some(reason) => Err(LogError::Failed(reason)),
            None => Ok(()),
        }
    }

    fn stop(&mut self) {
        self.shared.queue.close();
        if let Some(writer) = self.writer.take() {
            // A panic of the writer is told by `OnExit` as a failure.
            let _ = writer.join();
        }
    }

    fn enqueue(
        &self,
        events: Vec<NewEvent>,
    ) -> Result<tokio::sync::oneshot::Receiver<super::queue::Answer>, LogError> {
        if let Some(reason) = self.shared.failure() {
            return Err(LogError::Failed(reason));
        }
        check_sizes(&events)?;
        let limit = self.shared.options.max_pending_bytes;
        self.shared.queue.push(events, limit)
    }
}

impl Drop for SegmentLog {
    fn drop(&mut self) {
        self.stop();
    }
}

impl EventLog for SegmentLog {
    fn append(&self, events: Vec<NewEvent>) -> AppendFuture {
        let queued = self.enqueue(events);
        Box::pin(async move { queued?.await.unwrap_or(Err(LogError::Closed)) })
    }

    fn read_from(&self, seq: u64) -> Result<EventIter, LogError> {
        let mut reader = Reader::new(&self.shared, seq);
        reader.prepare()?;
        Ok(Box::new(reader))
    }

    fn get(&self, seq: u64) -> Result<Option<LoggedEvent>, LogError> {
        read::get(&self.shared, seq)
    }

    fn head(&self) -> u64 {
        self.shared.head()
    }

    fn stats(&self) -> LogStats {
        self.shared.stats()
    }
}

pub(super) fn check_sizes(events: &[NewEvent]) -> Result<(), LogError> {
    let too_large = events
        .iter()
        .position(|event| event.payload.len() > MAX_EVENT_BYTES);
    let Some(index) = too_large else {
        return Ok(());
    };
    Err(LogError::TooLarge {
        index,
        bytes: events[index].payload.len(),
        limit: MAX_EVENT_BYTES,
    })
}

fn lock(dir: &Path) -> Result<File, LogError> {
    let path = dir.join(LOCK_FILE);
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(LogError::io("open", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(LogError::Locked { path }),
        Err(TryLockError::Error(error)) => Err(LogError::io("lock", &path)(error)),
    }
}
