//! From typed text and filters to a tantivy query. Built by hand, term by term: there is no
//! query language, so no text can be a syntax error or mean more than it says.
//!
//! Each word of the text scores a document by its best match (the constants below), words add
//! up. Scores depend on the query and the document alone, not on how often a word occurs in
//! the index, so that they survive rebuilds and merges and paging stays put.

use tantivy::Term;
use tantivy::query::{
    AllQuery, BooleanQuery, BoostQuery, ConstScoreQuery, DisjunctionMaxQuery, FuzzyTermQuery,
    Occur, PhraseQuery, Query, TermQuery, TermSetQuery,
};
use tantivy::schema::{Field, IndexRecordOption};

use super::analyze::word_grams;
use super::schema::{Fields, Label, bounded, term};
use super::text;
use super::types::{SearchFilter, SearchKind};

/// Different words of a query that are used; the rest is reported as ignored.
pub const MAX_TERMS: usize = 12;
/// Words from this many characters on forgive one typing error.
pub(super) const ONE_TYPO_CHARS: usize = 4;
/// Words from this many characters on forgive two.
pub(super) const TWO_TYPOS_CHARS: usize = 8;

/// The whole text is the name, or its last segments. More than all words together.
const EXACT: f32 = 10_000.0;
/// A word of the name.
const WORD: f32 = 100.0;
/// The beginning of a word of the name (last word of the query only).
const PREFIX: f32 = 70.0;
/// Inside the name.
const SUBSTRING: f32 = 45.0;
/// A word of the name, one typing error off.
const ONE_TYPO: f32 = 30.0;
/// A word of the name, two typing errors off.
const TWO_TYPOS: f32 = 20.0;
/// A word of the description.
const DESCRIPTION: f32 = 16.0;
/// The beginning of a word of the description.
const DESCRIPTION_PREFIX: f32 = 13.0;
/// A word of the namespace or of a column's dataset.
const CONTEXT: f32 = 0.5;
/// The beginning of such a word.
const CONTEXT_PREFIX: f32 = 0.25;
/// What a word split into parts keeps of its parts' mean score.
const PARTS_SHARE: f32 = 0.9;
/// `orders.am`: the columns of `orders` with a word that begins so. Between the whole name
/// and any words.
const COLUMN_BEGUN: f32 = 5_000.0;
/// `orders.`: the columns of `orders` come after the names that match.
const COLUMNS_OF: f32 = 12.0;

/// A document must score this to be a hit: more than `MAX_TERMS` matches of the context
/// alone, less than any match of its own name or description. (Else `orders amount` would
/// list every column of every `orders_amount` table.)
const FLOOR: f32 = 10.0;

/// One word of the query, folded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// The whole word.
    pub(super) text: String,
    /// What it splits into (`orderItems` → `order`, `items`); empty when it does not.
    pub(super) parts: Vec<String>,
    /// Still being typed: matches as a beginning.
    pub(super) open: bool,
}

/// A text as typed, cut into words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parsed {
    pub(super) words: Vec<Word>,
    /// Segments of the whole text, to compare with names.
    segments: Vec<String>,
    /// It ends in a dot or slash: what comes next would be a column.
    ends_in_separator: bool,
    /// How many different words were too many.
    pub(super) ignored: usize,
    /// Nothing was typed, so everything matches. (Punctuation that no name holds is not
    /// nothing: it matches nothing.)
    pub(super) is_empty: bool,
}

impl Parsed {
    pub(super) fn new(typed: &str) -> Self {
        let mut seen = std::collections::HashSet::new();
        let mut words: Vec<Word> = Vec::new();
        for chunk in text::chunks(typed) {
            let source = &typed[chunk.start..chunk.end];
            let folded = text::folded(source, text::MAX_WORD_CHARS);
            if folded.is_empty() || !seen.insert(folded.clone()) || words.len() >= MAX_TERMS {
                continue;
            }
            let part = |(start, end): (usize, usize)| {
                text::folded(&source[start..end], text::MAX_WORD_CHARS)
            };
            words.push(Word {
                text: folded,
                parts: text::parts(source).into_iter().map(part).collect(),
                open: false,
            });
        }
        let ignored = seen.len() - words.len();
        if let Some(last) = words.last_mut() {
            last.open = true;
        }
        Self {
            words,
            segments: text::segments(typed),
            ends_in_separator: typed.trim_end().ends_with(['.', '/', ':']),
            ignored,
            is_empty: typed.trim().is_empty(),
        }
    }
}

/// One try at a search: the next is made when this one finds nothing.
pub(super) struct Stage {
    pub(super) query: Box<dyn Query>,
    /// The score from which a document is a hit; `None` when scores do not matter.
    pub(super) floor: Option<f32>,
    /// Not all of the words need match.
    pub(super) relaxed: bool,
}

/// The tries at a search, first to last; never none.
pub(super) fn stages(fields: &Fields, parsed: &Parsed, filter: &SearchFilter) -> Vec<Stage> {
    let builder = QueryBuilder { fields };
    if parsed.is_empty {
        return vec![Stage {
            query: builder.filtered(Box::new(AllQuery), filter),
            floor: None,
            relaxed: false,
        }];
    }
    let mut stages = vec![Stage {
        query: builder.strict(parsed, filter),
        floor: Some(FLOOR),
        relaxed: false,
    }];
    if !parsed.words.is_empty() {
        stages.push(Stage {
            query: builder.relaxed(parsed, filter),
            floor: Some(0.0),
            relaxed: true,
        });
    }
    stages
}

/// Builds queries over the fields of an index.
struct QueryBuilder<'a> {
    fields: &'a Fields,
}

impl QueryBuilder<'_> {
    /// Documents in which every word matches, at least one of them in the document's own text
    /// (see [`FLOOR`]).
    fn strict(&self, parsed: &Parsed, filter: &SearchFilter) -> Box<dyn Query> {
        // One word must match the document's own text, so where it lives need not be asked.
        let with_context = parsed.words.len() > 1;
        let all = parsed
            .words
            .iter()
            .map(|word| (Occur::Must, self.word(word, with_context)))
            .collect::<Vec<_>>();
        let mut either = self.exact(parsed);
        if !all.is_empty() {
            either.push((Occur::Should, boolean(all)));
        }
        self.filtered(boolean(either), filter)
    }

    /// Documents in which any word matches anywhere.
    fn relaxed(&self, parsed: &Parsed, filter: &SearchFilter) -> Box<dyn Query> {
        let any = parsed
            .words
            .iter()
            .map(|word| (Occur::Should, self.word(word, true)))
            .collect();
        self.filtered(boolean(any), filter)
    }

    fn filtered(&self, query: Box<dyn Query>, filter: &SearchFilter) -> Box<dyn Query> {
        let mut clauses = vec![(Occur::Must, query)];
        let mut keep = |query: Box<dyn Query>| clauses.push((Occur::Must, constant(query, 0.0)));
        if !filter.kinds.is_empty() {
            keep(self.kinds(&filter.kinds));
        }
        if !filter.namespaces.is_empty() {
            let field = self.fields.namespace;
            keep(any_of(
                filter
                    .namespaces
                    .iter()
                    .map(|value| term(field, &bounded(value.clone()))),
            ));
        }
        let labels = [
            (Label::Layer, &filter.layers),
            (Label::Tag, &filter.tags),
            (Label::Owner, &filter.owners),
        ];
        for (label, values) in labels {
            if !values.is_empty() {
                let field = self.fields.labels;
                keep(any_of(
                    values.iter().map(|value| term(field, &label.value(value))),
                ));
            }
        }
        if clauses.len() == 1 {
            return clauses.remove(0).1;
        }
        boolean(clauses)
    }

    fn kinds(&self, kinds: &[SearchKind]) -> Box<dyn Query> {
        let field = self.fields.kind;
        any_of(
            kinds
                .iter()
                .map(|kind| Term::from_field_u64(field, kind.code())),
        )
    }

    /// The whole text as a name, as `table.column` at each place it can be cut, and with a
    /// dot at its end as the table whose columns are wanted.
    fn exact(&self, parsed: &Parsed) -> Vec<(Occur, Box<dyn Query>)> {
        let joined = |segments: &[String]| bounded(segments.join("."));
        let exact = |segments: &[String]| is(self.fields.exact, &joined(segments), EXACT);
        let parent = |segments: &[String], score| is(self.fields.parent, &joined(segments), score);
        let segments = parsed.segments.as_slice();
        if segments.is_empty() {
            return Vec::new();
        }
        let mut ways = vec![exact(segments)];
        // A column's path seldom has more than a few segments.
        for cut in (1..segments.len()).rev().take(MAX_TERMS) {
            let (table, column) = segments.split_at(cut);
            ways.push(boolean(vec![
                (Occur::Must, exact(column)),
                (Occur::Must, parent(table, 0.0)),
            ]));
        }
        if let ([table @ .., column], [.., word]) = (segments, parsed.words.as_slice())
            && !table.is_empty()
            && !parsed.ends_in_separator
            && column.ends_with(&word.text)
        {
            let begins = fuzzy(self.fields.words, &word.text, 0, true, COLUMN_BEGUN);
            ways.push(boolean(vec![
                (Occur::Must, begins),
                (Occur::Must, parent(table, 0.0)),
            ]));
        }
        let mut clauses = vec![(Occur::Should, best_of(ways))];
        if parsed.ends_in_separator {
            clauses.push((Occur::Should, parent(segments, COLUMNS_OF)));
        }
        clauses
    }

    /// The best of all the ways in which one word can match.
    fn word(&self, word: &Word, with_context: bool) -> Box<dyn Query> {
        let mut ways = self.single(&word.text, word.open, with_context);
        if !word.parts.is_empty() {
            let last = word.parts.len() - 1;
            let each = word.parts.iter().enumerate().map(|(at, part)| {
                let open = word.open && at == last;
                (Occur::Must, best_of(self.single(part, open, with_context)))
            });
            #[expect(clippy::cast_precision_loss, reason = "at most 64 parts")]
            let share = PARTS_SHARE / word.parts.len() as f32;
            ways.push(Box::new(BoostQuery::new(boolean(each.collect()), share)));
        }
        best_of(ways)
    }

    fn single(&self, word: &str, open: bool, with_context: bool) -> Vec<Box<dyn Query>> {
        let Fields {
            words,
            description,
            context,
            ..
        } = *self.fields;
        let mut ways = vec![is(words, word, WORD), is(description, word, DESCRIPTION)];
        if open {
            ways.push(fuzzy(words, word, 0, true, PREFIX));
            ways.push(fuzzy(description, word, 0, true, DESCRIPTION_PREFIX));
        }
        if with_context {
            ways.push(is(context, word, CONTEXT));
            if open {
                ways.push(fuzzy(context, word, 0, true, CONTEXT_PREFIX));
            }
        }
        ways.extend(self.substring(word));
        let typos = allowed_typos(word);
        if typos >= 1 {
            ways.push(fuzzy(words, word, 1, open, ONE_TYPO));
        }
        if typos >= 2 {
            ways.push(fuzzy(words, word, 2, open, TWO_TYPOS));
        }
        ways
    }

    fn substring(&self, word: &str) -> Option<Box<dyn Query>> {
        let field = self.fields.grams;
        let mut grams: Vec<Term> = word_grams(word)
            .iter()
            .map(|gram| term(field, gram))
            .collect();
        let query: Box<dyn Query> = match grams.len() {
            0 => return None,
            1 => Box::new(TermQuery::new(grams.remove(0), IndexRecordOption::Basic)),
            _ => Box::new(PhraseQuery::new(grams)),
        };
        Some(constant(query, SUBSTRING))
    }
}

fn is(field: Field, text: &str, score: f32) -> Box<dyn Query> {
    let query = TermQuery::new(term(field, text), IndexRecordOption::Basic);
    constant(Box::new(query), score)
}

/// How many typing errors a folded word forgives: 0, 1 or 2.
pub(super) fn allowed_typos(word: &str) -> u8 {
    match word.chars().count() {
        n if n >= TWO_TYPOS_CHARS => 2,
        n if n >= ONE_TYPO_CHARS => 1,
        _ => 0,
    }
}

fn fuzzy(field: Field, word: &str, typos: u8, prefix: bool, score: f32) -> Box<dyn Query> {
    let term = term(field, word);
    let query = if prefix {
        FuzzyTermQuery::new_prefix(term, typos, true)
    } else {
        FuzzyTermQuery::new(term, typos, true)
    };
    constant(Box::new(query), score)
}

fn constant(query: Box<dyn Query>, score: f32) -> Box<dyn Query> {
    Box::new(ConstScoreQuery::new(query, score))
}

fn boolean(clauses: Vec<(Occur, Box<dyn Query>)>) -> Box<dyn Query> {
    Box::new(BooleanQuery::new(clauses))
}

fn best_of(ways: Vec<Box<dyn Query>>) -> Box<dyn Query> {
    Box::new(DisjunctionMaxQuery::new(ways))
}

fn any_of(terms: impl Iterator<Item = Term>) -> Box<dyn Query> {
    Box::new(TermSetQuery::new(terms))
}
