//! Which column a name means where it stands.

use std::rc::Rc;

use super::super::Gap;
use super::super::flow::{Flow, Kinds};
use super::super::names::{Found, Name, find, shown};
use super::functions::is_pseudo_column;
use super::shape::Shape;
use super::{Resolver, Step};

/// A relation of a FROM clause.
pub struct Source {
    /// What it is called: its alias, else the last part of its name.
    pub label: Option<Name>,
    /// Its whole name, where it has no alias.
    pub path: Vec<Name>,
    pub shape: Rc<Shape>,
}

/// When the aliases of a select list count.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Aliases {
    /// After columns, and only where no column can be meant.
    Lateral,
    /// After columns that are listed.
    After,
    /// Before columns.
    First,
}

/// What can be named at a place of a statement.
pub struct Scope<'p> {
    pub sources: Vec<Source>,
    /// Columns of USING and NATURAL, which are one for both sides.
    pub merged: Vec<(Name, Rc<Flow>)>,
    pub aliases: Vec<(Name, Rc<Flow>)>,
    pub when: Aliases,
    pub windows: Vec<(Name, Rc<Flow>)>,
    /// Parameters of lambdas.
    pub bound: Vec<Name>,
    pub parent: Option<&'p Scope<'p>>,
}

impl<'p> Scope<'p> {
    pub fn new(parent: Option<&'p Scope<'p>>) -> Self {
        Self {
            sources: Vec::new(),
            merged: Vec::new(),
            aliases: Vec::new(),
            when: Aliases::Lateral,
            windows: Vec::new(),
            bound: Vec::new(),
            parent,
        }
    }

    pub fn push(&mut self, label: Option<Name>, shape: Rc<Shape>) {
        self.sources.push(Source {
            label,
            path: Vec::new(),
            shape,
        });
    }

    fn tails(&self) -> usize {
        self.sources.iter().map(|s| s.shape.tails.len()).sum()
    }

    /// The source that a qualifier means.
    pub fn source(&self, qualifier: &[Name]) -> Option<&Source> {
        let [.., last] = qualifier else { return None };
        if qualifier.len() == 1 {
            let by_label = |s: &&Source| s.label.as_ref().is_some_and(|l| l.is(&last.text));
            let mut held = self.sources.iter().filter(by_label);
            let first = held.next();
            // Two of one name, as `a.t, b.t`: none is meant without doubt, unless case tells.
            let exact = |s: &&Source| s.label.as_ref().is_some_and(|l| l.text == last.text);
            return match held.next() {
                None => first,
                Some(_) => self.sources.iter().filter(by_label).find(exact),
            };
        }
        self.sources.iter().find(|s| {
            s.path.len() >= qualifier.len()
                && s.path
                    .iter()
                    .rev()
                    .zip(qualifier.iter().rev())
                    .all(|(a, b)| a.is(&b.text))
        })
    }
}

impl Resolver<'_> {
    /// What a name of one or more parts means.
    pub fn named(&mut self, path: &[Name], scope: &Scope) -> Step<Rc<Flow>> {
        self.spend(1)?;
        let [first, rest @ ..] = path else {
            return Ok(Rc::default());
        };
        if rest.is_empty() {
            return Ok(self.unqualified(first, rest, scope));
        }
        let mut level = Some(scope);
        while let Some(here) = level {
            for length in (1..path.len()).rev().filter(|&n| n <= 3) {
                let (qualifier, column) = path.split_at(length);
                if let Some(source) = here.source(qualifier) {
                    let shape = Rc::clone(&source.shape);
                    return Ok(self.of_source(&shape, qualifier, column));
                }
            }
            if here.bound.iter().any(|bound| bound.is(&first.text)) {
                return Ok(Rc::default());
            }
            level = here.parent;
        }
        Ok(self.unqualified(first, rest, scope))
    }

    /// A column of one source; what follows are fields of it.
    fn of_source(&mut self, shape: &Rc<Shape>, qualifier: &[Name], path: &[Name]) -> Rc<Flow> {
        let [column, fields @ ..] = path else {
            return Rc::default();
        };
        if let Some(flow) = self.column_of(shape, column, fields) {
            return flow;
        }
        if let Found::Several = shape.column(self.context.dialect, column) {
            let name = format!("{}.{}", shown(qualifier), column.text);
            return self.gap(Gap::AmbiguousColumn(name));
        }
        let mut beyond = Vec::new();
        for tail in &shape.tails {
            beyond.extend(self.beyond(tail, column));
        }
        match beyond.as_slice() {
            [one] => field_of(one, fields),
            [] if is_pseudo_column(column) => Rc::default(),
            [] => self.gap(Gap::UnknownColumn(format!(
                "{}.{}",
                shown(qualifier),
                column.text
            ))),
            _ => self.gap(Gap::AmbiguousColumn(format!(
                "{}.{}",
                shown(qualifier),
                column.text
            ))),
        }
    }

    /// A listed column of a shape, or the nested field that the path names.
    fn column_of(&self, shape: &Shape, column: &Name, fields: &[Name]) -> Option<Rc<Flow>> {
        for length in (1..=fields.len()).rev() {
            let mut path = vec![column.clone()];
            path.extend_from_slice(&fields[..length]);
            if let Some(flow) = shape.field(&shown(&path)) {
                return Some(field_of(&flow, &fields[length..]));
            }
        }
        match shape.column(self.context.dialect, column) {
            Found::One(flow) => Some(field_of(&flow, fields)),
            Found::None | Found::Several => None,
        }
    }

    fn unqualified(&mut self, name: &Name, fields: &[Name], scope: &Scope) -> Rc<Flow> {
        let mut level = Some(scope);
        while let Some(here) = level {
            if let Some(flow) = self.at_level(name, fields, here) {
                return flow;
            }
            level = here.parent;
        }
        if is_pseudo_column(name) {
            return Rc::default();
        }
        self.gap(Gap::UnknownColumn(name.text.clone()))
    }

    /// What a name means at one level; `None` when it must be looked for further out.
    fn at_level(&mut self, name: &Name, fields: &[Name], scope: &Scope) -> Option<Rc<Flow>> {
        if scope.bound.iter().any(|bound| bound.is(&name.text)) {
            return Some(Rc::default());
        }
        let dialect = self.context.dialect;
        let alias = scope.aliases.iter().rev();
        let alias = find(
            dialect,
            name,
            alias.map(|(name, flow)| (name.text.as_str(), flow)),
        );
        let alias = match alias {
            Found::One(flow) => Some(Rc::clone(flow)),
            Found::None | Found::Several => None,
        };
        if scope.when == Aliases::First
            && let Some(flow) = &alias
        {
            return Some(field_of(flow, fields));
        }
        if let Some((_, flow)) = scope.merged.iter().find(|(held, _)| held.is(&name.text)) {
            return Some(field_of(flow, fields));
        }
        let mut listed = Vec::new();
        for source in &scope.sources {
            if let Some(flow) = self.column_of(&source.shape, name, fields) {
                listed.push(flow);
            } else if let Found::Several = source.shape.column(dialect, name) {
                return Some(self.ambiguous(name));
            }
        }
        match listed.len() {
            0 => {}
            1 => return listed.pop(),
            _ => return Some(self.ambiguous(name)),
        }
        let tails = scope.tails();
        if let Some(flow) = alias {
            let certain = tails == 0 || scope.when == Aliases::After;
            return Some(if certain {
                field_of(&flow, fields)
            } else {
                self.ambiguous(name)
            });
        }
        if let Some(source) = scope.source(std::slice::from_ref(name)) {
            // The name of a relation as a value: its whole row.
            let flow = Rc::new(source.shape.row());
            return Some(if tails == 0 {
                flow.used(Kinds::TRANSFORMATION)
            } else {
                self.ambiguous(name)
            });
        }
        if tails == 0 || is_pseudo_column(name) {
            return None;
        }
        self.at_tail(name, fields, scope)
    }

    /// A column that is listed nowhere at this level: it is a column of the one relation whose
    /// columns are not all known, unless another one could have it as well.
    fn at_tail(&mut self, name: &Name, fields: &[Name], scope: &Scope) -> Option<Rc<Flow>> {
        let mut beyond = Vec::new();
        for source in &scope.sources {
            for tail in &source.shape.tails {
                beyond.extend(self.beyond(tail, name));
            }
        }
        let outside = self.may_be_outside(name, scope.parent);
        match beyond.as_slice() {
            [] => None,
            [one] if !outside => Some(field_of(one, fields)),
            _ if beyond.iter().any(|flow| flow.gap) => Some(Rc::new(Flow::gap())),
            _ => Some(self.ambiguous(name)),
        }
    }

    fn may_be_outside(&self, name: &Name, mut level: Option<&Scope>) -> bool {
        while let Some(here) = level {
            let listed = here
                .sources
                .iter()
                .any(|source| source.shape.column(self.context.dialect, name) != Found::None);
            if listed {
                return true;
            }
            level = here.parent;
        }
        false
    }

    fn ambiguous(&mut self, name: &Name) -> Rc<Flow> {
        self.gap(Gap::AmbiguousColumn(name.text.clone()))
    }

    /// Whether a name is that of a listed column, wherever it stands.
    pub fn is_listed(&self, name: &Name, scope: &Scope) -> bool {
        self.may_be_outside(name, Some(scope))
    }
}

/// A field of a value, or the value itself.
fn field_of(flow: &Rc<Flow>, fields: &[Name]) -> Rc<Flow> {
    if fields.is_empty() {
        return Rc::clone(flow);
    }
    flow.used(Kinds::TRANSFORMATION)
}
