//! Rows of neighbours: an immutable base (compressed sparse rows) and a persistent delta over it.

use std::sync::Arc;

use super::rows::{Entry, Row, Rows};

/// Rows by node, persistent.
type Delta = imbl::GenericHashMap<u32, Row, ahash::RandomState, imbl::shared_ptr::DefaultSharedPtr>;

/// Directed, marked neighbours of dense nodes. Cloning is cheap; clones share everything.
#[derive(Debug, Clone, Default)]
pub struct Adjacency {
    base: Arc<Rows>,
    added: Delta,
    removed: Delta,
    delta: usize,
}

fn entry(to: u32, mark: bool) -> Entry {
    (to << 1) | u32::from(mark)
}

impl Adjacency {
    /// Builds the base from edges `(from, to, mark)`; duplicates fold. `nodes` is one more than the
    /// highest `from`.
    pub fn build(nodes: usize, mut edges: Vec<(u32, u32, bool)>) -> Self {
        edges.sort_unstable();
        edges.dedup();
        let mut offsets = vec![0_u32; nodes + 1];
        for &(from, _, _) in &edges {
            offsets[from as usize + 1] += 1;
        }
        for i in 0..nodes {
            offsets[i + 1] += offsets[i];
        }
        let entries = edges.iter().map(|&(_, to, mark)| entry(to, mark)).collect();
        Self {
            base: Arc::new(Rows { offsets, entries }),
            ..Self::default()
        }
    }

    /// Adds an edge unless it is there.
    pub fn add(&mut self, from: u32, to: u32, mark: bool) {
        let wanted = entry(to, mark);
        if let Some(removed) = self.removed.get_mut(&from)
            && removed.remove(wanted)
        {
            self.delta += 1;
            return;
        }
        if self.base.row(from).binary_search(&wanted).is_ok() {
            return;
        }
        if self.added.entry(from).or_default().insert(wanted) {
            self.delta += 1;
        }
    }

    /// Removes an edge if it is there.
    pub fn remove(&mut self, from: u32, to: u32, mark: bool) {
        let wanted = entry(to, mark);
        if let Some(row) = self.added.get_mut(&from)
            && row.remove(wanted)
        {
            self.delta += 1;
            return;
        }
        if self.base.row(from).binary_search(&wanted).is_ok() {
            self.removed.entry(from).or_default().insert(wanted);
            self.delta += 1;
        }
    }

    /// Calls `visit` with each neighbour of `node` and the edge's mark.
    #[inline]
    pub fn each(&self, node: u32, mut visit: impl FnMut(u32, bool)) {
        let removed = if self.removed.is_empty() {
            None
        } else {
            self.removed.get(&node)
        };
        for &held in self.base.row(node) {
            if removed.is_none_or(|removed| !removed.contains(held)) {
                visit(held >> 1, held & 1 == 1);
            }
        }
        if self.added.is_empty() {
            return;
        }
        if let Some(row) = self.added.get(&node) {
            row.each(|held| visit(held >> 1, held & 1 == 1));
        }
    }

    /// How many neighbours `node` has.
    pub fn degree(&self, node: u32) -> usize {
        let mut count = 0;
        self.each(node, |_, _| count += 1);
        count
    }

    /// Changes made since the base was built.
    pub fn delta(&self) -> usize {
        self.delta
    }

    /// Edges in the base rows.
    pub fn base_entries(&self) -> usize {
        self.base.entries.len()
    }

    /// Bytes held by the base rows.
    pub fn base_bytes(&self) -> usize {
        (self.base.offsets.len() + self.base.entries.len()) * size_of::<u32>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn row(adjacency: &Adjacency, node: u32) -> BTreeSet<(u32, bool)> {
        let mut seen = Vec::new();
        adjacency.each(node, |to, mark| seen.push((to, mark)));
        let set: BTreeSet<_> = seen.iter().copied().collect();
        assert_eq!(set.len(), seen.len(), "an edge is visited once");
        set
    }

    /// This takes minutes when each addition or removal goes over the row.
    #[test]
    fn a_hub_gains_and_loses_neighbours_one_by_one() {
        let mut adjacency = Adjacency::default();
        for to in 0..100_000 {
            adjacency.add(1, to, false);
        }
        assert_eq!(adjacency.degree(1), 100_000);
        for to in (0..100_000).rev() {
            adjacency.remove(1, to, false);
        }
        assert_eq!((adjacency.degree(1), adjacency.delta()), (0, 200_000));
    }

    proptest! {
        /// Reference: a plain set of edges.
        #[test]
        fn same_as_a_set_of_edges(
            base in prop::collection::vec((0_u32..6, 0_u32..6, any::<bool>()), 0..20),
            changes in prop::collection::vec((any::<bool>(), 0_u32..8, 0_u32..6, any::<bool>()), 0..40),
        ) {
            let mut truth: BTreeSet<_> = base.iter().copied().collect();
            let mut adjacency = Adjacency::build(6, base);
            for (add, from, to, mark) in changes {
                if add {
                    adjacency.add(from, to, mark);
                    truth.insert((from, to, mark));
                } else {
                    adjacency.remove(from, to, mark);
                    truth.remove(&(from, to, mark));
                }
            }
            for node in 0..8 {
                let expected: BTreeSet<_> =
                    truth.iter().filter(|e| e.0 == node).map(|e| (e.1, e.2)).collect();
                prop_assert_eq!(row(&adjacency, node), expected);
            }
        }
    }
}
