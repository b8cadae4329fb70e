//! What is told of a statement.

use super::{Gap, Kinds};

/// What a statement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// A query, which writes nothing by itself.
    Query,
    /// INSERT.
    Insert,
    /// CREATE TABLE … AS.
    CreateTable,
    /// CREATE VIEW.
    CreateView,
    /// MERGE.
    Merge,
    /// UPDATE.
    Update,
    /// DELETE.
    Delete,
    /// Anything else.
    Other,
}

/// What a statement writes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// A relation of the context, by its place.
    Known(usize),
    /// A name that is none of them (a temporary table, say).
    Named(String),
}

/// A column of a relation, and what it is used for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    /// The relation, by its place in the context.
    pub relation: usize,
    /// The column, as the relation spells it, or as the statement does where it is not listed.
    pub column: String,
    /// What for.
    pub kinds: Kinds,
}

/// Where a column of the target comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnLineage {
    /// Its name, as the target spells it where it is known.
    pub name: String,
    /// Its sources, ascending.
    pub sources: Vec<Use>,
    /// Whether these are known to be all.
    pub complete: bool,
}

/// What is told of one statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementLineage {
    /// The line that it begins at, from 1.
    pub line: u64,
    /// What it does.
    pub verb: Verb,
    /// What it writes.
    pub target: Option<Target>,
    /// The relations that it reads, itself or by a table made earlier in the text, ascending, by
    /// their place in the context.
    pub reads: Vec<usize>,
    /// The columns of the target, in order.
    pub columns: Vec<ColumnLineage>,
    /// Whether the target may have columns beyond these: a star over a relation whose columns are
    /// not all known.
    pub more_columns: bool,
    /// What affects each row of the target, and so each column, ascending.
    pub indirect: Vec<Use>,
    /// Whether these are known to be all.
    pub indirect_complete: bool,
    /// What could not be told, and why, ascending.
    pub gaps: Vec<Gap>,
}

impl StatementLineage {
    /// A statement of which nothing is known but why.
    pub(super) fn unknown(line: u64, gap: Gap) -> Self {
        Self {
            line,
            verb: Verb::Other,
            target: None,
            reads: Vec::new(),
            columns: Vec::new(),
            more_columns: false,
            indirect: Vec::new(),
            indirect_complete: false,
            gaps: vec![gap],
        }
    }

    /// Whether everything in it is known.
    pub fn is_complete(&self) -> bool {
        self.gaps.is_empty()
    }
}
