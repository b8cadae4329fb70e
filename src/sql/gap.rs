//! What could not be told, and why.

use thiserror::Error;

/// Something in a text that lineage could not be read from. The message says what and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Error)]
pub enum Gap {
    /// The text is too long.
    #[error("the text has more than {0} bytes and is not read")]
    TooLong(usize),
    /// The text has too many tokens.
    #[error("the text has more than {0} tokens and is not read")]
    TooManyTokens(usize),
    /// Brackets or clauses are nested too deeply.
    #[error("the text is nested deeper than {0} levels and is not read")]
    TooDeep(usize),
    /// Resolving names took too many steps.
    #[error("the text needs more than {0} steps to be read, and what is left of it is not")]
    TooComplex(u64),
    /// A template whose variables are not filled in.
    #[error("the text is a template that is not filled in ({{{{ or {{%); send the compiled SQL")]
    Template,
    /// Not the SQL that it is taken for.
    #[error("cannot be parsed as {dialect} SQL: {message}")]
    Unparsable {
        /// Which SQL was tried.
        dialect: &'static str,
        /// What the parser says.
        message: String,
    },
    /// The reader failed; nothing is known of the text.
    #[error(
        "the reader failed on this text; nothing is known of it (this is a fault in Headwater)"
    )]
    Failed,
    /// A kind of statement, clause or function that lineage is not read from.
    #[error("lineage is not read from {0}")]
    Unsupported(String),
    /// A relation that is not among the datasets known to be read or written.
    #[error("{0} is not among the datasets that are known to be read or written here")]
    UnknownRelation(String),
    /// A name that several datasets have.
    #[error("{0} may be more than one of the datasets that are read or written here")]
    AmbiguousRelation(String),
    /// A column that no relation in reach has.
    #[error("no relation that is read here has a column {0}")]
    UnknownColumn(String),
    /// A column that more than one relation in reach may have.
    #[error(
        "{0} may be a column of more than one relation; qualify it, or make their columns known"
    )]
    AmbiguousColumn(String),
    /// Columns by position, where not all columns are known.
    #[error("columns go by position in {0}, and not all columns there are known")]
    UnknownPositions(String),
    /// Columns by position, where the numbers differ.
    #[error("{0} has {1} columns where {2} are expected")]
    Count(String, usize, usize),
    /// What a statement before it in the text left open.
    #[error("it reads what a statement before it made, of which not everything could be told")]
    Inherited,
    /// Output columns without a name.
    #[error("column {0} of the query has no name")]
    Unnamed(usize),
}

impl Gap {
    /// A short word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong(_) | Self::TooManyTokens(_) | Self::TooDeep(_) | Self::TooComplex(_) => {
                "TOO_LARGE"
            }
            Self::Template => "TEMPLATE",
            Self::Unparsable { .. } => "UNPARSABLE",
            Self::Failed => "FAILED",
            Self::Unsupported(_) => "UNSUPPORTED",
            Self::UnknownRelation(_) => "UNKNOWN_DATASET",
            Self::AmbiguousRelation(_) => "AMBIGUOUS_DATASET",
            Self::UnknownColumn(_) => "UNKNOWN_COLUMN",
            Self::AmbiguousColumn(_) => "AMBIGUOUS_COLUMN",
            Self::UnknownPositions(_) | Self::Count(..) => "UNKNOWN_POSITIONS",
            Self::Inherited => "INHERITED",
            Self::Unnamed(_) => "UNNAMED_COLUMN",
        }
    }
}
