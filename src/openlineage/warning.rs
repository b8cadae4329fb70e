//! What is worth telling a sender about an event that was accepted all the same.

use serde::Serialize;

/// One remark on an accepted event; goes into its receipt and is counted by `code`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// Stable, machine-readable name, for example `no_time_zone`.
    pub code: &'static str,
    /// JSON pointer to the place in the event.
    pub path: String,
    /// What was seen, how it was read, what to do.
    pub message: String,
}

impl Warning {
    /// Makes a warning.
    pub fn new(code: &'static str, path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code,
            path: path.into(),
            message: message.into(),
        }
    }
}
