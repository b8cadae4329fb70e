//! Exact recognition of events that are in the log already.
//!
//! The active segment has a map in memory; each sealed segment has a filter in
//! memory and its sorted hashes in the side file. A segment that was just
//! sealed keeps its map until a helper thread has written the side file, so
//! that the writer does not wait for it. Only the writer thread comes here.

use std::sync::Arc;
use std::thread::JoinHandle;

use ahash::AHashMap;

use super::EventHash;
use super::disk::Disk;
use super::error::LogError;
use super::filter::Probe;
use super::index::SideIndex;
use super::segment::Segment;

/// Helper threads that may write side files at the same time.
const MAX_HELPERS: usize = 2;

type Map = AHashMap<EventHash, u32>;

struct Sealed {
    segment: Arc<Segment>,
    index: SideIndex,
}

/// A sealed segment whose side file is not there yet.
struct Sealing {
    segment: Arc<Segment>,
    map: Arc<Map>,
    helper: Option<JoinHandle<Result<SideIndex, LogError>>>,
}

/// All content hashes of the log.
pub(super) struct Dedupe {
    disk: Arc<dyn Disk>,
    first_seq: u64,
    active: Map,
    sealing: Vec<Sealing>,
    sealed: Vec<Sealed>,
    /// Where the last duplicate was found: a replay finds the next one there.
    last_hit: usize,
}

impl Dedupe {
    /// For a log whose active segment starts with `first_seq`.
    pub fn new(disk: Arc<dyn Disk>, first_seq: u64) -> Self {
        Self {
            disk,
            first_seq,
            active: Map::default(),
            sealing: Vec::new(),
            sealed: Vec::new(),
            last_hit: 0,
        }
    }

    /// Adds a sealed segment found at open.
    pub fn add_sealed(&mut self, segment: Arc<Segment>, index: SideIndex) {
        segment.set_index_bytes(index.bytes());
        self.sealed.push(Sealed { segment, index });
    }

    /// Seq of the first event with this hash. An error means that a sealed
    /// segment and its side file are both damaged.
    pub fn find(&mut self, hash: &EventHash) -> Result<Option<u64>, LogError> {
        if let Some(delta) = self.active.get(hash) {
            return Ok(Some(self.first_seq + u64::from(*delta)));
        }
        for sealing in &self.sealing {
            if let Some(delta) = sealing.map.get(hash) {
                return Ok(Some(sealing.segment.header.first_seq + u64::from(*delta)));
            }
        }
        let probe = Probe::of(hash);
        let newest_first = (0..self.sealed.len()).rev();
        for at in [self.last_hit].into_iter().chain(newest_first) {
            if let Some(seq) = self.find_sealed(at, &probe, hash)? {
                self.last_hit = at;
                return Ok(Some(seq));
            }
        }
        Ok(None)
    }

    fn find_sealed(
        &mut self,
        at: usize,
        probe: &Probe,
        hash: &EventHash,
    ) -> Result<Option<u64>, LogError> {
        let Some(sealed) = self.sealed.get_mut(at) else {
            return Ok(None);
        };
        if let Ok(found) = sealed.index.find(&*self.disk, probe, hash) {
            return Ok(found);
        }
        // Damaged since it was opened.
        let segment = &sealed.segment;
        let (index, _) = SideIndex::rebuild(&*self.disk, &segment.path, segment.header.first_seq)?;
        sealed.index = index;
        let found = sealed.index.find(&*self.disk, probe, hash);
        found.map_err(|_| LogError::corrupt(&segment.path, 0, "its side file cannot be read back"))
    }

    /// Adds an event of the active segment.
    pub fn insert(&mut self, hash: EventHash, seq: u64) {
        // A segment has far fewer than 2^32 events (see the writer's limit).
        let delta = u32::try_from(seq - self.first_seq).unwrap_or(u32::MAX);
        self.active.insert(hash, delta);
    }

    /// Takes back an event whose write failed.
    pub fn remove(&mut self, hash: &EventHash) {
        self.active.remove(hash);
    }

    /// Events of the active segment.
    pub fn active_len(&self) -> usize {
        self.active.len()
    }

    /// The active segment is now sealed; the next one starts with `next_seq`.
    pub fn seal(&mut self, segment: Arc<Segment>, next_seq: u64) {
        self.sealing.push(Sealing {
            segment,
            map: Arc::new(std::mem::take(&mut self.active)),
            helper: None,
        });
        self.first_seq = next_seq;
        self.collect(self.helpers() >= MAX_HELPERS);
        // Also those whose side file could not be written the last time.
        let free = MAX_HELPERS.saturating_sub(self.helpers());
        let idle = self.sealing.iter_mut().filter(|s| s.helper.is_none());
        idle.take(free)
            .for_each(|sealing| sealing.start(&self.disk));
    }

    fn helpers(&self) -> usize {
        self.sealing.iter().filter(|s| s.helper.is_some()).count()
    }

    /// Takes over side files that are done; all of them when told to wait.
    pub fn collect(&mut self, wait: bool) {
        let mut kept = Vec::new();
        for mut sealing in self.sealing.drain(..) {
            match sealing.helper.take() {
                Some(helper) if wait || helper.is_finished() => {
                    if let Ok(Ok(index)) = helper.join() {
                        sealing.segment.set_index_bytes(index.bytes());
                        self.sealed.push(Sealed {
                            segment: sealing.segment,
                            index,
                        });
                        continue;
                    }
                }
                helper => sealing.helper = helper,
            }
            // Not done yet, or not written (disk full, say): the map stays.
            kept.push(sealing);
        }
        self.sealing = kept;
    }
}

impl Sealing {
    fn start(&mut self, disk: &Arc<dyn Disk>) {
        let disk = Arc::clone(disk);
        let segment = Arc::clone(&self.segment);
        let map = Arc::clone(&self.map);
        let spawned = std::thread::Builder::new()
            .name("log-index".into())
            .spawn(move || {
                let entries = map.iter().map(|(hash, delta)| (*hash, *delta)).collect();
                let (header, len) = (segment.header, segment.len());
                SideIndex::write(
                    &*disk,
                    &segment.path,
                    header,
                    len,
                    entries,
                    &segment.marks(),
                )
            });
        self.helper = spawned.ok();
    }
}
