//! The folder: a file for each event, a line of JSON (the head) and the event as it was sent. Files
//! are written beside their place, synced and renamed, so one is there whole or not at all.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use parking_lot::Mutex;

use crate::store::{UNFINISHED, write_whole};

use super::{FORMAT, Head, Held, Quarantine, QuarantineError, QuarantineLimits};

/// How names of files end.
const ENDING: &str = ".event";
/// How names of marks end.
const RELEASED: &str = ".released";
/// Bytes of a head at most.
const HEAD: u64 = 1 << 20;
/// Marks of released events; beyond them none is made, and a sender's next try is looked at anew.
const MARKS: usize = 100_000;

/// What became of an event that was turned away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// It is in quarantine, on disk.
    Yes,
    /// There is no room for it, as the text says.
    No(String),
}

fn failed<'p>(
    what: &'static str,
    path: &'p Path,
) -> impl FnOnce(std::io::Error) -> QuarantineError + use<'p> {
    move |source| QuarantineError::Io {
        what,
        path: path.display().to_string(),
        source,
    }
}

fn is_id(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

impl Quarantine {
    /// Opens the folder, which is made when the first event comes. What cannot be read is left where
    /// it is and told.
    ///
    /// # Errors
    /// When the folder cannot be listed.
    pub fn open(
        dir: PathBuf,
        limits: QuarantineLimits,
        told: &mut Vec<String>,
    ) -> Result<Self, QuarantineError> {
        let mut held = Held::default();
        if dir.exists() {
            let listing = || failed("listing the quarantine in", &dir);
            for entry in std::fs::read_dir(&dir).map_err(listing())? {
                let path = entry.map_err(listing())?.path();
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                if name.ends_with(UNFINISHED) {
                    _ = std::fs::remove_file(&path);
                }
                if let Some(id) = name.strip_suffix(RELEASED) {
                    held.released.insert(id.to_owned());
                }
                if !name.ends_with(ENDING) {
                    continue;
                }
                match read(&path, false) {
                    Ok((head, _)) => {
                        held.bytes += head.bytes;
                        held.heads.insert(head.id.clone(), head);
                    }
                    Err(error) => told.push(error.to_string()),
                }
            }
        }
        if !held.heads.is_empty() {
            told.push(format!(
                "{} events are in quarantine; see /api/v1/quarantine",
                held.heads.len()
            ));
        }
        Ok(Self {
            dir,
            limits,
            held: Mutex::new(held),
        })
    }

    fn path(&self, id: &str) -> PathBuf {
        self.dir.join(format!("{id}{ENDING}"))
    }

    /// Keeps an event; when it returns, it is on disk. One that is there already stays as it is.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep(&self, head: Head, event: &[u8]) -> Result<Kept, QuarantineError> {
        let mut held = self.held.lock();
        if held.heads.contains_key(&head.id) {
            return Ok(Kept::Yes);
        }
        let (events, bytes) = (self.limits.events, self.limits.bytes);
        if held.heads.len() >= events || held.bytes + head.bytes > bytes {
            return Ok(Kept::No(format!(
                "it was not kept: the quarantine has {} events and {} bytes, at most {events} and {bytes} are kept (quarantine.events, quarantine.bytes); release or discard some",
                held.heads.len(),
                held.bytes
            )));
        }
        let path = self.path(&head.id);
        std::fs::create_dir_all(&self.dir).map_err(failed("making the folder", &self.dir))?;
        let line = serde_json::to_vec(&head).map_err(|error| QuarantineError::Damaged {
            path: path.display().to_string(),
            reason: error.to_string(),
        })?;
        let file = [&line, &b"\n"[..], event].concat();
        write_whole(&path, &file).map_err(failed("writing the event in quarantine", &path))?;
        held.bytes += head.bytes;
        held.heads.insert(head.id.clone(), head);
        Ok(Kept::Yes)
    }

    /// How many events there are, and their bytes.
    pub fn size(&self) -> (usize, u64) {
        let held = self.held.lock();
        (held.heads.len(), held.bytes)
    }

    /// Whether an event was released before.
    pub fn was_released(&self, id: &str) -> bool {
        self.held.lock().released.contains(id)
    }

    /// Events behind an id, the earliest received first, and whether there are more.
    pub fn page(&self, after: Option<&str>, first: usize) -> (Vec<Head>, bool) {
        let held = self.held.lock();
        let mut heads: Vec<&Head> = held.heads.values().collect();
        heads.sort_by_key(|head| (head.received_at, &head.id));
        let behind = after.and_then(|after| heads.iter().position(|head| head.id == after));
        let rest = &heads[behind.map_or(0, |at| at + 1)..];
        let page = rest.iter().take(first).map(|head| (*head).clone());
        (page.collect(), rest.len() > first)
    }

    /// An event as it was sent; `None` when there is none of this id.
    ///
    /// # Errors
    /// When its file cannot be read.
    pub fn event(&self, id: &str) -> Result<Option<(Head, Bytes)>, QuarantineError> {
        if !is_id(id) || !self.held.lock().heads.contains_key(id) {
            return Ok(None);
        }
        let (head, event) = read(&self.path(id), true)?;
        Ok(Some((head, Bytes::from(event))))
    }

    /// Takes an event out; whether it was there. Where it was `released` a mark stays.
    ///
    /// # Errors
    /// When its file cannot be deleted, or the mark not be made; then it is there still.
    pub fn take_out(&self, id: &str, released: bool) -> Result<bool, QuarantineError> {
        let mut held = self.held.lock();
        if !held.heads.contains_key(id) {
            return Ok(false);
        }
        if released && held.released.len() < MARKS {
            let mark = self.dir.join(format!("{id}{RELEASED}"));
            write_whole(&mark, b"").map_err(failed("marking the released event", &mark))?;
            held.released.insert(id.to_owned());
        }
        let path = self.path(id);
        std::fs::remove_file(&path).map_err(failed("deleting the event in quarantine", &path))?;
        if let Some(head) = held.heads.remove(id) {
            held.bytes = held.bytes.saturating_sub(head.bytes);
        }
        Ok(true)
    }
}

/// The head of a file, and the event where it is wanted.
fn read(path: &Path, whole: bool) -> Result<(Head, Vec<u8>), QuarantineError> {
    let damaged = |reason: String| QuarantineError::Damaged {
        path: path.display().to_string(),
        reason,
    };
    let file = File::open(path).map_err(failed("opening", path))?;
    let mut reader = BufReader::new(file);
    let mut line = Vec::new();
    let mut limited = reader.by_ref().take(HEAD);
    limited
        .read_until(b'\n', &mut line)
        .map_err(failed("reading", path))?;
    let head: Head = serde_json::from_slice(&line).map_err(|error| damaged(error.to_string()))?;
    if head.headwater_quarantine != FORMAT {
        let reason = format!("its format is {}, not {FORMAT}", head.headwater_quarantine);
        return Err(damaged(reason));
    }
    let mut event = Vec::new();
    if whole {
        reader
            .read_to_end(&mut event)
            .map_err(failed("reading", path))?;
        if event.len() as u64 != head.bytes {
            let reason = format!("the event has {} bytes, not {}", event.len(), head.bytes);
            return Err(damaged(reason));
        }
    }
    Ok((head, event))
}
