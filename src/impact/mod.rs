//! What a change breaks: from a set of changes, the observed graph and a policy to a verdict.
//!
//! [`assess`] is the one function that the server (`impact` in GraphQL), the client of a server and
//! the offline check call. It goes in steps: [`Observed`] (the graph with names, as a server gives
//! or `headwater export graph` wrote it) and [`Code`] (the lineage that the changed repository's own
//! SQL tells, before and after) become one net (`net`); each [`Change`] is walked over it (`walk`);
//! what was reached gets a [`Class`], and the policy makes of that pass, warn, fail or "cannot
//! tell" (`verdict`). [`report`] writes the answer in six formats.
//!
//! Pure: no I/O and no clock; the day that waivers are held against is handed in.
//!
//! Does not belong here: reading dbt artifacts ([`crate::dbt`]), parsing SQL, asking servers
//! (`cli/check`), and taking the graph out of a catalog ([`crate::engine`]).

mod change;
mod code;
pub mod events;
mod net;
mod observed;
mod policy;
pub mod report;
mod verdict;
mod walk;

#[cfg(test)]
mod tests;

pub use change::{
    Change, ChangeEntry, ChangeError, ChangeFile, ChangeSet, Kind, Note, Place, Word, read_entries,
};
pub use code::{Code, Consumer, Looks, Model, ReadColumn, Reads, Replaces, same_type, widens};
pub use observed::{
    Evidence, FORMAT, Flow, Job, Link, Observed, ObservedColumn, ObservedDataset, ObservedError,
};
pub use policy::{Action, CheckPolicy, Rule, Waiver};
pub use verdict::assess;

use serde::{Deserialize, Serialize};

/// Namespace and name of a dataset or job.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Name {
    /// Namespace, as producers send it.
    pub namespace: String,
    /// Name, as producers send it.
    pub name: String,
}

impl Name {
    /// From its two parts.
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            namespace: namespace.into(),
            name: name.into(),
        }
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.namespace.is_empty() {
            return f.write_str(&self.name);
        }
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// How bad it is for who is reached, the worst last.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default,
)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Nobody who is known to read it is affected, or who is, is changed along with it.
    #[default]
    Safe,
    /// It goes on working, with other values.
    ValueChange,
    /// It may break: only datasets, and no columns, are known to hang together.
    PossiblyBreaking,
    /// It cannot be told. Never counts as safe.
    Unknown,
    /// It breaks.
    Breaking,
}

impl Class {
    /// As it is written in reports and policies.
    pub fn word(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::ValueChange => "value_change",
            Self::PossiblyBreaking => "possibly_breaking",
            Self::Unknown => "unknown",
            Self::Breaking => "breaking",
        }
    }

    /// As people read it.
    pub fn shown(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::ValueChange => "value change",
            Self::PossiblyBreaking => "possibly breaking",
            Self::Unknown => "unknown",
            Self::Breaking => "breaking",
        }
    }
}
