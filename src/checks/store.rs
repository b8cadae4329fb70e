//! The folder: what is there, what comes, what goes when there is too much.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use chrono::{DateTime, Duration, DurationRound, Utc};
use parking_lot::{Mutex, RwLock};

use crate::impact::report::Report;

use super::draft::is_id;
use crate::store::UNFINISHED;

use super::file::{self, ENDING, failed};
use super::{CheckLimits, Checks, ChecksError, Draft, FORMAT, Head, Kept};

/// What became of a check that was sent.
#[derive(Debug)]
pub struct Put {
    /// It, as it is stored.
    pub head: Head,
    /// It was not there before.
    pub new: bool,
    /// Older ones that had to go.
    pub dropped: usize,
}

/// Some of the checks, the newest first.
#[derive(Debug)]
pub struct Page {
    /// They.
    pub heads: Vec<Head>,
    /// There are older ones.
    pub more: bool,
    /// How many are kept in all.
    pub total: usize,
}

/// A place in the list of checks. It holds when the check that stood there is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor(DateTime<Utc>);

impl Head {
    /// Its place in the list.
    pub fn cursor(&self) -> Cursor {
        Cursor(self.stored_at)
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.timestamp_millis())
    }
}

impl FromStr for Cursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let millis = text.parse().map_err(|_| ())?;
        DateTime::from_timestamp_millis(millis).map(Self).ok_or(())
    }
}

impl Checks {
    /// Opens the folder, which is made when the first check comes. What cannot be read is left where
    /// it is and told, as is what the limits no longer allow.
    ///
    /// # Errors
    /// When the folder cannot be listed.
    pub fn open(
        dir: PathBuf,
        limits: CheckLimits,
        told: &mut Vec<String>,
    ) -> Result<Self, ChecksError> {
        let mut held = BTreeMap::new();
        if dir.exists() {
            let listing = || failed("listing the stored checks in", &dir);
            for entry in std::fs::read_dir(&dir).map_err(listing())? {
                let path = entry.map_err(listing())?.path();
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                if name.ends_with(UNFINISHED) {
                    _ = std::fs::remove_file(&path);
                }
                if !name.ends_with(ENDING) {
                    continue;
                }
                let bytes = path.metadata().map_or(0, |found| found.len());
                match file::head(&path) {
                    Ok(head) => _ = held.insert(head.stored_at, Kept { head, bytes }),
                    Err(error) => told.push(error.to_string()),
                }
            }
        }
        let checks = Self {
            dir,
            limits,
            held: RwLock::new(held),
            writing: Mutex::new(()),
        };
        let dropped = checks.make_room();
        if dropped > 0 {
            told.push(format!(
                "{dropped} stored checks were deleted, the oldest: checks.keep and checks.total_bytes allow no more"
            ));
        }
        Ok(checks)
    }

    /// How much is kept.
    pub fn limits(&self) -> CheckLimits {
        self.limits
    }

    /// Stores a check; when it returns, it is on disk. `now` is the present.
    ///
    /// # Errors
    /// When it cannot be written; then nothing has changed.
    pub fn put(&self, draft: &Draft, now: DateTime<Utc>) -> Result<Put, ChecksError> {
        let id = draft.id();
        let _alone = self.writing.lock();
        if let Some(head) = self.head(&id) {
            return Ok(Put {
                head,
                new: false,
                dropped: 0,
            });
        }
        let head = Head {
            headwater_stored_check: FORMAT,
            id,
            stored_at: self.next_time(now),
            checked_at: draft.checked_at,
            context: draft.context.clone(),
            verdict: draft.report.verdict,
            exit: draft.exit,
            source: draft.report.source.clone(),
            summary: draft.report.summary.clone(),
        };
        std::fs::create_dir_all(&self.dir).map_err(failed("making the folder", &self.dir))?;
        let bytes = file::write(&self.dir, &head, &draft.report)?;
        let kept = Kept {
            head: head.clone(),
            bytes,
        };
        self.held.write().insert(head.stored_at, kept);
        Ok(Put {
            head,
            new: true,
            dropped: self.make_room(),
        })
    }

    /// The present in whole milliseconds, but after all that is stored, whatever the clock says: it
    /// is the order of the list.
    fn next_time(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let millisecond = Duration::milliseconds(1);
        let now = now.duration_trunc(millisecond).unwrap_or(now);
        let held = self.held.read();
        let last = held.last_key_value().map(|(last, _)| *last + millisecond);
        last.map_or(now, |after| after.max(now))
    }

    /// Deletes the oldest until the limits hold; the newest stays in any case.
    fn make_room(&self) -> usize {
        let mut held = self.held.write();
        let mut bytes: u64 = held.values().map(|kept| kept.bytes).sum();
        let mut dropped = 0;
        while held.len() > 1 && (held.len() > self.limits.keep || bytes > self.limits.total_bytes) {
            let Some((_, oldest)) = held.pop_first() else {
                break;
            };
            bytes -= oldest.bytes;
            dropped += 1;
            let path = file::path(&self.dir, &oldest.head.id);
            if let Err(error) = std::fs::remove_file(&path) {
                tracing::warn!(%error, path = %path.display(), "deleting a stored check");
            }
        }
        if dropped > 0 {
            tracing::info!(
                dropped,
                kept = held.len(),
                "deleted the oldest stored checks"
            );
        }
        dropped
    }

    /// What is known of a check without its report.
    pub fn head(&self, id: &str) -> Option<Head> {
        let held = self.held.read();
        let mut newest_first = held.values().rev();
        let found = newest_first.find(|kept| kept.head.id == id);
        found.map(|kept| kept.head.clone())
    }

    /// The report of a check; `None` when there is none of this id (any more).
    ///
    /// # Errors
    /// When its file cannot be read.
    pub fn report(&self, id: &str) -> Result<Option<Report>, ChecksError> {
        if !is_id(id) {
            return Ok(None);
        }
        file::report(&file::path(&self.dir, id))
    }

    /// Checks from the newest on, or from behind a cursor.
    pub fn page(&self, after: Option<Cursor>, first: usize) -> Page {
        let held = self.held.read();
        let before = after.map_or(DateTime::<Utc>::MAX_UTC, |cursor| cursor.0);
        let mut rest = held.range(..before).rev();
        let heads = rest.by_ref().take(first);
        let heads = heads.map(|(_, kept)| kept.head.clone()).collect();
        Page {
            heads,
            more: rest.next().is_some(),
            total: held.len(),
        }
    }
}
