//! What searches find, in which order; and what the index survives.

mod finding;
mod hostile;
mod lasting;

use super::*;

/// A dataset in namespace `ns`.
fn dataset(name: &str) -> SearchDoc {
    SearchDoc {
        kind: SearchKind::Dataset,
        namespace: "ns".to_owned(),
        name: name.to_owned(),
        aliases: Vec::new(),
        column: None,
        description: None,
        layer: None,
        tags: Vec::new(),
        owners: Vec::new(),
    }
}

/// A job in namespace `ns`.
fn job(name: &str) -> SearchDoc {
    SearchDoc {
        kind: SearchKind::Job,
        ..dataset(name)
    }
}

/// A column of a dataset in namespace `ns`.
fn column(name: &str, column: &str) -> SearchDoc {
    SearchDoc {
        kind: SearchKind::Column,
        column: Some(column.to_owned()),
        ..dataset(name)
    }
}

/// How the tests write a document: `name`, `name#column` or `@job`.
fn doc(text: &str) -> SearchDoc {
    if let Some(name) = text.strip_prefix('@') {
        return job(name);
    }
    match text.split_once('#') {
        Some((name, path)) => column(name, path),
        None => dataset(text),
    }
}

fn written(hit: &SearchHit) -> String {
    match (hit.kind, &hit.column) {
        (SearchKind::Column, Some(column)) => format!("{}#{column}", hit.name),
        (SearchKind::Job, _) => format!("@{}", hit.name),
        _ => hit.name.clone(),
    }
}

/// An index in memory of `docs`, committed.
fn index_of(docs: &[SearchDoc]) -> SearchIndex {
    let index = SearchIndex::open(None, 0).unwrap();
    for doc in docs {
        index.upsert(doc).unwrap();
    }
    index.commit(1).unwrap();
    index
}

/// All hits of a search in an index, as the tests write them.
fn find(index: &SearchIndex, text: &str, filter: &SearchFilter) -> Vec<String> {
    let page = index.search(text, filter, 1000, 0).unwrap();
    assert_eq!(page.total, page.hits.len());
    page.hits.iter().map(written).collect()
}

/// Checks that `text` finds exactly `expect`, in that order, whatever the order of indexing.
#[track_caller]
fn check(docs: &[&str], text: &str, expect: &[&str]) {
    let mut docs: Vec<SearchDoc> = docs.iter().map(|text| doc(text)).collect();
    for _ in 0..2 {
        let index = index_of(&docs);
        let found = find(&index, text, &SearchFilter::default());
        assert_eq!(found, expect, "{text:?}");
        docs.reverse();
    }
}
