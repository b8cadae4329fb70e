//! Whether two versions of a schema are compatible, in the words of schema registries (Confluent
//! Schema Registry, "Schema Evolution and Compatibility"), as far as names and types tell.
//!
//! Backward: who reads by the new version can read rows written by the old one. Forward: who reads by
//! the old version can read rows written by the new one; this is what keeps the readers of a mart
//! working. Whether a column may be empty is not told by schema facets: an added column is taken to
//! be empty in old rows, which is no break.

use crate::impact::{same_type, widens};

/// Which versions must be compatible how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mode {
    /// New readers read old rows.
    pub backward: bool,
    /// Old readers read new rows.
    pub forward: bool,
    /// With every version before, not the last one alone.
    pub transitive: bool,
}

impl Mode {
    /// Their words.
    pub const WORDS: [&'static str; 6] = [
        "backward",
        "forward",
        "full",
        "backward_transitive",
        "forward_transitive",
        "full_transitive",
    ];

    /// By its word.
    pub fn of(word: &str) -> Option<Self> {
        let (base, transitive) = match word.strip_suffix("_transitive") {
            Some(base) => (base, true),
            None => (word, false),
        };
        let (backward, forward) = match base {
            "backward" => (true, false),
            "forward" => (false, true),
            "full" => (true, true),
            _ => return None,
        };
        Some(Self {
            backward,
            forward,
            transitive,
        })
    }
}

/// A column of a version: its name and type.
pub type Column = (String, Option<String>);

/// What makes two versions incompatible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Break {
    /// The column.
    pub column: String,
    /// Its types before and after; none when it is gone.
    pub types: Option<(String, String)>,
    /// New readers cannot read old rows.
    pub backward: bool,
    /// Old readers cannot read new rows.
    pub forward: bool,
}

/// Whether who knows the new type can read values of the old one, and the other way round.
pub fn type_readable(was: &str, is: &str) -> (bool, bool) {
    if same_type(was, is) {
        return (true, true);
    }
    (widens(was, is), widens(is, was))
}

/// What breaks between an older version and a newer one, in order of the older's columns.
pub fn breaks(old: &[Column], new: &[Column]) -> Vec<Break> {
    let one = |(name, was): &Column| -> Option<Break> {
        let Some((_, is)) = new.iter().find(|(held, _)| held == name) else {
            return Some(Break {
                column: name.clone(),
                types: None,
                backward: false,
                forward: true,
            });
        };
        let (was, is) = (was.as_ref()?, is.as_ref()?);
        let (new_reads, old_reads) = type_readable(was, is);
        let (backward, forward) = (!new_reads, !old_reads);
        (backward || forward).then(|| Break {
            column: name.clone(),
            types: Some((was.clone(), is.clone())),
            backward,
            forward,
        })
    };
    old.iter().filter_map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(of: &[(&str, &str)]) -> Vec<Column> {
        of.iter()
            .map(|(name, kind)| {
                let kind = (!kind.is_empty()).then(|| (*kind).to_owned());
                ((*name).to_owned(), kind)
            })
            .collect()
    }

    /// Columns that break backward and forward.
    fn broken(old: &[(&str, &str)], new: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
        let found = breaks(&columns(old), &columns(new));
        let of = |wanted: fn(&Break) -> bool| {
            let held = found.iter().filter(|one| wanted(one));
            held.map(|one| one.column.clone()).collect()
        };
        (of(|one| one.backward), of(|one| one.forward))
    }

    #[test]
    fn each_kind_of_change_breaks_whom_it_breaks() {
        let none = || (Vec::new(), Vec::new());
        assert_eq!(
            broken(&[("a", "int")], &[("a", "int"), ("b", "int")]),
            none()
        );
        assert_eq!(broken(&[("a", "int")], &[("a", "integer")]), none());
        assert_eq!(broken(&[("a", "")], &[("a", "text")]), none());
        let a = || vec!["a".to_owned()];
        assert_eq!(broken(&[("a", "int")], &[]), (Vec::new(), a()));
        assert_eq!(
            broken(&[("a", "int")], &[("a", "bigint")]),
            (Vec::new(), a())
        );
        assert_eq!(
            broken(&[("a", "bigint")], &[("a", "int")]),
            (a(), Vec::new())
        );
        assert_eq!(broken(&[("a", "int")], &[("a", "text")]), (a(), a()));
    }

    #[test]
    fn modes_are_named_as_in_registries() {
        for word in Mode::WORDS {
            let mode = Mode::of(word).unwrap_or_default();
            assert_eq!(mode.transitive, word.ends_with("_transitive"), "{word}");
            assert!(mode.backward || mode.forward, "{word}");
        }
        assert_eq!(Mode::of("sideways"), None);
    }
}
