//! The store in memory: for tests, and for the rebuild beside the live state that `verify` makes.

use std::collections::BTreeMap;
use std::ops::Bound;

use parking_lot::RwLock;

use super::{Pairs, Store, StoreError, WriteBatch};

/// An ordered map in memory.
#[derive(Default)]
pub struct MemoryStore {
    map: RwLock<BTreeMap<Vec<u8>, Vec<u8>>>,
}

impl Store for MemoryStore {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.map.read().get(key).cloned())
    }

    fn write(&self, batch: &WriteBatch) -> Result<(), StoreError> {
        let mut map = self.map.write();
        for (key, value) in &batch.writes {
            match value {
                Some(value) => map.insert(key.clone(), value.clone()),
                None => map.remove(key),
            };
        }
        Ok(())
    }

    fn scan<'a>(&'a self, prefix: &[u8], after: Option<&[u8]>) -> Pairs<'a> {
        let start = after.map_or(Bound::Included(prefix), Bound::Excluded);
        let map = self.map.read();
        let pairs: Vec<_> = map
            .range::<[u8], _>((start, Bound::Unbounded))
            .take_while(|(key, _)| key.starts_with(prefix))
            .map(|(key, value)| Ok((key.clone(), value.clone())))
            .collect();
        Box::new(pairs.into_iter())
    }

    fn size_bytes(&self) -> u64 {
        let map = self.map.read();
        map.iter()
            .map(|(key, value)| (key.len() + value.len()) as u64)
            .sum()
    }

    fn flush(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
