//! Whether the latest schema of a mart is compatible with those before.

use std::collections::BTreeMap;

use crate::contract::compat::{Break, Mode, breaks};
use crate::contract::told::ToldVersion;
use crate::openlineage::EventTime;

use super::Look;
use super::producer::{case, promised};

/// What the latest version breaks, by column, with the time since when it does.
///
/// As in a registry that turned away what is not compatible, a version that broke something is no
/// measure for those after it: they are held against the last one that was compatible, or against
/// all of these where the mode is transitive. So going back to an older schema mends it. The first
/// version that counts is the one that held at `from`.
pub fn breaks_of(
    versions: &[ToldVersion],
    mode: Mode,
    from: Option<EventTime>,
) -> BTreeMap<String, (EventTime, Break)> {
    let before = |from| versions.partition_point(|one| one.from <= from);
    let first = from.map_or(0, |from| before(from).saturating_sub(1));
    let mut kept: Vec<&ToldVersion> = Vec::new();
    let mut found = BTreeMap::new();
    for version in versions.iter().skip(first) {
        let measures = if mode.transitive {
            0
        } else {
            kept.len().saturating_sub(1)
        };
        let mut now: BTreeMap<String, (EventTime, Break)> = BTreeMap::new();
        for old in &kept[measures..] {
            for one in breaks(&old.columns, &version.columns) {
                if !(mode.backward && one.backward || mode.forward && one.forward) {
                    continue;
                }
                let held = found.get(&one.column).map(|(since, _)| *since);
                let since = held.unwrap_or(version.from);
                now.entry(one.column.clone()).or_insert((since, one));
            }
        }
        if now.is_empty() {
            kept.push(version);
        }
        found = now;
    }
    found
}

/// A column of the latest schema is not as compatible with the versions before as the contract says.
pub(super) fn compatible(look: &mut Look<'_>) {
    let (world, contract) = (look.world, look.contract);
    for id in promised(world, contract) {
        let Some(versions) = world.told.versions.get(&id) else {
            continue;
        };
        for (column, (since, _)) in breaks_of(versions, contract.rule.mode, contract.rule.from) {
            look.add(case(id, Some(column), Some(since)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(from: i64, columns: &[(&str, &str)]) -> ToldVersion {
        let columns = columns.iter();
        ToldVersion {
            from: EventTime(from),
            columns: columns
                .map(|(name, kind)| ((*name).to_owned(), Some((*kind).to_owned())))
                .collect(),
        }
    }

    #[test]
    fn what_broke_is_no_measure() {
        let versions = [
            version(1, &[("a", "int"), ("b", "int")]),
            version(2, &[("a", "int")]),
            version(3, &[("a", "int"), ("c", "int")]),
        ];
        let of = |word: &str, versions: &[ToldVersion], from: Option<i64>| -> Vec<(String, i64)> {
            let mode = Mode::of(word).unwrap_or_default();
            let found = breaks_of(versions, mode, from.map(EventTime)).into_iter();
            found.map(|(name, (since, _))| (name, since.0)).collect()
        };
        let b = || vec![("b".to_owned(), 2)];
        assert_eq!(of("forward", &versions[..2], None), b());
        assert!(of("backward_transitive", &versions, None).is_empty());
        // The second version was no measure for the third.
        assert_eq!(of("forward", &versions, None), b());
        assert_eq!(of("full_transitive", &versions, None), b());
        assert!(of("full_transitive", &versions[..1], None).is_empty());
        assert!(of("full_transitive", &[], None).is_empty());
        // It was agreed upon.
        assert!(of("full", &versions, Some(2)).is_empty());
        assert_eq!(of("full", &versions, Some(1)), b());
        // Going back mends it.
        let mut back = versions.to_vec();
        back.push(version(4, &[("a", "int"), ("b", "int"), ("c", "int")]));
        assert!(of("full_transitive", &back, None).is_empty());
    }
}
