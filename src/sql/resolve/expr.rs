//! Expressions: what flows into a value, and how.

use std::rc::Rc;

use sqlparser::ast::{
    AccessExpr, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause,
    FunctionArguments, Ident, InTarget, JsonPath, JsonPathElem, OneOrManyWithParens, Query,
    Subscript, Value, WindowSpec, WindowType,
};

use super::super::Gap;
use super::super::flow::{Flow, Kinds};
use super::super::names::{Name, parts};
use super::functions::{is_aggregate, is_conditional, is_date_part, takes_date_parts};
use super::scope::Scope;
use super::{Resolver, Step};

const COMPUTED: Kinds = Kinds::TRANSFORMATION;

impl Resolver<'_> {
    /// Adds what flows into an expression that is used as `kinds` says.
    pub fn mix(&mut self, into: &mut Flow, expr: &Expr, kinds: Kinds, scope: &Scope) -> Step<()> {
        let flow = self.expr(expr, scope)?;
        self.add(into, &flow, kinds)
    }

    fn mix_all<'e>(
        &mut self,
        into: &mut Flow,
        exprs: impl IntoIterator<Item = &'e Expr>,
        kinds: Kinds,
        scope: &Scope,
    ) -> Step<()> {
        for expr in exprs {
            self.mix(into, expr, kinds, scope)?;
        }
        Ok(())
    }

    /// What flows into an expression.
    pub fn expr(&mut self, expr: &Expr, scope: &Scope) -> Step<Rc<Flow>> {
        self.spend(1)?;
        match expr {
            Expr::Identifier(ident) => self.named(&[ident.into()], scope),
            Expr::CompoundIdentifier(path) => {
                let path: Vec<Name> = path.iter().map(Name::from).collect();
                self.named(&path, scope)
            }
            Expr::Value(_)
            | Expr::TypedString(_)
            | Expr::Wildcard(_)
            | Expr::QualifiedWildcard(..) => Ok(Rc::default()),
            _ => self.nested(|this| this.compound(expr, scope)),
        }
    }

    #[allow(clippy::too_many_lines)] // One arm for each kind of expression, none longer than a few.
    fn compound(&mut self, expr: &Expr, scope: &Scope) -> Step<Rc<Flow>> {
        let mut flow = Flow::default();
        match expr {
            Expr::Nested(inner)
            | Expr::OuterJoin(inner)
            | Expr::Prior(inner)
            | Expr::Collate { expr: inner, .. }
            | Expr::Named { expr: inner, .. } => return self.expr(inner, scope),
            Expr::BinaryOp { .. } => self.operators(&mut flow, expr, scope)?,
            Expr::IsFalse(e)
            | Expr::IsNotFalse(e)
            | Expr::IsTrue(e)
            | Expr::IsNotTrue(e)
            | Expr::IsNull(e)
            | Expr::IsNotNull(e)
            | Expr::IsUnknown(e)
            | Expr::IsNotUnknown(e)
            | Expr::IsJson { expr: e, .. }
            | Expr::IsNormalized { expr: e, .. }
            | Expr::UnaryOp { expr: e, .. }
            | Expr::Cast { expr: e, .. }
            | Expr::Extract { expr: e, .. }
            | Expr::Ceil { expr: e, .. }
            | Expr::Floor { expr: e, .. }
            | Expr::Prefixed { value: e, .. } => self.mix(&mut flow, e, COMPUTED, scope)?,
            Expr::IsDistinctFrom(a, b) | Expr::IsNotDistinctFrom(a, b) => {
                self.mix_all(&mut flow, [&**a, &**b], COMPUTED, scope)?;
            }
            Expr::In { expr, target, .. } => {
                self.mix(&mut flow, expr, COMPUTED, scope)?;
                self.in_target(&mut flow, target, scope)?;
            }
            Expr::Between {
                expr, low, high, ..
            } => {
                self.mix_all(&mut flow, [&**expr, &**low, &**high], COMPUTED, scope)?;
            }
            Expr::Like { expr, pattern, .. }
            | Expr::ILike { expr, pattern, .. }
            | Expr::SimilarTo { expr, pattern, .. }
            | Expr::RLike { expr, pattern, .. } => {
                self.mix_all(&mut flow, [&**expr, &**pattern], COMPUTED, scope)?;
            }
            Expr::AnyOp { left, right, .. } | Expr::AllOp { left, right, .. } => {
                self.mix_all(&mut flow, [&**left, &**right], COMPUTED, scope)?;
            }
            Expr::Convert { expr, styles, .. } => {
                self.mix(&mut flow, expr, COMPUTED, scope)?;
                self.mix_all(&mut flow, styles, COMPUTED, scope)?;
            }
            Expr::AtTimeZone {
                timestamp,
                time_zone,
            } => {
                self.mix_all(&mut flow, [&**timestamp, &**time_zone], COMPUTED, scope)?;
            }
            Expr::Position { expr, r#in } => {
                self.mix_all(&mut flow, [&**expr, &**r#in], COMPUTED, scope)?;
            }
            Expr::Substring {
                expr,
                substring_from,
                substring_for,
                ..
            } => {
                let others = substring_from
                    .as_deref()
                    .into_iter()
                    .chain(substring_for.as_deref());
                self.mix_all(
                    &mut flow,
                    std::iter::once(&**expr).chain(others),
                    COMPUTED,
                    scope,
                )?;
            }
            Expr::Trim {
                expr,
                trim_what,
                trim_characters,
                ..
            } => {
                let others = trim_what
                    .as_deref()
                    .into_iter()
                    .chain(trim_characters.iter().flatten());
                self.mix_all(
                    &mut flow,
                    std::iter::once(&**expr).chain(others),
                    COMPUTED,
                    scope,
                )?;
            }
            Expr::Overlay {
                expr,
                overlay_what,
                overlay_from,
                overlay_for,
            } => {
                let all = [&**expr, &**overlay_what, &**overlay_from];
                self.mix_all(
                    &mut flow,
                    all.into_iter().chain(overlay_for.as_deref()),
                    COMPUTED,
                    scope,
                )?;
            }
            Expr::Function(function) => return self.function(function, scope),
            Expr::Case {
                operand,
                conditions,
                else_result,
                ..
            } => {
                let tests = conditions.iter().map(|when| &when.condition);
                let tests = operand.as_deref().into_iter().chain(tests);
                self.mix_all(&mut flow, tests, Kinds::CONDITIONAL, scope)?;
                let results = conditions.iter().map(|when| &when.result);
                self.mix_all(
                    &mut flow,
                    results.chain(else_result.as_deref()),
                    COMPUTED,
                    scope,
                )?;
            }
            Expr::Exists { subquery, .. } => {
                let shape = self.query(subquery, Some(scope))?;
                flow.join(&shape.indirect);
            }
            Expr::Subquery(subquery) => return self.scalar(subquery, scope),
            Expr::GroupingSets(sets) | Expr::Cube(sets) | Expr::Rollup(sets) => {
                self.mix_all(&mut flow, sets.iter().flatten(), COMPUTED, scope)?;
            }
            Expr::Tuple(all) => self.mix_all(&mut flow, all, COMPUTED, scope)?,
            Expr::Struct { values, .. } => self.mix_all(&mut flow, values, COMPUTED, scope)?,
            Expr::Dictionary(fields) => {
                self.mix_all(&mut flow, fields.iter().map(|f| &*f.value), COMPUTED, scope)?;
            }
            Expr::Map(map) => {
                let pairs = map
                    .entries
                    .iter()
                    .flat_map(|entry| [&*entry.key, &*entry.value]);
                self.mix_all(&mut flow, pairs, COMPUTED, scope)?;
            }
            Expr::Array(array) => self.mix_all(&mut flow, &array.elem, COMPUTED, scope)?,
            Expr::Interval(interval) => self.mix(&mut flow, &interval.value, COMPUTED, scope)?,
            Expr::MemberOf(member) => {
                self.mix_all(&mut flow, [&*member.value, &*member.array], COMPUTED, scope)?;
            }
            Expr::MatchAgainst { columns, .. } => {
                for column in columns {
                    let path = parts(column).unwrap_or_default();
                    let column = self.named(&path, scope)?;
                    self.add(&mut flow, &column, COMPUTED)?;
                }
            }
            Expr::CompoundFieldAccess { root, access_chain } => {
                return self.access(root, access_chain, scope);
            }
            Expr::JsonAccess { value, path } => {
                self.mix(&mut flow, value, COMPUTED, scope)?;
                self.json_path(&mut flow, path, scope)?;
            }
            Expr::Lambda(lambda) => {
                let mut inner = Scope::new(Some(scope));
                let params = match &lambda.params {
                    OneOrManyWithParens::One(one) => std::slice::from_ref(one),
                    OneOrManyWithParens::Many(many) => many.as_slice(),
                };
                inner.bound = params.iter().map(|param| Name::from(&param.name)).collect();
                self.mix(&mut flow, &lambda.body, COMPUTED, &inner)?;
            }
            Expr::Identifier(_)
            | Expr::CompoundIdentifier(_)
            | Expr::Value(_)
            | Expr::TypedString(_)
            | Expr::Wildcard(_)
            | Expr::QualifiedWildcard(..) => {}
        }
        Ok(Rc::new(flow))
    }

    /// A chain of operators. It leans to the left, and may be long.
    fn operators(&mut self, flow: &mut Flow, expr: &Expr, scope: &Scope) -> Step<()> {
        let mut rest = expr;
        while let Expr::BinaryOp { left, right, .. } = rest {
            self.mix(flow, right, COMPUTED, scope)?;
            rest = left;
        }
        self.mix(flow, rest, COMPUTED, scope)
    }

    fn in_target(&mut self, flow: &mut Flow, target: &InTarget, scope: &Scope) -> Step<()> {
        match target {
            InTarget::List(list) => self.mix_all(flow, list, COMPUTED, scope),
            InTarget::Subquery(query) => {
                let inner = self.scalar(query, scope)?;
                self.add(flow, &inner, COMPUTED)
            }
            InTarget::Unnest(array) => self.mix(flow, array, COMPUTED, scope),
            InTarget::Table { name, .. } => {
                let shape = self.relation(&parts(name).unwrap_or_default());
                self.add(flow, &shape.row(), COMPUTED)
            }
        }
    }

    /// A query as a value: its columns, and what decides which rows it has.
    fn scalar(&mut self, query: &Query, scope: &Scope) -> Step<Rc<Flow>> {
        let shape = self.query(query, Some(scope))?;
        let mut flow = match shape.cols.as_slice() {
            [one] if shape.is_closed() => Flow::clone(&one.flow),
            _ => shape.row(),
        };
        flow.join(&shape.indirect);
        Ok(Rc::new(flow))
    }

    /// `a.b[1].c`: the names that lead are looked up, what follows is taken out of the value.
    fn access(&mut self, root: &Expr, chain: &[AccessExpr], scope: &Scope) -> Step<Rc<Flow>> {
        let mut path: Vec<Name> = match root {
            Expr::Identifier(ident) => vec![ident.into()],
            Expr::CompoundIdentifier(idents) => idents.iter().map(Name::from).collect(),
            _ => Vec::new(),
        };
        let mut rest = chain;
        while let (false, [AccessExpr::Dot(Expr::Identifier(ident)), others @ ..]) =
            (path.is_empty(), rest)
        {
            path.push(ident.into());
            rest = others;
        }
        let value = if path.is_empty() {
            self.expr(root, scope)?
        } else {
            self.named(&path, scope)?
        };
        if rest.is_empty() {
            return Ok(value);
        }
        let mut flow = Flow::default();
        self.add(&mut flow, &value, COMPUTED)?;
        for access in rest {
            let AccessExpr::Subscript(subscript) = access else {
                continue;
            };
            match subscript {
                Subscript::Index { index } => self.subscript(&mut flow, index, scope)?,
                Subscript::Slice {
                    lower_bound,
                    upper_bound,
                    stride,
                } => {
                    for bound in [lower_bound, upper_bound, stride].into_iter().flatten() {
                        self.mix(&mut flow, bound, COMPUTED, scope)?;
                    }
                }
            }
        }
        Ok(Rc::new(flow))
    }

    /// `x[OFFSET(0)]` and the like; the words around the number are no function that matters.
    fn subscript(&mut self, flow: &mut Flow, index: &Expr, scope: &Scope) -> Step<()> {
        self.mix(flow, index, COMPUTED, scope)
    }

    fn json_path(&mut self, flow: &mut Flow, path: &JsonPath, scope: &Scope) -> Step<()> {
        for element in &path.path {
            if let JsonPathElem::Bracket { key } | JsonPathElem::ColonBracket { key } = element {
                self.mix(flow, key, COMPUTED, scope)?;
            }
        }
        Ok(())
    }

    fn function(&mut self, function: &Function, scope: &Scope) -> Step<Rc<Flow>> {
        let name = function.name.to_string();
        let clauses = match &function.args {
            FunctionArguments::List(list) => list.clauses.as_slice(),
            FunctionArguments::None | FunctionArguments::Subquery(_) => &[],
        };
        let is_aggregate =
            is_aggregate(&name) || function.filter.is_some() || !function.within_group.is_empty();
        let kinds = if is_aggregate {
            Kinds::AGGREGATION
        } else {
            COMPUTED
        };
        let mut flow = Flow::default();
        if name.eq_ignore_ascii_case("columns") {
            flow.join(&self.unsupported("COLUMNS(…)"));
            return Ok(Rc::new(flow));
        }
        for arguments in [&function.parameters, &function.args] {
            self.arguments(&mut flow, &name, arguments, kinds, scope)?;
        }
        for clause in clauses {
            match clause {
                FunctionArgumentClause::Where(filter) => {
                    self.mix(&mut flow, filter, Kinds::CONDITIONAL, scope)?;
                }
                FunctionArgumentClause::OrderBy(order) => {
                    let exprs = order.iter().map(|by| &by.expr);
                    self.mix_all(&mut flow, exprs, Kinds::SORT, scope)?;
                }
                FunctionArgumentClause::Having(bound) => {
                    self.mix(&mut flow, &bound.1, Kinds::CONDITIONAL, scope)?;
                }
                _ => {}
            }
        }
        let within = function.within_group.iter().map(|by| &by.expr);
        self.mix_all(&mut flow, within, Kinds::AGGREGATION, scope)?;
        if let Some(filter) = &function.filter {
            self.mix(&mut flow, filter, Kinds::CONDITIONAL, scope)?;
        }
        match &function.over {
            Some(WindowType::WindowSpec(spec)) => {
                let window = self.window(spec, scope)?;
                flow.join(&window);
            }
            Some(WindowType::NamedWindow(of)) => {
                let window = self.window_named(of, scope);
                flow.join(&window);
            }
            None => {}
        }
        Ok(Rc::new(flow))
    }

    fn arguments(
        &mut self,
        flow: &mut Flow,
        function: &str,
        arguments: &FunctionArguments,
        kinds: Kinds,
        scope: &Scope,
    ) -> Step<()> {
        match arguments {
            FunctionArguments::None => Ok(()),
            FunctionArguments::Subquery(query) => {
                let inner = self.scalar(query, scope)?;
                self.add(flow, &inner, kinds)
            }
            FunctionArguments::List(list) => {
                for (n, arg) in list.args.iter().enumerate() {
                    if takes_date_parts(function) && self.is_date_part(arg, scope) {
                        continue;
                    }
                    let kinds = if n == 0 && is_conditional(function) {
                        Kinds::CONDITIONAL
                    } else {
                        kinds
                    };
                    self.argument(flow, arg, kinds, scope)?;
                }
                Ok(())
            }
        }
    }

    fn is_date_part(&self, arg: &FunctionArg, scope: &Scope) -> bool {
        let FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Identifier(ident))) = arg else {
            return false;
        };
        let name = Name::from(ident);
        is_date_part(&name) && !self.is_listed(&name, scope)
    }

    /// One argument of a function.
    pub fn argument(
        &mut self,
        flow: &mut Flow,
        arg: &FunctionArg,
        kinds: Kinds,
        scope: &Scope,
    ) -> Step<()> {
        let arg = match arg {
            FunctionArg::Named { arg, .. }
            | FunctionArg::ExprNamed { arg, .. }
            | FunctionArg::Unnamed(arg) => arg,
        };
        match arg {
            FunctionArgExpr::Expr(expr) => self.mix(flow, expr, kinds, scope),
            // COUNT(*) and COUNT(t.*) look at no column.
            FunctionArgExpr::Wildcard
            | FunctionArgExpr::QualifiedWildcard(_)
            | FunctionArgExpr::WildcardWithOptions(_) => Ok(()),
        }
    }

    /// What decides over which rows a window function looks.
    pub fn window(&mut self, spec: &WindowSpec, scope: &Scope) -> Step<Flow> {
        let mut flow = Flow::default();
        if let Some(name) = &spec.window_name {
            flow.join(&self.window_named(name, scope));
        }
        self.mix_all(&mut flow, &spec.partition_by, Kinds::WINDOW, scope)?;
        let order = spec.order_by.iter().map(|by| &by.expr);
        self.mix_all(&mut flow, order, Kinds::WINDOW, scope)?;
        Ok(flow)
    }

    /// A window that the select names.
    pub fn window_named(&mut self, name: &Ident, scope: &Scope) -> Rc<Flow> {
        let held = scope.windows.iter().find(|(held, _)| held.is(&name.value));
        match held {
            Some((_, flow)) => Rc::clone(flow),
            None => self.gap(Gap::Unsupported(format!("the window {}", name.value))),
        }
    }
}

/// The whole number that an expression is.
pub fn integer(expr: &Expr) -> Option<usize> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::Number(text, _) => text.parse().ok(),
            _ => None,
        },
        _ => None,
    }
}
