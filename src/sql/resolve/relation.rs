//! FROM: what its names mean, and what joins add.

use std::rc::Rc;

use sqlparser::ast::{
    Expr, FunctionArg, Join, JoinConstraint, JoinOperator, ObjectName, TableAlias, TableFactor,
    TableWithJoins,
};

use super::super::flow::{Flow, Kinds};
use super::super::joins::constraint;
use super::super::names::{Found, Name, parts};
use super::functions::{is_of_arguments, own_columns};
use super::scope::{Scope, Source};
use super::shape::{Col, Shape};
use super::{Resolver, Step};

impl Resolver<'_> {
    /// One entry of a FROM clause with its joins.
    pub fn from(
        &mut self,
        from: &TableWithJoins,
        scope: &mut Scope,
        indirect: &mut Flow,
    ) -> Step<()> {
        self.nested(|this| {
            this.factor(&from.relation, scope, indirect, false)?;
            for join in &from.joins {
                this.join(join, scope, indirect)?;
            }
            Ok(())
        })
    }

    fn join(&mut self, join: &Join, scope: &mut Scope, indirect: &mut Flow) -> Step<()> {
        use JoinOperator as Op;
        let before = scope.sources.len();
        let lateral = matches!(join.join_operator, Op::CrossApply | Op::OuterApply);
        self.factor(&join.relation, scope, indirect, lateral)?;
        match &join.join_operator {
            Op::AsOf {
                match_condition, ..
            } => self.mix(indirect, match_condition, Kinds::JOIN, scope)?,
            Op::ArrayJoin | Op::LeftArrayJoin | Op::InnerArrayJoin => {
                self.unsupported("ARRAY JOIN");
            }
            _ => {}
        }
        match constraint(&join.join_operator) {
            Some(JoinConstraint::On(on)) => self.mix(indirect, on, Kinds::JOIN, scope)?,
            Some(JoinConstraint::Using(names) | JoinConstraint::UsingAlias(names, _)) => {
                for name in names {
                    if let Some(name) = parts(name).and_then(|mut all| all.pop()) {
                        self.merge(&name, before, scope, indirect)?;
                    }
                }
            }
            Some(JoinConstraint::Natural) => self.natural(before, scope, indirect)?,
            Some(JoinConstraint::None) | None => {}
        }
        // A semi join only asks whether there is a match.
        match join.join_operator {
            Op::Semi(_) | Op::LeftSemi(_) | Op::Anti(_) | Op::LeftAnti(_) => {
                scope.sources.truncate(before);
            }
            Op::RightSemi(_) | Op::RightAnti(_) => {
                scope.sources.drain(..before);
            }
            _ => {}
        }
        Ok(())
    }

    /// A column that USING makes one for both sides.
    fn merge(
        &mut self,
        name: &Name,
        before: usize,
        scope: &mut Scope,
        indirect: &mut Flow,
    ) -> Step<()> {
        let right = scope.sources.split_off(before);
        let mut other = Scope::new(None);
        other.sources = right;
        let path = std::slice::from_ref(name);
        // Looked for on either side alone, and not further out.
        let parent = scope.parent.take();
        let left = self.named(path, scope)?;
        scope.parent = parent;
        let right = self.named(path, &other)?;
        scope.sources.append(&mut other.sources);
        let mut flow = Flow::clone(&left);
        flow.join(&right);
        self.add(indirect, &flow, Kinds::JOIN)?;
        scope.merged.retain(|(held, _)| !held.is(&name.text));
        scope.merged.push((name.clone(), Rc::new(flow)));
        Ok(())
    }

    fn natural(&mut self, before: usize, scope: &mut Scope, indirect: &mut Flow) -> Step<()> {
        if scope.sources.iter().any(|s| !s.shape.is_closed()) {
            let flow =
                self.unsupported("NATURAL JOIN of relations whose columns are not all known");
            self.add(indirect, &flow, Kinds::JOIN)?;
            return Ok(());
        }
        let (left, right) = scope.sources.split_at(before.min(scope.sources.len()));
        let names = |sources: &[Source]| -> Vec<Name> {
            let cols = sources.iter().flat_map(|source| &source.shape.cols);
            cols.filter_map(|col| col.name.clone()).collect()
        };
        let (left, right) = (names(left), names(right));
        for name in right {
            if left.iter().any(|held| held.is(&name.text)) {
                self.merge(&name, before, scope, indirect)?;
            }
        }
        Ok(())
    }

    /// One relation of a FROM clause.
    pub fn factor(
        &mut self,
        factor: &TableFactor,
        scope: &mut Scope,
        indirect: &mut Flow,
        lateral: bool,
    ) -> Step<()> {
        self.spend(1)?;
        match factor {
            TableFactor::Table {
                name, alias, args, ..
            } => {
                if let Some(args) = args {
                    let shape = self.table_function(&name.to_string(), &args.args, scope)?;
                    self.enter_source(shape, alias.as_ref(), None, scope, indirect);
                    return Ok(());
                }
                self.table(name, alias.as_ref(), scope, indirect)?;
            }
            TableFactor::Derived {
                lateral: said,
                subquery,
                alias,
                ..
            } => {
                let parent = if *said || lateral {
                    Some(&*scope)
                } else {
                    scope.parent
                };
                let shape = self.query(subquery, parent)?;
                self.enter_source(shape, alias.as_ref(), None, scope, indirect);
            }
            TableFactor::NestedJoin {
                table_with_joins,
                alias,
            } => {
                if alias.is_none() {
                    return self.from(table_with_joins, scope, indirect);
                }
                let mut inner = Scope::new(Some(scope));
                self.from(table_with_joins, &mut inner, indirect)?;
                let mut shape = Shape::default();
                for source in &inner.sources {
                    shape.cols.extend(source.shape.cols.iter().cloned());
                    shape.tails.extend(source.shape.tails.iter().cloned());
                }
                drop(inner);
                self.enter_source(Rc::new(shape), alias.as_ref(), None, scope, indirect);
            }
            TableFactor::Function {
                name, args, alias, ..
            } => {
                let shape = self.table_function(&name.to_string(), args, scope)?;
                self.enter_source(shape, alias.as_ref(), None, scope, indirect);
            }
            TableFactor::TableFunction { expr, alias } => {
                let shape = self.table_of(expr, scope)?;
                self.enter_source(shape, alias.as_ref(), None, scope, indirect);
            }
            TableFactor::UNNEST { .. } => self.unnest(factor, scope, indirect)?,
            TableFactor::Pivot { .. } | TableFactor::Unpivot { .. } => {
                let (shape, alias) = self.pivoted(factor, scope, indirect)?;
                self.enter_source(shape, alias, None, scope, indirect);
            }
            _ => self.other_factor(factor, scope, indirect)?,
        }
        Ok(())
    }

    fn other_factor(
        &mut self,
        factor: &TableFactor,
        scope: &mut Scope,
        indirect: &mut Flow,
    ) -> Step<()> {
        let (value, names, alias): (&Expr, Vec<Name>, _) = match factor {
            TableFactor::OpenJsonTable {
                json_expr,
                columns,
                alias,
                ..
            } => {
                let names = columns.iter().map(|column| Name::from(&column.name));
                (json_expr, names.collect(), alias)
            }
            TableFactor::XmlTable {
                row_expression,
                columns,
                alias,
                ..
            } => {
                let names = columns.iter().map(|column| Name::from(&column.name));
                (row_expression, names.collect(), alias)
            }
            TableFactor::JsonTable {
                json_expr, alias, ..
            } => (json_expr, Vec::new(), alias),
            TableFactor::MatchRecognize { alias, .. } | TableFactor::SemanticView { alias, .. } => {
                self.unsupported("MATCH_RECOGNIZE and semantic views");
                let shape = Rc::new(Shape::unknown());
                self.enter_source(shape, alias.as_ref(), None, scope, indirect);
                return Ok(());
            }
            _ => {
                self.unsupported("a relation of this kind in FROM");
                scope.push(None, Rc::new(Shape::unknown()));
                return Ok(());
            }
        };
        let flow = self.expr(value, scope)?.used(Kinds::TRANSFORMATION);
        let shape = Rc::new(Shape::of_value(flow));
        let shape = self.renamed(shape, &names, "the table of a document");
        self.enter_source(shape, alias.as_ref(), None, scope, indirect);
        Ok(())
    }

    fn table(
        &mut self,
        name: &ObjectName,
        alias: Option<&TableAlias>,
        scope: &mut Scope,
        indirect: &mut Flow,
    ) -> Step<()> {
        let Some(path) = parts(name) else {
            self.unsupported("a relation that is named by a function");
            let shape = Rc::new(Shape::unknown());
            self.enter_source(shape, alias, None, scope, indirect);
            return Ok(());
        };
        if path.len() > 1
            && matches!(self.known(&path), Found::None)
            && scope.source(&path[..1]).is_some()
        {
            // BigQuery: `FROM t, t.items` goes over an array of the row.
            let flow = self.named(&path, scope)?;
            let element = alias.map(|alias| Name::from(&alias.name));
            let shape = elements(&flow, element.or_else(|| path.last().cloned()));
            scope.push(alias.map(|alias| Name::from(&alias.name)), Rc::new(shape));
            return Ok(());
        }
        let shape = self.relation(&path);
        self.enter_source(shape, alias, Some(path), scope, indirect);
        Ok(())
    }

    /// Makes a relation one that can be named.
    fn enter_source(
        &mut self,
        shape: Rc<Shape>,
        alias: Option<&TableAlias>,
        path: Option<Vec<Name>>,
        scope: &mut Scope,
        indirect: &mut Flow,
    ) {
        indirect.join(&shape.indirect);
        let mut path = path.unwrap_or_default();
        let mut label = path.last().cloned();
        let mut shape = shape;
        if let Some(alias) = alias {
            let name = Name::from(&alias.name);
            let columns: Vec<Name> = alias.columns.iter().map(|c| (&c.name).into()).collect();
            shape = self.renamed(shape, &columns, &name.text);
            label = Some(name);
            path.clear();
        }
        scope.sources.push(Source { label, path, shape });
    }

    fn table_of(&mut self, expr: &Expr, scope: &Scope) -> Step<Rc<Shape>> {
        if let Expr::Function(function) = expr
            && let sqlparser::ast::FunctionArguments::List(list) = &function.args
        {
            return self.table_function(&function.name.to_string(), &list.args, scope);
        }
        let flow = self.expr(expr, scope)?;
        Ok(Rc::new(Shape::of_value(flow.used(Kinds::TRANSFORMATION))))
    }

    /// A function in FROM. Its rows come from its arguments, if it is one that is known to read
    /// nothing else.
    fn table_function(
        &mut self,
        name: &str,
        args: &[FunctionArg],
        scope: &Scope,
    ) -> Step<Rc<Shape>> {
        if name.eq_ignore_ascii_case("table")
            && let [FunctionArg::Unnamed(sqlparser::ast::FunctionArgExpr::Expr(inner))] = args
            && matches!(inner, Expr::Function(_))
        {
            return self.table_of(inner, scope);
        }
        let mut flow = Flow::default();
        for arg in args {
            self.argument(&mut flow, arg, Kinds::TRANSFORMATION, scope)?;
        }
        if !is_of_arguments(name) {
            self.unsupported(format!("the table function {name}"));
            return Ok(Rc::new(Shape::unknown()));
        }
        let flow = Rc::new(flow);
        let own = own_columns(name);
        if own.is_empty() {
            return Ok(Rc::new(Shape::of_value(flow)));
        }
        let cols = own.iter().map(|&column| Col {
            name: Some(Name::plain(column)),
            flow: Rc::clone(&flow),
        });
        Ok(Rc::new(Shape {
            cols: cols.collect(),
            ..Shape::default()
        }))
    }

    fn unnest(&mut self, factor: &TableFactor, scope: &mut Scope, indirect: &mut Flow) -> Step<()> {
        let TableFactor::UNNEST {
            alias,
            array_exprs,
            with_offset,
            with_offset_alias,
            with_ordinality,
        } = factor
        else {
            return Ok(());
        };
        let mut flows = Vec::new();
        for array in array_exprs {
            flows.push(self.expr(array, scope)?.used(Kinds::TRANSFORMATION));
        }
        let columns: Vec<Name> = alias
            .iter()
            .flat_map(|alias| alias.columns.iter().map(|c| (&c.name).into()))
            .collect();
        let mut shape = match flows.as_slice() {
            // The element, and its fields where it is a structure.
            [one] if columns.is_empty() => {
                elements(one, alias.as_ref().map(|alias| Name::from(&alias.name)))
            }
            all => {
                let cols = all.iter().enumerate().map(|(n, flow)| Col {
                    name: columns.get(n).cloned(),
                    flow: Rc::clone(flow),
                });
                let mut cols: Vec<Col> = cols.collect();
                // More names than arrays: the fields of a structure, or the ordinality.
                if let Some(last) = flows.last() {
                    cols.extend(columns.iter().skip(flows.len()).map(|name| Col {
                        name: Some(name.clone()),
                        flow: Rc::clone(last),
                    }));
                }
                if *with_ordinality
                    && let Some(col) = cols.last_mut()
                    && columns.len() > flows.len()
                {
                    col.flow = Rc::default();
                }
                Shape {
                    cols,
                    ..Shape::default()
                }
            }
        };
        if *with_offset {
            let name = with_offset_alias
                .as_ref()
                .map_or(Name::plain("offset"), Name::from);
            shape.cols.push(Col {
                name: Some(name),
                flow: Rc::default(),
            });
        }
        indirect.join(&shape.indirect);
        scope.push(
            alias.as_ref().map(|alias| Name::from(&alias.name)),
            Rc::new(shape),
        );
        Ok(())
    }
}

/// The elements of an array: called as the relation is, with fields of their own.
fn elements(flow: &Rc<Flow>, name: Option<Name>) -> Shape {
    let mut shape = Shape::of_value(flow.used(Kinds::TRANSFORMATION));
    if let Some(name) = name {
        shape.cols.push(Col {
            name: Some(name),
            flow: flow.used(Kinds::TRANSFORMATION),
        });
    }
    shape
}
