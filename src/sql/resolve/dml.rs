//! INSERT, UPDATE and DELETE.

use std::rc::Rc;

use sqlparser::ast::{
    Assignment, AssignmentTarget, Delete, Expr, FromTable, Insert, OnConflictAction, OnInsert,
    TableFactor, TableObject, TableWithJoins, Update, UpdateTableFromKind,
};

use super::super::Gap;
use super::super::flow::{Flow, Kinds};
use super::super::lineage::Verb;
use super::super::names::{Name, parts, shown};
use super::scope::Scope;
use super::shape::{Col, Shape};
use super::statement::Draft;
use super::{Resolver, Step};

impl Resolver<'_> {
    /// INSERT … SELECT: by the columns that it lists, by name, or by the order of the target's.
    pub fn insert(&mut self, insert: &Insert) -> Step<Draft> {
        let mut draft = Draft::new(Verb::Insert);
        let TableObject::TableName(table) = &insert.table else {
            self.unsupported("INSERT into a function or a query");
            draft.more_columns = true;
            return Ok(draft);
        };
        if !insert.multi_table_into_clauses.is_empty()
            || !insert.multi_table_when_clauses.is_empty()
        {
            self.unsupported("INSERT into several tables");
            draft.more_columns = true;
            return Ok(draft);
        }
        let path = self.path(table);
        self.aim(&mut draft, path);
        for assignment in &insert.assignments {
            self.assign(&mut draft, assignment, &Flow::default(), &Scope::new(None))?;
        }
        let Some(source) = &insert.source else {
            return Ok(draft);
        };
        let shape = self.query(source, None)?;
        if insert.by_name {
            self.fill(&mut draft, &shape);
            return Ok(draft);
        }
        draft.indirect.join(&shape.indirect);
        self.insert_by_position(&mut draft, insert, &shape);
        self.on_conflict(&mut draft, insert)?;
        Ok(draft)
    }

    fn insert_by_position(&mut self, draft: &mut Draft, insert: &Insert, shape: &Shape) {
        let says_nothing = shape.is_closed()
            && shape
                .cols
                .iter()
                .all(|c| c.flow.leaves.is_empty() && !c.flow.gap);
        if says_nothing {
            return;
        }
        let listed = insert.columns.iter().filter_map(|name| parts(name)?.pop());
        let mut names: Vec<Name> = listed.collect();
        names.extend(insert.after_columns.iter().map(Name::from));
        let target = shown(&draft.path);
        if names.is_empty() {
            let Some(mut all) = self.columns_of(draft) else {
                self.gap(Gap::UnknownPositions(target));
                draft.more_columns = true;
                return;
            };
            // A partition that is given a value is not in the query.
            for partition in insert.partitioned.iter().flatten() {
                if let Expr::BinaryOp { left, .. } = partition
                    && let Expr::Identifier(ident) = &**left
                {
                    all.retain(|name| !name.is(&ident.value));
                }
            }
            names = all;
        }
        self.zip(draft, &names, shape, "the query of an INSERT");
    }

    /// Columns of the target by position.
    pub fn zip(&mut self, draft: &mut Draft, names: &[Name], shape: &Shape, what: &str) {
        if !shape.is_closed() || shape.cols.len() != names.len() {
            self.gap(if shape.is_closed() {
                Gap::Count(what.into(), shape.cols.len(), names.len())
            } else {
                Gap::UnknownPositions(what.into())
            });
            draft.more_columns = true;
            return;
        }
        for (name, col) in names.iter().zip(&shape.cols) {
            let column = self.spelled(draft, name);
            draft.add(&column, &col.flow);
        }
    }

    /// ON CONFLICT DO UPDATE: `excluded` is the row that was to be inserted.
    fn on_conflict(&mut self, draft: &mut Draft, insert: &Insert) -> Step<()> {
        let (assignments, filter): (&[Assignment], Option<&Expr>) = match &insert.on {
            Some(OnInsert::DuplicateKeyUpdate(assignments)) => (assignments, None),
            Some(OnInsert::OnConflict(conflict)) => match &conflict.action {
                OnConflictAction::DoUpdate(update) => {
                    (&update.assignments, update.selection.as_ref())
                }
                OnConflictAction::DoNothing => return Ok(()),
            },
            _ => return Ok(()),
        };
        let inserted = draft.columns.iter().map(|(name, flow)| Col {
            name: Some(Name::plain(name)),
            flow: Rc::new(flow.clone()),
        });
        let inserted = Rc::new(Shape {
            cols: inserted.collect(),
            ..Shape::default()
        });
        let mut scope = Scope::new(None);
        let is_excluded = matches!(&insert.on, Some(OnInsert::OnConflict(_)));
        if is_excluded {
            let shape = self
                .shape_of(draft)
                .unwrap_or_else(|| Rc::new(Shape::unknown()));
            let label = insert
                .table_alias
                .as_ref()
                .map(|alias| Name::from(&alias.alias));
            scope.push(label.or_else(|| draft.path.last().cloned()), shape);
            let mut outer = Scope::new(None);
            outer.push(Some(Name::plain("excluded")), inserted);
            scope.parent = Some(&outer);
            return self.conflict(draft, assignments, filter, &scope);
        }
        let label = insert
            .insert_alias
            .as_ref()
            .and_then(|alias| parts(&alias.row_alias)?.pop());
        scope.push(label, inserted);
        self.conflict(draft, assignments, filter, &scope)
    }

    fn conflict(
        &mut self,
        draft: &mut Draft,
        assignments: &[Assignment],
        filter: Option<&Expr>,
        scope: &Scope,
    ) -> Step<()> {
        let mut when = Flow::default();
        if let Some(filter) = filter {
            self.mix(&mut when, filter, Kinds::CONDITIONAL, scope)?;
        }
        for assignment in assignments {
            self.assign(draft, assignment, &when, scope)?;
        }
        Ok(())
    }

    /// `column = value`, under a condition.
    pub fn assign(
        &mut self,
        draft: &mut Draft,
        assignment: &Assignment,
        when: &Flow,
        scope: &Scope,
    ) -> Step<()> {
        let columns: Vec<Option<Name>> = match &assignment.target {
            AssignmentTarget::ColumnName(name) => vec![parts(name).and_then(|mut all| all.pop())],
            AssignmentTarget::Tuple(names) => names
                .iter()
                .map(|name| parts(name).and_then(|mut all| all.pop()))
                .collect(),
        };
        let value = unwrapped(&assignment.value);
        let mut flows = Vec::new();
        match value {
            Expr::Tuple(values) if columns.len() > 1 => {
                for value in values {
                    flows.push(Flow::clone(&*self.expr(value, scope)?));
                }
            }
            Expr::Subquery(query) if columns.len() > 1 => {
                let shape = self.query(query, Some(scope))?;
                for col in &shape.cols {
                    let mut flow = Flow::clone(&col.flow);
                    flow.join(&shape.indirect);
                    flows.push(flow);
                }
            }
            _ => flows.push(Flow::clone(&*self.expr(value, scope)?)),
        }
        if flows.len() != columns.len() {
            self.gap(Gap::Count(
                "a row that is assigned".into(),
                flows.len(),
                columns.len(),
            ));
            draft.more_columns = true;
            return Ok(());
        }
        for (column, mut flow) in columns.into_iter().zip(flows) {
            let Some(column) = column else { continue };
            flow.join(when);
            let column = self.spelled(draft, &column);
            draft.add(&column, &flow);
        }
        Ok(())
    }

    /// The table that a statement changes, as a source of its scope.
    pub fn changed(
        &mut self,
        draft: &mut Draft,
        factor: &TableFactor,
        scope: &mut Scope,
    ) -> Option<()> {
        let TableFactor::Table { name, alias, .. } = factor else {
            self.unsupported("a change of something that is not a table");
            draft.more_columns = true;
            return None;
        };
        let path = self.path(name);
        self.aim(draft, path.clone());
        let shape = self
            .shape_of(draft)
            .unwrap_or_else(|| Rc::new(Shape::unknown()));
        let label = alias.as_ref().map(|alias| Name::from(&alias.name));
        scope.sources.push(super::scope::Source {
            label: label.clone().or_else(|| path.last().cloned()),
            path: if label.is_some() { Vec::new() } else { path },
            shape,
        });
        Some(())
    }

    /// UPDATE, with the relations of its FROM. What decides which rows are changed affects the
    /// columns that are assigned, and no other.
    pub fn update(&mut self, update: &Update) -> Step<Draft> {
        let mut draft = Draft::new(Verb::Update);
        let mut scope = Scope::new(None);
        let mut when = Flow::default();
        let others: &[TableWithJoins] = match &update.from {
            Some(UpdateTableFromKind::BeforeSet(from) | UpdateTableFromKind::AfterSet(from)) => {
                from
            }
            None => &[],
        };
        // T-SQL may call the table by the alias that its FROM gives it.
        let aliased = aliased(&update.table.relation, others);
        let changed = aliased.unwrap_or(&update.table.relation);
        if self.changed(&mut draft, changed, &mut scope).is_none() {
            return Ok(draft);
        }
        if aliased.is_some() {
            scope.sources.clear();
        }
        let own = draft.path.clone();
        for join in &update.table.joins {
            let joined = TableWithJoins {
                relation: join.relation.clone(),
                joins: Vec::new(),
            };
            self.from(&joined, &mut scope, &mut when)?;
            if let sqlparser::ast::JoinOperator::Join(sqlparser::ast::JoinConstraint::On(on))
            | sqlparser::ast::JoinOperator::Inner(sqlparser::ast::JoinConstraint::On(on))
            | sqlparser::ast::JoinOperator::Left(sqlparser::ast::JoinConstraint::On(on))
            | sqlparser::ast::JoinOperator::LeftOuter(sqlparser::ast::JoinConstraint::On(on)) =
                &join.join_operator
            {
                self.mix(&mut when, on, Kinds::JOIN, &scope)?;
            } else {
                self.unsupported("a join of this kind in UPDATE");
            }
        }
        for from in others {
            self.from(from, &mut scope, &mut when)?;
        }
        if let Some(selection) = &update.selection {
            self.mix(&mut when, selection, Kinds::FILTER, &scope)?;
        }
        for assignment in &update.assignments {
            self.own_only(&own, &update.table, assignment);
            self.assign(&mut draft, assignment, &when, &scope)?;
        }
        Ok(draft)
    }

    /// `MySQL` may assign to a table that is joined; that is told as unknown.
    fn own_only(&mut self, own: &[Name], table: &TableWithJoins, assignment: &Assignment) {
        let AssignmentTarget::ColumnName(name) = &assignment.target else {
            return;
        };
        let path = parts(name).unwrap_or_default();
        let [.., qualifier, _] = path.as_slice() else {
            return;
        };
        let alias = match &table.relation {
            TableFactor::Table {
                alias: Some(alias), ..
            } => Some(&alias.name.value),
            _ => None,
        };
        let is_own = own.last().is_some_and(|last| last.is(&qualifier.text))
            || alias.is_some_and(|alias| qualifier.is(alias));
        if !is_own && !table.joins.is_empty() {
            self.unsupported("UPDATE of a joined table");
        }
    }

    /// DELETE: what decides which rows are left affects all of them.
    pub fn delete(&mut self, delete: &Delete) -> Step<Draft> {
        let mut draft = Draft::new(Verb::Delete);
        let mut scope = Scope::new(None);
        let from = match &delete.from {
            FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from) => from,
        };
        let [first] = from.as_slice() else {
            self.unsupported("DELETE from several tables");
            return Ok(draft);
        };
        if self
            .changed(&mut draft, &first.relation, &mut scope)
            .is_none()
        {
            return Ok(draft);
        }
        if !first.joins.is_empty() {
            self.unsupported("DELETE with a join");
            draft.indirect.gap = true;
        }
        let mut indirect = std::mem::take(&mut draft.indirect);
        for using in delete.using.iter().flatten() {
            self.from(using, &mut scope, &mut indirect)?;
        }
        if let Some(selection) = &delete.selection {
            self.mix(&mut indirect, selection, Kinds::FILTER, &scope)?;
        }
        draft.indirect = indirect;
        Ok(draft)
    }
}

fn unwrapped(mut expr: &Expr) -> &Expr {
    while let Expr::Nested(inner) = expr {
        expr = inner;
    }
    expr
}

/// The relation of FROM whose alias the updated table is called by.
fn aliased<'u>(table: &TableFactor, from: &'u [TableWithJoins]) -> Option<&'u TableFactor> {
    let TableFactor::Table {
        name, alias: None, ..
    } = table
    else {
        return None;
    };
    let path = parts(name)?;
    let [name] = path.as_slice() else { return None };
    let all = from.iter().flat_map(|from| {
        std::iter::once(&from.relation).chain(from.joins.iter().map(|j| &j.relation))
    });
    let mut named = all.filter(|factor| match factor {
        TableFactor::Table {
            alias: Some(alias), ..
        } => name.is(&alias.name.value),
        _ => false,
    });
    named.next()
}
