//! What was told of a dataset's other names, as it stands in the store.

use serde::{Deserialize, Serialize};

use crate::openlineage::{ContentHash, EventTime};

use super::names::{DatasetId, JobId, StringId};

/// "This dataset is also called that": who told it last, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The other name.
    pub other: DatasetId,
    /// It is the name from before a rename, and was not told by a symlinks facet.
    pub rename: bool,
    /// Event time of the first event that told it.
    pub first: EventTime,
    /// Event time of the last one, …
    pub last: EventTime,
    /// … its hash, …
    pub hash: ContentHash,
    /// … its producer, …
    pub producer: StringId,
    /// … and its job; none when it was a dataset event.
    pub job: Option<JobId>,
}

/// The other names of a dataset. A facet that lists other ones does not take these back: two tables
/// over one path each send the path with their own name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Event time of the last deletion of the facet: what was told up to then holds no more.
    pub withdrawn: Option<EventTime>,
    /// Ascending by the other name, symlinks before renames.
    pub held: Vec<Claim>,
}

/// What a claim adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimNews {
    /// Nothing.
    None,
    /// Another time.
    Time,
    /// A name that was not told, or held no more.
    New,
}

impl Claims {
    fn stands(&self, claim: &Claim) -> bool {
        claim.rename || Some(claim.last) > self.withdrawn
    }

    /// Claims that hold.
    pub fn standing(&self) -> impl Iterator<Item = &Claim> {
        self.held.iter().filter(|claim| self.stands(claim))
    }

    /// Joins one.
    pub fn join(&mut self, new: Claim) -> ClaimNews {
        let at = match self
            .held
            .binary_search_by_key(&(new.other, new.rename), |claim| {
                (claim.other, claim.rename)
            }) {
            Ok(at) => at,
            Err(at) => {
                self.held.insert(at, new);
                return ClaimNews::New;
            }
        };
        let old = self.held[at];
        let mut joined = old;
        if (new.last, new.hash) > (old.last, old.hash) {
            joined = new;
        }
        joined.first = old.first.min(new.first);
        self.held[at] = joined;
        match (joined == old, self.stands(&old) == self.stands(&joined)) {
            (true, _) => ClaimNews::None,
            (_, true) => ClaimNews::Time,
            (_, false) => ClaimNews::New,
        }
    }
}
