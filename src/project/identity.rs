//! Which names are one dataset: names that a symlinks facet ties together, unless the tie is in
//! doubt.
//!
//! The rules are told with examples in `docs/IDENTITY.md`. They are functions of the set of names
//! and claims of one connected piece; how names are normalised is not decided here, nor what a
//! joined dataset looks like.

use std::cmp::Reverse;

use crate::openlineage::EventTime;

/// What kind of thing a name stands for. A table lies in one place and a place holds one table, so
/// two of one kind at one name are rivals, and one of each are not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NameKind {
    /// A table, topic, collection …
    Logical,
    /// A folder or file of a file store.
    Storage,
}

/// Schemes of file stores.
const FILE_STORES: [&str; 22] = [
    "abfs", "abfss", "adl", "cos", "cosn", "dbfs", "file", "ftp", "gcs", "gs", "hdfs", "nfs",
    "obs", "oss", "s3", "s3a", "s3n", "sftp", "viewfs", "wasb", "wasbs", "webhdfs",
];

/// The kind of a name, by its namespace: a file store's own root, such as `file`, `s3://bucket` or
/// `hdfs://node:8020`, holds paths. A place within it, such as `file:/warehouse`, is how catalogs
/// of tables name themselves.
pub fn name_kind(namespace: &str) -> NameKind {
    let (scheme, rest) = namespace.split_once(':').unwrap_or((namespace, ""));
    let authority = rest.strip_prefix("//").unwrap_or(rest);
    let root = !authority.trim_end_matches('/').contains('/') && !rest.starts_with("///");
    let store = FILE_STORES
        .iter()
        .any(|store| scheme.eq_ignore_ascii_case(store));
    if store && root && (rest.is_empty() || rest.starts_with("//")) {
        NameKind::Storage
    } else {
        NameKind::Logical
    }
}

/// A name of a connected piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Name<'n> {
    /// Its namespace.
    pub namespace: &'n str,
    /// Its name.
    pub name: &'n str,
    /// Some event reads, writes or describes a dataset of this name; it is not only another
    /// dataset's other name.
    pub lives: bool,
}

/// "The dataset of this name is also called that", by places in the list of names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// Whose facet it is.
    pub from: usize,
    /// The other name.
    pub to: usize,
    /// When it was told last.
    pub last: EventTime,
}

/// A name at which others meet that cannot all be the same dataset. They are not joined over it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The name.
    pub hub: usize,
    /// The names that are tied to it, ascending: at least two of one kind that live.
    pub rivals: Vec<usize>,
}

/// What became of the names of a connected piece.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Resolved {
    /// For each name the canonical name of its dataset.
    pub canonical: Vec<usize>,
    /// Names at which others meet, ascending.
    pub conflicts: Vec<Conflict>,
    /// Ties that a later one replaced: (at which name, to which), ascending.
    pub former: Vec<(usize, usize)>,
    /// Names that are tied in a chain that leads to several places or tables; not joined.
    pub tangled: Vec<usize>,
}

impl Resolved {
    /// Whether it depends on when ties were told.
    pub fn is_contested(&self) -> bool {
        !self.conflicts.is_empty() || !self.former.is_empty()
    }
}

/// Decides which names of a connected piece are one dataset.
///
/// At each name, the names tied to it that live are rivals when there are two or more of one kind.
/// A tie that was told last more than `window` microseconds before the latest of its rivals is
/// given up; if more than one remains, none of these ties joins. What the remaining ties connect is
/// one dataset, unless a chain of them holds two places or two tables that no tie joins directly.
pub fn resolve(names: &[Name<'_>], claims: &[Claim], window: i64) -> Resolved {
    let ties = ties(names.len(), claims);
    let kinds: Vec<NameKind> = names.iter().map(|name| name_kind(name.namespace)).collect();
    let mut found = Resolved::default();
    let mut cut: Vec<(usize, usize)> = Vec::new();
    for (hub, near) in ties.iter().enumerate() {
        for kind in [NameKind::Logical, NameKind::Storage] {
            let rivals: Vec<(usize, EventTime)> = near
                .iter()
                .filter(|(at, _)| names[*at].lives && kinds[*at] == kind)
                .copied()
                .collect();
            let Some(latest) = rivals.iter().map(|rival| rival.1).max() else {
                continue;
            };
            let lapsed = |last: EventTime| last.0 < latest.0.saturating_sub(window);
            let (old, held): (Vec<_>, Vec<_>) = rivals.into_iter().partition(|r| lapsed(r.1));
            found.former.extend(old.iter().map(|(at, _)| (hub, *at)));
            cut.extend(old.iter().map(|(at, _)| (hub, *at)));
            if held.len() > 1 {
                let rivals: Vec<usize> = held.into_iter().map(|(at, _)| at).collect();
                cut.extend(rivals.iter().map(|&at| (hub, at)));
                found.conflicts.push(Conflict { hub, rivals });
            }
        }
    }
    cut.sort_unstable();
    let is_cut = |a, b| cut.binary_search(&(a, b)).is_ok() || cut.binary_search(&(b, a)).is_ok();
    found.canonical = (0..names.len()).collect();
    let mut seen = vec![false; names.len()];
    for start in 0..names.len() {
        if std::mem::replace(&mut seen[start], true) {
            continue;
        }
        let mut group = vec![start];
        let mut next = 0;
        while let Some(&at) = group.get(next) {
            next += 1;
            for &(near, _) in &ties[at] {
                if !is_cut(at, near) && !std::mem::replace(&mut seen[near], true) {
                    group.push(near);
                }
            }
        }
        if group.len() < 2 {
            continue;
        }
        if is_tangled(&group, names, &kinds, &ties) {
            found.tangled.extend(group);
            continue;
        }
        let rank = |&at: &usize| {
            let name = names[at];
            (
                Reverse(name.lives),
                kinds[at],
                name.namespace,
                name.name,
                at,
            )
        };
        let best = group.iter().copied().min_by_key(rank).unwrap_or(start);
        for at in group {
            found.canonical[at] = best;
        }
    }
    found.tangled.sort_unstable();
    found
}

/// For each name the names tied to it, ascending, with the time of the latest telling.
fn ties(count: usize, claims: &[Claim]) -> Vec<Vec<(usize, EventTime)>> {
    let mut ties: Vec<Vec<(usize, EventTime)>> = vec![Vec::new(); count];
    for claim in claims.iter().filter(|claim| claim.from != claim.to) {
        ties[claim.from].push((claim.to, claim.last));
        ties[claim.to].push((claim.from, claim.last));
    }
    for near in &mut ties {
        near.sort_unstable_by_key(|&(at, last)| (at, Reverse(last)));
        near.dedup_by_key(|(at, _)| *at);
    }
    ties
}

/// Whether a group holds more of one kind than one name, or two that are tied directly.
fn is_tangled(
    group: &[usize],
    names: &[Name<'_>],
    kinds: &[NameKind],
    ties: &[Vec<(usize, EventTime)>],
) -> bool {
    [NameKind::Logical, NameKind::Storage]
        .into_iter()
        .any(|kind| {
            let mut living = group
                .iter()
                .filter(|&&at| names[at].lives && kinds[at] == kind);
            match (living.next(), living.next(), living.next()) {
                (Some(one), Some(other), None) => {
                    let near = &ties[*one];
                    near.binary_search_by_key(other, |&(at, _)| at).is_err()
                }
                (_, _, Some(_)) => true,
                _ => false,
            }
        })
}

#[cfg(test)]
#[path = "identity_tests.rs"]
mod tests;
