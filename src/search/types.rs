//! What goes into the search index and what comes out of it. Plain data: no index, no ranking.

use serde::{Deserialize, Serialize};

/// What a search document stands for. The order is the order of equally good hits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum SearchKind {
    /// A dataset (table, topic, file, …).
    Dataset,
    /// A column of a dataset.
    Column,
    /// A job.
    Job,
}

impl SearchKind {
    /// Every kind, in order.
    pub const ALL: [Self; 3] = [Self::Dataset, Self::Column, Self::Job];

    pub(super) fn code(self) -> u64 {
        match self {
            Self::Dataset => 0,
            Self::Column => 1,
            Self::Job => 2,
        }
    }
}

/// One thing that can be found. Its key is (kind, namespace, name, column).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchDoc {
    /// What it is.
    pub kind: SearchKind,
    /// Namespace of the dataset or job; for a column, of its dataset.
    pub namespace: String,
    /// Name of the dataset or job; for a column, of its dataset.
    pub name: String,
    /// Other namespaces and names of the dataset (for a column, of its dataset).
    pub aliases: Vec<(String, String)>,
    /// The column's path (`amount`, `address.city`); `None` unless `kind` is `Column`.
    pub column: Option<String>,
    /// Text that describes it. The index keeps the first
    /// [`MAX_DESCRIPTION_BYTES`](super::MAX_DESCRIPTION_BYTES) of it.
    pub description: Option<String>,
    /// Layer (raw, staging, mart, …), where one is known.
    pub layer: Option<String>,
    /// Tags, as they should be shown and filtered by.
    pub tags: Vec<String>,
    /// Owners, as they should be shown and filtered by.
    pub owners: Vec<String>,
}

/// Narrows a search. Values of one list are alternatives, the lists must all hold; an empty
/// list does not narrow. Values match exactly, case and all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchFilter {
    /// Kinds to keep.
    pub kinds: Vec<SearchKind>,
    /// Namespaces to keep.
    pub namespaces: Vec<String>,
    /// Layers to keep; the empty one is of datasets and columns that are in none.
    pub layers: Vec<String>,
    /// Tags, of which a hit has at least one.
    pub tags: Vec<String>,
    /// Owners, of which a hit has at least one.
    pub owners: Vec<String>,
}

/// Which text of a hit a [`Highlight`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HighlightField {
    /// The name of the dataset or job (for a column, of its dataset).
    Name,
    /// Another name of the dataset.
    Alias,
    /// The column.
    Column,
    /// The description.
    Description,
}

/// Where a hit matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Highlight {
    /// The field that matched.
    pub field: HighlightField,
    /// The whole field; of a long description, the part round its first match.
    pub text: String,
    /// Matched parts of `text`: byte ranges (start, end) on character boundaries, in order,
    /// not overlapping, none empty.
    pub ranges: Vec<(usize, usize)>,
}

/// One found document.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchHit {
    /// What it is.
    pub kind: SearchKind,
    /// Namespace of the dataset or job.
    pub namespace: String,
    /// Name of the dataset or job.
    pub name: String,
    /// Other namespaces and names of the dataset.
    pub aliases: Vec<(String, String)>,
    /// The column's path, for a column.
    pub column: Option<String>,
    /// Description as kept in the index.
    pub description: Option<String>,
    /// Layer.
    pub layer: Option<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// Owners.
    pub owners: Vec<String>,
    /// How well it matched; higher is better, 0 where no text was searched. Depends on the
    /// query and this document alone, so it is the same after a rebuild or a merge.
    pub score: f32,
    /// Where it matched.
    pub matches: Vec<Highlight>,
}

/// One page of hits.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchPage {
    /// The hits of this page, best first (by name where no text was searched).
    pub hits: Vec<SearchHit>,
    /// How many documents matched in all; exact.
    pub total: usize,
    /// Sequence number of the last event that this answer knows.
    pub committed_seq: u64,
    /// Words of the query that were not used, because it had more than
    /// [`MAX_TERMS`](super::MAX_TERMS) different ones.
    pub ignored_terms: usize,
    /// No document matched all the words, so these hits match some of them (or only the place
    /// they live in: namespace, or a column's dataset).
    pub relaxed: bool,
}

/// How a result set splits up, each list by falling count, then by value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchCounts {
    /// How many documents matched in all; exact.
    pub total: usize,
    /// By kind.
    pub kinds: Vec<(SearchKind, usize)>,
    /// By namespace.
    pub namespaces: Vec<(String, usize)>,
    /// By layer; the empty one is of datasets and columns that are in none.
    pub layers: Vec<(String, usize)>,
    /// By tag.
    pub tags: Vec<(String, usize)>,
    /// By owner.
    pub owners: Vec<(String, usize)>,
    /// As in [`SearchPage::relaxed`].
    pub relaxed: bool,
    /// Sequence number of the last event that this answer knows.
    pub committed_seq: u64,
}
