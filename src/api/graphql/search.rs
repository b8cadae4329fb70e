//! Search over GraphQL: filters, hits with matched ranges, a Relay connection.

use async_graphql::connection::{Connection, ConnectionNameType, Edge, EdgeNameType};
use async_graphql::{Enum, InputObject, OutputType, Result, SimpleObject};

use crate::engine::Engine;
use crate::search::{self as index, HighlightField, SearchKind};

use super::refs::{NodeKind, coded, internal, node_id};

/// Narrows a search. Values of one list are alternatives, the lists must all hold.
#[derive(InputObject, Debug, Clone, Default)]
#[graphql(name = "SearchFilter")]
pub struct SearchFilterInput {
    /// Kinds to keep.
    #[graphql(default)]
    pub kinds: Vec<NodeKind>,
    /// Namespaces to keep.
    #[graphql(default)]
    pub namespaces: Vec<String>,
    /// Layers to keep.
    #[graphql(default)]
    pub layers: Vec<String>,
    /// Tags (`key` or `key:value`), of which a hit has at least one.
    #[graphql(default)]
    pub tags: Vec<String>,
    /// Owners, of which a hit has at least one.
    #[graphql(default)]
    pub owners: Vec<String>,
}

/// Which text of a hit matched.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatchField {
    /// The name of the dataset or job.
    Name,
    /// The column.
    Column,
    /// The description.
    Description,
}

/// A part of a text; plain text, never HTML.
#[derive(SimpleObject, Debug, Clone)]
pub struct SnippetPart {
    /// The text of this part.
    pub text: String,
    /// It matched the query.
    pub matched: bool,
}

/// A text that matched, in parts.
#[derive(SimpleObject, Debug, Clone)]
pub struct Snippet {
    /// Which text it is.
    pub field: MatchField,
    /// Its parts in order; joined they are the text.
    pub parts: Vec<SnippetPart>,
}

/// Something that was found.
#[derive(SimpleObject, Debug, Clone)]
pub struct SearchHit {
    /// Id as in lineage.
    pub id: String,
    /// What it is.
    pub kind: NodeKind,
    /// Namespace of the dataset or job.
    pub namespace: String,
    /// Name of the dataset or job.
    pub name: String,
    /// The column, on columns.
    pub column: Option<String>,
    /// Its description.
    pub description: Option<String>,
    /// Its layer.
    pub layer: Option<String>,
    /// Its tags.
    pub tags: Vec<String>,
    /// Its owners.
    pub owners: Vec<String>,
    /// How well it matched; higher is better.
    pub score: f32,
    /// Where it matched.
    pub snippets: Vec<Snippet>,
}

/// What holds for a whole search.
#[derive(SimpleObject, Debug, Clone)]
pub struct SearchSummary {
    /// How many things match in all; exact.
    pub total: usize,
    /// Nothing matched all words, so these match some of them.
    pub relaxed: bool,
    /// Words of the query that were too many to be used.
    pub ignored_terms: usize,
    /// The last event that search has seen.
    pub committed_seq: u64,
}

pub struct SearchName;

impl ConnectionNameType for SearchName {
    fn type_name<T: OutputType>() -> String {
        "SearchConnection".to_owned()
    }
}

impl EdgeNameType for SearchName {
    fn type_name<T: OutputType>() -> String {
        "SearchEdge".to_owned()
    }
}

pub type SearchConnection = Connection<
    String,
    SearchHit,
    SearchSummary,
    async_graphql::connection::EmptyFields,
    SearchName,
    SearchName,
>;

fn kind(kind: SearchKind) -> (NodeKind, &'static str) {
    match kind {
        SearchKind::Dataset => (NodeKind::Dataset, "dataset"),
        SearchKind::Column => (NodeKind::Column, "column"),
        SearchKind::Job => (NodeKind::Job, "job"),
    }
}

impl From<SearchFilterInput> for index::SearchFilter {
    fn from(filter: SearchFilterInput) -> Self {
        let kinds = filter.kinds.into_iter().map(|kind| match kind {
            NodeKind::Dataset => SearchKind::Dataset,
            NodeKind::Column => SearchKind::Column,
            NodeKind::Job => SearchKind::Job,
        });
        Self {
            kinds: kinds.collect(),
            namespaces: filter.namespaces,
            layers: filter.layers,
            tags: filter.tags,
            owners: filter.owners,
        }
    }
}

fn parts(text: &str, ranges: &[(usize, usize)]) -> Vec<SnippetPart> {
    let mut parts = Vec::new();
    let mut at = 0;
    let mut push = |from: usize, to: usize, matched| {
        let text = text.get(from..to).unwrap_or_default();
        if !text.is_empty() {
            parts.push(SnippetPart {
                text: text.to_owned(),
                matched,
            });
        }
    };
    for &(from, to) in ranges {
        push(at, from, false);
        push(from, to, true);
        at = to;
    }
    push(at, text.len(), false);
    parts
}

fn hit(found: index::SearchHit) -> SearchHit {
    let (kind, word) = kind(found.kind);
    let snippets = found.matches.iter().map(|matched| Snippet {
        field: match matched.field {
            HighlightField::Name => MatchField::Name,
            HighlightField::Column => MatchField::Column,
            HighlightField::Description => MatchField::Description,
        },
        parts: parts(&matched.text, &matched.ranges),
    });
    SearchHit {
        id: node_id(word, &found.namespace, &found.name, found.column.as_deref()),
        kind,
        snippets: snippets.collect(),
        namespace: found.namespace,
        name: found.name,
        column: found.column,
        description: found.description,
        layer: found.layer,
        tags: found.tags,
        owners: found.owners,
        score: found.score,
    }
}

/// Runs a search; cursors are positions in the order of hits.
pub fn run(
    engine: &Engine,
    text: &str,
    filter: SearchFilterInput,
    first: Option<i32>,
    after: Option<&str>,
) -> Result<SearchConnection> {
    let limit = page_size(first)?;
    let offset = match after {
        None => 0,
        Some(cursor) => cursor
            .parse::<usize>()
            .ok()
            .and_then(|at| at.checked_add(1))
            .ok_or_else(|| {
                coded(
                    "BAD_INPUT",
                    format!("after: {cursor:?} is no cursor of this connection"),
                )
            })?,
    };
    let page = engine
        .search()
        .search(text, &filter.into(), limit, offset)
        .map_err(|error| match error {
            index::SearchError::TooDeep { .. } => coded("BAD_INPUT", error),
            error => internal(error),
        })?;
    let summary = SearchSummary {
        total: page.total,
        relaxed: page.relaxed,
        ignored_terms: page.ignored_terms,
        committed_seq: page.committed_seq,
    };
    let more = offset + page.hits.len() < page.total;
    let mut connection = Connection::with_additional_fields(offset > 0, more, summary);
    let edges = page.hits.into_iter().enumerate();
    connection
        .edges
        .extend(edges.map(|(i, found)| Edge::new((offset + i).to_string(), hit(found))));
    Ok(connection)
}

/// `first` of a connection: 20 unless given, 1 to 500.
pub fn page_size(first: Option<i32>) -> Result<usize> {
    match first {
        None => Ok(20),
        Some(first) => usize::try_from(first)
            .ok()
            .filter(|n| (1..=500).contains(n))
            .ok_or_else(|| {
                coded(
                    "BAD_INPUT",
                    format!("first: {first} is not between 1 and 500"),
                )
            }),
    }
}
