//! Collects the best hits of a query and counts them all. Order, ties included, is fixed by
//! the documents alone, so that the pages of a result fit together. Knows nothing of how
//! scores come about.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::sync::Arc;

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::{Column, ColumnValues, StrColumn};
use tantivy::{DocAddress, DocId, Score, SegmentOrdinal, SegmentReader};

use super::schema::{KEY, NAMESPACE, RANK};

/// Collects the first `window` hits, and the number of all.
pub(super) struct Ranking {
    /// The score from which a document is a hit. Order is then by score, kind, length and
    /// depth of the matched name, namespace, name, column; with `None` by name (without case, then with
    /// it), namespace, kind, column.
    pub(super) floor: Option<f32>,
    pub(super) window: usize,
}

/// A hit, with its place in the order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ranked {
    pub(super) score: f32,
    rank: u64,
    namespace: String,
    key: String,
    pub(super) address: DocAddress,
}

impl Ranked {
    fn order(&self, other: &Self) -> Ordering {
        other
            .score
            .total_cmp(&self.score)
            .then_with(|| self.rank.cmp(&other.rank))
            .then_with(|| self.namespace.cmp(&other.namespace))
            .then_with(|| self.key.cmp(&other.key))
    }
}

/// The hits of a window in order, and how many there are in all.
#[derive(Debug, Default)]
pub(super) struct Ranks {
    pub(super) hits: Vec<Ranked>,
    pub(super) total: usize,
}

impl Collector for Ranking {
    type Fruit = Ranks;
    type Child = SegmentRanking;

    fn for_segment(
        &self,
        segment: SegmentOrdinal,
        reader: &SegmentReader,
    ) -> tantivy::Result<SegmentRanking> {
        let fast = reader.fast_fields();
        Ok(SegmentRanking {
            floor: self.floor,
            window: self.window,
            segment,
            rank: fast.column_first_or_default(RANK)?,
            namespaces: Strings::new(fast.str(NAMESPACE)?),
            keys: Strings::new(fast.str(KEY)?),
            best: BinaryHeap::new(),
            total: 0,
        })
    }

    fn requires_scoring(&self) -> bool {
        self.floor.is_some()
    }

    fn merge_fruits(&self, fruits: Vec<tantivy::Result<Ranks>>) -> tantivy::Result<Ranks> {
        let mut all = Ranks::default();
        for fruit in fruits {
            let fruit = fruit?;
            all.total += fruit.total;
            all.hits.extend(fruit.hits);
        }
        all.hits.sort_by(Ranked::order);
        all.hits.truncate(self.window);
        Ok(all)
    }
}

/// A dictionary-coded text column: ordinals compare as their texts do within a segment.
struct Strings {
    column: Option<(StrColumn, Column<u64>)>,
}

impl Strings {
    fn new(column: Option<StrColumn>) -> Self {
        let column = column.map(|column| {
            let ords = column.ords().clone();
            (column, ords)
        });
        Self { column }
    }

    fn ord(&self, doc: DocId) -> u64 {
        self.column
            .as_ref()
            .and_then(|(_, ords)| ords.first(doc))
            .unwrap_or(0)
    }

    fn text(&self, ord: u64) -> tantivy::Result<String> {
        let mut text = String::new();
        if let Some((column, _)) = &self.column {
            column.ord_to_str(ord, &mut text)?;
        }
        Ok(text)
    }
}

/// A hit within one segment; greater is worse, so that the heap's top is the one to drop.
struct Candidate {
    score: f32,
    rank: u64,
    namespace: u64,
    key: u64,
    doc: DocId,
}

impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> Ordering {
        other
            .score
            .total_cmp(&self.score)
            .then_with(|| self.rank.cmp(&other.rank))
            .then_with(|| self.namespace.cmp(&other.namespace))
            .then_with(|| self.key.cmp(&other.key))
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Candidate {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Candidate {}

/// The ranking of one segment.
pub(super) struct SegmentRanking {
    floor: Option<f32>,
    window: usize,
    segment: SegmentOrdinal,
    rank: Arc<dyn ColumnValues<u64>>,
    namespaces: Strings,
    keys: Strings,
    best: BinaryHeap<Candidate>,
    total: usize,
}

impl SegmentRanking {
    fn candidate(&self, doc: DocId, score: f32) -> Candidate {
        let by_name = self.floor.is_none();
        Candidate {
            score,
            rank: if by_name { 0 } else { self.rank.get_val(doc) },
            namespace: if by_name { 0 } else { self.namespaces.ord(doc) },
            key: self.keys.ord(doc),
            doc,
        }
    }

    fn resolve(&self, candidate: &Candidate) -> tantivy::Result<Ranked> {
        let namespace = match self.floor {
            Some(_) => self.namespaces.text(candidate.namespace)?,
            None => String::new(),
        };
        Ok(Ranked {
            score: candidate.score,
            rank: candidate.rank,
            namespace,
            key: self.keys.text(candidate.key)?,
            address: DocAddress::new(self.segment, candidate.doc),
        })
    }
}

impl SegmentCollector for SegmentRanking {
    type Fruit = tantivy::Result<Ranks>;

    fn collect(&mut self, doc: DocId, score: Score) {
        if self.floor.is_some_and(|floor| score < floor) {
            return;
        }
        self.total += 1;
        if self.best.len() < self.window {
            self.best.push(self.candidate(doc, score));
            return;
        }
        // Cheap way out for most documents of a large result: no column is read.
        let Some(worst) = self.best.peek() else {
            return;
        };
        if score < worst.score {
            return;
        }
        let candidate = self.candidate(doc, score);
        if candidate < *worst {
            self.best.pop();
            self.best.push(candidate);
        }
    }

    fn harvest(mut self) -> Self::Fruit {
        let best = std::mem::take(&mut self.best).into_sorted_vec();
        let hits = best
            .iter()
            .map(|candidate| self.resolve(candidate))
            .collect::<tantivy::Result<Vec<_>>>()?;
        Ok(Ranks {
            hits,
            total: self.total,
        })
    }
}
