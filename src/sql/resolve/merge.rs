//! MERGE, by its clauses.

use std::rc::Rc;

use sqlparser::ast::{Merge, MergeAction, MergeInsertExpr, MergeInsertKind, MergeUpdateKind};

use super::super::Gap;
use super::super::flow::{Flow, Kinds};
use super::super::lineage::Verb;
use super::super::names::{Found, Name, parts, shown};
use super::scope::Scope;
use super::shape::{Col, Shape};
use super::statement::Draft;
use super::{Resolver, Step};

impl Resolver<'_> {
    /// MERGE: what its clauses assign and insert; ON and their conditions affect all of it.
    pub fn merge_into(&mut self, merge: &Merge) -> Step<Draft> {
        let mut draft = Draft::new(Verb::Merge);
        let mut scope = Scope::new(None);
        if self.changed(&mut draft, &merge.table, &mut scope).is_none() {
            return Ok(draft);
        }
        let mut indirect = Flow::default();
        self.factor(&merge.source, &mut scope, &mut indirect, false)?;
        self.mix(&mut indirect, &merge.on, Kinds::JOIN, &scope)?;
        let source = scope.sources.last().map(|source| Rc::clone(&source.shape));
        let source = source.unwrap_or_default();
        for clause in &merge.clauses {
            if let Some(predicate) = &clause.predicate {
                self.mix(&mut indirect, predicate, Kinds::FILTER, &scope)?;
            }
            match &clause.action {
                MergeAction::Update(update) => {
                    let filters = [&update.update_predicate, &update.delete_predicate];
                    for filter in filters.into_iter().flatten() {
                        self.mix(&mut indirect, filter, Kinds::FILTER, &scope)?;
                    }
                    match &update.kind {
                        MergeUpdateKind::Set(assignments) => {
                            for assignment in assignments {
                                self.assign(&mut draft, assignment, &Flow::default(), &scope)?;
                            }
                        }
                        MergeUpdateKind::Wildcard => self.all_by_name(&mut draft, &source),
                    }
                }
                MergeAction::Insert(insert) => {
                    if let Some(filter) = &insert.insert_predicate {
                        self.mix(&mut indirect, filter, Kinds::FILTER, &scope)?;
                    }
                    self.merge_insert(&mut draft, insert, &source, &scope)?;
                }
                MergeAction::Delete { .. } | MergeAction::DoNothing { .. } => {}
            }
        }
        draft.indirect = indirect;
        Ok(draft)
    }

    fn merge_insert(
        &mut self,
        draft: &mut Draft,
        insert: &MergeInsertExpr,
        source: &Shape,
        scope: &Scope,
    ) -> Step<()> {
        let values = match &insert.kind {
            MergeInsertKind::Wildcard => {
                self.all_by_name(draft, source);
                return Ok(());
            }
            MergeInsertKind::Row => None,
            MergeInsertKind::Values(values) => Some(values),
        };
        let mut names: Vec<Name> = insert
            .columns
            .iter()
            .filter_map(|name| parts(name)?.pop())
            .collect();
        if names.is_empty() {
            let Some(all) = self.columns_of(draft) else {
                self.gap(Gap::UnknownPositions(shown(&draft.path)));
                draft.more_columns = true;
                return Ok(());
            };
            names = all;
        }
        let Some(values) = values else {
            self.zip(draft, &names, source, "the row of a MERGE");
            return Ok(());
        };
        for row in &values.rows {
            let mut cols = Vec::new();
            for value in &row.content {
                cols.push(Col {
                    name: None,
                    flow: self.expr(value, scope)?,
                });
            }
            let shape = Shape {
                cols,
                ..Shape::default()
            };
            self.zip(draft, &names, &shape, "the values of a MERGE");
        }
        Ok(())
    }

    /// `SET *` and `INSERT *`: each column of the target from the source's of the same name.
    fn all_by_name(&mut self, draft: &mut Draft, source: &Shape) {
        let Some(target) = self.shape_of(draft) else {
            self.gap(Gap::UnknownPositions(shown(&draft.path)));
            draft.more_columns = true;
            return;
        };
        for name in target.cols.iter().filter_map(|col| col.name.as_ref()) {
            let mut flows: Vec<Rc<Flow>> = Vec::new();
            match source.column(self.context.dialect, name) {
                Found::One(flow) => flows.push(flow),
                Found::Several => {
                    flows.push(self.gap(Gap::AmbiguousColumn(name.text.clone())));
                }
                Found::None => {
                    for tail in &source.tails {
                        flows.extend(self.beyond(tail, name));
                    }
                }
            }
            let column = self.spelled(draft, name);
            match flows.as_slice() {
                [one] => draft.add(&column, one),
                [] => {}
                _ => {
                    let flow = self.gap(Gap::AmbiguousColumn(name.text.clone()));
                    draft.add(&column, &flow);
                }
            }
        }
        if !target.is_closed() {
            draft.more_columns = true;
            if target.cols.is_empty() {
                self.gap(Gap::UnknownPositions(shown(&draft.path)));
            }
        }
    }
}
