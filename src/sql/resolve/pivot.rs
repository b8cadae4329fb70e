//! PIVOT and UNPIVOT.

use std::rc::Rc;

use sqlparser::ast::{Expr, ExprWithAlias, PivotValueSource, TableAlias, TableFactor, Value};

use super::super::flow::{Flow, Kinds};
use super::super::names::Name;
use super::super::{Dialect, Gap};
use super::scope::Scope;
use super::shape::{Col, Shape};
use super::{Resolver, Step};

impl Resolver<'_> {
    /// The result of a PIVOT or UNPIVOT, and its alias.
    pub fn pivoted<'f>(
        &mut self,
        factor: &'f TableFactor,
        scope: &mut Scope,
        indirect: &mut Flow,
    ) -> Step<(Rc<Shape>, Option<&'f TableAlias>)> {
        match factor {
            TableFactor::Pivot {
                table,
                aggregate_functions,
                value_column,
                value_source,
                alias,
                ..
            } => {
                let inner = self.inner(table, scope, indirect)?;
                let values = match value_source {
                    PivotValueSource::List(values) => values.as_slice(),
                    PivotValueSource::Any(_) | PivotValueSource::Subquery(_) => {
                        self.unsupported("PIVOT whose columns are not listed");
                        return Ok((Rc::new(Shape::unknown()), alias.as_ref()));
                    }
                };
                let shape = self.pivot(&inner, aggregate_functions, value_column, values)?;
                Ok((shape, alias.as_ref()))
            }
            TableFactor::Unpivot {
                table,
                value,
                name,
                columns,
                alias,
                ..
            } => {
                let inner = self.inner(table, scope, indirect)?;
                let shape = self.unpivot(&inner, value, &Name::from(name), columns)?;
                Ok((shape, alias.as_ref()))
            }
            _ => Ok((Rc::new(Shape::unknown()), None)),
        }
    }

    fn inner(
        &mut self,
        table: &TableFactor,
        scope: &mut Scope,
        indirect: &mut Flow,
    ) -> Step<Scope<'static>> {
        let before = scope.sources.len();
        self.nested(|this| this.factor(table, scope, indirect, false))?;
        let mut inner = Scope::new(None);
        inner.sources = scope.sources.split_off(before);
        Ok(inner)
    }

    fn pivot(
        &mut self,
        inner: &Scope,
        aggregates: &[ExprWithAlias],
        value_column: &[Expr],
        values: &[ExprWithAlias],
    ) -> Step<Rc<Shape>> {
        let mut by = Flow::default();
        for column in value_column {
            self.mix(&mut by, column, Kinds::CONDITIONAL, inner)?;
        }
        let mut flows = Vec::new();
        let mut used = Flow::clone(&by);
        for aggregate in aggregates {
            let flow = self.expr(&aggregate.expr, inner)?;
            used.join(&flow);
            let mut flow = Flow::clone(&flow);
            flow.join(&by);
            flows.push((aggregate.alias.as_ref().map(Name::from), Rc::new(flow)));
        }
        let mut shape = self.remaining(inner, &used)?;
        for value in values {
            for (aggregate, flow) in &flows {
                let several = flows.len() > 1;
                let name = self.pivot_name(value, aggregate.as_ref(), several);
                shape.cols.push(Col {
                    name,
                    flow: Rc::clone(flow),
                });
            }
        }
        Ok(Rc::new(shape))
    }

    /// How a dialect calls the column of one value and one aggregate.
    fn pivot_name(
        &self,
        value: &ExprWithAlias,
        aggregate: Option<&Name>,
        several: bool,
    ) -> Option<Name> {
        let value = match &value.alias {
            Some(alias) => Name::from(alias),
            None => Name::plain(literal(&value.expr)?),
        };
        let Some(aggregate) = aggregate else {
            return (!several).then_some(value);
        };
        let (value, aggregate) = (&value.text, &aggregate.text);
        match self.context.dialect {
            Dialect::BigQuery => Some(Name::plain(format!("{aggregate}_{value}"))),
            Dialect::Spark | Dialect::Databricks if !several => Some(Name::plain(value)),
            Dialect::Spark | Dialect::Databricks | Dialect::DuckDb => {
                Some(Name::plain(format!("{value}_{aggregate}")))
            }
            _ if several => None,
            _ => Some(Name::plain(value)),
        }
    }

    /// The columns that a pivot neither aggregates nor turns: its groups.
    fn remaining(&mut self, inner: &Scope, used: &Flow) -> Step<Shape> {
        let mut shape = Shape::default();
        for source in &inner.sources {
            for col in &source.shape.cols {
                let is_used = col
                    .flow
                    .leaves
                    .keys()
                    .any(|leaf| used.leaves.contains_key(leaf));
                if !is_used {
                    let mut group = std::mem::take(&mut shape.indirect);
                    self.add(&mut group, &col.flow, Kinds::GROUP_BY)?;
                    shape.indirect = group;
                    shape.cols.push(col.clone());
                }
            }
            if !source.shape.is_closed() {
                self.gap(Gap::UnknownPositions("a relation that is pivoted".into()));
                shape.tails.extend(source.shape.tails.iter().cloned());
                shape.indirect.gap = true;
            }
        }
        Ok(shape)
    }

    fn unpivot(
        &mut self,
        inner: &Scope,
        value: &Expr,
        name: &Name,
        columns: &[ExprWithAlias],
    ) -> Step<Rc<Shape>> {
        let mut flow = Flow::default();
        let mut taken = Vec::new();
        for column in columns {
            self.mix(&mut flow, &column.expr, Kinds::IDENTITY, inner)?;
            if let Expr::Identifier(ident) = &column.expr {
                taken.push(ident.value.clone());
            }
        }
        let mut shape = Shape::default();
        for source in &inner.sources {
            let kept = source.shape.cols.iter().filter(|col| {
                !col.name
                    .as_ref()
                    .is_some_and(|name| taken.iter().any(|t| name.is(t)))
            });
            shape.cols.extend(kept.cloned());
            shape
                .tails
                .extend(source.shape.tails.iter().cloned().map(|mut tail| {
                    tail.except.extend(taken.iter().cloned());
                    tail
                }));
        }
        let flow = Rc::new(flow);
        let values: Vec<Name> = match value {
            Expr::Identifier(ident) => vec![ident.into()],
            Expr::Tuple(all) => all
                .iter()
                .filter_map(|expr| match expr {
                    Expr::Identifier(ident) => Some(Name::from(ident)),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        };
        shape.cols.push(Col {
            name: Some(name.clone()),
            flow: Rc::default(),
        });
        shape.cols.extend(values.into_iter().map(|name| Col {
            name: Some(name),
            flow: Rc::clone(&flow),
        }));
        Ok(Rc::new(shape))
    }
}

fn literal(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Identifier(ident) => Some(ident.value.clone()),
        Expr::Value(value) => match &value.value {
            Value::Number(text, _)
            | Value::SingleQuotedString(text)
            | Value::DoubleQuotedString(text) => Some(text.clone()),
            _ => None,
        },
        _ => None,
    }
}
