//! What stands in FROM: datasets, common tables, queries, joins and functions that give rows.

use std::rc::Rc;

use sqlparser::ast::{Join, JoinConstraint, ObjectName, TableFactor, TableWithJoins};

use super::query::empty_query;
use super::scope::{Known, Scope, Source, renamed};
use super::{Reader, lower, number};
use crate::sql::joins::constraint;
use crate::sql::names::{Name, parts};

impl Reader<'_> {
    pub(super) fn from(
        &mut self,
        from: &TableWithJoins,
        scope: &mut Scope<'_>,
        rows: &mut Vec<u64>,
    ) -> Option<()> {
        self.factor(&from.relation, scope, rows)?;
        for join in &from.joins {
            self.factor(&join.relation, scope, rows)?;
            let bare = Join {
                relation: TableFactor::Derived {
                    lateral: false,
                    subquery: Box::new(empty_query()),
                    alias: None,
                    sample: None,
                },
                ..join.clone()
            };
            rows.push(self.told(&bare.to_string(), Some(scope))?);
            rows.push(self.shared(join, scope)?);
        }
        Some(())
    }

    /// What USING and NATURAL compare: the columns of that name on both sides.
    fn shared(&mut self, join: &Join, scope: &Scope) -> Option<u64> {
        let names = match constraint(&join.join_operator) {
            Some(JoinConstraint::Using(names) | JoinConstraint::UsingAlias(names, _)) => names,
            Some(JoinConstraint::Natural) => {
                let all: Vec<u64> = scope.sources.iter().map(|s| s.known.whole()).collect();
                return Some(number(all));
            }
            _ => return Some(0),
        };
        let mut compared = Vec::new();
        for name in names {
            let name = parts(name)?.pop()?.text.to_lowercase();
            self.spend(scope.sources.len())?;
            let held = scope.sources.iter();
            compared.extend(held.map(|source| source.known.column(&name)));
        }
        Some(number(compared))
    }

    fn factor(
        &mut self,
        factor: &TableFactor,
        scope: &mut Scope<'_>,
        rows: &mut Vec<u64>,
    ) -> Option<()> {
        self.spend(1)?;
        let (label, known) = match factor {
            TableFactor::Table {
                name,
                alias,
                args: None,
                sample: None,
                version: None,
                with_ordinality: false,
                json_path: None,
                ..
            } => {
                let known = self.table(name)?;
                let last = parts(name)?.pop()?.text.to_lowercase();
                match alias {
                    Some(alias) => {
                        let names: Vec<String> =
                            alias.columns.iter().map(|c| lower(&c.name)).collect();
                        (Some(lower(&alias.name)), renamed(&known, &names))
                    }
                    None => (Some(last), known),
                }
            }
            TableFactor::Derived {
                subquery,
                alias,
                lateral,
                sample: None,
            } => {
                let known = if *lateral {
                    let outer = Scope::inside(Some(scope));
                    self.query(subquery, Some(&outer))?
                } else {
                    self.query(subquery, scope.parent)?
                };
                let names: Vec<String> = alias
                    .iter()
                    .flat_map(|alias| &alias.columns)
                    .map(|c| lower(&c.name))
                    .collect();
                let label = alias.as_ref().map(|alias| lower(&alias.name));
                (label, renamed(&known, &names))
            }
            TableFactor::NestedJoin {
                table_with_joins,
                alias,
            } => {
                let mark = scope.sources.len();
                self.from(table_with_joins, scope, rows)?;
                for source in &mut scope.sources[mark..] {
                    source.labels.extend(alias.iter().map(|a| lower(&a.name)));
                }
                return Some(());
            }
            other => {
                let text = self.told(&other.to_string(), Some(scope))?;
                (alias_of(other), Known::opaque(text))
            }
        };
        rows.push(known.rows);
        let labels = label.into_iter().collect();
        scope.sources.push(Source { labels, known });
        Some(())
    }

    fn table(&mut self, name: &ObjectName) -> Option<Rc<Known>> {
        let path = parts(name)?;
        if let [one] = path.as_slice() {
            let wanted = one.text.to_lowercase();
            let held = self.ctes.iter().rev().find(|(held, _)| *held == wanted);
            if let Some((_, known)) = held {
                return Some(Rc::clone(known));
            }
        }
        let ends = |known: &[String]| {
            let both = known.iter().rev().zip(path.iter().rev());
            both.into_iter()
                .all(|(known, part): (&String, &Name)| part.is(known))
        };
        let relations = self.context.relations.iter();
        let held = relations
            .filter(|relation| relation.names.iter().any(|name| ends(name)))
            .collect::<Vec<_>>();
        let shown: Vec<String> = path.iter().map(|part| part.text.to_lowercase()).collect();
        let [relation] = held.as_slice() else {
            let seed = number(("relation", shown));
            return Some(Known::opaque(seed));
        };
        let name = relation
            .names
            .first()
            .map(|name| name.join(".").to_lowercase());
        let seed = number(("dataset", name));
        let mut names: Vec<String> = relation.columns.iter().map(|c| c.to_lowercase()).collect();
        let columns: Vec<_> = names
            .iter()
            .map(|column| (Some(column.clone()), number((seed, column))))
            .collect();
        // Columns that differ in case alone cannot be told apart by these numbers.
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        if names.len() < all {
            return None;
        }
        Some(Rc::new(Known {
            columns,
            open: (!relation.complete).then_some(seed),
            rows: seed,
        }))
    }
}

fn alias_of(factor: &TableFactor) -> Option<String> {
    let alias = match factor {
        TableFactor::Table { alias, .. }
        | TableFactor::TableFunction { alias, .. }
        | TableFactor::Function { alias, .. }
        | TableFactor::UNNEST { alias, .. }
        | TableFactor::Pivot { alias, .. }
        | TableFactor::Unpivot { alias, .. } => alias,
        _ => &None,
    };
    alias.as_ref().map(|alias| lower(&alias.name))
}
