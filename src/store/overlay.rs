//! A store with writes in front of it: what is staged, and what is being written just now.
//!
//! Readers see the newest value wherever it stands, so that writing to the store needs no lock of
//! theirs: [`Overlay::begin`] hands the staged writes out, they are written while others go on
//! reading and staging, [`Overlay::end`] lets them go.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::ops::Bound;
use std::sync::Arc;

use super::{Pair, Pairs, Store, StoreError, WriteBatch};

/// Writes on their way into the store.
pub struct Writing {
    store: Arc<dyn Store>,
    batch: Arc<WriteBatch>,
}

impl Writing {
    /// Writes them, all or none. Needs no lock.
    ///
    /// # Errors
    /// When the store fails.
    pub fn write(&self) -> Result<(), StoreError> {
        self.store.write(&self.batch)
    }
}

/// Staged writes over a store.
pub struct Overlay {
    store: Arc<dyn Store>,
    staged: WriteBatch,
    writing: Arc<WriteBatch>,
}

impl Overlay {
    /// An overlay with nothing staged.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            staged: WriteBatch::default(),
            writing: Arc::default(),
        }
    }

    /// The store below.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// The newest value of a key.
    ///
    /// # Errors
    /// When the store fails.
    pub fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        for batch in [&self.staged, &*self.writing] {
            if let Some(value) = batch.writes.get(key) {
                return Ok(value.clone());
            }
        }
        self.store.get(key)
    }

    /// Stages a value.
    pub fn put(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.staged.writes.insert(key, Some(value));
    }

    /// Stages a removal.
    pub fn remove(&mut self, key: Vec<u8>) {
        self.staged.writes.insert(key, None);
    }

    /// How many writes are staged.
    pub fn staged(&self) -> usize {
        self.staged.writes.len()
    }

    /// Hands out what is staged; `None` when there is nothing, or when what was handed out last has
    /// not come to its [`Overlay::end`]: it must not be lost from sight.
    pub fn begin(&mut self) -> Option<Writing> {
        if self.staged.writes.is_empty() || !self.writing.writes.is_empty() {
            return None;
        }
        self.writing = Arc::new(std::mem::take(&mut self.staged));
        Some(Writing {
            store: Arc::clone(&self.store),
            batch: Arc::clone(&self.writing),
        })
    }

    /// What was handed out is in the store. Returns it, to be dropped outside of any lock.
    pub fn end(&mut self) -> Arc<WriteBatch> {
        std::mem::take(&mut self.writing)
    }

    /// The newest pairs whose key starts with `prefix`, in order, from `after` (exclusive) on.
    pub fn scan<'a>(&'a self, prefix: &[u8], after: Option<&[u8]>) -> Pairs<'a> {
        let below = self.store.scan(prefix, after);
        let middle = merge(below, range(&self.writing.writes, prefix, after));
        merge(middle, range(&self.staged.writes, prefix, after))
    }
}

type Change<'a> = (&'a Vec<u8>, &'a Option<Vec<u8>>);

fn range<'a>(
    writes: &'a BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    prefix: &[u8],
    after: Option<&[u8]>,
) -> Box<dyn Iterator<Item = Change<'a>> + Send + 'a> {
    if writes.is_empty() {
        return Box::new(std::iter::empty());
    }
    let start = after.map_or(Bound::Included(prefix), Bound::Excluded);
    let prefix = prefix.to_vec();
    let range = writes.range::<[u8], _>((start, Bound::Unbounded));
    Box::new(range.take_while(move |(key, _)| key.starts_with(&prefix)))
}

struct Merge<'a, B: Iterator, O: Iterator> {
    below: Peekable<B>,
    over: Peekable<O>,
    _life: std::marker::PhantomData<&'a ()>,
}

fn merge<'a>(
    below: Pairs<'a>,
    over: Box<dyn Iterator<Item = Change<'a>> + Send + 'a>,
) -> Pairs<'a> {
    let mut over = over.peekable();
    if over.peek().is_none() {
        return below;
    }
    Box::new(Merge {
        below: below.peekable(),
        over,
        _life: std::marker::PhantomData,
    })
}

impl<'a, B, O> Iterator for Merge<'a, B, O>
where
    B: Iterator<Item = Result<Pair, StoreError>>,
    O: Iterator<Item = Change<'a>>,
{
    type Item = Result<Pair, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let Some((key, value)) = self.over.peek() else {
                return self.below.next();
            };
            match self.below.peek() {
                Some(Err(_)) => return self.below.next(),
                Some(Ok((held, _))) if held < *key => return self.below.next(),
                Some(Ok((held, _))) if held == *key => _ = self.below.next(),
                _ => {}
            }
            let pair = value.as_ref().map(|value| ((*key).clone(), value.clone()));
            self.over.next();
            if let Some(pair) = pair {
                return Some(Ok(pair));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::MemoryStore;
    use proptest::prelude::*;

    fn pairs(scan: Pairs<'_>) -> Vec<Pair> {
        scan.map(Result::unwrap).collect()
    }

    proptest! {
        /// Reference: a plain map that takes each write at once.
        #[test]
        fn same_as_a_map_that_is_written_at_once(
            steps in prop::collection::vec((0_u8..12, "[ab][a-c]{0,2}", 0_u8..4), 0..60),
            prefix in "[ab]?", after in prop::option::of("[ab][a-c]"),
        ) {
            let mut overlay = Overlay::new(Arc::new(MemoryStore::default()));
            let mut truth = BTreeMap::new();
            let mut writing = None;
            for (what, key, value) in steps {
                let key = key.into_bytes();
                match what {
                    0 if writing.is_none() => writing = overlay.begin(),
                    1 => if let Some(batch) = writing.take() {
                        Writing::write(&batch).unwrap();
                        overlay.end();
                    },
                    2..5 => { overlay.remove(key.clone()); truth.remove(&key); }
                    _ => { overlay.put(key.clone(), vec![value]); truth.insert(key, vec![value]); }
                }
            }
            let after = after.map(|text| format!("{prefix}{text}").into_bytes());
            let expected: Vec<Pair> = truth.iter()
                .filter(|(key, _)| key.starts_with(prefix.as_bytes()))
                .filter(|(key, _)| after.as_ref().is_none_or(|after| *key > after))
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect();
            prop_assert_eq!(pairs(overlay.scan(prefix.as_bytes(), after.as_deref())), expected);
            for (key, value) in &truth {
                prop_assert_eq!(overlay.get(key).unwrap(), Some(value.clone()));
            }
        }
    }
}
