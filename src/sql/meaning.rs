//! What a query means, in numbers: one for each column and one for which rows there are. Where two
//! versions of a query have the same number, that column means the same in both.
//!
//! The numbers see through names of common tables and aliases, layout, comments and case: what
//! counts is what a column is computed from, down to the columns of datasets, and the text of the
//! expressions between. Equal numbers are equal meanings but for a collision of 64 bits; different
//! numbers may still mean the same (`a + b` and `b + a`). That is the safe side.
//!
//! Does not belong here: which columns are read ([`super::read`]).

use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;

use sqlparser::ast::{
    Expr, GroupByExpr, Ident, Join, LimitClause, ObjectName, Query, Select, SelectItem,
    SelectItemQualifiedWildcardKind, SetExpr, Statement, TableFactor, TableWithJoins, Value,
    WildcardAdditionalOptions,
};
use sqlparser::tokenizer::{Token, Tokenizer};

use super::names::{Name, parts};
use super::{Context, Dialect};

/// What a query means.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Meaning {
    /// Its columns by name, in lower case, as far as they are known.
    pub columns: Vec<(String, u64)>,
    /// Which rows there are.
    pub rows: u64,
    /// All of it but literals: two versions that differ in literals alone have the same.
    pub without_literals: u64,
}

/// The meaning of the one query of a text; `None` when it has none or several, or cannot be read.
pub fn meaning(text: &str, context: &Context) -> Option<Meaning> {
    super::guard::with_statements(text, context, |statements| {
        let [(_, Ok(statement))] = statements.as_slice() else {
            return None;
        };
        let query = query_of(statement)?;
        let mut reader = Reader {
            context,
            ctes: Vec::new(),
            left: context.limits.steps,
        };
        let read = reader.query(query, None)?;
        Some(Meaning {
            columns: read
                .columns
                .iter()
                .filter_map(|(name, number)| Some((name.clone()?, *number)))
                .collect(),
            rows: read.rows,
            without_literals: without_literals(&statement.to_string(), context.dialect),
        })
    })
    .flatten()
}

fn query_of(statement: &Statement) -> Option<&Query> {
    match statement {
        Statement::Query(query) => Some(query),
        Statement::CreateView(create) => Some(&create.query),
        Statement::CreateTable(create) => create.query.as_deref(),
        _ => None,
    }
}

fn number(of: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

fn without_literals(text: &str, dialect: Dialect) -> u64 {
    let syntax = dialect.syntax();
    let mut hasher = DefaultHasher::new();
    for token in Tokenizer::new(&*syntax, text)
        .tokenize()
        .unwrap_or_default()
    {
        match token {
            Token::Whitespace(_) => {}
            Token::Number(..) | Token::SingleQuotedString(_) => "literal".hash(&mut hasher),
            token => token.to_string().hash(&mut hasher),
        }
    }
    hasher.finish()
}

/// What is known of a relation.
#[derive(Debug, Default)]
struct Known {
    /// Name in lower case and meaning of each column.
    columns: Vec<(Option<String>, u64)>,
    /// What columns beyond these are made of.
    open: Option<u64>,
    rows: u64,
}

impl Known {
    fn column(&self, name: &str) -> Option<u64> {
        let held = self
            .columns
            .iter()
            .find(|(held, _)| held.as_deref() == Some(name));
        let open = || Some(number((self.open?, name)));
        held.map(|(_, number)| *number).or_else(open)
    }

    fn whole(&self) -> u64 {
        number((&self.columns, self.open, self.rows))
    }
}

struct Source {
    label: Option<String>,
    known: Rc<Known>,
}

struct Scope<'p> {
    sources: Vec<Source>,
    parent: Option<&'p Scope<'p>>,
}

impl Scope<'_> {
    fn find(&self, path: &[String]) -> Option<u64> {
        let here = match path {
            [] => None,
            [name] => self.unqualified(name),
            [.., label, name] => {
                let held = self.sources.iter();
                let mut held = held.filter(|source| source.label.as_deref() == Some(label));
                held.next().and_then(|source| source.known.column(name))
            }
        };
        here.or_else(|| self.parent.and_then(|parent| parent.find(path)))
    }

    fn unqualified(&self, name: &str) -> Option<u64> {
        let listed = self.sources.iter().find_map(|source| {
            let held = source.known.columns.iter();
            let mut held = held.filter(|(held, _)| held.as_deref() == Some(name));
            held.next().map(|(_, number)| *number)
        });
        if listed.is_some() {
            return listed;
        }
        let open: Vec<u64> = self.sources.iter().filter_map(|s| s.known.open).collect();
        (!open.is_empty()).then(|| number((open, name)))
    }
}

struct Reader<'c> {
    context: &'c Context,
    ctes: Vec<(String, Rc<Known>)>,
    left: u64,
}

fn lower(ident: &Ident) -> String {
    ident.value.to_lowercase()
}

impl Reader<'_> {
    fn spend(&mut self, steps: usize) -> Option<()> {
        self.left = self.left.checked_sub(steps as u64)?;
        Some(())
    }

    fn query(&mut self, query: &Query, parent: Option<&Scope>) -> Option<Rc<Known>> {
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
                let known = Known {
                    columns: Vec::new(),
                    open: Some(text),
                    rows: text,
                };
                self.ctes.push((name.clone(), Rc::new(known)));
            }
            let known = self.query(&cte.query, parent)?;
            let columns: Vec<String> = cte.alias.columns.iter().map(|c| lower(&c.name)).collect();
            self.ctes.push((name, renamed(&known, &columns)));
        }
        let known = self.body(&query.body, parent)?;
        let limited = query.fetch.is_some()
            || query
                .limit_clause
                .as_ref()
                .is_some_and(|limit| match limit {
                    LimitClause::LimitOffset { limit, offset, .. } => {
                        limit.is_some() || offset.is_some()
                    }
                    LimitClause::OffsetCommaLimit { .. } => true,
                });
        if !limited {
            return Some(known);
        }
        let rest = Query {
            with: None,
            body: Box::new(SetExpr::Values(sqlparser::ast::Values {
                explicit_row: false,
                value_keyword: false,
                rows: Vec::new(),
            })),
            ..query.clone()
        };
        let scope = Scope {
            sources: vec![Source {
                label: None,
                known: Rc::clone(&known),
            }],
            parent,
        };
        let rest = self.told(&rest.to_string(), Some(&scope))?;
        Some(Rc::new(Known {
            columns: known.columns.clone(),
            open: known.open,
            rows: number((known.rows, rest)),
        }))
    }

    fn body(&mut self, body: &SetExpr, parent: Option<&Scope>) -> Option<Rc<Known>> {
        self.spend(1)?;
        match body {
            SetExpr::Select(select) => self.select(select, parent).map(Rc::new),
            SetExpr::Query(query) => self.query(query, parent),
            SetExpr::SetOperation {
                op,
                set_quantifier,
                left,
                right,
            } => {
                let (left, right) = (self.body(left, parent)?, self.body(right, parent)?);
                let how = format!("{op} {set_quantifier}");
                let rows = number((&how, left.rows, right.rows));
                if left.columns.len() != right.columns.len() {
                    return Some(Rc::new(Known {
                        columns: Vec::new(),
                        open: Some(number((how, left.whole(), right.whole()))),
                        rows,
                    }));
                }
                let both = left.columns.iter().zip(&right.columns);
                Some(Rc::new(Known {
                    columns: both
                        .map(|(a, b)| (a.0.clone(), number((&how, a.1, b.1))))
                        .collect(),
                    open: left
                        .open
                        .or(right.open)
                        .map(|_| number((left.open, right.open))),
                    rows,
                }))
            }
            other => {
                let text = self.told(&other.to_string(), parent)?;
                Some(Rc::new(Known {
                    columns: Vec::new(),
                    open: Some(text),
                    rows: text,
                }))
            }
        }
    }

    fn select(&mut self, select: &Select, parent: Option<&Scope>) -> Option<Known> {
        let mut scope = Scope {
            sources: Vec::new(),
            parent,
        };
        let mut rows = Vec::new();
        for from in &select.from {
            self.from(from, &mut scope, &mut rows)?;
        }
        let mut known = Known::default();
        for item in &select.projection {
            self.item(item, &scope, &mut known)?;
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
        Some(known)
    }

    fn from(
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
        }
        Some(())
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
                ..
            } => {
                let known = if *lateral {
                    let outer = Scope {
                        sources: Vec::new(),
                        parent: Some(scope),
                    };
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
                table_with_joins, ..
            } => return self.from(table_with_joins, scope, rows),
            other => {
                let text = self.told(&other.to_string(), Some(scope))?;
                let known = Known {
                    columns: Vec::new(),
                    open: Some(text),
                    rows: text,
                };
                (alias_of(other), Rc::new(known))
            }
        };
        rows.push(known.rows);
        scope.sources.push(Source { label, known });
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
            return Some(Rc::new(Known {
                columns: Vec::new(),
                open: Some(seed),
                rows: seed,
            }));
        };
        let name = relation
            .names
            .first()
            .map(|name| name.join(".").to_lowercase());
        let seed = number(("dataset", name));
        let columns = relation.columns.iter().map(|column| {
            let column = column.to_lowercase();
            let meaning = number((seed, &column));
            (Some(column), meaning)
        });
        Some(Rc::new(Known {
            columns: columns.collect(),
            open: (!relation.complete).then_some(seed),
            rows: seed,
        }))
    }

    fn item(&mut self, item: &SelectItem, scope: &Scope, into: &mut Known) -> Option<()> {
        match item {
            SelectItem::UnnamedExpr(expr) => {
                let meaning = self.expr(expr, scope)?;
                into.columns.push((name_of(expr), meaning));
            }
            SelectItem::ExprWithAlias { expr, alias } => {
                let meaning = self.expr(expr, scope)?;
                into.columns.push((Some(lower(alias)), meaning));
            }
            SelectItem::ExprWithAliases { expr, aliases } => {
                let meaning = self.expr(expr, scope)?;
                for (at, alias) in aliases.iter().enumerate() {
                    let meaning = number((meaning, at));
                    into.columns
                        .push((Some(alias.value.to_lowercase()), meaning));
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
                let held = scope.sources.iter();
                let mut held = held.filter(|source| source.label.as_deref() == Some(&label));
                let known = Rc::clone(&held.next()?.known);
                self.star(&[known], options, scope, into)?;
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
                // A column of USING stands there once.
                let twice = into.columns.iter().any(|(held, _)| held == name);
                if !twice || name.is_none() {
                    into.columns.push((name.clone(), *meaning));
                }
            }
            if let Some(open) = known.open {
                into.open = Some(number((into.open, open, changed)));
            }
        }
        Some(())
    }

    /// The meaning of an expression; that of a column is the column's own.
    fn expr(&mut self, expr: &Expr, scope: &Scope) -> Option<u64> {
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

    /// A text whose names are replaced by what they mean.
    fn told(&mut self, text: &str, scope: Option<&Scope>) -> Option<u64> {
        let syntax = self.context.dialect.syntax();
        let tokens = Tokenizer::new(&*syntax, text).tokenize().ok()?;
        let tokens: Vec<Token> = tokens
            .into_iter()
            .filter(|token| !matches!(token, Token::Whitespace(_)))
            .collect();
        self.spend(tokens.len())?;
        let mut hasher = DefaultHasher::new();
        let mut at = 0;
        while at < tokens.len() {
            let Token::Word(first) = &tokens[at] else {
                tokens[at].to_string().hash(&mut hasher);
                at += 1;
                continue;
            };
            let mut path = vec![first.value.to_lowercase()];
            let mut end = at + 1;
            while let (Some(Token::Period), Some(Token::Word(next))) =
                (tokens.get(end), tokens.get(end + 1))
            {
                path.push(next.value.to_lowercase());
                end += 2;
            }
            let called = matches!(tokens.get(end), Some(Token::LParen));
            let meaning = scope
                .filter(|_| !called)
                .and_then(|scope| scope.find(&path));
            let table = || {
                let [name] = path.as_slice() else { return None };
                let held = self.ctes.iter().rev().find(|(held, _)| held == name);
                held.map(|(_, known)| known.whole())
            };
            match meaning.or_else(table) {
                Some(meaning) => meaning.hash(&mut hasher),
                None => path.hash(&mut hasher),
            }
            at = end;
        }
        Some(hasher.finish())
    }
}

/// Whether a text has a name as a word of its own.
fn mentions(text: &str, name: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(name).any(|(at, found)| {
        let before = text[..at].chars().next_back();
        let after = text[at + found.len()..].chars().next();
        !before.is_some_and(part) && !after.is_some_and(part)
    })
}

fn empty_query() -> Query {
    Query {
        with: None,
        body: Box::new(SetExpr::Values(sqlparser::ast::Values {
            explicit_row: false,
            value_keyword: false,
            rows: Vec::new(),
        })),
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

fn renamed(known: &Rc<Known>, names: &[String]) -> Rc<Known> {
    if names.is_empty() {
        return Rc::clone(known);
    }
    let mut columns = known.columns.clone();
    for (column, name) in columns.iter_mut().zip(names) {
        column.0 = Some(name.clone());
    }
    Rc::new(Known {
        columns,
        open: known.open,
        rows: known.rows,
    })
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

fn place(expr: &Expr) -> Option<usize> {
    let Expr::Value(value) = expr else {
        return None;
    };
    match &value.value {
        Value::Number(text, _) => text.clone().parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::Relation;

    fn context() -> Context {
        let relation = |name: &str, columns: &[&str]| Relation {
            names: vec![vec!["db".into(), "s".into(), name.into()]],
            columns: columns.iter().map(|&column| column.to_owned()).collect(),
            complete: true,
        };
        Context {
            dialect: Dialect::Postgres,
            relations: vec![relation("a", &["x", "y", "z"]), relation("b", &["x", "w"])],
            ..Context::default()
        }
    }

    fn of(text: &str) -> Meaning {
        meaning(text, &context()).unwrap_or_else(|| panic!("{text}"))
    }

    fn by_name(meaning: &Meaning) -> std::collections::HashMap<&str, u64> {
        let columns = meaning.columns.iter();
        columns
            .map(|(name, number)| (name.as_str(), *number))
            .collect()
    }

    /// Columns whose meaning differs, and whether the rows do.
    fn differs(a: &str, b: &str) -> (Vec<String>, bool) {
        let (a, b) = (of(a), of(b));
        let new = by_name(&b);
        let columns = a.columns.iter();
        let columns = columns
            .filter(|(name, held)| new.get(name.as_str()).is_some_and(|new| new != held))
            .map(|(name, _)| name.clone());
        (columns.collect(), a.rows != b.rows)
    }

    #[test]
    fn layout_names_and_common_tables_change_nothing() {
        let plain = "select x, y + 1 as n from db.s.a where z > 0";
        for same in [
            "SELECT a.x, a.y + 1 AS n FROM s.a -- why\n WHERE (a.z > 0)",
            "select t.x, t.y + 1 n from a as t where t.z > 0",
        ] {
            let (columns, _) = differs(plain, same);
            assert!(columns.is_empty(), "{same}: {columns:?}");
        }
        let with = "with q as (select * from a), r as (select x, y, z from q) select x, y + 1 as n from r where z > 0";
        assert_eq!(
            differs("select x, y + 1 as n from a where z > 0", with).0,
            Vec::<String>::new()
        );
    }

    #[test]
    fn what_is_computed_otherwise_is_told() {
        let base = "with q as (select x, y as v from a) select x, v, v * 2 as d from q";
        let head = "with q as (select x, y + 1 as v from a) select x, v, v * 2 as d from q";
        assert_eq!(differs(base, head), (vec!["v".into(), "d".into()], false));
    }

    #[test]
    fn a_dropped_column_leaves_the_others_as_they_are() {
        let base = "with q as (select x, y, z from a) select * from q";
        let head = "with q as (select x, z from a) select * from q";
        assert_eq!(differs(base, head), (Vec::new(), false));
    }

    #[test]
    fn what_decides_about_rows_is_told() {
        for (base, head) in [
            ("select x from a", "select x from a where y > 1"),
            ("select x from a where y > 1", "select x from a where y > 2"),
            (
                "select a.x from a join b on a.x = b.x",
                "select a.x from a left join b on a.x = b.x",
            ),
            (
                "select a.x from a join b on a.x = b.x",
                "select a.x from a join b on a.y = b.x",
            ),
            (
                "select x, count(*) n from a group by 1",
                "select x, count(*) n from a group by x, y",
            ),
            ("select x from a", "select distinct x from a"),
            ("select x from a", "select x from a limit 5"),
            (
                "select x from a union all select x from b",
                "select x from a union select x from b",
            ),
            (
                "with q as (select * from a) select x from q",
                "with q as (select * from a where y = 1) select x from q",
            ),
        ] {
            assert!(differs(base, head).1, "{base} / {head}");
        }
        assert!(!differs("select x from a order by y", "select x from a").1);
    }

    #[test]
    fn literals_are_told_apart() {
        let (a, b) = (
            of("select x from a where y < 3676"),
            of("select x from a where y < 3694"),
        );
        assert_ne!(a.rows, b.rows);
        assert_eq!(a.without_literals, b.without_literals);
    }

    #[test]
    fn what_cannot_be_read_has_no_meaning() {
        for text in [
            "select x frm a b",
            "select 1; select 2",
            "drop table a",
            "select x from a |> limit 1",
        ] {
            assert_eq!(meaning(text, &context()), None, "{text}");
        }
    }
}
