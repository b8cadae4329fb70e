//! Test support: a file layer that fails on demand.
//!
//! For tests of the log and of whole servers: open a log with
//! [`super::SegmentLog::open_with`] on an `Arc<FaultDisk>` and keep a clone of it to
//! pull the strings. Files are real files. It can hold syncs back, fail syncs
//! and writes, shorten writes, and lose what was not synced as a power cut does.
//! It only keeps the books about syncs, it never really syncs. As on Linux, what
//! a failed sync should have written is not written by the next one either.

use std::collections::HashMap;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::{Condvar, Mutex};

use super::disk::{Disk, OpenMode, RealDisk, SegmentFile};

#[derive(Default)]
struct Faults {
    hold_syncs: bool,
    held: usize,
    skip_syncs: bool,
    fail_syncs: Option<io::ErrorKind>,
    fail_set_len: Option<io::ErrorKind>,
    /// Bytes that may still be written before writes fail, and how they fail.
    fail_writes: Option<(usize, io::ErrorKind)>,
    short_writes: Option<usize>,
    syncs: u64,
    /// Files by name, with the length that a power cut leaves them.
    durable: HashMap<PathBuf, u64>,
    /// By file, bytes that a failed sync left in the page cache as if they were
    /// written: they read well, and no later sync writes them.
    lost: HashMap<PathBuf, Range<u64>>,
    /// Files whose entry in the folder is not durable yet.
    unsynced_entries: Vec<PathBuf>,
}

struct State {
    faults: Mutex<Faults>,
    changed: Condvar,
}

/// A [`Disk`] over the real file system, with faults.
#[derive(Clone)]
pub struct FaultDisk {
    state: Arc<State>,
}

impl Default for FaultDisk {
    fn default() -> Self {
        Self::new()
    }
}

impl FaultDisk {
    /// A disk without faults.
    pub fn new() -> Self {
        Self {
            state: Arc::new(State {
                faults: Mutex::default(),
                changed: Condvar::new(),
            }),
        }
    }

    /// From now on file syncs do not return until [`Self::release_syncs`].
    pub fn hold_syncs(&self) {
        self.change(|faults| faults.hold_syncs = true);
    }

    /// Lets the syncs go that are held, and later ones.
    pub fn release_syncs(&self) {
        self.change(|faults| faults.hold_syncs = false);
    }

    /// Blocks until a sync is held back. For a test: the write is done by then.
    pub fn wait_for_held_sync(&self) {
        let mut faults = self.state.faults.lock();
        while faults.held == 0 {
            self.state.changed.wait(&mut faults);
        }
    }

    /// Makes file and folder syncs fail with `kind`, or succeed again.
    pub fn fail_syncs(&self, kind: Option<io::ErrorKind>) {
        self.change(|faults| faults.fail_syncs = kind);
    }

    /// Makes truncations fail with `kind`, or succeed again.
    pub fn fail_set_len(&self, kind: Option<io::ErrorKind>) {
        self.change(|faults| faults.fail_set_len = kind);
    }

    /// Lets `bytes` more bytes be written; after them every write fails with
    /// `kind` (`StorageFull` for a full disk) until [`Self::allow_writes`].
    pub fn fail_writes_after(&self, bytes: usize, kind: io::ErrorKind) {
        self.change(|faults| faults.fail_writes = Some((bytes, kind)));
    }

    /// Ends [`Self::fail_writes_after`].
    pub fn allow_writes(&self) {
        self.change(|faults| faults.fail_writes = None);
    }

    /// Makes each write take at most `bytes` bytes (at least 1).
    pub fn short_writes(&self, bytes: usize) {
        self.change(|faults| faults.short_writes = Some(bytes.max(1)));
    }

    /// Makes syncs return success without syncing. Faster tests, and with
    /// [`Self::power_cut`] a proof that syncs matter.
    pub fn skip_syncs(&self) {
        self.change(|faults| faults.skip_syncs = true);
    }

    /// File syncs that succeeded so far.
    pub fn syncs(&self) -> u64 {
        self.state.faults.lock().syncs
    }

    /// Leaves on the real disk what a power cut would: files of this disk are
    /// cut to their length at their last sync, and those whose creation was
    /// not followed by a sync of the folder are gone. Close the log first.
    pub fn power_cut(&self) -> io::Result<()> {
        let mut faults = self.state.faults.lock();
        for path in std::mem::take(&mut faults.unsynced_entries) {
            faults.durable.remove(&path);
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        for (path, len) in &faults.durable {
            let file = std::fs::File::options().write(true).open(path)?;
            if file.metadata()?.len() > *len {
                file.set_len(*len)?;
            }
        }
        Ok(())
    }

    fn change(&self, change: impl FnOnce(&mut Faults)) {
        change(&mut self.state.faults.lock());
        self.state.changed.notify_all();
    }
}

impl Disk for FaultDisk {
    fn create_dir_all(&self, dir: &Path) -> io::Result<()> {
        RealDisk.create_dir_all(dir)
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        RealDisk.list(dir)
    }

    fn open(&self, path: &Path, mode: OpenMode) -> io::Result<Box<dyn SegmentFile>> {
        let file = RealDisk.open(path, mode)?;
        let len = file.len()?;
        let mut faults = self.state.faults.lock();
        match mode {
            OpenMode::Create => {
                faults.durable.insert(path.to_path_buf(), 0);
                faults.unsynced_entries.push(path.to_path_buf());
            }
            // What was there before this disk came is taken for durable.
            OpenMode::Read | OpenMode::Write => {
                faults.durable.entry(path.to_path_buf()).or_insert(len);
            }
        }
        Ok(Box::new(FaultFile {
            name: Mutex::new(path.to_path_buf()),
            file,
            state: Arc::clone(&self.state),
        }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        RealDisk.rename(from, to)?;
        let mut faults = self.state.faults.lock();
        let len = faults.durable.remove(from).unwrap_or_default();
        faults.durable.insert(to.to_path_buf(), len);
        faults.unsynced_entries.retain(|path| path != from);
        faults.unsynced_entries.push(to.to_path_buf());
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut faults = self.state.faults.lock();
        faults.durable.remove(path);
        faults.unsynced_entries.retain(|other| other != path);
        RealDisk.remove(path)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        let mut faults = self.state.faults.lock();
        if let Some(kind) = faults.fail_syncs {
            return Err(kind.into());
        }
        if faults.skip_syncs {
            return Ok(());
        }
        faults
            .unsynced_entries
            .retain(|path| path.parent() != Some(dir));
        Ok(())
    }
}

struct FaultFile {
    name: Mutex<PathBuf>,
    file: Box<dyn SegmentFile>,
    state: Arc<State>,
}

impl FaultFile {
    /// The name in the books: a file that was created under a temporary name
    /// is known by the name it was renamed to.
    fn path(&self, faults: &Faults) -> PathBuf {
        let mut name = self.name.lock();
        if !faults.durable.contains_key(&*name) {
            name.set_extension("");
        }
        name.clone()
    }
}

impl SegmentFile for FaultFile {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        self.file.read_at(buf, offset)
    }

    fn write_at(&self, buf: &[u8], offset: u64) -> io::Result<usize> {
        let mut faults = self.state.faults.lock();
        let mut size = buf.len().min(faults.short_writes.unwrap_or(usize::MAX));
        if let Some((left, kind)) = &mut faults.fail_writes {
            if *left == 0 {
                return Err((*kind).into());
            }
            size = size.min(*left);
            *left -= size;
        }
        let written = self.file.write_at(&buf[..size], offset)?;
        let path = self.path(&faults);
        if let Some(lost) = faults.lost.get_mut(&path)
            && offset <= lost.start
        {
            // Dirty again.
            lost.start = lost.start.max(offset + written as u64);
        }
        Ok(written)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut faults = self.state.faults.lock();
        if let Some(kind) = faults.fail_set_len {
            return Err(kind.into());
        }
        self.file.set_len(len)?;
        let path = self.path(&faults);
        if let Some(durable) = faults.durable.get_mut(&path) {
            *durable = len.min(*durable);
        }
        if let Some(lost) = faults.lost.get_mut(&path) {
            lost.end = len.min(lost.end);
        }
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut faults = self.state.faults.lock();
        faults.held += 1;
        self.state.changed.notify_all();
        while faults.hold_syncs {
            self.state.changed.wait(&mut faults);
        }
        faults.held -= 1;
        let path = self.path(&faults);
        let len = self.file.len()?;
        if let Some(kind) = faults.fail_syncs {
            let durable = faults.durable.get(&path).copied().unwrap_or_default();
            faults.lost.insert(path, durable..len);
            return Err(kind.into());
        }
        faults.syncs += 1;
        if faults.skip_syncs {
            return Ok(());
        }
        let lost = faults.lost.get(&path).filter(|lost| !lost.is_empty());
        let durable = lost.map_or(len, |lost| lost.start);
        faults.durable.insert(path, durable);
        Ok(())
    }
}
