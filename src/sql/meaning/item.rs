//! The columns of a SELECT: expressions, aliases and stars.

use std::rc::Rc;

use sqlparser::ast::{
    Expr, SelectItem, SelectItemQualifiedWildcardKind, WildcardAdditionalOptions,
};

use super::scope::{Known, Scope};
use super::{Reader, lower, number};
use crate::sql::mentions;
use crate::sql::names::parts;

impl Reader<'_> {
    /// Adds what an item of SELECT gives to the columns, and its alias to the scope.
    pub(super) fn item(
        &mut self,
        item: &SelectItem,
        scope: &mut Scope<'_>,
        into: &mut Known,
    ) -> Option<()> {
        match item {
            SelectItem::UnnamedExpr(expr) => {
                let meaning = self.expr(expr, scope)?;
                into.columns.push((name_of(expr), meaning));
            }
            SelectItem::ExprWithAlias { expr, alias } => {
                let meaning = self.expr(expr, scope)?;
                scope.aliases.push((lower(alias), meaning));
                into.columns.push((Some(lower(alias)), meaning));
            }
            SelectItem::ExprWithAliases { expr, aliases } => {
                let meaning = self.expr(expr, scope)?;
                for (at, alias) in aliases.iter().enumerate() {
                    let meaning = number((meaning, at));
                    scope.aliases.push((lower(alias), meaning));
                    into.columns.push((Some(lower(alias)), meaning));
                }
            }
            SelectItem::Wildcard(options) => {
                let all: Vec<Rc<Known>> =
                    scope.sources.iter().map(|s| Rc::clone(&s.known)).collect();
                self.star(&all, options, scope, into)?;
            }
            SelectItem::QualifiedWildcard(of, options) => {
                let SelectItemQualifiedWildcardKind::ObjectName(name) = of else {
                    let text = self.told(&item.to_string(), Some(scope))?;
                    into.open = Some(number((into.open, text)));
                    return Some(());
                };
                let label = parts(name)?.pop()?.text.to_lowercase();
                let held = scope.labelled(&label);
                if held.is_empty() {
                    return None;
                }
                self.star(&held, options, scope, into)?;
            }
        }
        Some(())
    }

    fn star(
        &mut self,
        of: &[Rc<Known>],
        options: &WildcardAdditionalOptions,
        scope: &Scope,
        into: &mut Known,
    ) -> Option<()> {
        let told = options.to_string();
        let plain = told.trim().is_empty();
        let changed = if plain {
            None
        } else {
            Some(self.told(&told, Some(scope))?)
        };
        for known in of {
            self.spend(known.columns.len())?;
            // EXCEPT, REPLACE and the like: what they name may be any of these.
            let words = told.to_lowercase();
            for (name, meaning) in &known.columns {
                let named = name.as_ref().is_some_and(|name| mentions(&words, name));
                if let (Some(changed), true) = (changed, named) {
                    if options.opt_replace.is_some() || options.opt_rename.is_some() {
                        let meaning = number((meaning, changed));
                        into.columns.push((name.clone(), meaning));
                    }
                    continue;
                }
                // A column of USING stands there once, made of both.
                let mut held = into.columns.iter_mut();
                match held.find(|(held, _)| name.is_some() && held == name) {
                    Some((_, held)) => *held = number((*held, meaning)),
                    None => into.columns.push((name.clone(), *meaning)),
                }
            }
            if let Some(open) = known.open {
                into.open = Some(number((into.open, open, changed)));
            }
        }
        Some(())
    }

    /// The meaning of an expression; that of a column is the column's own.
    pub(super) fn expr(&mut self, expr: &Expr, scope: &Scope) -> Option<u64> {
        self.spend(1)?;
        let path = match expr {
            Expr::Identifier(ident) => Some(vec![lower(ident)]),
            Expr::CompoundIdentifier(path) => Some(path.iter().map(lower).collect()),
            Expr::Nested(inner) => return self.expr(inner, scope),
            _ => None,
        };
        if let Some(meaning) = path.and_then(|path| scope.find(&path)) {
            return Some(meaning);
        }
        self.told(&expr.to_string(), Some(scope))
    }
}

fn name_of(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Identifier(ident) => Some(lower(ident)),
        Expr::CompoundIdentifier(path) => path.last().map(lower),
        Expr::Nested(inner) | Expr::Cast { expr: inner, .. } => name_of(inner),
        Expr::Function(function) => {
            let mut name = parts(&function.name)?;
            name.pop().map(|name| name.text.to_lowercase())
        }
        _ => None,
    }
}
