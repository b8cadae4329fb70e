//! What is not well at the moment, in words that say what to do about it.
//!
//! Each part sets its own state and takes it back when it works again. The state of the log after
//! a failed sync is the log's own ([`crate::log::LogStats::failed`]).

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::log::LogError;

use super::EngineStatus;

/// Readiness ends when answers are that many events behind the log.
pub(super) const MAX_LAG: u64 = 100_000;
/// How long after a refused append the disk is tried by a file of our own, and how often.
const TRY_ROOM_AFTER: Duration = Duration::from_secs(2);
/// Name of that file, in the data folder.
const TRIAL_FILE: &str = "room.trial";
/// The least and the most that is tried, bytes: a full disk may have room for a few bytes.
const TRIAL_BYTES: std::ops::RangeInclusive<usize> = (64 << 10)..=(16 << 20);

/// Why the server is not ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unready {
    /// Stable name: `log_failed`, `disk_full`, `not_written`, `catalog_broken`, `search_broken` or
    /// `behind`.
    pub code: &'static str,
    /// What is wrong and what to do.
    pub message: String,
}

/// The last append, when it was not written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppendFailure {
    /// `disk_full` or `not_written`.
    pub code: &'static str,
    /// What the log said.
    pub reason: String,
}

struct Refused {
    failure: AppendFailure,
    bytes: usize,
    tried: Instant,
}

/// What is not well.
#[derive(Default)]
pub(crate) struct Health {
    append: Mutex<Option<Refused>>,
    search: Mutex<Option<String>>,
}

impl Health {
    /// An event was written.
    pub fn written(&self) {
        self.append.lock().take();
    }

    /// Takes note of why an append of that many bytes was refused.
    pub fn refused(&self, bytes: usize, error: &LogError) {
        // Overload passes, a failed log says so itself, the rest is about one event.
        if !matches!(error, LogError::NotWritten { .. }) {
            return;
        }
        let failure = AppendFailure {
            code: code(error),
            reason: error.to_string(),
        };
        *self.append.lock() = Some(Refused {
            failure,
            bytes,
            tried: Instant::now(),
        });
    }

    /// Why the last append was not written.
    pub fn append_failure(&self) -> Option<AppendFailure> {
        let refused = self.append.lock();
        refused.as_ref().map(|refused| refused.failure.clone())
    }

    /// Tries whether the disk has room again after a refused append. Without that, a balancer that
    /// heeds `/readyz` would send nothing more, and so no append would ever succeed.
    pub fn try_room(&self, dir: &Path) {
        let bytes = {
            let mut refused = self.append.lock();
            match refused.as_mut() {
                Some(refused) if refused.tried.elapsed() >= TRY_ROOM_AFTER => {
                    refused.tried = Instant::now();
                    refused.bytes
                }
                _ => return,
            }
        };
        if trial(dir, bytes).is_ok() {
            tracing::info!("the disk has room again");
            self.append.lock().take();
        }
    }

    /// Why search stands still.
    pub fn search(&self) -> Option<String> {
        self.search.lock().clone()
    }

    /// Takes note of how search does.
    pub fn set_search(&self, reason: Option<String>) {
        *self.search.lock() = reason;
    }
}

/// Stable name of why the log took nothing.
pub(super) fn code(error: &LogError) -> &'static str {
    use std::io::ErrorKind::{QuotaExceeded, StorageFull};
    match error {
        LogError::Busy { .. } => "busy",
        LogError::TooLarge { .. } => "too_large",
        LogError::NotWritten { source, .. } => match source.kind() {
            StorageFull | QuotaExceeded => "disk_full",
            _ => "not_written",
        },
        LogError::Closed => "closed",
        _ => "failed",
    }
}

/// Writes a file of that size and removes it.
fn trial(dir: &Path, bytes: usize) -> std::io::Result<()> {
    let path = dir.join(TRIAL_FILE);
    let write = || {
        let mut file = std::fs::File::create(&path)?;
        file.write_all(&vec![
            0;
            bytes.clamp(*TRIAL_BYTES.start(), *TRIAL_BYTES.end())
        ])?;
        file.sync_all()
    };
    let written = write();
    let removed = std::fs::remove_file(&path);
    written.and(removed)
}

/// What the system says when the disk of a folder has no room; `None` when it has.
pub(super) fn full(dir: &Path) -> Option<std::io::Error> {
    use std::io::ErrorKind::{QuotaExceeded, StorageFull};
    let error = trial(dir, *TRIAL_BYTES.start()).err()?;
    matches!(error.kind(), StorageFull | QuotaExceeded).then_some(error)
}

impl EngineStatus {
    /// Why the server is not ready: the gravest reason.
    pub fn unready(&self) -> Option<Unready> {
        let unready = |code, message| Some(Unready { code, message });
        if let Some(reason) = &self.log.failed {
            let message =
                format!("{reason}; no event is taken: check the disk, then start the server again");
            return unready("log_failed", message);
        }
        if let Some(AppendFailure { code, reason }) = &self.append_failure {
            let message = format!(
                "{reason}; events are refused until there is room: make room on the disk of the data folder, the server then goes on by itself"
            );
            return unready(code, message);
        }
        if let Some(reason) = &self.broken {
            return unready("catalog_broken", reason.clone());
        }
        if let Some(reason) = &self.search_broken {
            return unready("search_broken", reason.clone());
        }
        let lag = self.head_seq.saturating_sub(self.applied_seq);
        if lag > MAX_LAG {
            let message = format!(
                "answers lag {lag} events behind the log; they catch up by themselves, wait"
            );
            return unready("behind", message);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn not_written(kind: std::io::ErrorKind) -> LogError {
        LogError::NotWritten {
            path: "log".into(),
            source: Arc::new(kind.into()),
        }
    }

    #[test]
    fn an_append_that_is_written_takes_the_failure_back() {
        let health = Health::default();
        health.refused(7, &not_written(std::io::ErrorKind::StorageFull));
        assert_eq!(health.append_failure().map(|f| f.code), Some("disk_full"));
        health.refused(7, &LogError::Closed);
        assert!(health.append_failure().is_some());
        health.written();
        assert_eq!(health.append_failure(), None);
        health.refused(7, &not_written(std::io::ErrorKind::Other));
        assert_eq!(health.append_failure().map(|f| f.code), Some("not_written"));
    }

    #[test]
    fn room_on_the_disk_takes_the_failure_back_after_a_while() {
        let (health, dir) = (Health::default(), tempfile::tempdir().unwrap());
        health.refused(7, &not_written(std::io::ErrorKind::StorageFull));
        health.try_room(dir.path());
        assert!(health.append_failure().is_some(), "too early");
        if let Some(refused) = health.append.lock().as_mut() {
            refused.tried = Instant::now().checked_sub(TRY_ROOM_AFTER).unwrap();
        }
        health.try_room(&dir.path().join("none"));
        assert!(health.append_failure().is_some(), "nothing could be tried");
        if let Some(refused) = health.append.lock().as_mut() {
            refused.tried = Instant::now().checked_sub(TRY_ROOM_AFTER).unwrap();
        }
        health.try_room(dir.path());
        assert_eq!(health.append_failure(), None);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
