//! Schemas over time: what a source told as of a time, and what differs between two lists of columns.

use std::collections::HashMap;

use crate::openlineage::{ContentHash, EventTime};

use super::intervals::Intervals;

/// One schema of a source: the hash of its body, and when the source told it.
pub type ToldSchema = (ContentHash, Intervals);

/// Which of a source's schemas held at a time, by its place; `None` before the first.
///
/// The latest that was told counts. Times are compressed, so where the times of two schemas overlap
/// the one that came up later counts until it was told last: a source that went back to an older
/// schema is taken to have done so right then.
pub fn told_at(schemas: &[ToldSchema], time: EventTime) -> Option<usize> {
    let known = schemas.iter().enumerate().filter_map(|(at, (hash, told))| {
        let span = told.up_to(time)?;
        let inside = span.last >= time;
        let since = if inside { span.first } else { span.last };
        Some(((inside, since, *hash), at))
    });
    known.max_by_key(|&(rank, _)| rank).map(|(_, at)| at)
}

/// The times at which a source's schema changed, ascending, each with the schema from then on.
pub fn changes(schemas: &[ToldSchema]) -> Vec<(EventTime, usize)> {
    let spans = schemas.iter().flat_map(|(_, told)| told.iter());
    let after = |time: EventTime| EventTime(time.0.saturating_add(1));
    let mut times: Vec<EventTime> = spans
        .flat_map(|span| [span.first, after(span.last)])
        .collect();
    times.sort_unstable();
    times.dedup();
    let mut found: Vec<(EventTime, usize)> = Vec::new();
    for time in times {
        let Some(at) = told_at(schemas, time) else {
            continue;
        };
        if found.last().is_none_or(|last| last.1 != at) {
            found.push((time, at));
        }
    }
    found
}

/// A column as it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComparedColumn<'a> {
    /// Its path.
    pub name: &'a str,
    /// Its type, where told.
    pub data_type: Option<&'a str>,
    /// Its description, where told.
    pub description: Option<&'a str>,
}

/// A value that was another before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Altered {
    /// The column.
    pub name: String,
    /// What it was.
    pub before: Option<String>,
    /// What it is.
    pub after: Option<String>,
}

/// What differs between two lists of columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SchemaChanges {
    /// Columns that are new, in their order.
    pub added: Vec<String>,
    /// Columns that are gone, in their order.
    pub removed: Vec<String>,
    /// Columns of another type than before.
    pub retyped: Vec<Altered>,
    /// Columns of another description than before.
    pub redescribed: Vec<Altered>,
    /// A removed column and an added one that look like one column with a new name: of the same
    /// type at the same place, or the only two. They stand in `added` and `removed` too.
    pub renamed: Vec<(String, String)>,
    /// Columns that were there before stand in another order.
    pub reordered: bool,
}

impl SchemaChanges {
    /// Nothing differs.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What differs between two lists of columns.
pub fn compare(before: &[ComparedColumn<'_>], after: &[ComparedColumn<'_>]) -> SchemaChanges {
    let places = |list: &[ComparedColumn<'_>]| -> HashMap<String, usize> {
        let places = list.iter().enumerate();
        places
            .map(|(at, column)| (column.name.to_owned(), at))
            .collect()
    };
    let (was, is) = (places(before), places(after));
    let gone = |at: &usize| !is.contains_key(before[*at].name);
    let new = |at: &usize| !was.contains_key(after[*at].name);
    let removed: Vec<usize> = (0..before.len()).filter(gone).collect();
    let added: Vec<usize> = (0..after.len()).filter(new).collect();
    let name = |text: &str| text.to_owned();
    let mut changes = SchemaChanges {
        renamed: renamed(before, after, &removed, &added),
        removed: removed.iter().map(|&at| name(before[at].name)).collect(),
        added: added.iter().map(|&at| name(after[at].name)).collect(),
        ..SchemaChanges::default()
    };
    let mut order = Vec::new();
    for column in after {
        let Some(&at) = was.get(column.name) else {
            continue;
        };
        order.push(at);
        let old = &before[at];
        let altered = |old: Option<&str>, new: Option<&str>| {
            (old != new).then(|| Altered {
                name: column.name.to_owned(),
                before: old.map(str::to_owned),
                after: new.map(str::to_owned),
            })
        };
        let retyped = altered(old.data_type, column.data_type);
        changes.retyped.extend(retyped);
        let redescribed = altered(old.description, column.description);
        changes.redescribed.extend(redescribed);
    }
    changes.reordered = !order.is_sorted();
    changes
}

/// Pairs of a removed and an added column that look like one.
fn renamed(
    before: &[ComparedColumn<'_>],
    after: &[ComparedColumn<'_>],
    removed: &[usize],
    added: &[usize],
) -> Vec<(String, String)> {
    let same_type = |old: usize, new: usize| before[old].data_type == after[new].data_type;
    let pair = |old: usize, new: usize| (before[old].name.to_owned(), after[new].name.to_owned());
    if let ([old], [new]) = (removed, added)
        && same_type(*old, *new)
    {
        return vec![pair(*old, *new)];
    }
    let same_place = removed
        .iter()
        .filter(|&&at| added.contains(&at) && before[at].data_type.is_some());
    same_place
        .filter(|&&at| same_type(at, at))
        .map(|&at| pair(at, at))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::intervals::Span;
    use super::*;

    const GAP: i64 = 5;

    fn told(hash: u8, times: &[i64]) -> ToldSchema {
        let mut held = Intervals::new(Span::at(EventTime(times[0])));
        for &time in times {
            held.add(Span::at(EventTime(time)), GAP);
        }
        ([hash; 16], held)
    }

    fn at(schemas: &[ToldSchema], time: i64) -> Option<u8> {
        told_at(schemas, EventTime(time)).map(|at| schemas[at].0[0])
    }

    fn list(schemas: &[ToldSchema]) -> Vec<(i64, u8)> {
        let changes = changes(schemas).into_iter();
        changes
            .map(|(time, at)| (time.0, schemas[at].0[0]))
            .collect()
    }

    #[test]
    fn the_latest_told_counts() {
        let schemas = [told(1, &[0, 2, 4]), told(2, &[6, 8])];
        assert_eq!(
            [-1, 0, 5, 6, 99].map(|time| at(&schemas, time)),
            [None, Some(1), Some(1), Some(2), Some(2)]
        );
        assert_eq!(list(&schemas), [(0, 1), (6, 2)]);
    }

    #[test]
    fn going_back_is_two_changes() {
        let schemas = [told(1, &[0, 3, 8, 11]), told(2, &[5, 6])];
        assert_eq!(list(&schemas), [(0, 1), (5, 2), (7, 1)]);
        let long_after = [told(1, &[0, 3, 80]), told(2, &[5, 6])];
        assert_eq!(list(&long_after), [(0, 1), (5, 2), (80, 1)]);
    }

    #[test]
    fn a_source_that_tells_two_schemas_in_turn_changes_once() {
        let schemas = [told(1, &[0, 4, 8]), told(2, &[1, 5, 9])];
        assert_eq!(list(&schemas), [(0, 1), (1, 2)]);
    }

    fn columns<'a>(list: &[(&'a str, &'a str)]) -> Vec<ComparedColumn<'a>> {
        let one = |&(name, data_type)| ComparedColumn {
            name,
            data_type: Some(data_type),
            description: None,
        };
        list.iter().map(one).collect()
    }

    #[test]
    fn what_changed_is_told_apart() {
        let before = columns(&[("a", "int"), ("b", "text"), ("c", "date"), ("d", "int")]);
        let after = columns(&[("b", "text"), ("a", "bigint"), ("d", "int"), ("e", "date")]);
        let changes = compare(&before, &after);
        assert_eq!(
            (changes.added, changes.removed),
            (vec!["e".into()], vec!["c".into()])
        );
        assert_eq!(changes.renamed, [("c".to_owned(), "e".to_owned())]);
        assert_eq!(changes.retyped.len(), 1);
        assert_eq!(changes.retyped[0].after.as_deref(), Some("bigint"));
        assert!(changes.reordered);
        assert!(compare(&before, &before).is_empty());
    }

    #[test]
    fn several_renamed_columns_are_found_by_their_place() {
        let before = columns(&[("a", "int"), ("b", "text"), ("c", "date")]);
        let after = columns(&[("x", "int"), ("y", "text"), ("c", "date")]);
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(
            compare(&before, &after).renamed,
            [pair("a", "x"), pair("b", "y")]
        );
        let other = columns(&[("x", "text"), ("y", "date"), ("c", "date")]);
        assert_eq!(compare(&before, &other).renamed, []);
    }
}
