//! How the hits of a search split up: counts for filters.

use async_graphql::{Result, SimpleObject};

use crate::engine::Engine;

use super::refs::{NodeKind, internal};
use super::search::{SearchFilterInput, kind};

/// How many hits have a value.
#[derive(SimpleObject)]
pub struct ValueCount {
    /// The value.
    pub value: String,
    /// How many.
    pub count: usize,
}

/// How many hits are of a kind.
#[derive(SimpleObject)]
pub struct KindCount {
    /// The kind.
    pub kind: NodeKind,
    /// How many.
    pub count: usize,
}

/// How the hits of a search split up. Each list goes by falling count, and holds the 100 greatest.
#[derive(SimpleObject)]
pub struct SearchCounts {
    /// How many hits there are in all.
    pub total: usize,
    /// By kind.
    pub kinds: Vec<KindCount>,
    /// By layer; an empty text is "in none".
    pub layers: Vec<ValueCount>,
    /// By namespace.
    pub namespaces: Vec<ValueCount>,
    /// By owner.
    pub owners: Vec<ValueCount>,
    /// By tag.
    pub tags: Vec<ValueCount>,
}

/// Values of one list.
const VALUES: usize = 100;

fn values(counts: Vec<(String, usize)>) -> Vec<ValueCount> {
    let counts = counts.into_iter().take(VALUES);
    counts
        .map(|(value, count)| ValueCount { value, count })
        .collect()
}

/// Counts the hits of a search. Values of a list that is filtered by are counted without that
/// filter, so that one can see what else there is.
///
/// # Errors
/// `INTERNAL` when the index fails.
pub fn search_counts(
    engine: &Engine,
    text: &str,
    filter: SearchFilterInput,
) -> Result<SearchCounts> {
    let filter: crate::search::SearchFilter = filter.into();
    let count = |filter: &crate::search::SearchFilter| {
        engine.search().counts(text, filter).map_err(internal)
    };
    let all = count(&filter)?;
    let mut shown = SearchCounts {
        total: all.total,
        kinds: Vec::new(),
        layers: values(all.layers),
        namespaces: values(all.namespaces),
        owners: values(all.owners),
        tags: values(all.tags),
    };
    let mut kinds = all.kinds;
    if !filter.kinds.is_empty() {
        let mut wider = filter.clone();
        wider.kinds.clear();
        kinds = count(&wider)?.kinds;
    }
    if !filter.layers.is_empty() {
        let mut wider = filter.clone();
        wider.layers.clear();
        shown.layers = values(count(&wider)?.layers);
    }
    if !filter.namespaces.is_empty() {
        let mut wider = filter.clone();
        wider.namespaces.clear();
        shown.namespaces = values(count(&wider)?.namespaces);
    }
    if !filter.owners.is_empty() {
        let mut wider = filter.clone();
        wider.owners.clear();
        shown.owners = values(count(&wider)?.owners);
    }
    if !filter.tags.is_empty() {
        let mut wider = filter.clone();
        wider.tags.clear();
        shown.tags = values(count(&wider)?.tags);
    }
    let one = |(of, count)| KindCount {
        kind: kind(of),
        count,
    };
    shown.kinds = kinds.into_iter().map(one).collect();
    Ok(shown)
}
