//! Resolving names: from the tree of a statement to the columns that it reads.

mod dml;
mod expr;
mod functions;
mod lookup;
mod merge;
mod pivot;
mod query;
mod relation;
mod scope;
mod select;
mod shape;
mod statement;

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use self::shape::Shape;
use super::flow::{Flow, Kinds, Leaf};
use super::names::Name;
use super::{Context, Gap};

/// Nesting of one's own calls; the parser bounds most, chains of postfix operators are left.
const DEPTH: usize = 600;

/// The statement is given up; what was told of it so far counts for nothing.
pub(super) struct Stop(pub Gap);

type Step<T> = Result<T, Stop>;

/// Reads the statements of one text, one after the other.
pub(super) struct Resolver<'c> {
    context: &'c Context,
    leaves: Vec<(usize, String)>,
    numbers: HashMap<(usize, String), Leaf>,
    bases: HashMap<usize, Rc<Shape>>,
    /// Common table expressions in reach; the nearest last.
    ctes: Vec<(Name, Rc<Shape>)>,
    /// What earlier statements of the text have made, that is not among the relations.
    made: Vec<(Vec<Name>, Rc<Shape>)>,
    gaps: BTreeSet<Gap>,
    reads: BTreeSet<usize>,
    steps: u64,
    depth: usize,
}

impl<'c> Resolver<'c> {
    /// For one text.
    pub fn new(context: &'c Context) -> Self {
        Self {
            context,
            leaves: Vec::new(),
            numbers: HashMap::new(),
            bases: HashMap::new(),
            ctes: Vec::new(),
            made: Vec::new(),
            gaps: BTreeSet::new(),
            reads: BTreeSet::new(),
            steps: 0,
            depth: 0,
        }
    }

    /// Takes note of something that cannot be told.
    fn gap(&mut self, gap: Gap) -> Rc<Flow> {
        self.gaps.insert(gap);
        Rc::new(Flow::gap())
    }

    fn unsupported(&mut self, what: impl Into<String>) -> Rc<Flow> {
        self.gap(Gap::Unsupported(what.into()))
    }

    /// Counts work.
    fn spend(&mut self, steps: usize) -> Step<()> {
        self.steps += steps as u64;
        if self.steps > self.context.limits.steps {
            return Err(Stop(Gap::TooComplex(self.context.limits.steps)));
        }
        Ok(())
    }

    /// Runs a nested call, unless it is nested too deeply.
    fn nested<T>(&mut self, call: impl FnOnce(&mut Self) -> Step<T>) -> Step<T> {
        if self.depth >= DEPTH {
            return Err(Stop(Gap::TooDeep(DEPTH)));
        }
        self.depth += 1;
        let result = call(self);
        self.depth -= 1;
        result
    }

    /// Adds a flow to another, and counts it.
    fn add(&mut self, into: &mut Flow, flow: &Flow, kinds: Kinds) -> Step<()> {
        self.spend(1 + flow.leaves.len())?;
        into.add(flow, kinds);
        Ok(())
    }

    /// The number of a column of a relation. Spellings that differ by case alone are one.
    fn leaf(&mut self, relation: usize, column: &str) -> Leaf {
        let known = (relation, column.to_owned());
        if let Some(&leaf) = self.numbers.get(&known) {
            return leaf;
        }
        let leaf = Leaf::try_from(self.leaves.len()).unwrap_or(Leaf::MAX);
        self.leaves.push(known.clone());
        self.numbers.insert(known, leaf);
        leaf
    }
}
