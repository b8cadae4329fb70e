//! Queries: WITH, set operations, VALUES, and what orders a result.

use std::rc::Rc;

use sqlparser::ast::{
    Cte, Expr, OrderBy, OrderByKind, Query, Select, SetExpr, SetOperator, SetQuantifier, Statement,
    Values, With,
};

use super::super::Gap;
use super::super::flow::{Flow, Kinds};
use super::super::names::Name;
use super::scope::{Aliases, Scope};
use super::shape::{Col, Shape, Tail, TailOf};
use super::{Resolver, Step};

/// Rounds until the columns of a recursive query stand still. Each adds what one more step back
/// tells; more than a few are needed by nothing that people write.
const ROUNDS: usize = 12;

impl Resolver<'_> {
    /// What a query gives.
    pub fn query(&mut self, query: &Query, parent: Option<&Scope>) -> Step<Rc<Shape>> {
        self.nested(|this| {
            let mark = this.ctes.len();
            let result = this.query_here(query, parent);
            this.ctes.truncate(mark);
            result
        })
    }

    fn query_here(&mut self, query: &Query, parent: Option<&Scope>) -> Step<Rc<Shape>> {
        if let Some(with) = &query.with {
            self.with(with, parent)?;
        }
        if !query.pipe_operators.is_empty() {
            self.unsupported("pipe syntax (|>)");
            return Ok(Rc::new(Shape::unknown()));
        }
        if let SetExpr::Select(select) = &*query.body {
            return self.select(select, query.order_by.as_ref(), parent);
        }
        let shape = self.set_expr(&query.body, parent)?;
        self.ordered(shape, query.order_by.as_ref(), parent)
    }

    /// The common table expressions of a WITH, from here on in reach.
    pub fn with(&mut self, with: &With, parent: Option<&Scope>) -> Step<()> {
        for cte in &with.cte_tables {
            let name = Name::from(&cte.alias.name);
            let columns: Vec<Name> = cte.alias.columns.iter().map(|c| (&c.name).into()).collect();
            let shape = if with.recursive {
                self.recursive(cte, &name, &columns, parent)?
            } else {
                let shape = self.query(&cte.query, parent)?;
                self.renamed(shape, &columns, &name.text)
            };
            self.ctes.push((name, shape));
        }
        Ok(())
    }

    /// A query that may read itself: first what it begins with, then all of it over what is known
    /// so far, until that stands still.
    fn recursive(
        &mut self,
        cte: &Cte,
        name: &Name,
        columns: &[Name],
        parent: Option<&Scope>,
    ) -> Step<Rc<Shape>> {
        let SetExpr::SetOperation { left, .. } = &*cte.query.body else {
            let shape = self.query(&cte.query, parent)?;
            return Ok(self.renamed(shape, columns, &name.text));
        };
        let mark = self.ctes.len();
        if let Some(with) = &cte.query.with {
            self.with(with, parent)?;
        }
        let anchor = self.set_expr(left, parent)?;
        self.ctes.truncate(mark);
        let mut known = self.renamed(anchor, columns, &name.text);
        for _ in 0..ROUNDS {
            self.ctes.push((name.clone(), Rc::clone(&known)));
            let next = self.query(&cte.query, parent);
            self.ctes.truncate(mark);
            let next = self.renamed(next?, columns, &name.text);
            if same_flows(&known, &next) {
                return Ok(next);
            }
            known = next;
        }
        self.unsupported(format!("the recursive query {}", name.text));
        Ok(Rc::new(Shape::unknown()))
    }

    fn set_expr(&mut self, body: &SetExpr, parent: Option<&Scope>) -> Step<Rc<Shape>> {
        // A chain of operations leans to the left, and may be long.
        let mut chain = Vec::new();
        let mut first = body;
        while let SetExpr::SetOperation {
            left,
            op,
            set_quantifier,
            right,
        } = first
        {
            chain.push((*op, *set_quantifier, &**right));
            first = left;
        }
        let mut shape = self.set_operand(first, parent)?;
        for (op, quantifier, right) in chain.into_iter().rev() {
            let right = self.set_operand(right, parent)?;
            shape = self.combined(&shape, op, quantifier, &right)?;
        }
        Ok(shape)
    }

    fn set_operand(&mut self, body: &SetExpr, parent: Option<&Scope>) -> Step<Rc<Shape>> {
        self.nested(|this| match body {
            SetExpr::Select(select) => this.select(select, None, parent),
            SetExpr::Query(query) => this.query(query, parent),
            SetExpr::SetOperation { .. } => this.set_expr(body, parent),
            SetExpr::Values(values) => this.values(values, parent),
            SetExpr::Table(table) => {
                let part = |text: &String| Name::plain(text);
                let schema = table.schema_name.iter().map(|name| part(&name.value));
                let name = table.table_name.iter().map(|name| part(&name.value));
                let path: Vec<Name> = schema.chain(name).collect();
                Ok(this.relation(&path))
            }
            SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_) | SetExpr::Merge(_) => {
                this.unsupported("a statement that writes, within a query");
                Ok(Rc::new(Shape::unknown()))
            }
        })
    }

    fn values(&mut self, values: &Values, parent: Option<&Scope>) -> Step<Rc<Shape>> {
        let scope = Scope::new(parent);
        let width = values.rows.first().map_or(0, |row| row.content.len());
        let mut flows = vec![Flow::default(); width];
        for row in &values.rows {
            for (flow, expr) in flows.iter_mut().zip(&row.content) {
                self.mix(flow, expr, Kinds::IDENTITY, &scope)?;
            }
        }
        let cols = flows.into_iter().enumerate().map(|(n, flow)| Col {
            name: Some(Name::plain(format!("column{}", n + 1))),
            flow: Rc::new(flow),
        });
        Ok(Rc::new(Shape {
            cols: cols.collect(),
            ..Shape::default()
        }))
    }

    /// Two results, one over the other. UNION takes columns from both; EXCEPT and INTERSECT take
    /// those of the left, and the right decides which rows.
    fn combined(
        &mut self,
        left: &Rc<Shape>,
        op: SetOperator,
        quantifier: SetQuantifier,
        right: &Rc<Shape>,
    ) -> Step<Rc<Shape>> {
        let mut indirect = left.indirect.clone();
        indirect.join(&right.indirect);
        if op != SetOperator::Union {
            let mut shape = Shape::clone(left);
            for side in [left, right] {
                let row = side.row();
                self.add(&mut indirect, &row, Kinds::FILTER)?;
            }
            shape.indirect = indirect;
            return Ok(Rc::new(shape));
        }
        let by_name = matches!(
            quantifier,
            SetQuantifier::ByName | SetQuantifier::AllByName | SetQuantifier::DistinctByName
        );
        let mut shape = if by_name {
            self.by_name(left, right)?
        } else {
            self.by_position(left, right)?
        };
        let distinct = matches!(
            quantifier,
            SetQuantifier::None | SetQuantifier::Distinct | SetQuantifier::DistinctByName
        );
        if distinct {
            let row = shape.row();
            self.add(&mut indirect, &row, Kinds::GROUP_BY)?;
        }
        shape.indirect = indirect;
        Ok(Rc::new(shape))
    }

    fn by_position(&mut self, left: &Shape, right: &Shape) -> Step<Shape> {
        let countable = left.is_closed() && right.is_closed();
        if !countable || left.cols.len() != right.cols.len() {
            self.gap(if countable {
                Gap::Count(
                    "the right side of UNION".into(),
                    right.cols.len(),
                    left.cols.len(),
                )
            } else {
                Gap::UnknownPositions("a UNION".into())
            });
            // What the left side names it gives, whatever the right one adds.
            let cols = left.cols.iter().map(|col| Col {
                name: col.name.clone(),
                flow: Rc::new(Flow {
                    gap: true,
                    ..Flow::clone(&col.flow)
                }),
            });
            return Ok(Shape {
                cols: cols.collect(),
                tails: Shape::unknown().tails,
                ..Shape::default()
            });
        }
        let mut cols = Vec::with_capacity(left.cols.len());
        for (a, b) in left.cols.iter().zip(&right.cols) {
            self.spend(1 + a.flow.leaves.len() + b.flow.leaves.len())?;
            let mut flow = Flow::clone(&a.flow);
            flow.join(&b.flow);
            cols.push(Col {
                name: a.name.clone(),
                flow: Rc::new(flow),
            });
        }
        Ok(Shape {
            cols,
            ..Shape::default()
        })
    }

    fn by_name(&mut self, left: &Shape, right: &Shape) -> Step<Shape> {
        let mut cols = left.cols.clone();
        for col in &right.cols {
            let Some(name) = &col.name else { continue };
            self.spend(1 + col.flow.leaves.len())?;
            let held = cols
                .iter_mut()
                .find(|held| held.name.as_ref().is_some_and(|held| held.is(&name.text)));
            match held {
                Some(held) => {
                    let mut flow = Flow::clone(&held.flow);
                    flow.join(&col.flow);
                    held.flow = Rc::new(flow);
                }
                None => cols.push(col.clone()),
            }
        }
        let open = !left.is_closed() || !right.is_closed();
        let unknown = Tail {
            of: TailOf::Unknown,
            except: Vec::new(),
        };
        if open {
            self.gap(Gap::UnknownPositions("a UNION BY NAME".into()));
        }
        Ok(Shape {
            cols,
            tails: open.then_some(unknown).into_iter().collect(),
            ..Shape::default()
        })
    }

    /// Adds what a result is ordered by.
    fn ordered(
        &mut self,
        shape: Rc<Shape>,
        order: Option<&OrderBy>,
        parent: Option<&Scope>,
    ) -> Step<Rc<Shape>> {
        let Some(order) = order else {
            return Ok(shape);
        };
        let mut scope = Scope::new(parent);
        scope.push(None, Rc::clone(&shape));
        let mut indirect = shape.indirect.clone();
        self.order(&mut indirect, order, &shape.cols, &scope)?;
        let mut shape = Rc::unwrap_or_clone(shape);
        shape.indirect = indirect;
        Ok(Rc::new(shape))
    }

    /// Adds the columns of an ORDER BY.
    pub fn order(
        &mut self,
        indirect: &mut Flow,
        order: &OrderBy,
        cols: &[Col],
        scope: &Scope,
    ) -> Step<()> {
        match &order.kind {
            OrderByKind::All(_) => {
                for col in cols {
                    self.add(indirect, &col.flow, Kinds::SORT)?;
                }
            }
            OrderByKind::Expressions(all) => {
                for by in all {
                    self.by(indirect, &by.expr, Kinds::SORT, cols, scope)?;
                }
            }
        }
        Ok(())
    }

    /// Adds an expression of GROUP BY or ORDER BY, which may be the place of a column.
    pub fn by(
        &mut self,
        indirect: &mut Flow,
        expr: &Expr,
        kinds: Kinds,
        cols: &[Col],
        scope: &Scope,
    ) -> Step<()> {
        if let Some(place) = super::expr::integer(expr) {
            let Some(col) = place.checked_sub(1).and_then(|at| cols.get(at)) else {
                return Ok(());
            };
            return self.add(indirect, &col.flow, kinds);
        }
        self.mix(indirect, expr, kinds, scope)
    }

    /// What a statement written as the body of a query is, with its WITH in reach.
    pub fn statement_within(query: &Query) -> Option<&Statement> {
        match &*query.body {
            SetExpr::Insert(inner)
            | SetExpr::Update(inner)
            | SetExpr::Delete(inner)
            | SetExpr::Merge(inner) => Some(inner),
            _ => None,
        }
    }

    /// The select of a query that is nothing else.
    pub fn plain_select(query: &Query) -> Option<&Select> {
        match &*query.body {
            SetExpr::Select(select) => Some(select),
            _ => None,
        }
    }

    /// A scope in which an alias comes before columns, for ORDER BY.
    pub fn aliases_first(scope: &mut Scope) {
        scope.when = Aliases::First;
    }
}

fn same_flows(a: &Shape, b: &Shape) -> bool {
    a.indirect == b.indirect
        && a.cols.len() == b.cols.len()
        && a.tails.len() == b.tails.len()
        && a.cols.iter().zip(&b.cols).all(|(a, b)| a.flow == b.flow)
}
