//! The fields of the index and how a document is laid out in them. Bump [`LAYOUT`] with every
//! change here or in the text rules: an index of another layout is rebuilt, never read.
//!
//! Column documents outnumber all others ten to one, so nothing is kept twice: one stored blob
//! to show, postings without frequencies, and two dictionary-coded fast fields to sort by.

use tantivy::schema::{
    Field, IndexRecordOption, NumericOptions, STORED, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::{TantivyDocument, Term};

use super::analyze::{GRAMS, WORDS};
use super::error::SearchError;
use super::text;
use super::types::{SearchDoc, SearchKind};

/// Version of the layout on disk.
pub(super) const LAYOUT: &str = "headwater search index, layout 3\n";

/// Bytes of a description that are kept and searched.
pub const MAX_DESCRIPTION_BYTES: usize = 4096;

/// Longest term kept as it is; tantivy drops terms past 64 KiB in silence, so longer ones are
/// cut and told apart by their hash.
const MAX_TERM_BYTES: usize = 1024;
/// How many last segments of a name can be given to mean it exactly (besides all of them).
const MAX_SUFFIXES: usize = 8;

/// Fast-field names, needed by the collectors.
pub(super) const KEY: &str = "key";
pub(super) const RANK: &str = "rank";
pub(super) const NAMESPACE: &str = "namespace";
pub(super) const LABELS: &str = "labels";

/// Handles of all fields.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields {
    /// Identity, and the order of names: see [`key`].
    pub(super) key: Field,
    /// Kind and length: see [`rank`].
    pub(super) rank: Field,
    /// Kind, to filter by.
    pub(super) kind: Field,
    /// Namespace, exact.
    pub(super) namespace: Field,
    /// Layer, tags and owners, exact, each with the prefix of its [`Label`].
    pub(super) labels: Field,
    /// Last segments of the name (of the column's path): a query equal to one is exact.
    pub(super) exact: Field,
    /// Last segments of a column's dataset name, for `table.column`.
    pub(super) parent: Field,
    /// Words of the name (of the column's path).
    pub(super) words: Field,
    /// Trigrams of the same.
    pub(super) grams: Field,
    /// Words of where it lives: namespace, and a column's dataset.
    pub(super) context: Field,
    /// Words of the description.
    pub(super) description: Field,
    /// The [`SearchDoc`] itself, to show.
    pub(super) stored: Field,
}

/// Kinds of label, told apart by the first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Label {
    Layer,
    Tag,
    Owner,
}

impl Label {
    pub(super) const ALL: [Self; 3] = [Self::Layer, Self::Tag, Self::Owner];

    pub(super) fn prefix(self) -> char {
        match self {
            Self::Layer => 'l',
            Self::Tag => 't',
            Self::Owner => 'o',
        }
    }

    pub(super) fn value(self, text: &str) -> String {
        bounded(format!("{}{text}", self.prefix()))
    }
}

/// The schema and its handles.
pub(super) fn schema() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let text = |tokenizer: &str, record: IndexRecordOption| {
        let indexing = TextFieldIndexing::default()
            .set_tokenizer(tokenizer)
            .set_index_option(record)
            .set_fieldnorms(false);
        TextOptions::default().set_indexing_options(indexing)
    };
    let raw = || text("raw", IndexRecordOption::Basic);
    let words = || text(WORDS, IndexRecordOption::Basic);
    let grams = text(GRAMS, IndexRecordOption::WithFreqsAndPositions);
    let fields = Fields {
        key: builder.add_text_field(KEY, raw().set_fast("raw")),
        rank: builder.add_u64_field(RANK, NumericOptions::default().set_fast()),
        kind: builder.add_u64_field("kind", NumericOptions::default().set_indexed()),
        namespace: builder.add_text_field(NAMESPACE, raw().set_fast("raw")),
        labels: builder.add_text_field(LABELS, raw().set_fast("raw")),
        exact: builder.add_text_field("exact", raw()),
        parent: builder.add_text_field("parent", raw()),
        words: builder.add_text_field("words", words()),
        grams: builder.add_text_field("grams", grams),
        context: builder.add_text_field("context", words()),
        description: builder.add_text_field("description", words()),
        stored: builder.add_bytes_field("stored", STORED),
    };
    (builder.build(), fields)
}

/// Term that identifies a document, made so that byte order is the order of names: name
/// without case, name, namespace, kind, column, with NUL between them.
pub(super) fn key(kind: SearchKind, namespace: &str, name: &str, column: Option<&str>) -> String {
    let lower = name.to_lowercase();
    let exact = if lower == name { "" } else { name };
    let mut out = String::with_capacity(lower.len() + exact.len() + namespace.len() + 16);
    for piece in [&lower, exact, namespace] {
        push_escaped(&mut out, piece);
        out.push('\0');
    }
    out.push(char::from(b'0' + u8::try_from(kind.code()).unwrap_or(9)));
    if let Some(column) = column {
        out.push('\0');
        push_escaped(&mut out, column);
    }
    bounded(out)
}

/// Adds `piece` with the separator written so that no two lists of pieces give one key.
fn push_escaped(out: &mut String, piece: &str) {
    for c in piece.chars() {
        match c {
            '\0' => out.push_str("\u{1}\u{1}"),
            '\u{1}' => out.push_str("\u{1}\u{2}"),
            other => out.push(other),
        }
    }
}

/// `term`, or when it is too long its beginning and its hash.
pub(super) fn bounded(term: String) -> String {
    if term.len() <= MAX_TERM_BYTES {
        return term;
    }
    let hash = blake3::hash(term.as_bytes()).to_hex();
    let cut = term.floor_char_boundary(MAX_TERM_BYTES - hash.len() - 2);
    format!("{}\u{1}\u{3}{hash}", &term[..cut])
}

/// Where the kind stands in a [`rank`].
const RANK_KIND_SHIFT: u32 = 12;

/// Sort value of equally good hits: kind first, then how long the matched name is (its last
/// segment, in characters up to 255) and in how many segments (up to 15), so that `orders`
/// comes before `orders_backup` and `marts.orders` before `prod.marts.orders`.
pub(super) fn rank(doc: &SearchDoc) -> u64 {
    let own = own_text(doc);
    let segments = text::segments(own);
    let shown = match doc.kind {
        SearchKind::Column => own,
        _ => segments.last().map_or(own, String::as_str),
    };
    let length = shown.chars().take(255).count() as u64;
    let depth = segments.len().min(15) as u64;
    (doc.kind.code() << RANK_KIND_SHIFT) | (length << 4) | depth
}

/// Which of [`SearchKind::ALL`] a [`rank`] tells.
pub(super) fn kind_of_rank(rank: u64) -> usize {
    usize::try_from(rank >> RANK_KIND_SHIFT).unwrap_or(usize::MAX)
}

/// The text that is a document's own name: the column's path, or else the name.
pub(super) fn own_text(doc: &SearchDoc) -> &str {
    match (doc.kind, &doc.column) {
        (SearchKind::Column, Some(column)) => column,
        _ => &doc.name,
    }
}

/// A name's last segments, one, two, … and all of them, each joined by dots.
fn suffixes(name: &str) -> Vec<String> {
    let segments = text::segments(name);
    let count = segments.len();
    (0..count)
        .filter(|from| *from == 0 || count - from <= MAX_SUFFIXES)
        .map(|from| bounded(segments[from..].join(".")))
        .collect()
}

/// Lays a document out in the fields. Fails only if it cannot be encoded.
pub(super) fn document(fields: &Fields, doc: &SearchDoc) -> Result<TantivyDocument, SearchError> {
    let doc = with_bounded_description(doc);
    let mut out = TantivyDocument::default();
    let own = own_text(&doc);
    out.add_text(
        fields.key,
        key(doc.kind, &doc.namespace, &doc.name, doc.column.as_deref()),
    );
    out.add_u64(fields.rank, rank(&doc));
    out.add_u64(fields.kind, doc.kind.code());
    out.add_text(fields.namespace, bounded(doc.namespace.clone()));
    out.add_text(fields.words, own);
    out.add_text(fields.grams, own);
    out.add_text(fields.context, &doc.namespace);
    for suffix in suffixes(own) {
        out.add_text(fields.exact, suffix);
    }
    for (namespace, name) in &doc.aliases {
        out.add_text(fields.context, namespace);
        let field = if doc.kind == SearchKind::Column {
            out.add_text(fields.context, name);
            fields.parent
        } else {
            out.add_text(fields.words, name);
            out.add_text(fields.grams, name);
            fields.exact
        };
        for suffix in suffixes(name) {
            out.add_text(field, suffix);
        }
    }
    if doc.kind == SearchKind::Column {
        out.add_text(fields.context, &doc.name);
        for suffix in suffixes(&doc.name) {
            out.add_text(fields.parent, suffix);
        }
    }
    add_labels(&mut out, fields, &doc);
    if let Some(description) = &doc.description {
        out.add_text(fields.description, description);
    }
    let blob = postcard::to_stdvec(doc.as_ref()).map_err(|source| SearchError::Document {
        action: "encode",
        source,
    })?;
    out.add_bytes(fields.stored, &blob);
    Ok(out)
}

fn add_labels(out: &mut TantivyDocument, fields: &Fields, doc: &SearchDoc) {
    // What could have a layer and has none is found by the empty one.
    let layer = match (&doc.layer, doc.kind) {
        (Some(layer), _) => Some(Label::Layer.value(layer)),
        (None, SearchKind::Dataset | SearchKind::Column) => Some(Label::Layer.value("")),
        (None, SearchKind::Job) => None,
    };
    let tags = doc.tags.iter().map(|tag| Label::Tag.value(tag));
    let owners = doc.owners.iter().map(|owner| Label::Owner.value(owner));
    let mut labels: Vec<String> = layer.into_iter().chain(tags).chain(owners).collect();
    labels.sort_unstable();
    // A tag given twice counts once.
    labels.dedup();
    for label in labels {
        out.add_text(fields.labels, label);
    }
}

fn with_bounded_description(doc: &SearchDoc) -> std::borrow::Cow<'_, SearchDoc> {
    match &doc.description {
        Some(text) if text.len() > MAX_DESCRIPTION_BYTES => {
            let cut = text.floor_char_boundary(MAX_DESCRIPTION_BYTES);
            let mut short = doc.clone();
            short.description = Some(text[..cut].to_owned());
            std::borrow::Cow::Owned(short)
        }
        _ => std::borrow::Cow::Borrowed(doc),
    }
}

/// Term of a text field.
pub(super) fn term(field: Field, text: &str) -> Term {
    Term::from_field_text(field, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_unique_bounded_and_sort_by_name() {
        let key = |ns: &str, name: &str, col: Option<&str>| key(SearchKind::Column, ns, name, col);
        assert_ne!(key("a\0b", "c", None), key("a", "b\0c", None));
        assert_ne!(key("a", "b", None), key("a", "b", Some("")));
        assert_ne!(key("a", "B", None), key("a", "b", None));
        assert_ne!(key("n", "x\u{1}\u{1}", None), key("n", "x\0", None));
        assert!(key("z", "apple", None) < key("a", "Banana", None));
        let long = "x".repeat(100_000);
        assert!(key(&long, &long, None).len() <= MAX_TERM_BYTES);
        assert_ne!(key(&long, "n", Some("a")), key(&long, "n", Some("b")));
    }

    #[test]
    fn suffixes_run_from_the_end() {
        assert_eq!(suffixes("A.B.c"), ["a.b.c", "b.c", "c"]);
        let deep = vec!["x"; 20].join("/");
        assert_eq!(suffixes(&deep).len(), MAX_SUFFIXES + 1);
        assert!(suffixes("").is_empty());
    }
}
