//! Full-text search over datasets, columns and jobs: names as people type them (parts,
//! beginnings, inner pieces, typing errors), filters, exact totals, counts and highlights.
//!
//! Only this module names tantivy. It does not decide what is indexed or when to commit, and
//! knows nothing of events, aliases or the graph: it is fed plain documents and can be thrown
//! away and fed again. It has no query language on purpose: any text is just text.
//!
//! - `text`: how text is cut into words (pure); `analyze`: the same as tantivy tokenizers
//! - `schema`: fields and layout; `disk`: opening, and moving a bad index aside
//! - `query`: text and filters to a query; `rank`, `facets`: collecting; `highlight`
//! - `index`: [`SearchIndex`]

mod analyze;
mod disk;
mod error;
mod facets;
mod highlight;
mod index;
mod query;
mod rank;
mod schema;
mod text;
mod types;

#[cfg(test)]
mod tests;

pub use error::SearchError;
pub use index::{MAX_WINDOW, SearchIndex};
pub use query::MAX_TERMS;
pub use schema::MAX_DESCRIPTION_BYTES;
pub use types::{
    Highlight, HighlightField, SearchCounts, SearchDoc, SearchFilter, SearchHit, SearchKind,
    SearchPage,
};
