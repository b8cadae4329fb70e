//! What can go wrong in search.

use std::path::PathBuf;

/// A failure of the search index. The index can always be rebuilt from the log.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// Another process, or another [`SearchIndex`](super::SearchIndex), has it open.
    #[error("search index {} is in use by another writer: stop the other process, or give this one another data folder", .0.display())]
    Locked(PathBuf),
    /// The folder could not be read, written or moved.
    #[error("search index {}: cannot {action}: {source}; check that the folder may be written and has space", path.display())]
    Io {
        /// The folder or file.
        path: PathBuf,
        /// What was being done.
        action: &'static str,
        /// Why it failed.
        source: std::io::Error,
    },
    /// The index itself failed.
    #[error(
        "search index: cannot {action}: {source}; if it persists, stop, remove the folder of the search index and start again: it is rebuilt from the log"
    )]
    Index {
        /// What was being done.
        action: &'static str,
        /// Why it failed.
        source: tantivy::TantivyError,
    },
    /// A stored document could not be encoded or decoded.
    #[error(
        "search index: cannot {action} a stored document: {source}; remove the folder of the search index and start again: it is rebuilt from the log"
    )]
    Document {
        /// What was being done.
        action: &'static str,
        /// Why it failed.
        source: postcard::Error,
    },
    /// The page asked for lies too deep in the result.
    #[error("search page ends at hit {end}, at most {max} can be paged through: narrow the search with filters", max = super::MAX_WINDOW)]
    TooDeep {
        /// offset + limit as asked for.
        end: usize,
    },
}

/// Short for adding what was being done to an error of tantivy.
pub(super) trait Doing<T> {
    fn doing(self, action: &'static str) -> Result<T, SearchError>;
}

impl<T, E: Into<tantivy::TantivyError>> Doing<T> for Result<T, E> {
    fn doing(self, action: &'static str) -> Result<T, SearchError> {
        self.map_err(|error| SearchError::Index {
            action,
            source: error.into(),
        })
    }
}
