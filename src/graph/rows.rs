//! Rows of entries: flat ones that do not change, and persistent ones for what was added since.

use std::sync::Arc;

/// An entry: the neighbour's number, shifted left by one, with a mark in the lowest bit.
pub(super) type Entry = u32;

/// Compressed sparse rows.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub offsets: Vec<u32>,
    pub entries: Vec<Entry>,
}

impl Rows {
    /// The entries of a node, ascending.
    pub fn row(&self, node: u32) -> &[Entry] {
        let node = node as usize;
        match (self.offsets.get(node), self.offsets.get(node + 1)) {
            (Some(&from), Some(&to)) => &self.entries[from as usize..to as usize],
            _ => &[],
        }
    }
}

/// Rows up to this length are copied when they change, which is cheaper than a tree.
const FEW: usize = 64;

/// A persistent set of entries. A hub gains neighbours one by one, so a long row must neither be
/// searched nor copied for each of them.
#[derive(Debug, Clone)]
pub(super) enum Row {
    Few(Arc<[Entry]>),
    Many(imbl::OrdSet<Entry>),
}

impl Default for Row {
    fn default() -> Self {
        Self::Few(Arc::from([]))
    }
}

impl Row {
    pub fn contains(&self, entry: Entry) -> bool {
        match self {
            Self::Few(held) => held.binary_search(&entry).is_ok(),
            Self::Many(held) => held.contains(&entry),
        }
    }

    /// Adds an entry; returns whether it is new.
    pub fn insert(&mut self, entry: Entry) -> bool {
        let held = match self {
            Self::Many(held) => return held.insert(entry).is_none(),
            Self::Few(held) => held,
        };
        let Err(at) = held.binary_search(&entry) else {
            return false;
        };
        if held.len() < FEW {
            let new = [&held[..at], &[entry], &held[at..]].concat();
            *held = new.into();
        } else {
            let mut many: imbl::OrdSet<Entry> = held.iter().copied().collect();
            many.insert(entry);
            *self = Self::Many(many);
        }
        true
    }

    /// Removes an entry; returns whether it was there.
    pub fn remove(&mut self, entry: Entry) -> bool {
        match self {
            Self::Many(held) => held.remove(&entry).is_some(),
            Self::Few(held) => {
                let Ok(at) = held.binary_search(&entry) else {
                    return false;
                };
                *held = [&held[..at], &held[at + 1..]].concat().into();
                true
            }
        }
    }

    /// Calls `visit` with each entry, ascending.
    pub fn each(&self, mut visit: impl FnMut(Entry)) {
        match self {
            Self::Few(held) => held.iter().for_each(|&entry| visit(entry)),
            Self::Many(held) => held.iter().for_each(|&entry| visit(entry)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// A row grows past the size at which it changes its form, and shrinks again.
    #[test]
    fn a_row_is_a_set_at_any_length() {
        let (mut row, mut truth) = (Row::default(), BTreeSet::new());
        let mut change = |entry: u32, add: bool| {
            if add {
                assert_eq!(row.insert(entry), truth.insert(entry));
            } else {
                assert_eq!(row.remove(entry), truth.remove(&entry));
            }
            let mut seen = Vec::new();
            row.each(|entry| seen.push(entry));
            assert!(seen.iter().eq(&truth));
            assert_eq!(row.contains(entry), add);
        };
        for n in 0..300 {
            change(n * 7919 % 211, n % 5 != 4);
        }
        for n in 0..211 {
            change(n, false);
        }
    }
}
