//! Keys and values on disk that can be rebuilt from the log: the port, and its two implementations.
//!
//! Nothing here knows what the bytes mean (that is [`crate::catalog`]), and only `sled.rs` names
//! sled. The log of events is not kept here: it is the truth, this is a projection.

mod memory;
mod overlay;
mod pages;
mod sled;
mod whole;

use std::collections::BTreeMap;

pub use memory::MemoryStore;
pub use overlay::{Overlay, Writing};
pub use sled::SledStore;
pub use whole::{UNFINISHED, write_whole};

/// One pair of key and value.
pub type Pair = (Vec<u8>, Vec<u8>);

/// Pairs in order of their keys.
pub type Pairs<'a> = Box<dyn Iterator<Item = Result<Pair, StoreError>> + Send + 'a>;

/// What went wrong in the store. Whatever it is, the cure is the same: the store is set aside and
/// rebuilt from the log.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Reading or writing failed.
    #[error(
        "the catalog store failed: {0}; it can be rebuilt from the log with `headwater rebuild`"
    )]
    Failed(String),
    /// The disk is full. Nothing is damaged, so that nothing has to be rebuilt by hand.
    #[error(
        "the catalog store has no room on the disk: {0}; make room, then start the server again"
    )]
    Full(String),
    /// Another process holds the store.
    #[error(
        "the catalog store {0} is in use by another process; stop it, or ask it with --server URL"
    )]
    InUse(String),
}

/// Writes that take effect together.
#[derive(Debug, Default)]
pub struct WriteBatch {
    /// Keys with their new value, or `None` to remove; the last write to a key counts. Sorted, so
    /// that neighbours are written one after the other.
    pub writes: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
}

impl WriteBatch {
    /// Sets a value.
    pub fn put(&mut self, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        self.writes.insert(key.into(), Some(value.into()));
    }

    /// Removes a value.
    pub fn remove(&mut self, key: impl Into<Vec<u8>>) {
        self.writes.insert(key.into(), None);
    }
}

/// An ordered map from bytes to bytes.
pub trait Store: Send + Sync + 'static {
    /// The value of a key.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;
    /// Applies all writes or none.
    fn write(&self, batch: &WriteBatch) -> Result<(), StoreError>;
    /// All pairs whose key starts with `prefix`, in order, from `after` (exclusive) on if given.
    fn scan<'a>(&'a self, prefix: &[u8], after: Option<&[u8]>) -> Pairs<'a>;
    /// Bytes on disk (or in memory).
    fn size_bytes(&self) -> u64;
    /// Hands everything to the operating system; for a clean stop.
    fn flush(&self) -> Result<(), StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conformance(store: &dyn Store) {
        let mut batch = WriteBatch::default();
        batch.put("a/1", "one");
        batch.put("a/2", vec![7_u8; 50_000]);
        batch.put("b/1", "other");
        batch.put("a/3", "gone");
        batch.remove("a/3");
        store.write(&batch).unwrap();
        assert_eq!(store.get(b"a/1").unwrap().unwrap(), b"one");
        assert_eq!(store.get(b"a/2").unwrap().unwrap().len(), 50_000);
        assert_eq!(store.get(b"a/3").unwrap(), None);
        let keys = |prefix: &[u8], after: Option<&[u8]>| -> Vec<Vec<u8>> {
            store
                .scan(prefix, after)
                .map(|pair| pair.unwrap().0)
                .collect()
        };
        assert_eq!(keys(b"a/", None), [b"a/1", b"a/2"]);
        assert_eq!(keys(b"a/", Some(b"a/1")), [b"a/2"]);
        assert_eq!(keys(b"", None).len(), 3);
        let big = store.scan(b"a/2", None).next().unwrap().unwrap();
        assert_eq!(big.1, vec![7_u8; 50_000]);

        let mut batch = WriteBatch::default();
        batch.put("a/2", "small now");
        batch.put("a/4", vec![]);
        store.write(&batch).unwrap();
        assert_eq!(store.get(b"a/2").unwrap().unwrap(), b"small now");
        assert_eq!(store.get(b"a/4").unwrap().unwrap(), b"");
    }

    #[test]
    fn memory_conforms() {
        conformance(&MemoryStore::default());
    }

    #[test]
    fn sled_conforms_and_survives_reopening() {
        let dir = tempfile::tempdir().unwrap();
        let store = SledStore::open(dir.path()).unwrap();
        conformance(&store);
        drop(store);
        let store = SledStore::open(dir.path()).unwrap();
        assert_eq!(store.get(b"a/1").unwrap().unwrap(), b"one");
    }

    #[test]
    fn a_broken_sled_is_an_error_not_a_panic() {
        let dir = tempfile::tempdir().unwrap();
        let store = SledStore::open(dir.path()).unwrap();
        conformance(&store);
        drop(store);
        let file = dir.path().join("db");
        let mut bytes = std::fs::read(&file).unwrap();
        for byte in &mut bytes {
            *byte ^= 0x5a;
        }
        std::fs::write(&file, bytes).unwrap();
        // sled either says so, or opens an empty store: then the offset is gone too, and the
        // catalog starts over from the log.
        match SledStore::open(dir.path()) {
            Ok(store) => assert_eq!(store.get(b"a/1").unwrap(), None),
            Err(error) => assert!(matches!(error, StoreError::Failed(_)), "{error}"),
        }
    }
}
