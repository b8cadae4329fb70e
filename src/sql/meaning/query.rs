//! How queries are built of others: common tables, set operations, SELECT, limits.

use std::rc::Rc;

use sqlparser::ast::{
    Expr, GroupByExpr, LimitClause, OrderByKind, Query, Select, SetExpr, Value, Values,
};

use super::scope::{Known, Scope, Source, renamed};
use super::{Reader, lower, number};

impl Reader<'_> {
    pub(super) fn spend(&mut self, steps: usize) -> Option<()> {
        self.left = self.left.checked_sub(steps as u64)?;
        Some(())
    }

    pub(super) fn query(&mut self, query: &Query, parent: Option<&Scope>) -> Option<Rc<Known>> {
        let mark = self.ctes.len();
        let read = self.query_here(query, parent);
        self.ctes.truncate(mark);
        read
    }

    fn query_here(&mut self, query: &Query, parent: Option<&Scope>) -> Option<Rc<Known>> {
        if !query.pipe_operators.is_empty() {
            return None;
        }
        for cte in query.with.iter().flat_map(|with| &with.cte_tables) {
            let name = lower(&cte.alias.name);
            if query.with.as_ref().is_some_and(|with| with.recursive) {
                let text = self.told(&cte.query.to_string(), None)?;
                self.ctes.push((name.clone(), Known::opaque(text)));
            }
            let known = self.query(&cte.query, parent)?;
            let columns: Vec<String> = cte.alias.columns.iter().map(|c| lower(&c.name)).collect();
            self.ctes.push((name, renamed(&known, &columns)));
        }
        if !limits(query) {
            return self.body(&query.body, parent, &[]).map(|(known, _)| known);
        }
        // Which rows a limit leaves is decided by the order, that is by columns of the result and,
        // where it is one SELECT, by columns of what it reads.
        let order = order_of(query);
        let (known, order) = self.body(&query.body, parent, &order)?;
        let rest = Query {
            with: None,
            body: nothing(),
            ..query.clone()
        };
        let mut scope = Scope::inside(parent);
        scope.sources.push(Source {
            labels: Vec::new(),
            known: Rc::clone(&known),
        });
        let rest = self.told(&rest.to_string(), Some(&scope))?;
        Some(Rc::new(Known {
            columns: known.columns.clone(),
            open: known.open,
            rows: number((known.rows, rest, order)),
        }))
    }

    /// The relation that a body gives, and the numbers of expressions in its place, as far as it is
    /// one SELECT.
    fn body(
        &mut self,
        body: &SetExpr,
        parent: Option<&Scope>,
        also: &[&Expr],
    ) -> Option<(Rc<Known>, Vec<u64>)> {
        self.spend(1)?;
        let known = match body {
            SetExpr::Select(select) => {
                let (known, also) = self.select(select, parent, also)?;
                return Some((Rc::new(known), also));
            }
            SetExpr::Query(query) => self.query(query, parent)?,
            SetExpr::SetOperation {
                op,
                set_quantifier,
                left,
                right,
            } => {
                let (left, _) = self.body(left, parent, &[])?;
                let (right, _) = self.body(right, parent, &[])?;
                Rc::new(united(&format!("{op} {set_quantifier}"), &left, &right))
            }
            other => Known::opaque(self.told(&other.to_string(), parent)?),
        };
        Some((known, Vec::new()))
    }

    fn select(
        &mut self,
        select: &Select,
        parent: Option<&Scope>,
        also: &[&Expr],
    ) -> Option<(Known, Vec<u64>)> {
        let mut scope = Scope::inside(parent);
        let mut rows = Vec::new();
        for from in &select.from {
            self.from(from, &mut scope, &mut rows)?;
        }
        let mut known = Known::default();
        for item in &select.projection {
            self.item(item, &mut scope, &mut known)?;
        }
        let rest = Select {
            projection: Vec::new(),
            from: Vec::new(),
            ..select.clone()
        };
        rows.push(self.told(&rest.to_string(), Some(&scope))?);
        if let GroupByExpr::Expressions(exprs, _) = &select.group_by {
            rows.extend(exprs.iter().filter_map(|expr| {
                let place = place(expr)?.checked_sub(1)?;
                known.columns.get(place).map(|(_, number)| *number)
            }));
        }
        if select.distinct.is_some() {
            let mut all: Vec<u64> = known.columns.iter().map(|(_, number)| *number).collect();
            all.sort_unstable();
            rows.push(number((all, known.open)));
        }
        known.rows = number(rows);
        let mut numbers = Vec::new();
        for expr in also {
            numbers.push(self.expr(expr, &scope)?);
        }
        Some((known, numbers))
    }
}

/// Two relations put together by UNION and the like.
fn united(how: &str, left: &Known, right: &Known) -> Known {
    let rows = number((how, left.rows, right.rows));
    let by_name = how.contains("BY NAME");
    if left.columns.len() != right.columns.len() || by_name {
        return Known {
            columns: Vec::new(),
            open: Some(number((how, left.whole(), right.whole()))),
            rows,
        };
    }
    let both = left.columns.iter().zip(&right.columns);
    Known {
        columns: both
            .map(|(a, b)| (a.0.clone(), number((how, a.1, b.1))))
            .collect(),
        open: left
            .open
            .or(right.open)
            .map(|_| number((left.open, right.open))),
        rows,
    }
}

fn limits(query: &Query) -> bool {
    let limited = match &query.limit_clause {
        Some(LimitClause::LimitOffset { limit, offset, .. }) => limit.is_some() || offset.is_some(),
        Some(LimitClause::OffsetCommaLimit { .. }) => true,
        None => false,
    };
    limited || query.fetch.is_some()
}

fn order_of(query: &Query) -> Vec<&Expr> {
    match query.order_by.as_ref().map(|order| &order.kind) {
        Some(OrderByKind::Expressions(order)) => order.iter().map(|one| &one.expr).collect(),
        _ => Vec::new(),
    }
}

/// A body of no text of its own, to put where one has been read already.
fn nothing() -> Box<SetExpr> {
    Box::new(SetExpr::Values(Values {
        explicit_row: false,
        value_keyword: false,
        rows: Vec::new(),
    }))
}

/// A query of no text of its own.
pub(super) fn empty_query() -> Query {
    Query {
        with: None,
        body: nothing(),
        order_by: None,
        limit_clause: None,
        fetch: None,
        locks: Vec::new(),
        for_clause: None,
        settings: None,
        format_clause: None,
        pipe_operators: Vec::new(),
    }
}

fn place(expr: &Expr) -> Option<usize> {
    let Expr::Value(value) = expr else {
        return None;
    };
    match &value.value {
        Value::Number(text, _) => text.clone().parse().ok(),
        _ => None,
    }
}
