//! SELECT: its list, its stars, and the clauses that decide which rows there are.

use std::rc::Rc;

use sqlparser::ast::{
    ConnectByKind, Distinct, ExcludeSelectItem, Expr, GroupByExpr, GroupByWithModifier, Ident,
    NamedWindowExpr, ObjectName, OrderBy, RenameSelectItem, Select, SelectFlavor, SelectItem,
    SelectItemQualifiedWildcardKind, WildcardAdditionalOptions,
};

use super::super::Gap;
use super::super::flow::{Flow, Kinds};
use super::super::names::{Name, parts, shown};
use super::functions::own_columns;
use super::scope::{Aliases, Scope};
use super::shape::{Col, Shape, Tail, TailOf};
use super::{Resolver, Step};

impl Resolver<'_> {
    /// What a SELECT gives.
    pub fn select(
        &mut self,
        select: &Select,
        order: Option<&OrderBy>,
        parent: Option<&Scope>,
    ) -> Step<Rc<Shape>> {
        self.nested(|this| this.select_here(select, order, parent))
    }

    fn select_here(
        &mut self,
        select: &Select,
        order: Option<&OrderBy>,
        parent: Option<&Scope>,
    ) -> Step<Rc<Shape>> {
        let mut scope = Scope::new(parent);
        let mut out = Shape::default();
        for from in &select.from {
            self.from(from, &mut scope, &mut out.indirect)?;
        }
        self.lateral_views(select, &mut scope)?;
        self.windows(select, &mut scope)?;
        if select.flavor == SelectFlavor::FromFirstNoSelect {
            self.star(
                &scope,
                None,
                &WildcardAdditionalOptions::default(),
                &mut out,
            )?;
        }
        for item in &select.projection {
            self.item(item, &mut scope, &mut out)?;
        }
        scope.aliases = aliases(&out);
        scope.when = Aliases::After;
        self.clauses(select, &scope, &mut out)?;
        if let Some(order) = order {
            Self::aliases_first(&mut scope);
            let mut indirect = std::mem::take(&mut out.indirect);
            self.order(&mut indirect, order, &out.cols, &scope)?;
            out.indirect = indirect;
        }
        Ok(Rc::new(out))
    }

    fn lateral_views(&mut self, select: &Select, scope: &mut Scope) -> Step<()> {
        for view in &select.lateral_views {
            let made = self.expr(&view.lateral_view, scope)?;
            let made = made.used(Kinds::TRANSFORMATION);
            let mut names: Vec<Name> = view.lateral_col_alias.iter().map(Name::from).collect();
            if names.is_empty()
                && let Expr::Function(function) = &view.lateral_view
            {
                let own = own_columns(&function.name.to_string());
                names = own.iter().copied().map(Name::plain).collect();
            }
            let label = parts(&view.lateral_view_name).and_then(|mut all| all.pop());
            let shape = Rc::new(Shape::of_value(made));
            let shape = self.renamed(shape, &names, "a lateral view");
            scope.push(label, shape);
        }
        Ok(())
    }

    fn windows(&mut self, select: &Select, scope: &mut Scope) -> Step<()> {
        for window in &select.named_window {
            let name = Name::from(&window.0);
            let flow = match &window.1 {
                NamedWindowExpr::NamedWindow(of) => self.window_named(of, scope),
                NamedWindowExpr::WindowSpec(spec) => Rc::new(self.window(spec, scope)?),
            };
            scope.windows.push((name, flow));
        }
        Ok(())
    }

    fn clauses(&mut self, select: &Select, scope: &Scope, out: &mut Shape) -> Step<()> {
        let mut indirect = std::mem::take(&mut out.indirect);
        let filters = [
            &select.prewhere,
            &select.selection,
            &select.having,
            &select.qualify,
        ];
        for filter in filters.into_iter().flatten() {
            self.mix(&mut indirect, filter, Kinds::FILTER, scope)?;
        }
        for connect in &select.connect_by {
            match connect {
                ConnectByKind::ConnectBy { relationships, .. } => {
                    for expr in relationships {
                        self.mix(&mut indirect, expr, Kinds::JOIN, scope)?;
                    }
                }
                ConnectByKind::StartWith { condition, .. } => {
                    self.mix(&mut indirect, condition, Kinds::FILTER, scope)?;
                }
            }
        }
        self.grouping(&select.group_by, scope, &out.cols, &mut indirect)?;
        for by in select.sort_by.iter().map(|by| &by.expr) {
            self.by(&mut indirect, by, Kinds::SORT, &out.cols, scope)?;
        }
        match &select.distinct {
            Some(Distinct::Distinct) => {
                let row = out.row();
                self.add(&mut indirect, &row, Kinds::GROUP_BY)?;
            }
            Some(Distinct::On(exprs)) => {
                for expr in exprs {
                    self.by(&mut indirect, expr, Kinds::GROUP_BY, &out.cols, scope)?;
                }
            }
            Some(Distinct::All) | None => {}
        }
        out.indirect = indirect;
        Ok(())
    }

    fn grouping(
        &mut self,
        group: &GroupByExpr,
        scope: &Scope,
        cols: &[Col],
        indirect: &mut Flow,
    ) -> Step<()> {
        let (exprs, modifiers) = match group {
            GroupByExpr::All(modifiers) => {
                let whole = |col: &&Col| !col.flow.leaves.values().any(|k| k.is_aggregation());
                for col in cols.iter().filter(whole) {
                    self.add(indirect, &col.flow, Kinds::GROUP_BY)?;
                }
                (&[][..], modifiers)
            }
            GroupByExpr::Expressions(exprs, modifiers) => (exprs.as_slice(), modifiers),
        };
        for expr in exprs {
            self.by(indirect, expr, Kinds::GROUP_BY, cols, scope)?;
        }
        for modifier in modifiers {
            if let GroupByWithModifier::GroupingSets(expr) = modifier {
                self.mix(indirect, expr, Kinds::GROUP_BY, scope)?;
            }
        }
        Ok(())
    }

    /// One entry of a select list.
    pub fn item(&mut self, item: &SelectItem, scope: &mut Scope, out: &mut Shape) -> Step<()> {
        match item {
            SelectItem::UnnamedExpr(expr) => {
                let flow = self.expr(expr, scope)?;
                let name = self.name_of(expr);
                out.cols.push(Col { name, flow });
            }
            SelectItem::ExprWithAlias { expr, alias } => {
                let flow = self.expr(expr, scope)?;
                let name = Name::from(alias);
                if self.context.dialect.lateral_aliases() {
                    scope.aliases.push((name.clone(), Rc::clone(&flow)));
                }
                out.cols.push(Col {
                    name: Some(name),
                    flow,
                });
            }
            SelectItem::ExprWithAliases { expr, aliases } => {
                let flow = self.expr(expr, scope)?;
                let flow = flow.used(Kinds::TRANSFORMATION);
                out.cols.extend(aliases.iter().map(|alias| Col {
                    name: Some(alias.into()),
                    flow: Rc::clone(&flow),
                }));
            }
            SelectItem::Wildcard(options) => self.star(scope, None, options, out)?,
            SelectItem::QualifiedWildcard(of, options) => match of {
                SelectItemQualifiedWildcardKind::ObjectName(name) => {
                    let of = parts(name).unwrap_or_default();
                    self.star(scope, Some(&of), options, out)?;
                }
                SelectItemQualifiedWildcardKind::Expr(expr) => {
                    let flow = self.expr(expr, scope)?;
                    out.tails.push(Tail {
                        of: TailOf::Value(flow.used(Kinds::TRANSFORMATION)),
                        except: Vec::new(),
                    });
                }
            },
        }
        Ok(())
    }

    /// `*`, or the star of one source.
    fn star(
        &mut self,
        scope: &Scope,
        of: Option<&[Name]>,
        options: &WildcardAdditionalOptions,
        out: &mut Shape,
    ) -> Step<()> {
        let mut all = match of {
            None => Self::all_columns(scope),
            Some(qualifier) => {
                let mut level = Some(scope);
                let mut held = None;
                while let (Some(here), None) = (level, held) {
                    held = here.source(qualifier);
                    level = here.parent;
                }
                let Some(source) = held else {
                    self.gap(Gap::UnknownRelation(shown(qualifier)));
                    out.tails.extend(Shape::unknown().tails);
                    return Ok(());
                };
                (source.shape.cols.clone(), source.shape.tails.clone())
            }
        };
        self.spend(all.0.len())?;
        self.adapt(&mut all, options, scope)?;
        out.cols.extend(all.0);
        out.tails.extend(all.1);
        Ok(())
    }

    fn all_columns(scope: &Scope) -> (Vec<Col>, Vec<Tail>) {
        let merged = scope.merged.iter().map(|(name, flow)| Col {
            name: Some(name.clone()),
            flow: Rc::clone(flow),
        });
        let mut cols: Vec<Col> = merged.collect();
        let mut tails = Vec::new();
        let is_merged = |col: &&Col| {
            let name = col.name.as_ref();
            name.is_some_and(|name| scope.merged.iter().any(|(held, _)| held.is(&name.text)))
        };
        for source in &scope.sources {
            let own = source.shape.cols.iter().filter(|col| !is_merged(col));
            cols.extend(own.cloned());
            let merged = scope.merged.iter().map(|(name, _)| name.text.clone());
            tails.extend(source.shape.tails.iter().cloned().map(|mut tail| {
                tail.except.extend(merged.clone());
                tail
            }));
        }
        (cols, tails)
    }

    /// EXCEPT, EXCLUDE, REPLACE and RENAME of a star.
    fn adapt(
        &mut self,
        (cols, tails): &mut (Vec<Col>, Vec<Tail>),
        options: &WildcardAdditionalOptions,
        scope: &Scope,
    ) -> Step<()> {
        if options.opt_ilike.is_some() && !tails.is_empty() {
            self.unsupported("a star with ILIKE over relations whose columns are not all known");
        }
        if let Some(ilike) = &options.opt_ilike {
            let pattern = ilike.pattern.to_lowercase();
            cols.retain(|col| {
                let name = col.name.as_ref().map(|name| name.text.to_lowercase());
                name.is_some_and(|name| like(&name, &pattern))
            });
        }
        for name in excluded(options) {
            cols.retain(|col| !col.name.as_ref().is_some_and(|held| held.is(&name)));
            for tail in tails.iter_mut() {
                tail.except.push(name.clone());
            }
        }
        for (from, to) in renames(options) {
            let held = cols
                .iter_mut()
                .find(|col| col.name.as_ref().is_some_and(|held| held.is(&from.text)));
            if let Some(col) = held {
                col.name = Some(to);
            } else {
                let flow = self.named(std::slice::from_ref(&from), scope)?;
                cols.push(Col {
                    name: Some(to),
                    flow,
                });
                for tail in tails.iter_mut() {
                    tail.except.push(from.text.clone());
                }
            }
        }
        for item in options
            .opt_replace
            .iter()
            .flat_map(|replace| &replace.items)
        {
            let flow = self.expr(&item.expr, scope)?;
            let name = Name::from(&item.column_name);
            let held = cols
                .iter_mut()
                .find(|col| col.name.as_ref().is_some_and(|held| held.is(&name.text)));
            match held {
                Some(col) => col.flow = flow,
                None => cols.push(Col {
                    name: Some(name),
                    flow,
                }),
            }
        }
        Ok(())
    }

    /// What an expression without an alias is called.
    fn name_of(&self, expr: &Expr) -> Option<Name> {
        match expr {
            Expr::Identifier(ident) => Some(ident.into()),
            Expr::CompoundIdentifier(path) => path.last().map(Name::from),
            Expr::CompoundFieldAccess { access_chain, .. } => {
                access_chain.last().and_then(|access| match access {
                    sqlparser::ast::AccessExpr::Dot(expr) => self.name_of(expr),
                    sqlparser::ast::AccessExpr::Subscript(_) => None,
                })
            }
            Expr::Nested(inner) => self.name_of(inner),
            _ if !self.context.dialect.names_expressions() => None,
            Expr::Cast { expr, .. } => self.name_of(expr),
            Expr::Function(function) => {
                let name = parts(&function.name)?.pop()?;
                Some(Name::plain(name.text.to_lowercase()))
            }
            Expr::Case { .. } => Some(Name::plain("case")),
            _ => None,
        }
    }
}

fn aliases(out: &Shape) -> Vec<(Name, Rc<Flow>)> {
    let named = out.cols.iter().filter_map(|col| {
        let name = col.name.clone()?;
        Some((name, Rc::clone(&col.flow)))
    });
    named.collect()
}

fn last_text(name: &ObjectName) -> Option<String> {
    parts(name)?.pop().map(|name| name.text)
}

fn excluded(options: &WildcardAdditionalOptions) -> Vec<String> {
    let mut names = Vec::new();
    if let Some(except) = &options.opt_except {
        let all = std::iter::once(&except.first_element).chain(&except.additional_elements);
        names.extend(all.map(|ident: &Ident| ident.value.clone()));
    }
    match &options.opt_exclude {
        Some(ExcludeSelectItem::Single(name)) => names.extend(last_text(name)),
        Some(ExcludeSelectItem::Multiple(all)) => names.extend(all.iter().filter_map(last_text)),
        None => {}
    }
    names
}

fn renames(options: &WildcardAdditionalOptions) -> Vec<(Name, Name)> {
    let all = match &options.opt_rename {
        Some(RenameSelectItem::Single(one)) => std::slice::from_ref(one),
        Some(RenameSelectItem::Multiple(all)) => all.as_slice(),
        None => &[],
    };
    all.iter()
        .map(|one| (Name::from(&one.ident), Name::from(&one.alias)))
        .collect()
}

/// SQL's LIKE over lower-case text.
fn like(text: &str, pattern: &str) -> bool {
    let (text, pattern): (Vec<char>, Vec<char>) =
        (text.chars().collect(), pattern.chars().collect());
    // Where the last % was met, and what it stood for.
    let (mut t, mut p, mut back) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some('%') => {
                back = Some((t, p));
                p += 1;
            }
            Some(&c) if c == '_' || c == text[t] => {
                t += 1;
                p += 1;
            }
            _ => {
                let Some((from, at)) = back else { return false };
                back = Some((from + 1, at));
                t = from + 1;
                p = at + 1;
            }
        }
    }
    pattern[p..].iter().all(|&c| c == '%')
}
