//! How a column that a policy names is found among those of a dataset.
//!
//! Which stores do not tell names apart that differ in case alone is told by the rules of names that
//! hold for datasets too (`docs/IDENTITY.md`). There a name means the column that is spelled like it,
//! else the one that is spelled as the store folds names, else any that differs in case alone.

use super::facts::{ColumnTag, DatasetFacts};
use super::policy::Glob;
use super::told::ToldColumn;
use super::world::World;

/// A pattern of columns, with and without case.
#[derive(Debug, Clone)]
pub struct ColumnPattern {
    /// As it was written.
    pub exact: Glob,
    folded: Glob,
}

impl ColumnPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(text: &str) -> Result<Self, String> {
        Ok(Self {
            exact: Glob::new(text)?,
            folded: Glob::new(&text.to_ascii_lowercase())?,
        })
    }
}

impl World {
    /// Whether the store of a dataset does not tell columns apart that differ in case alone.
    pub fn folds(&self, dataset: u32) -> bool {
        let facts = self.dataset(dataset);
        facts.is_some_and(|facts| self.facts.names.folds(&facts.namespace))
    }

    /// The column that a name of a policy means: one that is there before one that is no more.
    pub fn column<'c>(
        &self,
        dataset: u32,
        columns: &'c [ToldColumn],
        name: &str,
    ) -> Option<&'c ToldColumn> {
        let exact = columns.iter().find(|column| column.name == name);
        if let Some(exact) = exact.filter(|column| !column.removed) {
            return Some(exact);
        }
        let key = |name: &str| {
            let facts = self.dataset(dataset)?;
            self.facts.names.case_key(&facts.namespace, name)
        };
        let wanted = key(name);
        let rank = |column: &ToldColumn| {
            let spelled = match &wanted {
                _ if column.name == name => 0,
                Some(wanted) if column.name == *wanted => 1,
                Some(wanted) if key(&column.name).as_ref() == Some(wanted) => 2,
                _ => return None,
            };
            Some((column.removed, spelled))
        };
        let ranked = columns
            .iter()
            .filter_map(|column| Some((rank(column)?, column)));
        ranked.min_by_key(|(rank, _)| *rank).map(|(_, held)| held)
    }

    /// Whether a pattern is about a column of a dataset.
    pub fn is_of(&self, dataset: u32, pattern: &ColumnPattern, column: &str) -> bool {
        pattern.exact.matches(column)
            || self.folds(dataset) && pattern.folded.matches(&column.to_ascii_lowercase())
    }
}

impl DatasetFacts {
    /// The tags of a column. Where the store `folds` case, a facet may spell it otherwise, as long as
    /// it does not name another column of `columns` by that.
    pub fn tags_of<'f>(
        &'f self,
        column: &'f str,
        columns: &'f [ToldColumn],
        folds: bool,
    ) -> impl Iterator<Item = &'f str> {
        let all = self.column_tags.iter().flatten();
        let is = move |tag: &&ColumnTag| {
            tag.column == column
                || folds
                    && tag.column.eq_ignore_ascii_case(column)
                    && !columns.iter().any(|held| held.name == tag.column)
        };
        all.filter(is).map(|tag| tag.text.as_str())
    }
}
