//! What a query means, in numbers: one for each column and one for which rows there are. Where two
//! versions of a query have the same number, that column means the same in both.
//!
//! The numbers see through names of common tables and aliases, layout, comments and case: what
//! counts is what a column is computed from, down to the columns of datasets, and the text of the
//! expressions between. Equal numbers are equal meanings but for a collision of 64 bits; different
//! numbers may still mean the same (`a + b` and `b + a`). That is the safe side.
//!
//! [`scope`] is what a name can mean at a place, [`query`] how queries are built of others,
//! [`from`] what stands in FROM, [`item`] the columns of a SELECT, [`told`] texts with their names
//! replaced by meanings.
//!
//! Does not belong here: which columns are read ([`super::read`]).

use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;

use sqlparser::ast::{Ident, Query, Statement};
use sqlparser::tokenizer::{Token, Tokenizer};

use super::{Context, Dialect};

mod from;
mod item;
mod query;
mod scope;
#[cfg(test)]
mod tests;
mod told;

use scope::Known;

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

/// Reads one statement; gives up (`None`) where the steps it may take are spent.
struct Reader<'c> {
    context: &'c Context,
    ctes: Vec<(String, Rc<Known>)>,
    left: u64,
}

fn lower(ident: &Ident) -> String {
    ident.value.to_lowercase()
}
