//! Counts a result set by kind, namespace, layer, tag and owner, from fast fields alone.

use std::collections::BTreeMap;
use std::sync::Arc;

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::{ColumnValues, StrColumn};
use tantivy::{DocId, Score, SegmentOrdinal, SegmentReader};

use super::schema::{LABELS, Label, NAMESPACE, RANK, kind_of_rank};
use super::types::{SearchCounts, SearchKind};

/// Collects the counts of all hits.
pub(super) struct Counting {
    /// The score from which a document is a hit; `None` when every one is.
    pub(super) floor: Option<f32>,
}

/// Counts by value, before they are sorted.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) total: usize,
    kinds: [usize; 3],
    namespaces: BTreeMap<String, usize>,
    labels: BTreeMap<String, usize>,
}

impl Tally {
    /// The counts as shown, without what only the index knows.
    pub(super) fn into_counts(self) -> SearchCounts {
        let of = |label: Label| {
            let values = self.labels.iter().filter_map(|(value, count)| {
                let value = value.strip_prefix(label.prefix())?;
                Some((value.to_owned(), *count))
            });
            by_count(values.collect())
        };
        let [layers, tags, owners] = Label::ALL.map(of);
        let kinds = SearchKind::ALL.into_iter().zip(self.kinds);
        SearchCounts {
            total: self.total,
            kinds: by_count(kinds.filter(|(_, count)| *count > 0).collect()),
            namespaces: by_count(self.namespaces.into_iter().collect()),
            layers,
            tags,
            owners,
            ..SearchCounts::default()
        }
    }
}

fn by_count<T: Ord>(mut values: Vec<(T, usize)>) -> Vec<(T, usize)> {
    values.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    values
}

impl Collector for Counting {
    type Fruit = Tally;
    type Child = SegmentCounting;

    fn for_segment(
        &self,
        _: SegmentOrdinal,
        reader: &SegmentReader,
    ) -> tantivy::Result<SegmentCounting> {
        let fast = reader.fast_fields();
        Ok(SegmentCounting {
            floor: self.floor,
            total: 0,
            kinds: [0; 3],
            rank: fast.column_first_or_default(RANK)?,
            namespaces: Ordinals::new(fast.str(NAMESPACE)?),
            labels: Ordinals::new(fast.str(LABELS)?),
        })
    }

    fn requires_scoring(&self) -> bool {
        self.floor.is_some()
    }

    fn merge_fruits(&self, fruits: Vec<tantivy::Result<Tally>>) -> tantivy::Result<Tally> {
        let mut all = Tally::default();
        for fruit in fruits {
            let fruit = fruit?;
            all.total += fruit.total;
            for (sum, count) in all.kinds.iter_mut().zip(fruit.kinds) {
                *sum += count;
            }
            for (value, count) in fruit.namespaces {
                *all.namespaces.entry(value).or_default() += count;
            }
            for (value, count) in fruit.labels {
                *all.labels.entry(value).or_default() += count;
            }
        }
        Ok(all)
    }
}

/// Occurrences of each ordinal of a text column.
struct Ordinals {
    column: Option<StrColumn>,
    counts: Vec<usize>,
}

impl Ordinals {
    fn new(column: Option<StrColumn>) -> Self {
        let terms = column.as_ref().map_or(0, |c| c.dictionary().num_terms());
        Self {
            column,
            counts: vec![0; terms],
        }
    }

    fn add(&mut self, doc: DocId) {
        let Some(column) = &self.column else { return };
        for ord in column.ords().values_for_doc(doc) {
            let slot = usize::try_from(ord).ok();
            if let Some(count) = slot.and_then(|at| self.counts.get_mut(at)) {
                *count += 1;
            }
        }
    }

    fn into_map(self) -> tantivy::Result<BTreeMap<String, usize>> {
        let mut map = BTreeMap::new();
        let Some(column) = &self.column else {
            return Ok(map);
        };
        for (ord, count) in (0u64..).zip(self.counts).filter(|(_, count)| *count > 0) {
            let mut value = String::new();
            column.ord_to_str(ord, &mut value)?;
            map.insert(value, count);
        }
        Ok(map)
    }
}

/// The counts of one segment.
pub(super) struct SegmentCounting {
    floor: Option<f32>,
    total: usize,
    kinds: [usize; 3],
    rank: Arc<dyn ColumnValues<u64>>,
    namespaces: Ordinals,
    labels: Ordinals,
}

impl SegmentCollector for SegmentCounting {
    type Fruit = tantivy::Result<Tally>;

    fn collect(&mut self, doc: DocId, score: Score) {
        if self.floor.is_some_and(|floor| score < floor) {
            return;
        }
        self.total += 1;
        let kind = kind_of_rank(self.rank.get_val(doc));
        if let Some(count) = self.kinds.get_mut(kind) {
            *count += 1;
        }
        self.namespaces.add(doc);
        self.labels.add(doc);
    }

    fn harvest(self) -> Self::Fruit {
        Ok(Tally {
            total: self.total,
            kinds: self.kinds,
            namespaces: self.namespaces.into_map()?,
            labels: self.labels.into_map()?,
        })
    }
}
