//! Which relation a name means.

use std::rc::Rc;

use super::super::Gap;
use super::super::names::{Found, Name, shown};
use super::Resolver;
use super::shape::Shape;

/// What a name must be, to be taken.
type Rule<'r> = &'r dyn Fn(&Vec<String>) -> bool;

impl Resolver<'_> {
    /// What a name in FROM means: a common table expression, what an earlier statement made, or a
    /// dataset.
    pub fn relation(&mut self, path: &[Name]) -> Rc<Shape> {
        if let [name] = path {
            let held = self.ctes.iter().rev().find(|(held, _)| held.is(&name.text));
            if let Some((_, shape)) = held {
                return Rc::clone(shape);
            }
            if name.is("dual") {
                return Rc::default();
            }
        }
        let made = self.made.iter().rev().find(|(held, _)| {
            held.len() == path.len() && held.iter().zip(path).all(|(a, b)| a.is(&b.text))
        });
        if let Some((_, shape)) = made {
            return Rc::clone(shape);
        }
        match self.known(path) {
            Found::One(relation) => self.base(relation),
            Found::None => {
                self.gap(Gap::UnknownRelation(shown(path)));
                Rc::new(Shape::unknown())
            }
            Found::Several => {
                self.gap(Gap::AmbiguousRelation(shown(path)));
                Rc::new(Shape::unknown())
            }
        }
    }

    /// The relation of the context that a name means: one that has all its parts, else one that
    /// has them with the defaults before, else the only one whose name ends so.
    pub fn known(&mut self, path: &[Name]) -> Found<usize> {
        let context = self.context;
        let mut alike = Vec::new();
        for (at, relation) in context.relations.iter().enumerate() {
            let ends = |name: &&Vec<String>| ends_alike(name, path);
            for name in relation.names.iter().filter(ends) {
                alike.push((at, name));
            }
        }
        let only = |pick: &dyn Fn(&Vec<String>) -> bool| {
            let mut held: Vec<usize> = alike
                .iter()
                .filter(|(_, name)| pick(name))
                .map(|(at, _)| *at)
                .collect();
            held.dedup();
            held
        };
        let whole = |name: &Vec<String>| name.len() == path.len();
        let exact = |name: &Vec<String>| {
            let fold = |part: &Name| {
                if part.quoted {
                    part.text.clone()
                } else {
                    context.dialect.fold(&part.text)
                }
            };
            path.iter()
                .rev()
                .zip(name.iter().rev())
                .all(|(a, b)| fold(a) == *b)
        };
        let by_default = |name: &Vec<String>| {
            let missing = name.len().saturating_sub(path.len());
            let defaults = context.defaults.len();
            missing > 0
                && missing <= defaults
                && name[..missing]
                    .iter()
                    .zip(&context.defaults[defaults - missing..])
                    .all(|(a, b)| a.eq_ignore_ascii_case(b))
        };
        let rules: [Rule; 5] = [
            &whole,
            &|name| whole(name) && exact(name),
            &by_default,
            &|_| true,
            &exact,
        ];
        for rule in rules {
            if let [one] = only(rule).as_slice() {
                return Found::One(*one);
            }
        }
        if alike.is_empty() {
            Found::None
        } else {
            Found::Several
        }
    }
}

/// Whether a name of a dataset and one in a statement end in the same parts, as far as both go.
fn ends_alike(name: &[String], path: &[Name]) -> bool {
    !name.is_empty()
        && !path.is_empty()
        && name
            .iter()
            .rev()
            .zip(path.iter().rev())
            .all(|(known, part)| part.is(known))
}
