//! What a relation looks like from where it is read: its columns, and what is not known of them.

use std::rc::Rc;

use super::super::flow::Flow;
use super::super::names::{Found, Name, find, same};
use super::super::{Dialect, Gap};
use super::Resolver;

/// A column of a relation or of a query's result.
#[derive(Debug, Clone)]
pub struct Col {
    pub name: Option<Name>,
    pub flow: Rc<Flow>,
}

/// Columns beyond those that are listed.
#[derive(Debug, Clone)]
pub struct Tail {
    pub of: TailOf,
    /// Names that are not among them.
    pub except: Vec<String>,
}

#[derive(Debug, Clone)]
pub enum TailOf {
    /// Those of a dataset whose columns are not all known.
    Base(usize),
    /// The fields of a value.
    Value(Rc<Flow>),
    /// Nothing is known of them.
    Unknown,
}

/// What is known of a relation.
#[derive(Debug, Clone, Default)]
pub struct Shape {
    pub cols: Vec<Col>,
    /// Nested fields by path; they are no columns of a star.
    pub nested: Vec<Col>,
    pub tails: Vec<Tail>,
    /// What decides which rows there are.
    pub indirect: Flow,
}

impl Shape {
    /// A relation of which nothing is known.
    pub fn unknown() -> Self {
        Self {
            tails: vec![Tail {
                of: TailOf::Unknown,
                except: Vec::new(),
            }],
            ..Self::default()
        }
    }

    /// A relation whose columns are all made from one value.
    pub fn of_value(flow: Rc<Flow>) -> Self {
        Self {
            tails: vec![Tail {
                of: TailOf::Value(flow),
                except: Vec::new(),
            }],
            ..Self::default()
        }
    }

    /// The column of a name.
    pub fn column(&self, dialect: Dialect, name: &Name) -> Found<Rc<Flow>> {
        let named = self.cols.iter().filter_map(|col| {
            let name = col.name.as_ref()?;
            Some((name.text.as_str(), Rc::clone(&col.flow)))
        });
        find(dialect, name, named)
    }

    /// The nested field of a path.
    pub fn field(&self, path: &str) -> Option<Rc<Flow>> {
        let held = self
            .nested
            .iter()
            .find(|col| col.name.as_ref().is_some_and(|name| name.is(path)));
        held.map(|col| Rc::clone(&col.flow))
    }

    /// Whether columns can be counted.
    pub fn is_closed(&self) -> bool {
        self.tails.is_empty()
    }

    /// All columns in one flow.
    pub fn row(&self) -> Flow {
        let mut row = Flow::default();
        for col in &self.cols {
            row.join(&col.flow);
        }
        for tail in &self.tails {
            match &tail.of {
                TailOf::Value(flow) => row.join(flow),
                TailOf::Base(_) | TailOf::Unknown => row.gap = true,
            }
        }
        row
    }
}

impl Resolver<'_> {
    /// A relation of the context as it is read.
    pub fn base(&mut self, relation: usize) -> Rc<Shape> {
        self.reads.insert(relation);
        self.base_unread(relation)
    }

    /// The same, where it is written and not read.
    pub fn base_unread(&mut self, relation: usize) -> Rc<Shape> {
        if let Some(shape) = self.bases.get(&relation) {
            return Rc::clone(shape);
        }
        let context = self.context;
        let Some(known) = context.relations.get(relation) else {
            return Rc::new(Shape::unknown());
        };
        let mut shape = Shape::default();
        for column in &known.columns {
            let col = Col {
                name: Some(Name::plain(column)),
                flow: Rc::new(Flow::leaf(self.leaf(relation, column))),
            };
            let is_nested = column
                .split_once('.')
                .is_some_and(|(outer, _)| known.columns.iter().any(|held| held == outer));
            if is_nested {
                shape.nested.push(col);
            } else {
                shape.cols.push(col);
            }
        }
        if !known.complete {
            shape.tails.push(Tail {
                of: TailOf::Base(relation),
                except: Vec::new(),
            });
        }
        let shape = Rc::new(shape);
        self.bases.insert(relation, Rc::clone(&shape));
        shape
    }

    /// A column that only the tail of a relation can have; `None` when it cannot either.
    pub fn beyond(&mut self, tail: &Tail, name: &Name) -> Option<Rc<Flow>> {
        if tail.except.iter().any(|except| same(except, &name.text)) {
            return None;
        }
        match &tail.of {
            TailOf::Base(relation) => Some(Rc::new(Flow::leaf(self.unlisted(*relation, name)))),
            TailOf::Value(flow) => Some(Rc::clone(flow)),
            TailOf::Unknown => Some(Rc::new(Flow::gap())),
        }
    }

    /// A column that is not listed, spelled as the dialect stores it.
    fn unlisted(&mut self, relation: usize, name: &Name) -> u32 {
        let dialect = self.context.dialect;
        let folds = matches!(
            dialect,
            Dialect::Postgres | Dialect::Redshift | Dialect::Snowflake | Dialect::Trino
        );
        let spelled = if folds && !name.quoted {
            dialect.fold(&name.text)
        } else {
            let held = self
                .leaves
                .iter()
                .find(|(of, column)| *of == relation && same(column, &name.text));
            held.map_or_else(|| name.text.clone(), |(_, column)| column.clone())
        };
        self.leaf(relation, &spelled)
    }

    /// Gives the first columns of a shape other names.
    pub fn renamed(&mut self, shape: Rc<Shape>, names: &[Name], label: &str) -> Rc<Shape> {
        if names.is_empty() {
            return shape;
        }
        let mut shape = Rc::unwrap_or_clone(shape);
        if !shape.is_closed() && !is_value(&shape) {
            self.gap(Gap::UnknownPositions(label.to_owned()));
            let cols = names.iter().map(|name| Col {
                name: Some(name.clone()),
                flow: Rc::new(Flow::gap()),
            });
            shape.cols = cols.collect();
            return Rc::new(shape);
        }
        if let Some(flow) = value_of(&shape).filter(|_| shape.cols.is_empty()) {
            let cols = names.iter().map(|name| Col {
                name: Some(name.clone()),
                flow: Rc::clone(&flow),
            });
            shape.cols = cols.collect();
            shape.tails.clear();
            return Rc::new(shape);
        }
        if names.len() > shape.cols.len() {
            self.gap(Gap::Count(label.to_owned(), shape.cols.len(), names.len()));
            return Rc::new(Shape::unknown());
        }
        for (col, name) in shape.cols.iter_mut().zip(names) {
            col.name = Some(name.clone());
        }
        Rc::new(shape)
    }
}

fn value_of(shape: &Shape) -> Option<Rc<Flow>> {
    match shape.tails.as_slice() {
        [
            Tail {
                of: TailOf::Value(flow),
                ..
            },
        ] => Some(Rc::clone(flow)),
        _ => None,
    }
}

fn is_value(shape: &Shape) -> bool {
    value_of(shape).is_some()
}
