//! Finds what a query matched in the texts of a hit, by the same text rules as the index.
//! Gives byte ranges, never markup.

use super::analyze::GRAM_CHARS;
use super::query::{Parsed, allowed_typos};
use super::text::{self, Squashed};
use super::types::{Highlight, HighlightField, SearchDoc, SearchKind};

/// Descriptions longer than this many bytes are shown in part.
const FRAGMENT_BYTES: usize = 200;
/// How much of the fragment comes before its first match.
const LEAD_BYTES: usize = 60;

/// What of a text can match.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Match {
    /// Words, beginnings, inner parts and typing errors: names.
    Name,
    /// Words and beginnings: prose.
    Prose,
}

/// The matched fields of `doc`, those without a match left out.
pub(super) fn highlights(doc: &SearchDoc, parsed: &Parsed) -> Vec<Highlight> {
    let mut out = Vec::new();
    if parsed.words.is_empty() {
        return out;
    }
    let column = match doc.kind {
        SearchKind::Column => doc.column.as_deref(),
        _ => None,
    };
    let aliases = doc.aliases.iter();
    let names = [
        (HighlightField::Name, Some(doc.name.as_str())),
        (HighlightField::Column, column),
    ]
    .into_iter()
    .chain(aliases.map(|(_, name)| (HighlightField::Alias, Some(name.as_str()))));
    for (field, text) in names {
        let Some(text) = text else { continue };
        let ranges = ranges(text, parsed, Match::Name);
        if !ranges.is_empty() {
            let text = text.to_owned();
            out.push(Highlight {
                field,
                text,
                ranges,
            });
        }
    }
    if let Some(description) = &doc.description {
        let ranges = ranges(description, parsed, Match::Prose);
        if !ranges.is_empty() {
            out.push(fragment(description, ranges));
        }
    }
    out
}

/// A word to look for: its folded characters, and whether a beginning is enough.
struct Needle {
    chars: Vec<char>,
    open: bool,
    typos: u8,
}

fn needles(parsed: &Parsed) -> Vec<Needle> {
    let mut out = Vec::new();
    for word in &parsed.words {
        let mut push = |text: &str, open| {
            out.push(Needle {
                chars: text.chars().collect(),
                open,
                typos: allowed_typos(text),
            });
        };
        push(&word.text, word.open);
        for (at, part) in word.parts.iter().enumerate() {
            push(part, word.open && at + 1 == word.parts.len());
        }
    }
    out
}

fn ranges(text: &str, parsed: &Parsed, what: Match) -> Vec<(usize, usize)> {
    let tokens = tokens(text);
    let runs = match what {
        Match::Name => text::squashed(text, usize::MAX),
        Match::Prose => Vec::new(),
    };
    let mut out = Vec::new();
    for needle in needles(parsed) {
        let before = out.len();
        out.extend(tokens.iter().filter_map(|token| begins(token, &needle)));
        for run in &runs {
            inside(run, &needle, &mut out);
        }
        // Like the ranking: an error is assumed only where nothing matches as typed.
        if out.len() == before && what == Match::Name && needle.typos > 0 {
            let near = tokens.iter().filter(|token| is_near(token, &needle));
            out.extend(near.filter_map(|token| span(token)));
        }
    }
    merged(out)
}

/// The chunks of a text and their parts, folded.
fn tokens(text: &str) -> Vec<Vec<Squashed>> {
    let mut out = Vec::new();
    for chunk in text::chunks(text) {
        let source = &text[chunk.start..chunk.end];
        let pieces = std::iter::once((0, source.len())).chain(text::parts(source));
        out.extend(
            pieces.map(|(start, end)| squash_one(text, chunk.start + start, chunk.start + end)),
        );
    }
    out
}

/// The folded characters of one word, with their bytes in `text`.
fn squash_one(text: &str, start: usize, end: usize) -> Vec<Squashed> {
    let mut out = Vec::new();
    for (at, c) in text[start..end].char_indices() {
        let from = start + at;
        let to = from + c.len_utf8();
        text::fold(c, |ch| {
            out.push(Squashed {
                ch,
                start: from,
                end: to,
            });
        });
    }
    out.truncate(text::MAX_WORD_CHARS);
    out
}

/// Bytes of a word that the needle is, or is the beginning of where that is enough.
fn begins(token: &[Squashed], needle: &Needle) -> Option<(usize, usize)> {
    let count = needle.chars.len();
    let same = token.iter().zip(&needle.chars).all(|(a, b)| a.ch == *b);
    if !same || token.len() < count || (token.len() > count && !needle.open) {
        return None;
    }
    span(token.get(..count)?)
}

/// Whether the needle is a word with no more typing errors than are forgiven.
fn is_near(token: &[Squashed], needle: &Needle) -> bool {
    let chars: Vec<char> = token.iter().map(|c| c.ch).collect();
    typos_between(&needle.chars, &chars, needle.open) <= usize::from(needle.typos)
}

/// Adds each place where the needle stands inside a squashed segment.
fn inside(run: &[Squashed], needle: &Needle, out: &mut Vec<(usize, usize)>) {
    let count = needle.chars.len();
    if count < GRAM_CHARS {
        return;
    }
    for window in run.windows(count) {
        if window.iter().zip(&needle.chars).all(|(a, b)| a.ch == *b) {
            out.extend(span(window));
        }
    }
}

fn span(of: &[Squashed]) -> Option<(usize, usize)> {
    Some((of.first()?.start, of.last()?.end))
}

/// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`, or with
/// `prefix` into the beginning of `b` that is nearest.
fn typos_between(a: &[char], b: &[char], prefix: bool) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut next = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let replaced = row[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = replaced.min(row[j] + 1).min(next[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(before[j - 2] + 1);
            }
            next[j] = least;
        }
        before = std::mem::replace(&mut row, next);
    }
    let whole = row.last().copied().unwrap_or(a.len());
    if !prefix {
        return whole;
    }
    row.into_iter().min().unwrap_or(whole)
}

/// Ranges in order, overlapping and touching ones joined.
fn merged(mut ranges: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
    ranges.retain(|(start, end)| start < end);
    ranges.sort_unstable();
    let mut out: Vec<(usize, usize)> = Vec::new();
    for (start, end) in ranges {
        match out.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => out.push((start, end)),
        }
    }
    out
}

/// The part of a description round its first match.
fn fragment(text: &str, ranges: Vec<(usize, usize)>) -> Highlight {
    let field = HighlightField::Description;
    let first = ranges.first().map_or(0, |range| range.0);
    if text.len() <= FRAGMENT_BYTES {
        return Highlight {
            field,
            text: text.to_owned(),
            ranges,
        };
    }
    let mut start = text.floor_char_boundary(first.saturating_sub(LEAD_BYTES));
    // Better to begin at a word, where one begins before the match.
    if start > 0
        && let Some(space) = text[start..first].find(char::is_whitespace)
    {
        start = text.ceil_char_boundary(start + space + 1);
    }
    let end = text.floor_char_boundary((start + FRAGMENT_BYTES).min(text.len()));
    let inside = |&(from, to): &(usize, usize)| {
        let to = to.min(end);
        (from < to).then(|| (from - start, to - start))
    };
    Highlight {
        field,
        text: text[start..end].to_owned(),
        ranges: ranges.iter().filter_map(inside).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, typed: &str, expect: &str) {
        let ranges = ranges(text, &Parsed::new(typed), Match::Name);
        let mut got = String::new();
        let mut at = 0;
        for (start, end) in ranges {
            got += &[&text[at..start], "[", &text[start..end], "]"].concat();
            at = end;
        }
        assert_eq!(got + &text[at..], expect);
    }

    #[test]
    fn marks_what_matched() {
        check("stg_orders", "orders", "stg_[orders]");
        check("stg_orders", "ord", "stg_[ord]ers");
        check("stg_orders", "rder", "stg_o[rder]s");
        check("stg_orders", "stgord", "[stg_ord]ers");
        check("stg_orders", "ordesr", "stg_[orders]");
        check("OrderItems", "items order", "[OrderItems]");
        check("straße_ümlaut", "strasse uml", "[straße]_[üml]aut");
        check("🚀_launch", "🚀", "[🚀]_launch");
        check("stg_orders", "xyz", "stg_orders");
    }

    #[test]
    fn counts_typos() {
        let typos = |a: &str, b: &str, prefix| {
            let (a, b): (Vec<_>, Vec<_>) = (a.chars().collect(), b.chars().collect());
            typos_between(&a, &b, prefix)
        };
        assert_eq!(typos("orders", "orders", false), 0);
        assert_eq!(typos("ordesr", "orders", false), 1);
        assert_eq!(typos("custmer", "customer_id", true), 1);
        assert_eq!(typos("abc", "", true), 3);
        assert_eq!(typos("", "abc", false), 3);
    }

    #[test]
    fn fragments_are_cut_round_the_match() {
        let text = format!(
            "{} the needle is here {}",
            "é ".repeat(300),
            "ß".repeat(300)
        );
        let found = ranges(&text, &Parsed::new("needle"), Match::Prose);
        let cut = fragment(&text, found);
        assert!(cut.text.len() <= FRAGMENT_BYTES);
        let (start, end) = cut.ranges[0];
        assert_eq!(&cut.text[start..end], "needle");
        assert!(cut.text.starts_with('é'), "{}", cut.text);
    }
}
