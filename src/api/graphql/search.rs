//! Search over GraphQL: filters, hits with matched ranges, a Relay connection.

use async_graphql::connection::PageInfo;
use async_graphql::{ComplexObject, Enum, InputObject, Result, SimpleObject};

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
    /// Layers to keep; an empty text is "in none".
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
    /// Another name of the dataset.
    Alias,
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
    /// On jobs, how many there are in its namespace whose names differ only by an id, this one among
    /// them; null when its name has none. Of five and more, search shows the one with the greatest
    /// name.
    pub alike: Option<usize>,
    /// How well it matched; higher is better.
    pub score: f32,
    /// Where it matched.
    pub snippets: Vec<Snippet>,
}

/// A hit on a page.
#[derive(SimpleObject)]
pub struct SearchEdge {
    /// Where it stands, for `after`; good while things come and go.
    pub cursor: String,
    /// The hit.
    pub node: SearchHit,
}

/// A page of what a search found, best first.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct SearchConnection {
    /// The hits of this page with their cursors.
    pub edges: Vec<SearchEdge>,
    /// Where this page stands.
    pub page_info: PageInfo,
    /// How many things match in all; exact.
    pub total: usize,
    /// Nothing matched all words, so these match some of them.
    pub relaxed: bool,
    /// Words of the query that were too many to be used.
    pub ignored_terms: usize,
    /// The last event that search has seen.
    pub committed_seq: u64,
}

#[ComplexObject]
impl SearchConnection {
    /// The hits of this page.
    async fn nodes(&self) -> Vec<&SearchHit> {
        self.edges.iter().map(|edge| &edge.node).collect()
    }
}

/// The kind as the schema has it.
pub fn kind(kind: SearchKind) -> NodeKind {
    match kind {
        SearchKind::Dataset => NodeKind::Dataset,
        SearchKind::Column => NodeKind::Column,
        SearchKind::Job => NodeKind::Job,
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

fn hit(engine: &Engine, found: index::SearchHit) -> SearchHit {
    let catalog = engine.catalog();
    let job =
        (found.kind == SearchKind::Job).then(|| catalog.job_id(&found.namespace, &found.name));
    let family = job.flatten().and_then(|job| catalog.family_of(job));
    let kind = kind(found.kind);
    let snippets = found.matches.iter().map(|matched| Snippet {
        field: match matched.field {
            HighlightField::Name => MatchField::Name,
            HighlightField::Alias => MatchField::Alias,
            HighlightField::Column => MatchField::Column,
            HighlightField::Description => MatchField::Description,
        },
        parts: parts(&matched.text, &matched.ranges),
    });
    SearchHit {
        id: node_id(
            kind.word(),
            &found.namespace,
            &found.name,
            found.column.as_deref(),
        ),
        kind,
        snippets: snippets.collect(),
        namespace: found.namespace,
        name: found.name,
        column: found.column,
        description: found.description,
        layer: found.layer,
        tags: found.tags,
        owners: found.owners,
        alike: family.map(|family| family.count),
        score: found.score,
    }
}

/// Runs a search.
///
/// # Errors
/// `BAD_INPUT` for what is no cursor, no page size, or too deep; `INTERNAL` when the index fails.
pub fn run(
    engine: &Engine,
    text: &str,
    filter: SearchFilterInput,
    first: Option<i32>,
    after: Option<&str>,
) -> Result<SearchConnection> {
    let limit = page_size(first)?;
    let after = after.map(Cursor::read).transpose()?;
    let filter = filter.into();
    let search = |limit, offset| {
        let found = engine.search().search(text, &filter, limit, offset);
        found.map_err(|error| match error {
            index::SearchError::TooDeep { .. } => coded("BAD_INPUT", error),
            error => internal(error),
        })
    };
    let mut offset = after.as_ref().map_or(0, |after| after.place + 1);
    let mut page = search(limit, offset)?;
    if let Some(after) = after.filter(|after| after.seq != page.committed_seq) {
        // Documents came or went since that page: the hit may stand elsewhere now.
        let from = after.place.saturating_sub(MOVED);
        let around = (2 * MOVED).min(index::MAX_WINDOW.saturating_sub(from));
        let hits = search(around, from)?.hits;
        if let Some(at) = hits.iter().position(|hit| id_hash(hit) == after.hash) {
            offset = from + at + 1;
            page = search(limit, offset)?;
        }
    }
    Ok(connection(engine, page, offset))
}

fn connection(engine: &Engine, page: index::SearchPage, offset: usize) -> SearchConnection {
    let (more, seq) = (offset + page.hits.len() < page.total, page.committed_seq);
    let edge = |(place, found)| {
        let hash = id_hash(&found);
        SearchEdge {
            cursor: Cursor { place, seq, hash }.write(),
            node: hit(engine, found),
        }
    };
    let edges: Vec<SearchEdge> = (offset..).zip(page.hits).map(edge).collect();
    SearchConnection {
        page_info: PageInfo {
            has_previous_page: offset > 0,
            has_next_page: more,
            start_cursor: edges.first().map(|edge| edge.cursor.clone()),
            end_cursor: edges.last().map(|edge| edge.cursor.clone()),
        },
        edges,
        total: page.total,
        relaxed: page.relaxed,
        ignored_terms: page.ignored_terms,
        committed_seq: page.committed_seq,
    }
}

/// How far from its place a hit is looked for once the index has changed.
const MOVED: usize = 500;

/// Where a page ended: the place of its last hit, as of which event, and which hit it was. Order is
/// fixed by the documents, so the place holds until the index changes; then the hit is looked for
/// and the next page begins behind it, wherever it is.
struct Cursor {
    place: usize,
    seq: u64,
    hash: u32,
}

fn id_hash(found: &index::SearchHit) -> u32 {
    let word = kind(found.kind).word();
    let id = node_id(word, &found.namespace, &found.name, found.column.as_deref());
    crc32fast::hash(id.as_bytes())
}

impl Cursor {
    fn write(&self) -> String {
        format!("{}.{}.{:08x}", self.place, self.seq, self.hash)
    }

    fn read(cursor: &str) -> Result<Self> {
        let parse = || {
            let (place, rest) = cursor.split_once('.')?;
            let (seq, hash) = rest.split_once('.')?;
            Some(Self {
                place: place.parse().ok().filter(|at| *at < index::MAX_WINDOW)?,
                seq: seq.parse().ok()?,
                hash: u32::from_str_radix(hash, 16).ok()?,
            })
        };
        parse().ok_or_else(|| {
            let message = format!("after: {cursor:?} is no cursor of this connection");
            coded("BAD_INPUT", message)
        })
    }
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
