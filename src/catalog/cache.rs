//! Records in memory in front of the store: changed ones until they are written, others as room allows.

use std::hash::Hash;

use ahash::HashMap;

struct Held<V> {
    value: V,
    dirty: bool,
}

/// Records that were let go.
pub struct Discarded<K, V>(#[allow(dead_code)] HashMap<K, Held<V>>);

/// Records by key; written back by the owner through [`Cache::drain_dirty`].
pub struct Cache<K, V> {
    held: HashMap<K, Held<V>>,
    dirty: Vec<K>,
    capacity: usize,
}

impl<K: Copy + Eq + Hash, V> Cache<K, V> {
    /// Keeps about `capacity` unchanged records.
    pub fn new(capacity: usize) -> Self {
        Self {
            held: HashMap::default(),
            dirty: Vec::new(),
            capacity,
        }
    }

    pub fn get(&self, key: &K) -> Option<&V> {
        self.held.get(key).map(|held| &held.value)
    }

    pub fn contains(&self, key: &K) -> bool {
        self.held.contains_key(key)
    }

    /// Takes in a record as it stands in the store.
    pub fn fill(&mut self, key: K, value: V) {
        self.held.insert(
            key,
            Held {
                value,
                dirty: false,
            },
        );
    }

    /// A record for changing; marks it as changed.
    pub fn edit(&mut self, key: K) -> Option<&mut V> {
        let held = self.held.get_mut(&key)?;
        if !held.dirty {
            held.dirty = true;
            self.dirty.push(key);
        }
        Some(&mut held.value)
    }

    /// Records that changed since they were handed out last; all others are as in the store.
    pub fn changed(&self) -> impl Iterator<Item = (&K, &V)> {
        let changed = self.dirty.iter();
        changed.filter_map(|key| Some((key, &self.held.get(key)?.value)))
    }

    /// Whether a record changed since it was handed out last.
    pub fn is_changed(&self, key: &K) -> bool {
        self.held.get(key).is_some_and(|held| held.dirty)
    }

    pub fn dirty_len(&self) -> usize {
        self.dirty.len()
    }

    /// Hands out each changed record once and counts it as written. When there are too many, all
    /// are let go: they are returned, so that dropping them takes nobody's time.
    #[must_use]
    pub fn drain_dirty(&mut self, mut write: impl FnMut(&K, &mut V)) -> Option<Discarded<K, V>> {
        for key in std::mem::take(&mut self.dirty) {
            if let Some(held) = self.held.get_mut(&key) {
                held.dirty = false;
                write(&key, &mut held.value);
            }
        }
        if self.held.len() <= self.capacity {
            return None;
        }
        Some(Discarded(std::mem::take(&mut self.held)))
    }
}
