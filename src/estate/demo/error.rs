//! What can be wrong with the demo estate. No other module's errors belong here.

use thiserror::Error;

/// Why the demo estate cannot be told.
#[derive(Debug, Error)]
pub enum EstateError {
    /// A description file is not TOML, or has unknown or missing entries.
    #[error("fixtures/demo/{file}: {source}")]
    Syntax {
        /// The file's name in `fixtures/demo/`.
        file: &'static str,
        /// What the TOML reader said, with line and column.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// An entry contradicts another one or refers to something not described.
    #[error("demo description, {place}: {problem}")]
    Invalid {
        /// The entry, as it can be searched for in the files.
        place: String,
        /// What is wrong there and what to do.
        problem: String,
    },
    /// The given time lies outside of what a timestamp can say.
    #[error(
        "{millis} ms since 1970 cannot be written as a time; give the present in milliseconds (UTC)"
    )]
    Time {
        /// The time that could not be written.
        millis: i64,
    },
}

impl EstateError {
    /// An [`EstateError::Invalid`] at `place`.
    pub(super) fn invalid(place: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Invalid {
            place: place.into(),
            problem: problem.into(),
        }
    }
}
