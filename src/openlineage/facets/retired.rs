//! Our own facet: that a job or dataset is no more, which the standard has no word for.

use super::read::Object;

/// Name of the facet, on jobs and datasets.
pub const RETIRED: &str = "headwater_retired";

/// That something is retired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retirement {
    /// Who said so.
    pub by: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// Reads a `headwater_retired` facet; `None` when it takes a retirement back (`retired` is not
/// true).
pub fn retired(facet: &[u8]) -> Option<Retirement> {
    let read = Object::of(facet);
    (read.flag("retired") == Some(true)).then(|| Retirement {
        by: read.text("by"),
        reason: read.text("reason"),
    })
}
