//! What flows into a value: columns of datasets, each with what is done with it.

use std::collections::BTreeMap;
use std::rc::Rc;

/// What is done with a column, in `OpenLineage`'s words; several at once when it is used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Kinds(u16);

impl Kinds {
    /// Handed on as it is.
    pub const IDENTITY: Self = Self(1);
    /// Computed with.
    pub const TRANSFORMATION: Self = Self(2);
    /// Aggregated.
    pub const AGGREGATION: Self = Self(4);
    /// Decides which rows are joined.
    pub const JOIN: Self = Self(8);
    /// Decides which rows are taken together.
    pub const GROUP_BY: Self = Self(16);
    /// Decides which rows are there (WHERE, HAVING, QUALIFY).
    pub const FILTER: Self = Self(32);
    /// Decides in which order rows come.
    pub const SORT: Self = Self(64);
    /// Decides over which rows a window function looks.
    pub const WINDOW: Self = Self(128);
    /// Decides which of several values it is.
    pub const CONDITIONAL: Self = Self(256);

    const DIRECT: u16 = 7;
    const WORDS: [(Self, &'static str, &'static str); 9] = [
        (Self::IDENTITY, "DIRECT", "IDENTITY"),
        (Self::TRANSFORMATION, "DIRECT", "TRANSFORMATION"),
        (Self::AGGREGATION, "DIRECT", "AGGREGATION"),
        (Self::JOIN, "INDIRECT", "JOIN"),
        (Self::GROUP_BY, "INDIRECT", "GROUP_BY"),
        (Self::FILTER, "INDIRECT", "FILTER"),
        (Self::SORT, "INDIRECT", "SORT"),
        (Self::WINDOW, "INDIRECT", "WINDOW"),
        (Self::CONDITIONAL, "INDIRECT", "CONDITIONAL"),
    ];

    /// Type and subtype of each, as a columnLineage facet would tell them.
    pub fn words(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        Self::WORDS
            .into_iter()
            .filter(move |(kind, ..)| self.0 & kind.0 != 0)
            .map(|(_, kind, subtype)| (kind, subtype))
    }

    /// Whether the value itself comes from the column.
    pub fn is_direct(self) -> bool {
        self.0 & Self::DIRECT != 0
    }

    /// Whether the column affects the value without being in it.
    pub fn is_indirect(self) -> bool {
        self.0 & !Self::DIRECT != 0
    }

    /// Whether it is aggregated.
    pub fn is_aggregation(self) -> bool {
        self.0 & Self::AGGREGATION.0 != 0
    }

    /// Both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What a column is to the outer value when the inner one is used as `outer` says. Indirect
    /// stays indirect; the stronger of two direct ones wins.
    fn through(self, outer: Self) -> Self {
        if !outer.is_direct() {
            return outer;
        }
        let strongest = |kinds: u16| 1 << (kinds & Self::DIRECT).ilog2();
        let mut all = self.0 & !Self::DIRECT;
        if self.is_direct() {
            all |= strongest(self.0).max(strongest(outer.0));
        }
        Self(all)
    }
}

/// A column of a dataset, by number.
pub type Leaf = u32;

/// What flows into one value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flow {
    /// The columns that are known to.
    pub leaves: BTreeMap<Leaf, Kinds>,
    /// Whether something else may, that could not be told.
    pub gap: bool,
}

impl Flow {
    /// A column as it is.
    pub fn leaf(leaf: Leaf) -> Self {
        Self {
            leaves: BTreeMap::from([(leaf, Kinds::IDENTITY)]),
            gap: false,
        }
    }

    /// Nothing known.
    pub fn gap() -> Self {
        Self {
            gap: true,
            ..Self::default()
        }
    }

    /// Adds what flows into another value that this one uses as `kinds` says.
    pub fn add(&mut self, other: &Self, kinds: Kinds) {
        self.gap |= other.gap;
        for (&leaf, inner) in &other.leaves {
            let held = self.leaves.entry(leaf).or_default();
            *held = held.and(inner.through(kinds));
        }
    }

    /// Takes in all of another as it is.
    pub fn join(&mut self, other: &Self) {
        self.gap |= other.gap;
        for (&leaf, &kinds) in &other.leaves {
            let held = self.leaves.entry(leaf).or_default();
            *held = held.and(kinds);
        }
    }

    /// This, used as `kinds` says.
    pub fn used(self: &Rc<Self>, kinds: Kinds) -> Rc<Self> {
        if kinds == Kinds::IDENTITY || (self.leaves.is_empty() && !self.gap) {
            return Rc::clone(self);
        }
        let mut flow = Self::default();
        flow.add(self, kinds);
        Rc::new(flow)
    }
}
