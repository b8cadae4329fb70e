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
    /// When it was written last; asked of names that were renamed.
    pub written: Option<EventTime>,
}

/// "The dataset of this name is also called that", or was until now, by places in the list of names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// Whose facet it is.
    pub from: usize,
    /// The other name.
    pub to: usize,
    /// When it was told last.
    pub last: EventTime,
    /// The other name is the one from before a rename.
    pub rename: bool,
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
    /// Renames that hold: (old name, new name), ascending.
    pub renamed: Vec<(usize, usize)>,
    /// Renames whose old name has been written since, so that it is a dataset of its own: (old name,
    /// new name), ascending.
    pub reused: Vec<(usize, usize)>,
}

impl Resolved {
    /// Whether it depends on when ties were told, or names written.
    pub fn is_contested(&self) -> bool {
        let renames = !self.renamed.is_empty() || !self.reused.is_empty();
        renames || !self.conflicts.is_empty() || !self.former.is_empty()
    }
}

/// Decides which names of a connected piece are one dataset.
///
/// First renames: a name and the one it had before are one, unless the old one was written after the
/// rename was told last, or was renamed to several names.
///
/// Then symlinks. At each name, the names tied to it that live are rivals when there are two or more of one kind.
/// A tie that was told last more than `window` microseconds before the latest of its rivals is
/// given up; if more than one remains, none of these ties joins. What the remaining ties connect is
/// one dataset, unless a chain of them holds two places or two tables that no tie joins directly.
pub fn resolve(names: &[Name<'_>], claims: &[Claim], window: i64) -> Resolved {
    let mut found = Resolved::default();
    let heads = heads(names, claims, &mut found);
    let ties = ties(&heads, claims);
    let kinds: Vec<NameKind> = names.iter().map(|name| name_kind(name.namespace)).collect();
    let mut lives = vec![false; names.len()];
    for (name, &head) in names.iter().zip(&heads) {
        lives[head] |= name.lives;
    }
    let mut cut: Vec<(usize, usize)> = Vec::new();
    for (hub, near) in ties.iter().enumerate() {
        for kind in [NameKind::Logical, NameKind::Storage] {
            let rivals: Vec<(usize, EventTime)> = near
                .iter()
                .filter(|(at, _)| lives[*at] && kinds[*at] == kind)
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
    found.conflicts.sort_by_key(|conflict| conflict.hub);
    found.canonical.clone_from(&heads);
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
        if is_tangled(&group, &lives, &kinds, &ties) {
            found.tangled.extend(group);
            continue;
        }
        let rank = |&at: &usize| {
            let name = names[at];
            (Reverse(lives[at]), kinds[at], name.namespace, name.name, at)
        };
        let best = group.iter().copied().min_by_key(rank).unwrap_or(start);
        for at in group {
            found.canonical[at] = best;
        }
    }
    found.tangled.sort_unstable();
    for (at, &head) in heads.iter().enumerate() {
        if at != head {
            found.canonical[at] = found.canonical[head];
        }
    }
    found
}

/// For each name the newest of its names by renames that hold.
fn heads(names: &[Name<'_>], claims: &[Claim], found: &mut Resolved) -> Vec<usize> {
    let mut told: Vec<(usize, usize, EventTime)> = Vec::new();
    for claim in claims.iter().filter(|claim| claim.rename) {
        let (old, new) = (claim.to, claim.from);
        if old == new {
            continue;
        }
        if names[old].written > Some(claim.last) {
            found.reused.push((old, new));
        } else {
            told.push((old, new, claim.last));
        }
    }
    told.sort_unstable();
    found.reused.sort_unstable();
    found.reused.dedup();
    let mut to: Vec<Option<(usize, EventTime)>> = vec![None; names.len()];
    for renames in told.chunk_by(|a, b| a.0 == b.0) {
        let hub = renames[0].0;
        let mut rivals: Vec<usize> = renames.iter().map(|rename| rename.1).collect();
        rivals.dedup();
        if rivals.len() > 1 {
            found.conflicts.push(Conflict { hub, rivals });
            continue;
        }
        to[hub] = renames.iter().map(|rename| (rename.1, rename.2)).max();
        found.renamed.push((hub, rivals[0]));
    }
    (0..names.len()).map(|at| newest(at, names, &to)).collect()
}

/// Follows renames to the end; where they go round, the latest of them counts.
fn newest(start: usize, names: &[Name<'_>], to: &[Option<(usize, EventTime)>]) -> usize {
    let (mut at, mut steps) = (start, 0);
    while let Some((next, _)) = to[at] {
        at = next;
        steps += 1;
        if steps > to.len() {
            // On the round by now: once more, to find the latest.
            let (first, mut best) = (at, None);
            while let Some((next, last)) = to[at] {
                best = best.max(Some((last, names[next].namespace, names[next].name, next)));
                at = next;
                if at == first {
                    break;
                }
            }
            return best.map_or(at, |best| best.3);
        }
    }
    at
}

/// For each name the names tied to it by symlinks, ascending, with the time of the latest telling.
/// Names that renames make one are tied as their newest.
fn ties(heads: &[usize], claims: &[Claim]) -> Vec<Vec<(usize, EventTime)>> {
    let mut ties: Vec<Vec<(usize, EventTime)>> = vec![Vec::new(); heads.len()];
    for claim in claims.iter().filter(|claim| !claim.rename) {
        let (from, to) = (heads[claim.from], heads[claim.to]);
        if from != to {
            ties[from].push((to, claim.last));
            ties[to].push((from, claim.last));
        }
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
    lives: &[bool],
    kinds: &[NameKind],
    ties: &[Vec<(usize, EventTime)>],
) -> bool {
    [NameKind::Logical, NameKind::Storage]
        .into_iter()
        .any(|kind| {
            let mut living = group.iter().filter(|&&at| lives[at] && kinds[at] == kind);
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
