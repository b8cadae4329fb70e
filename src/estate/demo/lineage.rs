//! Which columns of which inputs a model's columns and clauses use, and what a
//! column is called on a given day.

use std::collections::BTreeSet;

use super::check::{Estate, Model};
use super::describe::Rename;
use super::expr::{Usage, references};

/// One column of an input and how it is used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Upstream {
    /// `system.table`.
    pub(super) dataset: String,
    /// The column's name as described (not of a day).
    pub(super) column: String,
    pub(super) usage: Usage,
}

/// The input columns that the expression `sql` of `model` uses; `clause` is
/// the usage of all of them where the expression is a clause.
pub(super) fn upstreams(model: &Model, sql: &str, clause: Option<Usage>) -> Vec<Upstream> {
    let found: BTreeSet<Upstream> = references(sql)
        .into_iter()
        .filter_map(|reference| {
            let input = model.input(&reference.alias)?;
            Some(Upstream {
                dataset: input.dataset.clone(),
                column: reference.column,
                usage: clause.unwrap_or(reference.usage),
            })
        })
        .collect();
    found.into_iter().collect()
}

/// The input columns that decide on which rows the model has: those of its
/// joins, filters and groups.
pub(super) fn model_wide(model: &Model) -> Vec<Upstream> {
    let joins = model
        .inputs
        .iter()
        .filter_map(|input| input.join.as_ref())
        .map(|(_, on)| (on, Usage::Join));
    let clauses = [
        (&model.filter, Usage::Filter),
        (&model.group_by, Usage::GroupBy),
        (&model.having, Usage::Filter),
    ];
    let clauses = clauses
        .into_iter()
        .filter_map(|(sql, usage)| Some((sql.as_ref()?, usage)));
    let found: BTreeSet<Upstream> = joins
        .chain(clauses)
        .flat_map(|(sql, usage)| upstreams(model, sql, Some(usage)))
        .collect();
    found.into_iter().collect()
}

/// The names that columns have on one day.
#[derive(Clone, Copy, Debug)]
pub(super) struct DayNames<'a> {
    /// Set while the column still has its old name.
    rename: Option<&'a Rename>,
}

impl<'a> DayNames<'a> {
    /// The names on `day` (from 0).
    pub(super) fn new(estate: &'a Estate, day: usize) -> Self {
        let rename = &estate.story.rename;
        Self {
            rename: (day < rename.day).then_some(rename),
        }
    }

    /// What `column` of `dataset` (a `system.table`) is called.
    pub(super) fn column(self, dataset: &str, column: &'a str) -> &'a str {
        match self.rename {
            Some(rename) if rename.dataset == dataset && rename.new == column => &rename.old,
            _ => column,
        }
    }

    /// `sql` of `model` with the day's names of its inputs' columns.
    pub(super) fn sql(self, model: &Model, sql: &str) -> String {
        let mut out = String::with_capacity(sql.len());
        let mut copied = 0;
        for reference in references(sql) {
            let dataset = model.input(&reference.alias).map(|input| &input.dataset);
            let old = self.rename.filter(|rename| {
                Some(&rename.dataset) == dataset && rename.new == reference.column
            });
            if let Some(rename) = old {
                out.push_str(&sql[copied..reference.span.start]);
                out.push_str(&rename.old);
                copied = reference.span.end;
            }
        }
        out.push_str(&sql[copied..]);
        out
    }
}
