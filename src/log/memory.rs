//! An event log in memory, for tests and demonstrations: same behaviour, no
//! durability.

use ahash::AHashMap;
use parking_lot::RwLock;

use super::segment_log::check_sizes;
use super::{
    AppendFuture, Appended, EventHash, EventIter, EventLog, LogError, LogStats, LoggedEvent,
    NewEvent,
};

#[derive(Default)]
struct Inner {
    events: Vec<LoggedEvent>,
    seqs: AHashMap<EventHash, u64>,
    bytes: u64,
    commits: u64,
    duplicates: u64,
}

/// An [`EventLog`] that forgets everything when it is dropped.
#[derive(Default)]
pub struct MemoryLog {
    inner: RwLock<Inner>,
}

impl MemoryLog {
    /// An empty log.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Inner {
    fn append(&mut self, event: NewEvent) -> Appended {
        if let Some(&seq) = self.seqs.get(&event.hash) {
            self.duplicates += 1;
            return Appended::Duplicate { seq };
        }
        let seq = self.events.len() as u64 + 1;
        self.bytes += event.payload.len() as u64;
        self.seqs.insert(event.hash, seq);
        self.events.push(LoggedEvent {
            seq,
            hash: event.hash,
            received_ms: event.received_ms,
            payload: event.payload,
        });
        Appended::Accepted { seq }
    }

    /// Events `from..` (from 1), as far as there are.
    fn since(&self, from: u64) -> &[LoggedEvent] {
        let start = usize::try_from(from.max(1) - 1).unwrap_or(usize::MAX);
        self.events.get(start..).unwrap_or_default()
    }
}

impl EventLog for MemoryLog {
    fn append(&self, events: Vec<NewEvent>) -> AppendFuture {
        let answer = check_sizes(&events).map(|()| {
            let mut inner = self.inner.write();
            inner.commits += 1;
            events.into_iter().map(|e| inner.append(e)).collect()
        });
        Box::pin(std::future::ready(answer))
    }

    fn read_from(&self, seq: u64) -> Result<EventIter, LogError> {
        let events = self.inner.read().since(seq).to_vec();
        Ok(Box::new(events.into_iter().map(Ok)))
    }

    fn get(&self, seq: u64) -> Result<Option<LoggedEvent>, LogError> {
        if seq == 0 {
            return Ok(None);
        }
        Ok(self.inner.read().since(seq).first().cloned())
    }

    fn head(&self) -> u64 {
        self.inner.read().events.len() as u64
    }

    fn stats(&self) -> LogStats {
        let inner = self.inner.read();
        LogStats {
            bytes: inner.bytes,
            events: inner.events.len() as u64,
            commits: inner.commits,
            duplicates: inner.duplicates,
            ..LogStats::default()
        }
    }
}
